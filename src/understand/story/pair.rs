//! What speaks for and against two texts reporting one event: named columns.

use std::collections::HashMap;

use super::commonness::Commonness;
use super::copies::Sameness;
use super::member::{Member, N_KINDS, Shared};
use super::traces::hash;
use crate::model::{Field, Language, Trace, TraceKind};
use crate::understand::mentions::Matcher;

/// What is told of each kind of traces.
const OF_KIND: &[&str] = &[
    "rarity",
    "head_rarity",
    "count",
    "rarest",
    "overlap",
    "jaccard",
    "conflict",
    "head_conflict",
    "head_jaccard",
];

/// Sums and counts beyond this tell no more.
const RARITY_MAX: f32 = 6.0;
const COUNT_MAX: f32 = 10.0;

/// What is told of the pair as a whole.
const OF_ALL: &[&str] = &[
    "hours.log",
    "days",
    "hours.26",
    "hours.50",
    "hours.74",
    "language",
    "script",
    "family",
    "bodies",
    "known.rarity",
    "rarity",
    "rarest",
    "kinds",
    "kinds.rare",
    "conflicts",
    "name*event",
    "place*event",
    "organisation*event",
    "person*event",
    "number*name",
    "rarity/days",
    "event.head*name",
    "same.both",
    "same.shorter",
];

/// What is told of each event and each class of cues.
const OF_EVENT: &[&str] = &["both", "one"];

/// The columns of a pair, and which events have columns of their own.
#[derive(Clone, Debug)]
pub(in crate::understand) struct Columns {
    pub(super) names: Vec<String>,
    /// By key of the trace, the first of its columns.
    events: HashMap<u32, usize>,
}

/// What two texts have to do with each other.
#[derive(Clone, Debug)]
pub(super) struct Comparison {
    pub(super) shared: [Shared; N_KINDS],
    pub(super) same: Sameness,
    pub(super) is_same_language: bool,
    pub(super) hours: f32,
    pub(super) columns: Vec<f32>,
}

impl Columns {
    pub(in crate::understand) fn new(matcher: &Matcher) -> Self {
        let mut names: Vec<String> = Vec::new();
        for kind in TraceKind::ALL {
            names.extend(OF_KIND.iter().map(|it| format!("{}.{it}", kind.as_str())));
        }
        names.extend(OF_ALL.iter().map(|it| (*it).to_owned()));
        let mut events = HashMap::new();
        let known = matcher.events.iter().map(|id| (TraceKind::Event, id));
        let cues = matcher.cues.iter().filter(|it| it.is_weighed());
        for (kind, id) in known.chain(cues.map(|it| (TraceKind::Cue, &it.id))) {
            let key = Trace::new(kind, hash(id.bytes()), Field::Title).key();
            events.entry(key).or_insert(names.len());
            names.extend(OF_EVENT.iter().map(|it| format!("{} {id}.{it}", kind.as_str())));
        }
        Self { names, events }
    }

    /// Compares two texts.
    pub(super) fn compare(
        &self,
        one: &Member,
        other: &Member,
        commonness: &Commonness,
    ) -> Comparison {
        let mut columns = vec![0.0; self.names.len()];
        let shared = one.shared_with(other, commonness, |_, _| ());
        let (first, second) = (&one.sketch, &other.sketch);
        let apart_ms = first.published.unix_ms().abs_diff(second.published.unix_ms());
        #[expect(clippy::cast_precision_loss, reason = "a feature needs no more digits")]
        let hours = apart_ms as f32 / 3_600_000.0;
        let is_same_language = first.language == second.language;
        let same = if is_same_language {
            Sameness::of(&first.traces.grams, &second.traces.grams)
        } else {
            Sameness::default()
        };
        for (kind, shared) in shared.iter().enumerate() {
            let values = [
                shared.rarity.min(RARITY_MAX),
                shared.head_rarity.min(RARITY_MAX),
                shared.n.min(COUNT_MAX),
                shared.rarest,
                shared.overlap,
                shared.jaccard,
                flag(shared.is_conflict),
                flag(shared.is_head_conflict),
                shared.head_jaccard,
            ];
            columns[kind * OF_KIND.len()..][..OF_KIND.len()].copy_from_slice(&values);
        }
        let whole = Whole { one, other, shared: &shared, hours, same };
        columns[N_KINDS * OF_KIND.len()..][..OF_ALL.len()].copy_from_slice(&whole.values());
        self.tell_events(one, other, &mut columns);
        Comparison { shared, same, is_same_language, hours, columns }
    }

