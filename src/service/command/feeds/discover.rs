//! `silkwire feeds discover`: needs no running service and keeps nothing.

use std::error::Error;
use std::sync::Arc;

use serde::Serialize;
use url::Url;

use crate::collect::discover::{Candidate, DiscoverError, Extent, discover, preview};
use crate::collect::{Compiled, Hosts, Web};
use crate::model::{Entry, Language, Selectors, SystemClock, Timestamp};
use crate::net::Client;
use crate::service::command::Places;
use crate::service::command::print::{self, Format};
use crate::service::config::load_sections;
use crate::service::{Exit, Failure};
use crate::understand::text;

/// Entries that show whether selectors are right.
const SHOWN_MAX: usize = 10;

#[derive(clap::Args)]
pub(in crate::service::command) struct Arguments {
    /// Any address of the site: a page or a feed.
    url: Url,
    /// Shows what these CSS selectors find on the page instead: `item=…`, and if need be
    /// `link=…`, `title=…` and `date=…`, parted by commas.
    #[arg(long, value_name = "SELECTORS", value_parser = selectors)]
    selectors: Option<Selectors>,
    /// How to print.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(super) async fn run(places: &Places, arguments: Arguments) -> Result<(), Failure> {
    let Arguments { url, selectors, format } = arguments;
    let web = web(places, &url)?;
    if let Some(selectors) = selectors {
        return show_preview(&web, &url, &selectors, format).await;
    }
    let found = discover(&web, &url).await.map_err(|error| match error {
        DiscoverError::Fetch(error) => unavailable(&url, &error),
        error => Failure::because(Exit::Data, format_args!("{url}: {error}")),
    })?;
    show(&found, format)
}

/// The way out that the service has, too: with its limits and pauses.
fn web(places: &Places, url: &Url) -> Result<Web, Failure> {
    let sections = load_sections(places.config.as_deref()).map_err(|it| Failure::config(&it))?;
    let client = Client::new(&sections.net, &[]).map_err(|error| unavailable(url, &error))?;
    let hosts = Hosts::new(&sections.collect);
    Ok(Web::new(&sections.collect, client, hosts, Arc::new(SystemClock)))
}

fn unavailable(url: &Url, error: &dyn Error) -> Failure {
    Failure::because(Exit::Unavailable, format_args!("{url}: {error}"))
}

/// A feed that was found.
#[derive(Serialize)]
struct FoundView<'a> {
    url: &'a Url,
    title: Option<&'a str>,
    language: Option<Language>,
    last_post: Option<Timestamp>,
    n_entries: usize,
    format: &'static str,
    /// `main`, `part` or `comments`.
    extent: &'static str,
}

impl<'a> FoundView<'a> {
    fn of(found: &'a Candidate) -> Self {
        Self {
            url: &found.url,
            title: found.title.as_deref(),
            language: found.language,
            last_post: found.last_post,
            n_entries: found.n_entries,
            format: found.format,
            extent: match found.extent {
                Extent::Main => "main",
                Extent::Part => "part",
                Extent::Comments => "comments",
            },
        }
    }
}

fn show(found: &[Candidate], format: Format) -> Result<(), Failure> {
    let views = found.iter().map(FoundView::of);
    match format {
        Format::Json => views.into_iter().try_for_each(|view| print::json(&view)),
        Format::Table => {
            let rows: Vec<_> = views.map(|view| row(&view)).collect();
            print::table(["EXTENT", "FORMAT", "LANGUAGE", "LAST POST", "ENTRIES", "FEED"], &rows)
        }
    }
}

fn row(view: &FoundView<'_>) -> [String; 6] {
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    let feed = format!("{} {}", view.title.unwrap_or_default(), view.url);
    [
        view.extent.to_owned(),
        view.format.to_owned(),
        or_dash(view.language.map(|it| it.to_string())),
        or_dash(view.last_post.map(|it| it.to_string())),
        view.n_entries.to_string(),
        print::one_line(feed.trim()),
    ]
}

/// An entry that selectors found.
#[derive(Serialize)]
struct EntryView<'a> {
    url: Option<&'a str>,
    title: String,
    published: Option<Timestamp>,
}

impl<'a> EntryView<'a> {
    fn of(entry: &'a Entry) -> Self {
        let Entry { link, title, published, .. } = entry;
        Self { url: link.as_deref(), title: text::plain(title), published: *published }
    }
}

async fn show_preview(
    web: &Web,
    url: &Url,
    selectors: &Selectors,
    format: Format,
) -> Result<(), Failure> {
    let mistake = |error| Failure::because(Exit::Data, format_args!("{url}: {error}"));
    let compiled = Compiled::of(selectors).map_err(mistake)?;
    let document = preview(web, url, compiled).await.map_err(|error| unavailable(url, &error))?;
    let document = document.map_err(mistake)?;
    let views: Vec<_> = document.entries.iter().take(SHOWN_MAX).map(EntryView::of).collect();
    match format {
        Format::Json => views.iter().try_for_each(print::json)?,
        Format::Table => {
            let rows: Vec<_> = views.iter().map(entry_row).collect();
            print::table(["PUBLISHED", "ENTRY"], &rows)?;
        }
    }
    let (n_entries, n_shown) = (document.entries.len(), views.len());
    print::talk(format_args!("{n_entries} entries found, the first {n_shown} are shown"));
    Ok(())
}

fn entry_row(view: &EntryView<'_>) -> [String; 2] {
    let published = view.published.map_or_else(|| "-".to_owned(), |it| it.to_string());
    [published, print::one_line(&format!("{} {}", view.title, view.url.unwrap_or_default()))]
}

/// `item=…,link=…`; commas within a selector do not part, as no name follows them.
pub(super) fn selectors(text: &str) -> Result<Selectors, String> {
    const NAMES: [&str; 4] = ["item", "link", "title", "date"];
    let mut parts: Vec<(&str, String)> = Vec::new();
    for part in text.split(',') {
        let named = part.split_once('=').map(|(name, rest)| (name.trim(), rest.trim()));
        let named = named.filter(|(name, _)| NAMES.contains(name));
        if let Some((name, selector)) = named {
            if parts.iter().any(|(it, _)| *it == name) {
                return Err(format!("{name} is given twice"));
            }
            parts.push((name, selector.to_owned()));
        } else if let Some((_, selector)) = parts.last_mut() {
            selector.push(',');
            selector.push_str(part);
        } else {
            return Err(format!("{part:?} has no name; write item={part}"));
        }
    }
    let mut take = |wanted: &str| {
        let place = parts.iter().position(|(name, _)| *name == wanted)?;
        Some(parts.swap_remove(place).1)
    };
    let item = take("item").ok_or("item=… is missing: which element is one entry?")?;
    Ok(Selectors { item, link: take("link"), title: take("title"), date: take("date") })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: selectors with commas and equal signs of their own are understood.
    #[test]
    fn selectors_are_read_from_one_argument() {
        let read = selectors("item=ul > li, ol > li,link=a[href^='/az'],date=time").unwrap();
        let wanted = Selectors {
            item: "ul > li, ol > li".to_owned(),
            link: Some("a[href^='/az']".to_owned()),
            title: None,
            date: Some("time".to_owned()),
        };
        assert_eq!(read, wanted);
        for (text, error) in [
            ("li", "\"li\" has no name; write item=li"),
            ("link=a", "item=… is missing: which element is one entry?"),
            ("item=a,item=b", "item is given twice"),
        ] {
            assert_eq!(selectors(text).unwrap_err(), error, "{text}");
        }
    }
}
