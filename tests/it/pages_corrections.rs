//! A story told in three languages: how its page shows it, and how it is corrected by form.

use silkwire::model::{Kinship, MatchId, Member, Role, Story, StoryId, StoryLink};
use silkwire::review::FeedStanding;
use silkwire::store::StoryChange;

use crate::pages_desk::Desk;
use crate::pages_told::{Told, feed, outlets};
use crate::support::{Response, exchange};

/// A story that grows by report after report.
#[derive(Default)]
struct Growing(Option<Story>);

impl Growing {
    fn add(&mut self, desk: &Desk, told: &Told<'_>, link: Option<(&Told<'_>, Kinship, &str)>) {
        let mut commit = told.opens(false);
        let entry = &mut commit.matches[0];
        entry.matched.home = Some(told.feed.feed.side);
        entry.matched.link = link.map(|(nearest, kinship, why)| StoryLink {
            nearest: nearest.id(),
            kinship,
            why: why.to_owned(),
        });
        let before = self.0.take();
        let id = before.as_ref().map_or(StoryId::opened_by(told.id()), |story| story.id);
        entry.matched.story = id;
        let member = Member::new(&entry.matched, &entry.article);
        let expected = before.as_ref().map(|story| story.revision);
        let story = match before {
            Some(mut story) => {
                story.grow(member);
                story
            }
            None => Story::opened(id, member),
        };
        commit.stories = vec![StoryChange::untold(story.clone(), expected)];
        desk.add(commit);
        self.0 = Some(story);
    }

    fn id(self) -> StoryId {
        self.0.unwrap().id
    }
}

const WORDS: [(&str, &str, f64); 2] = [("Yaponiya", "JP", 0.4), ("Bakıda", "AZ", 0.4)];
const AZERBAIJANI: &str = "Bakıda Yaponiya səfirliyinin qəbulu keçirilib";
const GERMAN: &str = "Empfang in Baku: Japans Botschafter lobt die Partnerschaft";
const ENGLISH: &str = "Ambassador: Japan and Azerbaijan to widen city partnerships";

struct Newsstand {
    desk: Desk,
    story: StoryId,
    /// The Azerbaijani report, its three copies, the German translation, the English report.
    matches: Vec<MatchId>,
    /// Another event.
    other: StoryId,
}

impl Newsstand {
    fn open(role: Role) -> Self {
        let feeds = with_copiers();
        let desk = Desk::open(feeds.clone(), role);
        let told = |at: usize, title, words, time| Told {
            feed: &feeds[at],
            title,
            summary: title,
            words,
            at: time,
        };
        let first = told(1, AZERBAIJANI, &WORDS, "2026-11-25T05:12:00Z");
        let titles = ["Bakıda Yaponiya qəbulu", "Yaponiya: Bakıda qəbul", "Bakıda Yaponiya günü"];
        let copies = [0, 1, 2].map(|at| told(5 + at, titles[at], &WORDS, COPIED[at]));
        let german =
            told(2, GERMAN, &[("Japans", "JP", 0.5), ("Baku", "AZ", 0.4)], "2026-11-25T06:02:00Z");
        let english = told(
            8,
            ENGLISH,
            &[("Japan", "JP", 0.4), ("Azerbaijan", "AZ", 0.4)],
            "2026-11-25T06:20:00Z",
        );
        let mut story = Growing::default();
        story.add(&desk, &first, None);
        for copy in &copies {
            story.add(&desk, copy, Some((&first, Kinship::Copy, "nearly the same words")));
        }
        story.add(
            &desk,
            &german,
            Some((&first, Kinship::Translation, "same person <b>Sato</b>, same day")),
        );
        story.add(&desk, &english, Some((&german, Kinship::OwnReport, "same place, same day")));
        let all = [&first].into_iter().chain(&copies).chain([&german, &english]);
        let matches = all.map(Told::id).collect();
        let another = told(
            0,
            "日本とアゼルバイジャン、租税条約に署名",
            &[("日本", "JP", 0.5), ("アゼルバイジャン", "AZ", 0.4)],
            "2026-11-24T23:00:00Z",
        );
        let mut other = Growing::default();
        other.add(&desk, &another, None);
        Self { story: story.id(), other: other.id(), matches, desk }
    }

    fn get(&self, path: &str, languages: &str) -> Response {
        exchange("GET", &self.desk.url(path), &[("accept-language", languages)], b"")
    }

    #[track_caller]
    fn page(&self, path: &str) -> String {
        let answer = self.get(path, "en");
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.text().to_owned()
    }

    fn address(&self) -> String {
        format!("/stories/{}", self.story)
    }

