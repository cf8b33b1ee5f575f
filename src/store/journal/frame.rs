//! Frames: lines packed with zstd, and in front of them a header that knows what is inside.
//!
//! The header is a *skippable frame* (RFC 8878, 3.1.2), which every zstd program passes over, so
//! that a file of frames unpacks to plain lines anywhere. All numbers are little-endian:
//!
//! ```text
//! 0x184D2A5B u32 | bytes that follow u32 | "SWJ1" | group u64 | ms since 1970 i64
//! | bytes packed u32 | bytes unpacked u32 | CRC32C of the packed bytes u32 | number of names u32
//! | names: length of the kind u8, kind, length of the id u16, id | CRC32C from "SWJ1" on u32
//! ```
//!
//! The header has a checksum of its own and names every record inside, so that it is known what
//! damaged content was about.

use std::io;

use zstd::bulk::{Compressor, Decompressor};

use crate::model::Timestamp;
use crate::store::journal::entry::Entry;

/// How a header starts. The last digit is ours among the sixteen that the RFC leaves open.
pub(super) const MAGIC: [u8; 4] = 0x184D_2A5B_u32.to_le_bytes();

const TAG: [u8; 4] = *b"SWJ1";

/// Magic number and length.
pub(super) const PREFIX_BYTES: usize = 8;

/// From the tag to the number of names.
const FIXED_BYTES: usize = 36;
const SUM_BYTES: usize = 4;

/// Larger headers are damage: some 20,000 names fit.
pub(super) const HEADER_BYTES_MAX: usize = 1024 * 1024;

/// Larger frames are damage, in both forms. One record may take all of it.
pub(super) const CONTENT_BYTES_MAX: usize = 64 * 1024 * 1024;

/// zstd's fastest: the writer waits for it. A tenth larger than with level 3, in half the time.
const ZSTD_LEVEL: i32 = 1;

/// Kind and id of each line.
type Names = Vec<(String, String)>;

/// What stands in front of a frame's content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) group: u64,
    pub(super) at: Timestamp,
    pub(super) n_packed: usize,
    pub(super) n_plain: usize,
    sum: u32,
    /// Kind and id of every line.
    pub(super) names: Names,
}

/// What bytes are, seen as a header.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// A header and its length.
    Header(Header, usize),
    /// They may become one, of so many bytes.
    Start(usize),
    Nothing,
}

impl Header {
    /// Reads the header at the start of `bytes`.
    pub(super) fn read(bytes: &[u8]) -> Seen {
        let start = [&MAGIC[..], &[0; 4], &TAG].concat();
        let differs = |at: &usize| !(4..8).contains(at) && bytes[*at] != start[*at];
        if (0..bytes.len().min(start.len())).any(|at| differs(&at)) {
            return Seen::Nothing;
        }
        let Some(n) = bytes.get(4..8).and_then(|it| it.first_chunk()) else {
            return Seen::Start(start.len());
        };
        let n = usize::try_from(u32::from_le_bytes(*n)).unwrap_or(usize::MAX);
        if n < FIXED_BYTES + SUM_BYTES || HEADER_BYTES_MAX < n {
            return Seen::Nothing;
        }
        let Some(payload) = bytes.get(PREFIX_BYTES..PREFIX_BYTES + n) else {
            // A length that was damaged shows where the names do not end where it says.
            let there = bytes.get(PREFIX_BYTES..).unwrap_or_default();
            let is_other = Self::names(there)
                .is_some_and(|(_, rest)| there.len() - rest.len() + SUM_BYTES != n);
            return if is_other { Seen::Nothing } else { Seen::Start(PREFIX_BYTES + n) };
        };
        let header = Self::read_payload(payload).filter(Self::is_possible);
        header.map_or(Seen::Nothing, |header| Seen::Header(header, PREFIX_BYTES + n))
    }

    fn read_payload(payload: &[u8]) -> Option<Self> {
        let (payload, sum) = payload.split_last_chunk::<SUM_BYTES>()?;
        if u32::from_le_bytes(*sum) != crc32c::crc32c(payload) {
            return None;
        }
        let mut rest = Fields(payload.strip_prefix(&TAG)?);
        let group = u64::from_le_bytes(rest.take()?);
        let at = Timestamp::from_unix_ms(i64::from_le_bytes(rest.take()?)).ok()?;
        let [n_packed, n_plain] = [rest.number()?, rest.number()?];
        let sum = u32::from_le_bytes(rest.take()?);
        let (names, rest) = Self::names(payload)?;
        rest.is_empty().then_some(Self { group, at, n_packed, n_plain, sum, names })
    }

    /// The names, and what follows them; none if they are not all there.
    fn names(payload: &[u8]) -> Option<(Names, &[u8])> {
        let mut rest = Fields(payload.get(FIXED_BYTES - 4..)?);
        let mut names = Vec::new();
        for _ in 0..rest.number()? {
            let [length] = rest.take()?;
            let kind = rest.text(length.into())?;
            let length = u16::from_le_bytes(rest.take()?);
            names.push((kind, rest.text(length.into())?));
        }
        Some((names, rest.0))
    }

    fn is_possible(&self) -> bool {
        self.n_packed <= CONTENT_BYTES_MAX + CONTENT_BYTES_MAX / 128
            && self.n_plain <= CONTENT_BYTES_MAX
    }

