//! Reads a body within its limits, and unpacks it.
//!
//! Invariant: memory stays below the sum of both limits, whatever arrives.
//! Invariant: of all bodies together only [`LARGE_BODIES_MAX`] are large, until they were used.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;
use tokio::time::{Instant, timeout_at};

use super::unpack::{self, Encoding};
use super::{BodyLimit, Chunks, Headers, NetError};

/// A start for the body's buffer, before its length is known.
const BODY_BYTES_FIRST: usize = 16 * 1024;

/// So much is read of a body that comes with a failure or a redirect: enough for its words.
const OTHER_BYTES_MAX: usize = 64 * 1024;

/// Hundreds of bodies are under way at once; few of them may be large, or they would fill the
/// memory together. The others wait, and their servers with them.
const LARGE_BODIES_MAX: usize = 4;

/// A body is large from here on.
const LARGE_BYTES: usize = 1 << 20;

/// Room for large bodies; clones share it.
#[derive(Clone, Debug)]
pub(super) struct Rooms(Arc<Semaphore>);

impl Default for Rooms {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(LARGE_BODIES_MAX)))
    }
}

/// What a large body occupies until it is dropped; nothing for a small one.
#[derive(Clone, Debug, Default)]
pub struct Room(Option<Arc<OwnedSemaphorePermit>>);

/// A body, and whether it goes on.
pub(super) struct Body {
    pub(super) bytes: Vec<u8>,
    pub(super) was_cut: bool,
    pub(super) room: Room,
}

/// Reads the body of an answer with `headers` until `deadline`.
///
/// # Errors
/// The whole body is wanted, and it is too long, late, incomplete or wrongly packed.
pub(super) async fn read(
    chunks: Chunks,
    headers: &Headers,
    wanted: Wanted,
    deadline: Deadline,
    rooms: &Rooms,
) -> Result<Body, NetError> {
    let encodings = match Encoding::list(headers.texts("content-encoding")) {
        Err(error) if wanted.is_whole => return Err(error),
        encodings => encodings.unwrap_or_default(),
    };
    let (bytes, rooms, room) = (Vec::new(), rooms.clone(), Room::default());
    let mut body = Arriving { bytes, encodings, wanted, rooms, room };
    let read = timeout_at(deadline.at, body.read(chunks, announced(headers))).await;
    let read = read.unwrap_or(Err(NetError::Timeout(deadline.total)));
    if wanted.is_whole {
        read.clone()?;
    }
    let (bytes, unpacked, room) = body.unpacked().await;
    match read.and(unpacked) {
        Err(error) if wanted.is_whole => Err(error),
        end => Ok(Body { bytes, was_cut: end.is_err(), room }),
    }
}

/// When an answer must be complete, and how that was said.
#[derive(Clone, Copy)]
pub(super) struct Deadline {
    pub(super) at: Instant,
    pub(super) total: Duration,
}

/// What is wanted of a body.
#[derive(Clone, Copy)]
pub(super) struct Wanted {
    packed_max: usize,
    unpacked_max: usize,
    is_whole: bool,
}

impl Wanted {
    /// What a caller with `limit` wants of an answer with `status`.
    pub(super) fn of(limit: BodyLimit, status: u16) -> Self {
        let start = |n_bytes| Self { packed_max: n_bytes, unpacked_max: n_bytes, is_whole: false };
        match limit {
            // 204 and 205 have no body, whatever else they say (RFC 9110, 15.3.5).
            BodyLimit::Whole { packed, unpacked }
                if (200..=299).contains(&status) && !matches!(status, 204 | 205) =>
            {
                Self { packed_max: packed, unpacked_max: unpacked, is_whole: true }
            }
            BodyLimit::Whole { unpacked, .. } => start(unpacked.min(OTHER_BYTES_MAX)),
            BodyLimit::Start(n_bytes) => start(n_bytes),
        }
    }

    /// The longest body of that form, and what it means when there is more.
    fn limit(self, is_packed: bool) -> (usize, NetError) {
        if is_packed {
            (self.packed_max, NetError::PackedTooLong { limit: self.packed_max })
        } else {
            (self.unpacked_max, NetError::BodyTooLong { limit: self.unpacked_max })
        }
    }
}

/// A body while it arrives.
struct Arriving {
    bytes: Vec<u8>,
    encodings: Vec<Encoding>,
    wanted: Wanted,
    rooms: Rooms,
    room: Room,
}

impl Arriving {
    /// Reads to the end or to the limit; what has arrived stays also after an error.
    async fn read(&mut self, mut chunks: Chunks, announced: Option<usize>) -> Result<(), NetError> {
        self.expect(announced)?;
        while let Some(chunk) = chunks.next().await {
            self.take(&chunk?)?;
            if LARGE_BYTES < self.bytes.len() {
                self.take_room().await;
            }
        }
        match announced {
            Some(length) if self.wanted.is_whole && self.bytes.len() < length => {
                let reason = format!("{} of {length} bytes came", self.bytes.len());
                Err(NetError::Broken { reason })
            }
            _ => Ok(()),
        }
    }

    /// Refuses at once what says itself that it is too long.
    fn expect(&mut self, announced: Option<usize>) -> Result<(), NetError> {
        let (limit, error) = self.wanted.limit(!self.encodings.is_empty());
        if self.wanted.is_whole && announced.is_some_and(|length| limit < length) {
            return Err(error);
        }
        self.bytes.reserve(announced.unwrap_or(BODY_BYTES_FIRST).min(limit));
        Ok(())
    }

    fn take(&mut self, chunk: &[u8]) -> Result<(), NetError> {
        let longest = self.wanted.packed_max.max(self.wanted.unpacked_max);
        let room = longest - self.bytes.len();
        self.bytes.extend_from_slice(&chunk[..chunk.len().min(room)]);
        let (limit, error) = self.wanted.limit(self.is_packed());
        if room < chunk.len() || limit < self.bytes.len() {
            self.bytes.truncate(limit);
            return Err(error);
        }
        Ok(())
    }

    /// Waits until there is room for one more large body.
    async fn take_room(&mut self) {
        if self.room.0.is_none() {
            // Never closed, so it is always given.
            let permit = Arc::clone(&self.rooms.0).acquire_owned().await.ok();
            self.room = Room(permit.map(Arc::new));
        }
    }

    fn is_packed(&self) -> bool {
        unpack::is_packed(&self.encodings, &self.bytes)
    }

    /// The body unpacked, as far as it goes. A plain one stays where it is.
    async fn unpacked(mut self) -> (Vec<u8>, Result<(), NetError>, Room) {
        if !self.is_packed() {
            return (self.bytes, Ok(()), self.room);
        }
        // How large it will be shows only then.
        self.take_room().await;
        let Self { bytes, encodings, wanted, room, .. } = self;
        let work = move || unpack::unpack(bytes, &encodings, wanted.unpacked_max);
        let broken = |error| NetError::Unpack { reason: format!("unpacking failed: {error}") };
        let done = spawn_blocking(work).await;
        let (bytes, end) = done.unwrap_or_else(|error| (Vec::new(), Err(broken(error))));
        let room = if LARGE_BYTES < bytes.len() { room } else { Room::default() };
        (bytes, end, room)
    }
}

/// How long the body will be, packed, if the answer says so.
fn announced(headers: &Headers) -> Option<usize> {
    headers.text("content-length").and_then(|length| length.trim().parse().ok())
}
