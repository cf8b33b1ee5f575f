//! What arrives at services over HTTP: where, with which headers, and what follows from their
//! answers.

use serde::Deserialize;
use serde_json::Value;
use silkwire::alert::{self, Config, Receiver, ReceiverConfig, ReceiverFiles, Tidings};
use silkwire::model::{Attempt, Clock, Secret, SystemClock};
use silkwire::net;

use crate::alert_bench::{Bench, once};
use crate::hook::{Hook, reply};
use crate::mail;
use crate::support::Home;

#[derive(Deserialize)]
struct Section {
    receiver: Vec<ReceiverConfig>,
}

/// A receiver whose address stands in a file, like that of most.
fn receiver(hook: &Hook, path: &str, keys: &str, files: ReceiverFiles) -> Receiver {
    let text = format!(
        "[[receiver]]\nname = \"desk\"\nurl_file = \"desk.url\"\nallow_http = true\n\
         allow_networks = [\"127.0.0.0/8\"]\n{keys}"
    );
    let section: Section = toml::from_str(&text).unwrap();
    let url = Some(Secret::new(format!("{}\n", hook.server.url(path))));
    let files = ReceiverFiles { url, ..files };
    let (net, config) = (net::Config::default(), Config::default());
    Receiver::with_files(&section.receiver[0], &files, &net, &config).unwrap()
}

async fn told(receiver: &Receiver) -> Attempt {
    alert::test(receiver, SystemClock.now()).await
}

/// Goal: each service gets its message at the address and in the type that it documents.
#[tokio::test]
async fn messages_go_where_services_take_them() {
    for (format, keys, path, wanted, field) in [
        ("json", "", "/hook", "/hook", "/type"),
        ("slack", "", "/services/T0/B0/X", "/services/T0/B0/X", "/text"),
        ("discord", "", "/api/webhooks/1/x", "/api/webhooks/1/x", "/embeds/0/title"),
        ("teams", "", "/workflows/x?sig=y", "/workflows/x?sig=y", "/attachments/0/contentType"),
        ("telegram", "to = -100123", "/bot1:A", "/bot1:A/sendMessage", "/chat_id"),
        ("ntfy", "to = \"desk\"", "/", "/", "/topic"),
        ("apprise", "to = [\"a\"]", "/notify/K", "/notify/K", "/tag"),
        ("alertmanager", "", "/am/", "/am/api/v2/alerts", "/0/labels/alertname"),
        ("alertmanager_webhook", "", "/x", "/x", "/groupKey"),
    ] {
        let hook = Hook::constant("200 OK", "");
        let keys = format!("format = \"{format}\"\n{keys}");
        let receiver = receiver(&hook, path, &keys, ReceiverFiles::default());
        let attempt = told(&receiver).await;
        assert_eq!((attempt.status, attempt.error), (Some(200), None), "{format}");
        let post = &hook.posts()[0];
        assert!(post.head.starts_with(&format!("POST {wanted} HTTP/1.1\r\n")), "{}", post.head);
        assert_eq!(post.header("content-type"), "application/json", "{format}");
        let body: Value = serde_json::from_slice(&post.body).unwrap();
        assert!(body.pointer(field).is_some_and(Value::is_string), "{format}: {body}");
    }
}

/// Goal: a bearer token in a file opens the service, a template's type is said, and what is ours
/// stays ours.
#[tokio::test]
async fn b55_headers_of_a_file_are_sent() {
    let hook = Hook::constant("200 OK", "");
    let headers = "# for the gateway\nAuthorization: Bearer tk_CANARY\nX-Room: 7\n";
    let files = ReceiverFiles {
        headers: Some(Secret::new(headers.to_owned())),
        template: Some("{{ type }}: {{ text }}".to_owned()),
        ..ReceiverFiles::default()
    };
    let keys = "format = \"template\"\ncontent_type = \"text/plain; charset=utf-8\"\n\
                template_file = \"x\"";
    let receiver = receiver(&hook, "/", keys, files);
    assert!(!format!("{receiver:?}").contains("CANARY"));
    told(&receiver).await;
    let post = &hook.posts()[0];
    assert_eq!(post.header("authorization"), "Bearer tk_CANARY");
    assert_eq!(post.header("x-room"), "7");
    assert_eq!(post.header("content-type"), "text/plain; charset=utf-8");
    assert!(post.body.starts_with(b"webhook.test: Test: A test from silkwire"));
}

/// Goal: a header that would break the request, forge a signature or smuggle another line is
/// refused by `check` with its line, and its value is not shown.
#[test]
fn b55_protected_headers_are_refused() {
    let home = Home::new(
        "[[receiver]]\nname = \"desk\"\nurl = \"https://desk.example/\"\nheader_file = \"h.secret\"\n",
    );
    for (line, words) in [
        ("webhook-id: CANARY", "line 1 of header_file: webhook-id is written by silkwire"),
        ("Webhook-Signature: CANARY", "webhook-signature is written"),
        ("Host: CANARY", "host is written"),
        ("Content-Length: 1", "content-length is written"),
        ("X: a\rCANARY: b", "no header that HTTP can carry"),
        ("CANARY", "no colon"),
    ] {
        home.write("h.secret", line);
        let checked = home.run(&["check"]);
        assert_eq!(checked.code, Some(78), "{line}");
        assert!(checked.stderr.contains(words), "{line}: {}", checked.stderr);
        assert!(checked.stderr.contains("silkwire.toml:4"), "{}", checked.stderr);
        assert!(!checked.stderr.contains("CANARY"), "{}", checked.stderr);
    }
}

