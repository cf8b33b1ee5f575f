//! Damage to the files of a state folder: the service starts all the same, says nothing wrong,
//! and what cannot be had any more is reported by name.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use serde_json::Value;
use silkwire::model::{Article, MatchId};
use silkwire::store::{Articles, DiskStore, MatchFilter, PageRequest, Store, StoreError};

use crate::proof::bureau::{Api, Bureau, copy_folder};
use crate::proof::chance::{Chance, n_rounds, seed};
use crate::proof::kill_rounds::finish;
use crate::proof::ledger::{Ledger, by_id};

/// What a disk or a person does to a file.
#[derive(Clone, Copy, Debug)]
enum Harm {
    Flip { at: u64, bit: u8 },
    Truncate { to: u64 },
    ZeroPage { at: u64 },
    Empty,
    Delete,
}

impl Harm {
    fn draw(chance: &mut Chance, length: u64) -> Vec<Self> {
        let length = usize::try_from(length).unwrap().max(1);
        let place = |chance: &mut Chance| chance.below(length) as u64;
        match chance.below(8) {
            0..=2 => (0..=chance.below(3)).map(|_| Self::flip(chance, length)).collect(),
            3..=4 => vec![Self::Truncate { to: place(chance) }],
            5 => vec![Self::ZeroPage { at: place(chance) / 4096 * 4096 }],
            6 => vec![Self::Empty],
            _ => vec![Self::Delete],
        }
    }

    fn flip(chance: &mut Chance, length: usize) -> Self {
        Self::Flip { at: chance.below(length) as u64, bit: 1 << chance.below(8) }
    }

    fn is_flip(&self) -> bool {
        matches!(self, Self::Flip { .. })
    }

    fn apply(self, path: &Path) {
        let mut bytes = fs::read(path).unwrap();
        let index = |at: u64| usize::try_from(at).unwrap().min(bytes.len());
        match self {
            Self::Delete => return fs::remove_file(path).unwrap(),
            Self::Empty => bytes.clear(),
            Self::Truncate { to } => {
                let to = index(to);
                bytes.truncate(to);
            }
            Self::Flip { at, bit } => {
                let at = index(at);
                bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= bit);
            }
            Self::ZeroPage { at } => {
                let at = index(at);
                bytes.iter_mut().skip(at).take(4096).for_each(|byte| *byte = 0);
            }
        }
        fs::write(path, bytes).unwrap();
    }
}

/// Files of a state folder that were harmed, and how.
struct Harmed {
    files: Vec<(PathBuf, Vec<Harm>)>,
}

impl fmt::Display for Harmed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.files.iter().try_for_each(|(path, harm)| write!(f, "{} {harm:?}; ", path.display()))
    }
}

/// A state folder that a service made, and everything in it.
struct Original {
    bureau: Bureau,
    folder: tempfile::TempDir,
    lists: Lists,
    articles: BTreeMap<MatchId, Article>,
}

/// What the API says, by list and id.
type Lists = BTreeMap<&'static str, BTreeMap<String, Value>>;

/// What people look at and what cannot be fetched again.
const LISTS: [&str; 4] = ["matches", "stories", "deliveries", "near-misses"];

impl Original {
    fn make(seed: u64) -> Self {
        let mut chance = Chance::of(seed);
        let bureau = Bureau::new(&chance);
        // Two runs, so that one of them was interrupted.
        let mut ledger = Ledger::default();
        for life_ms in [2_500, 1_500] {
            let service = bureau.home.start();
            let api = Api { origin: service.origin() };
            let kill = service.killer();
            let killer = thread::spawn(move || {
                thread::sleep(Duration::from_millis(life_ms));
                kill();
            });
            ledger.work(&api, &bureau, &mut chance);
            killer.join().unwrap();
        }
        finish(&bureau);
        bureau.presses.close();
        let folder = tempfile::tempdir().unwrap();
        copy_folder(&bureau.home.state(), folder.path());
        let service = bureau.home.start();
        let lists = lists(&Api { origin: service.origin() });
        assert_eq!(service.terminate().code, Some(0));
        let articles = articles(&bureau.home.state()).unwrap();
        let sizes: Vec<_> = lists.iter().map(|(name, list)| (name, list.len())).collect();
        println!("{sizes:?}, {} reviews", reviews(&lists["matches"]));
        assert!(10 < articles.len() && 0 < reviews(&lists["matches"]));
        Self { bureau, folder, lists, articles }
    }

    /// The files that may be harmed, in order.
    fn files(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        collect_files(self.folder.path(), Path::new(""), &mut files);
        // Rewritten at each start; it says who has the folder open.
        files.retain(|it| it != Path::new("pid"));
        files.sort();
        files
    }
}

