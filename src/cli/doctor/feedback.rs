//! The feedback itself: whether it comes in, shows up, and can be exported.

use super::report::Report;
use super::report::Section::{Exporting, Saving, Showing};
use crate::model::ids::ProjectName;
use crate::model::key::{KeyKind, Scope};
use crate::model::nearest;
use crate::model::time::{DAY_US, Timestamp};
use crate::store::api_keys::{self, ApiKey};
use crate::store::census::{self, Census};
use crate::store::{self, DataFolder, ReadOnly, projects};

/// Days without feedback after which something may be broken.
const SILENT_DAYS: i64 = 7;
/// Days that usual questions look back.
const WINDOW_DAYS: i64 = 30;

/// A project, counted.
#[derive(Debug)]
pub(super) struct Project {
    name: String,
    signatures_required: bool,
    keys: Vec<ApiKey>,
    pub(super) census: Census,
}

impl Project {
    /// Its name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }
}

/// Counts all projects, of one moment.
pub(super) fn look(folder: &DataFolder) -> Result<Vec<Project>, store::Error> {
    ReadOnly::open(folder)?.snapshot(|db| {
        let look = |project: projects::Project| {
            Ok(Project {
                keys: api_keys::of_project(db, project.id)?,
                census: census::of_project(db, project.id)?,
                signatures_required: project.signatures_required,
                name: project.name,
            })
        };
        projects::all(db)?.into_iter().map(look).collect()
    })
}

/// Checks one project.
pub(super) fn check(report: &mut Report, name: &ProjectName, projects: &[Project], now: Timestamp) {
    let Some(project) = projects.iter().find(|it| it.name == name.as_str()) else {
        let hint = nearest::hint(name.as_str(), projects.iter().map(|it| it.name.as_str()));
        let says = format!("there is no project '{name}'{hint}");
        let remedy = "`thumbwheel project list` shows them, `--project NAME` chooses one";
        report.problem(Showing, "project", says, remedy);
        return;
    };
    keys(report, project, now);
    received(report, project, projects, now);
    if project.census.feedback > 0 {
        complete(report, &project.census);
    }
    let opted_out = project.census.opted_out;
    if opted_out > 0 {
        let says = format!("{opted_out} users opted out; nothing is stored of them");
        report.ok(Showing, "opt_outs", says);
    }
    export(report, &project.census);
}

/// Whether anybody may send feedback.
fn keys(report: &mut Report, project: &Project, now: Timestamp) {
    let active =
        |key: &&ApiKey| key.revoked_at.is_none() && key.expires_at.is_none_or(|end| end > now);
    let active: Vec<_> = project.keys.iter().filter(active).collect();
    let secret = active.iter().filter(|key| key.scopes.contains(&Scope::Ingest)).count();
    let pages: Vec<_> = active
        .iter()
        .filter(|key| key.kind == KeyKind::Publishable)
        .flat_map(|key| key.origins.iter().map(String::as_str))
        .collect();
    let signing = active.iter().filter(|key| key.kind == KeyKind::Signing).count();
    let name = &project.name;
    let remedy = format!("thumbwheel key create --project {name} --scope ingest");
    if secret + signing > 0 || (!pages.is_empty() && !project.signatures_required) {
        let keys = if secret == 1 { "key" } else { "keys" };
        let mut says = format!("{secret} secret {keys} may send feedback");
        if signing > 0 {
            says.push_str(", and pages with a feedback token");
        }
        if !pages.is_empty() {
            let pages = pages.join(", ");
            says.push_str(&match project.signatures_required {
                false => format!(", and pages on {pages} (other pages are refused)"),
                true => format!(
                    "; pages on {pages} are refused: signatures are required, and a publishable \
                     key is none"
                ),
            });
        }
        report.ok(Saving, "keys", says);
    } else if active.is_empty() && !project.keys.is_empty() {
        let says = format!("every key of project '{name}' is revoked or has expired");
        report.problem(Saving, "keys", says, remedy);
    } else if active.is_empty() {
        report.warn(Saving, "keys", format!("project '{name}' has no key yet"), remedy);
    } else {
        let n = active.len();
        let says = format!("no active key of project '{name}' ({n} in all) has the scope ingest");
        report.problem(Saving, "keys", says, remedy);
    }
}

