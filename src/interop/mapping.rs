//! Other people's names for our fields.

use std::collections::BTreeMap;

/// From the names in a file to our fields; names that are not in it mean themselves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Mapping(BTreeMap<String, Option<String>>);

/// The fields that an import row may have.
pub(crate) const FIELDS: [&str; 24] = [
    "message_id",
    "feedback",
    "user_id",
    "reasons",
    "comment",
    "correction",
    "client_ts",
    "created_at",
    "updated_at",
    "trust",
    "source",
    "conversation_id",
    "user_message",
    "assistant_response",
    "messages",
    "tools",
    "action_type",
    "action_data",
    "model",
    "prompt_version",
    "experiment",
    "variant",
    "finish_reason",
    "usage",
];

/// Those of them that hold JSON, as text in files without JSON of their own.
pub(crate) const JSON_FIELDS: [&str; 5] = ["reasons", "messages", "tools", "action_data", "usage"];

impl Mapping {
    /// Reads pairs `FIELD=NAME` (our field, the file's name for it) and `-=NAME` (leave out).
    ///
    /// # Errors
    /// When a pair is not of that form or names a field that we do not have.
    pub(crate) fn parse(pairs: &[String]) -> Result<Self, String> {
        let mut map = BTreeMap::new();
        for pair in pairs {
            let (field, name) = pair
                .split_once('=')
                .ok_or_else(|| format!("--map {pair} must read FIELD=NAME, or -=NAME"))?;
            let field = match field {
                "-" => None,
                field if FIELDS.contains(&field) => Some(field.to_owned()),
                field => {
                    let known = FIELDS.join(", ");
                    return Err(format!("--map {pair}: '{field}' is none of {known}"));
                }
            };
            map.insert(name.to_owned(), field);
        }
        Ok(Self(map))
    }

    /// Whether every name means itself.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What a name means; `None` where it is to be left out.
    pub(crate) fn field<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        self.0.get(name).map_or(Some(name), Option::as_deref)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_mapped_left_out_or_mean_themselves() {
        let pairs = ["user_message=question", "-=internal_note"].map(str::to_owned);
        let mapping = Mapping::parse(&pairs).expect("valid");
        assert_eq!(mapping.field("question"), Some("user_message"));
        assert_eq!(mapping.field("internal_note"), None);
        assert_eq!(mapping.field("feedback"), Some("feedback"));
        for bad in ["question", "prompt=question", "=question"] {
            assert!(Mapping::parse(&[bad.to_owned()]).is_err(), "{bad}");
        }
    }
}
