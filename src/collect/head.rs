//! What a feed says of itself, and when it wants to be asked again.

use std::time::Duration;

use url::Url;

use super::vocabulary::Field;
use crate::model::{Language, QuietTimes};

const MINUTE_SECONDS: u64 = 60;
const HOUR_SECONDS: u64 = 60 * MINUTE_SECONDS;
const DAY_SECONDS: u64 = 24 * HOUR_SECONDS;

const ALL_HOURS: u32 = 0xff_ffff;
const ALL_DAYS: u8 = 0x7f;
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// What a feed says of itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Head {
    pub(super) title: Option<String>,
    pub(super) language: Option<Language>,
    pub(super) hub: Option<Url>,
    pub(super) own_address: Option<Url>,
    pub(super) previous: Option<Url>,
    time_to_live: Option<Duration>,
    period_seconds: Option<u64>,
    frequency: Option<u64>,
    quiet: QuietTimes,
}

impl Head {
    /// Takes the text of an element; the first of a kind counts, except for quiet times.
    pub(super) fn text(&mut self, field: Field, text: &str) {
        let text = text.trim();
        match field {
            Field::Title if self.title.is_none() && !text.is_empty() => {
                self.title = Some(text.to_owned());
            }
            Field::Language => self.language = self.language.or(Language::of_tag(text).ok()),
            Field::TimeToLive => self.time_to_live = self.time_to_live.or(time_to_live(text)),
            Field::UpdatePeriod => self.period_seconds = self.period_seconds.or(period(text)),
            Field::UpdateFrequency => {
                self.frequency = self.frequency.or(text.parse().ok().filter(|it| 0 < *it));
            }
            Field::QuietHour => {
                // RSS 0.91 counts from 1 to 24, RSS 2.0 from 0 to 23: both mean midnight.
                if let Ok(hour @ 0..=24) = text.parse::<u32>() {
                    self.quiet.hours |= 1 << (hour % 24);
                }
            }
            Field::QuietDay => {
                let text = text.to_ascii_lowercase();
                let index = DAYS.iter().position(|day| text.starts_with(day));
                self.quiet.days |= index.map_or(0, |index| 1 << index);
            }
            _ => {}
        }
    }

    /// Takes a link of the feed itself.
    pub(super) fn link(&mut self, relation: &str, address: &str, base: Option<&Url>) {
        let url = || web_address(address, base);
        for relation in relation.split_ascii_whitespace() {
            match relation.to_ascii_lowercase().as_str() {
                "hub" => self.hub = self.hub.take().or_else(url),
                "self" => self.own_address = self.own_address.take().or_else(url),
                "prev-archive" => self.previous = self.previous.take().or_else(url),
                _ => {}
            }
        }
    }

    /// How long the feed wants to be left alone: the longest of what it says, not capped.
    pub(super) fn hint(&self) -> Option<Duration> {
        // Defaults of the syndication module of RSS 1.0: daily, once.
        let is_syndicated = self.period_seconds.is_some() || self.frequency.is_some();
        let period = Duration::from_secs(self.period_seconds.unwrap_or(DAY_SECONDS));
        let frequency = self.frequency.unwrap_or(1);
        let by_period = is_syndicated.then(|| Duration::from_secs(period.as_secs() / frequency));
        by_period.filter(|hint| !hint.is_zero()).max(self.time_to_live)
    }

    /// When it wants to be left alone. Who never wants to be asked does not mean it.
    pub(super) fn quiet(&self) -> QuietTimes {
        QuietTimes {
            hours: if self.quiet.hours == ALL_HOURS { 0 } else { self.quiet.hours },
            days: if self.quiet.days == ALL_DAYS { 0 } else { self.quiet.days },
        }
    }
}

/// Minutes.
fn time_to_live(text: &str) -> Option<Duration> {
    let minutes = text.parse::<u32>().ok().filter(|minutes| 0 < *minutes)?;
    Some(Duration::from_secs(u64::from(minutes) * MINUTE_SECONDS))
}

fn period(text: &str) -> Option<u64> {
    Some(match text.to_ascii_lowercase().as_str() {
        "hourly" => HOUR_SECONDS,
        "daily" => DAY_SECONDS,
        "weekly" => 7 * DAY_SECONDS,
        "monthly" => 30 * DAY_SECONDS,
        "yearly" => 365 * DAY_SECONDS,
        _ => return None,
    })
}

/// An absolute address of the web, resolved against `base`.
pub(super) fn web_address(text: &str, base: Option<&Url>) -> Option<Url> {
    let text = Some(text.trim()).filter(|text| !text.is_empty())?;
    let url = Url::options().base_url(base).parse(text).ok()?;
    matches!(url.scheme(), "http" | "https").then_some(url)
}
