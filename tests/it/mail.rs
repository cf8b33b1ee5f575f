//! Mails on their way: to servers that are friendly, busy, broken or hostile, with and without
//! TLS, and to a real one.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use silkwire::alert::{
    self, Config, Message, News, Receiver, ReceiverConfig, ReceiverError, ReceiverFiles, Stamp,
    Tidings,
};
use silkwire::model::{
    Attempt, Clock, Delivery, DeliveryId, EventId, Member, Secret, Story, SystemClock,
};
use silkwire::net;

use crate::alert_bench::{Bench, once};
use crate::mail_server::{Answers, MailServer, Tls, friendly};
use crate::net_tls::Authority;
use crate::store_samples;

#[derive(Deserialize)]
struct Section {
    receiver: Vec<ReceiverConfig>,
}

/// A receiver of mails at `url` with these further lines.
fn receiver_with(url: &str, more: &str, password: Option<&str>) -> Result<Receiver, ReceiverError> {
    let text = format!(
        "[[receiver]]\nname = \"desk\"\nformat = \"email\"\nurl = \"{url}\"\n\
         from = \"silkwire <alerts@example.org>\"\n\
         to = [\"Anna <anna@example.org>\", \"bo@example.org\"]\n{more}"
    );
    let section: Section = toml::from_str(&text).unwrap();
    let password = password.map(|text| Secret::new(text.to_owned()));
    let files = ReceiverFiles { password, ..ReceiverFiles::default() };
    let config = Config { timeout: Duration::from_secs(2), ..Config::default() };
    Receiver::with_files(&section.receiver[0], &files, &net::Config::default(), &config)
}

const LOOPBACK: &str = "allow_networks = [\"127.0.0.0/8\"]\n";

async fn told(receiver: &Receiver) -> Attempt {
    alert::test(receiver, SystemClock.now()).await
}

/// What comes of a mail to a server without TLS that answers like this, and what it heard.
async fn told_plainly(answers: Answers) -> (Attempt, Vec<String>) {
    let server = MailServer::start(Tls::Never, answers).await;
    let url = format!("smtp://127.0.0.1:{}", server.port());
    let more = format!("{LOOPBACK}allow_http = true");
    let attempt = told(&receiver_with(&url, &more, None).unwrap()).await;
    (attempt, server.heard())
}

/// Goal: a mail reaches everybody, with the words of the server kept for people.
#[tokio::test]
async fn mail_reaches_all_recipients() {
    let (attempt, heard) = told_plainly(friendly).await;
    assert_eq!((attempt.status, attempt.error), (Some(250), None));
    assert_eq!(attempt.answer, "kept as 1");
    let commands = [
        "EHLO example.org",
        "MAIL FROM:<alerts@example.org>",
        "RCPT TO:<anna@example.org>",
        "RCPT TO:<bo@example.org>",
        "DATA",
    ];
    assert_eq!(heard[..5], commands);
    assert!(heard[5].contains("Subject: Test: A test from silkwire"), "{}", heard[5]);
}

/// Goal: a server that is busy, or lets strangers wait, gets the mail later, and nobody gets it
/// twice.
#[tokio::test]
async fn busy_server_has_nothing_yet() {
    let (attempt, heard) = told_plainly(|line| match line {
        "RCPT TO:<bo@example.org>" => Some("451 4.7.1 greylisted, try again\r\n"),
        _ => friendly(line),
    })
    .await;
    assert_eq!(attempt.status, Some(451));
    assert_eq!(attempt.error.as_deref(), Some("answered 451"));
    assert!(attempt.answer.contains("greylisted"), "{}", attempt.answer);
    assert!(!heard.contains(&"DATA".to_owned()), "{heard:?}");
}

/// Goal: a colleague who left does not keep the mail from those who stayed, and the operator sees
/// whom to take out, while no log holds addresses.
#[tokio::test]
async fn refused_recipient_does_not_stop_the_others() {
    let (attempt, heard) = told_plainly(|line| match line {
        "RCPT TO:<anna@example.org>" => Some("550 5.1.1 <anna@example.org> left\r\n"),
        _ => friendly(line),
    })
    .await;
    assert_eq!((attempt.status, attempt.error), (Some(250), None));
    assert!(attempt.answer.contains("recipient 1 is refused"), "{}", attempt.answer);
    assert!(!attempt.answer.contains("anna@"), "{}", attempt.answer);
    assert!(heard.contains(&"DATA".to_owned()));

    let (attempt, heard) = told_plainly(|line| match line {
        line if line.starts_with("RCPT") => Some("550 5.1.1 unknown\r\n"),
        _ => friendly(line),
    })
    .await;
    assert_eq!(attempt.status, Some(550));
    assert!(!heard.contains(&"DATA".to_owned()));
}

