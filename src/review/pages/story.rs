//! A story: why it matched, who reports it, who was told.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;

use crate::model::{AlertKind, Delivery, DeliveryId, EventId, Field, Story, StoryId, Timestamp};
use crate::review::pages::deliveries::{answer_said, class_of_state};
use crate::review::pages::marks::{Piece, class_of, marked};
use crate::review::pages::parts::{
    Frame, Report, Scene, StoryRow, in_words, outlet, outlets, percent, quote, web_address,
};
use crate::review::pages::visit::{PageQuery, Visit};
use crate::review::pages::words::{Foreign, Moment, SideMark, Tongue, count, inert};
use crate::review::pages::{answer, html, verdict_said};
use crate::review::{App, Person, Problem};
use crate::store::{Judged, PageRequest, StoreError, StoryFilter};

/// Articles shown; a story with more is a mistake or a war.
const ARTICLES_MAX: usize = 50;

/// The strongest words are enough.
const REASONS_MAX: usize = 12;

/// Figures shown.
const FIGURES_MAX: usize = 12;

/// Enough of each text to see why.
const QUOTE_CHARACTERS_MAX: usize = 400;

/// Stories among which the neighbours are looked for.
const NEIGHBOURS_MAX: usize = 50;

/// Changes of a story whose alerts are looked for, the latest.
const REVISIONS_MAX: u64 = 50;

#[derive(Template)]
#[template(path = "story.html")]
pub(super) struct StoryPage {
    pub(super) frame: Frame,
    pub(super) row: StoryRow,
    pub(super) pair: Vec<SideMark>,
    pub(super) articles: Vec<ArticleRow>,
    pub(super) n_more: usize,
    pub(super) reasons: Vec<Reason>,
    pub(super) figures: Vec<(Foreign, String)>,
    pub(super) alerts: Vec<AlertRow>,
    pub(super) silence: &'static str,
    pub(super) previous: Option<StoryId>,
    pub(super) following: Option<StoryId>,
}

/// One article of a story.
pub(super) struct ArticleRow {
    pub(super) published: Moment,
    pub(super) outlet: Foreign,
    pub(super) home: SideMark,
    pub(super) language: Tongue,
    pub(super) score: String,
    pub(super) url: Option<String>,
    pub(super) title: Vec<Piece>,
    pub(super) quote: Vec<Piece>,
    pub(super) is_first: bool,
    /// A verdict on this match alone.
    pub(super) own_verdict: Option<&'static str>,
}

/// Words with their weight.
pub(super) struct Reason {
    pub(super) words: Foreign,
    pub(super) class: &'static str,
    pub(super) place: String,
    pub(super) outlet: String,
    pub(super) weight: String,
    pub(super) percent: String,
}

impl Reason {
    /// The bar's colour.
    fn fill(&self) -> &'static str {
        if self.class == "cue" { "on" } else { self.class }
    }
}

/// One alert on its way to one receiver.
pub(super) struct AlertRow {
    pub(super) receiver: String,
    pub(super) kind: AlertKind,
    pub(super) class: &'static str,
    pub(super) state: &'static str,
    pub(super) at: Moment,
    pub(super) answer: String,
}

impl StoryPage {
    fn size_said(&self) -> String {
        let languages = u64::try_from(self.row.languages.split(' ').count()).unwrap_or(u64::MAX);
        let articles = count(u64::from(self.row.size), "article", "articles");
        format!("{articles}, {}", count(languages, "language", "languages"))
    }

    fn verdict(&self) -> &'static str {
        self.row.review.verdict.map_or("", verdict_said)
    }

    /// The page of `story` with its `reports`, earliest first.
    pub(super) fn new(frame: Frame, story: &Story, reports: &[Report], scene: Scene) -> Self {
        let homes: Vec<_> = reports.iter().map(|it| it.matched.clone()).collect();
        let feeds =
            reports.iter().filter_map(|it| it.feed.clone().map(|feed| (feed.id, feed))).collect();
        let row = StoryRow::new(story, reports, &outlets(&homes, &feeds, scene.sides), scene);
        let silence = reports.iter().find_map(|it| it.matched.silence);
        let size = usize::try_from(story.size).unwrap_or(usize::MAX);
        Self {
            frame,
            row,
            pair: scene.sides.all().into_iter().take(2).collect(),
            articles: reports
                .iter()
                .enumerate()
                .map(|(at, it)| article_row(it, at == 0, scene))
                .collect(),
            n_more: size.saturating_sub(reports.len()),
            reasons: reasons(reports, scene),
            figures: figures(reports),
            alerts: Vec::new(),
            silence: silence.map_or("nobody was told", crate::model::Silence::in_words),
            previous: None,
            following: None,
        }
    }
}

fn article_row(report: &Report, is_first: bool, scene: Scene) -> ArticleRow {
    let Report { matched, article, feed } = report;
    let own = matched.review.as_ref().filter(|it| !it.is_inherited);
    let title = Foreign::title(&article.title, article.language).text;
    ArticleRow {
        published: Moment::new(article.published, scene.now),
        outlet: outlet(feed.as_ref()),
        home: scene.sides.home(feed.as_ref().map(|feed| feed.side).unwrap_or_default()),
        language: Tongue(article.language),
        score: matched.score.to_string(),
        url: web_address(article.url.as_deref()),
        title: marked(&title, &[Field::Title], &matched.evidence, scene.sides),
        quote: quote(article, matched, scene.sides, QUOTE_CHARACTERS_MAX),
        is_first,
        own_verdict: own.and_then(|it| it.verdict).map(verdict_said),
    }
}

