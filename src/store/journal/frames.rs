//! Frames of a file, one after the other, and the way on behind damage.
//!
//! Invariant: memory is bounded by the largest frame, whatever the file holds.
//! Invariant: a frame that is whole is found, whatever stands in front of it.
//! Invariant: content that is whole is found, also behind a header that is damaged: it is a zstd frame
//! with a checksum of its own, and its lines say what they are about.

use std::io::{self, Read};

use zstd::bulk::Decompressor;

use crate::model::Timestamp;
use crate::store::journal::entry::Entry;
use crate::store::journal::frame::{CONTENT_BYTES_MAX, HEADER_BYTES_MAX, Header, MAGIC, Seen};
use crate::store::journal::placing::Placing;

const READ_BYTES: usize = 256 * 1024;

/// How a zstd frame starts (RFC 8878, 3.1.1).
const CONTENT_MAGIC: [u8; 4] = 0xFD2F_B528_u32.to_le_bytes();

/// What stands next in a file.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::store) enum Piece {
    Frame(RawFrame),
    Damage(RawDamage),
}

/// A whole frame.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::store) struct RawFrame {
    /// Bytes from the start of the file.
    pub(in crate::store) start: u64,
    pub(in crate::store) end: u64,
    pub(in crate::store) group: u64,
    pub(in crate::store) at: Timestamp,
    /// JSON lines.
    pub(in crate::store) lines: Vec<u8>,
    /// Kind and id of every line.
    pub(in crate::store) names: Vec<(String, String)>,
}

/// Bytes that are no whole frame.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::store) struct RawDamage {
    /// Bytes from the start of the file.
    pub(in crate::store) start: u64,
    pub(in crate::store) end: u64,
    /// Group and names, if the header is whole; no names if its content is.
    pub(in crate::store) header: Option<(u64, Vec<(String, String)>)>,
    /// Whether the file ends where a frame could go on: a write that was cut short.
    pub(in crate::store) is_cut: bool,
}

/// Reads frames.
pub(in crate::store) struct Frames<R> {
    source: R,
    unpacker: Decompressor<'static>,
    buffer: Vec<u8>,
    /// Where in the buffer the next piece starts, and where that is in the file.
    begin: usize,
    offset: u64,
    /// Bytes of the piece that was handed out last; they stay until the next one is asked for.
    n_last: usize,
    is_ended: bool,
    /// Group and time of the last header that was whole.
    last: (u64, Timestamp),
    /// What stands here: whole content behind a header that was damaged.
    orphan: Option<Orphan>,
}

/// Content without a header.
struct Orphan {
    n_packed: usize,
    lines: Vec<u8>,
    names: Vec<(String, String)>,
}

impl<R: Read> Frames<R> {
    /// Reads frames from `source`, which stands `offset` bytes behind the start of its file.
    pub(in crate::store) fn new(source: R, offset: u64) -> io::Result<Self> {
        let unpacker = Decompressor::new()?;
        Ok(Self {
            source,
            unpacker,
            buffer: Vec::new(),
            begin: 0,
            offset,
            n_last: 0,
            is_ended: false,
            last: (0, Timestamp::EPOCH),
            orphan: None,
        })
    }

    /// What stands next; none at the end.
    pub(in crate::store) fn next(&mut self) -> io::Result<Option<Piece>> {
        self.skip(self.n_last);
        self.n_last = 0;
        if let Some(Orphan { n_packed, lines, names }) = self.orphan.take() {
            // No request is told from the next by this: who wrote last counts.
            let (group, at) = self.last;
            return Ok(Some(
                self.frame(n_packed, RawFrame { start: 0, end: 0, group, at, lines, names }),
            ));
        }
        if self.offset == 0 && Placing::read(self.fill(Placing::BYTES)?).is_some() {
            self.skip(Placing::BYTES);
        }
        if self.fill(1)?.is_empty() {
            return Ok(None);
        }
        let (header, n_header) = match self.seen()? {
            Seen::Header(header, length) => (header, length),
            seen => {
                if let Some(head) = self.headless()? {
                    return Ok(Some(Piece::Damage(head)));
                }
                return self.damage(None, 1, matches!(seen, Seen::Start(_))).map(Some);
            }
        };
        self.last = (header.group, header.at);
        let length = n_header + header.n_packed;
        let n_there = self.fill(length)?.len();
        let packed = self.buffer.get(self.begin + n_header..self.begin + length);
        let lines = packed.and_then(|packed| header.unpack(&mut self.unpacker, packed));
        let Some(lines) = lines else {
            return self.damage(Some(header), n_header, n_there < length).map(Some);
        };
        let Header { group, at, names, .. } = header;
        Ok(Some(self.frame(length, RawFrame { start: 0, end: 0, group, at, lines, names })))
    }

    /// Hands out the frame that takes the next `length` bytes.
    fn frame(&mut self, length: usize, frame: RawFrame) -> Piece {
        self.n_last = length;
        let (start, end) = (self.offset, self.offset + length as u64);
        Piece::Frame(RawFrame { start, end, ..frame })
    }

