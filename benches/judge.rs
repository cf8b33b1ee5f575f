//! What judging an article costs: the step that every entry of every feed goes through.
//!
//! 2 KB is the median of articles with full text in our labelled texts. Texts are our own.

use std::hint::black_box;
use std::sync::LazyLock;

use divan::Bencher;
use divan::counter::BytesCount;
use silkwire::understand::{Judge, Source, Text, text};

macro_rules! shipped {
    ($name:literal) => {
        Source { name: concat!("config/", $name), text: include_str!(concat!("../config/", $name)) }
    };
}

const LEXICON: &[Source<'_>] = &[
    shipped!("lexicon/azerbaijan.toml"),
    shipped!("lexicon/countries.toml"),
    shipped!("lexicon/cues.toml"),
    shipped!("lexicon/japan.toml"),
    shipped!("lexicon/look-alikes.toml"),
    shipped!("lexicon/pairs.toml"),
    shipped!("lexicon/projects.toml"),
    shipped!("lexicon/themes.toml"),
];

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

const OTHER_TITLE: &str = "City council approves budget after long debate";

const OTHER: &str = "The city council approved next year's budget late on Monday. The debate took six hours, mostly \
about schools, a new tram line and the library in the old town hall, which has been closed since a pipe burst.

\"We cannot postpone the roof again,\" the mayor said. The opposition asked for a second opinion and lost the vote. \
Spending on roads falls by three percent, while the fire service gets two new engines and a boat for the river.

Parents had collected four thousand signatures for a second school kitchen. The council will look at the plan again \
in spring, when the figures of the first kitchen are known. A small group protested in front of the building with \
pots and spoons. Shops on the market square closed early because of the crowd.

The tram line is the largest item. It will run from the station to the hospital and carry eleven thousand people a \
day. Work begins in May and takes three years. During that time buses will run every six minutes, and the bridge is \
closed to cars at night. Cyclists get a path of their own behind the brewery, where the old tracks still lie.

The library reopens in two steps. Children can borrow books from January; the reading rooms follow after the summer. \
Volunteers dried nine thousand volumes in a gymnasium, and some pages still smell of chlorine. The rarest ones were \
frozen and sent to a laboratory in the capital, which expects to save nearly all of them by the end of the year.

At midnight the councillors went home. The next meeting is about the swimming pool, and nobody expects it to be short. \
The pool has lost money for twenty years, but more people signed for it than voted in the last election of the town.";

fn main() {
    divan::main();
}

fn compiled() -> Judge {
    let topic = shipped!("topics/japan-azerbaijan.toml");
    match Judge::compile(&topic, LEXICON, &shipped!("model.toml")) {
        Ok(judge) => judge,
        Err(problems) => unreachable!("the shipped files are right: {problems:?}"),
    }
}

/// Once per start and per reload.
#[divan::bench(sample_count = 10)]
fn compile() -> Judge {
    compiled()
}

/// An article that is flagged: the dearest case, with evidence, aspects and figures.
#[divan::bench]
fn judge_match(bencher: Bencher<'_, '_>) {
    let text = Text { title: TITLE, body: MATCH, ..Text::default() };
    bencher.counter(BytesCount::of_str(MATCH)).bench(|| JUDGE.judge(black_box(&text)));
}

/// An article that names neither side: nearly all that feeds bring.
#[divan::bench]
fn judge_other(bencher: Bencher<'_, '_>) {
    let text = Text { title: OTHER_TITLE, body: OTHER, ..Text::default() };
    bencher.counter(BytesCount::of_str(OTHER)).bench(|| JUDGE.judge(black_box(&text)));
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
