//! What the warehouse process may do, set by itself before it does anything: little memory, few
//! files, no programs, no network, nothing readable but the database and the mirror.
//!
//! Each measure is taken as far as the system knows it; none is relied on alone.

use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, Ruleset, RulesetAttr,
    RulesetCreatedAttr, RulesetStatus, Scope, make_bitflags, path_beneath_rules,
};
use rustix::process::{Resource, Rlimit, Signal, setrlimit};

/// Address space beyond what DuckDB may fill with data: the program, its libraries, stacks, and
/// what DuckDB takes outside its own accounting. Measured: a child that has answered one question
/// maps 1.3 GiB, of which the allocator reserves 1 GiB unused.
const ADDRESS_SPACE_MIB: u64 = 2560;
/// Largest file; a mirror beyond it fails instead of filling the disk.
const FILE_MIB_MAX: u64 = 64 * 1024;
/// Most open files.
const FILES_MAX: u64 = 256;

/// The files that the process keeps.
#[derive(Debug)]
pub(crate) struct Confines {
    /// The store's database; its `-wal` and `-shm` follow from it.
    pub(crate) database: PathBuf,
    /// The folder of the mirrors.
    pub(crate) mirrors: PathBuf,
    /// A file that the operator asked to import.
    pub(crate) import: Option<PathBuf>,
    /// Memory for DuckDB's data, in MiB.
    pub(crate) memory_mib: u64,
}

/// Confines this process, for good. To be called before any other thread is started.
pub(crate) fn enter(confines: &Confines) {
    limit(Resource::As, (confines.memory_mib + ADDRESS_SPACE_MIB) << 20);
    limit(Resource::Fsize, FILE_MIB_MAX << 20);
    limit(Resource::Nofile, FILES_MAX);
    limit(Resource::Core, 0);
    if let Err(error) = end_with_parent() {
        tracing::debug!(%error, "the warehouse will not be told when its parent dies");
    }
    match restrict(confines) {
        Ok(RulesetStatus::FullyEnforced) => tracing::debug!("the warehouse is confined"),
        Ok(RulesetStatus::PartiallyEnforced) => {
            tracing::debug!("the warehouse is confined as far as this kernel can");
        }
        Ok(RulesetStatus::NotEnforced) => {
            tracing::info!("this kernel has no landlock: the warehouse may see other files");
        }
        Err(error) => tracing::warn!(%error, "the warehouse could not be confined"),
    }
}

/// Lowers a limit; never raises one that the operator set.
fn limit(resource: Resource, wanted: u64) {
    let before = rustix::process::getrlimit(resource);
    let value = before.maximum.map_or(wanted, |maximum| maximum.min(wanted));
    let new = Rlimit { current: Some(value), maximum: Some(value) };
    if let Err(error) = setrlimit(resource, new) {
        tracing::warn!(?resource, %error, "a limit of the warehouse could not be set");
    }
}

#[cfg(any(target_os = "linux", target_os = "freebsd"))]
fn end_with_parent() -> rustix::io::Result<()> {
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))
}

#[cfg(not(any(target_os = "linux", target_os = "freebsd")))]
fn end_with_parent() -> rustix::io::Result<()> {
    Err(rustix::io::Errno::NOSYS)
}

/// Restricts files and network. It also takes away for good the right to gain privileges.
fn restrict(confines: &Confines) -> Result<RulesetStatus, landlock::RulesetError> {
    const NEWEST: ABI = ABI::V6;
    let mirror = make_bitflags!(AccessFs::{
        ReadFile | ReadDir | WriteFile | Truncate | MakeReg | MakeDir | RemoveFile | RemoveDir
            | Refer
    });
    let shared = make_bitflags!(AccessFs::{ReadFile | WriteFile});
    let read = make_bitflags!(AccessFs::{ReadFile});
    let beside = |suffix: &str| {
        let mut name = confines.database.clone().into_os_string();
        name.push(suffix);
        PathBuf::from(name)
    };
    // DuckDB aborts when it finds its control group but may not read it.
    let system = ["/proc/self/cgroup", "/sys/fs/cgroup", "/sys/devices/system/cpu", "/dev/urandom"];
    let readable = [Some(confines.database.clone()), Some(beside("-wal")), confines.import.clone()];
    let status = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(NEWEST))?
        .handle_access(AccessNet::from_all(NEWEST))?
        .scope(Scope::from_all(NEWEST))?
        .create()?
        .add_rules(path_beneath_rules(readable.iter().flatten(), read))?
        .add_rules(path_beneath_rules(system, read))?
        .add_rules(path_beneath_rules([beside("-shm")], shared))?
        .add_rules(path_beneath_rules([&confines.mirrors as &Path], mirror))?
        .restrict_self()?;
    Ok(status.ruleset)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// A thread that confines itself leaves the rest of the process as it is.
    #[test]
    fn a_confined_thread_reaches_the_database_and_the_mirrors_alone() {
        let temp = tempfile::tempdir().expect("temp dir");
        let path = |name: &str| temp.path().join(name);
        for name in ["thumbwheel.db", "thumbwheel.db-wal", "thumbwheel.db-shm", "secret.key"] {
            fs::write(path(name), name).expect("written");
        }
        fs::create_dir(path("mirror")).expect("made");
        let confines = Confines {
            database: path("thumbwheel.db"),
            mirrors: path("mirror"),
            import: None,
            memory_mib: 64,
        };
        let confined = std::thread::spawn({
            let root = temp.path().to_owned();
            move || {
                let status = restrict(&confines).expect("restricts");
                if status == RulesetStatus::NotEnforced {
                    return;
                }
                assert!(fs::read(root.join("thumbwheel.db")).is_ok());
                assert!(fs::read(root.join("thumbwheel.db-wal")).is_ok());
                let shared =
                    fs::OpenOptions::new().write(true).open(root.join("thumbwheel.db-shm"));
                assert!(shared.is_ok());
                assert!(fs::write(root.join("mirror/1.duckdb"), "x").is_ok());
                assert!(fs::rename(root.join("mirror/1.duckdb"), root.join("mirror/2")).is_ok());
                assert!(fs::remove_file(root.join("mirror/2")).is_ok());
                assert!(fs::read(root.join("secret.key")).is_err());
                assert!(fs::read("/etc/passwd").is_err());
                assert!(fs::write(root.join("thumbwheel.db"), "x").is_err());
                assert!(fs::write(root.join("other"), "x").is_err());
                assert!(fs::read_dir(&root).is_err());
                assert!(std::process::Command::new("/bin/true").status().is_err());
                assert!(std::net::TcpStream::connect("127.0.0.1:9").is_err());
            }
        });
        confined.join().expect("no assertion failed");
        assert!(fs::read(path("secret.key")).is_ok(), "only that thread was confined");
    }
}
