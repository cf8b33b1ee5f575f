//! A span of a file, for readers that do not disturb each other.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;

/// The bytes of a file from one place to another one, or to its end.
#[derive(Debug)]
pub(super) struct Span {
    file: File,
    at: u64,
    end: u64,
}

impl Span {
    pub(super) fn new(file: File, at: u64, end: u64) -> Self {
        Self { file, at, end }
    }
}

impl Read for Span {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let n_wanted = left.min(buffer.len());
        let n = self.file.read_at(&mut buffer[..n_wanted], self.at)?;
        self.at += n as u64;
        Ok(n)
    }
}
