//! One receiver, with what stands in the files that its section names.

use std::path::PathBuf;

use toml::Spanned;

use crate::alert::{self, Receiver, ReceiverConfig, ReceiverError, ReceiverFiles, TargetError};
use crate::model::{Clock, Problem, SystemClock};
use crate::net;
use crate::service::config::locate::{SecretFile, TextFile};

/// Reads the files of `config` and builds its receiver.
///
/// # Errors
/// A file cannot be read or used: where it is named, or for a template the place in it.
pub(super) fn build(
    config: &ReceiverConfig,
    main: &TextFile,
    net: &net::Config,
    alert: &alert::Config,
) -> Result<Receiver, Problem> {
    let read = |path: &Option<Spanned<PathBuf>>, hint| match path {
        Some(path) => main.secret(path, hint).map(Some),
        None => Ok(None),
    };
    let secret = read(&config.secret_file, "make one with `silkwire secrets new NAME`")?;
    let password = "write the password into it, and nothing else";
    let headers = "write one \"Name: value\" a line into it";
    let content = |file: Option<SecretFile>| file.map(|file| file.content);
    let template = template(config, main)?;
    let files = ReceiverFiles {
        secret: secret.as_ref().map(|file| file.content.clone()),
        url: content(read(&config.url_file, "write the address into it, and nothing else")?),
        password: content(read(&config.password_file, password)?),
        headers: content(read(&config.header_file, headers)?),
        template: template.as_ref().map(|file| file.text.clone()),
    };
    let mut config = config.clone();
    if let Some(path) = &mut config.ca_file {
        *path.as_mut() = main.beside(path.get_ref());
    }
    let built = Receiver::with_files(&config, &files, net, alert);
    let built = built.map_err(|error| located(&error, &config, main, template.as_ref()))?;
    built.keys(SystemClock.now()).map_err(|error| {
        let span = config.secret_file.as_ref().map_or(config.name.span(), Spanned::span);
        let hint = "put a new one above it: `silkwire secrets new NAME` prints one";
        main.problem_at(&span, error.to_string(), Some(hint.to_owned()))
    })?;
    Ok(match secret {
        Some(file) => built.watching(file.path),
        None => built,
    })
}

fn template(config: &ReceiverConfig, main: &TextFile) -> Result<Option<TextFile>, Problem> {
    let Some(path) = &config.template_file else { return Ok(None) };
    let read = TextFile::read(&main.beside(path.get_ref()));
    read.map(Some).map_err(|problem| main.problem_at(&path.span(), problem.to_string(), None))
}

/// Where the cause of `error` stands.
fn located(
    error: &ReceiverError,
    config: &ReceiverConfig,
    main: &TextFile,
    template: Option<&TextFile>,
) -> Problem {
    if let (ReceiverError::Target(TargetError::Template { line, column, reason }), Some(file)) =
        (error, template)
    {
        let (file, line) = (file.name.clone(), Some(*line));
        return Problem { file, line, message: format!("column {column}: {reason}"), hint: None };
    }
    let place = match error {
        ReceiverError::Secret(_) => &config.secret_file,
        ReceiverError::Address(_) => &config.url_file,
        ReceiverError::Headers(_) => &config.header_file,
        ReceiverError::NoUser => &config.password_file,
        ReceiverError::Net(_) => &config.ca_file,
        _ => &None,
    };
    let span = place.as_ref().map_or(config.name.span(), Spanned::span);
    let hint = match error {
        ReceiverError::Address(error) => Some(error.hint.clone()),
        _ => None,
    };
    main.problem_at(&span, error.to_string(), hint)
}
