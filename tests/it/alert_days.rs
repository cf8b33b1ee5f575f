//! How receivers are treated over minutes and days: pace, order, circuit, switching off, a clock
//! that is set.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use silkwire::model::{
    AlertKind, Clock, DeliveryState, Mute, MuteId, MuteMode, Timestamp, WhyDisabled,
};
use silkwire::store::Outbox;
use silkwire::telemetry::metrics::render;
use tokio::time::sleep;

use crate::alert_bench::HOUR;
use crate::alert_exchange::{Exchange, Reaction};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);

fn seconds(arrived: &[crate::alert_exchange::Arrived]) -> Vec<u64> {
    arrived.iter().map(|it| it.at.as_secs()).collect()
}

/// Goal: a receiver that asks for time, as seconds or a date, gets it; nonsense and times that
/// have passed are no reason to hammer it, nor to wait for years.
#[tokio::test(start_paused = true)]
async fn b14_retry_after_in_every_form_is_understood() {
    for (wish, pause_s) in [
        ("7200", 7_200..=7_200),
        ("Tue, 24 Nov 2026 07:00:00 GMT", 3_600..=3_600),
        ("Tue, 24 Nov 2026 05:00:00 GMT", 4..=6),
        ("soon", 4..=6),
        ("99999999", 86_400..=86_400),
    ] {
        let exchange = Exchange::new(move |it| match it.at.as_secs() {
            0 => Reaction { retry_after: Some(wish), ..Reaction::status(503) },
            _ => Reaction::status(200),
        });
        exchange.push("desk", 1).await;
        exchange.run(&[("desk", "")], sleep(48 * HOUR)).await;
        let at = seconds(&exchange.arrived());
        assert_eq!(at.len(), 2, "{wish}");
        assert!(pause_s.contains(&at[1]), "{wish}: {at:?}");
    }
}

/// Goal: a receiver that is overloaded and names no time has at least a minute.
#[tokio::test(start_paused = true)]
async fn b15_overloaded_receivers_have_a_minute() {
    for status in [429, 502, 504] {
        let exchange = Exchange::new(move |_| Reaction::status(status));
        exchange.push("desk", 1).await;
        exchange.run(&[("desk", "")], sleep(2 * MINUTE)).await;
        let at = seconds(&exchange.arrived());
        assert_eq!((at.len(), at[1]), (2, 60), "{status}");
    }
}

/// Goal: a receiver that is being set up anew misses nothing, and its operator reads what it said.
#[tokio::test(start_paused = true)]
async fn b16_refusals_are_tried_again_and_their_words_kept() {
    for status in [400, 401, 403, 404, 415, 422] {
        let exchange = Exchange::new(move |it| match it.at {
            at if at < HOUR => Reaction::status(status),
            _ => Reaction::status(200),
        });
        let id = exchange.push("desk", 1).await;
        exchange.run(&[("desk", "")], sleep(24 * HOUR)).await;
        let delivery = exchange.get(id).await;
        assert!(matches!(delivery.state, DeliveryState::Delivered { .. }), "{status}");
        let first = &delivery.attempts[0];
        assert_eq!(first.error, Some(format!("answered {status}")));
        assert_eq!(first.answer, "words");
        assert_eq!(delivery.attempts.len(), 5);
    }
}

/// Goal: a receiver that finds an alert too long gets a short one, at once and once.
#[tokio::test(start_paused = true)]
async fn b16_alert_that_is_too_long_is_sent_short_at_once() {
    let exchange =
        Exchange::new(|it| Reaction::status(if it.body.contains("summary") { 413 } else { 200 }));
    let id = exchange.push("desk", 1).await;
    exchange.run(&[("desk", "")], sleep(SECOND)).await;
    let arrived = exchange.arrived();
    assert_eq!(arrived.len(), 2, "{arrived:?}");
    assert_eq!(arrived[0].id, arrived[1].id);
    assert!(arrived[1].body.contains("日本"), "{arrived:?}");
    let delivery = exchange.get(id).await;
    assert_eq!((delivery.attempts.len(), delivery.state.as_str()), (1, "delivered"));
}

