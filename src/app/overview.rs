//! How a project stands at a glance: approval with its coverage, its trend, and what fails again.
//!
//! The front page and the demo's report show the same, so they ask in one place.

use super::protocol::{Answer, Question};
use super::{App, AskError};
use crate::insights::approval::{Approval, Group};
use crate::insights::failures::Failures;
use crate::insights::trend::Trend;
use crate::model::filter::{Dimension, Filter};
use crate::model::ids::ProjectId;
use crate::model::interval::Interval;
use crate::model::text::thousands;
use crate::model::trust::Trust;

/// Most failure patterns.
const PATTERNS_MAX: u32 = 6;
/// Fewest thumbs down that make a pattern.
const PATTERN_DOWNS: u32 = 3;

/// The answers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Overview {
    /// By action type.
    pub(crate) approval: Approval,
    /// By credential.
    pub(crate) trust: Vec<Group>,
    /// By day; none when there are too many days.
    pub(crate) trend: Option<Trend>,
    /// The most frequent patterns.
    pub(crate) failures: Failures,
}

/// Asks for them, over everything that the project has.
///
/// # Errors
/// When the mirror cannot be made to work. None when it answers something else.
pub(crate) async fn overview(app: &App, project: ProjectId) -> Result<Option<Overview>, AskError> {
    let filter = Filter::default;
    let by = Dimension::parse("action_type").expect("it is a dimension");
    let approval = app.ask(project, Question::Approval { by, filter: filter() }).await?;
    let by = Dimension::parse("trust").expect("it is a dimension");
    let trust = app.ask(project, Question::Approval { by, filter: filter() }).await?;
    let zone = app.zone(project).await?;
    let interval = Interval::Day;
    let trend = app.ask(project, Question::Trend { interval, zone, filter: filter() }).await?;
    let (at_least, limit) = (PATTERN_DOWNS, PATTERNS_MAX);
    let failures =
        app.ask(project, Question::Failures { filter: filter(), at_least, limit }).await?;
    Ok(match (approval, trust, trend, failures) {
        (
            Answer::Approval(approval),
            Answer::Approval(trust),
            Answer::Trend(trend),
            Answer::Failures(failures),
        ) => Some(Overview { approval, trust: trust.groups, trend: trend.ok(), failures }),
        _ => None,
    })
}

impl Overview {
    /// How many thumbs came with which credential; none where servers sent them all.
    pub(crate) fn credentials(&self) -> Option<String> {
        let n = |trust: Trust| {
            let group = self.trust.iter().find(|it| it.key.as_deref() == Some(trust.as_str()));
            group.map_or(0, |it| it.rate.n)
        };
        let [secret, signed, public] = [Trust::Secret, Trust::Signed, Trust::Public].map(n);
        (signed + public > 0).then(|| {
            let share = public as f64 / (secret + signed + public) as f64 * 100.0;
            let [secret, signed, public] = [secret, signed, public].map(thousands);
            format!(
                "Servers sent {secret}, tokens {signed}, publishable keys {public} ({share:.1} %)"
            )
        })
    }
}
