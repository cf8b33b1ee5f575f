//! I: which entries are one article, whatever feeds do to them.

use std::collections::HashSet;
use std::time::Duration;

use bytes::Bytes;
use silkwire::model::{Article, Clock};

use super::{FEED, HOUR, day};
use crate::newsroom::{SCHOLARS, SIGNED};
use crate::support::{Answer, Item, Town, Watcher, rss};

fn item(guid: &str, link: &str, title: &str) -> Item {
    let [guid, link, title] = [guid, link, title].map(str::to_owned);
    Item { guid, link, title, ..Item::default() }
}

fn rain() -> Item {
    item("rain", "https://a.example/rain", "Rain")
}

/// A feed that serves one document after the other, and the last one for a while.
async fn fed(documents: Vec<Bytes>) -> Watcher {
    let n_documents = documents.len();
    let answers = documents.into_iter().map(Answer::ok).collect();
    let mut watcher = Watcher::polling(answers, n_documents + 1).await;
    watcher.run(Duration::from_secs(1)).await;
    watcher
}

/// Matches and alerts.
async fn told(watcher: &Watcher) -> (usize, usize) {
    (watcher.matches().await.len(), watcher.n_alerts().await)
}

async fn articles(watcher: &Watcher) -> Vec<Article> {
    let mut articles = Vec::new();
    for matched in watcher.matches().await {
        articles.push(watcher.store.article(matched.article).await.unwrap().unwrap());
    }
    articles
}

/// Goal: a template that gives all items one GUID loses none of them.
#[tokio::test(start_paused = true)]
async fn i01_shared_guid_keeps_items_apart() {
    let items = [
        item("x", "https://a.example/1", SIGNED),
        item("x", "https://a.example/2", SCHOLARS),
        item("x", "", "Rain"),
    ];
    let watcher = fed(vec![rss(&[rain()]), rss(&items)]).await;
    assert_eq!(watcher.metrics.articles_new.get(), 4);
    assert_eq!(told(&watcher).await, (2, 2));
}

/// Goal: a GUID that is made anew at each request makes no new article.
#[tokio::test(start_paused = true)]
async fn i02_changing_guid_is_one_article_and_one_alert() {
    let page = |number: usize| {
        let guid = format!("guid-{number}");
        rss(&[item(&guid, "https://a.example/1", SIGNED), rain()])
    };
    let watcher = fed([vec![rss(&[rain()])], (0..5).map(page).collect()].concat()).await;
    assert_eq!(told(&watcher).await, (1, 1));
    assert_eq!(watcher.metrics.articles_new.get(), 2);
}

/// Goal: a feed that holds only the latest headline is heard each time.
#[tokio::test(start_paused = true)]
async fn i03_single_item_with_a_constant_guid_is_a_new_article_each_time() {
    let page = |title: &str| rss(&[item("top", "https://a.example/", title)]);
    let titles = ["Rain", "Rain", SIGNED, SIGNED, "Snow", SCHOLARS];
    let watcher = fed(titles.map(page).to_vec()).await;
    assert_eq!(watcher.metrics.articles_new.get(), 4);
    assert_eq!(told(&watcher).await, (2, 2));
}

/// Goal: a date that is always "now" is no news.
#[tokio::test(start_paused = true)]
async fn i04_changing_date_is_no_alert() {
    let page = |number: usize| {
        let date = format!("Tue, 24 Nov 2026 {:02}:00:00 GMT", 6 + number);
        rss(&[Item { date, ..item("1", "https://a.example/1", SIGNED) }, rain()])
    };
    let watcher = fed([vec![rss(&[rain()])], (0..5).map(page).collect()].concat()).await;
    assert_eq!(told(&watcher).await, (1, 1));
    assert_eq!(watcher.metrics.articles_updated.get(), 0);
}

/// Goal: an edit is stored and judged again, and nobody is told twice.
#[tokio::test(start_paused = true)]
async fn i05_edited_article_is_updated_and_told_once() {
    let page = |title: &str, summary: &str| {
        let edited = item("1", "https://a.example/1", title);
        rss(&[Item { summary: summary.to_owned(), ..edited }, rain()])
    };
    let later = format!("{SIGNED}, ministers say");
    let watcher = fed(vec![
        rss(&[rain()]),
        page("Ministers meet", "In the capital."),
        page(SIGNED, "In the capital."),
        page(&later, "In the capital."),
        page(&later, "In the capital of Azerbaijan."),
    ])
    .await;
    assert_eq!(told(&watcher).await, (1, 1));
    assert_eq!(watcher.metrics.articles_updated.get(), 3);
    let article = articles(&watcher).await.remove(0);
    assert_eq!(article.title, later);
    assert_eq!(article.summary, "In the capital of Azerbaijan.");
}

/// Goal: a server that shows an old copy for a while deletes nothing and tells nothing again.
#[tokio::test(start_paused = true)]
async fn i06_old_version_for_two_polls_changes_nothing() {
    let old = || rss(&[item("1", "https://a.example/1", "Snow"), rain()]);
    let new = || {
        rss(&[item("3", "https://a.example/3", SCHOLARS), item("2", "https://a.example/2", SIGNED)])
    };
    let watcher = fed(vec![old(), new(), old(), old(), new()]).await;
    assert_eq!(told(&watcher).await, (2, 2));
    assert_eq!(watcher.metrics.articles_new.get(), 4);
}

