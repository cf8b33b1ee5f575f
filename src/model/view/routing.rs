//! Who is told of an article, by which way, and what became of it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::model::view::DeliveryView;
use crate::model::{AlertKind, ArticleId, MatchId, Silence, Timestamp};

/// The way of an article through the routes, and what really became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RoutingView {
    /// The match, or the near miss.
    #[serde(rename = "match")]
    pub matched: MatchId,
    /// Its article.
    pub article: ArticleId,
    /// Its title.
    pub title: String,
    /// What would be told of it.
    #[serde(rename = "type")]
    pub kind: AlertKind,
    /// What the routes make of it, in the order of the file.
    pub steps: Vec<RouteStepView>,
    /// Who would be told.
    pub told: Vec<RoutedView>,
    /// What really happened; none for a near miss, of which nobody is told.
    pub happened: Option<HappenedView>,
}

/// What a route makes of an article.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RouteStepView {
    /// The route's name, else its place, like `route 2.1`.
    pub route: String,
    /// How many routes stand above it.
    pub depth: usize,
    /// What it makes of it.
    pub standing: RouteStanding,
    /// The first condition that does not hold: `language is de, wanted ja`.
    pub why: Option<String>,
    /// Whom it tells.
    pub receivers: Vec<String>,
}

/// What a route makes of an article, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RouteStanding {
    /// It takes it and tells its receivers.
    Tells,
    /// It takes it, and leaves it to the routes below it that take it too.
    HandsOver,
    /// A condition does not hold.
    Refuses,
    /// A route before it took it and does not continue.
    Unreached,
}

/// How somebody is told of an article.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RoutedView {
    /// Who.
    pub receiver: String,
    /// By which route; none for whoever was told of the story before.
    pub route: Option<String>,
    /// How.
    pub how: RoutedHow,
    /// When a mute ends, or the digest is told.
    pub until: Option<Timestamp>,
    /// The mute window, or who muted it.
    pub by: Option<String>,
}

/// How somebody is told, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RoutedHow {
    /// At once.
    AtOnce,
    /// When a mute ends.
    Held,
    /// Not at all: a mute drops it.
    Dropped,
    /// In the next digest.
    Digest,
}

/// What really became of a match.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HappenedView {
    /// Why nobody was told when it was flagged; none if somebody was.
    pub silence: Option<Silence>,
    /// What was put into the outbox for it that is still there, oldest first.
    pub deliveries: Vec<DeliveryView>,
}

impl RoutedView {
    /// `receiver` is told at once by `route`.
    pub fn at_once(receiver: &str, route: Option<&str>) -> Self {
        Self {
            receiver: receiver.to_owned(),
            route: route.map(str::to_owned),
            how: RoutedHow::AtOnce,
            until: None,
            by: None,
        }
    }

    /// Whether it is told by itself, now, later or not at all.
    pub fn is_at_once(&self) -> bool {
        self.how != RoutedHow::Digest
    }
}
