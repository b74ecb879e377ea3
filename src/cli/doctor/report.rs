//! Findings: what was looked at, how it is, and what to do about it.

use std::fmt::Write;

use serde::Serialize;

/// What a finding is about, in the words of whoever has a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Section {
    /// The machine and the settings.
    Setup,
    /// Whether new feedback is saved.
    Saving,
    /// Whether feedback shows up in answers.
    Showing,
    /// Whether an export has anything in it.
    Exporting,
}

impl Section {
    const ALL: [Self; 4] = [Self::Setup, Self::Saving, Self::Showing, Self::Exporting];

    const fn title(self) -> &'static str {
        match self {
            Self::Setup => "Setup",
            Self::Saving => "Is feedback saved?",
            Self::Showing => "Does feedback show up?",
            Self::Exporting => "Is there something to export?",
        }
    }
}

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum State {
    /// As it should be.
    Ok,
    /// Worth a look.
    Warning,
    /// It does not work.
    Problem,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
pub(super) struct Finding {
    section: Section,
    check: &'static str,
    state: State,
    says: String,
    remedy: Option<String>,
}

/// Everything that was looked at.
#[derive(Debug, Default)]
pub(super) struct Report {
    findings: Vec<Finding>,
}

impl Report {
    /// Notes that something is as it should be.
    pub(super) fn ok(&mut self, section: Section, check: &'static str, says: impl Into<String>) {
        self.add(section, check, State::Ok, says.into(), None);
    }

    /// Notes something worth a look, and what to do.
    pub(super) fn warn(
        &mut self,
        section: Section,
        check: &'static str,
        says: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.add(section, check, State::Warning, says.into(), Some(remedy.into()));
    }

    /// Notes something that does not work, and what to do.
    pub(super) fn problem(
        &mut self,
        section: Section,
        check: &'static str,
        says: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.add(section, check, State::Problem, says.into(), Some(remedy.into()));
    }

    fn add(
        &mut self,
        section: Section,
        check: &'static str,
        state: State,
        says: String,
        remedy: Option<String>,
    ) {
        self.findings.push(Finding { section, check, state, says, remedy });
    }

    /// How many findings have that state.
    pub(super) fn count(&self, state: State) -> usize {
        self.findings.iter().filter(|it| it.state == state).count()
    }

    /// For programs.
    pub(super) fn json(&self) -> serde_json::Value {
        serde_json::json!({
            "ok": self.count(State::Problem) == 0,
            "problems": self.count(State::Problem),
            "warnings": self.count(State::Warning),
            "findings": self.findings,
        })
    }

    /// For people, section by section.
    pub(super) fn text(&self, colors: bool) -> String {
        let mut text = String::new();
        for section in Section::ALL {
            let findings: Vec<_> =
                self.findings.iter().filter(|it| it.section == section).collect();
            if findings.is_empty() {
                continue;
            }
            let mut line = |line: String| {
                writeln!(text, "{line}").expect("a string takes what is written");
            };
            line(section.title().to_owned());
            for finding in findings {
                let state = word(finding.state, colors);
                line(format!("  {state}  {:<12}  {}", finding.check, finding.says));
                if let Some(remedy) = &finding.remedy {
                    line(format!("{:25}→ {remedy}", ""));
                }
            }
        }
        text
    }
}

/// The state as a word of seven letters, in colour on a terminal that likes colours.
fn word(state: State, colors: bool) -> String {
    let (word, color) = match state {
        State::Ok => ("ok     ", "32"),
        State::Warning => ("warning", "33"),
        State::Problem => ("problem", "31"),
    };
    if colors { format!("\u{1b}[{color}m{word}\u{1b}[0m") } else { word.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_reads_without_colours_and_counts_what_is_wrong() {
        let mut report = Report::default();
        report.ok(Section::Saving, "disk_space", "9 GB are free");
        report.problem(Section::Saving, "database", "it is damaged", "restore a backup");
        assert_eq!(
            report.text(false),
            "Is feedback saved?\n\
             \x20 ok       disk_space    9 GB are free\n\
             \x20 problem  database      it is damaged\n\
             \x20                        → restore a backup\n"
        );
        assert!(report.text(true).contains("\u{1b}[31mproblem\u{1b}[0m"));
        assert_eq!((report.count(State::Problem), report.json()["ok"].as_bool()), (1, Some(false)));
    }
}
