//! Who is told of what, and what is put into the outbox for them.

use crate::alert::{Message, RouteConfig, Stamp, Target};
use crate::model::{
    AlertKind, Article, Delivery, DeliveryId, DeliveryState, EventId, Feed, Match, Silence, Story,
    Timestamp,
};
use crate::store::Announcement;

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

/// The receivers that routes lead to.
#[derive(Clone, Debug)]
pub struct Router {
    receivers: Vec<Target>,
}

impl Router {
    /// Follows `routes` in their order; a receiver that several of them name is told once.
    ///
    /// A route to an unknown receiver leads nowhere; [`problems`](super::problems()) reports it.
    pub fn new(targets: &[Target], routes: &[RouteConfig]) -> Self {
        let mut reached: Vec<Target> = Vec::new();
        for name in routes.iter().map(|route| route.receiver.get_ref()) {
            let known = targets.iter().find(|target| target.receiver() == name);
            let is_new = reached.iter().all(|other| other.receiver() != name);
            reached.extend(known.filter(|_| is_new).cloned());
        }
        Self { receivers: reached }
    }

    /// Whether nobody is told of anything.
    pub fn is_empty(&self) -> bool {
        self.receivers.is_empty()
    }

    /// The alert of a new story, to be committed together with its match.
    ///
    /// Each body is written here, once: every attempt sends the same bytes.
    pub fn announce(&self, news: &News<'_>, now: Timestamp) -> Announcement {
        if self.receivers.is_empty() {
            return Announcement::Silent(Silence::NoRoute);
        }
        Announcement::Deliver(self.deliveries(Tidings::Created, news, now, now))
    }

    /// Tells what changed in a story that was told, at `due`; to be committed together with the
    /// story.
    pub fn updated(
        &self,
        news: &News<'_>,
        changes: &[String],
        due: Timestamp,
        now: Timestamp,
    ) -> Vec<Delivery> {
        self.deliveries(Tidings::Changed(changes), news, due, now)
    }

    /// Tells those who were told of a match that it was a mistake: the story's next revision.
    pub fn withdrawn(&self, news: &News<'_>, now: Timestamp) -> Vec<Delivery> {
        self.deliveries(Tidings::Withdrawn, news, now, now)
    }

    /// What [`Router::updated`] tells of `story` as it stands.
    pub fn update_of(story: &Story) -> EventId {
        event(Tidings::Changed(&[]), story)
    }

    /// The deliveries of an event, as far as routes lead to its receivers.
    pub fn deliveries_of(&self, event: EventId) -> Vec<DeliveryId> {
        self.receivers.iter().map(|it| DeliveryId::of(event, it.receiver())).collect()
    }

    fn deliveries(
        &self,
        tidings: Tidings<'_>,
        news: &News<'_>,
        due: Timestamp,
        now: Timestamp,
    ) -> Vec<Delivery> {
        let News { matched, story, .. } = news;
        let event = event(tidings, story);
        let deliveries = self.receivers.iter().map(|target| {
            let id = DeliveryId::of(event, target.receiver());
            let stamp = Stamp { event, delivery: id, sequence: Delivery::sequence(due, id), now };
            Delivery {
                id,
                event,
                kind: tidings.kind(),
                receiver: target.receiver().to_owned(),
                matched: Some(matched.id),
                story: Some(story.id),
                lists: Vec::new(),
                score: Some(matched.score),
                mute_windows: Vec::new(),
                is_held: false,
                replayed: None,
                body: target.body(&Message::News { tidings, news }, &stamp),
                created: now,
                state: DeliveryState::Pending { due },
                attempts: Vec::new(),
            }
        });
        deliveries.collect()
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
mod tests {
    use super::*;
    use crate::alert::samples::{Sample, Section, section, targets};

    fn announced(text: &str) -> Announcement {
        let Section { receiver, route } = section(text);
        let sample = Sample::new();
        let router = Router::new(&targets(&receiver), &route);
        router.announce(&sample.news(), sample.matched.created)
    }

    const RECEIVERS: &str = r#"
        [[receiver]]
        name = "desk"
        url = "https://example.org/desk"
        [[receiver]]
        name = "archive"
        url = "https://example.org/archive"
    "#;

    /// Goal: two routes to one desk do not ring it twice.
    #[test]
    fn every_receiver_is_told_once_in_the_order_of_routes() {
        let routes = ["archive", "desk", "archive", "nobody"]
            .map(|name| format!("[[route]]\nreceiver = \"{name}\"\n"));
        let announcement = announced(&(RECEIVERS.to_owned() + &routes.concat()));
        let Announcement::Deliver(deliveries) = announcement else { panic!("{announcement:?}") };
        let told: Vec<&str> = deliveries.iter().map(|it| it.receiver.as_str()).collect();
        assert_eq!(told, ["archive", "desk"]);
        assert_eq!(deliveries[0].event, deliveries[1].event);
        assert_ne!(deliveries[0].body, deliveries[1].body, "each has a place in its own order");
        assert_ne!(deliveries[0].id, deliveries[1].id);
    }

    /// Goal: a match that nobody hears of says why.
    #[test]
    fn no_route_is_a_reason() {
        assert!(matches!(announced(RECEIVERS), Announcement::Silent(Silence::NoRoute)));
    }

    /// Goal: the same event after a restart is the same for a receiver that remembers ids.
    #[test]
    fn ids_do_not_depend_on_the_time() {
        let Section { receiver, route } =
            section(&(RECEIVERS.to_owned() + "[[route]]\nreceiver = \"desk\""));
        let router = Router::new(&targets(&receiver), &route);
        let sample = Sample::new();
        let ids = [0, 1].map(|ms| {
            let now = Timestamp::from_unix_ms(ms).unwrap();
            match router.announce(&sample.news(), now) {
                Announcement::Deliver(deliveries) => (deliveries[0].id, deliveries[0].event),
                other => panic!("{other:?}"),
            }
        });
        assert_eq!(ids[0], ids[1]);
    }
}
