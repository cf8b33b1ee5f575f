//! Tests of the journal as its writer and its readers meet it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;

const NOVEMBER: i64 = 1_795_651_200_000;
const DAY: i64 = 86_400_000;

/// A journal in a folder of its own.
struct Desk {
    _temporary: TempDir,
    folder: PathBuf,
    journal: Journal,
}

impl Desk {
    fn new() -> Self {
        let temporary = tempfile::tempdir().unwrap();
        let folder = temporary.path().join("journal");
        let journal = Journal::open(&folder).unwrap();
        Self { _temporary: temporary, folder, journal }
    }

    /// One frame for each number, in November.
    fn with(numbers: impl IntoIterator<Item = u64>) -> Self {
        let mut desk = Self::new();
        for number in numbers {
            desk.append(number);
        }
        desk.journal.sync().unwrap();
        desk
    }

    fn append(&mut self, number: u64) {
        self.append_at(number, NOVEMBER);
    }

    fn append_at(&mut self, number: u64, ms: i64) {
        self.journal.append(number, time(ms), &lines(number)).unwrap();
    }

    /// The journal as the next process finds it.
    fn reopen(&mut self) {
        self.journal = Journal::open(&self.folder).unwrap();
    }

    fn file(&self) -> PathBuf {
        self.folder.join("2026-11.jsonl.zst")
    }

    fn bytes(&self) -> Vec<u8> {
        fs::read(self.file()).unwrap()
    }

    /// As a new file: ext4 writes one that was emptied to the disk at once.
    fn set_bytes(&self, bytes: &[u8]) {
        fs::remove_file(self.file()).unwrap();
        fs::write(self.file(), bytes).unwrap();
    }

    fn names_in_folder(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.folder).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// The numbers of the frames that are read, and the places that are not.
    fn read(&self) -> (Vec<u64>, Vec<Damage>) {
        self.read_from(None)
    }

    fn read_from(&self, from: Option<Position>) -> (Vec<u64>, Vec<Damage>) {
        let (mut groups, mut damages) = (Vec::new(), Vec::new());
        for read in self.journal.read(from) {
            match read.unwrap() {
                Read::Frame(frame) => {
                    // The group of a frame whose header is damaged is not known for certain.
                    let number = u64::from_str_radix(&frame.entries[0].id, 16).unwrap();
                    assert_eq!(frame.entries, lines(number));
                    groups.push(number);
                }
                Read::Damaged(damage) => damages.push(damage),
            }
        }
        (groups, damages)
    }

    /// Where the frames start, and the last one ends.
    fn borders(&self) -> Vec<usize> {
        let frames = self.journal.read(None).map(|read| match read.unwrap() {
            Read::Frame(frame) => frame.start,
            Read::Damaged(damage) => panic!("{damage:?}"),
        });
        let borders = frames.chain([self.journal.end()]);
        borders.map(|place| usize::try_from(place.offset).unwrap()).collect()
    }
}

fn time(ms: i64) -> Timestamp {
    Timestamp::from_unix_ms(ms).unwrap()
}

