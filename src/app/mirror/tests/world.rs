//! A store to mirror, and chance.

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use super::{LIMITS, PROJECT};
use crate::app::mirror::projects::Projects;
use crate::model::feedback::{NewFeedback, Thumb};
use crate::model::fingerprint::Fingerprint;
use crate::model::ids::{MessageId, Seq, Subject};
use crate::model::patch::Patch;
use crate::model::response::{NewResponse, ResponsePatch, Source};
use crate::model::signal::{NewSignal, SignalKind};
use crate::model::time::Timestamp;
use crate::model::trust::Trust;
use crate::store::{
    DataFolder, ReadOnly, Store, Synchronous, change_log, responses, signals, subjects, thumbs,
};
use crate::warehouse::folder::MirrorFolder;

/// A store, the mirrors beside it, and a clock.
pub(super) struct World {
    _temp: TempDir,
    pub(super) folder: DataFolder,
    store: Store,
    runtime: tokio::runtime::Runtime,
    now_us: i64,
}

impl World {
    pub(super) fn new() -> Self {
        let temp = tempfile::tempdir().expect("temp dir");
        let folder = DataFolder::open(temp.path()).expect("usable");
        let now = Timestamp::from_micros(1).expect("in range");
        let store = Store::open(&folder, Synchronous::Normal, now).expect("opens");
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("builds");
        Self { _temp: temp, folder, store, runtime, now_us: 1_000_000_000 }
    }

    pub(super) fn projects(&self) -> Projects {
        let mirrors = MirrorFolder::open(&self.folder.mirror_dir()).expect("made");
        Projects::new(self.folder.clone(), mirrors, LIMITS)
    }

    pub(super) fn now(&mut self) -> Timestamp {
        self.now_us += 1_000_000;
        Timestamp::from_micros(self.now_us).expect("in range")
    }

    pub(super) fn thumb(&mut self, message: u32, user: u32, thumb: Option<Thumb>, comment: &str) {
        let new = NewFeedback {
            message_id: message_id(message),
            subject: subject(user),
            thumb,
            reasons: Patch::Absent,
            comment: Patch::Set(comment.to_owned()),
            correction: Patch::Absent,
            response: ResponsePatch::default(),
            trust: Trust::Secret,
            source: Source::Api,
            client_ts: None,
            created_at: None,
            updated_at: None,
            received_at: self.now(),
        };
        let write = self.store.write(0, move |tx| thumbs::record(tx, PROJECT, &new));
        self.runtime.block_on(write).expect("written");
    }

    pub(super) fn response(&mut self, message: u32, text: &str) {
        let now = self.now();
        let new = NewResponse {
            message_id: message_id(message),
            patch: ResponsePatch {
                user_message: Patch::Set(text.to_owned()),
                ..ResponsePatch::default()
            },
            trust: Trust::Secret,
            source: Source::Api,
            stated_at: None,
            event_at: now,
            received_at: now,
        };
        let write = self.store.write(0, move |tx| {
            responses::record(tx, PROJECT, &new, responses::Authority::ByTrust)
        });
        self.runtime.block_on(write).expect("written");
    }

    pub(super) fn signal(&mut self, message: u32, user: u32) {
        let new = NewSignal {
            message_id: message_id(message),
            subject: subject(user),
            kind: SignalKind::Copy,
            value: None,
            trust: Trust::Secret,
            client_ts: None,
            received_at: self.now(),
        };
        let write = self.store.write(0, move |tx| signals::record(tx, PROJECT, &new));
        self.runtime.block_on(write).expect("written");
    }

    pub(super) fn erase(&mut self, user: u32) {
        let now = self.now();
        let write =
            self.store.write(0, move |tx| subjects::erase(tx, PROJECT, &subject(user), now));
        self.runtime.block_on(write).expect("written");
    }

    pub(super) fn head(&self) -> Seq {
        let mut reader = ReadOnly::open(&self.folder).expect("opens");
        reader.snapshot(|db| change_log::head(db, PROJECT)).expect("reads")
    }

    /// What the store holds, computed without the mirror.
    pub(super) fn expected(&self) -> Fingerprint {
        let mut fingerprint = Fingerprint::default();
        let mut reader = ReadOnly::open(&self.folder).expect("opens");
        let scan = reader.snapshot(|db| {
            change_log::each_feedback(db, PROJECT, &mut |row| {
                fingerprint.add(&row);
                std::ops::ControlFlow::Continue(())
            })
        });
        scan.expect("reads");
        fingerprint
    }

    pub(super) fn mirror_file(&self) -> PathBuf {
        self.folder.mirror_dir().join("1.duckdb")
    }

    /// Every byte of every file of the mirror.
    pub(super) fn mirror_bytes(&self) -> Vec<u8> {
        let (mut bytes, mut open) = (Vec::new(), vec![self.folder.mirror_dir()]);
        while let Some(path) = open.pop() {
            if path.is_dir() {
                let entries = fs::read_dir(&path).expect("reads");
                open.extend(entries.map(|entry| entry.expect("reads").path()));
            } else {
                bytes.extend(fs::read(&path).expect("reads"));
            }
        }
        bytes
    }
}

fn message_id(n: u32) -> MessageId {
    MessageId::parse(format!("m{n}")).expect("valid")
}

fn subject(n: u32) -> Subject {
    let letters = |digit: char| char::from(b'a' + u8::try_from(digit as u32 - 48).expect("digit"));
    let body: String = format!("{n:026}").chars().map(letters).collect();
    Subject::parse(&format!("twu_{body}")).expect("valid")
}

/// A small generator, so that a failure names its seed.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn roll(&mut self, sides: u64) -> u32 {
        // xorshift64*, Vigna 2016.
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        u32::try_from(high % sides).expect("small")
    }
}
