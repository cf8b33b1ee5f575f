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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::samples::section;
    use crate::model::line_of;

    fn report(text: &str) -> String {
        let receivers = section(text).receiver;
        let found = receivers.iter().flat_map(|receiver| problems(receiver, &[], &[]));
        let lines = found.map(|(span, message, hint)| {
            format!("{}: {message} ({})", line_of(text, span.start), hint.unwrap_or_default())
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    /// Goal: whoever sets up a chat, a mail or a template learns at once what is missing and where,
    /// and no address, chat or token is shown.
    #[test]
    fn what_a_format_needs_is_named_with_its_line() {
        let text = r#"
[[receiver]]
name = "telegram"
format = "telegram"
url = "https://api.telegram.org/CANARY"
[[receiver]]
name = "ntfy"
format = "ntfy"
url = "https://ntfy.example/CANARY"
to = ["a", "b"]
[[receiver]]
name = "topic"
format = "ntfy"
url = "https://ntfy.example"
to = "no topic"
[[receiver]]
name = "mail"
format = "email"
url = "https://mail.example"
from = "silkwire"
[[receiver]]
name = "mail-2"
format = "email"
url = "smtp://mail.example"
from = "a@example.org"
to = ["b@example.org", "b"]
secret_file = "x"
[[receiver]]
name = "hook"
url = "smtps://mail.example"
password_file = "x"
from = "a@example.org"
[[receiver]]
name = "none"
[[receiver]]
name = "both"
url = "https://a.example"
url_file = "x"
[[receiver]]
name = "template"
format = "template"
url = "https://a.example"
content_type = "json"
payload = "thin"
"#;
        insta::assert_snapshot!(report(text), @r#"
        5: url of receiver "telegram" holds no token of a bot (write it like "https://api.telegram.org/bot123456:ABC…")
        3: receiver "telegram" needs one chat (set to = -1001234567890, or to = "@channel")
        9: url of receiver "ntfy" names a topic (write the topic as to = "…")
        10: receiver "ntfy" needs one topic (set to = "name-of-the-topic")
        15: receiver "topic" has no topic that ntfy takes (use 1 to 64 of a-z, A-Z, 0-9, "-" and "_")
        19: url of receiver "mail" is no mail server (write it like "smtps://user@mail.example.org" or "smtp://…:587")
        17: to of receiver "mail": a mail needs a recipient (write it like "anna@example.org" or "Anna <anna@example.org>")
        26: to of receiver "mail-2": "b" is no mail address (write it like "anna@example.org" or "Anna <anna@example.org>")
        27: secret_file of receiver "mail-2" says nothing to its format (take secret_file out, or choose another format)
        30: url of receiver "hook" is a mail server (set format = "email" for this receiver)
        32: from of receiver "hook" says nothing to its format (take from out, or choose another format)
        31: password_file of receiver "hook" says nothing to its format (take password_file out, or choose another format)
        34: receiver "none" has no address (set url, or url_file for an address that is a secret)
        37: receiver "both" has both url and url_file (keep one of them)
        40: receiver "template" has no template (set template_file, relative to this file)
        40: payload of receiver "template" says nothing to its format (take payload out, or choose another format)
        "#);
    }

    /// Goal: every shipped example is accepted as it stands in the guide.
    #[test]
    fn complete_receivers_have_no_problem() {
        let text = r#"
[[receiver]]
name = "telegram"
format = "telegram"
url = "https://api.telegram.org/bot123456:ABC-def"
to = -1001234567890
[[receiver]]
name = "ntfy"
format = "ntfy"
url = "https://ntfy.example/"
to = "desk"
header_file = "x"
[[receiver]]
name = "mail"
format = "email"
url = "smtps://alerts%40example.org@mail.example.org"
password_file = "mail.password"
from = "silkwire <alerts@example.org>"
to = ["anna@example.org", "Bo <bo@example.org>"]
[[receiver]]
name = "apprise"
format = "apprise"
url = "https://apprise.example/notify/KEY"
[[receiver]]
name = "alertmanager"
format = "alertmanager"
url_file = "x"
[[receiver]]
name = "template"
format = "template"
url = "https://a.example"
template_file = "x"
content_type = "text/plain; charset=utf-8"
"#;
        assert_eq!(report(text), "");
    }
}
