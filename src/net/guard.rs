//! Which addresses we never connect to: everything that is not the public Internet.
//!
//! A feed, a redirect or a name server must not make us speak to the machine itself, its
//! neighbours or a cloud's metadata service (server-side request forgery).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// Ranges of the IANA special-purpose registry (RFC 6890 and later), with a name for people.
const REFUSED_V4: [(Ipv4Net, &str); 15] = [
    (v4(0, 0, 0, 0, 8), "this network"),
    (v4(10, 0, 0, 0, 8), "private"),
    (v4(100, 64, 0, 0, 10), "carrier-grade NAT"),
    (v4(127, 0, 0, 0, 8), "loopback"),
    (v4(169, 254, 0, 0, 16), "link-local"),
    (v4(172, 16, 0, 0, 12), "private"),
    (v4(192, 0, 0, 0, 24), "protocol assignments"),
    (v4(192, 0, 2, 0, 24), "documentation"),
    (v4(192, 88, 99, 0, 24), "6to4 relay"),
    (v4(192, 168, 0, 0, 16), "private"),
    (v4(198, 18, 0, 0, 15), "benchmarking"),
    (v4(198, 51, 100, 0, 24), "documentation"),
    (v4(203, 0, 113, 0, 24), "documentation"),
    (v4(224, 0, 0, 0, 4), "multicast"),
    (v4(240, 0, 0, 0, 4), "reserved"),
];

/// As [`REFUSED_V4`]. Tunnels (6to4, Teredo) are refused because they hide an IPv4 address.
const REFUSED_V6: [(Ipv6Net, &str); 16] = [
    (v6([0, 0], 96), "unspecified, loopback or IPv4-compatible"),
    (v6([0, 0, 0, 0, 0xffff, 0], 96), "IPv4-translated"),
    (v6([0x64, 0xff9b, 1], 48), "local NAT64"),
    (v6([0x100], 64), "discard"),
    (v6([0x100, 0, 0, 1], 64), "dummy"),
    (v6([0x2001, 0], 32), "Teredo"),
    (v6([0x2001, 2, 0], 48), "benchmarking"),
    (v6([0x2001, 0x10], 28), "hashes"),
    (v6([0x2001, 0xdb8], 32), "documentation"),
    (v6([0x2002], 16), "6to4"),
    (v6([0x3fff], 20), "documentation"),
    (v6([0x5f00], 16), "segment routing"),
    (v6([0xfc00], 7), "private"),
    (v6([0xfe80], 10), "link-local"),
    (v6([0xfec0], 10), "site-local"),
    (v6([0xff00], 8), "multicast"),
];

/// Behind it stands an IPv4 address (RFC 6052).
const NAT64: Ipv6Net = v6([0x64, 0xff9b], 96);

const fn v4(a: u8, b: u8, c: u8, d: u8, length: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), length)
}

const fn v6<const N: usize>(start: [u128; N], length: u8) -> Ipv6Net {
    let mut bits = 0;
    let mut index = 0;
    while index < N {
        bits = bits << 16 | start[index];
        index += 1;
    }
    Ipv6Net::new_assert(Ipv6Addr::from_bits(bits << (128 - 16 * N)), length)
}

/// Lets public addresses pass, and private ones whose range was opened.
#[derive(Clone, Debug, Default)]
pub struct Guard {
    open: Vec<IpNet>,
}

impl Guard {
    /// A guard with `open` ranges.
    pub fn new(open: Vec<IpNet>) -> Self {
        Self { open }
    }

    /// Whether we may connect to `address`.
    ///
    /// An IPv4 address inside an IPv6 one (mapped, NAT64) is judged as what it is.
    ///
    /// # Errors
    /// It belongs to a special range that was not opened.
    pub fn check(&self, address: IpAddr) -> Result<(), Refused> {
        let meant = meant_address(address);
        match special_range(meant) {
            Some(range) if !self.open.iter().any(|open| open.contains(&meant)) => {
                Err(Refused { address, range })
            }
            _ => Ok(()),
        }
    }
}

fn meant_address(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) if NAT64.contains(&v6) => {
            let [.., a, b, c, d] = v6.octets();
            IpAddr::V4(Ipv4Addr::new(a, b, c, d))
        }
        other => other,
    }
}

fn special_range(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(v4) => REFUSED_V4.iter().find(|(net, _)| net.contains(&v4)).map(|(_, it)| *it),
        IpAddr::V6(v6) => REFUSED_V6.iter().find(|(net, _)| net.contains(&v6)).map(|(_, it)| *it),
    }
}

/// An address we do not connect to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("address {address} is not public ({range}) and net.allow_networks does not open it")]
pub struct Refused {
    address: IpAddr,
    range: &'static str,
}

#[cfg(test)]
mod tests {
    use url::{Host, Url};

    use super::*;

