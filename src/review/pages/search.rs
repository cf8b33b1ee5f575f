//! Search over all matches, by words in any script.

use std::ops::Range;
use std::time::Duration;

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use crate::model::view::shortened;
use crate::model::{Aspect, Field, MatchId, ReviewVerdict, StoryId, Timestamp};
use crate::review::api::asked::Asked;
use crate::review::api::search::{query, search_refused};
use crate::review::pages::marks::Piece;
use crate::review::pages::parts::{Frame, Scene, outlet, percent, web_address};
use crate::review::pages::visit::Visit;
use crate::review::pages::words::{Foreign, LANGUAGES, Moment, SideMark, Tongue, count, inert};
use crate::review::pages::{answer, html, verdict_said};
use crate::review::{App, Person, Problem, Typing};
use crate::store::{Hit, PageRequest, Snippet};

/// Matches on one page.
const FOUND_MAX: usize = 30;

/// Longer titles are cut.
const TITLE_CHARACTERS_MAX: usize = 300;

const DAY: Duration = Duration::from_hours(24);

#[derive(Template)]
#[template(path = "search.html")]
pub(super) struct SearchPage {
    frame: Frame,
    /// What the form holds.
    q: String,
    choices: Vec<Choice>,
    since: String,
    until: String,
    score_min: String,
    /// Whether something but words is asked for.
    is_filtered: bool,
    /// Why nothing can be looked for.
    refusal: Option<String>,
    /// Why something may be missing.
    notice: Option<String>,
    /// None if nothing was asked for.
    found: Option<Vec<FoundRow>>,
    is_first: bool,
    /// The address of the next page.
    older: Option<String>,
}

/// A field of the form that offers a choice.
struct Choice {
    name: &'static str,
    label: &'static str,
    /// Value, words, and whether it is the present one.
    options: Vec<(String, String, bool)>,
}

/// A match that was found.
struct FoundRow {
    id: MatchId,
    story: StoryId,
    score: String,
    percent: String,
    title: Vec<Piece>,
    text: Vec<Piece>,
    language: Tongue,
    url: Option<String>,
    outlet: Foreign,
    home: SideMark,
    published: Moment,
    verdict: Option<&'static str>,
}

impl FoundRow {
    fn new(visit: &Visit<'_>, hit: &Hit) -> Self {
        let Scene { sides, now } = visit.scene;
        let Hit { matched, article, snippets } = hit;
        let feed = visit.feeds.get(&matched.feed);
        let snippet =
            |is_title: bool| snippets.iter().find(|it| (it.field == Field::Title) == is_title);
        let review = matched.review.as_ref().and_then(|review| review.verdict);
        Self {
            id: matched.id,
            story: matched.story,
            score: matched.score.to_string(),
            percent: percent(matched.score.value()),
            title: snippet(true).map_or_else(
                || vec![plain(&Foreign::title(&article.title, article.language).text)],
                |it| pieces(it, TITLE_CHARACTERS_MAX),
            ),
            text: snippet(false).map(|it| pieces(it, Snippet::CHARACTERS_MAX)).unwrap_or_default(),
            language: Tongue(article.language),
            url: web_address(article.url.as_deref()),
            outlet: outlet(feed),
            home: sides.home(feed.map(|feed| feed.side).unwrap_or_default()),
            published: Moment::new(article.published, now),
            verdict: review.map(verdict_said),
        }
    }
}

/// A snippet with its words marked, and dots where it is cut.
fn pieces(snippet: &Snippet, characters_max: usize) -> Vec<Piece> {
    let text = &snippet.text;
    let mut pieces = Vec::new();
    let mut at = 0;
    if snippet.is_cut[0] {
        pieces.push(plain("… "));
    }
    for Range { start, end } in snippet.marks.iter().cloned() {
        let (Some(before), Some(word)) = (text.get(at..start), text.get(start..end)) else { break };
        pieces.push(plain(before));
        pieces.push(Piece { class: "cue", text: inert(word), hint: String::new() });
        at = end;
    }
    let rest = text.get(at..).unwrap_or_default();
    pieces.push(plain(&shortened(rest, characters_max)));
    if snippet.is_cut[1] {
        pieces.push(plain("…"));
    }
    pieces.retain(|piece| !piece.text.is_empty());
    pieces
}

fn plain(text: &str) -> Piece {
    Piece { class: "", text: inert(text), hint: String::new() }
}

impl SearchPage {
    fn headline(&self) -> String {
        let Some(found) = &self.found else { return "Search".to_owned() };
        let n = u64::try_from(found.len()).unwrap_or(u64::MAX);
        match n {
            0 if self.is_first => "Nothing found".to_owned(),
            0 => "Nothing more".to_owned(),
            _ if self.is_first && self.older.is_none() => count(n, "match", "matches"),
            _ => format!("{} on this page", count(n, "match", "matches")),
        }
    }
}

