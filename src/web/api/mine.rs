//! `/api/feedback/mine`: the caller's own thumbs, to restore the buttons of a page.

use axum::extract::State;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::model::Invalid;
use crate::model::ids::{MessageId, Subject};
use crate::privacy::pseudonym::RawUserId;
use crate::store::Db;
use crate::store::feedback;
use crate::web::body::Json;
use crate::web::caller::{self, Caller, Credential};
use crate::web::error::{Error, Problem};
use crate::web::view::OwnFeedbackView;

/// Most answers in one call.
const MESSAGES_MAX: usize = 500;

/// Whose thumbs, and on which answers. With feedback tokens nothing: they know both.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MineBody {
    /// Up to 500 ids of answers.
    #[serde(default)]
    message_ids: Option<Vec<String>>,
    /// The user, as in `POST /api/feedback`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    user_id: Option<RawUserId>,
}

/// The caller's own thumbs, to restore the buttons of a page.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct MineReply {
    feedback: Vec<OwnFeedbackView>,
}

/// The caller's own current thumbs on the given answers. A page sends up to 500 feedback tokens
/// as `tokens`; those that are not valid any more are left out.
#[utoipa::path(post, path = "/api/feedback/mine", tag = "feedback", request_body = MineBody,
    responses((status = 200, body = MineReply), (status = "4XX", body = Problem)))]
pub(crate) async fn mine(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<MineBody>,
) -> Result<axum::Json<MineReply>, Error> {
    let (project, wanted) = (caller.project, body.wanted(&app, &caller)?);
    let read = move |db: &Db| {
        let rows = wanted.iter().map(|(user, ids)| feedback::mine(db, project, user, ids));
        Ok(rows.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect::<Vec<_>>())
    };
    let rows = app.store.read(read).await?;
    Ok(axum::Json(MineReply { feedback: rows.into_iter().map(Into::into).collect() }))
}

impl MineBody {
    /// The answers by the user whose thumbs are wanted.
    fn wanted(self, app: &App, caller: &Caller) -> Result<Vec<(Subject, Vec<MessageId>)>, Error> {
        if let Credential::Signed { bonds, .. } = &caller.credential {
            if self.message_ids.is_some() || self.user_id.is_some() {
                let rule = "must be left out beside feedback tokens, which know it";
                return Err(Invalid::new("message_ids, user_id", rule).into());
            }
            let each = bonds.iter().map(|it| (it.subject.clone(), vec![it.message_id.clone()]));
            return Ok(each.collect());
        }
        let ids = self.message_ids.ok_or_else(|| Invalid::new("message_ids", "must be given"))?;
        let user = self.user_id.ok_or_else(|| Invalid::new("user_id", "must be given"))?;
        if ids.len() > MESSAGES_MAX {
            let rule = format!("must be at most {MESSAGES_MAX} in number");
            return Err(Invalid::new("message_ids", rule).into());
        }
        let ids = ids.into_iter().map(MessageId::parse).collect::<Result<_, _>>()?;
        Ok(vec![(caller::subject(app, caller, Some(user)), ids)])
    }
}
