//! Any file as robots.txt and any path: an answer comes, and its reason agrees with it.
//!
//! `cargo fuzz run robots -s none` (cargo-fuzz; without a sanitizer it runs on stable Rust).

#![no_main]

use libfuzzer_sys::fuzz_target;
use silkwire::collect::robots::Robots;
use url::Url;

fuzz_target!(|input: (&[u8], &str)| {
    let (file, path) = input;
    let robots = Robots::parse(file);
    let Ok(url) = Url::parse(&format!("https://example.org/{path}")) else { return };
    let rule = robots.forbidding_rule(&url);
    assert_eq!(robots.allows(&url), rule.is_none());
    // The rule alone, said to us, forbids the address as well.
    if let Some(rule) = rule {
        let alone = format!("User-agent: silkwire\n{rule}");
        assert!(!Robots::parse(alone.as_bytes()).allows(&url), "{rule:?} {url}");
    }
    assert!(robots.crawl_delay().is_none_or(|delay| delay.as_secs() <= 60));
});
