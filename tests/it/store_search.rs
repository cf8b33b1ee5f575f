//! Searching, run against each store.

use std::cmp::Reverse;
use std::time::{Duration, Instant};

use silkwire::model::{
    Article, Aspect, Language, Match, MatchId, Review, ReviewVerdict, Score, Subject,
};
use silkwire::store::{
    Announcement, Commit, Ending, Erasure, Hit, Judged, MatchCommit, Page, PageRequest, Phrase,
    ReviewChange, SearchFilter, SearchOrder, SearchQuery, SearchWord, Spelling, Store, StoreError,
    StoryChange,
};

use crate::store_samples::{at, commit, match_commit, match_id, story};

/// Runs each case against each store.
macro_rules! contract {
    ($($case:ident,)*) => {
        mod memory {
            $(#[tokio::test]
            async fn $case() {
                super::$case(&silkwire::store::MemoryStore::new()).await;
            })*
        }

        mod disk {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $case() {
                let folder = tempfile::tempdir().unwrap();
                super::$case(&silkwire::store::DiskStore::open(folder.path()).unwrap()).await;
            })*
        }
    };
}

contract![
    words_of_all_scripts_are_found,
    all_words_must_be_found,
    spellings_of_one_word_find_the_same,
    filters_choose_matches,
    verdicts_are_found_when_they_are_given,
    edited_texts_are_found_as_they_are,
    erased_and_dropped_texts_are_not_found,
    what_fits_best_comes_first,
    pages_hold_while_articles_arrive,
    impossible_questions_are_refused,
    found_words_are_shown,
];

const NOBODY: [u64; 0] = [];

/// Longer than the index is ever behind.
const PATIENCE: Duration = Duration::from_secs(30);

/// Searches until `is_right`: the index of a store on disk follows a little later.
pub(super) async fn search_until(
    store: &dyn Store,
    query: &SearchQuery,
    request: &PageRequest,
    is_right: impl Fn(&Page<Hit>) -> bool,
) -> Page<Hit> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let page = store.search(query.clone(), request.clone()).await.unwrap();
        if is_right(&page) {
            return page;
        }
        assert!(Instant::now() < deadline, "{query:?} found {:?}", titles(&page));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Waits until everything that is stored can be found.
pub(super) async fn settled(store: &dyn Store, n: usize) {
    let all = PageRequest::first(1000);
    search_until(store, &SearchQuery::default(), &all, |page| page.items.len() == n).await;
}

fn titles(page: &Page<Hit>) -> Vec<&str> {
    page.items.iter().map(|hit| hit.article.title.as_str()).collect()
}

pub(super) fn ids(page: &Page<Hit>) -> Vec<MatchId> {
    page.items.iter().map(|hit| hit.matched.id).collect()
}

/// Each of the words, whole.
pub(super) fn query(words: &[&str]) -> SearchQuery {
    SearchQuery { words: words.iter().map(|word| whole(word)).collect(), ..SearchQuery::default() }
}

fn whole(text: &str) -> SearchWord {
    SearchWord { spellings: vec![Spelling::of(text, Ending::None)], is_excluded: false }
}

async fn found(store: &dyn Store, query: SearchQuery) -> Vec<u64> {
    let page = store.search(query, PageRequest::first(100)).await.unwrap();
    ids(&page).iter().map(|id| (0..100).find(|it| match_id(*it) == *id).unwrap()).collect()
}

fn changed(number: u64, change: impl FnOnce(&mut Article, &mut Match)) -> Commit {
    let MatchCommit { mut article, mut matched, sketch, seen, .. } = match_commit(number, &[]);
    change(&mut article, &mut matched);
    let announcement = Announcement::Silent(silkwire::model::Silence::NoRoute);
    let found = MatchCommit { article, matched, sketch, seen, announcement };
    let stories = vec![StoryChange::untold(story(number), None)];
    Commit { matches: vec![found], stories, ..Commit::default() }
}

/// Match `number` with this text in place of the sample's.
fn text(number: u64, title: &str, body: &str) -> Commit {
    changed(number, |article, _| {
        title.clone_into(&mut article.title);
        article.summary = String::new();
        body.clone_into(&mut article.body);
    })
}

