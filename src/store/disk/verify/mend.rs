//! Looks again at what looked wrong, and heals it from the other copy.
//!
//! Invariant: of two sound copies that differ, the journal is right, because it is written first;
//! but where it may have lost something of a record, the database is.
//! Invariant: nothing is brought back that went, as long as one copy knows for certain.

use crate::store::disk::engine::{Batch, Engine};
use crate::store::disk::mending::{digest_of, fingerprint, name_hash};
use crate::store::disk::seen::{self, Bucket};
use crate::store::disk::verify::stored::{Standing, Stored, is_entry, is_journaled, is_stray};
use crate::store::disk::verify::survey::Suspects;
use crate::store::disk::writer::Writer;
use crate::store::disk::{layout, restore};
use crate::store::journal::{Entry, Kind, Read};
use crate::store::verify::VerifyReport;
use crate::store::{SeenKey, StoreError};

/// So many are made durable at once.
const MENDED_MAX: usize = 100;

impl Writer<'_> {
    /// Heals what can be healed, and says what cannot; nobody writes meanwhile.
    pub(in crate::store::disk) fn mend(
        &mut self,
        mut suspects: Suspects,
    ) -> Result<VerifyReport, StoreError> {
        self.shared.check_takes_all()?;
        let mut report = VerifyReport::default();
        self.guarded(|writer, engine| {
            writer.hear_news(&mut suspects)?;
            let is_doubtful = suspects.is_all_doubtful || !suspects.doubtful.is_empty();
            // Then what is missing there went, and the journal has lost the line.
            suspects.is_database_whole = is_doubtful && digest_of(engine)? == writer.mark.digest;
            Ok(())
        })?;
        for bucket in &suspects.buckets {
            self.guarded(|writer, engine| {
                writer.mend_bucket(engine, &suspects, bucket, &mut report)
            })?;
            self.make_durable().map_err(|failure| failure.error())?;
        }
        let records: Vec<(Kind, String)> = suspects.records.iter().cloned().collect();
        for some in records.chunks(MENDED_MAX) {
            self.guarded(|writer, engine| {
                some.iter().try_for_each(|(kind, id)| {
                    writer.mend_record(engine, &suspects, (*kind, id), &mut report)
                })
            })?;
            self.make_durable().map_err(|failure| failure.error())?;
        }
        self.guarded(|writer, engine| {
            writer.remove_strays(engine, &suspects, &mut report)?;
            contradictions(engine, &suspects, &mut report)
        })?;
        self.make_durable().map_err(|failure| failure.error())?;
        if 0 < report.n_healed {
            // What was lost without a word is counted in it still.
            self.guarded(|writer, engine| {
                writer.mark.digest = digest_of(engine)?;
                // A walk under way has seen what was not healed yet.
                writer.chores.want_sum();
                Ok(())
            })?;
            self.make_durable().map_err(|failure| failure.error())?;
        }
        Ok(report)
    }

    /// Takes in what the journal has said since the survey.
    fn hear_news(&mut self, suspects: &mut Suspects) -> Result<(), StoreError> {
        for read in self.journal.read(suspects.until) {
            let Read::Frame(frame) = read? else { continue };
            for entry in frame.entries {
                let name = (entry.kind, entry.id.clone());
                if suspects.records.contains(&name) || suspects.is_in_bucket(&entry) {
                    suspects.said.insert(name_hash(entry.kind, &entry.id), entry);
                }
            }
        }
        Ok(())
    }

    /// Makes a bucket that cannot be read say what the journal says: the entries of matches. The
    /// others are asked for again.
    fn mend_bucket(
        &mut self,
        engine: &Engine,
        suspects: &Suspects,
        key: &[u8],
        report: &mut VerifyReport,
    ) -> Result<(), StoreError> {
        if !matches!(Bucket::read(engine, key), Err(StoreError::Corrupt { .. })) {
            return Ok(());
        }
        let said = suspects.said.values().filter(|entry| is_put(entry));
        let mut entries = Vec::new();
        for entry in said.filter(|entry| suspects.is_in_bucket(entry)) {
            let key_of = layout::seen_key(&entry.id).filter(|it| layout::bucket(*it)[..] == *key);
            let sighting = serde_json::from_slice(entry.record.as_deref().unwrap_or_default());
            entries.extend(key_of.zip(sighting.ok()));
        }
        let words = format!(
            "made anew with {} entries that the journal has; the others are asked for again",
            entries.len()
        );
        self.write(engine, vec![seen::healing(engine, key, entries)?])?;
        report.add_healed(layout::name(key), &words);
        Ok(())
    }

    fn mend_record(
        &mut self,
        engine: &Engine,
        suspects: &Suspects,
        (kind, id): (Kind, &str),
        report: &mut VerifyReport,
    ) -> Result<(), StoreError> {
        let name = name_hash(kind, id);
        let is_doubtful = suspects.is_all_doubtful || suspects.doubtful.contains(&name);
        let said = suspects.said.get(&name);
        let record = format!("{} {id}", kind.as_str());
        if let (Kind::Seen, Some(key)) = (kind, layout::seen_key(id)) {
            if let Some(words) = self.mend_sighting(engine, key, said, is_doubtful)? {
                report.add_healed(record, words);
            }
            return Ok(());
        }
        let Some(key) = layout::key_of(kind, id) else {
            report.add_lost(record, "the journal has it, but its id makes no sense");
            return Ok(());
        };
        let healed = match Standing::of(engine, &key)? {
            Standing::Sound(stored, json) => {
                self.mend_sound(engine, (kind, id), (&stored, json), said, is_doubtful)?
            }
            Standing::Missing
                if said.is_some_and(is_put)
                    && is_doubtful
                    && suspects.is_database_whole
                    && layout::is_digested(&key) =>
            {
                self.say(engine, Entry { kind, id: id.to_owned(), record: None })?;
                Some("said in the journal to be gone, as it is in the database")
            }
            Standing::Damaged | Standing::Missing if said.is_some_and(is_put) => {
                self.take_over(engine, said)?;
                Some(words_of_taking_over(is_doubtful))
            }
            Standing::Missing => {
                if said.is_none() && suspects.doubtful.contains(&name) && is_lasting(kind) {
                    report.add_lost(record, "the journal is damaged, the database has it not");
                }
                return Ok(());
            }
            Standing::Damaged if said.is_some() || !is_lasting(kind) => {
                let mut batch = Batch::default();
                engine.remove(&mut batch, &key)?;
                batch.journal.clear();
                self.write(engine, vec![batch])?;
                Some("taken out of the database: it is gone, or asked for again")
            }
            Standing::Damaged => {
                report.add_lost(record, "damaged in the database, and not in the journal");
                return Ok(());
            }
        };
        if let Some(words) = healed {
            report.add_healed(record, words);
        }
        Ok(())
    }

    /// Heals what is known of one entry; none if there was nothing to heal.
    fn mend_sighting(
        &mut self,
        engine: &Engine,
        key: SeenKey,
        said: Option<&Entry>,
        is_doubtful: bool,
    ) -> Result<Option<&'static str>, StoreError> {
        let is_said = said.is_some_and(is_put);
        match seen::sighting(engine, key) {
            Ok(None) if is_said => {
                self.take_over(engine, said)?;
                Ok(Some(words_of_taking_over(is_doubtful)))
            }
            // One is noted anew now and then, and need not be said again.
            Ok(Some(sighting))
                if !is_said
                    && is_doubtful
                    && engine.contains(&layout::article(sighting.article))? =>
            {
                self.say(engine, seen::line(key, &sighting))?;
                Ok(Some("written to the journal from the database"))
            }
            // A bucket that cannot be read is healed as a whole.
            Ok(_) | Err(StoreError::Corrupt { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Heals what belongs to a sound record; none if there was nothing to heal.
    fn mend_sound(
        &mut self,
        engine: &Engine,
        (kind, id): (Kind, &str),
        (stored, json): (&Stored, Vec<u8>),
        said: Option<&Entry>,
        is_doubtful: bool,
    ) -> Result<Option<&'static str>, StoreError> {
        let is_journaled = is_journaled(kind, stored);
        let expected = is_journaled.then(|| fingerprint(&json));
        let state = said.and_then(|said| said.record.as_deref()).map(fingerprint);
        let own = Entry { kind, id: id.to_owned(), record: Some(json) };
        if state != expected {
            if said.is_some() && !is_doubtful {
                self.take_over(engine, said)?;
                return Ok(Some("written to the database from the journal"));
            }
            let line = if is_journaled { own } else { Entry { record: None, ..own } };
            self.say(engine, line)?;
            return Ok(Some("written to the journal from the database"));
        }
        let mut batch = Batch::default();
        for (key, value) in stored.index_entries() {
            if engine.value(&key)?.is_none_or(|stored| !is_entry(&key, &stored, &value)) {
                batch.put_entry(key, value);
            }
        }
        if 0 < batch.n_keys() {
            self.write(engine, vec![batch])?;
            return Ok(Some("written to the indexes again"));
        }
        Ok(None)
    }

    /// Makes the journal say what the database says.
    fn say(&mut self, engine: &Engine, line: Entry) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        batch.journal.push(line);
        self.write(engine, vec![batch]).map(drop)
    }

    /// Makes the database say what the journal says.
    fn take_over(&mut self, engine: &Engine, said: Option<&Entry>) -> Result<(), StoreError> {
        let Some(entry) = said else { return Ok(()) };
        let mut batch = restore::batch(engine, entry)?;
        batch.journal.clear();
        self.write(engine, vec![batch]).map(drop)
    }

    fn remove_strays(
        &mut self,
        engine: &Engine,
        suspects: &Suspects,
        report: &mut VerifyReport,
    ) -> Result<(), StoreError> {
        for key in &suspects.strays {
            if layout::named(key).is_some() || !is_stray(engine, key)? {
                continue;
            }
            self.write(engine, vec![Batch::removing(key.clone())])?;
            report.add_healed(layout::name(key), "taken out: it led nowhere");
        }
        Ok(())
    }
}

/// What contradicts something else, and is so in both copies.
fn contradictions(
    engine: &Engine,
    suspects: &Suspects,
    report: &mut VerifyReport,
) -> Result<(), StoreError> {
    for (key, needed) in &suspects.missing {
        if engine.contains(key)? && !engine.contains(needed)? {
            let words = format!("it names {}, which is not there", layout::name(needed));
            report.add_lost(layout::name(key), &words);
        }
    }
    for key in &suspects.stories {
        if let Standing::Sound(stored, _) = Standing::of(engine, key)?
            && let Some(words) = stored.wrong_size(engine)
        {
            report.add_lost(layout::name(key), &words);
        }
    }
    Ok(())
}

fn words_of_taking_over(is_doubtful: bool) -> &'static str {
    if is_doubtful {
        "written to the database from the journal, which is damaged too: it may be an older state"
    } else {
        "written to the database from the journal"
    }
}

fn is_put(entry: &Entry) -> bool {
    entry.record.is_some()
}

/// Whether it cannot be asked for again.
fn is_lasting(kind: Kind) -> bool {
    !matches!(kind, Kind::Seen | Kind::FeedState | Kind::NearMiss | Kind::Sketch)
}
