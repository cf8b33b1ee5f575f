//! The topic file: which two countries, and from which score on.

use serde::Deserialize;
use toml::Spanned;

use super::judge::Source;
use crate::model::{Country, Language, Problem, Score, line_of};

/// A pair of countries and the scores that count.
#[derive(Clone, Debug)]
pub(super) struct Topic {
    pub(super) name: String,
    pub(super) sides: [Country; 2],
    /// For each side, the languages that are written nearly only at home.
    pub(super) home_languages: [Vec<Language>; 2],
    /// Flagged from here on.
    pub(super) match_from: Score,
    /// Flagged from here on where only the outlet's home speaks for its side.
    pub(super) match_at_home_from: Score,
    /// A near miss from here on.
    pub(super) near_miss_from: Score,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: Spanned<String>,
    side: Vec<RawSide>,
    thresholds: Spanned<RawThresholds>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSide {
    country: Spanned<String>,
    #[serde(default)]
    home_languages: Vec<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawThresholds {
    #[serde(rename = "match")]
    match_from: Spanned<f64>,
    match_at_home: Spanned<f64>,
    near_miss: Spanned<f64>,
}

/// Reads a topic file; tells every mistake.
pub(super) fn read(source: &Source<'_>) -> Result<Topic, Vec<Problem>> {
    let file: File =
        toml::from_str(source.text).map_err(|error| vec![syntax_problem(source, &error)])?;
    let mut problems = Vec::new();
    let mut complain = |at: usize, message: String, hint: &str| {
        problems.push(problem(source, Some(at), message, hint));
    };
    if file.name.get_ref().trim().is_empty() {
        complain(file.name.span().start, "the topic has no name".into(), "name it");
    }
    let mut sides = Vec::new();
    let mut home_languages = Vec::new();
    for side in &file.side {
        match side.country.get_ref().parse::<Country>() {
            Ok(country) => sides.push(country),
            Err(error) => {
                complain(side.country.span().start, error.to_string(), "write a code like \"JP\"");
            }
        }
        let mut languages = Vec::new();
        for language in &side.home_languages {
            match language.get_ref().parse::<Language>() {
                Ok(language) => languages.push(language),
                Err(error) => {
                    let hint = "write a code like \"ja\"";
                    complain(language.span().start, error.to_string(), hint);
                }
            }
        }
        home_languages.push(languages);
    }
    let at = file.thresholds.span().start;
    let thresholds = file.thresholds.into_inner();
    let mut score = |raw: &Spanned<f64>| match Score::new(*raw.get_ref()) {
        Ok(score) => Some(score),
        Err(error) => {
            complain(raw.span().start, error.to_string(), "write a number like 0.5");
            None
        }
    };
    let RawThresholds { match_from, match_at_home, near_miss } = &thresholds;
    let scores = [match_from, match_at_home, near_miss].map(&mut score);
    if let [Some(match_from), Some(at_home), Some(near_miss)] = scores
        && !(near_miss <= match_from && match_from <= at_home)
    {
        let hint = "near_miss is lowest, match_at_home highest";
        complain(at, "the thresholds are out of order".into(), hint);
    }
    let [match_from, match_at_home_from, near_miss_from] =
        scores.map(|score| score.unwrap_or(Score::ZERO));
    match (<[Country; 2]>::try_from(sides), <[Vec<Language>; 2]>::try_from(home_languages)) {
        (Ok([a, b]), Ok(home_languages)) if a != b && problems.is_empty() => Ok(Topic {
            name: file.name.into_inner(),
            sides: [a, b],
            home_languages,
            match_from,
            match_at_home_from,
            near_miss_from,
        }),
        _ => {
            if problems.is_empty() {
                let message = "a topic has two different sides".to_owned();
                problems.push(problem(source, None, message, "write [[side]] twice"));
            }
            Err(problems)
        }
    }
}

/// What is wrong with a file that is no TOML, or has keys that nobody knows.
pub(super) fn syntax_problem(source: &Source<'_>, error: &toml::de::Error) -> Problem {
    let message = error.message().lines().next().unwrap_or("is no TOML").to_owned();
    let at = error.span().map(|span| span.start);
    problem(
        source,
        at,
        message,
        "the head of the shipped file describes the format, or names the page that does",
    )
}

/// A mistake at byte `at` of a file.
pub(super) fn problem(
    source: &Source<'_>,
    at: Option<usize>,
    message: String,
    hint: &str,
) -> Problem {
    Problem {
        file: source.name.to_owned(),
        line: at.map(|at| line_of(source.text, at)),
        message,
        hint: Some(hint.to_owned()),
    }
}