/// Goal: a researcher finds a text by any of its words, however letters are written.
async fn words_of_all_scripts_are_found(store: &dyn Store) {
    let texts = [
        "Empfang in der Residenz",
        "Azərbaycan və Yaponiya görüşü",
        "Посол Японии в Баку",
        "駐アゼルバイジャン日本大使館",
        "سفير اليابان في باكو وباكو",
        "주아제르바이잔 일본대사관에서",
        "เอกอัครราชทูตญี่ปุ่น",
        "अज़रबैजान और जापान",
    ];
    for (number, title) in (0..).zip(texts) {
        store.commit(text(number, title, "")).await.unwrap();
    }
    settled(store, texts.len()).await;
    for (word, number) in [
        ("EMPFANG", 0),
        ("azerbaycan", 1),
        ("GORUSU", 1),
        ("японии", 2),
        ("大使館", 3),
        ("ｱｾﾞﾙﾊﾞｲｼﾞｬﾝ", 3),
        ("館", 3),
        ("اليابان", 4),
        ("باكو", 4),
        ("대사관", 5),
        ("일본대사관", 5),
        ("ญี่ปุ่น", 6),
        ("जापान", 7),
    ] {
        assert_eq!(found(store, query(&[word])).await, [number], "{word}");
    }
    assert_eq!(found(store, query(&["Residen"])).await, NOBODY);
}

/// Goal: more words find less, a phrase only its words in a row, a beginning all that it begins.
async fn all_words_must_be_found(store: &dyn Store) {
    store.commit(text(1, "Baku", "Der Botschafter in Tokio spricht.")).await.unwrap();
    store.commit(text(2, "Tokio", "Die Botschaft in Baku lädt ein.")).await.unwrap();
    settled(store, 2).await;
    assert_eq!(found(store, query(&["Baku", "Tokio"])).await, [2, 1]);
    assert_eq!(found(store, query(&["Baku", "lädt"])).await, [2]);
    assert_eq!(found(store, query(&["Baku", "nirgends"])).await, NOBODY);
    assert_eq!(found(store, query(&["Botschaft in Baku"])).await, [2]);
    assert_eq!(found(store, query(&["Baku in"])).await, NOBODY);
    // Title and text are apart.
    assert_eq!(found(store, query(&["Baku Der"])).await, NOBODY);
    let beginning = |text: &str, ending| {
        let spellings = vec![Spelling::of(text, ending)];
        let words = vec![SearchWord { spellings, is_excluded: false }];
        SearchQuery { words, ..SearchQuery::default() }
    };
    assert_eq!(found(store, beginning("botsch", Ending::Any)).await, [2, 1]);
    assert_eq!(found(store, beginning("botschaft", Ending::UpTo(1))).await, [2]);
    assert_eq!(found(store, beginning("in tok", Ending::Any)).await, [1]);
    let mut without = query(&["Baku", "Botschafter"]);
    without.words[1].is_excluded = true;
    assert_eq!(found(store, without).await, [2]);
}

/// Goal: whichever spelling somebody types, the same articles are found.
async fn spellings_of_one_word_find_the_same(store: &dyn Store) {
    store.commit(text(1, "Aserbaidschans Hauptstadt", "")).await.unwrap();
    store.commit(text(2, "Столица Азербайджана", "")).await.unwrap();
    store.commit(text(3, "Ilham Aliyev, Präsident", "")).await.unwrap();
    store.commit(text(4, "Präsident Aliyev, Ilham", "")).await.unwrap();
    settled(store, 4).await;
    let name = SearchWord {
        spellings: vec![
            Spelling::of("aserbaidschan", Ending::UpTo(4)),
            Spelling::of("азербаиджан", Ending::UpTo(4)),
        ],
        is_excluded: false,
    };
    let query = |words| SearchQuery { words, ..SearchQuery::default() };
    assert_eq!(found(store, query(vec![name.clone()])).await, [2, 1]);
    let excluded = SearchWord { is_excluded: true, ..name };
    assert_eq!(found(store, query(vec![excluded])).await, [4, 3]);
    let phrase = |text: &str| Phrase { text: text.to_owned(), ending: Ending::None };
    let both = Spelling { phrases: vec![phrase("Ilham"), phrase("Aliyev")] };
    let person = SearchWord { spellings: vec![both], is_excluded: false };
    assert_eq!(found(store, query(vec![person])).await, [4, 3]);
}

