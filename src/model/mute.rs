//! What a person said about being quiet.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::model::{MuteId, Score, StoryId, Timestamp};

/// A person wants to hear nothing of something for some time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Mute {
    /// Receiver, story, end and beginning.
    pub id: MuteId,
    /// Who is not told; none: nobody is, of this story.
    pub receiver: Option<String>,
    /// Of which story nothing is told; none: of none, to this receiver.
    pub story: Option<StoryId>,
    /// When it ends.
    pub until: Timestamp,
    /// What is at least so sure is told all the same; none: nothing is.
    pub unless_score: Option<Score>,
    /// What becomes of what would have been told.
    pub mode: MuteMode,
    /// Who said so: a token's name, or `loopback`.
    pub by: String,
    /// Why, in their words; at most [`Mute::REASON_CHARACTERS_MAX`] characters.
    pub reason: Option<String>,
    /// When it was said.
    pub created: Timestamp,
}

impl Mute {
    /// A reason is a line.
    pub const REASON_CHARACTERS_MAX: usize = 200;
    /// More of them at once are no exceptions any more.
    pub const MUTES_MAX: usize = 100;
    /// Who wants to hear nothing for longer takes the receiver out.
    pub const DAYS_MAX: u32 = 366;

    /// Whether it says something about a delivery to `receiver` that tells of `story` and is so
    /// sure, at `now`.
    pub fn is_about(
        &self,
        receiver: &str,
        story: Option<StoryId>,
        score: Option<Score>,
        now: Timestamp,
    ) -> bool {
        let is_of_receiver = self.receiver.as_deref().is_none_or(|it| it == receiver);
        let is_of_story = self.story.is_none_or(|it| Some(it) == story);
        let passes = self.unless_score.is_some_and(|min| score.is_some_and(|score| min <= score));
        now < self.until && is_of_receiver && is_of_story && !passes
    }
}

/// What becomes of an alert that a mute keeps back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MuteMode {
    /// It is told when the mute ends.
    #[default]
    Hold,
    /// It is never told.
    Drop,
}

impl MuteMode {
    /// The word for outside.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hold => "hold",
            Self::Drop => "drop",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_unix_ms(ms).unwrap()
    }

    fn mute(receiver: Option<&str>, story: Option<StoryId>) -> Mute {
        Mute {
            id: MuteId::of(receiver, story, at(9), at(0)),
            receiver: receiver.map(str::to_owned),
            story,
            until: at(9),
            unless_score: Score::new(0.9).ok(),
            mode: MuteMode::Hold,
            by: "loopback".to_owned(),
            reason: None,
            created: at(0),
        }
    }

    /// Goal: a mute silences what it names, for its time, and nothing else; what is very sure
    /// breaks through.
    #[test]
    fn mute_is_about_what_it_names() {
        let (one, other) = (StoryId::from_be_bytes([1; 8]), StoryId::from_be_bytes([2; 8]));
        let score = |value| Score::new(value).ok();
        let desk = mute(Some("desk"), None);
        assert!(desk.is_about("desk", Some(one), score(0.8), at(8)));
        assert!(desk.is_about("desk", None, None, at(8)));
        assert!(!desk.is_about("desk", Some(one), score(0.9), at(8)));
        assert!(!desk.is_about("desk", Some(one), score(0.8), at(9)));
        assert!(!desk.is_about("archive", Some(one), score(0.8), at(8)));
        let story = mute(None, Some(one));
        assert!(story.is_about("archive", Some(one), None, at(8)));
        assert!(!story.is_about("archive", Some(other), None, at(8)));
        assert!(!story.is_about("archive", None, None, at(8)));
        let both = mute(Some("desk"), Some(one));
        assert!(both.is_about("desk", Some(one), None, at(8)));
        assert!(!both.is_about("archive", Some(one), None, at(8)));
        assert!(!both.is_about("desk", Some(other), None, at(8)));
    }

    /// Goal: two mutes have one id only if they are the same.
    #[test]
    fn ids_tell_mutes_apart() {
        let story = StoryId::from_be_bytes([1; 8]);
        let ids = [
            mute(Some("desk"), None).id,
            mute(Some("archive"), None).id,
            mute(None, Some(story)).id,
            mute(Some("desk"), Some(story)).id,
            MuteId::of(Some("desk"), None, at(8), at(0)),
            MuteId::of(Some("desk"), None, at(9), at(1)),
        ];
        let unique: std::collections::HashSet<MuteId> = ids.into_iter().collect();
        assert_eq!(unique.len(), ids.len());
    }
}
