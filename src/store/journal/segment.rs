//! The files of the journal: one a month, and places in them.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::model::Timestamp;
use crate::store::StoreError;

const SUFFIX: &str = ".jsonl.zst";

/// What a segment is called while it is rewritten.
const SUFFIX_NEW: &str = ".jsonl.zst.new";

/// A month of the journal; `2026-11` outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(in crate::store) struct Segment {
    year: i16,
    month: i8,
}

impl Segment {
    /// Before all others: where a journal ends in which nothing stands yet.
    pub(in crate::store) const NONE: Self = Self { year: 0, month: 1 };

    /// The month of `at` in UTC; years that have no four digits come to the nearest that has.
    pub(super) fn of(at: Timestamp) -> Self {
        let exact = jiff::Timestamp::from_millisecond(at.unix_ms()).unwrap_or_default();
        let date = jiff::tz::Offset::UTC.to_datetime(exact);
        Self { year: date.year().max(0), month: date.month() }
    }

    /// Where it stands.
    pub(super) fn path(self, folder: &Path) -> PathBuf {
        folder.join(format!("{self}{SUFFIX}"))
    }

    /// Where it stands while it is rewritten.
    pub(super) fn path_new(self, folder: &Path) -> PathBuf {
        folder.join(format!("{self}{SUFFIX_NEW}"))
    }

    /// Where that stands which was found behind the last whole frame.
    pub(super) fn path_aside(self, folder: &Path, offset: u64) -> PathBuf {
        folder.join(format!("{self}.damaged-{offset}"))
    }

    /// All segments in `folder`, oldest first; whatever else is there is passed over.
    pub(in crate::store) fn list(folder: &Path) -> Result<Vec<Self>, StoreError> {
        let mut segments: Vec<Self> = named(folder, SUFFIX)?;
        segments.sort_unstable();
        Ok(segments)
    }

    /// Removes what rewritings left that were cut short; the segments themselves are whole.
    pub(super) fn remove_new(folder: &Path) -> Result<(), StoreError> {
        named(folder, SUFFIX_NEW)?.into_iter().try_for_each(|segment| {
            let path = segment.path_new(folder);
            fs::remove_file(&path).map_err(|error| StoreError::of_file(&path, error))
        })
    }
}

/// The months of the files in `folder` that are called so.
fn named(folder: &Path, suffix: &str) -> Result<Vec<Segment>, StoreError> {
    let failed = |error| StoreError::of_file(folder, error);
    let mut segments = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name();
        let month = name.to_str().and_then(|name| name.strip_suffix(suffix));
        let month: Option<Segment> = month.and_then(|month| month.parse().ok());
        // Opening a pipe would wait for ever.
        if entry.file_type().map_err(failed)?.is_file() {
            segments.extend(month);
        }
    }
    Ok(segments)
}

impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

impl FromStr for Segment {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        let parse = || {
            let (year, month) = text.split_once('-')?;
            let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
            let is_sound = [(year, 4), (month, 2)]
                .iter()
                .all(|(part, length)| part.len() == *length && is_number(part));
            let month = month.parse().ok().filter(|month| (1..=12).contains(month))?;
            is_sound.then_some(Self { year: year.parse().ok()?, month })
        };
        let refused = || StoreError::Refused { reason: format!("{text:?} is no month (2026-11)") };
        parse().ok_or_else(refused)
    }
}

impl From<Segment> for String {
    fn from(segment: Segment) -> Self {
        segment.to_string()
    }
}

impl TryFrom<String> for Segment {
    type Error = StoreError;

    fn try_from(text: String) -> Result<Self, StoreError> {
        text.parse()
    }
}

/// A place in the journal. Later frames have later places, also when a segment was rewritten.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(in crate::store) struct Position {
    pub(in crate::store) segment: Segment,
    /// Bytes from the start of the segment as it was before it was ever rewritten.
    pub(in crate::store) offset: u64,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.segment, self.offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: a record is found in the file of its month, whatever the clock says.
    #[test]
    fn months_have_names() {
        let of = |text: &str| Segment::of(text.parse().unwrap()).to_string();
        assert_eq!(of("2026-11-30T23:59:59.999Z"), "2026-11");
        assert_eq!(of("2026-12-01T00:00:00Z"), "2026-12");
        assert_eq!(of("-000044-03-15T00:00:00Z"), "0000-03");
        assert_eq!("2026-11".parse::<Segment>().unwrap().to_string(), "2026-11");
        for odd in ["", "2026", "2026-13", "2026-00", "26-11", "2026-1", "+026-11", "2026-11-01"] {
            assert!(odd.parse::<Segment>().is_err(), "{odd}");
        }
    }
}