    /// Sends the form as a browser does, with the page's own proof.
    fn post(&self, path: &str, fields: &str) -> Response {
        let page = self.page("/");
        let csrf = page.split_once("name=\"csrf\" value=\"").unwrap().1.split('"').next().unwrap();
        let kind = [("content-type", "application/x-www-form-urlencoded")];
        let body = format!("csrf={csrf}&{fields}");
        exchange("POST", &self.desk.url(path), &kind, body.as_bytes())
    }

    #[track_caller]
    fn sent(&self, path: &str, fields: &str) -> String {
        let answer = self.post(path, fields);
        assert_eq!(answer.status, 303, "{}", answer.text());
        answer.header("location").unwrap().to_owned()
    }

    /// Takes the last correction back from this page.
    #[track_caller]
    fn undo(&self, back: &str) -> String {
        self.page(&self.sent("/reviews/undo", &format!("back={back}&near_miss=")))
    }

    fn ticked(&self, numbers: &[usize]) -> String {
        let ticked = numbers.iter().map(|at| format!("articles={}&", self.matches[*at]));
        ticked.collect::<Vec<_>>().concat()
    }

    #[track_caller]
    fn n_articles(&self, story: StoryId) -> usize {
        self.page(&format!("/stories/{story}")).matches(" id=\"m-").count()
    }
}

/// When the copies appeared.
const COPIED: [&str; 3] = ["2026-11-25T05:20:00Z", "2026-11-25T05:31:00Z", "2026-11-25T05:50:00Z"];

/// The usual outlets, three more that copy, and an English one.
fn with_copiers() -> Vec<FeedStanding> {
    let more = ["Bakı Səhər Xəbərləri", "Abşeron Xəbərləri", "Gəncə Günü"];
    let more = more.map(|title| feed(title, "AZ", "az", None));
    outlets().into_iter().chain(more).chain([feed("Toto Wire", "JP", "en", None)]).collect()
}

fn main_part(page: &str) -> String {
    let (_, rest) = page.split_once("<main").unwrap();
    let main = rest.split_once("</main>").unwrap().0;
    let csrf = page.split_once("name=\"csrf\" value=\"").unwrap().1.split('"').next().unwrap();
    format!("<main{main}</main>\n").replace(csrf, "CSRF")
}

/// Goal: a person sees who was first, who copied, who translated and who reported, and why each
/// article is there.
#[test]
fn story_page_tells_articles_apart() {
    let stand = Newsstand::open(Role::Reviewer);
    insta::assert_snapshot!(main_part(&stand.page(&stand.address())));
}

/// Goal: everybody reads the title in their language, with that of the first publisher beneath.
#[test]
fn title_is_in_the_readers_language() {
    let stand = Newsstand::open(Role::Reader);
    for (wish, title) in [
        ("de", GERMAN),
        ("ja, en;q=0.5, de;q=0.4", ENGLISH),
        ("ka", ENGLISH),
        ("", AZERBAIJANI),
        ("az", AZERBAIJANI),
    ] {
        let page = stand.get(&stand.address(), wish);
        let page = page.text();
        let (_, head) = page.split_once("<h1 class=\"title\"").unwrap();
        assert!(head.split_once("</h1>").unwrap().0.ends_with(title), "{wish}");
        assert_eq!(page.contains("First published as"), title != AZERBAIJANI, "{wish}");
        let inbox = stand.get("/", wish);
        assert!(inbox.text().contains(&format!("\"o\">{title}</a>")), "{wish}");
        assert!(inbox.text().contains("6 articles, 6 outlets"), "{wish}");
    }
}

/// Goal: without script an article is split off, the page says so, and undo puts it back.
#[test]
fn article_is_split_off_and_put_back_by_form() {
    let stand = Newsstand::open(Role::Reviewer);
    let action = format!("{}/split", stand.address());
    let story = stand.page(&stand.address());
    assert_eq!(story.matches(&format!("formaction=\"{action}\"")).count(), 7);
    let place = stand.sent(&action, &stand.ticked(&[5]));
    let split = stand.page(&place);
    assert!(split.contains("<p role=\"status\">Split off: <a href=\"/stories/"), "{split}");
    assert_eq!(stand.n_articles(stand.story), 5);
    let new = place.split_once("last=").unwrap().1;
    let alone = stand.page(&format!("/stories/{new}"));
    assert!(alone.contains("Moved here by <bdi>loopback</bdi>"), "{alone}");
    assert!(!alone.contains("Split off</button>") && alone.contains("Merge this story"), "{alone}");
    // From the page of the story that goes with it.
    let undone = stand.sent("/reviews/undo", &format!("back=/stories/{new}&near_miss="));
    let redirected = stand.get(&undone, "en");
    assert_eq!(redirected.status, 308);
    let undone = stand.page(redirected.header("location").unwrap());
    assert!(undone.contains("Undone, its articles are back:"), "{undone}");
    assert_eq!(stand.n_articles(stand.story), 6);
}

