//! `/api/feedback`: give, change and take back thumbs; read them.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::batch::{self, BatchReply, Terms};
use super::events::Change;
use super::fields::{body_with_response_fields, free, reasons};
use super::once::{self, Done, Reply};
use crate::app::App;
use crate::model::Invalid;
use crate::model::feedback::{NewFeedback, Thumb};
use crate::model::ids::{MessageId, Subject};
use crate::model::patch::Patch;
use crate::model::record::Feedback;
use crate::model::response::{ResponsePatch, Source};
use crate::model::time::Timestamp;
use crate::model::trust::Trust;
use crate::privacy::pseudonym::RawUserId;
use crate::store::Db;
use crate::store::feedback::{self, Cursor, Page};
use crate::store::thumbs::{self, Outcome};
use crate::web::body;
use crate::web::caller::{self, Caller};
use crate::web::error::{Error, Problem};
use crate::web::params::{FilterQuery, Params};
use crate::web::view::{FeedbackView, OwnFeedbackView};

body_with_response_fields! {
    /// One feedback. Absent fields stay as they are; `null` clears one.
    FeedbackBody {
        /// The app's id of the answer. Must be there, but for a token, which knows it.
        #[serde(default)]
        #[schema(min_length = 1, max_length = 256)]
        message_id: Option<String>,
        /// The thumb; `null` takes it back. Must be there.
        #[serde(default)]
        #[schema(value_type = Option<Thumb>, required = true)]
        feedback: Patch<Thumb>,
        /// The app's id of the user; stored as a keyed hash only. With a publishable key, the
        /// random id that the browser keeps. With a token nothing: it knows the user.
        #[serde(default)]
        #[schema(value_type = Option<String>, min_length = 1, max_length = 256)]
        user_id: Option<RawUserId>,
        /// Why, in the project's words.
        #[serde(default)]
        #[schema(value_type = Option<Vec<String>>)]
        reasons: Patch<Vec<String>>,
        /// Why, in the user's words.
        #[serde(default)]
        #[schema(value_type = Option<String>, max_length = 200_000)]
        comment: Patch<String>,
        /// What the answer should have been.
        #[serde(default)]
        #[schema(value_type = Option<String>, max_length = 200_000)]
        correction: Patch<String>,
        /// The client's clock: an older write never replaces a newer one.
        #[serde(default)]
        #[schema(value_type = Option<String>, format = DateTime)]
        client_ts: Option<Timestamp>,
    }
}

/// The feedback as it stands after a write.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct RecordedReply<V> {
    /// `null` when there is none (any more).
    feedback: Option<V>,
    /// Whether there was none before.
    created: bool,
}

/// The reply to someone who has opted out.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct OptedOutReply {
    /// Always false.
    stored: bool,
    /// Always `opted_out`.
    reason: &'static str,
}

/// Gives, changes or takes back one thumb.
#[utoipa::path(post, path = "/api/feedback", tag = "feedback", request_body = FeedbackBody,
    params(("Idempotency-Key" = Option<String>, Header, description = "done once under this key")),
    responses((status = 200, body = RecordedReply<FeedbackView>),
        (status = 202, body = OptedOutReply), (status = "4XX", body = Problem)))]
pub(crate) async fn record(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Error> {
    let bytes = body::json_bytes(request).await?;
    let once = once::named(&app, &caller, &headers, "feedback", &bytes)?;
    let new = body::parse::<FeedbackBody>(&bytes)?.into_new(&app, &caller)?;
    let (project, event) = (caller.project, Change::of(&new));
    let full = !caller.is_page();
    let work = move |tx: &crate::store::Tx<'_>| {
        let outcome = thumbs::record(tx, project, &new)?;
        let row = feedback::by_key(tx, project, new.message_id.as_str(), &new.subject)?;
        Ok(reply(outcome, row, new.subject, full))
    };
    match once::write(&app, once, bytes.len(), work).await? {
        Done::Now(reply, changed) => {
            event.announce(&app, project, changed);
            Ok(reply.into_response(false))
        }
        Done::Before(reply) => Ok(reply.into_response(true)),
        Done::Misused => Err(once::misused()),
    }
}

/// The reply to a write, and whether it changed something.
fn reply(outcome: Outcome, row: Option<Feedback>, subject: Subject, full: bool) -> (Reply, bool) {
    let json = |value: serde_json::Result<String>| value.expect("views serialize");
    match outcome {
        Outcome::OptedOut => {
            let body = OptedOutReply { stored: false, reason: "opted_out" };
            let body = json(serde_json::to_string(&body));
            (Reply { status: StatusCode::ACCEPTED.as_u16(), body, keep_for: None }, false)
        }
        Outcome::Stored { created, changed } => {
            let body = if full {
                let feedback = row.map(FeedbackView::from);
                serde_json::to_string(&RecordedReply { feedback, created })
            } else {
                let feedback = row.map(OwnFeedbackView::from);
                serde_json::to_string(&RecordedReply { feedback, created })
            };
            (
                Reply {
                    status: StatusCode::OK.as_u16(),
                    body: json(body),
                    keep_for: Some(subject),
                },
                changed,
            )
        }
    }
}

