//! `silkwire matches search`.

use clap::ValueEnum;

use crate::model::view::{FoundView, SnippetView};
use crate::model::{Aspect, Country, FeedId, Field, Language, Score, Timestamp};
use crate::service::Failure;
use crate::service::command::desk::{Desk, SearchRequest};
use crate::service::command::matches::PAGE;
use crate::service::command::print::{self, Format};
use crate::service::command::review::{judged, verdict_words};
use crate::store::{Judged, PageRequest, SearchFilter, SearchOrder};

/// Which matches.
#[derive(clap::Args)]
pub(in crate::service::command) struct SearchArguments {
    /// Only in this language.
    #[arg(long, value_name = "CODE")]
    language: Option<Language>,
    /// Only those in which a word speaks for this country, or whose outlet is at home there.
    #[arg(long, value_name = "COUNTRY")]
    side: Option<Country>,
    /// Only with this aspect.
    #[arg(long, value_name = "ASPECT")]
    aspect: Option<Aspect>,
    /// Only of this feed.
    #[arg(long, value_name = "ID")]
    feed: Option<FeedId>,
    /// Only with this verdict: `relevant`, `not_relevant`, `unsure`; `open` for none.
    #[arg(long, value_name = "VERDICT", value_parser = judged)]
    verdict: Option<Judged>,
    /// Only with this score or a higher one.
    #[arg(long, value_name = "SCORE", value_parser = score)]
    score_min: Option<Score>,
    /// Only with this score or a lower one.
    #[arg(long, value_name = "SCORE", value_parser = score)]
    score_max: Option<Score>,
    /// Only those flagged since, as RFC 3339.
    #[arg(long, value_name = "TIME")]
    since: Option<Timestamp>,
    /// Only those flagged before, as RFC 3339.
    #[arg(long, value_name = "TIME")]
    until: Option<Timestamp>,
}

fn score(text: &str) -> Result<Score, String> {
    let number: f64 = text.parse().map_err(|_| format!("{text:?} is no number"))?;
    Score::new(number).map_err(|error| error.to_string())
}

/// What comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(in crate::service::command) enum Order {
    /// What was flagged last.
    #[default]
    Newest,
    /// What fits best.
    Best,
}

/// What the arguments ask for.
pub(super) fn request(
    words: &[String],
    arguments: &SearchArguments,
    order: Order,
) -> SearchRequest {
    let SearchArguments {
        language,
        side,
        aspect,
        feed,
        verdict,
        score_min,
        score_max,
        since,
        until,
    } = *arguments;
    SearchRequest {
        words: words.join(" "),
        filter: SearchFilter {
            language,
            side,
            aspect,
            feed,
            verdict,
            score_min,
            score_max,
            since,
            until,
        },
        order: match order {
            Order::Newest => SearchOrder::Newest,
            Order::Best => SearchOrder::Best,
        },
    }
}

/// Prints what is found, page by page.
pub(super) async fn run(
    desk: &dyn Desk,
    search: &SearchRequest,
    limit: usize,
    format: Format,
) -> Result<(), Failure> {
    let mut left = limit;
    let mut after = None;
    while 0 < left {
        let page = desk.search(search, PageRequest { limit: left.min(PAGE), after }).await?;
        if let (Some(notice), true) = (&page.notice, left == limit) {
            print::talk(format_args!("silkwire: {notice}"));
        }
        left = left.saturating_sub(page.items.len());
        for found in &page.items {
            match format {
                Format::Json => print::json(found)?,
                Format::Table => print_found(found)?,
            }
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    Ok(())
}

/// A match on one line, and below it where it was found.
fn print_found(found: &FoundView) -> Result<(), Failure> {
    let matched = &found.matched.matched;
    print::line(format_args!(
        "{}  {}  {:3}  {:12}  {}  {}",
        matched.id,
        matched.score,
        matched.language,
        verdict_words(found.matched.verdict),
        matched.published,
        print::one_line(&matched.title)
    ))?;
    let texts = found.snippets.iter().filter(|it| it.field != Field::Title);
    texts.map(told).try_for_each(|text| print::line(format_args!("    {text}")))
}

/// A snippet with its words in brackets.
fn told(snippet: &SnippetView) -> String {
    let mut text = snippet.text.clone();
    for mark in snippet.marks.iter().rev() {
        if text.is_char_boundary(mark.start) && text.is_char_boundary(mark.end) {
            text.insert(mark.end, ']');
            text.insert(mark.start, '[');
        }
    }
    let before = if snippet.cut_before { "… " } else { "" };
    let after = if snippet.cut_after { " …" } else { "" };
    format!("{before}{}{after}", print::one_line(&text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::view::MarkView;

    /// Goal: at a terminal, too, a person sees why something was found.
    #[test]
    fn words_stand_in_brackets() {
        let snippet = SnippetView {
            field: Field::Body,
            text: "駐日大使 in\nBaku".to_owned(),
            cut_before: true,
            cut_after: false,
            marks: vec![MarkView { start: 6, end: 12 }, MarkView { start: 16, end: 20 }],
        };
        assert_eq!(told(&snippet), "… 駐日[大使] in [Baku]");
    }
}
