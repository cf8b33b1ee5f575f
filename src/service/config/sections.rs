//! `silkwire.toml` and its feed files, section by section.

use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use serde::Deserialize;
use toml::Spanned;

use crate::alert::{
    self, MuteWindowConfig, Receiver, ReceiverConfig, RouteConfig, Router, Routing,
};
use crate::collect::{self, Access, FeedConfig};
use crate::model::{Feed, FeedId, Problem, Role, Zone, line_of};
use crate::net;
use crate::service::Config;
use crate::service::config::locate::{self, TextFile};
use crate::service::config::read::File;
use crate::service::config::receivers;
use crate::store;
use crate::understand::Judge;

/// Section `[service]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServiceConfig {
    /// Where HTTP is answered; port 0 picks a free one. Default: `127.0.0.1:7455`.
    pub listen: SocketAddr,
    /// What a person on this machine may do without a token. Default: `"reviewer"`.
    pub loopback_role: Role,
    /// Whose clock shows the times of digests and mute windows that name none: an IANA name like
    /// `"Asia/Baku"`. Default: `"system"`, this machine's own; UTC where it has none.
    pub time_zone: Zone,
}

impl Default for ServiceConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 7455)),
            loopback_role: Role::Reviewer,
            time_zone: Zone::system(),
        }
    }
}

/// What `silkwire.toml` says, before secrets are read and the judge is compiled.
#[derive(Clone, Debug)]
pub struct Sections {
    /// Section `[service]`.
    pub service: ServiceConfig,
    /// Section `[net]`.
    pub net: net::Config,
    /// Section `[collect]`.
    pub collect: collect::Config,
    /// Section `[alert]`.
    pub alert: alert::Config,
    /// Section `[store]`.
    pub store: store::Config,
    /// All `[[feed]]` of all files; each address once.
    pub feeds: Vec<Feed>,
    /// Where each of them stands.
    pub places: HashMap<FeedId, Place>,
    /// Those of them that open with a password or another header.
    locked: Vec<LockedFeed>,
    receivers: Vec<ReceiverConfig>,
    routes: Vec<RouteConfig>,
    windows: Vec<MuteWindowConfig>,
}

/// A line of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file's name as the person knows it.
    pub file: Arc<str>,
    /// The line, from 1.
    pub line: usize,
}

/// A feed whose secrets are not read yet, and the file to which their paths are relative.
#[derive(Clone, Debug)]
struct LockedFeed {
    id: FeedId,
    config: FeedConfig,
    file: Arc<TextFile>,
}

const KEYS: &[&str] = &[
    "feeds_files",
    "service",
    "net",
    "collect",
    "alert",
    "store",
    "feed",
    "receiver",
    "route",
    "mute_window",
];

impl Sections {
    /// Reads `main` and the feed files it names; also says everything that is wrong.
    pub(super) fn read(main: &TextFile) -> (Self, Vec<Problem>) {
        let mut file = File::parse(&main.name, &main.text);
        let more_files: Vec<Spanned<PathBuf>> = file.section("feeds_files");
        let mut sections = Self {
            service: file.section("service"),
            net: file.section("net"),
            collect: file.section("collect"),
            alert: file.section("alert"),
            store: file.section("store"),
            feeds: Vec::new(),
            places: HashMap::new(),
            locked: Vec::new(),
            receivers: file.list("receiver"),
            routes: file.list("route"),
            windows: file.list("mute_window"),
        };
        sections.take_feeds(&mut file, main);
        sections.note_alert_problems(&mut file);
        sections.net.ca_file = sections.net.ca_file.map(|path| main.beside(&path));
        let mut problems = sections.net.problems();
        if !problems.is_empty() {
            // Said once is enough: receivers would say it again.
            sections.net.ca_file = None;
        }
        for path in &more_files {
            match TextFile::read(&main.beside(path.get_ref())) {
                Ok(list) => problems.extend(sections.add_feeds(&list)),
                Err(problem) => file.problem(path.span(), problem.to_string(), None),
            }
        }
        if more_files.is_empty() && sections.feeds.is_empty() {
            problems.extend(sections.add_feeds(&locate::starter_feeds()));
        }
        let mut known = HashSet::new();
        sections.feeds.retain(|feed| known.insert(feed.id));
        sections.note_route_problems(&mut file);
        (sections, file.finish(KEYS).into_iter().chain(problems).collect())
    }

    fn note_alert_problems(&self, file: &mut File<'_>) {
        let open = &self.net.allow_networks;
        let found = alert::problems(&self.receivers, open).into_iter();
        let notified = alert::notified_problems(&self.alert, &self.receivers);
        for (span, message, hint) in found.chain(notified) {
            file.problem(span, message, hint);
        }
    }

