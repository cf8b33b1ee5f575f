//! Unpacks a body: gzip, zlib or raw deflate, brotli and zstd, one in the other if need be.
//!
//! Invariant: no layer brings more than its limit, whatever the bytes say of themselves.
//! Invariant: what is plain although its headers say otherwise is taken as it is.

use std::io::{self, BufRead, BufReader, Read};

use super::NetError;
use super::decoders::{Brotli, GzipMembers, Inflate};

/// More encodings, one in the other, are an attack or a mistake.
const N_LAYERS_MAX: usize = 3;

/// RFC 9659: a body in zstd needs no window of more than 8 MiB.
const ZSTD_WINDOW_LOG_MAX: u32 = 23;

/// Layers inside may bring at least so much, also where only the start of a body is wanted.
const INNER_BYTES_MIN: usize = 64 * 1024;

pub(super) const GZIP_MAGIC: &[u8] = &[0x1f, 0x8b];
const ZSTD_MAGIC: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];

/// How many bytes of a body say how it is packed.
const MAGIC_BYTES: usize = 4;

/// One way of packing (RFC 9110, 8.4.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Gzip,
    /// zlib by the standard, raw deflate by some servers.
    Deflate,
    Brotli,
    Zstd,
    Unknown(String),
}

impl Encoding {
    /// The encodings that `Content-Encoding` lists, in the order in which they were applied.
    ///
    /// # Errors
    /// There are more than three.
    pub(super) fn list<'a>(lines: impl Iterator<Item = &'a str>) -> Result<Vec<Self>, NetError> {
        let names = lines.flat_map(|line| line.split(',')).map(|it| it.trim().to_ascii_lowercase());
        let names = names.filter(|name| !name.is_empty() && name != "identity");
        let list: Vec<Self> = names.take(N_LAYERS_MAX + 1).map(Self::of).collect();
        if N_LAYERS_MAX < list.len() {
            let reason = format!("more than {N_LAYERS_MAX} encodings, one in the other");
            return Err(NetError::Unpack { reason });
        }
        Ok(list)
    }

    fn of(name: String) -> Self {
        match name.as_str() {
            "gzip" | "x-gzip" => Self::Gzip,
            "deflate" => Self::Deflate,
            "br" => Self::Brotli,
            "zstd" => Self::Zstd,
            _ => Self::Unknown(name),
        }
    }
}

/// Whether a body with these encodings is packed, as far as its first bytes show.
///
/// Servers say "gzip" of plain bodies, and nothing of gzip files.
pub(super) fn is_packed(encodings: &[Encoding], start: &[u8]) -> bool {
    if start.is_empty() {
        return false;
    }
    match encodings.last() {
        None | Some(Encoding::Gzip) => start.starts_with(GZIP_MAGIC),
        Some(Encoding::Zstd) => start.starts_with(ZSTD_MAGIC),
        Some(Encoding::Unknown(_)) => !is_text(start),
        Some(Encoding::Deflate | Encoding::Brotli) => true,
    }
}

/// Unpacks `packed` to at most `bytes_max` bytes; what was unpacked before an error is kept.
///
/// Costs time in proportion to what goes in and comes out, so it belongs into `spawn_blocking`.
pub(super) fn unpack(
    packed: Vec<u8>,
    encodings: &[Encoding],
    bytes_max: usize,
) -> (Vec<u8>, Result<(), NetError>) {
    let mut bytes = Vec::with_capacity(packed.len().saturating_mul(4).min(bytes_max));
    let unpacked = layers(&packed, encodings, bytes_max);
    let end = unpacked.and_then(|mut unpacked| unpacked.read_to_end(&mut bytes));
    let Err(error) = end else { return (bytes, Ok(())) };
    if is_too_long(&error) {
        return (bytes, Err(NetError::BodyTooLong { limit: bytes_max }));
    }
    if is_text(&packed) && packed.len() <= bytes_max {
        return (packed, Ok(()));
    }
    (bytes, Err(NetError::Unpack { reason: error.to_string() }))
}

/// Whether bytes can only be the start of markup or JSON.
fn is_text(bytes: &[u8]) -> bool {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    matches!(text.first(), Some(b'<' | b'{'))
}

type Source<'a> = Box<dyn BufRead + 'a>;

