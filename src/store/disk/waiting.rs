//! Receiving with a time limit in a plain thread: the store needs no runtime of its own.

use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

/// What came in time.
pub(super) enum Received<T> {
    Item(T),
    /// Nothing came.
    Nothing,
    /// Nothing will come any more.
    End,
}

/// Wakes the thread that waits.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// The next item of `queue`, if one comes within `patience`; zero only looks.
pub(super) fn receive<T>(queue: &mut mpsc::Receiver<T>, patience: Duration) -> Received<T> {
    let deadline = Instant::now() + patience;
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    loop {
        match queue.poll_recv(&mut Context::from_waker(&waker)) {
            Poll::Ready(Some(item)) => return Received::Item(item),
            Poll::Ready(None) => return Received::End,
            Poll::Pending => {}
        }
        // Somebody else may have unparked us, so the time is looked at anew.
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Received::Nothing;
        }
        thread::park_timeout(left);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: the writer serves whoever asks at once, does its chores while nobody asks, and ends
    /// when nobody can ask any more.
    #[test]
    fn items_silence_and_end_are_told_apart() {
        let (sender, mut queue) = mpsc::channel(1);
        assert!(matches!(receive(&mut queue, Duration::ZERO), Received::Nothing));
        assert!(matches!(receive(&mut queue, Duration::from_millis(1)), Received::Nothing));
        let sending = thread::spawn(move || sender.blocking_send(7));
        let hour = Duration::from_hours(1);
        assert!(matches!(receive(&mut queue, hour), Received::Item(7)));
        sending.join().unwrap().unwrap();
        assert!(matches!(receive(&mut queue, hour), Received::End));
    }
}