/// Gives many thumbs at once: a JSON array, or one object a line (NDJSON).
#[utoipa::path(post, path = "/api/feedback/batch", tag = "feedback",
    request_body = Vec<FeedbackBody>,
    responses((status = 200, body = BatchReply), (status = "4XX", body = Problem)))]
pub(crate) async fn record_batch(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    request: Request,
) -> Result<axum::Json<BatchReply>, Error> {
    once::refuse(&headers)?;
    let bytes = body::whole(request).await?;
    let parse = |item: &[u8]| body::parse::<FeedbackBody>(item)?.into_new(&app, &caller);
    let (items, terms) = (batch::split(&bytes)?, Terms::default());
    let tally = batch::record_feedback(&app, caller.project, &items, terms, parse).await?;
    Ok(axum::Json(tally.into_reply()))
}

impl FeedbackBody {
    /// The checked and pseudonymised write that the body asks for.
    fn into_new(mut self, app: &App, caller: &Caller) -> Result<NewFeedback, Error> {
        let response = self.take_response()?;
        let nameless = self.user_id.is_none() && caller.trust() != Trust::Signed;
        let (message_id, subject) = caller::author(app, caller, self.message_id, self.user_id)?;
        let parts = Parts {
            message_id,
            feedback: self.feedback,
            reasons: self.reasons,
            comment: self.comment,
            correction: self.correction,
            client_ts: self.client_ts,
            response,
        };
        if parts.feedback == Patch::Clear && nameless {
            let rule = "must be given to take a thumb back: it says whose";
            return Err(Invalid::new("user_id", rule).into());
        }
        Ok(parts.into_new(subject, caller.trust(), app.now())?)
    }
}

/// What feedback over the API and imported rows have in common.
pub(super) struct Parts {
    pub(super) message_id: MessageId,
    pub(super) feedback: Patch<Thumb>,
    pub(super) reasons: Patch<Vec<String>>,
    pub(super) comment: Patch<String>,
    pub(super) correction: Patch<String>,
    pub(super) client_ts: Option<Timestamp>,
    pub(super) response: ResponsePatch,
}

impl Parts {
    /// # Errors
    /// When a field breaks its rule.
    pub(super) fn into_new(
        self,
        subject: Subject,
        trust: Trust,
        now: Timestamp,
    ) -> Result<NewFeedback, Invalid> {
        Ok(NewFeedback {
            message_id: self.message_id,
            subject,
            thumb: match self.feedback {
                Patch::Absent => {
                    return Err(Invalid::new("feedback", "must be \"up\", \"down\" or null"));
                }
                Patch::Clear => None,
                Patch::Set(thumb) => Some(thumb),
            },
            reasons: reasons(self.reasons)?,
            comment: free("comment", self.comment)?,
            correction: free("correction", self.correction)?,
            response: self.response,
            trust,
            source: Source::Api,
            client_ts: self.client_ts,
            created_at: None,
            updated_at: None,
            received_at: now,
        })
    }
}

/// Lists feedback, newest first; with `type=summary`, counts it by action type.
#[utoipa::path(get, path = "/api/feedback", tag = "feedback",
    params(ListQuery, FilterQuery),
    responses((status = 200, body = ListReply), (status = "4XX", body = Problem)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    mut params: Params,
) -> Result<Response, Error> {
    let filter = params.filter()?;
    if let Some(kind) = params.take("type") {
        if kind != "summary" {
            return Err(Invalid::new("type", "must be summary, or be left out").into());
        }
        params.finish()?;
        return super::analytics::summary::summary(&app, &caller, filter).await;
    }
    let limit = params.number("limit", 1..=1_000)?.unwrap_or(100);
    let before = params.take("cursor").map_or(Ok(Cursor::END), |text| parse_cursor(&text))?;
    params.finish()?;
    let project = caller.project;
    let read = move |db: &Db| feedback::newest(db, project, &filter, before, limit);
    Ok(axum::Json(ListReply::from(app.store.read(read).await?)).into_response())
}

impl From<Page> for ListReply {
    fn from(page: Page) -> Self {
        let last = page.rows.last().filter(|_| page.more).map(Cursor::at);
        let next_cursor = last.map(|at| format!("{}.{}", at.created_at, at.id));
        Self {
            feedback: page.rows.into_iter().map(FeedbackView::from).collect(),
            meta: ListMeta { next_cursor },
        }
    }
}

fn parse_cursor(text: &str) -> Result<Cursor, Invalid> {
    text.split_once('.')
        .and_then(|(time, id)| {
            Some(Cursor { created_at: time.parse().ok()?, id: id.parse().ok()? })
        })
        .ok_or_else(|| Invalid::new("cursor", "must be the next_cursor of a page before"))
}

/// What `GET /api/feedback` takes besides the filter.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents the query; `Params` reads it")]
pub(crate) struct ListQuery {
    /// `summary`: counts by action type instead of rows.
    r#type: Option<String>,
    /// Rows a page; 100 if not given.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
    /// Where the page starts: `meta.next_cursor` of the page before.
    cursor: Option<String>,
}

/// A page of feedback.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ListReply {
    /// Newest first.
    feedback: Vec<FeedbackView>,
    meta: ListMeta,
}

/// Where the next page starts.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ListMeta {
    /// `null` on the last page.
    next_cursor: Option<String>,
}
