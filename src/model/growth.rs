//! What a story says of its matches, from these alone.
//!
//! Invariant: a story that grew match by match is the same as one that is rebuilt from all of
//! them, as long as they came in the order of [`Member::order`].

use crate::model::view::shortened;
use crate::model::{
    Article, Figure, Kinship, Match, MatchId, Story, StoryId, StoryTitle, Timestamp,
};

/// A match as its story sees it.
#[derive(Clone, Copy, Debug)]
pub struct Member<'a> {
    /// The match.
    pub matched: &'a Match,
    /// Its article's title.
    pub title: &'a str,
    /// When its article was published.
    pub published: Timestamp,
}

impl<'a> Member<'a> {
    /// The match with its text.
    pub fn new(matched: &'a Match, article: &'a Article) -> Self {
        Self { matched, title: &article.title, published: article.published }
    }

    /// Where it stands in the order of arrival: what came at once is in order of publication.
    pub fn order(&self) -> (Timestamp, Timestamp, MatchId) {
        (self.matched.created, self.published, self.matched.id)
    }

    fn kinship(&self) -> Option<Kinship> {
        self.matched.link.as_ref().map(|link| link.kinship)
    }

    fn story_title(&self) -> StoryTitle {
        StoryTitle {
            language: self.matched.language,
            title: shortened(self.title, Story::TITLE_CHARACTERS_MAX),
            matched: self.matched.id,
            published: self.published,
            is_derived: self.kinship().is_some_and(|kinship| kinship != Kinship::OwnReport),
        }
    }
}

impl Story {
    /// The story called `id` with its first match: revision 1, nobody was told.
    pub fn opened(id: StoryId, first: Member<'_>) -> Self {
        let Member { matched, title, published } = first;
        let mut story = Self {
            id,
            topic: matched.topic.clone(),
            revision: 0,
            first_match: matched.id,
            title: title.to_owned(),
            size: 0,
            languages: Vec::new(),
            first_published: published,
            updated: matched.created,
            first_publisher: Some(matched.id),
            overtaken: None,
            titles: Vec::new(),
            sides: Vec::new(),
            outlets: Vec::new(),
            aspects: Vec::new(),
            figures: Vec::new(),
            is_announced: false,
            told: None,
            merged_into: None,
            review: None,
        };
        story.grow(first);
        story
    }

    /// Takes in one match more.
    pub fn grow(&mut self, member: Member<'_>) {
        let matched = member.matched;
        self.revision += 1;
        self.size = self.size.saturating_add(1);
        self.updated = self.updated.max(matched.created);
        if member.published < self.first_published {
            self.overtake(member);
        }
        add(&mut self.languages, matched.language, usize::MAX);
        add(&mut self.outlets, matched.feed, Self::OUTLETS_MAX);
        matched.home.into_iter().for_each(|home| add(&mut self.sides, home, Self::SIDES_MAX));
        matched.aspects.iter().for_each(|aspect| add(&mut self.aspects, *aspect, usize::MAX));
        for figure in &matched.figures {
            if self.is_new_figure(figure) && self.figures.len() < Self::FIGURES_MAX {
                self.figures.push(figure.clone());
            }
        }
        self.add_title(member.story_title());
    }

    /// The story with these matches instead, as its next revision: what it says of its matches
    /// is made anew, the rest stays. None if there are none.
    #[must_use]
    pub fn rebuilt(&self, mut members: Vec<Member<'_>>) -> Option<Self> {
        members.sort_by_key(Member::order);
        let (first, others) = members.split_first()?;
        let mut story = Self::opened(self.id, *first);
        others.iter().for_each(|member| story.grow(*member));
        Some(Self {
            topic: self.topic.clone(),
            revision: self.revision + 1,
            is_announced: self.is_announced,
            told: self.told.clone(),
            review: self.review.clone(),
            ..story
        })
    }

    /// Whether no match so far names this amount.
    pub fn is_new_figure(&self, figure: &Figure) -> bool {
        let is_same =
            |it: &Figure| it.unit == figure.unit && it.value.total_cmp(&figure.value).is_eq();
        !self.figures.iter().any(is_same)
    }

    /// A match that was published before all others becomes the first publisher; the first match,
    /// which has no relation of its own, takes that of the two the other way round.
    fn overtake(&mut self, member: Member<'_>) {
        let link = member.matched.link.as_ref().filter(|link| link.nearest == self.first_match);
        self.overtaken = self.overtaken.or(link.map(|link| link.kinship));
        self.first_published = member.published;
        self.first_publisher = Some(member.matched.id);
    }

    fn add_title(&mut self, new: StoryTitle) {
        let rank = |title: &StoryTitle| (title.is_derived, title.published);
        match self.titles.iter().position(|title| title.language == new.language) {
            Some(at) if rank(&new) < rank(&self.titles[at]) => self.titles[at] = new,
            None if self.titles.len() < Self::TITLES_MAX => self.titles.push(new),
            Some(_) | None => {}
        }
    }
}

fn add<T: PartialEq>(items: &mut Vec<T>, new: T, n_max: usize) {
    if items.len() < n_max && !items.contains(&new) {
        items.push(new);
    }
}
