//! `thumbwheel doctor`: looks at everything that feedback needs on its way in and out, and says
//! what to do where something is missing. Changes no data.

mod feedback;
mod folder;
mod report;
mod server;

use std::io::{IsTerminal, stdout};

use super::args::DoctorArgs;
use super::{Done, output};
use crate::app;
use crate::config::{self, Config, Flags};
use crate::model::ids::ProjectName;
use crate::store::DataFolder;
use report::{Report, Section, State};

/// What the checks are about.
struct Patient {
    config: Config,
    project: ProjectName,
    folder: DataFolder,
}

/// Runs the command. Problems make it fail; warnings do not.
pub(super) async fn run(
    config: Config,
    flags: &Flags,
    project: ProjectName,
    options: DoctorArgs,
) -> anyhow::Result<Done> {
    output::start_log(&config, true)?;
    let mut report = Report::default();
    settings(&mut report, flags);
    server::limits(&mut report, &config);
    match DataFolder::find(&config.data) {
        Some(folder) => examine(&mut report, &Patient { config, project, folder }).await,
        None => {
            let says = format!("there is no data folder {}", config.data.display());
            let remedy = "name it with --data, or make it with `thumbwheel serve`";
            report.problem(Section::Setup, "data_folder", says, remedy);
        }
    }
    if options.json {
        output::line(&report.json().to_string())?;
    } else {
        let colors = stdout().is_terminal() && !config::no_color();
        output::data(report.text(colors).as_bytes())?;
    }
    let (problems, warnings) = (report.count(State::Problem), report.count(State::Warning));
    let some = |n: usize, noun: &str| format!("{n} {noun}{}", if n == 1 { "" } else { "s" });
    output::talk(&format!("{}, {}", some(problems, "problem"), some(warnings, "warning")));
    Ok(if problems == 0 { Done::All } else { Done::Partly })
}

fn settings(report: &mut Report, flags: &Flags) {
    for stranger in config::strangers() {
        let remedy = "`thumbwheel config show` lists the variables";
        report.warn(Section::Setup, "settings", stranger, remedy);
    }
    match config::file_of(flags) {
        Some(path) => {
            report.ok(Section::Setup, "settings", format!("{} is valid", path.display()));
        }
        None => report.ok(Section::Setup, "settings", "valid; no configuration file is used"),
    }
}

async fn examine(report: &mut Report, patient: &Patient) {
    let now = app::now();
    folder::permissions(report, patient);
    folder::space(report, patient);
    let usable = folder::database(report, patient);
    server::answers(report, patient).await;
    if !usable {
        return;
    }
    match feedback::look(&patient.folder) {
        Ok(projects) => {
            folder::clock(report, &projects, now);
            folder::backups(report, patient, &projects, now);
            feedback::check(report, &patient.project, &projects, now);
            server::warehouse(report, patient, &projects).await;
        }
        Err(error) => {
            let says = format!("the feedback cannot be counted: {error}");
            report.problem(Section::Showing, "received", says, "see the database above");
        }
    }
}