    /// Once all feeds are read: conditions name them.
    fn note_route_problems(&self, file: &mut File<'_>) {
        for (span, message, hint) in alert::route_problems(&self.routing(), &self.receivers) {
            file.problem(span, message, hint);
        }
    }

    /// What routes say of the topic that cannot be.
    pub(super) fn topic_problems(&self, main: &TextFile, judge: &Judge) -> Vec<Problem> {
        let (topic, sides) = (judge.topic(), judge.sides());
        let found = alert::topic_problems(&self.routes, topic, sides, &self.feeds).into_iter();
        found.map(|(span, message, hint)| main.problem_at(&span, message, hint)).collect()
    }

    /// Knows the way of alerts, and writes none: no secret is touched.
    pub(in crate::service) fn guide(&self) -> Router {
        let names = self.receivers.iter().map(|receiver| receiver.name.get_ref().clone());
        Router::guide(names.collect(), self.routing())
    }

    /// The tables `[[receiver]]`.
    pub(in crate::service) fn receiver_configs(&self) -> &[ReceiverConfig] {
        &self.receivers
    }

    /// The way of alerts to these receivers.
    pub(super) fn router(&self, receivers: &[Receiver]) -> Router {
        let targets = receivers.iter().map(|it| it.target().clone()).collect();
        Router::new(targets, self.routing())
    }

    fn routing(&self) -> Routing<'_> {
        Routing {
            routes: &self.routes,
            windows: &self.windows,
            feeds: &self.feeds,
            zone: &self.service.time_zone,
        }
    }

    fn add_feeds(&mut self, list: &TextFile) -> Vec<Problem> {
        let mut file = File::parse(&list.name, &list.text);
        self.take_feeds(&mut file, list);
        file.finish(&["feed"])
    }

    /// The `[[feed]]` tables of a file.
    fn take_feeds(&mut self, file: &mut File<'_>, text: &TextFile) {
        let shared = Arc::new(text.clone());
        let name: Arc<str> = text.name.as_str().into();
        for config in file.list::<FeedConfig>("feed") {
            match config.feed() {
                Ok(feed) => {
                    let line = line_of(&text.text, config.url.span().start);
                    let place = Place { file: Arc::clone(&name), line };
                    self.places.entry(feed.id).or_insert(place);
                    if config.is_locked() {
                        let (id, file) = (feed.id, Arc::clone(&shared));
                        self.locked.push(LockedFeed { id, config, file });
                    }
                    self.feeds.push(feed);
                }
                Err(message) => file.problem(config.url.span(), message, None),
            }
        }
    }

    /// Reads what opens some feeds; also says what could not be read.
    pub(super) fn access(&self) -> (HashMap<FeedId, Access>, Vec<Problem>) {
        let mut access = HashMap::new();
        let mut problems = Vec::new();
        for locked in &self.locked {
            match locked.access() {
                Ok(opened) => drop(access.insert(locked.id, opened)),
                Err(problem) => problems.push(problem),
            }
        }
        (access, problems)
    }

    /// Reads the secrets and builds the receivers; also says which could not be built.
    pub(super) fn receivers(&self, main: &TextFile) -> (Vec<Receiver>, Vec<Problem>) {
        let mut receivers = Vec::new();
        let mut problems = Vec::new();
        for config in &self.receivers {
            match receivers::build(config, main, &self.net, &self.alert) {
                Ok(receiver) => receivers.push(receiver),
                Err(problem) => problems.push(problem),
            }
        }
        (receivers, problems)
    }

    /// Joins what was read with what was built from it.
    pub(super) fn complete(
        self,
        access: HashMap<FeedId, Access>,
        receivers: Vec<Receiver>,
        judge: Judge,
    ) -> Config {
        Config {
            router: self.router(&receivers),
            service: self.service,
            net: self.net,
            collect: self.collect,
            alert: self.alert,
            store: self.store,
            feeds: self.feeds,
            places: self.places,
            access,
            receivers,
            judge,
        }
    }
}

