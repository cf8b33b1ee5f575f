//! Records as bytes: JSON, packed with zstd, in frames that know whether they are whole.
//!
//! A frame is: version (1 byte), CRC32C (4) of the key and all that follows, how many more
//! frames the record has (4), a part of the record. JSON because fields come and go: a
//! reader skips what it does not know and takes defaults for what is missing.

use std::cell::RefCell;

use serde::Serialize;
use serde::de::DeserializeOwned;

use zstd::bulk::{Compressor, Decompressor};

use crate::model::{ReviewVerdict, Timestamp};
use crate::store::disk::layout;
use crate::store::{Judged, StoreError};

/// sled writes a page of over 128 KiB to a file of its own, which it can lose or leak. A page
/// holds 17 values before it is split, so 8 KiB made such files, and half of that leaves room.
pub(super) const VALUE_BYTES_MAX: usize = 4 * 1024;

const VERSION: u8 = 1;
const HEADER_BYTES: usize = 9;
const PART_BYTES_MAX: usize = VALUE_BYTES_MAX - HEADER_BYTES;

/// Larger records are unpacked piece by piece: a length that was never written must not take
/// memory.
const UNPACKED_BYTES_MAX: usize = 16 * 1024 * 1024;

/// zstd's default: half the size of text at 300 MB/s.
const ZSTD_LEVEL: i32 = 3;

/// `record` as JSON.
pub(super) fn json<T: Serialize>(record: &T) -> Vec<u8> {
    serde_json::to_vec(record).expect("our types have text keys and no failing parts")
}

thread_local! {
    /// Making one costs more than packing a record with it.
    static PACKER: RefCell<Compressor<'static>> =
        RefCell::new(Compressor::new(ZSTD_LEVEL).expect("the level is one that zstd has"));
    static UNPACKER: RefCell<Decompressor<'static>> =
        RefCell::new(Decompressor::new().expect("memory is all that it needs"));
}

/// `json` as bytes, before it is framed.
pub(super) fn pack(json: &[u8]) -> Vec<u8> {
    let packed = PACKER.with_borrow_mut(|packer| packer.compress(json));
    packed.expect("memory is all that compressing needs")
}

/// Reads what [`pack`] wrote for `key`.
pub(super) fn unpack<T: DeserializeOwned>(key: &[u8], packed: &[u8]) -> Result<T, StoreError> {
    let json = unpack_json(key, packed)?;
    serde_json::from_slice(&json).map_err(|error| corrupt(key, error))
}

/// The JSON in what [`pack`] wrote for `key`.
pub(super) fn unpack_json(key: &[u8], packed: &[u8]) -> Result<Vec<u8>, StoreError> {
    let length = zstd::zstd_safe::get_frame_content_size(packed).ok().flatten();
    let length = length.and_then(|length| usize::try_from(length).ok());
    match length.filter(|length| *length <= UNPACKED_BYTES_MAX) {
        Some(length) => UNPACKER.with_borrow_mut(|unpacker| unpacker.decompress(packed, length)),
        // Older versions wrote the length too; damage is noticed either way.
        None => zstd::stream::decode_all(packed),
    }
    .map_err(|error| corrupt(key, error))
}

/// A story's place in lists as bytes: when it was updated last, and its verdict.
pub(super) fn pack_story_place(at: Timestamp, judged: Judged) -> Vec<u8> {
    let verdict = match judged {
        Judged::Open => 0,
        Judged::As(ReviewVerdict::Relevant) => 1,
        Judged::As(ReviewVerdict::NotRelevant) => 2,
        Judged::As(ReviewVerdict::Unsure) => 3,
    };
    [&[verdict][..], &at.unix_ms().to_be_bytes()].concat()
}

/// Reads what [`pack_story_place`] wrote for `key`, out of its frame.
pub(super) fn unpack_story_place(
    key: &[u8],
    value: &[u8],
) -> Result<(Timestamp, Judged), StoreError> {
    let (_, packed) = open_frame(key, value)?;
    let fields = || {
        let (verdict, rest) = packed.split_first()?;
        let judged = match verdict {
            0 => Judged::Open,
            1 => Judged::As(ReviewVerdict::Relevant),
            2 => Judged::As(ReviewVerdict::NotRelevant),
            3 => Judged::As(ReviewVerdict::Unsure),
            _ => return None,
        };
        let at = i64::from_be_bytes(rest.first_chunk().copied()?);
        Some((Timestamp::from_unix_ms(at).ok()?, judged))
    };
    fields().ok_or_else(|| corrupt(key, "it makes no sense"))
}

/// What a waiting delivery's entry says: since when it waits, and whether a mute holds it.
pub(super) fn pack_waiting(since: Timestamp, is_held: bool) -> Vec<u8> {
    [&since.unix_ms().to_be_bytes()[..], &[u8::from(is_held)]].concat()
}

