//! Names of things, made from their content.
//!
//! Invariant: an id never comes from the clock, a counter or chance, so doing a
//! thing twice gives the same id.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::model::Timestamp;

/// A text that is no id.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("id {text:?} is not {PRINTED_LENGTH} lower-case hex digits")]
pub struct IdError {
    text: String,
}

const PRINTED_LENGTH: usize = 16;

/// The first 8 bytes of SHA-256 over the parts, each behind its length.
///
/// The length keeps `("ab", "c")` and `("a", "bc")` apart.
fn digest(kind: &str, parts: &[&[u8]]) -> u64 {
    let mut hasher = Sha256::new();
    for part in std::iter::once(&kind.as_bytes()).chain(parts) {
        hasher.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hasher.update(part);
    }
    first_8_bytes(&hasher.finalize())
}

fn first_8_bytes(digest: &[u8]) -> u64 {
    digest.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
}

fn parse(text: &str) -> Result<u64, IdError> {
    let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    let refusal = || IdError { text: text.to_owned() };
    if text.len() != PRINTED_LENGTH || !text.bytes().all(is_hex) {
        return Err(refusal());
    }
    u64::from_str_radix(text, 16).map_err(|_| refusal())
}

/// One id type for each noun, so that a story is never asked for by a match's id.
macro_rules! id_types {
    ($($(#[$docs:meta])* $name:ident;)*) => {$(
        $(#[$docs])*
        ///
        /// Printed as 16 lower-case hex digits.
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
            utoipa::ToSchema,
        )]
        #[serde(try_from = "String", into = "String")]
        #[schema(value_type = String, pattern = "^[0-9a-f]{16}$")]
        pub struct $name(u64);

        impl $name {
            /// The id as store keys hold it: big-endian, so that keys sort like names.
            pub fn to_be_bytes(self) -> [u8; 8] {
                self.0.to_be_bytes()
            }

            /// Reads what [`Self::to_be_bytes`] wrote.
            pub fn from_be_bytes(bytes: [u8; 8]) -> Self {
                Self(u64::from_be_bytes(bytes))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:016x}", self.0)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.to_string()
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                parse(text).map(Self)
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }
    )*};
}

id_types! {
    /// A feed: the address under which it was first added, kept when it moves.
    FeedId;
    /// An article: its identity among all entries of all feeds.
    ArticleId;
    /// A match: one article under one topic.
    MatchId;
    /// A story: the match that opened it.
    StoryId;
    /// Something that happened to a story, the same for all receivers.
    EventId;
    /// One event on its way to one receiver.
    DeliveryId;
    /// What a person said about being quiet.
    MuteId;
}

impl FeedId {
    /// The name of the feed first added at `url`: the first 8 bytes of the URL's SHA-256.
    ///
    /// The URL is taken as it stands, so callers bring it into its canonical form first.
    pub fn of_url(url: &str) -> Self {
        Self(first_8_bytes(&Sha256::digest(url.as_bytes())))
    }
}

impl ArticleId {
    /// The article whose identity is `identity` (see `collect::identity`).
    pub fn of_identity(identity: &[u8]) -> Self {
        Self(digest("article", &[identity]))
    }
}

impl MatchId {
    /// The match of `article` under `topic`.
    pub fn of(topic: &str, article: ArticleId) -> Self {
        Self(digest("match", &[topic.as_bytes(), &article.to_be_bytes()]))
    }
}

impl StoryId {
    /// The story that `first` opens.
    pub fn opened_by(first: MatchId) -> Self {
        Self(digest("story", &[&first.to_be_bytes()]))
    }

    /// The story that `first` opens when it is split off while `taken` has its usual name.
    pub fn split_off(first: MatchId, taken: Self) -> Self {
        Self(digest("story", &[&first.to_be_bytes(), &taken.to_be_bytes()]))
    }
}

impl EventId {
    /// The event of type `kind` at `revision` of `story`.
    pub fn of_story(topic: &str, kind: &str, story: StoryId, revision: u64) -> Self {
        let parts: [&[u8]; 4] =
            [topic.as_bytes(), kind.as_bytes(), &story.to_be_bytes(), &revision.to_be_bytes()];
        Self(digest("event", &parts))
    }

