//! Asks sites for their files the way that everything is asked for: in turn and bounded.

use async_trait::async_trait;
use url::Url;

use super::super::FetchError;
use super::super::web::{Answer, How, Said, Web};
use super::{RobotsAnswer, RobotsSource};
use crate::net::BodyLimit;

const ACCEPT: &[u8] = b"text/plain, application/json;q=0.9, */*;q=0.1";

#[async_trait]
impl RobotsSource for Web {
    async fn file(&self, url: &Url, bytes_max: usize) -> RobotsAnswer {
        let said = |_: &Url| Said { headers: vec![("accept", ACCEPT.to_vec())], ..Said::default() };
        let how = How { body: Some(BodyLimit::Start(bytes_max)), ..How::default() };
        match self.get(url, how, said).await {
            // Rules that did not arrive may be those that forbid.
            Ok(answer) if broke_off(&answer, bytes_max) => {
                let reason = "the answer broke off".to_owned();
                RobotsAnswer::Unreachable { reason }
            }
            Ok(answer) => RobotsAnswer::Answered { status: answer.status, body: answer.body },
            Err(FetchError::TooManyRedirects { .. } | FetchError::BadRedirect) => {
                RobotsAnswer::Answered { status: 302, body: Vec::new() }
            }
            Err(error) => RobotsAnswer::Unreachable { reason: error.to_string() },
        }
    }
}

/// The end of an error's body does not matter.
fn broke_off(answer: &Answer, bytes_max: usize) -> bool {
    let is_success = (200..300).contains(&answer.status);
    is_success && answer.body_was_cut && answer.body.len() < bytes_max
}
