//! The pages as a browser without script sees them, over real sockets.

use silkwire::model::{MatchId, Role, StoryId};

use crate::pages_desk::Desk;
use crate::pages_told::{Told, feed, fill, outlets};
use crate::support::exchange;

fn page(desk: &Desk, path: &str) -> String {
    let answer = exchange("GET", &desk.url(path), &[], b"");
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.text().to_owned()
}

/// The part of a page that is its own, without the names of files and tokens, which change.
fn main_part(page: &str) -> String {
    let (_, rest) = page.split_once("<main").unwrap();
    let (main, _) = rest.split_once("</main>").unwrap();
    let token = after(page, "name=\"csrf\" value=\"").unwrap_or("none");
    format!("<main{main}</main>\n").replace(token, "CSRF")
}

/// What stands behind `mark`, up to the next quotation mark.
fn after<'a>(page: &'a str, mark: &str) -> Option<&'a str> {
    Some(page.split_once(mark)?.1.split('"').next().unwrap())
}

/// What a person fills in: the form at `action` on `page`, with `fields`.
fn send(desk: &Desk, page: &str, action: &str, fields: &str) -> String {
    let (_, form) = page.split_once(&format!("action=\"{action}\"")).unwrap();
    let hidden = ["csrf", "revision", "back", "near_miss"].map(|name| {
        let form = form.split("</form>").next().unwrap();
        let value = after(form, &format!("name=\"{name}\" value=\"")).map(encoded);
        value.map(|value| format!("{name}={value}&")).unwrap_or_default()
    });
    let body = format!("{}{fields}", hidden.concat());
    let kind = ("content-type", "application/x-www-form-urlencoded");
    let answer = exchange("POST", &desk.url(action), &[kind], body.as_bytes());
    assert_eq!(answer.status, 303, "{}", answer.text());
    answer.header("location").unwrap().to_owned()
}

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.replace("&#38;", "&").as_bytes()).collect()
}

fn filled(role: Role) -> Desk {
    let feeds = outlets();
    let desk = Desk::open(feeds.clone(), role);
    fill(&desk, &feeds);
    desk
}

fn first_story(page: &str) -> StoryId {
    after(page, "id=\"s-").unwrap().parse().unwrap()
}

/// Goal: a person sees at once what to judge, by what, and from whom.
#[test]
fn inbox_shows_open_stories() {
    insta::assert_snapshot!(main_part(&page(&filled(Role::Reviewer), "/")));
}

/// Goal: somebody who may only read gets no button that would refuse them.
#[test]
fn readers_get_no_forms() {
    let desk = filled(Role::Reader);
    for path in ["/", "/near-misses"] {
        let page = page(&desk, path);
        assert!(!page.contains("<form"), "{page}");
    }
}

/// Goal: why a story was flagged stands in words with their weights, and who was told.
#[test]
fn story_page_shows_why_and_who_was_told() {
    let desk = filled(Role::Reviewer);
    let id = first_story(&page(&desk, "/"));
    insta::assert_snapshot!(main_part(&page(&desk, &format!("/stories/{id}"))));
}

/// Goal: what was nearly flagged is there with its reason.
#[test]
fn near_misses_say_why_not() {
    insta::assert_snapshot!(main_part(&page(&filled(Role::Reviewer), "/near-misses")));
}

/// Goal: an operator sees which feed fails, and why; and what was sent to whom.
#[test]
fn feeds_and_deliveries_say_how_they_stand() {
    let desk = filled(Role::Reviewer);
    insta::assert_snapshot!("feeds", main_part(&page(&desk, "/feeds")));
    insta::assert_snapshot!("deliveries", main_part(&page(&desk, "/deliveries")));
}

/// Goal: an empty page says why it is empty and what to do.
#[test]
fn empty_pages_say_why() {
    let unread = outlets().into_iter().map(|mut feed| {
        feed.state = None;
        feed
    });
    let cases = [
        ("no feeds", Vec::new()),
        ("nothing read", unread.collect()),
        ("not all read", outlets()),
        ("nothing matched", outlets().into_iter().take(4).collect()),
    ];
    let mut seen = String::new();
    for (name, feeds) in cases {
        let desk = Desk::open(feeds, Role::Reviewer);
        seen += &[name, "\n", &main_part(&page(&desk, "/"))].concat();
    }
    let desk = Desk::open(Vec::new(), Role::Reviewer);
    for path in ["/near-misses", "/feeds", "/deliveries"] {
        seen += &[path, "\n", &main_part(&page(&desk, path))].concat();
    }
    insta::assert_snapshot!(seen);
}

