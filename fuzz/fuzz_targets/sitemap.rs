//! Any text as a sitemap: entries have web addresses, children come newest first.
//!
//! `cargo fuzz run sitemap -s none` (cargo-fuzz; without a sanitizer it runs on stable Rust).

#![no_main]

use libfuzzer_sys::fuzz_target;
use silkwire::collect::sitemap::{Walk, read};
use silkwire::model::Timestamp;
use url::Url;

fuzz_target!(|text: &str| {
    let rooted = format!("<urlset xmlns:n='http://www.google.com/schemas/sitemap-news/0.9'>{text}");
    for text in [text, &rooted, &rooted.replace("urlset", "sitemapindex")] {
        let Ok(document) = read(text) else { continue };
        for entry in &document.entries {
            let link = entry.link.as_deref().expect("an entry without an address");
            assert!(link.starts_with("http"), "{link}");
        }
        assert!(document.children.is_sorted_by(|one, other| other.modified <= one.modified));
        let now = Timestamp::from_unix_ms(1_795_500_000_000).expect("a time of this century");
        let index = Url::parse("https://example.org/sitemap.xml").expect("a plain address");
        let mut walk = Walk::new(&index, &document.children, now);
        let n_asked = std::iter::from_fn(|| walk.next_address()).count();
        assert!(n_asked <= document.children.len().min(5));
    }
});
