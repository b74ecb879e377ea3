//! What the server and its warehouse child say to each other: frames of JSON over two pipes.
//!
//! A frame is its length in bytes (u32, little endian) and one JSON value. Every question has a
//! number; the frames that belong to it carry it, so that answers may overtake one another.

use std::io::{self, Read, Write};
use std::path::PathBuf;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::insights::approval::Approval;
use crate::insights::cohorts::Cohorts;
use crate::insights::compare::Compared;
use crate::insights::coverage::Coverage;
use crate::insights::failures::Failures;
use crate::insights::milestones::Milestones;
use crate::insights::summary::ActionSummary;
use crate::insights::trend::{TooMany, Trend};
use crate::model::comparison::Comparison;
use crate::model::filter::{Dimension, Filter};
use crate::model::fingerprint::Fingerprint;
use crate::model::ids::{ProjectId, Seq};
use crate::model::interval::Interval;
use crate::model::time::Timestamp;
use crate::model::trust::Trust;
use crate::model::zone::Zone;

/// Longest frame, in bytes.
pub(crate) const FRAME_BYTES_MAX: usize = 256 << 20;

/// Chunks of rows that may be on their way before the reader of a result asks for more.
pub(crate) const WINDOW_CHUNKS: usize = 8;

/// Something to find out from the mirror of a project.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Question {
    /// Whether anyone is there. Touches no mirror.
    Ping,
    /// Nothing; but bring the mirror up to date, and forget what was erased.
    CatchUp,
    /// How each action type is received.
    Summary {
        /// What to count.
        filter: Filter,
    },
    /// Approval by one dimension.
    Approval {
        /// The dimension.
        by: Dimension,
        /// What to count.
        filter: Filter,
    },
    /// Approval over time.
    Trend {
        /// How long the buckets are.
        interval: Interval,
        /// The project's zone.
        zone: Zone,
        /// What to count.
        filter: Filter,
    },
    /// The failure patterns.
    Failures {
        /// What to count.
        filter: Filter,
        /// Fewest thumbs down of a pattern.
        at_least: u32,
        /// Most patterns.
        limit: u32,
    },
    /// Coverage by one dimension.
    Coverage {
        /// The dimension.
        by: Dimension,
        /// What to count.
        filter: Filter,
    },
    /// How far the project has come.
    Milestones {
        /// As of when.
        now: Timestamp,
        /// What to count.
        filter: Filter,
    },
    /// Users by the week in which they were first seen.
    Cohorts {
        /// The project's zone.
        zone: Zone,
        /// What to count.
        filter: Filter,
    },
    /// Whether two sides differ.
    Compare {
        /// The sides.
        comparison: Comparison,
        /// What to count.
        filter: Filter,
    },
    /// SQL of the user; the rows come in chunks.
    Query {
        /// One SELECT.
        sql: String,
        /// Most rows; none for all of them.
        row_cap: Option<u64>,
    },
    /// The rows of a Parquet file, in chunks. Touches no mirror. Only the file that the child
    /// was started for can be read.
    ReadParquet {
        /// The file.
        path: PathBuf,
    },
    /// The count and hash of all mirrored feedback.
    Fingerprint,
}

/// How a question ended well.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Answer {
    /// To [`Question::Ping`].
    Pong,
    /// To [`Question::CatchUp`]: the mirror is a copy up to here.
    CaughtUp(Seq),
    /// To [`Question::Summary`].
    Summary(Vec<ActionSummary>),
    /// To [`Question::Approval`].
    Approval(Approval),
    /// To [`Question::Trend`].
    Trend(Result<Trend, TooMany>),
    /// To [`Question::Failures`].
    Failures(Failures),
    /// To [`Question::Coverage`].
    Coverage(Coverage),
    /// To [`Question::Milestones`].
    Milestones(Milestones),
    /// To [`Question::Cohorts`].
    Cohorts(Result<Cohorts, TooMany>),
    /// To [`Question::Compare`].
    Compare(Compared),
    /// The end of rows that came before.
    Rows {
        /// How many they were.
        rows: u64,
        /// Whether there were more than the cap.
        truncated: bool,
    },
    /// To [`Question::Fingerprint`].
    Fingerprint(Fingerprint),
}

/// How a question ended otherwise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Failure {
    /// The question is at fault; the text says why.
    Refused(String),
    /// It would need more memory than there is; the text says so.
    Memory(String),
    /// It was called off.
    Stopped,
    /// The warehouse is at fault; for the log.
    Internal(String),
}

/// What a question is asked of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AsOf {
    /// The project.
    pub(crate) project: ProjectId,
    /// Its position in the change log when the question was asked; the answer is as of it or later.
    pub(crate) seq: Seq,
    /// Whether feedback that came with a publishable key is left out: the project requires
    /// signatures, and nobody asked for it by name.
    pub(crate) without_public: bool,
}

