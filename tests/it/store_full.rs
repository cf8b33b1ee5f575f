//! A disk that is really full: nothing acknowledged is lost, alerts go on as long as they can,
//! and everything else does again, without a restart.

use std::net::TcpListener;
use std::path::Path;

use silkwire::model::DeliveryState;
use silkwire::store::{
    Articles, Config, DiskStore, Opening, Outbox, Settlement, Store, StoreError, StoreHealth,
    Upkeep,
};

use crate::newsroom::Newsroom;
use crate::small_disk::SmallDisk;
use crate::store_engines::lease;
use crate::store_samples::{
    article, article_id, at, commit, created, delivery_id, failed_attempt, noise,
};
use crate::support::{Service, exchange};

fn open(disk: &SmallDisk, free_min: u64) -> DiskStore {
    let config = Config { free_min, ..Config::default() };
    DiskStore::open_with(&disk.folder().join("state"), &config, &Opening::default()).unwrap()
}

/// Goal: a full disk refuses what is new in clear words, lets outcomes of deliveries through as
/// long as it can, and is a matter of the past once there is room.
#[tokio::test]
async fn full_disk_loses_nothing() {
    let Some(disk) = SmallDisk::for_test("store_full::full_disk_loses_nothing") else { return };
    let store = open(&disk, 256_000_000);
    for number in 0..20 {
        store.commit(commit(number)).await.unwrap();
    }
    let [first, second] = &lease(&store, "desk", created(99), 2).await[..] else { panic!("two") };
    let (first, second) = (first.fence, second.fence);
    disk.fill(0);
    let error = store.commit(commit(20)).await.unwrap_err();
    assert!(matches!(error, StoreError::Full(_)), "{error}");
    let taken = Settlement::Delivered { at: at(1) };
    // What was held back has room for it.
    store.settle(delivery_id(0, "desk"), first, failed_attempt(), taken).await.unwrap();
    assert!(matches!(store.health(), StoreHealth::ReadOnly { .. }));
    assert_eq!(store.article(article_id(7)).await.unwrap(), Some(article(7)));
    disk.fill(0);
    let settled = store.settle(delivery_id(1, "desk"), second, failed_attempt(), taken).await;
    assert!(matches!(settled, Err(StoreError::Full(_))), "{settled:?}");
    assert_eq!(store.article(article_id(7)).await.unwrap(), Some(article(7)));

    disk.free();
    store.commit(commit(20)).await.unwrap();
    store.settle(delivery_id(1, "desk"), second, failed_attempt(), taken).await.unwrap();
    assert_eq!(store.health(), StoreHealth::Ok);
    store.close().await.unwrap();
    assert_all(&open(&disk, 0), 21).await;
}

