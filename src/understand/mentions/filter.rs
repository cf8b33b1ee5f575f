//! Tells at a glance where surely no term of a side starts.
//!
//! A first look compares beginnings of three lengths and sorts out most places with one branch;
//! a second one compares a whole short term, or up to twelve bytes of a long one. The tables fit
//! into a core's cache.

/// Places of the tables: the shipped lexicon fills less than a tenth of each.
const SHORT: usize = 1 << 13;
const MIDDLE: usize = 1 << 15;
const LONG: usize = 1 << 17;
const WHOLE: usize = 1 << 20;

/// The beginnings of terms, as hashes. What it passes must be looked at closer.
#[derive(Clone, Debug)]
pub(super) struct Filter {
    /// For the beginnings of short, middle and long terms, the lengths that the second look
    /// compares, one bit each.
    short: Box<[u8; SHORT]>,
    middle: Box<[u8; MIDDLE]>,
    long: Box<[u8; LONG]>,
    /// For the second look, one bit each.
    whole: Box<[u64; WHOLE / 64]>,
}

impl Filter {
    pub(super) fn new() -> Self {
        Self { short: zeros(), middle: zeros(), long: zeros(), whole: zeros() }
    }

    pub(super) fn add(&mut self, term: &[u8]) {
        let Some(first) = term.first() else { return };
        let start = Start::of(term);
        let (bit, kept) = kept(term.len());
        let [short, middle, long] = sizes(*first);
        if long <= term.len() {
            self.long[start.place::<LONG>(long)] |= bit;
        } else if middle <= term.len() {
            self.middle[start.place::<MIDDLE>(middle)] |= bit;
        } else if short <= term.len() {
            self.short[start.place::<SHORT>(short)] |= bit;
        } else {
            // What is shorter than the first look may be followed by anything.
            self.short.iter_mut().for_each(|lengths| *lengths |= bit);
        }
        let place = start.place::<WHOLE>(kept);
        self.whole[place >> 6] |= 1 << (place & 63);
    }

    /// Whether a term may start at `start`.
    #[inline]
    pub(super) fn passes(&self, text: &[u8], start: usize) -> bool {
        let first = text[start];
        let start = Start::of(&text[start..]);
        let lengths = match first {
            ..0x80 => self.lengths::<2, 4, 6>(start),
            0xe0..=0xef => self.lengths::<3, 6, 9>(start),
            _ => self.lengths::<4, 6, 10>(start),
        };
        lengths != 0 && self.has_whole(start, lengths)
    }

    /// The first look: the lengths at which a term may be whole. Sizes are constants because
    /// this is done for every word.
    #[expect(clippy::inline_always, reason = "a third of the scan's time hangs on the constants")]
    #[inline(always)]
    fn lengths<const S: usize, const M: usize, const L: usize>(&self, start: Start) -> u8 {
        self.short[start.place::<SHORT>(S)]
            | self.middle[start.place::<MIDDLE>(M)]
            | self.long[start.place::<LONG>(L)]
    }

    #[inline(never)]
    fn has_whole(&self, start: Start, mut lengths: u8) -> bool {
        while lengths != 0 {
            let place = start.place::<WHOLE>(length_of(lengths.trailing_zeros()));
            if self.whole[place >> 6] >> (place & 63) & 1 == 1 {
                return true;
            }
            lengths &= lengths - 1;
        }
        false
    }
}

/// A table that never lies on the stack.
#[expect(clippy::unnecessary_box_returns, reason = "it is as large as a stack may be")]
fn zeros<T: Copy + Default, const N: usize>() -> Box<[T; N]> {
    let zeros = vec![T::default(); N].try_into();
    zeros.unwrap_or_else(|_| unreachable!("as long as was asked for"))
}

/// How many bytes the first look compares of short, middle and long terms: two, four and six
/// letters of Latin, two, three and five of Cyrillic or Arabic, one, two and three of CJK.
fn sizes(first: u8) -> [usize; 3] {
    match first {
        ..0x80 => [2, 4, 6],
        0xe0..=0xef => [3, 6, 9],
        _ => [4, 6, 10],
    }
}

/// How many bytes the second look compares of a term, and the bit for it.
fn kept(length: usize) -> (u8, usize) {
    let bit = match length {
        BYTES_MAX.. => 7,
        8.. => 6,
        _ => length.saturating_sub(2),
    };
    (1 << bit, if bit == 7 { BYTES_MAX } else { length.min(8) })
}

fn length_of(bit: u32) -> usize {
    if bit == 7 { BYTES_MAX } else { bit as usize + 2 }
}

/// More bytes are not compared.
const BYTES_MAX: usize = 12;

/// The first bytes of a term or text, NUL behind the end.
#[derive(Clone, Copy)]
struct Start {
    /// The first one lowest.
    head: u64,
    tail: u32,
}

impl Start {
    #[inline]
    fn of(text: &[u8]) -> Self {
        if let Some(bytes) = text.first_chunk() {
            return Self::of_bytes(bytes);
        }
        let mut bytes = [0; BYTES_MAX];
        bytes[..text.len()].copy_from_slice(text);
        Self::of_bytes(&bytes)
    }

    #[inline]
    fn of_bytes(bytes: &[u8; BYTES_MAX]) -> Self {
        Self {
            head: bytes.first_chunk().map_or(0, |head| u64::from_le_bytes(*head)),
            tail: bytes.last_chunk().map_or(0, |tail| u32::from_le_bytes(*tail)),
        }
    }

    /// Where the first `length` bytes stand in a table of `N` places.
    #[inline(always)]
    fn place<const N: usize>(self, length: usize) -> usize {
        // The golden ratio's digits: neighbours land far apart.
        const MIX: u64 = 0x9e37_79b9_7f4a_7c15;
        const MIX_TAIL: u64 = 0xd1b5_4a32_d192_ed03;
        let first = |word: u64, n_bytes: usize| word & !(u64::MAX << (8 * n_bytes));
        let key = match length {
            ..8 => first(self.head, length),
            8 => self.head,
            _ => self.head ^ first(self.tail.into(), length - 8).wrapping_mul(MIX_TAIL),
        };
        let place = key.wrapping_mul(MIX) >> (u64::BITS - N.ilog2());
        usize::try_from(place).unwrap_or(0) % N
    }
}
