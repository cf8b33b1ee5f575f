//! The pages in a browser, as a person uses them: `tests/browser/review.mjs` does the clicking.

use std::env;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::newsroom::{Item, Newsroom, rss};
use crate::support::SAMPLES;

const SCREENSHOT: &str = "docs/inbox.png";
const SCREENSHOT_BYTES_MAX: u64 = 150_000;

/// Titles that try to be more than text. Feeds escape twice what shall arrive as a tag.
const HOSTILE: [&str; 3] = [
    "Japan and Azerbaijan sign agreement on energy cooperation in Baku hostile-title \
     &amp;lt;img src=x data-hostile onerror=alert(1)&amp;gt;",
    "Japan's parliament speaker visits Azerbaijan, hostile-title \
     &amp;lt;/a&amp;gt;&amp;lt;script data-hostile&amp;gt;alert(2)&amp;lt;/script&amp;gt;",
    "\u{202e}Azerbaijan Airlines opens direct flights from Baku to Tokyo, Japan hostile-title \
     &quot; onfocus=&quot;alert(3)&quot; autofocus data-hostile=&quot;",
];

/// Goal: a reviewer can work by keys, by forms and on a phone, and foreign titles stay text.
/// Method: stories from the sample feeds and hostile ones, then Chromium on the running service.
#[test]
fn inbox_is_worked_through_in_a_browser() {
    let newsroom = Newsroom::with_samples(&SAMPLES);
    let longest = format!("Japan and Azerbaijan hold talks in Tokyo {}", "W".repeat(5_000));
    let titles = HOSTILE.into_iter().chain([longest.as_str()]).enumerate();
    let paths: Vec<String> = (0..=HOSTILE.len()).map(|number| format!("/{number}")).collect();
    let items: Vec<Item<'_>> = titles
        .map(|(number, title)| Item { path: &paths[number], title, age_hours: Some(1) })
        .collect();
    newsroom.site.serve("/hostile", rss(&newsroom.site.origin(), &items));
    let mut feeds: Vec<String> = SAMPLES.iter().map(|name| format!("/{name}")).collect();
    feeds.push("/hostile".to_owned());
    let feeds: Vec<&str> = feeds.iter().map(String::as_str).collect();
    newsroom.configure(&newsroom.desk.url(), &feeds);
    newsroom.once(&[]);

    let service = newsroom.home.start();
    browse(&[&service.origin()]);
}

/// Goal: the picture in the README shows the inbox as it is, and costs a reader little.
#[test]
fn screenshot_is_small() {
    if env::var_os("UPDATE_SCREENSHOT").is_some() {
        let newsroom = Newsroom::with_samples(&SAMPLES);
        newsroom.once(&[]);
        browse(&[&newsroom.home.start().origin(), SCREENSHOT]);
        shrink(Path::new(SCREENSHOT));
    }
    let bytes = fs::metadata(SCREENSHOT).unwrap().len();
    assert!(bytes <= SCREENSHOT_BYTES_MAX, "{bytes} bytes");
}

#[track_caller]
fn browse(arguments: &[&str]) {
    let mut command = Command::new("node");
    command.arg("tests/browser/review.mjs").args(arguments);
    said_yes(&command.output().expect("node, which tests/run installs"));
}

#[track_caller]
fn said_yes(output: &Output) {
    let words = [output.stdout.as_slice(), &output.stderr].concat();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&words));
}

fn shrink(path: &Path) {
    let mut command = Command::new("pngquant");
    command.args(["--force", "--strip", "--ext", ".png", "64"]).arg(path);
    said_yes(&command.output().expect("pngquant, which tests/run installs"));
}