    /// Passes over a damaged header if whole content stands behind it, before the next header.
    fn headless(&mut self) -> io::Result<Option<RawDamage>> {
        let n_there = self.fill(HEADER_BYTES_MAX)?.len().min(HEADER_BYTES_MAX);
        let mut from = 1;
        while let Some(at) = find(&self.fill(n_there)?[from..n_there], CONTENT_MAGIC) {
            from += at;
            if self.is_header_before(from) {
                break;
            }
            if let Some(orphan) = self.orphan_at(from)? {
                let start = self.offset;
                self.skip(from);
                self.orphan = Some(orphan);
                let header = Some((self.last.0, Vec::new()));
                return Ok(Some(RawDamage { start, end: self.offset, header, is_cut: false }));
            }
            from += 1;
        }
        Ok(None)
    }

    /// Whether a header starts behind the next byte and before `end`, counted from here.
    fn is_header_before(&self, end: usize) -> bool {
        let bytes = &self.buffer[self.begin..];
        let mut from = 1;
        while let Some(at) = find(&bytes[from..end], MAGIC) {
            from += at;
            if matches!(Header::read(&bytes[from..]), Seen::Header(..)) {
                return true;
            }
            from += 1;
        }
        false
    }

    /// The whole content that starts `from` bytes from here, if there is any.
    fn orphan_at(&mut self, from: usize) -> io::Result<Option<Orphan>> {
        let plain = zstd::zstd_safe::get_frame_content_size(&self.fill(from)?[from..]);
        let n_plain = plain.ok().flatten().and_then(|n| usize::try_from(n).ok());
        let Some(n_plain) = n_plain.filter(|n| *n <= CONTENT_BYTES_MAX) else { return Ok(None) };
        self.fill(from + zstd::zstd_safe::compress_bound(n_plain))?;
        let packed = &self.buffer[self.begin + from..];
        let Ok(n_packed) = zstd::zstd_safe::find_frame_compressed_size(packed) else {
            return Ok(None);
        };
        let Ok(lines) = self.unpacker.decompress(&packed[..n_packed], n_plain) else {
            return Ok(None);
        };
        let name = |line: &[u8]| {
            let Entry { kind, id, .. } = Entry::read(line)?;
            Some((kind.as_str().to_owned(), id))
        };
        let names = lines.split_inclusive(|byte| *byte == b'\n').map(name).collect();
        let names: Option<Vec<(String, String)>> = names;
        Ok(names.map(|names| Orphan { n_packed, lines, names }))
    }

    /// The bytes of the frame that was handed out last; none after damage.
    pub(in crate::store) fn last_bytes(&self) -> &[u8] {
        &self.buffer[self.begin..self.begin + self.n_last]
    }

    /// The damage that starts here and ends before the next header behind `from`; `is_cut` says
    /// whether it may be a frame that was cut short.
    fn damage(&mut self, header: Option<Header>, from: usize, is_cut: bool) -> io::Result<Piece> {
        let start = self.offset;
        self.skip(from);
        let mut is_last = false;
        while !is_last && !matches!(self.seen()?, Seen::Header(..)) {
            is_last = !self.skip_to_magic()?;
        }
        let header = header.map(|header| (header.group, header.names));
        let is_cut = is_cut && is_last;
        Ok(Piece::Damage(RawDamage { start, end: self.offset, header, is_cut }))
    }

    /// Goes on to the next bytes that a header could start with, at least one byte further;
    /// false at the end.
    fn skip_to_magic(&mut self) -> io::Result<bool> {
        self.skip(1);
        loop {
            let bytes = self.fill(MAGIC.len())?;
            if let Some(at) = find(bytes, MAGIC) {
                self.skip(at);
                return Ok(true);
            }
            let is_over = bytes.len() < MAGIC.len();
            let n_seen = bytes.len() - if is_over { 0 } else { MAGIC.len() - 1 };
            self.skip(n_seen);
            if is_over {
                return Ok(false);
            }
        }
    }

    /// What the bytes from here on are, seen as a header.
    fn seen(&mut self) -> io::Result<Seen> {
        let mut seen = Header::read(self.fill(MAGIC.len())?);
        while let Seen::Start(wanted) = seen {
            let bytes = self.fill(wanted)?;
            let is_short = bytes.len() < wanted;
            seen = Header::read(bytes);
            if is_short {
                break;
            }
        }
        Ok(seen)
    }

    fn skip(&mut self, n: usize) {
        let n = n.min(self.buffer.len() - self.begin);
        self.begin += n;
        self.offset += n as u64;
    }

    /// The bytes from here on: `wanted` at least, or all that are left.
    fn fill(&mut self, wanted: usize) -> io::Result<&[u8]> {
        while self.buffer.len() - self.begin < wanted && !self.is_ended {
            self.buffer.drain(..self.begin);
            self.begin = 0;
            let length = self.buffer.len();
            self.buffer.resize(wanted.max(length + READ_BYTES), 0);
            let read = self.source.read(&mut self.buffer[length..]);
            self.buffer.truncate(length + read.as_ref().map_or(0, |n| *n));
            match read {
                Ok(n) => self.is_ended = n == 0,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(&self.buffer[self.begin..])
    }
}

fn find(bytes: &[u8], magic: [u8; 4]) -> Option<usize> {
    bytes.windows(magic.len()).position(|window| window == magic)
}
