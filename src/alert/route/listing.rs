//! Routes that tell in digests.

use crate::alert::digest::Plan;
use crate::alert::route::condition::Question;
use crate::alert::route::tree::{Route, Standing};
use crate::alert::route::{Envelope, Recipient};
use crate::alert::{Digest, Message, News, Router};
use crate::model::{Delivery, MatchId, StoryNews, Timestamp};

/// A route that tells in digests.
#[derive(Clone, Copy, Debug)]
pub struct DigestRoute<'a> {
    router: &'a Router,
    route: &'a Route,
    plan: &'a Plan,
}

impl<'a> DigestRoute<'a> {
    /// Its name, else its place.
    pub fn label(&self) -> &'a str {
        &self.route.label
    }

    /// When its digests are told.
    pub fn plan(&self) -> &'a Plan {
        self.plan
    }

    /// Who is told.
    pub fn receivers(&self) -> impl Iterator<Item = &'a str> {
        self.router.known_of(self.route)
    }

    /// Whether it takes `news`, and no route before it keeps that from it.
    pub fn takes(&self, news: &News<'_>, tells: StoryNews) -> bool {
        let way = self.router.tree.way(Question { news, tells });
        let is_it = |route: &Route| std::ptr::eq(route, self.route);
        way.iter().any(|step| is_it(step.route) && matches!(step.standing, Standing::Tells))
    }

    /// `digest`, which is told at `at` and shows words of the matches `lists`, for each receiver.
    pub fn deliveries(
        &self,
        digest: &Digest,
        at: Timestamp,
        lists: Vec<MatchId>,
        now: Timestamp,
    ) -> Vec<Delivery> {
        let windows = &self.route.windows;
        let told: Vec<_> =
            self.receivers().map(|receiver| Recipient { receiver, windows }).collect();
        let envelope = Envelope {
            event: self.plan.event(&digest.topic, at),
            matched: None,
            story: None,
            lists,
            score: None,
            due: now,
            now,
        };
        self.router.write(&Message::Digest(digest), &told, &envelope)
    }
}

impl Router {
    /// The routes that tell in digests, in the order of the file.
    pub fn digests(&self) -> Vec<DigestRoute<'_>> {
        let mut routes = Vec::new();
        for route in self.tree.all() {
            let plan = route.digest.as_ref();
            routes.extend(plan.map(|plan| DigestRoute { router: self, route, plan }));
        }
        routes
    }
}
