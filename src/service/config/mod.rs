//! The configuration: found, read, checked as a whole.
//!
//! Each module owns its section; this one only composes them. Every mistake is found in
//! one run, with file, line and a hint.

mod receivers;
mod sections;
mod read;
mod locate;
mod embedded;

use std::collections::HashMap;
use std::path::Path;
use std::thread;

use crate::alert::{self, Receiver, Router};
use crate::collect::{self, Access};
use crate::model::{Feed, FeedId, Problem};
use crate::net;
use crate::store;
use crate::understand::{Judge, Reader};

pub(super) use locate::state_folder;
pub(super) use sections::Place;
pub use sections::{Sections, ServiceConfig};

/// Everything that files decide, checked and ready to use.
pub struct Config {
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
    /// What is polled; each address once.
    pub feeds: Vec<Feed>,
    /// Where each of them stands.
    pub(super) places: HashMap<FeedId, Place>,
    /// What opens some of them.
    pub access: HashMap<FeedId, Access>,
    /// Who is told.
    pub receivers: Vec<Receiver>,
    /// What is told to whom.
    pub router: Router,
    /// Lexicon, topic and model, ready to judge.
    pub judge: Judge,
}

impl Config {
    /// Reads and checks everything; `given` is `--config`.
    ///
    /// # Errors
    /// All mistakes of all files.
    pub fn load(given: Option<&Path>) -> Result<Self, Vec<Problem>> {
        let main = locate::main_file(given)?;
        let (sections, mut problems) = Sections::read(&main);
        let (receivers, found) = sections.receivers(&main);
        problems.extend(found);
        let (access, found) = sections.access();
        problems.extend(found);
        let judge = load_judge(given).map_err(|found| problems.extend(found));
        let found = judge.as_ref().map(|judge| sections.topic_problems(&main, judge));
        problems.extend(found.unwrap_or_default());
        match judge {
            Ok(judge) if problems.is_empty() => Ok(sections.complete(access, receivers, judge)),
            _ => {
                problems.sort();
                Err(problems)
            }
        }
    }
}

/// Reads `silkwire.toml` alone: no secret and no lexicon is touched.
///
/// # Errors
/// All its mistakes.
pub(super) fn load_sections(given: Option<&Path>) -> Result<Sections, Vec<Problem>> {
    let (sections, problems) = Sections::read(&locate::main_file(given)?);
    if problems.is_empty() { Ok(sections) } else { Err(problems) }
}

/// Reads `silkwire.toml` and the secrets it names: the receivers, ready to be told.
///
/// # Errors
/// All mistakes.
pub(super) fn load_receivers(given: Option<&Path>) -> Result<Vec<Receiver>, Vec<Problem>> {
    let main = locate::main_file(given)?;
    let (sections, mut problems) = Sections::read(&main);
    let (receivers, found) = sections.receivers(&main);
    problems.extend(found);
    if problems.is_empty() { Ok(receivers) } else { Err(problems) }
}

/// Reads `silkwire.toml` and the secrets it names: the way of alerts, ready to write them.
///
/// # Errors
/// All mistakes.
pub(super) fn load_router(given: Option<&Path>) -> Result<Router, Vec<Problem>> {
    let main = locate::main_file(given)?;
    let (sections, mut problems) = Sections::read(&main);
    let (receivers, found) = sections.receivers(&main);
    problems.extend(found);
    if problems.is_empty() { Ok(sections.router(&receivers)) } else { Err(problems) }
}

/// Compiles topic, lexicon and model alone.
///
/// # Errors
/// All their mistakes.
pub(super) fn load_judge(given: Option<&Path>) -> Result<Judge, Vec<Problem>> {
    let files = locate::judge_files(given)?;
    let lexicon: Vec<_> = files.lexicon.iter().map(locate::TextFile::source).collect();
    let (topic, model) = (files.topic.source(), files.model.source());
    // What compiling needs for a moment is several times what stays. A thread's memory is given
    // back to the system once nothing of it is left, so the judge is copied out of it.
    let compiled = thread::scope(|scope| {
        let compiling = scope.spawn(|| Judge::compile(&topic, &lexicon, &model).map(Box::new));
        compiling.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    });
    compiled.map(|judge| Judge::clone(&judge))
}

/// Reads topic and lexicon alone: a model is about to be learnt.
///
/// # Errors
/// All their mistakes.
pub(super) fn load_reader(given: Option<&Path>) -> Result<Reader, Vec<Problem>> {
    let files = locate::judge_files(given)?;
    let lexicon: Vec<_> = files.lexicon.iter().map(locate::TextFile::source).collect();
    Reader::compile(&files.topic.source(), &lexicon)
}
