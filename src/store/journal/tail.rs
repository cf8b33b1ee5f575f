//! The last segment, which grows.

use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

use crate::store::StoreError;
use crate::store::journal::frame::{Header, Seen};
use crate::store::journal::frames::{Frames, Piece};
use crate::store::journal::placing::Placing;
use crate::store::journal::segment::{Position, Segment};
use crate::store::journal::span::Span;
use crate::store::journal::sync_folder;

/// So many frames may have been written since the last sync; their content may be missing.
const UNSYNCED_MAX: usize = 4096;

/// Nearly all headers are shorter.
const HEADER_BYTES: usize = 1024;

/// The last segment.
pub(super) struct Tail {
    pub(super) segment: Segment,
    file: File,
    pub(super) placing: Placing,
    /// Bytes of the file up to the end of the last whole frame.
    pub(super) end: u64,
    pub(super) rest: Rest,
    is_synced: bool,
    /// What the disk takes.
    #[cfg(test)]
    pub(super) bytes_max: u64,
}

/// What stands behind the last whole frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rest {
    Nothing,
    /// The start of a frame: the write of it was cut short, and never acknowledged.
    Start,
    /// Something else: it is kept beside the journal.
    Damage,
}

impl Tail {
    pub(super) fn open(folder: &Path, segment: Segment) -> Result<Self, StoreError> {
        let path = segment.path(folder);
        let open = || {
            let file = OpenOptions::new().read(true).write(true).open(&path)?;
            let placing = Placing::of(&file)?;
            let (end, rest) = find_end(&file, placing)?;
            // What was written before may never have reached the disk.
            Ok(Self::new(segment, file, placing, (end, rest)))
        };
        open().map_err(|error| StoreError::of_file(&path, error))
    }

    /// A new file; it has its name for good on return.
    pub(super) fn create(folder: &Path, segment: Segment) -> Result<Self, StoreError> {
        let path = segment.path(folder);
        let create = || {
            let options = OpenOptions::new().read(true).write(true).create_new(true).clone();
            let file = options.clone().mode(0o600).open(&path)?;
            sync_folder(folder)?;
            Ok(Self::new(segment, file, Placing::Same, (0, Rest::Nothing)))
        };
        create().map_err(|error| StoreError::of_file(&path, error))
    }

    fn new(segment: Segment, file: File, placing: Placing, (end, rest): (u64, Rest)) -> Self {
        Self {
            segment,
            file,
            placing,
            end,
            rest,
            is_synced: false,
            #[cfg(test)]
            bytes_max: u64::MAX,
        }
    }

    pub(super) fn position(&self) -> Position {
        Position { segment: self.segment, offset: self.placing.in_segment(self.end) }
    }

    /// Adds a frame. After an error a part of it may be there.
    pub(super) fn write(&mut self, frame: &[u8]) -> io::Result<()> {
        self.is_synced = false;
        #[cfg(test)]
        if self.bytes_max < self.end + frame.len() as u64 {
            let n_free = usize::try_from(self.bytes_max.saturating_sub(self.end)).unwrap();
            self.file.write_all_at(&frame[..n_free], self.end)?;
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.file.write_all_at(frame, self.end)?;
        self.end += frame.len() as u64;
        Ok(())
    }

    pub(super) fn sync(&mut self) -> io::Result<()> {
        if !self.is_synced {
            self.file.sync_data()?;
            self.is_synced = true;
        }
        Ok(())
    }

    /// Frees the place behind the last whole frame.
    pub(super) fn settle(&mut self, folder: &Path) -> io::Result<()> {
        if self.rest == Rest::Damage {
            // Appended, in case the machine dies before the next line and this is done again.
            let path = self.segment.path_aside(folder, self.end);
            let options = OpenOptions::new().append(true).create(true).clone();
            let mut aside = options.clone().mode(0o600).open(path)?;
            io::copy(&mut self.span(self.end, u64::MAX)?, &mut aside)?;
            aside.sync_all()?;
            sync_folder(folder)?;
        }
        if self.rest != Rest::Nothing {
            self.file.set_len(self.end)?;
            self.is_synced = false;
            self.rest = Rest::Nothing;
        }
        Ok(())
    }

    /// A part of the file as a reader of its own.
    pub(super) fn span(&self, at: u64, end: u64) -> io::Result<Span> {
        Ok(Span::new(self.file.try_clone()?, at, end))
    }
}

/// The end of the last whole frame in `file`, and what stands behind it.
fn find_end(file: &File, placing: Placing) -> io::Result<(u64, Rest)> {
    let length = file.metadata()?.len();
    let first = if let Placing::Moved { .. } = placing { Placing::BYTES as u64 } else { 0 };
    let (mut at, mut rest) = (first, Rest::Nothing);
    let mut recent = VecDeque::new();
    while at < length {
        if let Some(end) = frame_end(file, at)?.filter(|end| *end <= length) {
            recent.push_back((at, end));
            recent.drain(..recent.len().saturating_sub(UNSYNCED_MAX));
            at = end;
            continue;
        }
        match Frames::new(Span::new(file.try_clone()?, at, length), at)?.next()? {
            Some(Piece::Damage(damage)) if damage.end == length => {
                rest = if damage.is_cut { Rest::Start } else { Rest::Damage };
                break;
            }
            Some(Piece::Damage(damage)) => at = damage.end,
            Some(Piece::Frame(_)) | None => break,
        }
    }
    last_whole(file, recent, (first, rest))
}

/// The end of the last of these frames whose content is whole too, else the first place.
fn last_whole(
    file: &File,
    mut recent: VecDeque<(u64, u64)>,
    (first, mut rest): (u64, Rest),
) -> io::Result<(u64, Rest)> {
    while let Some((start, end)) = recent.pop_back() {
        let mut frames = Frames::new(Span::new(file.try_clone()?, start, end), start)?;
        if let Some(Piece::Frame(_)) = frames.next()? {
            return Ok((end, rest));
        }
        rest = Rest::Damage;
    }
    Ok((first, rest))
}

/// Where the frame that starts at `at` ends; none if there is no whole header.
fn frame_end(file: &File, at: u64) -> io::Result<Option<u64>> {
    let mut wanted = HEADER_BYTES;
    loop {
        let mut bytes = Vec::new();
        let n_read =
            io::copy(&mut Span::new(file.try_clone()?, at, at + wanted as u64), &mut bytes)?;
        match Header::read(&bytes) {
            Seen::Header(header, length) => {
                return Ok(Some(at + (length + header.n_packed) as u64));
            }
            Seen::Start(more) if n_read == wanted as u64 => wanted = more.max(wanted + 1),
            Seen::Start(_) | Seen::Nothing => return Ok(None),
        }
    }
}
