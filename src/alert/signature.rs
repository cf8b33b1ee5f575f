//! The signatures of Standard Webhooks 1.0 over id, time and body: `v1`, HMAC-SHA256, and `v1a`,
//! ed25519.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::Signer;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::alert::secret::SigningKey;

/// The value of the header `webhook-signature`: one signature for each key, in their order,
/// so that a receiver with any of them verifies.
///
/// `id` must not hold a dot: it separates the signed parts.
pub fn sign<'a>(
    keys: impl IntoIterator<Item = &'a SigningKey>,
    id: &str,
    timestamp_s: i64,
    body: &[u8],
) -> String {
    let content = [format!("{id}.{timestamp_s}.").as_bytes(), body].concat();
    let signatures = keys.into_iter().map(|key| sign_with(key, &content));
    signatures.collect::<Vec<_>>().join(" ")
}

fn sign_with(key: &SigningKey, content: &[u8]) -> String {
    let encoded = match key {
        SigningKey::Shared(key) => {
            let mac = Hmac::<Sha256>::new_from_slice(key.reveal());
            let mac = mac.expect("HMAC takes keys of any length");
            STANDARD.encode(mac.chain_update(content).finalize().into_bytes())
        }
        SigningKey::Ed25519(key) => STANDARD.encode(key.reveal().sign(content).to_bytes()),
    };
    format!("{},{encoded}", key.scheme())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY_1: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX";
    const KEY_2: &str = "whsec_ZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXp7fH1+f4CBgoM=";
    /// The bytes from 0 to 31.
    const KEY_3: &str = "whsk_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    const BODY: &str = r#"{"type":"match.created","timestamp":"2026-11-24T00:00:00Z","data":{"title":"日本 – Azərbaycan"}}"#;

    fn signed(keys: &[&str]) -> String {
        let keys: Vec<_> = keys.iter().map(|text| SigningKey::parse(text).unwrap()).collect();
        sign(&keys, "msg_test1", 1_700_000_000, BODY.as_bytes())
    }

    /// Goal: receivers verify us with the library they have.
    /// Method: the test vector that the Standard Webhooks libraries share.
    #[test]
    fn b02_public_vector_is_reproduced() {
        let key = SigningKey::parse("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD").unwrap();
        let signature = sign(
            [&key],
            "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
            1_649_367_553,
            br#"{"email":"test@example.com","username":"test_user"}"#,
        );
        assert_eq!(signature, "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=");
    }

    /// Goal: titles in any script verify.
    /// Method: vectors made with an independent implementation (Python's `hmac`).
    #[test]
    fn b03_bytes_beyond_ascii_are_signed_as_sent() {
        assert_eq!(signed(&[KEY_1]), "v1,2/vVDjWONw0f2GM9XTHQnIUZ8Hf+b/ahvMLa2DE3v04=");
        assert_eq!(signed(&[KEY_2]), "v1,7wZ7DBoduSFuHca8xs4l+29TttfCocAsgUckPvuSQ18=");
    }

    /// Goal: a receiver that shall not be able to forge alerts verifies with a public key.
    /// Method: a vector made with an independent implementation (Python).
    #[test]
    fn b05_ed25519_vector_is_reproduced() {
        assert_eq!(
            signed(&[KEY_3]),
            "v1a,bGEYbuASfNhxweibQokJ5L6Or0zgioIn+biAZ1HP5Pb8C6NQajsTOGCXDY9qIhuBZy1Jxp0U1hLbUqCdgFJiAw=="
        );
    }

    /// Goal: receivers with the old secret and those with the new one both verify, of either
    /// scheme.
    #[test]
    fn b06_every_key_signs_in_the_given_order() {
        let all = signed(&[KEY_2, KEY_3, KEY_1]);
        let each = [KEY_2, KEY_3, KEY_1].map(|key| signed(&[key]));
        assert_eq!(all, each.join(" "));
    }
}
