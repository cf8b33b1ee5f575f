//! How alerts are written: one file for each format.

mod json;

use crate::alert::{Format, News};
use crate::model::{AlertKind, Timestamp};

/// The bytes of an alert that is committed at `now`.
pub(super) fn body(format: Format, kind: AlertKind, news: &News<'_>, now: Timestamp) -> String {
    match format {
        Format::Json => json::body(kind, news, now),
    }
}
