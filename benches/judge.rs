//! What judging an article costs: the step that every entry of every feed goes through.
//!
//! 2 KB is the median of articles with full text in our labelled texts. Texts are our own.
//! Printed first: what the judge keeps in memory, counted by an allocator of this program.

mod shipped;

use std::hint::black_box;
use std::sync::LazyLock;

use divan::counter::{BytesCount, ItemsCount};
use divan::{AllocProfiler, Bencher};
use silkwire::model::Verdict;
use silkwire::understand::{Judge, Text, language, text};

use crate::shipped::compiled;

static JUDGE: LazyLock<Judge> = LazyLock::new(compiled);

const TITLE: &str = "Japan and Azerbaijan agree on training for water engineers";

const MATCH: &str = "The Japanese ambassador and the deputy minister of energy signed a memorandum in Baku on \
Monday. Under it, forty engineers of the state water company will be trained in Osaka over the next three years.

\"Our partners asked for practice, not for lectures,\" the ambassador said at a reception in the embassy. Bilateral \
trade rose by 49 percent to 452 million US dollars last year, mainly because of machinery and cars.

The first group leaves in spring. A grant of 610 million yen pays for pumps in two districts that suffer from salty \
ground water. Companies from both countries will meet at a business forum in Sumgayit in October; a delegation of \
the city of Ito visits Ismayilli the week after. The two towns have exchanged pupils for ten years.

Officials in Tokyo hope that the project becomes a model for others around the Caspian Sea. Similar talks with \
Georgia and Kazakhstan have not led to a result so far. A spokesman for SOCAR said that the company would offer its \
training centre for the winter months, when the rivers are low and the stations can be stopped without harm.

The memorandum also names a study on solar power at pumping stations. It will be led by the university of Kyoto with \
two institutes in Ganja and should be finished within a year. Its results are to be published in both languages, so \
that smaller towns can use them when they plan their own works. The ministry of agriculture will take part in the \
study, because half of the water goes to cotton and pomegranate fields in the lowlands along the river.

Interpreters are still being looked for. The embassy invites students of Japanese to apply until the end of the month; \
last year sixteen of them worked for the exhibition and the film week, and most found work with a trading house later.";

/// Sentences that name neither side, a paragraph for each language.
const NEUTRAL: &str = include_str!("prose/neutral.txt");

/// Titles of our own in nine languages.
const TITLES: &[&str] = &[
    "Bakıda enerji nazirləri arasında görüş keçirilib",
    "Okulda ikinci mutfak için dört bin imza toplandı",
    "شورای شهر بودجه سال آینده را تصویب کرد",
    "Городской совет принял бюджет на следующий год",
    "Міська рада ухвалила бюджет на наступний рік",
    "市議会、来年度の予算案を可決",
    "市议会通过明年的预算",
    "City council approves budget after long debate",
    "Gemeinderat beschließt den Haushalt nach langer Debatte",
];

#[global_allocator]
static ALLOCATIONS: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

/// Once per start and per reload.
#[divan::bench(sample_count = 10)]
fn compile() -> Judge {
    compiled()
}

/// What the judge keeps in memory is what its end gives back: the line `dealloc`.
#[divan::bench(sample_count = 1, sample_size = 1)]
fn memory(bencher: Bencher<'_, '_>) {
    bencher.with_inputs(compiled).bench_values(drop);
}

/// An article that is flagged: the dearest case, with evidence, aspects and figures.
#[divan::bench]
fn match_2kb(bencher: Bencher<'_, '_>) {
    let text = Text { title: TITLE, body: MATCH, ..Text::default() };
    bencher.counter(BytesCount::of_str(MATCH)).bench(|| JUDGE.judge(black_box(&text)));
}

/// The same with its traces; what it costs more than `match_2kb` is what they cost.
#[divan::bench]
fn traces_2kb(bencher: Bencher<'_, '_>) {
    let text = Text { title: TITLE, body: MATCH, ..Text::default() };
    bencher.counter(BytesCount::of_str(MATCH)).bench(|| JUDGE.judge_with_traces(black_box(&text)));
}

