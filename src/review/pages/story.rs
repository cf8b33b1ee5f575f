//! A story: why it matched, who reports it, who was told.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::Uri;
use axum::response::{IntoResponse, Redirect, Response};

use crate::model::view::shortened;
use crate::model::{
    AlertKind, Delivery, DeliveryId, EventId, Language, Languages, MatchId, MuteId, Role, Story,
    StoryId, Timestamp,
};
use crate::review::correct::current_story;
use crate::review::pages::articles::{ArticleRow, articles};
use crate::review::pages::deliveries::{answer_said, class_of_state};
use crate::review::pages::marks::class_of;
use crate::review::pages::parts::{
    Frame, Report, Scene, StoryRow, figures, outlet, outlets, percent, title_of,
};
use crate::review::pages::problem::ProblemPage;
use crate::review::pages::visit::{PageQuery, Visit};
use crate::review::pages::words::{Foreign, Moment, SideMark, Tongue, count, inert};
use crate::review::pages::{html, verdict_said};
use crate::review::reading::Reading;
use crate::review::{App, Person, Problem};
use crate::store::{Judged, PageRequest, StoreError, StoryFilter};

/// Articles shown; a story with more is a mistake or a war.
const ARTICLES_MAX: usize = 50;

/// The strongest words are enough.
const REASONS_MAX: usize = 12;

/// Stories to choose from; the others are named by their address.
const OTHERS_MAX: usize = 20;

/// Enough of a title to know it again.
const LABEL_CHARACTERS_MAX: usize = 80;

/// Stories among which the neighbours are looked for.
const NEIGHBOURS_MAX: usize = 50;

/// Changes of a story whose alerts are looked for, the latest.
const REVISIONS_MAX: u64 = 50;

#[derive(Template)]
#[template(path = "story.html")]
pub(super) struct StoryPage {
    pub(super) frame: Frame,
    pub(super) row: StoryRow,
    /// The title of the first publisher, if another one is shown.
    pub(super) original: Option<Foreign>,
    /// `German, Japanese`.
    pub(super) languages: String,
    pub(super) pair: Vec<SideMark>,
    pub(super) articles: Vec<ArticleRow>,
    pub(super) n_more: usize,
    pub(super) reasons: Vec<Reason>,
    pub(super) figures: Vec<(Foreign, String)>,
    pub(super) alerts: Vec<AlertRow>,
    /// What keeps its alerts back from everybody, and until when.
    pub(super) mutes: Vec<(MuteId, Moment)>,
    pub(super) silence: &'static str,
    pub(super) previous: Option<StoryId>,
    pub(super) following: Option<StoryId>,
    /// Where its articles may belong instead.
    pub(super) others: Vec<Other>,
    /// Its articles by name.
    pub(super) names: Vec<(MatchId, Foreign)>,
}

/// A story to choose.
pub(super) struct Other {
    pub(super) id: StoryId,
    pub(super) label: String,
    pub(super) language: Tongue,
}

impl Other {
    fn new(story: &Story, visit: &Visit<'_>) -> Self {
        let title = title_of(story, &visit.languages);
        let day = Moment::new(story.first_published, visit.scene.now).exact;
        let articles = count(u64::from(story.size), "article", "articles");
        let label = shortened(&title.text, LABEL_CHARACTERS_MAX);
        let label = format!("{label} ({articles}, {})", day.get(..10).unwrap_or_default());
        Self { id: story.id, label, language: title.language }
    }
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
        let languages = count(languages, "language", "languages");
        let all = [articles, self.row.outlets.clone(), languages];
        all.into_iter().filter(|it| !it.is_empty()).collect::<Vec<_>>().join(", ")
    }

    /// Whether there are articles to tell apart.
    fn can_split(&self) -> bool {
        self.frame.can_review() && 1 < self.row.size
    }

    /// Whether this person may erase an article.
    fn can_erase(&self) -> bool {
        self.frame.role == Role::Admin && !self.names.is_empty()
    }

    fn verdict(&self) -> &'static str {
        self.row.review.verdict.map_or("", verdict_said)
    }

    /// The page of `story` with its `reports`, earliest first.
    fn new(
        frame: Frame,
        story: &Story,
        reports: &[Report],
        languages: &Languages,
        scene: Scene,
    ) -> Self {
        let homes: Vec<_> = reports.iter().map(|it| it.matched.clone()).collect();
        let feeds =
            reports.iter().filter_map(|it| it.feed.clone().map(|feed| (feed.id, feed))).collect();
        let outlets = outlets(&homes, &feeds, scene.sides);
        let row = StoryRow::new(story, reports, &outlets, languages, scene);
        let first = reports.iter().find(|it| it.matched.id == story.first_publisher());
        let original = first.map(|it| Foreign::title(&it.article.title, it.article.language));
        let silence = reports.iter().find_map(|it| it.matched.silence);
        let size = usize::try_from(story.size).unwrap_or(usize::MAX);
        Self {
            frame,
            original: original.filter(|original| original.text != row.title.text),
            languages: names_of(&story.languages),
            row,
            pair: scene.sides.all().into_iter().take(2).collect(),
            articles: articles(story, reports, scene),
            n_more: size.saturating_sub(reports.len()),
            reasons: reasons(reports, scene),
            figures: figures(story, reports),
            alerts: Vec::new(),
            mutes: Vec::new(),
            silence: silence.map_or("nobody was told", crate::model::Silence::in_words),
            previous: None,
            following: None,
            others: Vec::new(),
            names: reports.iter().map(name_of).collect(),
        }
    }
}

