//! A hectic day: 250 events with the same countries, each told by twenty outlets.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use serde::Deserialize;
use silkwire::model::{Language, Sketch, StoryId, Traces};
use silkwire::understand::Text;

use crate::newsroom::{Item, Newsroom};
use crate::shipped::JUDGE;
use crate::stories::{Sorter, hour, sketch, text_file};

const EVENTS: usize = 250;
const OUTLETS: usize = 4;

/// Articles that one poll brings together.
const POLL: usize = 50;

/// Parts that reports are put together from, each in all languages.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    languages: Vec<Language>,
    places: Vec<Vec<String>>,
    occasion: Vec<Occasion>,
    guest: Vec<Words>,
    sequel: Vec<Words>,
}

#[derive(Deserialize)]
struct Occasion {
    titles: Vec<String>,
    openings: Vec<String>,
}

#[derive(Deserialize)]
struct Words {
    words: Vec<String>,
}

/// An article of the day.
struct Article {
    event: usize,
    minute: i64,
    language: Language,
    title: String,
    summary: String,
    body: String,
}

/// Names are put together from these: as Latin, Cyrillic and kana write them.
const SYLLABLES: [[&str; 3]; 9] = [
    ["ka", "ка", "カ"],
    ["mo", "мо", "モ"],
    ["ri", "ри", "リ"],
    ["ta", "та", "タ"],
    ["na", "на", "ナ"],
    ["sa", "са", "サ"],
    ["ko", "ко", "コ"],
    ["mi", "ми", "ミ"],
    ["do", "до", "ド"],
];

/// A name of three syllables; each event has its own.
fn name(event: usize, language: Language) -> String {
    let script = match language.as_str() {
        "ru" => 1,
        "ja" => 2,
        _ => 0,
    };
    let syllables = [event % 9, event / 9 % 9, (event / 81 + event) % 9];
    let word: String = syllables.iter().map(|it| SYLLABLES[*it][script]).collect();
    let mut letters = word.chars();
    let first = letters.next().unwrap();
    first.to_uppercase().chain(letters).collect()
}

impl Parts {
    /// How outlet `outlet` of a language tells of an event.
    fn article(&self, event: usize, number: usize, outlet: usize) -> Article {
        let language = self.languages[number];
        let (occasion, place) = (event % self.occasion.len(), event / self.occasion.len());
        let filled = |text: &str| {
            text.replace("{place}", &self.places[place][number])
                .replace("{name}", &name(event, language))
                .replace("{count}", &(14 + event * 37 % 900).to_string())
                .replace("{yen}", &format!("{}", 2 + event * 7 % 311))
                .replace("{day}", &(1 + event % 28).to_string())
        };
        let Occasion { titles, openings } = &self.occasion[occasion];
        let [title, opening, guest, sequel] = [
            &titles[number],
            &openings[number],
            &self.guest[event / 3 % self.guest.len()].words[number],
            &self.sequel[event / 5 % self.sequel.len()].words[number],
        ]
        .map(|text| filled(text));
        let (title, summary, body) = match outlet {
            0 => (title, opening.clone(), format!("{opening} {guest} {sequel}")),
            1 => (title, String::new(), format!("{opening}\n\n{sequel}")),
            2 => (title, opening, String::new()),
            _ => (opening, guest, sequel),
        };
        let minute = i64::try_from(event * 5 + number * 13 + outlet * 7).unwrap();
        Article { event, minute, language, title, summary, body }
    }
}

/// What was published that day, in the order of time, with its sketches.
static DAY: LazyLock<Vec<(Article, Sketch)>> = LazyLock::new(|| {
    let parts: Parts = toml::from_str(&text_file("rush")).unwrap();
    let mut articles: Vec<Article> = (0..EVENTS)
        .flat_map(|event| (0..parts.languages.len() * OUTLETS).map(move |it| (event, it)))
        .map(|(event, it)| parts.article(event, it / OUTLETS, it % OUTLETS))
        .collect();
    articles.sort_by_key(|it| it.minute);
    let sketch_of = |(number, it): (usize, &Article)| {
        let Article { title, summary, body, language, .. } = it;
        let text = Text { title, summary, body, language: Some(*language), ..Text::default() };
        sketch(&format!("rush {number}"), &text, hour(0).plus(minutes(it.minute)))
    };
    let sketches: Vec<Sketch> = articles.iter().enumerate().map(sketch_of).collect();
    articles.into_iter().zip(sketches).collect()
});

fn minutes(count: i64) -> std::time::Duration {
    std::time::Duration::from_mins(u64::try_from(count).unwrap())
}

