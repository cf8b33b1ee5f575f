//! The list of feeds: what files name, and what people changed beside them. Pure.
//!
//! Invariant: a file's word about its own feeds counts; people hide, pause and resume them, and
//! add others.

use crate::collect::FeedConfig;
use crate::model::{Feed, FeedId};
use crate::review::NewFeed;
use crate::store::FeedChange;

/// What somebody wants of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// Watch this feed. One that is watched already stays as it is.
    Add(Box<Feed>),
    /// Watch it no more.
    Remove(FeedId),
    /// List it, but do not poll it.
    Pause(FeedId),
    /// Poll it again.
    Resume(FeedId),
}

impl Wish {
    pub(super) fn feed(&self) -> FeedId {
        match self {
            Self::Add(feed) => feed.id,
            Self::Remove(id) | Self::Pause(id) | Self::Resume(id) => *id,
        }
    }
}

/// There is no such feed in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NotWatched;

/// The feeds of files with what people changed since; added ones stand behind them.
pub(super) fn with_changes(files: &[Feed], changes: &[FeedChange]) -> Vec<Feed> {
    let mut feeds = files.to_vec();
    let pause = |feeds: &mut Vec<Feed>, id, is_paused| {
        feeds.iter_mut().filter(|feed| feed.id == id).for_each(|it| it.is_paused = is_paused);
    };
    for change in changes {
        match change {
            FeedChange::Removed(id) => feeds.retain(|feed| feed.id != *id),
            FeedChange::Paused(id) => pause(&mut feeds, *id, true),
            FeedChange::Resumed(id) => pause(&mut feeds, *id, false),
            FeedChange::Added(feed) if find(&feeds, feed.id).is_none() => {
                feeds.push(Feed::clone(feed));
            }
            FeedChange::Added(_) | FeedChange::Dropped(_) => {}
        }
    }
    feeds
}

/// What has to be stored so that `wish` comes true; none if it is true already.
///
/// # Errors
/// It is about a feed that is not watched.
pub(super) fn change(
    files: &[Feed],
    changes: &[FeedChange],
    wish: Wish,
) -> Result<Option<FeedChange>, NotWatched> {
    let id = wish.feed();
    let watched = with_changes(files, changes).into_iter().find(|feed| feed.id == id);
    let is_of_file = find(files, id).is_some();
    let paused = |watched: Feed, is_paused: bool| match is_of_file {
        _ if watched.is_paused == is_paused => None,
        true if is_paused => Some(FeedChange::Paused(id)),
        true => Some(FeedChange::Resumed(id)),
        false => Some(FeedChange::Added(Box::new(Feed { is_paused, ..watched }))),
    };
    Ok(match wish {
        Wish::Add(_) if watched.is_some() => None,
        Wish::Add(feed) if is_of_file && feed.is_paused => Some(FeedChange::Paused(id)),
        Wish::Add(_) if is_of_file => Some(FeedChange::Resumed(id)),
        Wish::Add(feed) => Some(FeedChange::Added(feed)),
        Wish::Remove(_) => {
            watched.ok_or(NotWatched)?;
            Some(if is_of_file { FeedChange::Removed(id) } else { FeedChange::Dropped(id) })
        }
        Wish::Pause(_) => paused(watched.ok_or(NotWatched)?, true),
        Wish::Resume(_) => paused(watched.ok_or(NotWatched)?, false),
    })
}

/// Where files and people contradict each other, a sentence each: nothing is lost, but somebody
/// may wonder.
pub(super) fn conflicts(files: &[Feed], changes: &[FeedChange]) -> Vec<String> {
    let words = changes.iter().filter_map(|change| {
        let id = change.feed();
        let named = find(files, id);
        match (change, named) {
            (FeedChange::Added(_), Some(feed)) => Some(format!(
                "feed {} was added by hand and now stands in a file, too: what the file says of \
                 it counts",
                feed.url
            )),
            (FeedChange::Removed(_), None) => Some(format!(
                "feed {id} was removed by hand and no file names it any more: it stays removed \
                 if one does again"
            )),
            (FeedChange::Paused(_), None) => Some(format!(
                "feed {id} was paused by hand and no file names it any more: it is not listed"
            )),
            (FeedChange::Resumed(_), None) => Some(format!(
                "feed {id} was resumed by hand and no file names it any more: it is not polled"
            )),
            _ => None,
        }
    });
    words.collect()
}

/// The feed that somebody wants to add.
///
/// # Errors
/// What is wrong with it, in words for them.
pub(super) fn feed_of(new: NewFeed) -> Result<Feed, String> {
    let title_max = NewFeed::TITLE_CHARACTERS_MAX;
    if new.title.as_ref().is_some_and(|title| title.chars().nth(title_max).is_some()) {
        return Err(format!("title: more than {title_max} characters"));
    }
    let config = FeedConfig {
        title: new.title.filter(|title| !title.trim().is_empty()),
        side: new.side,
        language: new.language,
        kind: new.kind,
        enabled: !new.is_paused,
        every: new.every,
        selectors: new.selectors,
        ..FeedConfig::at(new.url)
    };
    config.feed()
}

