//! What is wrong with routes and mute windows.

use std::collections::{BTreeSet, HashSet};
use std::ops::Range;

use toml::Spanned;

use crate::alert::route::{feed_ids, host};
use crate::alert::{MuteWindowConfig, Names, ReceiverConfig, RouteConfig, Routing};
use crate::model::{Aspect, Country, Feed, Language, Side, StoryNews, closest};

/// Long enough for any name, short enough for a table.
const NAME_CHARACTERS_MAX: usize = 64;

/// Where it stands in the file, what it is, and what to do.
type Mistake = (Range<usize>, String, Option<String>);

/// Every mistake in routes and mute windows, but for what needs the topic ([`topic_problems`]).
pub fn route_problems(routing: &Routing<'_>, receivers: &[ReceiverConfig]) -> Vec<Mistake> {
    let mut check = Check {
        receivers: receivers.iter().map(|it| it.name.get_ref().as_str()).collect(),
        windows: routing.windows.iter().map(|it| it.name.get_ref().as_str()).collect(),
        feeds: routing.feeds,
        names: HashSet::new(),
        found: Vec::new(),
    };
    check.windows(routing.windows);
    check.level(routing.routes, "", false);
    check.found
}

/// What `routes` say of topics and sides that cannot be: there is one topic, between `sides`, and
/// feeds may have other homes.
pub fn topic_problems(
    routes: &[RouteConfig],
    topic: &str,
    sides: [Country; 2],
    feeds: &[Feed],
) -> Vec<Mistake> {
    let mut found = Vec::new();
    let own = sides.iter().map(|side| Side::Country(*side)).chain([Side::Third]);
    let homes = own.chain(feeds.iter().map(|feed| feed.side)).map(|side| side.to_string());
    let homes: BTreeSet<String> = homes.collect();
    for route in routes {
        found.extend(unknown(route.topics.as_ref(), "topic", &[topic]));
        let homes: Vec<&str> = homes.iter().map(String::as_str).collect();
        found.extend(unknown(route.sides.as_ref(), "side", &homes));
        found.extend(topic_problems(&route.route, topic, sides, feeds));
    }
    found
}

struct Check<'a> {
    receivers: Vec<&'a str>,
    windows: Vec<&'a str>,
    feeds: &'a [Feed],
    /// Of routes so far.
    names: HashSet<&'a str>,
    found: Vec<Mistake>,
}

impl<'a> Check<'a> {
    fn complain(&mut self, span: Range<usize>, message: String, hint: &str) {
        self.found.push((span, message, Some(hint.to_owned())));
    }

    fn windows(&mut self, windows: &[MuteWindowConfig]) {
        let mut known = HashSet::new();
        for name in windows.iter().map(|window| &window.name) {
            self.name(name, "mute window");
            if !known.insert(name.get_ref()) {
                let message = format!("mute window {:?} stands here a second time", name.get_ref());
                self.complain(name.span(), message, "give each mute window a name of its own");
            }
        }
    }

    fn name(&mut self, name: &Spanned<String>, what: &str) {
        let text = name.get_ref();
        let n_characters = text.chars().count();
        if text.trim().is_empty()
            || NAME_CHARACTERS_MAX < n_characters
            || text.contains(char::is_control)
        {
            let hint = format!("use 1 to {NAME_CHARACTERS_MAX} characters");
            self.complain(name.span(), format!("{what} name {text:?} is not usable"), &hint);
        }
    }

    /// Routes that are asked one after the other, below the one at `place`; `has_receiver`: one
    /// above them names some.
    fn level(&mut self, routes: &'a [RouteConfig], place: &str, has_receiver: bool) {
        let mut last: Option<String> = None;
        for (index, route) in routes.iter().enumerate() {
            let place = match place {
                "" => (index + 1).to_string(),
                above => format!("{above}.{}", index + 1),
            };
            let name = route.name.as_ref().map(|it| format!("route {:?}", it.get_ref()));
            let label = name.unwrap_or_else(|| format!("route {place}"));
            if let (Some(last), Some(span)) = (&last, span_of(route)) {
                let message = format!("{label} can never be reached: {last} takes everything");
                self.complain(span, message, "set continue = true in that one, or put it last");
            }
            if last.is_none() && route.has_no_conditions() && !route.continues() {
                last = Some(label.clone());
            }
            self.route(route, &label, has_receiver);
            self.level(&route.route, &place, has_receiver || route.receiver.is_some());
        }
    }

