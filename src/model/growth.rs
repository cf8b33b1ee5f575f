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
        for member in others {
            story.grow(*member);
        }
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::StoryRole::{Copy, First, OwnReport, Translation};
    use crate::model::{
        ArticleId, Aspect, FeedId, Language, Languages, Score, Side, StoryLink, StoryRole,
    };

    /// What is drawn for a match: feed, language, side, minutes between publication and arrival,
    /// relation to which earlier one, amount.
    type Draw = (u8, u8, u8, u8, Option<(u8, Kinship)>, u8);

    fn kinship() -> impl Strategy<Value = Kinship> {
        prop_oneof![Just(Kinship::Copy), Just(Kinship::Translation), Just(Kinship::OwnReport)]
    }

    fn draw() -> impl Strategy<Value = Draw> {
        let link = proptest::option::of((0..20_u8, kinship()));
        (0..80_u8, 0..4_u8, 0..4_u8, 0..90_u8, link, 0..40_u8)
    }

    fn matched(number: usize, draw: Draw, arrived: i64) -> (Match, String, Timestamp) {
        let (feed, language, side, delay, link, amount) = draw;
        let id = |number: usize| MatchId::from_be_bytes((number as u64).to_be_bytes());
        let side = ["JP", "AZ", "TR", "third"][usize::from(side)].to_owned();
        let language = ["de", "en", "az", "ja"][usize::from(language)];
        let minute = |minutes| Timestamp::from_unix_ms(minutes * 60_000).unwrap();
        let nearest = |at: u8| id(usize::from(at) % number.max(1));
        let why = String::new;
        let matched = Match {
            id: id(number),
            topic: "t".to_owned(),
            article: ArticleId::of_identity(&[]),
            feed: FeedId::of_url(&feed.to_string()),
            home: Some(Side::try_from(side).unwrap()),
            story: StoryId::from_be_bytes([7; 8]),
            link: link.map(|(at, kinship)| StoryLink { nearest: nearest(at), kinship, why: why() }),
            placed: None,
            score: Score::new(0.5).unwrap(),
            language: Language::of_tag(language).unwrap(),
            aspects: vec![Aspect::ALL[usize::from(amount) % Aspect::ALL.len()]],
            figures: vec![Figure {
                text: amount.to_string(),
                value: f64::from(amount),
                unit: "USD".to_owned(),
            }],
            evidence: Vec::new(),
            basis: 0,
            created: minute(arrived),
            silence: None,
            review: None,
        };
        (matched, format!("title {number}"), minute(arrived - i64::from(delay)))
    }

    fn member((matched, title, published): &(Match, String, Timestamp)) -> Member<'_> {
        Member { matched, title, published: *published }
    }

    proptest! {
        /// Goal: a story says the same of its articles, whether it grew or was corrected.
        /// Method: random matches, one by one and all at once in another order.
        #[test]
        fn rebuilt_story_is_the_one_that_grew(
            draws in proptest::collection::vec((draw(), 0..3_i64), 1..30),
            turn in 0..30_usize,
        ) {
            let mut arrived = 0;
            let mut drawn: Vec<_> = Vec::new();
            for (number, (draw, pause)) in draws.iter().enumerate() {
                arrived += pause;
                drawn.push(matched(number, *draw, arrived));
            }
            drawn.sort_by_key(|it| member(it).order());
            let mut grown = Story::opened(drawn[0].0.story, member(&drawn[0]));
            drawn[1..].iter().for_each(|it| grown.grow(member(it)));
            prop_assert_eq!(grown.size as usize, drawn.len());
            let first = drawn.iter().min_by_key(|(matched, _, published)| {
                (*published, matched.created, matched.id)
            });
            prop_assert_eq!(grown.first_publisher(), first.unwrap().0.id);
            let n_first = drawn.iter().filter(|(matched, _, _)| {
                StoryRole::of(&grown, matched) == First
            });
            prop_assert_eq!(n_first.count(), 1);
            prop_assert!(grown.outlets.len() <= Story::OUTLETS_MAX);
            prop_assert!(grown.figures.len() <= Story::FIGURES_MAX);

            drawn.rotate_left(turn % draws.len());
            let rebuilt = grown.rebuilt(drawn.iter().map(member).collect()).unwrap();
            prop_assert_eq!(rebuilt.revision, grown.revision + 1);
            let revision = grown.revision;
            prop_assert_eq!(Story { revision, ..rebuilt }, grown);
        }
    }

    /// Goal: a reader gets the title of who reported it, not of who translated it later.
    #[test]
    fn best_title_is_of_the_earliest_own_report() {
        let translation = (0, Kinship::Translation);
        let own = (0, Kinship::OwnReport);
        let drawn = [
            matched(0, (0, 0, 0, 0, None, 0), 10),
            matched(1, (0, 1, 0, 0, Some(translation), 0), 11),
            matched(2, (0, 1, 0, 0, Some(own), 0), 12),
            matched(3, (0, 1, 0, 0, Some(own), 0), 13),
            matched(4, (0, 0, 0, 9, Some((0, Kinship::Copy)), 0), 14),
        ];
        let mut story = Story::opened(drawn[0].0.story, member(&drawn[0]));
        drawn[1..].iter().for_each(|it| story.grow(member(it)));
        let title = |wish: &str| story.title_for(&Languages::of_header(wish)).text.to_owned();
        assert_eq!(title("ja, en"), "title 2");
        assert_eq!(title("de"), "title 0");
        assert_eq!(title("ja"), "title 2");
        assert_eq!(title(""), "title 0");
        // Published before the one that it copies: the other way round.
        let roles = drawn.each_ref().map(|(matched, _, _)| StoryRole::of(&story, matched));
        assert_eq!(roles, [Copy, Translation, OwnReport, OwnReport, First]);
    }
}
