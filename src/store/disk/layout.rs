//! Where which record stands: one tree, one byte in front of each kind.
//!
//! Keys sort as lists are read: index keys end with a time and an id, both big-endian.
//! Letters and shapes are the format on disk; changing one needs a new [`SCHEMA`].

use std::ops::Range;

use crate::model::{ArticleId, DeliveryId, FeedId, MatchId, StoryId, Timestamp};
use crate::store::SeenKey;
use crate::store::paging::Place;

/// The version of keys and records that this program writes, and the newest it reads.
pub(super) const SCHEMA: u32 = 1;

/// Under which key the schema's version stands.
pub(super) const SCHEMA_KEY: &[u8] = b"mschema";

/// Under which key the number of the last group of writes stands.
pub(super) const PROGRESS_KEY: &[u8] = b"mprogress";

/// Under which key stands who polls.
pub(super) const OWNER_KEY: &[u8] = b"mowner";

/// All prefixes with the word that error texts use; `m` is for what belongs to the whole store.
const KINDS: &[(u8, &str)] = &[
    (b'm', "meta record"),
    (FEED_STATE, "feed state"),
    (SEEN, "seen key"),
    (ARTICLE, "article"),
    (MATCH, "match"),
    (MATCH_AT, "time index entry of match"),
    (STORY, "story"),
    (SKETCH, "sketch"),
    (DELIVERY, "delivery"),
    (DELIVERY_AT, "time index entry of delivery"),
    (DUE, "due index entry"),
    (RECEIVER, "receiver"),
    (CHUNK, "continuation of"),
    (MATCH_OF, "story index entry of match"),
    (NEAR_MISS, "near miss"),
    (NEAR_MISS_AT, "time index entry of near miss"),
    (NEAR_MISS_OPEN, "open index entry of near miss"),
    (STEPS, "review steps"),
    (FEED_CHANGE, "feed change"),
    (TOKEN, "token"),
];

pub(super) const FEED_STATE: u8 = b'p';
const SEEN: u8 = b's';
const ARTICLE: u8 = b'a';
const MATCH: u8 = b'j';
pub(super) const MATCH_AT: u8 = b't';
pub(super) const STORY: u8 = b'y';
pub(super) const SKETCH: u8 = b'k';
pub(super) const DELIVERY: u8 = b'd';
pub(super) const DELIVERY_AT: u8 = b'e';
pub(super) const DUE: u8 = b'o';
const RECEIVER: u8 = b'r';
const CHUNK: u8 = b'c';
pub(super) const MATCH_OF: u8 = b'l';
const NEAR_MISS: u8 = b'n';
pub(super) const NEAR_MISS_AT: u8 = b'i';
pub(super) const NEAR_MISS_OPEN: u8 = b'q';
const STEPS: u8 = b'u';
pub(super) const FEED_CHANGE: u8 = b'f';
pub(super) const TOKEN: u8 = b'w';

pub(super) fn feed_state(id: FeedId) -> Vec<u8> {
    key(FEED_STATE, &[&id.to_be_bytes()])
}

pub(super) fn seen(SeenKey(hash): SeenKey) -> Vec<u8> {
    key(SEEN, &[&hash])
}

pub(super) fn article(id: ArticleId) -> Vec<u8> {
    key(ARTICLE, &[&id.to_be_bytes()])
}

pub(super) fn matched(id: MatchId) -> Vec<u8> {
    key(MATCH, &[&id.to_be_bytes()])
}

pub(super) fn match_at(place: Place<MatchId>) -> Vec<u8> {
    key(MATCH_AT, &[&time(place.at), &place.id.to_be_bytes()])
}

pub(super) fn story(id: StoryId) -> Vec<u8> {
    key(STORY, &[&id.to_be_bytes()])
}

pub(super) fn sketch(place: Place<MatchId>) -> Vec<u8> {
    key(SKETCH, &[&time(place.at), &place.id.to_be_bytes()])
}

pub(super) fn delivery(id: DeliveryId) -> Vec<u8> {
    key(DELIVERY, &[&id.to_be_bytes()])
}

pub(super) fn delivery_at(place: Place<DeliveryId>) -> Vec<u8> {
    key(DELIVERY_AT, &[&time(place.at), &place.id.to_be_bytes()])
}

/// A due delivery of `receiver`; receivers never share a range.
pub(super) fn due(receiver: &str, place: Place<DeliveryId>) -> Vec<u8> {
    [due_of(receiver), time(place.at).to_vec(), place.id.to_be_bytes().to_vec()].concat()
}

/// What all due deliveries of `receiver` start with. The length keeps `a` and `ab` apart.
pub(super) fn due_of(receiver: &str) -> Vec<u8> {
    let length = u32::try_from(receiver.len()).unwrap_or(u32::MAX);
    key(DUE, &[&length.to_be_bytes(), receiver.as_bytes()])
}

pub(super) fn receiver(name: &str) -> Vec<u8> {
    key(RECEIVER, &[name.as_bytes()])
}