fn reviews(list: &BTreeMap<String, Value>) -> usize {
    list.values().filter(|it| !it["review"].is_null()).count()
}

fn collect_files(folder: &Path, below: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = below.join(entry.file_name());
        if entry.path().is_dir() {
            collect_files(&entry.path(), &name, files);
        } else {
            files.push(name);
        }
    }
}

fn lists(api: &Api) -> Lists {
    let mut lists: Lists = LISTS.iter().map(|list| (*list, by_id(api.all(list)))).collect();
    let named = |items: Vec<Value>, name: &str| -> BTreeMap<String, Value> {
        items.into_iter().map(|it| (it[name].as_str().unwrap().to_owned(), it)).collect()
    };
    lists.insert("tokens", named(api.all("tokens"), "name"));
    // How polling goes changes by itself.
    let feeds = api.all("feeds").into_iter().map(|it| serde_json::json!({"url": it["url"]}));
    lists.insert("feeds", named(feeds.collect(), "url"));
    lists
}

/// The texts, which the API does not show.
fn articles(state: &Path) -> Result<BTreeMap<MatchId, Article>, StoreError> {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let store = DiskStore::open_existing(state)?;
    let read = runtime.block_on(async {
        let mut articles = BTreeMap::new();
        let mut page = PageRequest::first(200);
        loop {
            let found = store.matches(MatchFilter::default(), page).await?;
            for matched in found.items {
                if let Some(article) = store.article(matched.article).await? {
                    articles.insert(matched.id, article);
                }
            }
            match found.next {
                Some(next) => page = PageRequest { after: Some(next), ..PageRequest::first(200) },
                None => return Ok(articles),
            }
        }
    });
    runtime.block_on(store.close())?;
    read
}

/// Goal: whatever happens to one file of the state folder, the service starts and has
/// everything that it had; whatever happens to several, it says by name what it has not.
/// Method: copies of one folder that a service made, with random harm to random files.
#[test]
fn damaged_folder_opens_complete_or_says_what_is_missing() {
    let seed = seed("damage");
    let original = Original::make(seed);
    let files = original.files();
    println!("{files:?}");
    let n_rounds = n_rounds(20, 300);
    let mut wrong = Vec::new();
    let (mut n_rebuilt, mut missing) = (0, BTreeMap::<&str, usize>::new());
    for round in 0..n_rounds {
        let mut chance = Chance::of(seed.wrapping_add(round as u64));
        let harmed = harm(&original, &files, &mut chance);
        let found = Aftermath::of(&original);
        n_rebuilt += usize::from(found.is_rebuilt());
        for (list, _) in &found.missing {
            *missing.entry(list).or_default() += 1;
        }
        let complaints = found.complaints(&harmed);
        println!("{round}: {harmed}{}", found.outcome());
        if !complaints.is_empty() {
            wrong.push(format!("round {round}: {harmed}\n  {}", complaints.join("\n  ")));
        }
    }
    println!("{n_rounds} rounds, {n_rebuilt} rebuilt, missing: {missing:?}");
    let (n, listed) = (wrong.len(), wrong.join("\n"));
    assert!(wrong.is_empty(), "{n} of {n_rounds} rounds of seed {seed}:\n{listed}");
}

/// Puts the original where the service looks, and harms one file of it or two: most often those
/// that hold the records.
fn harm(original: &Original, files: &[PathBuf], chance: &mut Chance) -> Harmed {
    let state = original.bureau.home.state();
    fs::remove_dir_all(&state).unwrap();
    copy_folder(original.folder.path(), &state);
    let (databases, others): (Vec<_>, Vec<_>) = files.iter().partition(|it| it.ends_with("db"));
    let (journals, others): (Vec<_>, Vec<_>) =
        others.into_iter().partition(|it| it.starts_with("journal"));
    let names = match chance.below(8) {
        0..=1 => vec![*chance.pick(&databases)],
        2..=3 => vec![*chance.pick(&journals)],
        4 => vec![*chance.pick(&others)],
        5 => vec![*chance.pick(&databases), *chance.pick(&others)],
        _ => vec![*chance.pick(&databases), *chance.pick(&journals)],
    };
    let harm_one = |name: &PathBuf| {
        let path = state.join(name);
        let harm = Harm::draw(chance, fs::metadata(&path).unwrap().len());
        for it in &harm {
            it.apply(&path);
        }
        (name.clone(), harm)
    };
    Harmed { files: names.into_iter().map(harm_one).collect() }
}

/// A record that changed. What a match is to its story follows from the story, so that one is
/// meant where nothing else of the match changed.
fn named(
    list: &'static str,
    id: &str,
    (record, now): (&Value, &Value),
    words: String,
) -> (&'static str, String, String) {
    let without_role = |record: &Value| {
        let mut record = record.clone();
        record["role"] = Value::Null;
        record
    };
    match record["story"].as_str() {
        Some(story) if without_role(record) == without_role(now) => {
            ("stories", story.to_owned(), words)
        }
        _ => (list, id.to_owned(), words),
    }
}

