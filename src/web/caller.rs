//! Who calls: the command line, a secret key, or a publishable key, and what each may do.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::code::Code;
use super::error::Error;
use crate::app::App;
use crate::model::ids::ProjectId;
use crate::model::key::{KeyKind, Scope};
use crate::model::trust::Trust;
use crate::privacy::pseudonym::Domain;
use crate::store::api_keys::ApiKey;

/// Marks a request that came over the data folder's socket or from this very process: whoever
/// can do that owns the data.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Owner;

/// The header by which the owner names a project.
pub(crate) const PROJECT_HEADER: &str = "thumbwheel-project";

/// An authenticated caller. A handler that takes one runs for nobody else.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    /// The one project that the call is about.
    pub(crate) project: ProjectId,
    /// The credential, and what its writes are worth.
    pub(crate) credential: Credential,
}

/// What the caller showed.
#[derive(Debug, Clone)]
pub(crate) enum Credential {
    /// Nothing: it is the owner.
    Owner,
    /// A secret key.
    Secret {
        /// The key's public part.
        key_id: String,
        /// What it may do.
        scopes: Vec<Scope>,
    },
    /// A publishable key, from one of its origins.
    Publishable {
        /// The key's public part.
        key_id: String,
    },
}

impl Caller {
    /// What the caller's writes are worth.
    pub(crate) fn trust(&self) -> Trust {
        match self.credential {
            Credential::Owner | Credential::Secret { .. } => Trust::Secret,
            Credential::Publishable { .. } => Trust::Public,
        }
    }

    /// Whose user ids the caller speaks of.
    pub(crate) fn domain(&self) -> Domain {
        match self.credential {
            Credential::Owner | Credential::Secret { .. } => Domain::App,
            Credential::Publishable { .. } => Domain::Browser,
        }
    }

    /// The public part of the key, or a word for the owner.
    pub(crate) fn key_id(&self) -> &str {
        match &self.credential {
            Credential::Owner => "owner",
            Credential::Secret { key_id, .. } | Credential::Publishable { key_id } => key_id,
        }
    }

    /// Whether the caller owns the data folder.
    pub(crate) fn is_owner(&self) -> bool {
        matches!(self.credential, Credential::Owner)
    }

    /// # Errors
    /// 403 when the caller lacks the scope.
    pub(crate) fn require(&self, scope: Scope) -> Result<(), Error> {
        let granted = match &self.credential {
            Credential::Owner => true,
            Credential::Secret { scopes, .. } => scopes.contains(&scope),
            Credential::Publishable { .. } => false,
        };
        if granted {
            return Ok(());
        }
        let scope = scope.as_str();
        let detail = format!("this key lacks the scope '{scope}'; create one that has it");
        Err(Error::refused(Code::MissingScope, detail))
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        parts.extensions.get::<Self>().cloned().ok_or_else(unauthenticated)
    }
}

/// 401: nothing was shown.
pub(crate) fn unauthenticated() -> Error {
    Error::refused(
        Code::MissingKey,
        "send an API key in the header 'Authorization: Bearer tw_sk_…'; \
         `thumbwheel key create` makes one",
    )
}

/// Checks an API key.
///
/// # Errors
/// 401 when it is unknown, revoked or expired; 403 when a publishable key is used from a page
/// that it was not made for.
pub(crate) fn from_key(app: &App, key: &str, origin: Option<&str>) -> Result<Caller, Error> {
    let refused = |code, detail: &str| Err(Error::refused(code, detail));
    let Some(found) = lookup(app, key) else {
        return refused(
            Code::InvalidKey,
            "this API key is not valid; check it or create a new one",
        );
    };
    if found.revoked_at.is_some() {
        return refused(Code::RevokedKey, "this API key was revoked; create a new one");
    }
    if found.expires_at.is_some_and(|end| end <= app.now()) {
        return refused(Code::ExpiredKey, "this API key has expired; create a new one");
    }
    let credential = match found.kind {
        KeyKind::Secret => {
            Credential::Secret { key_id: found.id.clone(), scopes: found.scopes.clone() }
        }
        KeyKind::Publishable => {
            if !origin.is_some_and(|origin| found.origins.iter().any(|it| it == origin)) {
                return Err(Error::refused(
                    Code::OriginNotAllowed,
                    "this publishable key may not be used from this origin; \
                     create one with --origin for your page",
                ));
            }
            Credential::Publishable { key_id: found.id.clone() }
        }
    };
    Ok(Caller { project: found.project, credential })
}

/// The key with that text. Compares hashes in constant time.
fn lookup(app: &App, key: &str) -> Option<std::sync::Arc<ApiKey>> {
    let body = [KeyKind::Secret, KeyKind::Publishable]
        .iter()
        .find_map(|kind| key.strip_prefix(kind.prefix()))?;
    let (id, _) = body.split_once('_')?;
    let found = app.keys.get(id)?;
    let hash: [u8; 32] = Sha256::digest(key.as_bytes()).into();
    bool::from(hash.ct_eq(&found.hash)).then_some(found)
}
