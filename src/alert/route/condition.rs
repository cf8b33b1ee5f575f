//! What a route takes: one condition after the other, each in words if it does not hold.

use std::fmt;

use url::{Host, Url};

use crate::alert::{News, RouteConfig};
use crate::model::{Aspect, Feed, FeedId, Language, Score, Side, StoryNews};

/// What is to be routed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Question<'a> {
    pub(super) news: &'a News<'a>,
    pub(super) tells: StoryNews,
}

/// One condition of a route; any of what it lists may hold.
#[derive(Clone, Debug)]
pub(super) enum Condition {
    Topics(Vec<String>),
    Languages(Vec<Language>),
    Sides(Vec<Side>),
    Outlets(Vec<String>),
    Feeds { names: Vec<String>, ids: Vec<FeedId> },
    Aspects(Vec<Aspect>),
    ScoreMin(Score),
    Stories(Vec<StoryNews>),
}

impl Condition {
    /// The conditions of `config`; words that mean nothing hold for nothing
    /// ([`problems`](crate::alert::problems()) reports them).
    pub(super) fn all_of(config: &RouteConfig, feeds: &[Feed]) -> Vec<Self> {
        let lists = config.lists().into_iter().filter_map(|(key, names)| {
            let names = &names?.get_ref().0;
            Some(Self::of_list(key, names, feeds))
        });
        lists.chain(config.score_min.map(Self::ScoreMin)).collect()
    }

    fn of_list(key: &str, names: &[String], feeds: &[Feed]) -> Self {
        match key {
            "topics" => Self::Topics(names.to_vec()),
            "languages" => Self::Languages(names.iter().filter_map(|it| it.parse().ok()).collect()),
            "sides" => {
                Self::Sides(names.iter().filter_map(|it| it.clone().try_into().ok()).collect())
            }
            "outlets" => Self::Outlets(names.iter().filter_map(|it| host(it)).collect()),
            "feeds" => {
                let ids = names.iter().flat_map(|name| feed_ids(name, feeds)).collect();
                Self::Feeds { names: names.to_vec(), ids }
            }
            "aspects" => Self::Aspects(names.iter().filter_map(|it| it.parse().ok()).collect()),
            _ => {
                let is_named = |it: &StoryNews| names.iter().any(|name| name == it.as_str());
                Self::Stories(StoryNews::ALL.into_iter().filter(is_named).collect())
            }
        }
    }

    pub(super) fn holds(&self, question: Question<'_>) -> bool {
        let Question { news, tells } = question;
        match self {
            Self::Topics(topics) => topics.contains(&news.matched.topic),
            Self::Languages(languages) => languages.contains(&news.matched.language),
            Self::Sides(sides) => home(news).is_some_and(|home| sides.contains(&home)),
            Self::Outlets(hosts) => {
                outlet(news).is_some_and(|outlet| hosts.iter().any(|host| is_below(&outlet, host)))
            }
            Self::Feeds { names, ids } => {
                let is_named = |feed: &Feed| {
                    names.iter().any(|name| *name == feed.title || name == feed.url.as_str())
                };
                ids.contains(&news.matched.feed) || news.feed.is_some_and(is_named)
            }
            Self::Aspects(aspects) => news.matched.aspects.iter().any(|it| aspects.contains(it)),
            Self::ScoreMin(min) => *min <= news.matched.score,
            Self::Stories(stories) => stories.contains(&tells),
        }
    }

    /// Why it does not hold: `language is de, wanted ja`.
    pub(super) fn refusal(&self, question: Question<'_>) -> String {
        let Question { news, tells } = question;
        let unknown = || "unknown".to_owned();
        let (what, is, wanted) = match self {
            Self::Topics(wanted) => ("topic", news.matched.topic.clone(), listed(wanted)),
            Self::Languages(wanted) => {
                ("language", news.matched.language.to_string(), listed(wanted))
            }
            Self::Sides(wanted) => {
                ("side", home(news).map_or_else(unknown, |it| it.to_string()), listed(wanted))
            }
            Self::Outlets(wanted) => {
                ("outlet", outlet(news).unwrap_or_else(unknown), listed(wanted))
            }
            Self::Feeds { names, .. } => ("feed", feed_words(news), listed(names)),
            Self::Aspects(wanted) => {
                let aspects = listed(&news.matched.aspects);
                let is = if aspects.is_empty() { "none".to_owned() } else { aspects };
                ("aspect", is, listed(wanted))
            }
            Self::ScoreMin(min) => {
                let score = news.matched.score;
                return format!("score is {score}, wanted at least {min}");
            }
            Self::Stories(wanted) => ("story", tells.to_string(), listed(wanted)),
        };
        format!("{what} is {is}, wanted {wanted}")
    }

