//! A disk that fills up, or may not be written, below the real service.
//!
//! Method: the state folder is a small file system in memory, in a mount namespace of the
//! service's own. Where the system allows no such namespaces, that is said and nothing is tried.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use crate::proof::bureau::{Api, Bureau, copy_folder};
use crate::proof::chance::{Chance, seed};
use crate::proof::kill_rounds::{assert_kept, finish, missed};
use crate::proof::ledger::Ledger;
use crate::support::{DEADLINE, Home, Service};

/// The size of the file system.
const DISK_MB: u64 = 64;

/// How full it gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Brim {
    /// So full that the service stops by itself.
    Floor,
    /// Until nobody can write a byte; the service is told to keep no distance.
    LastByte,
}

/// Goal: an operator whose disk fills up at night finds a service that said so, told what it
/// had to tell, lost nothing, and went on by itself when there was room.
#[test]
fn b26_full_disk_pauses_polling_and_heals() {
    live_through(Brim::Floor);
}

/// Goal: the same where something else took the very last byte.
#[test]
fn disk_without_a_byte_left_heals() {
    live_through(Brim::LastByte);
}

fn live_through(brim: Brim) {
    if !has_namespaces() {
        return;
    }
    let seed = seed("full disk");
    let mut chance = Chance::of(seed);
    let keep = if brim == Brim::LastByte { "[store]\nfree_min = \"0 B\"\n" } else { "" };
    let bureau = Bureau::with_tables(&chance, keep);
    let service = start_on(&bureau.home, &format!("mount -t tmpfs -o size={DISK_MB}m none"));
    let api = Api { origin: service.origin() };
    let disk = seen_from_outside(&service, &bureau.home.state());
    let mut ledger = Ledger::default();
    work(&mut ledger, &api, &bureau, &mut chance);

    // The desk keeps an alert in hand while the disk fills up.
    let gate = Arc::new(Mutex::new(()));
    let (closed, shut) = (gate.lock().unwrap(), Arc::clone(&gate));
    bureau.desks[0].before_answer(move |_| drop(shut.lock()));
    let n_told = bureau.desks[0].requests().len();
    eventually("an alert to the desk", || {
        work(&mut ledger, &api, &bureau, &mut chance);
        (n_told < bureau.desks[0].requests().len()).then_some(())
    });
    let filler = Filler::fill(&disk, brim);
    eventually("the words that the disk is full", || {
        work(&mut ledger, &api, &bureau, &mut chance);
        ready(&api).contains("disk").then_some(())
    });
    let words = ready(&api);
    println!("while it is full: {words}");
    assert!(words.contains("full") && words.contains("paused"), "{words}");
    assert_eq!(api.get("/-/healthy").unwrap().status, 200);
    drop(closed);
    if brim == Brim::Floor {
        eventually("alerts to be told while the disk is full", || {
            ready(&api).contains("full").then_some(())?;
            api.all("deliveries?state=pending").is_empty().then_some(())
        });
    }
    assert_kept(&bureau, &ledger.losses(&api), seed, 0);

    filler.remove();
    eventually("the words to go", || (!ready(&api).contains("full")).then_some(()));
    let n_matches = api.all("matches").len();
    eventually("new matches", || {
        work(&mut ledger, &api, &bureau, &mut chance);
        (n_matches < api.all("matches").len()).then_some(())
    });
    assert_kept(&bureau, &ledger.losses(&api), seed, 1);
    end_on_another_disk(service, &disk, &bureau);
    let service = bureau.home.start();
    let api = Api { origin: service.origin() };
    assert_kept(&bureau, &ledger.losses(&api), seed, 2);
    service.kill();
    finish(&bureau);
    let service = bureau.home.start();
    let api = Api { origin: service.origin() };
    assert_kept(&bureau, &ledger.losses(&api), seed, 3);
    assert_kept(&bureau, &ledger.wrong_alerts(&bureau), seed, 3);
    assert_kept(&bureau, &missed(&bureau, &api), seed, 3);
    println!("{}", ledger.summary());
}

