//! Writes a list of feeds for other readers, and for ourselves.

use super::super::entities::is_legal;
use super::{NAMESPACE, PREFIX};
use crate::model::{Feed, FeedKind, duration_text};

/// The feeds as OPML 2.0, in their order.
///
/// What is written is what [`super::import()`] reads, but for characters that no XML can hold
/// and blanks around titles. Nothing private goes out: names and passwords are left out of
/// addresses, and what opens a feed is not part of a [`Feed`].
pub fn export(feeds: &[Feed]) -> String {
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <opml version=\"2.0\" xmlns:{PREFIX}=\"{NAMESPACE}\">\n\
         <head><title>Feeds of silkwire</title></head>\n<body>\n"
    );
    for feed in feeds {
        outline(&mut out, feed);
    }
    out.push_str("</body>\n</opml>\n");
    out
}

fn outline(out: &mut String, feed: &Feed) {
    let mut url = feed.url.clone();
    // Only addresses without a host refuse this, and they hold no password.
    url.set_username("").ok();
    url.set_password(None).ok();
    out.push_str("<outline");
    // Other readers poll what is an "rss", whatever its format.
    let kind = match feed.kind {
        FeedKind::Feed | FeedKind::Search => "rss",
        FeedKind::Sitemap | FeedKind::Page => feed.kind.as_str(),
    };
    attribute(out, "type", kind);
    attribute(out, "text", &feed.title);
    attribute(out, "title", &feed.title);
    attribute(out, "xmlUrl", url.as_str());
    own(out, "side", &feed.side.to_string());
    if let Some(language) = feed.language {
        own(out, "language", language.as_str());
    }
    if feed.kind != FeedKind::Feed {
        own(out, "kind", feed.kind.as_str());
    }
    if let Some(every) = feed.every {
        own(out, "every", &duration_text::write(every));
    }
    if feed.is_paused {
        own(out, "paused", "true");
    }
    if let Some(selectors) = &feed.selectors {
        own(out, "item", &selectors.item);
        let others =
            [("link", &selectors.link), ("title", &selectors.title), ("date", &selectors.date)];
        for (name, selector) in others {
            if let Some(selector) = selector {
                own(out, name, selector);
            }
        }
    }
    out.push_str("/>\n");
}

fn own(out: &mut String, name: &str, value: &str) {
    attribute(out, &format!("{PREFIX}:{name}"), value);
}

fn attribute(out: &mut String, name: &str, value: &str) {
    out.push(' ');
    out.push_str(name);
    out.push_str("=\"");
    for character in value.chars().filter(|character| is_legal(*character)) {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // As themselves they would be read as blanks.
            '\n' => out.push_str("&#10;"),
            '\r' => out.push_str("&#13;"),
            '\t' => out.push_str("&#9;"),
            other => out.push(other),
        }
    }
    out.push('"');
}
