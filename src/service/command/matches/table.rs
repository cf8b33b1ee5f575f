//! Matches for people at a terminal.

use crate::model::Placed;
use crate::model::view::{MatchListView, SourceView};
use crate::service::Failure;
use crate::service::command::print;
use crate::service::command::review::{note, verdict_words};

/// Prints matches under their headings.
pub(super) fn print(views: &[MatchListView]) -> Result<(), Failure> {
    let rows: Vec<_> = views.iter().map(row).collect();
    print::table(["ID", "SCORE", "LANG", "VERDICT", "PUBLISHED", "TITLE"], &rows)
}

fn row(view: &MatchListView) -> [String; 6] {
    [
        view.matched.id.to_string(),
        view.matched.score.to_string(),
        view.matched.language.to_string(),
        verdict_words(view.verdict).to_owned(),
        view.matched.published.to_string(),
        print::one_line(&view.matched.title),
    ]
}

/// Where the judged text comes from.
fn source(source: &SourceView) -> String {
    let SourceView { fetched, hash, method, basis, .. } = source;
    format!("{}, {fetched}, SHA-256 {hash}, judged by {basis}", method.as_str())
}

/// Prints one match with everything that speaks for it.
pub(super) fn details(view: &MatchListView) -> Result<(), Failure> {
    let matched = &view.matched;
    let told = match view.silence {
        None => "yes".to_owned(),
        Some(silence) => format!("no, {}", silence.in_words()),
    };
    let aspects: Vec<&str> = matched.aspects.iter().map(|aspect| aspect.as_str()).collect();
    let figures: Vec<&str> = matched.figures.iter().map(|it| it.text.as_str()).collect();
    print::line(print::one_line(&matched.title))?;
    let facts = [
        ("address", matched.url.clone().unwrap_or_default()),
        ("feed", matched.feed.title.clone()),
        ("published", matched.published.to_string()),
        ("language", matched.language.to_string()),
        ("score", matched.score.to_string()),
        ("aspects", aspects.join(", ")),
        ("figures", figures.join(", ")),
        ("story", view.story.to_string()),
        ("role", view.role.map(|role| role.as_str().to_owned()).unwrap_or_default()),
        ("joined", view.why_joined.clone().unwrap_or_default()),
        ("placed", view.placed_by.as_ref().map(Placed::in_words).unwrap_or_default()),
        ("verdict", verdict_words(view.verdict).to_owned()),
        ("note", note(view.review.as_ref())),
        ("alerted", told),
        ("summary", matched.summary.clone()),
        ("text dropped", view.text_dropped.map(|at| at.to_string()).unwrap_or_default()),
        ("source", view.source.as_ref().map(source).unwrap_or_default()),
    ];
    print::facts(&facts)?;
    print::line("why")?;
    print::reasons(&matched.evidence)
}
