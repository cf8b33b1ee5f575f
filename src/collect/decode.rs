//! Turns bytes into text, whatever encoding they claim or are in.
//!
//! Servers and documents often claim a wrong encoding, so the bytes are asked first.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, ISO_2022_JP, UTF_8, UTF_16BE, UTF_16LE};
use url::{Host, Url};

/// Where a document says its encoding, it does so within its first bytes (HTML 13.2.3.2).
const DECLARATION_BYTES_MAX: usize = 1024;

/// So many bytes beyond ASCII that form valid UTF-8 are no accident.
const UTF8_EVIDENCE_BYTES: usize = 4;

/// A text in which one of so many characters is broken is UTF-8 with a damage, not another encoding.
const DAMAGE_SHARE: usize = 50;

/// The text in `bytes`.
///
/// What counts, in this order: a byte-order mark; valid UTF-8; `charset`, as HTTP gave it; the
/// document's own declaration; a guess from the bytes, helped by the country of `url`.
/// Bytes without meaning become U+FFFD.
pub fn decode<'a>(bytes: &'a [u8], charset: Option<&str>, url: Option<&Url>) -> Cow<'a, str> {
    if let Some(text) = utf32(bytes) {
        return Cow::Owned(text);
    }
    if let Some((encoding, mark_bytes)) = Encoding::for_bom(bytes) {
        return text(encoding, &bytes[mark_bytes..]);
    }
    if let Some(encoding) = sniffed_utf16(bytes) {
        return text(encoding, bytes);
    }
    let claimed = claimed_encoding(bytes, charset);
    let is_legacy = claimed.is_some_and(|encoding| encoding != UTF_8);
    if let Ok(text) = std::str::from_utf8(bytes) {
        let n_evidence = bytes.iter().filter(|byte| !byte.is_ascii()).take(UTF8_EVIDENCE_BYTES);
        let has_escapes = bytes.contains(&0x1b);
        let is_sure = !is_legacy || n_evidence.count() == UTF8_EVIDENCE_BYTES;
        if is_sure && !(has_escapes && text.is_ascii()) {
            return Cow::Borrowed(text);
        }
    }
    match claimed {
        Some(encoding) if is_legacy => text(encoding, bytes),
        _ => text_of_unknown(bytes, url),
    }
}

fn text<'a>(encoding: &'static Encoding, bytes: &'a [u8]) -> Cow<'a, str> {
    encoding.decode_without_bom_handling(bytes).0
}

/// The text, if its bytes are UTF-32, with or without a mark; `encoding_rs` does not know it.
fn utf32(bytes: &[u8]) -> Option<String> {
    let number: fn([u8; 4]) -> u32 = match bytes {
        [0xff, 0xfe, 0, 0, ..] | [b'<', 0, 0, 0, ..] => u32::from_le_bytes,
        [0, 0, 0xfe, 0xff, ..] | [0, 0, 0, b'<', ..] => u32::from_be_bytes,
        _ => return None,
    };
    let (characters, _) = bytes.as_chunks::<4>();
    let decoded = characters.iter().map(|bytes| char::from_u32(number(*bytes)));
    let text = decoded.map(|character| character.unwrap_or(char::REPLACEMENT_CHARACTER));
    Some(text.skip_while(|character| *character == '\u{feff}').collect())
}

/// No claim that can be true: slightly damaged UTF-8, or a guess.
fn text_of_unknown<'a>(bytes: &'a [u8], url: Option<&Url>) -> Cow<'a, str> {
    let as_utf8 = String::from_utf8_lossy(bytes);
    let n_foreign = as_utf8.chars().filter(|character| !character.is_ascii()).count();
    let n_broken = as_utf8.chars().filter(|character| *character == '\u{fffd}').count();
    if 0 < n_foreign && n_broken.saturating_mul(DAMAGE_SHARE) <= n_foreign {
        return as_utf8;
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(bytes, true);
    text(detector.guess(country(url).as_deref().map(str::as_bytes), Utf8Detection::Deny), bytes)
}

/// `<` as UTF-16 without a mark.
fn sniffed_utf16(bytes: &[u8]) -> Option<&'static Encoding> {
    match bytes {
        [b'<', 0, ..] => Some(UTF_16LE),
        [0, b'<', ..] => Some(UTF_16BE),
        _ => None,
    }
}

/// What HTTP or the document claims; impossible claims do not count.
fn claimed_encoding(bytes: &[u8], charset: Option<&str>) -> Option<&'static Encoding> {
    let by_http = charset.and_then(|label| Encoding::for_label(label.as_bytes()));
    let by_document = || declared_label(bytes).and_then(Encoding::for_label);
    // A document that is no valid UTF-8 although HTTP says so may still know better itself.
    let by_http = by_http.filter(|encoding| is_possible(encoding) && *encoding != UTF_8);
    by_http.or_else(|| by_document().filter(|encoding| is_possible(encoding)))
}

