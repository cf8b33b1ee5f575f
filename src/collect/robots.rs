//! What a site's robots.txt allows us (RFC 9309).
//!
//! Invariant: reading takes time linear in the file and no file is an error: what is no rule is
//! skipped, and so is everything behind the longest part that we read.

use std::time::Duration;

use url::Url;

use super::pattern::{Pattern, Target};

/// The name that groups of rules call us by.
pub const PRODUCT_TOKEN: &str = "silkwire";

/// How much of a file is read. RFC 9309, 2.5 wants 500 KiB at least.
pub const BYTES_MAX: usize = 512 * 1024;

/// Sites name a handful of sitemaps.
const SITEMAPS_MAX: usize = 500;

/// Longer addresses are attacks or mistakes.
const ADDRESS_BYTES_MAX: usize = 8_000;

/// Who wants a longer pause means us to go away; that is what rules are for.
const CRAWL_DELAY_MAX: f64 = 60.0;

/// What the file of one site says to us.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Robots {
    /// The most specific first; of two alike, the one that allows.
    rules: Vec<Rule>,
    crawl_delay: Option<Duration>,
    sitemaps: Vec<Url>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Rule {
    pattern: Pattern,
    is_allowed: bool,
}

impl Robots {
    /// Reads a file; an empty one, or a web page in its place, forbids nothing.
    pub fn parse(bytes: &[u8]) -> Self {
        let mut reading = Reading::default();
        for line in lines(bytes) {
            reading.line(line);
        }
        let Reading { ours, everybody, is_named, sitemaps, .. } = reading;
        let Group { mut rules, crawl_delay, .. } = if is_named { ours } else { everybody };
        rules.sort_by_key(|rule| (std::cmp::Reverse(rule.pattern.n_octets()), !rule.is_allowed));
        rules.shrink_to_fit();
        Self { rules, crawl_delay, sitemaps }
    }

    /// Whether `url`, an address of this site, may be fetched.
    pub fn allows(&self, url: &Url) -> bool {
        self.forbidding_rule(url).is_none()
    }

    /// The rule that forbids `url`, as in the file: `Disallow: /private/`.
    pub fn forbidding_rule(&self, url: &Url) -> Option<String> {
        // Nobody can forbid us to ask what is forbidden.
        if url.path() == "/robots.txt" {
            return None;
        }
        let target = Target::of(url);
        let rule = self.rules.iter().find(|rule| rule.pattern.matches(&target))?;
        (!rule.is_allowed).then(|| format!("Disallow: {}", rule.pattern))
    }

    /// The pause between two requests that the site asks for, at most a minute.
    pub fn crawl_delay(&self) -> Option<Duration> {
        self.crawl_delay
    }

    /// The sitemaps that the file names, for whomever, in its order.
    pub fn sitemaps(&self) -> &[Url] {
        &self.sitemaps
    }

    /// About how much memory it takes.
    pub(super) fn n_bytes(&self) -> usize {
        let rules = self.rules.iter().map(|rule| size_of::<Rule>() + rule.pattern.n_octets());
        let sitemaps = self.sitemaps.iter().map(|url| size_of::<Url>() + url.as_str().len());
        size_of::<Self>() + rules.sum::<usize>() + sitemaps.sum::<usize>()
    }
}

/// Rules for one agent, of all groups that name it.
#[derive(Default)]
struct Group {
    rules: Vec<Rule>,
    crawl_delay: Option<Duration>,
    /// The group at hand is for this agent.
    is_open: bool,
}

/// A file while it is read.
#[derive(Default)]
struct Reading {
    ours: Group,
    everybody: Group,
    /// Some group names us: those for everybody do not count.
    is_named: bool,
    /// The group at hand has rules already: the next agent opens another.
    has_rules: bool,
    sitemaps: Vec<Url>,
}

impl Reading {
    fn line(&mut self, line: &[u8]) {
        let line = line.split(|byte| *byte == b'#').next().unwrap_or_default();
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { return };
        let (key, value) = (line[..colon].trim_ascii(), line[colon + 1..].trim_ascii());
        match key.to_ascii_lowercase().as_slice() {
            b"user-agent" | b"useragent" | b"user agent" => self.agent(value),
            b"allow" => self.rule(value, true),
            // As publishers misspell it; they mean what they mean.
            b"disallow" | b"dissallow" | b"dissalow" | b"disalow" | b"diasllow" | b"disallaw" => {
                self.rule(value, false);
            }
            // Neither ends a group (RFC 9309, 2.2.4).
            b"crawl-delay" => self.crawl_delay(value),
            b"sitemap" => self.sitemap(value),
            _ => {}
        }
    }

    fn agent(&mut self, value: &[u8]) {
        if self.has_rules {
            self.has_rules = false;
            self.ours.is_open = false;
            self.everybody.is_open = false;
        }
        // "silkwire/1.0 (news)" means us; "silkwire-images" does not.
        let is_token = |byte: &u8| byte.is_ascii_alphabetic() || matches!(byte, b'-' | b'_');
        let length = value.iter().position(|byte| !is_token(byte)).unwrap_or(value.len());
        if value[..length].eq_ignore_ascii_case(PRODUCT_TOKEN.as_bytes()) {
            self.ours.is_open = true;
            self.is_named = true;
        }
        if matches!(value, [b'*'] | [b'*', b' ' | b'\t', ..]) {
            self.everybody.is_open = true;
        }
    }

    fn open_groups(&mut self) -> impl Iterator<Item = &mut Group> {
        [&mut self.ours, &mut self.everybody].into_iter().filter(|group| group.is_open)
    }

    /// A rule without a pattern forbids nothing.
    fn rule(&mut self, value: &[u8], is_allowed: bool) {
        self.has_rules = true;
        let Some(pattern) = Pattern::new(value) else { return };
        for group in self.open_groups() {
            group.rules.push(Rule { pattern: pattern.clone(), is_allowed });
        }
    }

    fn crawl_delay(&mut self, value: &[u8]) {
        let seconds = str::from_utf8(value).ok().and_then(|text| text.parse::<f64>().ok());
        let Some(seconds) = seconds.filter(|it| it.is_finite() && 0.0 < *it) else { return };
        let delay = Duration::from_secs_f64(seconds.min(CRAWL_DELAY_MAX));
        for group in self.open_groups() {
            group.crawl_delay.get_or_insert(delay);
        }
    }

    fn sitemap(&mut self, value: &[u8]) {
        if self.sitemaps.len() == SITEMAPS_MAX || ADDRESS_BYTES_MAX < value.len() {
            return;
        }
        let url = str::from_utf8(value).ok().and_then(|text| Url::parse(text).ok());
        let url = url.filter(|url| matches!(url.scheme(), "http" | "https"));
        self.sitemaps.extend(url.filter(|url| !self.sitemaps.contains(url)));
    }
}

/// The lines of what we read, whatever ends them.
fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let is_end = |byte: &u8| matches!(byte, b'\n' | b'\r');
    let read = match bytes.get(..BYTES_MAX) {
        // Half a line could forbid more than the whole one.
        Some(start) => {
            let end = start.iter().rposition(is_end);
            &start[..end.unwrap_or_default()]
        }
        None => bytes,
    };
    read.split(move |byte| is_end(byte))
}

#[cfg(test)]
mod tests;
