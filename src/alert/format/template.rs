//! Templates of one's own: the way to whatever no format was written for.
//!
//! Invariant: a template that fails, or writes no JSON where JSON is promised, loses no alert: the
//! plain JSON body is sent instead, and says why.

use std::io;

use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior};
use serde::Serialize;
use serde_json::value::Value as Json;

use crate::alert::format::cut::{Dialect, Unit};
use crate::alert::format::facts::Facts;
use crate::alert::format::{TargetError, discord, json, letter, slack, telegram};
use crate::alert::{Message, Stamp};

const NAME: &str = "template";

/// What a template may write.
const OUTPUT_BYTES_MAX: usize = 256 * 1024;

/// Instructions, and bytes worked on in hundreds: more than any message needs, and done in
/// milliseconds.
const FUEL: u64 = 200_000;

/// Of the plain text that templates find as `text`.
const TEXT_CHARACTERS_MAX: usize = 4000;

const JSON_TYPE: &str = "application/json";

/// A template that was compiled.
pub(super) struct Template {
    environment: Environment<'static>,
    source: String,
    content_type: String,
}

/// What a template sees: the JSON body, and the same in words.
#[derive(Serialize)]
struct Context {
    #[serde(flatten)]
    body: Json,
    /// What the header `webhook-id` says.
    id: String,
    /// `New story: ` and the title.
    headline: String,
    /// The whole message as plain text with the link last.
    text: String,
    /// The link; null if there is none.
    url: Option<String>,
}

impl Template {
    /// Compiles `source`.
    ///
    /// # Errors
    /// Where it is wrong.
    pub(super) fn compile(source: &str, content_type: Option<&str>) -> Result<Self, TargetError> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|_| AutoEscape::None);
        environment.set_fuel(Some(FUEL));
        environment.set_debug(true);
        environment.add_filter("json", as_json);
        environment.add_filter("slack", |text: String| slack::escape(&text));
        environment.add_filter("telegram", |text: String| telegram::escape(&text));
        environment.add_filter("discord", |text: String| discord::escape(&text));
        environment
            .add_template_owned(NAME, source.to_owned())
            .map_err(|error| placed(&error, source))?;
        let content_type = content_type.unwrap_or(JSON_TYPE).to_owned();
        Ok(Self { environment, source: source.to_owned(), content_type })
    }

    pub(super) fn content_type(&self) -> &str {
        &self.content_type
    }

    /// What is sent: the template's work, else the plain JSON body with what went wrong.
    pub(super) fn body(&self, message: &Message<'_>, stamp: &Stamp) -> String {
        match self.render(message, stamp) {
            Ok(body) => body,
            Err(error) => {
                let kind = message.kind();
                tracing::warn!(
                    alert.kind = %kind,
                    "the template failed for a {kind}, {error}: plain JSON is sent instead"
                );
                json::body_instead(message, stamp, &error.to_string())
            }
        }
    }

    /// What the template makes of `message`.
    ///
    /// # Errors
    /// It fails, writes too much, or no JSON.
    pub(super) fn render(
        &self,
        message: &Message<'_>,
        stamp: &Stamp,
    ) -> Result<String, TargetError> {
        let facts = Facts::new(message, stamp);
        let dialect = Dialect::plain(Unit::Characters);
        let context = Context {
            body: json::value(message, stamp),
            id: stamp.event.webhook_id(),
            headline: facts.headline(TEXT_CHARACTERS_MAX, &dialect),
            text: letter::whole(&facts, TEXT_CHARACTERS_MAX, &dialect),
            url: facts.url,
        };
        let placed = |error| placed(&error, &self.source);
        let template = self.environment.get_template(NAME).map_err(placed)?;
        let mut output = Output::default();
        let rendered = template.render_captured_to(Value::from(Serde(&context)), &mut output);
        if output.is_full {
            return Err(at_start(&format!("it writes more than {OUTPUT_BYTES_MAX} bytes")));
        }
        rendered.map_err(placed)?;
        let text =
            String::from_utf8(output.bytes).map_err(|_| at_start("what it writes is no text"))?;
        if self.content_type.starts_with(JSON_TYPE) {
            let read: Result<serde::de::IgnoredAny, _> = serde_json::from_str(&text);
            read.map_err(|error| at_start(&format!("what it writes is no JSON: {error}")))?;
        }
        Ok(text)
    }
}

/// `value` as JSON, strings in quotes.
fn as_json(value: &Value) -> Result<String, Error> {
    if value.is_undefined() {
        return Err(Error::new(ErrorKind::UndefinedError, "there is nothing of that name"));
    }
    serde_json::to_string(value)
        .map_err(|error| Error::new(ErrorKind::BadSerialization, error.to_string()))
}

/// Takes so many bytes and no more.
#[derive(Default)]
struct Output {
    bytes: Vec<u8>,
    /// More was to come.
    is_full: bool,
}

