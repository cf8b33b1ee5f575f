//! One story of a digest, and the order of all of them.

use std::cmp::Reverse;

use crate::alert::{DigestStory, update};
use crate::model::{Match, MatchId, Story};

/// A story with what came of it in the digest's time.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The story as it stands.
    pub story: Story,
    /// What came, with links; at least one.
    pub matches: Vec<(Match, Option<String>)>,
    /// What it had before.
    pub earlier: Vec<Match>,
}

impl Listed {
    /// The story as formats write it.
    pub fn written(&self) -> DigestStory {
        let best =
            self.matches.iter().max_by_key(|(matched, _)| (matched.score, Reverse(matched.id)));
        let (url, score) = match best {
            Some((matched, url)) => (url.clone(), matched.score),
            None => (None, crate::model::Score::ZERO),
        };
        let n_matches = u32::try_from(self.matches.len()).unwrap_or(u32::MAX);
        DigestStory {
            changes: self.changes(),
            ..DigestStory::new(&self.story, url, score, n_matches)
        }
    }

    /// The matches whose words the digest may show: erasing one of them erases these.
    pub fn names(&self) -> impl Iterator<Item = MatchId> {
        let titles = self.story.titles.iter().map(|title| title.matched);
        let own = self.matches.iter().map(|(matched, _)| matched.id);
        own.chain(titles).chain([self.story.first_match])
    }

    /// What changed in a story that is older than the digest's time.
    fn changes(&self) -> Vec<String> {
        if self.earlier.is_empty() {
            return Vec::new();
        }
        let had = |is_there: &dyn Fn(&Match) -> bool| self.earlier.iter().any(is_there);
        let mut before = self.story.clone();
        before.sides.retain(|side| had(&|it| it.home == Some(*side)));
        before.outlets.retain(|outlet| had(&|it| it.feed == *outlet));
        before.figures.retain(|figure| had(&|it| it.figures.contains(figure)));
        update::changes(&before, &self.story)
    }
}

/// Puts what matters most first: what brought most, then what is surest.
pub fn sort(stories: &mut [Listed]) {
    stories.sort_by_cached_key(|listed| {
        let best = listed.matches.iter().map(|(matched, _)| matched.score).max();
        (Reverse(listed.matches.len()), Reverse(best), listed.story.id)
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::samples::Sample;
    use crate::model::{FeedId, Figure, Score, Side};

    fn listed(n: usize, score: f64) -> Listed {
        let Sample { matched, story, .. } = Sample::new();
        let matched = Match { score: Score::new(score).unwrap(), ..matched };
        let one = |number: usize| (matched.clone(), Some(format!("https://example.org/{number}")));
        Listed { story, matches: (0..n).map(one).collect(), earlier: Vec::new() }
    }

    /// Goal: the first lines of a digest are worth reading.
    #[test]
    fn what_brought_most_comes_first() {
        let mut stories = [listed(1, 0.9), listed(1, 0.95), listed(3, 0.5)];
        sort(&mut stories);
        let order: Vec<(u32, Score)> =
            stories.iter().map(Listed::written).map(|it| (it.n_matches, it.score)).collect();
        let score = |value| Score::new(value).unwrap();
        assert_eq!(order, [(3, score(0.5)), (1, score(0.95)), (1, score(0.9))]);
    }

    /// Goal: a digest says what is new of a story that its readers know, and nothing of the rest.
    #[test]
    fn changes_are_those_of_the_digests_time() {
        let mut listed = listed(2, 0.9);
        assert!(listed.written().changes.is_empty());
        let earlier = Sample::new().matched;
        listed.earlier = vec![earlier.clone()];
        assert!(listed.written().changes.is_empty());
        let home = Side::try_from("AZ".to_owned()).unwrap();
        let outlets = ["a", "b"].map(FeedId::of_url);
        let figure =
            Figure { text: "3.2 Mio. Dollar".to_owned(), value: 3.2e6, unit: "USD".to_owned() };
        listed.story.sides.push(home);
        listed.story.outlets.extend(outlets);
        listed.story.figures.push(figure);
        let changes = listed.written().changes;
        let expected =
            ["first report from AZ", "3 outlets report it", "new figure: 3.2 Mio. Dollar"];
        assert_eq!(changes, expected);
    }

    /// Goal: erasing any article whose words stand in a digest erases the digest's.
    #[test]
    fn all_matches_whose_words_are_shown_are_named() {
        let listed = listed(1, 0.9);
        let names: Vec<MatchId> = listed.names().collect();
        assert!(names.contains(&listed.matches[0].0.id));
        assert!(names.contains(&listed.story.titles[0].matched));
    }
}