/// Articles of 2 KB that name neither side, nearly all that feeds bring: folded and looked
/// through for the two sides, 2 MB of them in turn.
#[divan::bench(sample_count = 200, sample_size = 1)]
fn neither_side(bencher: Bencher<'_, '_>) {
    in_turn(bencher, "", |text| JUDGE.may_show_a_side(text));
}

/// The same in one language.
#[divan::bench(args = LANGUAGES, sample_count = 100, sample_size = 1)]
fn neither_side_in(bencher: Bencher<'_, '_>, language: &str) {
    in_turn(bencher, language, |text| JUDGE.may_show_a_side(text));
}

/// The same articles judged: their language is told too.
#[divan::bench(sample_count = 200, sample_size = 1)]
fn neither_side_judged(bencher: Bencher<'_, '_>) {
    in_turn(bencher, "", is_relevant);
}

/// The same in one language.
#[divan::bench(args = LANGUAGES, sample_count = 100, sample_size = 1)]
fn neither_side_judged_in(bencher: Bencher<'_, '_>, language: &str) {
    in_turn(bencher, language, is_relevant);
}

fn is_relevant(text: &Text<'_>) -> bool {
    JUDGE.judge(text).verdict != Verdict::Irrelevant
}

const LANGUAGES: &[&str] = &["de", "en", "es", "fr", "ru", "tr", "fa", "ar", "zh", "ja", "ko"];

/// Fifty articles a sample: short enough to pass between two time slices of a busy machine.
fn in_turn(bencher: Bencher<'_, '_>, language: &str, is_seen: impl Fn(&Text<'_>) -> bool) {
    const ARTICLES: usize = 50;
    let articles = neutral_articles(language);
    let n_bytes: usize = articles.iter().map(String::len).sum();
    let mut next = articles.iter().cycle();
    let bytes = BytesCount::new(n_bytes / articles.len() * ARTICLES);
    bencher.counter(bytes).bench_local(|| {
        for body in next.by_ref().take(ARTICLES) {
            assert!(!is_seen(black_box(&Text { body, ..Text::default() })), "{body}");
        }
    });
}

/// Articles of 2 KB, 2 MB in all: sentences of one language in an order of their own each.
fn neutral_articles(language: &str) -> Vec<String> {
    const ARTICLE_BYTES: usize = 2_000;
    const ARTICLES: u64 = 1_100;
    let paragraphs: Vec<Vec<&str>> = NEUTRAL
        .split("\n\n")
        .filter(|paragraph| paragraph.starts_with(language))
        .map(|paragraph| paragraph.lines().skip(1).collect())
        .collect();
    // Numerical Recipes' constants: an order that is mixed and the same every time.
    let mut state = 1_u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223) % (1 << 32);
        usize::try_from(state >> 8).unwrap_or(0) % below
    };
    (0..ARTICLES)
        .map(|_| {
            let sentences = &paragraphs[random(paragraphs.len())];
            let mut article = String::new();
            while article.len() < ARTICLE_BYTES {
                article.push_str(sentences[random(sentences.len())]);
                article.push_str(if random(4) == 0 { "\n\n" } else { " " });
            }
            article
        })
        .collect()
}

/// What tells the language of a title: nine titles in nine languages.
#[divan::bench]
fn language_title(bencher: Bencher<'_, '_>) {
    bencher.counter(ItemsCount::new(TITLES.len())).bench(|| {
        for title in TITLES {
            black_box(language::detect(black_box(title), None));
        }
    });
}

/// Folding alone: ASCII, and letters that must be taken apart.
#[divan::bench(args = ["english", "azerbaijani", "japanese"])]
fn fold(bencher: Bencher<'_, '_>, language: &str) {
    let source = match language {
        "azerbaijani" => "Yaponiya səfiri Gəncədə məktəbin açılışında iştirak edib. ".repeat(30),
        "japanese" => "在アゼルバイジャン日本大使館はバクーで説明会を開いた。".repeat(26),
        _ => MATCH.to_owned(),
    };
    bencher.counter(BytesCount::of_str(&source)).bench(|| text::fold(black_box(&source)));
}
