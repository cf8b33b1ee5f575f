//! The tree of routes, and the way of an alert through it.
//!
//! Invariant: the way depends on the configuration and the news alone, so that it can be shown
//! again later.

use toml::Spanned;

use crate::alert::digest::Plan;
use crate::alert::route::condition::{Condition, Question};
use crate::alert::{Names, RouteConfig};
use crate::model::{Feed, StoryNews, Zone};

/// One route, with what it takes over from those above it.
#[derive(Clone, Debug)]
pub(super) struct Route {
    /// Its name, else its place: `route 2.1`.
    pub(super) label: String,
    conditions: Vec<Condition>,
    pub(super) receivers: Vec<String>,
    pub(super) windows: Vec<String>,
    pub(super) digest: Option<Plan>,
    continues: bool,
    children: Vec<Self>,
}

/// What a route above hands down.
#[derive(Clone, Copy, Default)]
struct Inherited<'a> {
    place: &'a str,
    /// The conditions on the way here, in words.
    path: &'a str,
    receivers: &'a [String],
    windows: &'a [String],
}

/// All routes.
#[derive(Clone, Debug, Default)]
pub(super) struct Tree {
    routes: Vec<Route>,
}

/// A route on the way, in the order of the file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step<'a> {
    pub(super) route: &'a Route,
    /// How many routes stand above it.
    pub(super) depth: usize,
    pub(super) standing: Standing<'a>,
}

/// What a route makes of an alert.
#[derive(Clone, Copy, Debug)]
pub(super) enum Standing<'a> {
    /// It takes it and tells its receivers.
    Tells,
    /// It takes it, and a route below it does too.
    HandsOver,
    /// This condition does not hold.
    Refuses(&'a Condition),
    /// An earlier route took it and let nobody look further.
    Unreached,
}

impl Tree {
    /// Reads `routes`; `feeds` are those of the configuration, `zone` is the clock of digests
    /// that name none.
    pub(super) fn new(routes: &[RouteConfig], feeds: &[Feed], zone: &Zone) -> Self {
        Self { routes: compile(routes, Common { feeds, zone }, Inherited::default()) }
    }

    /// What each route makes of `question`.
    pub(super) fn way<'a>(&'a self, question: Question<'_>) -> Vec<Step<'a>> {
        let mut steps = Vec::new();
        walk(&self.routes, 0, question, &mut steps);
        steps
    }

    /// All routes, in the order of the file.
    pub(super) fn all(&self) -> Vec<&Route> {
        fn collect<'a>(routes: &'a [Route], all: &mut Vec<&'a Route>) {
            for route in routes {
                all.push(route);
                collect(&route.children, all);
            }
        }
        let mut all = Vec::new();
        collect(&self.routes, &mut all);
        all
    }

    /// The first route that tells `receiver` at once, if one does, and may tell `tells`.
    pub(super) fn may_tell(&self, receiver: &str, tells: StoryNews) -> Option<&Route> {
        fn find<'a>(routes: &'a [Route], receiver: &str, tells: StoryNews) -> Option<&'a Route> {
            routes.iter().filter(|route| route.may_tell(tells)).find_map(|route| {
                let tells_itself =
                    route.digest.is_none() && route.receivers.iter().any(|it| it == receiver);
                let own = tells_itself.then_some(route);
                own.or_else(|| find(&route.children, receiver, tells))
            })
        }
        find(&self.routes, receiver, tells)
    }
}

impl Route {
    fn may_tell(&self, tells: StoryNews) -> bool {
        self.conditions.iter().all(|condition| match condition {
            Condition::Stories(stories) => stories.contains(&tells),
            _ => true,
        })
    }
}

/// What is the same for all routes.
#[derive(Clone, Copy)]
struct Common<'a> {
    feeds: &'a [Feed],
    zone: &'a Zone,
}

fn compile(configs: &[RouteConfig], common: Common<'_>, above: Inherited<'_>) -> Vec<Route> {
    let route = |(index, config): (usize, &RouteConfig)| {
        let place = match above.place {
            "" => (index + 1).to_string(),
            place => format!("{place}.{}", index + 1),
        };
        Route::new(config, common, &place, above)
    };
    configs.iter().enumerate().map(route).collect()
}

impl Route {
    fn new(config: &RouteConfig, common: Common<'_>, place: &str, above: Inherited<'_>) -> Self {
        let conditions = Condition::all_of(config, common.feeds);
        let words: Vec<String> = conditions.iter().map(Condition::in_words).collect();
        let path = format!("{}[{}]", above.path, words.join("; "));
        let receivers = own_or(config.receiver.as_ref(), above.receivers);
        let windows = own_or(config.mute_windows.as_ref(), above.windows);
        let name = config.name.as_ref().map(|name| name.get_ref().clone());
        let digest = config.digest.as_ref().map(|digest| {
            // Who is told and what of names a digest, not where it stands in the file: routes
            // before it come and go.
            let key = name.clone().unwrap_or_else(|| format!("{path}{}", receivers.join(", ")));
            Plan::new(key, digest, common.zone)
        });
        let inherited = Inherited { place, path: &path, receivers: &receivers, windows: &windows };
        Self {
            children: compile(&config.route, common, inherited),
            label: name.unwrap_or_else(|| format!("route {place}")),
            continues: config.continues(),
            conditions,
            receivers,
            windows,
            digest,
        }
    }
}

/// What a route says, else what the one above it does.
fn own_or(names: Option<&Spanned<Names>>, above: &[String]) -> Vec<String> {
    names.map_or_else(|| above.to_vec(), |names| names.get_ref().0.clone())
}

/// Notes what `routes` make of `question`; true if one of them takes it.
fn walk<'a>(
    routes: &'a [Route],
    depth: usize,
    question: Question<'_>,
    steps: &mut Vec<Step<'a>>,
) -> bool {
    let mut is_taken = false;
    let mut is_over = false;
    for route in routes {
        let refused = || route.conditions.iter().find(|condition| !condition.holds(question));
        let standing = match () {
            () if is_over => Standing::Unreached,
            () => refused().map_or(Standing::Tells, Standing::Refuses),
        };
        let place = steps.len();
        steps.push(Step { route, depth, standing });
        if matches!(standing, Standing::Tells) {
            if walk(&route.children, depth + 1, question, steps) {
                steps[place].standing = Standing::HandsOver;
            }
            is_taken = true;
            is_over = !route.continues;
        }
    }
    is_taken
}
