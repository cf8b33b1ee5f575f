//! Words of magnitudes, units and months, in the languages of the lexicon.
//!
//! A word may take an ending, as long as [`ENDING_LETTERS_MAX`] allows; with `!` it may not.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::understand::text::fold_term;
use crate::understand::words::Script;

/// Letters that a case ending may add to a word.
const ENDING_LETTERS_MAX: usize = 6;

/// What a magnitude multiplies with.
const MAGNITUDES: &[(f64, &str)] = &[
    (
        1e3,
        "thousand, tausend, mille!, mil!, mila!, тыс, тысяч, тисяч, min!, bin!, الف!, الاف!, هزار!, \
      ہزار!, tys!, tysiac, tisic, ezer!, tuhat, tusen!, duizend, mii!, хиляд, хиљад, hiljad, мың!, \
      ming!, χιλιαδ, հազար, ათას, אלף!, אלפים!, हज़ार!, हजार!, ribu!, nghìn!, ngàn!, พัน, k!",
    ),
    (1e4, "万, 萬, 만, หมื่น"),
    (1e5, "lakh!, लाख!, لاکھ!, แสน"),
    (
        1e6,
        "million, millionen, millones!, millon!, milion, milioni!, milyon, mln!, mio!, mn!, млн!, \
      миллион, мільйон, милион, مليون!, مليونا!, ملايين!, ميليون!, ملین!, milhao!, milhoes!, miljoon, \
      miljon, miljoen, millio!, milioane!, εκατομμυρι, εκατ!, միլիոն, მილიონ, מיליון!, मिलियन!, juta!, \
      triệu!, ล้าน, m!",
    ),
    (1e7, "crore!, करोड़!, कروड़!, کروڑ!"),
    (1e8, "億, 亿, 억"),
    (
        1e9,
        "billion, milliard, mrd!, miliardi!, miliardo!, miliard, milyar, milyard, mlrd!, mld!, bn!, \
      млрд!, миллиард, мільярд, милиард, милијард, milijard, مليار!, مليارات!, ميليارد!, ارب!, अरब!, \
      bilhao!, bilhoes!, miljard, miliarde!, miliar!, bilion!, δισεκατομμυρι, δισ!, միլիարդ, \
      მილიარდ, מיליארד!, tỷ!, tỉ!, พันล้าน",
    ),
    (
        1e12,
        "trillion, trilyon, трлн!, триллион, трильйон, تريليون!, تريليونات!, 兆, 조, ล้านล้าน, \
      billones!, billon!, billionen!, trilhoes!, biliao!, trilioane!, bilion!, τρισεκατομμυρι, triliun!",
    ),
];

/// 千 and smaller ones belong to the 万, 億 or 兆 that follows.
const SMALL_MAGNITUDES: &[(f64, &str)] = &[(1e3, "千, 천"), (1e2, "百, 백")];

