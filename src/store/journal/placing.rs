//! How places in a rewritten segment follow from those in the file.
//!
//! A segment that was rewritten starts with a skippable frame that says how long the segment was
//! before and is now. Whoever has read up to the end goes on behind it; whoever stood in the
//! middle starts again: reading a line twice does no harm, passing over one would.
//!
//! ```text
//! 0x184D2A5B u32 | 24 u32 | "SWJM" | bytes before u64 | bytes now u64 | CRC32C from "SWJM" on u32
//! ```

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use crate::store::journal::frame::MAGIC;
use crate::store::journal::frames::{Frames, Piece};
use crate::store::journal::span::Span;

const TAG: [u8; 4] = *b"SWJM";

/// How offsets in a segment follow from those in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Placing {
    /// They are the same.
    Same,
    /// The segment was rewritten.
    Moved { before: u64, now: u64 },
    /// The start of the file is damaged: it may have been rewritten.
    Unknown,
}

impl Placing {
    /// Bytes of the frame that says so.
    pub(super) const BYTES: usize = 32;

    /// How it is in `file`.
    pub(super) fn of(file: &File) -> io::Result<Self> {
        let mut start = [0; Self::BYTES];
        match file.read_exact_at(&mut start, 0) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(Self::Same),
            outcome => outcome?,
        }
        if let Some(placing) = Self::read(&start) {
            return Ok(placing);
        }
        let mut frames = Frames::new(Span::new(file.try_clone()?, 0, u64::MAX), 0)?;
        let is_sound = match frames.next()? {
            Some(Piece::Damage(damage)) => damage.header.is_some(),
            _ => true,
        };
        Ok(if is_sound { Self::Same } else { Self::Unknown })
    }

    /// Reads what [`Placing::written`] wrote; none if it is something else.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let payload = bytes.get(..Self::BYTES)?.strip_prefix(&Self::head()[..])?;
        let (numbers, sum) = payload.split_last_chunk::<4>()?;
        let (before, now) = numbers.split_first_chunk::<8>()?;
        let is_sound = u32::from_le_bytes(*sum) == sum_of(numbers);
        is_sound.then_some(Self::Moved {
            before: u64::from_le_bytes(*before),
            now: u64::from_le_bytes(*now.first_chunk()?),
        })
    }

    /// The frame that opens a segment which has `now` bytes and had `before`.
    pub(super) fn written(before: u64, now: u64) -> Vec<u8> {
        let numbers = [before.to_le_bytes(), now.to_le_bytes()].concat();
        [&Self::head()[..], &numbers, &sum_of(&numbers).to_le_bytes()].concat()
    }

    /// Where in the file to go on reading for whoever has read up to `offset` of the segment.
    pub(super) fn in_file(self, offset: u64) -> u64 {
        match self {
            Self::Same => offset,
            Self::Moved { before, now } => {
                offset.checked_sub(before).map_or(0, |behind| now.saturating_add(behind))
            }
            Self::Unknown => 0,
        }
    }

    /// Where in the file `offset` is, the end of a frame that was appended.
    pub(super) fn end_in_file(self, offset: u64) -> u64 {
        match self {
            Self::Unknown => offset,
            placing => placing.in_file(offset),
        }
    }

    /// The offset in the segment of a place in the file.
    pub(super) fn in_segment(self, offset: u64) -> u64 {
        match self {
            Self::Same | Self::Unknown => offset,
            Self::Moved { before, now } => match offset.checked_sub(now) {
                Some(behind) => before.saturating_add(behind),
                None => offset.min(before.saturating_sub(1)),
            },
        }
    }

    fn head() -> [u8; 12] {
        let mut head = [0; 12];
        head[..4].copy_from_slice(&MAGIC);
        head[4..8].copy_from_slice(&24_u32.to_le_bytes());
        head[8..].copy_from_slice(&TAG);
        head
    }
}

fn sum_of(numbers: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&TAG), numbers)
}
