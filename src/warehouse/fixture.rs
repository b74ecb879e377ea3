//! Mirrors for tests: a temporary folder with one project in it.

use tempfile::TempDir;

use super::build::Builder;
use super::connection::Limits;
use super::folder::MirrorFolder;
use super::mirror::{Mirror, Opening};
use crate::model::feedback::Thumb;
use crate::model::ids::{ProjectId, Seq};
use crate::model::record::Feedback;
use crate::model::time::{DAY_US, Timestamp};
use crate::model::trust::Trust;

pub(crate) const PROJECT: ProjectId = ProjectId(1);
pub(crate) const LIMITS: Limits = Limits { memory_mib: 256, threads: 1 };
pub(crate) const SOURCE: &str = "the-store";

/// A mirror of the given feedback, and the folder it lies in.
pub(crate) fn mirror(rows: &[Feedback]) -> (TempDir, Box<Mirror>) {
    let temp = tempfile::tempdir().expect("temp dir");
    let folder = MirrorFolder::open(temp.path()).expect("made");
    build(&folder, rows);
    let mirror = ready(&folder);
    (temp, mirror)
}

/// Builds the file of the project.
pub(crate) fn build(folder: &MirrorFolder, rows: &[Feedback]) {
    let mut builder = Builder::start(folder, PROJECT, LIMITS).expect("starts");
    for row in rows {
        builder.feedback(row.clone()).expect("appends");
    }
    builder.finish(SOURCE, Seq(7)).expect("finishes");
}

/// Opens the file of the project.
#[track_caller]
pub(crate) fn ready(folder: &MirrorFolder) -> Box<Mirror> {
    match Mirror::open(folder, PROJECT, LIMITS, SOURCE).expect("opens") {
        Opening::Ready(mirror) => mirror,
        Opening::Unfit(reason) => panic!("the mirror is unfit: {reason}"),
    }
}

/// Feedback number `id`, given on day `id` of 1970.
pub(crate) fn feedback(id: i64, thumb: Thumb, action_type: Option<&str>) -> Feedback {
    let at = Timestamp::from_micros(id * DAY_US).expect("in range");
    Feedback {
        id,
        user_id: format!("twu_{id}"),
        message_id: format!("m{id}"),
        conversation_id: None,
        feedback: thumb,
        user_message: Some("Add milk".to_owned()),
        assistant_response: Some("Added 'milk'".to_owned()),
        messages: None,
        tools: None,
        action_type: action_type.map(str::to_owned),
        action_data: Some(format!(r#"{{"a/b~c":"x{}","n":{id}}}"#, id % 2)),
        reasons: None,
        comment: None,
        correction: None,
        model: None,
        prompt_version: None,
        experiment: None,
        variant: None,
        finish_reason: None,
        usage: None,
        pattern_hash: Some(id % 3),
        trust: Trust::Secret,
        source: "api".to_owned(),
        client_ts: None,
        created_at: at,
        updated_at: at,
        received_at: at,
        seq: Seq(id),
    }
}
