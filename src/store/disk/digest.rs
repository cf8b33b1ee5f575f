//! A sum over all records, which tells whether one of them is missing or older than it should be.
//!
//! One flipped bit can make sled forget a page without a word: it then serves what the page held
//! before. So the sum is kept with every group of writes and compared when the store is opened.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The number of records and indexes, and a sum over them that does not depend on their order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Digest {
    n: u64,
    sum: u64,
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} records and index entries with the sum {:016x}", self.n, self.sum)
    }
}

impl Digest {
    /// Takes in that `key` held `before` and holds `now`.
    pub(super) fn replace(&mut self, key: &[u8], before: Option<&[u8]>, now: Option<&[u8]>) {
        if let Some(value) = before {
            self.n = self.n.wrapping_sub(1);
            self.sum = self.sum.wrapping_sub(share(key, value));
        }
        if let Some(value) = now {
            self.n = self.n.wrapping_add(1);
            self.sum = self.sum.wrapping_add(share(key, value));
        }
    }
}

/// What one key adds to the sum.
fn share(key: &[u8], value: &[u8]) -> u64 {
    let key = crc32c::crc32c(key);
    mixed(u64::from(key) << 32 | u64::from(crc32c::crc32c(value)))
}

/// Spreads every bit over all others (the finalizer of splitmix64), so that two wrong records
/// do not cancel each other out.
fn mixed(mut bits: u64) -> u64 {
    bits = (bits ^ bits >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ bits >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ bits >> 31
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: a record that is missing, older, or under another key changes the sum; the order in
    /// which records were written does not.
    #[test]
    fn sum_tells_what_is_stored() {
        let of = |pairs: &[(&[u8], &[u8])]| {
            let mut digest = Digest::default();
            for (key, value) in pairs {
                digest.replace(key, None, Some(value));
            }
            digest
        };
        let whole = of(&[(b"a1", b"x"), (b"a2", b"y")]);
        assert_eq!(whole, of(&[(b"a2", b"y"), (b"a1", b"x")]));
        for other in [
            of(&[(b"a1", b"x")]),
            of(&[(b"a1", b"x"), (b"a2", b"z")]),
            of(&[(b"a1", b"y"), (b"a2", b"x")]),
        ] {
            assert_ne!(whole, other);
        }
        let mut written_over = of(&[(b"a1", b"x"), (b"a2", b"z"), (b"a3", b"")]);
        written_over.replace(b"a2", Some(b"z"), Some(b"y"));
        written_over.replace(b"a3", Some(b""), None);
        assert_eq!(whole, written_over);
    }
}
