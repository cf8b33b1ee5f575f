//! What it costs to find the story of a match, and to remember matches for that.
//!
//! Texts are our own: parts of the hectic day of the tests, put together to articles of 1 to
//! 2 KB in five languages.

mod shipped;

use std::hint::black_box;
use std::sync::{Arc, LazyLock};

use divan::{AllocProfiler, Bencher};
use serde::Deserialize;
use silkwire::model::{
    ArticleId, Field, Language, MatchId, Sketch, StoryId, Timestamp, Trace, TraceKind, Traces,
};
use silkwire::understand::story::{self, Decision, Recent};
use silkwire::understand::{Judge, Text};

static JUDGE: LazyLock<Judge> = LazyLock::new(shipped::compiled);

#[global_allocator]
static ALLOCATIONS: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

/// The parts that articles are put together from, each in all languages.
#[derive(Deserialize)]
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

static PARTS: LazyLock<Parts> =
    LazyLock::new(|| match toml::from_str(include_str!("../tests/stories/rush.toml")) {
        Ok(parts) => parts,
        Err(error) => unreachable!("the parts are right: {error}"),
    });

/// Paragraphs of an article; with them its length is that of articles with full text.
const PARAGRAPHS: usize = 6;

/// Title and body of an article; every fifth is in the same language.
fn article(number: usize) -> (Language, String, String) {
    let parts = &*PARTS;
    let language = number % parts.languages.len();
    let event = number / parts.languages.len();
    let filled = |text: &str, event: usize| {
        text.replace("{place}", &parts.places[event % parts.places.len()][language])
            .replace("{name}", &format!("Moritani {}", event % 97))
            .replace("{count}", &(14 + event * 37 % 9_000).to_string())
            .replace("{yen}", &(2 + event * 7 % 3_110).to_string())
            .replace("{day}", &(1 + event % 28).to_string())
    };
    let occasion = |event: usize| &parts.occasion[event % parts.occasion.len()];
    let body: Vec<String> = (event..event + PARAGRAPHS)
        .map(|event| {
            let opening = filled(&occasion(event).openings[language], event);
            let guest = &parts.guest[event % parts.guest.len()].words[language];
            let sequel = &parts.sequel[event % parts.sequel.len()].words[language];
            format!("{opening} {} {}", filled(guest, event), filled(sequel, event))
        })
        .collect();
    let title = filled(&occasion(event).titles[language], event);
    (parts.languages[language], title, body.join("\n\n"))
}

/// Eight days, one article after the other.
fn published(number: usize) -> Timestamp {
    let minutes = i64::try_from(number).unwrap_or(0) % (8 * 24 * 60);
    match Timestamp::from_unix_ms(1_795_000_000_000 + minutes * 60_000) {
        Ok(time) => time,
        Err(error) => unreachable!("a time of 2026: {error}"),
    }
}

fn sketch(number: usize, language: Language, traces: Traces) -> Sketch {
    let matched = MatchId::of(JUDGE.topic(), ArticleId::of_identity(&number.to_be_bytes()));
    Sketch {
        matched,
        story: StoryId::opened_by(matched),
        topic: JUDGE.topic().to_owned(),
        published: published(number),
        is_dated: true,
        language,
        traces,
    }
}

fn sketch_of_article(number: usize) -> Sketch {
    let (language, title, body) = article(number);
    let text = Text { title: &title, body: &body, language: Some(language), ..Text::default() };
    sketch(number, language, JUDGE.traces(&text).traces)
}

/// What is remembered after `n` articles, sorted into stories as they came.
fn sorted(n: usize) -> Recent {
    let mut recent = JUDGE.recent();
    for number in 0..n {
        let mut sketch = sketch_of_article(number);
        if let Decision::Join(link) = story::decide(&sketch, &[], &recent) {
            sketch.story = link.story;
        }
        recent.add(Arc::new(sketch));
    }
    recent
}

/// Articles that are decided on in turn.
const CANDIDATES: usize = 50;

/// Judging alone: to be taken off the next one.
#[divan::bench]
fn judgement(bencher: Bencher<'_, '_>) {
    in_turn(bencher, |text, _| {
        black_box(JUDGE.judge(text));
    });
}

/// Judging, traces and decision, with 500 live sketches.
#[divan::bench]
fn judgement_and_decision_500(bencher: Bencher<'_, '_>) {
    let recent = sorted(500);
    in_turn(bencher, |text, number| {
        let (judgement, seen) = JUDGE.judge_with_traces(text);
        let sketch = sketch(number, judgement.language, seen.traces);
        black_box(story::decide(&sketch, &seen.labels, &recent));
    });
}

/// The decision alone, with 500 live sketches.
#[divan::bench]
fn decision_500(bencher: Bencher<'_, '_>) {
    decision(bencher, 500);
}

/// The same with as many sketches as the store keeps.
#[divan::bench(sample_count = 20)]
fn decision_10000(bencher: Bencher<'_, '_>) {
    decision(bencher, 10_000);
}

fn decision(bencher: Bencher<'_, '_>, n: usize) {
    let recent = sorted(n);
    let sketches: Vec<Sketch> = (n..n + CANDIDATES).map(sketch_of_article).collect();
    let mut next = sketches.iter().cycle();
    bencher.bench_local(|| {
        let sketch = next.next();
        sketch.map(|sketch| story::decide(black_box(sketch), &[], &recent))
    });
}

fn in_turn(bencher: Bencher<'_, '_>, mut each: impl FnMut(&Text<'_>, usize)) {
    let articles: Vec<_> = (500..500 + CANDIDATES).map(|it| (it, article(it))).collect();
    let mut next = articles.iter().cycle();
    bencher.bench_local(|| {
        if let Some((number, (language, title, body))) = next.next() {
            let language = Some(*language);
            each(&Text { title, body, language, ..Text::default() }, *number);
        }
    });
}

/// 10,000 sketches with their index, as many as the store keeps: what they take in memory is
/// what their end gives back, the line `dealloc`.
#[divan::bench(sample_count = 1, sample_size = 1)]
fn sketches_10000(bencher: Bencher<'_, '_>) {
    let sketches = || {
        let mut recent = JUDGE.recent();
        (0..10_000).for_each(|number| recent.add(Arc::new(sketch_of_article(number))));
        recent
    };
    bencher.with_inputs(sketches).bench_values(drop);
}

/// The same where each sketch is as large as it can be, with nothing in common.
#[divan::bench(sample_count = 1, sample_size = 1)]
fn sketches_10000_full(bencher: Bencher<'_, '_>) {
    let language = PARTS.languages[0];
    let sketches = || {
        let mut recent = JUDGE.recent();
        let mut hash = 1_u32;
        let mut random = || {
            hash = hash.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            hash
        };
        for number in 0..10_000 {
            let kinds = TraceKind::ALL.iter().cycle();
            let mut traces: Vec<Trace> = kinds
                .take(Traces::MAX)
                .map(|kind| Trace::new(*kind, random(), Field::Title))
                .collect();
            traces.sort_unstable();
            let mut sample = |n: usize| -> Vec<u32> {
                let mut hashes: Vec<u32> = (0..n).map(|_| random()).collect();
                hashes.sort_unstable();
                hashes
            };
            let (grams, lead) = (sample(Traces::GRAMS_MAX), sample(Traces::LEAD_MAX));
            let traces = Traces { traces, grams, lead, has_body: true };
            recent.add(Arc::new(sketch(number, language, traces)));
        }
        recent
    };
    bencher.with_inputs(sketches).bench_values(drop);
}
