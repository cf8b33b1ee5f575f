//! `silkwire train`: learns the model from labelled articles.

use std::fs;
use std::path::PathBuf;

use crate::service::command::{Places, evaluate, print};
use crate::service::config::load_reader;
use crate::service::records::Record;
use crate::service::{Exit, Failure};
use crate::understand::{Example, train};

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Labelled articles as JSON lines.
    #[arg(value_name = "CORPUS.jsonl", required = true)]
    corpora: Vec<PathBuf>,
    /// Where to write the model.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

pub(super) fn run(places: &Places, arguments: &Arguments) -> Result<(), Failure> {
    let reader = load_reader(places.config.as_deref()).map_err(|it| Failure::config(&it))?;
    let mut records = Vec::new();
    let mut parts = Vec::new();
    for path in &arguments.corpora {
        records.extend(evaluate::read(path)?);
        parts.resize(records.len(), path.display().to_string());
    }
    let examples: Vec<Example<'_>> =
        records.iter().zip(&parts).filter_map(|(record, part)| example(record, part)).collect();
    let n_relevant = examples.iter().filter(|it| it.relevant).count();
    if n_relevant == 0 || n_relevant == examples.len() {
        let words = "articles of both kinds are needed, with `relevant` true and false";
        return Err(Failure::because(Exit::Data, words));
    }
    let trained = train(&reader, &examples);
    fs::write(&arguments.out, &trained.model).map_err(|error| {
        Failure::because(Exit::Io, format_args!("{}: {error}", arguments.out.display()))
    })?;
    print::line("judged by models that had seen no article of the same story")?;
    evaluate::print_for_people(&trained.as_given, &records)?;
    print::line("without bodies")?;
    evaluate::print_for_people(&trained.without_body, &records)?;
    for (part, grouping) in &trained.parts {
        print::line(format_args!("relevant texts of {part} alone: {grouping}"))?;
    }
    Ok(())
}

fn example<'a>((id, record): &'a (String, Record), part: &'a str) -> Option<Example<'a>> {
    let labels = &record.labels;
    let aspects = labels.aspects.iter().flatten();
    Some(Example {
        id,
        text: record.text(),
        relevant: labels.relevant?,
        story: labels.story.as_deref().unwrap_or(id),
        difficulty: labels.difficulty.as_deref().unwrap_or_default(),
        aspects: aspects.filter_map(|aspect| aspect.parse().ok()).collect(),
        published: record.published(),
        part,
    })
}
