//! `silkwire alerts replay` and `alerts enable`.

use crate::model::view::{EnabledView, ReplayItemView, ReplayView};
use crate::model::{Clock, DeliveryId, SystemClock, Timestamp, time_text};
use crate::review::{ReplayMode, ReplayOrder, ReplayWhat};
use crate::service::command::print::{self, Format};
use crate::service::{Exit, Failure};

#[derive(clap::Args)]
pub(in crate::service::command) struct Arguments {
    /// One delivery: sent again, whether it was delivered or given up.
    #[arg(conflicts_with_all = ["since", "until", "receiver", "dead"])]
    id: Option<DeliveryId>,
    /// What was first told at or after this time: `2026-11-24T06:00:00Z`, `2026-11-24` (its
    /// beginning in UTC), or `24h` (so long ago). Without `--receiver` only what was given up.
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// What was first told before this time.
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// To this receiver: also what was delivered, and what it would have been told had it been
    /// there already.
    #[arg(long, value_name = "NAME")]
    receiver: Option<String>,
    /// Only what was given up.
    #[arg(long)]
    dead: bool,
    /// Says what would be sent, and sends nothing.
    #[arg(long)]
    dry_run: bool,
    /// How to print.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Arguments {
    /// What they ask for.
    pub(super) fn order(&self) -> Result<ReplayOrder, Failure> {
        let now = SystemClock.now();
        let what = match self.id {
            Some(id) => ReplayWhat::One(id),
            None if self.since.is_none() && self.receiver.is_none() => {
                let words = "name the id of a delivery, --since or --receiver: nobody wants \
                             everything again";
                return Err(Failure::because(Exit::Usage, words));
            }
            None => ReplayWhat::Several {
                receiver: self.receiver.clone(),
                since: time(self.since.as_deref(), now)?,
                until: time(self.until.as_deref(), now)?,
                only_dead: self.dead,
            },
        };
        Ok(ReplayOrder { what, mode: ReplayMode::of_dry_run(self.dry_run) })
    }

    /// Prints what became of it.
    pub(super) fn told(&self, view: &ReplayView) -> Result<(), Failure> {
        if self.format == Format::Json {
            return print::json(view);
        }
        if view.dry_run && !view.items.is_empty() {
            let rows: Vec<_> = view.items.iter().map(row).collect();
            print::table(["ID", "TYPE", "RECEIVER", "FIRST TOLD", "NEW"], &rows)?;
        }
        print::line(sum(view))?;
        view.skipped.iter().try_for_each(|it| {
            print::line(format_args!("{} skipped: {}", it.n, it.reason.in_words()))
        })
    }
}

/// Reads a time as people type it.
pub(super) fn time(text: Option<&str>, now: Timestamp) -> Result<Option<Timestamp>, Failure> {
    let read = text.map(|text| time_text::parse(text, now)).transpose();
    read.map_err(|words| Failure::because(Exit::Usage, words))
}

fn row(item: &ReplayItemView) -> [String; 5] {
    [
        item.id.to_string(),
        item.kind.to_string(),
        item.receiver.clone(),
        item.created.to_string(),
        if item.is_new { "new" } else { "" }.to_owned(),
    ]
}

fn sum(view: &ReplayView) -> String {
    let ReplayView { n_replayed, n_new, .. } = view;
    let new = if *n_new == 0 { String::new() } else { format!(", {n_new} for the first time") };
    if view.dry_run {
        format!("would be replayed: {n_replayed}{new}; nothing was sent")
    } else {
        format!("replayed: {n_replayed}{new}")
    }
}

/// Says what a receiver missed while it was off.
pub(super) fn enabled(view: &EnabledView) -> Result<(), Failure> {
    let EnabledView { receiver, was_off, n_missed, replay } = view;
    if !was_off {
        return print::line(format_args!("{receiver} was on already"));
    }
    print::line(format_args!("{receiver} is on again"))?;
    match replay {
        None => print::line("it missed nothing"),
        Some(command) => print::line(format_args!(
            "it missed {n_missed}: they are dead letters, and `{command}` sends them"
        )),
    }
}