/// Goal: the schedule is what Standard Webhooks advises, spread by a fifth.
#[tokio::test(start_paused = true)]
async fn b21_failures_follow_the_schedule() {
    let exchange = Exchange::new(|_| Reaction::status(500));
    let id = exchange.push("desk", 1).await;
    exchange.run(&[("desk", "")], sleep(100 * HOUR)).await;
    let arrived = exchange.arrived();
    let pauses: Vec<f64> =
        arrived.windows(2).map(|two| two[1].at.saturating_sub(two[0].at).as_secs_f64()).collect();
    let schedule = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400].map(f64::from);
    assert_eq!(pauses.len(), schedule.len());
    for (pause, base) in pauses.iter().zip(schedule) {
        // The outbox is looked at once a minute at most when nothing wakes it.
        assert!(0.79 * base <= *pause && *pause <= 1.21 * base + 1.0, "{pause} s for {base} s");
    }
    assert!(matches!(exchange.get(id).await.state, DeliveryState::Dead { .. }));
}

/// Goal: a colleague's dead receiver with a long queue does not hold up mine.
#[tokio::test(start_paused = true)]
async fn b27_queue_of_a_dead_receiver_delays_nobody() {
    let exchange = Exchange::new(|it| match it.to.as_str() {
        "dead" => Reaction { after: HOUR, ..Reaction::status(200) },
        _ => Reaction::status(200),
    });
    exchange.push_many("dead", 500).await;
    exchange
        .run(&[("dead", ""), ("live", "")], async {
            sleep(5 * MINUTE).await;
            exchange.push("live", 1).await;
            sleep(SECOND).await;
        })
        .await;
    let live: Vec<_> = exchange.arrived().into_iter().filter(|it| it.to == "live").collect();
    assert_eq!(live.len(), 1);
    assert!(live[0].at < 5 * MINUTE + SECOND, "{:?}", live[0].at);
}

/// Goal: whoever needs alerts in their order has them in their order, however often one fails.
#[tokio::test(start_paused = true)]
async fn b28_ordered_receiver_gets_alerts_in_the_order_in_which_they_became_due() {
    let n_tries = AtomicUsize::new(0);
    let exchange = Exchange::new(move |_| match n_tries.fetch_add(1, Ordering::SeqCst) % 3 {
        2 => Reaction::status(200),
        _ => Reaction::status(500),
    });
    let mut ids = Vec::new();
    for number in 0..20 {
        ids.push(exchange.push("desk", number).await);
        sleep(Duration::from_millis(3)).await;
    }
    let running = exchange.run(&[("desk", "ordered = true")], sleep(24 * HOUR));
    running.await;
    let arrived = exchange.arrived();
    let mut order: Vec<&str> = arrived.iter().map(|it| it.body.as_str()).collect();
    order.dedup();
    let mut wanted = Vec::new();
    for id in &ids {
        wanted.push(exchange.get(*id).await);
    }
    let wanted: Vec<&str> = wanted.iter().map(|it| it.body.as_str()).collect();
    assert_eq!(order, wanted, "each alert's attempts come one after the other");
    assert_eq!(arrived.len(), 60);
    let mut states = Vec::new();
    for id in ids {
        states.push(exchange.get(id).await.state.as_str());
    }
    assert_eq!(states, ["delivered"; 20]);
}

/// Goal: a receiver, and this machine, have only so many requests at once.
#[tokio::test(start_paused = true)]
async fn b29_requests_at_once_are_limited_for_each_receiver_and_in_all() {
    let mut exchange = Exchange::new(|_| Reaction { after: SECOND, ..Reaction::status(200) });
    exchange.config.n_requests_total_max = 10;
    let names: Vec<String> = (0..6).map(|number| format!("r{number}")).collect();
    for name in &names {
        exchange.push_many(name, 12).await;
    }
    let receivers: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "")).collect();
    exchange.run(&receivers, sleep(MINUTE)).await;
    let arrived = exchange.arrived();
    assert_eq!(arrived.len(), 72);
    let n_at_once = |of: &dyn Fn(&str) -> bool| {
        let own: Vec<_> = arrived.iter().filter(|it| of(&it.to)).collect();
        let overlap =
            |at: Duration| own.iter().filter(|it| it.at <= at && at < it.at + SECOND).count();
        own.iter().map(|it| overlap(it.at)).max().unwrap()
    };
    assert_eq!(n_at_once(&|_| true), 10);
    for name in &names {
        let n = n_at_once(&|to| to == name);
        assert!((1..=4).contains(&n), "{name}: {n}");
    }
    assert!(arrived.last().unwrap().at < 10 * SECOND, "all slots are used");
}

