//! What happened, for those who watch.

use super::feedback::Thumb;
use super::ids::ProjectId;

/// Something that a dashboard or a script may want to know at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A thumb was given, changed or taken back.
    Feedback {
        /// The project it belongs to.
        project: ProjectId,
        /// The answer it is about.
        message_id: String,
        /// The thumb as it stands now; `None` when it was taken back.
        thumb: Option<Thumb>,
    },
}
