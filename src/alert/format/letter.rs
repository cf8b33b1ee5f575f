//! A message as lines within a limit: what matters first, the link last and whole.

use crate::alert::format::cut::Dialect;
use crate::alert::format::facts::{Facts, Item};
use crate::alert::format::plain::isolated;

/// A longer title or row is cut, so that it leaves room for others; in the units of the format.
const TITLE_MAX: usize = 400;
const ROW_MAX: usize = 600;

/// Titles in a list are shorter.
const ITEM_MAX: usize = 200;

/// A cut line that is shorter says nothing.
const LINE_MIN: usize = 20;

/// Kept free for how many stories are left out.
const REST_SIZE: usize = 40;

/// The whole message: headline, rows, stories and link.
pub(super) fn whole(facts: &Facts, max: usize, dialect: &Dialect) -> String {
    let mut letter = Letter::new(max, dialect);
    let link = letter.keep_room_for_link(facts);
    letter.headline(facts);
    letter.rest(facts, link)
}

/// What belongs below a headline that stands elsewhere.
pub(super) fn below_headline(facts: &Facts, max: usize, dialect: &Dialect) -> String {
    let mut letter = Letter::new(max, dialect);
    let link = letter.keep_room_for_link(facts);
    letter.rest(facts, link)
}

struct Letter<'a> {
    dialect: &'a Dialect,
    text: String,
    /// What is left of the limit.
    room: usize,
}

impl<'a> Letter<'a> {
    fn new(max: usize, dialect: &'a Dialect) -> Self {
        Self { dialect, text: String::new(), room: max }
    }

    /// The link as it will stand in the last line; none if it would take more than half of the
    /// room.
    fn keep_room_for_link(&mut self, facts: &Facts) -> Option<String> {
        let url = facts.url.as_deref()?;
        let written = (self.dialect.link)(url);
        let size = self.dialect.size(url, &written) + 1;
        if self.room / 2 < size {
            return None;
        }
        self.room -= size;
        Some(written)
    }

    fn headline(&mut self, facts: &Facts) {
        let (before, after) = self.dialect.bold;
        let counted = self.dialect.counts_markup;
        let markup =
            if counted { self.dialect.unit.of(before) + self.dialect.unit.of(after) } else { 0 };
        let max = TITLE_MAX.min(self.room.saturating_sub(markup));
        let headline = facts.headline(max, self.dialect);
        self.text.extend([before, &headline, after]);
        // Where escapes do not count, this takes a little more room than it has to.
        self.room = self.room.saturating_sub(self.dialect.unit.of(&headline) + markup);
    }

    fn rest(mut self, facts: &Facts, link: Option<String>) -> String {
        for row in &facts.rows {
            self.line(&row.line());
        }
        self.items(facts);
        if let Some(link) = link {
            self.new_line();
            self.text.push_str(&link);
        }
        self.text
    }

    fn items(&mut self, facts: &Facts) {
        let mut n_shown = 0;
        for item in &facts.items {
            if !self.item(item) {
                break;
            }
            n_shown += 1;
        }
        let n_left = facts.n_items.saturating_sub(n_shown);
        if 0 < n_left && 0 < facts.n_items {
            self.line(&format!("… and {n_left} more"));
        }
    }

    /// A story's lines, all of them or none.
    fn item(&mut self, item: &Item) -> bool {
        let title = self.dialect.fitted(&item.title, ITEM_MAX);
        let head = format!("• {} ({})", isolated(&title), item.by);
        let link = item.url.as_deref().map(self.dialect.link);
        let link = link.map(|link| format!("\n{link}")).unwrap_or_default();
        let block = head + &link;
        let size = self.dialect.unit.of(&block) + 1;
        if self.room < size + REST_SIZE {
            return false;
        }
        self.new_line();
        self.text.push_str(&block);
        self.room -= size;
        true
    }

    /// One line, cut to the room; none if nearly nothing of it would be left.
    fn line(&mut self, text: &str) {
        let dialect = self.dialect;
        let line_end = usize::from(!self.text.is_empty());
        let room = self.room.saturating_sub(line_end).min(ROW_MAX);
        if room < LINE_MIN.min(dialect.unit.of(text)) {
            return;
        }
        let written = dialect.fitted(text, room);
        let size = if dialect.counts_markup {
            dialect.unit.of(&written)
        } else {
            dialect.unit.of(text).min(room)
        };
        self.new_line();
        self.text.push_str(&written);
        self.room -= size + line_end;
    }

    fn new_line(&mut self) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
    }
}
