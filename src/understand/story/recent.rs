//! The sketches of recent matches, so that those worth comparing are found quickly.
//!
//! Rare traces lead from a candidate to the matches that share them; of the stories found, the
//! most promising ones are compared match by match.
//!
//! Invariant: what is found depends on the sketches alone, not on the order they came in.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use super::member::Member;
use super::model::StoryModel;
use crate::model::{MatchId, Sketch, StoryId, Timestamp, Trace};

/// Rarer traces lead to a match: 99 % of the later reports in our texts share one.
const RARITY_MIN: f32 = 0.2;

/// So many traces lead to a match, its rarest; more would only cost memory.
const INDEXED_MAX: usize = 64;

/// A text with fewer such traces is compared with everything.
const TRACES_MIN: usize = 3;

/// Stories that are compared match by match.
const STORIES_MAX: usize = 64;

/// Matches of a story that are compared, the latest and its first.
pub(super) const MEMBERS_MAX: usize = 60;

/// End of a chain.
const NONE: u32 = u32::MAX;

/// The sketches of recent matches.
#[derive(Clone, Debug)]
pub struct Recent {
    pub(super) model: Arc<StoryModel>,
    /// None where one was forgotten.
    members: Vec<Option<Member>>,
    places: HashMap<MatchId, u32>,
    stories: BTreeMap<StoryId, Group>,
    /// By key of a trace, where the chain of its links starts.
    heads: HashMap<u32, u32>,
    links: Vec<Link>,
    n_forgotten: usize,
}

/// The matches of a story.
#[derive(Clone, Debug)]
struct Group {
    places: Vec<u32>,
    /// When the first of them was published.
    first: Timestamp,
}

/// A match that bears a trace, and the next one that does.
#[derive(Clone, Copy, Debug)]
struct Link {
    place: u32,
    next: u32,
}

impl Recent {
    pub(in crate::understand) fn new(model: Arc<StoryModel>) -> Self {
        Self {
            model,
            members: Vec::new(),
            places: HashMap::new(),
            stories: BTreeMap::new(),
            heads: HashMap::new(),
            links: Vec::new(),
            n_forgotten: 0,
        }
    }

    /// How many sketches there are.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Takes over what the store holds now: whatever is not in `sketches` is forgotten.
    pub fn sync(&mut self, sketches: &[Arc<Sketch>]) {
        let kept: HashSet<MatchId> = sketches.iter().map(|sketch| sketch.matched).collect();
        let gone: Vec<MatchId> =
            self.places.keys().filter(|matched| !kept.contains(matched)).copied().collect();
        for matched in gone {
            self.forget(matched);
        }
        for sketch in sketches {
            self.add(Arc::clone(sketch));
        }
        if self.len() < self.n_forgotten {
            let members: Vec<Member> = self.members.drain(..).flatten().collect();
            *self = Self::new(Arc::clone(&self.model));
            for member in members {
                self.insert(member);
            }
        }
    }

    /// Adds the sketch of a match; one that is known is replaced.
    pub fn add(&mut self, sketch: Arc<Sketch>) {
        let known = self.places.get(&sketch.matched).and_then(|place| self.member(*place));
        match known {
            Some(known) if Arc::ptr_eq(&known.sketch, &sketch) || known.sketch == sketch => return,
            Some(_) => self.forget(sketch.matched),
            None => {}
        }
        self.insert(Member::new(sketch, &self.model.commonness));
    }

    fn insert(&mut self, member: Member) {
        let Ok(place) = u32::try_from(self.members.len()) else { return };
        for trace in self.leading(&member) {
            let Ok(link) = u32::try_from(self.links.len()) else { return };
            let next = self.heads.insert(trace.key(), link).unwrap_or(NONE);
            self.links.push(Link { place, next });
        }
        self.places.insert(member.sketch.matched, place);
        let published = member.sketch.published;
        let group = self.stories.entry(member.sketch.story);
        let group = group.or_insert(Group { places: Vec::new(), first: published });
        group.places.push(place);
        group.first = group.first.min(published);
        self.members.push(Some(member));
    }

