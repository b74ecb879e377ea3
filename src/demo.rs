//! Made-up feedback of a personal-assistant product, the same for the same seed.

use crate::model::action::{ActionData, ActionType};
use crate::model::feedback::{NewFeedback, Thumb};
use crate::model::ids::{MessageId, Subject};
use crate::model::patch::Patch;
use crate::model::response::{ResponsePatch, Source};
use crate::model::time::{DAY_US, SECOND_US, Timestamp};
use crate::model::trust::Trust;

/// How far back the data goes, in days.
const DAYS: i64 = 30;
/// How many rows there are.
const ROWS: usize = 600;
/// How many people gave them.
const USERS: u64 = 60;

/// An action type, its thumbs up in per cent, and prompts with their answers.
type Action = (&'static str, u64, &'static [(&'static str, &'static str)]);

/// What the assistant can do: action type, thumbs up in per cent, prompts with their answers.
/// Reminders "in the evening" go wrong every time: a pattern to be found.
const ACTIONS: [Action; 4] = [
    (
        "todo",
        91,
        &[
            ("Add milk to my list", "Added 'Buy milk' to your todos."),
            ("Put call Ana on my list", "Added 'Call Ana' to your todos."),
            ("What is on my list?", "You have three todos: buy milk, call Ana, pay rent."),
        ],
    ),
    (
        "appointment",
        88,
        &[
            ("Dentist on Friday at 3", "Booked 'Dentist' for Friday, 15:00."),
            ("Move my dentist to Monday", "Moved 'Dentist' to Monday, 15:00."),
        ],
    ),
    (
        "reminder",
        74,
        &[
            ("Remind me to stretch in an hour", "I will remind you to stretch in an hour."),
            ("Remind me in the evening to water the plants", "I will remind you at 12:00."),
        ],
    ),
    ("note", 95, &[("Note: the door code is on the fridge", "Saved your note.")]),
];

/// The pattern that always fails: action, prompt.
const FAILING: (usize, usize) = (2, 1);

/// The rows, oldest first. `subject` turns the number of a person into a pseudonym.
pub(crate) fn feedback(
    seed: u64,
    now: Timestamp,
    subject: impl Fn(u32) -> Subject,
) -> Vec<NewFeedback> {
    let mut random = SplitMix(seed);
    let step = DAYS * DAY_US / i64::try_from(ROWS).expect("small");
    (0..ROWS)
        .map(|n| {
            let back = DAYS * DAY_US - step * i64::try_from(n).expect("small");
            let jitter = i64::try_from(random.below(3_600)).expect("small") * SECOND_US;
            let at = now.shifted(-back).shifted(-jitter);
            let user = u32::try_from(random.below(USERS)).expect("small");
            row(&mut random, n, at, now, subject(user))
        })
        .collect()
}

fn row(
    random: &mut SplitMix,
    n: usize,
    at: Timestamp,
    now: Timestamp,
    subject: Subject,
) -> NewFeedback {
    let action = usize::try_from(random.below(ACTIONS.len() as u64)).expect("small");
    let (action_type, up_percent, exchanges) = ACTIONS[action];
    let exchange = usize::try_from(random.below(exchanges.len() as u64)).expect("small");
    let (prompt, answer) = exchanges[exchange];
    let up = random.below(100) < up_percent && (action, exchange) != FAILING;
    let device = if random.below(3) == 0 { "phone" } else { "desktop" };
    let comment = if up { Patch::Absent } else { Patch::Set("not what I asked for".to_owned()) };
    NewFeedback {
        message_id: MessageId::parse(format!("demo-{n:04}")).expect("well formed"),
        subject,
        thumb: Some(if up { Thumb::Up } else { Thumb::Down }),
        reasons: Patch::Absent,
        comment,
        correction: Patch::Absent,
        response: ResponsePatch {
            user_message: Patch::Set(prompt.to_owned()),
            assistant_response: Patch::Set(answer.to_owned()),
            action_type: Patch::Set(ActionType::parse(action_type.to_owned()).expect("short")),
            action_data: Patch::Set(
                ActionData::parse(&serde_json::json!({ "device": device })).expect("an object"),
            ),
            model: Patch::Set("demo-1".to_owned()),
            prompt_version: Patch::Set(if n < ROWS / 2 { "v1" } else { "v2" }.to_owned()),
            ..ResponsePatch::default()
        },
        trust: Trust::Secret,
        source: Source::Demo,
        client_ts: None,
        created_at: Some(at),
        updated_at: None,
        received_at: now,
    }
}

/// SplitMix64 (Steele, Lea & Flood 2014): small, seedable, good enough for made-up data.
struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `n`; the bias of the remainder is below 1 in 10^16 for small `n`.
    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(seed: u64) -> Vec<NewFeedback> {
        let now = "2026-11-23T08:00:00Z".parse().expect("valid");
        let name = |user| format!("twu_{}{}", "a".repeat(24), char::from(b'a' + (user % 26) as u8));
        feedback(seed, now, |user| Subject::parse(&(name(user) + "a")).expect("well formed"))
    }

    #[test]
    fn the_same_seed_makes_the_same_data_and_another_seed_other_data() {
        assert_eq!(rows(1), rows(1));
        assert_ne!(rows(1), rows(2));
    }

    #[test]
    fn the_failing_pattern_is_there_to_be_found() {
        let prompt = Patch::Set(ACTIONS[FAILING.0].2[FAILING.1].0.to_owned());
        let failing: Vec<_> =
            rows(42).into_iter().filter(|row| row.response.user_message == prompt).collect();
        assert!(failing.len() > 20);
        assert!(failing.iter().all(|row| row.thumb == Some(Thumb::Down)));
    }
}