    fn route(&mut self, route: &'a RouteConfig, label: &str, has_receiver: bool) {
        if let Some(name) = &route.name {
            self.name(name, "route");
            if !self.names.insert(name.get_ref()) {
                let message = format!("{label} stands here a second time");
                self.complain(name.span(), message, "give each route a name of its own");
            }
        }
        let has_receiver = has_receiver || route.receiver.is_some();
        let leads_on = has_receiver || (!route.route.is_empty() && route.digest.is_none());
        if !leads_on {
            let span = span_of(route).unwrap_or_default();
            let message = format!("{label} leads to nobody");
            self.complain(span, message, "name a receiver = \"…\" in it");
        }
        self.conditions(route);
        let receivers = route.receiver.as_ref();
        for (span, wanted) in names(receivers).filter(|it| !self.receivers.contains(&it.1)) {
            let hint = match closest(wanted, self.receivers.iter().copied()) {
                Some(name) => format!("did you mean {name:?}?"),
                None => "add a [[receiver]] of that name".to_owned(),
            };
            let message = format!("route leads to the unknown receiver {wanted:?}");
            self.found.push((span, message, Some(hint)));
        }
        self.found.extend(unknown(route.mute_windows.as_ref(), "mute window", &self.windows));
        if let Some(digest) = route.digest.as_ref().filter(|it| it.at.get_ref().is_empty()) {
            let hint = "write it like at = [\"08:00\"]";
            self.complain(digest.at.span(), format!("the digest of {label} has no time"), hint);
        }
    }

    fn conditions(&mut self, route: &RouteConfig) {
        let lists = route.lists().into_iter().chain([("receiver", route.receiver.as_ref())]);
        for (key, names) in lists {
            if let Some(names) = names.filter(|names| names.get_ref().0.is_empty()) {
                let message = format!("`{key}` is empty: nothing is among none");
                self.complain(names.span(), message, "name something, or leave the key out");
            }
        }
        for (span, text) in names(route.languages.as_ref()) {
            let is_known = match text.len() {
                2 => Language::assigned().any(|code| code == text),
                _ => text.parse::<Language>().is_ok(),
            };
            if !is_known {
                let message = format!("unknown language {text:?}");
                let hint = "write it as in BCP 47: \"ja\" for Japanese, \"az\" for Azerbaijani";
                self.complain(span, message, hint);
            }
        }
        for (span, text) in names(route.outlets.as_ref()).filter(|(_, text)| host(text).is_none()) {
            let message = format!("{text:?} is no outlet's host");
            self.complain(span, message, "write the host of its links alone, like \"example.org\"");
        }
        let aspects: Vec<&str> = Aspect::ALL.iter().map(|aspect| aspect.as_str()).collect();
        self.found.extend(unknown(route.aspects.as_ref(), "aspect", &aspects));
        let stories = StoryNews::ALL.map(StoryNews::as_str);
        self.found.extend(unknown(route.stories.as_ref(), "state of a story", &stories));
        self.feeds(route);
    }

    fn feeds(&mut self, route: &RouteConfig) {
        for (span, text) in names(route.feeds.as_ref()) {
            if feed_ids(text, self.feeds).is_empty() {
                let titles = self.feeds.iter().map(|feed| feed.title.as_str());
                let hint = match closest(text, titles) {
                    Some(title) => format!("did you mean {title:?}?"),
                    None => "write a feed's title, address or id (`silkwire feeds list`); a feed \
                             that was added while the service runs is named by its id"
                        .to_owned(),
                };
                self.found.push((span, format!("unknown feed {text:?}"), Some(hint)));
            }
        }
    }
}

/// Names of `names` that are not among `known`.
fn unknown(names_: Option<&Spanned<Names>>, what: &str, known: &[&str]) -> Vec<Mistake> {
    let found = names(names_).filter(|(_, text)| !known.contains(text));
    let mistake = |(span, text): (Range<usize>, &str)| {
        let hint = match closest(text, known.iter().copied()) {
            Some(name) => format!("did you mean {name:?}?"),
            None if known.is_empty() => format!("there is no {what} yet"),
            None => format!("known: {}", known.join(", ")),
        };
        (span, format!("unknown {what} {text:?}"), Some(hint))
    };
    found.map(mistake).collect()
}

