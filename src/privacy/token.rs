//! Feedback tokens: with one, a page may rate one answer in the name of one user, and nothing else.
//!
//! token = `twm1.` payload `.` mac, both parts base64url without padding (RFC 4648, section 5);
//! payload = JSON `{"kid","message_id","user_id" or "subject","exp"}`, exp in seconds since 1970;
//! mac = HMAC-SHA-256 (RFC 2104) over the ASCII text `twm1.` payload, keyed with the ASCII text of
//! the signing secret.
//!
//! Nothing of a token is stored. Whoever has the signing secret can make one without a call; the
//! secret itself is made of the pepper and the id of its key, so that it is stored nowhere, either.

use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::pepper::Pepper;
use super::pseudonym::{self, Domain, RawUserId};
use crate::model::ids::{MessageId, ProjectId, Subject};
use crate::model::key::KeyKind;
use crate::model::time::Timestamp;

/// What every token starts with.
pub(crate) const PREFIX: &str = "twm1.";
/// Longest token, in bytes: three ids of full length in JSON and base64 fit.
const BYTES_MAX: usize = 8 << 10;

/// What one key signs tokens with.
#[derive(Clone)]
pub(crate) struct Signer {
    kid: String,
    keyed: Hmac<Sha256>,
}

/// What a token lets its holder do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bond {
    /// The answer.
    pub(crate) message_id: MessageId,
    /// The user.
    pub(crate) subject: Subject,
}

/// Why a token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TokenError {
    /// It is not one of ours, or was changed on the way.
    #[error("this feedback token is not valid; let the server that made the page make a new one")]
    Invalid,
    /// Its time is over.
    #[error("this feedback token has expired; let the server that made the page make a new one")]
    Expired,
}

/// The payload as it is signed. Names that nobody knows are refused: what they would forbid must
/// not be overlooked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    kid: String,
    message_id: String,
    #[serde(default)]
    user_id: Option<RawUserId>,
    #[serde(default)]
    subject: Option<String>,
    exp: i64,
}

/// The payload of the tokens that we make ourselves: they never carry a raw user id.
#[derive(Serialize)]
struct OwnClaims<'a> {
    kid: &'a str,
    message_id: &'a MessageId,
    subject: &'a Subject,
    exp: i64,
}

/// The text of a signing key: what a server keeps to sign by itself.
pub(crate) fn signing_secret(pepper: &Pepper, project: ProjectId, kid: &str) -> String {
    let bytes = pepper.mac("thumbwheel/signing/v1", &[&project.0.to_le_bytes(), kid.as_bytes()]);
    format!("{}{kid}_{}", KeyKind::Signing.prefix(), BASE64URL_NOPAD.encode(&bytes))
}

impl Signer {
    /// The signer of the key `kid`.
    pub(crate) fn new(kid: &str, secret: &str) -> Self {
        let keyed = Hmac::new_from_slice(secret.as_bytes()).expect("HMAC takes any key length");
        Self { kid: kid.to_owned(), keyed }
    }

    /// A token for one answer and one user.
    pub(crate) fn sign(&self, bond: &Bond, expires_at: Timestamp) -> String {
        let claims = OwnClaims {
            kid: &self.kid,
            message_id: &bond.message_id,
            subject: &bond.subject,
            exp: expires_at.micros().div_euclid(1_000_000),
        };
        let json = serde_json::to_vec(&claims).expect("claims serialize");
        let signed = format!("{PREFIX}{}", BASE64URL_NOPAD.encode(&json));
        let mac = self.keyed.clone().chain_update(&signed).finalize().into_bytes();
        format!("{signed}.{}", BASE64URL_NOPAD.encode(&mac))
    }

    /// Compares in constant time.
    fn signed(&self, text: &str, mac: &[u8]) -> bool {
        self.keyed.clone().chain_update(text).verify_slice(mac).is_ok()
    }
}

/// Checks a token. `signer` gives the signer of a key that is in force, and its project.
///
/// # Errors
/// When the token is not valid, or not any more.
pub(crate) fn verify<S: AsRef<Signer>>(
    token: &str,
    signer: impl FnOnce(&str) -> Option<(ProjectId, S)>,
    pepper: &Pepper,
    now: Timestamp,
) -> Result<(ProjectId, Bond), TokenError> {
    let (claims, signed, mac) = open(token).ok_or(TokenError::Invalid)?;
    let (project, signer) = signer(&claims.kid).ok_or(TokenError::Invalid)?;
    if !signer.as_ref().signed(signed, &mac) {
        return Err(TokenError::Invalid);
    }
    if claims.exp <= now.micros().div_euclid(1_000_000) {
        return Err(TokenError::Expired);
    }
    let subject = match (claims.user_id, claims.subject) {
        (Some(id), None) => pseudonym::of_user(pepper, Domain::App, project, id),
        (None, Some(subject)) => Subject::parse(&subject).map_err(|_| TokenError::Invalid)?,
        _ => return Err(TokenError::Invalid),
    };
    let message_id = MessageId::parse(claims.message_id).map_err(|_| TokenError::Invalid)?;
    Ok((project, Bond { message_id, subject }))
}

