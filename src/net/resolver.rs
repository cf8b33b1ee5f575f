//! Finds the addresses of a host and hands out only those that the guard lets pass.
//!
//! Invariant: what is dialled is what was checked; there is no second look-up in between.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::time::timeout;

use super::guard::Guard;

/// The system waits 5 s for each name server; after two we go on without it. Shorter than the
/// time to connect, so that a name service that is down is seen as such.
const LOOKUP_TIMEOUT: Duration = Duration::from_secs(8);

/// Finds the addresses of a host name.
#[async_trait]
pub(super) trait Lookup: Send + Sync {
    async fn lookup(&self, name: &str) -> io::Result<Vec<SocketAddr>>;
}

/// The system's name service, with `/etc/hosts` and whatever else it asks.
pub(super) struct SystemLookup;

#[async_trait]
impl Lookup for SystemLookup {
    async fn lookup(&self, name: &str) -> io::Result<Vec<SocketAddr>> {
        Ok(tokio::net::lookup_host((name, 0)).await?.collect())
    }
}

/// A name service behind the guard.
pub(super) struct GuardedResolver {
    guard: Arc<Guard>,
    lookup: Arc<dyn Lookup>,
    /// The way out that the operator chose: it may stand in a private network.
    proxy_host: Option<String>,
}

impl GuardedResolver {
    pub(super) fn new(
        guard: Arc<Guard>,
        lookup: Arc<dyn Lookup>,
        proxy_host: Option<String>,
    ) -> Self {
        Self { guard, lookup, proxy_host }
    }
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (guard, lookup) = (Arc::clone(&self.guard), Arc::clone(&self.lookup));
        let is_proxy = self.proxy_host.as_deref() == Some(name.as_str());
        Box::pin(async move {
            let passed = if is_proxy {
                found(&*lookup, name.as_str()).await?
            } else {
                guarded(&guard, &*lookup, name.as_str()).await?
            };
            Ok(Box::new(passed.into_iter()) as Addrs)
        })
    }
}

type LookupError = Box<dyn std::error::Error + Send + Sync>;

/// The addresses of `name` that pass.
///
/// # Errors
/// [`Refused`](super::guard::Refused) if none does, [`NoAddress`] if there is none.
pub(super) async fn guarded(
    guard: &Guard,
    lookup: &dyn Lookup,
    name: &str,
) -> Result<Vec<SocketAddr>, LookupError> {
    passing(guard, found(lookup, name).await?.into_iter())
}

async fn found(lookup: &dyn Lookup, name: &str) -> Result<Vec<SocketAddr>, NoAddress> {
    let found = timeout(LOOKUP_TIMEOUT, lookup.lookup(name)).await;
    found.unwrap_or_else(|_| Err(silent_service())).map_err(NoAddress)
}

/// The addresses that pass; the first refusal if none does.
fn passing(
    guard: &Guard,
    found: impl Iterator<Item = SocketAddr>,
) -> Result<Vec<SocketAddr>, LookupError> {
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
        (true, None) => Err(NoAddress(io::Error::other("Name has no usable address")).into()),
        (false, _) => Ok(passing),
    }
}

fn silent_service() -> io::Error {
    let words = format!("no answer from the name service within {} s", LOOKUP_TIMEOUT.as_secs());
    io::Error::new(io::ErrorKind::TimedOut, words)
}

/// The name service knows no address.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.words())]
pub(super) struct NoAddress(#[source] io::Error);

/// What glibc and musl say when they are sure; the error itself carries no code.
const UNKNOWN_NAME: [&str; 4] = [
    "Name or service not known",
    "No address associated with hostname",
    "Name does not resolve",
    "Name has no usable address",
];

impl NoAddress {
    /// Whether the name service did not answer, so that the name may be known after all.
    pub(super) fn is_temporary(&self) -> bool {
        let words = self.words();
        !UNKNOWN_NAME.iter().any(|known| words.contains(known))
    }

    fn words(&self) -> String {
        // What the standard library puts before the system's words says nothing more.
        self.0.to_string().replace("failed to lookup address information: ", "")
    }
}

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
