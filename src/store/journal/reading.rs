//! What the journal says, frame by frame, over all its segments.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use crate::model::Timestamp;
use crate::store::StoreError;
use crate::store::journal::entry::{Entry, Kind};
use crate::store::journal::frames::{Frames, Piece, RawDamage, RawFrame};
use crate::store::journal::placing::Placing;
use crate::store::journal::segment::{Position, Segment};
use crate::store::journal::span::Span;

/// What was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store) enum Read {
    Frame(Frame),
    Damaged(Damage),
}

/// What one request wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store) struct Frame {
    pub(in crate::store) start: Position,
    pub(in crate::store) end: Position,
    pub(in crate::store) group: u64,
    pub(in crate::store) at: Timestamp,
    pub(in crate::store) entries: Vec<Entry>,
}

/// A place that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store) struct Damage {
    pub(in crate::store) start: Position,
    pub(in crate::store) end: Position,
    /// None if the frame's header is damaged too.
    pub(in crate::store) group: Option<u64>,
    /// What the frame was about, if its header is whole.
    pub(in crate::store) names: Vec<(Kind, String)>,
}

/// Reads the journal in order; ends after the first error.
///
/// It holds one segment open and one frame in memory. A segment that is rewritten meanwhile is
/// read as it was.
pub(in crate::store) struct Reading {
    folder: PathBuf,
    /// Still to be read, the next one last.
    segments: Vec<Segment>,
    from: Option<Position>,
    until: Option<Position>,
    open: Option<OpenSegment>,
}

struct OpenSegment {
    segment: Segment,
    placing: Placing,
    frames: Frames<Span>,
}

impl Reading {
    /// Reads the journal in `folder`, which somebody else may be writing, from one place, or its
    /// start, up to another one that [`Journal::end`](super::Journal::end) told after a sync.
    pub(in crate::store) fn new(
        folder: &Path,
        from: Option<Position>,
        until: Position,
    ) -> Result<Self, StoreError> {
        Ok(Self::of(folder, Segment::list(folder)?, from, Some(until)))
    }

    /// Reads these segments.
    pub(super) fn of(
        folder: &Path,
        mut segments: Vec<Segment>,
        from: Option<Position>,
        until: Option<Position>,
    ) -> Self {
        segments.retain(|segment| {
            from.is_none_or(|from| from.segment <= *segment)
                && until.is_none_or(|until| *segment <= until.segment)
        });
        segments.reverse();
        Self { folder: folder.to_owned(), segments, from, until, open: None }
    }

    fn step(&mut self) -> Result<Option<Read>, StoreError> {
        loop {
            let Some(open) = &mut self.open else {
                let Some(segment) = self.segments.pop() else { return Ok(None) };
                self.open = Some(self.opened(segment)?);
                continue;
            };
            let path = open.segment.path(&self.folder);
            match open.frames.next().map_err(|error| StoreError::of_file(&path, error))? {
                Some(piece) => return open.read(piece).map(Some),
                None => self.open = None,
            }
        }
    }

    fn opened(&self, segment: Segment) -> Result<OpenSegment, StoreError> {
        let path = segment.path(&self.folder);
        let within = |place: Option<Position>| place.filter(|place| place.segment == segment);
        let open = || -> io::Result<OpenSegment> {
            let file = File::open(&path)?;
            let placing = Placing::of(&file)?;
            let start = within(self.from).map_or(0, |from| placing.in_file(from.offset));
            let end =
                within(self.until).map_or(u64::MAX, |until| placing.end_in_file(until.offset));
            let frames = Frames::new(Span::new(file, start, end), start)?;
            Ok(OpenSegment { segment, placing, frames })
        };
        open().map_err(|error| StoreError::of_file(&path, error))
    }
}

impl Iterator for Reading {
    type Item = Result<Read, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        let step = self.step();
        if step.is_err() {
            self.segments.clear();
            self.open = None;
        }
        step.transpose()
    }
}

impl OpenSegment {
    fn read(&self, piece: Piece) -> Result<Read, StoreError> {
        match piece {
            Piece::Frame(frame) => self.frame(frame),
            Piece::Damage(RawDamage { start, end, header, .. }) => {
                let (group, names) = header.unzip();
                self.damaged(start, end, group, names.unwrap_or_default())
            }
        }
    }

    fn frame(&self, raw: RawFrame) -> Result<Read, StoreError> {
        let RawFrame { start, end, group, at, .. } = raw;
        let Some(entries) = raw.entries() else {
            return self.damaged(start, end, Some(group), raw.names);
        };
        let (start, end) = (self.position(start), self.position(end));
        Ok(Read::Frame(Frame { start, end, group, at, entries }))
    }

    fn damaged(
        &self,
        start: u64,
        end: u64,
        group: Option<u64>,
        names: Vec<(String, String)>,
    ) -> Result<Read, StoreError> {
        let known = |(kind, id): (String, String)| match Kind::parse(&kind) {
            Some(kind) => Ok((kind, id)),
            None => Err(newer(&kind)),
        };
        let names = names.into_iter().map(known).collect::<Result<_, _>>()?;
        let (start, end) = (self.position(start), self.position(end));
        Ok(Read::Damaged(Damage { start, end, group, names }))
    }

    fn position(&self, offset: u64) -> Position {
        Position { segment: self.segment, offset: self.placing.in_segment(offset) }
    }
}

impl RawFrame {
    /// The lines as entries; none if they are not what the header says.
    pub(in crate::store) fn entries(&self) -> Option<Vec<Entry>> {
        let lines = self.lines.split_inclusive(|byte| *byte == b'\n');
        let entries: Option<Vec<Entry>> = lines.map(Entry::read).collect();
        entries.filter(|entries| {
            let names = self.names.iter().map(|(kind, id)| (kind.as_str(), id));
            names.eq(entries.iter().map(|entry| (entry.kind.as_str(), &entry.id)))
        })
    }
}

/// Only a newer version writes kinds that this one does not know.
fn newer(kind: &str) -> StoreError {
    let reason = format!("a newer silkwire wrote {kind:?} into the journal: use the newer one");
    StoreError::Unavailable { reason }
}
