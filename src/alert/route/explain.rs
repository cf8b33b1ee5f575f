//! The way of an alert in words, for whoever wonders who is told and why.

use crate::alert::route::condition::Question;
use crate::alert::route::tree::{Standing, Step};
use crate::alert::{News, Router, quiet};
use crate::model::view::{RouteStanding, RouteStepView, RoutedHow, RoutedView};
use crate::model::{MuteMode, StoryNews, Timestamp};

/// What routes make of some news.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The routes that were looked at, in the order of the file; those below a route that refused
    /// are left out.
    pub steps: Vec<RouteStepView>,
    /// Who is told, how and when.
    pub told: Vec<RoutedView>,
}

impl Router {
    /// What would become of `news` if it were told at `now`.
    pub fn explain(&self, news: &News<'_>, tells: StoryNews, now: Timestamp) -> Explanation {
        let question = Question { news, tells };
        let way = self.tree.way(question);
        let mut told: Vec<RoutedView> = Vec::new();
        for Step { route, standing, .. } in &way {
            if !matches!(standing, Standing::Tells) {
                continue;
            }
            for receiver in self.known_of(route) {
                if let Some(plan) = &route.digest {
                    told.push(RoutedView {
                        how: RoutedHow::Digest,
                        until: plan.next_after(now),
                        ..RoutedView::at_once(receiver, Some(&route.label))
                    });
                } else if told.iter().all(|it| it.receiver != receiver || !it.is_at_once()) {
                    told.push(self.routed(news, receiver, Some(&route.label), &route.windows, now));
                }
            }
        }
        let before = news.story.told.iter().flat_map(|told| &told.receivers);
        for receiver in before.filter(|_| tells == StoryNews::Updated) {
            let is_new = told.iter().all(|it| it.receiver != *receiver || !it.is_at_once());
            let route =
                self.tree.may_tell(receiver, tells).filter(|_| self.known.contains(receiver));
            if is_new && let Some(route) = route {
                told.push(self.routed(news, receiver, None, &route.windows, now));
            }
        }
        Explanation { steps: way.iter().map(|step| view(step, question)).collect(), told }
    }

    fn routed(
        &self,
        news: &News<'_>,
        receiver: &str,
        route: Option<&str>,
        windows: &[String],
        now: Timestamp,
    ) -> RoutedView {
        let (story, score) = (Some(news.story.id), Some(news.matched.score));
        let subject = quiet::Subject { receiver, story, score, windows };
        let at_once = RoutedView::at_once(receiver, route);
        let Some(kept) = self.quiet.kept(&subject, now) else { return at_once };
        let how = match kept.mode {
            MuteMode::Hold => RoutedHow::Held,
            MuteMode::Drop => RoutedHow::Dropped,
        };
        RoutedView { how, until: Some(kept.until), by: Some(kept.by), ..at_once }
    }
}

fn view(step: &Step<'_>, question: Question<'_>) -> RouteStepView {
    let Step { route, depth, standing } = *step;
    let (standing, why) = match standing {
        Standing::Tells => (RouteStanding::Tells, None),
        Standing::HandsOver => (RouteStanding::HandsOver, None),
        Standing::Refuses(condition) => (RouteStanding::Refuses, Some(condition.refusal(question))),
        Standing::Unreached => (RouteStanding::Unreached, None),
    };
    let receivers = route.receivers.clone();
    RouteStepView { route: route.label.clone(), depth, standing, why, receivers }
}
