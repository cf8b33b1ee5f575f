//! Rewriting a segment: the one way in which something leaves the journal.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

use crate::store::StoreError;
use crate::store::journal::frames::{Frames, Piece, RawFrame};
use crate::store::journal::placing::Placing;
use crate::store::journal::segment::Segment;
use crate::store::journal::tail::Tail;
use crate::store::journal::{Entry, Journal, Packer, sync_folder};

impl Journal {
    /// Asks `edit` for each line of `segment` what shall stand there, none for nothing, and says
    /// how many lines are other ones now. If none is, nothing is touched.
    ///
    /// The new file takes the place of the old one when it is complete and durable. Frames stay,
    /// even without lines. What is damaged is left out: it cannot be asked about, so it could
    /// hold what was to go.
    ///
    /// Takes as long as reading and writing the file; the caller may not append meanwhile.
    pub(in crate::store) fn rewrite(
        &mut self,
        segment: Segment,
        edit: &mut dyn FnMut(Entry) -> Option<Entry>,
    ) -> Result<u64, StoreError> {
        self.settle()?;
        self.sync()?;
        let is_tail = self.tail.as_ref().is_some_and(|tail| tail.segment == segment);
        let old = Tail::open(&self.folder, segment)?;
        let path = segment.path_new(&self.folder);
        let written = write_new(&path, &old, &mut self.packer, edit);
        let written = written.and_then(|n_changed| {
            if n_changed == 0 {
                return fs::remove_file(&path).map(|()| 0);
            }
            fs::rename(&path, segment.path(&self.folder))?;
            sync_folder(&self.folder)?;
            Ok(n_changed)
        });
        let n_changed = written.map_err(|error| {
            // Else the next opening does it.
            fs::remove_file(&path).ok();
            StoreError::of_file(&path, error)
        })?;
        if is_tail && 0 < n_changed {
            self.tail = Some(Tail::open(&self.folder, segment)?);
        }
        Ok(n_changed)
    }
}

/// Writes the edited segment to `path`, durably, and says how many lines changed.
fn write_new(
    path: &Path,
    old: &Tail,
    packer: &mut Packer,
    edit: &mut dyn FnMut(Entry) -> Option<Entry>,
) -> io::Result<u64> {
    let options = OpenOptions::new().write(true).create(true).truncate(true).clone();
    let file = options.clone().mode(0o600).open(path)?;
    // A segment whose first write is not in the new file must not pass for one.
    let mut new = Counted { file: BufWriter::new(file), n_bytes: 0 };
    new.write(&[0; Placing::BYTES])?;
    let mut frames = Frames::new(old.span(0, old.end)?, 0)?;
    let mut n_changed = 0;
    while let Some(piece) = frames.next()? {
        let Piece::Frame(frame) = piece else { continue };
        let Some((entries, n)) = edited(&frame, edit) else { continue };
        n_changed += n;
        if n == 0 {
            new.write(frames.last_bytes())?;
        } else {
            packer.pack(frame.group, frame.at, &entries, |bytes| new.write(bytes))?;
        }
    }
    let file = new.file.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.write_all_at(&Placing::written(old.position().offset, new.n_bytes), 0)?;
    file.sync_all()?;
    Ok(n_changed)
}

/// What stands in the frame after the editing, and how many lines are other ones; none if the
/// frame cannot be read.
fn edited(
    frame: &RawFrame,
    edit: &mut dyn FnMut(Entry) -> Option<Entry>,
) -> Option<(Vec<Entry>, u64)> {
    let mut n_changed = 0;
    let entries = frame.entries()?.into_iter().filter_map(|entry| {
        let now = edit(entry.clone());
        n_changed += u64::from(now.as_ref() != Some(&entry));
        now
    });
    Some((entries.collect(), n_changed))
}

/// A file that counts.
struct Counted {
    file: BufWriter<File>,
    n_bytes: u64,
}

impl Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.n_bytes += bytes.len() as u64;
        self.file.write_all(bytes)
    }
}
