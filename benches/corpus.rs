//! The feedback that is measured with, the same for the same number: prompts of about 60 bytes,
//! answers of 200, 120 bytes of context, twelve kinds of action, four of five thumbs up, and three
//! of ten rows from a small set of exchanges that recur (the k-th about 1/k as often as the first).

use serde_json::{Value, json};

const ACTIONS: [&str; 12] = [
    "todo",
    "appointment",
    "reminder",
    "note",
    "weather",
    "search",
    "summary",
    "translation",
    "draft",
    "calculation",
    "booking",
    "smalltalk",
];
const WORDS: [&str; 24] = [
    "please", "meeting", "tomorrow", "report", "number", "again", "travel", "kitchen", "answer",
    "between", "morning", "letter", "project", "window", "garden", "budget", "remind", "school",
    "doctor", "station", "music", "dinner", "update", "because",
];
const DEVICES: [&str; 3] = ["phone", "desktop", "speaker"];
const LOCALES: [&str; 4] = ["en-GB", "de-DE", "es-ES", "fr-FR"];
/// Exchanges that recur.
const RECURRING: f64 = 20_000.0;
/// People.
const USERS: u64 = 50_000;
/// The time that all rows lie before, and how far back they go.
const DAYS: i64 = 90;
const DAY_US: i64 = 86_400_000_000;

/// Row `n` of `rows`, oldest first. `end_us` is the time (µs since 1970) of the last one; without
/// it the row has no time of its own, as in a live vote.
pub(crate) fn row(n: usize, rows: usize, end_us: Option<i64>) -> Value {
    let mut random = Random(n as u64);
    let recurs = random.below(10) < 3;
    // The inverse of the distribution function of p(k) ~ 1/k.
    let exchange = if recurs { RECURRING.powf(random.unit()) as u64 } else { 1 << 40 | n as u64 };
    let mut text = Random(exchange.wrapping_mul(0x5851_F42D_4C95_7F2D));
    let mut row = json!({
        "message_id": format!("msg-{n:010}"),
        "user_id": format!("user-{}", random.below(USERS)),
        "feedback": if random.below(10) < 8 { "up" } else { "down" },
        "user_message": words(&mut text, 60),
        "assistant_response": words(&mut text, 196),
        "action_type": ACTIONS[text.below(12) as usize],
        "action_data": {
            "device": DEVICES[random.below(3) as usize],
            "locale": LOCALES[random.below(4) as usize],
            "latency_ms": random.below(4_000),
            "session": format!("{:016x}{:08x}", random.next(), random.next() >> 32),
        },
        "model": "assistant-2",
        "prompt_version": if n < rows / 2 { "v1" } else { "v2" },
    });
    if let Some(end_us) = end_us {
        let step = DAYS * DAY_US / rows.max(1) as i64;
        row["created_at"] = rfc_3339(end_us - step * (rows - n) as i64).into();
    }
    row
}

/// The same without any text of the exchange.
pub(crate) fn bare_row(n: usize) -> Value {
    let mut row = row(n, 1, None);
    let fields = row.as_object_mut().expect("it is an object");
    fields.retain(|name, _| ["message_id", "user_id", "feedback"].contains(&name.as_str()));
    row
}

/// Mean bytes of prompt, answer, action and context.
pub(crate) fn text_bytes() -> usize {
    const SAMPLE: usize = 1_000;
    let length = |row: Value| {
        let texts = ["user_message", "assistant_response", "action_type"];
        let plain: usize = texts.iter().map(|name| row[name].as_str().map_or(0, str::len)).sum();
        plain + row["action_data"].to_string().len()
    };
    (0..SAMPLE).map(|n| length(row(n, SAMPLE, None))).sum::<usize>() / SAMPLE
}

fn words(random: &mut Random, bytes: usize) -> String {
    let mut text = String::with_capacity(bytes + 12);
    while text.len() < bytes {
        text.push_str(WORDS[random.below(WORDS.len() as u64) as usize]);
        text.push(' ');
    }
    text.pop();
    text
}

/// RFC 3339 in UTC. Days to dates after Hinnant's `civil_from_days`.
fn rfc_3339(us: i64) -> String {
    let (days, in_day) = (us.div_euclid(DAY_US), us.rem_euclid(DAY_US) / 1_000_000);
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let (hour, minute, second) = (in_day / 3_600, in_day / 60 % 60, in_day % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// SplitMix64 (Steele, Lea & Flood 2014).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    /// From 0 up to and without 1.
    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}
