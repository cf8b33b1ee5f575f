//! `silkwire demo`: shows everything at work on this machine alone.

use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use tokio::sync::mpsc;

use crate::alert::secret::{self, SigningKey};
use crate::collect::{self, Who};
use crate::model::{Clock, Side, SystemClock, Timestamp, Verdict};
use crate::service::command::print;
use crate::service::demo::{Received, SAMPLES, Server};
use crate::service::text::Words;
use crate::service::{self, Config, Exit, Failure, Mode, RunOptions};
use crate::understand::Judge;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Ends by itself once the alerts have arrived.
    #[arg(long)]
    once: bool,
}

pub(super) async fn run(arguments: Arguments) -> Result<(), Failure> {
    let now = SystemClock.now();
    let server = Server::bind(now)
        .await
        .map_err(|error| Failure::because(Exit::Unavailable, format_args!("no port: {error}")))?;
    let base = server.base();
    let secret = secret::generate().map_err(|error| Failure::new(Exit::Unavailable, error))?;
    let folder = Folder::create(&base, secret.reveal(), now)
        .map_err(|error| Failure::because(Exit::Io, format_args!("no demo folder: {error}")))?;
    let key = SigningKey::parse(secret.reveal())
        .map_err(|error| Failure::new(Exit::Unavailable, error))?;
    let config = Config::load(Some(&folder.config)).map_err(|it| Failure::config(&it))?;
    introduce(&config, &base)?;
    unflagged(&config.judge, &base, now)?;
    let (received, serving) = server.serve(key);
    let mode = if arguments.once { Mode::Once(Who::Due) } else { Mode::Forever };
    let options = RunOptions {
        listen: Some(([127, 0, 0, 1], 0).into()),
        state: folder.state(),
        is_state_named: true,
        mode,
    };
    let service = service::run(config, options, |address| {
        print::talk(format_args!("listening on http://{address}"));
        print::talk(format_args!("Open http://{address}/ in a browser; Ctrl-C ends the demo."));
    });
    tokio::select! {
        ended = serving => {
            let words = format_args!("the demo's server ended: {ended:?}");
            return Err(Failure::because(Exit::Unavailable, words));
        }
        done = both(service, received) => done?,
    }
    folder.say_where_to_look()
}

/// The service, and somebody who reads out what arrives, until the service ends.
async fn both(
    service: impl Future<Output = Result<(), Failure>>,
    mut received: mpsc::Receiver<Received>,
) -> Result<(), Failure> {
    let mut n_alerts = 0;
    tokio::pin!(service);
    loop {
        tokio::select! {
            done = &mut service => {
                done?;
                break;
            }
            Some(alert) = received.recv() => {
                read_out(&alert)?;
                n_alerts += 1;
            }
        }
    }
    // What arrived while the service ended.
    while let Ok(alert) = received.try_recv() {
        read_out(&alert)?;
        n_alerts += 1;
    }
    if n_alerts == 0 {
        return Err(Failure::because(Exit::Task, "no alert arrived"));
    }
    print::line(format_args!("{n_alerts} alerts arrived, all signatures are right."))
}

fn introduce(config: &Config, base: &str) -> Result<(), Failure> {
    print::line(format_args!(
        "{} sample feeds are served on {base}/feeds/, alerts go to {base}/hook.",
        config.feeds.len()
    ))
}

/// Shows the entries that are left alone, and why.
fn unflagged(judge: &Judge, base: &str, now: Timestamp) -> Result<(), Failure> {
    print::line("\nLeft alone although something of both sides stands in it:")?;
    for sample in SAMPLES {
        let document = sample.document(base, now);
        let read = collect::read(&document, None, None);
        let read = read.map_err(|error| Failure::new(Exit::Data, error))?;
        for entry in &read.entries {
            let words = Words::of(entry);
            let side = Side::try_from(sample.side.to_owned()).unwrap_or_default();
            let judgement = judge.judge(&words.judged(side, entry.link.as_deref()));
            if let (false, Some(why)) = (judgement.verdict == Verdict::Match, judgement.why_not) {
                print::line(format_args!("  {}\n      {why}", print::one_line(&words.title)))?;
            }
        }
    }
    print::line("")
}

fn read_out(alert: &Received) -> Result<(), Failure> {
    if !alert.is_verified {
        let words = format_args!("alert {} arrived with a wrong signature", alert.id);
        return Err(Failure::because(Exit::Task, words));
    }
    let matched = &alert.body["data"]["match"];
    let text = |value: &serde_json::Value| print::one_line(value.as_str().unwrap_or_default());
    print::line(format_args!("Alert {}, signature verified", alert.id))?;
    print::line(format_args!("  {}", text(&matched["title"])))?;
    let score = matched["score"].as_f64().unwrap_or_default();
    let language = text(&matched["language"]);
    print::line(format_args!(
        "  score {score:.2}, language {language}, from {}",
        text(&matched["feed"]["title"])
    ))?;
    for reason in matched["evidence"].as_array().into_iter().flatten().take(5) {
        let side = reason["side"].as_str().unwrap_or("tie");
        print::line(format_args!("    {side:>3}  {}", text(&reason["text"])))?;
    }
    print::line("")
}

/// The demo's configuration and state, in a folder of its own.
struct Folder {
    path: PathBuf,
    config: PathBuf,
}

impl Folder {
    fn create(base: &str, secret: &str, now: Timestamp) -> std::io::Result<Self> {
        let name = format!("silkwire-demo-{}-{}", std::process::id(), now.unix_ms());
        let path = std::env::temp_dir().join(name);
        // Fails if somebody put something there before us: the folder holds a secret.
        fs::DirBuilder::new().mode(0o700).create(&path)?;
        fs::write(path.join("hook.secret"), secret)?;
        let config = path.join("silkwire.toml");
        fs::write(&config, configuration(base))?;
        Ok(Self { path, config })
    }

    fn state(&self) -> PathBuf {
        self.path.join("state")
    }

    fn say_where_to_look(&self) -> Result<(), Failure> {
        let shown = |path: &Path| path.display().to_string();
        let (config, state) = (shown(&self.config), shown(&self.state()));
        print::line(format_args!(
            "\nWhat was stored:\n  silkwire matches list --config {config} --state {state}\n  \
             silkwire alerts list --config {config} --state {state}\n\
             The demo's folder may be removed: rm -r {}",
            shown(&self.path)
        ))
    }
}

fn configuration(base: &str) -> String {
    let head = format!(
        "[net]\nallow_networks = [\"127.0.0.0/8\"]\n[collect]\nhost_gap = \"0s\"\n\
         [[receiver]]\nname = \"demo\"\nurl = \"{base}/hook\"\nsecret_file = \"hook.secret\"\n\
         allow_http = true\n[[route]]\nreceiver = \"demo\"\n"
    );
    let feeds = SAMPLES.iter().map(|sample| {
        let (name, side) = (sample.name, sample.side);
        format!("[[feed]]\nurl = \"{base}/feeds/{name}\"\ntitle = \"{name}\"\nside = \"{side}\"\n")
    });
    std::iter::once(head).chain(feeds).collect()
}
