//! The table: one line a figure, with its spread.

use std::fmt;

/// All figures, in the order in which they were measured.
#[derive(Debug, Default)]
pub(crate) struct Table(Vec<Line>);

#[derive(Debug)]
struct Line {
    name: String,
    unit: &'static str,
    values: Vec<f64>,
    mark: &'static str,
}

impl Table {
    /// Adds a figure: its repeated measurements, and what is expected of it.
    pub(crate) fn add(
        &mut self,
        name: impl Into<String>,
        unit: &'static str,
        values: &[f64],
        mark: &'static str,
    ) {
        let name = name.into();
        crate::talk(&format!("{name}: {} {unit}", shown(quantile(values, 0.5))));
        self.0.push(Line { name, unit, values: values.to_vec(), mark });
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| figure | median | quartiles | n | unit | expected |")?;
        writeln!(f, "|---|--:|--:|--:|---|---|")?;
        for Line { name, unit, values, mark } in &self.0 {
            let at = |p| shown(quantile(values, p));
            let spread = format!("{} – {}", at(0.25), at(0.75));
            let spread = if values.len() > 1 { spread } else { String::new() };
            let n = values.len();
            writeln!(f, "| {name} | {} | {spread} | {n} | {unit} | {mark} |", at(0.5))?;
        }
        Ok(())
    }
}

/// The value below which a share `p` lies, by linear interpolation between neighbours (type 7 of
/// Hyndman & Fan 1996); not a number when there are none.
pub(crate) fn quantile(values: &[f64], p: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let at = p * last as f64;
    let (low, high) = (at.floor() as usize, at.ceil() as usize);
    sorted[low] + (sorted[high] - sorted[low]) * (at - at.floor())
}

/// Three digits are as many as such figures deserve.
fn shown(value: f64) -> String {
    match value.abs() {
        large if large >= 1000.0 => {
            let digits = format!("{value:.0}");
            let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().collect();
            groups.join(&b',').iter().map(|byte| char::from(*byte)).collect()
        }
        large if large >= 100.0 => format!("{value:.0}"),
        large if large >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}
