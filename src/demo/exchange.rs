//! What is said in one exchange, and what the app sends of it.

use super::findings::{Finding, MISUNDERSTANDING, OUTAGE, PROMPT_CHANGE};
use super::random::SplitMix;
use super::script::{
    Action, COMMENTS, DAYS, EVENING, EVENING_THINGS, NAMES, NOON, OUTAGE_ANSWER, REASONS, TIMES,
};
use super::session::{Person, seconds};
use super::{Plan, Write};
use crate::model::action::{ActionData, ActionType};
use crate::model::feedback::{NewFeedback, Thumb};
use crate::model::ids::MessageId;
use crate::model::patch::Patch;
use crate::model::response::{NewResponse, ResponsePatch, Source};
use crate::model::signal::{NewSignal, SignalKind};
use crate::model::time::{SECOND_US, Timestamp};
use crate::model::trust::Trust;

/// A prompt and its answer.
pub(super) struct Exchange<'a> {
    pub(super) plan: &'a Plan,
    pub(super) person: &'a Person,
    pub(super) at: Timestamp,
    /// Its number among the conversations of all days.
    pub(super) conversation: i64,
    pub(super) kind: Kind,
    pub(super) action: &'static Action,
}

/// What becomes of an exchange.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// As the script says.
    Usual,
    /// The wish that is understood as noon.
    Evening,
    /// No model could be reached.
    Outage,
}