/// Goal: no answer, half of one, or one without end holds nothing up and is told for what it is.
#[tokio::test]
async fn broken_servers_are_survived() {
    let cases: [(Answers, &str); 6] = [
        (
            |line| if line.is_empty() { Some("554 go away\r\n") } else { friendly(line) },
            "answered 554",
        ),
        (
            |line| if line.is_empty() { Some("HTTP/1.1 400 Bad Request\r\n\r\n") } else { None },
            "answer broken",
        ),
        (
            |line| if line == "DATA" { None } else { friendly(line) },
            "answer not complete within 2000 ms",
        ),
        (
            |line| if line == "DATA" { Some("354-go\r\n354-") } else { friendly(line) },
            "answer not complete within",
        ),
        (
            |line| if line == "." { Some("421 4.3.2 shutting down\r\n") } else { friendly(line) },
            "answered 421",
        ),
        (
            |line| if line.starts_with("MAIL") { Some(LONG.as_str()) } else { friendly(line) },
            "connection lost",
        ),
    ];
    for (answers, words) in cases {
        let (attempt, _) = told_plainly(answers).await;
        let error = attempt.error.unwrap_or_default();
        assert!(error.starts_with(words), "{error}, not {words}");
    }
}

/// A line that does not end: more than is read from one connection.
static LONG: LazyLock<String> = LazyLock::new(|| "2".repeat(70_000));

/// Goal: a mail and its password travel encrypted or not at all.
#[tokio::test]
async fn server_without_starttls_gets_nothing() {
    let answers: Answers = |line| match line.split(' ').next() {
        Some("EHLO") => Some("250-sink\r\n250 AUTH PLAIN\r\n"),
        _ => friendly(line),
    };
    let server = MailServer::start(Tls::Never, answers).await;
    let url = format!("smtp://user@127.0.0.1:{}", server.port());
    let attempt = told(&receiver_with(&url, LOOPBACK, Some("PASSWORD")).unwrap()).await;
    let error = attempt.error.unwrap();
    assert_eq!(error, "answer broken: the mail server does not offer STARTTLS");
    assert_eq!(server.heard(), ["EHLO example.org"]);
}

fn ca_line(authority: &Authority) -> String {
    format!("{LOOPBACK}ca_file = \"{}\"\n", authority.file().display())
}

/// Goal: both ways to encrypt work with a private authority, and the password is sent only then.
#[tokio::test]
async fn b51_password_is_sent_encrypted_only() {
    let authority = Authority::new();
    let identity = authority.certify("127.0.0.1", |_| {});
    for (scheme, tls) in [
        ("smtps", Tls::AtOnce(identity.config(&[]))),
        ("smtp", Tls::WhenAsked(identity.config(&[]), "220 go\r\n")),
    ] {
        let server = MailServer::start(tls, friendly).await;
        let url = format!("{scheme}://anna%40example.org@127.0.0.1:{}", server.port());
        let receiver = receiver_with(&url, &ca_line(&authority), Some("PASSWORD\n")).unwrap();
        let attempt = told(&receiver).await;
        assert_eq!((attempt.status, attempt.error), (Some(250), None), "{scheme}");
        let heard = server.heard();
        let login = heard.iter().find(|line| line.contains("AUTH")).unwrap();
        // "\0anna@example.org\0PASSWORD"
        assert_eq!(login, "tls:AUTH PLAIN AGFubmFAZXhhbXBsZS5vcmcAUEFTU1dPUkQ=");
        assert!(!format!("{receiver:?}").contains("PASSWORD"));
    }
}

/// Goal: a server with a wrong certificate, or words slipped in before encryption, gets no mail.
#[tokio::test]
async fn b51_wrong_certificates_and_injected_words_end_the_connection() {
    let authority = Authority::new();
    let right = authority.certify("127.0.0.1", |_| {});
    let other = authority.certify("other.example", |_| {});
    let injected = "220 go\r\n250-sink\r\n250 AUTH PLAIN\r\n";
    for (scheme, tls, words) in [
        ("smtps", Tls::AtOnce(other.config(&[])), "belongs to another host"),
        ("smtp", Tls::WhenAsked(other.config(&[]), "220 go\r\n"), "belongs to another host"),
        ("smtp", Tls::WhenAsked(right.config(&[]), injected), "does not speak TLS"),
        ("smtps", Tls::Never, "does not speak TLS"),
    ] {
        let server = MailServer::start(tls, friendly).await;
        let url = format!("{scheme}://127.0.0.1:{}", server.port());
        let attempt = told(&receiver_with(&url, &ca_line(&authority), None).unwrap()).await;
        let error = attempt.error.unwrap();
        assert!(error.contains(words), "{error}");
        assert!(!server.heard().iter().any(|line| line.contains("MAIL")), "{words}");
    }
}

