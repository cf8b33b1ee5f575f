//! Where files are: `--config`, then the places of systemd, XDG and `/etc`, then the binary.

use std::env;
use std::fs;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;

use crate::alert::secret::is_open_to_all;
use crate::model::{Problem, Secret, line_of};
use crate::service::config::embedded;
use crate::understand::Source;

/// A configuration file: what people call it, what stands in it.
#[derive(Clone, Debug)]
pub(super) struct TextFile {
    /// Its path, or its name with `(built in)`.
    pub(super) name: String,
    /// Its content.
    pub(super) text: String,
    /// The folder it lies in, to which its paths are relative; none when built in.
    pub(super) folder: Option<PathBuf>,
}

impl TextFile {
    /// Reads `path`.
    pub(super) fn read(path: &Path) -> Result<Self, Problem> {
        let name = path.display().to_string();
        let bytes = fs::read(path).map_err(|error| unreadable(path, &error))?;
        let text = String::from_utf8(bytes).map_err(|_| Problem {
            file: name.clone(),
            line: None,
            message: "is not UTF-8 text".to_owned(),
            hint: Some("save it as UTF-8".to_owned()),
        })?;
        Ok(Self { name, text, folder: path.parent().map(Path::to_path_buf) })
    }

    fn built_in((name, text): (&str, &str)) -> Self {
        Self { name: format!("{name} (built in)"), text: text.to_owned(), folder: None }
    }

    /// `path` as this file means it: relative to its own folder.
    pub(super) fn beside(&self, path: &Path) -> PathBuf {
        self.folder.as_ref().map_or_else(|| path.to_path_buf(), |folder| folder.join(path))
    }

    /// A mistake at `span`.
    pub(super) fn problem_at(
        &self,
        span: &Range<usize>,
        message: String,
        hint: Option<String>,
    ) -> Problem {
        let line = Some(line_of(&self.text, span.start));
        Problem { file: self.name.clone(), line, message, hint }
    }

    /// A secret file: beside this file, else a systemd credential of that name
    /// (`LoadCredential=secrets:FOLDER` puts `secrets_` before it).
    pub(super) fn secret(
        &self,
        path: &Spanned<PathBuf>,
        hint: &str,
    ) -> Result<SecretFile, Problem> {
        let beside = self.beside(path.get_ref());
        let name = path.get_ref().file_name().unwrap_or_default().to_string_lossy();
        let credentials = env_path("CREDENTIALS_DIRECTORY");
        let credential = |name: String| credentials.as_ref().map(|folder| folder.join(name));
        let places = [credential(name.to_string()), credential(format!("secrets_{name}"))];
        let read = |path: &PathBuf| Ok((path.clone(), fs::read_to_string(path)?));
        let found = read(&beside).or_else(|error: io::Error| {
            places.iter().flatten().find_map(|path| read(path).ok()).ok_or(error)
        });
        let problem = |message: String, hint: &str| {
            Err(self.problem_at(&path.span(), message, Some(hint.to_owned())))
        };
        match found {
            Err(error) => {
                let shown = beside.display();
                problem(format!("secret file {shown} cannot be read: {error}"), hint)
            }
            Ok((path, _)) if is_open_to_all(&path) => {
                let shown = path.display();
                let message = format!("secret file {shown} can be read by everybody");
                problem(message, &format!("chmod o-r {shown}, and give it to the service's user"))
            }
            Ok((path, text)) => Ok(SecretFile { path, content: Secret::new(text) }),
        }
    }

    /// The view that `understand` takes.
    pub(super) fn source(&self) -> Source<'_> {
        Source { name: &self.name, text: &self.text }
    }
}

/// A secret, and where it was found.
pub(super) struct SecretFile {
    pub(super) path: PathBuf,
    pub(super) content: Secret<String>,
}

/// What the judge is made of.
pub(super) struct JudgeFiles {
    pub(super) topic: TextFile,
    pub(super) lexicon: Vec<TextFile>,
    pub(super) model: TextFile,
}

const MAIN_NAME: &str = "silkwire.toml";

/// `silkwire.toml`, or its built-in form.
pub(super) fn main_file(given: Option<&Path>) -> Result<TextFile, Vec<Problem>> {
    match main_path(given) {
        Some(path) => TextFile::read(&path).map_err(|problem| vec![problem]),
        None => Ok(TextFile::built_in(embedded::MAIN)),
    }
}

/// The built-in starter list.
pub(super) fn starter_feeds() -> TextFile {
    TextFile::built_in(embedded::FEEDS)
}

