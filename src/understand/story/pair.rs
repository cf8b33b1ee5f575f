//! What speaks for and against two texts reporting one event: named columns.

use super::commonness::Commonness;
use super::copies::Sameness;
use super::member::{Member, N_KINDS, Shared};
use crate::model::TraceKind;

/// What is told of each kind of traces.
const OF_KIND: &[&str] = &["head", "overlap", "conflict"];

/// A sum beyond this tells no more.
const RARITY_MAX: f32 = 6.0;
const DAYS_MAX: f32 = 8.0;

/// What is told of the pair as a whole.
const OF_ALL: &[&str] =
    &["hours.log", "days", "hours.26", "hours.50", "hours.74", "language", "bodies", "rarest"];

/// Kinds that tell the same sort of thing: who, where, how much, what.
const GROUPS: [(&str, &[TraceKind]); 4] = [
    (
        "who",
        &[
            TraceKind::Person,
            TraceKind::Organisation,
            TraceKind::Project,
            TraceKind::Name,
            TraceKind::Known,
            TraceKind::Acronym,
        ],
    ),
    ("where", &[TraceKind::Place]),
    ("number", &[TraceKind::Number, TraceKind::Amount, TraceKind::Day]),
    ("what", &[TraceKind::Event]),
];

/// What one event has one of: who, where, how much, when. Reports of one event differ in two of
/// them in 5 of 100 pairs, in three in one; other events with the same people, or of the same
/// sort elsewhere, in two at least.
const SORTS: [&[TraceKind]; 4] = [
    &[TraceKind::Person, TraceKind::Name],
    &[TraceKind::Place],
    &[TraceKind::Amount, TraceKind::Number],
    &[TraceKind::Day],
];

/// What is asked at least, of texts that tell little: what they share may be all that such texts
/// ever say.
const ASKED_MIN: f64 = 2.0;

/// What is asked for more where so many sorts differ. It is not learnt: our texts have too few
/// twins to teach it.
const ASKED_BY_DIFFERENCES: [f64; SORTS.len() + 1] = [0.0, 0.0, 3.0, 6.0, 8.0];

/// The columns of a pair.
#[derive(Clone, Debug)]
pub(in crate::understand) struct Columns {
    pub(super) names: Vec<String>,
}

/// What two texts have to do with each other.
#[derive(Clone, Debug)]
pub(super) struct Comparison {
    pub(super) shared: [Shared; N_KINDS],
    pub(super) same: Sameness,
    pub(super) is_same_language: bool,
    pub(super) hours: f32,
    pub(super) columns: Vec<f32>,
    /// In how many sorts both texts name something and nothing that is the same.
    pub(super) n_differences: usize,
    /// What is asked for more: where both texts tell much, since rich texts of one event share
    /// much, and those of two events more by chance than poor ones; and where they differ.
    pub(super) asked: f64,
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
        let mut names: Vec<String> = TraceKind::ALL.iter().flat_map(of_kind).collect();
        names.extend(OF_ALL.iter().map(|it| (*it).to_owned()));
        names.extend(GROUPS.iter().map(|(group, _)| (*group).to_owned()));
        names.extend(
            group_pairs().map(|(one, other)| format!("{}*{}", GROUPS[one].0, GROUPS[other].0)),
        );
        Self { names }
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
        let same = if is_same_language {
            Sameness::of(&first.traces, &second.traces)
        } else {
            Sameness::default()
        };
        let mut columns = Vec::with_capacity(self.names.len());
        for shared in &shared {
            let head = shared.head_rarity.min(RARITY_MAX);
            columns.extend([head, shared.overlap, flag(shared.is_head_conflict)]);
        }
        let of = |kind: TraceKind| &shared[kind as usize];
        let rarest = shared.iter().map(|it| it.rarest).fold(0.0, f32::max);
        columns.extend([
            hours.ln_1p(),
            (hours / 24.0).min(DAYS_MAX),
            flag(hours <= 26.0),
            flag(hours <= 50.0),
            flag(hours <= 74.0),
            flag(is_same_language),
            flag(first.traces.has_body) + flag(second.traces.has_body),
            rarest,
        ]);
        let groups =
            GROUPS.map(|(_, kinds)| kinds.iter().map(|kind| of(*kind).rarest).fold(0.0, f32::max));
        columns.extend(groups);
        columns.extend(group_pairs().map(|(one, other)| groups[one] * groups[other]));
        let differs = |sort: &&[TraceKind]| {
            let has = |member: &Member| sort.iter().any(|kind| member.has(*kind));
            has(one) && has(other) && sort.iter().all(|kind| of(*kind).n == 0)
        };
        let n_differences = SORTS.iter().filter(|sort| differs(sort)).count();
        let asked = f64::from(one.richness.min(other.richness).ln_1p()).max(ASKED_MIN)
            + ASKED_BY_DIFFERENCES[n_differences];
        Comparison { shared, same, is_same_language, hours, columns, n_differences, asked }
    }
}

/// Two rare things of different sorts in one pair of texts are no chance.
fn group_pairs() -> impl Iterator<Item = (usize, usize)> {
    let all = 0..GROUPS.len();
    all.flat_map(|one| (one + 1..GROUPS.len()).map(move |other| (one, other)))
}

fn flag(is_so: bool) -> f32 {
    f32::from(u8::from(is_so))
}
