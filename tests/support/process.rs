//! A look at other processes through `/proc`: children, memory, and the end of one.

use std::fs;

use rustix::process::{Pid, Signal, kill_process};

/// The processes of `parent` whose command line has the word `word`.
pub(crate) fn children(parent: u32, word: &str) -> Vec<u32> {
    let entries = fs::read_dir("/proc").expect("this system has /proc");
    let ids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    ids.filter(|id| parent_of(*id) == Some(parent) && has_word(*id, word)).collect()
}

/// Whether a process is there and has not ended.
pub(crate) fn lives(id: u32) -> bool {
    matches!(state_and_parent(id), Some((state, _)) if state != 'Z' && state != 'X')
}

/// Resident memory of a process in bytes; 0 when it is gone.
pub(crate) fn resident_bytes(id: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next());
    kilobytes.and_then(|number| number.parse::<u64>().ok()).unwrap_or(0) * 1024
}

/// Ends a process at once, if it is still there.
pub(crate) fn kill(id: u32) {
    signal(id, Signal::KILL);
}

/// Asks a process to end.
pub(crate) fn terminate(id: u32) {
    signal(id, Signal::TERM);
}

fn signal(id: u32, signal: Signal) {
    let id = i32::try_from(id).ok().and_then(Pid::from_raw).expect("a process id");
    // It may have ended by itself in the meantime.
    let _ = kill_process(id, signal);
}

fn parent_of(id: u32) -> Option<u32> {
    state_and_parent(id).map(|(_, parent)| parent)
}

/// `/proc/ID/stat` is `ID (name) state parent …`, and the name may hold anything.
fn state_and_parent(id: u32) -> Option<(char, u32)> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let mut rest = stat.rsplit_once(')')?.1.split_whitespace();
    Some((rest.next()?.chars().next()?, rest.next()?.parse().ok()?))
}

fn has_word(id: u32, word: &str) -> bool {
    let line = fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
    line.split(|byte| *byte == 0).any(|argument| argument == word.as_bytes())
}
