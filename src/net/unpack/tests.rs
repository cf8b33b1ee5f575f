use std::io::Write;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use proptest::prelude::*;

use super::*;

const FEED: &str = "<rss><channel><item><title>Bakı və Tokio</title></item></channel></rss>";

/// More than any honest text here, and little enough to go through in a moment.
const BYTES_MAX: usize = 256 * 1024;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn raw_deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn brotli(bytes: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    let parameters = brotli::enc::BrotliEncoderParams { quality: 5, ..Default::default() };
    brotli::BrotliCompress(&mut &bytes[..], &mut packed, &parameters).unwrap();
    packed
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 3).unwrap()
}

type Packer = fn(&[u8]) -> Vec<u8>;

/// Each way of packing, with what a server says of it.
const PACKERS: [(&str, Packer); 5] =
    [("gzip", gzip), ("deflate", zlib), ("deflate", raw_deflate), ("br", brotli), ("zstd", zstd)];

fn all_ways(bytes: &[u8]) -> [(&'static str, Vec<u8>); 5] {
    PACKERS.map(|(line, pack)| (line, pack(bytes)))
}

fn encodings(line: &str) -> Vec<Encoding> {
    Encoding::list([line].into_iter()).unwrap()
}

fn read(line: &str, packed: &[u8]) -> Result<Vec<u8>, NetError> {
    let (bytes, end) = unpack(packed.to_vec(), &encodings(line), BYTES_MAX);
    end.map(|()| bytes)
}

fn words(line: &str, packed: &[u8]) -> String {
    read(line, packed).unwrap_err().to_string()
}

/// Goal: whatever a server packs with, the feed is read.
#[test]
fn h03_each_encoding_unpacks() {
    for (line, packed) in all_ways(FEED.as_bytes()) {
        assert_eq!(read(line, &packed).unwrap(), FEED.as_bytes(), "{line}");
    }
    assert_eq!(read("X-GZip", &gzip(b"<a/>")).unwrap(), b"<a/>");
    assert_eq!(read("identity, gzip,", &gzip(b"<a/>")).unwrap(), b"<a/>");
}

/// Goal: several encodings, one in the other, come off in the right order; a packed file that
/// is packed once more for the way is unpacked to its end.
#[test]
fn h03_encodings_in_each_other_unpack() {
    assert_eq!(read("gzip, br", &brotli(&gzip(FEED.as_bytes()))).unwrap(), FEED.as_bytes());
    let three = zlib(&zstd(&brotli(FEED.as_bytes())));
    assert_eq!(read("br, zstd, deflate", &three).unwrap(), FEED.as_bytes());
    assert_eq!(read("br", &brotli(&gzip(FEED.as_bytes()))).unwrap(), FEED.as_bytes());
    let four = Encoding::list(["gzip, gzip", "gzip, gzip"].into_iter()).unwrap_err();
    assert_eq!(
        four.to_string(),
        "body cannot be unpacked: more than 3 encodings, one in the other"
    );
}

/// Goal: gzip files of several parts, and with padding behind them, are read.
#[test]
fn h03_gzip_of_several_parts_unpacks() {
    let mut file = [gzip(b"<rss>"), gzip(b""), gzip(b"</rss>")].concat();
    assert_eq!(read("gzip", &file).unwrap(), b"<rss></rss>");
    file.extend([0; 100]);
    assert_eq!(read("gzip", &file).unwrap(), b"<rss></rss>");
}

/// Goal: headers that lie about plain bodies, or say nothing of packed ones, cost no feed.
#[test]
fn e18_wrong_headers_do_not_matter() {
    for line in ["gzip", "zstd", "br", "deflate", "utf-8", "gzip, br"] {
        assert_eq!(read(line, FEED.as_bytes()).unwrap(), FEED.as_bytes(), "{line}");
    }
    let with_mark = format!("\u{feff}\n {FEED}").into_bytes();
    assert_eq!(read("br", &with_mark).unwrap(), with_mark);
    assert_eq!(read("", &gzip(FEED.as_bytes())).unwrap(), FEED.as_bytes());
    assert_eq!(read("gzip", b"plain words").unwrap(), b"plain words");
    for line in ["gzip", "zstd", "br", "deflate", "utf-8"] {
        assert!(!is_packed(&encodings(line), b""), "{line}");
    }
}

/// Goal: a body whose end is missing is never taken for a whole one.
/// Method: every place where it can be cut.
#[test]
fn c16_cut_data_is_incomplete() {
    for (line, packed) in all_ways(FEED.as_bytes()) {
        for length in MAGIC_BYTES..packed.len() {
            let words = words(line, &packed[..length]);
            assert!(words.ends_with("data is incomplete"), "{line} {length}: {words}");
        }
    }
}

/// Goal: the status page says what is wrong with a body.
#[test]
fn damage_is_told_in_plain_words() {
    let mut checksum = gzip(b"<a/>");
    let end = checksum.len() - 8;
    checksum[end] ^= 1;
    let mut window = zstd::Encoder::new(Vec::new(), 3).unwrap();
    window.window_log(27).unwrap();
    window.write_all(FEED.as_bytes()).unwrap();
    let all = [
        words("compress", b"\x1f\x9d\x90"),
        words("gzip", &checksum),
        words("br", b"\xff\xff\xff\xff"),
        words("deflate", b"\x07\xff\xff\xff"),
        words("zstd", &window.finish().unwrap()),
    ];
    insta::assert_snapshot!(all.join("\n"), @r#"
    body cannot be unpacked: unknown encoding "compress"
    body cannot be unpacked: gzip data is damaged: corrupt gzip stream does not have a matching checksum
    body cannot be unpacked: brotli data is damaged: the stream breaks the format
    body cannot be unpacked: deflate data is damaged: deflate decompression error
    body cannot be unpacked: zstd data is damaged: Frame requires too much memory for decoding
    "#);
}

/// Goal: the later form of brotli that asks for a window of a gigabyte gets none.
#[test]
fn brotli_with_a_large_window_is_refused() {
    let mut packed = Vec::new();
    let parameters = brotli::enc::BrotliEncoderParams {
        quality: 5,
        lgwin: 30,
        large_window: true,
        ..Default::default()
    };
    let text = vec![b'x'; 100_000];
    brotli::BrotliCompress(&mut &text[..], &mut packed, &parameters).unwrap();
    assert!(words("br", &packed).contains("brotli data is"), "{}", words("br", &packed));
}

/// Goal: a small body that claims to be a huge one ends at the limit, in each form.
/// Method: 2 MiB of zeros against a limit of 256 KiB, alone, inside one another, and as an
/// inner layer that would bring nothing in the end.
#[test]
fn e17_bombs_end_at_the_limit() {
    let zeros = vec![0; 2 << 20];
    let too_long = NetError::BodyTooLong { limit: BYTES_MAX };
    for (line, packed) in all_ways(&zeros) {
        let (bytes, end) = unpack(packed, &encodings(line), BYTES_MAX);
        assert_eq!(end.unwrap_err(), too_long, "{line}");
        assert_eq!(bytes.len(), BYTES_MAX);
        assert!(bytes.capacity() <= 2 * BYTES_MAX, "{line}: {}", bytes.capacity());
    }
    let inside = gzip(&gzip(&zeros));
    assert_eq!(read("gzip, gzip", &inside).unwrap_err(), too_long);
    let nothing: Vec<u8> = std::iter::repeat_n(gzip(b""), 100_000).flatten().collect();
    assert_eq!(read("gzip, gzip", &gzip(&nothing)).unwrap_err(), too_long);
}

/// Goal: the start of a packed body can be had without the rest.
#[test]
fn start_is_kept_where_the_rest_is_too_long() {
    let (bytes, end) = unpack(gzip(FEED.as_bytes()), &encodings("gzip"), 5);
    assert_eq!((bytes.as_slice(), end.is_err()), (&b"<rss>"[..], true));
    let (bytes, _) = unpack(gzip(FEED.as_bytes())[..60].to_vec(), &encodings("gzip"), 5);
    assert_eq!(bytes, b"<rss>");
}

fn any_line() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec!["gzip", "deflate", "br", "zstd", "identity", "odd", ""]);
    prop::collection::vec(name, 0..4).prop_map(|names| names.join(", "))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Goal: no body, whatever it says of itself, brings us down or fills our memory.
    #[test]
    fn any_bytes_stay_within_the_limit(
        line in any_line(),
        bytes: Vec<u8>,
        bytes_max in 0..5000_usize,
    ) {
        let Ok(encodings) = Encoding::list([line.as_str()].into_iter()) else { return Ok(()) };
        let (unpacked, _) = unpack(bytes, &encodings, bytes_max);
        prop_assert!(unpacked.len() <= bytes_max);
    }

    /// Goal: the same for bodies that were right once.
    #[test]
    fn damaged_bytes_stay_within_the_limit(
        way in 0..PACKERS.len(),
        text in "[a-c]{0,2000}",
        places in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        bytes_max in 0..3000_usize,
    ) {
        let (line, pack) = PACKERS[way];
        let mut packed = pack(text.as_bytes());
        for (place, byte) in places {
            let place = place.index(packed.len());
            packed[place] = byte;
        }
        let (unpacked, _) = unpack(packed, &encodings(line), bytes_max);
        prop_assert!(unpacked.len() <= bytes_max);
    }
}
