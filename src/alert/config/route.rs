//! The section `[[route]]`: which alerts go to whom.

use serde::Deserialize;
use toml::Spanned;

use crate::alert::Names;
use crate::model::{Score, TimeOfDay, Weekdays, Zone};

/// One `[[route]]`, or one `[[route.route]]` below it: without conditions it takes everything.
///
/// Each condition is a text or a list of them, of which any may hold; all conditions that are
/// named must hold.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RouteConfig {
    /// What people call it. Default: its place, like `route 2.1`.
    pub name: Option<Spanned<String>>,

    /// Who is told: names of receivers. Default: who the route above it tells.
    pub receiver: Option<Spanned<Names>>,

    /// Topics by name.
    pub topics: Option<Spanned<Names>>,

    /// Languages of the article: `"ja"`.
    pub languages: Option<Spanned<Names>>,

    /// Homes of the outlet: `"JP"`, `"AZ"`, `"third"`.
    pub sides: Option<Spanned<Names>>,

    /// Hosts of the article's link, with everything below them: `"example.org"` takes
    /// `www.example.org`.
    pub outlets: Option<Spanned<Names>>,

    /// Feeds that brought it, by id, title or address.
    pub feeds: Option<Spanned<Names>>,

    /// What it is about: `"energy"`.
    pub aspects: Option<Spanned<Names>>,

    /// The lowest score, 0 to 1.
    pub score_min: Option<Score>,

    /// What there is to tell: `"new"` for a story's first alert, `"updated"` for later ones.
    /// Default: both.
    pub stories: Option<Spanned<Names>>,

    /// Whether routes that stand after it on its level are looked at as well when it takes
    /// something. Default: true for a route without conditions, false for one with some.
    #[serde(rename = "continue")]
    pub continues: Option<Spanned<bool>>,

    /// When its receivers are left in peace: names of `[[mute_window]]`. Default: those of the
    /// route above it.
    pub mute_windows: Option<Spanned<Names>>,

    /// Tells at these times what it took since the last time, instead of each at once. Routes
    /// below it tell at once unless they have one of their own.
    pub digest: Option<DigestConfig>,

    /// Routes that are asked first once this one takes something; if one of them takes it too,
    /// this one tells nobody.
    pub route: Vec<Self>,
}

impl RouteConfig {
    /// Its conditions by key, as far as they are lists.
    pub(in crate::alert) fn lists(&self) -> [(&'static str, Option<&Spanned<Names>>); 7] {
        [
            ("topics", self.topics.as_ref()),
            ("languages", self.languages.as_ref()),
            ("sides", self.sides.as_ref()),
            ("outlets", self.outlets.as_ref()),
            ("feeds", self.feeds.as_ref()),
            ("aspects", self.aspects.as_ref()),
            ("stories", self.stories.as_ref()),
        ]
    }

    /// Whether it takes everything.
    pub(in crate::alert) fn has_no_conditions(&self) -> bool {
        self.score_min.is_none() && self.lists().iter().all(|(_, names)| names.is_none())
    }

    /// Whether the routes after it are looked at as well when it takes something.
    pub(in crate::alert) fn continues(&self) -> bool {
        self.continues.as_ref().map_or_else(|| self.has_no_conditions(), |it| *it.get_ref())
    }
}

/// When a digest is told.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DigestConfig {
    /// The times of the day: `["08:00"]`; at least one.
    pub at: Spanned<Vec<TimeOfDay>>,

    /// On which days. Default: all.
    #[serde(default)]
    pub days: Weekdays,

    /// Whose clock shows these times. Default: `service.time_zone`.
    pub time_zone: Option<Zone>,

    /// Whether a digest without a story is told too: it says that the feeds are watched.
    /// Default: false.
    #[serde(default)]
    pub empty: bool,
}
