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
/// what DuckDB takes outside its own accounting. Measured: an idle child maps about 0.6 GiB.
const ADDRESS_SPACE_MIB: u64 = 1536;
/// Largest file; a mirror or an export beyond it fails instead of filling the disk.
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
    limit(
        Resource::As,
        (confines.memory_mib + ADDRESS_SPACE_MIB) << 20,
    );
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
    let new = Rlimit {
        current: Some(value),
        maximum: Some(value),
    };
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
    let readable = [
        Some(confines.database.clone()),
        Some(beside("-wal")),
        confines.import.clone(),
    ];
    let status = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(NEWEST))?
        .handle_access(AccessNet::from_all(NEWEST))?
        .scope(Scope::from_all(NEWEST))?
        .create()?
        .add_rules(path_beneath_rules(readable.iter().flatten(), read))?
        .add_rules(path_beneath_rules([beside("-shm")], shared))?
        .add_rules(path_beneath_rules([&confines.mirrors as &Path], mirror))?
        .restrict_self()?;
    Ok(status.ruleset)
}
