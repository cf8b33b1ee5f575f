//! Texts from outside as plain words: without what a terminal, a chat or a page would obey.

/// Opens and closes a part whose direction of writing is its own affair (Unicode TR9: FSI, PDI).
const ISOLATE: (char, char) = ('\u{2068}', '\u{2069}');

/// One line of visible characters: control characters and those that turn the direction of
/// writing are taken out, any white space is one space.
///
/// Marks that only hint at a direction (LRM, RLM, ALM) stay: Arabic and Hebrew texts need them.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_whitespace() {
            if !plain.is_empty() && !plain.ends_with(' ') {
                plain.push(' ');
            }
        } else if !is_obeyed(c) {
            plain.push(c);
        }
    }
    plain.truncate(plain.trim_end().len());
    plain
}

fn is_obeyed(c: char) -> bool {
    let is_turn = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    // Byte-order mark, and what annotates a text invisibly.
    c.is_control() || is_turn || matches!(c, '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// `text` so that its direction of writing does not touch its neighbours.
pub(super) fn isolated(text: &str) -> String {
    let (open, close) = ISOLATE;
    if text.is_empty() { String::new() } else { format!("{open}{text}{close}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: a title cannot turn a message around, ring a bell or start a line of its own.
    #[test]
    fn b57_nothing_in_a_text_is_obeyed() {
        let hostile = "  A\0B\u{1b}[31m\r\nC\u{9b}\u{202e}D\u{2069}\u{2028}E\u{2029}\u{feff}F \t ";
        assert_eq!(plain(hostile), "AB[31m CD E F");
        assert_eq!(plain("\u{200f}سلام\u{200f}"), "\u{200f}سلام\u{200f}");
        assert_eq!(isolated("سلام"), "\u{2068}سلام\u{2069}");
        assert_eq!(isolated(""), "");
    }
}