/// Goal: an analyst narrows a search down by everything that is known of a match.
async fn filters_choose_matches(store: &dyn Store) {
    store.commit(text(1, "Baku", "")).await.unwrap();
    let other = changed(2, |article, matched| {
        "Baku".clone_into(&mut article.title);
        matched.language = Language::of_tag("ja").unwrap();
        matched.aspects = vec![Aspect::Energy];
        matched.score = Score::new(0.6).unwrap();
        matched.feed = silkwire::model::FeedId::of_url("https://example.org/b.xml");
        matched.evidence.clear();
        matched.home = Some("JP".to_owned().try_into().unwrap());
    });
    store.commit(other).await.unwrap();
    settled(store, 2).await;
    let at_score = |value| Some(Score::new(value).unwrap());
    let all = SearchFilter::default;
    let cases = [
        (SearchFilter { language: Language::of_tag("ja").ok(), ..all() }, vec![2]),
        (SearchFilter { side: "JP".parse().ok(), ..all() }, vec![2]),
        (SearchFilter { side: "AZ".parse().ok(), ..all() }, vec![1]),
        (SearchFilter { aspect: Some(Aspect::Diplomacy), ..all() }, vec![1]),
        (SearchFilter { feed: Some(crate::store_samples::feed()), ..all() }, vec![1]),
        (SearchFilter { score_min: at_score(0.7), ..all() }, vec![1]),
        (SearchFilter { score_max: at_score(0.7), ..all() }, vec![2]),
        (SearchFilter { since: Some(at(2_000)), ..all() }, vec![2]),
        (SearchFilter { until: Some(at(2_000)), ..all() }, vec![1]),
        (SearchFilter { verdict: Some(Judged::Open), ..all() }, vec![2, 1]),
        (SearchFilter { side: "AZ".parse().ok(), score_max: at_score(0.7), ..all() }, vec![]),
    ];
    for (filter, expected) in cases {
        for words in [vec![], vec![whole("baku")]] {
            for order in [SearchOrder::Newest, SearchOrder::Best] {
                let query = SearchQuery { words: words.clone(), filter: filter.clone(), order };
                let mut found = found(store, query.clone()).await;
                if order == SearchOrder::Best {
                    found.sort_by_key(|number| Reverse(*number));
                }
                assert_eq!(found, expected, "{query:?}");
            }
        }
    }
}

fn verdict(number: u64, verdict: Option<ReviewVerdict>) -> ReviewChange {
    ReviewChange {
        subject: Subject::Match(match_id(number)),
        verdict: Some(verdict),
        note: None,
        by: "ada".to_owned(),
        at: at(0),
        expected: None,
    }
}

/// Goal: what was just judged is in the list of its verdict, and in no other one.
async fn verdicts_are_found_when_they_are_given(store: &dyn Store) {
    store.commit(commit(1)).await.unwrap();
    settled(store, 1).await;
    let with = |verdict| SearchQuery {
        filter: SearchFilter { verdict: Some(verdict), ..SearchFilter::default() },
        ..SearchQuery::default()
    };
    let relevant = Judged::As(ReviewVerdict::Relevant);
    let said: Review = store.review(verdict(1, Some(ReviewVerdict::Relevant))).await.unwrap();
    assert_eq!(said.verdict, Some(ReviewVerdict::Relevant));
    // At once: what the index does not know yet is looked up.
    assert_eq!(found(store, with(Judged::Open)).await, NOBODY);
    let all = PageRequest::first(10);
    search_until(store, &with(relevant), &all, |page| page.items.len() == 1).await;
    store.review(verdict(1, None)).await.unwrap();
    assert_eq!(found(store, with(relevant)).await, NOBODY);
    search_until(store, &with(Judged::Open), &all, |page| page.items.len() == 1).await;
}

/// Goal: nobody finds what a text no longer says.
async fn edited_texts_are_found_as_they_are(store: &dyn Store) {
    store.commit(text(1, "Empfang", "vorher")).await.unwrap();
    store.commit(text(2, "Empfang", "")).await.unwrap();
    settled(store, 2).await;
    let mut edit = text(1, "Empfang", "nachher");
    edit.stories.clear();
    store.commit(edit).await.unwrap();
    let first = PageRequest::first(10);
    search_until(store, &query(&["nachher"]), &first, |page| page.items.len() == 1).await;
    assert_eq!(found(store, query(&["vorher"])).await, NOBODY);
    assert_eq!(found(store, query(&["Empfang"])).await, [2, 1]);
}

/// Goal: what somebody had erased cannot be found any more, not even for a moment; a text that was
/// dropped for its age is found by its title alone.
async fn erased_and_dropped_texts_are_not_found(store: &dyn Store) {
    store.commit(text(1, "Empfang", "geheim")).await.unwrap();
    store.commit(text(2, "Empfang", "vertraulich")).await.unwrap();
    settled(store, 2).await;
    let (reason, by) = ("asked for".to_owned(), "ada".to_owned());
    store.erase(Erasure { id: match_id(1), reason, by, at: at(9_000) }).await.unwrap();
    assert_eq!(found(store, query(&["geheim"])).await, NOBODY);
    assert_eq!(store.drop_texts(at(3_000), at(9_000)).await.unwrap(), 1);
    let first = PageRequest::first(10);
    search_until(store, &query(&["vertraulich"]), &first, |page| page.items.is_empty()).await;
    assert_eq!(found(store, query(&["Empfang"])).await, [2]);
}

