//! Reads the feeds whose paths arrive on standard input and says what is in each: one JSON line
//! with path, number of entries, first title, or the error. `parser_suites.py` compares them.

use std::io::{BufRead, Write};
use std::path::Path;

use serde_json::{Value, json};
use silkwire::collect::read;
use silkwire::understand::text::plain;

/// What tokio's blocking threads have.
const STACK_BYTES: usize = 2 * 1024 * 1024;

fn main() -> std::io::Result<()> {
    let thread = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(answer_all)?;
    thread.join().unwrap_or_else(|_| Err(std::io::Error::other("reading ended in a panic")))
}

fn answer_all() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    for path in std::io::stdin().lock().lines() {
        let path = path?;
        // Where a file ends the process, it is the one without an answer.
        let mut answer = answer(Path::new(&path))?;
        answer["file"] = json!(path);
        writeln!(out, "{answer}")?;
        out.flush()?;
    }
    Ok(())
}

fn answer(path: &Path) -> std::io::Result<Value> {
    let bytes = std::fs::read(path)?;
    let Ok(read) = std::panic::catch_unwind(|| read(&bytes, None, None)) else {
        return Ok(json!({"error": "panic", "is_panic": true}));
    };
    Ok(match read {
        Ok(document) => json!({
            "entries": document.entries.len(),
            "first": document.entries.first().map(|entry| plain(&entry.title)),
            "title": document.title,
            "is_salvaged": document.is_salvaged,
        }),
        Err(error) => json!({"error": error.to_string()}),
    })
}
