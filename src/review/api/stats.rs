//! How much there is of everything.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::model::FeedPhase;
use crate::review::api::document::Refusals;
use crate::review::{App, Person, Problem};
use crate::store::Counts;

/// How much there is of everything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StatsView {
    /// What is stored.
    #[serde(flatten)]
    pub counts: Counts,
    /// What is watched.
    pub feeds: FeedCounts,
    /// The service's version.
    pub version: String,
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
    Ok(Json(StatsView { counts, feeds: FeedCounts::of(&app), version }))
}
