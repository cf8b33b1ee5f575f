//! W, K and P23: rows that do not apply, because nothing is pushed to us yet.
//!
//! A hub that a feed names is noted in its state and not subscribed to; a `<cloud>` is ignored. So
//! there is no callback that somebody could call, and no feed whose polling could slow down.
//!
//! | row | why it does not apply |
//! |---|---|
//! | W01 | nothing looks for a hub; `rel=hub` of a feed is only noted |
//! | W02 | nothing is subscribed, so there is no `hub.topic` |
//! | W03 | no subscription is sent |
//! | W04 | there is no callback |
//! | W05 | no request to a hub that could be redirected |
//! | W06 | no request for verification can arrive: nobody listens |
//! | W07 | as W06 |
//! | W08 | no subscription that could be denied; polling never stops |
//! | W09 | no lease |
//! | W10 | no pushed body is accepted, so no signature is checked |
//! | W11 | as W10 |
//! | W12 | as W06 |
//! | W13 | as W06 |
//! | W14 | as W10 |
//! | K01 | `<cloud>` is ignored: nothing registers, nobody pings |
//! | P23 | no push, so no feed is polled less for it |

use super::{FEED, HOUR, Promise, polls};
use crate::support::{Answer, Item, Watcher, rss_with};

/// Rows that do not apply.
pub(super) const ROWS: [&str; 16] = [
    "w01", "w02", "w03", "w04", "w05", "w06", "w07", "w08", "w09", "w10", "w11", "w12", "w13",
    "w14", "k01", "p23",
];

/// Goal: whoever names a hub or a cloud is polled like everybody, and neither hears of us.
#[tokio::test(start_paused = true)]
async fn hub_is_noted_and_cloud_is_ignored() {
    let channel = "<atom:link xmlns:atom=\"http://www.w3.org/2005/Atom\" rel=\"hub\" \
                   href=\"https://hub.example/\"/><cloud domain=\"cloud.example\" port=\"80\" \
                   path=\"/rpc\" registerProcedure=\"notify\" protocol=\"http-post\"/>";
    let answer = Answer::ok(rss_with(channel, &[Item::number("a.example", 1, "Rain")]))
        .header("link", "<https://hub.example/>; rel=\"hub\"");
    let watcher = Watcher::polling(vec![answer], 4).await;
    assert!(watcher.town.log().iter().all(|asked| asked.host == "a.example"));
    for pause in polls(&watcher.town, "a.example") {
        pause.keeps(HOUR);
    }
    let hub = watcher.state(FEED).await.hub;
    assert_eq!(hub.as_deref(), Some("https://hub.example/"));
}
