//! Signing secrets as Standard Webhooks writes them: `whsec_` and base64.
//!
//! Invariant: no error, log or `Debug` text holds a key or a part of one.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::model::Secret;

/// The fewest and the most bytes that a key may have (Standard Webhooks 1.0).
const KEY_BYTES_MIN: usize = 24;
const KEY_BYTES_MAX: usize = 64;

/// How long a new key is: as long as the hash behind the signature.
const KEY_BYTES_NEW: usize = 32;

/// Keys that sign at once; more than one only while a secret is being changed.
const KEYS_MAX: usize = 4;

const PREFIX: &str = "whsec_";

/// A decoded key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigningKey(Secret<Vec<u8>>);

impl SigningKey {
    /// Reads one `whsec_…`.
    ///
    /// # Errors
    /// The text is no such secret, or its key is too short or too long.
    pub fn parse(text: &str) -> Result<Self, SecretError> {
        let encoded = text.strip_prefix(PREFIX).ok_or(SecretError::Prefix)?;
        let key = STANDARD.decode(encoded).map_err(|_| SecretError::Base64)?;
        match key.len() {
            KEY_BYTES_MIN..=KEY_BYTES_MAX => Ok(Self(Secret::new(key))),
            key_bytes => Err(SecretError::Length { key_bytes }),
        }
    }

    /// The key itself, for the signature.
    pub(super) fn reveal(&self) -> &[u8] {
        self.0.reveal()
    }
}

/// Reads the content of a secret file: one `whsec_…`, or several on lines of their own,
/// newest first, while a secret is being changed.
///
/// # Errors
/// The first line that is no secret; an empty file; more lines than four.
pub fn parse_file(content: &Secret<String>) -> Result<Vec<SigningKey>, SecretError> {
    let lines = content.reveal().lines().map(str::trim).filter(|line| !line.is_empty());
    let keys: Vec<SigningKey> = lines.map(SigningKey::parse).collect::<Result<_, _>>()?;
    match keys.len() {
        0 => Err(SecretError::Empty),
        1..=KEYS_MAX => Ok(keys),
        _ => Err(SecretError::TooMany),
    }
}

/// Makes a new secret from the system's random numbers.
///
/// # Errors
/// The system has none.
pub fn generate() -> Result<Secret<String>, SecretError> {
    let mut key = [0; KEY_BYTES_NEW];
    getrandom::fill(&mut key).map_err(SecretError::Random)?;
    Ok(Secret::new(format!("{PREFIX}{}", STANDARD.encode(key))))
}

/// Why there is no signing key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SecretError {
    /// Nothing stands in the file.
    #[error("the secret is empty")]
    Empty,

    /// More keys than a change of secret needs.
    #[error("there are more than {KEYS_MAX} secrets")]
    TooMany,

    /// It is some other kind of text.
    #[error("the secret does not start with \"{PREFIX}\"")]
    Prefix,

    /// The part behind the prefix is damaged.
    #[error("the secret is not base64 behind \"{PREFIX}\"")]
    Base64,

    /// The key is too short to be safe, or longer than receivers accept.
    #[error("the secret holds {key_bytes} bytes instead of {KEY_BYTES_MIN} to {KEY_BYTES_MAX}")]
    Length {
        /// What was decoded.
        key_bytes: usize,
    },

    /// The system gives no random numbers.
    #[error("the system gives no random numbers")]
    Random(#[source] getrandom::Error),
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: a mistyped or weak secret is refused before the first alert, in words that do
    /// not show it.
    #[test]
    fn unusable_secrets_are_refused_without_being_shown() {
        let short = format!("whsec_{}", STANDARD.encode([7; 23]));
        let long = format!("whsec_{}", STANDARD.encode([7; 65]));
        let many = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX\n".repeat(5);
        let errors = ["", "CANARY", "whsec_CANARY!", &short, &long, &many]
            .map(|text| parse_file(&Secret::new(text.to_owned())).unwrap_err().to_string());
        insta::assert_snapshot!(errors.join("\n"), @r#"
        the secret is empty
        the secret does not start with "whsec_"
        the secret is not base64 behind "whsec_"
        the secret holds 23 bytes instead of 24 to 64
        the secret holds 65 bytes instead of 24 to 64
        there are more than 4 secrets
        "#);
    }

    /// Goal: a secret can be changed without a moment in which receivers refuse us.
    #[test]
    fn file_may_hold_the_new_and_the_old_secret() {
        let content = "whsec_ZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXp7fH1+f4CBgoM=\n\
                       whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX\n";
        let keys = parse_file(&Secret::new(content.to_owned())).unwrap();
        assert_eq!(keys.iter().map(|key| key.reveal()[0]).collect::<Vec<_>>(), [100, 0]);
    }

    /// Goal: what `secrets new` prints can be used as it stands, and is never the same.
    #[test]
    fn new_secrets_are_accepted_and_differ() {
        let (first, second) = (generate().unwrap(), generate().unwrap());
        assert_ne!(first, second);
        assert_eq!(parse_file(&first).unwrap()[0].reveal().len(), KEY_BYTES_NEW);
    }

    /// Goal: a key cannot reach a log by accident.
    #[test]
    fn key_is_not_printed() {
        let key = SigningKey::parse("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX").unwrap();
        assert_eq!(format!("{key:?}"), "SigningKey([secret])");
    }
}