/// Goal: a short text about Baku comes before a long one that names it once, a title first.
async fn what_fits_best_comes_first(store: &dyn Store) {
    let long = "Es folgt noch viel mehr Text dazu. ".repeat(100);
    store.commit(text(1, "Bericht", &format!("Baku. {long}"))).await.unwrap();
    store.commit(text(2, "Baku", &long)).await.unwrap();
    store.commit(text(3, "Bericht", "Baku, Baku und noch einmal Baku.")).await.unwrap();
    store.commit(text(4, "Bericht", &format!("Baku. {long}"))).await.unwrap();
    settled(store, 4).await;
    let best = SearchQuery { order: SearchOrder::Best, ..query(&["Baku"]) };
    assert_eq!(found(store, best).await, [3, 2, 4, 1]);
}

/// Goal: whoever pages through a list sees each article once, although new ones arrive all the
/// time and the index is rearranged under them.
async fn pages_hold_while_articles_arrive(store: &dyn Store) {
    // Some are longer, so that the best ones do not come in order of time.
    let sample = |number: u64| {
        text(number, "Baku", &"wort ".repeat(usize::try_from(number % 5).unwrap() * 40))
    };
    for number in 0..30 {
        store.commit(sample(number)).await.unwrap();
    }
    settled(store, 30).await;
    let mut n_stored = 30;
    for order in [SearchOrder::Newest, SearchOrder::Best] {
        let query = SearchQuery { order, ..query(&["Baku"]) };
        let whole = store.search(query.clone(), PageRequest::first(1000)).await.unwrap();
        let mut seen = Vec::new();
        let mut after = None;
        loop {
            let request = PageRequest { limit: 7, after };
            let page = store.search(query.clone(), request).await.unwrap();
            seen.extend(ids(&page));
            // One newer than all, and one that fits as well as some that are still to come.
            for _ in 0..2 {
                store.commit(sample(n_stored)).await.unwrap();
                n_stored += 1;
            }
            settled(store, usize::try_from(n_stored).unwrap()).await;
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let old = ids(&whole);
        let kept: Vec<MatchId> = seen.iter().copied().filter(|id| old.contains(id)).collect();
        assert_eq!(kept, old, "{order:?}");
        let mut once = seen.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), seen.len(), "{order:?}");
    }
}

/// Goal: a question that cannot be answered is refused with the reason, whatever is stored.
async fn impossible_questions_are_refused(store: &dyn Store) {
    let refusal = async |query: SearchQuery, after: Option<&str>| {
        let page = PageRequest { limit: 1, after: after.map(str::to_owned) };
        let error: StoreError = store.search(query, page).await.unwrap_err();
        error.to_string()
    };
    assert_eq!(refusal(query(&["!"]), None).await, "\"!\" holds no letters");
    let many = vec!["wort"; 33];
    assert_eq!(refusal(query(&many), None).await, "33 words are too many: at most 32");
    let long = "x".repeat(501);
    let expected = "a word or phrase is too long: at most 500 bytes";
    assert_eq!(refusal(query(&[&long]), None).await, expected);
    assert_eq!(refusal(query(&["a"]), Some("x")).await, "page cursor \"x\" is unknown");
}

/// Goal: a reader sees why something was found, at most 300 characters of it.
async fn found_words_are_shown(store: &dyn Store) {
    let lead = "Das steht vorher. ".repeat(30);
    store
        .commit(text(1, "Empfang in BAKI\u{307}", &format!("{lead}In Bakı: viel.")))
        .await
        .unwrap();
    settled(store, 1).await;
    let page = store.search(query(&["Baki"]), PageRequest::first(1)).await.unwrap();
    let snippets: Vec<(String, Vec<&str>)> = page.items[0]
        .snippets
        .iter()
        .map(|it| {
            assert!(it.text.chars().count() <= 300);
            let marks = it.marks.iter().map(|mark| &it.text[mark.clone()]).collect();
            (it.field.to_string(), marks)
        })
        .collect();
    let expected = [("title".to_owned(), vec!["BAKI\u{307}"]), ("body".to_owned(), vec!["Bakı"])];
    assert_eq!(snippets, expected);
}
