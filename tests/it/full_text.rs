//! Full texts from pages: what a reader of the page would call the article, and nothing else.

use std::collections::HashMap;
use std::fs;
use std::time::Duration;

use silkwire::collect::decode;
use silkwire::collect::page::{Page, PageReader, Stub, article};
use url::Url;

/// Pages written by us, with the markup of sites of many kinds, in the encodings that they use.
const PAGES: [(&str, &str, &str, Option<&str>); 10] = [
    ("de-zeitung", "de", "2026-11-24T20:15:00Z", Some("Zeitung am Markt")),
    ("en-agency", "en", "2026-11-24T09:42:00Z", Some("Northern Wire")),
    ("az-xeber", "az", "2026-11-24T10:05:00Z", Some("Xəbər Evi")),
    ("ru-novosti", "ru", "2026-11-24T09:30:00Z", Some("Вестник")),
    ("ja-shimbun", "ja", "2026-11-24T10:20:00Z", Some("みなと新聞")),
    ("tr-haber", "tr", "2026-11-24T13:00:00Z", Some("Liman Haber")),
    ("fr-journal", "fr", "2026-11-24T20:10:00Z", Some("Le Courrier du Quai")),
    ("zh-wang", "zh", "2026-11-24T10:00:00Z", None),
    ("ko-ilbo", "ko", "2026-11-24T08:30:00Z", Some("항구일보")),
    ("ar-sahifa", "ar", "2026-11-24T10:00:00Z", Some("صحيفة الميناء")),
];

