//! The rules of erasing, for every store: where what an article said may stand, and what must be
//! written so that it stands nowhere.
//!
//! Invariant: an erased article has a tombstone, and nothing that has one is stored again.

use std::collections::HashSet;

use serde_json::Value;

use crate::model::view::shortened;
use crate::model::{
    AlertKind, Article, ArticleId, Delivery, DeliveryId, DeliveryState, Figure, Match, MatchId,
    NearMiss, Story, StoryId, Timestamp, Tombstone,
};
use crate::store::regrouping::Members;
use crate::store::reviewing::{Step, unknown_match};
use crate::store::withdrawal::RescueRecords;
use crate::store::{Commit, Erasure, StoreError};

/// Where the rules read, beside what withdrawals need.
pub(super) trait ErasureRecords: RescueRecords {
    /// The tombstone of an article, or of a match that it was.
    fn tombstone(&self, id: [u8; 8]) -> Result<Option<Tombstone>, StoreError>;
    fn delivery(&self, id: DeliveryId) -> Result<Option<Delivery>, StoreError>;
    fn each_match(&self, look: &mut dyn FnMut(MatchId, ArticleId)) -> Result<(), StoreError>;
    fn each_near_miss(&self, look: &mut dyn FnMut(MatchId, ArticleId)) -> Result<(), StoreError>;
    fn each_story(&self, look: &mut dyn FnMut(&Story)) -> Result<(), StoreError>;
    fn each_delivery(&self, look: &mut dyn FnMut(&Delivery)) -> Result<(), StoreError>;
    fn each_steps(&self, look: &mut dyn FnMut(&str, &[Step])) -> Result<(), StoreError>;
}

/// The records that may hold something of an article.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Spread {
    pub(super) article: ArticleId,
    /// Matches and near misses that it is or was.
    pub(super) matches: Vec<MatchId>,
    /// Stories that it is or was in, and those that name it.
    pub(super) stories: Vec<StoryId>,
    pub(super) deliveries: Vec<DeliveryId>,
    /// Who could take something back of it.
    pub(super) persons: Vec<String>,
}

/// Looks through everything for an article; `stories` are known to have held it.
///
/// # Errors
/// [`StoreError::Unknown`] if there is no such match or near miss, and never was.
pub(super) fn spread(
    records: &impl ErasureRecords,
    id: MatchId,
    stories: &[StoryId],
) -> Result<Spread, StoreError> {
    let earlier = records.tombstone(id.to_be_bytes())?;
    let article = match (records.matched(id)?, records.near_miss(id)?, &earlier) {
        (Some(matched), _, _) => matched.article,
        (None, Some(near_miss), _) => near_miss.article,
        (None, None, Some(tombstone)) => tombstone.article,
        (None, None, None) => return Err(unknown_match(id)),
    };
    let mut matches = Known::from(vec![id]);
    let mut in_stories = Known::from(stories.to_vec());
    if let Some(tombstone) = earlier {
        matches.extend(tombstone.matches);
        in_stories.extend(tombstone.stories);
    }
    let mut add = |found, of| {
        if of == article {
            matches.extend([found]);
        }
    };
    records.each_match(&mut add)?;
    records.each_near_miss(&mut add)?;
    for id in &matches.items {
        in_stories.extend(records.matched(*id)?.map(|matched| matched.story));
    }
    records.each_story(&mut |story| {
        if names(story, &matches.known) {
            in_stories.extend([story.id]);
        }
    })?;
    let mut deliveries = Vec::new();
    records.each_delivery(&mut |delivery| {
        let is_of_story = delivery.story.is_some_and(|id| in_stories.has(&id));
        if is_of_story || delivery.names(|id| matches.has(id)) {
            deliveries.push(delivery.id);
        }
    })?;
    let mut persons = Vec::new();
    records.each_steps(&mut |by, steps| {
        if steps.iter().any(|step| step.is_about(&matches.known)) {
            persons.push(by.to_owned());
        }
    })?;
    let (matches, stories) = (matches.items, in_stories.items);
    Ok(Spread { article, matches, stories, deliveries, persons })
}

