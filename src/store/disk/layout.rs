//! Where which record stands: one tree, one byte in front of each kind.
//!
//! Keys sort as lists are read: index keys end with a time and an id, both big-endian.
//! Letters and shapes are the format on disk; changing one needs a new [`SCHEMA`].

use std::ops::Range;

use crate::model::{ArticleId, DeliveryId, FeedId, MatchId, MuteId, StoryId, Timestamp};
use crate::store::SeenKey;
use crate::store::journal::{Kind, hex};
use crate::store::paging::{Place, place_behind};

/// The version of keys and records that this program writes, and the newest it reads.
pub(super) const SCHEMA: u32 = 3;

/// Under which key the schema's version stands.
pub(super) const SCHEMA_KEY: &[u8] = b"mschema";

/// Under which key it stands how far the last group of writes came.
pub(super) const PROGRESS_KEY: &[u8] = b"mprogress";

/// Under which key stands who polls.
pub(super) const OWNER_KEY: &[u8] = b"mowner";

/// Under which key it stands up to when texts were dropped.
pub(super) const TEXTS_KEY: &[u8] = b"mtexts";

/// Under which key the notices stand.
pub(super) const NOTICES_KEY: &[u8] = b"mnotices";

/// All prefixes with the word that error texts use; `m` is for what belongs to the whole store.
const KINDS: &[(u8, &str)] = &[
    (META, "meta record"),
    (FEED_STATE, "feed state"),
    (SEEN, "seen keys"),
    (ARTICLE, "article"),
    (MATCH, "match"),
    (MATCH_AT, "time index entry of match"),
    (STORY, "story"),
    (STORY_AT, "list entry of story"),
    (SKETCH, "sketch"),
    (DELIVERY, "delivery"),
    (DELIVERY_AT, "time index entry of delivery"),
    (DUE, "due index entry"),
    (DEAD, "list entry of given-up delivery"),
    (RECEIVER, "receiver"),
    (CHUNK, "continuation"),
    (MATCH_OF, "story index entry of match"),
    (NEAR_MISS, "near miss"),
    (NEAR_MISS_AT, "time index entry of near miss"),
    (NEAR_MISS_OPEN, "open index entry of near miss"),
    (STEPS, "review steps"),
    (FEED_CHANGE, "feed change"),
    (TOKEN, "token"),
    (ERASED, "tombstone"),
    (MUTE, "mute"),
];

const META: u8 = b'm';
pub(super) const FEED_STATE: u8 = b'p';
pub(super) const SEEN: u8 = b's';
pub(super) const ARTICLE: u8 = b'a';
pub(super) const MATCH: u8 = b'j';
pub(super) const MATCH_AT: u8 = b't';
pub(super) const STORY: u8 = b'y';
pub(super) const STORY_AT: u8 = b'z';
pub(super) const SKETCH: u8 = b'k';
pub(super) const DELIVERY: u8 = b'd';
pub(super) const DELIVERY_AT: u8 = b'e';
pub(super) const DUE: u8 = b'o';
pub(super) const DEAD: u8 = b'x';
pub(super) const RECEIVER: u8 = b'r';
pub(super) const CHUNK: u8 = b'c';
pub(super) const MATCH_OF: u8 = b'l';
pub(super) const NEAR_MISS: u8 = b'n';
pub(super) const NEAR_MISS_AT: u8 = b'i';
pub(super) const NEAR_MISS_OPEN: u8 = b'q';
pub(super) const STEPS: u8 = b'u';
pub(super) const FEED_CHANGE: u8 = b'f';
pub(super) const TOKEN: u8 = b'w';
const ERASED: u8 = b'b';
pub(super) const MUTE: u8 = b'v';

pub(super) fn feed_state(id: FeedId) -> Vec<u8> {
    key(FEED_STATE, &[&id.to_be_bytes()])
}

/// The first bytes of a seen key say in which bucket it stands.
pub(super) const BUCKET_BYTES: usize = 2;

/// Where the bucket stands that has `key`.
pub(super) fn bucket(SeenKey(hash): SeenKey) -> [u8; 1 + BUCKET_BYTES] {
    [SEEN, hash[0], hash[1]]
}

/// What all keys in the bucket at `key` start with; none if there is no bucket.
pub(super) fn start_of_bucket(key: &[u8]) -> Option<[u8; BUCKET_BYTES]> {
    key.strip_prefix(&[SEEN])?.try_into().ok()
}

/// Whether a bucket of seen keys stands at `key`.
pub(super) fn is_bucket(key: &[u8]) -> bool {
    start_of_bucket(key).is_some()
}

/// Just before the first bucket.
pub(super) fn before_buckets() -> Vec<u8> {
    vec![SEEN]
}