#[track_caller]
fn work(ledger: &mut Ledger, api: &Api, bureau: &Bureau, chance: &mut Chance) {
    ledger.work_a_while(api, bureau, chance).expect("the service must live on");
}

/// What `/-/ready` says, whatever its status.
#[track_caller]
fn ready(api: &Api) -> String {
    api.get("/-/ready").expect("the service must live on").text().to_owned()
}

/// Freezes the service, and leaves what it had on its disk where the next one looks.
fn end_on_another_disk(service: Service, disk: &Path, bureau: &Bureau) {
    signal(service.id(), "-STOP");
    copy_folder(disk, &bureau.home.state());
    service.kill();
}

/// Goal: somebody who mounts the state folder read-only learns what is wrong and where, in a
/// word that scripts can tell from other failures.
#[test]
fn read_only_folder_is_a_clear_error() {
    if !has_namespaces() {
        return;
    }
    let bureau = Bureau::new(&Chance::of(1));
    let finished = bureau.home.run_once(&["--now"]);
    assert_eq!(finished.code, Some(0), "{}", finished.stderr);
    let mount = "mount --bind \"$STATE_DIRECTORY\" \"$STATE_DIRECTORY\"; mount -o remount,bind,ro";
    let finished = start_on(&bureau.home, mount).wait();
    println!("{}", finished.stderr);
    assert_eq!(finished.code, Some(74), "{}", finished.stderr);
    let said = finished.stderr.to_lowercase();
    assert!(said.contains("read-only"), "{said}");
    assert!(said.contains(&bureau.home.state().display().to_string().to_lowercase()), "{said}");
    // It is as it was.
    let finished = bureau.home.run_once(&[]);
    assert_eq!(finished.code, Some(0), "{}", finished.stderr);
}

/// Whether an unprivileged program may mount something for itself.
fn has_namespaces() -> bool {
    let tried = Command::new("unshare").args(["-Urm", "true"]).output();
    let has = tried.is_ok_and(|it| it.status.success());
    if !has {
        println!("no user namespaces here (unshare -Urm): not tried");
    }
    has
}

/// Starts the service where the state folder was mounted with `mount`, which its path follows.
fn start_on(home: &Home, mount: &str) -> Service {
    let plain = home.command(&["run", "--listen", "127.0.0.1:0"]);
    let script = format!("{mount} \"$STATE_DIRECTORY\" && exec \"$0\" \"$@\"");
    let mut command = Command::new("unshare");
    command.args(["-Urm", "bash", "-c", &script]).arg(plain.get_program()).args(plain.get_args());
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.current_dir(home.config());
    Service::spawn(command)
}

/// A path in the service's mount namespace, as others reach it.
fn seen_from_outside(service: &Service, path: &Path) -> PathBuf {
    let root = PathBuf::from(format!("/proc/{}/root", service.id()));
    root.join(path.strip_prefix("/").unwrap())
}

/// Somebody else's file on the disk.
struct Filler {
    path: PathBuf,
}

impl Filler {
    fn fill(disk: &Path, brim: Brim) -> Self {
        let path = disk.join("somebody-else");
        let mut file = File::create(&path).unwrap();
        let left = match brim {
            Brim::Floor => 4_000_000,
            Brim::LastByte => 0,
        };
        let block = vec![7; 16 * 1024];
        loop {
            let found = rustix::fs::statvfs(disk).unwrap();
            if 0 < left && found.f_bavail * found.f_frsize <= left {
                break;
            }
            match file.write(&block) {
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::StorageFull => break,
                Err(error) => panic!("{error}"),
            }
        }
        Self { path }
    }

    fn remove(self) {
        fs::remove_file(self.path).unwrap();
    }
}

/// Waits until `look` finds something; who it asks is another process, which wakes nobody here.
#[track_caller]
fn eventually(what: &str, mut look: impl FnMut() -> Option<()>) {
    let deadline = Instant::now() + 2 * DEADLINE;
    while look().is_none() {
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        thread::sleep(Duration::from_millis(50));
    }
}

fn signal(process: u32, name: &str) {
    let status = Command::new("kill").args([name, &process.to_string()]).status().unwrap();
    assert!(status.success());
}
