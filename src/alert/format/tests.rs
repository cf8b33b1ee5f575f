//! All formats side by side: what arrives, in which scripts, and within which limits.

use serde_json::Value;

use crate::alert::samples::{Sample, section};
use crate::alert::{Message, Notice, Target, Tidings};
use crate::model::AlertKind;

/// Every format with what it needs. Templates have tests of their own.
const SECTIONS: [(&str, &str); 10] = [
    ("json", ""),
    ("slack", ""),
    ("discord", ""),
    ("teams", ""),
    ("telegram", "to = -1001234567890\nurl = \"https://api.telegram.org/bot1:A\""),
    ("ntfy", "to = \"desk\""),
    (
        "email",
        "to = [\"Anna <anna@example.org>\", \"bo@example.org\"]\nfrom = \"silkwire <alerts@example.org>\"",
    ),
    ("apprise", "to = [\"desk\", \"night\"]"),
    ("alertmanager", ""),
    ("alertmanager_webhook", ""),
];

/// Our own inventions.
const SCRIPTS: [(&str, &str, &str, &str); 5] = [
    ("de", "Japans Botschafter in Aserbaidschan lädt ein", "Beispiel & Söhne", "Aserbaidschan"),
    ("ru", "Посол Японии осмотрел порт Алят под Баку", "Пример", "Японии"),
    (
        "ja",
        "アゼルバイジャンと日本、カスピ海の風力発電で覚書に署名",
        "見本新聞",
        "アゼルバイジャン",
    ),
    ("ar", "اليابان وأذربيجان توقعان اتفاقا بشأن طاقة الرياح", "المثال", "أذربيجان"),
    ("az", "Yaponiya səfiri Gəncədə gənclərlə görüşdü", "Nümunə", "Yaponiya"),
];

fn target(format: &str, more: &str) -> Target {
    let text = format!("[[receiver]]\nname = \"desk\"\nformat = \"{format}\"\n{more}");
    Target::new(&section(&text).receiver[0], None).unwrap()
}

fn targets() -> impl Iterator<Item = (&'static str, Target)> {
    SECTIONS.into_iter().map(|(format, more)| (format, target(format, more)))
}

fn created(target: &Target, sample: &Sample) -> String {
    let news = sample.news();
    target.body(&Message::News { tidings: Tidings::Created, news: &news }, &sample.stamp())
}

/// A body as people can compare it.
fn shown(body: &str) -> String {
    match serde_json::from_str::<Value>(body) {
        Ok(value) => serde_json::to_string_pretty(&value).unwrap(),
        Err(_) => body.replace("\r\n", "\n"),
    }
}

/// Goal: what receivers in five scripts get does not change unseen.
#[test]
fn news_in_five_scripts() {
    for (format, target) in targets() {
        let bodies = SCRIPTS.map(|(language, title, outlet, word)| {
            let sample = Sample::retold(language, title, outlet, word);
            format!("--- {language}\n{}", shown(&created(&target, &sample)))
        });
        insta::assert_snapshot!(format!("scripts_{format}"), bodies.join("\n"));
    }
}

/// Goal: every kind of message says what it has to say in every format.
#[test]
fn all_kinds_of_messages() {
    let sample = Sample::new();
    let news = sample.news();
    let changes = ["first report from JP".to_owned(), "3 outlets report it".to_owned()];
    let (digest, empty) = (sample.digest(2), sample.digest(0));
    let notice = Notice {
        kind: AlertKind::ReceiverDisabled,
        receiver: "archive".to_owned(),
        text: "It answered 410 Gone; its alerts wait.".to_owned(),
    };
    let messages = [
        Message::News { tidings: Tidings::Changed(&changes), news: &news },
        Message::News { tidings: Tidings::Withdrawn, news: &news },
        Message::Digest(&digest),
        Message::Digest(&empty),
        Message::Notice(&notice),
        Message::Test { receiver: "desk" },
    ];
    for (format, target) in targets() {
        let bodies = messages.map(|message| {
            let body = target.body(&message, &sample.stamp());
            format!("--- {}\n{}", message.kind(), shown(&body))
        });
        insta::assert_snapshot!(format!("kinds_{format}"), bodies.join("\n"));
    }
}

