//! How common traces are: a shared name tells little where every other text bears it.
//!
//! Weeks are counted, not texts, so that a burst of reports does not make its own names common.

use std::collections::HashMap;

use crate::model::Trace;

/// In how many weeks of the labelled texts each trace stands.
#[derive(Clone, Debug, Default)]
pub(in crate::understand) struct Commonness {
    weeks: HashMap<u32, u16>,
    /// Logarithm of one more than the weeks there are.
    scale: f32,
}

impl Commonness {
    /// `weeks` says for each trace's key in how many of `n_weeks` it stands.
    pub(super) fn new(n_weeks: u16, weeks: HashMap<u32, u16>) -> Self {
        Self { weeks, scale: f32::from(n_weeks.max(1)).ln_1p() }
    }

    /// How rare a trace is: from 0, in every week, to 1, in one week or none.
    pub(super) fn rarity(&self, trace: Trace) -> f32 {
        self.weeks
            .get(&trace.key())
            .map_or(1.0, |weeks| (1.0 - f32::from((*weeks).max(1)).ln() / self.scale).max(0.0))
    }
}
