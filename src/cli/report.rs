//! How a project stands, as text for a terminal: pure, from the typed answers.

use std::fmt::Write;

use crate::app::overview::Overview;
use crate::insights::NO_KEY;
use crate::insights::approval::Rate;
use crate::insights::coverage::Share;
use crate::insights::failures::Failure;
use crate::insights::trend::{Bucket, Trend};
use crate::model::text::thousands;

/// Approval that is good enough: below it, the interval is shown as bad.
const TARGET: f64 = 0.8;
/// Narrowest and widest report, in columns.
const COLUMNS: (usize, usize) = (60, 100);
/// Widest name of an action type, in characters.
const NAME_CHARS_MAX: usize = 16;
/// Columns of a table line besides its name and its bar.
const FIGURES: usize = 34;
/// From the lowest to the highest step of a sparkline.
const STEPS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// A way to set text off (ECMA-48, SGR).
#[derive(Clone, Copy)]
enum Ink {
    Strong = 1,
    Soft = 2,
    Bad = 31,
    Good = 32,
}

/// What the reader's terminal can do.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paper {
    /// Columns of the terminal.
    pub(super) columns: usize,
    /// Whether it shows colours.
    pub(super) colors: bool,
}

impl Paper {
    fn ink(self, ink: Ink, text: &str) -> String {
        if self.colors { format!("\u{1b}[{}m{text}\u{1b}[0m", ink as u8) } else { text.to_owned() }
    }

    fn width(self) -> usize {
        self.columns.saturating_sub(1).clamp(COLUMNS.0, COLUMNS.1)
    }
}

/// The report; lines end with a newline and are no longer than the terminal is wide, from 60
/// columns on.
pub(super) fn report(overview: &Overview, paper: Paper) -> String {
    let mut text = table(overview, paper);
    if let Some(trend) = &overview.trend {
        text.push_str(&sparkline(trend, paper));
    }
    text.push_str(&patterns(&overview.failures.failures, paper));
    text
}

fn table(overview: &Overview, paper: Paper) -> String {
    let groups = &overview.approval.groups;
    let name = |key: &Option<String>| short(key.as_deref().unwrap_or(NO_KEY), NAME_CHARS_MAX);
    let all = ("all".to_owned(), overview.approval.overall);
    let rows: Vec<_> =
        std::iter::once(all).chain(groups.iter().map(|it| (name(&it.key), it.rate))).collect();
    let names = rows.iter().map(|row| row.0.chars().count()).max().unwrap_or(0);
    let bar = paper.width() - names - FIGURES;
    let head = format!(
        "{:names$}  {:bar$} {:>9}  {:>11} {:>7}",
        "", "0 to 100 %", "approval", "95 % within", "n"
    );
    let mut text =
        format!("{}\n{}\n", paper.ink(Ink::Strong, "Approval"), paper.ink(Ink::Soft, &head));
    for (name, rate) in rows {
        let enough = rate.is_enough();
        let figure = match rate.rate {
            Some(share) if enough => format!("{:.1} %", share * 100.0),
            _ => format!("{} of {}", rate.up, rate.n),
        };
        let range = format!("{:.0} to {:.0} %", rate.low * 100.0, rate.high * 100.0);
        let rest = format!("{figure:>9}  {range:>11} {:>7}", thousands(rate.n));
        let ink = if enough { None } else { Some(Ink::Soft) };
        let rest = ink.map_or(rest.clone(), |ink| paper.ink(ink, &rest));
        writeln!(text, "{name:names$}  {} {rest}", whisker(&rate, bar, paper)).expect("in memory");
    }
    if let Some(Share { shown, rate: Some(rate), low, high, .. }) = overview.approval.coverage {
        let share = within(rate, low, high);
        let covered = format!("{share} of {} answers got a thumb", thousands(shown));
        writeln!(text, "{}", paper.ink(Ink::Soft, &covered)).expect("in memory");
    }
    if let Some(credentials) = overview.credentials() {
        let credentials = short(&credentials, paper.width());
        writeln!(text, "{}", paper.ink(Ink::Soft, &credentials)).expect("in memory");
    }
    text
}