/// Goal: a hostile feed can neither write into our pages nor blow them up.
#[test]
fn hostile_titles_are_inert() {
    let feeds = vec![feed("</title><script>x</script>", "JP", "en", Some("<img src=x onerror=y>"))];
    let desk = Desk::open(feeds.clone(), Role::Reviewer);
    let title = format!("\u{202e}<script>alert(1)</script>\"'{}", "W".repeat(10_000));
    let hostile = Told {
        feed: &feeds[0],
        title: &title,
        summary: "</p><svg onload=x> Japan \u{2066}and Baku",
        words: &[("Japan", "JP", 0.5), ("Baku", "AZ", 0.4)],
        at: "2026-11-25T06:00:00Z",
    };
    desk.add(hostile.opens(false));
    let near = Told { title: "<b>near", ..hostile };
    desk.add(near.nearly("<i>why</i>"));
    let inbox = page(&desk, "/");
    let story = format!("/stories/{}", first_story(&inbox));
    for path in ["/", &story, "/near-misses", "/feeds"] {
        let page = page(&desk, path);
        for bad in ["<script>", "<svg onload", "<img", "<b>near", "<i>why", "\u{202e}", "\u{2066}"]
        {
            assert!(!page.contains(bad), "{path}: {bad}");
        }
        assert!(!page.contains(&"W".repeat(301)), "{path}");
    }
}

/// Goal: without script a person judges, writes a note, and takes the verdict back.
#[test]
fn verdict_note_and_undo_work_by_form() {
    let desk = filled(Role::Reviewer);
    let inbox = page(&desk, "/");
    let id = first_story(&inbox);
    let place = send(&desk, &inbox, &format!("/stories/{id}/note"), "note=ask+%E6%9D%B1%E4%BA%AC");
    let noted = page(&desk, &place);
    assert!(noted.contains("<bdi>ask 東京</bdi>") && noted.contains("Note saved"), "{noted}");
    let action = format!("/stories/{id}/review");
    let place = send(&desk, &noted, &action, "verdict=not_relevant");
    let judged = page(&desk, &place);
    assert!(judged.contains(&format!("id=\"s-{id}\" data-verdict=\"not_relevant\"")), "{judged}");
    assert!(judged.contains("<p role=\"status\">Not relevant:"), "{judged}");
    let undone = page(&desk, &send(&desk, &judged, "/reviews/undo", ""));
    assert!(undone.contains(&format!("id=\"s-{id}\">")) && undone.contains("Undone:"), "{undone}");
    let nothing = page(&desk, &send(&desk, &undone, "/reviews/undo", ""));
    assert!(nothing.contains("Nothing to undo"), "{nothing}");
}

/// Goal: the story page leads back to itself, so that the verdict is seen where it was given.
#[test]
fn story_page_keeps_its_reader() {
    let desk = filled(Role::Reviewer);
    let id = first_story(&page(&desk, "/"));
    let story = page(&desk, &format!("/stories/{id}"));
    let place = send(&desk, &story, &format!("/stories/{id}/review"), "verdict=relevant&note=");
    assert_eq!(place, format!("/stories/{id}?last={id}"));
    assert!(page(&desk, &place).contains("Judged <b>Relevant</b> by"));
}

/// Goal: when all are judged, the inbox says so and still shows what was said.
#[test]
fn judged_inbox_says_so() {
    let desk = filled(Role::Reviewer);
    let mut inbox = page(&desk, "/");
    for verdict in ["relevant", "unsure"] {
        let action = format!("/stories/{}/review", first_story(&inbox));
        inbox = page(&desk, &send(&desk, &inbox, &action, &format!("verdict={verdict}")));
    }
    insta::assert_snapshot!(main_part(&inbox));
}

/// Goal: a rescue alerts only when asked, and undo withdraws it.
#[test]
fn near_miss_is_rescued_and_withdrawn() {
    let desk = filled(Role::Reviewer);
    let list = page(&desk, "/near-misses");
    let id: MatchId = after(&list, "id=\"m-").unwrap().parse().unwrap();
    let action = format!("/near-misses/{id}/review");
    let rescued = page(&desk, &send(&desk, &list, &action, "verdict=relevant&alert=yes"));
    assert!(rescued.contains("Made it a match") && rescued.contains("rescued</b>"), "{rescued}");
    let undone = page(&desk, &send(&desk, &rescued, "/reviews/undo", ""));
    assert!(undone.contains("Undone:"), "{undone}");
    let left_out = page(&desk, &send(&desk, &undone, &action, "verdict=not_relevant"));
    let back = page(&desk, &send(&desk, &left_out, &action, "verdict="));
    assert!(!back.contains("data-verdict"), "{back}");
    assert_eq!(*desk.orders.lock().unwrap(), ["rescue, alert Yes", "withdraw"]);
}