impl io::Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.is_full |= OUTPUT_BYTES_MAX < self.bytes.len() + bytes.len();
        if self.is_full {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn at_start(reason: &str) -> TargetError {
    TargetError::Template { line: 1, column: 1, reason: reason.to_owned() }
}

/// The library's words with the place in `source`.
fn placed(error: &Error, source: &str) -> TargetError {
    let start = error.range().map(|range| source.floor_char_boundary(range.start));
    let before = start.and_then(|start| source.get(..start));
    let line = error.line().unwrap_or(1);
    let line_start = before.and_then(|text| text.rsplit('\n').next());
    let column = line_start.map_or(1, |text| text.chars().count() + 1);
    let detail = error.detail().map(|it| format!(": {it}")).unwrap_or_default();
    let reason = format!("{}{detail}", error.kind());
    TargetError::Template { line, column, reason }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::samples::{Sample, section};
    use crate::alert::{Target, Tidings};

    fn target(template: &str, more: &str) -> Result<Target, TargetError> {
        let text = format!("[[receiver]]\nname = \"desk\"\nformat = \"template\"\n{more}");
        Target::new(&section(&text).receiver[0], Some(template))
    }

    fn error(template: &str) -> String {
        target(template, "").unwrap_err().to_string()
    }

    /// Goal: whoever writes a template learns from `check` where it is wrong, not from a lost
    /// alert.
    #[test]
    fn b56_mistakes_are_found_with_line_and_column() {
        let errors = [
            "{\n  \"a\": {{ titel | json }}\n}",
            "{\n  \"a\": {{ url | jsn }}\n}",
            "{\n  {% if %}\n}",
            "{\"a\": {{ data.match.title | json }}}",
            "{\"a\": \"{{ headline }}\"}",
            "{% for a in range(10000) %}{% for b in range(10000) %}x{% endfor %}{% endfor %}",
            "{% for a in range(9999) %}{{ text }}{{ text }}{{ text }}{{ text }}{% endfor %}",
        ]
        .map(error);
        insta::assert_snapshot!(errors.join("\n"), @r"
        line 2, column 19: undefined value: there is nothing of that name (tried with match.created)
        line 2, column 17: unknown filter: filter jsn is unknown (tried with match.created)
        line 2, column 9: syntax error: unexpected end of block
        line 1, column 14: undefined value: `data.match` is undefined (tried with digest)
        line 1, column 1: what it writes is no JSON: expected `,` or `}` at line 1 column 31 (tried with match.created)
        line 1, column 1: engine ran out of fuel (tried with match.created)
        line 1, column 1: it writes more than 262144 bytes (tried with match.created)
        ");
    }

    /// Goal: a template can write for a service that we know nothing of, in its own way.
    #[test]
    fn template_sees_the_message_and_escapes_it() {
        let template = "{{ type }} {{ id }} {{ sequence }}\n{{ text | slack }}\n\
                        {% if type == \"match.created\" %}{{ data.match.score }}{% endif %}";
        let target = target(template, "content_type = \"text/plain\"").unwrap();
        assert_eq!(target.content_type(), "text/plain");
        let sample = Sample::retold("en", "A & B @here", "C", "D");
        let news = sample.news();
        let message = Message::News { tidings: Tidings::Created, news: &news };
        let body = target.body(&message, &sample.stamp());
        let visible =
            body.replace('\u{2068}', "[").replace('\u{2069}', "]").replace('\u{200b}', "~");
        insta::assert_snapshot!(visible, @r"
        match.created evt_8c3861b02fdc184b 1795500000000048
        New story: [A &amp; B @~here]
        Outlet: [C] (third), en, 2026-11-24 05:30 UTC
        Score: 0.97
        About: diplomacy, energy
        Figures: [452 Millionen US-Dollar]
        Evidence: [D] (AZ)
        Story: 1 report from 1 outlet in en
        https://example.org/empfang
        0.97
        ");
    }

    /// Goal: an alert that a template cannot write arrives all the same, and says why it looks
    /// different.
    /// Method: a title that only this alert has makes it divide by zero.
    #[test]
    fn b56_failing_template_falls_back_to_json() {
        let template = "{\"a\": {% if \"bad\" in headline %}{{ 1 // 0 }}{% else %}1{% endif %}}";
        let target = target(template, "").unwrap();
        let body = |title: &str| {
            let sample = Sample::retold("en", title, "C", "D");
            let news = sample.news();
            let message = Message::News { tidings: Tidings::Created, news: &news };
            target.body(&message, &sample.stamp())
        };
        assert_eq!(body("good"), "{\"a\": 1}");
        let instead: Json = serde_json::from_str(&body("bad")).unwrap();
        assert_eq!(instead["data"]["match"]["title"], "bad");
        let words = instead["template_error"].as_str().unwrap();
        assert!(words.starts_with("line 1, column"), "{words}");
    }
}
