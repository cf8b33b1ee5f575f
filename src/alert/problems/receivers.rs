//! What is wrong with one receiver.

use std::ops::Range;

use ipnet::IpNet;
use toml::Spanned;

use crate::alert::address::Address;
use crate::alert::mail::Letterhead;
use crate::alert::{Format, Payload, ReceiverConfig, TargetError};
use crate::net;

/// Long enough for any name, short enough for a table.
const NAME_BYTES_MAX: usize = 64;

/// Where, what, and what to do about it.
type Problem = (Range<usize>, String, Option<String>);
type Finding = (String, Option<String>);

/// Every mistake of `receiver`; `earlier` are those above it.
pub(super) fn problems(
    receiver: &ReceiverConfig,
    earlier: &[ReceiverConfig],
    open: &[IpNet],
) -> Vec<Problem> {
    let mut found = Vec::new();
    let name = check_name(receiver, earlier);
    found.extend(name.map(|(message, hint)| (receiver.name.span(), message, hint)));
    let url = check_url(receiver, open);
    found.extend(url.map(|(span, (message, hint))| (span, message, hint)));
    found.extend(check_to(receiver));
    found.extend(check_template(receiver));
    found.extend(strangers(receiver));
    found
}

fn check_name(receiver: &ReceiverConfig, earlier: &[ReceiverConfig]) -> Option<Finding> {
    let name = receiver.name.get_ref();
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if name.is_empty() || NAME_BYTES_MAX < name.len() || !name.bytes().all(is_plain) {
        let hint = format!("use 1 to {NAME_BYTES_MAX} of a-z, A-Z, 0-9, \"-\", \"_\" and \".\"");
        return Some((format!("receiver name {name:?} is not usable"), Some(hint)));
    }
    let is_taken = earlier.iter().any(|other| other.name.get_ref() == name);
    is_taken.then(|| {
        let hint = "give each receiver a name of its own".to_owned();
        (format!("receiver {name:?} stands here a second time"), Some(hint))
    })
}

/// Wrong addresses in files are found when the files are read.
fn check_url(receiver: &ReceiverConfig, open: &[IpNet]) -> Option<(Range<usize>, Finding)> {
    let name = receiver.name.get_ref();
    let (span, error) = match (&receiver.url, &receiver.url_file) {
        (Some(url), Some(_)) => {
            let message = format!("receiver {name:?} has both url and url_file");
            return Some((url.span(), (message, Some("keep one of them".to_owned()))));
        }
        (None, None) => {
            let hint = "set url, or url_file for an address that is a secret".to_owned();
            let message = format!("receiver {name:?} has no address");
            return Some((receiver.name.span(), (message, Some(hint))));
        }
        (None, Some(_)) => return None,
        (Some(url), None) => (url.span(), Address::read(receiver, url.get_ref(), open).err()?),
    };
    Some((span, (format!("url of receiver {name:?} {}", error.what), Some(error.hint))))
}

/// Whom the format needs to be told.
fn check_to(receiver: &ReceiverConfig) -> Option<Problem> {
    let name = receiver.name.get_ref();
    let to = receiver.to.as_ref().map(|to| to.get_ref().0.as_slice()).unwrap_or_default();
    let span = receiver.to.as_ref().map_or(receiver.name.span(), Spanned::span);
    let problem = |message: &str, hint: &str| {
        let message = format!("receiver {name:?} {message}");
        Some((span.clone(), message, Some(hint.to_owned())))
    };
    match (receiver.format, to) {
        (Format::Telegram, [] | [_, _, ..]) => {
            problem("needs one chat", "set to = -1001234567890, or to = \"@channel\"")
        }
        (Format::Ntfy, [] | [_, _, ..]) => {
            problem("needs one topic", "set to = \"name-of-the-topic\"")
        }
        (Format::Ntfy, [topic]) if !is_topic(topic) => {
            problem("has no topic that ntfy takes", "use 1 to 64 of a-z, A-Z, 0-9, \"-\" and \"_\"")
        }
        (Format::Email, _) => check_mail(receiver, to),
        _ => None,
    }
}

fn is_topic(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    (1..=64).contains(&text.len()) && text.bytes().all(is_plain)
}

fn check_mail(receiver: &ReceiverConfig, to: &[String]) -> Option<Problem> {
    let from = receiver.from.as_ref();
    let error = Letterhead::read(from.map(|it| it.get_ref().as_str()), to).err()?;
    let TargetError::Key { key, reason } = error else { return None };
    let span = match key {
        "from" => from.map(Spanned::span),
        _ => receiver.to.as_ref().map(Spanned::span),
    };
    let message = format!("{key} of receiver {:?}: {reason}", receiver.name.get_ref());
    let hint = "write it like \"anna@example.org\" or \"Anna <anna@example.org>\"".to_owned();
    Some((span.unwrap_or(receiver.name.span()), message, Some(hint)))
}

fn check_template(receiver: &ReceiverConfig) -> Option<Problem> {
    let name = receiver.name.get_ref();
    if receiver.format == Format::Template && receiver.template_file.is_none() {
        let hint = "set template_file, relative to this file".to_owned();
        return Some((
            receiver.name.span(),
            format!("receiver {name:?} has no template"),
            Some(hint),
        ));
    }
    let content_type = receiver.content_type.as_ref()?;
    let text = content_type.get_ref();
    let is_type = text.contains('/') && text.is_ascii() && net::is_header_value(text);
    (!is_type).then(|| {
        let hint = "write it like \"text/plain; charset=utf-8\"".to_owned();
        (content_type.span(), format!("content_type of receiver {name:?} is none"), Some(hint))
    })
}

/// Keys that say nothing in this format: whoever wrote them expects something else.
fn strangers(receiver: &ReceiverConfig) -> Vec<Problem> {
    let format = receiver.format;
    let (is_mail, is_template) = (format == Format::Email, format == Format::Template);
    let takes_to =
        matches!(format, Format::Email | Format::Telegram | Format::Ntfy | Format::Apprise);
    let name = receiver.name.span();
    let keys = [
        ("to", receiver.to.as_ref().map(Spanned::span), takes_to),
        ("from", receiver.from.as_ref().map(Spanned::span), is_mail),
        ("password_file", receiver.password_file.as_ref().map(Spanned::span), is_mail),
        ("header_file", receiver.header_file.as_ref().map(Spanned::span), !is_mail),
        ("secret_file", receiver.secret_file.as_ref().map(Spanned::span), !is_mail),
        ("template_file", receiver.template_file.as_ref().map(Spanned::span), is_template),
        ("content_type", receiver.content_type.as_ref().map(Spanned::span), is_template),
        ("payload", (receiver.payload == Payload::Thin).then_some(name), format == Format::Json),
    ];
    let strange = keys.into_iter().filter(|(_, _, is_known)| !is_known);
    let strange = strange.filter_map(|(key, span, _)| {
        let name = receiver.name.get_ref();
        let message = format!("{key} of receiver {name:?} says nothing to its format");
        Some((span?, message, Some(format!("take {key} out, or choose another format"))))
    });
    strange.collect()
}
