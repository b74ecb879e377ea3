//! Random writes against the rules written down a second time, in the simplest way.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

/// One step of a random history.
#[derive(Debug, Clone)]
struct Step {
    message: u8,
    user: u8,
    thumb: Option<Thumb>,
    comment: Patch<String>,
    clock: Option<i64>,
}

fn step() -> impl Strategy<Value = Step> {
    let thumb = prop_oneof![Just(None), Just(Some(Thumb::Up)), Just(Some(Thumb::Down))];
    let comment =
        prop_oneof![Just(Patch::Absent), Just(Patch::Clear), "[a-c]".prop_map(Patch::Set),];
    let clock = prop_oneof![Just(None), (0..6_i64).prop_map(Some)];
    (0..3_u8, 0..2_u8, thumb, comment, clock).prop_map(|(message, user, thumb, comment, clock)| {
        Step { message, user, thumb, comment, clock }
    })
}

/// The rules, written down a second time in the simplest way: the state of each thumb, and the
/// time of the state.
#[derive(Default)]
struct Naive {
    thumbs: BTreeMap<(u8, u8), (i64, NaiveState)>,
    /// All states that were worth keeping, late ones included.
    states: i64,
}

/// The thumb and its comment; nothing where there is none (any more).
type NaiveState = Option<(Thumb, Option<String>)>;

impl Naive {
    fn take(&mut self, step: &Step, received: i64) {
        let entry = self.thumbs.entry((step.message, step.user)).or_insert((i64::MIN, None));
        let time = step.clock.unwrap_or(received);
        if step.clock.is_some() && time < entry.0 {
            self.states += 1;
            return;
        }
        let next = step.thumb.map(|thumb| {
            let old = entry.1.clone().filter(|(old, _)| *old == thumb).and_then(|(_, it)| it);
            (thumb, step.comment.clone().apply(old))
        });
        // A write without a clock that changes nothing leaves no trace, not even of its time.
        if step.clock.is_some() || next != entry.1 {
            self.states += i64::from(time != entry.0 || next != entry.1);
            *entry = (time, next);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn a_random_history_ends_where_the_naive_rules_end(
        steps in proptest::collection::vec(step(), 1..40),
    ) {
        let desk = Desk::new();
        let mut naive = Naive::default();
        for (second, step) in (10..).zip(&steps) {
            let mut new = vote(step.thumb);
            new.message_id = MessageId::parse(format!("m{}", step.message)).expect("valid");
            new.subject = subject(step.user);
            new.comment = step.comment.clone();
            new.client_ts = step.clock.map(at);
            new.received_at = at(second);
            desk.record(new);
            naive.take(step, second);
        }
        prop_assert_eq!(desk.count(STRAY), 0, "each row carries the position of its last change");
        let kept = "select (select count(*) from thumbs) + (select count(*) from thumbs_history)";
        prop_assert_eq!(desk.count(kept), naive.states, "each state is kept once");
        for ((message, user), (_, state)) in naive.thumbs {
            let row = feedback::by_key(&desk.db, PROJECT, &format!("m{message}"), &subject(user))
                .expect("read");
            prop_assert_eq!(row.map(|row| (row.feedback, row.comment)), state);
        }
    }
}
