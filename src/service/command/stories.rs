//! `silkwire stories`.

use crate::model::view::{StoryDetailView, StoryListView};
use crate::model::{Language, StoryId, Subject, Timestamp};
use crate::service::Failure;
use crate::service::command::desk::{self, Desk};
use crate::service::command::print::{self, Format};
use crate::service::command::review::{self, Saying, judged, note, verdict_words};
use crate::service::command::{Places, matches};
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
        /// At most so many.
        #[arg(long, default_value_t = 50)]
        limit: usize,
        /// How to print.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Shows one story with its newest matches.
    Show {
        /// The story's id.
        id: StoryId,
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
}

/// Stories are asked for so many at a time.
const PAGE: usize = 100;

pub(super) async fn run(places: &Places, command: Command) -> Result<(), Failure> {
    let desk = desk::open(places)?;
    let desk = desk.as_ref();
    match command {
        Command::List { language, since, verdict, limit, format } => {
            let filter = StoryFilter { verdict, language, since };
            list(&all(desk, &filter, limit).await?, format)
        }
        Command::Show { id, format } => show(&desk.story(id).await?, format),
        Command::Review { id, saying } => review::say(desk, Subject::Story(id), saying).await,
    }
}

async fn all(
    desk: &dyn Desk,
    filter: &StoryFilter,
    limit: usize,
) -> Result<Vec<StoryListView>, Failure> {
    let mut views = Vec::new();
    let mut after = None;
    while views.len() < limit {
        let request = PageRequest { limit: (limit - views.len()).min(PAGE), after };
        let page = desk.stories(filter, request).await?;
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
    print::line(print::one_line(&story.title))?;
    print::facts(&[
        ("matches", story.story.size.to_string()),
        ("languages", languages(story)),
        ("published", story.story.first_published.to_string()),
        ("updated", story.updated.to_string()),
        ("verdict", verdict_words(story.verdict).to_owned()),
        ("note", note(story.review.as_ref())),
    ])?;
    matches::print(matches)
}

fn languages(view: &StoryListView) -> String {
    let languages: Vec<String> = view.story.languages.iter().map(ToString::to_string).collect();
    languages.join(",")
}
