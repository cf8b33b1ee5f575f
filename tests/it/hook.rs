//! A receiver of webhooks on loopback that remembers what it got.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};

use crate::raw_server::RawServer;

/// One POST as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Post {
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Post {
    /// The value of a header that must be there; its name as we write it.
    pub(crate) fn header(&self, name: &str) -> &str {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(key, _)| *key == name).unwrap().1
    }
}

pub(crate) struct Hook {
    pub(crate) server: RawServer,
    posts: Arc<Mutex<Vec<Post>>>,
}

impl Hook {
    /// `answer` gives the whole answer to the POST with this number, counted from 1.
    pub(crate) fn start(answer: impl Fn(usize) -> String + Send + Sync + 'static) -> Self {
        Self::with_sequel(answer, |_| ())
    }

    /// As [`Self::start`]; `sequel` runs when an answer has left.
    pub(crate) fn with_sequel(
        answer: impl Fn(usize) -> String + Send + Sync + 'static,
        sequel: impl Fn(usize) + Send + Sync + 'static,
    ) -> Self {
        let posts: Arc<Mutex<Vec<Post>>> = Arc::default();
        let kept = Arc::clone(&posts);
        let server = RawServer::start(move |head, stream| {
            let post = Post { head: head.to_owned(), body: read_body(head, stream) };
            let number = {
                let mut kept = kept.lock().unwrap();
                kept.push(post);
                kept.len()
            };
            stream.write_all(answer(number).as_bytes())?;
            sequel(number);
            Ok(())
        });
        Self { server, posts }
    }

    /// A receiver that always gives the same answer.
    pub(crate) fn constant(status: &'static str, headers: &'static str) -> Self {
        Self::start(move |_| reply(status, headers))
    }

    /// What arrived so far, in order.
    pub(crate) fn posts(&self) -> Vec<Post> {
        self.posts.lock().unwrap().clone()
    }
}

/// An answer with a short body; `headers` end with a line break each.
pub(crate) fn reply(status: &str, headers: &str) -> String {
    format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: 5\r\n{headers}\r\nwords")
}

fn read_body(head: &str, stream: &mut TcpStream) -> Vec<u8> {
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.unwrap().parse().unwrap()];
    stream.read_exact(&mut body).unwrap();
    body
}
