//! Matches as CSV (RFC 4180) for spreadsheets.
//!
//! Invariant: no text from outside is taken for a formula.

use crate::model::view::{MatchListView, shortened};
use crate::service::Failure;
use crate::service::command::matches::EVIDENCE_CHARACTERS_MAX;
use crate::service::command::print;

const COLUMNS: [&str; 12] = [
    "id",
    "created",
    "published",
    "language",
    "score",
    "verdict",
    "story",
    "feed",
    "aspects",
    "title",
    "url",
    "evidence",
];

/// Prints the line of headings.
pub(super) fn headings() -> Result<(), Failure> {
    print_row(&COLUMNS.map(str::to_owned))
}

/// Prints one match.
pub(super) fn row(view: &MatchListView) -> Result<(), Failure> {
    print_row(&cells(view))
}

fn cells(view: &MatchListView) -> [String; COLUMNS.len()] {
    let matched = &view.matched;
    let aspects: Vec<&str> = matched.aspects.iter().map(|aspect| aspect.as_str()).collect();
    let evidence: Vec<&str> = matched.evidence.iter().map(|it| it.text.as_str()).collect();
    [
        matched.id.to_string(),
        view.created.to_string(),
        matched.published.to_string(),
        matched.language.to_string(),
        format!("{:.3}", matched.score.value()),
        view.verdict.map(|verdict| verdict.to_string()).unwrap_or_default(),
        view.story.to_string(),
        matched.feed.title.clone(),
        aspects.join("; "),
        matched.title.clone(),
        matched.url.clone().unwrap_or_default(),
        shortened(&evidence.join("; "), EVIDENCE_CHARACTERS_MAX),
    ]
}

fn print_row(cells: &[String]) -> Result<(), Failure> {
    let written: Vec<String> = cells.iter().map(|cell| written(cell)).collect();
    // `line` adds the line feed.
    print::line(format_args!("{}\r", written.join(",")))
}

/// A cell as it is written: harmless, and in quotes where it has to be.
fn written(cell: &str) -> String {
    let is_formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    let safe = if is_formula { format!("'{cell}") } else { cell.to_owned() };
    if safe.contains(['"', ',', '\r', '\n']) {
        format!("\"{}\"", safe.replace('"', "\"\""))
    } else {
        safe
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: a headline cannot run a command in an analyst's spreadsheet.
    #[test]
    fn formulas_are_disarmed() {
        let cells = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "a=1"].map(written);
        assert_eq!(cells, ["'=1+1", "'+1", "'-1", "'@SUM(A1)", "'\t=1", "a=1"]);
        assert_eq!(written("=HYPERLINK(\"x\",1)"), "\"'=HYPERLINK(\"\"x\"\",1)\"");
    }

    /// Goal: quotes, commas and line breaks in a title stay in their cell.
    #[test]
    fn cells_are_quoted_where_they_have_to_be() {
        let cells = ["plain", "日本, Bakı", "say \"hi\"", "a\r\nb"].map(written);
        assert_eq!(cells, ["plain", "\"日本, Bakı\"", "\"say \"\"hi\"\"\"", "\"a\r\nb\""]);
    }
}