/// Goal: every retry signs the same bytes.
#[test]
fn same_message_is_the_same_body() {
    let sample = Sample::new();
    for (format, target) in targets() {
        assert_eq!(created(&target, &sample), created(&target, &sample), "{format}");
    }
}

type Size = fn(&str) -> usize;

/// Where a limit holds: format, place in the body, how it is counted, how much it may be.
const LIMITS: [(&str, &str, Size, usize); 11] = [
    ("slack", "/text", characters, 3800),
    ("slack", "/blocks/0/text/text", characters, 3000),
    ("discord", "/embeds/0/title", utf16, 256),
    ("discord", "/embeds/0/description", utf16, 4096),
    ("telegram", "/text", seen, 4096),
    ("ntfy", "/title", characters, 200),
    ("ntfy", "/message", str::len, 4096),
    ("apprise", "/title", characters, 250),
    ("apprise", "/body", characters, 4000),
    ("alertmanager", "/0/annotations/summary", characters, 1024),
    ("alertmanager", "/0/annotations/description", characters, 4000),
];

fn characters(text: &str) -> usize {
    text.chars().count()
}

fn utf16(text: &str) -> usize {
    text.encode_utf16().count()
}

/// What Telegram counts: the text without tags and with one character for each entity.
fn seen(text: &str) -> usize {
    let text = text.replace("<b>", "").replace("</b>", "");
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    utf16(&text)
}

fn part(body: &str, place: &str) -> String {
    let body: Value = serde_json::from_str(body).unwrap();
    body.pointer(place).unwrap().as_str().unwrap().to_owned()
}

/// Goal: no title and no list makes a service refuse a message.
/// Method: titles and lists that grow through every limit, of characters that count differently in
/// bytes, code points and UTF-16, some of them escaped.
#[test]
fn limits_hold_at_every_length() {
    for unit in ["x", "日", "🗾", "&", "e\u{301}", "👨‍👩‍👧", "*"] {
        for n in [1, 30, 60, 61, 62, 120, 180, 190, 235, 245, 400, 1000, 1010, 3000, 5000] {
            let mut sample = Sample::new();
            sample.article.title = unit.repeat(n);
            let digest = {
                let member = crate::model::Member::new(&sample.matched, &sample.article);
                sample.story = crate::model::Story::opened(sample.story.id, member);
                sample.digest(n.min(300))
            };
            for (format, place, size, max) in LIMITS {
                let more = SECTIONS.iter().find(|(name, _)| *name == format).unwrap().1;
                let target = target(format, more);
                let bodies = [
                    created(&target, &sample),
                    target.body(&Message::Digest(&digest), &sample.stamp()),
                ];
                for body in bodies {
                    let text = part(&body, place);
                    assert!(size(&text) <= max, "{format}{place}, {n} of {unit}: {}", size(&text));
                }
            }
        }
    }
}

/// Goal: a title that just fits arrives whole, one character more is cut with an ellipsis, and
/// never inside a character.
#[test]
fn titles_are_whole_up_to_the_limit() {
    let cases = [
        ("discord", "/embeds/0/title", "New story: \u{2068}", 256, utf16 as fn(&str) -> usize),
        ("ntfy", "/title", "New story: \u{2068}", 200, characters),
        ("apprise", "/title", "New story: \u{2068}", 250, characters),
        ("alertmanager", "/0/annotations/summary", "New story: \u{2068}", 1024, characters),
    ];
    for (format, place, before, max, size) in cases {
        let more = SECTIONS.iter().find(|(name, _)| *name == format).unwrap().1;
        let target = target(format, more);
        let title = |text: &str| {
            let mut sample = Sample::new();
            sample.article.title = text.to_owned();
            part(&created(&target, &sample), place)
        };
        let room = max - size(before) - 1;
        let whole = "x".repeat(room);
        assert_eq!(title(&whole), format!("{before}{whole}\u{2069}"), "{format}");
        let cut = title(&format!("{whole}x"));
        assert!(cut.contains("x…") && size(&cut) <= max, "{format}: {cut}");
        // A flag of two code points, four UTF-16 units, stands on the limit.
        let straddling = title(&format!("{}🇯🇵", "x".repeat(room - 1)));
        assert!(!straddling.contains('🇯') && straddling.contains('…'), "{format}: {straddling}");
        assert!(size(&straddling) <= max, "{format}");
    }
}

