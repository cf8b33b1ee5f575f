//! What a visit to a feed brings: its document, and what that one refers to.

use url::Url;

use crate::collect::archive::CatchUp;
use crate::collect::identity::{self, Identified, Standing};
use crate::collect::permission::{Permission, Purpose};
use crate::collect::schedule::{Found, Outcome};
use crate::collect::sitemap::Walk;
use crate::collect::{Answered, Document, FeedDocument, Fetched, Permit};
use crate::model::{Entry, Feed, FeedKind, FeedState, Trouble, Wishes};
use crate::service::pipeline::Pipeline;
use crate::store::StoreError;

/// What a visit brought.
pub(super) struct Gathered {
    /// Entries of the document and of those that it refers to.
    pub(super) entries: Vec<Entry>,
    /// What it says beside them; nothing is counted as new yet.
    pub(super) found: Found,
    /// The answer that brought the document.
    pub(super) answered: Answered,
}

/// A visit that brought something, or how it ended otherwise.
pub(super) type Visit<T> = Result<T, Outcome>;

impl Pipeline {
    /// Asks for a feed's document.
    pub(super) async fn ask(
        &self,
        feed: &Feed,
        state: &FeedState,
        permit: Permit,
    ) -> Visit<Document> {
        let is_for_robots = matches!(feed.kind, FeedKind::Page | FeedKind::Sitemap);
        let permit = if is_for_robots || !self.collect.feeds_ignore_robots {
            // The site's rules come from the same host.
            drop(permit);
            self.ask_for_permission(state.url_of(feed)).await?;
            None
        } else {
            Some(permit)
        };
        match self.fetcher.fetch(feed, state, permit).await {
            Ok(Fetched::Document(document)) => Ok(document),
            Ok(Fetched::NotModified(answered)) => Err(Outcome::NotModified(answered)),
            Err(error) => Err(Outcome::from(&error)),
        }
    }

    async fn ask_for_permission(&self, url: &Url) -> Visit<()> {
        match self.permissions.may_fetch(url, Purpose::Links).await {
            Permission::Allowed { gap } => {
                if let Some(gap) = gap {
                    self.fetcher.web().hosts().note_gap(url, gap);
                }
                Ok(())
            }
            Permission::Disallowed { by } => Err(Outcome::Failed {
                error: by.to_string(),
                trouble: Trouble::Robots,
                retry_after: None,
            }),
        }
    }

    /// Reads a feed's document and asks for what it refers to: the sitemaps of an index, older
    /// documents where there is a gap.
    pub(super) async fn gather(
        &self,
        feed: &Feed,
        state: &FeedState,
        document: Document,
    ) -> Result<Visit<Gathered>, StoreError> {
        let (url, mut answered) = (document.url.clone(), document.answered.clone());
        let mut main = match self.read(feed, document).await {
            Ok(main) => main,
            Err(outcome) => return Ok(Err(outcome)),
        };
        let mut found = found(&main);
        if !main.children.is_empty() {
            let is_whole = self.add_children(feed, &url, &mut main).await;
            if !is_whole {
                // The index may not change before the part that is missing does.
                answered.validators = crate::model::Validators::default();
            }
        }
        let entries = match main.previous {
            Some(_) => self.catch_up(feed, state, &url, main).await?,
            None => main.entries,
        };
        found.n_entries = entries.len();
        found.dates = entries.iter().filter_map(|entry| entry.published).collect();
        Ok(Ok(Gathered { entries, found, answered }))
    }

    async fn read(&self, feed: &Feed, document: Document) -> Visit<FeedDocument> {
        self.metrics.fetch_bytes.add(document.bytes.len() as u64);
        let feed = feed.clone();
        let read = self.in_the_background(move || document.read_as(&feed)).await;
        read.map_err(|error| Outcome::from(&error))
    }

    /// Adds the entries of the sitemaps that an index names; false if one of them is missing.
    async fn add_children(&self, feed: &Feed, url: &Url, main: &mut FeedDocument) -> bool {
        let mut walk = Walk::new(url, &main.children, self.clock.now());
        let mut is_whole = true;
        while let Some(address) = walk.next_address() {
            match self.part(feed, &address).await {
                Ok(child) => {
                    walk.add(&child.children);
                    main.entries.extend(child.entries);
                }
                Err(outcome) => {
                    tracing::debug!(feed.url = %feed.url, "sitemap {address}: {outcome:?}");
                    is_whole = false;
                }
            }
        }
        is_whole
    }

    /// The entries of the feed's older documents, too, back to what is known.
    async fn catch_up(
        &self,
        feed: &Feed,
        state: &FeedState,
        url: &Url,
        main: FeedDocument,
    ) -> Result<Vec<Entry>, StoreError> {
        let known = self.known(feed, state, &main.entries).await?;
        let mut walk = CatchUp::new(url, main, &known);
        while let Some(address) = walk.next_address().cloned() {
            match self.part(feed, &address).await {
                Ok(older) => {
                    let known = self.known(feed, state, &older.entries).await?;
                    walk.add(older, &known);
                }
                Err(outcome) => {
                    tracing::debug!(feed.url = %feed.url, "older entries {address}: {outcome:?}");
                    walk.give_up();
                }
            }
        }
        Ok(walk.into_entries())
    }

    /// Which entries were there at an earlier poll.
    async fn known(
        &self,
        feed: &Feed,
        state: &FeedState,
        entries: &[Entry],
    ) -> Result<Vec<bool>, StoreError> {
        let named: Vec<Identified> = entries
            .iter()
            .flat_map(|entry| identity::identify(feed.id, vec![entry.clone()], state.n_entries))
            .collect();
        let keys = named.iter().flat_map(|entry| entry.keys.iter().copied()).collect();
        let mut sightings = self.store.sightings(keys).await?.into_iter();
        let is_known = |entry: &Identified| {
            let seen: Vec<_> = sightings.by_ref().take(entry.keys.len()).collect();
            entry.standing(&seen) != Standing::New
        };
        Ok(named.iter().map(is_known).collect())
    }

    /// Another document of a feed.
    async fn part(&self, feed: &Feed, url: &Url) -> Visit<FeedDocument> {
        self.ask_for_permission(url).await?;
        let document =
            self.fetcher.fetch_part(feed, url).await.map_err(|error| Outcome::from(&error))?;
        self.read(feed, document).await
    }
}

/// What a document says beside its entries.
fn found(document: &FeedDocument) -> Found {
    Found {
        wishes: Wishes {
            pause_ms: document.hint.map(|it| u64::try_from(it.as_millis()).unwrap_or(u64::MAX)),
            quiet: document.quiet,
        },
        hub: document.hub.clone(),
        is_salvaged: document.is_salvaged,
        ..Found::default()
    }
}
