//! The API: everything that pages can do, for programs.
//!
//! Invariant: what is answered is described in the OpenAPI document, and the other way round.

pub(super) mod asked;
pub(super) mod matches;
mod routing;
pub(super) mod search;
mod stories;
mod corrections;
pub(super) mod near_misses;
pub(super) mod reviews;
mod feeds;
mod deliveries;
mod replays;
mod receivers;
mod mutes;
mod tokens;
mod stats;
mod upkeep;
mod events;
mod document;

pub use corrections::{MergeRequest, MoveRequest, SplitRequest};
pub use feeds::{FeedAddedView, FeedRequest, PollRequest};
pub use matches::ErasureRequest;
pub use mutes::MuteRequest;
pub use near_misses::{AlertAnswer, NearMissReviewRequest};
pub use replays::{ReplayOneRequest, ReplayRequest};
pub use reviews::{ReviewRequest, UndoView, UndoneCorrectionView};
pub use stats::{FeedCounts, StatsView, StoreState, StoreView};
pub use tokens::TokenRequest;

use axum::routing::{MethodRouter, delete, get, post};
use axum::{Extension, Router};

use crate::review::App;

/// All routes of the API.
pub(super) fn routes() -> Router<App> {
    let router = table().into_iter().fold(Router::new(), |router, route| {
        router.route(&format!("{ROOT}{}", route.path), route.answer)
    });
    router.layer(Extension(events::Seats::default()))
}

/// Below this everything stays as it is for programs written today.
const ROOT: &str = "/api/v1";

struct Route {
    /// In lower case, as the document names it.
    #[cfg_attr(not(test), expect(dead_code, reason = "for the test that nothing is undescribed"))]
    method: &'static str,
    path: &'static str,
    answer: MethodRouter<App>,
}

fn table() -> Vec<Route> {
    let got = |path, answer| Route { method: "get", path, answer };
    let posted = |path, answer| Route { method: "post", path, answer };
    let deleted = |path, answer| Route { method: "delete", path, answer };
    vec![
        got("/matches", get(matches::list)),
        got("/matches/{id}", get(matches::show)),
        got("/matches/{id}/route", get(routing::show)),
        posted("/matches/{id}/review", post(matches::judge)),
        got("/search", get(search::search)),
        posted("/matches/{id}/erase", post(matches::erase)),
        got("/stories", get(stories::list)),
        got("/stories/{id}", get(stories::show)),
        posted("/stories/{id}/review", post(stories::judge)),
        posted("/stories/{id}/move", post(corrections::relocate)),
        posted("/stories/{id}/split", post(corrections::split)),
        posted("/stories/{id}/merge", post(corrections::merge)),
        got("/near-misses", get(near_misses::list)),
        got("/near-misses/{id}", get(near_misses::show)),
        posted("/near-misses/{id}/review", post(near_misses::judge)),
        posted("/undo", post(reviews::undo)),
        got("/feeds", get(feeds::list)),
        posted("/feeds", post(feeds::add)),
        deleted("/feeds/{id}", delete(feeds::remove)),
        posted("/feeds/{id}/poll", post(feeds::poll)),
        posted("/feeds/{id}/pause", post(feeds::pause)),
        posted("/feeds/{id}/resume", post(feeds::resume)),
        got("/deliveries", get(deliveries::list)),
        got("/deliveries/{id}", get(deliveries::show)),
        posted("/deliveries/replay", post(replays::several)),
        posted("/deliveries/{id}/replay", post(replays::one)),
        got("/receivers", get(receivers::list)),
        posted("/receivers/{name}/enable", post(receivers::enable)),
        posted("/receivers/{name}/test", post(deliveries::test_receiver)),
        got("/mutes", get(mutes::list)),
        posted("/mutes", post(mutes::add)),
        deleted("/mutes/{id}", delete(mutes::end)),
        got("/tokens", get(tokens::list)),
        posted("/tokens", post(tokens::create)),
        deleted("/tokens/{name}", delete(tokens::revoke)),
        got("/stats", get(stats::show)),
        posted("/store/compact", post(upkeep::compact)),
        got("/store/backup", get(upkeep::backup)),
        posted("/store/verify", post(upkeep::verify)),
        got("/events", get(events::stream)),
        got("/openapi.json", get(document::show)),
    ]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;

    fn described() -> Value {
        serde_json::to_value(document::document()).unwrap()
    }

    /// Goal: a program written from the document finds every path, and no path is a secret.
    #[test]
    fn every_route_is_described() {
        let described = described();
        let paths = described["paths"].as_object().unwrap().iter();
        let named: BTreeSet<String> = paths
            .flat_map(|(path, methods)| {
                let methods = methods.as_object().unwrap().keys();
                methods.map(move |method| format!("{method} {path}"))
            })
            .collect();
        let answered: BTreeSet<String> =
            table().iter().map(|it| format!("{} {ROOT}{}", it.method, it.path)).collect();
        assert_eq!(named, answered);
    }

    /// Goal: a generator of clients finds every shape that the document refers to.
    #[test]
    fn no_schema_is_missing() {
        let document = described();
        assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
        let mut named = BTreeSet::new();
        references(&document, &mut named);
        assert!(named.contains("#/components/schemas/Problem"));
        for name in named {
            assert!(document.pointer(&name[1..]).is_some(), "{name} is missing");
        }
    }

    fn references(value: &Value, named: &mut BTreeSet<String>) {
        match value {
            Value::Object(fields) => {
                named.extend(fields.get("$ref").and_then(Value::as_str).map(str::to_owned));
                fields.values().for_each(|it| references(it, named));
            }
            Value::Array(items) => items.iter().for_each(|it| references(it, named)),
            _ => {}
        }
    }
}
