//! The reasons that a project offers in the form of the widget.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Invalid;
use super::feedback::Thumb;
use super::text::{LABEL_CHARS_MAX, label};

/// Most reasons of one project.
const REASONS_MAX: usize = 100;
/// Most languages of one label.
const LANGUAGES_MAX: usize = 40;

/// One reason: what is stored, when it is offered, and how it reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// What is stored in `reasons` of the feedback; keep it when the label changes.
    #[schema(min_length = 1, max_length = 200)]
    id: String,
    /// The thumb that it explains.
    feedback: Thumb,
    /// The one action type that it is offered for; all if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    action_type: Option<String>,
    /// How it reads where there is no translation.
    label: String,
    /// Translations by language tag, such as `de` or `pt-BR`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    labels: BTreeMap<String, String>,
}

/// All reasons of a project, in the order in which they are offered. Ids are told apart by thumb
/// and action type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Reasons(Vec<Reason>);

/// A reason as one visitor sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Choice {
    /// What is stored.
    pub id: String,
    /// What is read.
    pub label: String,
}

impl Reasons {
    /// # Errors
    /// When there are too many, a text is empty or too long, or an id stands twice.
    pub fn parse(list: Vec<Reason>) -> Result<Self, Invalid> {
        if list.len() > REASONS_MAX {
            let rule = format!("must be at most {REASONS_MAX} in number");
            return Err(Invalid::new("reasons", rule));
        }
        for (at, reason) in list.iter().enumerate() {
            let texts = [&reason.id, &reason.label].into_iter().chain(&reason.action_type);
            for text in texts.chain(reason.labels.values()) {
                label("reasons", text.clone(), LABEL_CHARS_MAX)?;
            }
            if reason.labels.len() > LANGUAGES_MAX {
                let rule = format!("must have labels in at most {LANGUAGES_MAX} languages");
                return Err(Invalid::new("reasons", rule));
            }
            let name = |it: &Reason| (it.id.clone(), it.feedback, it.action_type.clone());
            if list[..at].iter().any(|before| name(before) == name(reason)) {
                return Err(Invalid::new("reasons", "must not name an id twice for one thumb"));
            }
        }
        Ok(Self(list))
    }

    /// What is offered for a thumb on an answer of this action type, in this language: a BCP 47
    /// tag, of which the nearest translation is taken (`de-AT`, then `de`, then the label).
    pub fn choices(
        &self,
        thumb: Thumb,
        action_type: Option<&str>,
        language: Option<&str>,
    ) -> Vec<Choice> {
        let fits = |reason: &&Reason| {
            let of_type =
                reason.action_type.is_none() || reason.action_type.as_deref() == action_type;
            reason.feedback == thumb && of_type
        };
        let choice = |reason: &Reason| Choice {
            id: reason.id.clone(),
            label: language.and_then(|tag| reason.read_in(tag)).unwrap_or(&reason.label).to_owned(),
        };
        self.0.iter().filter(fits).map(choice).collect()
    }
}

impl Reason {
    fn read_in(&self, tag: &str) -> Option<&String> {
        let find = |wanted: &str| {
            self.labels.iter().find(|(tag, _)| tag.eq_ignore_ascii_case(wanted)).map(|it| it.1)
        };
        find(tag).or_else(|| find(tag.split('-').next()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reasons(json: serde_json::Value) -> Result<Reasons, Invalid> {
        Reasons::parse(serde_json::from_value(json).expect("well formed"))
    }

    #[test]
    fn the_choices_are_those_of_thumb_and_action_type_in_the_nearest_language() {
        let offered = reasons(serde_json::json!([
            { "id": "wrong", "feedback": "down", "label": "Wrong", "labels": { "de": "Falsch" } },
            { "id": "date", "feedback": "down", "action_type": "appointment", "label": "Date" },
            { "id": "fast", "feedback": "up", "label": "Fast" },
        ]))
        .expect("valid");
        let read = |thumb, action_type, language| -> Vec<String> {
            let list = offered.choices(thumb, action_type, language);
            list.into_iter().map(|it| format!("{}={}", it.id, it.label)).collect()
        };
        assert_eq!(read(Thumb::Down, Some("todo"), None), ["wrong=Wrong"]);
        let german = ["wrong=Falsch", "date=Date"];
        assert_eq!(read(Thumb::Down, Some("appointment"), Some("de-AT")), german);
        assert_eq!(read(Thumb::Up, None, Some("DE")), ["fast=Fast"]);
    }

    #[test]
    fn what_could_not_be_told_apart_or_shown_is_refused() {
        use serde_json::json;
        let reason = |id: &str, label| json!({ "id": id, "feedback": "down", "label": label });
        assert!(reasons(vec![reason("a", "A"), reason("b", "B")].into()).is_ok());
        for bad in [
            vec![reason("a", "A"), reason("a", "B")],
            vec![reason("", "A")],
            vec![reason("a", "")],
            vec![reason("a", "line\nbreak")],
            (0..=REASONS_MAX).map(|n| reason(&n.to_string(), "x")).collect(),
        ] {
            assert!(reasons(bad.into()).is_err());
        }
    }
}
