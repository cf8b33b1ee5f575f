//! `silkwire feeds`.

use std::collections::HashMap;

use crate::model::view::FeedStateView;
use crate::model::{FeedId, FeedState};
use crate::service::Failure;
use crate::service::command::print::{self, Format};
use crate::service::command::{Places, stored};
use crate::service::config::load_sections;
use crate::store::{Schedule, StoreError};

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Lists all feeds and how polling them stands.
    List {
        /// How to print.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
}

pub(super) async fn run(places: &Places, command: &Command) -> Result<(), Failure> {
    let Command::List { format } = command;
    let sections = load_sections(places.config.as_deref()).map_err(|it| Failure::config(&it))?;
    let states = states(places).await?;
    let views: Vec<FeedStateView> =
        sections.feeds.iter().map(|it| FeedStateView::new(it, states.get(&it.id))).collect();
    match format {
        Format::Json => views.iter().try_for_each(print::json),
        Format::Table => {
            let rows: Vec<_> = views.iter().map(row).collect();
            print::table(["ID", "SIDE", "STATE", "ENTRIES", "NEXT POLL", "FEED"], &rows)
        }
    }
}

/// How polling stands, by feed; nothing is known before the first run.
async fn states(places: &Places) -> Result<HashMap<FeedId, FeedState>, Failure> {
    let store = match stored::open(places).await {
        Err(error) if matches!(error.store_error(), Some(StoreError::Missing { .. })) => {
            return Ok(HashMap::new());
        }
        other => other?,
    };
    let states = store.feed_states().await?;
    Ok(states.into_iter().map(|state| (state.feed, state)).collect())
}

fn row(view: &FeedStateView) -> [String; 6] {
    let what = match &view.error {
        Some(error) => format!("{} {}: {error}", view.title, view.url),
        None => format!("{} {}", view.title, view.url),
    };
    [
        view.id.to_string(),
        view.side.to_string(),
        view.state.as_str().to_owned(),
        view.n_entries.to_string(),
        view.next_poll.map_or_else(|| "at start".to_owned(), |time| time.to_string()),
        print::one_line(&what),
    ]
}
