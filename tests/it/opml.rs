//! Lists of feeds, as others read them.

use std::io::Write;
use std::process::{Command, Stdio};

use silkwire::collect::opml::{export, import};
use silkwire::model::Feed;

/// What Python's XML parser finds: one line per outline, "title|address|side".
const READ_IT: &str = "\
import sys, xml.etree.ElementTree as tree
for it in tree.parse(sys.stdin.buffer).getroot().iter('outline'):
    print(it.get('title').encode('unicode_escape').decode(), it.get('xmlUrl'),
          it.get('{urn:silkwire:opml}side'), it.get('type'), sep='|')
";

/// Goal: whatever a feed is called, other readers can open our list.
/// Method: a strict parser that we did not write reads it.
#[test]
fn export_is_well_formed_for_others() {
    let titles = ["Baku & Tokyo", "<b>\"x\"</b> 'y'", "日本\n二行目\tx", "a\u{0}b\u{fffe}c", "]]>"];
    let feeds: Vec<Feed> = titles
        .iter()
        .zip(1..)
        .map(|(title, n)| Feed {
            title: (*title).to_owned(),
            ..Feed::at(format!("https://a.example/{n}?a=1&b='2'").parse().unwrap())
        })
        .collect();
    let list = export(&feeds);
    let python = Command::new("/usr/bin/python3")
        .args(["-c", READ_IT])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let mut python = python.expect("python3, which tests/run installs");
    python.stdin.take().unwrap().write_all(list.as_bytes()).unwrap();
    let output = python.wait_with_output().unwrap();
    insta::assert_snapshot!(String::from_utf8(output.stdout).unwrap(), @r#"
    Baku & Tokyo|https://a.example/1?a=1&b=%272%27|third|rss
    <b>"x"</b> 'y'|https://a.example/2?a=1&b=%272%27|third|rss
    \u65e5\u672c\n\u4e8c\u884c\u76ee\tx|https://a.example/3?a=1&b=%272%27|third|rss
    abc|https://a.example/4?a=1&b=%272%27|third|rss
    ]]>|https://a.example/5?a=1&b=%272%27|third|rss
    "#);
    let again = import(list.as_bytes()).unwrap();
    assert_eq!(again.feeds.len(), titles.len());
    assert_eq!(again.feeds[2].title, titles[2]);
}