/// The strongest words of all articles, each once.
fn reasons(reports: &[Report], scene: Scene) -> Vec<Reason> {
    let mut all: Vec<_> = reports
        .iter()
        .flat_map(|it| it.matched.evidence.iter().map(move |why| (it, why)))
        .collect();
    all.sort_by(|(_, one), (_, other)| other.weight.total_cmp(&one.weight));
    let strongest = all.first().map_or(1.0, |(_, why)| why.weight).max(f64::MIN_POSITIVE);
    let mut known = Vec::new();
    all.retain(|(_, why)| {
        let is_new = !known.contains(&why.text.as_str());
        known.push(why.text.as_str());
        is_new
    });
    all.truncate(REASONS_MAX);
    let reason = |(report, why): (&Report, &crate::model::Evidence)| Reason {
        words: Foreign::title(&why.text, report.article.language),
        class: class_of(why, scene.sides),
        place: why.field.to_string(),
        outlet: outlet(report.feed.as_ref()).text,
        weight: format!("{:.2}", why.weight),
        percent: percent(why.weight / strongest),
    };
    all.into_iter().map(reason).collect()
}

/// Each figure once, in the articles' order.
fn figures(reports: &[Report]) -> Vec<(Foreign, String)> {
    let mut figures: Vec<(Foreign, String)> = Vec::new();
    for report in reports {
        for figure in &report.matched.figures {
            let read = in_words(figure);
            if figures.iter().all(|(_, other)| *other != read) && figures.len() < FIGURES_MAX {
                figures.push((Foreign::title(&figure.text, report.article.language), inert(&read)));
            }
        }
    }
    figures
}

/// `GET /stories/{id}`.
pub(super) async fn show(
    State(app): State<App>,
    person: Result<Person, Problem>,
    Path(id): Path<String>,
    Query(query): Query<PageQuery>,
) -> Response {
    answer(async { html(&page(&app, &person?, &id, &query).await?) }.await)
}

async fn page(
    app: &App,
    person: &Person,
    id: &str,
    query: &PageQuery,
) -> Result<StoryPage, Problem> {
    let unknown = || Problem::unknown(&format!("story {}", inert(id)));
    let id: StoryId = id.parse().map_err(|_| unknown())?;
    let story = app.store.story(id).await?.ok_or_else(unknown)?;
    let visit = Visit::new(app, person);
    let mut reports = Vec::new();
    for matched in visit.matches(&story, ARTICLES_MAX).await? {
        reports.extend(visit.report(matched).await?);
    }
    reports.sort_by_key(|it| (it.article.published, it.article.id));
    let said = visit.said_of_story(query).await?;
    let frame = visit.frame("story", format!("/stories/{id}"), said).await?;
    let (previous, following) = neighbours(app, id).await?;
    let alerts = alerts(app, &story).await?;
    let alerts = alerts.iter().map(|it| alert_row(it, visit.scene.now)).collect();
    let page = StoryPage::new(frame, &story, &reports, visit.scene);
    Ok(StoryPage { alerts, previous, following, ..page })
}

/// The open stories before and behind this one in the inbox.
async fn neighbours(
    app: &App,
    id: StoryId,
) -> Result<(Option<StoryId>, Option<StoryId>), StoreError> {
    let filter = StoryFilter { verdict: Some(Judged::Open), ..StoryFilter::default() };
    let open = app.store.stories(filter, PageRequest::first(NEIGHBOURS_MAX)).await?.items;
    let Some(at) = open.iter().position(|it| it.id == id) else {
        return Ok((None, open.first().map(|it| it.id)));
    };
    let previous = at.checked_sub(1).and_then(|at| open.get(at));
    Ok((previous.map(|it| it.id), open.get(at + 1).map(|it| it.id)))
}

/// The alerts of a story. Their names follow from the story's, so none are searched for.
async fn alerts(app: &App, story: &Story) -> Result<Vec<Delivery>, StoreError> {
    let mut found = Vec::new();
    let oldest = story.revision.saturating_sub(REVISIONS_MAX).max(1);
    for revision in oldest..=story.revision {
        for kind in [AlertKind::MatchCreated, AlertKind::StoryUpdated] {
            let event = EventId::of_story(&story.topic, kind.as_str(), story.id, revision);
            for receiver in app.controls.receivers() {
                found.extend(app.store.delivery(DeliveryId::of(event, &receiver)).await?);
            }
        }
    }
    Ok(found)
}

fn alert_row(delivery: &Delivery, now: Timestamp) -> AlertRow {
    let (class, state, at) = class_of_state(delivery.state);
    AlertRow {
        receiver: delivery.receiver.clone(),
        kind: delivery.kind,
        class,
        state,
        at: Moment::new(at, now),
        answer: answer_said(delivery.attempts.last()),
    }
}
