//! Signing secrets as Standard Webhooks writes them: `whsec_` or `whsk_`, and base64.
//!
//! Invariant: no error, log or `Debug` text holds a key or a part of one.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::SigningKey as Ed25519Key;

use crate::model::{Secret, Timestamp};

/// The fewest and the most bytes that a shared key may have (Standard Webhooks 1.0).
const KEY_BYTES_MIN: usize = 24;
const KEY_BYTES_MAX: usize = 64;

/// How long a new key is: as long as the hash behind the signature, and as an ed25519 seed.
const KEY_BYTES_NEW: usize = 32;

/// Keys that sign at once; more than two only while both schemes' secrets are being changed.
const KEYS_MAX: usize = 4;

const SHARED_PREFIX: &str = "whsec_";
const PRIVATE_PREFIX: &str = "whsk_";
const PUBLIC_PREFIX: &str = "whpk_";

/// Between a secret and the time after which it signs no more.
const UNTIL: &str = "until";

/// A decoded key.
#[derive(Clone, Debug)]
pub enum SigningKey {
    /// `whsec_…`, scheme `v1`: the receiver has the same key.
    Shared(Secret<Vec<u8>>),
    /// `whsk_…`, scheme `v1a`: the receiver has the public half, `whpk_…`.
    Ed25519(Box<Secret<Ed25519Key>>),
}

impl SigningKey {
    /// Reads one `whsec_…` or `whsk_…`.
    ///
    /// # Errors
    /// The text is no such secret, or its key has a length that its scheme does not know.
    pub fn parse(text: &str) -> Result<Self, SecretError> {
        if let Some(encoded) = text.strip_prefix(PRIVATE_PREFIX) {
            let key = decoded(encoded, PRIVATE_PREFIX)?;
            return Ok(Self::Ed25519(Box::new(Secret::new(ed25519(&key)?))));
        }
        let encoded = text.strip_prefix(SHARED_PREFIX).ok_or(SecretError::Prefix)?;
        let key = decoded(encoded, SHARED_PREFIX)?;
        match key.len() {
            KEY_BYTES_MIN..=KEY_BYTES_MAX => Ok(Self::Shared(Secret::new(key))),
            key_bytes => Err(SecretError::Length { key_bytes }),
        }
    }

    /// The scheme of its signatures, as it stands before the comma.
    pub fn scheme(&self) -> &'static str {
        match self {
            Self::Shared(_) => "v1",
            Self::Ed25519(_) => "v1a",
        }
    }

    /// What the receiver checks signatures with and everybody may know: `whpk_…`; none for a
    /// shared key.
    pub fn public(&self) -> Option<String> {
        match self {
            Self::Shared(_) => None,
            Self::Ed25519(key) => {
                let public = STANDARD.encode(key.reveal().verifying_key().as_bytes());
                Some(format!("{PUBLIC_PREFIX}{public}"))
            }
        }
    }
}

fn decoded(encoded: &str, prefix: &'static str) -> Result<Vec<u8>, SecretError> {
    STANDARD.decode(encoded).map_err(|_| SecretError::Base64 { prefix })
}

/// A seed of 32 bytes, or seed and public key, 64 bytes.
fn ed25519(key: &[u8]) -> Result<Ed25519Key, SecretError> {
    if let Ok(seed) = <&[u8; 32]>::try_from(key) {
        return Ok(Ed25519Key::from_bytes(seed));
    }
    let pair: &[u8; 64] =
        key.try_into().map_err(|_| SecretError::SeedLength { key_bytes: key.len() })?;
    Ed25519Key::from_keypair_bytes(pair).map_err(|_| SecretError::Pair)
}

/// The content of a secret file: one secret, or several on lines of their own, newest first,
/// while a secret is being changed. Each may be followed by `until` and a time, such as
/// `until 2026-12-01T00:00:00Z`, after which it signs no more.
#[derive(Clone, Debug, Default)]
pub struct Keys(Vec<(SigningKey, Option<Timestamp>)>);

impl Keys {
    /// Reads the content of a secret file.
    ///
    /// # Errors
    /// The first line that is no secret; an empty file; more lines than four.
    pub fn read(content: &Secret<String>) -> Result<Self, SecretError> {
        let lines = content.reveal().lines().map(str::trim).filter(|line| !line.is_empty());
        let keys: Vec<_> = lines.map(key_of_line).collect::<Result<_, _>>()?;
        match keys.len() {
            0 => Err(SecretError::Empty),
            1..=KEYS_MAX => Ok(Self(keys)),
            _ => Err(SecretError::TooMany),
        }
    }

    /// Those that sign at `now`, newest first.
    pub fn at(&self, now: Timestamp) -> Vec<&SigningKey> {
        let signing = self.0.iter().filter(|(_, until)| until.is_none_or(|until| now < until));
        signing.map(|(key, _)| key).collect()
    }

