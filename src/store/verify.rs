//! What verifying a store found.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What verifying a store found: everything is whole, was healed from the second copy, or is lost.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct VerifyReport {
    /// Records in the database, and entries of its indexes.
    pub n_records: u64,
    /// Lines in the journal.
    pub n_lines: u64,
    /// What was damaged and is as it should be again.
    pub n_healed: u64,
    /// What is damaged for good, or contradicts something else.
    pub n_lost: u64,
    /// The first ones of what was healed, at most [`VerifyReport::FINDINGS_MAX`].
    pub healed: Vec<Finding>,
    /// The first ones of what is lost, at most [`VerifyReport::FINDINGS_MAX`].
    pub lost: Vec<Finding>,
    /// Places of the journal that cannot be read, with the records in them as far as they are
    /// known; what they said was said elsewhere, or stands in the other lists.
    pub damaged_places: Vec<String>,
}

/// Something that was not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Finding {
    /// Kind and id.
    pub record: String,
    /// What is the matter, or how it was healed.
    pub words: String,
}

impl VerifyReport {
    /// So many are listed; all are counted.
    pub const FINDINGS_MAX: usize = 10_000;

    /// Notes that something is as it should be again.
    pub(super) fn add_healed(&mut self, record: String, words: &str) {
        self.n_healed += 1;
        add(&mut self.healed, record, words);
    }

    /// Notes that something is damaged for good.
    pub(super) fn add_lost(&mut self, record: String, words: &str) {
        self.n_lost += 1;
        add(&mut self.lost, record, words);
    }

    /// Takes in what a further look found.
    pub(super) fn merge(&mut self, other: Self) {
        self.n_healed += other.n_healed;
        self.n_lost += other.n_lost;
        self.healed.extend(other.healed);
        self.lost.extend(other.lost);
        self.healed.truncate(Self::FINDINGS_MAX);
        self.lost.truncate(Self::FINDINGS_MAX);
    }
}

fn add(findings: &mut Vec<Finding>, record: String, words: &str) {
    if findings.len() < VerifyReport::FINDINGS_MAX {
        findings.push(Finding { record, words: words.to_owned() });
    }
}