    /// Unpacks the content that stands behind the header; none if it is damaged.
    pub(super) fn unpack(&self, unpacker: &mut Decompressor<'_>, packed: &[u8]) -> Option<Vec<u8>> {
        if packed.len() != self.n_packed || crc32c::crc32c(packed) != self.sum {
            return None;
        }
        let plain = unpacker.decompress(packed, self.n_plain).ok()?;
        (plain.len() == self.n_plain).then_some(plain)
    }
}

/// What is left to read of a header.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (field, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*field)
    }

    fn number(&mut self) -> Option<usize> {
        usize::try_from(u32::from_le_bytes(self.take()?)).ok()
    }

    fn text(&mut self, length: usize) -> Option<String> {
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        String::from_utf8(text.to_vec()).ok()
    }
}

/// Makes frames, one after the other in the same memory.
pub(in crate::store) struct Packer {
    compressor: Compressor<'static>,
    names: Vec<u8>,
    lines: Vec<u8>,
    frame: Vec<u8>,
}

impl Packer {
    /// Frames are closed at this size; a record that is larger has a frame of its own.
    const FRAME_BYTES: usize = 8 * 1024 * 1024;
    const NAMES_BYTES: usize = HEADER_BYTES_MAX / 2;

    pub(in crate::store) fn new() -> io::Result<Self> {
        let mut compressor = Compressor::new(ZSTD_LEVEL)?;
        // Four bytes, so that `zstd --test` notices damage too.
        compressor.include_checksum(true)?;
        Ok(Self { compressor, names: Vec::new(), lines: Vec::new(), frame: Vec::new() })
    }

    /// Packs `entries` and hands the frames to `write`: one, unless they are very many.
    ///
    /// # Errors
    /// Those of `write`; [`io::ErrorKind::InvalidInput`] for what no frame can hold.
    pub(in crate::store) fn pack(
        &mut self,
        group: u64,
        at: Timestamp,
        entries: &[Entry],
        mut write: impl FnMut(&[u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut rest = entries;
        loop {
            let n = self.fill(rest)?;
            rest = &rest[n..];
            self.close(group, at, n)?;
            write(&self.frame)?;
            if rest.is_empty() {
                return Ok(());
            }
        }
    }

    /// Takes lines until the frame is large enough and says how many.
    fn fill(&mut self, entries: &[Entry]) -> io::Result<usize> {
        self.names.clear();
        self.lines.clear();
        for (at, entry) in entries.iter().enumerate() {
            let n_lines = self.lines.len();
            entry.write(&mut self.lines);
            let is_full =
                Self::FRAME_BYTES < self.lines.len() || Self::NAMES_BYTES < self.names.len();
            if 0 < at && is_full {
                self.lines.truncate(n_lines);
                return Ok(at);
            }
            if CONTENT_BYTES_MAX < self.lines.len() {
                return Err(too_large(entry, "the record"));
            }
            let kind = entry.kind.as_str();
            let length = u16::try_from(entry.id.len()).map_err(|_| too_large(entry, "the id"))?;
            self.names.push(u8::try_from(kind.len()).map_err(|_| too_large(entry, "the kind"))?);
            self.names.extend_from_slice(kind.as_bytes());
            self.names.extend_from_slice(&length.to_le_bytes());
            self.names.extend_from_slice(entry.id.as_bytes());
        }
        Ok(entries.len())
    }

    /// Makes one frame of the lines.
    fn close(&mut self, group: u64, at: Timestamp, n_lines: usize) -> io::Result<()> {
        let Self { compressor, names, lines, frame } = self;
        let start = PREFIX_BYTES + FIXED_BYTES + names.len() + SUM_BYTES;
        // No clearing: what was there before is written over.
        frame.resize(start + zstd::zstd_safe::compress_bound(lines.len()), 0);
        let n_packed = compressor.compress_to_buffer(lines, &mut frame[start..])?;
        frame.truncate(start + n_packed);
        let sum = crc32c::crc32c(&frame[start..]);
        let mut payload = Vec::with_capacity(start);
        payload.extend_from_slice(&TAG);
        payload.extend_from_slice(&group.to_le_bytes());
        payload.extend_from_slice(&at.unix_ms().to_le_bytes());
        payload.extend_from_slice(&number(n_packed).to_le_bytes());
        payload.extend_from_slice(&number(lines.len()).to_le_bytes());
        payload.extend_from_slice(&sum.to_le_bytes());
        payload.extend_from_slice(&number(n_lines).to_le_bytes());
        payload.extend_from_slice(names);
        payload.extend_from_slice(&crc32c::crc32c(&payload).to_le_bytes());
        frame[..4].copy_from_slice(&MAGIC);
        frame[4..PREFIX_BYTES].copy_from_slice(&number(payload.len()).to_le_bytes());
        frame[PREFIX_BYTES..start].copy_from_slice(&payload);
        Ok(())
    }
}

fn number(n: usize) -> u32 {
    u32::try_from(n).expect("no part of a frame has 4 GiB")
}

fn too_large(entry: &Entry, what: &str) -> io::Error {
    let text = format!("{} {}: {what} is too large for a frame", entry.kind.as_str(), entry.id);
    io::Error::new(io::ErrorKind::InvalidInput, text)
}
