//! How alerts are written: one file for each format.

mod json;

use crate::alert::{Format, News, Tidings};
use crate::model::Timestamp;

/// The bytes of an alert that is committed at `now`.
pub(super) fn body(
    format: Format,
    tidings: Tidings<'_>,
    news: &News<'_>,
    now: Timestamp,
) -> String {
    match format {
        Format::Json => json::body(tidings, news, now),
    }
}