/// UTF-16 would have been seen by its zeros.
fn is_possible(encoding: &'static Encoding) -> bool {
    encoding.is_ascii_compatible() || encoding == ISO_2022_JP
}

/// The label in `<?xml encoding="…"?>` or `<meta charset=…>`.
fn declared_label(bytes: &[u8]) -> Option<&[u8]> {
    let start = &bytes[..bytes.len().min(DECLARATION_BYTES_MAX)];
    let key: &[u8] =
        if start.trim_ascii_start().starts_with(b"<?xml") { b"encoding" } else { b"charset" };
    let at = start.windows(key.len()).position(|window| window.eq_ignore_ascii_case(key))?;
    let rest = start[at + key.len()..].trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
    let rest = rest.strip_prefix(b"\"").or_else(|| rest.strip_prefix(b"'")).unwrap_or(rest);
    let is_label = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_:.".contains(byte);
    let length = rest.iter().position(|byte| !is_label(byte)).unwrap_or(rest.len());
    Some(&rest[..length])
}

/// The last part of the host's name, as the detector wants it.
fn country(url: Option<&Url>) -> Option<String> {
    let Host::Domain(host) = url?.host()? else { return None };
    let last = host.trim_end_matches('.').rsplit('.').next()?.to_ascii_lowercase();
    last.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-').then_some(last)
}

#[cfg(test)]
mod tests {
    use encoding_rs::{EUC_JP, ISO_8859_7, SHIFT_JIS, WINDOWS_1251, WINDOWS_1254};

    use super::*;

    const JAPANESE: &str = "<title>駐日アゼルバイジャン大使館がバクーで歓迎会を開いた</title>";
    const RUSSIAN: &str = "<title>Посольство Японии провело приём в Баку</title>";
    const TURKISH: &str =
        "<title>Japonya Büyükelçiliği Bakü'de resepsiyon verdi, şehir ışıkları</title>";

    /// Goal: text in any claimed encoding arrives as it was written.
    #[test]
    fn claims_are_believed_where_bytes_allow() {
        for (encoding, text) in [
            (SHIFT_JIS, JAPANESE),
            (EUC_JP, JAPANESE),
            (ISO_2022_JP, JAPANESE),
            (WINDOWS_1251, RUSSIAN),
            (WINDOWS_1254, TURKISH),
            (ISO_8859_7, "<title>Πρεσβεία της Ιαπωνίας</title>"),
        ] {
            let (bytes, _, _) = encoding.encode(text);
            assert_eq!(decode(&bytes, Some(encoding.name()), None), text);
            let declared = format!("<?xml version='1.0' encoding='{}'?>{text}", encoding.name());
            let (bytes, _, _) = encoding.encode(&declared);
            assert_eq!(decode(&bytes, None, None), declared);
        }
    }

    /// Goal: text without any claim is read all the same.
    #[test]
    fn bytes_speak_for_themselves() {
        for (encoding, text) in [
            (SHIFT_JIS, JAPANESE),
            (EUC_JP, JAPANESE),
            (ISO_2022_JP, JAPANESE),
            (WINDOWS_1251, RUSSIAN),
        ] {
            assert_eq!(decode(&encoding.encode(text).0, None, None), text, "{}", encoding.name());
        }
    }

    /// Goal: the frequent lie "iso-8859-1" over UTF-8 does not garble names.
    #[test]
    fn valid_utf8_wins_over_claims() {
        for text in [JAPANESE, RUSSIAN, TURKISH] {
            assert_eq!(decode(text.as_bytes(), Some("iso-8859-1"), None), text);
        }
        assert_eq!(decode(JAPANESE.as_bytes(), Some("UTF-16"), None), JAPANESE);
        let marked = format!("\u{feff}{RUSSIAN}");
        assert_eq!(decode(marked.as_bytes(), Some("koi8-r"), None), RUSSIAN);
    }

    /// Goal: one damaged byte costs one character, not the feed.
    #[test]
    fn damaged_utf8_stays_utf8() {
        let mut bytes = RUSSIAN.repeat(3).into_bytes();
        bytes[9] = 0xff;
        assert!(decode(&bytes, None, None).contains("Японии провело приём"));
    }

    /// Goal: UTF-16 is read with and without its mark.
    #[test]
    fn utf16_is_found_by_its_zeros() {
        let bytes: Vec<u8> = JAPANESE.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(decode(&bytes, None, None), JAPANESE);
        let marked: Vec<u8> = [0xff, 0xfe]
            .into_iter()
            .chain(JAPANESE.encode_utf16().flat_map(u16::to_le_bytes))
            .collect();
        assert_eq!(decode(&marked, Some("utf-8"), None), JAPANESE);
    }
}
