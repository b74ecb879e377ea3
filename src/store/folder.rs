//! The data folder: where each file of an installation lies, and who may use it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Paths of one installation.
#[derive(Debug, Clone)]
pub(crate) struct DataFolder {
    root: PathBuf,
}

/// Why the folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FolderError {
    /// It could not be made or opened.
    #[error("cannot use the data folder {}: {source}", path.display())]
    Io {
        /// The folder or file at fault.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It lies on a network filesystem.
    #[error(
        "the data folder {} lies on a network filesystem ({kind}), where SQLite loses data; \
         choose a local folder with --data", path.display()
    )]
    Network {
        /// The folder.
        path: PathBuf,
        /// The name of the filesystem.
        kind: &'static str,
    },
    /// Another process runs on it.
    #[error("the data folder {} is in use by process {pid}; stop it first", path.display())]
    InUse {
        /// The folder.
        path: PathBuf,
        /// The process that holds the lock, as text, or "unknown".
        pid: String,
    },
}

impl DataFolder {
    /// Makes the folder (readable by its owner alone) if it is not there and checks that SQLite
    /// may live in it.
    ///
    /// # Errors
    /// When it cannot be made, or lies on a network filesystem.
    pub(crate) fn open(root: &Path) -> Result<Self, FolderError> {
        let io = |source| FolderError::Io { path: root.to_owned(), source };
        make_durably(root).map_err(io)?;
        let root = root.canonicalize().map_err(io)?;
        if let Some(kind) = network_filesystem(&root).map_err(io)? {
            return Err(FolderError::Network { path: root, kind });
        }
        Ok(Self { root })
    }

    /// The folder if it is there; it is neither made nor changed.
    pub(crate) fn find(root: &Path) -> Option<Self> {
        let root = root.canonicalize().ok().filter(|root| root.is_dir())?;
        Some(Self { root })
    }

    /// The folder itself, as an absolute path.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The database.
    pub(crate) fn db_path(&self) -> PathBuf {
        self.root.join("thumbwheel.db")
    }

    /// The key that makes pseudonyms; never in the database.
    pub(crate) fn secret_path(&self) -> PathBuf {
        self.root.join("secret.key")
    }

    /// The mirror's files, all of them expendable.
    pub(crate) fn mirror_dir(&self) -> PathBuf {
        self.root.join("mirror")
    }

    /// Where a backup is examined before anything is replaced.
    pub(crate) fn rehearsal_dir(&self) -> PathBuf {
        self.root.join("restore.unfinished")
    }

    /// What takes the place of the present files: a rehearsal that went well.
    pub(crate) fn rehearsed_dir(&self) -> PathBuf {
        self.root.join("restore.ready")
    }

    /// Backups, and the copies made before an upgrade.
    pub(crate) fn backups_dir(&self) -> PathBuf {
        self.root.join("backups")
    }

    /// Space kept back for the day that the disk is full.
    pub(crate) fn ballast_path(&self) -> PathBuf {
        self.root.join("ballast")
    }

    /// The socket on which a running server takes the command line's calls.
    pub(crate) fn socket_path(&self) -> PathBuf {
        self.root.join("thumbwheel.sock")
    }

    /// Room on the disk of the folder, in bytes.
    ///
    /// # Errors
    /// When the system does not tell.
    pub(crate) fn free_bytes(&self) -> io::Result<u64> {
        let disk = rustix::fs::statvfs(&self.root)?;
        Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
    }

    /// Takes the folder for this process. The lock is held as long as the value lives, and the
    /// system lets go of it however the process ends.
    ///
    /// # Errors
    /// When another process has it.
    pub(crate) fn lock(&self) -> Result<Lock, FolderError> {
        let path = self.root.join(".lock");
        let io = |source| FolderError::Io { path: path.clone(), source };
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(io)?;
        match file.try_lock() {
            Ok(()) => (),
            Err(TryLockError::WouldBlock) => {
                let mut pid = String::new();
                file.read_to_string(&mut pid).map_err(io)?;
                let pid = match pid.trim() {
                    "" => "unknown".to_owned(),
                    pid => pid.to_owned(),
                };
                return Err(FolderError::InUse { path: self.root.clone(), pid });
            }
            Err(TryLockError::Error(source)) => return Err(io(source)),
        }
        file.set_len(0).map_err(io)?;
        file.rewind().map_err(io)?;
        writeln!(file, "{}", std::process::id()).map_err(io)?;
        Ok(Lock { _file: file })
    }
}

/// Makes a folder and those above it that are missing, so that a power cut cannot take it away.
/// Its owner alone may use it.
///
/// # Errors
/// When it cannot be made.
pub(crate) fn make_durably(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let parent = match folder.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    make_durably(parent)?;
    match fs::DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => (),
    }
    File::open(parent)?.sync_all()
}

/// Proof that this process alone uses the folder.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

/// The name of the network filesystem that a folder lies on, if it does.
fn network_filesystem(path: &Path) -> io::Result<Option<&'static str>> {
    // Magic numbers: statfs(2).
    let magic = rustix::fs::statfs(path)?.f_type;
    Ok(match magic {
        0x6969 => Some("NFS"),
        0xFF53_4D42 => Some("CIFS"),
        0xFE53_4D42 => Some("SMB2"),
        0x517B => Some("SMB"),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_made_private_and_locked_once() {
        use std::os::unix::fs::PermissionsExt;
        let temp = tempfile::tempdir().expect("temp dir");
        let folder = DataFolder::open(&temp.path().join("new/data")).expect("made");
        let mode = fs::metadata(folder.root()).expect("exists").permissions().mode();
        assert_eq!(mode & 0o777, 0o700);

        let held = folder.lock().expect("free");
        let refused = folder.lock().expect_err("held").to_string();
        assert!(refused.contains(&std::process::id().to_string()), "{refused}");
        drop(held);
        folder.lock().expect("free again");
    }
}
