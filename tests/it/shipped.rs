//! The judge as it is shipped, compiled once for all tests.

use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use silkwire::understand::{Judge, Source};

/// The judge of the shipped topic.
pub(crate) static JUDGE: LazyLock<Judge> = LazyLock::new(|| {
    judge(&fs::read_to_string(project("config/topics/japan-azerbaijan.toml")).unwrap())
});

/// A path of the project.
pub(crate) fn project(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The judge of the shipped lexicon and model for a topic.
pub(crate) fn judge(topic: &str) -> Judge {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(project("config/lexicon")).unwrap().map(|it| it.unwrap().path()).collect();
    paths.sort();
    let texts: Vec<(String, String)> = paths
        .iter()
        .map(|path| (path.display().to_string(), fs::read_to_string(path).unwrap()))
        .collect();
    let lexicon: Vec<Source<'_>> = texts.iter().map(|(name, text)| Source { name, text }).collect();
    let model = fs::read_to_string(project("config/model.toml")).unwrap();
    let model = Source { name: "model.toml", text: &model };
    match Judge::compile(&Source { name: "topic.toml", text: topic }, &lexicon, &model) {
        Ok(judge) => judge,
        Err(problems) => panic!("{}", problems[0]),
    }
}