/// The seen key that lines call `id`; none if that is none.
pub(super) fn seen_key(id: &str) -> Option<SeenKey> {
    unhex(id)?.try_into().ok().map(SeenKey)
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

/// Where `story` stands in lists, so that these are made without reading stories.
pub(super) fn story_at(id: StoryId) -> Vec<u8> {
    key(STORY_AT, &[&id.to_be_bytes()])
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

/// An entry that is there while a delivery is given up.
pub(super) fn dead(id: DeliveryId) -> Vec<u8> {
    key(DEAD, &[&id.to_be_bytes()])
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

/// The receiver in a key that [`due`] made.
pub(super) fn receiver_of_due(key: &[u8]) -> Option<&str> {
    let (length, rest) = key.strip_prefix(&[DUE])?.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    std::str::from_utf8(rest.get(..length)?).ok()
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

pub(super) fn mute(id: MuteId) -> Vec<u8> {
    key(MUTE, &[&id.to_be_bytes()])
}

/// That the article, or the match, `id` was erased.
pub(super) fn erased(id: [u8; 8]) -> Vec<u8> {
    key(ERASED, &[&id])
}

/// Part `index` of the record at `record`, which is too large for one value.
pub(super) fn chunk(record: &[u8], index: u32) -> Vec<u8> {
    key(CHUNK, &[record, &index.to_be_bytes()])
}

/// Where the continuations of the bucket at `bucket` stand.
pub(super) fn continuations_of(bucket: &[u8]) -> Range<Vec<u8>> {
    starting_with(&key(CHUNK, &[bucket]))
}

/// The key of the record that the part at `key` continues, and which part that is; none if it is
/// no such part.
pub(super) fn continued(key: &[u8]) -> Option<(&[u8], u32)> {
    let (record, index) = key.strip_prefix(&[CHUNK])?.split_last_chunk::<4>()?;
    Some((record, u32::from_be_bytes(*index)))
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
    if let Some((record, index)) = continued(key) {
        return format!("continuation {index} of {}", name(record));
    }
    let Some((first, rest)) = key.split_first() else { return "record without key".to_owned() };
    let kind = KINDS.iter().find(|(prefix, _)| prefix == first).map_or("record", |(_, word)| word);
    format!("{kind} {}", hex(rest))
}

/// Kinds that the journal keeps under the same key as the database.
const JOURNALED: &[(u8, Kind)] = &[
    (ARTICLE, Kind::Article),
    (MATCH, Kind::Match),
    (STORY, Kind::Story),
    (SKETCH, Kind::Sketch),
    (DELIVERY, Kind::Delivery),
    (RECEIVER, Kind::Receiver),
    (FEED_CHANGE, Kind::FeedChange),
    (TOKEN, Kind::Token),
    (ERASED, Kind::Erased),
    (MUTE, Kind::Mute),
];

/// Under which name the journal keeps the record at `key`, if it cannot be fetched again.
///
/// Not here: near misses and seen keys, of which the journal keeps some only.
pub(super) fn journaled(key: &[u8]) -> Option<(Kind, String)> {
    let (first, rest) = key.split_first()?;
    let (_, kind) = JOURNALED.iter().find(|(prefix, _)| prefix == first)?;
    let id = match kind {
        Kind::Sketch => {
            let (at, id) = time_and_id(key)?;
            Place { at, id: MatchId::from_be_bytes(id) }.to_string()
        }
        Kind::Receiver | Kind::Token => String::from_utf8(rest.to_vec()).ok()?,
        _ => hex(rest),
    };
    Some((*kind, id))
}

/// What a backup has that the journal has not, or not all of it; seen keys beside.
const BACKED_UP: &[(u8, Kind)] =
    &[(NEAR_MISS, Kind::NearMiss), (STEPS, Kind::Steps), (FEED_STATE, Kind::FeedState)];

/// The kind and the name that lines give the record at `key`, in the journal or a backup; none
/// if there is no record, or a bucket of seen keys, each of which has a line.
pub(super) fn named(key: &[u8]) -> Option<(Kind, String)> {
    let (first, rest) = key.split_first()?;
    let (_, kind) = BACKED_UP.iter().chain(JOURNALED).find(|(prefix, _)| prefix == first)?;
    match kind {
        Kind::Steps => Some((*kind, String::from_utf8(rest.to_vec()).ok()?)),
        Kind::NearMiss | Kind::FeedState => Some((*kind, hex(rest))),
        _ => journaled(key),
    }
}

/// Where the records stand that a backup has: feed states first, sightings after articles.
pub(super) fn backup_ranges() -> impl Iterator<Item = Range<Vec<u8>>> {
    let first = std::iter::once(starting_with(&[FEED_STATE]));
    let rest = [NEAR_MISS, SEEN, STEPS].map(|kind| starting_with(&[kind]));
    first.chain(journaled_ranges()).chain(rest)
}

/// Where the record stands that the journal calls `id`; none if that is no id of its kind. Seen
/// keys stand in buckets: see [`seen_key`].
pub(super) fn key_of(kind: Kind, id: &str) -> Option<Vec<u8>> {
    let eight = || Some(id.parse::<MatchId>().ok()?.to_be_bytes());
    let (prefix, rest) = match kind {
        Kind::Sketch => return Some(sketch(place_behind(Some(id)).ok()??)),
        Kind::Seen => return None,
        Kind::NearMiss => (NEAR_MISS, eight()?.to_vec()),
        Kind::FeedState => (FEED_STATE, eight()?.to_vec()),
        Kind::Steps => (STEPS, id.as_bytes().to_vec()),
        Kind::Receiver => (RECEIVER, id.as_bytes().to_vec()),
        Kind::Token => (TOKEN, id.as_bytes().to_vec()),
        kind => {
            let (prefix, _) = JOURNALED.iter().find(|(_, journaled)| *journaled == kind)?;
            (*prefix, eight()?.to_vec())
        }
    };
    Some(key(prefix, &[&rest]))
}

/// Whether the sum over all records counts what stands at `key`: not what is asked for again if
/// it is lost.
pub(super) fn is_digested(key: &[u8]) -> bool {
    let own = match key {
        [CHUNK, record @ ..] if !record.is_empty() => record,
        _ => key,
    };
    let Some(kind) = own.first() else { return false };
    !matches!(*kind, SEEN | FEED_STATE | STEPS | META)
}

/// Everything that [`is_digested`] accepts, and not much else.
pub(super) fn digested_ranges() -> impl Iterator<Item = Range<Vec<u8>>> {
    let kinds = KINDS.iter().map(|(kind, _)| *kind);
    let digested = kinds.filter(|kind| is_digested(&[*kind]));
    digested.map(|kind| starting_with(&[kind]))
}

/// Where the records stand that [`journaled`] names.
pub(super) fn journaled_ranges() -> impl Iterator<Item = Range<Vec<u8>>> {
    JOURNALED.iter().map(|(kind, _)| starting_with(&[*kind]))
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|digit| digit.to_digit(16).and_then(|it| u8::try_from(it).ok())).collect();
    let digits = digits?;
    let pairs = digits.chunks_exact(2);
    pairs.remainder().is_empty().then(|| pairs.map(|pair| pair[0] << 4 | pair[1]).collect())
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
        assert_eq!(receiver_of_due(&key), Some("desk-2"));
        assert_eq!(receiver_of_due(&key[..9]), None);
    }

    /// Goal: what the journal says is put back where it stood.
    #[test]
    fn journal_names_lead_back() {
        let at = Timestamp::from_unix_ms(-5).unwrap();
        let id = MatchId::from_be_bytes([0, 1, 2, 3, 4, 5, 6, 255]);
        let keys = [
            article(ArticleId::from_be_bytes([9; 8])),
            matched(id),
            story(StoryId::from_be_bytes([8; 8])),
            sketch(Place { at, id }),
            delivery(DeliveryId::from_be_bytes([7; 8])),
            receiver("Schalter ü"),
            feed_change(FeedId::of_url("x")),
            token("anna"),
            erased([6; 8]),
            mute(MuteId::from_be_bytes([5; 8])),
        ];
        assert_eq!(keys.len(), JOURNALED.len());
        for key in keys {
            let (kind, name) = journaled(&key).unwrap();
            assert_eq!(key_of(kind, &name), Some(key), "{name}");
        }
        for key in [near_miss(id), steps("Anna ü"), feed_state(FeedId::of_url("y"))] {
            let (kind, name) = named(&key).unwrap();
            assert_eq!((journaled(&key), key_of(kind, &name)), (None, Some(key)), "{name}");
        }
        let hash = SeenKey([0xa7; 16]);
        assert_eq!(seen_key(&hex(&hash.0)), Some(hash));
        assert_eq!((seen_key("00"), named(&bucket(hash))), (None, None));
        for (kind, id) in [(Kind::Match, "x"), (Kind::Seen, "00"), (Kind::Sketch, "7")] {
            assert_eq!(key_of(kind, id), None);
        }
    }

    /// Goal: a damaged record can be found by its name.
    #[test]
    fn records_have_names() {
        let id = ArticleId::from_be_bytes([0, 0, 0, 0, 0, 0, 1, 255]);
        assert_eq!(name(&article(id)), format!("article {id}"));
        assert_eq!(name(b"?x"), "record 78");
        assert_eq!(name(&chunk(&article(id), 3)), format!("continuation 3 of article {id}"));
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