/// Goal: on a day when everything happens at once, the twenty reports of an event still become
/// one story, and what is remembered of each stays small. Not promised: that the same gift to
/// two districts on one day stays two stories; how many there are is printed.
#[test]
fn five_thousand_matches_of_one_day_are_sorted() {
    let day = &*DAY;
    let mut sorter = Sorter::new();
    let stories: Vec<StoryId> =
        day.iter().map(|(_, sketch)| sorter.sort(sketch.clone()).0).collect();
    assert_eq!(sorter.recent.len(), 5_000);
    for (_, sketch) in day {
        assert!(sketch.traces.traces.len() <= Traces::MAX);
        assert!(sketch.traces.grams.len() <= Traces::GRAMS_MAX);
    }
    let mut stories_of: BTreeMap<usize, BTreeSet<StoryId>> = BTreeMap::new();
    for ((article, _), story) in day.iter().zip(&stories) {
        stories_of.entry(article.event).or_default().insert(*story);
    }
    let n_whole = stories_of.values().filter(|stories| stories.len() == 1).count();
    let n_stories = stories.iter().collect::<BTreeSet<_>>().len();
    assert!(EVENTS * 19 / 20 <= n_whole, "{n_whole} of {EVENTS} events are one story");
    assert!(
        (EVENTS / 2..=EVENTS * 2).contains(&n_stories),
        "{n_stories} stories of {EVENTS} events"
    );
}

/// Goal: what a poll brings is sorted alike, however its document and the store list it.
/// Method: the same day in polls; within a poll the service goes by time and id, and the
/// sketches that it compares with come in any order. What may differ with the order of polls:
/// whoever is seen first opens the story and gives it its id.
#[test]
fn order_within_a_poll_makes_no_difference() {
    let polls: Vec<&[(Article, Sketch)]> = DAY[..600].chunks(POLL).collect();
    let by_polls = |mix: &dyn Fn(&mut Vec<Sketch>)| {
        let mut known: Vec<Arc<Sketch>> = Vec::new();
        let mut places = BTreeMap::new();
        for poll in &polls {
            let mut sorter = Sorter::new();
            let mut listed: Vec<Sketch> = known.iter().map(|it| Sketch::clone(it)).collect();
            mix(&mut listed);
            sorter.recent.sync(&listed.into_iter().map(Arc::new).collect::<Vec<_>>());
            let mut candidates: Vec<Sketch> = poll.iter().map(|(_, it)| it.clone()).collect();
            mix(&mut candidates);
            candidates.sort_by_key(|it| (it.published, it.matched));
            for sketch in candidates {
                let matched = sketch.matched;
                let went = sorter.sort(sketch.clone());
                known.push(Arc::new(Sketch { story: went.0, ..sketch }));
                places.insert(matched, went);
            }
        }
        places
    };
    let orderly = by_polls(&|_| ());
    assert_eq!(by_polls(&|list| list.reverse()), orderly);
    assert_eq!(by_polls(&|list| list.sort_by_key(|it| it.traces.grams.clone())), orderly);
}

/// Goal: a feed that lists its entries the other way round gives the same stories.
#[test]
fn order_in_a_document_makes_no_difference() {
    let titles: Vec<&str> = DAY[..400].iter().map(|(it, _)| it.title.as_str()).step_by(8).collect();
    let paths: Vec<String> = (0..titles.len()).map(|it| format!("/{it}")).collect();
    let mut items: Vec<Item<'_>> = titles
        .iter()
        .zip(&paths)
        .map(|(title, path)| Item { path, title, age_hours: Some(2) })
        .collect();
    let stories = |items: &[Item<'_>]| {
        let newsroom = Newsroom::new(&["/feed"]);
        newsroom.site.serve("/feed", crate::newsroom::rss("http://outlet.example", items));
        newsroom.once(&[]);
        let mut sorted: Vec<(String, String)> = newsroom
            .list("matches")
            .iter()
            .map(|it| (it["title"].to_string(), it["story"].to_string()))
            .collect();
        sorted.sort();
        sorted
    };
    let forwards = stories(&items);
    items.reverse();
    assert!(20 < forwards.len());
    assert_eq!(stories(&items), forwards);
}

/// Goal: whatever was forgotten by the store is forgotten here too.
#[test]
fn memory_follows_the_store() {
    let mut recent = JUDGE.recent();
    let sketches: Vec<Arc<Sketch>> =
        DAY[..500].iter().map(|(_, it)| Arc::new(it.clone())).collect();
    recent.sync(&sketches);
    recent.sync(&sketches[400..]);
    assert_eq!(recent.len(), 100);
    recent.sync(&[]);
    assert!(recent.is_empty());
}