/// Reads what [`pack_waiting`] wrote for `key`, out of its frame; none in an entry of an earlier
/// version.
pub(super) fn unpack_waiting(
    key: &[u8],
    value: &[u8],
) -> Result<Option<(Timestamp, bool)>, StoreError> {
    if value.is_empty() {
        return Ok(None);
    }
    let (_, packed) = open_frame(key, value)?;
    let fields = || {
        let (since, rest) = packed.split_first_chunk::<8>()?;
        let since = Timestamp::from_unix_ms(i64::from_be_bytes(*since)).ok()?;
        Some((since, rest.first().is_some_and(|it| *it != 0)))
    };
    fields().map(Some).ok_or_else(|| corrupt(key, "it makes no sense"))
}

/// The receiver in the entry of a delivery that was given up; none in an entry of an earlier
/// version.
pub(super) fn unpack_dead(key: &[u8], value: &[u8]) -> Result<Option<String>, StoreError> {
    if value.is_empty() {
        return Ok(None);
    }
    let (_, name) = open_frame(key, value)?;
    let name = String::from_utf8(name.to_vec());
    name.map(Some).map_err(|_| corrupt(key, "its receiver makes no sense"))
}

/// The keys and values that hold `packed` at `key`: one, or more if it is large.
pub(super) fn frames(key: &[u8], packed: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let n_more = packed.len().saturating_sub(1) / PART_BYTES_MAX;
    let n_more = u32::try_from(n_more).expect("no record has 32 TiB");
    let keys = (0..=n_more).map(|index| frame_key(key, index));
    let parts = packed.chunks(PART_BYTES_MAX).chain(packed.is_empty().then_some(&[][..]));
    keys.zip(parts)
        .map(|(key, part)| {
            let value = frame(&key, n_more, part);
            (key, value)
        })
        .collect()
}

/// Where frame `index` of the record at `key` stands.
pub(super) fn frame_key(key: &[u8], index: u32) -> Vec<u8> {
    if index == 0 { key.to_vec() } else { layout::chunk(key, index) }
}

/// How many more frames the record has, and the part in this one.
pub(super) fn open_frame<'a>(key: &[u8], value: &'a [u8]) -> Result<(u32, &'a [u8]), StoreError> {
    let too_short = || corrupt(key, "it is too short");
    let (version, rest) = value.split_first().ok_or_else(too_short)?;
    if *version != VERSION {
        let reason = format!("it has version {version}, this program reads {VERSION}");
        return Err(corrupt(key, reason));
    }
    let (sum, content) = rest.split_first_chunk::<4>().ok_or_else(too_short)?;
    if u32::from_be_bytes(*sum) != checksum(key, content) {
        return Err(corrupt(key, "its checksum is wrong"));
    }
    let (n_more, part) = content.split_first_chunk::<4>().ok_or_else(too_short)?;
    Ok((u32::from_be_bytes(*n_more), part))
}

/// The record at `key` is not what was written.
pub(super) fn corrupt(key: &[u8], reason: impl std::fmt::Display) -> StoreError {
    StoreError::Corrupt { what: format!("{}: {reason}", layout::name(key)) }
}

fn frame(key: &[u8], n_more: u32, part: &[u8]) -> Vec<u8> {
    let content = [&n_more.to_be_bytes()[..], part].concat();
    let sum = checksum(key, &content);
    [&[VERSION][..], &sum.to_be_bytes(), &content].concat()
}

/// With the key, so that a value that got under a wrong key is noticed too.
fn checksum(key: &[u8], content: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(key), content)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Goal: no flipped bit and no lost byte is taken for an article.
    #[test]
    fn every_flipped_bit_is_noticed() {
        let (key, value) = frames(b"a1234567", &pack(&json(&"日本"))).remove(0);
        assert!(open_frame(&key, &value).is_ok());
        for bit in 0..value.len() * 8 {
            let mut damaged = value.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            let error = open_frame(&key, &damaged).unwrap_err().to_string();
            assert!(error.starts_with("store is damaged: article 31323334353637: it"), "{error}");
        }
        for length in 0..value.len() {
            assert!(open_frame(&key, &value[..length]).is_err());
        }
        assert!(open_frame(b"a7654321", &value).is_err());
    }

    proptest! {
        /// Goal: records of any size come back, in values that sled keeps inline.
        #[test]
        fn parts_make_the_whole(length in 0_usize..=5 * PART_BYTES_MAX) {
            let packed: Vec<u8> = (0..length).map(|at| u8::try_from(at % 251).unwrap()).collect();
            let frames = frames(b"a", &packed);
            let mut whole = Vec::new();
            for (index, (key, value)) in frames.iter().enumerate() {
                prop_assert!(value.len() <= VALUE_BYTES_MAX);
                prop_assert_eq!(key, &frame_key(b"a", u32::try_from(index).unwrap()));
                let (n_more, part) = open_frame(key, value).unwrap();
                prop_assert_eq!(usize::try_from(n_more).unwrap() + 1, frames.len());
                whole.extend_from_slice(part);
            }
            prop_assert_eq!(whole, packed);
        }
    }
}
