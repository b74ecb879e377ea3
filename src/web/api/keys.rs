//! `/api/keys`: API keys of a project. A key's text is shown once, when it is made.

use axum::extract::State;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::app::keys::NewKey;
use crate::model::Invalid;
use crate::model::key::{KeyKind, Scope};
use crate::model::time::Timestamp;
use crate::store::api_keys::{self, ApiKey};
use crate::web::body::Json;
use crate::web::caller::{Caller, Credential};
use crate::web::error::{Error, Problem};

/// A key to be made.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyBody {
    /// `secret` for servers, `publishable` for pages, `signing` to sign feedback tokens.
    kind: KeyKind,
    /// What a secret key may do; at least one.
    #[serde(default)]
    scopes: Vec<Scope>,
    /// Where a publishable key may be used, such as `https://app.example`; at least one.
    #[serde(default)]
    origins: Vec<String>,
    /// When the key ends by itself; never if not given.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
}

/// What can be shown of a key.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct KeyView {
    /// Its public part.
    id: String,
    kind: KeyKind,
    /// Its last four characters.
    last4: String,
    scopes: Vec<Scope>,
    origins: Vec<String>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    revoked_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
}

impl From<ApiKey> for KeyView {
    fn from(row: ApiKey) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            last4: row.last4,
            scopes: row.scopes,
            origins: row.origins,
            created_at: row.created_at,
            revoked_at: row.revoked_at,
            expires_at: row.expires_at,
        }
    }
}

/// Every key of the project.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct KeysReply {
    /// Oldest first, revoked ones included.
    keys: Vec<KeyView>,
}

/// A new key.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct KeyReply {
    key: KeyView,
    /// The key itself, shown this once.
    secret: String,
}

/// The key to be revoked.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RevokeBody {
    /// The public part of the key.
    id: String,
}

/// The key is refused from now on.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct RevokedReply {
    /// Always true.
    revoked: bool,
}

/// Lists the keys of the project.
#[utoipa::path(get, path = "/api/keys", tag = "keys",
    responses((status = 200, body = KeysReply), (status = "4XX", body = Problem)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
) -> Result<axum::Json<KeysReply>, Error> {
    let rows = app.store.read(move |db| api_keys::of_project(db, caller.project)).await?;
    Ok(axum::Json(KeysReply { keys: rows.into_iter().map(KeyView::from).collect() }))
}

/// Makes a key. A key cannot make one that may do more than itself.
#[utoipa::path(post, path = "/api/keys", tag = "keys", request_body = KeyBody,
    responses((status = 200, body = KeyReply), (status = "4XX", body = Problem)))]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<KeyBody>,
) -> Result<axum::Json<KeyReply>, Error> {
    let new = body.into_new(&caller)?;
    let (row, secret) = app.keys.create(&app.store, new, app.now()).await?;
    Ok(axum::Json(KeyReply { key: row.into(), secret }))
}

/// Refuses a key from now on.
#[utoipa::path(post, path = "/api/keys/revoke", tag = "keys", request_body = RevokeBody,
    responses((status = 200, body = RevokedReply), (status = "4XX", body = Problem)))]
pub(crate) async fn revoke(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<RevokeBody>,
) -> Result<axum::Json<RevokedReply>, Error> {
    let id = body.id;
    if !app.keys.revoke(&app.store, caller.project, id, app.now()).await? {
        let detail = "there is no such key, or it was revoked before; `thumbwheel key list` shows";
        return Err(Error::not_found(detail));
    }
    Ok(axum::Json(RevokedReply { revoked: true }))
}

impl KeyBody {
    fn into_new(self, caller: &Caller) -> Result<NewKey, Error> {
        match self.kind {
            KeyKind::Secret => {
                if self.scopes.is_empty() || !self.origins.is_empty() {
                    let rule = "must name at least one scope (and no origins) for a secret key";
                    return Err(Invalid::new("scopes", rule).into());
                }
                if let Credential::Secret { .. } = caller.credential {
                    self.scopes.iter().try_for_each(|scope| caller.require(*scope))?;
                }
            }
            KeyKind::Signing => {
                if !self.origins.is_empty() || !self.scopes.is_empty() {
                    let rule = "must be left out, and origins too, for a signing key";
                    return Err(Invalid::new("scopes", rule).into());
                }
                if let Credential::Secret { .. } = caller.credential {
                    caller.require(Scope::Ingest)?;
                }
            }
            KeyKind::Publishable => {
                if self.origins.is_empty() || !self.scopes.is_empty() {
                    let rule =
                        "must name at least one origin (and no scopes) for a publishable key";
                    return Err(Invalid::new("origins", rule).into());
                }
            }
        }
        let origins = self.origins.into_iter().map(origin).collect::<Result<_, _>>()?;
        let Self { kind, mut scopes, expires_at, .. } = self;
        scopes.sort_unstable();
        scopes.dedup();
        Ok(NewKey { project: caller.project, kind, scopes, origins, expires_at })
    }
}

/// An origin as browsers send it: scheme, host, and a port where it is not the usual one.
fn origin(text: String) -> Result<String, Invalid> {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-:[]".contains(c);
    match host {
        Some(host) if !host.is_empty() && host.chars().all(allowed) => Ok(text),
        _ => Err(Invalid::new(
            "origins",
            "must be a scheme and host in lower case, without a path: https://app.example",
        )),
    }
}