/// The interval on a line from 0 to 100 %, with the rate in it.
fn whisker(rate: &Rate, width: usize, paper: Paper) -> String {
    let place = |share: f64| ((share * width as f64) as usize).min(width - 1);
    let (low, high, dot) = (place(rate.low), place(rate.high), rate.rate.map(place));
    let ink = match rate.is_enough() {
        false => Ink::Soft,
        true if rate.high < TARGET => Ink::Bad,
        true => Ink::Good,
    };
    let range: String =
        (low..=high).map(|column| if Some(column) == dot { '●' } else { '━' }).collect();
    let (before, after) = ("·".repeat(low), "·".repeat(width - 1 - high));
    format!(
        "{}{}{}",
        paper.ink(Ink::Soft, &before),
        paper.ink(ink, &range),
        paper.ink(Ink::Soft, &after)
    )
}

/// The last days that fit into a line, and the worst of them.
fn sparkline(trend: &Trend, paper: Paper) -> String {
    let buckets = &trend.buckets[trend.buckets.len().saturating_sub(paper.width())..];
    let counted = |it: &&Bucket| it.rate.is_enough();
    let rate = |it: &Bucket| it.rate.rate.unwrap_or(0.0);
    let by_rate = |a: &&Bucket, b: &&Bucket| rate(a).total_cmp(&rate(b));
    let Some(worst) = buckets.iter().filter(counted).min_by(by_rate) else {
        return String::new();
    };
    let floor = (rate(worst) * 10.0).floor() / 10.0;
    let step = |it: &Bucket| {
        let share = (rate(it) - floor) / (1.0 - floor).max(0.1);
        STEPS[((share * STEPS.len() as f64) as usize).min(STEPS.len() - 1)]
    };
    let line: String = buckets.iter().map(|it| if counted(&it) { step(it) } else { ' ' }).collect();
    let (first, last) = (&buckets[0].label, &buckets[buckets.len() - 1].label);
    let head = format!("{first} to {last}, from {:.0} % (▁) to 100 % (█)", floor * 100.0);
    let Rate { n, low, high, .. } = worst.rate;
    let lowest = format!(
        "lowest on {}: {} of {}",
        worst.label,
        within(rate(worst), low, high),
        thousands(n)
    );
    format!(
        "\n{} {}\n{line}\n{}\n",
        paper.ink(Ink::Strong, "By day"),
        paper.ink(Ink::Soft, &head),
        paper.ink(Ink::Soft, &lowest),
    )
}

/// "34 % (29 to 39 %)".
fn within(rate: f64, low: f64, high: f64) -> String {
    format!("{:.0} % ({:.0} to {:.0} %)", rate * 100.0, low * 100.0, high * 100.0)
}

fn patterns(failures: &[Failure], paper: Paper) -> String {
    let mut text = format!("\n{}\n", paper.ink(Ink::Strong, "What fails again and again"));
    if failures.is_empty() {
        text.push_str("No answer was voted down three times or more.\n");
    }
    for failure in failures {
        let count = format!("{:>5} ×  ", thousands(failure.frequency));
        let said = |text: &Option<String>| text.as_deref().unwrap_or(NO_KEY).replace('\n', " ");
        let asked =
            format!("{} → {}", said(&failure.user_message), said(&failure.assistant_response));
        let room = paper.width() - count.chars().count();
        writeln!(text, "{}{}", paper.ink(Ink::Bad, &count), short(&asked, room))
            .expect("in memory");
    }
    text
}

