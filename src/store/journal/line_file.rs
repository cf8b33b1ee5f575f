//! A segment or a backup as people read it: its lines, and what is damaged.

use std::fs::File;
use std::path::{Path, PathBuf};

use crate::store::StoreError;
use crate::store::journal::entry::{Kind, Line};
use crate::store::journal::frames::{Frames, Piece, RawDamage};

/// Reads a segment of the journal or a backup, whoever else has it open. Blocks.
///
/// Memory is bounded by the largest frame, 64 MiB.
pub struct LineFile {
    path: PathBuf,
    frames: Frames<File>,
    kind: Option<Kind>,
    is_over: bool,
}

/// What was read.
#[derive(Debug, PartialEq, Eq)]
pub enum FilePart {
    /// JSON lines, each with its end.
    Lines(Vec<u8>),
    /// What cannot be read: where it is, and the names of the records in it if they are known.
    Damage(String),
}

impl LineFile {
    /// Opens the file at `path` to read lines of `kind`, or all of them.
    ///
    /// # Errors
    /// [`StoreError::Refused`] if there is no such kind, [`StoreError::Io`] if the file cannot be
    /// read.
    pub fn open(path: &Path, kind: Option<&str>) -> Result<Self, StoreError> {
        let unknown = |word| StoreError::Refused {
            reason: format!("{word:?} is no kind of record; there are {}", Kind::words()),
        };
        let kind = kind.map(|word| Kind::parse(word).ok_or_else(|| unknown(word))).transpose()?;
        let open = || Frames::new(File::open(path)?, 0);
        let frames = open().map_err(|error| StoreError::of_file(path, error))?;
        Ok(Self { path: path.to_owned(), frames, kind, is_over: false })
    }

    fn part(&self, piece: Piece) -> FilePart {
        match piece {
            Piece::Frame(frame) => FilePart::Lines(self.chosen(frame.lines)),
            Piece::Damage(damage) => FilePart::Damage(in_words(damage)),
        }
    }

    fn chosen(&self, lines: Vec<u8>) -> Vec<u8> {
        let Some(kind) = self.kind else { return lines };
        let is_chosen = |line: &&[u8]| {
            let line: Option<Line<'_>> = serde_json::from_slice(line).ok();
            let word = line.and_then(|line| line.put.or(line.gone));
            word.is_some_and(|word| word == kind.as_str())
        };
        lines.split_inclusive(|byte| *byte == b'\n').filter(is_chosen).flatten().copied().collect()
    }
}

impl Iterator for LineFile {
    type Item = Result<FilePart, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        match self.frames.next() {
            Ok(Some(piece)) => Some(Ok(self.part(piece))),
            Ok(None) => None,
            Err(error) => {
                self.is_over = true;
                Some(Err(StoreError::of_file(&self.path, error)))
            }
        }
    }
}

fn in_words(damage: RawDamage) -> String {
    let RawDamage { start, end, header, is_cut } = damage;
    let what = if is_cut { "the file ends in the middle of a frame" } else { "damaged" };
    let names = header.map(|(_, names)| names).unwrap_or_default();
    let names: Vec<String> = names.iter().map(|(kind, id)| format!("{kind} {id}")).collect();
    let names = if names.is_empty() { "unknown records".to_owned() } else { names.join(", ") };
    format!("bytes {start} to {end}: {what}: {names}")
}
