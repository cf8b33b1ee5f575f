//! `silkwire alerts`.

use crate::model::view::DeliveryView;
use crate::model::{DeliveryId, DeliveryState};
use crate::service::command::print::{self, Format};
use crate::service::command::{Places, stored};
use crate::service::{Exit, Failure};
use crate::store::{DeliveryFilter, DeliveryPhase, Outbox, PageRequest};

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
    /// Shows one delivery with all attempts.
    Show {
        /// The delivery's id.
        id: DeliveryId,
        /// How to print.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
}

pub(super) async fn run(places: &Places, command: &Command) -> Result<(), Failure> {
    let store = stored::open(places).await?;
    match command {
        Command::List { dead, receiver, limit, format } => {
            let phase = dead.then_some(DeliveryPhase::Dead);
            let filter = DeliveryFilter { receiver: receiver.clone(), phase };
            let page = store.deliveries(filter, PageRequest::first(*limit)).await?;
            let views: Vec<DeliveryView> = page.items.iter().map(DeliveryView::from).collect();
            list(&views, *format)
        }
        Command::Show { id, format } => {
            let found = store.delivery(*id).await?;
            let found = found
                .ok_or_else(|| Failure::because(Exit::NoInput, format_args!("no delivery {id}")))?;
            show(&DeliveryView::from(&found), *format)
        }
    }
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
            view.matched.to_string(),
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
    print::line(format_args!("event {}, match {}", view.event, view.matched))?;
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

fn standing(view: &DeliveryView) -> String {
    match view.state {
        DeliveryState::Pending { due } => format!("pending until {due}"),
        DeliveryState::Delivered { at } => format!("delivered {at}"),
        DeliveryState::Dead { at } => format!("dead since {at}"),
    }
}