    fn check(guard: &Guard, address: &str) -> bool {
        guard.check(address.parse().unwrap()).is_ok()
    }

    /// Goal: nothing that we fetch makes us speak to our own network.
    /// Method: first and last address of every range of the table, and forms that hide IPv4.
    #[test]
    fn special_ranges_are_refused() {
        let guard = Guard::default();
        let edges = REFUSED_V4.iter().map(|(net, _)| IpNet::V4(*net));
        for net in edges.chain(REFUSED_V6.iter().map(|(net, _)| IpNet::V6(*net))) {
            assert!(guard.check(net.network()).is_err(), "{net}");
            assert!(guard.check(net.broadcast()).is_err(), "{net}");
        }
        for address in [
            "127.0.0.1",
            "169.254.169.254",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:0:127.0.0.1",
            "64:ff9b::192.168.0.1",
            "64:ff9b:1::8.8.8.8",
            "2002:7f00:1::",
            "2001::1",
            "fd00::1",
            "fe80::1",
            "fec0::1",
            "5f00::1",
        ] {
            assert!(!check(&guard, address), "{address}");
        }
    }

    /// Goal: neighbours of the special ranges stay reachable.
    #[test]
    fn public_addresses_pass() {
        for address in [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2606:4700::1111",
            "2001:200::1",
            "::ffff:8.8.8.8",
            "64:ff9b::8.8.8.8",
        ] {
            assert!(check(&Guard::default(), address), "{address}");
        }
    }

    /// Goal: an operator opens the one intranet range that he means, in every spelling.
    #[test]
    fn open_ranges_pass_and_their_neighbours_do_not() {
        let guard = Guard::new(vec!["10.1.0.0/16".parse().unwrap(), "fd00::/8".parse().unwrap()]);
        assert!(check(&guard, "10.1.2.3"));
        assert!(check(&guard, "::ffff:10.1.2.3"));
        assert!(check(&guard, "64:ff9b::10.1.2.3"));
        assert!(check(&guard, "fd12::1"));
        assert!(!check(&guard, "10.2.0.1"));
        assert!(!check(&guard, "fe80::1"));
    }

    /// Goal: writing an address in an odd way is no way around the guard.
    /// Method: the spellings that browsers accept; `Url` turns them into plain addresses.
    #[test]
    fn b45_odd_spellings_of_loopback_are_seen_as_loopback() {
        for host in [
            "2130706433",
            "0x7f000001",
            "0177.0.0.1",
            "0x7f.1",
            "127.1",
            "127.0.0.1.",
            "１２７.0.0.1",
            "[::ffff:7f00:1]",
            "[0:0:0:0:0:0:0:1]",
        ] {
            let url = Url::parse(&format!("http://{host}/")).unwrap();
            let address = match url.host() {
                Some(Host::Ipv4(v4)) => IpAddr::V4(v4),
                Some(Host::Ipv6(v6)) => IpAddr::V6(v6),
                other => panic!("{host} became {other:?}"),
            };
            assert!(Guard::default().check(address).is_err(), "{host}");
        }
        assert!(Url::parse("http://[fe80::1%25eth0]/").is_err());
    }

    /// Goal: every row of the table of addresses that alerts must not reach is kept.
    /// Method: the rows as the checklist of server-side request forgery has them.
    #[test]
    fn b48_every_row_of_the_table_is_refused() {
        let rows = "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 \
                    192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 \
                    198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 255.255.255.255/32 \
                    ::/128 ::1/128 ::ffff:127.0.0.0/104 64:ff9b::a00:0/104 64:ff9b:1::/48 2002::/16 \
                    2001::/32 fc00::/7 fe80::/10 fec0::/10 ff00::/8 2001:db8::/32 3fff::/20 \
                    100::/64 5f00::/16";
        for row in rows.split(' ') {
            let row: IpNet = row.parse().unwrap();
            for address in [row.network(), row.broadcast()] {
                assert!(Guard::default().check(address).is_err(), "{address} of {row}");
            }
        }
    }

    /// Goal: an operator opens one range, and nothing beside it.
    #[test]
    fn b49_only_the_opened_range_opens() {
        let guard = Guard::new(vec!["192.168.1.0/24".parse().unwrap()]);
        for address in ["192.168.1.0", "192.168.1.255", "::ffff:192.168.1.7"] {
            assert!(check(&guard, address), "{address}");
        }
        for address in ["192.168.0.255", "192.168.2.0", "10.0.0.1", "127.0.0.1", "::1"] {
            assert!(!check(&guard, address), "{address}");
        }
    }

    /// Goal: the status page says which address was refused and what would open it.
    #[test]
    fn refusal_names_the_address_and_the_key() {
        let refused = Guard::default().check("169.254.169.254".parse().unwrap()).unwrap_err();
        insta::assert_snapshot!(refused, @"address 169.254.169.254 is not public (link-local) and net.allow_networks does not open it");
    }
}
