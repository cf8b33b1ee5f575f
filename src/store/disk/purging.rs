//! Taking out of the journal what must not be in it any more.

use std::collections::{BTreeSet, HashSet};
use std::path::PathBuf;

use serde::de::DeserializeOwned;

use crate::model::{Article, Delivery, MatchId, Story, StoryId, Tombstone};
use crate::store::StoreError;
use crate::store::disk::engine::Engine;
use crate::store::disk::progress::Mark;
use crate::store::disk::start::JOURNAL;
use crate::store::disk::{layout, record};
use crate::store::journal::{Entry, Kind, Read, Reading, Segment};

/// What must not be in the journal any more.
#[derive(Clone, Debug)]
pub(super) enum Purge {
    /// What an erased article said. Its stories and deliveries were written anew without it, so
    /// that of these the last line is enough.
    Erased(Tombstone),
    /// The texts that were dropped in the database.
    Texts,
}

impl Purge {
    /// The segments in which there is something to take out, oldest first. Takes as long as
    /// reading the journal.
    pub(super) fn segments(&self, engine: &Engine) -> Result<BTreeSet<Segment>, StoreError> {
        let mut segments = BTreeSet::new();
        let editor = self.editor(engine);
        for read in journal_of(engine, Mark::of(engine)?)? {
            let Read::Frame(frame) = read? else { continue };
            if segments.contains(&frame.start.segment) {
                continue;
            }
            for entry in frame.entries {
                if editor.edited(&entry)? != Some(entry) {
                    segments.insert(frame.start.segment);
                    break;
                }
            }
        }
        Ok(segments)
    }

    pub(super) fn editor<'a>(&'a self, engine: &'a Engine) -> Editor<'a> {
        let tombstone = match self {
            Self::Erased(tombstone) => Some(tombstone),
            Self::Texts => None,
        };
        let matches = tombstone.map(|it| it.matches.as_slice()).unwrap_or_default();
        let stories = tombstone.map(|it| it.stories.as_slice()).unwrap_or_default();
        Editor {
            engine,
            article: tombstone.map(|it| it.article.to_string()),
            names: matches.iter().map(MatchId::to_string).collect(),
            matches: matches.iter().copied().collect(),
            stories: stories.iter().copied().collect(),
        }
    }
}

/// Decides line by line.
pub(super) struct Editor<'a> {
    engine: &'a Engine,
    /// None where texts are dropped.
    article: Option<String>,
    names: HashSet<String>,
    matches: HashSet<MatchId>,
    stories: HashSet<StoryId>,
}

impl Editor<'_> {
    /// What stands in the place of `entry`; none if it goes.
    pub(super) fn edited(&self, entry: &Entry) -> Result<Option<Entry>, StoreError> {
        let Some(record) = &entry.record else { return Ok(Some(entry.clone())) };
        let Some(article) = &self.article else { return self.without_text(entry, record) };
        let is_kept = match entry.kind {
            Kind::Article => entry.id != *article,
            Kind::Match | Kind::NearMiss => !self.names.contains(&entry.id),
            Kind::Sketch => {
                let (_, id) = entry.id.rsplit_once('-').unwrap_or_default();
                !self.names.contains(id)
            }
            Kind::Story => match parsed::<Story>(record) {
                Some(story) if self.stories.contains(&story.id) => {
                    let now = self.engine.get(&layout::story(story.id))?;
                    now == Some(story)
                }
                _ => true,
            },
            Kind::Delivery => match parsed::<Delivery>(record) {
                Some(it)
                    if it.names(|id| self.matches.contains(id))
                        || it.story.is_some_and(|id| self.stories.contains(&id)) =>
                {
                    let key = layout::delivery(it.id);
                    Some(it) == self.engine.get(&key)?
                }
                _ => true,
            },
            _ => true,
        };
        Ok(is_kept.then(|| entry.clone()))
    }

    /// An article whose text was dropped, as it is now.
    fn without_text(&self, entry: &Entry, record: &[u8]) -> Result<Option<Entry>, StoreError> {
        let keep = || Ok(Some(entry.clone()));
        if entry.kind != Kind::Article {
            return keep();
        }
        let Some(article) = parsed::<Article>(record) else { return keep() };
        if article.text_dropped.is_some() {
            return keep();
        }
        let now: Option<Article> = self.engine.get(&layout::article(article.id))?;
        match now.filter(|now| now.text_dropped.is_some()) {
            Some(now) => Ok(Some(Entry { record: Some(record::json(&now)), ..entry.clone() })),
            None => keep(),
        }
    }
}

/// Where the journal is that belongs to a database.
pub(super) fn journal_folder(engine: &Engine) -> PathBuf {
    engine.folder().with_file_name(JOURNAL)
}

/// What the journal says, up to where the database is.
pub(super) fn journal_of(
    engine: &Engine,
    mark: Mark,
) -> Result<impl Iterator<Item = Result<Read, StoreError>>, StoreError> {
    let folder = journal_folder(engine);
    let reading = mark.journal.map(|until| Reading::new(&folder, None, until)).transpose()?;
    Ok(reading.into_iter().flatten())
}

/// None for a line that makes no sense: nobody reads it as a record of ours.
fn parsed<T: DeserializeOwned>(record: &[u8]) -> Option<T> {
    serde_json::from_slice(record).ok()
}