/// What must be written, together.
#[derive(Debug)]
pub(super) struct ErasurePlan {
    pub(super) tombstone: Tombstone,
    /// Whether there was none before.
    pub(super) is_new: bool,
    pub(super) matches: Vec<Match>,
    pub(super) near_misses: Vec<NearMiss>,
    /// Stories as they are left.
    pub(super) stories: Vec<Story>,
    pub(super) gone_stories: Vec<StoryId>,
    /// Deliveries of it.
    pub(super) deliveries: Vec<Delivery>,
    /// Other deliveries that named it: as they were, and as they are now.
    pub(super) others: Vec<(Delivery, Delivery)>,
    /// What is left that these persons can take back.
    pub(super) steps: Vec<(String, Vec<Step>)>,
}

/// Plans an erasure.
///
/// # Errors
/// As [`Erasures::erase`](crate::store::Erasures::erase).
pub(super) fn erase(
    records: &impl ErasureRecords,
    order: &Erasure,
    spread: &Spread,
) -> Result<ErasurePlan, StoreError> {
    let reason = checked(&order.reason)?;
    let mut matches = Vec::new();
    let mut near_misses = Vec::new();
    for id in &spread.matches {
        matches.extend(records.matched(*id)?);
        near_misses.extend(records.near_miss(*id)?);
    }
    let article = records.article(spread.article)?;
    let words = Words::of(article.as_ref(), &matches);
    let ids: HashSet<MatchId> = spread.matches.iter().copied().collect();
    let (stories, gone_stories) = left_stories(records, spread, &ids, &words)?;
    let tombstone = Tombstone {
        article: spread.article,
        matches: spread.matches.clone(),
        stories: spread.stories.clone(),
        at: order.at,
        by: order.by.clone(),
        prints: article.as_ref().map(Article::prints).unwrap_or_default(),
        reason,
    };
    let earlier = records.tombstone(spread.article.to_be_bytes())?;
    let mut plan = ErasurePlan {
        is_new: earlier.is_none(),
        tombstone: match earlier {
            Some(Tombstone { at, by, reason, prints, .. }) => {
                Tombstone { at, by, prints, reason, ..tombstone }
            }
            None => tombstone,
        },
        matches,
        near_misses,
        stories,
        gone_stories,
        deliveries: Vec::new(),
        others: Vec::new(),
        steps: Vec::new(),
    };
    sort_deliveries(records, spread, &ids, &words, &mut plan)?;
    for by in &spread.persons {
        let mut steps = records.steps_by(by)?;
        steps.retain_mut(|step| step.forget(&ids));
        plan.steps.push((by.clone(), steps));
    }
    Ok(plan)
}

/// Refuses what would bring an erased article back: whoever brings it decides again, without it.
///
/// # Errors
/// [`StoreError::Conflict`].
pub(super) fn check_commit(
    commit: &Commit,
    tombstone: impl Fn(ArticleId) -> Result<bool, StoreError>,
) -> Result<(), StoreError> {
    let matches = commit.matches.iter().map(|it| it.article.id);
    let near_misses = commit.near_misses.iter().map(|it| it.article);
    for article in matches.chain(near_misses) {
        if tombstone(article)? {
            return Err(StoreError::Conflict);
        }
    }
    Ok(())
}

/// Whether a delivery that nobody has tried goes without a trace: it told of the article alone. Of
/// a digest people see that there was one.
pub(super) fn goes(delivery: &Delivery) -> bool {
    delivery.matched.is_some() && matches!(delivery.state, DeliveryState::Pending { .. })
}