/// An article to choose.
fn name_of(report: &Report) -> (MatchId, Foreign) {
    let title = shortened(&report.article.title, LABEL_CHARACTERS_MAX);
    (report.matched.id, Foreign::title(&title, report.article.language))
}

/// `German, Japanese`.
fn names_of(languages: &[Language]) -> String {
    languages.iter().map(|it| Tongue(*it).name()).collect::<Vec<_>>().join(", ")
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

/// `GET /stories/{id}`. The address of a story that was merged into another one leads there.
pub(super) async fn show(
    State(app): State<App>,
    person: Result<Person, Problem>,
    Reading(languages): Reading,
    Path(id): Path<String>,
    uri: Uri,
    Query(query): Query<PageQuery>,
) -> Response {
    let shown = async {
        let person = person?;
        let unknown = || Problem::unknown(&format!("story {}", inert(&id)));
        let asked: StoryId = id.parse().map_err(|_| unknown())?;
        let story = current_story(&app, asked).await?;
        if story.id != asked {
            let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
            let place = format!("/stories/{}{query}", story.id);
            return Ok(Redirect::permanent(&place).into_response());
        }
        let visit = Visit::new(&app, &person).reading(languages);
        html(&page(&visit, &story, &query).await?).map(IntoResponse::into_response)
    };
    match shown.await {
        Ok(response) => response,
        Err(problem) => ProblemPage::of_page(&problem).into_response(),
    }
}

async fn page(visit: &Visit<'_>, story: &Story, query: &PageQuery) -> Result<StoryPage, Problem> {
    let app = visit.app;
    let mut reports = visit.faces(story).await?;
    let known: Vec<MatchId> = reports.iter().map(|it| it.matched.id).collect();
    for matched in visit.matches(story, ARTICLES_MAX).await? {
        if !known.contains(&matched.id) {
            reports.extend(visit.report(matched).await?);
        }
    }
    reports.sort_by_key(|it| (it.article.published, it.article.id));
    let said = visit.said_of_story(query).await?;
    let frame = visit.frame("story", format!("/stories/{}", story.id), said).await?;
    let (previous, following) = neighbours(app, story.id).await?;
    let alerts = alerts(app, story).await?;
    let alerts = alerts.iter().map(|it| alert_row(it, visit.scene.now)).collect();
    let others = if frame.can_review() { others(visit, story).await? } else { Vec::new() };
    let page = StoryPage::new(frame, story, &reports, &visit.languages, visit.scene);
    let mutes = mutes(visit, story.id).await?;
    Ok(StoryPage { alerts, mutes, previous, following, others, ..page })
}

/// The mutes of a story that have not ended.
async fn mutes(visit: &Visit<'_>, id: StoryId) -> Result<Vec<(MuteId, Moment)>, StoreError> {
    let now = visit.scene.now;
    let mutes = visit.app.store.mutes().await?.into_iter();
    let own = mutes.filter(|it| now < it.until && it.story == Some(id) && it.receiver.is_none());
    Ok(own.map(|it| (it.id, Moment::new(it.until, now))).collect())
}

/// The stories that articles of this one may belong to: the latest, nearest in time first.
async fn others(visit: &Visit<'_>, story: &Story) -> Result<Vec<Other>, StoreError> {
    let latest = PageRequest::first(NEIGHBOURS_MAX);
    let mut stories = visit.app.store.stories(StoryFilter::default(), latest).await?.items;
    stories.retain(|it| it.id != story.id);
    let at = |story: &Story| story.first_published.unix_ms();
    stories.sort_by_key(|it| at(it).abs_diff(at(story)));
    stories.truncate(OTHERS_MAX);
    Ok(stories.iter().map(|it| Other::new(it, visit)).collect())
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