    /// The traces that lead to a match.
    fn leading(&self, member: &Member) -> Vec<Trace> {
        let traces = member.sketch.traces.traces.iter().copied();
        let with_rarity = traces.map(|trace| (self.model.commonness.rarity(trace), trace));
        let mut rare: Vec<(f32, Trace)> = with_rarity.filter(|it| RARITY_MIN <= it.0).collect();
        rare.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)));
        rare.truncate(INDEXED_MAX);
        rare.into_iter().map(|(_, trace)| trace).collect()
    }

    fn forget(&mut self, matched: MatchId) {
        let Some(place) = self.places.remove(&matched) else { return };
        let Some(member) = self.members.get_mut(place as usize).and_then(Option::take) else {
            return;
        };
        if let Some(group) = self.stories.get_mut(&member.sketch.story) {
            group.places.retain(|it| *it != place);
            let published = |place: &u32| {
                let member = self.members.get(*place as usize).and_then(Option::as_ref);
                member.map(|member| member.sketch.published)
            };
            match group.places.iter().filter_map(published).min() {
                Some(first) => group.first = first,
                None => drop(self.stories.remove(&member.sketch.story)),
            }
        }
        self.n_forgotten += 1;
    }

    fn member(&self, place: u32) -> Option<&Member> {
        self.members.get(place as usize)?.as_ref()
    }

    /// How many stories have their first match no further than `apart` from `published`.
    pub(super) fn n_live(&self, published: Timestamp, apart: Duration) -> usize {
        let near = published.minus(apart)..=published.plus(apart);
        self.stories.values().filter(|group| near.contains(&group.first)).count()
    }

    /// When the first match of a story was published.
    pub(super) fn first_published(&self, story: StoryId) -> Option<Timestamp> {
        self.stories.get(&story).map(|group| group.first)
    }

    /// The stories of matches published between `from` and `to` that `candidate` may belong to,
    /// the most promising ones, in the order of their ids; each with its matches.
    pub(super) fn stories_for(
        &self,
        candidate: &Member,
        from: Timestamp,
        to: Timestamp,
    ) -> Vec<(StoryId, Vec<&Member>)> {
        let is_near = |member: &&Member| {
            let sketch = &member.sketch;
            (from..=to).contains(&sketch.published)
                && sketch.topic == candidate.sketch.topic
                && sketch.matched != candidate.sketch.matched
        };
        let mut promises: BTreeMap<StoryId, f32> = BTreeMap::new();
        for (place, rarity) in self.shared_rarities(candidate) {
            if let Some(member) = self.member(place).filter(is_near) {
                let promise = promises.entry(member.sketch.story).or_default();
                *promise = promise.max(rarity);
            }
        }
        let mut ranked: Vec<(StoryId, f32)> = promises.into_iter().collect();
        ranked.sort_by(|(_, one), (_, other)| other.total_cmp(one));
        ranked.truncate(STORIES_MAX);
        ranked.sort_unstable_by_key(|(story, _)| *story);
        let members = |story: &StoryId| {
            let places = self.stories.get(story).into_iter().flat_map(|group| &group.places);
            let mut members: Vec<&Member> =
                places.filter_map(|place| self.member(*place)).filter(is_near).collect();
            members.sort_by_key(|it| Reverse((it.sketch.published, it.sketch.matched)));
            if let Some(first) = members.pop() {
                members.truncate(MEMBERS_MAX - 1);
                members.push(first);
            }
            members
        };
        ranked.iter().map(|(story, _)| (*story, members(story))).collect()
    }

    /// The places of matches that share rare traces with `candidate`, with their rarity in sum.
    fn shared_rarities(&self, candidate: &Member) -> Vec<(u32, f32)> {
        let rarities = candidate.sketch.traces.traces.iter().filter_map(|trace| {
            let rarity = self.model.commonness.rarity(*trace);
            (RARITY_MIN <= rarity).then_some((trace, rarity))
        });
        let mut sums: HashMap<u32, f32> = HashMap::new();
        let mut n_rare = 0;
        for (trace, rarity) in rarities {
            n_rare += 1;
            let mut next = self.heads.get(&trace.key()).copied().unwrap_or(NONE);
            while let Some(Link { place, next: behind }) = self.links.get(next as usize).copied() {
                *sums.entry(place).or_default() += rarity;
                next = behind;
            }
        }
        if n_rare < TRACES_MIN {
            for place in self.places.values() {
                sums.entry(*place).or_default();
            }
        }
        sums.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ArticleId, Field, Language, TraceKind, Traces};

    pub(in crate::understand::story) fn sketch(name: &str, day: i64, keys: &[u32]) -> Arc<Sketch> {
        let matched = MatchId::of("t", ArticleId::of_identity(name.as_bytes()));
        let mut traces: Vec<Trace> =
            keys.iter().map(|key| Trace::new(TraceKind::Name, key << 6, Field::Title)).collect();
        traces.sort_unstable();
        Arc::new(Sketch {
            matched,
            story: StoryId::opened_by(matched),
            topic: "t".to_owned(),
            published: Timestamp::from_unix_ms(day * 86_400_000).unwrap(),
            is_dated: true,
            language: Language::of_tag("en").unwrap(),
            traces: Traces { traces, has_body: true, ..Traces::default() },
        })
    }

    fn recent(sketches: &[Arc<Sketch>]) -> Recent {
        let mut recent = Recent::new(Arc::new(StoryModel::default()));
        recent.sync(sketches);
        recent
    }

    fn found(recent: &Recent, candidate: &Arc<Sketch>) -> Vec<(StoryId, Vec<MatchId>)> {
        let member = Member::new(Arc::clone(candidate), &recent.model.commonness);
        let [from, to] = [-8, 8].map(|days| {
            let at = candidate.published.unix_ms() + days * 86_400_000;
            Timestamp::from_unix_ms(at).unwrap()
        });
        let stories = recent.stories_for(&member, from, to);
        let ids = |members: Vec<&Member>| members.iter().map(|it| it.sketch.matched).collect();
        stories.into_iter().map(|(story, members)| (story, ids(members))).collect()
    }

    /// Goal: a match is compared with the stories that share a rare trace and are near in time,
    /// with all their matches, and with nothing else.
    #[test]
    fn rare_traces_lead_to_stories() {
        let opener = sketch("a", 0, &[1, 2]);
        let follower =
            Arc::new(Sketch { story: opener.story, ..Sketch::clone(&sketch("b", 1, &[7])) });
        let [other, old] = [sketch("c", 1, &[8]), sketch("d", -9, &[1])];
        let recent = recent(&[opener.clone(), follower.clone(), other, old]);
        let candidate = sketch("e", 1, &[2, 3, 4]);
        let expected = vec![(opener.story, vec![follower.matched, opener.matched])];
        assert_eq!(found(&recent, &candidate), expected);
    }

    /// Goal: a text that names next to nothing may still be a copy of anything.
    #[test]
    fn a_poor_text_is_compared_with_everything() {
        let recent = recent(&[sketch("a", 0, &[1]), sketch("b", 1, &[2])]);
        assert_eq!(found(&recent, &sketch("c", 1, &[])).len(), 2);
    }

    /// Goal: what the store forgot, moved or withdrew is not joined any more, and the memory for
    /// it comes back.
    #[test]
    fn the_store_decides_what_is_known() {
        let sketches: Vec<_> = (0..50).map(|n| sketch(&n.to_string(), 0, &[1, 2, 3])).collect();
        let mut recent = recent(&sketches);
        let candidate = sketch("new", 0, &[1, 2, 3]);
        assert_eq!(found(&recent, &candidate).len(), 50);
        let moved = Arc::new(Sketch { story: sketches[1].story, ..Sketch::clone(&sketches[0]) });
        recent.sync(&[moved, sketches[1].clone()]);
        assert_eq!(recent.len(), 2);
        let [(story, members)] = &found(&recent, &candidate)[..] else { panic!("one story") };
        assert_eq!((*story, members.len()), (sketches[1].story, 2));
        assert!(recent.members.len() < 10, "{}", recent.members.len());
    }

    /// Goal: one endless story costs no more than a large one: its first match and its latest
    /// ones are compared.
    #[test]
    fn members_of_a_story_are_bounded() {
        let opener = sketch("first", 0, &[1, 2, 3]);
        let mut sketches = vec![opener.clone()];
        for n in 0..200 {
            let next = sketch(&n.to_string(), 1, &[1, 2, 3]);
            sketches.push(Arc::new(Sketch { story: opener.story, ..Sketch::clone(&next) }));
        }
        let found = found(&recent(&sketches), &sketch("new", 1, &[1, 2, 3]));
        let [(_, members)] = &found[..] else { panic!("one story") };
        assert_eq!((members.len(), members.last()), (MEMBERS_MAX, Some(&opener.matched)));
    }
}
