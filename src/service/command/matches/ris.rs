//! Matches as RIS for reference managers (Zotero, `EndNote`, Citavi).
//!
//! Invariant: a value is one line, since RIS knows no way to write a line break in one.

use crate::model::view::{MatchListView, shortened};
use crate::service::Failure;
use crate::service::command::matches::EVIDENCE_CHARACTERS_MAX;
use crate::service::command::print;

/// Prints one match.
pub(super) fn record(view: &MatchListView) -> Result<(), Failure> {
    lines(view).iter().try_for_each(|(tag, value)| {
        // `line` adds the line feed.
        print::line(format_args!("{tag}  - {value}\r"))
    })?;
    print::line("\r")
}

fn lines(view: &MatchListView) -> Vec<(&'static str, String)> {
    let matched = &view.matched;
    // `2026-11-24T06:00:00Z`, of which RIS wants the day.
    let published = matched.published.to_string();
    let day = published.get(..10).unwrap_or_default().replace('-', "/");
    let year = day.split('/').next().unwrap_or_default().to_owned();
    let evidence: Vec<&str> = matched.evidence.iter().map(|it| it.text.as_str()).collect();
    let evidence = shortened(&one_line(&evidence.join("; ")), EVIDENCE_CHARACTERS_MAX);
    let outlet = view.page.as_ref().and_then(|page| page.outlet.clone());
    let outlet = outlet.unwrap_or_else(|| matched.feed.title.clone());
    let mut lines = vec![
        ("TY", "NEWS".to_owned()),
        ("TI", one_line(&matched.title)),
        ("T2", one_line(&outlet)),
        ("PY", year),
        ("DA", day),
        ("UR", one_line(matched.url.as_deref().unwrap_or_default())),
        ("LA", matched.language.to_string()),
    ];
    lines.extend(matched.aspects.iter().map(|aspect| ("KW", aspect.as_str().to_owned())));
    lines.push(("N1", evidence));
    lines.push(("ID", matched.id.to_string()));
    lines.retain(|(_, value)| !value.is_empty());
    lines.push(("ER", String::new()));
    lines
}

/// The text without line breaks and whatever else a program would not take for a letter.
fn one_line(text: &str) -> String {
    let plain: String = text.chars().map(|c| if is_break(c) { ' ' } else { c }).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_break(c: char) -> bool {
    c.is_control() || ['\u{2028}', '\u{2029}', '\u{85}'].contains(&c)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: a headline cannot begin a record of its own in a scholar's library.
    #[test]
    fn values_stay_on_their_line() {
        assert_eq!(one_line("a\r\nER  - \u{2028}TY  - NEWS\t"), "a ER - TY - NEWS");
        assert_eq!(one_line("日本 とアゼルバイジャン"), "日本 とアゼルバイジャン");
    }
}
