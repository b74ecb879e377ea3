//! From a raw user id to a pseudonym, the only form in which anything else ever sees it.
//!
//! pseudonym = `twu_` + base32(first 16 bytes of HMAC-SHA-256(pepper, domain, project, id)),
//! every input with its length before it. The domain keeps the ids of apps apart from those of
//! browsers, so that a publishable key can never write as a user whom a server vouched for.

use data_encoding::{BASE32_NOPAD, Encoding, Specification};
use serde::de::{Deserialize, Deserializer, Error, Visitor};

use super::pepper::Pepper;
use crate::model::Invalid;
use crate::model::ids::{MessageId, ProjectId, Subject};
use crate::model::text::ID_CHARS_MAX;

/// A user id as the app or the browser gave it. Exists only between parsing and hashing: it can
/// be neither printed, nor stored, nor copied.
pub(crate) struct RawUserId(String);

impl RawUserId {
    /// # Errors
    /// When it is empty, longer than 256 characters or has control characters. The message does
    /// not repeat it.
    pub(crate) fn parse(text: String) -> Result<Self, Invalid> {
        let n = text.chars().count();
        if n == 0 || n > ID_CHARS_MAX || text.chars().any(char::is_control) {
            let rule = format!("must have 1 to {ID_CHARS_MAX} characters, no control characters");
            return Err(Invalid::new("user_id", rule));
        }
        Ok(Self(text))
    }

    /// The pseudonym that this id already is, if an export of ours wrote it.
    pub(crate) fn as_pseudonym(&self) -> Option<Subject> {
        Subject::parse(&self.0).ok()
    }
}

/// Serde's own messages quote the value they did not like; these do not.
impl<'de> Deserialize<'de> for RawUserId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        const RULE: &str = "user_id must be a string";
        impl Visitor<'_> for Text {
            type Value = RawUserId;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a user id as a string")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<RawUserId, E> {
                self.visit_string(text.to_owned())
            }
            fn visit_string<E: Error>(self, text: String) -> Result<RawUserId, E> {
                RawUserId::parse(text).map_err(E::custom)
            }
            fn visit_i64<E: Error>(self, _: i64) -> Result<RawUserId, E> {
                Err(E::custom(RULE))
            }
            fn visit_u64<E: Error>(self, _: u64) -> Result<RawUserId, E> {
                Err(E::custom(RULE))
            }
            fn visit_f64<E: Error>(self, _: f64) -> Result<RawUserId, E> {
                Err(E::custom(RULE))
            }
        }
        // `deserialize_string` would make serde quote a number that it cannot take.
        deserializer.deserialize_any(Text)
    }
}

/// Who vouches for an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Domain {
    /// The app's server: a secret key or a signed token.
    App,
    /// A browser that calls itself so: a publishable key.
    Browser,
}

/// The pseudonym of a user.
pub(crate) fn of_user(
    pepper: &Pepper,
    domain: Domain,
    project: ProjectId,
    id: RawUserId,
) -> Subject {
    let domain = match domain {
        Domain::App => "thumbwheel/user/v1",
        Domain::Browser => "thumbwheel/browser/v1",
    };
    subject(&pepper.mac(domain, &[&project.0.to_le_bytes(), id.0.as_bytes()]))
}

/// Every pseudonym that a person may stand under who goes by this id: the app's, the browser's.
/// An id that is a pseudonym itself means that one.
pub(crate) fn all_of_user(pepper: &Pepper, project: ProjectId, id: RawUserId) -> Vec<Subject> {
    if let Some(subject) = id.as_pseudonym() {
        return vec![subject];
    }
    let again = RawUserId(id.0.clone());
    vec![
        of_user(pepper, Domain::App, project, id),
        of_user(pepper, Domain::Browser, project, again),
    ]
}

/// The pseudonym of whoever has a token that was made without a user id: one for each answer, so
/// that making the token again makes no second voter.
pub(crate) fn of_answer(pepper: &Pepper, project: ProjectId, message_id: &MessageId) -> Subject {
    let parts: [&[u8]; 2] = [&project.0.to_le_bytes(), message_id.as_str().as_bytes()];
    subject(&pepper.mac("thumbwheel/answer/v1", &parts))
}

/// The pseudonym of an anonymous write over HTTP: a new one each time, made of `random`.
pub(crate) fn of_nobody(random: [u8; 16]) -> Subject {
    subject(&random)
}

/// The pseudonym of an anonymous imported row: the same for the same row, so that importing a
/// file twice changes nothing.
pub(crate) fn of_row(pepper: &Pepper, project: ProjectId, row: &[u8]) -> Subject {
    subject(&pepper.mac("thumbwheel/import-row/v1", &[&project.0.to_le_bytes(), row]))
}

fn subject(hash: &[u8]) -> Subject {
    let body = lower_base32().encode(&hash[..16]);
    Subject::parse(&format!("{}{body}", Subject::PREFIX))
        .expect("base32 of 16 bytes is well formed")
}

/// RFC 4648 base32 in lower case.
fn lower_base32() -> Encoding {
    let mut spec: Specification = BASE32_NOPAD.specification();
    spec.symbols = spec.symbols.to_lowercase();
    spec.encoding().expect("the standard alphabet in lower case is a valid one")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pepper(byte: u8) -> Pepper {
        let temp = tempfile::tempdir().expect("temp dir");
        Pepper::load(&temp.path().join("key"), None, [byte; 32]).expect("made")
    }

    fn raw(text: &str) -> RawUserId {
        RawUserId::parse(text.to_owned()).expect("valid")
    }

    #[test]
    fn a_pseudonym_depends_on_pepper_domain_project_and_id_and_on_nothing_else() {
        let one = pepper(1);
        let base = of_user(&one, Domain::App, ProjectId(1), raw("ana"));
        assert_eq!(base, of_user(&one, Domain::App, ProjectId(1), raw("ana")));
        for other in [
            of_user(&pepper(2), Domain::App, ProjectId(1), raw("ana")),
            of_user(&one, Domain::Browser, ProjectId(1), raw("ana")),
            of_user(&one, Domain::App, ProjectId(2), raw("ana")),
            of_user(&one, Domain::App, ProjectId(1), raw("Ana")),
        ] {
            assert_ne!(base, other);
        }
    }

    #[test]
    fn an_error_never_repeats_the_id() {
        let canary = "ana@example.com\u{7}";
        let text = RawUserId::parse(canary.to_owned()).err().expect("control char").to_string();
        assert!(!text.contains("ana@"), "{text}");
        for json in ["987654321", "-987654321", "98765.4321"] {
            let error = serde_json::from_str::<RawUserId>(json).err().expect("a number");
            assert!(!error.to_string().contains("98765"), "{error}");
        }
    }
}
