//! One look at a page: who looks, at what time, and what all pages need from the store.
//!
//! Invariant: a page asks the store for a bounded number of records.

use std::collections::HashMap;

use serde::Deserialize;

use crate::model::{Feed, FeedId, Languages, Match, MatchId, Story};
use crate::review::pages::parts::{FeedsSummary, Frame, Report, Said, Scene, by_id, title_of};
use crate::review::pages::words::{Moment, Sides, inert};
use crate::review::{App, FeedStanding, Person, Problem, csrf};
use crate::store::{MatchFilter, PageRequest, StoreError};

/// What the address of a page may ask for.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct PageQuery {
    /// Where the page before ended.
    #[serde(default)]
    pub(super) after: Option<String>,
    /// The story or near miss that was judged last.
    #[serde(default)]
    pub(super) last: Option<String>,
    /// What else was done last.
    #[serde(default)]
    pub(super) said: Option<String>,
}

impl PageQuery {
    /// The part of the list that is asked for.
    pub(super) fn request(&self, limit: usize) -> PageRequest {
        PageRequest { limit, after: self.after.clone() }
    }

    /// What was done last, in words, if it was no verdict.
    pub(super) fn said(&self) -> Option<&'static str> {
        match self.said.as_deref() {
            Some("noted") => Some("Note saved"),
            Some("undone") => Some("Undone"),
            Some("nothing") => Some("Nothing to undo"),
            Some("split") => Some("Split off"),
            Some("moved") => Some("Moved to"),
            Some("merged") => Some("Merged into"),
            Some("polled") => Some("Polled as soon as its host is free"),
            Some("paused") => Some("Paused"),
            Some("resumed") => Some("Polled again"),
            Some("removed") => Some("Removed, watched no more"),
            Some("erased") => Some("Erased"),
            Some("back") => Some("Undone, its articles are back"),
            Some("muted") => Some("Muted"),
            Some("unmuted") => Some("The mute has ended"),
            Some("partly") => Some("Undone in part, other articles were moved since"),
            _ => None,
        }
    }

    /// Whether what was done concerns another story than the one that is shown.
    fn leads_elsewhere(&self) -> bool {
        matches!(self.said.as_deref(), Some("split" | "moved"))
    }
}

/// One look at a page.
pub(super) struct Visit<'a> {
    pub(super) app: &'a App,
    pub(super) person: &'a Person,
    pub(super) scene: Scene,
    pub(super) standings: Vec<FeedStanding>,
    pub(super) feeds: HashMap<FeedId, Feed>,
    /// What the person reads.
    pub(super) languages: Languages,
}

impl<'a> Visit<'a> {
    pub(super) fn new(app: &'a App, person: &'a Person) -> Self {
        let standings = app.controls.feeds();
        let scene = Scene { sides: Sides(app.controls.sides()), now: app.clock.now() };
        let languages = Languages::default();
        Self { app, person, scene, feeds: by_id(&standings), standings, languages }
    }

    /// The same for somebody who reads `languages`.
    pub(super) fn reading(self, languages: Languages) -> Self {
        Self { languages, ..self }
    }

    /// The frame of the page `current`, whose forms lead back to `back`.
    pub(super) async fn frame(
        &self,
        current: &'static str,
        back: String,
        said: Option<Said>,
    ) -> Result<Frame, Problem> {
        let [first, second] =
            self.scene.sides.0.map(|country| self.scene.sides.country(country).name);
        Ok(Frame {
            current,
            who: inert(&self.person.name),
            role: self.person.role,
            csrf: csrf::token(self.app, self.person),
            counts: self.app.store.counts().await?,
            n_receivers_off: self.n_receivers_off().await?,
            feeds: FeedsSummary::new(&self.standings, self.scene.now),
            problems: self.app.controls.health().problems,
            pair: format!("{first}–{second}"),
            clock: Moment::new(self.scene.now, self.scene.now),
            said,
            back,
            undo_near_miss: None,
        })
    }

    /// Receivers to which nothing is sent until somebody enables them.
    async fn n_receivers_off(&self) -> Result<usize, StoreError> {
        let mut n = 0;
        for name in self.app.controls.receivers() {
            let state = self.app.store.receiver(&name).await?;
            n += usize::from(state.is_some_and(|state| state.disabled.is_some()));
        }
        Ok(n)
    }

    /// A match with its article; none if its article is gone.
    pub(super) async fn report(&self, matched: Match) -> Result<Option<Report>, StoreError> {
        let article = self.app.store.article(matched.article).await?;
        let feed = self.feeds.get(&matched.feed).cloned();
        Ok(article.map(|article| Report { matched, article, feed }))
    }

    /// The story's first publisher, and whose title is shown if that is somebody else.
    pub(super) async fn faces(&self, story: &Story) -> Result<Vec<Report>, StoreError> {
        let first = story.first_publisher();
        let shown = Some(story.title_for(&self.languages).matched).filter(|it| *it != first);
        let mut reports = Vec::new();
        for id in [Some(first), shown].into_iter().flatten() {
            reports.extend(self.report_of(id).await?);
        }
        Ok(reports)
    }

    /// The match of this id with its article; none if either is gone.
    pub(super) async fn report_of(&self, id: MatchId) -> Result<Option<Report>, StoreError> {
        match self.app.store.matched(id).await? {
            Some(matched) => self.report(matched).await,
            None => Ok(None),
        }
    }

    /// Up to `limit` matches of a story.
    pub(super) async fn matches(
        &self,
        story: &Story,
        limit: usize,
    ) -> Result<Vec<Match>, StoreError> {
        let filter = MatchFilter { story: Some(story.id), ..MatchFilter::default() };
        Ok(self.app.store.matches(filter, PageRequest::first(limit)).await?.items)
    }

    /// What the dock says of a story that was judged last.
    pub(super) async fn said_of_story(
        &self,
        query: &PageQuery,
    ) -> Result<Option<Said>, StoreError> {
        let story = match query.last.as_deref().and_then(|id| id.parse().ok()) {
            Some(id) => self.app.store.story(id).await?,
            None => None,
        };
        let verdict = story.as_ref().and_then(|it| it.review.as_ref()?.verdict);
        let what = query.said().or(verdict.map(super::verdict_said));
        let link = story.as_ref().filter(|_| query.leads_elsewhere());
        let link = link.map(|story| format!("/stories/{}", story.id));
        let title = story.map(|story| title_of(&story, &self.languages));
        Ok(what.map(|what| Said { what, title, link }))
    }
}