/// A match of `story`, so that a story is read without looking at all matches.
pub(super) fn match_of(story: StoryId, place: Place<MatchId>) -> Vec<u8> {
    [matches_of(story), time(place.at).to_vec(), place.id.to_be_bytes().to_vec()].concat()
}

/// What all entries of `story` in the story index start with.
pub(super) fn matches_of(story: StoryId) -> Vec<u8> {
    key(MATCH_OF, &[&story.to_be_bytes()])
}

pub(super) fn near_miss(id: MatchId) -> Vec<u8> {
    key(NEAR_MISS, &[&id.to_be_bytes()])
}

pub(super) fn near_miss_at(place: Place<MatchId>) -> Vec<u8> {
    key(NEAR_MISS_AT, &[&time(place.at), &place.id.to_be_bytes()])
}

/// An entry that is there while nobody has looked at the near miss.
pub(super) fn near_miss_open(place: Place<MatchId>) -> Vec<u8> {
    key(NEAR_MISS_OPEN, &[&time(place.at), &place.id.to_be_bytes()])
}

pub(super) fn steps(by: &str) -> Vec<u8> {
    key(STEPS, &[by.as_bytes()])
}

pub(super) fn feed_change(id: FeedId) -> Vec<u8> {
    key(FEED_CHANGE, &[&id.to_be_bytes()])
}

pub(super) fn token(name: &str) -> Vec<u8> {
    key(TOKEN, &[name.as_bytes()])
}

/// Part `index` of the record at `record`, which is too large for one value.
pub(super) fn chunk(record: &[u8], index: u32) -> Vec<u8> {
    key(CHUNK, &[record, &index.to_be_bytes()])
}

/// Time and id at the end of an index key; none if the key is too short or its time impossible.
pub(super) fn time_and_id(key: &[u8]) -> Option<(Timestamp, [u8; 8])> {
    let (rest, id) = key.split_last_chunk::<8>()?;
    let (_, time) = rest.split_last_chunk::<8>()?;
    let ms = (u64::from_be_bytes(*time) ^ SIGN).cast_signed();
    Some((Timestamp::from_unix_ms(ms).ok()?, *id))
}

/// All keys that start with `prefix`.
pub(super) fn starting_with(prefix: &[u8]) -> Range<Vec<u8>> {
    let mut end = prefix.to_vec();
    // 0xff has no successor in its place: the byte before it grows instead.
    while let Some(last) = end.pop() {
        if last < u8::MAX {
            end.push(last + 1);
            break;
        }
    }
    prefix.to_vec()..end
}

/// What people call the record at `key`.
pub(super) fn name(key: &[u8]) -> String {
    let Some((first, rest)) = key.split_first() else { return "record without key".to_owned() };
    let kind = KINDS.iter().find(|(prefix, _)| prefix == first).map_or("record", |(_, word)| word);
    let digits = rest.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    let id: String = digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect();
    format!("{kind} {id}")
}

fn key(prefix: u8, parts: &[&[u8]]) -> Vec<u8> {
    [&[prefix][..], &parts.concat()].concat()
}

const SIGN: u64 = 1 << 63;

/// A time as bytes that sort like times: years before 1970 come first.
fn time(time: Timestamp) -> [u8; 8] {
    (time.unix_ms().cast_unsigned() ^ SIGN).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Goal: two kinds never overwrite each other.
    #[test]
    fn prefixes_are_different() {
        let mut prefixes: Vec<u8> = KINDS.iter().map(|(prefix, _)| *prefix).collect();
        prefixes.sort_unstable();
        prefixes.dedup();
        assert_eq!(prefixes.len(), KINDS.len());
    }

    /// Goal: a receiver whose name starts like another one's gets its own deliveries only.
    #[test]
    fn receivers_do_not_share_a_range() {
        let id = DeliveryId::from_be_bytes([7; 8]);
        let at = Timestamp::from_unix_ms(0).unwrap();
        let key = due("desk-2", Place { at, id });
        assert!(starting_with(&due_of("desk-2")).contains(&key));
        assert!(!starting_with(&due_of("desk")).contains(&key));
    }

    /// Goal: a damaged record can be found by its name.
    #[test]
    fn records_have_names() {
        let id = ArticleId::from_be_bytes([0, 0, 0, 0, 0, 0, 1, 255]);
        assert_eq!(name(&article(id)), format!("article {id}"));
        assert_eq!(name(b"?x"), "record 78");
    }

    proptest! {
        /// Goal: lists are in order of time, also before 1970.
        #[test]
        fn keys_sort_like_times(a in -62_000_000_000_000_i64..=253_000_000_000_000, b: i32) {
            let [a, b] = [a, i64::from(b)].map(|ms| Timestamp::from_unix_ms(ms).unwrap());
            let id = MatchId::from_be_bytes([7; 8]);
            let [key_a, key_b] = [a, b].map(|at| match_at(Place { at, id }));
            prop_assert_eq!(a.cmp(&b), key_a.cmp(&key_b));
            prop_assert_eq!(time_and_id(&key_a), Some((a, [7; 8])));
        }
    }
}
