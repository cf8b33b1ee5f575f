//! Tells at a glance where surely no term of a side starts.

/// Bits of the filter: 10,000 beginnings fill a twenty-fifth of it, and it fits into a core's cache.
const BITS_LOG2: u32 = 18;

/// How many first bytes of a term are looked at: two letters of CJK, three of Cyrillic.
const ASCII_BYTES: usize = 4;
const OTHER_BYTES: usize = 6;

/// The beginnings of terms, as hashes. What it passes must be looked at closer.
#[derive(Debug)]
pub(super) struct Filter {
    /// For each first byte, the lengths of beginnings in use, one bit each.
    lengths: [u8; 256],
    bits: Vec<u64>,
}

impl Filter {
    pub(super) fn new() -> Self {
        Self { lengths: [0; 256], bits: vec![0; 1 << (BITS_LOG2 - 6)] }
    }

    pub(super) fn add(&mut self, term: &[u8]) {
        let Some(first) = term.first() else { return };
        let length = term.len().min(if first.is_ascii() { ASCII_BYTES } else { OTHER_BYTES });
        self.lengths[usize::from(*first)] |= 1 << length;
        let (word, bit) = place(beginning(term), length);
        self.bits[word] |= 1 << bit;
    }

    /// Whether a term may start at `start`.
    pub(super) fn passes(&self, text: &[u8], start: usize) -> bool {
        let mut lengths = self.lengths[usize::from(text[start])];
        if lengths == 0 {
            return false;
        }
        let beginning = beginning(&text[start..]);
        while lengths != 0 {
            let (word, bit) = place(beginning, lengths.trailing_zeros() as usize);
            if self.bits[word] >> bit & 1 == 1 {
                return true;
            }
            lengths &= lengths - 1;
        }
        false
    }
}

/// The first eight bytes, the first one lowest; NUL behind the end.
fn beginning(text: &[u8]) -> u64 {
    match text.first_chunk::<8>() {
        Some(bytes) => u64::from_le_bytes(*bytes),
        None => text.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)),
    }
}

/// Where the first `length` bytes have their bit.
fn place(beginning: u64, length: usize) -> (usize, u32) {
    // The golden ratio's digits: neighbours land far apart.
    const MIX: u64 = 0x9e37_79b9_7f4a_7c15;
    let key = beginning & ((1 << (8 * length)) - 1);
    let hash = key.wrapping_mul(MIX) >> (u64::BITS - BITS_LOG2);
    (usize::try_from(hash >> 6).unwrap_or(0), (hash & 63) as u32)
}
