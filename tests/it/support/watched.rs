//! A value that threads share and that others wait for.

use std::sync::{Condvar, Mutex};
use std::time::{Duration, Instant};

/// Only a failing test waits this long; a slow machine must not make one fail.
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);

#[derive(Debug, Default)]
pub(crate) struct Watched<T> {
    value: Mutex<T>,
    changed: Condvar,
}

impl<T> Watched<T> {
    pub(super) fn read<R>(&self, read: impl FnOnce(&T) -> R) -> R {
        read(&self.value.lock().unwrap())
    }

    /// Changes the value and wakes all who wait for it.
    pub(super) fn change<R>(&self, change: impl FnOnce(&mut T) -> R) -> R {
        let result = change(&mut self.value.lock().unwrap());
        self.changed.notify_all();
        result
    }

    /// Waits until `ready` finds what it looks for; none after [`DEADLINE`].
    pub(super) fn wait_for<R>(&self, ready: impl Fn(&T) -> Option<R>) -> Option<R> {
        self.wait_within(DEADLINE, ready)
    }

    fn wait_within<R>(&self, patience: Duration, ready: impl Fn(&T) -> Option<R>) -> Option<R> {
        let end = Instant::now() + patience;
        let mut value = self.value.lock().unwrap();
        loop {
            let found = ready(&value);
            let left = end.saturating_duration_since(Instant::now());
            if found.is_some() || left.is_zero() {
                return found;
            }
            value = self.changed.wait_timeout(value, left).unwrap().0;
        }
    }
}

mod tests {
    use std::thread;

    use super::*;

    /// Goal: a test goes on as soon as what it waits for has happened, however often.
    #[test]
    fn every_change_is_seen() {
        let count = Watched::<u32>::default();
        thread::scope(|scope| {
            scope.spawn(|| (0..100).for_each(|_| count.change(|n| *n += 1)));
            assert_eq!(count.wait_for(|n| (100 <= *n).then_some("all")), Some("all"));
        });
        assert_eq!(count.read(|n| *n), 100);
    }

    /// Goal: what never happens ends the test instead of hanging it.
    #[test]
    fn waiting_ends() {
        let never = Watched::<u32>::default();
        assert_eq!(never.wait_within(Duration::ZERO, |n| (*n == 1).then_some(())), None);
    }
}
