//! What is wrong with receivers, routes and mute windows, all at once.

mod routes;

use std::ops::Range;

use ipnet::IpNet;

use crate::alert::address::Address;
use crate::alert::{Config, ReceiverConfig};
use crate::model::closest;

pub use routes::{route_problems, topic_problems};

/// Long enough for any name, short enough for a table.
const NAME_BYTES_MAX: usize = 64;

/// Every mistake in receivers: where it stands in the file, what it is, and what to do.
///
/// `open` are the ranges that `net.allow_networks` opens. No message shows a receiver's address.
pub fn problems(
    receivers: &[ReceiverConfig],
    open: &[IpNet],
) -> Vec<(Range<usize>, String, Option<String>)> {
    let mut found = Vec::new();
    for (index, receiver) in receivers.iter().enumerate() {
        let name = check_name(receiver, &receivers[..index]);
        found.extend(name.map(|(message, hint)| (receiver.name.span(), message, hint)));
        let url = check_url(receiver, open);
        found.extend(url.map(|(span, (message, hint))| (span, message, hint)));
    }
    found
}

/// Names in `notify_on_disable` that no receiver has.
pub fn notified_problems(
    config: &Config,
    receivers: &[ReceiverConfig],
) -> Vec<(Range<usize>, String, Option<String>)> {
    let names = || receivers.iter().map(|receiver| receiver.name.get_ref().as_str());
    let unknown = config.notify_on_disable.iter();
    let unknown = unknown.filter(|name| names().all(|known| known != name.get_ref()));
    let unknown = unknown.map(|name| {
        let hint = closest(name.get_ref(), names()).map(|known| format!("did you mean {known:?}?"));
        let message = format!("notify_on_disable names {:?}, which is no receiver", name.get_ref());
        (name.span(), message, hint)
    });
    unknown.collect()
}

type Finding = (String, Option<String>);

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::samples::{Section, section};
    use crate::model::line_of;

    fn report(text: &str, open: &[&str]) -> String {
        let Section { receiver, .. } = section(text);
        let open: Vec<IpNet> = open.iter().map(|net| net.parse().unwrap()).collect();
        let found = problems(&receiver, &open).into_iter();
        let lines = found.map(|(span, message, hint)| {
            format!("{}: {message} ({})", line_of(text, span.start), hint.unwrap_or_default())
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    fn receiver(url: &str, more: &str) -> String {
        format!("[[receiver]]\nname = \"desk\"\nurl = \"{url}\"\n{more}\n")
    }

    /// Goal: one look shows everything there is to repair, and no address.
    #[test]
    fn all_mistakes_are_reported_at_once() {
        let text = r#"[[receiver]]
name = "desk"
url = "http://CANARY.example/hook"
[[receiver]]
name = "desk"
url = "CANARY/hook"
[[receiver]]
name = "press room"
url = "ftp://CANARY.example/"
[[receiver]]
name = "local"
url = "https://user:CANARY@127.0.0.1/CANARY"
"#;
        insta::assert_snapshot!(report(text, &[]), @r#"
        3: url of receiver "desk" is not encrypted (use https, or set allow_http = true for this receiver)
        5: receiver "desk" stands here a second time (give each receiver a name of its own)
        6: url of receiver "desk": relative URL without a base (write it like "https://example.org/hook")
        8: receiver name "press room" is not usable (use 1 to 64 of a-z, A-Z, 0-9, "-", "_" and ".")
        9: url of receiver "press room" is not https (write it like "https://example.org/hook")
        12: url of receiver "local" is a private address (open its range with allow_networks = ["…"] for this receiver)
        "#);
    }

    /// Goal: an address that browsers also read as loopback is refused before the start.
    #[test]
    fn disguised_private_addresses_are_refused() {
        for host in ["[::1]", "2130706433", "0x7f.1", "[::ffff:10.0.0.1]", "169.254.169.254"] {
            let found = report(&receiver(&format!("https://{host}/"), ""), &[]);
            assert!(found.contains("private address"), "{host}: {found}");
        }
    }

    /// Goal: a receiver in the own house works once its range is opened, here or for all.
    #[test]
    fn opened_ranges_are_accepted() {
        let url = "http://127.0.0.1:9000/hook";
        let own = "allow_http = true\nallow_networks = [\"127.0.0.0/8\"]";
        assert_eq!(report(&receiver(url, own), &[]), "");
        assert_eq!(report(&receiver(url, "allow_http = true"), &["127.0.0.0/8"]), "");
        assert_eq!(report(&receiver("https://example.org/hook", ""), &[]), "");
    }
}