/// Goal: a chat service that allows one message a second is not asked to take two.
#[tokio::test(start_paused = true)]
async fn b30_pace_of_a_receiver_is_kept() {
    let exchange = Exchange::new(|_| Reaction::status(200));
    exchange.push_many("desk", 12).await;
    let keys = "max_per_second = 2\nmax_per_minute = 10";
    exchange.run(&[("desk", keys)], sleep(2 * MINUTE)).await;
    let arrived = exchange.arrived();
    assert_eq!(arrived.len(), 12);
    assert!(arrived.windows(3).all(|it| it[0].at + SECOND <= it[2].at), "{arrived:?}");
    assert!(arrived.windows(11).all(|it| it[0].at + MINUTE <= it[10].at), "{arrived:?}");
    assert!(arrived[9].at < 5 * SECOND && arrived[11].at < 62 * SECOND, "{arrived:?}");
    let text = render(&exchange.metrics.samples());
    assert!(text.contains("silkwire_alert_rate_limited_total{receiver=\"desk\"} 5"), "{text}");
}

/// Goal: a receiver that is down is asked once in half a minute, its alerts keep their tries, and
/// all of them arrive when it is back.
#[tokio::test(start_paused = true)]
async fn b31_failing_receiver_is_probed_until_it_is_back() {
    let exchange = Exchange::new(|it| match it.at {
        at if at < 10 * MINUTE => Reaction::status(500),
        _ => Reaction::status(200),
    });
    exchange.push_many("desk", 100).await;
    let dispatcher = exchange.dispatcher(&[("desk", "")]);
    let standings = dispatcher.standings();
    assert_eq!(standings.of("desk").unwrap().open_since, None);
    let story = async {
        sleep(5 * MINUTE).await;
        let standing = standings.of("desk").unwrap();
        assert!(standing.open_since.is_some() && standing.next_probe.is_some());
        let text = render(&exchange.metrics.samples());
        assert!(text.contains("silkwire_alert_circuit_open{receiver=\"desk\"} 1"), "{text}");
        sleep(6 * MINUTE).await;
        assert_eq!(standings.of("desk").unwrap().open_since, None);
        sleep(3 * HOUR).await;
    };
    exchange.run_with(&dispatcher, story).await;
    let arrived = exchange.arrived();
    let open = arrived.iter().filter(|it| 30 * SECOND < it.at && it.at < 10 * MINUTE);
    let open: Vec<_> = open.collect();
    assert!(open.windows(2).all(|it| it[0].at + 30 * SECOND <= it[1].at), "{open:?}");
    assert!((15..=20).contains(&open.len()), "{}", open.len());
    let deliveries = exchange.deliveries("desk").await;
    assert!(deliveries.iter().all(|it| matches!(it.state, DeliveryState::Delivered { .. })));
    let untried = deliveries.iter().filter(|it| it.attempts.len() == 1).count();
    assert!(60 <= untried, "{untried} took their first try");
}

/// Goal: `run --once` does not work through a long queue of a receiver that takes nothing.
#[tokio::test(start_paused = true)]
async fn b31_single_round_leaves_a_failing_receiver_alone() {
    let exchange = Exchange::new(|_| Reaction::status(500));
    exchange.push_many("desk", 100).await;
    crate::alert_bench::once(&exchange.dispatcher(&[("desk", "")])).await;
    assert!((10..=14).contains(&exchange.arrived().len()), "{}", exchange.arrived().len());
}

/// Goal: after five days of failures nobody's time is wasted any more: operators are told once,
/// through another receiver, and what was not taken can be sent again.
#[tokio::test(start_paused = true)]
async fn b32_receiver_that_takes_nothing_for_five_days_is_switched_off() {
    let mut exchange = Exchange::new(|it| match it.to.as_str() {
        "desk" => Reaction::status(500),
        _ => Reaction::status(200),
    });
    exchange.config.notify_on_disable = names(&["desk", "ops"]);
    let story = async {
        for number in 0..8 {
            exchange.push("desk", number).await;
            sleep(20 * HOUR).await;
        }
    };
    exchange.run(&[("desk", ""), ("ops", ""), ("wire", "")], story).await;
    let state = exchange.store.receiver("desk").await.unwrap().unwrap();
    assert_eq!(state.disabled().map(|(_, why)| why), Some(WhyDisabled::Failing));
    let deliveries = exchange.deliveries("desk").await;
    assert!(deliveries.iter().all(|it| matches!(it.state, DeliveryState::Dead { .. })));
    let last = exchange.arrived().iter().rfind(|it| it.to == "desk").unwrap().at;
    assert!(120 * HOUR <= last && last < 141 * HOUR, "{last:?}");

    let notices: Vec<_> = exchange.arrived().into_iter().filter(|it| it.to != "desk").collect();
    assert_eq!(notices.iter().map(|it| it.to.as_str()).collect::<Vec<_>>(), ["ops"]);
    let body: serde_json::Value = serde_json::from_str(&notices[0].body).unwrap();
    assert_eq!(body["type"], "operator.receiver_disabled");
    let body = &notices[0].body;
    assert!(body.contains("desk") && !body.contains("example"), "{body}");
}

