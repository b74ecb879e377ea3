//! Who calls: the command line, a secret key, a publishable key or a feedback token, and what each
//! may do.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::code::Code;
use super::error::Error;
use crate::app::App;
use crate::model::Invalid;
use crate::model::ids::{MessageId, ProjectId, Subject};
use crate::model::key::{KeyKind, Scope};
use crate::model::trust::Trust;
use crate::privacy::pseudonym::{self, Domain, RawUserId};
use crate::privacy::token::{self, Bond, TokenError};
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
    /// Feedback tokens: each for one answer and one user.
    Signed {
        /// The signing key's public part and the first token's user.
        holder: String,
        /// What they are for; at least one.
        bonds: Vec<Bond>,
    },
}

impl Caller {
    /// What the caller's writes are worth.
    pub(crate) fn trust(&self) -> Trust {
        match self.credential {
            Credential::Owner | Credential::Secret { .. } => Trust::Secret,
            Credential::Signed { .. } => Trust::Signed,
            Credential::Publishable { .. } => Trust::Public,
        }
    }

    /// Whose user ids the caller speaks of.
    pub(crate) fn domain(&self) -> Domain {
        match self.credential {
            Credential::Owner | Credential::Secret { .. } | Credential::Signed { .. } => {
                Domain::App
            }
            Credential::Publishable { .. } => Domain::Browser,
        }
    }

    /// Whether the caller is a page, which may see what is its visitor's own and nothing else.
    pub(crate) fn is_page(&self) -> bool {
        matches!(self.credential, Credential::Publishable { .. } | Credential::Signed { .. })
    }

    /// The public part of the key, a word for the owner, or the holder of a token.
    pub(crate) fn key_id(&self) -> &str {
        match &self.credential {
            Credential::Owner => "owner",
            Credential::Signed { holder, .. } => holder,
            Credential::Secret { key_id, .. } | Credential::Publishable { key_id } => key_id,
        }
    }

    /// The answer that a token is for; nothing where the request itself names it.
    pub(crate) fn about(&self) -> &str {
        match &self.credential {
            Credential::Signed { bonds, .. } => {
                bonds.first().map_or("", |bond| bond.message_id.as_str())
            }
            _ => "",
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
            Credential::Publishable { .. } | Credential::Signed { .. } => false,
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

/// Whose write it is, and on which answer. A token knows both; what the request says besides must
/// not differ.
///
/// # Errors
/// 400 when the answer is not named, 401 when a token is for another answer or another user.
pub(crate) fn author(
    app: &App,
    caller: &Caller,
    message_id: Option<String>,
    user_id: Option<RawUserId>,
) -> Result<(MessageId, Subject), Error> {
    let message_id = message_id.map(MessageId::parse).transpose()?;
    let Credential::Signed { bonds, .. } = &caller.credential else {
        let message_id = message_id.ok_or_else(|| Invalid::new("message_id", "must be given"))?;
        return Ok((message_id, subject(app, caller, user_id)));
    };
    let [bond] = bonds.as_slice() else {
        return Err(Invalid::new("token", "must be given alone: one write, one token").into());
    };
    let other = |what| {
        let detail = format!("this feedback token is for another {what}; leave {what} out");
        Err(Error::refused(Code::InvalidToken, detail))
    };
    if message_id.is_some_and(|id| id != bond.message_id) {
        return other("message_id");
    }
    if user_id.is_some_and(|id| subject(app, caller, Some(id)) != bond.subject) {
        return other("user_id");
    }
    Ok((bond.message_id.clone(), bond.subject.clone()))
}

/// What a token made for this caller is for.
pub(crate) fn bond(
    app: &App,
    caller: &Caller,
    message_id: MessageId,
    user_id: Option<RawUserId>,
) -> Bond {
    let subject = match user_id {
        Some(id) => subject(app, caller, Some(id)),
        None => pseudonym::of_answer(&app.pepper, caller.project, &message_id),
    };
    Bond { message_id, subject }
}

/// The pseudonym that a caller's write goes under.
pub(crate) fn subject(app: &App, caller: &Caller, user_id: Option<RawUserId>) -> Subject {
    match user_id {
        Some(id) => pseudonym::of_user(&app.pepper, caller.domain(), caller.project, id),
        None => pseudonym::of_nobody(crate::app::random()),
    }
}

/// Checks feedback tokens. Of several, those that are not valid any more are left out, and those of
/// other projects than the first valid one.
///
/// # Errors
/// 401 when none is valid.
pub(crate) fn from_tokens(app: &App, tokens: &[String]) -> Result<Caller, Error> {
    let now = app.now();
    let check =
        |token: &String| token::verify(token, |kid| app.keys.signer(kid, now), &app.pepper, now);
    let mut valid = tokens.iter().map(check).filter_map(Result::ok).peekable();
    let Some((project, holder)) = valid.peek().cloned() else {
        let error = tokens.first().map_or(Ok(()), |token| check(token).map(drop)).err();
        let code = match error {
            Some(TokenError::Expired) => Code::ExpiredToken,
            _ => Code::InvalidToken,
        };
        return Err(Error::refused(code, error.unwrap_or(TokenError::Invalid).to_string()));
    };
    let bonds = valid.filter(|(of, _)| *of == project).map(|(_, bond)| bond).collect();
    let holder = format!("token {}", holder.subject.as_str());
    Ok(Caller { project, credential: Credential::Signed { holder, bonds } })
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
            if app.keys.signatures_required(found.project) {
                return Err(Error::refused(
                    Code::SignatureRequired,
                    "this project takes feedback from pages only with a feedback token; let your \
                     server sign one",
                ));
            }
            Credential::Publishable { key_id: found.id.clone() }
        }
        KeyKind::Signing => {
            return refused(
                Code::InvalidKey,
                "a signing key opens nothing by itself; sign feedback tokens with it",
            );
        }
    };
    Ok(Caller { project: found.project, credential })
}

/// The key with that text. Compares hashes in constant time.
fn lookup(app: &App, key: &str) -> Option<std::sync::Arc<ApiKey>> {
    let body = KeyKind::ALL.iter().find_map(|kind| key.strip_prefix(kind.prefix()))?;
    let (id, _) = body.split_once('_')?;
    let found = app.keys.get(id)?;
    let hash: [u8; 32] = Sha256::digest(key.as_bytes()).into();
    bool::from(hash.ct_eq(&found.hash)).then_some(found)
}
