//! `kill -9` at random instants while news comes in and people work: what was acknowledged is
//! there, every event has one id, and the service starts every time.

use std::collections::BTreeMap;
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::proof::bureau::{Api, Bureau, DESKS};
use crate::proof::chance::{Chance, n_rounds, seed};
use crate::proof::ledger::{Ledger, text};
use crate::support::Service;

/// A round's service lives at most so long after its start, in milliseconds.
const LIFE_MS_MAX: usize = 900;

/// Goal: whoever pulls the plug of the process at any instant loses nothing that an answer has
/// shown or taken, and no receiver is told one event under two ids.
#[test]
fn killed_service_keeps_what_it_acknowledged() {
    let seed = seed("kill rounds");
    let mut chance = Chance::of(seed);
    let bureau = Bureau::new(&chance);
    let mut ledger = Ledger::default();
    let n_rounds = n_rounds(20, 200);
    for round in 0..n_rounds {
        let (service, api) = start(&bureau, seed, round);
        // The whole ledger takes its time once it is thick.
        if round < 20 || round % 10 == 0 {
            assert_kept(&bureau, &ledger.losses(&api), seed, round);
        }
        let kill = service.killer();
        let life = Duration::from_millis(chance.below(LIFE_MS_MAX) as u64);
        let killer = thread::spawn(move || {
            thread::sleep(life);
            kill();
        });
        ledger.work(&api, &bureau, &mut chance);
        killer.join().unwrap();
        assert_eq!(service.wait().code, None);
        if chance.is_one_in(4) {
            kill_while_it_starts(&bureau, &mut chance);
        }
        if round % 8 == 7 {
            catch_up(&bureau);
        }
        assert_kept(&bureau, &ledger.wrong_alerts(&bureau), seed, round);
    }
    finish(&bureau);
    let (_service, api) = start(&bureau, seed, n_rounds);
    assert_kept(&bureau, &ledger.losses(&api), seed, n_rounds);
    assert_kept(&bureau, &ledger.wrong_alerts(&bureau), seed, n_rounds);
    assert_kept(&bureau, &missed(&bureau, &api), seed, n_rounds);
    println!("{n_rounds} rounds: {}", ledger.summary());
}

/// Starts the service; one that does not leaves its state behind.
fn start(bureau: &Bureau, seed: u64, round: usize) -> (Service, Api) {
    let service = bureau.home.start();
    if let Some(origin) = service.try_origin() {
        return (service, Api { origin });
    }
    let kept = bureau.keep_state(seed);
    let (kept, said) = (kept.display(), service.kill().stderr);
    panic!("round {round} of seed {seed}, state in {kept}: it does not start\n{said}")
}

/// An open that is cut short must not make the next one fail.
fn kill_while_it_starts(bureau: &Bureau, chance: &mut Chance) {
    let service = bureau.home.start();
    thread::sleep(Duration::from_millis(chance.below(120) as u64));
    service.kill();
}

/// Reads every feed to its end and tells what is due.
pub(super) fn finish(bureau: &Bureau) {
    bureau.presses.stop_printing();
    catch_up(bureau);
    catch_up(bureau);
}

/// Takes in and tells what short lives had no time for: a poll is stored as a whole, and one of
/// many new articles may take longer than any of them.
fn catch_up(bureau: &Bureau) {
    let once = ["run", "--listen", "127.0.0.1:0", "--once", "--now"];
    // Not within the time of other tests.
    let finished = bureau.home.command(&once).output().unwrap();
    assert!(finished.status.success(), "{}", String::from_utf8_lossy(&finished.stderr));
}

/// Articles that a feed carried and that are not a match, or twice; deliveries that were not
/// made, and those that nobody got.
pub(super) fn missed(bureau: &Bureau, api: &Api) -> Vec<String> {
    let mut missed = Vec::new();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for matched in api.all("matches") {
        let path = text(&matched, "url").replace("http://outlet.example", "");
        *counts.entry(path).or_default() += 1;
    }
    for path in bureau.presses.paths_of_matches() {
        match counts.remove(&path) {
            Some(1) => {}
            n => missed.push(format!("{path} is a match {} times", n.unwrap_or_default())),
        }
    }
    missed.extend(counts.keys().map(|path| format!("{path} is a match")));
    missed.extend(untold(bureau, &api.all("deliveries")));
    missed
}

fn untold(bureau: &Bureau, deliveries: &[Value]) -> Vec<String> {
    let mut untold = Vec::new();
    for (name, desk) in DESKS.iter().zip(&bureau.desks) {
        let posts = desk.requests();
        let told: Vec<&str> = posts.iter().filter_map(|post| post.header("webhook-id")).collect();
        for delivery in deliveries.iter().filter(|it| it["receiver"] == *name) {
            let event = text(delivery, "event");
            if delivery["state"] != "delivered" {
                untold.push(format!("{name}: {event} is {}", delivery["state"]));
            } else if !told.contains(&event.as_str()) {
                untold.push(format!("{name}: {event} never came"));
            }
        }
    }
    untold
}

#[track_caller]
pub(super) fn assert_kept(bureau: &Bureau, wrong: &[String], seed: u64, round: usize) {
    if !wrong.is_empty() {
        let kept = bureau.keep_state(seed);
        let (n, kept) = (wrong.len(), kept.display());
        let listed = wrong[..n.min(20)].join("\n");
        panic!("round {round} of seed {seed}, state in {kept}, {n} losses:\n{listed}");
    }
}
