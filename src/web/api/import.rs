//! `/api/import`: rows from elsewhere, with their own times. Used by `thumbwheel import`.

use axum::extract::{Request, State};
use serde::Serialize;

use super::batch::{self, ItemError, Terms};
use super::feedback::Parts;
use super::fields::body_with_response_fields;
use crate::app::App;
use crate::model::Invalid;
use crate::model::feedback::{NewFeedback, Thumb};
use crate::model::ids::MessageId;
use crate::model::patch::Patch;
use crate::model::response::{ResponsePatch, Source};
use crate::model::time::Timestamp;
use crate::model::trust::Trust;
use crate::privacy::pseudonym::{self, Domain, RawUserId};
use crate::web::body;
use crate::web::caller::Caller;
use crate::web::error::{Error, Problem};
use crate::web::params::Params;

body_with_response_fields! {
    /// One row of an import: feedback, and what an export of ours adds to it.
    ImportRow {
        /// The app's id of the answer.
        #[schema(min_length = 1, max_length = 256)]
        message_id: String,
        /// The thumb.
        #[serde(default)]
        #[schema(value_type = Option<Thumb>)]
        feedback: Patch<Thumb>,
        /// The app's id of the user, or a pseudonym that an export wrote. Without one, the row
        /// itself makes the pseudonym, so that importing it again changes nothing.
        #[serde(default)]
        #[schema(value_type = Option<String>, min_length = 1, max_length = 256)]
        user_id: Option<RawUserId>,
        /// Why, in the project's words.
        #[serde(default)]
        #[schema(value_type = Option<Vec<String>>)]
        reasons: Patch<Vec<String>>,
        /// Why, in the user's words.
        #[serde(default)]
        #[schema(value_type = Option<String>)]
        comment: Patch<String>,
        /// What the answer should have been.
        #[serde(default)]
        #[schema(value_type = Option<String>)]
        correction: Patch<String>,
        /// The client's clock.
        #[serde(default)]
        #[schema(value_type = Option<String>, format = DateTime)]
        client_ts: Option<Timestamp>,
        /// Event time; now if not given.
        #[serde(default)]
        #[schema(value_type = Option<String>, format = DateTime)]
        created_at: Option<Timestamp>,
        /// Time of the last change; `created_at` if not given.
        #[serde(default)]
        #[schema(value_type = Option<String>, format = DateTime)]
        updated_at: Option<Timestamp>,
        /// The trust that the row had where it comes from; `secret` if not given.
        #[serde(default)]
        trust: Option<Trust>,
        /// The door that the row came through where it comes from; `import` if not given.
        #[serde(default)]
        source: Option<String>,
    }
}

/// What became of the rows.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ImportReply {
    /// New ones.
    created: usize,
    /// Ones that replaced what stood there.
    changed: usize,
    /// Ones that were there already.
    unchanged: usize,
    /// Ones of users who have opted out.
    opted_out: usize,
    /// Ones that were not taken, each with its place and the reason.
    errors: Vec<ItemError>,
}

/// What `POST /api/import` takes in the query string.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents the query; `Params` reads it")]
pub(crate) struct ImportQuery {
    /// `true`: check the rows and store nothing.
    dry_run: Option<bool>,
    /// `true`: take nothing behind the first bad row.
    strict: Option<bool>,
}

/// Imports rows: a JSON array, or one object a line (NDJSON).
#[utoipa::path(post, path = "/api/import", tag = "import", request_body = Vec<ImportRow>,
    params(ImportQuery),
    responses((status = 200, body = ImportReply), (status = "4XX", body = Problem)))]
pub(crate) async fn record(
    State(app): State<App>,
    caller: Caller,
    mut params: Params,
    request: Request,
) -> Result<axum::Json<ImportReply>, Error> {
    let terms = Terms { dry_run: params.switch("dry_run")?, strict: params.switch("strict")? };
    params.finish()?;
    let bytes = body::whole(request).await?;
    let parse = |item: &[u8]| {
        let row = body::parse::<ImportRow>(item)?;
        Ok(row.into_new(&app, &caller, item)?)
    };
    let items = batch::split(&bytes)?;
    let tally = batch::record_feedback(&app, caller.project, &items, terms, parse).await?;
    Ok(axum::Json(ImportReply {
        created: tally.created,
        changed: tally.changed,
        unchanged: tally.unchanged,
        opted_out: tally.opted_out,
        errors: tally.errors,
    }))
}

impl ImportRow {
    /// The write that the row asks for; `item` is the row as it came.
    fn into_new(mut self, app: &App, caller: &Caller, item: &[u8]) -> Result<NewFeedback, Invalid> {
        let response = self.take_response()?;
        let subject = match self.user_id.take() {
            // Owners may bring back what an export of theirs holds, under the same pseudonyms.
            Some(id) => match id.as_pseudonym() {
                Some(subject) => subject,
                None => pseudonym::of_user(&app.pepper, Domain::App, caller.project, id),
            },
            None => {
                // Without spaces and with its keys in order, so that the form does not matter.
                let row: serde_json::Value = serde_json::from_slice(item).unwrap_or_default();
                pseudonym::of_row(&app.pepper, caller.project, row.to_string().as_bytes())
            }
        };
        let parts = Parts {
            message_id: MessageId::parse(self.message_id)?,
            feedback: self.feedback,
            reasons: self.reasons,
            comment: self.comment,
            correction: self.correction,
            client_ts: self.client_ts,
            response,
        };
        let new = parts.into_new(subject, self.trust.unwrap_or(Trust::Secret), app.now())?;
        Ok(NewFeedback {
            source: self.source.map_or(Ok(Source::Import), |word| word.parse())?,
            created_at: self.created_at,
            updated_at: self.updated_at,
            ..new
        })
    }
}
