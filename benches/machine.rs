//! The machine that the figures hold for.

use std::fs;

/// One paragraph: processor, memory, kernel, disk, rows.
pub(crate) fn description(rows: usize) -> String {
    let processor = field("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown".to_owned());
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let memory = field("/proc/meminfo", "MemTotal").unwrap_or_default();
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or_default();
    format!(
        "{cores} cores of {processor}, {memory} of memory, Linux {}, {} in {}; load at the end \
         {load}; {rows} rows of about {} bytes of text.\n",
        kernel.trim(),
        filesystem(),
        std::env::temp_dir().display(),
        crate::corpus::text_bytes(),
    )
}

fn field(path: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// The kind of the file system that holds the temporary folder: the longest mount point above it.
fn filesystem() -> String {
    let folder = std::env::temp_dir();
    let mounts = fs::read_to_string("/proc/mounts").unwrap_or_default();
    let fields = |line: &str| -> Option<(String, String)> {
        let mut words = line.split(' ').skip(1);
        Some((words.next()?.to_owned(), words.next()?.to_owned()))
    };
    let above = mounts.lines().filter_map(fields).filter(|(at, _)| folder.starts_with(at));
    above.max_by_key(|(at, _)| at.len()).map_or_else(String::new, |(_, kind)| kind)
}