/// Units with what the number is multiplied with: kilowatts are thousandths of a megawatt.
const UNITS: &[(&str, f64, &str)] = &[
    (
        "%",
        1.0,
        "%, ٪, percent, per cent!, pct!, prozent, pour cent!, por ciento!, por cento!, per cento!, \
      процент, процента, проц!, faiz, yuzde, パーセント, 퍼센트, بالمائة!, بالمئة!, في المائة!, في المئة!, \
      درصد, فيصد!, فیصد!, प्रतिशत!, procent, százalék, prosent, prosentti, προσεντ, τοις εκατο!, відсотк, \
      פרוזנט!, אחוז, אחוזים!, տոկոս, პროცენტ, пайыз, foiz, persen!, peratus!, phần trăm!, เปอร์เซ็นต์, \
      ร้อยละ, 百分点, ポイント!, posto!, на сто!, odsto!",
    ),
    (
        "USD",
        1.0,
        "us$, $, usd!, us-dollar, us dollar, u.s. dollar, american dollar, dollar, dolar, \
      abs dolları, abd doları, долл, долар, доллар, دولار, دلار, ڈالر, ドル, 米ドル, 美元, 美金, 달러, דולר, \
      डॉलर, δολαρι, դոլար, დოლარ, đô la!, usd, ดอลลาร์, ดอลลาร์สหรัฐ, dollari!, dollaria!, доллары сша!, \
      американск доллар, аққш доллар",
    ),
    (
        "EUR",
        1.0,
        "€, eur!, euro, евро, євро, avro!, avroluq!, يورو, یورو, ユーロ, 欧元, 歐元, 유로, אירו, यूरो, ευρω, \
      եվրո, ევრო, yevro, ยูโร, eura!, euros!",
    ),
    (
        "JPY",
        1.0,
        "¥, 円, jpy!, yen, japanese yen, yapon iyeni, yapon iyenası, iyen, iena, иен, йен, єн!, єни!, єн, \
      ین!, ين!, 日元, 日圆, 日圓, 엔, 엔화, ין!, येन!, γιεν, իեն, იენ, jen!, jenow!, jenu!, jeni!, iene!, ienes!, yenes!, เยน, \
      yenia!, jeniä!, jena!",
    ),
    (
        "AZN",
        1.0,
        "₼, azn!, manat, манат, マナト, 马纳特, 마나트, منات!, מנאט, मनात!, μανατ, մանաթ, მანათ",
    ),
    (
        "GBP",
        1.0,
        "£, gbp!, pound, sterling, pfund sterling, livre sterling, livres sterling, libras esterlinas, \
      sterline, фунт, funt, sterlin, جنيه استرليني, پوند!, ポンド, 英镑, 파운드, ליש\"ט",
    ),
    ("CNY", 1.0, "cny!, rmb!, yuan, renminbi, юан, يوان!, یوآن!, 人民币, 人民元, 元!, 위안, יואן"),
    ("RUB", 1.0, "₽, rubl, rubel, rouble, ruble, руб!, рубл, روبل!, ルーブル, 卢布, 루블, רובל"),
    (
        "TRY",
        1.0,
        "₺, turkish lira, türk lirası, türk lirəsi, lira!, liralık!, lirası!, lirə, лир!, лира!, лиры!, ليره تركيه, \
      لير!, トルコリラ, 里拉, 리라",
    ),
    ("KRW", 1.0, "₩, krw!, won!, korean won, вон!, воны!, ウォン, 韩元, 원, 원화"),
    (
        "people",
        1.0,
        "people!, persons!, person!, personen!, menschen!, leute!, personnes!, personas!, persone!, pessoas!, \
      человек, людей!, людям!, людьми!, осіб!, особи!, nəfər, adam!, adamı!, kişi, киши, kishi!, адам!, نفر!, نفرات!, شخص!, \
      شخصا!, اشخاص!, فردا!, افراد!, لوگ!, لوگوں!, 人, 名, 명, osob!, osób!, lidi!, fő!, ihmis, henkeä!, henkilö, personer!, \
      människor!, mennesker!, mensen!, oameni!, persoane!, ατομα!, ανθρωπ, људи!, ljudi!, души!, orang!, người!, คน, लोग!, \
      लोगों!, אנשים!, איש!, մարդ, ადამიან, კაც",
    ),
    (
        "students",
        1.0,
        "student, estudiantes!, estudantes!, étudiant, студент, tələbə, öğrenci, talaba, طالب!, طالبا!, \
      طلاب!, دانشجو, طلبہ!, 学生, 대학생, 학생, hallgató, opiskelij, φοιτητ, mahasiswa!, sinh viên!, นักศึกษา, छात्र, \
      סטודנטים!, ուսանող, სტუდენტ, studier",
    ),
    (
        "companies",
        1.0,
        "companies!, firms!, unternehmen!, firmen!, entreprises!, sociétés!, empresas!, aziende!, imprese!, \
      компани, фирм, şirkət, şirket, شركه!, شركات!, شركت!, کمپنیاں!, کمپنیوں!, 社, 家企业, 家公司, 개사, 개 기업, 개 업체, firm!, \
      společností!, cég, yritys!, yritystä!, företag!, bedrijven!, companii!, εταιρει, perusahaan!, công ty!, \
      doanh nghiệp!, บริษัท, कंपनियां!, कंपनियों!, חברות!, ընկերությ, კომპანი, kompaniya, компаний!",
    ),
    (
        "t",
        1.0,
        "t!, tonne, tonnen!, tons!, ton!, toneladas!, tonnellate!, тонн, тон!, тони!, tona!, طن!, طنا!, اطنان!, تن!, ٹن!, トン, \
      吨, 噸, 톤, tonluq!, tonluk!, tun!, tuny!, tonni!, tonnia!, τονο, τονων!, tấn!, ตัน, टन!, טון!, טונות!, տոննա, ტონ, \
      тонна, tonna",
    ),
    (
        "bbl",
        1.0,
        "barrel, baril, barril, barili!, barris!, баррел, барел, barel, varil, برميل!, برميلا!, براميل!, بشكه!, بیرل!, \
      バレル, 桶, 배럴, baryłek!, barylek!, hordó, thùng!, บาร์เรล, बैरल!, חביות!, βαρελι, բարել, ბარელ",
    ),
    (
        "MW",
        1.0,
        "mw!, mwt!, мвт!, mvt!, megawatt, megavat, meqavat, мегават, ميغاوات!, ميجاوات!, مگاوات!, میگاواٹ!, \
      メガワット, 兆瓦, 메가와트, מגה-ואט!, מגוואט, मेगावाट!, μεγαβατ, մեգավատ, მეგავატ, เมกะวัตต์",
    ),
    (
        "MW",
        1e3,
        "gw!, gwt!, гвт!, gvt!, gigawatt, giqavat, gigavat, гигават, гігават, غيغاوات!, جيجاوات!, گیگاوات!, \
      ギガワット, 吉瓦, 기가와트",
    ),
    (
        "MW",
        1e-3,
        "kw!, квт!, kvt!, kilowatt, kilovat, киловат, кіловат, كيلووات!, キロワット, 千瓦, 킬로와트",
    ),
    (
        "km",
        1.0,
        "km!, км!, kilometer, kilometre, kilomètre, kilómetro, chilometri!, quilómetro, quilômetro, kilometr, километр, \
      кілометр, كيلومتر!, كيلومترا!, كم!, کلومیٹر!, キロメートル, 公里, 킬로미터, km, ק\"מ!, किलोमीटर!, χιλιομετρ, կիլոմետր, \
      კილომეტრ, กิโลเมตร",
    ),
    (
        "ha",
        1.0,
        "ha!, га!, hectare, hektar, hectárea, ettari!, гектар, هكتار!, ہیکٹر!, ヘクタール, 公顷, 헥타르, hehtaari, \
      εκταρι, հեկտար, ჰექტარ, हेक्टेयर!, דונם, เฮกตาร์",
    ),
    (
        "m3",
        1.0,
        "cubic met, cubic metre, m3!, kubikmeter, mètres cubes!, metros cúbicos!, metri cubi!, кубометр, \
      кубических метр, куб. м!, кубічних метр, kubmetr, kub metr, metreküp, متر مكعب!, مترا مكعبا!, مكعب!, 立方米, \
      立方メートル, 세제곱미터, 입방미터",
    ),
];