/// The parts of a token: its claims, the text that is signed, and the signature.
fn open(token: &str) -> Option<(Claims, &str, Vec<u8>)> {
    let body = token.strip_prefix(PREFIX).filter(|_| token.len() <= BYTES_MAX)?;
    let (payload, mac) = body.split_once('.')?;
    let mac = BASE64URL_NOPAD.decode(mac.as_bytes()).ok()?;
    let json = BASE64URL_NOPAD.decode(payload.as_bytes()).ok()?;
    let claims = serde_json::from_slice(&json).ok()?;
    Some((claims, &token[..PREFIX.len() + payload.len()], mac))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-11-23T10:00:00Z";
    /// The example of `docs/identity.md`; any language must come to the same token.
    const SECRET: &str = "tw_fs_example_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG";
    const PAYLOAD: &str =
        r#"{"kid":"example","message_id":"msg_1","user_id":"user-7","exp":1798761600}"#;
    const TOKEN: &str = concat!(
        "twm1.eyJraWQiOiJleGFtcGxlIiwibWVzc2FnZV9pZCI6Im1zZ18xIiwidXNlcl9pZCI6I",
        "nVzZXItNyIsImV4cCI6MTc5ODc2MTYwMH0.l9vLIZtGWSvJMQvB4FjFQkSNAr9G2Rc_FHq",
        "4umXRxyM",
    );

    fn pepper() -> Pepper {
        let temp = tempfile::tempdir().expect("temp dir");
        Pepper::load(&temp.path().join("key"), None, [1; 32]).expect("made")
    }

    fn at(text: &str) -> Timestamp {
        text.parse().expect("valid")
    }

    fn sign(payload: &str) -> String {
        let signed = format!("{PREFIX}{}", BASE64URL_NOPAD.encode(payload.as_bytes()));
        let signer = Signer::new("example", SECRET);
        let mac = signer.keyed.chain_update(&signed).finalize().into_bytes();
        format!("{signed}.{}", BASE64URL_NOPAD.encode(&mac))
    }

    fn check(token: &str, now: &str) -> Result<(ProjectId, Bond), TokenError> {
        let signer = Box::new(Signer::new("example", SECRET));
        verify(
            token,
            |kid| (kid == "example").then_some((ProjectId(1), signer)),
            &pepper(),
            at(now),
        )
    }

    #[test]
    fn the_documented_example_is_the_token_of_its_secret_and_payload() {
        assert_eq!(sign(PAYLOAD), TOKEN);
        let (project, bond) = check(TOKEN, NOW).expect("valid");
        let user = RawUserId::parse("user-7".to_owned()).expect("valid");
        let subject = pseudonym::of_user(&pepper(), Domain::App, project, user);
        assert_eq!(
            bond,
            Bond { message_id: MessageId::parse("msg_1".into()).expect("valid"), subject }
        );
        let document = include_str!("../../docs/identity.md");
        for part in [SECRET, PAYLOAD, TOKEN] {
            assert!(document.contains(part), "docs/identity.md shows {part}");
        }
    }

    #[test]
    fn a_token_of_ours_names_the_pseudonym_and_ends_in_time() {
        let subject = pseudonym::of_nobody([7; 16]);
        let bond = Bond { message_id: MessageId::parse("ü 1".into()).expect("valid"), subject };
        let signer = Signer::new("example", SECRET);
        let token = signer.sign(&bond, at("2026-11-23T11:00:00Z"));
        assert_eq!(check(&token, NOW), Ok((ProjectId(1), bond)));
        assert_eq!(check(&token, "2026-11-23T10:59:59Z").map(|it| it.0), Ok(ProjectId(1)));
        assert_eq!(check(&token, "2026-11-23T11:00:00Z"), Err(TokenError::Expired));
    }

    #[test]
    fn no_bit_of_a_token_may_change_and_none_may_be_missing() {
        for bit in 0..TOKEN.len() * 8 {
            let mut bytes = TOKEN.as_bytes().to_vec();
            bytes[bit / 8] ^= 1 << (bit % 8);
            if let Ok(forged) = String::from_utf8(bytes) {
                assert_eq!(check(&forged, NOW), Err(TokenError::Invalid), "bit {bit}");
            }
        }
        for length in 0..TOKEN.len() {
            assert_eq!(check(&TOKEN[..length], NOW), Err(TokenError::Invalid), "{length} bytes");
        }
        assert_eq!(check(&format!("{TOKEN}A"), NOW), Err(TokenError::Invalid));
    }

    #[test]
    fn a_signed_payload_that_says_anything_else_is_refused() {
        for payload in [
            r#"{"kid":"other","message_id":"m","user_id":"u","exp":1798761600}"#,
            r#"{"kid":"example","message_id":"m","exp":1798761600}"#,
            r#"{"kid":"example","message_id":"m","user_id":"u"}"#,
            r#"{"kid":"example","message_id":"","user_id":"u","exp":1798761600}"#,
            r#"{"kid":"example","message_id":"m","user_id":"","exp":1798761600}"#,
            r#"{"kid":"example","message_id":"m","subject":"u","exp":1798761600}"#,
            r#"{"kid":"example","message_id":"m","user_id":"u","exp":1798761600,"only":"up"}"#,
            r#"{"kid":"example","message_id":"m","message_id":"n","user_id":"u","exp":1798761600}"#,
            r#"{"kid":"example","message_id":"m","user_id":"u","exp":1.5}"#,
            "[]",
        ] {
            assert_eq!(check(&sign(payload), NOW), Err(TokenError::Invalid), "{payload}");
        }
    }

    #[test]
    fn the_secret_of_a_key_depends_on_pepper_project_and_key() {
        let secret = signing_secret(&pepper(), ProjectId(1), "a");
        assert_eq!(secret, signing_secret(&pepper(), ProjectId(1), "a"));
        assert_eq!(secret.len(), "tw_fs_a_".len() + 43);
        assert_ne!(secret[8..], signing_secret(&pepper(), ProjectId(2), "a")[8..]);
        assert_ne!(secret[8..], signing_secret(&pepper(), ProjectId(1), "b")[8..]);
    }
}