/// Goal: a form that is old, foreign or overtaken changes nothing and says what to do.
#[test]
fn refused_forms_become_readable_pages() {
    let desk = filled(Role::Reviewer);
    let inbox = page(&desk, "/");
    let id = first_story(&inbox);
    let csrf = after(&inbox, "name=\"csrf\" value=\"").unwrap();
    let kind = ("content-type", "application/x-www-form-urlencoded");
    let url = desk.url(&format!("/stories/{id}/review"));
    let post = |body: String| exchange("POST", &url, &[kind], body.as_bytes());
    let old = post("csrf=old&verdict=relevant&note=keep+me".to_owned());
    assert_eq!(old.status, 403);
    assert!(old.text().contains("Nothing was saved") && old.text().contains("keep me"));
    let overtaken = post(format!("csrf={csrf}&verdict=relevant&revision=9"));
    assert_eq!(overtaken.status, 409);
    assert!(overtaken.text().contains("Your verdict was not saved"), "{}", overtaken.text());
    assert_eq!(post(format!("csrf={csrf}&verdict=perhaps")).status, 422);
    assert_eq!(post(format!("csrf={csrf}&note={}", "n".repeat(501))).status, 422);
    assert!(!page(&desk, "/").contains("data-verdict"));
}

/// Goal: the script gets what it needs to send the same form again.
#[test]
fn script_is_told_the_new_revision() {
    let desk = filled(Role::Reviewer);
    let inbox = page(&desk, "/");
    let id = first_story(&inbox);
    let csrf = after(&inbox, "name=\"csrf\" value=\"").unwrap();
    let headers =
        [("content-type", "application/x-www-form-urlencoded"), ("accept", "application/json")];
    let body = format!("csrf={csrf}&verdict=unsure&revision=0");
    let url = desk.url(&format!("/stories/{id}/review"));
    let answer = exchange("POST", &url, &headers, body.as_bytes());
    let told: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(
        told,
        serde_json::json!({"row": format!("s-{id}"), "verdict": "unsure", "revision": 1})
    );
    let refused = exchange("POST", &url, &headers, b"verdict=unsure");
    assert_eq!(refused.header("content-type"), Some("application/problem+json"));
}

/// Goal: a wrong address is a page that leads back.
#[test]
fn wrong_addresses_lead_back() {
    let desk = filled(Role::Reviewer);
    for path in ["/nowhere", "/stories/0123456789abcdef", "/stories/x", "/near_misses"] {
        let answer = exchange("GET", &desk.url(path), &[], b"");
        assert_eq!(answer.status, 404, "{path}");
        assert!(answer.text().contains("href=\"/\">Back to the inbox"), "{}", answer.text());
    }
}

/// Goal: files are kept by browsers for as long as they are the same, and nothing is inline.
#[test]
fn files_are_named_by_their_content() {
    let desk = filled(Role::Reviewer);
    let inbox = page(&desk, "/");
    for mark in ["rel=\"stylesheet\" href=\"", "<script src=\"", "rel=\"icon\" href=\""] {
        let path = after(&inbox, mark).unwrap();
        let answer = exchange("GET", &desk.url(path), &[], b"");
        assert_eq!(answer.status, 200, "{path}");
        assert!(answer.header("cache-control").unwrap().contains("immutable"));
    }
    assert!(!inbox.contains("style=\"") && !inbox.contains(" onclick"), "{inbox}");
}

/// Goal: fifty stories load over a bad line.
/// Method: titles of 90 and texts of 200 letters, a third of them two bytes long.
#[test]
fn full_inbox_is_light() {
    let feeds = outlets();
    let desk = Desk::open(feeds.clone(), Role::Reviewer);
    for number in 0..60 {
        let title = format!(
            "{number} Empfang in Baku: Посол Японии lobt die Energiepartnerschaft mit Aserbaidschan"
        );
        let summary = "Japans Botschafter empfing in Baku dreihundert Gäste, товарооборот вырос на 19 процентов, und lobte die Partnerschaft mit Aserbaidschan.";
        let words = [
            ("Japans Botschafter", "JP", 0.4),
            ("Aserbaidschan", "AZ", 0.35),
            ("empfing", "cue", 0.2),
        ];
        let at = format!("2026-11-24T{:02}:{number:02}:00Z", number % 20);
        desk.add(
            Told { feed: &feeds[2], title: &title, summary, words: &words, at: &at }.opens(false),
        );
    }
    let first = page(&desk, "/");
    let files = ["style.css", "script.js", "icon.svg"]
        .map(|name| std::fs::metadata(format!("src/review/pages/assets/{name}")).unwrap().len());
    let bytes = u64::try_from(first.len()).unwrap() + files.iter().sum::<u64>();
    assert!(bytes <= 100_000, "{bytes} for {} stories", first.matches("<li class=\"row\"").count());
    let next = after(&first, "rel=\"next\" href=\"").unwrap();
    let second = page(&desk, next);
    let rows = |page: &str| page.matches("<li class=\"row\"").count();
    assert_eq!(rows(&first) + rows(&second), 60);
}
