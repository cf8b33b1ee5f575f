//! The way to a receiver over HTTP.

use std::time::Duration;

use url::Url;

use crate::alert::address::Address;
use crate::alert::receiver::{ReceiverError, Reply};
use crate::alert::secret::Keys;
use crate::alert::{Target, signature};
use crate::model::{EventId, Secret, Timestamp};
use crate::net::{self, BodyLimit, Client, Limits, Method, NetError, Request, SecretHeader};

/// So much of an answer is read; the rest is nobody's business.
const ANSWER_BYTES_READ_MAX: usize = 64 * 1024;

/// Headers that are ours: the request would break, or the signature would be another one's.
const OURS: [&str; 10] = [
    "accept-encoding",
    "connection",
    "content-length",
    "content-type",
    "expect",
    "host",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Posts to one address.
#[derive(Clone, Debug)]
pub(super) struct Post {
    /// Where the format's service wants it.
    url: Secret<Url>,
    content_type: String,
    authorization: Option<Secret<Vec<u8>>>,
    headers: Vec<SecretHeader>,
    client: Client,
    limits: Limits,
}

impl Post {
    /// `headers` is the content of `header_file`.
    pub(super) fn new(
        address: &Address,
        target: &Target,
        headers: Option<&Secret<String>>,
        client: Client,
        timeout: Duration,
    ) -> Result<Self, ReceiverError> {
        let is_ours = |name: &str| OURS.contains(&name) || name.starts_with("webhook-");
        let headers = headers.map(|text| net::header_lines(text.reveal(), is_ours)).transpose();
        Ok(Self {
            url: Secret::new(target.endpoint(address.url())),
            content_type: target.content_type().to_owned(),
            authorization: address.authorization().map(Secret::new),
            headers: headers.map_err(ReceiverError::Headers)?.unwrap_or_default(),
            client,
            limits: Limits {
                header_timeout: timeout,
                total_timeout: timeout,
                body: BodyLimit::Start(ANSWER_BYTES_READ_MAX),
            },
        })
    }

    /// From now on `client` carries what is posted.
    pub(super) fn carried_by(&mut self, client: Client) {
        self.client = client;
    }

    /// Posts `body` once under the id of `event`, signed with the time `now`.
    pub(super) async fn send(
        &self,
        keys: &Keys,
        event: EventId,
        body: &str,
        now: Timestamp,
    ) -> Result<Reply, NetError> {
        let id = event.webhook_id();
        let timestamp_s = now.unix_ms().div_euclid(1000);
        let body = body.as_bytes();
        let mut headers = vec![
            ("content-type", self.content_type.clone().into_bytes()),
            // The start of an answer is kept for people, so it should come as plain text.
            ("accept-encoding", b"identity".to_vec()),
            ("webhook-timestamp", timestamp_s.to_string().into_bytes()),
        ];
        let keys = keys.at(now);
        if !keys.is_empty() {
            let signature = signature::sign(keys, &id, timestamp_s, body);
            headers.push(("webhook-signature", signature.into_bytes()));
        }
        headers.push(("webhook-id", id.into_bytes()));
        let authorization = self.authorization.as_ref();
        headers.extend(authorization.map(|value| ("authorization", value.reveal().clone())));
        let url = self.url.reveal().clone();
        let (secret_headers, body) = (self.headers.clone(), body.to_vec());
        let request = Request::new(Method::Post, url, self.limits);
        let request = Request { headers, secret_headers, body, ..request };
        let answer = self.client.send(request).await?;
        Ok(Reply { status: Some(answer.status), headers: answer.headers, body: answer.body })
    }
}
