//! Decoders that read until their data says that it ends: what stops before that is incomplete.

use std::io::{self, BufRead, Read};

use brotli_decompressor::{BrotliDecompressStream, BrotliResult, BrotliState, StandardAlloc};
use flate2::bufread::GzDecoder;
use flate2::{Decompress, FlushDecompress, Status};

use super::unpack::GZIP_MAGIC;

/// A gzip file: one member after the other; what follows the last one is padding (RFC 1952
/// leaves it open, and servers do it).
pub(super) struct GzipMembers<R> {
    /// None behind the last member.
    member: Option<GzDecoder<R>>,
}

impl<R: BufRead> GzipMembers<R> {
    pub(super) fn new(source: R) -> Self {
        Self { member: Some(GzDecoder::new(source)) }
    }
}

impl<R: BufRead> Read for GzipMembers<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = self.member.as_mut().filter(|_| !buffer.is_empty()) {
            match member.read(buffer)? {
                0 => self.member = self.member.take().map_or(Ok(None), next_member)?,
                n_read => return Ok(n_read),
            }
        }
        Ok(0)
    }
}

fn next_member<R: BufRead>(ended: GzDecoder<R>) -> io::Result<Option<GzDecoder<R>>> {
    let mut source = ended.into_inner();
    let start = source.fill_buf()?;
    let n_bytes = start.len().min(GZIP_MAGIC.len());
    let is_member = 0 < n_bytes && start[..n_bytes] == GZIP_MAGIC[..n_bytes];
    Ok(is_member.then(|| GzDecoder::new(source)))
}

/// Deflate, with or without the frame of zlib.
pub(super) struct Inflate<R> {
    source: R,
    state: Decompress,
    is_done: bool,
}

impl<R: BufRead> Inflate<R> {
    pub(super) fn new(source: R, is_zlib: bool) -> Self {
        Self { source, state: Decompress::new(is_zlib), is_done: false }
    }
}

impl<R: BufRead> Read for Inflate<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while !self.is_done && !buffer.is_empty() {
            let input = self.source.fill_buf()?;
            let is_end = input.is_empty();
            let (before_in, before_out) = (self.state.total_in(), self.state.total_out());
            let status = self.state.decompress(input, buffer, FlushDecompress::None);
            let n_consumed = n_bytes(self.state.total_in() - before_in);
            let n_written = n_bytes(self.state.total_out() - before_out);
            self.source.consume(n_consumed);
            self.is_done = status.map_err(io::Error::other)? == Status::StreamEnd;
            if 0 < n_written {
                return Ok(n_written);
            }
            check_progress(is_end, n_consumed, self.is_done)?;
        }
        Ok(0)
    }
}

/// A step that brought nothing: fine if the stream ended or took input, else it never will.
fn check_progress(is_end: bool, n_consumed: usize, is_done: bool) -> io::Result<()> {
    match (is_done, is_end, n_consumed) {
        (true, _, _) | (false, false, 1..) => Ok(()),
        (false, true, _) => Err(io::ErrorKind::UnexpectedEof.into()),
        (false, false, 0) => Err(io::Error::other("the decoder stands still")),
    }
}

/// At most the length of a buffer, which is a `usize`.
fn n_bytes(difference: u64) -> usize {
    usize::try_from(difference).unwrap_or(usize::MAX)
}

type State = BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>;

/// Brotli by RFC 7932: without the later large windows, so it needs 16 MiB at most.
pub(super) struct Brotli<R> {
    source: R,
    state: Box<State>,
    is_done: bool,
}

impl<R: BufRead> Brotli<R> {
    pub(super) fn new(source: R) -> Self {
        let alloc = StandardAlloc::default;
        let state = Box::new(State::new_strict(alloc(), alloc(), alloc()));
        Self { source, state, is_done: false }
    }
}

impl<R: BufRead> Read for Brotli<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while !self.is_done && !buffer.is_empty() {
            let input = self.source.fill_buf()?;
            let is_end = input.is_empty();
            let (mut n_in, mut n_consumed) = (input.len(), 0);
            let (mut n_room, mut n_written, mut n_total) = (buffer.len(), 0, 0);
            let result = BrotliDecompressStream(
                &mut n_in,
                &mut n_consumed,
                input,
                &mut n_room,
                &mut n_written,
                buffer,
                &mut n_total,
                &mut self.state,
            );
            self.source.consume(n_consumed);
            self.is_done = matches!(result, BrotliResult::ResultSuccess);
            if 0 < n_written {
                return Ok(n_written);
            }
            if matches!(result, BrotliResult::ResultFailure) {
                return Err(io::Error::other("the stream breaks the format"));
            }
            check_progress(is_end, n_consumed, self.is_done)?;
        }
        Ok(0)
    }
}
