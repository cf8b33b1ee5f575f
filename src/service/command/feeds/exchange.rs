//! `silkwire feeds import` and `export`: lists of feeds as other readers exchange them.

use std::collections::HashSet;
use std::fs;
use std::io::{self, Read};
use std::path::Path;

use crate::collect::opml::{self, Imported};
use crate::model::FeedId;
use crate::model::view::FeedStateView;
use crate::review::NewFeed;
use crate::service::command::desk::Desk;
use crate::service::command::print;
use crate::service::{Exit, Failure};

/// Longer files are no lists of feeds; the reader says so.
const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;

pub(super) async fn import(desk: &dyn Desk, file: &Path, is_dry: bool) -> Result<(), Failure> {
    let imported = read(file)?;
    let known: HashSet<FeedId> = desk.feeds().await?.into_iter().map(|view| view.id).collect();
    let mut n_added = 0_usize;
    let mut n_known = 0_usize;
    let mut n_refused = imported.refused.len();
    for refused in &imported.refused {
        let (line, title) = (refused.line, print::one_line(&refused.title));
        let reason = print::one_line(&refused.reason);
        print::talk(format_args!("{}:{line}: refused {title:?}: {reason}", file.display()));
    }
    for feed in imported.feeds {
        if known.contains(&feed.id) {
            n_known += 1;
            continue;
        }
        let (id, what) = (feed.id, print::one_line(&format!("{} {}", feed.title, feed.url)));
        if !is_dry {
            match desk.add_feed(NewFeed::from(feed)).await {
                Ok(_) => {}
                Err(failure) if failure.exit == Exit::Data => {
                    n_refused += 1;
                    let words = failure.to_string();
                    print::talk(format_args!("refused {what}: {}", print::one_line(&words)));
                    continue;
                }
                Err(failure) => return Err(failure),
            }
        }
        n_added += 1;
        print::line(format_args!("{id}  {what}"))?;
    }
    if imported.is_cut {
        print::talk(format_args!(
            "{} ends in the middle: some of it may be missing",
            file.display()
        ));
    }
    let n_twice = imported.n_duplicates;
    let added = if is_dry { "would be added" } else { "added" };
    print::talk(format_args!(
        "{n_added} {added}, {n_known} known already, {n_twice} named twice, {n_refused} refused"
    ));
    let is_all_refused = 0 < n_refused && n_added + n_known == 0;
    if is_all_refused { Err(Failure::because(Exit::Data, "no feed was taken")) } else { Ok(()) }
}

fn read(file: &Path) -> Result<Imported, Failure> {
    let mut bytes = Vec::new();
    let read = if file == Path::new("-") {
        io::stdin().lock().take(FILE_BYTES_MAX).read_to_end(&mut bytes)
    } else {
        fs::File::open(file).and_then(|it| it.take(FILE_BYTES_MAX).read_to_end(&mut bytes))
    };
    let place = file.display();
    read.map_err(|error| {
        Failure::because(Exit::NoInput, format_args!("{place} cannot be read: {error}"))
    })?;
    opml::import(&bytes).map_err(|error| {
        Failure::because(Exit::Data, format_args!("{place} is no list of feeds: {error}"))
    })
}

pub(super) async fn export(desk: &dyn Desk) -> Result<(), Failure> {
    let views = desk.feeds().await?;
    let feeds: Result<Vec<_>, String> = views.iter().map(FeedStateView::feed).collect();
    let feeds = feeds.map_err(|words| Failure::because(Exit::Unavailable, words))?;
    print::text(&opml::export(&feeds))
}
