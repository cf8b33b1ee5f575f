//! robots.txt as publishers write it, and what it means for us.

use proptest::prelude::*;

use super::*;

fn url(path: &str) -> Url {
    Url::parse(&format!("https://example.org{path}")).unwrap()
}

fn allows(robots: &str, path: &str) -> bool {
    Robots::parse(robots.as_bytes()).allows(&url(path))
}

/// Goal: a publisher who has a word for us is heard, however he spells our name.
#[test]
fn b01_groups_for_our_token_are_merged_and_replace_those_for_everybody() {
    let robots = "User-agent: *\nDisallow: /\n\n\
        User-Agent: SilkWire/9.9 (news)\nDisallow: /a\n\n\
        User-agent: otherbot\nDisallow: /b\n\n\
        USER-AGENT: silkwire\nuser-agent: thirdbot\nDISALLOW: /c\n";
    for (path, is_allowed) in [("/", true), ("/a1", false), ("/b", true), ("/c", false)] {
        assert_eq!(allows(robots, path), is_allowed, "{path}");
    }
}

/// Goal: who has no word for us alone means us when he means everybody.
#[test]
fn b01_everybody_includes_us() {
    let robots = "User-agent: otherbot\nUser-agent: *\nDisallow: /a\n\
        User-agent: silkwire-images\nDisallow: /b\n\
        User-agent: *\nDisallow: /c";
    for (path, is_allowed) in [("/", true), ("/a", false), ("/b", true), ("/c", false)] {
        assert_eq!(allows(robots, path), is_allowed, "{path}");
    }
    assert!(allows("Disallow: /\nUser-agent: otherbot\nDisallow: /", "/"));
    assert!(allows("User-agent: *\nDisallow: /\nUser-agent: silkwire\nDisallow:", "/"));
}

/// Goal: the more specific wish counts, and in doubt the article may be read.
#[test]
fn b02_longest_rule_wins_and_a_tie_allows() {
    for (rules, path, is_allowed) in [
        ("Disallow: /\nAllow: /news/", "/news/1", true),
        ("Allow: /news/\nDisallow: /", "/sport", false),
        ("Allow: /p\nDisallow: /", "/page", true),
        ("Disallow: /folder\nAllow: /folder", "/folder/page", true),
        ("Allow: /page\nDisallow: /*.htm", "/page.htm", false),
        ("Allow: /$\nDisallow: /", "/", true),
        ("Allow: /$\nDisallow: /", "/page.htm", false),
        ("Disallow: /news/*/print\nAllow: /news/", "/news/1/print", false),
    ] {
        assert_eq!(allows(&format!("User-agent: *\n{rules}"), path), is_allowed, "{rules} {path}");
    }
    assert!(allows("User-agent: *\nDisallow: /", "/robots.txt"));
    let rule = Robots::parse(b"User-agent: *\nDisallow: /private/*.html$ # ours");
    let rule = rule.forbidding_rule(&url("/private/a.html"));
    assert_eq!(rule.as_deref(), Some("Disallow: /private/*.html$"));
}

/// Goal: a huge file costs no more than a large one, and its first rules still count.
#[test]
fn b07_half_a_megabyte_is_read_and_the_rest_cut() {
    let filler = "# filler\n".repeat(500 * 1024 / 9 - 5);
    let late = format!("User-agent: *\n{filler}Disallow: /late\n");
    assert!(late.len() < 500 * 1024);
    assert!(!allows(&late, "/late"));
    let huge = format!("User-agent: *\nDisallow: /early\n{}Disallow: /never\n", filler.repeat(4));
    assert!(2_000_000 < huge.len());
    assert!(!allows(&huge, "/early") && allows(&huge, "/never"));
    let n_filler = BYTES_MAX - "User-agent: *\n".len() - "Disallow: /".len();
    let cut = format!("User-agent: *\n{}\nDisallow: /private/", "#".repeat(n_filler - 1));
    assert!(allows(&cut, "/news"), "half a rule is no rule");
}

/// Goal: one bad line does not open what the good ones close.
#[test]
fn b08_rules_between_bad_lines_count() {
    let robots = b"\xef\xbb\xbfUser-agent: *\r\nSitemap: https://example.org/news.xml\r\n\
        this is no rule\rDisallow /x\nNoindex: /y\n: \n\x00\xff\xfe\nDisallow : /a # not /b\n\n\
        Crawl-delay: 2\nSitemap: /relative.xml\nSitemap: ftp://example.org/b.xml\n\
        Disallow: /c\nHost: example.org\nDissallow: /d\nDisallow: \xc1\xe0\n";
    let robots = Robots::parse(robots);
    for (path, is_allowed) in
        [("/a", false), ("/b", true), ("/c", false), ("/d", false), ("/x", true), ("/y", true)]
    {
        assert_eq!(robots.allows(&url(path)), is_allowed, "{path}");
    }
    assert_eq!(robots.sitemaps(), [url("/news.xml")]);
    assert!(allows("<!doctype html><html><p>Disallow: / and more</p></html>", "/"));
    assert!(allows("", "/"));
}

/// Goal: a site that wants a pause between requests gets it, within reason.
#[test]
fn crawl_delay_is_ours_or_everybodys() {
    let delay = |robots: &str| {
        Robots::parse(robots.as_bytes()).crawl_delay().map(|delay| delay.as_millis())
    };
    assert_eq!(delay("User-agent: *\nCrawl-delay: 2.5"), Some(2_500));
    assert_eq!(delay("User-agent: *\nCrawl-delay: 86400"), Some(60_000));
    let both = "User-agent: *\nCrawl-delay: 10\nDisallow: /a\n\
        User-agent: silkwire\nCrawl-delay: 1\nDisallow: /b";
    assert_eq!(delay(both), Some(1_000));
    for none in ["-1", "0", "soon", "NaN", "inf", ""] {
        assert_eq!(delay(&format!("User-agent: *\nCrawl-delay: {none}")), None, "{none}");
    }
    assert_eq!(delay("User-agent: otherbot\nCrawl-delay: 5\nDisallow: /"), None);
}

/// Goal: a hostile file cannot keep us busy.
/// Method: a file full of patterns that make backtracking take the age of the universe; here
/// it is enough that the test ends.
#[test]
fn patterns_full_of_stars_are_matched_in_one_pass() {
    let rule = format!("Disallow: /{}b\n", "*a".repeat(2_000));
    let robots = format!("User-agent: *\n{}", rule.repeat(BYTES_MAX / rule.len()));
    assert!(allows(&robots, &format!("/{}", "a".repeat(8_000))));
}

/// Goal: what one site may take of our memory is known.
#[test]
fn memory_is_counted_and_sitemaps_are_bounded() {
    let lines: Vec<_> = (0..1_000).map(|n| format!("Sitemap: https://e.org/{n}")).collect();
    let robots = Robots::parse(lines.join("\n").as_bytes());
    assert_eq!(robots.sitemaps().len(), SITEMAPS_MAX);
    assert!(SITEMAPS_MAX * size_of::<Url>() < robots.n_bytes());
}

proptest! {
    /// Goal: no site can stop us with its file.
    #[test]
    fn any_bytes_are_survived(
        lines in prop::collection::vec("(User-agent|Allow|Disallow|Sitemap)?:? ?\\PC{0,20}", 0..20),
        bytes in prop::collection::vec(any::<u8>(), 0..100),
    ) {
        let file = [lines.join("\n").as_bytes(), &bytes].concat();
        Robots::parse(&file).allows(&url("/a?b"));
    }
}