    /// When the last of them ended, if none signs at `now`; none when there are no keys at all:
    /// alerts go out unsigned because that is what the configuration says.
    pub fn ended(&self, now: Timestamp) -> Option<Timestamp> {
        if self.at(now).is_empty() {
            self.0.iter().filter_map(|(_, until)| *until).max()
        } else {
            None
        }
    }
}

fn key_of_line(line: &str) -> Result<(SigningKey, Option<Timestamp>), SecretError> {
    let mut words = line.split_whitespace();
    let key = SigningKey::parse(words.next().unwrap_or_default())?;
    let until = match (words.next(), words.next(), words.next()) {
        (None, ..) => None,
        (Some(UNTIL), Some(time), None) => Some(time.parse().map_err(|_| SecretError::Until)?),
        _ => return Err(SecretError::Until),
    };
    Ok((key, until))
}

/// Whether everybody on this machine can read the file at `path`: it lets them, and so does
/// every folder on the way to it.
pub fn is_open_to_all(path: &Path) -> bool {
    const READ: u32 = 0o004;
    const PASS: u32 = 0o001;
    let lets = |path: &Path, right| fs::metadata(path).is_ok_and(|it| it.mode() & right != 0);
    let Ok(path) = fs::canonicalize(path) else { return false };
    lets(&path, READ) && path.ancestors().skip(1).all(|folder| lets(folder, PASS))
}

/// Makes a new shared secret from the system's random numbers.
///
/// # Errors
/// The system has none.
pub fn generate() -> Result<Secret<String>, SecretError> {
    generate_with(SHARED_PREFIX)
}

/// Makes a new ed25519 secret from the system's random numbers.
///
/// # Errors
/// The system has none.
pub fn generate_ed25519() -> Result<Secret<String>, SecretError> {
    generate_with(PRIVATE_PREFIX)
}

