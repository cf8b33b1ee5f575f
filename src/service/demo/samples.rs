//! The sample feeds, with dates made relative to now.
//!
//! What their placeholders mean stands in `feeds/README.md`.

use crate::model::Timestamp;

/// A sample feed as it is compiled in.
pub(in crate::service) struct Sample {
    /// The end of its address.
    pub(in crate::service) name: &'static str,
    /// What it is served as.
    pub(in crate::service) content_type: &'static str,
    /// Its home.
    pub(in crate::service) side: &'static str,
    bytes: &'static [u8],
}

macro_rules! sample {
    ($name:literal, $content_type:literal, $side:literal) => {
        Sample {
            name: $name,
            content_type: $content_type,
            side: $side,
            bytes: include_bytes!(concat!("feeds/", $name)),
        }
    };
}

/// All sample feeds.
pub(in crate::service) const SAMPLES: &[Sample] = &[
    sample!("reception.de.rss.xml", "application/rss+xml", "third"),
    sample!("reception.en.atom.xml", "application/atom+xml", "third"),
    sample!("jica.ja.json", "application/feed+json", "JP"),
    sample!("students.az.rdf.xml", "application/rdf+xml", "AZ"),
    sample!("negatives.en.rss.xml", "application/rss+xml", "third"),
    sample!("negatives.ja.atom.xml", "application/atom+xml", "JP"),
    sample!("negatives.tr.json", "application/feed+json", "third"),
    sample!("negatives.ru.rss.xml", "application/rss+xml", "third"),
];

impl Sample {
    /// The document as it is served from `base` at `now`.
    ///
    /// Bytes, not text: one sample is not UTF-8. An `@` that starts no placeholder stays.
    pub(in crate::service) fn document(&self, base: &str, now: Timestamp) -> Vec<u8> {
        let mut document = Vec::with_capacity(self.bytes.len() + 1024);
        let mut rest = self.bytes;
        while let Some(at) = rest.iter().position(|byte| *byte == b'@') {
            document.extend_from_slice(&rest[..at]);
            let after = &rest[at + 1..];
            let end = after.iter().position(|byte| *byte == b'@').unwrap_or(after.len());
            let word = std::str::from_utf8(&after[..end]).unwrap_or_default();
            if let Some(text) = filled(word, base, now) {
                document.extend_from_slice(text.as_bytes());
                rest = after.get(end + 1..).unwrap_or_default();
            } else {
                document.push(b'@');
                rest = after;
            }
        }
        document.extend_from_slice(rest);
        document
    }
}

/// What stands for the placeholder `@word@`; none if it is none.
fn filled(word: &str, base: &str, now: Timestamp) -> Option<String> {
    if word == "base" {
        return Some(base.to_owned());
    }
    let (form, distance) = word.split_once('-')?;
    let pause = crate::model::duration_text::parse(distance).ok()?;
    let time = jiff::Timestamp::from_millisecond(now.minus(pause).unix_ms()).ok()?;
    match form {
        "rfc3339" => Some(time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()),
        "rfc822" => Some(time.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: the demo's news is fresh on any day, and no placeholder reaches a reader.
    #[test]
    fn placeholders_are_filled() {
        let now: Timestamp = "2026-11-24T08:30:00Z".parse().unwrap();
        assert_eq!(filled("rfc822-2h", "", now).unwrap(), "Tue, 24 Nov 2026 06:30:00 +0000");
        assert_eq!(filled("rfc3339-90m", "", now).unwrap(), "2026-11-24T07:00:00Z");
        assert_eq!(filled("media", "", now), None);
        for sample in SAMPLES {
            let document = sample.document("http://127.0.0.1:1", now);
            assert!(!document.contains(&b'@'), "{}", sample.name);
        }
    }
}