/// A delivery without its words: nobody can send it any more.
pub(super) fn emptied(delivery: Delivery, at: Timestamp) -> Delivery {
    let state = match delivery.state {
        DeliveryState::Pending { .. } => DeliveryState::Dead { at },
        state => state,
    };
    let mut attempts = delivery.attempts;
    // A receiver may say back what it was told.
    for attempt in &mut attempts {
        attempt.answer.clear();
    }
    Delivery { body: String::new(), state, attempts, ..delivery }
}

fn checked(reason: &str) -> Result<String, StoreError> {
    let reason = reason.trim();
    let n_max = Tombstone::REASON_CHARACTERS_MAX;
    let refused = |reason: String| Err(StoreError::Refused { reason });
    match reason.chars().count() {
        0 => refused("an erasure needs a reason".to_owned()),
        n if n_max < n => refused(format!("the reason has {n} characters, at most {n_max}")),
        _ => Ok(reason.to_owned()),
    }
}

/// The stories as they are left, and those of which nothing is left.
fn left_stories(
    records: &impl ErasureRecords,
    spread: &Spread,
    ids: &HashSet<MatchId>,
    words: &Words,
) -> Result<(Vec<Story>, Vec<StoryId>), StoreError> {
    let (mut left, mut gone) = (Vec::new(), Vec::new());
    for id in &spread.stories {
        let Some(story) = records.story(*id)? else { continue };
        if story.merged_into.is_some() {
            left.push(unnamed(story, ids, words));
            continue;
        }
        let mut members = records.matches_of(*id)?;
        let n_before = members.len();
        members.retain(|matched| !ids.contains(&matched.id));
        let is_touched = members.len() < n_before || names(&story, ids);
        match Members::of(records, members)?.make(&story) {
            Some(rebuilt) if is_touched => left.push(untold(rebuilt, words)),
            // It only held the article once; the journal may still say what it said then.
            Some(_) => left.push(story),
            None => gone.push(*id),
        }
    }
    Ok((left, gone))
}

/// Whether `story` says something of one of these matches.
fn names(story: &Story, ids: &HashSet<MatchId>) -> bool {
    ids.contains(&story.first_match)
        || story.first_publisher.is_some_and(|id| ids.contains(&id))
        || story.titles.iter().any(|title| ids.contains(&title.matched))
}

/// A story that was merged into another one, without what it says of these matches.
fn unnamed(mut story: Story, ids: &HashSet<MatchId>, words: &Words) -> Story {
    if ids.contains(&story.first_match) {
        story.title.clear();
    }
    story.titles.retain(|title| !ids.contains(&title.matched));
    story.figures.retain(|figure| !words.figures.contains(&figure.text));
    untold(story, words)
}

/// A story without what receivers were to be told of the article alone.
fn untold(mut story: Story, words: &Words) -> Story {
    let words = words.without(&story);
    if let Some(update) = story.told.as_mut().and_then(|told| told.update.as_mut()) {
        update.changes.retain(|change| !words.are_in(change));
    }
    story
}

/// Tells the article's own deliveries from others that name it, for `plan`.
fn sort_deliveries(
    records: &impl ErasureRecords,
    spread: &Spread,
    ids: &HashSet<MatchId>,
    words: &Words,
    plan: &mut ErasurePlan,
) -> Result<(), StoreError> {
    for id in &spread.deliveries {
        let Some(delivery) = records.delivery(*id)? else { continue };
        if delivery.names(|id| ids.contains(id)) {
            plan.deliveries.push(delivery);
            continue;
        }
        let left = plan.stories.iter().find(|story| Some(story.id) == delivery.story);
        let words = left.map_or_else(|| words.clone(), |left| words.without(left));
        match words.taken_out(&delivery.body) {
            Taken::Nothing => {}
            Taken::Left(body) => {
                plan.others.push((delivery.clone(), Delivery { body, ..delivery }));
            }
            Taken::Unreadable => plan.deliveries.push(delivery),
        }
    }
    Ok(())
}

/// What an article says that others repeat.
#[derive(Clone, Debug, Default)]
struct Words {
    titles: HashSet<String>,
    figures: HashSet<String>,
}

