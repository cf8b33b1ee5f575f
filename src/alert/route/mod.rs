//! Who is told of what, and what is put into the outbox for them.

mod condition;
mod tree;
mod listing;
mod explain;
mod again;

use crate::alert::{Message, MuteWindowConfig, Quiet, RouteConfig, Stamp, Target};
use crate::model::{
    AlertKind, Article, Delivery, DeliveryId, DeliveryState, EventId, Feed, Match, MatchId, Score,
    Silence, Story, StoryId, StoryNews, Timestamp, Zone,
};
use crate::store::Announcement;

pub(super) use condition::{feed_ids, host};
pub use explain::Explanation;
pub use listing::DigestRoute;

use condition::Question;
use tree::{Route, Standing, Tree};

/// What there is to tell.
#[derive(Clone, Copy, Debug)]
pub struct News<'a> {
    /// The match.
    pub matched: &'a Match,
    /// Its text.
    pub article: &'a Article,
    /// Its story, as it is committed together with it.
    pub story: &'a Story,
    /// Who brought it; none if the feed was removed since.
    pub feed: Option<&'a Feed>,
}

/// What is said of the news.
#[derive(Clone, Copy, Debug)]
pub enum Tidings<'a> {
    /// A new story has its first match.
    Created,
    /// These things changed in a story that was told.
    Changed(&'a [String]),
    /// The match was a mistake.
    Withdrawn,
}

impl Tidings<'_> {
    pub(super) fn kind(self) -> AlertKind {
        match self {
            Self::Created => AlertKind::MatchCreated,
            Self::Changed(_) | Self::Withdrawn => AlertKind::StoryUpdated,
        }
    }
}

/// What routes are made of.
#[derive(Clone, Copy, Debug)]
pub struct Routing<'a> {
    /// The tables `[[route]]`.
    pub routes: &'a [RouteConfig],
    /// The tables `[[mute_window]]`.
    pub windows: &'a [MuteWindowConfig],
    /// The feeds of the configuration, which conditions may name.
    pub feeds: &'a [Feed],
    /// The clock of digests and windows that name none.
    pub zone: &'a Zone,
}

/// The way of alerts to their receivers.
#[derive(Clone, Debug, Default)]
pub struct Router {
    /// Names of the receivers.
    known: Vec<String>,
    /// How to write to them.
    targets: Vec<Target>,
    tree: Tree,
    quiet: Quiet,
}

/// Somebody who is told, and the route that led there.
#[derive(Clone, Copy, Debug)]
struct Recipient<'a> {
    receiver: &'a str,
    windows: &'a [String],
}

/// Whom a way through the routes reaches.
struct Reached<'a> {
    /// At once; each once.
    at_once: Vec<Recipient<'a>>,
    /// Whether a digest lists it.
    is_listed: bool,
}

/// What a delivery is, beside its words.
#[derive(Clone, Debug)]
pub struct Envelope {
    /// The event.
    pub event: EventId,
    /// The match, if it tells of one.
    pub matched: Option<MatchId>,
    /// Its story.
    pub story: Option<StoryId>,
    /// What a digest lists.
    pub lists: Vec<MatchId>,
    /// How sure the match is.
    pub score: Option<Score>,
    /// When it is told.
    pub due: Timestamp,
    /// When it is committed.
    pub now: Timestamp,
}

impl Router {
    /// Routes to `targets`, whose names differ.
    ///
    /// A name that means nothing leads nowhere; [`route_problems`](super::route_problems) reports
    /// it.
    pub fn new(targets: Vec<Target>, routing: Routing<'_>) -> Self {
        let known = targets.iter().map(|target| target.receiver().to_owned()).collect();
        Self { targets, ..Self::guide(known, routing) }
    }

    /// Routes to the receivers called `known`, but can write to none of them: it explains.
    pub fn guide(known: Vec<String>, routing: Routing<'_>) -> Self {
        let Routing { routes, windows, feeds, zone } = routing;
        let tree = Tree::new(routes, feeds, zone);
        Self { known, targets: Vec::new(), tree, quiet: Quiet::new(windows, zone) }
    }

    /// Whether nobody is told of anything.
    pub fn is_empty(&self) -> bool {
        let leads_on = |route: &&Route| self.known_of(route).next().is_some();
        !self.tree.all().iter().any(leads_on)
    }

    /// When receivers are left in peace.
    pub fn quiet(&self) -> &Quiet {
        &self.quiet
    }

    /// The alert of a new story, to be committed together with its match.
    ///
    /// Each body is written here, once: every attempt sends the same bytes.
    pub fn announce(&self, news: &News<'_>, now: Timestamp) -> Announcement {
        let Reached { at_once, is_listed } = self.reached(news, StoryNews::New);
        let is_reached = !at_once.is_empty();
        let envelope = Envelope::of_news(news, Tidings::Created, now, now);
        let told = self.undropped(at_once, &envelope);
        if !told.is_empty() {
            let message = Message::News { tidings: Tidings::Created, news };
            return Announcement::Deliver(self.write(&message, &told, &envelope));
        }
        Announcement::Silent(match (is_listed, is_reached) {
            (true, _) => Silence::Digest,
            (false, true) => Silence::Muted,
            (false, false) => Silence::NoRoute,
        })
    }

