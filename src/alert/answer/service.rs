//! What services say in the body of an answer, where the status alone would mislead.
//!
//! Sources: docs.slack.dev, "Incoming webhooks", errors; Discord's documentation, "JSON error
//! codes" and "Rate limits"; core.telegram.org/bots/api, "Making requests" and
//! `ResponseParameters`; apprise-api's README, status codes.

use std::time::Duration;

use serde::Deserialize;

use crate::alert::Format;
use crate::alert::retry::{self, Outcome};

/// Slack's words for a channel or webhook that will not come back by itself.
const SLACK_GONE: [&str; 8] = [
    "no_service",
    "no_team",
    "team_disabled",
    "channel_not_found",
    "channel_is_archived",
    "invalid_token",
    "token_revoked",
    "no_active_hooks",
];

/// Discord: unknown webhook, invalid webhook token.
const DISCORD_GONE: [u64; 2] = [10_015, 50_027];

/// Microsoft's words behind a status 200 when it did not pass a card on.
const TEAMS_REFUSED: &str = "Microsoft Teams endpoint returned HTTP error";

/// What the answer means in this format; none if its status says it all.
///
/// A bot that was blocked, a webhook that was deleted: only a person can undo that, and asking
/// again and again counts against the sender. So these are as good as 410.
pub(super) fn outcome(format: Format, status: u16, body: &[u8]) -> Option<Outcome> {
    match (format, status) {
        (Format::Slack, 403 | 404) if is_slack_gone(body) => Some(Outcome::Gone),
        (Format::Discord, 401 | 404) if is_discord_gone(body) => Some(Outcome::Gone),
        (Format::Discord, 429) => said(body)?.retry_after.map(wait),
        (Format::Telegram, 429) => said(body)?.parameters?.retry_after.map(wait),
        (Format::Telegram, 401 | 403) => Some(Outcome::Gone),
        (Format::Teams, 200..=299) if is_teams_refusal(body) => Some(Outcome::Overloaded),
        // Nobody had that tag: nobody was told.
        (Format::Apprise, 204) => Some(Outcome::Failed),
        _ => None,
    }
}

/// Why a status that means success is none; nothing if it is one.
pub(super) fn refusal_words(format: Format, status: u16, body: &[u8]) -> Option<String> {
    match (format, status) {
        (Format::Teams, _) if is_teams_refusal(body) => {
            Some(format!("answered {status}, but did not pass the card on"))
        }
        (Format::Apprise, 204) => Some("answered 204: no service has the tag of `to`".to_owned()),
        _ => None,
    }
}

/// Whether Telegram stumbled over our markup.
pub(super) fn cannot_read_markup(body: &[u8]) -> bool {
    String::from_utf8_lossy(body).contains("can't parse entities")
}

fn is_slack_gone(body: &[u8]) -> bool {
    let words = String::from_utf8_lossy(body);
    SLACK_GONE.contains(&words.trim())
}

fn is_discord_gone(body: &[u8]) -> bool {
    said(body).and_then(|said| said.code).is_some_and(|code| DISCORD_GONE.contains(&code))
}

fn is_teams_refusal(body: &[u8]) -> bool {
    String::from_utf8_lossy(body).contains(TEAMS_REFUSED)
}

/// What Discord and Telegram write about a refusal.
#[derive(Deserialize)]
struct Said {
    code: Option<u64>,
    retry_after: Option<f64>,
    parameters: Option<Parameters>,
}

#[derive(Deserialize)]
struct Parameters {
    retry_after: Option<f64>,
}

fn said(body: &[u8]) -> Option<Said> {
    serde_json::from_slice(body).ok()
}

/// Seconds, with a fraction; nonsense is no wish.
fn wait(seconds: f64) -> Outcome {
    match Duration::try_from_secs_f64(seconds) {
        Ok(wish) => Outcome::AskedToWait(wish.min(retry::RETRY_AFTER_MAX)),
        Err(_) => Outcome::Overloaded,
    }
}
