//! From a question to what people read.

use crate::model::{Article, Match, MatchId};
use crate::store::search::index::{IndexError, Searchable};
use crate::store::search::pattern::Sought;
use crate::store::search::ranking::Rank;
use crate::store::search::segment::Question;
use crate::store::search::snippet::Marker;
use crate::store::{Hit, Page, PageRequest, SearchQuery, StoreError};

/// Why nothing was found.
#[derive(Debug)]
pub(in crate::store) enum FindError {
    /// The index is not what it should be: it must be made anew.
    Index(IndexError),
    /// The question, or the store.
    Store(StoreError),
}

impl From<StoreError> for FindError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<IndexError> for FindError {
    fn from(error: IndexError) -> Self {
        Self::Index(error)
    }
}

/// Finds a page. `load` answers none for what is gone; what changed since it was put into the
/// index is left out if the filter refuses it now.
pub(in crate::store) fn find(
    searchable: &Searchable,
    query: SearchQuery,
    page: &PageRequest,
    mut load: impl FnMut(MatchId) -> Result<Option<(Match, Article)>, StoreError>,
) -> Result<Page<Hit>, FindError> {
    let sought = Sought::all(&query)?;
    let SearchQuery { filter, order, .. } = query;
    let mut behind = Rank::behind(page.after.as_deref(), order)?;
    let marker = Marker::new(&sought);
    let question = Question { sought, filter, order };
    let mut items: Vec<Hit> = Vec::new();
    let mut last = None;
    loop {
        let n_wanted = page.limit.saturating_sub(items.len()).saturating_add(1);
        let ranks = searchable.ranks(&question, n_wanted, behind)?;
        let is_end = ranks.len() < n_wanted;
        for rank in ranks {
            behind = Some(rank);
            let Some((matched, article)) = load(rank.id)? else { continue };
            let is_here = matched.created.unix_ms() == rank.created_ms;
            if !is_here || !question.filter.accepts(&matched) {
                continue;
            }
            if items.len() == page.limit {
                let next = last.map(|last: Rank| last.cursor(order)).transpose()?;
                return Ok(Page { items, next });
            }
            let snippets = marker.snippets(&article);
            items.push(Hit { matched, article, snippets });
            last = Some(rank);
        }
        if is_end {
            return Ok(Page { items, next: None });
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::{Timestamp, samples};
    use crate::store::search::{Mark, SearchIndex};
    use crate::store::{Ending, SearchWord, Spelling};

    fn article(body: &str) -> Article {
        let at = Timestamp::from_unix_ms(0).unwrap();
        Article { title: String::new(), body: body.to_owned(), ..samples::article(2, at) }
    }

    fn is_found(searchable: &Searchable, article: &Article, word: &str) -> bool {
        let spellings = vec![Spelling::of(word, Ending::None)];
        let words = vec![SearchWord { spellings, is_excluded: false }];
        let query = SearchQuery { words, ..SearchQuery::default() };
        let load = |_| Ok(Some((samples::matched(article), article.clone())));
        let page = find(searchable, query, &PageRequest::first(1), load).unwrap();
        let has_mark = |hit: &Hit| hit.snippets.iter().any(|it| !it.marks.is_empty());
        page.items.first().is_some_and(has_mark)
    }

    fn without_marks(word: &str) -> String {
        let plain = [('ä', 'a'), ('ö', 'o'), ('ü', 'u'), ('ş', 's'), ('ç', 'c'), ('ğ', 'g')];
        let plain = |letter| plain.iter().find(|it| it.0 == letter).map_or(letter, |it| it.1);
        word.chars().map(plain).collect()
    }

    /// Goal: what was erased is nowhere any more, not even among what waits to be cleaned up.
    #[test]
    fn removed_matches_leave_no_words() {
        let folder = tempfile::tempdir().unwrap();
        let mut index = SearchIndex::create(folder.path()).unwrap();
        for number in 0..20 {
            let article = article("geheimnisvoll");
            let matched =
                Match { id: MatchId::from_be_bytes([number; 8]), ..samples::matched(&article) };
            index.put(&matched, &article).unwrap();
        }
        index.commit(Mark::default()).unwrap();
        for number in 0..19 {
            index.remove(MatchId::from_be_bytes([number; 8]));
        }
        let mark = Mark { group: 7, journal: None };
        index.commit(mark).unwrap();
        assert_eq!(index.n_removed(), 0);
        drop(index);
        let (index, found) = SearchIndex::open(folder.path()).unwrap().unwrap();
        assert_eq!((found, index.n_removed()), (mark, 0));
        assert!(is_found(&index.searchable(), &article("geheimnisvoll"), "geheimnisvoll"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        /// Goal: whatever stands in a text is found by itself, in capitals and without marks, and
        /// is shown; of a text without blanks any two letters.
        #[test]
        fn every_word_is_found(
            words in prop::collection::vec(
                "[a-zäöüßəışçğ]{1,9}|[а-яё]{1,7}|[日本国のバクー大]{1,6}|[가-힣]{1,5}|[ก-ฮ]{1,5}|[يابنوسفر]{1,6}",
                1..30,
            ),
        ) {
            let article = article(&words.join(" "));
            let mut index = SearchIndex::in_memory().unwrap();
            index.put(&samples::matched(&article), &article).unwrap();
            index.commit(Mark::default()).unwrap();
            let searchable = index.searchable();
            for word in &words {
                let letters: Vec<char> = word.chars().collect();
                let is_dense = crate::understand::text::fold(word).as_str() == word
                    && letters.iter().all(|it| !it.is_ascii() && *it >= '\u{e00}');
                let pairs = letters.windows(2).filter(|_| is_dense);
                let pairs = pairs.map(|pair| pair.iter().collect::<String>());
                let forms = [word.clone(), word.to_uppercase(), without_marks(word)];
                for sought in forms.into_iter().chain(pairs) {
                    prop_assert!(is_found(&searchable, &article, &sought), "{sought}");
                }
            }
            prop_assert!(!is_found(&searchable, &article, "nirgends"));
        }
    }
}