impl LockedFeed {
    fn access(&self) -> Result<Access, Problem> {
        let read = |path: &Option<Spanned<PathBuf>>, hint| match path {
            Some(path) => self.file.secret(path, hint).map(Some),
            None => Ok(None),
        };
        let password =
            read(&self.config.password_file, "write the password into it, and nothing else")?;
        let headers = read(&self.config.header_file, "write one \"Name: value\" a line into it")?;
        let access = Access::new(
            self.config.user_agent.clone(),
            self.config.user.as_deref(),
            password.as_ref().map(|it| it.content.reveal().trim_end_matches(['\r', '\n'])),
            headers.as_ref().map(|it| it.content.reveal().as_str()),
        );
        access.map_err(|words| {
            let words = format!("feed {}: {words}", self.config.url.get_ref());
            self.file.problem_at(&self.config.url.span(), words, None)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::config::embedded;

    fn read(text: &str) -> (Sections, Vec<Problem>) {
        let name = "silkwire.toml".to_owned();
        Sections::read(&TextFile { name, text: text.to_owned(), folder: None })
    }

    /// Goal: the shipped file tells the truth about every default.
    #[test]
    fn shipped_file_says_what_the_code_does() {
        let (shipped, problems) = read(embedded::MAIN.1);
        assert_eq!(problems, []);
        assert_eq!(shipped.service, ServiceConfig::default());
        assert_eq!(shipped.net, net::Config::default());
        assert_eq!(shipped.collect, collect::Config::default());
        assert_eq!(shipped.alert, alert::Config::default());
        assert_eq!(shipped.store, store::Config::default());
    }

    /// Goal: a newcomer without any file gets something to read.
    #[test]
    fn starter_list_is_used_until_a_feed_is_named() {
        assert!(30 <= read("").0.feeds.len());
        let one = read("[[feed]]\nurl = \"https://example.org/a.xml\"").0;
        assert_eq!(one.feeds.len(), 1);
        assert_eq!(one.feeds[0].title, "example.org");
    }

    /// Goal: an address that two lists name is polled once.
    #[test]
    fn repeated_address_is_one_feed() {
        let text = "[[feed]]\nurl = \"https://example.org/a.xml\"\ntitle = \"first\"\n\
                    [[feed]]\nurl = \"https://EXAMPLE.org:443/a.xml\"";
        let (sections, problems) = read(text);
        assert_eq!(problems, []);
        assert_eq!(sections.feeds.len(), 1);
        assert_eq!(sections.feeds[0].title, "first");
    }

    /// Goal: one run of `check` names every mistake, so that nobody mends them one by one.
    #[test]
    fn all_mistakes_are_named_at_once() {
        let (_, problems) = read(
            r#"
[collect]
poll_intervall_min = "5m"
host_gap = "soon"

[net]
allow_networks = ["10.0.0.0/8", "10.0.0.0/99"]

[[feed]]
url = "not an address"
[[feed]]
title = "no address"
[[feed]]
url = "ftp://example.org/a.xml"
side = "Japan"

[[receiver]]
name = "desk"
url = "https://example.org/hook"
[[receiver]]
name = "desk"
url = "http://example.org/hook"
colour = "red"

[[route]]
receiver = "dask"

[collectt]
"#,
        );
        let lines: Vec<String> = problems.iter().map(Problem::to_string).collect();
        insta::assert_snapshot!(lines.join("\n"));
    }

    /// Goal: what the guide to routes shows can be copied.
    /// Method: each example is read as a configuration of its own, and so are the examples in the
    /// shipped file.
    #[test]
    fn examples_are_configurations() {
        const GUIDE: &str = include_str!("../../../docs/routes.md");
        let receivers = ["desk", "wire", "phone", "archive"].map(|name| {
            format!("[[receiver]]\nname = \"{name}\"\nurl = \"https://example.org/{name}\"\n")
        });
        let receivers = receivers.concat();
        let examples = GUIDE.split("```toml\n").skip(1).filter_map(|it| it.split("```").next());
        let examples: Vec<&str> = examples.collect();
        assert!(6 <= examples.len(), "{}", examples.len());
        for example in examples {
            assert_eq!(read(&format!("{receivers}{example}")).1, [], "{example}");
        }
        let (_, shipped) = embedded::MAIN.1.split_once("# Who is told (docs/routes.md)").unwrap();
        let lines = shipped.lines().skip(2).filter_map(|line| line.strip_prefix("# "));
        let tables: Vec<&str> = lines.filter(|line| line.contains(['=', '['])).collect();
        let feed = "[[feed]]\nurl = \"https://example.org/\"\ntitle = \"Example\"\n";
        let text = format!("{receivers}{feed}{}", tables.join("\n"));
        assert_eq!(read(&text).1, [], "{text}");
    }

    /// Goal: a file that is no TOML says where.
    #[test]
    fn broken_toml_is_named_by_line() {
        let (_, problems) = read("[service]\nlisten = \n[collect]\nhost_gap = \"2s\"\n");
        assert_eq!(problems.first().and_then(|problem| problem.line), Some(2));
    }
}
