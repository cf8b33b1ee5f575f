//! Facts about letters, looked up instead of worked out.

use std::sync::OnceLock;

/// A fact about each letter below 65,536. A page of 256 letters is filled when the first text
/// brings one of them, so that nobody pays for scripts that are not read.
pub(super) struct Pages<T: 'static> {
    filled: [OnceLock<Box<[T; 256]>>; 256],
    fact: fn(char) -> T,
    /// For codes that are no letters.
    nothing: T,
}

impl<T: Copy> Pages<T> {
    pub(super) const fn new(fact: fn(char) -> T, nothing: T) -> Self {
        Self { filled: [const { OnceLock::new() }; 256], fact, nothing }
    }

    pub(super) fn get(&self, code: u16) -> T {
        let [high, low] = code.to_be_bytes();
        self.page(high)[usize::from(low)]
    }

    /// The page of the letters whose codes start with `high`.
    pub(super) fn page(&self, high: u8) -> &[T; 256] {
        self.filled[usize::from(high)].get_or_init(|| Box::new(self.fill(high)))
    }

    /// The fact about any letter.
    pub(super) fn of(&self, letter: char) -> T {
        u16::try_from(u32::from(letter)).map_or_else(|_| (self.fact)(letter), |code| self.get(code))
    }

    #[cold]
    fn fill(&self, high: u8) -> [T; 256] {
        let mut page = [self.nothing; 256];
        for (low, fact) in (0..=u8::MAX).zip(page.iter_mut()) {
            if let Some(letter) = char::from_u32(u16::from_be_bytes([high, low]).into()) {
                *fact = (self.fact)(letter);
            }
        }
        page
    }
}
