//! `silkwire stories`.

mod correct;

use crate::model::view::{MatchListView, StoryDetailView, StoryListView};
use crate::model::{Language, Languages, MatchId, StoryId, StoryRole, Subject, Timestamp};
use crate::service::Failure;
use crate::service::command::Places;
use crate::service::command::desk::{self, Desk};
use crate::service::command::print::{self, Format};
use crate::service::command::review::{self, Saying, judged, note, verdict_words};
use crate::store::{Judged, PageRequest, StoryFilter};

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Lists stories, last updated first.
    List {
        /// Only with a match in this language.
        #[arg(long, value_name = "CODE")]
        language: Option<Language>,
        /// Only those updated since, as RFC 3339.
        #[arg(long, value_name = "TIME")]
        since: Option<Timestamp>,
        /// Only with this verdict: `relevant`, `not_relevant`, `unsure`; `open` for none.
        #[arg(long, value_name = "VERDICT", value_parser = judged)]
        verdict: Option<Judged>,
        /// In which languages you read titles, best first: `de,en`. Default: the first publisher's.
        #[arg(long, value_name = "CODES")]
        languages: Option<Languages>,
        /// At most so many.
        #[arg(long, default_value_t = 50)]
        limit: usize,
        /// How to print.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Shows one story with its newest matches.
    Show {
        /// The story's id, or that of one that was merged into it.
        id: StoryId,
        /// In which languages you read titles, best first: `de,en`. Default: the first publisher's.
        #[arg(long, value_name = "CODES")]
        languages: Option<Languages>,
        /// How to print.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Says what you think of a story: it goes to all its matches without a verdict of their own.
    Review {
        /// The story's id.
        id: StoryId,
        #[command(flatten)]
        saying: Saying,
    },
    /// Moves matches of one story to another one, whose event they report.
    ///
    /// Nobody is alerted, and no machine moves them again. If they are all of their story, the
    /// two are merged.
    Move {
        /// Which matches.
        #[arg(value_name = "MATCH", required = true)]
        matches: Vec<MatchId>,
        /// The story that they belong to.
        #[arg(long, value_name = "STORY")]
        to: StoryId,
        /// How to print.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Splits matches off their story: they report an event of their own. Nobody is alerted.
    Split {
        /// Which matches, all of one story; others must be left.
        #[arg(value_name = "MATCH", required = true)]
        matches: Vec<MatchId>,
        /// How to print.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Puts all matches of a story into another one about the same event. Nobody is alerted.
    Merge {
        /// The story that goes.
        story: StoryId,
        /// The story that stays.
        #[arg(long, value_name = "STORY")]
        into: StoryId,
        /// How to print.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Takes back the last verdict or correction given on the command line; repeatable.
    Undo {
        /// How to print.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
}

/// Stories are asked for so many at a time.
const PAGE: usize = 100;

pub(super) async fn run(places: &Places, command: Command) -> Result<(), Failure> {
    let desk = desk::open(places)?;
    let desk = desk.as_ref();
    match command {
        Command::List { language, since, verdict, languages, limit, format } => {
            let filter = StoryFilter { verdict, language, since };
            list(&all(desk, &filter, &languages.unwrap_or_default(), limit).await?, format)
        }
        Command::Show { id, languages, format } => {
            show(&desk.story(id, &languages.unwrap_or_default()).await?, format)
        }
        Command::Review { id, saying } => review::say(desk, Subject::Story(id), saying).await,
        Command::Move { matches, to, format } => correct::relocate(desk, matches, to, format).await,
        Command::Split { matches, format } => correct::split(desk, matches, format).await,
        Command::Merge { story, into, format } => correct::merge(desk, story, into, format).await,
        Command::Undo { format } => correct::undo(desk, format).await,
    }
}

async fn all(
    desk: &dyn Desk,
    filter: &StoryFilter,
    languages: &Languages,
    limit: usize,
) -> Result<Vec<StoryListView>, Failure> {
    let mut views = Vec::new();
    let mut after = None;
    while views.len() < limit {
        let request = PageRequest { limit: (limit - views.len()).min(PAGE), after };
        let page = desk.stories(filter, request, languages).await?;
        views.extend(page.items);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    Ok(views)
}

fn list(views: &[StoryListView], format: Format) -> Result<(), Failure> {
    if format == Format::Json {
        return views.iter().try_for_each(print::json);
    }
    let rows: Vec<_> = views.iter().map(row).collect();
    print::table(["ID", "MATCHES", "LANGUAGES", "VERDICT", "UPDATED", "TITLE"], &rows)
}

fn row(view: &StoryListView) -> [String; 6] {
    [
        view.story.id.to_string(),
        view.story.size.to_string(),
        languages(view),
        verdict_words(view.verdict).to_owned(),
        view.updated.to_string(),
        print::one_line(&view.title),
    ]
}

fn show(view: &StoryDetailView, format: Format) -> Result<(), Failure> {
    if format == Format::Json {
        return print::json(view);
    }
    let StoryDetailView { story, matches } = view;
    let whole = &story.story;
    let first = matches.iter().find(|it| it.matched.id == whole.first_publisher);
    print::line(print::one_line(&story.title))?;
    print::facts(&[
        ("matches", whole.size.to_string()),
        ("outlets", whole.n_outlets.to_string()),
        ("languages", languages(story)),
        ("sides", joined(&whole.sides)),
        ("first", first.map(|it| it.matched.feed.title.clone()).unwrap_or_default()),
        ("published", whole.first_published.to_string()),
        ("updated", story.updated.to_string()),
        ("aspects", joined(&whole.aspects)),
        ("figures", whole.figures.iter().map(|it| it.text.as_str()).collect::<Vec<_>>().join(", ")),
        ("verdict", verdict_words(story.verdict).to_owned()),
        ("note", note(story.review.as_ref())),
    ])?;
    let rows: Vec<_> = matches.iter().map(member).collect();
    print::table(["ID", "ROLE", "SCORE", "LANG", "VERDICT", "PUBLISHED", "TITLE"], &rows)?;
    let whys: Vec<_> = matches.iter().filter_map(why).collect();
    if whys.is_empty() {
        return Ok(());
    }
    print::line("why together")?;
    whys.iter().try_for_each(print::line)
}

/// A match among those of its story.
fn member(view: &MatchListView) -> [String; 7] {
    [
        view.matched.id.to_string(),
        view.role.map_or("-", StoryRole::as_str).to_owned(),
        view.matched.score.to_string(),
        view.matched.language.to_string(),
        verdict_words(view.verdict).to_owned(),
        view.matched.published.to_string(),
        print::one_line(&view.matched.title),
    ]
}

/// Why a match is in its story; none if it opened it.
fn why(view: &MatchListView) -> Option<String> {
    let placed = view.placed_by.as_ref().map(|it| format!("placed by {}", it.in_words()));
    let why = placed.or_else(|| view.why_joined.clone())?;
    Some(format!("  {}  {}", view.matched.id, print::one_line(&why)))
}

fn languages(view: &StoryListView) -> String {
    joined(&view.story.languages)
}

fn joined<T: ToString>(items: &[T]) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}
