//! `silkwire matches`.

use crate::model::view::MatchListView;
use crate::model::{Article, Feed, FeedId, Language, Match, MatchId, StoryId, Timestamp};
use crate::service::command::print::{self, Format};
use crate::service::command::{Places, stored};
use crate::service::config::load_sections;
use crate::service::{Exit, Failure};
use crate::store::{Articles, DiskStore, MatchFilter, PageRequest};

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Lists matches, newest first.
    List {
        /// At most so many.
        #[arg(long, default_value_t = 50)]
        limit: usize,
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
}

/// Matches are read from the store so many at a time.
const PAGE: usize = 100;

pub(super) async fn run(places: &Places, command: &Command) -> Result<(), Failure> {
    let sections = load_sections(places.config.as_deref()).map_err(|it| Failure::config(&it))?;
    let shelf = Shelf { store: stored::open(places).await?, feeds: sections.feeds };
    match command {
        Command::Show { id, format } => shelf.show(*id, *format).await,
        Command::List { limit, feed, language, story, since, format } => {
            let filter = MatchFilter {
                feed: *feed,
                language: *language,
                story: *story,
                since: *since,
                verdict: None,
            };
            shelf.list(filter, *limit, *format).await
        }
    }
}

struct Shelf {
    store: DiskStore,
    feeds: Vec<Feed>,
}

impl Shelf {
    async fn list(&self, filter: MatchFilter, limit: usize, format: Format) -> Result<(), Failure> {
        let mut rows = Vec::new();
        let mut left = limit;
        let mut after = None;
        while 0 < left {
            let request = PageRequest { limit: left.min(PAGE), after };
            let page = self.store.matches(filter.clone(), request).await?;
            left = left.saturating_sub(page.items.len());
            for matched in &page.items {
                let view = self.view(matched).await?;
                match format {
                    Format::Json => print::json(&view)?,
                    Format::Table => rows.push(row(&view)),
                }
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        match format {
            Format::Json => Ok(()),
            Format::Table => print::table(["ID", "SCORE", "LANG", "PUBLISHED", "TITLE"], &rows),
        }
    }

    async fn show(&self, id: MatchId, format: Format) -> Result<(), Failure> {
        let matched = self.store.matched(id).await?;
        let matched = matched
            .ok_or_else(|| Failure::because(Exit::NoInput, format_args!("no match {id}")))?;
        let view = self.view(&matched).await?;
        match format {
            Format::Json => print::json(&view),
            Format::Table => details(&view),
        }
    }

    async fn view(&self, matched: &Match) -> Result<MatchListView, Failure> {
        let article = self.article(matched).await?;
        let feed = self.feeds.iter().find(|feed| feed.id == matched.feed);
        Ok(MatchListView::new(matched, &article, feed))
    }

    async fn article(&self, matched: &Match) -> Result<Article, Failure> {
        let article = self.store.article(matched.article).await?;
        article.ok_or_else(|| {
            let words = format_args!("match {} has lost its article", matched.id);
            Failure::because(Exit::Data, words)
        })
    }
}

fn row(view: &MatchListView) -> [String; 5] {
    [
        view.matched.id.to_string(),
        view.matched.score.to_string(),
        view.matched.language.to_string(),
        view.matched.published.to_string(),
        print::one_line(&view.matched.title),
    ]
}

fn details(view: &MatchListView) -> Result<(), Failure> {
    let matched = &view.matched;
    let told = match view.silence {
        None => "yes".to_owned(),
        Some(silence) => format!("no, {}", silence.in_words()),
    };
    let aspects: Vec<&str> = matched.aspects.iter().map(|aspect| aspect.as_str()).collect();
    let figures: Vec<&str> = matched.figures.iter().map(|it| it.text.as_str()).collect();
    print::line(print::one_line(&matched.title))?;
    let facts = [
        ("address", matched.url.clone().unwrap_or_default()),
        ("feed", matched.feed.title.clone()),
        ("published", matched.published.to_string()),
        ("language", matched.language.to_string()),
        ("score", matched.score.to_string()),
        ("aspects", aspects.join(", ")),
        ("figures", figures.join(", ")),
        ("story", view.story.to_string()),
        ("alerted", told),
        ("summary", matched.summary.clone()),
    ];
    for (name, value) in facts.iter().filter(|(_, value)| !value.is_empty()) {
        print::line(format_args!("{name:>10}  {}", print::one_line(value)))?;
    }
    print::line("why")?;
    print::reasons(&matched.evidence)
}
