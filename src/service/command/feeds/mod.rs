//! `silkwire feeds`.

mod list;
mod exchange;
mod discover;

use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use crate::model::{FeedId, FeedKind, Language, Selectors, Side, SideError, duration_text};
use crate::review::{NewFeed, Urgency};
use crate::service::Failure;
use crate::service::command::print::{self, Format};
use crate::service::command::{Places, desk};

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Lists all feeds and how polling them stands.
    List {
        /// How to print.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Watches one more feed, beside the configuration, and prints its id.
    Add(NewArguments),
    /// Watches a feed no more, also one of the configuration; what it brought stays.
    Remove {
        /// The feed's id.
        id: FeedId,
    },
    /// Keeps a feed in the list, but polls it no more.
    Pause {
        /// The feed's id.
        id: FeedId,
    },
    /// Polls a paused feed again, also one that a file switches off.
    Resume {
        /// The feed's id.
        id: FeedId,
    },
    /// Finds the feeds of a site, or shows what selectors find on a page.
    Discover(discover::Arguments),
    /// Lets the running service poll a feed now.
    Poll {
        /// The feed's id.
        id: FeedId,
        /// Even if its server asked for a pause, or says that nothing changes; once a minute.
        #[arg(long)]
        force: bool,
    },
    /// Watches the feeds of an OPML file, as other feed readers export them.
    Import {
        /// The file; `-` is the standard input.
        file: PathBuf,
        /// Says what would be added, and adds nothing.
        #[arg(long)]
        dry_run: bool,
    },
    /// Prints all feeds as OPML: those of files and those that were added.
    Export,
}

#[derive(clap::Args)]
pub(super) struct NewArguments {
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
    /// What stands at the address: feed, sitemap, search, page.
    #[arg(long, default_value = "feed", value_parser = kind)]
    kind: FeedKind,
    /// The pause between two polls, like `5m`. Default: found out from what it brings.
    #[arg(long, value_name = "PAUSE", value_parser = duration_text::parse)]
    every: Option<Duration>,
    /// Where the entries of a page stand: `item=…`, and if need be `link=…`, `title=…` and
    /// `date=…`, parted by commas. `feeds discover` shows what they find.
    #[arg(long, value_name = "SELECTORS", value_parser = discover::selectors)]
    selectors: Option<Selectors>,
}

pub(super) async fn run(places: &Places, command: Command) -> Result<(), Failure> {
    let desk = || desk::open(places);
    match command {
        Command::Discover(arguments) => discover::run(places, arguments).await,
        Command::List { format } => list::run(desk()?.feeds().await?, format),
        Command::Add(arguments) => {
            let added = desk()?.add_feed(arguments.into_feed()).await?;
            if !added.is_new {
                print::talk(format_args!("feed {} is watched already", added.id));
            }
            print::line(added.id)
        }
        Command::Remove { id } => {
            desk()?.remove_feed(id).await?;
            print::talk(format_args!("feed {id} is watched no more"));
            Ok(())
        }
        Command::Pause { id } => {
            desk()?.pause_feed(id).await?;
            print::talk(format_args!("feed {id} is paused"));
            Ok(())
        }
        Command::Resume { id } => {
            desk()?.resume_feed(id).await?;
            print::talk(format_args!("feed {id} is polled again"));
            Ok(())
        }
        Command::Poll { id, force } => {
            let urgency = if force { Urgency::Forced } else { Urgency::Polite };
            desk()?.poll_feed(id, urgency).await?;
            print::talk(format_args!("feed {id} is polled as soon as its host is free"));
            Ok(())
        }
        Command::Import { file, dry_run } => exchange::import(&*desk()?, &file, dry_run).await,
        Command::Export => exchange::export(&*desk()?).await,
    }
}

impl NewArguments {
    fn into_feed(self) -> NewFeed {
        let selectors = self.selectors;
        // Whoever says where entries stand means a page.
        let kind = if selectors.is_some() { FeedKind::Page } else { self.kind };
        let (side, language, every) = (self.side, self.language, self.every);
        NewFeed {
            title: self.title,
            side,
            language,
            kind,
            every,
            selectors,
            ..NewFeed::at(self.url)
        }
    }
}

fn side(text: &str) -> Result<Side, SideError> {
    Side::try_from(text.to_owned())
}

fn kind(text: &str) -> Result<FeedKind, String> {
    let known = FeedKind::ALL.map(FeedKind::as_str);
    let kind = FeedKind::ALL.into_iter().find(|kind| kind.as_str() == text);
    kind.ok_or_else(|| format!("none of {}", known.join(", ")))
}
