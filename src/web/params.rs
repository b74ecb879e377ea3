//! Query strings: read key by key, and nothing may be left over.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::str::FromStr;

use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;

use super::code::Code;
use super::error::Error;
use crate::model::Invalid;
use crate::model::filter::Filter;

/// The pairs of a query string that nobody has taken yet.
pub(crate) struct Params(BTreeMap<String, String>);

impl Params {
    /// Takes a value out.
    pub(crate) fn take(&mut self, key: &str) -> Option<String> {
        self.0.remove(key)
    }

    /// Takes a value out and parses it.
    pub(crate) fn parsed<T: FromStr<Err = Invalid>>(
        &mut self,
        key: &'static str,
    ) -> Result<Option<T>, Error> {
        let Some(text) = self.take(key) else {
            return Ok(None);
        };
        text.parse().map(Some).map_err(|error: Invalid| Invalid::new(key, error.rule).into())
    }

    /// Takes a truth value out; false if it is not there.
    pub(crate) fn switch(&mut self, key: &'static str) -> Result<bool, Error> {
        match self.take(key).as_deref() {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(Invalid::new(key, "must be true or false").into()),
        }
    }

    /// Takes a whole number out.
    pub(crate) fn number<T: FromStr + PartialOrd + std::fmt::Display>(
        &mut self,
        key: &'static str,
        range: RangeInclusive<T>,
    ) -> Result<Option<T>, Error> {
        let Some(text) = self.take(key) else {
            return Ok(None);
        };
        match text.parse() {
            Ok(number) if range.contains(&number) => Ok(Some(number)),
            _ => {
                let (low, high) = (range.start(), range.end());
                let rule = format!("must be a whole number from {low} to {high}");
                Err(Invalid::new(key, rule).into())
            }
        }
    }

    /// Takes the filter out.
    pub(crate) fn filter(&mut self) -> Result<Filter, Error> {
        Ok(Filter {
            since: self.parsed("since")?,
            until: self.parsed("until")?,
            action_type: self.take("action_type"),
            feedback: self.parsed("feedback")?,
            model: self.take("model"),
            prompt_version: self.take("prompt_version"),
            variant: self.take("variant"),
            trust: self.parsed("trust")?,
            q: self.take("q"),
        })
    }

    /// # Errors
    /// 400 when a key is left that nobody knows: most likely a misspelt one.
    pub(crate) fn finish(self) -> Result<(), Error> {
        match self.0.keys().next() {
            None => Ok(()),
            Some(key) => {
                let shown: String = key.chars().take(40).collect();
                let detail =
                    format!("the query key '{shown}' is unknown; /docs/api lists the keys");
                Err(Error::refused(Code::UnknownQueryKey, detail))
            }
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Params {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        let bad = |detail: String| Error::refused(Code::InvalidQuery, detail);
        let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri)
            .map_err(|error| bad(format!("the query string cannot be read: {error}")))?;
        let mut map = BTreeMap::new();
        for (key, value) in pairs {
            if map.insert(key, value).is_some() {
                return Err(bad("a query key stands twice; give each once".to_owned()));
            }
        }
        Ok(Self(map))
    }
}

/// The filter, as the API reference shows it.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents the query; `Params` reads it")]
pub(crate) struct FilterQuery {
    /// Event time at or after, RFC 3339.
    since: Option<String>,
    /// Event time before, RFC 3339.
    until: Option<String>,
    /// Exactly this action type.
    action_type: Option<String>,
    /// `up` or `down`.
    feedback: Option<String>,
    /// Exactly this model.
    model: Option<String>,
    /// Exactly this prompt version.
    prompt_version: Option<String>,
    /// Exactly this variant.
    variant: Option<String>,
    /// `public`, `signed` or `secret`.
    trust: Option<String>,
    /// Text in the prompt, the answer or the comment.
    q: Option<String>,
}
