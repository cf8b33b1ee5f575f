//! Headers that a person wrote into a file of their own, because their values are secrets.

use crate::model::Secret;

/// A header's name in lower case, and its value.
pub type SecretHeader = (String, Secret<Vec<u8>>);

/// Reads `Name: value` lines; empty ones and those that begin with `#` say nothing. `is_ours` names
/// the headers that are not for others to write.
///
/// # Errors
/// The line that cannot be used and why, without anything of its value.
pub fn header_lines(
    text: &str,
    is_ours: impl Fn(&str) -> bool,
) -> Result<Vec<SecretHeader>, String> {
    let mut headers = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if line.trim().is_empty() || line.trim_start().starts_with('#') {
            continue;
        }
        let wrong = |what: &str| format!("line {} of header_file: {what}", number + 1);
        let (name, value) = line.split_once(':').ok_or_else(|| wrong("no colon"))?;
        let name = name.trim().to_ascii_lowercase();
        if !is_name(&name) || !is_header_value(value.trim()) {
            return Err(wrong("no header that HTTP can carry"));
        }
        if is_ours(&name) {
            return Err(wrong(&format!("{name} is written by silkwire itself")));
        }
        headers.push((name, Secret::new(value.trim().as_bytes().to_vec())));
    }
    Ok(headers)
}

/// RFC 9110, 5.6.2.
fn is_name(text: &str) -> bool {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(is_token)
}

/// Whether a header can carry `text` (RFC 9110, 5.5).
pub fn is_header_value(text: &str) -> bool {
    text.bytes().all(|byte| byte == b'\t' || (b' ' <= byte && byte != 0x7f))
}
