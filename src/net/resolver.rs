//! Finds the addresses of a host and hands out only those that the guard lets pass.
//!
//! Invariant: what is dialled is what was checked; there is no second look-up in between.

use std::net::SocketAddr;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::guard::Guard;

/// The system's name service behind the guard.
pub(super) struct GuardedResolver {
    guard: Arc<Guard>,
    /// The way out that the operator chose: it may stand in a private network.
    proxy_host: Option<String>,
}

impl GuardedResolver {
    pub(super) fn new(guard: Arc<Guard>, proxy_host: Option<String>) -> Self {
        Self { guard, proxy_host }
    }
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = Arc::clone(&self.guard);
        let is_proxy = self.proxy_host.as_deref() == Some(name.as_str());
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await.map_err(NoAddress)?;
            let passed = if is_proxy { found.collect() } else { passing(&guard, found)? };
            Ok(Box::new(passed.into_iter()) as Addrs)
        })
    }
}

/// The addresses that pass; the first refusal if none does.
fn passing(
    guard: &Guard,
    found: impl Iterator<Item = SocketAddr>,
) -> Result<Vec<SocketAddr>, Box<dyn std::error::Error + Send + Sync>> {
    let mut passing = Vec::new();
    let mut refusal = None;
    for address in found {
        match guard.check(address.ip()) {
            Ok(()) => passing.push(address),
            Err(refused) => refusal = refusal.or(Some(refused)),
        }
    }
    match (passing.is_empty(), refusal) {
        (true, Some(refused)) => Err(refused.into()),
        (true, None) => Err(NoAddress(std::io::Error::other("no address for this name")).into()),
        (false, _) => Ok(passing),
    }
}

/// The name service knows no address.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct NoAddress(#[source] std::io::Error);

#[cfg(test)]
mod tests {
    use super::super::guard::Refused;
    use super::*;

    fn addresses(texts: &[&str]) -> Vec<SocketAddr> {
        texts.iter().map(|text| SocketAddr::new(text.parse().unwrap(), 0)).collect()
    }

    /// Goal: a name with one public and one private address cannot lead us inside.
    #[test]
    fn private_addresses_of_a_name_are_left_out() {
        let found = addresses(&["10.0.0.1", "1.1.1.1", "::1"]);
        let passed = passing(&Guard::default(), found.into_iter()).unwrap();
        assert_eq!(passed, addresses(&["1.1.1.1"]));
    }

    /// Goal: a name that only leads inside is refused as such, not as unknown.
    #[test]
    fn name_without_public_address_is_refused() {
        let found = addresses(&["127.0.0.1", "::1"]);
        let error = passing(&Guard::default(), found.into_iter()).unwrap_err();
        assert!(error.downcast_ref::<Refused>().is_some());
    }
}
