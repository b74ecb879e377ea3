//! Whether two places hold the same feedback: a count and a hash that no order can change.

use sha2::{Digest, Sha256};

use super::record::Feedback;
use super::time::Timestamp;

/// The sum over a set of rows. Equal sets give equal fingerprints, in whatever order the rows
/// were added; two different sets of a million rows agree by chance about once in 2^64.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Fingerprint {
    /// How many rows.
    pub rows: u64,
    /// The wrapping sum of the hashes of the rows.
    pub sum: u64,
}

impl Fingerprint {
    /// Counts one row in.
    pub fn add(&mut self, row: &Feedback) {
        self.rows += 1;
        self.sum = self.sum.wrapping_add(hash(row));
    }
}

/// The first eight bytes of SHA-256 over every column: a mark that tells null from empty, the
/// length, the bytes.
fn hash(row: &Feedback) -> u64 {
    let mut hasher = Sha256::new();
    let mut text = |field: Option<&str>| {
        hasher.update([u8::from(field.is_some())]);
        let field = field.unwrap_or_default();
        hasher.update((field.len() as u64).to_le_bytes());
        hasher.update(field.as_bytes());
    };
    text(Some(&row.user_id));
    text(Some(&row.message_id));
    text(row.conversation_id.as_deref());
    text(Some(row.feedback.as_str()));
    text(row.user_message.as_deref());
    text(row.assistant_response.as_deref());
    text(row.messages.as_deref());
    text(row.tools.as_deref());
    text(row.action_type.as_deref());
    text(row.action_data.as_deref());
    text(row.reasons.as_deref());
    text(row.comment.as_deref());
    text(row.correction.as_deref());
    text(row.model.as_deref());
    text(row.prompt_version.as_deref());
    text(row.experiment.as_deref());
    text(row.variant.as_deref());
    text(row.finish_reason.as_deref());
    text(row.usage.as_deref());
    text(Some(row.trust.as_str()));
    text(Some(&row.source));
    let mut number = |field: Option<i64>| {
        hasher.update([u8::from(field.is_some())]);
        hasher.update(field.unwrap_or_default().to_le_bytes());
    };
    number(Some(row.id));
    number(row.pattern_hash);
    number(row.client_ts.map(Timestamp::micros));
    number(Some(row.created_at.micros()));
    number(Some(row.updated_at.micros()));
    number(Some(row.received_at.micros()));
    number(Some(row.seq.0));
    let digest = hasher.finalize();
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    u64::from_le_bytes(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::feedback::Thumb;
    use crate::model::ids::Seq;
    use crate::model::trust::Trust;

    fn row(id: i64) -> Feedback {
        let at = Timestamp::from_micros(id).expect("in range");
        Feedback {
            id,
            user_id: "twu_a".to_owned(),
            message_id: format!("m{id}"),
            conversation_id: None,
            feedback: Thumb::Up,
            user_message: Some("a".to_owned()),
            assistant_response: None,
            messages: None,
            tools: None,
            action_type: None,
            action_data: None,
            reasons: None,
            comment: None,
            correction: None,
            model: None,
            prompt_version: None,
            experiment: None,
            variant: None,
            finish_reason: None,
            usage: None,
            pattern_hash: None,
            trust: Trust::Secret,
            source: "api".to_owned(),
            client_ts: None,
            created_at: at,
            updated_at: at,
            received_at: at,
            seq: Seq(id),
        }
    }

    fn of(rows: &[Feedback]) -> Fingerprint {
        let mut fingerprint = Fingerprint::default();
        for row in rows {
            fingerprint.add(row);
        }
        fingerprint
    }

    #[test]
    fn order_does_not_matter_and_everything_else_does() {
        let (a, b) = (row(1), row(2));
        let both = of(&[a.clone(), b.clone()]);
        assert_eq!(both, of(&[b.clone(), a.clone()]));
        assert_ne!(both, of(&[a.clone(), a.clone()]));
        for change in [
            |row: &mut Feedback| row.feedback = Thumb::Down,
            |row: &mut Feedback| row.user_message = None,
            |row: &mut Feedback| row.user_message = Some(String::new()),
            |row: &mut Feedback| std::mem::swap(&mut row.user_message, &mut row.comment),
            |row: &mut Feedback| row.pattern_hash = Some(0),
            |row: &mut Feedback| row.seq = Seq(9),
        ] {
            let mut changed = b.clone();
            change(&mut changed);
            assert_ne!(both, of(&[a.clone(), changed]));
        }
    }
}
