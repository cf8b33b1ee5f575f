//! Sites' rules over real sockets: redirects, long files, sites in trouble.

use std::io::{Read, Write};
use std::sync::Arc;
use std::time::Duration;

use silkwire::collect::permission::{Permission, Permissions, Purpose};
use silkwire::collect::{Config, Hosts, Web};
use silkwire::model::SystemClock;
use silkwire::net::{self, Client};
use url::Url;

use crate::raw_server::RawServer;
use crate::support::{FeedServer, Reply};

const CLOSED: &str = "User-agent: *\nDisallow: /closed";

fn permissions() -> Permissions {
    let config = Config {
        host_gap: Duration::ZERO,
        header_timeout: Duration::from_millis(500),
        total_timeout: Duration::from_secs(2),
        ..Config::default()
    };
    let allow_networks = vec!["127.0.0.0/8".parse().unwrap()];
    let client =
        Client::new(&net::Config { allow_networks, ..net::Config::default() }, &[]).unwrap();
    let clock = Arc::new(SystemClock);
    let web = Web::new(&config, client, Hosts::new(&config), clock.clone());
    Permissions::new(Arc::new(web), clock)
}

async fn ask(permissions: &Permissions, url: &str) -> Permission {
    permissions.may_fetch(&Url::parse(url).unwrap(), Purpose::Text).await
}

async fn why_not(permissions: &Permissions, url: &str) -> String {
    match ask(permissions, url).await {
        Permission::Allowed { .. } => "allowed".to_owned(),
        Permission::Disallowed { by } => by.to_string(),
    }
}

/// Goal: a site that keeps its rules elsewhere is obeyed all the same, and only there.
#[tokio::test]
async fn b05_five_redirects_lead_to_the_rules_of_the_first_host() {
    let site = FeedServer::start();
    let elsewhere = FeedServer::start_at("127.0.0.7");
    let hop = |to: &str| Reply::status(301).header("location", to);
    site.serve("/robots.txt", hop("/1"));
    site.serve("/1", hop("/2"));
    site.serve("/2", hop(&elsewhere.url("/3")));
    elsewhere.serve("/3", hop("/4"));
    elsewhere.serve("/4", hop("/rules"));
    elsewhere.serve("/rules", Reply::ok(CLOSED));
    let permissions = permissions();
    assert_eq!(
        why_not(&permissions, &site.url("/closed")).await,
        "robots.txt forbids it (Disallow: /closed)"
    );
    assert!(ask(&permissions, &site.url("/news")).await.is_allowed());
    assert!(ask(&permissions, &elsewhere.url("/closed")).await.is_allowed(), "it has none itself");
    assert_eq!(site.requests("/robots.txt").len(), 1);
    let agent = site.requests("/robots.txt")[0].header("user-agent").unwrap().to_owned();
    assert!(agent.starts_with("silkwire/"), "{agent}");
}

/// Goal: redirects that lead nowhere are no rules.
#[tokio::test]
async fn b05_a_loop_is_no_robots_txt() {
    let site = FeedServer::start();
    site.serve("/robots.txt", Reply::status(302).header("location", "/robots.txt"));
    assert!(ask(&permissions(), &site.url("/closed")).await.is_allowed());
}

/// Goal: the start of a huge file counts, and its end costs nothing.
#[tokio::test]
async fn b07_two_megabytes_are_cut() {
    let site = FeedServer::start();
    let filler = "# nothing to see here\n".repeat(95_000);
    site.serve("/robots.txt", Reply::ok(format!("{CLOSED}\n{filler}Disallow: /news\n")));
    let permissions = permissions();
    assert!(!ask(&permissions, &site.url("/closed")).await.is_allowed());
    assert!(ask(&permissions, &site.url("/news")).await.is_allowed());
}

/// Goal: a site in trouble is left alone, and a person reads what the trouble is.
#[tokio::test]
async fn b04_sites_in_trouble_are_closed() {
    let permissions = permissions();
    let failing = FeedServer::start();
    failing.serve("/robots.txt", Reply::status(503));
    // Says nothing until the other side gives up.
    let silent = RawServer::start(|_, stream| stream.read(&mut [0]).map(drop));
    let cut = RawServer::start(|_, stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\nUser-agent: *\n")
    });
    let reasons = [
        why_not(&permissions, &failing.url("/")).await,
        why_not(&permissions, silent.url("/").as_str()).await,
        why_not(&permissions, cut.url("/").as_str()).await,
    ];
    insta::assert_snapshot!(reasons.join("\n"), @r"
    robots.txt cannot be read (HTTP 503), so the site counts as closed
    robots.txt cannot be read (no answer within 500 ms), so the site counts as closed
    robots.txt cannot be read (the answer broke off), so the site counts as closed
    ");
    let nowhere = why_not(&permissions, "http://silkwire-test.invalid/").await;
    assert!(nowhere.starts_with("robots.txt cannot be read (host name not found"), "{nowhere}");
}
