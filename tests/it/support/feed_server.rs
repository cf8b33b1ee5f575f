//! A site with feeds: what each path answers can change while the service runs.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use super::loopback::{Loopback, Reply, Request};
use super::watched::Watched;

#[derive(Debug)]
pub(crate) struct FeedServer {
    state: Arc<Watched<State>>,
    server: Loopback,
}

#[derive(Debug, Default)]
struct State {
    /// Replies of each path, next first; the last one stays.
    replies: HashMap<String, VecDeque<Reply>>,
    held: HashSet<String>,
    requests: Vec<Request>,
}

impl FeedServer {
    /// A site where every path is 404.
    pub(crate) fn start() -> Self {
        Self::start_at("127.0.0.1")
    }

    /// The same on a host of its own, like `127.0.0.7`.
    pub(crate) fn start_at(host: &str) -> Self {
        let state = Arc::new(Watched::default());
        let shared = Arc::clone(&state);
        Self { state, server: Loopback::start_at(host, move |request| answer(&shared, &request)) }
    }

    /// Like `http://127.0.0.1:4711`.
    pub(crate) fn origin(&self) -> String {
        self.server.origin()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin())
    }

    /// From now on `path` answers `reply`, or 304 to a request that carries its validators.
    pub(crate) fn serve(&self, path: &str, reply: Reply) {
        self.serve_in_turn(path, [reply]);
    }

    /// As [`Self::serve`], one reply per request; the last one is repeated.
    pub(crate) fn serve_in_turn<const N: usize>(&self, path: &str, replies: [Reply; N]) {
        self.state.change(|state| state.replies.insert(path.to_owned(), replies.into()));
    }

    /// From now on requests for `path` wait until the hold is dropped. What they are answered
    /// is decided then.
    pub(crate) fn hold(&self, path: &str) -> Hold {
        let n_before = self.state.change(|state| {
            state.held.insert(path.to_owned());
            state.n_requests(path)
        });
        Hold { state: Arc::clone(&self.state), path: path.to_owned(), n_before }
    }

    /// All requests for `path` so far, oldest first.
    pub(crate) fn requests(&self, path: &str) -> Vec<Request> {
        self.state.read(|state| state.requests(path))
    }

    /// Waits for `n` requests for `path` in all, and returns what has come.
    #[track_caller]
    pub(crate) fn wait_for(&self, path: &str, n: usize) -> Vec<Request> {
        let ready = |state: &State| (n <= state.n_requests(path)).then(|| state.requests(path));
        self.state.wait_for(ready).unwrap_or_else(|| {
            panic!("{n} requests for {path} wanted, there were {:#?}", self.requests(path))
        })
    }
}

impl Drop for FeedServer {
    fn drop(&mut self) {
        // No thread waits on after the test.
        self.state.change(|state| state.held.clear());
    }
}

impl State {
    fn requests(&self, path: &str) -> Vec<Request> {
        self.requests.iter().filter(|request| request.path == path).cloned().collect()
    }

    fn n_requests(&self, path: &str) -> usize {
        self.requests.iter().filter(|request| request.path == path).count()
    }

    fn next_reply(&mut self, path: &str) -> Reply {
        let Some(replies) = self.replies.get_mut(path) else { return Reply::status(404) };
        let next = if 1 < replies.len() { replies.pop_front() } else { replies.front().cloned() };
        next.unwrap_or_else(|| Reply::status(404))
    }
}

/// Requests for one path wait as long as this lives.
#[derive(Debug)]
pub(crate) struct Hold {
    state: Arc<Watched<State>>,
    path: String,
    n_before: usize,
}

impl Hold {
    /// Waits until a request is held.
    #[track_caller]
    pub(crate) fn wait_until_reached(&self) {
        let ready = |state: &State| (self.n_before < state.n_requests(&self.path)).then_some(());
        assert!(self.state.wait_for(ready).is_some(), "nobody asked for {}", self.path);
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.state.change(|state| state.held.remove(&self.path));
    }
}

fn answer(state: &Watched<State>, request: &Request) -> Reply {
    state.change(|state| state.requests.push(request.clone()));
    state.wait_for(|state| (!state.held.contains(&request.path)).then_some(()));
    let reply = state.change(|state| state.next_reply(&request.path));
    if is_current(request, &reply) { reply.not_modified() } else { reply }
}

/// Whether the requester has this reply already (RFC 9110, 13.2.2: the tag wins over the date).
fn is_current(request: &Request, reply: &Reply) -> bool {
    let (sent, own) = match request.header("if-none-match") {
        Some(tag) => (Some(tag), reply.value_of("etag")),
        None => (request.header("if-modified-since"), reply.value_of("last-modified")),
    };
    sent.is_some() && sent == own
}

mod tests {
    use std::thread;

    use crate::support::{FeedServer, Reply, Response, exchange};

    fn get(url: &str, headers: &[(&str, &str)]) -> Response {
        exchange("GET", url, headers, b"")
    }

    /// Goal: a test can see whether the service brings back what it was given.
    #[test]
    fn validators_that_still_hold_get_304() {
        const DATE: &str = "Tue, 24 Nov 2026 06:00:00 GMT";
        let site = FeedServer::start();
        let reply = Reply::ok("one").header("etag", "\"1\"").header("last-modified", DATE);
        site.serve("/a", reply);
        let ask = |headers: &[(&str, &str)]| get(&site.url("/a"), headers).status;
        assert_eq!(ask(&[]), 200);
        assert_eq!(ask(&[("if-none-match", "\"1\"")]), 304);
        assert_eq!(ask(&[("if-none-match", "\"0\"")]), 200);
        assert_eq!(ask(&[("if-modified-since", DATE)]), 304);
        assert_eq!(ask(&[("if-none-match", "\"0\""), ("if-modified-since", DATE)]), 200);
        let requests = site.wait_for("/a", 5);
        assert_eq!(requests[1].header("if-none-match"), Some("\"1\""));
    }

    /// Goal: a feed can fail, recover and change while the service runs.
    #[test]
    fn replies_come_in_turn_and_can_be_switched() {
        let site = FeedServer::start();
        assert_eq!(get(&site.url("/a"), &[]).status, 404);
        site.serve_in_turn("/a", [Reply::status(503).header("retry-after", "1"), Reply::ok("one")]);
        let failure = get(&site.url("/a"), &[]);
        assert_eq!((failure.status, failure.header("retry-after")), (503, Some("1")));
        assert_eq!(get(&site.url("/a"), &[]).text(), "one");
        assert_eq!(get(&site.url("/a"), &[]).text(), "one");
        site.serve("/a", Reply::ok("two"));
        assert_eq!(get(&site.url("/a"), &[]).text(), "two");
        assert_eq!(site.requests("/a").len(), 5);
        assert_eq!(site.requests("/b").len(), 0);
    }

    /// Goal: a test can act while a request is in flight, here by switching the answer.
    #[test]
    fn held_request_waits_for_its_release() {
        let site = FeedServer::start();
        site.serve("/a", Reply::ok("early"));
        let hold = site.hold("/a");
        thread::scope(|scope| {
            let answer = scope.spawn(|| get(&site.url("/a"), &[]));
            hold.wait_until_reached();
            site.serve("/a", Reply::ok("late"));
            drop(hold);
            assert_eq!(answer.join().unwrap().text(), "late");
        });
    }
}
