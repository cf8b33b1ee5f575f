//! Frames of a file, one after the other, and the way on behind damage.
//!
//! Invariant: memory is bounded by the largest frame, whatever the file holds.
//! Invariant: a frame that is whole is found, whatever stands in front of it.

use std::io::{self, Read};

use zstd::bulk::Decompressor;

use crate::model::Timestamp;
use crate::store::journal::frame::{Header, MAGIC, Seen};
use crate::store::journal::placing::Placing;

const READ_BYTES: usize = 256 * 1024;

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
    /// Group and names, if the header is whole.
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
}

impl<R: Read> Frames<R> {
    /// Reads frames from `source`, which stands `offset` bytes behind the start of its file.
    pub(in crate::store) fn new(source: R, offset: u64) -> io::Result<Self> {
        let unpacker = Decompressor::new()?;
        let buffer = Vec::new();
        Ok(Self { source, unpacker, buffer, begin: 0, offset, n_last: 0, is_ended: false })
    }

    /// What stands next; none at the end.
    pub(in crate::store) fn next(&mut self) -> io::Result<Option<Piece>> {
        self.skip(self.n_last);
        self.n_last = 0;
        if self.offset == 0 && Placing::read(self.fill(Placing::BYTES)?).is_some() {
            self.skip(Placing::BYTES);
        }
        if self.fill(1)?.is_empty() {
            return Ok(None);
        }
        let (header, n_header) = match self.seen()? {
            Seen::Header(header, length) => (header, length),
            seen => return self.damage(None, 1, matches!(seen, Seen::Start(_))).map(Some),
        };
        let length = n_header + header.n_packed;
        let n_there = self.fill(length)?.len();
        let packed = self.buffer.get(self.begin + n_header..self.begin + length);
        let lines = packed.and_then(|packed| header.unpack(&mut self.unpacker, packed));
        let Some(lines) = lines else {
            return self.damage(Some(header), n_header, n_there < length).map(Some);
        };
        self.n_last = length;
        let (start, end) = (self.offset, self.offset + length as u64);
        let Header { group, at, names, .. } = header;
        Ok(Some(Piece::Frame(RawFrame { start, end, group, at, lines, names })))
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
            if let Some(at) = bytes.windows(MAGIC.len()).position(|window| window == MAGIC) {
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
