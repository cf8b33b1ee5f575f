//! What a server in memory says.

use std::fmt::Write;
use std::time::Duration;

use bytes::Bytes;
use silkwire::net::NetError;

/// Near servers answer after so long.
const LATENCY: Duration = Duration::from_millis(100);

/// An answer, or the failure that comes instead of one.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// Until its head is there.
    pub(crate) pause: Duration,
    pub(crate) status: Result<u16, NetError>,
    /// Names in lower case.
    pub(crate) headers: Vec<(&'static str, Vec<u8>)>,
    pub(crate) body: Body,
}

/// How a body comes.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    Whole(Bytes),
    /// Then the connection breaks.
    Cut(Bytes),
    /// Never.
    Silent,
    /// Byte by byte, again and again.
    Drip(Bytes, Duration),
    /// Again and again, as fast as somebody reads.
    Endless(Bytes),
}

impl Answer {
    pub(crate) fn ok(body: impl Into<Bytes>) -> Self {
        Self { body: Body::Whole(body.into()), ..Self::status(200) }
    }

    pub(crate) fn status(status: u16) -> Self {
        let body = Body::Whole(Bytes::new());
        Self { pause: LATENCY, status: Ok(status), headers: Vec::new(), body }
    }

    /// A redirect.
    pub(crate) fn to(status: u16, location: &str) -> Self {
        Self::status(status).header("location", location)
    }

    pub(crate) fn failure(error: NetError) -> Self {
        Self { status: Err(error), ..Self::status(0) }
    }

    pub(crate) fn not_connected() -> Self {
        Self::failure(NetError::Connect { reason: "connection refused".to_owned() })
    }

    /// Accepts, and says nothing.
    pub(crate) fn silence() -> Self {
        Self::ok("").after(Duration::from_hours(24 * 365))
    }

    #[must_use]
    pub(crate) fn header(mut self, name: &'static str, value: impl AsRef<[u8]>) -> Self {
        self.headers.push((name, value.as_ref().to_vec()));
        self
    }

    #[must_use]
    pub(crate) fn after(self, pause: Duration) -> Self {
        Self { pause, ..self }
    }

    #[must_use]
    pub(crate) fn body(self, body: Body) -> Self {
        Self { body, ..self }
    }
}

/// An item of a feed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Item {
    pub(crate) guid: String,
    pub(crate) link: String,
    pub(crate) title: String,
    pub(crate) summary: String,
    /// As RSS writes it.
    pub(crate) date: String,
}

impl Item {
    /// The `number`th of many, with a link and a GUID of its own.
    pub(crate) fn number(host: &str, number: usize, title: &str) -> Self {
        Self {
            guid: format!("{host}-{number}"),
            link: format!("https://{host}/article/{number}"),
            title: format!("{title} {number}"),
            ..Self::default()
        }
    }
}

/// An RSS feed with these items.
pub(crate) fn rss(items: &[Item]) -> Bytes {
    rss_with("", items)
}

/// The same with more elements in its channel.
pub(crate) fn rss_with(more: &str, items: &[Item]) -> Bytes {
    let mut text = format!(
        "<rss version=\"2.0\" xmlns:sy=\"http://purl.org/rss/1.0/modules/syndication/\">\
         <channel><title>Town news</title>{more}"
    );
    for item in items {
        text.push_str("<item>");
        let parts = [
            ("guid", &item.guid),
            ("link", &item.link),
            ("title", &item.title),
            ("description", &item.summary),
            ("pubDate", &item.date),
        ];
        for (name, value) in parts.iter().filter(|(_, value)| !value.is_empty()) {
            write!(text, "<{name}>{value}</{name}>").unwrap();
        }
        text.push_str("</item>");
    }
    text.push_str("</channel></rss>");
    text.into()
}

/// A feed that says little.
pub(crate) fn small_feed() -> Bytes {
    rss(&[Item::number("small.example", 1, "Rain")])
}