/// The decoders of `encodings`, the last one at `packed`, and gzip once more if that is what
/// comes out: a file that is packed itself.
fn layers<'a>(packed: &'a [u8], encodings: &[Encoding], bytes_max: usize) -> io::Result<Layer<'a>> {
    let inner_max = bytes_max.max(INNER_BYTES_MIN);
    let mut source: Source<'a> = Box::new(packed);
    for encoding in encodings.iter().rev() {
        source = decoder(encoding, source, inner_max)?;
    }
    let source = decoder(&Encoding::Gzip, source, inner_max)?;
    Ok(Layer { name: "body", inner: source, n_left: bytes_max })
}

fn decoder<'a>(
    encoding: &Encoding,
    mut source: Source<'a>,
    bytes_max: usize,
) -> io::Result<Source<'a>> {
    let mut start = Vec::with_capacity(MAGIC_BYTES);
    source.by_ref().take(MAGIC_BYTES as u64).read_to_end(&mut start)?;
    let is_packed = is_packed(std::slice::from_ref(encoding), &start);
    let is_zlib = is_zlib(&start);
    let source: Source<'a> = Box::new(io::Cursor::new(start).chain(source));
    if !is_packed {
        return Ok(source);
    }
    let (name, inner): (_, Box<dyn Read + 'a>) = match encoding {
        Encoding::Gzip => ("gzip", Box::new(GzipMembers::new(source))),
        Encoding::Deflate => ("deflate", Box::new(Inflate::new(source, is_zlib))),
        Encoding::Brotli => ("brotli", Box::new(Brotli::new(source))),
        Encoding::Zstd => {
            let mut zstd = zstd::stream::read::Decoder::with_buffer(source)?;
            zstd.window_log_max(ZSTD_WINDOW_LOG_MAX)?;
            ("zstd", Box::new(zstd))
        }
        Encoding::Unknown(name) => {
            return Err(io::Error::other(format!("unknown encoding {name:?}")));
        }
    };
    Ok(Box::new(BufReader::new(Layer { name, inner, n_left: bytes_max })))
}

/// A zlib header (RFC 1950, 2.2): deflate, and a checksum over both bytes.
fn is_zlib(start: &[u8]) -> bool {
    let [first, second, ..] = *start else { return false };
    first & 0x0f == 8 && u16::from_be_bytes([first, second]).is_multiple_of(31)
}

/// One decoder with its limit; its errors say where they come from.
struct Layer<'a> {
    name: &'static str,
    inner: Box<dyn Read + 'a>,
    n_left: usize,
}

impl Read for Layer<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.n_left == 0 {
            return match self.named(|inner| inner.read(&mut [0]))? {
                0 => Ok(0),
                _ => Err(io::Error::other(LayerError::TooLong)),
            };
        }
        let n_bytes = buffer.len().min(self.n_left);
        let n_read = self.named(|inner| inner.read(&mut buffer[..n_bytes]))?;
        self.n_left -= n_read;
        Ok(n_read)
    }
}

impl<'a> Layer<'a> {
    /// Reads from the decoder; an error that has no name yet gets this layer's.
    fn named(
        &mut self,
        read: impl FnOnce(&mut Box<dyn Read + 'a>) -> io::Result<usize>,
    ) -> io::Result<usize> {
        let name = self.name;
        read(&mut self.inner).map_err(|error| match layer_error(&error) {
            Some(_) => error,
            None => io::Error::other(LayerError::of(name, &error)),
        })
    }
}

#[derive(Debug, thiserror::Error)]
enum LayerError {
    #[error("too long")]
    TooLong,
    #[error("{0} data is incomplete")]
    Incomplete(&'static str),
    #[error("{0} data is damaged: {1}")]
    Damaged(&'static str, String),
}

impl LayerError {
    fn of(name: &'static str, error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Incomplete(name),
            _ => Self::Damaged(name, error.to_string()),
        }
    }
}

fn layer_error(error: &io::Error) -> Option<&LayerError> {
    error.get_ref().and_then(|inner| inner.downcast_ref())
}

fn is_too_long(error: &io::Error) -> bool {
    matches!(layer_error(error), Some(LayerError::TooLong))
}

#[cfg(test)]
mod tests;
