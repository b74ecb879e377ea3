//! `/events`: what happens, as it happens (server-sent events).

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::Sse;
use axum::response::sse::{Event as Frame, KeepAlive};
use futures_util::stream::{Stream, unfold};
use serde::Serialize;
use tokio::sync::broadcast::error::RecvError;

use crate::app::App;
use crate::model::event::Event;
use crate::model::feedback::{NewFeedback, Thumb};
use crate::model::ids::ProjectId;
use crate::web::caller::Caller;

/// Data of the event `feedback`.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct FeedbackEvent {
    /// The app's id of the answer.
    message_id: String,
    /// The thumb as it stands; `null` when it was taken back.
    feedback: Option<Thumb>,
}

/// Streams the project's events. A watcher that falls too far behind, and every watcher when the
/// server stops, gets the event `bye` and the stream ends.
#[utoipa::path(get, path = "/events", tag = "server",
    responses((status = 200, content_type = "text/event-stream", body = FeedbackEvent)))]
pub(crate) async fn watch(
    State(app): State<App>,
    caller: Caller,
) -> Sse<impl Stream<Item = Result<Frame, Infallible>>> {
    let state = Some((app.watch(), app.stopping()));
    let frames = unfold(state, move |state| async move {
        let (mut events, mut stopping) = state?;
        loop {
            let received = tokio::select! {
                // What happened before the stop is told before it.
                biased;
                received = events.recv() => received,
                _ = stopping.changed() => Err(RecvError::Closed),
            };
            match received {
                Ok(Event::Feedback { project, message_id, thumb }) if project == caller.project => {
                    let data = FeedbackEvent { message_id, feedback: thumb };
                    return Some((frame("feedback", &data), Some((events, stopping))));
                }
                Ok(Event::Feedback { .. }) => (),
                Err(RecvError::Lagged(_) | RecvError::Closed) => {
                    return Some((frame("bye", &()), None));
                }
            }
        }
    });
    Sse::new(frames).keep_alive(KeepAlive::new().interval(Duration::from_secs(20)))
}

fn frame(name: &str, data: &impl Serialize) -> Result<Frame, Infallible> {
    let data = serde_json::to_string(data).expect("events serialize");
    Ok(Frame::default().event(name).data(data))
}

/// What a watcher is told when a write changed something.
pub(super) struct Change {
    message_id: String,
    thumb: Option<Thumb>,
}

impl Change {
    /// The change that a write asks for.
    pub(super) fn of(new: &NewFeedback) -> Self {
        Self { message_id: new.message_id.as_str().to_owned(), thumb: new.thumb }
    }

    /// Tells the watchers, once it is durable.
    pub(super) fn announce(self, app: &App, project: ProjectId, changed: bool) {
        if changed {
            let Self { message_id, thumb } = self;
            app.announce(Event::Feedback { project, message_id, thumb });
        }
    }
}
