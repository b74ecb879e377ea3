//! `/api/tokens`: feedback tokens, with which a page may rate one answer in the name of one user.

use axum::extract::State;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::model::Invalid;
use crate::model::ids::MessageId;
use crate::model::time::Timestamp;
use crate::privacy::pseudonym::RawUserId;
use crate::web::body::Json;
use crate::web::caller::{self, Caller};
use crate::web::error::{Error, Problem};

/// How long a token is valid if nobody says, in days.
pub(super) const DAYS: u32 = 30;
/// The longest that one may be valid, in days.
const DAYS_MAX: u32 = 400;

/// Whom a token is for.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TokenBody {
    /// The app's id of the answer.
    #[schema(min_length = 1, max_length = 256)]
    message_id: String,
    /// The app's id of the user; the token holds its keyed hash only. Without it the token is
    /// for whoever has it: all of them count as one user.
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 256)]
    user_id: Option<RawUserId>,
    /// Days until it ends, 1 to 400; 30 if not given.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 400)]
    days: Option<u32>,
}

/// A new token.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct TokenReply {
    /// The token; it is kept nowhere.
    token: String,
    /// When it ends.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

/// Makes a feedback token.
#[utoipa::path(post, path = "/api/tokens", tag = "tokens", request_body = TokenBody,
    responses((status = 200, body = TokenReply), (status = "4XX", body = Problem)))]
pub(crate) async fn mint(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<TokenBody>,
) -> Result<axum::Json<TokenReply>, Error> {
    let days = body.days.unwrap_or(DAYS);
    if !(1..=DAYS_MAX).contains(&days) {
        let rule = format!("must be a whole number from 1 to {DAYS_MAX}");
        return Err(Invalid::new("days", rule).into());
    }
    let message_id = MessageId::parse(body.message_id)?;
    let bond = caller::bond(&app, &caller, message_id, body.user_id);
    let (token, expires_at) = app.sign(caller.project, &bond, days).await?;
    Ok(axum::Json(TokenReply { token, expires_at }))
}