/// Goal: a receiver that finds an alert too long gets its short form at once; a chat that cannot
/// read markup gets the words.
#[tokio::test]
async fn b16_refused_form_is_sent_in_another_one_at_once() {
    let hook = Hook::start(|number| {
        match number {
        1 => "HTTP/1.1 400 Bad\r\ncontent-length: 64\r\n\r\n{\"ok\":false,\"description\":\"Bad Request: can't parse entities: x\"}".to_owned(),
        _ => "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".to_owned(),
    }
    });
    let keys = "format = \"telegram\"\nto = \"@desk\"";
    let receiver = receiver(&hook, "/bot1:A", keys, ReceiverFiles::default());
    let attempt = told(&receiver).await;
    assert_eq!((attempt.status, attempt.error), (Some(200), None));
    let bodies: Vec<Value> =
        hook.posts().iter().map(|post| serde_json::from_slice(&post.body).unwrap()).collect();
    assert_eq!(bodies[0]["parse_mode"], "HTML");
    assert_eq!(bodies[1]["parse_mode"], Value::Null);
    assert!(bodies[1]["text"].as_str().unwrap().starts_with("Test: A test"));
}

/// Goal: a receiver that takes short bodies only gets the alert within the same attempt.
#[tokio::test]
async fn b16_too_long_body_is_sent_thin_at_once() {
    let hook =
        Hook::start(|number| reply(if number == 1 { "413 Too Large" } else { "200 OK" }, ""));
    let bench = Bench::new(1);
    let receiver = receiver(&hook, "/", "", ReceiverFiles::default());
    let full = mail::body(&receiver, "A title", 1, Tidings::Created);
    bench.outbox.push_body("desk", 1, bench.clock.now(), full.clone());
    once(&bench.dispatcher(vec![receiver])).await;
    assert_eq!(bench.outbox.states(), ["delivered"]);
    let posts = hook.posts();
    assert_eq!(posts[0].body, full.as_bytes());
    assert_eq!(posts[0].header("webhook-id"), posts[1].header("webhook-id"));
    let (full, thin): (Value, Value) =
        (serde_json::from_str(&full).unwrap(), serde_json::from_slice(&posts[1].body).unwrap());
    assert_eq!(thin["data"]["id"], full["data"]["match"]["id"]);
    assert_eq!(thin["data"]["story"], full["data"]["story"]["id"]);
    assert_eq!(thin["data"]["evidence"], Value::Null);
}

/// Goal: a service that repeats a token in its answer does not bring it into the list of
/// deliveries.
#[tokio::test]
async fn b53_answer_does_not_show_what_files_hold() {
    let hook = Hook::start(|_| {
        let body = "token CANARY-TOKEN of chat -1001234567 is wrong";
        format!("HTTP/1.1 400 No\r\ncontent-length: {}\r\n\r\n{body}", body.len())
    });
    let headers = Some(Secret::new("Authorization: Bearer CANARY-TOKEN\n".to_owned()));
    let files = ReceiverFiles { headers, ..ReceiverFiles::default() };
    let keys = "format = \"telegram\"\nto = -1001234567";
    let attempt = told(&receiver(&hook, "/bot1:A", keys, files)).await;
    assert_eq!(attempt.answer, "token … of chat … is wrong");
}

/// Goal: a mistake in a template, or in a file with an address, is found before the start, in the
/// file where it is.
#[test]
fn b56_check_finds_mistakes_in_files() {
    let home = Home::new(
        "[[receiver]]\nname = \"a\"\nformat = \"template\"\nurl = \"https://desk.example/\"\n\
         template_file = \"a.json\"\n\
         [[receiver]]\nname = \"b\"\nurl_file = \"b.secret\"\n",
    );
    home.write("a.json", "{\n  \"title\": {{ titel | json }}\n}\n");
    home.write("b.secret", "http://CANARY.example/\n");
    let checked = home.run(&["check"]);
    assert_eq!(checked.code, Some(78));
    let words = "a.json:2: column 23: undefined value";
    assert!(checked.stderr.contains(words), "{}", checked.stderr);
    let words = "silkwire.toml:8: url of the receiver is not encrypted";
    assert!(checked.stderr.contains(words), "{}", checked.stderr);
    assert!(!checked.stderr.contains("CANARY"), "{}", checked.stderr);

    home.write("a.json", "{\"title\": {{ headline | json }}}\n");
    home.write("b.secret", "https://desk.example/hook\n");
    let checked = home.run(&["check"]);
    assert_eq!(checked.code, Some(0), "{}", checked.stderr);
}
