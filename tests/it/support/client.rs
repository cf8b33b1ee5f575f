//! One HTTP request over a plain socket: what our servers answer is checked without our client.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};

use super::DEADLINE;

#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Response {
    /// The header of that name, in lower case; none if it is missing.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let header = self.headers.iter().find(|(own, _)| own == name);
        header.map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> &str {
        str::from_utf8(&self.body).unwrap()
    }
}

/// Sends one request to an `http://` address and reads the answer until the server closes.
pub(crate) fn exchange(method: &str, url: &str, headers: &[(&str, &str)], body: &[u8]) -> Response {
    let (address, request) = written(method, url, headers, body);
    parse(&converse(address, &request))
}

/// A request as it is sent, and to whom.
fn written<'a>(
    method: &str,
    url: &'a str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> (&'a str, Vec<u8>) {
    let rest = url.strip_prefix("http://").unwrap();
    let (address, path) = rest.split_once('/').unwrap_or((rest, ""));
    let mut request = Vec::new();
    write!(request, "{method} /{path} HTTP/1.1\r\nhost: {address}\r\n").unwrap();
    for (name, value) in headers {
        write!(request, "{name}: {value}\r\n").unwrap();
    }
    write!(request, "connection: close\r\ncontent-length: {}\r\n\r\n", body.len()).unwrap();
    request.extend_from_slice(body);
    (address, request)
}

/// As [`exchange`] with a JSON body, of a server that may die at any moment; none if no whole
/// answer came.
pub(crate) fn try_exchange(
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Option<Response> {
    let mut headers = headers.to_vec();
    headers.push(("content-type", "application/json"));
    let (address, request) = written(method, url, &headers, body);
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    stream.write_all(&request).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    answer.windows(4).position(|it| it == b"\r\n\r\n")?;
    let response = parse(&answer);
    let length = response.header("content-length").map(|it| it.parse::<usize>().unwrap());
    length.is_none_or(|length| length == response.body.len()).then_some(response)
}

/// Sends these bytes and reads the answer until the server closes, whatever it does first.
pub(crate) fn send(address: SocketAddr, request: &[u8]) -> Response {
    parse(&converse(address, request))
}

/// A server that refuses a body may close before it is sent, and reset what is on its way.
fn converse(address: impl ToSocketAddrs, request: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    stream.write_all(request).ok();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok();
    answer
}

fn parse(answer: &[u8]) -> Response {
    let end = answer.windows(4).position(|it| it == b"\r\n\r\n").unwrap();
    let mut lines = str::from_utf8(&answer[..end]).unwrap().split("\r\n");
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers = lines.map(|line| line.split_once(": ").unwrap());
    Response {
        status,
        headers: headers.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect(),
        body: answer[end + 4..].to_vec(),
    }
}

mod tests {
    use super::*;

    /// Goal: a body with an empty line in it is not cut.
    #[test]
    fn head_ends_at_the_first_empty_line() {
        let response = parse(b"HTTP/1.1 200 OK\r\nETag: \"1\"\r\n\r\na\r\n\r\nb");
        assert_eq!((response.status, response.header("etag")), (200, Some("\"1\"")));
        assert_eq!(response.text(), "a\r\n\r\nb");
        assert_eq!(response.header("age"), None);
    }
}
