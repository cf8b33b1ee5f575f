//! Who is let in over HTTP, and that nobody can harm the service from outside.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use silkwire::model::Role;
use silkwire::review::{Limits, Person, csrf};

use crate::support::{DEADLINE, Desk, LOCAL_TOKEN, Response, exchange, json, send};

/// Goal: a foreign name that leads to 127.0.0.1 (DNS rebinding) reads nothing.
#[test]
fn wrong_host_is_refused() {
    let desk = Desk::start(Role::Reader);
    let ask = |host: &str| {
        let head = format!("GET /api/v1/stats HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n");
        send(desk.address, format!("{head}\r\n").as_bytes())
    };
    let port = desk.address.port();
    assert_eq!(ask(&format!("localhost:{port}")).status, 200);
    let refused = ask(&format!("evil.example:{port}"));
    assert_eq!(refused.status, 421);
    assert_eq!(refused.header("content-type"), Some("application/problem+json"));
    assert_eq!(ask("localhost").status, 421);
}

/// Goal: a page of another site cannot judge in a reviewer's name.
#[test]
fn cross_origin_post_is_refused() {
    let desk = Desk::start(Role::Reviewer);
    let post = |name: &str, value: &str| {
        let headers = [("content-type", "application/json"), (name, value)];
        exchange("POST", &desk.url("/api/v1/undo"), &headers, b"").status
    };
    assert_eq!(post("origin", "http://evil.example"), 403);
    assert_eq!(post("origin", "null"), 403);
    assert_eq!(post("sec-fetch-site", "cross-site"), 403);
    assert_eq!(post("origin", &format!("http://{}", desk.address)), 200);
}

/// Goal: a form is taken from our own pages only, and only from the person they were made for.
#[test]
fn form_without_its_token_is_refused() {
    let desk = Desk::start(Role::Reviewer);
    let person = |name: &str| Person { name: name.to_owned(), role: Role::Reviewer };
    let token = csrf::token(&desk.app, &person("aya"));
    csrf::check(&desk.app, &person("aya"), Some(&token)).unwrap();
    for (name, token) in [("aya", None), ("aya", Some("")), ("leyla", Some(token.as_str()))] {
        let problem = csrf::check(&desk.app, &person(name), token).unwrap_err();
        assert_eq!(problem.status, 403);
    }
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let path = desk.url("/stories/0000000000000000/review");
    assert_eq!(exchange("POST", &path, &form, b"verdict=relevant").status, 403);
}

/// Goal: who may only read cannot judge, who judges cannot hand out tokens.
#[test]
fn roles_are_kept() {
    let desk = Desk::start(Role::Reader);
    assert_eq!(desk.get("/api/v1/stats").status, 200);
    let refused = desk.post("/api/v1/undo", "");
    assert_eq!(refused.status, 403);
    assert_eq!(json(&refused)["detail"], "this needs the role reviewer; loopback is reader");
    assert_eq!(desk.get("/api/v1/tokens").status, 403);
    assert_eq!(desk.get_as(LOCAL_TOKEN, "/api/v1/tokens").status, 200);
}

