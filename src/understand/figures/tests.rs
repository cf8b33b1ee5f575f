//! Figures in many languages, and numbers that are none.

use super::*;
use crate::model::Field;
use crate::understand::text::fold;

fn figures(language: &str, source: &str) -> Vec<(String, f64, String)> {
    let zone = Zone { field: Field::Title, source, folded: fold(source) };
    let language = language.parse().unwrap();
    figures_in(&zone, language).map(|it| (it.text, it.value, it.unit)).collect()
}

fn assert_figures(samples: &[(&str, &str, &str, f64, &str)]) {
    let mut wrong = Vec::new();
    for (language, text, words, value, unit) in samples {
        let found = figures(language, text);
        if found != [((*words).to_owned(), *value, (*unit).to_owned())] {
            wrong.push(format!("{language} {text:?}: {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
}

/// Goal: a trade desk can sort amounts from any language.
#[test]
fn amounts_are_normalised() {
    assert_figures(&[
        ("de", "ein Volumen von 452 Millionen US-Dollar.", "452 Millionen US-Dollar", 452e6, "USD"),
        ("en", "worth $1.5 billion a year", "$1.5 billion", 1.5e9, "USD"),
        ("en", "a loan of US$2.5bn for rails", "US$2.5bn", 2.5e9, "USD"),
        ("en", "the £2m digger", "£2m", 2e6, "GBP"),
        ("en", "USD 12.75 mln was paid", "USD 12.75 mln", 12.75e6, "USD"),
        ("fr", "un prêt de 20 millions d'euros", "20 millions d'euros", 20e6, "EUR"),
        ("en", "grant of 1,234,567 yen", "1,234,567 yen", 1_234_567.0, "JPY"),
        ("ru", "на сумму 3,4 млрд долларов", "3,4 млрд долларов", 3.4e9, "USD"),
        ("ru", "выделит 86 512 манатов школе", "86 512 манатов", 86_512.0, "AZN"),
        ("ja", "4億5200万ドルに", "4億5200万ドル", 452e6, "USD"),
        ("ja", "5億円の", "5億円", 5e8, "JPY"),
        ("ja", "4億2千万円で", "4億2千万円", 420e6, "JPY"),
        ("ja", "1兆2000億円の", "1兆2000億円", 1.2e12, "JPY"),
        ("az", "2.5 milyon manatlıq", "2.5 milyon manatlıq", 2.5e6, "AZN"),
        ("az", "86,5 min dollar ayrılıb", "86,5 min dollar", 86_500.0, "USD"),
        ("tr", "12 milyon dolarlık", "12 milyon dolarlık", 12e6, "USD"),
        ("tr", "3,2 milyar avro", "3,2 milyar avro", 3.2e9, "EUR"),
        ("ar", "١٢ مليون دولار", "١٢ مليون دولار", 12e6, "USD"),
        ("ar", "قرض قيمته ٣٫٥ مليار ين", "٣٫٥ مليار ين", 3.5e9, "JPY"),
        ("fa", "۲۵ میلیون دلار کمک", "۲۵ میلیون دلار", 25e6, "USD"),
        ("zh", "贷款3.6亿美元", "3.6亿美元", 3.6e8, "USD"),
        ("zh", "约12万日元", "12万日元", 120_000.0, "JPY"),
        ("ko", "15억 엔 규모", "15억 엔", 1.5e9, "JPY"),
        ("ko", "3만 달러를", "3만 달러", 30_000.0, "USD"),
        ("uk", "на 7,5 мільйона євро", "7,5 мільйона євро", 7.5e6, "EUR"),
        ("es", "por 2 mil millones de dólares", "2 mil millones de dólares", 2e9, "USD"),
        ("pt", "3,5 milhões de euros", "3,5 milhões de euros", 3.5e6, "EUR"),
        ("it", "un prestito di 40 miliardi di yen", "40 miliardi di yen", 40e9, "JPY"),
        ("pl", "9 miliardów jenów", "9 miliardów jenów", 9e9, "JPY"),
        ("he", "מענק של 3 מיליון דולר", "3 מיליון דולר", 3e6, "USD"),
        ("hi", "12,34,567 डॉलर का", "12,34,567 डॉलर", 1_234_567.0, "USD"),
        ("hi", "2 करोड़ डॉलर", "2 करोड़ डॉलर", 2e7, "USD"),
        ("id", "pinjaman 5 juta dolar", "5 juta dolar", 5e6, "USD"),
        ("vi", "khoản vay 3 tỷ yên", "3 tỷ yên", 3e9, "JPY"),
        ("th", "มูลค่า 3 ล้านดอลลาร์", "3 ล้านดอลลาร์", 3e6, "USD"),
        ("ka", "5 მილიონი დოლარი", "5 მილიონი დოლარი", 5e6, "USD"),
        ("hy", "5 միլիոն դոլար", "5 միլիոն դոլար", 5e6, "USD"),
        ("kk", "4 миллион доллар", "4 миллион доллар", 4e6, "USD"),
        ("nl", "1.234,50 euro", "1.234,50 euro", 1_234.5, "EUR"),
        ("fi", "8 miljoonaa euroa", "8 miljoonaa euroa", 8e6, "EUR"),
    ]);
}

/// Goal: shares carry their sign and their fraction.
#[test]
fn shares_are_read() {
    assert_figures(&[
        ("de", "stieg um 49 Prozent", "49 Prozent", 49.0, "%"),
        ("en", "up 3.5% on the year", "3.5%", 3.5, "%"),
        ("en", "by 3.125 percent", "3.125 percent", 3.125, "%"),
        ("tr", "yüzde artışı %12,4 oldu", "%12,4", 12.4, "%"),
        ("az", "20 faizi", "20 faizi", 20.0, "%"),
        ("fa", "۱۵ درصد رشد", "۱۵ درصد", 15.0, "%"),
        ("ko", "8.4퍼센트", "8.4퍼센트", 8.4, "%"),
        ("ru", "доля в 9,6 процента", "9,6 процента", 9.6, "%"),
    ]);
}

/// Goal: how many people, how much oil, how far: in one unit each.
#[test]
fn counts_and_measures_are_read() {
    assert_figures(&[
        ("en", "drew 1,200 people", "1,200 people", 1_200.0, "people"),
        ("ru", "около 300 человек", "300 человек", 300.0, "people"),
        ("az", "45 nəfər iştirak edib", "45 nəfər", 45.0, "people"),
        ("ja", "約120人が参加", "120人", 120.0, "people"),
        ("ko", "30명이", "30명", 30.0, "people"),
        ("tr", "18 öğrenci gitti", "18 öğrenci", 18.0, "students"),
        ("de", "40 Unternehmen kamen", "40 Unternehmen", 40.0, "companies"),
        ("ja", "日本の20社が", "20社", 20.0, "companies"),
        ("de", "3.500 Tonnen Haselnüsse", "3.500 Tonnen", 3_500.0, "t"),
        ("en", "50,000 barrels a day", "50,000 barrels", 50_000.0, "bbl"),
        ("en", "a 240-MW wind farm", "240-MW", 240.0, "MW"),
        ("az", "1 GW külək", "1 GW", 1_000.0, "MW"),
        ("ja", "30万キロワットの", "30万キロワット", 300.0, "MW"),
        ("uk", "90 км колії", "90 км", 90.0, "km"),
        ("fr", "12 hectares de vigne", "12 hectares", 12.0, "ha"),
        ("ru", "16 млрд кубометров газа", "16 млрд кубометров", 16e9, "m3"),
    ]);
}

/// Goal: a day with a year is the same day in every language.
#[test]
fn days_are_read() {
    const DAY: f64 = 20_261_126.0;
    assert_figures(&[
        ("en", "on November 26, 2026 in Baku", "November 26, 2026", DAY, "date"),
        ("en", "on 26th of November 2026", "26th of November 2026", DAY, "date"),
        ("de", "am 26. November 2026", "26. November 2026", DAY, "date"),
        ("de", "26.11.2026 um acht", "26.11.2026", DAY, "date"),
        ("en", "11/26/2026", "11/26/2026", DAY, "date"),
        ("fr", "26/11/2026", "26/11/2026", DAY, "date"),
        ("en", "2026-11-26", "2026-11-26", DAY, "date"),
        ("ja", "2026年11月26日に", "2026年11月26日", DAY, "date"),
        ("ko", "2026년 11월 26일", "2026년 11월 26일", DAY, "date"),
        ("ru", "26 ноября 2026 года", "26 ноября 2026", DAY, "date"),
        ("az", "26 noyabr 2026", "26 noyabr 2026", DAY, "date"),
        ("tr", "26 Kasım 2026'da", "26 Kasım 2026", DAY, "date"),
        ("es", "el 26 de noviembre de 2026", "26 de noviembre de 2026", DAY, "date"),
        ("ar", "٢٦ نوفمبر ٢٠٢٦", "٢٦ نوفمبر ٢٠٢٦", DAY, "date"),
        ("hu", "2026. november 26-án", "2026. november 26", DAY, "date"),
        ("pl", "26 listopada 2026", "26 listopada 2026", DAY, "date"),
    ]);
}

/// Goal: dates without a year, results, names, versions and telephone numbers are no amounts.
#[test]
fn other_numbers_are_left_alone() {
    for (language, text) in [
        ("en", "COP29 in 2024"),
        ("de", "am 24. November"),
        ("en", "Nov. 26"),
        ("ru", "26 ноября"),
        ("az", "26 noyabr tarixində"),
        ("ja", "11月26日"),
        ("ja", "29日"),
        ("de", "3:1"),
        ("en", "won 3-1"),
        ("en", "try 3 times"),
        ("en", "Boeing 737 landed"),
        ("en", "In 2024 students from Baku"),
        ("ru", "в 2025 студенты"),
        ("en", "version 2.0.1"),
        ("en", "call +994 12 598 00 01"),
        ("en", "at 19:30 on channel 5"),
        ("en", "Expo 2025"),
        ("tr", "2026 yılında"),
        ("en", "AZ4003"),
    ] {
        assert_eq!(figures(language, text), [], "{text}");
    }
}

/// Goal: no text makes it panic or go round in circles.
#[test]
fn odd_numbers_end() {
    for text in
        ["1", "1.", "1,,2", "9".repeat(400).as_str(), "1.2.3.4.5", "00.00.0000", "1 000 000 00"]
    {
        figures("en", text);
    }
}
