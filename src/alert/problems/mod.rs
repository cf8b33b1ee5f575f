//! What is wrong with receivers, routes and mute windows, all at once.

mod receivers;
mod routes;

use std::ops::Range;

use ipnet::IpNet;

use crate::alert::{Config, ReceiverConfig};
use crate::model::closest;

pub use routes::{route_problems, topic_problems};

/// Every mistake in receivers: where it stands in the file, what it is, and what to do.
///
/// `open` are the ranges that `net.allow_networks` opens. No message shows a receiver's address.
pub fn problems(
    receivers: &[ReceiverConfig],
    open: &[IpNet],
) -> Vec<(Range<usize>, String, Option<String>)> {
    let mut found = Vec::new();
    for (index, receiver) in receivers.iter().enumerate() {
        found.extend(receivers::problems(receiver, &receivers[..index], open));
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

    /// Goal: an operator who mistypes who is to be told of trouble hears it before the trouble.
    #[test]
    fn unknown_receiver_to_be_notified_is_a_mistake() {
        let Section { receiver, .. } = section(&receiver("https://a.example/", ""));
        let config: Config = toml::from_str("notify_on_disable = [\"desk\", \"dekc\"]").unwrap();
        let found = notified_problems(&config, &receiver);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].1, "notify_on_disable names \"dekc\", which is no receiver");
        assert_eq!(found[0].2.as_deref(), Some("did you mean \"desk\"?"));
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
        6: url of receiver "desk" cannot be read: relative URL without a base (write it like "https://example.org/hook")
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