/// Goal: ticked articles go to a story that was chosen, or whose address was pasted.
#[test]
fn ticked_articles_are_moved() {
    let stand = Newsstand::open(Role::Reviewer);
    let action = format!("{}/move", stand.address());
    let chosen = format!("{}to={}&address=", stand.ticked(&[1, 3]), stand.other);
    let moved = stand.page(&stand.sent(&action, &chosen));
    assert!(moved.contains("Moved to: <a href=\"/stories/"), "{moved}");
    assert_eq!((stand.n_articles(stand.story), stand.n_articles(stand.other)), (4, 3));
    let address = stand.desk.url(&format!("/stories/{}", stand.other));
    let pasted = format!("{}to=&address={address}?x", stand.ticked(&[4]));
    stand.sent(&action, &pasted);
    assert_eq!((stand.n_articles(stand.story), stand.n_articles(stand.other)), (3, 4));
    stand.undo(&stand.address());
    stand.undo(&stand.address());
    assert_eq!((stand.n_articles(stand.story), stand.n_articles(stand.other)), (6, 1));
}

/// Goal: two stories about one event become one; old addresses lead there, until undo.
#[test]
fn stories_are_merged_and_parted_again() {
    let stand = Newsstand::open(Role::Reviewer);
    let merge = format!("{}/merge", stand.address());
    let place = stand.sent(&merge, &format!("to={}&address=", stand.other));
    assert!(place.starts_with(&format!("/stories/{}?", stand.other)), "{place}");
    assert!(stand.page(&place).contains("Merged into: <bdi"));
    let old = stand.get(&format!("{}?after=x", stand.address()), "en");
    let new = format!("/stories/{}?after=x", stand.other);
    assert_eq!((old.status, old.header("location")), (308, Some(new.as_str())));
    assert_eq!(stand.n_articles(stand.other), 7);
    assert_eq!(stand.page("/").matches("<li class=\"row\"").count(), 1);
    stand.undo(&format!("/stories/{}", stand.other));
    assert_eq!((stand.n_articles(stand.story), stand.n_articles(stand.other)), (6, 1));
}

/// Goal: a form that cannot be meant, is old or was overtaken changes nothing and says what to do.
#[test]
fn refused_corrections_become_readable_pages() {
    let stand = Newsstand::open(Role::Reviewer);
    let path = |what: &str| format!("{}/{what}", stand.address());
    let (one, all) = (stand.ticked(&[5]), stand.ticked(&[0, 1, 2, 3, 4, 5]));
    let cases = [
        ("split", String::new(), 422, "tick the articles"),
        ("split", all, 422, "Nothing was changed"),
        ("split", "articles=x".to_owned(), 404, "no article x"),
        ("move", one.clone(), 422, "choose a story"),
        ("move", format!("{one}address=%3Cscript%3E"), 404, "no story &#60;script&#62;"),
        ("merge", format!("to={}", stand.story), 422, "Nothing was changed"),
    ];
    for (what, fields, status, words) in cases {
        let answer = stand.post(&path(what), &fields);
        assert_eq!(answer.status, status, "{what} {fields}: {}", answer.text());
        assert!(answer.text().contains(words), "{what} {fields}: {}", answer.text());
        let back = format!("href=\"{}\">Load the page again", stand.address());
        assert!(answer.text().contains(&back), "{}", answer.text());
    }
    let kind = [("content-type", "application/x-www-form-urlencoded")];
    let body = format!("csrf=old&{one}");
    let foreign = exchange("POST", &stand.desk.url(&path("split")), &kind, body.as_bytes());
    assert_eq!(foreign.status, 403);
    assert_eq!(stand.n_articles(stand.story), 6);
    stand.sent(&path("split"), &one);
    let late = stand.post(&path("split"), &one);
    assert_eq!(late.status, 409);
    assert!(late.text().contains("The story was changed meanwhile"), "{}", late.text());
}

/// Goal: somebody who may only read sees the story and gets no form.
#[test]
fn readers_see_no_corrections() {
    let stand = Newsstand::open(Role::Reader);
    let page = stand.page(&stand.address());
    assert!(!page.contains("<form") && !page.contains("Split off"), "{page}");
    assert!(page.contains("3 copies, last at 05:50"), "{page}");
}
