//! The keys of one receiver as its secret file has them now.
//!
//! Invariant: an alert of a receiver with a secret file is never sent unsigned. A file that
//! became unreadable or wrong changes nothing; one whose keys have all ended stops the sending.

use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::alert::secret::{Keys, SecretError, is_open_to_all};
use crate::model::{Secret, Timestamp};

/// So often the file is looked at, at most.
const LOOK_PAUSE: Duration = Duration::from_secs(1);

/// The keys of one receiver, read anew when their file changes. Clones share them.
#[derive(Clone, Debug, Default)]
pub(super) struct KeyRing {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    keys: Arc<Keys>,
    file: Option<SecretFile>,
    /// Why the file's newest content is not used.
    trouble: Option<String>,
    /// Whether it was said that all keys have ended.
    is_end_told: bool,
}

#[derive(Debug)]
struct SecretFile {
    path: PathBuf,
    /// How the file looked when it was read last.
    look: Look,
    looked_at: Instant,
}

/// What changes when a file is written: its time and size. None: it cannot be looked at.
type Look = Option<(std::time::SystemTime, u64)>;

impl KeyRing {
    /// A ring with these keys, whatever happens to their file.
    pub(super) fn new(keys: Keys) -> Self {
        let state = State { keys: Arc::new(keys), ..State::default() };
        Self { state: Arc::new(Mutex::new(state)) }
    }

    /// From now on the keys are those of the file at `path`, which was just read.
    pub(super) fn watch(&self, path: PathBuf) {
        let look = look_at(&path);
        self.locked().file = Some(SecretFile { path, look, looked_at: Instant::now() });
    }

    /// The keys that the file holds now, or held before it became unusable.
    ///
    /// # Errors
    /// All of them have ended at `now`.
    pub(super) fn keys(&self, receiver: &str, now: Timestamp) -> Result<Arc<Keys>, SecretError> {
        let mut state = self.locked();
        state.look(receiver);
        let Some(at) = state.keys.ended(now) else {
            state.is_end_told = false;
            return Ok(Arc::clone(&state.keys));
        };
        if !state.is_end_told {
            state.is_end_told = true;
            tracing::error!(
                receiver.name = receiver,
                "all signing secrets of {receiver} have ended, the last one at {at}: its alerts \
                 wait until there is a new one in its secret file"
            );
        }
        Err(SecretError::Ended { at })
    }

    /// What an operator should mend; none if all is well.
    pub(super) fn problem(&self, receiver: &str, now: Timestamp) -> Option<String> {
        let ended =
            self.keys(receiver, now).err().map(|error| format!("receiver {receiver}: {error}"));
        let trouble = || {
            let state = self.locked();
            let words = state.trouble.as_ref()?;
            Some(format!("receiver {receiver}: {words}; the secrets from before are used"))
        };
        ended.or_else(trouble)
    }