    /// Tells what changed in a story that was told, at `due`; to be committed together with the
    /// story. Empty if nobody is to be told.
    ///
    /// Told are those to whom routes lead for its newest match, and whoever was told of the story
    /// before, whatever its newest match is like: unless no route to them tells updates at once.
    pub fn updated(
        &self,
        news: &News<'_>,
        changes: &[String],
        due: Timestamp,
        now: Timestamp,
    ) -> Vec<Delivery> {
        let mut told = self.reached(news, StoryNews::Updated).at_once;
        let before = news.story.told.as_ref().map_or(&[][..], |told| &told.receivers);
        for receiver in before {
            let is_new = told.iter().all(|it| it.receiver != receiver);
            if is_new && let Some(route) = self.tree.may_tell(receiver, StoryNews::Updated) {
                told.push(Recipient { receiver, windows: &route.windows });
            }
        }
        let tidings = Tidings::Changed(changes);
        let envelope = Envelope::of_news(news, tidings, due, now);
        let told = self.undropped(told, &envelope);
        self.write(&Message::News { tidings, news }, &told, &envelope)
    }

    /// Tells those who were told of a match that it was a mistake: the story's next revision.
    ///
    /// Of a story that was told before it was kept who was told, to whom its routes lead.
    pub fn withdrawn(&self, news: &News<'_>, now: Timestamp) -> Vec<Delivery> {
        let before = news.story.told.as_ref().map_or(&[][..], |told| &told.receivers);
        let told: Vec<Recipient<'_>> = if before.is_empty() {
            self.reached(news, StoryNews::New).at_once
        } else {
            before.iter().map(|receiver| self.recipient(receiver)).collect()
        };
        let envelope = Envelope::of_news(news, Tidings::Withdrawn, now, now);
        let told = self.undropped(told, &envelope);
        let message = Message::News { tidings: Tidings::Withdrawn, news };
        self.write(&message, &told, &envelope)
    }

    /// What [`Router::updated`] tells of `story` as it stands.
    pub fn update_of(story: &Story) -> EventId {
        event(Tidings::Changed(&[]), story)
    }

    /// The deliveries of an event to whoever may have been told.
    pub fn deliveries_of(&self, event: EventId) -> Vec<DeliveryId> {
        self.known.iter().map(|receiver| DeliveryId::of(event, receiver)).collect()
    }

    /// `message` for each of `receivers` that is known, whatever routes say.
    pub fn deliveries<'a>(
        &'a self,
        message: &Message<'_>,
        receivers: impl IntoIterator<Item = &'a str>,
        envelope: &Envelope,
    ) -> Vec<Delivery> {
        let told: Vec<_> = receivers.into_iter().map(|it| self.recipient(it)).collect();
        self.write(message, &told, envelope)
    }

    /// The receivers of `route` that there are.
    fn known_of<'a>(&'a self, route: &'a Route) -> impl Iterator<Item = &'a str> {
        let known = route.receivers.iter().filter(|name| self.known.contains(name));
        known.map(String::as_str)
    }

    /// `receiver` as the first route sees it that tells it anything at once.
    fn recipient<'a>(&'a self, receiver: &'a str) -> Recipient<'a> {
        let mut routes = StoryNews::ALL.iter().filter_map(|it| self.tree.may_tell(receiver, *it));
        let windows = routes.next().map_or(&[][..], |route| &route.windows);
        Recipient { receiver, windows }
    }

    fn reached(&self, news: &News<'_>, tells: StoryNews) -> Reached<'_> {
        let mut reached = Reached { at_once: Vec::new(), is_listed: false };
        for step in self.tree.way(Question { news, tells }) {
            let route = step.route;
            if !matches!(step.standing, Standing::Tells) {
                continue;
            }
            let known = self.known_of(route);
            if route.digest.is_some() {
                reached.is_listed |= known.count() != 0;
                continue;
            }
            for receiver in known {
                if reached.at_once.iter().all(|it| it.receiver != receiver) {
                    reached.at_once.push(Recipient { receiver, windows: &route.windows });
                }
            }
        }
        reached
    }

    fn undropped<'a>(
        &self,
        mut told: Vec<Recipient<'a>>,
        envelope: &Envelope,
    ) -> Vec<Recipient<'a>> {
        let Envelope { story, score, due, .. } = *envelope;
        told.retain(|it| !self.quiet.is_dropped(it.receiver, story, score, it.windows, due));
        told
    }

    fn write(
        &self,
        message: &Message<'_>,
        told: &[Recipient<'_>],
        envelope: &Envelope,
    ) -> Vec<Delivery> {
        let Envelope { event, due, now, .. } = *envelope;
        let delivery = |Recipient { receiver, windows }: &Recipient<'_>| {
            let target = self.targets.iter().find(|target| target.receiver() == *receiver)?;
            let id = DeliveryId::of(event, receiver);
            let stamp = Stamp { event, delivery: id, sequence: Delivery::sequence(due, id), now };
            Some(Delivery {
                id,
                event,
                kind: message.kind(),
                receiver: (*receiver).to_owned(),
                matched: envelope.matched,
                story: envelope.story,
                lists: envelope.lists.clone(),
                score: envelope.score,
                mute_windows: windows.to_vec(),
                is_held: false,
                replayed: None,
                body: target.body(message, &stamp),
                created: now,
                state: DeliveryState::Pending { due },
                attempts: Vec::new(),
            })
        };
        told.iter().filter_map(delivery).collect()
    }
}

impl Envelope {
    /// What tells `news` at `due`, committed at `now`.
    pub fn of_news(news: &News<'_>, tidings: Tidings<'_>, due: Timestamp, now: Timestamp) -> Self {
        let News { matched, story, .. } = news;
        Self {
            event: event(tidings, story),
            matched: Some(matched.id),
            story: Some(story.id),
            lists: Vec::new(),
            score: Some(matched.score),
            due,
            now,
        }
    }
}

fn event(tidings: Tidings<'_>, story: &Story) -> EventId {
    let revision = match tidings {
        Tidings::Created | Tidings::Changed(_) => story.revision,
        Tidings::Withdrawn => story.revision + 1,
    };
    EventId::of_story(&story.topic, tidings.kind().as_str(), story.id, revision)
}

#[cfg(test)]
mod tests;