/// At most `most` characters, without anything that would move the cursor.
fn short(text: &str, most: usize) -> String {
    let shown: String = text.chars().filter(|c| !c.is_control()).collect();
    match shown.char_indices().nth(most) {
        Some(_) => shown.chars().take(most - 1).chain(['…']).collect(),
        None => shown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::insights::approval::{Approval, Group};
    use crate::insights::failures::Failures;
    use crate::model::interval::Interval;
    use crate::model::time::{DAY_US, Timestamp};
    use crate::model::zone::Zone;

    fn overview() -> Overview {
        let group = |name: &str, up, n| Group { key: Some(name.to_owned()), rate: Rate::of(up, n) };
        let groups = vec![
            group("todo", 1_140, 1_234),
            group("appointment", 230, 400),
            group("an action type with a long name", 30, 40),
            Group { key: None, rate: Rate::of(4, 7) },
        ];
        let day = |n: i64| {
            let start = Timestamp::EPOCH.shifted(n * DAY_US);
            let (up, n) = if n == 9 { (3, 5) } else { (90 - 5 * n.unsigned_abs(), 100) };
            Bucket { start, label: start.to_string()[..10].to_owned(), rate: Rate::of(up, n) }
        };
        let failure = |frequency, asked: &str| Failure {
            pattern: "0".repeat(16),
            user_message: Some(asked.to_owned()),
            assistant_response: Some("I will remind you at 12:00.".to_owned()),
            action_type: Some("reminder".to_owned()),
            frequency,
            users: 2,
            first_at: Timestamp::EPOCH,
            last_at: Timestamp::EPOCH,
            message_ids: Vec::new(),
        };
        let tricky = "In the evening,\nremind me\u{1b}[2J of everything that I forgot this week";
        Overview {
            approval: Approval {
                overall: Rate::of(1_404, 1_681),
                coverage: Some(Share::of(1_681, 4_000)),
                groups,
            },
            trust: vec![group("secret", 1_370, 1_641), group("public", 34, 40)],
            uncounted: None,
            trend: Some(Trend {
                interval: Interval::Day,
                zone: Zone::UTC,
                overall: Rate::of(1_404, 1_681),
                buckets: (0..12).map(day).collect(),
            }),
            failures: Failures {
                thumbs_down: 277,
                unexplained: 0,
                failures: vec![failure(1_020, "Remind me in the evening"), failure(3, tricky)],
            },
        }
    }

    const PLAIN: Paper = Paper { columns: 80, colors: false };

    #[test]
    fn the_report_reads_as_kept() {
        crate::render::tests::golden("src/cli/report.txt", &report(&overview(), PLAIN));
    }

    #[test]
    fn no_line_is_longer_than_the_terminal() {
        for columns in [61, 80, 101, 300] {
            let text = report(&overview(), Paper { columns, colors: false });
            let longest = text.lines().map(|line| line.chars().count()).max().expect("lines");
            assert!(longest < columns, "{longest} of {columns}\n{text}");
        }
    }

    #[test]
    fn colours_add_nothing_but_colours_and_no_text_of_users_moves_the_cursor() {
        let colored = report(&overview(), Paper { colors: true, ..PLAIN });
        let mut pieces = colored.split('\u{1b}');
        let first = pieces.next().expect("a start").to_owned();
        let rest = pieces.map(|it| it.split_once('m').expect("an ink").1).collect::<String>();
        let plain = report(&overview(), PLAIN);
        assert_eq!(first + &rest, plain);
        assert!(colored.len() > plain.len() && !plain.contains('\u{1b}'));
    }

    #[test]
    fn of_nothing_the_report_says_so() {
        let approval = Approval { overall: Rate::of(0, 0), coverage: None, groups: Vec::new() };
        let failures = Failures { thumbs_down: 0, unexplained: 0, failures: Vec::new() };
        let text = report(
            &Overview { approval, trust: Vec::new(), uncounted: None, trend: None, failures },
            PLAIN,
        );
        assert!(text.contains("0 of 0") && text.contains("No answer was voted down"), "{text}");
    }
}