    fn locked(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Reads the file anew if it looks different from when it was read last.
    fn look(&mut self, receiver: &str) {
        let Some(file) = &mut self.file else { return };
        if file.looked_at.elapsed() < LOOK_PAUSE {
            return;
        }
        file.looked_at = Instant::now();
        let look = look_at(&file.path);
        if look == file.look {
            return;
        }
        file.look = look;
        match read(&file.path) {
            Ok(keys) => {
                self.keys = Arc::new(keys);
                self.trouble = None;
                tracing::info!(
                    receiver.name = receiver,
                    "the secrets of {receiver} were read anew"
                );
            }
            Err(words) => {
                tracing::error!(
                    receiver.name = receiver,
                    "{words}: {receiver} goes on with the secrets from before"
                );
                self.trouble = Some(words);
            }
        }
    }
}

fn look_at(path: &Path) -> Look {
    let metadata: Metadata = fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

fn read(path: &Path) -> Result<Keys, String> {
    let shown = path.display();
    if is_open_to_all(path) {
        return Err(format!("secret file {shown} can be read by everybody (chmod o-r)"));
    }
    let content = fs::read_to_string(path);
    let content =
        content.map_err(|error| format!("secret file {shown} cannot be read: {error}"))?;
    Keys::read(&Secret::new(content)).map_err(|error| format!("secret file {shown}: {error}"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use tempfile::TempDir;
    use tokio::time::advance;

    use super::*;
    use crate::alert::secret::SigningKey;

    const OLD: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX";
    const NEW: &str = "whsk_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    struct Bed {
        folder: TempDir,
        ring: KeyRing,
    }

    impl Bed {
        fn new(content: &str) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let ring = KeyRing::new(Keys::read(&Secret::new(content.to_owned())).unwrap());
            let bed = Self { folder, ring };
            bed.write(content);
            bed.ring.watch(bed.path());
            bed
        }

        fn path(&self) -> PathBuf {
            self.folder.path().join("hook.secret")
        }

        fn write(&self, content: &str) {
            fs::write(self.path(), content).unwrap();
            set_mode(&self.path(), 0o600);
        }

        fn schemes(&self) -> Vec<&'static str> {
            let keys = self.ring.keys("desk", now()).unwrap();
            keys.at(now()).into_iter().map(SigningKey::scheme).collect()
        }
    }

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    fn now() -> Timestamp {
        "2026-11-24T00:00:00Z".parse().unwrap()
    }

    /// Goal: a secret is changed without a restart.
    #[tokio::test(start_paused = true)]
    async fn b52_changed_file_is_read_anew() {
        let bed = Bed::new(OLD);
        bed.write(&format!("{NEW}\n{OLD}"));
        assert_eq!(bed.schemes(), ["v1"], "not looked at twice within a second");
        advance(LOOK_PAUSE).await;
        assert_eq!(bed.schemes(), ["v1a", "v1"]);
        assert_eq!(bed.ring.problem("desk", now()), None);
    }

    /// Goal: a slip while a secret is changed stops no alert, and is told.
    #[tokio::test(start_paused = true)]
    async fn b52_unusable_file_leaves_the_secrets_from_before() {
        let bed = Bed::new(OLD);
        let problem = || {
            let words = bed.ring.problem("desk", now()).unwrap();
            words.replace(bed.folder.path().to_str().unwrap(), "…")
        };
        bed.write("CANARY");
        advance(LOOK_PAUSE).await;
        assert_eq!(bed.schemes(), ["v1"]);
        assert_eq!(
            problem(),
            "receiver desk: secret file …/hook.secret: the secret does not start with \"whsec_\" \
             or \"whsk_\"; the secrets from before are used"
        );
        fs::remove_file(bed.path()).unwrap();
        advance(LOOK_PAUSE).await;
        assert_eq!(bed.schemes(), ["v1"]);
        assert!(problem().contains("cannot be read"));
        bed.write(NEW);
        advance(LOOK_PAUSE).await;
        assert_eq!((bed.schemes(), bed.ring.problem("desk", now())), (vec!["v1a"], None));
    }

    /// Goal: nothing is ever sent unsigned because a secret has ended.
    #[tokio::test(start_paused = true)]
    async fn b06_ended_secrets_are_an_error_until_there_is_a_new_one() {
        let bed = Bed::new(&format!("{OLD} until {}", now()));
        let words = "all secrets have ended, the last one at 2026-11-24T00:00:00Z: nothing can be \
                     signed";
        assert_eq!(bed.ring.keys("desk", now()).unwrap_err().to_string(), words);
        assert_eq!(bed.ring.problem("desk", now()), Some(format!("receiver desk: {words}")));
        bed.write(NEW);
        advance(LOOK_PAUSE).await;
        assert_eq!(bed.schemes(), ["v1a"]);
    }

    /// Goal: a secret that everybody can read is no secret; a folder that keeps others out
    /// protects it as well.
    #[test]
    fn b52_secret_that_everybody_can_read_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hook.secret");
        fs::write(&path, OLD).unwrap();
        set_mode(&path, 0o644);
        set_mode(folder.path(), 0o700);
        assert!(!is_open_to_all(&path), "its folder is closed");
        set_mode(folder.path(), 0o755);
        assert!(is_open_to_all(&path) && read(&path).unwrap_err().contains("everybody"));
        set_mode(&path, 0o640);
        assert!(!is_open_to_all(&path));
    }
}