/// Goal: one alert taken in five days is enough to stay on.
#[tokio::test(start_paused = true)]
async fn b32_one_success_starts_the_five_days_anew() {
    let exchange = Exchange::new(|it| match it.at {
        at if (99 * HOUR..101 * HOUR).contains(&at) => Reaction::status(200),
        _ => Reaction::status(500),
    });
    let story = async {
        for number in 0..11 {
            exchange.push("desk", number).await;
            sleep(20 * HOUR).await;
        }
    };
    exchange.run(&[("desk", "")], story).await;
    assert_eq!(exchange.store.receiver("desk").await.unwrap().unwrap().disabled, None);
}

/// Goal: operators hear of a receiver that wants no more alerts, once, whatever is repeated.
#[tokio::test(start_paused = true)]
async fn b12_gone_receiver_is_told_to_operators_and_keeps_its_queue() {
    let mut exchange = Exchange::new(|it| match it.to.as_str() {
        "desk" => Reaction::status(410),
        _ => Reaction::status(200),
    });
    exchange.config.notify_on_disable = names(&["ops"]);
    exchange.push_many("desk", 3).await;
    exchange.config.n_requests_max = 1;
    for _ in 0..2 {
        exchange.run(&[("desk", ""), ("ops", "")], sleep(HOUR)).await;
    }
    assert_eq!(exchange.arrived().iter().filter(|it| it.to == "desk").count(), 1);
    assert!(exchange.deliveries("desk").await.iter().all(|it| it.state.as_str() == "pending"));
    let told = exchange.deliveries("ops").await;
    assert_eq!(told.iter().map(|it| it.kind).collect::<Vec<_>>(), [AlertKind::ReceiverDisabled]);

    // Killed after the notice, before the receiver was switched off: told again, same event.
    let mut state = exchange.store.receiver("desk").await.unwrap().unwrap();
    state.disabled = None;
    exchange.store.set_receiver(state).await.unwrap();
    exchange.run(&[("desk", ""), ("ops", "")], sleep(HOUR)).await;
    assert_eq!(exchange.deliveries("ops").await.len(), 1);
}

/// Goal: an alert of the night is told in the morning, untried and uncounted before that.
#[tokio::test(start_paused = true)]
async fn b39_held_alert_leaves_when_the_mute_ends() {
    let mut exchange = Exchange::new(|_| Reaction::status(200));
    let now = exchange.clock.now();
    exchange.mutes = vec![mute("desk", now, now.plus(8 * HOUR))];
    let id = exchange.push("desk", 1).await;
    exchange.push("wire", 1).await;
    let story = async {
        sleep(7 * HOUR).await;
        let held = exchange.get(id).await;
        assert!(held.is_held && held.attempts.is_empty());
        sleep(2 * HOUR).await;
    };
    exchange.run(&[("desk", ""), ("wire", "")], story).await;
    let at: Vec<_> = exchange.arrived().iter().map(|it| (it.to.clone(), it.at.as_secs())).collect();
    assert_eq!(at, [("wire".to_owned(), 0), ("desk".to_owned(), 8 * 3_600)]);
    let text = render(&exchange.metrics.samples());
    assert!(text.contains("silkwire_alert_held_total{receiver=\"desk\"} 1"), "{text}");
}

/// Goal: an operator who ends a mute early has what it held at once.
#[tokio::test(start_paused = true)]
async fn b39_mute_that_ends_early_lets_its_alerts_go() {
    let mut exchange = Exchange::new(|_| Reaction::status(200));
    let now = exchange.clock.now();
    exchange.mutes = vec![mute("desk", now, now.plus(8 * HOUR))];
    exchange.push("desk", 1).await;
    exchange.run(&[("desk", "")], sleep(HOUR)).await;
    assert_eq!(exchange.arrived().len(), 0);
    exchange.mutes.clear();
    let story = async {
        sleep(MINUTE).await;
        exchange.store.hurry(Some("desk"), exchange.clock.now()).await.unwrap();
        exchange.wake.notify_one();
        sleep(SECOND).await;
    };
    exchange.run(&[("desk", "")], story).await;
    assert_eq!(exchange.arrived().len(), 1);
}