    /// The test of `receiver` at `time`.
    pub fn of_test(receiver: &str, time: Timestamp) -> Self {
        let parts: [&[u8]; 2] = [receiver.as_bytes(), &time.unix_ms().to_be_bytes()];
        Self(digest("test", &parts))
    }

    /// The digest of `topic` that `key` names, which is due at `at`.
    pub fn of_digest(topic: &str, key: &str, at: Timestamp) -> Self {
        let parts: [&[u8]; 3] = [topic.as_bytes(), key.as_bytes(), &at.unix_ms().to_be_bytes()];
        Self(digest("digest", &parts))
    }

    /// The notice to operators of type `kind` about `receiver`, of what happened at `at`.
    pub fn of_notice(kind: &str, receiver: &str, at: Timestamp) -> Self {
        let parts: [&[u8]; 3] = [kind.as_bytes(), receiver.as_bytes(), &at.unix_ms().to_be_bytes()];
        Self(digest("notice", &parts))
    }

    /// The id as the header `webhook-id` carries it.
    pub fn webhook_id(self) -> String {
        format!("evt_{self}")
    }
}

impl MuteId {
    /// The mute of `receiver`, or of all, for `story`, or for all, that ends at `until` and was
    /// made at `created`.
    pub fn of(
        receiver: Option<&str>,
        story: Option<StoryId>,
        until: Timestamp,
        created: Timestamp,
    ) -> Self {
        let story = story.map(StoryId::to_be_bytes);
        let parts: [&[u8]; 6] = [
            &[u8::from(receiver.is_some())],
            receiver.unwrap_or_default().as_bytes(),
            &[u8::from(story.is_some())],
            story.as_ref().map_or(&[], <[u8; 8]>::as_slice),
            &until.unix_ms().to_be_bytes(),
            &created.unix_ms().to_be_bytes(),
        ];
        Self(digest("mute", &parts))
    }
}

impl DeliveryId {
    /// The delivery of `event` to the receiver called `receiver`.
    pub fn of(event: EventId, receiver: &str) -> Self {
        Self(digest("delivery", &[&event.to_be_bytes(), receiver.as_bytes()]))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Goal: an id in a script or a bookmark means the same feed for ever.
    /// Method: the known answer is `printf %s URL | sha256sum | head -c 16`.
    #[test]
    fn id_of_a_url_never_changes() {
        let id = FeedId::of_url("http://127.0.0.1:8000/a.xml");
        assert_eq!(id.to_string(), "4ec8281eb118986d");
    }

    /// Goal: a receiver that remembers ids recognises a repeated alert after an upgrade.
    #[test]
    fn derived_ids_never_change() {
        let article = ArticleId::of_identity(b"https://example.org/a");
        let matched = MatchId::of("japan-azerbaijan", article);
        let story = StoryId::opened_by(matched);
        let event = EventId::of_story("japan-azerbaijan", "match.created", story, 1);
        let delivery = DeliveryId::of(event, "desk");
        insta::assert_snapshot!(
            format!("{article} {matched} {story} {} {delivery}", event.webhook_id()),
            @"8d59485df91c386b 298ca2707e08eba4 14b7da9001e317ca evt_065eafd01f4288ef 8d77730dff76fe56"
        );
    }

    /// Goal: a mistyped id is refused with its own words.
    #[test]
    fn wrong_ids_are_refused() {
        let errors = ["", "12", "0123456789ABCDEF", "+123456789abcdef", "0123456789abcdef0"]
            .map(|text| text.parse::<FeedId>().unwrap_err().to_string());
        insta::assert_snapshot!(errors.join("\n"), @r#"
        id "" is not 16 lower-case hex digits
        id "12" is not 16 lower-case hex digits
        id "0123456789ABCDEF" is not 16 lower-case hex digits
        id "+123456789abcdef" is not 16 lower-case hex digits
        id "0123456789abcdef0" is not 16 lower-case hex digits
        "#);
    }

    proptest! {
        /// Goal: what we print, people can type.
        #[test]
        fn printed_id_reads_back(number: u64) {
            let id = FeedId(number);
            prop_assert_eq!(id.to_string().parse(), Ok(id));
        }
    }
}