fn names(names: Option<&Spanned<Names>>) -> impl Iterator<Item = (Range<usize>, &str)> {
    names
        .into_iter()
        .flat_map(|names| names.get_ref().0.iter().map(|name| (names.span(), name.as_str())))
}

/// Where a route stands: its first key that knows; none for one that says nothing.
fn span_of(route: &RouteConfig) -> Option<Range<usize>> {
    let lists = route.lists().into_iter().filter_map(|(_, names)| Some(names?.span()));
    let name = route.name.as_ref().map(Spanned::span);
    let receiver = route.receiver.as_ref().map(Spanned::span);
    let continues = route.continues.as_ref().map(Spanned::span);
    let digest = route.digest.as_ref().map(|digest| digest.at.span());
    let own = [name, receiver, continues, digest].into_iter().flatten().chain(lists);
    own.min_by_key(|span| span.start).or_else(|| route.route.iter().find_map(span_of))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::model::{Zone, line_of};

    #[derive(Deserialize)]
    #[serde(default)]
    #[derive(Default)]
    struct Section {
        receiver: Vec<ReceiverConfig>,
        route: Vec<RouteConfig>,
        mute_window: Vec<MuteWindowConfig>,
    }

    fn report(text: &str) -> String {
        let Section { receiver, route, mute_window } = toml::from_str(text).unwrap();
        let feed = Feed {
            title: "Trend".to_owned(),
            ..Feed::at("https://example.org/feed.xml".parse().unwrap())
        };
        let feeds = [feed];
        let zone = Zone::system();
        let routing = Routing { routes: &route, windows: &mute_window, feeds: &feeds, zone: &zone };
        let mut found = route_problems(&routing, &receiver);
        let sides = ["JP", "AZ"].map(|code| code.parse().unwrap());
        found.extend(topic_problems(&route, "japan-azerbaijan", sides, &feeds));
        found.sort_by_key(|(span, ..)| span.start);
        let lines = found.into_iter().map(|(span, message, hint)| {
            format!("{}: {message} ({})", line_of(text, span.start), hint.unwrap_or_default())
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    const DESK: &str = "[[receiver]]\nname = \"desk\"\nurl = \"https://example.org/hook\"\n";

    /// Goal: one look shows everything there is to repair in routes.
    #[test]
    fn all_mistakes_are_reported_at_once() {
        let text = format!(
            r#"{DESK}[[mute_window]]
name = "nights"
from = "22:00"
to = "07:00"
[[mute_window]]
name = "nights"
from = "22:00"
to = "07:00"
[[route]]
receiver = ["dekc", "minister"]
topics = "japan-azerbaijn"
languages = ["Japanese"]
sides = ["JA", "Japan"]
outlets = ["https://example.org/"]
feeds = ["Trand", "https://example.com/other.xml"]
aspects = ["enery"]
stories = ["fresh"]
mute_windows = "night"
[[route]]
languages = []
[[route.route]]
digest = {{ at = [] }}
[[route]]
name = "all"
receiver = "desk"
continue = false
[[route]]
name = "all"
receiver = "desk"
"#
        );
        insta::assert_snapshot!(report(&text));
    }

    /// Goal: what people write in good faith is accepted.
    #[test]
    fn sound_trees_are_accepted() {
        let id = crate::model::FeedId::of_url("https://example.org/elsewhere.xml");
        let text = format!(
            r#"{DESK}[[route]]
receiver = "desk"
[[route]]
receiver = "desk"
[[route]]
languages = ["ja", "az"]
[[route.route]]
receiver = "desk"
feeds = ["Trend", "https://EXAMPLE.org:443/feed.xml", "{id}"]
sides = ["JP", "third"]
score_min = 0.5
stories = ["new", "updated"]
[[route.route]]
receiver = "desk"
digest = {{ at = ["08:00"], days = ["mon-fri"], time_zone = "Asia/Baku", empty = true }}
"#
        );
        assert_eq!(report(&text), "");
    }
}
