//! Somebody who wants alerts: records them, verifies them, answers as told.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use standardwebhooks::Webhook;

use super::loopback::{Loopback, Reply, Request};
use super::watched::Watched;

pub(crate) struct Receiver {
    state: Arc<Watched<State>>,
    server: Loopback,
}

type Hook = Arc<dyn Fn(usize) + Send + Sync>;

#[derive(Default)]
struct State {
    /// Next first; 200 when there is none.
    replies: VecDeque<Reply>,
    hook: Option<Hook>,
    requests: Vec<Request>,
}

impl Receiver {
    /// A receiver that takes everything.
    pub(crate) fn start() -> Self {
        let state = Arc::new(Watched::default());
        let shared = Arc::clone(&state);
        Self { state, server: Loopback::start(move |request| answer(&shared, request)) }
    }

    /// Where alerts are posted.
    pub(crate) fn url(&self) -> String {
        format!("{}/hook", self.server.origin())
    }

    /// The next requests are answered with these, one each; those after them with 200.
    pub(crate) fn reply_in_turn<const N: usize>(&self, replies: [Reply; N]) {
        self.state.change(|state| state.replies = replies.into());
    }

    /// From now on `hook` runs for each request, counted from 1, when it has arrived whole and
    /// before it is answered.
    pub(crate) fn before_answer(&self, hook: impl Fn(usize) + Send + Sync + 'static) {
        self.state.change(|state| state.hook = Some(Arc::new(hook)));
    }

    /// All requests so far, oldest first.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.state.read(|state| state.requests.clone())
    }

    /// Waits for `n` requests in all, and returns what has come.
    #[track_caller]
    pub(crate) fn wait_for(&self, n: usize) -> Vec<Request> {
        let ready = |state: &State| (n <= state.requests.len()).then(|| state.requests.clone());
        self.state
            .wait_for(ready)
            .unwrap_or_else(|| panic!("{n} alerts wanted, there were {:#?}", self.requests()))
    }

    /// Whether all requests so far carry a signature made with `secret` (`whsec_…`).
    ///
    /// # Errors
    /// What the independent verifier says of the first one that does not.
    pub(crate) fn verify(&self, secret: &str) -> Result<(), String> {
        let verifier = Webhook::new(secret).map_err(|error| error.to_string())?;
        self.requests().iter().try_for_each(|request| {
            let verdict = verifier.verify(&request.body, &request.headers);
            verdict.map_err(|error| error.to_string())
        })
    }
}

impl fmt::Debug for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").field("requests", &self.requests()).finish_non_exhaustive()
    }
}

fn answer(state: &Watched<State>, request: Request) -> Reply {
    let (n, hook) = state.change(|state| {
        state.requests.push(request);
        (state.requests.len(), state.hook.clone())
    });
    if let Some(hook) = hook {
        hook(n);
    }
    state.change(|state| state.replies.pop_front()).unwrap_or_else(|| Reply::status(200))
}

mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use silkwire::model::{Clock, SystemClock};
    use standardwebhooks::Webhook;

    use crate::support::{Receiver, Reply, Request, exchange};

    const SECRET: &str = "whsec_c2lsa3dpcmUgdGVzdHMgc2lnbiB3aXRoIHRoaXM=";

    /// Goal: a wrong signature, or none, cannot pass for a good one.
    #[test]
    fn only_the_right_signature_verifies() {
        let body = b"{\"type\":\"webhook.test\"}";
        let seconds = SystemClock.now().unix_ms() / 1000;
        let signature = Webhook::new(SECRET).unwrap().sign("id-1", seconds, body).unwrap();
        let post = |signature: &str| {
            let receiver = Receiver::start();
            let headers = [
                ("webhook-id", "id-1"),
                ("webhook-timestamp", &seconds.to_string()),
                ("webhook-signature", signature),
            ];
            assert_eq!(exchange("POST", &receiver.url(), &headers, body).status, 200);
            receiver
        };
        let receiver = post(&signature);
        assert_eq!(receiver.verify(SECRET), Ok(()));
        let request: Request = receiver.wait_for(1).remove(0);
        assert_eq!(request.json()["type"], "webhook.test");
        let other = "whsec_YW5vdGhlciBzZWNyZXQgYWx0b2dldGhlcg==";
        assert_eq!(receiver.verify(other), Err("signature invalid".to_owned()));
        assert_eq!(post("v1,AAAA").verify(SECRET), Err("signature invalid".to_owned()));
    }

    /// Goal: a receiver can be down, gone or asleep when a test wants it.
    #[test]
    fn replies_come_in_turn_then_200() {
        let receiver = Receiver::start();
        receiver.reply_in_turn([Reply::status(503).header("retry-after", "7"), Reply::status(410)]);
        let post = || exchange("POST", &receiver.url(), &[], b"{}");
        assert_eq!(post().header("retry-after"), Some("7"));
        assert_eq!(post().status, 410);
        assert_eq!(post().status, 200);
        assert!(format!("{receiver:?}").contains("/hook"));
    }

    /// Goal: a test can kill the service after it has sent and before it learns the answer.
    #[test]
    fn hook_runs_before_the_answer() {
        let receiver = Receiver::start();
        let last = Arc::new(AtomicUsize::new(0));
        let seen = Arc::clone(&last);
        receiver.before_answer(move |n| seen.store(n, Ordering::SeqCst));
        for n in 1..=2 {
            exchange("POST", &receiver.url(), &[], b"{}");
            assert_eq!(last.load(Ordering::SeqCst), n);
        }
    }
}
