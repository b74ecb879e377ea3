//! `/`: what this is and, where the operator wants it (`thumbwheel demo`), how things stand.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;

use crate::app::App;
use crate::app::protocol::{Answer, Question};
use crate::insights::approval::Rate;
use crate::model::filter::{Dimension, Filter};
use crate::model::ids::ProjectName;
use crate::store::projects;
use crate::web::error::Error;
use crate::web::site::Site;

/// The front page.
#[derive(Serialize)]
struct Page {
    /// `None` where the page shows no data.
    report: Option<Report>,
}

#[derive(Serialize)]
struct Report {
    overall: Row,
    rows: Vec<Row>,
    patterns: Vec<Pattern>,
}

/// One line of the approval table, ready to be shown.
#[derive(Serialize)]
struct Row {
    name: String,
    n: u64,
    up: u64,
    down: u64,
    /// "91 %", or "4 of 7" where there are too few for a rate.
    approval: String,
    /// "88 to 94 %".
    interval: String,
    /// False below ten: the number says little.
    enough: bool,
    /// In per cent of the width, for the whisker.
    low: f64,
    high: f64,
    rate: f64,
}

#[derive(Serialize)]
struct Pattern {
    frequency: u64,
    action_type: String,
    user_message: String,
    assistant_response: String,
}

/// Fewest feedback that make a rate worth showing.
const ENOUGH: u64 = 10;

/// Shows the page.
pub(in crate::web) async fn show(State(site): State<Arc<Site>>) -> Result<Response, Error> {
    let report = if site.open_front { Some(report(&site.app).await?) } else { None };
    super::respond("front.html", &Page { report })
}

async fn report(app: &App) -> Result<Report, Error> {
    let found = app.store.read(|db| projects::by_name(db, ProjectName::DEFAULT)).await?;
    let project = found.ok_or_else(|| Error::not_found("there is no project yet"))?.id;
    let (by, filter) = (Dimension::parse("action_type")?, Filter::default());
    let question = Question::Approval { by, filter: filter.clone() };
    let approval = match app.ask(project, question).await? {
        Answer::Approval(approval) => approval,
        other => return Err(Error::unexpected(&other)),
    };
    let failures =
        match app.ask(project, Question::Failures { filter, at_least: 3, limit: 5 }).await? {
            Answer::Failures(failures) => failures.failures,
            other => return Err(Error::unexpected(&other)),
        };
    let named = |name: Option<String>| name.unwrap_or_else(|| "(none)".to_owned());
    Ok(Report {
        overall: row("All".to_owned(), approval.overall),
        rows: approval.groups.into_iter().map(|it| row(named(it.key), it.rate)).collect(),
        patterns: failures
            .into_iter()
            .map(|failure| Pattern {
                frequency: failure.frequency,
                action_type: named(failure.action_type),
                user_message: named(failure.user_message),
                assistant_response: named(failure.assistant_response),
            })
            .collect(),
    })
}

fn row(name: String, rate: Rate) -> Row {
    let percent = |share: f64| share * 100.0;
    let enough = rate.n >= ENOUGH;
    Row {
        name,
        n: rate.n,
        up: rate.up,
        down: rate.down,
        approval: match rate.rate {
            Some(share) if enough => format!("{:.0} %", percent(share)),
            _ => format!("{} of {}", rate.up, rate.n),
        },
        interval: format!("{:.0} to {:.0} %", percent(rate.low), percent(rate.high)),
        enough,
        low: percent(rate.low),
        high: percent(rate.high),
        rate: percent(rate.rate.unwrap_or(0.0)),
    }
}
