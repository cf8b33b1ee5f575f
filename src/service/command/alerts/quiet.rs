//! `silkwire alerts mute`, `mutes`, `unmute` and `receivers`.

use std::time::Duration;

use crate::model::view::ReceiverView;
use crate::model::{Clock, Mute, MuteMode, Score, StoryId, SystemClock, Timestamp, duration_text};
use crate::review::MuteWish;
use crate::service::Failure;
use crate::service::command::alerts::again;
use crate::service::command::print::{self, Format};

#[derive(clap::Args)]
#[command(group = clap::ArgGroup::new("end").required(true))]
#[command(group = clap::ArgGroup::new("what").required(true).multiple(true))]
pub(in crate::service::command) struct Arguments {
    /// This receiver is told nothing.
    #[arg(long, value_name = "NAME", group = "what")]
    receiver: Option<String>,
    /// Nobody, or `--receiver` alone, is told of this story.
    #[arg(long, value_name = "ID", group = "what")]
    story: Option<StoryId>,
    /// For so long: `2h`; at most 366 days.
    #[arg(long = "for", value_name = "DURATION", group = "end", value_parser = duration_text::parse)]
    duration: Option<Duration>,
    /// Until then: `2026-11-24T06:00:00Z`, or `2026-11-24` (its beginning in UTC).
    #[arg(long, value_name = "TIME", group = "end")]
    until: Option<String>,
    /// What is at least so sure is told all the same.
    #[arg(long, value_name = "SCORE", value_parser = score)]
    unless_score: Option<Score>,
    /// Alerts are not made at all, instead of being held until the mute ends.
    #[arg(long)]
    drop: bool,
    /// Why, for colleagues.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

fn score(text: &str) -> Result<Score, String> {
    let number: f64 = text.parse().map_err(|_| format!("{text:?} is not a number from 0 to 1"))?;
    Score::new(number).map_err(|error| error.to_string())
}

impl Arguments {
    /// What they ask for.
    pub(super) fn wish(self) -> Result<MuteWish, Failure> {
        let now = SystemClock.now();
        let until = match self.duration {
            Some(duration) => Some(now.plus(duration)),
            None => again::time(self.until.as_deref(), now)?,
        };
        Ok(MuteWish {
            receiver: self.receiver,
            story: self.story,
            // One of the two is there: the group requires it.
            until: until.unwrap_or(now),
            unless_score: self.unless_score,
            mode: if self.drop { MuteMode::Drop } else { MuteMode::Hold },
            reason: self.reason,
        })
    }
}

/// Prints all mutes.
pub(super) fn list(mutes: &[Mute], format: Format) -> Result<(), Failure> {
    if format == Format::Json {
        return mutes.iter().try_for_each(print::json);
    }
    let row = |mute: &Mute| {
        [
            mute.id.to_string(),
            mute.until.to_string(),
            mute.receiver.clone().unwrap_or_else(|| "all".to_owned()),
            mute.story.map_or_else(|| "all".to_owned(), |id| id.to_string()),
            mute.mode.as_str().to_owned(),
            mute.unless_score.map_or_else(|| "-".to_owned(), |score| score.to_string()),
            mute.by.clone(),
            print::one_line(mute.reason.as_deref().unwrap_or_default()),
        ]
    };
    let rows: Vec<_> = mutes.iter().map(row).collect();
    print::table(["ID", "UNTIL", "RECEIVER", "STORY", "MODE", "UNLESS", "BY", "REASON"], &rows)
}

/// Prints how receivers stand.
pub(super) fn receivers(views: &[ReceiverView], format: Format) -> Result<(), Failure> {
    if format == Format::Json {
        return views.iter().try_for_each(print::json);
    }
    let row = |view: &ReceiverView| {
        [
            view.name.clone(),
            view.format.clone().unwrap_or_else(|| "-".to_owned()),
            view.n_pending.to_string(),
            view.oldest.map_or_else(|| "-".to_owned(), |at| at.to_string()),
            view.n_dead.to_string(),
            standing(view),
        ]
    };
    let rows: Vec<_> = views.iter().map(row).collect();
    print::table(["RECEIVER", "FORMAT", "WAITING", "SINCE", "DEAD", "STATE"], &rows)
}

fn standing(view: &ReceiverView) -> String {
    let at = |time: Option<Timestamp>| time.map(|it| it.to_string()).unwrap_or_default();
    let mut words = view.state.as_str().to_owned();
    if let Some(why) = view.why_off {
        words = format!("off since {}: {}", at(view.off_since), why.in_words());
    } else if view.paused_until.is_some() {
        words = format!("paused until {}", at(view.paused_until));
    } else if view.left_alone_since.is_some() {
        words = format!("left alone since {}: it nearly always fails", at(view.left_alone_since));
    }
    match view.muted_until {
        Some(until) => format!("{words}; muted until {until}"),
        None => words,
    }
}