/// An article and its match, and something that went.
fn lines(number: u64) -> Vec<Entry> {
    let id = format!("{number:016x}");
    let record = Some(format!(r#"{{"title":"Besuch {number} in Bakı 日本","n":[1.50,null]}}"#));
    let record = record.map(String::into_bytes);
    vec![
        Entry { kind: Kind::Article, id: id.clone(), record: record.clone() },
        Entry { kind: Kind::Match, id: id.clone(), record },
        Entry { kind: Kind::NearMiss, id, record: None },
    ]
}

fn names(number: u64) -> Vec<(Kind, String)> {
    lines(number).into_iter().map(|entry| (entry.kind, entry.id)).collect()
}

/// Goal: what was said is read again, by a program of the next start too.
#[test]
fn what_was_appended_is_read() {
    let mut desk = Desk::with([1, 2, 3]);
    assert_eq!(desk.read(), (vec![1, 2, 3], vec![]));
    let end = desk.journal.end();
    desk.reopen();
    assert_eq!(desk.journal.end(), end);
    desk.append(4);
    assert_eq!(desk.read_from(Some(end)), (vec![4], vec![]));
    assert_eq!(desk.read_from(Some(desk.journal.end())), (vec![], vec![]));
    let modes = [&desk.folder, &desk.file()].map(|it| it.metadata().unwrap().permissions().mode());
    assert_eq!(modes.map(|mode| mode & 0o777), [0o700, 0o600]);
}

/// Goal: in a pinch a segment is read with any zstd program.
/// Method: the decoder of the library knows nothing of our headers.
#[test]
fn segment_unpacks_without_us() {
    let desk = Desk::with([1, 2]);
    let text = zstd::stream::decode_all(&desk.bytes()[..]).unwrap();
    let expected: Vec<u8> =
        [1, 2].into_iter().flat_map(lines).fold(Vec::new(), |mut all, entry| {
            entry.write(&mut all);
            all
        });
    assert_eq!(String::from_utf8(text), String::from_utf8(expected));
}

/// Goal: a machine that dies in the middle of a write is no damage: the next one takes its place.
#[test]
fn write_that_was_cut_short_is_forgotten() {
    let mut desk = Desk::with([1, 2]);
    let end = desk.journal.end();
    desk.append(3);
    let bytes = desk.bytes();
    for length in usize::try_from(end.offset).unwrap()..bytes.len() {
        desk.set_bytes(&bytes[..length]);
        desk.reopen();
        assert_eq!(desk.journal.end(), end, "{length} bytes");
        assert_eq!(desk.read(), (vec![1, 2], vec![]), "{length} bytes");
        desk.append(3);
        assert_eq!(desk.bytes(), bytes);
        assert_eq!(desk.names_in_folder(), ["2026-11.jsonl.zst"]);
    }
}

/// Goal: one flipped bit costs nothing but what it hits: a header, behind which the records are found,
/// or the records of one frame, and it is known which those are.
#[test]
fn flipped_bit_costs_what_it_hits() {
    let mut desk = Desk::with([1, 2, 3]);
    let borders = desk.borders();
    let bytes = desk.bytes();
    for at in 0..bytes.len() {
        let hit = borders.iter().rposition(|border| *border <= at).unwrap();
        let number = hit as u64 + 1;
        let mut harmed = bytes.clone();
        harmed[at] ^= 1 << (at % 8);
        desk.set_bytes(&harmed);
        desk.reopen();
        let (left, damages) = desk.read();
        let [damage] = &damages[..] else { panic!("byte {at}: {damages:?}") };
        let n = u32::from_le_bytes(*bytes[borders[hit] + 4..].first_chunk().unwrap());
        let content = borders[hit] + 8 + n as usize;
        let is_lost = content <= at;
        let expected = (1..=3).filter(|it| !is_lost || *it != number);
        assert_eq!(left, expected.collect::<Vec<u64>>(), "byte {at}");
        let end = if is_lost { borders[hit + 1] } else { content };
        let place = [damage.start.offset, damage.end.offset];
        assert_eq!(place, [borders[hit] as u64, end as u64], "byte {at}");
        assert_eq!(damage.names, if is_lost { names(number) } else { Vec::new() }, "byte {at}");
    }
}

/// Goal: what was damaged at the end is not written over: somebody may want to look at it.
#[test]
fn damage_at_the_end_is_kept_aside() {
    let mut desk = Desk::with([1, 2]);
    let borders = desk.borders();
    let mut bytes = desk.bytes();
    *bytes.last_mut().unwrap() ^= 1;
    desk.set_bytes(&bytes);
    desk.reopen();
    assert_eq!(desk.journal.end().offset, borders[1] as u64);
    desk.append(3);
    assert_eq!(desk.read(), (vec![1, 3], vec![]));
    let aside = format!("2026-11.damaged-{}", borders[1]);
    assert_eq!(desk.names_in_folder(), [aside.as_str(), "2026-11.jsonl.zst"]);
    assert_eq!(fs::read(desk.folder.join(aside)).unwrap(), bytes[borders[1]..]);
}

/// Goal: a page of zeros, as a power cut leaves it, costs the frames that it hits.
#[test]
fn zeroed_page_costs_its_frames() {
    let mut desk = Desk::with(1..=100);
    let borders = desk.borders();
    let mut bytes = desk.bytes();
    let page = 8192..12288;
    bytes[page.clone()].fill(0);
    desk.set_bytes(&bytes);
    desk.reopen();
    let is_hit = |at: usize| borders[at] < page.end && page.start < borders[at + 1];
    let whole: Vec<u64> = (0..100).filter(|at| !is_hit(*at)).map(|at| at as u64 + 1).collect();
    let (groups, damages) = desk.read();
    assert_eq!(groups, whole);
    assert!(!damages.is_empty());
}

/// Goal: a segment that lost everything, or its end, does not keep the rest from being read.
#[test]
fn emptied_segment_is_passed_over() {
    let mut desk = Desk::with([1, 2]);
    desk.append_at(3, NOVEMBER + 10 * DAY);
    let (borders, bytes) = (desk.borders(), desk.bytes());
    desk.set_bytes(&[]);
    desk.reopen();
    assert_eq!(desk.read(), (vec![3], vec![]));
    // Nobody writes to an old segment: here a cut is damage.
    desk.set_bytes(&bytes[..bytes.len() - 1]);
    let (groups, damages) = desk.read();
    assert_eq!(groups, [1, 3]);
    assert_eq!((damages[0].start.offset, &damages[0].names), (borders[1] as u64, &names(2)));
    fs::remove_file(desk.file()).unwrap();
    desk.reopen();
    assert_eq!(desk.read(), (vec![3], vec![]));
}

/// Goal: things that somebody left in the folder disturb nobody.
#[test]
fn foreign_files_are_passed_over() {
    let mut desk = Desk::with([1]);
    let names = ["notes.txt", "2026-12.jsonl", "2026-13.jsonl.zst", "2026-1.jsonl.zst", "a.new"];
    for name in names {
        fs::write(desk.folder.join(name), "?").unwrap();
    }
    fs::create_dir(desk.folder.join("2027-01.jsonl.zst")).unwrap();
    fs::write(desk.folder.join("2026-10.jsonl.zst"), "no frame at all").unwrap();
    desk.reopen();
    desk.append(2);
    let (groups, damages) = desk.read();
    assert_eq!(groups, [1, 2]);
    assert_eq!(damages.len(), 1);
    assert_eq!(damages[0].start.to_string(), "2026-10 at byte 0");
    assert!(names.iter().all(|name| desk.folder.join(name).exists()));
}

/// Goal: each month has its file, in which order stays what it was when a clock is set back.
#[test]
fn months_follow_each_other() {
    let mut desk = Desk::with([1]);
    desk.append_at(2, NOVEMBER + 10 * DAY);
    desk.append_at(3, NOVEMBER);
    desk.reopen();
    desk.append_at(4, NOVEMBER - 100 * DAY);
    assert_eq!(desk.names_in_folder(), ["2026-11.jsonl.zst", "2026-12.jsonl.zst"]);
    assert_eq!(desk.read(), (vec![1, 2, 3, 4], vec![]));
    let segments: Vec<String> = desk.journal.segments().iter().map(Segment::to_string).collect();
    assert_eq!(segments, ["2026-11", "2026-12"]);
}

/// Goal: a full disk leaves nothing half written, and writing goes on once there is space.
#[test]
fn failed_append_leaves_nothing() {
    let mut desk = Desk::with([1]);
    let bytes = desk.bytes();
    let end = desk.journal.end();
    desk.journal.tail.as_mut().unwrap().bytes_max = end.offset + 50;
    let failed = desk.journal.append(2, time(NOVEMBER), &lines(2));
    assert!(matches!(failed, Err(StoreError::Full(_))), "{failed:?}");
    assert_eq!((desk.journal.end(), desk.bytes()), (end, bytes));
    desk.journal.tail.as_mut().unwrap().bytes_max = u64::MAX;
    desk.append(3);
    assert_eq!(desk.read(), (vec![1, 3], vec![]));
}

/// Goal: a record that no frame can hold is refused, and nothing with it is written.
#[test]
fn too_large_record_is_refused() {
    let mut desk = Desk::with([1]);
    let record = Some(vec![b'7'; frame::CONTENT_BYTES_MAX]);
    let large = Entry { kind: Kind::Story, id: "2".to_owned(), record };
    let error = desk.journal.append(2, time(NOVEMBER), &[large]).unwrap_err().to_string();
    assert_eq!(error, "story 2: the record is too large for a frame");
    let id = "x".repeat(70_000);
    let long = Entry { kind: Kind::Receiver, id, record: None };
    assert!(matches!(
        desk.journal.append(2, time(NOVEMBER), &[long]),
        Err(StoreError::Refused { .. })
    ));
    assert_eq!(desk.read(), (vec![1], vec![]));
}

/// Goal: a request of any size is written: what does not fit into one frame goes into several.
#[test]
fn huge_request_becomes_several_frames() {
    let mut desk = Desk::new();
    let entry = |at: usize| Entry {
        kind: Kind::Seen,
        id: format!("{at:032x}"),
        record: Some(vec![b'1'; if at.is_multiple_of(1000) { 1_000_000 } else { 1 }]),
    };
    let entries: Vec<Entry> = (0..50_000).map(entry).collect();
    desk.journal.append(1, time(NOVEMBER), &entries).unwrap();
    desk.journal.append(2, time(NOVEMBER), &[]).unwrap();
    let frames: Vec<Frame> = desk
        .journal
        .read(None)
        .map(|read| match read.unwrap() {
            Read::Frame(frame) => frame,
            Read::Damaged(damage) => panic!("{damage:?}"),
        })
        .collect();
    assert!((6..20).contains(&frames.len()), "{}", frames.len());
    assert_eq!(frames.last().map(|frame| (frame.group, frame.entries.len())), Some((2, 0)));
    assert!(frames.into_iter().flat_map(|frame| frame.entries).eq(entries));
}

/// Goal: what is erased is out of the file, and everybody goes on reading where they were.
#[test]
fn erased_line_is_gone() {
    let mut desk = Desk::with([1, 2, 3]);
    let (borders, end) = (desk.borders(), desk.journal.end());
    let segment = end.segment;
    let erase = &mut |entry: Entry| {
        let is_hit = entry.kind == Kind::Article && entry.id == lines(2)[0].id;
        let record = entry.record.clone().filter(|_| !is_hit);
        (!is_hit || record.is_some()).then_some(Entry { record, ..entry })
    };
    assert_eq!(desk.journal.rewrite(segment, erase).unwrap(), 1);
    let text = zstd::stream::decode_all(&desk.bytes()[..]).unwrap();
    let text = String::from_utf8(text).unwrap();
    assert_eq!(text.lines().count(), 8);
    assert_eq!(text.matches("Besuch 2").count(), 1);
    assert_eq!(desk.journal.end(), end);
    desk.append(4);
    assert_eq!(desk.read_from(Some(end)), (vec![4], vec![]));
    desk.reopen();
    assert_eq!(desk.read_from(Some(end)), (vec![4], vec![]));
    let groups = |offset: usize| {
        let from = Position { segment, offset: offset as u64 };
        let frames = desk.journal.read(Some(from)).map(|read| match read.unwrap() {
            Read::Frame(frame) => frame.group,
            Read::Damaged(damage) => panic!("{damage:?}"),
        });
        frames.collect::<Vec<_>>()
    };
    for border in &borders[..3] {
        assert_eq!(groups(*border), [1, 2, 3, 4], "nothing is passed over");
    }
    let n_frames = desk.journal.rewrite(segment, &mut |entry| Some(entry)).unwrap();
    assert_eq!(n_frames, 0);
    assert_eq!(desk.names_in_folder(), ["2026-11.jsonl.zst"]);
}

/// Goal: a rewriting that a kill cut short never was.
#[test]
fn half_rewritten_segment_is_removed() {
    let mut desk = Desk::with([1, 2]);
    fs::write(desk.folder.join("2026-11.jsonl.zst.new"), &desk.bytes()[..100]).unwrap();
    desk.reopen();
    assert_eq!(desk.names_in_folder(), ["2026-11.jsonl.zst"]);
    assert_eq!(desk.read(), (vec![1, 2], vec![]));
}

/// Goal: a damaged start of a rewritten segment leads to reading more, never less.
#[test]
fn damaged_placing_passes_over_nothing() {
    let mut desk = Desk::with([1, 2, 3]);
    let end = desk.journal.end();
    let drop_article = &mut |entry: Entry| (entry.kind != Kind::Article).then_some(entry);
    assert_eq!(desk.journal.rewrite(end.segment, drop_article).unwrap(), 3);
    desk.journal.append(4, time(NOVEMBER), &[]).unwrap();
    let bytes = desk.bytes();
    for at in 0..placing::Placing::BYTES {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x10;
        desk.set_bytes(&damaged);
        desk.reopen();
        let groups = desk.journal.read(Some(end)).filter_map(|read| match read.unwrap() {
            Read::Frame(frame) => Some(frame.group),
            Read::Damaged(_) => None,
        });
        assert_eq!(groups.collect::<Vec<_>>(), [1, 2, 3, 4], "byte {at}");
    }
}

/// Goal: an old program does not guess at what a newer one wrote.
#[test]
fn unknown_kind_stops_the_reader() {
    let desk = Desk::with([1]);
    let mut bytes = desk.bytes();
    let at = bytes.windows(7).position(|window| window == b"article").unwrap();
    bytes[at..at + 7].copy_from_slice(b"artikel");
    let n = u32::from_le_bytes(*bytes[4..].first_chunk().unwrap()) as usize;
    let sum = crc32c::crc32c(&bytes[8..4 + n]);
    bytes[4 + n..8 + n].copy_from_slice(&sum.to_le_bytes());
    desk.set_bytes(&bytes);
    let error = desk.journal.read(None).next().unwrap().unwrap_err().to_string();
    insta::assert_snapshot!(error, @r#"store does not answer: a newer silkwire wrote "artikel" into the journal: use the newer one"#);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Goal: whatever stands in a file, it harms no frame in front of it or behind it.
    #[test]
    fn garbage_harms_no_frame(garbage in proptest::collection::vec(any::<u8>(), 0..300)) {
        let mut desk = Desk::with([1, 2]);
        let bytes = desk.bytes();
        desk.set_bytes(&[&bytes[..], &garbage, &bytes].concat());
        desk.reopen();
        let (groups, damages) = desk.read();
        prop_assert_eq!(groups, [1, 2, 1, 2]);
        prop_assert_eq!(damages.len(), usize::from(!garbage.is_empty()));
        desk.set_bytes(&[&bytes[..], &garbage].concat());
        desk.reopen();
        desk.append(3);
        prop_assert_eq!(desk.read(), (vec![1, 2, 3], vec![]));
    }

    /// Goal: lost, doubled and changed bytes anywhere cost the frames that they hit, and no
    /// number that was not written is read.
    #[test]
    fn damage_stays_where_it_is(at in 0_usize..2000, n in 0_usize..600, by in 0_u8..3) {
        let mut desk = Desk::with(1..=8);
        let (borders, mut bytes) = (desk.borders(), desk.bytes());
        let hit = at % bytes.len()..(at % bytes.len() + n).min(bytes.len());
        match by {
            0 => bytes[hit.clone()].fill(0xff),
            1 => drop(bytes.drain(hit.clone())),
            _ => bytes.splice(hit.end..hit.end, [7; 100]).for_each(drop),
        }
        desk.set_bytes(&bytes);
        desk.reopen();
        let is_hit = |at: usize| borders[at] < hit.end && hit.start < borders[at + 1]
            || by == 2 && borders[at] < hit.end && hit.end < borders[at + 1];
        let whole: Vec<u64> = (0..8).filter(|at| !is_hit(*at)).map(|at| at as u64 + 1).collect();
        let (groups, _) = desk.read();
        prop_assert!(whole.iter().all(|it| groups.contains(it)), "{:?} {:?}", groups, whole);
    }
}
