//! The signature of Standard Webhooks 1.0, scheme `v1`: HMAC-SHA256 over id, time and body.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::alert::secret::SigningKey;

/// The value of the header `webhook-signature`: one signature for each key, in their order,
/// so that a receiver with any of them verifies.
///
/// `id` must not hold a dot: it separates the signed parts.
pub fn sign(keys: &[SigningKey], id: &str, timestamp_s: i64, body: &[u8]) -> String {
    let signatures: Vec<String> =
        keys.iter().map(|key| sign_with(key, id, timestamp_s, body)).collect();
    signatures.join(" ")
}

fn sign_with(key: &SigningKey, id: &str, timestamp_s: i64, body: &[u8]) -> String {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(key.reveal()).expect("HMAC takes keys of any length");
    mac.update(format!("{id}.{timestamp_s}.").as_bytes());
    mac.update(body);
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY_1: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX";
    const KEY_2: &str = "whsec_ZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXp7fH1+f4CBgoM=";
    const BODY: &str = r#"{"type":"match.created","timestamp":"2026-11-24T00:00:00Z","data":{"title":"日本 – Azərbaycan"}}"#;

    fn keys(texts: &[&str]) -> Vec<SigningKey> {
        texts.iter().map(|text| SigningKey::parse(text).unwrap()).collect()
    }

    /// Goal: receivers verify us with the library they have.
    /// Method: the test vector that the Standard Webhooks libraries share.
    #[test]
    fn public_vector_is_reproduced() {
        let signature = sign(
            &keys(&["whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"]),
            "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
            1_649_367_553,
            br#"{"email":"test@example.com","username":"test_user"}"#,
        );
        assert_eq!(signature, "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=");
    }

    /// Goal: titles in any script verify.
    /// Method: vectors made with an independent implementation (Python's `hmac`).
    #[test]
    fn bytes_beyond_ascii_are_signed_as_sent() {
        let signature = |key| sign(&keys(&[key]), "msg_test1", 1_700_000_000, BODY.as_bytes());
        assert_eq!(signature(KEY_1), "v1,2/vVDjWONw0f2GM9XTHQnIUZ8Hf+b/ahvMLa2DE3v04=");
        assert_eq!(signature(KEY_2), "v1,7wZ7DBoduSFuHca8xs4l+29TttfCocAsgUckPvuSQ18=");
    }

    /// Goal: receivers with the old secret and those with the new one both verify.
    #[test]
    fn every_key_signs_in_the_given_order() {
        let both = sign(&keys(&[KEY_2, KEY_1]), "msg_test1", 1_700_000_000, BODY.as_bytes());
        insta::assert_snapshot!(both, @"v1,7wZ7DBoduSFuHca8xs4l+29TttfCocAsgUckPvuSQ18= v1,2/vVDjWONw0f2GM9XTHQnIUZ8Hf+b/ahvMLa2DE3v04=");
    }
}