    /// Which events stand in title or summary of both texts, which in one only.
    fn tell_events(&self, one: &Member, other: &Member, columns: &mut [f32]) {
        for kind in [TraceKind::Event, TraceKind::Cue] {
            let (traces, others) = (one.of(kind), other.of(kind));
            let is_told = !traces.is_empty() && !others.is_empty();
            for (list, rivals) in [(traces, others), (others, traces)] {
                for trace in list.iter().filter(|trace| trace.is_head()) {
                    let Some(first) = self.events.get(&trace.key()) else { continue };
                    let rival = rivals.binary_search_by_key(&trace.key(), |it| it.key());
                    if rival.is_ok_and(|at| rivals[at].is_head()) {
                        columns[*first] = 1.0;
                    } else {
                        columns[first + 1] = flag(is_told);
                    }
                }
            }
        }
    }
}

/// The pair as a whole.
struct Whole<'a> {
    one: &'a Member,
    other: &'a Member,
    shared: &'a [Shared; N_KINDS],
    hours: f32,
    same: Sameness,
}

impl Whole<'_> {
    fn values(&self) -> [f32; OF_ALL.len()] {
        use TraceKind::{
            Acronym, Amount, Count, Cue, Event, Name, Number, Organisation, Person, Place, Project,
            Theme, Third,
        };
        let Self { one, other, shared, hours, same } = *self;
        let of = |kind: TraceKind| &shared[kind as usize];
        let (first, second) = (one.sketch.language, other.sketch.language);
        let days = hours / 24.0;
        let known = [Person, Organisation, Place, Project];
        let telling = |kind: &&TraceKind| !matches!(**kind, Third | Count | Cue | Theme);
        let kinds = || TraceKind::ALL.iter().filter(telling).map(|kind| of(*kind));
        let rarity: f32 = kinds().map(|it| it.rarity).sum();
        let rarest = kinds().map(|it| it.rarest).fold(0.0, f32::max);
        let n_where =
            |is_so: &dyn Fn(&Shared) -> bool| kinds().map(|it| flag(is_so(it))).sum::<f32>();
        let tied = [Person, Organisation, Place, Number, Amount, Event];
        let event = of(Event).rarest;
        [
            hours.ln_1p(),
            days.min(8.0),
            flag(hours <= 26.0),
            flag(hours <= 50.0),
            flag(hours <= 74.0),
            flag(first == second),
            flag(script(first) == script(second)),
            flag(family(first) == family(second)),
            flag(one.sketch.traces.has_body) + flag(other.sketch.traces.has_body),
            known.iter().map(|kind| of(*kind).rarity).sum(),
            rarity,
            rarest,
            n_where(&|it| 0.0 < it.n),
            n_where(&|it| 0.45 < it.rarest),
            tied.iter().map(|kind| flag(of(*kind).is_conflict)).sum(),
            of(Name).rarest * event,
            of(Place).rarest * event,
            of(Organisation).rarest * event,
            of(Person).rarest * event,
            of(Number).rarest.max(of(Amount).rarest) * event.max(of(Name).rarest),
            rarity / (1.0 + days),
            of(Event).head_rarity * of(Name).rarest.max(of(Acronym).rarest),
            same.of_both,
            same.of_shorter,
        ]
    }
}

fn flag(is_so: bool) -> f32 {
    f32::from(u8::from(is_so))
}

/// Languages that share a script share more of each other's words.
fn script(language: Language) -> &'static str {
    match language.as_str() {
        "ru" | "uk" | "bg" | "sr" | "kk" | "be" | "ky" | "mn" | "mk" | "tg" => "cyrl",
        "ja" | "zh" => "hani",
        "ar" | "fa" | "ur" | "ps" | "ckb" => "arab",
        "ka" => "geor",
        "hy" => "armn",
        "el" => "grek",
        "he" => "hebr",
        "hi" | "mr" | "ne" => "deva",
        "th" => "thai",
        "ko" => "hang",
        _ => "latn",
    }
}

/// Languages that share a family are spoken by neighbours, who copy each other.
fn family(language: Language) -> &'static str {
    match language.as_str() {
        "az" | "tr" | "uz" | "tk" | "kk" | "ky" => "turkic",
        "ru" | "uk" | "bg" | "sr" | "be" | "mk" => "slavic",
        "ar" | "fa" | "ur" => "arab",
        other => match other {
            "en" => "en",
            "ja" => "ja",
            "zh" => "zh",
            _ => "other",
        },
    }
}
