//! `silkwire alerts`.

mod way;
mod again;
mod quiet;

use crate::model::view::{DeliveryView, ReceiverTestView};
use crate::model::{DeliveryId, DeliveryState, MatchId, MuteId, StoryNews};
use crate::service::command::Places;
use crate::service::command::desk::{self, Desk};
use crate::service::command::print::{self, Format};
use crate::service::{Exit, Failure};
use crate::store::{DeliveryFilter, DeliveryPhase, PageRequest};

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Lists deliveries, newest first.
    List {
        /// Only those that were given up.
        #[arg(long)]
        dead: bool,
        /// Only to this receiver.
        #[arg(long, value_name = "NAME")]
        receiver: Option<String>,
        /// At most so many.
        #[arg(long, default_value_t = 50)]
        limit: usize,
        /// How to print.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Sends alerts again: one, or those of a time or a receiver.
    Replay(again::Arguments),
    /// Lists receivers: how they stand, what waits for each and what was given up.
    Receivers {
        /// How to print.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Switches a receiver on again. What it missed is not sent unasked.
    Enable {
        /// The receiver's name in the configuration.
        receiver: String,
    },
    /// Keeps alerts back for some time, and prints the id of the mute.
    Mute(quiet::Arguments),
    /// Lists mutes that have not ended.
    Mutes {
        /// How to print.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Ends a mute: what it held is sent at once.
    Unmute {
        /// The mute's id.
        id: MuteId,
    },
    /// Sends one signed `webhook.test` to a receiver and says how that went.
    Test {
        /// The receiver's name in the configuration.
        receiver: String,
    },
    /// Says who would be told of an article now, by which routes, and what became of it.
    Route {
        /// The id of the article, its match or near miss.
        #[arg(long, value_name = "ID")]
        article: MatchId,
        /// What would be told of its story: `new` or `updated`.
        #[arg(long, value_name = "KIND", default_value_t)]
        kind: StoryNews,
        /// How to print.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Shows one delivery with all attempts.
    Show {
        /// The delivery's id.
        id: DeliveryId,
        /// How to print.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
}

/// Deliveries are asked for so many at a time.
const PAGE: usize = 100;

pub(super) async fn run(places: &Places, command: Command) -> Result<(), Failure> {
    let desk = desk::open(places)?;
    let desk = desk.as_ref();
    match command {
        Command::List { dead, receiver, limit, format } => {
            let phase = dead.then_some(DeliveryPhase::Dead);
            let filter = DeliveryFilter { receiver, phase, ..DeliveryFilter::default() };
            list(&all(desk, &filter, limit).await?, format)
        }
        Command::Show { id, format } => show(&desk.delivery(id).await?, format),
        Command::Route { article, kind, format } => {
            way::show(&desk.routing(article, kind).await?, format)
        }
        Command::Replay(arguments) => {
            let view = desk.replay(&arguments.order()?).await?;
            arguments.told(&view)
        }
        Command::Receivers { format } => quiet::receivers(&desk.receivers().await?, format),
        Command::Enable { receiver } => again::enabled(&desk.enable_receiver(&receiver).await?),
        Command::Mute(arguments) => {
            let mute = desk.mute(arguments.wish()?).await?;
            print::line(mute.id)
        }
        Command::Mutes { format } => quiet::list(&desk.mutes().await?, format),
        Command::Unmute { id } => desk.unmute(id).await,
        Command::Test { receiver } => {
            let tested = desk.test_receiver(&receiver).await?;
            told(&receiver, &tested)
        }
    }
}

async fn all(
    desk: &dyn Desk,
    filter: &DeliveryFilter,
    limit: usize,
) -> Result<Vec<DeliveryView>, Failure> {
    let mut views = Vec::new();
    let mut after = None;
    while views.len() < limit {
        let request = PageRequest { limit: (limit - views.len()).min(PAGE), after };
        let page = desk.deliveries(filter, request).await?;
        views.extend(page.items);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    Ok(views)
}

/// Says how a test went; one that was not taken is a failure.
fn told(receiver: &str, tested: &ReceiverTestView) -> Result<(), Failure> {
    let status = tested.status.map_or_else(|| "no answer".to_owned(), |it| it.to_string());
    let Some(error) = &tested.error else {
        let took_ms = tested.took_ms;
        print::line(format_args!("{receiver} took the test: {status} in {took_ms} ms"))?;
        let answer = print::one_line(&tested.answer);
        if !answer.is_empty() {
            print::line(format_args!("it said: {answer}"))?;
        }
        return print::line(&tested.verification);
    };
    let answer = print::one_line(&tested.answer);
    let words = format!("{receiver} did not take the test: {error} {answer}");
    Err(Failure::because(Exit::Unavailable, words.trim()))
}

fn list(views: &[DeliveryView], format: Format) -> Result<(), Failure> {
    if format == Format::Json {
        return views.iter().try_for_each(print::json);
    }
    let row = |view: &DeliveryView| {
        [
            view.id.to_string(),
            view.kind.to_string(),
            view.receiver.clone(),
            standing(view),
            view.attempts.len().to_string(),
            named(view.matched),
        ]
    };
    let rows: Vec<_> = views.iter().map(row).collect();
    print::table(["ID", "TYPE", "RECEIVER", "STATE", "ATTEMPTS", "MATCH"], &rows)
}

fn show(view: &DeliveryView, format: Format) -> Result<(), Failure> {
    if format == Format::Json {
        return print::json(view);
    }
    print::line(format_args!("{} to {}: {}", view.kind, view.receiver, standing(view)))?;
    print::line(format_args!("event {}, match {}", view.event, named(view.matched)))?;
    let row = |attempt: &crate::model::Attempt| {
        let status = attempt.status.map_or_else(|| "-".to_owned(), |it| it.to_string());
        let words = attempt.error.as_deref().unwrap_or("taken");
        let answer = print::one_line(&attempt.answer);
        [
            attempt.at.to_string(),
            format!("{} ms", attempt.took_ms),
            status,
            format!("{words} {answer}").trim().to_owned(),
        ]
    };
    let rows: Vec<_> = view.attempts.iter().map(row).collect();
    print::table(["TRIED AT", "TOOK", "STATUS", "OUTCOME"], &rows)
}

fn named(matched: Option<MatchId>) -> String {
    matched.map_or_else(|| "-".to_owned(), |id| id.to_string())
}

fn standing(view: &DeliveryView) -> String {
    match view.state {
        DeliveryState::Pending { due } if view.held => format!("held until {due}"),
        DeliveryState::Pending { due } => format!("pending until {due}"),
        DeliveryState::Delivered { at } => format!("delivered {at}"),
        DeliveryState::Dead { at } => format!("dead since {at}"),
    }
}
