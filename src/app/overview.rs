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
    /// What came with publishable keys, where it does not count.
    pub(crate) uncounted: Option<u64>,
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
    let strict = app.keys.signatures_required(project);
    let uncounted = if strict { uncounted(app, project).await? } else { None };
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
        ) => {
            let (trust, trend) = (trust.groups, trend.ok());
            Some(Overview { approval, trust, uncounted, trend, failures })
        }
        _ => None,
    })
}

/// What came with publishable keys though the project requires signatures.
async fn uncounted(app: &App, project: ProjectId) -> Result<Option<u64>, AskError> {
    let filter = Filter { trust: Some(Trust::Public), ..Filter::default() };
    let by = Dimension::parse("trust").expect("it is a dimension");
    Ok(match app.ask(project, Question::Approval { by, filter }).await? {
        Answer::Approval(found) => Some(found.overall.n),
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
        let [secret, signed, counted] = [Trust::Secret, Trust::Signed, Trust::Public].map(n);
        let public = self.uncounted.unwrap_or(counted);
        (signed + public > 0).then(|| {
            let share = public as f64 / (secret + signed + public) as f64 * 100.0;
            let [secret, signed, public] = [secret, signed, public].map(thousands);
            if self.uncounted.is_some() {
                return format!(
                    "Servers sent {secret}, tokens {signed}, publishable keys {public}, not counted"
                );
            }
            format!(
                "Servers sent {secret}, tokens {signed}, publishable keys {public} ({share:.1} %)"
            )
        })
    }
}