/// Months by number, as beginnings of their names.
const MONTHS: &[(u8, &str)] = &[
    (
        1,
        "ژانويه!, януар, јануар, january, januar, janvier, enero, gennaio, janeiro, январ, січн, yanvar, ocak, январь, يناير!, كانون الثاني!, stycz, \
      ledna!, január, tammikuu, januari, ianuar, ιανουαρ, jan, ינואר, հունվար, იანვარ, जनवरी, جنوری, қаңтар, มกราคม",
    ),
    (
        2,
        "فوريه!, фебруар, february, februar, février, febrero, febbraio, fevereiro, феврал, лютого!, fevral, şubat, فبراير!, شباط!, lutego!, \
      února!, február, helmikuu, februari, februar, φεβρουαρ, feb!, פברואר, փետրվար, თებერვ, फरवरी, فروری, ақпан, กุมภาพันธ์",
    ),
    (
        3,
        "march!, märz, mars!, marzo!, março, март, берез, mart!, mart, مارس!, اذار!, marca!, března!, március, maaliskuu, maart!, \
      martie, μαρτι, mar!, מרץ, մարտ, მარტ, मार्च, مارچ, наурыз, มีนาคม",
    ),
    (
        4,
        "اوريل!, april, avril, abril, aprile, апрел, квіт, aprel, nisan, ابريل!, نيسان!, kwiet, dubna!, április, huhtikuu, aprilie, \
      απριλι, apr!, אפריל, ապրիլ, აპრილ, अप्रैल, اپریل, сәуір, เมษายน",
    ),
    (
        5,
        "مه!, мај!, маја!, may!, mai!, mayo!, maggio!, maio!, мая!, май!, травн, mayıs, may, مايو!, ايار!, maja!, května!, május, toukokuu, mei!, \
      μαι, מאי!, մայիս, მაის, मई!, مئی!, мамыр, พฤษภาคม",
    ),
    (
        6,
        "ژوين!, јун!, јуна!, юни!, june!, juni!, juin!, junio!, giugno, junho, июн, червн, iyun, haziran, يونيو!, حزيران!, czerw, června!, június, kesäkuu, \
      iunie, ιουνι, jun!, יוני!, հունիս, ივნის, जून!, جون!, маусым, มิถุนายน",
    ),
    (
        7,
        "ژوييه!, јул!, јула!, юли!, july!, juli!, juillet, julio!, luglio, julho, июл, липн, iyul, temmuz, يوليو!, تموز!, lipca!, července!, július, heinäkuu, \
      iulie, ιουλι, jul!, יולי!, հուլիս, ივლის, जुलाई, جولائی, шілде, กรกฎาคม",
    ),
    (
        8,
        "اوت!, avgust, august, août!, agosto!, август, серпн, avqust, ağustos, اغسطس!, اب!, sierp, srpna!, augusztus, elokuu, augusti, αυγουστ, \
      aug!, אוגוסט, օգոստոս, აგვისტ, अगस्त, اگست, тамыз, สิงหาคม",
    ),
    (
        9,
        "сентябр, септембар, септембр, sentabr, september, septembre, septiembre, settembre, setembro, сентябр, верес, sentyabr, eylül, سبتمبر!, ايلول!, wrześ, září!, \
      szeptember, syyskuu, septembrie, σεπτεμβρ, sep!, sept!, ספטמבר, սեպտեմբեր, სექტემბ, सितंबर, ستمبر, қыркүйек, กันยายน",
    ),
    (
        10,
        "اكتبر!, октомвр, октобар, октобр, oktabr, october, oktober, octobre, octubre, ottobre, outubro, октябр, жовт, oktyabr, ekim, اكتوبر!, تشرين الاول!, paździer, \
      října!, október, lokakuu, octombrie, οκτωβρ, oct!, okt!, אוקטובר, հոկտեմբեր, ოქტომბ, अक्टूबर, اکتوبر, қазан!, ตุลาคม",
    ),
    (
        11,
        "نوامبر!, ноемвр, новембар, новембр, november, novembre, noviembre, novembro, ноябр, листопад, noyabr, kasım, نوفمبر!, تشرين الثاني!, listopad, marraskuu, \
      noiembrie, νοεμβρ, nov!, נובמבר, նոյեմբեր, ნოემბ, नवंबर, نومبر, қараша!, พฤศจิกายน",
    ),
    (
        12,
        "دسامبر!, декемвр, децембар, децембр, december, dezember, décembre, diciembre, dicembre, dezembro, декабр, грудн, dekabr, aralık, ديسمبر!, كانون الاول!, \
      grud, prosince!, joulukuu, decembrie, δεκεμβρ, dec!, dez!, דצמבר, դեկտեմբեր, დეკემბ, दिसंबर, دسمبر, желтоқсан, ธันวาคม",
    ),
];

