//! What a disk may hold after a power cut, computed from the recorder's journal.
//!
//! The model, for each moment at which the power may fail:
//! - what was written before a successful sync of its file is there;
//! - of what was written since, nothing is there, or any part: a random subset of the writes,
//!   each whole or in any of its 512-byte sectors;
//! - names made, changed or removed are there up to some moment, in their order, and at least
//!   up to the last sync of the folder or of the file in question.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::support::Random;

const SECTOR_BYTES: usize = 512;

/// One line of the journal.
#[derive(Debug, Clone)]
pub(super) struct Record {
    /// Where the journal ends with this record, in bytes.
    pub(super) end: u64,
    name: String,
    operation: Operation,
}

#[derive(Debug, Clone)]
enum Operation {
    Create,
    Write { offset: usize, data: Vec<u8> },
    Truncate { length: usize },
    Sync,
    Rename { to: String },
    Unlink,
    SyncFolder,
}

/// How much of what was not synced survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Survival {
    /// Nothing.
    Nothing,
    /// Any part.
    Some,
    /// Everything, as after the death of the process alone.
    All,
}

/// Files by name.
pub(super) type Files = BTreeMap<String, Vec<u8>>;

/// A disk with a cache before it.
#[derive(Debug, Clone, Default)]
pub(super) struct Disk {
    contents: Vec<Content>,
    /// Names as programs see them.
    seen: BTreeMap<String, usize>,
    /// Names as the disk has them.
    kept: BTreeMap<String, usize>,
    /// Changes of names that the disk does not have yet.
    names: Vec<NameChange>,
}

#[derive(Debug, Clone, Default)]
struct Content {
    synced: Vec<u8>,
    waiting: Vec<Change>,
}

#[derive(Debug, Clone)]
enum Change {
    Write { offset: usize, data: Vec<u8> },
    Truncate { length: usize },
}

#[derive(Debug, Clone)]
struct NameChange {
    removed: Option<String>,
    added: Option<(String, usize)>,
    content: usize,
}

impl Record {
    /// Whether the system promised that something is on the disk.
    pub(super) fn is_sync(&self) -> bool {
        matches!(self.operation, Operation::Sync | Operation::SyncFolder)
    }
}

/// Reads a journal.
#[track_caller]
pub(super) fn read(path: &Path) -> Vec<Record> {
    let bytes = fs::read(path).expect("the journal is there");
    let mut rest = bytes.as_slice();
    let mut records = Vec::new();
    while !rest.is_empty() {
        let operation = take(&mut rest, 1)[0];
        let name_bytes = number(&mut rest, 2);
        let name = text(take(&mut rest, name_bytes));
        let offset = number(&mut rest, 8);
        let data_bytes = number(&mut rest, 4);
        let data = take(&mut rest, data_bytes);
        let operation = match operation {
            b'C' => Operation::Create,
            b'W' => Operation::Write { offset, data: data.to_vec() },
            b'T' => Operation::Truncate { length: offset },
            b'S' => Operation::Sync,
            b'R' => Operation::Rename { to: text(data) },
            b'U' => Operation::Unlink,
            b'D' => Operation::SyncFolder,
            other => panic!("no such operation: {other}"),
        };
        let end = (bytes.len() - rest.len()) as u64;
        records.push(Record { end, name, operation });
    }
    records
}

fn take<'a>(rest: &mut &'a [u8], n: usize) -> &'a [u8] {
    let (taken, left) = rest.split_at(n);
    *rest = left;
    taken
}

fn number(rest: &mut &[u8], n: usize) -> usize {
    let mut bytes = [0; 8];
    bytes[..n].copy_from_slice(take(rest, n));
    u64::from_ne_bytes(bytes) as usize
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("our names are UTF-8")
}

impl Disk {
    /// Lets one recorded thing happen.
    pub(super) fn apply(&mut self, record: &Record) {
        let Record { name, operation, .. } = record;
        match operation {
            Operation::Create => drop(self.content(name)),
            Operation::Write { offset, data } => {
                let change = Change::Write { offset: *offset, data: data.clone() };
                let content = self.content(name);
                self.contents[content].waiting.push(change);
            }
            Operation::Truncate { length } => {
                let content = self.content(name);
                self.contents[content].waiting.push(Change::Truncate { length: *length });
            }
            Operation::Sync => {
                let content = self.content(name);
                let Content { synced, waiting } = &mut self.contents[content];
                waiting.drain(..).for_each(|change| change.apply(synced));
                let last = self.names.iter().rposition(|change| change.content == content);
                self.keep_names(last.map_or(0, |at| at + 1));
            }
            Operation::Rename { to } => {
                if let Some(content) = self.seen.remove(name) {
                    self.seen.insert(to.clone(), content);
                    let (removed, added) = (Some(name.clone()), Some((to.clone(), content)));
                    self.names.push(NameChange { removed, added, content });
                }
            }
            Operation::Unlink => {
                if let Some(content) = self.seen.remove(name) {
                    let removed = Some(name.clone());
                    self.names.push(NameChange { removed, added: None, content });
                }
            }
            Operation::SyncFolder => self.keep_names(self.names.len()),
        }
    }

    /// The content behind a name, made if there is none.
    fn content(&mut self, name: &str) -> usize {
        if let Some(content) = self.seen.get(name) {
            return *content;
        }
        let content = self.contents.len();
        self.contents.push(Content::default());
        self.seen.insert(name.to_owned(), content);
        let added = Some((name.to_owned(), content));
        self.names.push(NameChange { removed: None, added, content });
        content
    }