fn find(feeds: &[Feed], id: FeedId) -> Option<&Feed> {
    feeds.iter().find(|feed| feed.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feed(name: &str) -> Feed {
        Feed::at(format!("https://example.org/{name}.xml").parse().unwrap())
    }

    fn off(name: &str) -> Feed {
        Feed { is_paused: true, ..feed(name) }
    }

    /// The list after `wishes`, each with what it stored: `b paused`.
    fn after(files: &[Feed], wishes: Vec<Wish>) -> (Vec<String>, Vec<FeedChange>) {
        let mut changes: Vec<FeedChange> = Vec::new();
        for wish in wishes {
            if let Ok(Some(change)) = change(files, &changes, wish) {
                changes.retain(|it| it.feed() != change.feed());
                changes.push(change);
            }
        }
        let feeds = with_changes(files, &changes);
        let said = |feed: &Feed| {
            let name = feed.url.path().trim_matches('/').trim_end_matches(".xml").to_owned();
            if feed.is_paused { format!("{name} paused") } else { name }
        };
        (feeds.iter().map(said).collect(), changes)
    }

    /// Goal: whoever named a feed, people hide, pause and resume it, and it comes back as it was.
    #[test]
    fn feeds_of_files_and_of_people_are_changed_alike() {
        let files = [feed("a"), off("b")];
        let added = || Wish::Add(Box::new(feed("c")));
        let id = |name: &str| feed(name).id;
        let list = |wishes: Vec<Wish>| after(&files, wishes).0.join(", ");
        assert_eq!(list(vec![]), "a, b paused");
        assert_eq!(list(vec![added(), added()]), "a, b paused, c");
        assert_eq!(list(vec![Wish::Resume(id("b")), Wish::Pause(id("a"))]), "a paused, b");
        assert_eq!(list(vec![added(), Wish::Pause(id("c"))]), "a, b paused, c paused");
        assert_eq!(
            list(vec![added(), Wish::Pause(id("c")), Wish::Resume(id("c"))]),
            "a, b paused, c"
        );
        assert_eq!(list(vec![Wish::Remove(id("a"))]), "b paused");
        assert_eq!(
            list(vec![Wish::Remove(id("a")), Wish::Add(Box::new(feed("a")))]),
            "a, b paused"
        );
        assert_eq!(list(vec![Wish::Add(Box::new(feed("b")))]), "a, b paused", "it is watched");
        assert_eq!(list(vec![added(), Wish::Remove(id("c"))]), "a, b paused");
    }

    /// Goal: what is true already is not stored, and what nobody watches is named.
    #[test]
    fn idle_and_unknown_wishes_store_nothing() {
        let files = [feed("a")];
        assert_eq!(change(&files, &[], Wish::Resume(feed("a").id)), Ok(None));
        for wish in [Wish::Pause, Wish::Resume, Wish::Remove] {
            assert_eq!(change(&files, &[], wish(feed("z").id)), Err(NotWatched));
        }
    }

    /// Goal: a pause survives that the feed was added by hand and removed from no file.
    #[test]
    fn added_feed_that_is_paused_keeps_what_is_known_of_it() {
        let own = Feed { title: "Own".to_owned(), ..feed("c") };
        let (_, changes) = after(&[], vec![Wish::Add(Box::new(own)), Wish::Pause(feed("c").id)]);
        let [FeedChange::Added(kept)] = changes.as_slice() else { panic!("{changes:?}") };
        assert_eq!((kept.title.as_str(), kept.is_paused), ("Own", true));
    }

    /// Goal: an operator who edits a file learns where it and older commands disagree; a feed
    /// that was added and removed again is nobody's business.
    #[test]
    fn contradictions_are_named() {
        let changes = [
            FeedChange::Added(Box::new(feed("a"))),
            FeedChange::Paused(feed("gone").id),
            FeedChange::Dropped(feed("x").id),
            FeedChange::Paused(feed("b").id),
        ];
        let words = conflicts(&[feed("a"), feed("b")], &changes);
        assert_eq!(words.len(), 2, "{words:?}");
        assert!(words[0].contains("https://example.org/a.xml was added by hand"), "{words:?}");
        assert!(words[1].contains("no file names it any more"), "{words:?}");
    }

    /// Goal: a page with a selector that is none is refused when it is added, not when it is read.
    #[test]
    fn unusable_selectors_are_refused() {
        let selectors = |item: &str| crate::model::Selectors {
            item: item.to_owned(),
            link: None,
            title: None,
            date: None,
        };
        let new = |item| NewFeed {
            kind: crate::model::FeedKind::Page,
            selectors: Some(selectors(item)),
            ..NewFeed::at(feed("a").url)
        };
        assert!(feed_of(new("article")).is_ok());
        assert!(feed_of(new("[[[")).unwrap_err().contains("no CSS selector"));
    }
}