    /// The condition itself: `languages ja, az`.
    pub(super) fn in_words(&self) -> String {
        match self {
            Self::Topics(wanted) => format!("topics {}", listed(wanted)),
            Self::Languages(wanted) => format!("languages {}", listed(wanted)),
            Self::Sides(wanted) => format!("sides {}", listed(wanted)),
            Self::Outlets(wanted) => format!("outlets {}", listed(wanted)),
            Self::Feeds { names, .. } => format!("feeds {}", listed(names)),
            Self::Aspects(wanted) => format!("aspects {}", listed(wanted)),
            Self::ScoreMin(min) => format!("score at least {min}"),
            Self::Stories(wanted) => format!("stories {}", listed(wanted)),
        }
    }
}

/// `host` as links have it: lower case, Punycode; none if it is no host's name.
pub(in crate::alert) fn host(text: &str) -> Option<String> {
    let is_plain = !text.is_empty() && !text.contains(['/', ':', '@', ' ']);
    let text = text.trim_end_matches('.');
    match Host::parse(text) {
        Ok(Host::Domain(host)) if is_plain => Some(host),
        _ => None,
    }
}

/// The feeds among `feeds` that `name` means, by id, title or address; an id means a feed that is
/// not among them, too: people add feeds while the service runs.
pub(in crate::alert) fn feed_ids(name: &str, feeds: &[Feed]) -> Vec<FeedId> {
    let address = Url::parse(name).ok();
    let is_meant = |feed: &&Feed| feed.title == name || Some(&feed.url) == address.as_ref();
    let named = feeds.iter().filter(is_meant).map(|feed| feed.id);
    named.chain(name.parse().ok()).collect()
}

/// Home of the outlet; that of its feed where the match does not say it yet.
fn home(news: &News<'_>) -> Option<Side> {
    news.matched.home.or_else(|| news.feed.map(|feed| feed.side))
}

/// The host of the article's link.
fn outlet(news: &News<'_>) -> Option<String> {
    let url = Url::parse(news.article.url.as_deref()?).ok()?;
    url.host_str().map(|host| host.trim_end_matches('.').to_owned())
}

fn is_below(outlet: &str, host: &str) -> bool {
    outlet.strip_suffix(host).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

fn feed_words(news: &News<'_>) -> String {
    let id = news.matched.feed;
    news.feed.map_or_else(|| id.to_string(), |feed| format!("{id} ({})", feed.title))
}

fn listed<T: fmt::Display>(items: &[T]) -> String {
    items.iter().map(T::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::samples::Sample;

    fn refusals(text: &str) -> String {
        let config: RouteConfig = toml::from_str(text).unwrap();
        let sample = Sample::new();
        let news = sample.news();
        let question = Question { news: &news, tells: StoryNews::New };
        let all = Condition::all_of(&config, std::slice::from_ref(&sample.feed));
        let refused = all.iter().filter(|it| !it.holds(question));
        refused.map(|it| it.refusal(question)).collect::<Vec<_>>().join("\n")
    }

    /// Goal: each condition takes what it names, in the forms in which people name it.
    #[test]
    fn b41_conditions_hold_for_what_they_name() {
        for text in [
            "topics = \"japan-azerbaijan\"",
            "languages = [\"ja\", \"de\"]",
            "sides = [\"third\"]",
            "outlets = \"example.org\"",
            "outlets = [\"EXAMPLE.org.\"]",
            "feeds = \"Beispiel\"",
            "feeds = \"https://example.org/feed.xml\"",
            "aspects = [\"energy\"]",
            "score_min = 0.97",
            "stories = \"new\"",
        ] {
            assert_eq!(refusals(text), "", "{text}");
        }
        let id = FeedId::of_url("https://example.org/feed.xml");
        assert_eq!(refusals(&format!("feeds = \"{id}\"")), "");
    }

    /// Goal: whoever wonders why an article was not told reads the reason.
    #[test]
    fn refusals_say_what_is_and_what_was_wanted() {
        let text = r#"
            topics = "other"
            languages = ["ja", "az"]
            sides = ["JP", "AZ"]
            outlets = ["ample.org", "www.example.org"]
            feeds = ["Asahi"]
            aspects = ["culture"]
            score_min = 0.98
            stories = ["updated"]
        "#;
        insta::assert_snapshot!(refusals(text), @r"
        topic is japan-azerbaijan, wanted other
        language is de, wanted ja, az
        side is third, wanted JP, AZ
        outlet is example.org, wanted ample.org, www.example.org
        feed is d74f9ca50683ebec (Beispiel), wanted Asahi
        aspect is diplomacy, energy, wanted culture
        story is new, wanted updated
        score is 0.97, wanted at least 0.98
        ");
    }

    /// Goal: a host is a host, however it is typed, and nothing else is.
    #[test]
    fn hosts_are_read_as_links_have_them() {
        assert_eq!(host("Пример.рф").as_deref(), Some("xn--e1afmkfd.xn--p1ai"));
        for text in ["https://example.org", "example.org/a", "10.0.0.1", "[::1]", "", "a b"] {
            assert_eq!(host(text), None, "{text}");
        }
    }
}
