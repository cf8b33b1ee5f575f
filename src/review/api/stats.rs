//! How much there is of everything.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::model::FeedPhase;
use crate::review::api::document::Refusals;
use crate::review::{App, Person, Problem};
use crate::store::{Counts, Store, StoreHealth, StoreSize};

/// How much there is of everything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StatsView {
    /// What is stored.
    #[serde(flatten)]
    pub counts: Counts,
    /// What is watched.
    pub feeds: FeedCounts,
    /// How the store is.
    #[serde(default)]
    pub store: StoreView,
    /// The service's version.
    pub version: String,
}

/// How the store is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StoreView {
    /// What it can do.
    pub state: StoreState,
    /// Why it cannot do everything, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// How far it is rebuilt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percent: Option<u8>,
    /// Free bytes on its file system, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub free_bytes: Option<u64>,
    /// Bytes of keys and records, without what the engine takes beside them; counted daily.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live_bytes: Option<u64>,
}

/// What a store can do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StoreState {
    /// Everything.
    #[default]
    Ok,
    /// It can be read.
    ReadOnly,
    /// It is being made anew from its journal.
    Rebuilding,
    /// Nothing more, until the service starts again.
    Failed,
}

impl StoreView {
    /// How the store is now.
    fn of(store: &dyn Store) -> Self {
        let StoreSize { free_bytes, live_bytes } = store.size();
        let (state, reason, percent) = match store.health() {
            StoreHealth::Ok => (StoreState::Ok, None, None),
            StoreHealth::ReadOnly { reason } => (StoreState::ReadOnly, Some(reason), None),
            StoreHealth::Failed { reason } => (StoreState::Failed, Some(reason), None),
            StoreHealth::Rebuilding { percent } => (StoreState::Rebuilding, None, Some(percent)),
        };
        Self { state, reason, percent, free_bytes, live_bytes }
    }
}

/// How many feeds are in which phase.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FeedCounts {
    /// Never read.
    pub new: u64,
    /// The last poll went well.
    pub ok: u64,
    /// The last poll failed.
    pub failing: u64,
    /// Polled no more.
    pub gone: u64,
    /// Somebody paused them.
    #[serde(default)]
    pub paused: u64,
}

impl FeedCounts {
    /// Counts the feeds that are watched now.
    pub fn of(app: &App) -> Self {
        let mut counts = Self::default();
        for standing in app.controls.feeds() {
            let count = match standing.phase() {
                FeedPhase::New => &mut counts.new,
                FeedPhase::Ok => &mut counts.ok,
                FeedPhase::Failing => &mut counts.failing,
                FeedPhase::Gone => &mut counts.gone,
                FeedPhase::Paused => &mut counts.paused,
            };
            *count += 1;
        }
        counts
    }
}

/// How much there is of everything.
#[utoipa::path(
    get, path = "/api/v1/stats", tag = "service", operation_id = "stats",
    responses((status = 200, description = "The counts", body = StatsView), Refusals)
)]
pub(super) async fn show(State(app): State<App>, _: Person) -> Result<Json<StatsView>, Problem> {
    let counts = app.store.counts().await?;
    let version = env!("CARGO_PKG_VERSION").to_owned();
    let store = StoreView::of(app.store.as_ref());
    Ok(Json(StatsView { counts, feeds: FeedCounts::of(&app), store, version }))
}
