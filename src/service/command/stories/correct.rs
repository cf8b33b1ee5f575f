//! What a person corrects about stories, on the command line.

use crate::model::view::CorrectionView;
use crate::model::{Languages, MatchId, StoryId, Subject};
use crate::review::api::UndoView;
use crate::service::command::desk::Desk;
use crate::service::command::print::{self, Format};
use crate::service::{Exit, Failure};
use crate::store::Correction;

/// Moves matches of one story to the story `to`.
pub(super) async fn relocate(
    desk: &dyn Desk,
    matches: Vec<MatchId>,
    to: StoryId,
    format: Format,
) -> Result<(), Failure> {
    let to = current(desk, to).await?;
    let from = story_of(desk, &matches).await?;
    told(&desk.correct(from, Correction::Move { matches, to }).await?, format)
}

/// Makes matches of one story a story of their own.
pub(super) async fn split(
    desk: &dyn Desk,
    matches: Vec<MatchId>,
    format: Format,
) -> Result<(), Failure> {
    let from = story_of(desk, &matches).await?;
    told(&desk.correct(from, Correction::Split { matches }).await?, format)
}

/// Puts all matches of the story `from` into the story `into`.
pub(super) async fn merge(
    desk: &dyn Desk,
    from: StoryId,
    into: StoryId,
    format: Format,
) -> Result<(), Failure> {
    let (from, into) = (current(desk, from).await?, current(desk, into).await?);
    told(&desk.correct(from, Correction::Merge { from, into }).await?, format)
}

/// Takes back what was said or corrected last.
pub(super) async fn undo(desk: &dyn Desk, format: Format) -> Result<(), Failure> {
    let undone = desk.undo().await?;
    if format == Format::Json {
        return print::json(&undone);
    }
    print::line(in_words(&undone))
}

/// The story that is meant by `id`, which may have been merged into it.
async fn current(desk: &dyn Desk, id: StoryId) -> Result<StoryId, Failure> {
    Ok(desk.story(id, &Languages::default()).await?.story.story.id)
}

/// The story that all `matches` are in.
async fn story_of(desk: &dyn Desk, matches: &[MatchId]) -> Result<StoryId, Failure> {
    let mut common: Option<(MatchId, StoryId)> = None;
    for id in matches {
        let story = desk.matched(*id).await?.story;
        match common {
            None => common = Some((*id, story)),
            Some((_, known)) if known == story => {}
            Some((other, known)) => {
                let words = format_args!(
                    "name matches of one story: {other} is in story {known}, {id} in story {story}"
                );
                return Err(Failure::because(Exit::Data, words));
            }
        }
    }
    let none = || Failure::because(Exit::Usage, "name one match or more");
    common.map(|(_, story)| story).ok_or_else(none)
}

fn told(view: &CorrectionView, format: Format) -> Result<(), Failure> {
    if format == Format::Json {
        return print::json(view);
    }
    let CorrectionView { n_moved, from, to } = view;
    let (from_id, to_id) = (from.story.id, to.story.id);
    let matches = counted(*n_moved);
    print::line(if from.merged_into.is_some() {
        format!("story {from_id} is merged into story {to_id}: {matches} moved")
    } else {
        format!("{matches} moved from story {from_id} to story {to_id}")
    })
}

fn in_words(undone: &UndoView) -> String {
    match (&undone.correction, undone.subject) {
        (Some(correction), _) => {
            let back = counted(correction.n_back);
            let kept = match correction.n_kept {
                0 => String::new(),
                n_kept => format!(", {} moved since", counted(n_kept)),
            };
            format!("undone: {back} back in story {}{kept}", correction.story)
        }
        (None, Some(Subject::Match(id))) => format!("undone: the verdict on match {id}"),
        (None, Some(Subject::Story(id))) => format!("undone: the verdict on story {id}"),
        (None, None) => "nothing to undo".to_owned(),
    }
}

fn counted(n_matches: usize) -> String {
    if n_matches == 1 { "1 match".to_owned() } else { format!("{n_matches} matches") }
}
