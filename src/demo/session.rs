//! Who talks to the assistant, and when.

use super::Plan;
use super::exchange::{Exchange, Kind};
use super::findings::MISUNDERSTANDING;
use super::random::SplitMix;
use super::script::{ACTIONS, Action, NEW_ACTION};
use crate::model::ids::Subject;
use crate::model::time::{DAY_US, SECOND_US, Timestamp};
use crate::privacy::pseudonym;

/// How many people there are.
const PEOPLE: u64 = 260;
/// Conversations on a usual day.
const CONVERSATIONS: u64 = 140;
/// How much more people write on the afternoon on which nothing works: they try again.
const OUTAGE_CONVERSATIONS: u64 = 75;
/// How busy the days of a week are, Monday first, in per cent.
const WEEK: [u64; 7] = [112, 116, 114, 108, 102, 60, 56];
/// How busy the hours of a day are.
const HOURS: [u64; 24] =
    [2, 1, 1, 1, 1, 3, 8, 16, 24, 26, 24, 22, 20, 22, 24, 24, 22, 22, 20, 18, 16, 12, 8, 4];

/// One of the users.
pub(super) struct Person {
    pub(super) subject: Subject,
    /// How often they write, beside the others: few do often, many seldom (Zipf 1949).
    weight: u64,
    /// The first day on which they write; the first of all days is 0.
    since: i64,
    pub(super) device: &'static str,
    pub(super) language: &'static str,
    pub(super) model: &'static str,
}

/// All users, most active first.
pub(super) fn people(plan: &Plan) -> Vec<Person> {
    let mut random = SplitMix::of(plan.seed, 1);
    let person = |rank: u64| {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&random.next().to_le_bytes());
        bytes[8..].copy_from_slice(&random.next().to_le_bytes());
        // Two of three were there before the first day.
        let joined = i64::try_from(random.below(u64::from(plan.days) * 3)).expect("small");
        Person {
            subject: pseudonym::of_nobody(bytes),
            weight: 1_000_000 / (rank + 12),
            since: if rank < 20 { 0 } else { (joined - i64::from(plan.days) * 2).max(0) },
            device: random.pick(&["phone", "phone", "phone", "desktop", "desktop", "watch"]),
            language: random.pick(&["en-GB", "en-US", "en-US", "en-IN"]),
            model: random.pick(&["assist-small", "assist-small", "assist-large"]),
        }
    };
    (0..PEOPLE).map(person).collect()
}

/// What was said on one day; the first of all days is 0.
pub(super) fn of_day<'a>(plan: &'a Plan, people: &'a [Person], day: i64) -> Vec<Exchange<'a>> {
    let mut random = SplitMix::of(plan.seed, 1_000 + day.unsigned_abs());
    let midnight = plan.start().shifted(day * DAY_US);
    let (outage, outage_end) = plan.outage();
    // Slowly more people come: from 80 % at the start to 120 % at the end.
    let growth = 80 + 40 * day.unsigned_abs() / u64::from(plan.days);
    let usual = CONVERSATIONS * growth * WEEK[midnight.weekday()] / 10_000 + random.below(12);
    let more = if outage.start_of_day() == midnight { OUTAGE_CONVERSATIONS } else { 0 };
    let here = people.iter().map(|it| if it.since <= day { it.weight } else { 0 });
    let mut exchanges = Vec::new();
    for number in 0..usual + more {
        let person = &people[random.weighted(here.clone())];
        let mut at = if number < usual {
            let hour = i64::try_from(random.weighted(HOURS.into_iter())).expect("below 24");
            midnight.shifted(hour * DAY_US / 24 + seconds(&mut random, 3_600))
        } else {
            outage.shifted(seconds(&mut random, 4 * 3_600))
        };
        let conversation = day * 10_000 + i64::try_from(number).expect("small");
        for _ in 0..random.pick(&[1, 1, 2, 2, 3, 4]) {
            let outage = (outage..outage_end).contains(&at);
            let (action, kind) = choose(plan, &mut random, at, outage);
            exchanges.push(Exchange { plan, person, at, conversation, kind, action });
            at = at.shifted(20 * SECOND_US + seconds(&mut random, 280));
        }
    }
    exchanges
}

/// Less than `below` seconds, in microseconds.
pub(super) fn seconds(random: &mut SplitMix, below: u64) -> i64 {
    i64::try_from(random.below(below)).expect("small") * SECOND_US
}

fn choose(
    plan: &Plan,
    random: &mut SplitMix,
    at: Timestamp,
    outage: bool,
) -> (&'static Action, Kind) {
    let new = if at >= plan.launch() { NEW_ACTION.weight } else { 0 };
    let weights = ACTIONS.iter().map(|action| action.weight).chain([new]);
    let action = ACTIONS.get(random.weighted(weights)).unwrap_or(&NEW_ACTION);
    let misunderstood = MISUNDERSTANDING.action_type == Some(action.name);
    let kind = match (outage, misunderstood && random.chance(14)) {
        (true, _) => Kind::Outage,
        (false, true) => Kind::Evening,
        (false, false) => Kind::Usual,
    };
    (action, kind)
}
