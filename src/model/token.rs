//! Who may do what through HTTP.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::model::Timestamp;

/// What a person or a program may do; each may what those before it may.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Read.
    Reader,
    /// Read and judge.
    Reviewer,
    /// Everything: feeds, receivers, tokens.
    Admin,
}

impl Role {
    /// The word for outside.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reader => "reader",
            Self::Reviewer => "reviewer",
            Self::Admin => "admin",
        }
    }
}

/// A token as it is kept: never the token itself, only its hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// Its name, unique; what reviews are signed with.
    pub name: String,
    /// What its bearer may do.
    pub role: Role,
    /// SHA-256 of the token, as hex digits. The token is random and long, so no salt is needed.
    pub hash: String,
    /// When it was made.
    pub created: Timestamp,
    /// When it was revoked; its name stays taken.
    pub revoked: Option<Timestamp>,
}