/// `GET /search`.
pub(super) async fn show(
    State(app): State<App>,
    person: Result<Person, Problem>,
    asked: Result<Asked, Problem>,
) -> Response {
    answer(async { html(&page(&app, &person?, asked?.without_empty()).await?) }.await)
}

async fn page(app: &App, person: &Person, asked: Asked) -> Result<SearchPage, Problem> {
    let visit = Visit::new(app, person);
    let again = asked.query_without("after");
    let mut page = SearchPage {
        frame: visit.frame("search", String::new(), None).await?,
        q: inert(asked.value("q")),
        choices: choices(&visit, &asked),
        since: inert(asked.value("since")),
        until: inert(asked.value("until")),
        score_min: inert(asked.value("score_min")),
        is_filtered: FILTERS.iter().any(|name| !asked.value(name).is_empty()),
        refusal: None,
        notice: app.store.search_state().in_words(),
        found: None,
        is_first: asked.value("after").is_empty(),
        older: None,
    };
    if again.is_empty() {
        return Ok(page);
    }
    match find(&visit, asked).await {
        Ok((found, next)) => {
            page.found = Some(found);
            page.older =
                next.map(|next| format!("/search?{again}&after={}", super::escaped(&next)));
        }
        // What was typed stays in the form.
        Err(problem) if problem.parameter.is_some() => page.refusal = Some(inert(&problem.detail)),
        Err(problem) => return Err(problem),
    }
    Ok(page)
}

async fn find(
    visit: &Visit<'_>,
    mut asked: Asked,
) -> Result<(Vec<FoundRow>, Option<String>), Problem> {
    asked.replace("since", |day| format!("{day}T00:00:00Z"));
    asked.replace("until", day_after);
    let query = query(visit.app, &mut asked, Typing::UnderWay)?;
    let PageRequest { after, .. } = asked.page()?;
    let request = PageRequest { limit: FOUND_MAX, after };
    let page = visit.app.store.search(query, request).await.map_err(search_refused)?;
    Ok((page.items.iter().map(|hit| FoundRow::new(visit, hit)).collect(), page.next))
}

/// The end of a day; what is no day is refused by name later.
fn day_after(day: &str) -> String {
    let start = format!("{day}T00:00:00Z");
    start.parse::<Timestamp>().map_or(start, |start| start.plus(DAY).to_string())
}

/// What narrows a search beside its words.
const FILTERS: [&str; 7] = ["language", "side", "aspect", "verdict", "since", "until", "score_min"];

fn choices(visit: &Visit<'_>, asked: &Asked) -> Vec<Choice> {
    let languages = LANGUAGES.iter().filter(|(code, _)| *code != "und");
    let languages = languages.map(|(code, name)| ((*code).to_owned(), (*name).to_owned()));
    let sides = visit
        .scene
        .sides
        .0
        .map(|country| (country.to_string(), visit.scene.sides.country(country).name));
    let aspects = Aspect::ALL.iter().map(|it| (it.to_string(), it.to_string()));
    let verdicts = [ReviewVerdict::Relevant, ReviewVerdict::NotRelevant, ReviewVerdict::Unsure];
    let verdicts = verdicts.map(|it| (it.as_str().to_owned(), verdict_said(it).to_owned()));
    let verdicts = std::iter::once(("open".to_owned(), "None yet".to_owned())).chain(verdicts);
    let orders = [("newest", "Newest first"), ("best", "Best first")];
    let orders = orders.map(|(value, words)| (value.to_owned(), words.to_owned()));
    let choice = |name, label, any: Option<&str>, options: Vec<(String, String)>| {
        let present = asked.value(name);
        let any = any.map(|words| (String::new(), words.to_owned()));
        let options = any.into_iter().chain(options);
        let options = options.map(|(value, words)| {
            let is_present = value == present;
            (value, words, is_present)
        });
        Choice { name, label, options: options.collect() }
    };
    vec![
        choice("order", "Order", None, orders.into()),
        choice("language", "Language", Some("any"), languages.collect()),
        choice("side", "Side", Some("any"), sides.into()),
        choice("aspect", "Aspect", Some("any"), aspects.collect()),
        choice("verdict", "Verdict", Some("any"), verdicts.collect()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: the words that were looked for stand out, and a hostile text turns nothing around.
    #[test]
    fn snippets_become_pieces() {
        let snippet = Snippet {
            field: Field::Body,
            text: "in \u{202e}Baku und".to_owned(),
            is_cut: [true, false],
            marks: std::iter::once(6..10).collect(),
        };
        let told = pieces(&snippet, 300);
        let told: Vec<_> = told.iter().map(|it| (it.class, it.text.as_str())).collect();
        assert_eq!(told, [("", "… "), ("", "in "), ("cue", "Baku"), ("", " und")]);
    }

    /// Goal: the last day that somebody names is a whole day.
    #[test]
    fn until_is_the_end_of_the_day() {
        assert_eq!(day_after("2026-11-24"), "2026-11-25T00:00:00Z");
        assert_eq!(day_after("soon"), "soonT00:00:00Z");
    }
}
