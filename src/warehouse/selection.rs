//! The filter as parameters, the same ones for every question.

use duckdb::ToSql;

use super::rows::At;
use crate::model::filter::Filter;

/// A filter in the form that DuckDB binds.
pub(super) struct Selection {
    since: Option<At>,
    until: Option<At>,
    action_type: Option<String>,
    feedback: Option<&'static str>,
    model: Option<String>,
    prompt_version: Option<String>,
    variant: Option<String>,
    trust: Option<&'static str>,
    q: Option<String>,
}

/// Parameters by name, as `duckdb::named_params!` makes them.
pub(super) type Params<'a> = Vec<(&'a str, &'a dyn ToSql)>;

impl Selection {
    pub(super) fn of(filter: &Filter) -> Self {
        Self {
            since: filter.since.map(At),
            until: filter.until.map(At),
            action_type: filter.action_type.clone(),
            feedback: filter.feedback.map(|thumb| thumb.as_str()),
            model: filter.model.clone(),
            prompt_version: filter.prompt_version.clone(),
            variant: filter.variant.clone(),
            trust: filter.trust.map(|trust| trust.as_str()),
            q: filter.q.clone(),
        }
    }

    /// The filter's parameters and those of the question.
    pub(super) fn with<'a>(&'a self, question: &[(&'a str, &'a dyn ToSql)]) -> Params<'a> {
        let mut params: Params<'a> = vec![
            ("since", &self.since),
            ("until", &self.until),
            ("action_type", &self.action_type),
            ("feedback", &self.feedback),
            ("model", &self.model),
            ("prompt_version", &self.prompt_version),
            ("variant", &self.variant),
            ("trust", &self.trust),
            ("q", &self.q),
        ];
        params.extend_from_slice(question);
        params
    }
}
