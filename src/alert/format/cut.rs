//! Cuts texts to what a format takes: between what people see as characters, with an ellipsis.

use unicode_segmentation::UnicodeSegmentation;

const ELLIPSIS: &str = "…";

/// What longer is than any character of a living script or emoji: stacked marks, to be cut inside.
const PIECE_BYTES_MAX: usize = 64;

/// In what a format counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// Code points.
    Characters,
    /// Bytes of UTF-8.
    Bytes,
    /// Code units of UTF-16: a character beyond the first 65,536 counts as two.
    Utf16,
}

impl Unit {
    pub(super) fn of(self, text: &str) -> usize {
        match self {
            Self::Characters => text.chars().count(),
            Self::Bytes => text.len(),
            Self::Utf16 => text.encode_utf16().count(),
        }
    }
}

/// How a format writes texts that are not ours, and how it counts them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dialect {
    pub(super) unit: Unit,
    /// Whether the limit holds for the text as it is sent, not as it is seen.
    pub(super) counts_markup: bool,
    /// A text, or any part of it, without what the format would obey.
    pub(super) escape: fn(&str) -> String,
    /// What makes a line stand out.
    pub(super) bold: (&'static str, &'static str),
    /// A link as the format wants it.
    pub(super) link: fn(&str) -> String,
}

impl Dialect {
    /// Plain text.
    pub(super) fn plain(unit: Unit) -> Self {
        let (escape, link) = (str::to_owned, str::to_owned);
        Self { unit, counts_markup: true, escape, bold: ("", ""), link }
    }

    /// How much `text` counts that is seen as it stands, and that was written by `written`.
    pub(super) fn size(&self, seen: &str, written: &str) -> usize {
        self.unit.of(if self.counts_markup { written } else { seen })
    }

    /// `text` as it is written, in at most `max` units: whole, or cut with an ellipsis.
    pub(super) fn fitted(&self, text: &str, max: usize) -> String {
        let ellipsis = self.unit.of(ELLIPSIS);
        let (mut written, mut size, mut room_end) = (String::new(), 0, 0);
        for piece in pieces(text) {
            let escaped = (self.escape)(piece);
            size += self.size(piece, &escaped);
            if max < size {
                written.truncate(room_end);
                written.truncate(written.trim_end().len());
                if ellipsis <= max {
                    written.push_str(ELLIPSIS);
                }
                return written;
            }
            written.push_str(&escaped);
            if size + ellipsis <= max {
                room_end = written.len();
            }
        }
        written
    }
}

/// What people see as characters; code points where these are no characters any more.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    text.graphemes(true).flat_map(|grapheme| {
        let is_stack = PIECE_BYTES_MAX < grapheme.len();
        let starts = grapheme.char_indices().filter(move |(at, _)| *at == 0 || is_stack);
        starts.map(move |(at, c)| {
            let end = if is_stack { at + c.len_utf8() } else { grapheme.len() };
            &grapheme[at..end]
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(unit: Unit, text: &str, max: usize) -> String {
        Dialect::plain(unit).fitted(text, max)
    }

    /// Goal: a text just within the limit arrives whole, a longer one is never over it.
    #[test]
    fn limit_is_met_and_never_passed() {
        assert_eq!(cut(Unit::Characters, "日本とアゼル", 6), "日本とアゼル");
        assert_eq!(cut(Unit::Characters, "日本とアゼル!", 6), "日本とアゼ…");
        assert_eq!(cut(Unit::Bytes, "日本と", 9), "日本と");
        assert_eq!(cut(Unit::Bytes, "日本とア", 9), "日本…");
        assert_eq!(cut(Unit::Bytes, "日本とア", 11), "日本…");
        assert_eq!(cut(Unit::Utf16, "🗾🗾", 4), "🗾🗾");
        assert_eq!(cut(Unit::Utf16, "🗾🗾🗾", 4), "🗾…");
        assert_eq!(cut(Unit::Bytes, "日本", 2), "");
        assert_eq!(cut(Unit::Characters, "two words", 5), "two…");
    }

    /// Goal: no reader sees half a flag, a family without its child, or a letter without its mark.
    #[test]
    fn what_is_seen_as_one_character_is_cut_as_one() {
        assert_eq!(cut(Unit::Characters, "🇯🇵🇦🇿", 4), "🇯🇵🇦🇿");
        assert_eq!(cut(Unit::Characters, "🇯🇵🇦🇿!", 4), "🇯🇵…");
        assert_eq!(cut(Unit::Characters, "👨‍👩‍👧 x", 4), "…");
        assert_eq!(cut(Unit::Characters, "e\u{301}e\u{301}e", 4), "e\u{301}…");
        assert_eq!(cut(Unit::Characters, "ガ\u{3099}ガ", 2), "…");
    }

    /// Goal: a letter with ten thousand marks neither passes a limit nor empties a title.
    #[test]
    fn stacked_marks_are_cut_inside() {
        let title = format!("a{}", "\u{301}".repeat(10_000));
        let shown = cut(Unit::Characters, &title, 20);
        assert_eq!(shown.chars().count(), 20);
        assert!(shown.starts_with("a\u{301}") && shown.ends_with('…'));
    }

    /// Goal: what is escaped is not cut inside, and counts as it is sent.
    #[test]
    fn escapes_count_and_stay_whole() {
        let escape = |text: &str| text.replace('&', "&amp;");
        let counted = Dialect { escape, ..Dialect::plain(Unit::Characters) };
        assert_eq!(counted.fitted("R&D", 7), "R&amp;D");
        assert_eq!(counted.fitted("R&D!", 7), "R&amp;…");
        assert_eq!(counted.fitted("R&D!", 6), "R…");
        let seen = Dialect { counts_markup: false, ..counted };
        assert_eq!(seen.fitted("R&D!", 3), "R&amp;…");
    }
}
