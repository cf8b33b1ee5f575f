//! Bodies that come packed, over real sockets.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use silkwire::net::{BodyLimit, Client, Config, Limits, NetError, Request, Response};

use crate::raw_server::{self, RawServer};

const FEED: &[u8] = "<rss><channel><title>Bakı</title></channel></rss>".as_bytes();

const PATIENT: Limits = Limits {
    header_timeout: Duration::from_secs(30),
    total_timeout: Duration::from_mins(2),
    body: BodyLimit::DOCUMENT,
};

fn client() -> Client {
    let allow_networks = vec!["127.0.0.0/8".parse().unwrap()];
    Client::new(&Config { allow_networks, ..Config::default() }, &[]).unwrap()
}

async fn send(server: &RawServer) -> Result<Response, NetError> {
    client().send(Request::get(server.url("/"), PATIENT)).await
}

async fn body_of(encoding: &str, body: impl AsRef<[u8]>) -> Result<Vec<u8>, NetError> {
    let headers = match encoding {
        "" => String::new(),
        encoding => format!("content-encoding: {encoding}\r\nvary: accept-encoding\r\n"),
    };
    send(&RawServer::constant(raw_server::ok(&headers, body))).await.map(|answer| answer.body)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn raw_deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn brotli(bytes: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    let parameters = brotli::enc::BrotliEncoderParams { quality: 2, ..Default::default() };
    brotli::BrotliCompress(&mut &bytes[..], &mut packed, &parameters).unwrap();
    packed
}

/// Goal: we ask for the four encodings and read each.
#[tokio::test]
async fn h03_each_encoding_is_asked_for_and_read() {
    let zstd = zstd::encode_all(FEED, 3).unwrap();
    for (encoding, packed) in [
        ("gzip", gzip(FEED)),
        ("br", brotli(FEED)),
        ("zstd", zstd),
        ("deflate", zlib(FEED)),
        ("deflate", raw_deflate(FEED)),
        ("gzip, br", brotli(&gzip(FEED))),
    ] {
        assert_eq!(body_of(encoding, &packed).await.unwrap(), FEED, "{encoding}");
    }
    let server = RawServer::constant(raw_server::ok("", FEED));
    send(&server).await.unwrap();
    let request = &server.requests()[0];
    assert!(request.contains("\r\naccept-encoding: gzip, br, zstd, deflate\r\n"), "{request}");
}

/// Goal: servers that lie about how a body is packed do not cost us the feed.
#[tokio::test]
async fn e18_body_decides_how_it_is_packed() {
    assert_eq!(body_of("gzip", FEED).await.unwrap(), FEED);
    assert_eq!(body_of("br", FEED).await.unwrap(), FEED);
    assert_eq!(body_of("", gzip(FEED)).await.unwrap(), FEED);
    let unknown = body_of("compress", b"\x1f\x9d\x90").await.unwrap_err();
    assert_eq!(unknown.class(), "unpack");
}

/// Goal: a packed body that stops halfway is a failure, not a short feed.
#[tokio::test]
async fn c16_truncated_gzip_is_incomplete() {
    let packed = gzip(FEED);
    let error = body_of("gzip", &packed[..packed.len() - 9]).await.unwrap_err();
    assert_eq!(error.to_string(), "body cannot be unpacked: gzip data is incomplete");
    assert!(error.is_transient());
}

/// Goal: 10 MB that unpack to 10 GB end at the limit.
/// Method: one part of 8 MiB of zeros, 1,250 times.
#[tokio::test]
async fn e17_bombs_end_at_the_limit() {
    let zeros = vec![0; 8 << 20];
    let zstd = zstd::encode_all(&zeros[..], 3).unwrap();
    for (encoding, part) in [("gzip", gzip(&zeros)), ("zstd", zstd)] {
        let bomb = part.repeat(1250);
        assert!(bomb.len() < 50 << 20, "{encoding}: {}", bomb.len());
        let limits =
            Limits { body: BodyLimit::Whole { packed: bomb.len(), unpacked: 50 << 20 }, ..PATIENT };
        let headers = format!("content-encoding: {encoding}\r\n");
        let server = RawServer::constant(raw_server::ok(&headers, bomb));
        let error = client().send(Request::get(server.url("/"), limits)).await.unwrap_err();
        assert_eq!(error, NetError::BodyTooLong { limit: 50 << 20 }, "{encoding}");
    }
}

/// Goal: a body of 100 MB is given up at its limit, so that it costs neither memory nor time.
/// Method: the server counts what it could send; sockets hold a few MB on the way.
#[tokio::test]
async fn e16_long_bodies_are_given_up_at_the_limit() {
    const PIECE: usize = 64 * 1024;
    for (start, limit, class) in [
        (&b"<rss>"[..], 50 << 20, "body_too_long"),
        (&b"\x1f\x8b\x08"[..], 10 << 20, "packed_too_long"),
    ] {
        let n_sent = Arc::<AtomicUsize>::default();
        let counter = Arc::clone(&n_sent);
        let server = RawServer::start(move |_, stream| {
            stream.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n")?;
            stream.write_all(start)?;
            let piece = vec![b'x'; PIECE];
            for _ in 0..(100 << 20) / PIECE {
                stream.write_all(&piece)?;
                counter.fetch_add(PIECE, Ordering::SeqCst);
            }
            Ok(())
        });
        let error = send(&server).await.unwrap_err();
        assert_eq!(error.class(), class);
        let n_sent = n_sent.load(Ordering::SeqCst);
        assert!(n_sent < limit + (20 << 20), "{class}: {n_sent} bytes sent");
    }
}