/// Whether there is anything to show, and of these days.
fn received(report: &mut Report, project: &Project, projects: &[Project], now: Timestamp) {
    let (name, census) = (&project.name, &project.census);
    let (Some(received), Some(happened)) = (census.received_at, census.happened_at) else {
        match projects.iter().max_by_key(|it| it.census.feedback) {
            Some(other) if other.census.feedback > 0 => {
                let says = format!(
                    "project '{name}' has received nothing, project '{}' has {}",
                    other.name, other.census.feedback
                );
                let remedy = format!(
                    "look with --project {}; a key writes into the project that it was made for",
                    other.name
                );
                report.warn(Showing, "received", says, remedy);
            }
            _ => {
                let remedy = "check the address and the key that your app uses; each refused \
                              request is answered with the reason";
                report.warn(Showing, "received", "no feedback was received yet", remedy);
            }
        }
        return;
    };
    let days = |since: Timestamp| (now.micros() - since.micros()) / DAY_US;
    let n = census.feedback;
    if days(received) >= SILENT_DAYS {
        let says = format!("the last of {n} feedback came {} days ago", days(received));
        let remedy = "check that your app still sends it: the answers to its requests say why not";
        report.warn(Showing, "received", says, remedy);
    } else {
        report.ok(Showing, "received", format!("{n} feedback, the last at {received}"));
    }
    if days(happened) >= WINDOW_DAYS {
        let says = format!("all feedback is of {happened} or before");
        let remedy = "ask over a longer time: questions about the last 30 days show nothing";
        report.warn(Showing, "window", says, remedy);
    }
}

/// Whether feedback has what answers are grouped by.
fn complete(report: &mut Report, census: &Census) {
    let n = census.feedback;
    if census.responses > 0 && 2 * census.unmatched > n {
        let says =
            format!("{} of {n} feedback belong to no answer that was logged", census.unmatched);
        let remedy = "send with the thumb the very message_id that the answer was logged with";
        report.warn(Showing, "matched", says, remedy);
    }
    if 2 * census.untyped > n {
        let says = format!("{} of {n} feedback have no action type: (none)", census.untyped);
        let remedy = "send action_type with the feedback or with the answer";
        report.warn(Showing, "action_types", says, remedy);
    }
}

/// Whether the training export would be empty, and why.
fn export(report: &mut Report, census: &Census) {
    let Census { feedback, positive, trainable, .. } = *census;
    let texts = "send user_message and assistant_response with the feedback, or log the answer \
                 with POST /api/responses under the same message_id";
    match (feedback, positive, trainable) {
        (0, ..) => {
            let says = "an export is empty: there is no feedback";
            report.warn(Exporting, "export", says, "see above why none was received");
        }
        (_, 0, _) => {
            let says = format!("an export is empty: none of {feedback} feedback is a thumbs up");
            let remedy = "`thumbwheel export --format jsonl` writes every feedback";
            report.warn(Exporting, "export", says, remedy);
        }
        (_, _, 0) => {
            let says = format!("an export is empty: none of {positive} thumbs up has its texts");
            report.warn(Exporting, "export", says, texts);
        }
        _ if 2 * trainable < positive => {
            let says = format!("an export has the texts of {trainable} of {positive} thumbs up");
            report.warn(Exporting, "export", says, format!("the others lack their texts: {texts}"));
        }
        _ => {
            let says = format!("an export has the texts of {trainable} of {positive} thumbs up");
            report.ok(Exporting, "export", says);
        }
    }
}
