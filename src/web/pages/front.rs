//! `/`: what this is and, where the operator wants it (`thumbwheel demo`), how things stand.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;

use super::trend::{self, Drawing};
use crate::app::App;
use crate::app::overview::{Overview, overview};
use crate::insights::NO_KEY;
use crate::insights::approval::Rate;
use crate::insights::coverage::Share;
use crate::model::ids::ProjectName;
use crate::model::text::thousands;
use crate::store::projects;
use crate::web::error::Error;
use crate::web::site::Site;

/// The front page.
#[derive(Serialize)]
struct Page {
    /// `None` where the page shows no data.
    report: Option<Report>,
    /// Whether there is a playground to go to.
    playground: bool,
}

#[derive(Serialize)]
struct Report {
    overall: Row,
    /// "42 % of 27,000 answers got a thumb"; none where unrated answers are not logged.
    coverage: Option<String>,
    /// How many came with which credential; none where servers sent them all.
    credentials: Option<String>,
    trend: Option<Drawing>,
    rows: Vec<Row>,
    /// All thumbs down.
    downs: String,
    patterns: Vec<Pattern>,
}

/// One line of the approval table, ready to be shown.
#[derive(Serialize)]
struct Row {
    name: String,
    n: String,
    up: String,
    down: String,
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
    frequency: String,
    action_type: String,
    user_message: String,
    assistant_response: String,
}

/// Shows the page.
pub(in crate::web) async fn show(State(site): State<Arc<Site>>) -> Result<Response, Error> {
    let report = if site.opening.front { Some(report(&site.app).await?) } else { None };
    let playground = site.opening.playground.is_some();
    super::respond("front.html", &Page { report, playground })
}

async fn report(app: &App) -> Result<Report, Error> {
    let found = app.store.read(|db| projects::by_name(db, ProjectName::DEFAULT)).await?;
    let project = found.ok_or_else(|| Error::not_found("there is no project yet"))?.id;
    let Some(overview) = overview(app, project).await? else {
        return Err(Error::unexpected(&"an answer to another question"));
    };
    let credentials = overview.credentials();
    let Overview { approval, trend, failures, .. } = overview;
    let named = |name: Option<String>| name.unwrap_or_else(|| NO_KEY.to_owned());
    Ok(Report {
        overall: row("All".to_owned(), approval.overall),
        coverage: approval.coverage.and_then(covered),
        credentials,
        trend: trend.as_ref().and_then(trend::draw),
        rows: approval.groups.into_iter().map(|it| row(named(it.key), it.rate)).collect(),
        downs: thousands(failures.thumbs_down),
        patterns: failures
            .failures
            .into_iter()
            .map(|failure| Pattern {
                frequency: thousands(failure.frequency),
                action_type: named(failure.action_type),
                user_message: named(failure.user_message),
                assistant_response: named(failure.assistant_response),
            })
            .collect(),
    })
}

fn covered(coverage: Share) -> Option<String> {
    let Share { shown, rate, low, high, .. } = coverage;
    let (share, shown) = (percent(rate?), thousands(shown));
    Some(format!("{share} of {shown} answers got a thumb ({})", range(low, high)))
}

fn row(name: String, rate: Rate) -> Row {
    let enough = rate.is_enough();
    Row {
        name,
        n: thousands(rate.n),
        up: thousands(rate.up),
        down: thousands(rate.down),
        approval: match rate.rate {
            Some(share) if enough => percent(share),
            _ => format!("{} of {}", rate.up, rate.n),
        },
        interval: range(rate.low, rate.high),
        enough,
        low: rate.low * 100.0,
        high: rate.high * 100.0,
        rate: rate.rate.unwrap_or(0.0) * 100.0,
    }
}

/// "91 %", with a space that does not break.
pub(super) fn percent(share: f64) -> String {
    format!("{:.0}\u{a0}%", share * 100.0)
}

/// "88 to 94 %", of two shares.
pub(super) fn range(low: f64, high: f64) -> String {
    format!("{:.0}\u{a0}to\u{a0}{}", low * 100.0, percent(high))
}
