//! What speaks for and against two texts reporting one event: named columns.

use super::commonness::Commonness;
use super::copies::sameness;
use super::member::{Member, N_KINDS, Shared};
use crate::model::TraceKind;

/// What is told of each kind of traces.
const OF_KIND: &[&str] = &["head", "overlap", "conflict"];

/// A sum beyond this tells no more.
const RARITY_MAX: f32 = 6.0;

/// What is told of the pair as a whole.
const OF_ALL: &[&str] = &[
    "hours.log",
    "days",
    "hours.26",
    "hours.50",
    "hours.74",
    "language",
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
];

/// The columns of a pair.
#[derive(Clone, Debug)]
pub(in crate::understand) struct Columns {
    pub(super) names: Vec<String>,
}

/// What two texts have to do with each other.
#[derive(Clone, Debug)]
pub(super) struct Comparison {
    pub(super) shared: [Shared; N_KINDS],
    pub(super) same: f32,
    pub(super) is_same_language: bool,
    pub(super) hours: f32,
    pub(super) columns: Vec<f32>,
}

impl Default for Columns {
    fn default() -> Self {
        Self::new()
    }
}

impl Columns {
    pub(in crate::understand) fn new() -> Self {
        let of_kind = |kind: &TraceKind| {
            let kind = kind.as_str();
            OF_KIND.iter().map(move |what| format!("{kind}.{what}"))
        };
        let of_all = OF_ALL.iter().map(|it| (*it).to_owned());
        Self { names: TraceKind::ALL.iter().flat_map(of_kind).chain(of_all).collect() }
    }

    /// Compares two texts.
    pub(super) fn compare(
        &self,
        one: &Member,
        other: &Member,
        commonness: &Commonness,
    ) -> Comparison {
        let shared = one.shared_with(other, commonness, |_, _| ());
        let (first, second) = (&one.sketch, &other.sketch);
        let apart_ms = first.published.unix_ms().abs_diff(second.published.unix_ms());
        #[expect(clippy::cast_precision_loss, reason = "a feature needs no more digits")]
        let hours = apart_ms as f32 / 3_600_000.0;
        let is_same_language = first.language == second.language;
        let same = if is_same_language { sameness(&first.traces, &second.traces) } else { 0.0 };
        let mut columns = Vec::with_capacity(self.names.len());
        for shared in &shared {
            let head = shared.head_rarity.min(RARITY_MAX);
            columns.extend([head, shared.overlap, flag(shared.is_head_conflict)]);
        }
        columns.extend(Whole { one, other, shared: &shared, hours }.values());
        Comparison { shared, same, is_same_language, hours, columns }
    }
}

/// The pair as a whole.
struct Whole<'a> {
    one: &'a Member,
    other: &'a Member,
    shared: &'a [Shared; N_KINDS],
    hours: f32,
}

impl Whole<'_> {
    fn values(&self) -> [f32; OF_ALL.len()] {
        use TraceKind::{
            Acronym, Amount, Event, Name, Number, Organisation, Person, Place, Project,
        };
        let Self { one, other, shared, hours } = *self;
        let of = |kind: TraceKind| &shared[kind as usize];
        let (first, second) = (one.sketch.language, other.sketch.language);
        let days = hours / 24.0;
        let known = [Person, Organisation, Place, Project];
        let kinds = || TraceKind::ALL.iter().map(|kind| of(*kind));
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
            flag(one.sketch.traces.has_body) + flag(other.sketch.traces.has_body),
            known.iter().map(|kind| of(*kind).rarity).sum(),
            rarity,
            rarest,
            n_where(&|it| 0 < it.n),
            n_where(&|it| 0.45 < it.rarest),
            tied.iter().map(|kind| flag(of(*kind).is_conflict)).sum(),
            of(Name).rarest * event,
            of(Place).rarest * event,
            of(Organisation).rarest * event,
            of(Person).rarest * event,
            of(Number).rarest.max(of(Amount).rarest) * event.max(of(Name).rarest),
            rarity / (1.0 + days),
            of(Event).head_rarity * of(Name).rarest.max(of(Acronym).rarest),
        ]
    }
}

fn flag(is_so: bool) -> f32 {
    f32::from(u8::from(is_so))
}
