//! Reads a body within its limits, and unpacks it.
//!
//! Invariant: memory stays below the sum of both limits, whatever arrives.

use std::time::Duration;

use futures_util::StreamExt;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, timeout_at};

use super::unpack::{self, Encoding};
use super::{BodyLimit, Chunks, Headers, NetError};

/// A start for the body's buffer, before its length is known.
const BODY_BYTES_FIRST: usize = 16 * 1024;

/// So much is read of a body that comes with a failure or a redirect: enough for its words.
const OTHER_BYTES_MAX: usize = 64 * 1024;

/// A body, and whether it goes on.
pub(super) struct Body {
    pub(super) bytes: Vec<u8>,
    pub(super) was_cut: bool,
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
) -> Result<Body, NetError> {
    let encodings = match Encoding::list(headers.texts("content-encoding")) {
        Err(error) if wanted.is_whole => return Err(error),
        encodings => encodings.unwrap_or_default(),
    };
    let mut body = Arriving { bytes: Vec::new(), encodings, wanted };
    let read = timeout_at(deadline.at, body.read(chunks, announced(headers))).await;
    let read = read.unwrap_or(Err(NetError::Timeout(deadline.total)));
    if wanted.is_whole {
        read.clone()?;
    }
    let (bytes, unpacked) = body.unpacked().await;
    match read.and(unpacked) {
        Err(error) if wanted.is_whole => Err(error),
        end => Ok(Body { bytes, was_cut: end.is_err() }),
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
}

impl Arriving {
    /// Reads to the end or to the limit; what has arrived stays also after an error.
    async fn read(&mut self, mut chunks: Chunks, announced: Option<usize>) -> Result<(), NetError> {
        self.expect(announced)?;
        while let Some(chunk) = chunks.next().await {
            self.take(&chunk?)?;
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

    fn is_packed(&self) -> bool {
        unpack::is_packed(&self.encodings, &self.bytes)
    }

    /// The body unpacked, as far as it goes. A plain one stays where it is.
    async fn unpacked(self) -> (Vec<u8>, Result<(), NetError>) {
        if !self.is_packed() {
            return (self.bytes, Ok(()));
        }
        let Self { bytes, encodings, wanted } = self;
        let work = move || unpack::unpack(bytes, &encodings, wanted.unpacked_max);
        let broken = |error| NetError::Unpack { reason: format!("unpacking failed: {error}") };
        spawn_blocking(work).await.unwrap_or_else(|error| (Vec::new(), Err(broken(error))))
    }
}

/// How long the body will be, packed, if the answer says so.
fn announced(headers: &Headers) -> Option<usize> {
    headers.text("content-length").and_then(|length| length.trim().parse().ok())
}