/// Goal: a feed that only ever grows is read once, and then only its end.
#[tokio::test(start_paused = true)]
async fn i07_append_only_feed_costs_its_new_items_only() {
    const ITEMS: usize = 10_000;
    let page = |n_items: usize| {
        let items: Vec<Item> =
            (0..n_items).map(|number| Item::number("a.example", number, "Rain")).collect();
        rss(&items)
    };
    let watcher = fed(vec![page(ITEMS), page(ITEMS + 1), page(ITEMS + 3)]).await;
    let metrics = &watcher.metrics;
    assert_eq!(metrics.articles_new.get(), 10_003);
    assert_eq!(metrics.articles_updated.get(), 0);
    assert_eq!(metrics.articles_seen.get(), 10_000 + 10_001 + 10_003, "known ones are not judged");
}

/// Goal: a wrong date moves no article into the future, and is kept as it was.
#[tokio::test(start_paused = true)]
async fn i08_future_date_counts_as_first_seen() {
    for date in ["Sun, 24 Nov 3000 06:00:00 GMT", "Tue, 24 Nov 2026 08:30:00 GMT"] {
        let dated = Item { date: date.to_owned(), ..item("1", "https://a.example/1", SIGNED) };
        let watcher = fed(vec![rss(&[rain()]), rss(&[dated, rain()])]).await;
        let article = articles(&watcher).await.remove(0);
        assert_eq!(article.published, article.first_seen, "{date}");
        assert!(article.stated > Some(article.first_seen), "{:?}", article.stated);
    }
}

/// Goal: an undated article is as old as we know it.
#[tokio::test(start_paused = true)]
async fn i09_undated_article_counts_from_first_seen() {
    let undated = item("1", "https://a.example/1", SIGNED);
    let watcher = fed(vec![rss(&[rain()]), rss(&[undated, rain()])]).await;
    let article = articles(&watcher).await.remove(0);
    assert_eq!((article.published, article.stated), (article.first_seen, None));
    let age = watcher.clock.now().since(article.first_seen);
    assert!(age < HOUR * 6 / 5, "seen at the second of three polls");
}

/// Goal: an item that is nothing but text is one article.
#[tokio::test(start_paused = true)]
async fn i10_text_alone_names_an_article() {
    let bare = |text: &str| Item { summary: text.to_owned(), ..Item::default() };
    let page = || rss(&[bare(SIGNED), bare(SCHOLARS), rain()]);
    let watcher = fed(vec![rss(&[rain()]), page(), page(), page()]).await;
    assert_eq!(watcher.metrics.articles_new.get(), 3);
    assert_eq!(told(&watcher).await, (2, 2));
}

/// Goal: one article through three feeds is one article and one alert.
#[tokio::test(start_paused = true)]
async fn i11_site_feed_burner_and_mobile_feed_bring_one_article() {
    let town = Town::new();
    let serve = |host: &str, item: &str| {
        let head = "<rss xmlns:feedburner=\"http://rssnamespace.org/feedburner/ext/1.0\"><channel>";
        let page = format!("{head}{item}</channel></rss>");
        let first = rss(&[rain()]);
        town.serve(host, move |asked| match asked.number {
            0 => Answer::ok(first.clone()),
            _ => Answer::ok(page.clone()),
        });
    };
    let title = SIGNED;
    serve(
        "a.example",
        &format!(
            "<item><guid>1</guid><title>{title}</title><link>https://www.a.example/1</link></item>"
        ),
    );
    serve(
        "burner.example",
        &format!(
            "<item><guid isPermaLink=\"false\">tag:1</guid><title>{title}</title>\
             <link>http://burner.example/~r/a/3/xyz</link>\
             <feedburner:origLink>http://a.example/1?utm_source=feedburner</feedburner:origLink></item>"
        ),
    );
    serve(
        "m.a.example",
        &format!("<item><title>{title}</title><link>https://m.a.example/1/?fbclid=x</link></item>"),
    );
    let urls = [FEED, "https://burner.example/a", "https://m.a.example/feed"];
    let mut watcher = Watcher::new(&town, &urls).await;
    watcher.run(3 * HOUR).await;
    assert_eq!(told(&watcher).await, (1, 1));
}

/// Goal: a digest of other sites' articles does not mix them up.
#[tokio::test(start_paused = true)]
async fn i12_links_to_other_sites_are_articles_of_their_own() {
    let page = || {
        rss(&[
            item("", "https://b.example/1", SIGNED),
            item("", "https://b.example/2", SCHOLARS),
            item("", "https://c.example/1", "Snow"),
            rain(),
        ])
    };
    let watcher = fed(vec![rss(&[rain()]), page(), page()]).await;
    assert_eq!(watcher.metrics.articles_new.get(), 4);
    let urls: HashSet<_> = articles(&watcher).await.into_iter().filter_map(|it| it.url).collect();
    let wanted = ["https://b.example/1", "https://b.example/2"].map(str::to_owned);
    assert_eq!(urls, HashSet::from(wanted));
    assert_eq!(watcher.town.record("b.example").n_requests, 0, "and nobody asks there");
    assert!(watcher.town.age() < day(1));
}