/// Goal: the link survives whatever else is cut, whole and last.
#[test]
fn link_stays_whole_and_last() {
    let mut sample = Sample::new();
    sample.article.title = "\u{1f5fe}".repeat(10_000);
    sample.matched.evidence[0].text = "&".repeat(10_000);
    let url = format!("https://example.org/{}?a=1&b=2", "x".repeat(300));
    sample.article.url = Some(url.clone());
    for (format, place) in [
        ("slack", "/text"),
        ("telegram", "/text"),
        ("ntfy", "/message"),
        ("apprise", "/body"),
        ("alertmanager", "/0/annotations/description"),
        ("discord", "/embeds/0/description"),
    ] {
        let more = SECTIONS.iter().find(|(name, _)| *name == format).unwrap().1;
        let text = part(&created(&target(format, more), &sample), place);
        let last = text.lines().last().unwrap();
        let last = last.trim_matches(['<', '>']).replace("&amp;", "&");
        assert_eq!(last, url, "{format}");
    }
}

/// Goal: quotes, backslashes, line ends, NUL and marks that turn the writing around neither break
/// a body nor reach a screen.
#[test]
fn b57_hostile_titles_do_no_harm() {
    let hostile = "\"\\\u{2028}\u{2029}\0\u{1b}[2J\r\nBcc: x@y.z\u{202e}\u{2069}\u{feff}</script><!channel>@everyone";
    let mut sample = Sample::retold("en", hostile, hostile, hostile);
    sample.matched.figures[0].text = hostile.to_owned();
    for (format, target) in targets().filter(|(format, _)| *format != "email") {
        let body = created(&target, &sample);
        let value: Value = serde_json::from_str(&body).unwrap();
        let texts = strings(&value).join("\n");
        let is_bad = |c: char| {
            (c.is_control() && c != '\n')
                || (format != "json" && "\u{202e}\u{2028}\u{feff}".contains(c))
        };
        assert!(!texts.contains(is_bad), "{format}: {texts:?}");
    }
    let slack = created(&target("slack", ""), &sample);
    assert!(!slack.contains("<!channel>") && !slack.contains("@everyone"), "{slack}");
    let discord: Value = serde_json::from_str(&created(&target("discord", ""), &sample)).unwrap();
    assert_eq!(discord["allowed_mentions"]["parse"], serde_json::json!([]));
}

fn strings(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().flat_map(strings).collect(),
        Value::Object(items) => items.values().flat_map(strings).collect(),
        _ => Vec::new(),
    }
}

/// Goal: a mail with a hostile title is still one mail with the headers that we wrote.
#[test]
fn b57_no_header_comes_from_a_title() {
    let title = "a\r\nBcc: x@y.z\r\n\r\n<script>".to_owned() + &"漢字".repeat(5000);
    let mail = created(&target("email", SECTIONS[6].1), &Sample::retold("ja", &title, &title, "x"));
    assert!(mail.is_ascii());
    let (head, body) = mail.split_once("\r\n\r\n").unwrap();
    let names: Vec<&str> = head
        .lines()
        .filter(|line| !line.starts_with([' ', '\t']))
        .map(|line| line.split(':').next().unwrap())
        .collect();
    assert!(!names.contains(&"Bcc"), "{names:?}");
    let longest = mail.lines().map(str::len).max().unwrap();
    assert!(longest <= 998, "{longest}");
    assert!(!body.contains("<script>"));
}