/// Topic, lexicon and model: each from the folder of `silkwire.toml` where it is there,
/// else built in.
pub(super) fn judge_files(given: Option<&Path>) -> Result<JudgeFiles, Vec<Problem>> {
    let folder = main_path(given).and_then(|path| path.parent().map(Path::to_path_buf));
    let beside = |name: &str| folder.as_ref().map(|folder| folder.join(name));
    let mut topics = toml_files(beside("topics").as_deref())?;
    let topic = match topics.len() {
        0 => TextFile::built_in(embedded::TOPIC),
        1 => topics.remove(0),
        _ => return Err(vec![two_topics(&topics)]),
    };
    let mut lexicon = toml_files(beside("lexicon").as_deref())?;
    if lexicon.is_empty() {
        lexicon = embedded::LEXICON.iter().copied().map(TextFile::built_in).collect();
    }
    let model = match beside("model.toml").filter(|path| path.exists()) {
        Some(path) => TextFile::read(&path).map_err(|problem| vec![problem])?,
        None => TextFile::built_in(embedded::MODEL),
    };
    Ok(JudgeFiles { topic, lexicon, model })
}

/// All `*.toml` in `folder`, by name; none if the folder is not there.
fn toml_files(folder: Option<&Path>) -> Result<Vec<TextFile>, Vec<Problem>> {
    let Some(folder) = folder.filter(|folder| folder.is_dir()) else { return Ok(Vec::new()) };
    let listed = fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let listed = listed.map_err(|error| vec![unreadable(folder, &error)])?;
    let mut paths: Vec<PathBuf> = listed.into_iter().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort();
    let (read, problems): (Vec<_>, Vec<_>) =
        paths.iter().map(|path| TextFile::read(path)).partition(Result::is_ok);
    if problems.is_empty() {
        Ok(read.into_iter().flatten().collect())
    } else {
        Err(problems.into_iter().filter_map(Result::err).collect())
    }
}

fn two_topics(topics: &[TextFile]) -> Problem {
    Problem {
        file: topics[1].name.clone(),
        line: None,
        message: format!("a second topic beside {}", topics[0].name),
        hint: Some("this version watches one topic: move the other file away".to_owned()),
    }
}

/// The first of the places that holds a configuration.
///
/// `--config` may name the file or its folder; it is taken even if it is not there, so that
/// a typing mistake is not answered with the built-in configuration.
fn main_path(given: Option<&Path>) -> Option<PathBuf> {
    if let Some(given) = given {
        return Some(if given.is_dir() { given.join(MAIN_NAME) } else { given.to_path_buf() });
    }
    let home = env_path("HOME");
    let places = [
        env_path("CONFIGURATION_DIRECTORY"),
        env_path("XDG_CONFIG_HOME")
            .or_else(|| home.map(|home| home.join(".config")))
            .map(|config| config.join("silkwire")),
        Some(PathBuf::from("/etc/silkwire")),
    ];
    places.into_iter().flatten().map(|place| place.join(MAIN_NAME)).find(|path| path.is_file())
}

/// Where state is kept; `given` is `--state`.
///
/// # Errors
/// No place is known: no `--state`, no `$STATE_DIRECTORY`, no home.
pub(in crate::service) fn state_folder(given: Option<&Path>) -> Result<PathBuf, Problem> {
    let from_home = || env_path("HOME").map(|home| home.join(".local/state"));
    let from_user = || env_path("XDG_STATE_HOME").or_else(from_home);
    let found = given.map(Path::to_path_buf).or_else(|| env_path("STATE_DIRECTORY"));
    let found = found.or_else(|| from_user().map(|state| state.join("silkwire")));
    found.ok_or_else(|| Problem {
        file: "command line".to_owned(),
        line: None,
        message: "no place for state is known".to_owned(),
        hint: Some("name one with --state DIR".to_owned()),
    })
}

/// A path from the environment; systemd may give several, the first is ours.
fn env_path(name: &str) -> Option<PathBuf> {
    let value = env::var_os(name).filter(|value| !value.is_empty())?;
    let first = value.to_str().and_then(|text| text.split(':').next()).map(PathBuf::from);
    Some(first.unwrap_or_else(|| PathBuf::from(value)))
}

fn unreadable(path: &Path, error: &io::Error) -> Problem {
    Problem {
        file: path.display().to_string(),
        line: None,
        message: format!("cannot be read: {error}"),
        hint: None,
    }
}
