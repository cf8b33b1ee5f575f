//! What a receiver would have been told: for whoever replays a time in which it did not exist.

use crate::alert::{News, Router};
use crate::model::StoryNews;

impl Router {
    /// Whether `news` is for `receiver`, as the routes are now: if one of them leads there at
    /// once, or if none leads there for anything.
    pub fn belongs(&self, news: &News<'_>, tells: StoryNews, receiver: &str) -> bool {
        let routes = self.tree.all();
        let is_routed = routes.iter().any(|route| route.receivers.iter().any(|it| it == receiver));
        let at_once = || self.reached(news, tells).at_once;
        !is_routed || at_once().iter().any(|it| it.receiver == receiver)
    }
}