fn path(name: &str) -> String {
    format!("{}/tests/it/fixtures/pages/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn read_page(name: &str) -> Page {
    let url: Url = format!("https://courrier.example/2026/{name}").parse().unwrap();
    let bytes = fs::read(path(&format!("{name}.html"))).unwrap();
    let html = decode(&bytes, None, Some(&url));
    article(&html, Some(&url))
}

/// Runs of four words, or of four letters where no spaces part words.
fn shingles(text: &str) -> HashMap<String, i32> {
    let is_unspaced = |it: char| ('\u{3040}'..='\u{9fff}').contains(&it);
    let mut words: Vec<String> = Vec::new();
    for word in text.split(|it: char| !it.is_alphanumeric()).filter(|it| !it.is_empty()) {
        if word.contains(is_unspaced) {
            words.extend(word.chars().map(String::from));
        } else {
            words.push(word.to_owned());
        }
    }
    let mut counts = HashMap::new();
    for run in words.windows(4) {
        *counts.entry(run.join(" ")).or_default() += 1;
    }
    counts
}

fn f1(found: &str, wanted: &str) -> f64 {
    let (found, wanted) = (shingles(found), shingles(wanted));
    let common: i32 =
        wanted.iter().map(|(run, count)| *count.min(found.get(run).unwrap_or(&0))).sum();
    let total: i32 = found.values().chain(wanted.values()).sum();
    2.0 * f64::from(common) / f64::from(total)
}

/// Goal: a judge reads every paragraph, and is not misled by menus, related boxes, comments,
/// advertising or cookie banners, in ten languages and seven encodings.
#[test]
fn articles_are_whole_and_alone() {
    for (name, ..) in PAGES {
        let page = read_page(name);
        let wanted = fs::read_to_string(path(&format!("{name}.txt"))).unwrap();
        assert_eq!(page.stub, None, "{name}");
        let f1 = f1(&page.text, &wanted);
        assert!(0.95 <= f1, "{name}: F1 {f1:.3}\n{}", page.text);
        // Wide spaces become ordinary ones.
        let wanted = wanted.replace('\u{3000}', " ");
        let missing = wanted.lines().find(|line| !page.text.lines().any(|it| it == *line));
        assert_eq!(missing, None, "{name}:\n{}", page.text);
    }
}

/// Goal: an article is filed under its hour, its outlet and its language.
#[test]
fn pages_say_when_and_who() {
    for (name, language, published, outlet) in PAGES {
        let page = read_page(name);
        assert_eq!(page.language.unwrap().as_str(), language, "{name}");
        assert_eq!(page.published.unwrap().to_string(), published, "{name}");
        assert_eq!(page.outlet.as_deref(), outlet, "{name}");
    }
    let canonical = read_page("fr-journal").canonical.unwrap();
    assert_eq!(canonical.as_str(), "https://courrier.example/2026/11/24/orchestre-caucase/");
}

/// Goal: the page of one entry is not taken for another's, nor for less than the feed has.
#[test]
fn text_belongs_to_its_entry() {
    for (name, ..) in PAGES {
        let page = read_page(name);
        let first = page.text.lines().next().unwrap();
        assert!(page.text_of_entry(&page.title, first).is_ok(), "{name}: {}", page.title);
        for title in [
            "Bundesliga: Knappe Niederlage im Nachholspiel",
            "Futbol üzrə kubokda nəticələr məlum oldu",
            "Курс валют на среду: доллар подорожал",
            "プロ野球、新人選手の入団会見",
            "코스피 소폭 하락 마감",
            "北方多地迎来降雪",
        ] {
            let text = page.text_of_entry(title, "");
            assert_eq!(text, Err(Stub::NotAnArticle), "{name}, {title}");
        }
        let more = page.text.repeat(2);
        assert_eq!(page.text_of_entry(&page.title, &more), Err(Stub::NotAnArticle), "{name}");
    }
}

/// A page that is nothing but `body`.
fn stub_of(title: &str, body: &str) -> Option<Stub> {
    let html = format!(
        "<!doctype html><html><head><title>{title}</title></head><body>{body}</body></html>"
    );
    let url = "https://news.example/2026/article-1".parse().unwrap();
    article(&html, Some(&url)).stub
}

/// Goal: a wall that asks for consent is not judged as if it were the article.
#[test]
fn consent_walls_are_recognised_in_many_languages() {
    for wall in [
        "<h1>We value your privacy</h1><p>We and our partners store and access information on a device, \
         such as cookies, and process personal data for personalised advertising. You can change your mind \
         at any time.</p><button>Accept all</button><button>Manage options</button>",
        "<h1>Willkommen</h1><p>Wir und unsere Partner nutzen Cookies, um Informationen auf Ihrem Gerät zu \
         speichern. Ihre Einwilligung können Sie jederzeit widerrufen.</p><a>Alle akzeptieren</a>\
         <a>Mit Werbung weiterlesen</a>",
        "<p>Nous et nos partenaires utilisons des cookies pour mesurer l'audience. Vous pouvez retirer \
         votre consentement à tout moment.</p><button>Tout accepter</button><button>Continuer sans accepter</button>",
        "<p>Nosotros y nuestros socios usamos cookies para mostrar anuncios personalizados. Puede retirar \
         su consentimiento.</p><button>Aceptar todo</button><button>Rechazar todo</button>",
        "<p>Noi e i nostri partner utilizziamo i cookie per mostrare annunci. Puoi revocare il tuo consenso.</p>\
         <button>Accetta tutto</button>",
        "<p>Мы и наши партнёры используем файлы cookie, чтобы показывать рекламу. Вы можете отозвать ваше согласие \
         в любой момент.</p><button>Принять все</button><button>Отклонить все</button>",
        "<p>Biz və tərəfdaşlarımız cookie fayllarından istifadə edirik. Razılığınızı istənilən vaxt geri götürə \
         bilərsiniz.</p><button>Hamısını qəbul et</button><button>Hamısını rədd et</button>",
        "<p>Biz ve iş ortaklarımız çerezleri kullanıyoruz. Onayınızı istediğiniz zaman geri çekebilirsiniz, \
         gizliliğiniz bizim için önemlidir.</p><button>Tümünü kabul et</button><button>Tümünü reddet</button>",
        "<p>当社とパートナーはCookieを使用します。お客様の同意はいつでも撤回できます。プライバシー設定からご確認ください。</p>\
         <button>すべて同意</button><button>すべて拒否</button>",
        "<p>我们和我们的合作伙伴使用Cookie来存储您设备上的信息，并投放个性化广告。您可以随时撤回您的同意。</p>\
         <button>全部接受</button><button>全部拒绝</button>",
        "<p>당사와 파트너사는 쿠키를 사용합니다. 귀하의 동의는 언제든지 철회할 수 있습니다.</p><button>모두 동의</button>\
         <button>모두 거부</button>",
        "<p>نحن وشركاؤنا نستخدم ملفات تعريف الارتباط لعرض إعلانات مخصصة. يمكنك سحب موافقتك في أي وقت.</p>\
         <button>قبول الكل</button><button>رفض الكل</button>",
        "<p>ما و شرکای ما از کوکی استفاده می‌کنیم تا تبلیغات نشان دهیم. رضایت شما هر زمان قابل پس گرفتن است.</p>\
         <button>پذیرش همه</button>",
    ] {
        assert_eq!(stub_of("News", wall), Some(Stub::Consent), "{wall}");
    }
}

/// Goal: a check for robots, in whatever language, is not the article.
#[test]
fn challenges_are_recognised_in_many_languages() {
    for (title, body) in [
        (
            "Just a moment...",
            "<div id=challenge-error-text>Enable JavaScript and cookies to continue</div>",
        ),
        (
            "Attention Required! | Cloudflare",
            "<h1>Sorry, you have been blocked</h1><p>You are unable to access news.example</p>",
        ),
        (
            "news.example",
            "<p>Verify you are human by completing the action below.</p><p>news.example needs to review the security of your connection before proceeding.</p>",
        ),
        (
            "news.example",
            "<script src='https://ct.captcha-delivery.com/c.js'></script><p>Please wait</p>",
        ),
        ("Один момент…", "<p>Проверка браузера перед переходом на сайт.</p>"),
        ("Проверка", "<p>Подтвердите, что вы человек, чтобы продолжить чтение сайта.</p>"),
        (
            "Einen Moment…",
            "<p>Bitte bestätigen Sie, dass Sie kein Roboter sind, um die Seite zu sehen.</p>",
        ),
        ("Un instant…", "<p>Confirmez que vous n'êtes pas un robot pour continuer.</p>"),
        ("Un momento…", "<p>Confirme que no eres un robot para seguir.</p>"),
        ("Bir dakika lütfen…", "<p>Devam etmek için insan olduğunuzu doğrulayın.</p>"),
        ("Gözləyin", "<p>Davam etmək üçün robot olmadığınızı təsdiq edin.</p>"),
        (
            "しばらくお待ちください...",
            "<p>ブラウザを確認しています。この処理は自動的に行われます。</p>",
        ),
        ("请稍候…", "<p>请完成验证以继续访问，我们需要确认您是真人。</p>"),
        ("잠시만 기다리십시오…", "<p>계속하려면 사람인지 확인하는 절차를 완료하십시오.</p>"),
        ("لحظة…", "<p>تحقق من أنك إنسان من خلال إكمال الإجراء أدناه.</p>"),
        ("لطفاً صبر کنید…", "<p>تأیید کنید که ربات نیستید تا ادامه دهید.</p>"),
    ] {
        assert_eq!(stub_of(title, body), Some(Stub::Captcha), "{title}");
    }
}

/// Goal: a page that only browsers can fill does not pass for an empty article.
#[test]
fn pages_that_need_a_program_say_so() {
    for body in [
        "<noscript>You need to enable JavaScript to run this app.</noscript><div id=root></div>",
        "<div>Please turn on JavaScript in your browser to view this page.</div>",
        "<div>Bitte aktivieren Sie JavaScript, um diese Seite zu sehen.</div>",
        "<div>Для работы сайта включите JavaScript в вашем браузере.</div>",
        "<div>このページを表示するにはJavaScriptを有効にしてください。</div>",
        "<div>Bu səhifəni görmək üçün brauzerinizdə JavaScript-i aktiv edin.</div>",
    ] {
        assert_eq!(stub_of("News", body), Some(Stub::Script), "{body}");
    }
}

/// Goal: a teaser does not replace the feed's own summary.
#[test]
fn paywalls_are_recognised_in_many_languages() {
    for (teaser, wall) in [
        (
            "The ambassador of Japan met officials in Baku on Tuesday to discuss a new port.",
            "Subscribe now to continue reading. Already a subscriber? Log in",
        ),
        (
            "Der Botschafter Japans traf am Dienstag in Baku Vertreter der Regierung.",
            "Diesen Artikel lesen Sie mit einem Abo. Jetzt testen und weiterlesen",
        ),
        (
            "L'ambassadeur du Japon a rencontré mardi à Bakou des représentants du gouvernement.",
            "Il vous reste 80 % de cet article à lire. La suite est réservée aux abonnés.",
        ),
        (
            "El embajador de Japón se reunió el martes en Bakú con miembros del Gobierno.",
            "Suscríbete para seguir leyendo. ¿Ya eres suscriptor?",
        ),
        (
            "L'ambasciatore del Giappone ha incontrato martedì a Baku membri del governo.",
            "Contenuto riservato agli abbonati. Sei già abbonato? Accedi",
        ),
        (
            "Посол Японии во вторник встретился в Баку с представителями правительства.",
            "Статья доступна только подписчикам. Оформите подписку, чтобы читать дальше.",
        ),
        (
            "Yaponiya səfiri çərşənbə axşamı Bakıda hökumət nümayəndələri ilə görüşüb.",
            "Məqalənin davamını oxumaq üçün abunə olun və ya daxil olun.",
        ),
        (
            "Japonya büyükelçisi salı günü Bakü'de hükûmet temsilcileriyle görüştü.",
            "Haberin devamını okumak için abone olun. Bu içerik abonelere özel.",
        ),
        (
            "日本の大使は24日、バクーで政府関係者と会談し、新しい港の建設について話し合った。",
            "この記事は有料記事です。残り1,234文字。続きを読むにはログインしてください。",
        ),
        (
            "日本大使24日在巴库会见政府官员，讨论新港口建设问题以及两国之间的合作前景。",
            "登录后阅读全文，本文为会员专享内容。",
        ),
        (
            "일본 대사가 24일 바쿠에서 정부 관계자를 만나 새 항구 건설을 논의했다고 밝혔다.",
            "이 기사는 구독자 전용입니다. 계속 읽으려면 로그인하세요.",
        ),
        (
            "التقى السفير الياباني يوم الثلاثاء في باكو مسؤولين حكوميين لبحث بناء ميناء جديد.",
            "هذا المقال للمشتركين فقط. لمتابعة القراءة سجل الدخول.",
        ),
    ] {
        let body =
            format!("<article><h1>Baku</h1><p>{teaser}</p><p class=wall>{wall}</p></article>");
        assert_eq!(stub_of("Baku", &body), Some(Stub::Paywall), "{teaser}");
    }
    let said = "<script type='application/ld+json'>{\"@type\": \"NewsArticle\", \"isAccessibleForFree\": false}\
        </script><article><p>The ambassador of Japan met officials in Baku on Tuesday to discuss a port.</p></article>";
    assert_eq!(stub_of("Baku", said), Some(Stub::Paywall));
}

/// Goal: home pages and error pages are not the article that once stood there.
#[test]
fn other_pages_are_recognised() {
    let list = "<ul>".to_owned()
        + &"<li><a href=/x>Headline of the day about something</a></li>".repeat(30);
    let home = Url::parse("https://news.example/").unwrap();
    let html = format!("<html><head><title>News</title></head><body>{list}</body></html>");
    assert_eq!(article(&html, Some(&home)).stub, Some(Stub::NotAnArticle));
    for title in [
        "404 - Page not found",
        "Səhifə tapılmadı",
        "ページが見つかりません | 新聞",
        "Страница не найдена",
    ] {
        let body =
            "<h1>Oops</h1><p>Perhaps you will find what you are looking for in our search.</p>";
        assert_eq!(stub_of(title, body), Some(Stub::NotAnArticle), "{title}");
    }
    assert_eq!(stub_of("x", ""), Some(Stub::Empty));
    assert_eq!(stub_of("x", &"<div>".repeat(20_000)), Some(Stub::Unreadable));
}

/// Goal: articles about cookies, captchas, subscriptions and errors are articles.
#[test]
fn articles_about_walls_are_no_walls() {
    let banner = "<div id=cmp-banner>We use cookies. We and our partners store information. <button>Accept all\
        </button><button>Manage options</button></div>";
    let box_ = "<aside><h3>For subscribers only</h3><a href=/p>Inside the talks</a></aside>\
        <nav><a href=/login>Already a subscriber? Log in</a></nav>";
    for (title, paragraphs) in [
        (
            "Court fines firm over cookie banner",
            [
                "A court in Hamburg has fined a retailer because its cookie banner made it harder to refuse than to accept. The button \"Accept all\" was larger than the one to reject.",
                "The judges held that consent is only valid if it is free. Visitors had no way to withdraw it later, and partners of the firm received data about which pages they had looked at.",
                "Consumer groups welcomed the ruling. They have complained for years about walls that say \"we and our partners\" and then list eight hundred companies.",
                "The retailer said it had changed its site in the meantime and would not appeal against the decision.",
            ],
        ),
        (
            "Are you a robot? The long death of the captcha",
            [
                "For two decades people have picked out traffic lights to prove that they are human. Now machines solve such puzzles better than we do, researchers report.",
                "A team in Osaka let software loose on 10,000 puzzles. It passed the test \"I'm not a robot\" in every second case, people only in seven of ten.",
                "Operators look for other ways. Some check how a browser behaves; the line \"Checking your browser\" has become part of everyday life on the net.",
                "Blind people suffer most, an advocate says: they often cannot complete the captcha at all, and nobody answers their complaints.",
            ],
        ),
        (
            "Newspapers raise prices for subscribers",
            [
                "Three large newspapers will charge more from January. Readers who have reached the article limit will be asked to subscribe earlier than before.",
                "Publishers say that advertising no longer pays for reporting. Their paywalls have become tighter, and free articles are rarer than two years ago.",
                "In Japan the largest business daily has had a paywall since 2010, and more than a million people pay for it.",
                "Experts doubt that smaller papers can follow. Their readers are older, and many share one account within the family.",
            ],
        ),
        (
            "Hundreds of families not found after flood",
            [
                "Rescue teams in the north searched for hundreds of families on Tuesday after a flood had swept away two villages in the night.",
                "Roads are cut off, and the telephone network has failed in the whole district, the authorities said.",
                "Japan offered to send helicopters and a field hospital, which the government accepted with thanks.",
                "Meteorologists expect more rain until the weekend and warn of landslides in the mountains.",
            ],
        ),
    ] {
        let text: Vec<String> = paragraphs.iter().map(|it| format!("<p>{it}</p>")).collect();
        let text = text.concat();
        let body = format!(
            "{banner}{box_}<main><h1>{title}</h1>{text}</main><form class=g-recaptcha></form>\
            <noscript>Please enable JavaScript to see the comments.</noscript>"
        );
        let html = format!("<html><head><title>{title}</title></head><body>{body}</body></html>");
        let page = article(&html, None);
        assert_eq!(page.stub, None, "{title}");
        assert!(paragraphs.iter().all(|it| page.text.contains(it)), "{title}: {}", page.text);
    }
}

/// Goal: a short report is no teaser because others on the page are.
#[test]
fn short_free_reports_are_kept() {
    let body = "<nav><a href=/login>Already a subscriber? Log in</a></nav><article><h1>Japan opens visa centre in Baku</h1>\
        <p>Japan has opened a visa centre in Baku, the embassy said on Tuesday. It will receive up to eighty applicants a day and \
        replaces the counter at the embassy.</p></article><aside class=teasers><h3>Exklusiv für Abonnenten</h3>\
        <a href=/plus>Read more: subscribe to read our analysis</a></aside>";
    assert_eq!(stub_of("Japan opens visa centre in Baku", body), None);
    let ja = "<article><h1>バクーにビザセンター開設</h1><p>在アゼルバイジャン日本大使館は24日、バクーにビザ申請センターを開設したと発表した。\
        1日最大80人の申請を受け付ける。</p></article><div class=rank><a href=/p>有料会員限定 大使に聞く</a></div>";
    assert_eq!(stub_of("バクーにビザセンター開設", ja), None);
}

/// Goal: a page that takes too long is given up, and the next one is still read.
#[tokio::test]
async fn pages_are_read_within_a_time() {
    let reader = PageReader::default();
    let html = "<html><head><title>Baku</title></head><body><article><p>The ambassador of Japan met officials in \
        Baku on Tuesday.</p></article></body></html>";
    let read = |deadline| reader.article_within(html.to_owned(), None, deadline);
    assert_eq!(read(Duration::ZERO).await, None);
    let page = read(Duration::from_mins(1)).await.unwrap();
    assert!(page.text.contains("ambassador"), "{page:?}");
}