impl AsOf {
    /// Where no project is asked about.
    pub(crate) const NOTHING: Self =
        Self { project: ProjectId(0), seq: Seq(0), without_public: false };
}

impl Question {
    /// Whether it asks by name for what came with publishable keys.
    pub(crate) fn asks_for_public(&self) -> bool {
        match self {
            Self::Summary { filter }
            | Self::Approval { filter, .. }
            | Self::Trend { filter, .. }
            | Self::Failures { filter, .. }
            | Self::Coverage { filter, .. }
            | Self::Milestones { filter, .. }
            | Self::Cohorts { filter, .. }
            | Self::Compare { filter, .. } => filter.trust == Some(Trust::Public),
            Self::Ping
            | Self::CatchUp
            | Self::Fingerprint
            | Self::Query { .. }
            | Self::ReadParquet { .. } => false,
        }
    }
}

/// A frame from the server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum ToChild {
    /// A question.
    Ask {
        /// The number of the question.
        id: u64,
        /// What it is asked of.
        as_of: AsOf,
        /// The question.
        question: Box<Question>,
    },
    /// A chunk of rows was taken; another may be sent.
    More {
        /// The number of the question.
        id: u64,
    },
    /// Nobody waits for the answer any longer.
    Cancel {
        /// The number of the question.
        id: u64,
    },
}

/// A frame from the child.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct FromChild {
    /// The number of the question.
    pub(crate) id: u64,
    /// What there is to say of it.
    pub(crate) news: News,
}

/// What there is to say of a question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum News {
    /// The mirror is being brought up to date: rows copied so far.
    Progress(u64),
    /// The mirror is up to date; the question itself runs from now on.
    Started,
    /// The names of the columns, each once; before any rows.
    Columns(Vec<String>),
    /// Some rows, their values in the order of the columns.
    Rows(Vec<Vec<Value>>),
    /// The answer; nothing follows.
    Done(Answer),
    /// No answer; nothing follows.
    Failed(Failure),
}

/// A value as a frame.
///
/// # Errors
/// When it is too long for one.
pub(crate) fn encode<T: Serialize>(value: &T) -> io::Result<Vec<u8>> {
    let mut frame = vec![0; 4];
    serde_json::to_writer(&mut frame, value)?;
    let len = frame.len() - 4;
    if len > FRAME_BYTES_MAX {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "the frame is too long"));
    }
    let len = u32::try_from(len).expect("a frame is shorter than 4 GiB");
    frame[..4].copy_from_slice(&len.to_le_bytes());
    Ok(frame)
}

/// The length of the frame whose first four bytes these are.
///
/// # Errors
/// When it is longer than any frame.
pub(crate) fn frame_len(head: [u8; 4]) -> io::Result<usize> {
    let len = u32::from_le_bytes(head) as usize;
    if len > FRAME_BYTES_MAX {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "not a frame of this protocol"));
    }
    Ok(len)
}

/// The next frame; none at the end of the input.
///
/// # Errors
/// When the input breaks off inside a frame, or is none of ours.
pub(crate) fn read<T: DeserializeOwned>(input: &mut impl Read) -> io::Result<Option<T>> {
    let mut head = [0; 4];
    if input.read(&mut head[..1])? == 0 {
        return Ok(None);
    }
    input.read_exact(&mut head[1..])?;
    let mut body = vec![0; frame_len(head)?];
    input.read_exact(&mut body)?;
    Ok(Some(serde_json::from_slice(&body)?))
}

/// Writes a frame at once.
///
/// # Errors
/// When the other side is gone.
pub(crate) fn write<T: Serialize>(output: &mut impl Write, value: &T) -> io::Result<()> {
    output.write_all(&encode(value)?)?;
    output.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_back_as_they_were_sent() {
        let sent = [
            ToChild::Ask {
                id: 1,
                as_of: AsOf { seq: Seq(7), ..AsOf::NOTHING },
                question: Box::new(Question::Fingerprint),
            },
            ToChild::Cancel { id: 1 },
        ];
        let mut pipe = Vec::new();
        for frame in &sent {
            write(&mut pipe, frame).expect("fits");
        }
        let mut input = pipe.as_slice();
        for frame in sent {
            assert_eq!(read::<ToChild>(&mut input).expect("a frame"), Some(frame));
        }
        assert_eq!(read::<ToChild>(&mut input).expect("the end"), None);
    }

    #[test]
    fn half_a_frame_and_noise_are_errors() {
        let frame = encode(&ToChild::More { id: 3 }).expect("fits");
        for len in 1..frame.len() {
            assert!(read::<ToChild>(&mut &frame[..len]).is_err(), "{len}");
        }
        assert!(read::<ToChild>(&mut &[0xff; 64][..]).is_err());
    }
}
