//! What is hidden in the made-up data, each thing once: how it comes in, and how it is found.

use std::fmt;

use super::Plan;

/// Something to find.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Finding {
    /// The action type that it is about; none where it is about all.
    pub(crate) action_type: Option<&'static str>,
    /// Thumbs up where it holds, in per cent.
    pub(crate) approval: u64,
    /// What somebody would ask who does not know it yet.
    pub(crate) question: &'static str,
    /// Where the answer is: paths of the API; what stands in braces are moments of the plan.
    pub(crate) look: &'static [&'static str],
}

/// All of them. The generator plants what stands here; the banner says where to look.
pub(crate) const FINDINGS: [Finding; 4] = [PROMPT_CHANGE, NEW_ACTION, OUTAGE, MISUNDERSTANDING];

/// A new prompt made one action type worse.
pub(super) const PROMPT_CHANGE: Finding = Finding {
    action_type: Some("appointment"),
    approval: 64,
    question: "Did the new prompt for appointments help or hurt?",
    look: &["/api/analytics/approval?by=prompt_version&action_type=appointment"],
};

/// A new action type that users dislike.
pub(super) const NEW_ACTION: Finding = Finding {
    action_type: Some("travel"),
    approval: 42,
    question: "Since which week does the assistant book travel, and do people like it?",
    look: &["/api/analytics/trend?interval=week&action_type=travel"],
};

/// An afternoon on which nothing worked.
pub(super) const OUTAGE: Finding = Finding {
    action_type: None,
    approval: 10,
    question: "One afternoon went wrong: at which hours, and what did the assistant say?",
    look: &[
        "/api/analytics/trend?interval=hour&since={outage_day}&until={outage_night}",
        "/api/analytics/approval?since={outage}&until={outage_end}&q=went+wrong",
    ],
};

/// One misunderstanding in many wordings. Each has its own words, so exact patterns
/// see a small part of it.
pub(super) const MISUNDERSTANDING: Finding = Finding {
    action_type: Some("reminder"),
    approval: 8,
    question: "When is evening, to the assistant? See all wordings together, then each pattern.",
    look: &["/api/analytics/approval?q=evening", "/api/analytics/failures?q=evening"],
};

impl Finding {
    /// The paths with the moments of a plan.
    pub(crate) fn paths(&self, plan: &Plan) -> Vec<String> {
        let (from, to) = plan.outage();
        let day = from.start_of_day();
        let moments: [(&str, &dyn fmt::Display); 4] = [
            ("{outage_day}", &day),
            ("{outage_night}", &day.shifted(crate::model::time::DAY_US)),
            ("{outage}", &from),
            ("{outage_end}", &to),
        ];
        let put = |path: &&str| {
            moments.iter().fold((*path).to_owned(), |path, (name, moment)| {
                path.replace(name, &moment.to_string())
            })
        };
        self.look.iter().map(put).collect()
    }
}
