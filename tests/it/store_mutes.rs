//! What every store must do with mutes, run against each of them.

use std::time::Duration;

use silkwire::model::{Mute, MuteId, MuteMode, Score, StoryId, Timestamp};
use silkwire::store::{ChangeKind, Store};

use crate::store_engines::Engine;
use crate::store_samples::{at, created, story_id};

contract![
    mutes_are_kept_until_they_end,
    senseless_mutes_are_refused,
    mutes_are_bounded,
    changes_of_mutes_are_told,
];

durable![mutes_survive_a_restart,];

fn mute(receiver: Option<&str>, story: Option<StoryId>, until: Timestamp) -> Mute {
    Mute {
        id: MuteId::of(receiver, story, until, created(1)),
        receiver: receiver.map(str::to_owned),
        story,
        until,
        unless_score: Score::new(0.9).ok(),
        mode: MuteMode::Drop,
        by: "anna".to_owned(),
        reason: Some("夜".to_owned()),
        created: created(1),
    }
}

/// Goal: a mute says what it said until it ends or somebody ends it, and what has ended does not
/// pile up.
async fn mutes_are_kept_until_they_end(store: &dyn Store) {
    let (short, long) =
        (mute(Some("desk"), None, created(9)), mute(None, Some(story_id(1)), created(99)));
    for new in [&long, &short, &long] {
        store.mute(new.clone()).await.unwrap();
    }
    assert_eq!(store.mutes().await.unwrap(), [short.clone(), long.clone()]);
    let later = Mute { created: created(9), ..mute(Some("archive"), None, created(50)) };
    store.mute(later.clone()).await.unwrap();
    assert_eq!(store.mutes().await.unwrap(), [later.clone(), long.clone()]);
    assert!(!store.unmute(short.id).await.unwrap());
    assert!(store.unmute(long.id).await.unwrap());
    assert!(!store.unmute(long.id).await.unwrap());
    assert_eq!(store.mutes().await.unwrap(), [later]);
}

/// Goal: a person who mistypes is told what is wrong.
async fn senseless_mutes_are_refused(store: &dyn Store) {
    let year = created(1).plus(Duration::from_hours(24 * 366));
    let long = "x".repeat(201);
    let odd = [
        mute(None, None, created(9)),
        mute(Some("desk"), None, created(1)),
        mute(Some("desk"), None, year.plus(Duration::from_millis(1))),
        Mute { reason: Some(long), ..mute(Some("desk"), None, created(9)) },
    ];
    let mut words = Vec::new();
    for mute in odd {
        words.push(store.mute(mute).await.unwrap_err().to_string());
    }
    assert_eq!(
        words,
        [
            "a mute needs a receiver or a story",
            "a mute until 2026-11-24T00:00:01Z has ended before it begins",
            "a mute lasts for at most 366 days",
            "the reason has 201 characters, at most 200",
        ]
    );
    assert_eq!(store.mutes().await.unwrap(), []);
    store.mute(mute(Some("desk"), None, year)).await.unwrap();
}

/// Goal: a script that mutes in a loop fills no disk, and those that have ended make room.
async fn mutes_are_bounded(store: &dyn Store) {
    for number in 0..Mute::MUTES_MAX {
        let until = at(2_000 + i64::try_from(number).unwrap());
        store.mute(mute(Some("desk"), None, until)).await.unwrap();
    }
    let one_more = mute(Some("archive"), None, created(50));
    let refused = store.mute(one_more.clone()).await.unwrap_err().to_string();
    assert_eq!(refused, "there are 100 mutes already: end one first");
    // The one that is there already is no other.
    store.mute(mute(Some("desk"), None, at(2_000))).await.unwrap();
    store.mute(Mute { created: at(2_000), ..one_more }).await.unwrap();
    assert_eq!(store.mutes().await.unwrap().len(), Mute::MUTES_MAX);
}

/// Goal: whoever follows the store hears of mutes.
async fn changes_of_mutes_are_told(store: &dyn Store) {
    let mute = mute(Some("desk"), None, created(9));
    let start = store.last_change().await.unwrap();
    store.mute(mute.clone()).await.unwrap();
    store.unmute(mute.id).await.unwrap();
    let page = store.changes(Some(start), 9).await.unwrap();
    let told: Vec<_> = page.items.iter().map(|it| (it.kind, it.id.clone())).collect();
    assert_eq!(told, vec![(ChangeKind::Mute, mute.id.to_string()); 2]);
}

/// Goal: a night's quiet survives a restart.
async fn mutes_survive_a_restart(engine: &impl Engine) {
    let store = engine.open().await;
    let mutes =
        [mute(Some("報道"), None, created(9)), mute(Some("desk"), Some(story_id(1)), created(99))];
    for mute in &mutes {
        store.mute(mute.clone()).await.unwrap();
    }
    store.close().await.unwrap();
    assert_eq!(engine.open().await.mutes().await.unwrap(), mutes);
}