impl Exchange<'_> {
    /// What the app sends of it, as the answer with that number among all.
    pub(super) fn writes(&self, number: u32, random: &mut SplitMix) -> Vec<Write> {
        let message_id = MessageId::parse(format!("demo-{number:06}")).expect("well formed");
        let rated = random.chance(match self.kind {
            Kind::Usual => self.action.coverage,
            Kind::Evening => 60,
            Kind::Outage => 75,
        });
        let thumb = if random.chance(self.approval()) { Thumb::Up } else { Thumb::Down };
        let patch = self.response(thumb, random);
        let mut writes = Vec::new();
        writes.extend(self.signal(&message_id, thumb, random));
        writes.push(if rated {
            Write::Feedback(self.feedback(message_id, thumb, patch, random))
        } else {
            Write::Response(NewResponse {
                message_id,
                patch,
                trust: Trust::Secret,
                source: Source::Demo,
                stated_at: Some(self.at),
                event_at: self.at,
                received_at: self.at,
            })
        });
        writes
    }

    /// Thumbs up to be expected, in per cent.
    fn approval(&self) -> u64 {
        let is_about = |it: Finding| it.action_type == Some(self.action.name);
        match self.kind {
            Kind::Outage => OUTAGE.approval,
            Kind::Evening => MISUNDERSTANDING.approval,
            Kind::Usual if is_about(PROMPT_CHANGE) && self.at >= self.plan.prompt_change() => {
                PROMPT_CHANGE.approval
            }
            Kind::Usual => self.action.approval,
        }
    }

    fn prompt_version(&self) -> &'static str {
        let changed = match self.action.name {
            name if PROMPT_CHANGE.action_type == Some(name) => self.plan.prompt_change(),
            "note" => self.plan.harmless_change(),
            _ => self.plan.end,
        };
        if self.at < changed { "v1" } else { "v2" }
    }

    fn response(&self, thumb: Thumb, random: &mut SplitMix) -> ResponsePatch {
        let (prompt, good, bad) = random.pick(self.action.exchanges);
        // Some are unhappy with a good answer, too.
        let usual = if thumb == Thumb::Down && random.chance(80) { bad } else { good };
        // The plainest wording is the most common one.
        let evening = if random.chance(30) { EVENING[0] } else { random.pick(&EVENING[1..]) };
        let (prompt, answer) = match self.kind {
            Kind::Usual => (prompt, usual),
            Kind::Evening => (evening, NOON),
            Kind::Outage => (prompt, OUTAGE_ANSWER),
        };
        let things = match self.kind {
            Kind::Evening => &EVENING_THINGS[..4],
            _ => self.action.things,
        };
        let words = [
            ("{thing}", random.pick(things)),
            ("{name}", random.pick(NAMES)),
            ("{day}", random.pick(DAYS)),
            ("{time}", random.pick(TIMES)),
        ];
        let put = |text: &str| {
            let said =
                words.iter().fold(text.to_owned(), |text, (slot, word)| text.replace(slot, word));
            Patch::Set(said)
        };
        let data = serde_json::json!({
            "app_version": if self.at < self.plan.harmless_change() { "4.1" } else { "4.2" },
            "device": self.person.device,
            "language": self.person.language,
        });
        let failed = self.kind == Kind::Outage;
        ResponsePatch {
            conversation_id: Patch::Set(format!("chat-{:07}", self.conversation)),
            user_message: put(prompt),
            assistant_response: put(answer),
            action_type: Patch::Set(ActionType::parse(self.action.name.to_owned()).expect("short")),
            action_data: Patch::Set(ActionData::parse(&data).expect("an object")),
            model: Patch::Set(self.person.model.to_owned()),
            prompt_version: Patch::Set(self.prompt_version().to_owned()),
            finish_reason: Patch::Set(if failed { "error" } else { "stop" }.to_owned()),
            ..ResponsePatch::default()
        }
    }

    fn feedback(
        &self,
        message_id: MessageId,
        thumb: Thumb,
        response: ResponsePatch,
        random: &mut SplitMix,
    ) -> NewFeedback {
        let at = self.at.shifted(2 * SECOND_US + seconds(random, 90));
        let said = |words: Option<&str>| match words {
            Some(text) if thumb == Thumb::Down => Patch::Set(text.to_owned()),
            _ => Patch::Absent,
        };
        let (usual_reason, usual_comment) = (random.pick(REASONS), random.pick(COMMENTS));
        let (reason, comment, correction) = match self.kind {
            Kind::Outage => ("failed", "nothing works today", None),
            Kind::Evening => {
                ("wrong time", "I said evening, not noon", Some("I will remind you at 19:00."))
            }
            Kind::Usual => (usual_reason, usual_comment, None),
        };
        let reasons = match said(random.chance(55).then_some(reason)) {
            Patch::Set(reason) => Patch::Set(vec![reason]),
            _ => Patch::Absent,
        };
        let comment = said(random.chance(25).then_some(comment));
        let correction = said(correction.filter(|_| random.chance(30)));
        NewFeedback {
            message_id,
            subject: self.person.subject.clone(),
            thumb: Some(thumb),
            reasons,
            comment,
            correction,
            response,
            trust: Trust::Secret,
            source: Source::Demo,
            client_ts: None,
            created_at: Some(at),
            updated_at: None,
            received_at: at,
        }
    }

    /// Who is unhappy tries again; who is happy may copy the answer.
    fn signal(&self, id: &MessageId, thumb: Thumb, random: &mut SplitMix) -> Option<Write> {
        let percent = if thumb == Thumb::Down { 30 } else { 8 };
        let acted = random.chance(percent);
        let (kind, value) = match (thumb, random.chance(60)) {
            (Thumb::Down, true) => (SignalKind::Retry, None),
            (Thumb::Down, false) => (SignalKind::Regenerate, None),
            (Thumb::Up, true) => (SignalKind::Copy, None),
            (Thumb::Up, false) => {
                let millis = u32::try_from(1_000 + random.below(20_000)).expect("small");
                (SignalKind::Dwell, Some(f64::from(millis)))
            }
        };
        acted.then(|| {
            Write::Signal(NewSignal {
                message_id: id.clone(),
                subject: self.person.subject.clone(),
                kind,
                value,
                trust: Trust::Secret,
                client_ts: None,
                received_at: self.at.shifted(SECOND_US),
            })
        })
    }
}
