//! Search.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::model::view::SearchView;
use crate::model::{Aspect, Country, FeedId, Language, Score, Story, StoryId, Timestamp};
use crate::review::api::asked::{Asked, VerdictFilter};
use crate::review::api::document::Refusals;
use crate::review::api::matches::feeds;
use crate::review::{App, Person, Problem, Typing, found_view, words_of};
use crate::store::{SearchFilter, SearchOrder, SearchQuery, StoreError};

/// What comes first.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::review) enum OrderFilter {
    /// What was flagged last.
    #[default]
    Newest,
    /// What fits best.
    Best,
}

impl From<OrderFilter> for SearchOrder {
    fn from(order: OrderFilter) -> Self {
        match order {
            OrderFilter::Newest => Self::Newest,
            OrderFilter::Best => Self::Best,
        }
    }
}

/// Matches by their words, in any script.
///
/// Every word must be found. A name that the lexicon knows is found in all its spellings; words
/// in double quotes follow each other; `word*` is the beginning of a word; `-word` must not be
/// there. Without `q`: everything that the filters let through.
#[utoipa::path(
    get, path = "/api/v1/search", tag = "matches", operation_id = "search_matches",
    params(
        ("q" = Option<String>, Query, description = "What is looked for", max_length = 500),
        ("language" = Option<Language>, Query, description = "In this language only"),
        ("side" = Option<Country>, Query,
            description = "Only those in which a word speaks for this country, or whose outlet is at home there"),
        ("aspect" = Option<Aspect>, Query, description = "With this aspect only"),
        ("feed" = Option<FeedId>, Query, description = "Of this feed only"),
        ("verdict" = Option<VerdictFilter>, Query,
            description = "With this verdict only; `open`: with none"),
        ("score_min" = Option<Score>, Query, description = "With this score or a higher one"),
        ("score_max" = Option<Score>, Query, description = "With this score or a lower one"),
        ("since" = Option<Timestamp>, Query, description = "Flagged at or after this time"),
        ("until" = Option<Timestamp>, Query, description = "Flagged before this time"),
        ("order" = Option<OrderFilter>, Query, description = "`newest` when not given"),
        ("limit" = Option<u16>, Query, description = "At most so many; 50 when not given", minimum = 1, maximum = 200),
        ("after" = Option<String>, Query,
            description = "`next` of the page before, with the same words and filters",
            pattern = r"^([0-9]{1,10}\.)?[0-9]{1,13}-[0-9a-f]{16}$"),
    ),
    responses((status = 200, description = "What was found", body = SearchView), Refusals)
)]
pub(super) async fn search(
    State(app): State<App>,
    _: Person,
    mut asked: Asked,
) -> Result<Json<SearchView>, Problem> {
    let query = query(&app, &mut asked, Typing::Done)?;
    let page = asked.page()?;
    let found = app.store.search(query, page).await.map_err(search_refused)?;
    let feeds = feeds(&app);
    let mut stories: HashMap<StoryId, Option<Story>> = HashMap::new();
    let mut items = Vec::with_capacity(found.items.len());
    for hit in &found.items {
        let story = match stories.entry(hit.matched.story) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(app.store.story(hit.matched.story).await?),
        };
        items.push(found_view(hit, feeds.get(&hit.matched.feed), story.as_ref()));
    }
    let notice = app.store.search_state().in_words();
    Ok(Json(SearchView { items, next: found.next, notice }))
}

/// What the parameters ask for, but for the page.
pub(in crate::review) fn query(
    app: &App,
    asked: &mut Asked,
    typing: Typing,
) -> Result<SearchQuery, Problem> {
    let words = match asked.take::<String>("q")? {
        None => Vec::new(),
        Some(typed) => words_of(&typed, typing, &|text| app.controls.names_in(text))
            .map_err(|words| Problem::parameter("q", format!("q: {words}")))?,
    };
    let filter = SearchFilter {
        language: asked.take("language")?,
        side: asked.take("side")?,
        aspect: asked.take("aspect")?,
        feed: asked.take("feed")?,
        verdict: asked.verdict()?,
        score_min: score(asked, "score_min")?,
        score_max: score(asked, "score_max")?,
        since: asked.take("since")?,
        until: asked.take("until")?,
    };
    let order = asked.word::<OrderFilter>("order")?.unwrap_or_default();
    Ok(SearchQuery { words, filter, order: order.into() })
}

fn score(asked: &mut Asked, name: &str) -> Result<Option<Score>, Problem> {
    let Some(number) = asked.take::<f64>(name)? else { return Ok(None) };
    let refused = |error| Problem::parameter(name, format!("{name}: {error}"));
    Score::new(number).map(Some).map_err(refused)
}

/// A search that the store refused: all it does not know is the cursor.
pub(in crate::review) fn search_refused(error: StoreError) -> Problem {
    match error {
        StoreError::Unknown { what } => Problem::parameter("after", format!("after: no {what}")),
        StoreError::Refused { reason } => Problem::parameter("q", format!("q: {reason}")),
        other => other.into(),
    }
}
