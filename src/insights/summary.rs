//! The summary: how each action type is received, in the five numbers of the first contract.

use serde::{Deserialize, Serialize};

use super::NO_KEY;
use crate::model::filter::Filter;
use crate::stats::proportion::percent_one_decimal;
use crate::warehouse::Error;
use crate::warehouse::mirror::Reader;
use crate::warehouse::summary::{Tally, by_action_type};

/// One action type. The order of the fields is part of the contract.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct ActionSummary {
    /// What the AI did; `(none)` where the app named nothing.
    pub(crate) action_type: String,
    /// Feedback on it.
    pub(crate) total_feedback: u64,
    /// Thumbs up among it.
    pub(crate) thumbs_up: u64,
    /// Thumbs down among it.
    pub(crate) thumbs_down: u64,
    /// Thumbs up in per cent, rounded half up to one decimal.
    pub(crate) approval_rate: f64,
}

/// The summary, most feedback first, ties by name.
///
/// # Errors
/// When the warehouse fails.
pub(crate) fn summary(db: &Reader, filter: &Filter) -> Result<Vec<ActionSummary>, Error> {
    Ok(ranked(by_action_type(db, filter)?))
}

fn ranked(tallies: Vec<Tally>) -> Vec<ActionSummary> {
    let mut list: Vec<_> = tallies
        .into_iter()
        .map(|tally| ActionSummary {
            action_type: tally.key.unwrap_or_else(|| NO_KEY.to_owned()),
            total_feedback: tally.n,
            thumbs_up: tally.up,
            thumbs_down: tally.n - tally.up,
            approval_rate: percent_one_decimal(tally.up, tally.n),
        })
        .collect();
    list.sort_by(|a, b| {
        b.total_feedback.cmp(&a.total_feedback).then_with(|| a.action_type.cmp(&b.action_type))
    });
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(key: Option<&str>, n: u64, up: u64) -> Tally {
        Tally { key: key.map(str::to_owned), n, up }
    }

    #[test]
    fn the_first_contract_holds_byte_for_byte() {
        let list = ranked(vec![tally(Some("appointment"), 80, 75), tally(Some("todo"), 150, 135)]);
        assert_eq!(
            serde_json::to_string(&list).expect("serializes"),
            concat!(
                r#"[{"action_type":"todo","total_feedback":150,"thumbs_up":135,"#,
                r#""thumbs_down":15,"approval_rate":90.0},"#,
                r#"{"action_type":"appointment","total_feedback":80,"thumbs_up":75,"#,
                r#""thumbs_down":5,"approval_rate":93.8}]"#,
            )
        );
    }

    #[test]
    fn ties_stand_by_name_and_a_missing_type_has_one() {
        let list = ranked(vec![tally(Some("b"), 2, 1), tally(None, 2, 2), tally(Some("a"), 2, 0)]);
        let names: Vec<_> = list.iter().map(|row| row.action_type.as_str()).collect();
        assert_eq!(names, ["(none)", "a", "b"]);
    }
}
