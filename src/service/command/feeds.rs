//! `silkwire feeds`.

mod discover;

use url::Url;

use crate::model::view::FeedStateView;
use crate::model::{FeedId, Language, Side, SideError};
use crate::review::NewFeed;
use crate::service::command::print::{self, Format};
use crate::service::command::{Places, desk};
use crate::service::{Exit, Failure};

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Lists all feeds and how polling them stands.
    List {
        /// How to print.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Watches one more feed, beside the configuration, and prints its id.
    Add {
        /// The feed's address.
        url: Url,
        /// What people call it. Default: the host's name.
        #[arg(long)]
        title: Option<String>,
        /// From where it speaks: a country code like `JP`, or `third`.
        #[arg(long, default_value_t, value_parser = side)]
        side: Side,
        /// The language it is known to use.
        #[arg(long, value_name = "CODE")]
        language: Option<Language>,
    },
    /// Watches a feed no more, also one of the configuration; what it brought stays.
    Remove {
        /// The feed's id.
        id: FeedId,
    },
    /// Finds the feeds of a site, or shows what selectors find on a page.
    Discover(discover::Arguments),
    /// Lets the running service poll a feed now.
    Poll {
        /// The feed's id.
        id: FeedId,
    },
}

/// Longer titles are no names; the API refuses them too.
const TITLE_CHARACTERS_MAX: usize = 200;

pub(super) async fn run(places: &Places, command: Command) -> Result<(), Failure> {
    let desk = || desk::open(places);
    match command {
        Command::Discover(arguments) => discover::run(places, arguments).await,
        Command::List { format } => list(desk()?.feeds().await?, format),
        Command::Add { url, title, side, language } => {
            let title = title.filter(|title| !title.trim().is_empty());
            if title.as_ref().is_some_and(|it| it.chars().nth(TITLE_CHARACTERS_MAX).is_some()) {
                let words = format_args!("the title has over {TITLE_CHARACTERS_MAX} characters");
                return Err(Failure::because(Exit::Data, words));
            }
            let id = FeedId::of_url(url.as_str());
            desk()?.add_feed(NewFeed { url, title, side, language }).await?;
            print::line(id)
        }
        Command::Remove { id } => {
            desk()?.remove_feed(id).await?;
            print::talk(format_args!("feed {id} is watched no more"));
            Ok(())
        }
        Command::Poll { id } => {
            desk()?.poll_feed(id).await?;
            print::talk(format_args!("feed {id} is polled as soon as its host is free"));
            Ok(())
        }
    }
}

fn list(mut views: Vec<FeedStateView>, format: Format) -> Result<(), Failure> {
    views.sort_by(|one, other| (&one.title, &one.url).cmp(&(&other.title, &other.url)));
    match format {
        Format::Json => views.iter().try_for_each(print::json),
        Format::Table => {
            let rows: Vec<_> = views.iter().map(row).collect();
            print::table(["ID", "SIDE", "STATE", "ENTRIES", "NEXT POLL", "FEED"], &rows)
        }
    }
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

fn side(text: &str) -> Result<Side, SideError> {
    Side::try_from(text.to_owned())
}
