//! `silkwire matches`.

mod table;
mod csv;
mod search;
mod ris;

use search::{Order, SearchArguments};
use table::print;

use crate::model::view::{ErasedView, MatchListView};
use crate::model::{FeedId, Language, MatchId, StoryId, Subject, Timestamp};
use crate::service::Failure;
use crate::service::command::Places;
use crate::service::command::desk::{self, Desk};
use crate::service::command::print::{self, Format};
use crate::service::command::review::{self, Saying, judged};
use crate::store::{Judged, MatchFilter, PageRequest};

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Lists matches, newest first.
    List {
        #[command(flatten)]
        filter: Filter,
        /// At most so many.
        #[arg(long, default_value_t = 50)]
        limit: usize,
        /// How to print.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Finds matches by their words, in any script.
    ///
    /// Every word must be found. A name that the lexicon knows is found in all its spellings; words
    /// in double quotes follow each other; word* is the beginning of a word; -word must not be there
    /// (write it behind --). Without words: everything that the filters let through.
    #[command(verbatim_doc_comment)]
    Search {
        /// What is looked for.
        words: Vec<String>,
        #[command(flatten)]
        filter: SearchArguments,
        /// What comes first.
        #[arg(long, value_enum, default_value_t)]
        order: Order,
        /// At most so many.
        #[arg(long, default_value_t = 50)]
        limit: usize,
        /// How to print.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Shows one match with everything that speaks for it.
    Show {
        /// The match's id.
        id: MatchId,
        /// How to print.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Says what you think of a match.
    Review {
        /// The match's id.
        id: MatchId,
        #[command(flatten)]
        saying: Saying,
    },
    /// Erases an article for good: what it said, its alerts, what its story has from it.
    ///
    /// A note stays that says when, by whom and why; the article does not come back, whatever
    /// feeds carry. Receivers that were told are not told of it. Nobody can undo this.
    Erase {
        /// The id of the match or near miss.
        id: MatchId,
        /// Why, for whoever looks for it later; at most 500 characters.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Prints all matches for other programs, newest first.
    ///
    /// CSV as in RFC 4180 with a line of headings: id, created, published, language, score,
    /// verdict, story, feed, aspects, title, url, evidence. Aspects and evidence are parted by
    /// "; ", evidence ends after 300 characters. A cell that starts with = + - @, a tab or a
    /// line break gets an apostrophe in front, so that no spreadsheet takes it for a formula.
    /// JSON lines are those of `list`.
    /// RIS is for reference managers: one NEWS record a match, with title, outlet or feed (T2),
    /// day, address, language, aspects (KW), evidence (N1, at most 300 characters) and id.
    /// The order is that of flagging, then of ids: whoever exports the same store with the same
    /// filters gets the same matches in the same order.
    #[command(verbatim_doc_comment)]
    Export {
        #[command(flatten)]
        filter: Filter,
        /// At most so many. Default: all.
        #[arg(long)]
        limit: Option<usize>,
        /// How to print.
        #[arg(long, value_enum, default_value_t)]
        format: ExportFormat,
    },
}

/// Which matches.
#[derive(clap::Args)]
pub(super) struct Filter {
    /// Only of this feed.
    #[arg(long, value_name = "ID")]
    feed: Option<FeedId>,
    /// Only in this language.
    #[arg(long, value_name = "CODE")]
    language: Option<Language>,
    /// Only of this story.
    #[arg(long, value_name = "ID")]
    story: Option<StoryId>,
    /// Only those flagged since, as RFC 3339.
    #[arg(long, value_name = "TIME")]
    since: Option<Timestamp>,
    /// Only with this verdict: `relevant`, `not_relevant`, `unsure`; `open` for none.
    #[arg(long, value_name = "VERDICT", value_parser = judged)]
    verdict: Option<Judged>,
}

/// How an export is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum ExportFormat {
    /// For spreadsheets.
    #[default]
    Csv,
    /// One JSON object a line.
    Jsonl,
    /// For reference managers.
    Ris,
}

/// So much of the evidence leaves the house.
const EVIDENCE_CHARACTERS_MAX: usize = 300;

/// Matches are asked for so many at a time.
const PAGE: usize = 100;

pub(super) async fn run(places: &Places, command: Command) -> Result<(), Failure> {
    let desk = desk::open(places)?;
    let desk = desk.as_ref();
    match command {
        Command::List { filter, limit, format: Format::Json } => {
            each(desk, &filter.into(), limit, print::json).await
        }
        Command::List { filter, limit, format: Format::Table } => {
            let mut views = Vec::new();
            let add = |view: &MatchListView| {
                views.push(view.clone());
                Ok(())
            };
            each(desk, &filter.into(), limit, add).await?;
            print(&views)
        }
        Command::Search { words, filter, order, limit, format } => {
            let search = search::request(&words, &filter, order);
            search::run(desk, &search, limit, format).await
        }
        Command::Show { id, format } => {
            let view = desk.matched(id).await?;
            match format {
                Format::Json => print::json(&view),
                Format::Table => table::details(&view),
            }
        }
        Command::Review { id, saying } => review::say(desk, Subject::Match(id), saying).await,
        Command::Erase { id, reason } => erase(desk, id, &reason).await,
        Command::Export { filter, limit, format } => {
            let limit = limit.unwrap_or(usize::MAX);
            match format {
                ExportFormat::Jsonl => each(desk, &filter.into(), limit, print::json).await,
                ExportFormat::Ris => each(desk, &filter.into(), limit, ris::record).await,
                ExportFormat::Csv => {
                    csv::headings()?;
                    each(desk, &filter.into(), limit, csv::row).await
                }
            }
        }
    }
}

async fn erase(desk: &dyn Desk, id: MatchId, reason: &str) -> Result<(), Failure> {
    let ErasedView { tombstone, is_new, kept_copies } = desk.erase(id, reason).await?;
    let how = if is_new { "" } else { "was " };
    print::line(format_args!("match {id}: {how}{}", tombstone.in_words()))?;
    for name in kept_copies {
        print::talk(format_args!(
            "{name}, in the store's folder, is a copy from before and may still hold it: remove it \
             if you need it no more"
        ));
    }
    Ok(())
}

/// Hands up to `limit` matches to `print`, page by page, so that an export of any length needs
/// little memory.
async fn each(
    desk: &dyn Desk,
    filter: &MatchFilter,
    limit: usize,
    mut print: impl FnMut(&MatchListView) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut left = limit;
    let mut after = None;
    while 0 < left {
        let page = desk.matches(filter, PageRequest { limit: left.min(PAGE), after }).await?;
        left = left.saturating_sub(page.items.len());
        page.items.iter().try_for_each(&mut print)?;
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    Ok(())
}

impl From<Filter> for MatchFilter {
    fn from(filter: Filter) -> Self {
        let Filter { feed, language, story, since, verdict } = filter;
        Self { feed, language, story, since, verdict }
    }
}