/// What came of taking words out of a body.
enum Taken {
    /// They are not in it.
    Nothing,
    /// The body without them.
    Left(String),
    /// They may be in it, but it is not in a format that we can take apart.
    Unreadable,
}

impl Words {
    fn of(article: Option<&Article>, matches: &[Match]) -> Self {
        let titles = article.into_iter().flat_map(|article| {
            [article.title.clone(), shortened(&article.title, Story::TITLE_CHARACTERS_MAX)]
        });
        let figures = matches.iter().flat_map(|matched| matched.figures.iter());
        Self {
            titles: titles.filter(|title| !title.trim().is_empty()).collect(),
            figures: figures.map(|figure: &Figure| figure.text.clone()).collect(),
        }
    }

    /// Those that `story` does not have from others, too.
    fn without(&self, story: &Story) -> Self {
        let has_title = |title: &String| story.titles.iter().any(|it| it.title == *title);
        let has_figure = |text: &String| story.figures.iter().any(|it| it.text == *text);
        Self {
            titles: self.titles.iter().filter(|it| !has_title(it)).cloned().collect(),
            figures: self.figures.iter().filter(|it| !has_figure(it)).cloned().collect(),
        }
    }

    /// Whether one of them is in a sentence for people, where amounts may be cut.
    fn are_in(&self, sentence: &str) -> bool {
        const CHARACTERS_MAX: usize = 40;
        let figures = self.figures.iter().map(|figure| figure.trim());
        let starts = figures.map(|it| it.chars().take(CHARACTERS_MAX).collect::<String>());
        let starts = starts.filter(|start| !start.is_empty());
        starts.chain(self.titles.iter().cloned()).any(|words| sentence.contains(&words))
    }

    /// `body` without them.
    fn taken_out(&self, body: &str) -> Taken {
        if body.is_empty() || (self.titles.is_empty() && self.figures.is_empty()) {
            return Taken::Nothing;
        }
        // Only of our own format it is known where which words stand.
        let before = serde_json::from_str::<Value>(body).ok().filter(is_our_own);
        let Some(before) = before else { return Taken::Unreadable };
        let mut after = before.clone();
        if let Some(story) = after.pointer_mut("/data/story") {
            retain(story.get_mut("titles"), |it| !self.has(it.get("title")));
            retain(story.get_mut("figures"), |it| !self.has(it.get("text")));
        }
        let is_said = |change: &Value| change.as_str().is_some_and(|it| self.are_in(it));
        retain(after.pointer_mut("/data/changes"), |it| !is_said(it));
        if after == before { Taken::Nothing } else { Taken::Left(after.to_string()) }
    }

    fn has(&self, value: Option<&Value>) -> bool {
        let text = value.and_then(Value::as_str);
        text.is_some_and(|text| self.titles.contains(text) || self.figures.contains(text))
    }
}

fn is_our_own(body: &Value) -> bool {
    let kind = body.get("type").and_then(Value::as_str);
    let is_known = AlertKind::ALL.iter().any(|it| kind == Some(it.as_str()));
    is_known && body.get("data").is_none_or(Value::is_object)
}

fn retain(list: Option<&mut Value>, keep: impl Fn(&Value) -> bool) {
    if let Some(list) = list.and_then(Value::as_array_mut) {
        list.retain(keep);
    }
}

/// Things in the order in which they were found, each once.
struct Known<T> {
    items: Vec<T>,
    known: HashSet<T>,
}

impl<T: Copy + Eq + std::hash::Hash> Known<T> {
    fn from(items: Vec<T>) -> Self {
        let mut known = Self { items: Vec::new(), known: HashSet::new() };
        known.extend(items);
        known
    }

    fn has(&self, item: &T) -> bool {
        self.known.contains(item)
    }

    fn extend(&mut self, items: impl IntoIterator<Item = T>) {
        for item in items {
            if self.known.insert(item) {
                self.items.push(item);
            }
        }
    }
}
