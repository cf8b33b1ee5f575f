//! What stands in a page's text but is no part of the article: "read also", lists of links, tags.
//!
//! The shape of lines tells most of it, in any language. Where nothing of prose is to be seen,
//! or lines are broken by hand, nothing is cut.

use std::ops::Range;

use super::words::Script;

/// A line that leads elsewhere is a short one.
const HEAD_LETTERS_MAX: usize = 45;

/// A line of prose is long and has an end of a sentence; a short line has neither.
const SHORT_LETTERS_MAX: usize = 90;

/// From so many short lines on, an end of a text is a list.
const TAIL_LINES_MIN: usize = 4;

/// Items of a line of tags or links, and how long they are at most on average.
const ITEMS_MIN: usize = 4;
const ITEM_LETTERS_MAX: usize = 35;

/// Fewer lines have no furniture.
const LINES_MIN: usize = 5;

/// A text without a longer line, most of them short, was broken by hand.
const UNBROKEN_LETTERS_MIN: usize = 110;

/// How a line looks.
struct Look {
    letters: usize,
    has_end: bool,
    leads_elsewhere: bool,
    is_item_list: bool,
}

impl Look {
    fn is_prose(&self) -> bool {
        SHORT_LETTERS_MAX <= self.letters && self.has_end
    }

    fn is_short(&self) -> bool {
        (2..=SHORT_LETTERS_MAX).contains(&self.letters) && !self.has_end
    }

    fn is_head(&self) -> bool {
        self.letters <= HEAD_LETTERS_MAX && self.leads_elsewhere
    }
}

/// Which of the `lines` of the folded `text` belong to the article; `leads_elsewhere` tells
/// whether a line starts with a word like "read also".
pub(super) fn kept(
    text: &str,
    lines: &[Range<usize>],
    leads_elsewhere: impl Fn(&Range<usize>) -> bool,
) -> Vec<bool> {
    let looks: Vec<Look> =
        lines.iter().map(|line| look(&text[line.clone()], leads_elsewhere(line))).collect();
    let mut kept = vec![true; lines.len()];
    let n_short = looks.iter().filter(|look| look.is_short()).count();
    let is_unbroken = looks.iter().any(|look| UNBROKEN_LETTERS_MIN <= look.letters);
    let first_prose = looks.iter().position(Look::is_prose);
    let Some(first_prose) = first_prose
        .filter(|_| LINES_MIN <= lines.len() && (is_unbroken || 2 * n_short <= lines.len()))
    else {
        return kept;
    };
    let mut is_elsewhere = false;
    for (look, kept) in looks.iter().zip(&mut kept).skip(first_prose + 1) {
        is_elsewhere = (is_elsewhere && !look.is_prose()) || look.is_head();
        *kept = !is_elsewhere;
    }
    cut_tail(&looks, first_prose, &mut kept);
    let edges = (0..2).chain(looks.len().saturating_sub(5)..looks.len());
    for index in edges.filter(|index| looks[*index].is_item_list) {
        kept[index] = false;
    }
    kept
}

/// A list that reaches to the end of the text; one other line in it is passed over.
fn cut_tail(looks: &[Look], first_prose: usize, kept: &mut [bool]) {
    let (mut n_short, mut n_others, mut start) = (0, 0, looks.len());
    for (index, look) in looks.iter().enumerate().skip(first_prose + 1).rev() {
        if look.is_short() {
            (n_short, start) = (n_short + 1, index);
        } else if 0 < n_others || look.is_prose() {
            break;
        } else {
            n_others += 1;
        }
    }
    if TAIL_LINES_MIN <= n_short {
        kept[start..].fill(false);
    }
}

fn look(line: &str, leads_elsewhere: bool) -> Look {
    let is_end = |c: char| matches!(c, '.' | '!' | '?' | '…' | '。' | '؟' | '۔' | '।' | '։');
    let weight = |c: char| if Script::of(c).has_edges() { 1 } else { 2 };
    let letters = line.chars().filter(|c| !c.is_whitespace()).map(weight).sum();
    let has_end = line.contains(is_end);
    let is_gap = |c: char| matches!(c, '|' | '·' | '•' | '›' | '»' | '→' | '\t');
    let n_items = line.split(is_gap).filter(|item| item.contains(char::is_alphabetic)).count();
    let is_item_list = !has_end && ITEMS_MIN <= n_items && letters < ITEM_LETTERS_MAX * n_items;
    Look { letters, has_end, leads_elsewhere, is_item_list }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROSE: &str = "the port took in forty ships in the first week of the month, the harbour \
        master told the council on tuesday evening, and more of them are on their way to the piers.";

    fn kept_lines(lines: &[&str]) -> Vec<usize> {
        let text = lines.join("\n");
        let mut start = 0;
        let ranges: Vec<Range<usize>> = lines
            .iter()
            .map(|line| {
                let range = start..start + line.len();
                start = range.end + 1;
                range
            })
            .collect();
        let kept = kept(&text, &ranges, |line| text[line.clone()].starts_with("read also"));
        (0..lines.len()).filter(|line| kept[*line]).collect()
    }

    /// Goal: headlines of other articles are not taken for statements of this one.
    #[test]
    fn links_elsewhere_are_cut() {
        let lines = [PROSE, "read also", "embassy opens garden", "match ends in draw", PROSE];
        assert_eq!(kept_lines(&lines), [0, 4]);
        let tail = [PROSE, PROSE, "embassy opens garden", "match ends", "rain on sunday", "more"];
        assert_eq!(kept_lines(&tail), [0, 1]);
        let tags = [PROSE, PROSE, PROSE, PROSE, "ports | ships | harbour | council | trade"];
        assert_eq!(kept_lines(&tags), [0, 1, 2, 3]);
    }

    /// Goal: short articles, poems and broken lines are left alone.
    #[test]
    fn what_is_no_page_is_kept() {
        assert_eq!(kept_lines(&["one line", "read also", "three"]), [0, 1, 2]);
        let poem = ["a rose", "is a rose", "is a rose", "is a", "rose"];
        assert_eq!(kept_lines(&poem), [0, 1, 2, 3, 4]);
        let list = [PROSE, "ships", "boats", PROSE, PROSE];
        assert_eq!(kept_lines(&list), [0, 1, 2, 3, 4]);
    }
}
