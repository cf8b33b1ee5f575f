//! What a person says of a match or a story, on the command line.

use crate::model::{Review, ReviewVerdict, Subject};
use crate::service::command::desk::{Desk, Said};
use crate::service::command::print;
use crate::service::{Exit, Failure};
use crate::store::Judged;

/// What a person says.
#[derive(clap::Args)]
pub(super) struct Saying {
    /// What it is: `relevant`, `not_relevant`, `unsure`; `none` takes a verdict back.
    #[arg(long, value_parser = verdict)]
    verdict: Verdict,
    /// A remark of at most 500 characters in place of the one before; "" removes that.
    #[arg(long)]
    note: Option<String>,
}

/// A verdict, or none.
///
/// A type of its own: clap takes an `Option` for an argument that may be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Verdict(Option<ReviewVerdict>);

/// Says it, and says that it is said.
pub(super) async fn say(desk: &dyn Desk, subject: Subject, saying: Saying) -> Result<(), Failure> {
    let Saying { verdict: Verdict(verdict), note } = saying;
    let note = note.map(|note| note.trim().to_owned());
    let n_max = Review::NOTE_CHARACTERS_MAX;
    if note.as_ref().is_some_and(|note| n_max < note.chars().count()) {
        let words = format_args!("the note has more than {n_max} characters");
        return Err(Failure::because(Exit::Data, words));
    }
    desk.review(subject, Said { verdict, note }).await?;
    let name = match subject {
        Subject::Match(id) => format!("match {id}"),
        Subject::Story(id) => format!("story {id}"),
    };
    print::line(format_args!("{name}: {}", verdict_words(verdict)))
}

/// A verdict in a table.
pub(super) fn verdict_words(verdict: Option<ReviewVerdict>) -> &'static str {
    verdict.map_or("open", ReviewVerdict::as_str)
}

/// The note of a review, and whose it is; empty if there is none.
pub(super) fn note(review: Option<&Review>) -> String {
    let noted = review.and_then(|it| it.note.as_ref().map(|note| format!("{note} ({})", it.by)));
    noted.unwrap_or_default()
}

fn verdict(text: &str) -> Result<Verdict, String> {
    if text == "none" {
        return Ok(Verdict(None));
    }
    let read = text.parse().map_err(|_| format!("{}, none", wanted(text)));
    read.map(|verdict| Verdict(Some(verdict)))
}

/// Reads a filter for verdicts.
pub(super) fn judged(text: &str) -> Result<Judged, String> {
    if text == "open" {
        return Ok(Judged::Open);
    }
    text.parse().map(Judged::As).map_err(|_| format!("{}, open", wanted(text)))
}

fn wanted(text: &str) -> String {
    format!("{text:?} is none of relevant, not_relevant, unsure")
}