    fn keep_names(&mut self, n: usize) {
        for change in self.names.drain(..n) {
            change.apply(&mut self.kept);
        }
    }

    /// The files that are found when the power comes back.
    pub(super) fn after_power_cut(&self, survival: Survival, random: &mut Random) -> Files {
        let mut names = self.kept.clone();
        let survivors = match survival {
            Survival::Nothing => 0,
            Survival::Some => random.below(self.names.len() + 1),
            Survival::All => self.names.len(),
        };
        self.names[..survivors].iter().for_each(|change| change.clone().apply(&mut names));
        let file = |(name, content): (String, usize)| {
            (name, self.contents[content].after_power_cut(survival, random))
        };
        names.into_iter().map(file).collect()
    }
}

impl Content {
    fn after_power_cut(&self, survival: Survival, random: &mut Random) -> Vec<u8> {
        let mut bytes = self.synced.clone();
        for change in &self.waiting {
            match survival {
                Survival::All => change.clone().apply(&mut bytes),
                Survival::Some if random.chance(50) => change.clone().torn(&mut bytes, random),
                Survival::Some | Survival::Nothing => (),
            }
        }
        bytes
    }
}

impl Change {
    fn apply(self, bytes: &mut Vec<u8>) {
        match self {
            Self::Write { offset, data } => {
                let end = offset + data.len();
                bytes.resize(bytes.len().max(end), 0);
                bytes[offset..end].copy_from_slice(&data);
            }
            Self::Truncate { length } => bytes.resize(length, 0),
        }
    }

    /// Applies the change, a write perhaps only in some of its sectors.
    fn torn(self, bytes: &mut Vec<u8>, random: &mut Random) {
        let Self::Write { offset, data } = &self else {
            return self.apply(bytes);
        };
        if random.chance(70) {
            return self.apply(bytes);
        }
        let mut at = 0;
        while at < data.len() {
            let sector_end = SECTOR_BYTES - (offset + at) % SECTOR_BYTES;
            let end = data.len().min(at + sector_end);
            if random.chance(50) {
                let sector = data[at..end].to_vec();
                Self::Write { offset: offset + at, data: sector }.apply(bytes);
            }
            at = end;
        }
    }
}

impl NameChange {
    fn apply(self, names: &mut BTreeMap<String, usize>) {
        if let Some(removed) = self.removed {
            names.remove(&removed);
        }
        if let Some((name, content)) = self.added {
            names.insert(name, content);
        }
    }
}

/// Writes files into a folder.
pub(super) fn lay_out(files: &Files, folder: &Path) {
    for (name, bytes) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().expect("it has a folder")).expect("writable");
        fs::write(path, bytes).expect("writable");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn disk(script: &[(&str, Operation)]) -> Disk {
        let mut disk = Disk::default();
        for (name, operation) in script {
            let (name, operation) = ((*name).to_owned(), operation.clone());
            disk.apply(&Record { end: 0, name, operation });
        }
        disk
    }

    fn write(offset: usize, text: &str) -> Operation {
        Operation::Write { offset, data: text.as_bytes().to_vec() }
    }

    fn left(disk: &Disk, survival: Survival) -> Vec<(String, String)> {
        let files = disk.after_power_cut(survival, &mut Random::new(1));
        files.into_iter().map(|(name, bytes)| (name, text(&bytes))).collect()
    }

    fn file(name: &str, content: &str) -> Vec<(String, String)> {
        vec![(name.to_owned(), content.to_owned())]
    }

    #[test]
    fn synced_bytes_stay_and_others_may_go() {
        let disk = disk(&[("a", write(0, "one")), ("a", Operation::Sync), ("a", write(3, "two"))]);
        assert_eq!(left(&disk, Survival::Nothing), file("a", "one"));
        assert_eq!(left(&disk, Survival::All), file("a", "onetwo"));
    }

    #[test]
    fn a_name_that_was_not_synced_may_go() {
        let script = [
            ("a", write(0, "one")),
            ("a", Operation::Sync),
            ("a", Operation::Rename { to: "b".to_owned() }),
        ];
        assert_eq!(left(&disk(&script), Survival::Nothing), file("a", "one"));
        assert_eq!(left(&disk(&script), Survival::All), file("b", "one"));
        let synced = [&script[..], &[("", Operation::SyncFolder)]].concat();
        assert_eq!(left(&disk(&synced), Survival::Nothing), file("b", "one"));
        let gone = [&synced[..], &[("b", Operation::Unlink)]].concat();
        assert_eq!(left(&disk(&gone), Survival::Nothing), file("b", "one"));
        assert_eq!(left(&disk(&gone), Survival::All), Vec::new());
    }

    #[test]
    fn a_torn_write_reaches_the_disk_in_whole_sectors() {
        let long = "x".repeat(10 * SECTOR_BYTES);
        let disk = disk(&[
            ("a", Operation::Truncate { length: 6_000 }),
            ("a", Operation::Sync),
            ("a", write(100, &long)),
        ]);
        let mut torn = 0;
        for seed in 0..200 {
            let files = disk.after_power_cut(Survival::Some, &mut Random::new(seed));
            let bytes = &files["a"];
            let written = bytes.iter().filter(|byte| **byte == b'x').count();
            torn += usize::from(written > 0 && written < long.len());
            let changes = bytes.windows(2).enumerate().filter(|(_, pair)| pair[0] != pair[1]);
            for (at, _) in changes.filter(|(at, _)| at + 1 != 100 && at + 1 != 100 + long.len()) {
                assert_eq!((at + 1) % SECTOR_BYTES, 0, "torn at {}", at + 1);
            }
        }
        assert!(torn > 10, "{torn}");
    }
}
