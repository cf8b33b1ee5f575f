//! What changes, as it happens: server-sent events for open pages.
//!
//! Invariant: a stream ends when the service stops, and there are never many.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::{self, Stream};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use crate::review::api::document::Refusals;
use crate::review::{App, Change, Person, Problem};

/// Open pages at once; fewer than connections, so that the rest goes on.
pub(in crate::review) const STREAMS_MAX: usize = 64;

/// A line of nothing keeps proxies from closing the stream.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Room for one more open page.
#[derive(Clone, Debug)]
pub(in crate::review) struct Seats(Arc<Semaphore>);

impl Default for Seats {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(STREAMS_MAX)))
    }
}

/// What changes from now on: events `story`, `near-miss` and `feed` with the id as data, and
/// `missed` when some were lost and the page should be loaded again.
#[utoipa::path(
    get, path = "/api/v1/events", tag = "service", operation_id = "events",
    responses(
        (status = 200, description = "Events until the service stops", body = String,
            content_type = "text/event-stream"),
        Refusals
    )
)]
pub(super) async fn stream(
    State(app): State<App>,
    axum::Extension(seats): axum::Extension<Seats>,
    _: Person,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let seat = Arc::clone(&seats.0).try_acquire_owned().map_err(|_| {
        let detail = format!("{STREAMS_MAX} streams are open already");
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail)
    })?;
    let watching = Watching { changes: app.controls.changes(), stop: app.stop, _seat: seat };
    let events = stream::unfold(watching, |mut watching| async move {
        let event = watching.next().await?;
        Some((Ok(event), watching))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
}

struct Watching {
    changes: Receiver<Change>,
    stop: CancellationToken,
    _seat: OwnedSemaphorePermit,
}

impl Watching {
    /// The next event; none when the service stops.
    async fn next(&mut self) -> Option<Event> {
        match self.stop.run_until_cancelled(self.changes.recv()).await? {
            Ok(change) => Some(event(change)),
            Err(RecvError::Lagged(_)) => Some(Event::default().event("missed").data("")),
            Err(RecvError::Closed) => None,
        }
    }
}

fn event(change: Change) -> Event {
    let (name, id) = match change {
        Change::Story(id) => ("story", id.to_string()),
        Change::NearMiss(id) => ("near-miss", id.to_string()),
        Change::Feed(id) => ("feed", id.to_string()),
    };
    Event::default().event(name).data(id)
}
