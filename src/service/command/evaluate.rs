//! `silkwire evaluate`: measures the judgement against labelled articles.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::model::view::ScanView;
use crate::model::{Clock, Language, SystemClock};
use crate::service::command::Places;
use crate::service::command::print::{self, Format};
use crate::service::config::load_judge;
use crate::service::grouping::{Grouped, Grouping};
use crate::service::records::{Record, Records};
use crate::service::{Exit, Failure};
use crate::understand::Judge;
use crate::understand::measure::{Case, Report, measure};

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Labelled articles as JSON lines.
    #[arg(value_name = "FILE.jsonl")]
    input: PathBuf,
    /// How to print.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Judges title and summary alone.
    #[arg(long)]
    without_body: bool,
    /// Writes every judgement as JSON lines.
    #[arg(long, value_name = "OUT.jsonl")]
    predictions: Option<PathBuf>,
}

pub(super) fn run(places: &Places, arguments: &Arguments) -> Result<(), Failure> {
    let judge = load_judge(places.config.as_deref()).map_err(|it| Failure::config(&it))?;
    let mut records = read(&arguments.input)?;
    if arguments.without_body {
        for (_, record) in &mut records {
            record.drop_body();
        }
    }
    let views = judged(&judge, &records);
    if let Some(path) = &arguments.predictions {
        write(path, &views).map_err(|error| {
            Failure::because(Exit::Io, format_args!("{}: {error}", path.display()))
        })?;
    }
    let cases = cases(&judge, &records, &views);
    if cases.is_empty() {
        let words = format!("{}: no article is labelled", arguments.input.display());
        if arguments.predictions.is_none() {
            return Err(Failure::because(Exit::Data, words));
        }
        print::talk(format_args!("{words}; predictions were written"));
        return Ok(());
    }
    let report = measure(&cases);
    match arguments.format {
        Format::Json => print::json(&report),
        Format::Table => print_for_people(&report, &records),
    }
}

/// All records with their ids. A broken line would falsify every figure, so it ends the
/// command.
pub(super) fn read(path: &Path) -> Result<Vec<(String, Record)>, Failure> {
    let named = |exit, error: &dyn std::fmt::Display| {
        Failure::because(exit, format_args!("{}: {error}", path.display()))
    };
    let file = File::open(path).map_err(|error| named(Exit::NoInput, &error))?;
    let mut lines = Records::new(BufReader::new(file));
    let mut records = Vec::new();
    while let Some((line, record)) = lines.next().map_err(|error| named(Exit::Io, &error))? {
        let record = record.map_err(|error| named(Exit::Data, &error))?;
        records.push((record.id(line), record));
    }
    Ok(records)
}

/// The judgement of each record, in the input's order; stories come about in the order of
/// publication, as they would in life.
fn judged(judge: &Judge, records: &[(String, Record)]) -> Vec<ScanView> {
    let mut views: Vec<ScanView> = records
        .iter()
        .map(|(id, record)| {
            let judgement = judge.judge(&record.text());
            let mut view = ScanView::new(id.clone(), record.title().to_owned(), judgement);
            view.url.clone_from(&record.url);
            view.published = record.published();
            view
        })
        .collect();
    let stories = stories(judge, records, &views, |index| views[index].relevant);
    for (view, story) in views.iter_mut().zip(stories) {
        view.story = story;
    }
    views
}

/// The stories of those who take part, in one stream by time; undated ones come last.
fn stories(
    judge: &Judge,
    records: &[(String, Record)],
    views: &[ScanView],
    takes_part: impl Fn(usize) -> bool,
) -> Vec<Option<String>> {
    let mut order: Vec<usize> = (0..records.len()).filter(|index| takes_part(*index)).collect();
    order.sort_by_key(|index| {
        let published = views[*index].published;
        (published.is_none(), published, &records[*index].0)
    });
    let mut grouping = Grouping::new(judge, SystemClock.now());
    let mut stories = vec![None; records.len()];
    for index in order {
        let (id, record) = &records[index];
        let ScanView { language, published, .. } = views[index];
        let seen = &judge.traces(&record.text());
        let story = grouping.story(&Grouped { id, language, published, seen });
        stories[index] = Some(story.to_string());
    }
    stories
}

/// Labels beside judgements; what has no label is left out.
fn cases(judge: &Judge, records: &[(String, Record)], views: &[ScanView]) -> Vec<Case> {
    let relevant = |index: usize| records[index].1.labels.relevant;
    let of_relevant = stories(judge, records, views, |it| relevant(it) == Some(true));
    let of_all = stories(judge, records, views, |it| relevant(it).is_some());
    let case = |(index, ((id, record), view)): (usize, (&(String, Record), &ScanView))| {
        let labels = &record.labels;
        let aspects = labels.aspects.iter().flatten();
        let declared = record.text().language;
        Some(Case {
            id: id.clone(),
            language: declared.unwrap_or(Language::UNKNOWN),
            difficulty: labels.difficulty.clone().unwrap_or_default(),
            story: labels.story.clone().unwrap_or_else(|| id.clone()),
            relevant: labels.relevant?,
            predicted: view.relevant,
            score: view.score.value(),
            aspects: aspects.filter_map(|aspect| aspect.parse().ok()).collect(),
            predicted_aspects: view.aspects.iter().copied().collect(),
            story_of_relevant: of_relevant[index].clone(),
            story_of_all: of_all[index].clone(),
        })
    };
    records.iter().zip(views).enumerate().filter_map(case).collect()
}

fn write(path: &Path, views: &[ScanView]) -> std::io::Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    for view in views {
        serde_json::to_writer(&mut out, view)?;
        out.write_all(b"\n")?;
    }
    out.flush()
}

/// The report, and what was judged wrongly, with the label's reason.
pub(super) fn print_for_people(
    report: &Report,
    records: &[(String, Record)],
) -> Result<(), Failure> {
    print::line(report)?;
    let why: BTreeMap<&str, &str> = records
        .iter()
        .filter_map(|(id, record)| Some((id.as_str(), record.labels.why.as_deref()?)))
        .collect();
    print::line("judged wrongly")?;
    for id in &report.errors {
        let why = why.get(id.as_str()).copied().unwrap_or_default();
        print::line(format_args!("  {id}  {}", print::one_line(why)))?;
    }
    let grouping = &report.stories_of_relevant;
    print_groups("stories wrongly merged", &grouping.merges)?;
    print_groups("stories wrongly split", &grouping.splits)
}

/// One line a group, its parts between bars.
fn print_groups(head: &str, groups: &[Vec<Vec<String>>]) -> Result<(), Failure> {
    print::line(head)?;
    for parts in groups {
        let parts: Vec<String> = parts.iter().map(|ids| ids.join(" ")).collect();
        print::line(format_args!("  {}", parts.join(" | ")))?;
    }
    Ok(())
}
