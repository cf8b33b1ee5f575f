//! One look at a page: who looks, at what time, and what all pages need from the store.
//!
//! Invariant: a page asks the store for a bounded number of records.

use std::collections::HashMap;

use serde::Deserialize;

use crate::model::{Feed, FeedId, Match, Story};
use crate::review::pages::parts::{FeedsSummary, Frame, Report, Said, Scene, by_id};
use crate::review::pages::words::{Foreign, Moment, Sides, inert};
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
            _ => None,
        }
    }
}

/// One look at a page.
pub(super) struct Visit<'a> {
    pub(super) app: &'a App,
    pub(super) person: &'a Person,
    pub(super) scene: Scene,
    pub(super) standings: Vec<FeedStanding>,
    pub(super) feeds: HashMap<FeedId, Feed>,
}

impl<'a> Visit<'a> {
    pub(super) fn new(app: &'a App, person: &'a Person) -> Self {
        let standings = app.controls.feeds();
        let scene = Scene { sides: Sides(app.controls.sides()), now: app.clock.now() };
        Self { app, person, scene, feeds: by_id(&standings), standings }
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
            feeds: FeedsSummary::new(&self.standings, self.scene.now),
            problems: self.app.controls.health().problems,
            pair: format!("{first}–{second}"),
            clock: Moment::new(self.scene.now, self.scene.now),
            said,
            back,
            undo_near_miss: None,
        })
    }

    /// A match with its article; none if its article is gone.
    pub(super) async fn report(&self, matched: Match) -> Result<Option<Report>, StoreError> {
        let article = self.app.store.article(matched.article).await?;
        let feed = self.feeds.get(&matched.feed).cloned();
        Ok(article.map(|article| Report { matched, article, feed }))
    }

    /// The story's first match.
    pub(super) async fn opening(&self, story: &Story) -> Result<Vec<Report>, StoreError> {
        let Some(matched) = self.app.store.matched(story.first_match).await? else {
            return Ok(Vec::new());
        };
        Ok(self.report(matched).await?.into_iter().collect())
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
        let language = story.as_ref().and_then(|it| it.languages.first().copied());
        let title = story.map(|it| {
            Foreign::title(&it.title, language.unwrap_or(crate::model::Language::UNKNOWN))
        });
        Ok(what.map(|what| Said { what, title }))
    }
}
