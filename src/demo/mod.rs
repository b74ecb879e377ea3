//! Made-up feedback of a personal-assistant product: a pure function of seed, days and end.
//!
//! It looks like the real thing (few heavy and many light users, working days and nights, thumbs
//! on some answers only) and hides what [`findings::FINDINGS`] lists.

pub(crate) mod assistant;
mod exchange;
pub(crate) mod findings;
mod random;
mod script;
mod session;

use crate::model::feedback::NewFeedback;
use crate::model::ids::ProjectId;
use crate::model::response::NewResponse;
use crate::model::signal::NewSignal;
use crate::model::time::{DAY_US, Timestamp};
use crate::store::responses::Authority;
use crate::store::{Error, Tx, responses, signals, thumbs};

use random::SplitMix;

/// What to make up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Plan {
    /// Decides everything that is left to chance.
    pub(crate) seed: u64,
    /// How far back it goes; from 21, as less has no room for all findings, to 365.
    pub(crate) days: u16,
    /// The end, not included: the first moment of a day in UTC.
    pub(crate) end: Timestamp,
}

/// One write, as an app would have sent it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Write {
    /// An answer that nobody rated.
    Response(NewResponse),
    /// A thumb, with the answer that it is about.
    Feedback(NewFeedback),
    /// An implicit act.
    Signal(NewSignal),
}

impl Write {
    /// Takes it into the store.
    pub(crate) fn store(self, tx: &Tx<'_>, project: ProjectId) -> Result<(), Error> {
        match self {
            Self::Response(new) => {
                responses::record(tx, project, &new, Authority::ByTrust).map(drop)
            }
            Self::Feedback(new) => thumbs::record(tx, project, &new).map(drop),
            Self::Signal(new) => signals::record(tx, project, &new).map(drop),
        }
    }

    /// When it happened.
    fn at(&self) -> Timestamp {
        match self {
            Self::Response(new) => new.received_at,
            Self::Feedback(new) => new.received_at,
            Self::Signal(new) => new.received_at,
        }
    }
}

impl Plan {
    /// The first moment.
    pub(crate) fn start(&self) -> Timestamp {
        self.end.shifted(-i64::from(self.days) * DAY_US)
    }

    /// The first moment of the day after `permille` of the time.
    fn day(&self, permille: i64) -> Timestamp {
        self.start().shifted(i64::from(self.days) * permille / 1_000 * DAY_US)
    }

    /// When appointments got their second prompt.
    pub(crate) fn prompt_change(&self) -> Timestamp {
        self.day(640)
    }

    /// When notes got theirs, which changed nothing.
    fn harmless_change(&self) -> Timestamp {
        self.day(300)
    }

    /// When the new action type came.
    pub(crate) fn launch(&self) -> Timestamp {
        self.day(770)
    }

    /// The afternoon on which nothing worked, on a working day.
    pub(crate) fn outage(&self) -> (Timestamp, Timestamp) {
        let late = self.day(870);
        let back = match late.weekday() {
            6 => 2,
            5 => 1,
            _ => 0,
        };
        let day = late.shifted(-back * DAY_US);
        (day.shifted(13 * DAY_US / 24), day.shifted(17 * DAY_US / 24))
    }

    /// Everything that happened, in the order of time.
    pub(crate) fn writes(&self) -> Vec<Write> {
        let people = session::people(self);
        let mut exchanges: Vec<_> =
            (0..i64::from(self.days)).flat_map(|day| session::of_day(self, &people, day)).collect();
        exchanges.sort_by_key(|exchange| (exchange.at, exchange.conversation));
        let mut random = SplitMix::of(self.seed, 3);
        let mut writes: Vec<_> = (1..)
            .zip(exchanges)
            .flat_map(|(number, exchange)| exchange.writes(number, &mut random))
            .filter(|write| write.at() < self.end)
            .collect();
        writes.sort_by_key(Write::at);
        writes
    }
}

#[cfg(test)]
mod tests;
