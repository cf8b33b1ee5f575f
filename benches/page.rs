//! Finding the article in a web page: how long, and how well.
//!
//! `cargo bench --bench page` measures the time on a page of the usual shape: the middle one of 181
//! sampled articles has 115 KB and 30 paragraphs.
//!
//! `cargo bench --bench page -- articles FOLDER` reads the pages of the public benchmark
//! <https://github.com/scrapinghub/article-extraction-benchmark>, unpacked (`gunzip -k html/*.gz`),
//! and writes `FOLDER/output/silkwire.json`, which its own `evaluate.py` then scores.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a tool for the terminal")]

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::time::Instant;

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use serde_json::json;
use silkwire::collect::{decode, page};

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.iter().position(|it| it == "articles") {
        Some(at) => articles(Path::new(arguments.get(at + 1).expect("a folder"))),
        None => divan::main(),
    }
}

#[divan::bench(args = [30, 300])]
fn article(bencher: Bencher<'_, '_>, n_paragraphs: usize) {
    let html = page_of(n_paragraphs);
    bencher.counter(BytesCount::of_str(&html)).bench(|| page::article(black_box(&html), None));
}

fn page_of(n_paragraphs: usize) -> String {
    let menu = "<li class=\"menu-item\"><a href=\"/rubrik\">Rubrik</a></li>".repeat(80);
    let box_ =
        "<div class=\"teaser\"><a href=\"/b\"><h3>Ein anderer Artikel</h3></a><p>Kurz.</p></div>"
            .repeat(40);
    let script = "<script>var state = {\"a\": [1, 2, 3]};</script>".repeat(1_000);
    let text = "<p>Der Handel zwischen beiden Ländern ist nach Angaben der Botschaft um fast die \
        Hälfte gewachsen; im Mittelpunkt der Gespräche standen Energie und Verkehrswege.</p>"
        .repeat(n_paragraphs);
    format!(
        "<!doctype html><html lang=de><head><title>Empfang in Baku</title>{script}</head><body>\
         <nav><ul>{menu}</ul></nav><main><article><h1>Empfang in Baku</h1>{text}</article></main>\
         <aside>{box_}</aside><footer>Impressum</footer></body></html>"
    )
}

/// Reads the benchmark's pages and writes what was found.
fn articles(folder: &Path) {
    let mut output = BTreeMap::new();
    let mut times = Vec::new();
    let mut paths: Vec<_> =
        fs::read_dir(folder.join("html")).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension() == Some(OsStr::new("html")));
    paths.sort();
    for path in paths {
        let bytes = fs::read(&path).unwrap();
        let html = decode(&bytes, None, None);
        let start = Instant::now();
        let page = page::article(&html, None);
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        times.push((start.elapsed(), name.clone()));
        if let Some(stub) = page.stub {
            println!("{name}: {stub} ({})", page.title);
        }
        output.insert(name, json!({ "articleBody": page.text }));
    }
    times.sort();
    let (slowest, middle) = (times.last().unwrap(), times[times.len() / 2].0);
    println!("{} pages, median {middle:?}, slowest {:?} ({})", times.len(), slowest.0, slowest.1);
    let document = json!({ "version": env!("CARGO_PKG_VERSION"), "output": output });
    fs::create_dir_all(folder.join("output")).unwrap();
    fs::write(folder.join("output/silkwire.json"), document.to_string()).unwrap();
}