fn generate_with(prefix: &str) -> Result<Secret<String>, SecretError> {
    let mut key = [0; KEY_BYTES_NEW];
    getrandom::fill(&mut key).map_err(SecretError::Random)?;
    Ok(Secret::new(format!("{prefix}{}", STANDARD.encode(key))))
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
    #[error("the secret does not start with \"{SHARED_PREFIX}\" or \"{PRIVATE_PREFIX}\"")]
    Prefix,

    /// The part behind the prefix is damaged.
    #[error("the secret is not base64 behind \"{prefix}\"")]
    Base64 {
        /// What it starts with.
        prefix: &'static str,
    },

    /// The key is too short to be safe, or longer than receivers accept.
    #[error("the secret holds {key_bytes} bytes instead of {KEY_BYTES_MIN} to {KEY_BYTES_MAX}")]
    Length {
        /// What was decoded.
        key_bytes: usize,
    },

    /// Neither a seed nor a seed with its public key.
    #[error("the secret behind \"{PRIVATE_PREFIX}\" holds {key_bytes} bytes instead of 32 or 64")]
    SeedLength {
        /// What was decoded.
        key_bytes: usize,
    },

    /// 64 bytes whose second half is not the public key of the first.
    #[error("the second half of the secret is not the public key of the first")]
    Pair,

    /// Behind a secret stands something else than an end.
    #[error(
        "behind a secret may only stand \"{UNTIL}\" and a time like 2026-12-01T00:00:00Z, after \
         which it signs no more"
    )]
    Until,

    /// All of them have ended.
    #[error("all secrets have ended, the last one at {at}: nothing can be signed")]
    Ended {
        /// When the last one ended.
        at: Timestamp,
    },

    /// The system gives no random numbers.
    #[error("the system gives no random numbers")]
    Random(#[source] getrandom::Error),
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX";

    fn read(content: &str) -> Result<Keys, SecretError> {
        Keys::read(&Secret::new(content.to_owned()))
    }

    fn first_bytes(keys: &Keys, now: &str) -> Vec<u8> {
        let shared = |key: &SigningKey| match key {
            SigningKey::Shared(key) => key.reveal()[0],
            SigningKey::Ed25519(key) => key.reveal().as_bytes()[0],
        };
        keys.at(now.parse().unwrap()).into_iter().map(shared).collect()
    }

    /// Goal: a mistyped or weak secret is refused before the first alert, in words that do
    /// not show it.
    #[test]
    fn b04_unusable_secrets_are_refused_without_being_shown() {
        let short = format!("whsec_{}", STANDARD.encode([7; 23]));
        let long = format!("whsec_{}", STANDARD.encode([7; 65]));
        let seed = format!("whsk_{}", STANDARD.encode([7; 33]));
        let pair = format!("whsk_{}", STANDARD.encode([7; 64]));
        let many = format!("{OLD}\n").repeat(5);
        let end = format!("{OLD} until CANARY");
        let words = format!("{OLD} CANARY");
        let texts = ["", "CANARY", "whsec_CANARY!", "whsk_CANARY!"];
        let more = [&short, &long, &seed, &pair, &many, &end, &words].map(String::as_str);
        let errors = texts.into_iter().chain(more).map(|text| read(text).unwrap_err().to_string());
        insta::assert_snapshot!(errors.collect::<Vec<_>>().join("\n"), @r#"
        the secret is empty
        the secret does not start with "whsec_" or "whsk_"
        the secret is not base64 behind "whsec_"
        the secret is not base64 behind "whsk_"
        the secret holds 23 bytes instead of 24 to 64
        the secret holds 65 bytes instead of 24 to 64
        the secret behind "whsk_" holds 33 bytes instead of 32 or 64
        the second half of the secret is not the public key of the first
        there are more than 4 secrets
        behind a secret may only stand "until" and a time like 2026-12-01T00:00:00Z, after which it signs no more
        behind a secret may only stand "until" and a time like 2026-12-01T00:00:00Z, after which it signs no more
        "#);
    }

    /// Goal: a secret of the shortest and of the longest length is taken.
    #[test]
    fn b04_both_ends_of_the_allowed_length_are_taken() {
        for key_bytes in [KEY_BYTES_MIN, KEY_BYTES_MAX] {
            read(&format!("whsec_{}", STANDARD.encode(vec![7; key_bytes]))).unwrap();
        }
    }

    /// Goal: a secret can be changed without a moment in which receivers refuse us.
    #[test]
    fn b06_file_may_hold_the_new_and_the_old_secret() {
        let new = "whsec_ZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXp7fH1+f4CBgoM=";
        let keys = read(&format!("{new}\n{OLD}\n")).unwrap();
        assert_eq!(first_bytes(&keys, "2026-11-24T00:00:00Z"), [100, 0]);
    }

    /// Goal: an old secret that leaked is worth nothing after its end, without anybody being
    /// there.
    #[test]
    fn b06_old_secret_ends_at_its_time() {
        let content =
            format!("whsk_{}\n\n  {OLD}  until 2026-12-01T00:00:00Z", STANDARD.encode([9; 32]));
        let keys = read(&content).unwrap();
        assert_eq!(first_bytes(&keys, "2026-11-30T23:59:59.999Z"), [9, 0]);
        assert_eq!(first_bytes(&keys, "2026-12-01T00:00:00Z"), [9]);
        assert_eq!(keys.ended("2027-12-01T00:00:00Z".parse().unwrap()), None);
        let end: Timestamp = "2026-12-01T00:00:00Z".parse().unwrap();
        let keys = read(&format!("{OLD} until {end}")).unwrap();
        assert_eq!((keys.at(end).len(), keys.ended(end)), (0, Some(end)));
        assert_eq!(Keys::default().ended(end), None);
    }

    /// Goal: what `secrets new` prints can be used as it stands, and is never the same.
    #[test]
    fn new_secrets_are_accepted_and_differ() {
        for make in [generate, generate_ed25519] {
            let (first, second) = (make().unwrap(), make().unwrap());
            assert_ne!(first, second);
            Keys::read(&first).unwrap();
        }
        let key = SigningKey::parse(generate_ed25519().unwrap().reveal()).unwrap();
        assert!(key.public().unwrap().starts_with("whpk_"));
    }

    /// Goal: a pair as other programs write it is the same key as its seed.
    #[test]
    fn b05_seed_and_pair_are_the_same_key() {
        let seed: Vec<u8> = (0..32).collect();
        let alone = SigningKey::parse(&format!("whsk_{}", STANDARD.encode(&seed))).unwrap();
        let public = alone.public().unwrap();
        assert_eq!(public, "whpk_A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=");
        let public = STANDARD.decode(public.strip_prefix("whpk_").unwrap()).unwrap();
        let pair = STANDARD.encode([seed, public].concat());
        let pair = SigningKey::parse(&format!("whsk_{pair}")).unwrap();
        assert_eq!(pair.public(), alone.public());
    }

    /// Goal: a key cannot reach a log by accident.
    #[test]
    fn key_is_not_printed() {
        let keys = read(&format!("{OLD}\nwhsk_{}", STANDARD.encode([9; 32]))).unwrap();
        let end = "until 2026-12-01T00:00:00Z";
        assert!(format!("{:?}", read(&format!("{OLD} {end}"))).contains("[secret]"));
        let shown = format!("{keys:?}");
        assert_eq!(shown, "Keys([(Shared([secret]), None), (Ed25519([secret]), None)])");
    }
}