/// Goal: Teams takes a card with endless rows or stories.
#[test]
fn teams_card_stays_below_its_limit() {
    let target = target("teams", "");
    let long = "\"日\\本\"".repeat(3000);
    let mut sample = Sample::retold("ja", &long, &long, &long);
    sample.article.url = Some(format!("https://example.org/{}", "x".repeat(1900)));
    let changes = vec![long; 8];
    let (news, digest) = (sample.news(), sample.digest(200));
    let messages = [
        Message::News { tidings: Tidings::Changed(&changes), news: &news },
        Message::Digest(&digest),
    ];
    for message in messages {
        let body = target.body(&message, &sample.stamp());
        assert!(body.len() <= 20_000, "{}", body.len());
        let card: Value = serde_json::from_str(&body).unwrap();
        assert!(!card["attachments"][0]["content"]["body"].as_array().unwrap().is_empty());
    }
}

/// Goal: a receiver that asked for little gets names and a link, and one that finds a body too
/// long gets that instead.
#[test]
fn b35_thin_body_names_what_can_be_looked_up() {
    let sample = Sample::new();
    let thin = created(&target("json", "payload = \"thin\""), &sample);
    insta::assert_snapshot!(thin, @r#"{"type":"match.created","timestamp":"2026-11-24T06:00:00Z","sequence":1795500000000048,"data":{"id":"f1a10aa5f94e84e3","score":0.97,"story":"fe6a28114968a574","title":"Japans Botschafter in Aserbaidschan lädt ein","topic":"japan-azerbaijan","url":"https://example.org/empfang"}}"#);
    let target = target("json", "");
    let full = created(&target, &sample);
    assert_eq!(target.shorter(&full).map(|it| sorted(&it)), Some(sorted(&thin)));
    assert_eq!(target.shorter(&thin), None);
    let digest = target.body(&Message::Digest(&sample.digest(2)), &sample.stamp());
    insta::assert_snapshot!(target.shorter(&digest).unwrap(), @r#"{"data":{"feeds":{"checked":412,"failing":3},"from":"2026-11-23T06:00:00Z","n_stories":2,"stories":[{"id":"fe6a28114968a574","url":"https://example.org/empfang"},{"id":"fe6a28114968a574","url":"https://example.org/empfang"}],"to":"2026-11-24T06:00:00Z","topic":"japan-azerbaijan"},"sequence":1795500000000048,"timestamp":"2026-11-24T06:00:00Z","type":"digest"}"#);
}

fn sorted(json: &str) -> Value {
    serde_json::from_str(json).unwrap()
}

/// Goal: a digest of any length is valid, says how many stories there are, and shows the first.
#[test]
fn b34_long_digest_is_cut_and_says_so() {
    let sample = Sample::new();
    let body = target("json", "").body(&Message::Digest(&sample.digest(500)), &sample.stamp());
    let body: Value = serde_json::from_str(&body).unwrap();
    assert!(body.to_string().len() <= 20_000);
    assert_eq!(
        (&body["data"]["truncated"], &body["data"]["n_stories"]),
        (&true.into(), &500.into())
    );
    assert!(!body["data"]["stories"].as_array().unwrap().is_empty());
}

/// Goal: a chat that cannot read our markup gets the same words without it.
#[test]
fn telegram_text_without_markup_says_the_same() {
    let target = target("telegram", SECTIONS[4].1);
    let body = created(&target, &Sample::retold("en", "A & B <C>", "D", "E"));
    let plain = part(&target.plainer(&body).unwrap(), "/text");
    assert!(plain.starts_with("New story: \u{2068}A & B <C>\u{2069}\n"), "{plain}");
    assert_eq!(target.plainer(&target.plainer(&body).unwrap()), None);
}

/// Goal: no log names the chat or the people that a receiver stands for.
#[test]
fn debug_and_errors_do_not_show_to_whom() {
    let target = target("email", SECTIONS[6].1);
    assert_eq!(target.redacted("550 <anna@example.org> unknown"), "550 <…> unknown");
    assert!(!format!("{target:?}").contains("anna"));
}
