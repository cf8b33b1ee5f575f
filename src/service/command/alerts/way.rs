//! `silkwire alerts route`.

use crate::model::view::{
    HappenedView, RouteStanding, RouteStepView, RoutedHow, RoutedView, RoutingView,
};
use crate::service::Failure;
use crate::service::command::alerts::standing;
use crate::service::command::print::{self, Format};

/// Prints the way of an article.
pub(super) fn show(view: &RoutingView, format: Format) -> Result<(), Failure> {
    if format == Format::Json {
        return print::json(view);
    }
    in_words(view).iter().try_for_each(|line| print::line(format_args!("{line}")))
}

fn in_words(view: &RoutingView) -> Vec<String> {
    let title = print::one_line(&view.title);
    let mut lines = vec![format!("{} as {}: {title}", view.matched, view.kind)];
    lines.push("routes:".to_owned());
    lines.extend(view.steps.iter().map(step));
    lines.extend(view.steps.is_empty().then(|| "  none".to_owned()));
    lines.push("told now:".to_owned());
    lines.extend(view.told.iter().map(told));
    lines.extend(view.told.is_empty().then(|| "  nobody".to_owned()));
    lines.push("what happened:".to_owned());
    match &view.happened {
        None => lines.push("  nobody was told: it is a near miss".to_owned()),
        Some(happened) => lines.extend(what_happened(happened)),
    }
    lines
}

fn step(step: &RouteStepView) -> String {
    let RouteStepView { route, depth, standing, why, receivers } = step;
    let words = match (standing, why) {
        (RouteStanding::Tells, _) if receivers.is_empty() => "takes it, tells nobody".to_owned(),
        (RouteStanding::Tells, _) => format!("takes it, tells {}", receivers.join(", ")),
        (RouteStanding::HandsOver, _) => "takes it, and a route below it does".to_owned(),
        (RouteStanding::Refuses, Some(why)) => format!("no: {why}"),
        (RouteStanding::Refuses, None) => "no".to_owned(),
        (RouteStanding::Unreached, _) => "not asked: a route before it takes it".to_owned(),
    };
    format!("  {}{route}: {words}", "  ".repeat(*depth))
}

fn told(told: &RoutedView) -> String {
    let RoutedView { receiver, route, how, until, by } = told;
    let until = until.map_or_else(|| "some time".to_owned(), |until| until.to_string());
    let by = by.as_deref().unwrap_or("somebody");
    let how = match how {
        RoutedHow::AtOnce => "at once".to_owned(),
        RoutedHow::Held => format!("not before {until}: held by {by}"),
        RoutedHow::Dropped => format!("not at all: dropped by {by}, until {until}"),
        RoutedHow::Digest => format!("in the digest of {until}"),
    };
    match route {
        Some(route) => format!("  {receiver}: {how} ({route})"),
        None => format!("  {receiver}: {how} (was told of the story before)"),
    }
}

fn what_happened(happened: &HappenedView) -> Vec<String> {
    let silence = happened.silence.map(|it| format!("  no alert of its own: {}", it.in_words()));
    let told = happened.deliveries.iter();
    let told = told.map(|it| format!("  {} to {}: {}", it.kind, it.receiver, standing(it)));
    let mut lines: Vec<String> = silence.into_iter().chain(told).collect();
    if lines.is_empty() {
        lines.push("  told, but what was sent is not kept any more".to_owned());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AlertKind, ArticleId, MatchId, Silence};

    /// Goal: whoever wonders why they were not told reads it.
    #[test]
    fn way_is_told_in_words() {
        let step = |route: &str, depth, standing, why: Option<&str>| RouteStepView {
            route: route.to_owned(),
            depth,
            standing,
            why: why.map(str::to_owned),
            receivers: vec!["desk".to_owned(), "wire".to_owned()],
        };
        let until = "2026-11-28T03:00:00Z".parse().ok();
        let told = |how, by: Option<&str>| RoutedView {
            how,
            until,
            by: by.map(str::to_owned),
            ..RoutedView::at_once("desk", Some("Japan"))
        };
        let article = ArticleId::of_identity(b"a");
        let view = RoutingView {
            matched: MatchId::of("t", article),
            article,
            title: "A\nB".to_owned(),
            kind: AlertKind::MatchCreated,
            steps: vec![
                step("Japan", 0, RouteStanding::HandsOver, None),
                step("route 1.1", 1, RouteStanding::Refuses, Some("language is de, wanted ja")),
                step("route 1.2", 1, RouteStanding::Tells, None),
                step("rest", 0, RouteStanding::Unreached, None),
            ],
            told: vec![
                told(RoutedHow::AtOnce, None),
                told(RoutedHow::Held, Some("nights")),
                told(RoutedHow::Dropped, Some("anna")),
                told(RoutedHow::Digest, None),
                RoutedView::at_once("wire", None),
            ],
            happened: Some(HappenedView {
                silence: Some(Silence::StoryKnown),
                deliveries: Vec::new(),
            }),
        };
        insta::assert_snapshot!(in_words(&view).join("\n"), @r"
        c0c933522414469e as match.created: A B
        routes:
          Japan: takes it, and a route below it does
            route 1.1: no: language is de, wanted ja
            route 1.2: takes it, tells desk, wire
          rest: not asked: a route before it takes it
        told now:
          desk: at once (Japan)
          desk: not before 2026-11-28T03:00:00Z: held by nights (Japan)
          desk: not at all: dropped by anna, until 2026-11-28T03:00:00Z (Japan)
          desk: in the digest of 2026-11-28T03:00:00Z (Japan)
          wire: at once (was told of the story before)
        what happened:
          no alert of its own: its story was told before
        ");
        let nothing = RoutingView { steps: Vec::new(), told: Vec::new(), happened: None, ..view };
        insta::assert_snapshot!(in_words(&nothing).join("\n"), @r"
        c0c933522414469e as match.created: A B
        routes:
          none
        told now:
          nobody
        what happened:
          nobody was told: it is a near miss
        ");
    }
}
