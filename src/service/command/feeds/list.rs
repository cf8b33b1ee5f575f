//! `silkwire feeds list`.

use crate::model::view::FeedStateView;
use crate::model::{FeedPhase, minute_of};
use crate::service::Failure;
use crate::service::command::print::{self, Format};

pub(super) fn run(mut views: Vec<FeedStateView>, format: Format) -> Result<(), Failure> {
    views.sort_by(|one, other| (&one.title, &one.url).cmp(&(&other.title, &other.url)));
    match format {
        Format::Json => views.iter().try_for_each(print::json),
        Format::Table => {
            let rows: Vec<_> = views.iter().map(row).collect();
            let headings = ["ID", "SIDE", "STATE", "RATE", "NEXT POLL", "BECAUSE", "FEED"];
            print::table(headings, &rows)
        }
    }
}

fn row(view: &FeedStateView) -> [String; 7] {
    let next = match view.state {
        FeedPhase::Gone | FeedPhase::Paused => "never".to_owned(),
        _ => view.next_poll.map_or_else(|| "at start".to_owned(), minute_of),
    };
    let mut what = format!("{} {}", view.title, view.url);
    // The advice says what the error means.
    let trouble = view.advice.as_ref().or(view.error.as_ref().filter(|_| !view.paused));
    for words in trouble.into_iter().chain(&view.silence).chain(&view.notes) {
        what.push_str("; ");
        what.push_str(words);
    }
    [
        view.id.to_string(),
        view.side.to_string(),
        view.summary.clone(),
        view.rate.clone().unwrap_or_default(),
        next,
        view.next_poll_reason.clone(),
        print::one_line(&what),
    ]
}
