//! The way to a receiver over HTTP.

use std::time::Duration;

use crate::alert::address::Address;
use crate::alert::receiver::Reply;
use crate::alert::secret::Keys;
use crate::alert::{ReceiverConfig, signature};
use crate::model::{EventId, Timestamp};
use crate::net::{self, BodyLimit, Client, Limits, Method, NetError, Request};

/// So much of an answer is read; the rest is nobody's business.
const ANSWER_BYTES_READ_MAX: usize = 64 * 1024;

/// Posts to one address.
#[derive(Clone, Debug)]
pub(super) struct Post {
    address: Address,
    client: Client,
    limits: Limits,
}

impl Post {
    pub(super) fn new(
        address: Address,
        config: &ReceiverConfig,
        net: &net::Config,
        timeout: Duration,
    ) -> Result<Self, NetError> {
        Ok(Self {
            address,
            client: Client::new(net, &config.allow_networks)?,
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

    pub(super) fn address(&self) -> &Address {
        &self.address
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
            ("content-type", b"application/json".to_vec()),
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
        headers.extend(self.address.authorization().map(|value| ("authorization", value.to_vec())));
        let (url, body) = (self.address.url().clone(), body.to_vec());
        let request = Request { headers, body, ..Request::new(Method::Post, url, self.limits) };
        let answer = self.client.send(request).await?;
        Ok(Reply { status: Some(answer.status), headers: answer.headers, body: answer.body })
    }
}