/// A record that the original does not have.
const NEVER_THERE: &str = "was never there";

/// What became of a harmed folder.
#[derive(Default)]
struct Aftermath {
    /// Everything that the service and the commands said.
    said: String,
    /// What went wrong altogether.
    failures: Vec<String>,
    /// Records that are there, but not as they were, with how they are, as (list, id, words).
    changed: Vec<(&'static str, String, String)>,
    /// Records that are not there, as (list, id).
    missing: Vec<(&'static str, String)>,
}

impl Aftermath {
    fn of(original: &Original) -> Self {
        let mut found = Self::default();
        let home = &original.bureau.home;
        let service = home.start();
        let Some(origin) = service.try_origin() else {
            let finished = service.wait();
            found.failures.push(format!("exit {:?}: {}", finished.code, finished.stderr));
            return found;
        };
        let api = Api { origin };
        found.said = api.get("/-/ready").map(|it| it.text().to_owned()).unwrap_or_default();
        found.compare(&original.lists, &lists(&api));
        let finished = service.terminate();
        found.said.push_str(&finished.stderr);
        if finished.code != Some(0) {
            found.failures.push(format!("stop {:?}: {}", finished.code, finished.stderr));
        }
        match articles(&home.state()) {
            Ok(articles) => found.compare_articles(&original.articles, &articles),
            Err(error) => found.failures.push(format!("reading texts: {error}")),
        }
        found
    }

    fn compare(&mut self, before: &Lists, now: &Lists) {
        for (list, before) in before {
            for (id, record) in before {
                match now[list].get(id) {
                    None => self.missing.push((*list, id.clone())),
                    Some(now) if now == record => {}
                    Some(now) => {
                        let words = format!("was {record}\n    is {now}");
                        self.changed.push(named(list, id, (record, now), words));
                    }
                }
            }
            let more = now[list].keys().filter(|id| !before.contains_key(*id));
            let never_there = |id: &String| (*list, id.clone(), NEVER_THERE.to_owned());
            self.changed.extend(more.map(never_there));
        }
    }

    fn compare_articles(
        &mut self,
        before: &BTreeMap<MatchId, Article>,
        now: &BTreeMap<MatchId, Article>,
    ) {
        for (id, article) in before {
            match now.get(id) {
                None => self.missing.push(("text of", article.id.to_string())),
                Some(now) if now == article => {}
                Some(now) => {
                    let words = format!("is {now:?}");
                    self.changed.push(("text of", article.id.to_string(), words));
                }
            }
        }
    }

    fn is_rebuilt(&self) -> bool {
        self.said.contains("rebuilt")
    }

    /// In a few words.
    fn outcome(&self) -> String {
        let n_missing = self.missing.len();
        let words = if self.is_rebuilt() { "rebuilt" } else { "opened" };
        let notice = self.said.lines().find(|line| line.contains("ERROR silkwire"));
        format!("{words}, {n_missing} missing; {}", notice.unwrap_or_default())
    }

    /// What may not be.
    fn complaints(&self, harmed: &Harmed) -> Vec<String> {
        let mut complaints = self.failures.clone();
        let changed = self.changed.iter().map(|(list, id, words)| (list, id, words.as_str()));
        let missing = self.missing.iter().map(|(list, id)| (list, id, "is lost"));
        for (list, id, words) in changed.chain(missing) {
            if !self.is_excused(harmed, list, id, words) {
                complaints.push(format!("{list} {id} {words}"));
            }
        }
        complaints.truncate(6);
        if !complaints.is_empty() {
            complaints.push(format!("said: {}", self.said.trim()));
        }
        complaints
    }

    /// Whether a record may be missing, or older than it was.
    fn is_excused(&self, harmed: &Harmed, list: &str, id: &str, words: &str) -> bool {
        if words == NEVER_THERE {
            return false;
        }
        // Near misses that nobody looked at come again with their feed.
        if list == "near-misses" && self.is_rebuilt() {
            return true;
        }
        // The other copy has it.
        if harmed.files.len() == 1 {
            return false;
        }
        // A damaged part of the journal still has its names, unless it is they that were hit;
        // what was cut off has none.
        let mut journals = harmed.files.iter().filter(|(path, _)| path.starts_with("journal"));
        let are_flips = journals.all(|(_, harm)| harm.iter().all(Harm::is_flip));
        let are_names_known = are_flips && !self.said.contains("records of unknown names");
        if are_names_known { self.said.contains(id) } else { self.said.contains("lost: ") }
    }
}