/// Goal: a token works until it is revoked, and a wrong one is never better than none.
#[test]
fn revoked_token_is_refused() {
    let desk = Desk::start(Role::Admin);
    let made = desk.post("/api/v1/tokens", r#"{"name": "aya", "role": "reader"}"#);
    assert_eq!(made.status, 201);
    let token = json(&made)["token"].as_str().unwrap().to_owned();
    assert_eq!(desk.get_as(&token, "/api/v1/stats").status, 200);
    assert_eq!(desk.get_as(&token, "/api/v1/tokens").status, 403);
    assert!(!desk.get("/api/v1/tokens").text().contains(&token[4..]), "it is shown once");

    assert_eq!(desk.delete("/api/v1/tokens/aya").status, 204);
    let refused = desk.get_as(&token, "/api/v1/stats");
    assert_eq!(refused.status, 401);
    assert_eq!(json(&refused)["detail"], "the token was revoked");
    assert!(refused.header("www-authenticate").is_some());
    assert_eq!(desk.get_as("slk_wrong", "/api/v1/stats").status, 401);
    let again = desk.post("/api/v1/tokens", r#"{"name": "aya", "role": "admin"}"#);
    assert_eq!(again.status, 409);
    let ours = desk.post("/api/v1/tokens", r#"{"name": "local", "role": "admin"}"#);
    assert_eq!((ours.status, json(&ours)["parameter"].as_str()), (422, Some("name")));
}

/// Goal: what a proxy on this machine passes on is not taken for a person on it.
#[test]
fn request_through_a_proxy_needs_a_token() {
    let desk = Desk::start(Role::Admin);
    let passed_on = [("x-forwarded-for", "203.0.113.9")];
    let refused = exchange("GET", &desk.url("/api/v1/stats"), &passed_on, b"");
    assert_eq!(refused.status, 401);
}

/// Goal: nobody fills our memory with a body, announced or not.
#[test]
fn large_body_is_refused_without_reading_it() {
    let desk = Desk::start(Role::Admin);
    let refused = desk.post("/api/v1/feeds", &"x".repeat(10 << 20));
    assert_eq!(refused.status, 413);

    let head = format!("POST /api/v1/feeds HTTP/1.1\r\nhost: {}\r\n", desk.address);
    let mut request = format!(
        "{head}content-type: application/json\r\ntransfer-encoding: chunked\r\n\
         connection: close\r\n\r\n"
    );
    for _ in 0..10 {
        write!(request, "4000\r\n{}\r\n", " ".repeat(0x4000)).unwrap();
    }
    request.push_str("0\r\n\r\n");
    assert_eq!(send(desk.address, request.as_bytes()).status, 413);
    assert_eq!(desk.get("/-/healthy").status, 200);
}

/// Goal: clients that send slowly, however many, leave room for the others.
#[test]
fn slow_clients_are_let_go() {
    let limits = Limits {
        connections_max: 3,
        head_patience: Duration::from_millis(300),
        ..Limits::default()
    };
    let desk = Desk::with_limits(Role::Reader, limits);
    let mut slow: Vec<TcpStream> = (0..3)
        .map(|_| {
            let mut stream = TcpStream::connect(desk.address).unwrap();
            stream.set_read_timeout(Some(DEADLINE)).unwrap();
            stream.write_all(b"GET / HTTP/1.1\r\nhost: local").unwrap();
            stream
        })
        .collect();
    assert_eq!(desk.get("/-/healthy").status, 200);
    for stream in &mut slow {
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        assert!(!answer.starts_with(b"HTTP/1.1 200"));
    }
}

/// Goal: a mistake of ours in one handler ends one request, in plain words.
#[test]
fn panic_is_a_problem_document() {
    let desk = Desk::start(Role::Admin);
    let broken = desk.post("/api/v1/receivers/panic/test", "");
    assert_eq!((broken.status, json(&broken)["status"].as_u64()), (500, Some(500)));
    assert!(!broken.text().contains("mistake of ours\""), "the words stay in the log");
    assert_eq!(desk.post("/api/v1/receivers/desk/test", "").status, 200);
}

/// Goal: whatever is answered, a browser may not run or frame it, and a program can read why.
#[test]
fn every_answer_is_dressed() {
    let desk = Desk::start(Role::Reader);
    let dressed = |response: &Response| {
        let policy = response.header("content-security-policy").unwrap();
        assert!(policy.contains("default-src 'none'"));
        assert!(policy.contains("frame-ancestors 'none'"));
        assert_eq!(response.header("x-content-type-options"), Some("nosniff"));
    };
    let unknown = desk.get("/api/v1/nothing");
    assert_eq!((unknown.status, json(&unknown)["title"].as_str()), (404, Some("Not Found")));
    dressed(&unknown);
    let wrong = desk.delete("/api/v1/stats");
    assert_eq!((wrong.status, wrong.header("allow")), (405, Some("GET,HEAD")));
    assert_eq!(json(&wrong)["status"], 405);
    dressed(&wrong);
    dressed(&desk.get("/-/healthy"));
}