fn mute(receiver: &str, created: Timestamp, until: Timestamp) -> Mute {
    let receiver = Some(receiver.to_owned());
    Mute {
        id: MuteId::of(receiver.as_deref(), None, until, created),
        receiver,
        story: None,
        until,
        unless_score: None,
        mode: MuteMode::Hold,
        by: "desk editor".to_owned(),
        reason: None,
        created,
    }
}

/// Goal: a clock that is set, forward or back, sends nothing early and nothing twice.
#[tokio::test(start_paused = true)]
async fn b58_clock_that_is_set_sends_nothing_early_or_twice() {
    for shift_ms in [3_600_000, -3_600_000] {
        let exchange = Exchange::new(|it| match it.at {
            at if at < 25 * MINUTE => Reaction::status(500),
            _ => Reaction::status(200),
        });
        exchange.push("desk", 1).await;
        let clock = Arc::clone(&exchange.clock);
        let story = async {
            sleep(20 * MINUTE).await;
            clock.shift_ms.store(shift_ms, Ordering::SeqCst);
            sleep(12 * HOUR).await;
        };
        exchange.run(&[("desk", "")], story).await;
        let at: Vec<u64> = exchange.arrived().iter().map(|it| it.at.as_secs()).collect();
        assert_eq!(at.len(), 4, "{at:?}");
        // 5 s, 5 min, then 30 min spread by a fifth: the clock was set in this pause.
        assert!(1_440 <= at[3] - at[2], "{at:?}");
    }
}

/// Goal: a pause that a receiver asked for does not end because the clock was set.
#[tokio::test(start_paused = true)]
async fn b58_clock_set_forward_ends_no_pause() {
    let exchange = Exchange::new(|it| match it.at {
        at if at < SECOND => Reaction { retry_after: Some("1800"), ..Reaction::status(503) },
        _ => Reaction::status(200),
    });
    exchange.push_many("desk", 3).await;
    let clock = Arc::clone(&exchange.clock);
    let story = async {
        sleep(MINUTE).await;
        clock.shift_ms.store(3_600_000, Ordering::SeqCst);
        exchange.push("desk", 7).await;
        sleep(HOUR).await;
    };
    exchange.run(&[("desk", "")], story).await;
    let later: Vec<_> = exchange.arrived().into_iter().skip(3).collect();
    assert_eq!(later.len(), 4);
    assert!(later.iter().all(|it| 1_799 <= it.at.as_secs()), "{later:?}");
}

/// Goal: a desk whose receiver was down for a day has every alert of that day, each once.
#[tokio::test(start_paused = true)]
async fn b25_day_of_trouble_ends_with_every_alert_taken_once() {
    let exchange = Exchange::new(|it| match (it.to.as_str(), it.at) {
        ("desk", at) if HOUR <= at && at < 25 * HOUR => Reaction::status(503),
        _ => Reaction::status(200),
    });
    let story = async {
        for number in 0..200 {
            for name in ["desk", "wire"] {
                exchange.push(name, number).await;
            }
            sleep(15 * MINUTE).await;
        }
        sleep(72 * HOUR).await;
    };
    exchange.run(&[("desk", ""), ("wire", "")], story).await;
    for name in ["desk", "wire"] {
        let deliveries = exchange.deliveries(name).await;
        assert_eq!(deliveries.len(), 200);
        let delivered =
            deliveries.iter().filter(|it| matches!(it.state, DeliveryState::Delivered { .. }));
        assert_eq!(delivered.count(), 200, "{name}");
        let ids: BTreeSet<_> = deliveries.iter().map(|it| it.event.webhook_id()).collect();
        assert_eq!(exchange.counts(name).into_keys().collect::<BTreeSet<_>>(), ids);
    }
    assert!(exchange.counts("wire").values().all(|n| *n == 1));
    let taken = exchange
        .arrived()
        .into_iter()
        .filter(|it| it.to == "desk" && !(HOUR <= it.at && it.at < 25 * HOUR));
    assert_eq!(taken.count(), 200, "each was taken once");
}

fn names(names: &[&str]) -> Vec<toml::Spanned<String>> {
    names.iter().map(|name| toml::Spanned::new(0..0, (*name).to_owned())).collect()
}