/// Goal: an engine that ran into the end of the disk, from which it does not recover by itself,
/// is opened again as soon as there is room; whoever asks meanwhile is told so.
/// Method: no floor, and a commit that is larger than what is left.
#[tokio::test]
async fn broken_engine_is_opened_again() {
    let name = "store_full::broken_engine_is_opened_again";
    let Some(disk) = SmallDisk::for_test(name) else { return };
    let store = open(&disk, 0);
    for number in 0..20 {
        store.commit(commit(number)).await.unwrap();
    }
    disk.fill(2_500_000);
    let mut large = commit(20);
    large.matches[0].article.body = noise(1_500_000);
    let refused = store.commit(large.clone()).await;
    assert!(matches!(refused, Err(StoreError::Full(_))), "{refused:?}");
    disk.fill(0);
    let refused = store.commit(large.clone()).await;
    assert!(matches!(refused, Err(StoreError::Full(_))), "{refused:?}");
    match store.article(article_id(7)).await {
        Ok(found) => assert_eq!(found, Some(article(7))),
        Err(error) => assert!(matches!(error, StoreError::Full(_)), "{error}"),
    }

    disk.free();
    // The disk is believed to be full for some seconds more.
    while let Err(error) = store.commit(large.clone()).await {
        assert!(matches!(error, StoreError::Full(_)), "{error}");
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    let found = store.article(article_id(20)).await.unwrap().unwrap();
    assert_eq!(found, large.matches[0].article);
    store.close().await.unwrap();
    assert_all(&open(&disk, 0), 20).await;
}

/// Goal: a compaction that runs into the end of the disk leaves everything as it was, and takes
/// its leavings away.
#[tokio::test]
async fn compaction_without_room_harms_nothing() {
    let name = "store_full::compaction_without_room_harms_nothing";
    let Some(disk) = SmallDisk::for_test(name) else { return };
    let store = open(&disk, 0);
    for number in 0..60 {
        let mut commit = commit(number);
        commit.matches[0].article.body = noise(40_000);
        store.commit(commit).await.unwrap();
    }
    // Counts what lives.
    store.compact().await.unwrap();
    disk.fill(1_000_000);
    let refused = store.compact().await;
    assert!(matches!(refused, Err(StoreError::Full(_))), "{refused:?}");
    disk.free();
    let report = store.compact().await.unwrap();
    assert_eq!(report.n_damaged, 0);
    store.commit(commit(60)).await.unwrap();
    assert!(store.article(article_id(59)).await.unwrap().is_some());
    assert_eq!(n_databases(&disk.folder().join("state")), 1);
}

/// Goal: an operator whose disk fills up reads it on every page and in `/-/ready`, and has
/// nothing to do but to make room; the scheduled run ends with a code of its own.
#[test]
fn service_waits_for_room() {
    let Some(disk) = SmallDisk::for_test("store_full::service_waits_for_room") else { return };
    let newsroom = Newsroom::with_samples(&["reception.de.rss.xml"]);
    let service = newsroom.home.start();
    let origin = service.origin();
    newsroom.desk.wait_for(1);
    disk.fill(0);
    service.wait_for_line("the disk is full: ");
    let ready = exchange("GET", &format!("{origin}/-/ready"), &[], b"");
    assert_eq!(ready.status, 503);
    assert!(ready.text().contains("polling is paused"), "{}", ready.text());
    let page = exchange("GET", &format!("{origin}/"), &[], b"");
    assert_eq!(page.status, 200);
    assert!(page.text().contains("the disk is full: "), "{}", page.text());
    disk.free();
    service.wait_for_line("there is room on the disk again");
    assert_eq!(exchange("GET", &format!("{origin}/-/ready"), &[], b"").status, 200);
    assert_eq!(service.terminate().code, Some(0));

    disk.fill(0);
    let once = newsroom.home.run_once(&["--now"]);
    assert_eq!(once.code, Some(74), "{}", once.stderr);
    assert!(once.stderr.contains("the disk is full: "), "{}", once.stderr);
    disk.free();
    newsroom.once(&["--now"]);
    assert_eq!(newsroom.list("matches").len(), 1);
}

/// Goal: a service that is started on a full disk comes up once there is room, and says so.
#[test]
fn start_waits_for_room() {
    let Some(disk) = SmallDisk::for_test("store_full::start_waits_for_room") else { return };
    let newsroom = Newsroom::with_samples(&["reception.de.rss.xml"]);
    newsroom.once(&[]);
    std::fs::remove_file(newsroom.home.state().join("ballast")).unwrap();
    disk.fill(0);
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let listen = address.to_string();
    let service = Service::spawn(newsroom.home.command(&["run", "--listen", &listen]));
    service.wait_for_line("the store cannot be opened");
    let ready = exchange("GET", &format!("http://{address}/-/ready"), &[], b"");
    assert_eq!(ready.status, 503);
    assert!(ready.text().contains("the disk is full"), "{}", ready.text());
    disk.free();
    let ready = exchange("GET", &format!("{}/-/ready", service.origin()), &[], b"");
    assert_eq!(ready.status, 200, "{}", ready.text());
    assert_eq!(service.terminate().code, Some(0));
}

/// Everything of the first `n` commits is there.
async fn assert_all(store: &DiskStore, n: u64) {
    for number in 0..n {
        assert_eq!(store.article(article_id(number)).await.unwrap(), Some(article(number)));
        let delivery = store.delivery(delivery_id(number, "desk")).await.unwrap().unwrap();
        let is_settled = delivery.state != DeliveryState::Pending { due: created(number) };
        assert_eq!(is_settled, number < 2 && n == 21, "{number}");
    }
}

fn n_databases(folder: &Path) -> usize {
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    names.filter(|name| name.to_string_lossy().starts_with("sled")).count()
}