/// Goal: nobody makes us speak SMTP to our own network, neither by an address nor by a name.
#[tokio::test]
async fn b46_mail_asks_the_same_guard() {
    for host in ["127.0.0.1", "[::1]", "[::ffff:10.0.0.1]", "2130706433", "0x7f.1"] {
        let error = receiver_with(&format!("smtps://{host}"), "", None).unwrap_err();
        assert!(error.to_string().contains("private address"), "{host}: {error}");
    }
    let server = MailServer::start(Tls::Never, friendly).await;
    let url = format!("smtp://localhost:{}", server.port());
    let attempt = told(&receiver_with(&url, "allow_http = true", None).unwrap()).await;
    let error = attempt.error.unwrap();
    assert!(error.contains("is not public (loopback)"), "{error}");
    assert_eq!(server.heard(), [""; 0]);
}

/// Goal: a reader's mail program shows the reports of a story as one conversation.
/// Method: two mails through a server from Debian, read by Python's strict parser.
#[tokio::test]
async fn real_server_takes_a_conversation_that_a_parser_accepts() {
    let folder = tempfile::tempdir().unwrap();
    let sink = Sink::start(folder.path());
    let url = format!("smtp://127.0.0.1:{}", sink.port);
    let more = format!("{LOOPBACK}allow_http = true");
    let receiver = receiver_with(&url, &more, None).unwrap();
    let bench = Bench::new(1);
    let title =
        "アゼルバイジャンと日本、カスピ海の風力発電で覚書に署名、両国の企業が参加する見込み";
    let changes = ["first report from JP".to_owned()];
    for (number, tidings) in [(1, Tidings::Created), (2, Tidings::Changed(&changes))] {
        let body = body(&receiver, title, number, tidings);
        bench.outbox.push_body("desk", number, bench.clock.now(), body);
    }
    once(&bench.dispatcher(vec![receiver])).await;
    assert_eq!(bench.outbox.states(), ["delivered"; 2]);

    let mails = parsed(folder.path(), 2);
    assert_eq!(mails[0]["Subject"], title);
    assert_eq!(mails[1]["Subject"], format!("Re: {title}"));
    assert_ne!(mails[0]["Message-ID"], mails[1]["Message-ID"]);
    assert_eq!(mails[0]["References"], mails[1]["References"]);
    assert!(mails[0]["References"].as_str().unwrap().starts_with("<story-"));
    for mail in &mails {
        assert_eq!(mail["type"], "multipart/alternative");
        assert_eq!(mail["From"], "silkwire <alerts@example.org>");
        assert_eq!(mail["Auto-Submitted"], "auto-generated");
        for part in ["text/plain", "text/html"] {
            assert!(mail["parts"][part].as_str().unwrap().contains(title), "{part}");
        }
    }
}

pub(crate) fn body(
    receiver: &Receiver,
    title: &str,
    number: usize,
    tidings: Tidings<'_>,
) -> String {
    let mut article = store_samples::article(1);
    title.clone_into(&mut article.title);
    let matched = store_samples::matched(1);
    let member = Member::new(&matched, &article);
    let story = Story::opened(matched.story, member);
    let news = News { matched: &matched, article: &article, story: &story, feed: None };
    let event = EventId::of_story("test", "match.created", story.id, number as u64);
    let delivery = DeliveryId::of(event, "desk");
    let now = SystemClock.now();
    let sequence = Delivery::sequence(now, delivery);
    let stamp = Stamp { event, delivery, sequence, now };
    receiver.target().body(&Message::News { tidings, news: &news }, &stamp)
}

/// The mails `1.eml` to `N.eml`, in whatever order they came.
fn parsed(folder: &Path, n_mails: usize) -> Vec<Value> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/mail/read.py");
    let files = (1..=n_mails).map(|number| folder.join(format!("{number}.eml")));
    let output = Command::new("/usr/bin/python3").arg(script).args(files).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The server program; killed when it is dropped.
struct Sink {
    child: std::process::Child,
    port: u16,
}

impl Sink {
    fn start(folder: &Path) -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/mail/sink.py");
        let mut command = Command::new("/usr/bin/python3");
        command.arg(script).arg(folder).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let port = line.trim().parse().expect("python3-aiosmtpd, which tests/run installs");
        Self { child, port }
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