/// A word with what it means.
#[derive(Clone, Copy, Debug)]
pub(super) enum Meaning {
    Magnitude { factor: f64, is_small: bool },
    Unit { unit: &'static str, factor: f64 },
    Month(u8),
}

struct Word {
    text: String,
    takes_ending: bool,
    meaning: Meaning,
}

/// All words by their first letter, longest first.
static WORDS: LazyLock<BTreeMap<char, Vec<Word>>> = LazyLock::new(|| {
    let mut words: BTreeMap<char, Vec<Word>> = BTreeMap::new();
    let mut add = |list: &str, meaning: Meaning| {
        for word in list.split(", ").map(str::trim).filter(|word| !word.is_empty()) {
            let name = word.strip_suffix('!').unwrap_or(word);
            let folded = fold_term(name);
            let text = if folded.is_empty() { name.to_owned() } else { folded };
            let Some(first) = text.chars().next() else { continue };
            let takes_ending = name.len() == word.len();
            words.entry(first).or_default().push(Word { text, takes_ending, meaning });
        }
    };
    for (magnitudes, is_small) in [(MAGNITUDES, false), (SMALL_MAGNITUDES, true)] {
        for (factor, list) in magnitudes {
            add(list, Meaning::Magnitude { factor: *factor, is_small });
        }
    }
    for (unit, factor, list) in UNITS {
        add(list, Meaning::Unit { unit, factor: *factor });
    }
    for (month, list) in MONTHS {
        add(list, Meaning::Month(*month));
    }
    for list in words.values_mut() {
        list.sort_by_key(|word| std::cmp::Reverse(word.text.len()));
    }
    words
});

/// The longest word at the start of `text` whose meaning is wanted, and where it ends.
pub(super) fn at<T>(text: &str, wanted: impl Fn(Meaning) -> Option<T>) -> Option<(T, usize)> {
    let words = WORDS.get(&text.chars().next()?)?;
    words.iter().find_map(|word| {
        let end = word_end(text, word)?;
        Some((wanted(word.meaning)?, end))
    })
}

/// The unit whose sign or code ends `text`, and where it starts: `$`, `US$`, `USD`.
///
/// A word does not count what follows it: "won 3-1".
pub(super) fn unit_at_end(text: &str) -> Option<(&'static str, usize)> {
    let letters = text.char_indices().rev().take(3).take_while(|(_, c)| !c.is_whitespace());
    let starts: Vec<usize> = letters.map(|(at, _)| at).collect();
    starts.into_iter().rev().find_map(|start| {
        let word = &text[start..];
        let (unit, end) = at(word, |meaning| match meaning {
            Meaning::Unit { unit, .. } => Some(unit),
            _ => None,
        })?;
        let is_sign = !word.ends_with(char::is_alphanumeric);
        let is_code = word.eq_ignore_ascii_case(unit);
        let is_inside = word.starts_with(char::is_alphabetic)
            && text[..start].chars().next_back().is_some_and(char::is_alphanumeric);
        (end == word.len() && (is_sign || is_code) && !is_inside).then_some((unit, start))
    })
}

fn word_end(text: &str, word: &Word) -> Option<usize> {
    if !text.starts_with(&word.text) {
        return None;
    }
    let end = word.text.len();
    let is_spaced = |c: char| c.is_alphabetic() && Script::of(c).has_edges();
    if !word.text.ends_with(is_spaced) {
        return Some(end);
    }
    let ending = text[end..].chars().take_while(|c| is_spaced(*c));
    let ending: Vec<char> = ending.take(ENDING_LETTERS_MAX + 1).collect();
    let letters_max = if word.takes_ending { ENDING_LETTERS_MAX } else { 0 };
    let length: usize = ending.iter().map(|c| c.len_utf8()).sum();
    (ending.len() <= letters_max).then_some(end + length)
}
