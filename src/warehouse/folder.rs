//! Where the files of the mirrors lie, and what becomes of those that are no longer wanted.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::{Error, io};
use crate::model::ids::ProjectId;

/// A write-ahead log beyond this is dropped with its mirror: replaying it could take more memory
/// than there is.
const WAL_BYTES_MAX: u64 = 64 << 20;

/// The folder of all mirrors; one set of files per project.
#[derive(Debug, Clone)]
pub(crate) struct MirrorFolder {
    root: PathBuf,
}

impl MirrorFolder {
    /// The folder at this path, made if it is not there.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(crate) fn open(root: &Path) -> Result<Self, Error> {
        fs::create_dir_all(root).map_err(io("the mirror's folder"))?;
        Ok(Self { root: root.to_owned() })
    }

    /// The folder itself.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The mirror of a project.
    pub(crate) fn file(&self, project: ProjectId) -> PathBuf {
        self.root.join(format!("{}.duckdb", project.0))
    }

    /// The mirror that is being built.
    pub(crate) fn unfinished(&self, project: ProjectId) -> PathBuf {
        self.root.join(format!("{}.unfinished", project.0))
    }

    /// Stands while a mirror is being opened. If it stands before, the last opening never ended.
    pub(crate) fn sentinel(&self, project: ProjectId) -> PathBuf {
        self.root.join(format!("{}.opening", project.0))
    }

    fn quarantined(&self, project: ProjectId) -> PathBuf {
        self.root.join("bad").join(format!("{}.duckdb", project.0))
    }

    /// Raises the sentinel. The file and its name are on the disk when this returns.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn raise_sentinel(&self, project: ProjectId) -> Result<(), Error> {
        let write = || {
            fs::File::create(self.sentinel(project))?.sync_all()?;
            fs::File::open(&self.root)?.sync_all()
        };
        write().map_err(io("the mirror's sentinel"))
    }

    /// Lowers the sentinel: the file opened and answered.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub(crate) fn lower_sentinel(&self, project: ProjectId) -> Result<(), Error> {
        remove(&self.sentinel(project)).map_err(io("the mirror's sentinel"))
    }

    /// Whether the write-ahead log of a mirror is too long to be replayed.
    pub(crate) fn wal_too_long(&self, project: ProjectId) -> bool {
        fs::metadata(wal(&self.file(project))).is_ok_and(|wal| wal.len() > WAL_BYTES_MAX)
    }

    /// Sets a mirror aside for those who want to know what was wrong with it. Only the latest of
    /// each project is kept.
    ///
    /// # Errors
    /// When it cannot be moved.
    pub(crate) fn quarantine(&self, project: ProjectId) -> Result<(), Error> {
        let (from, to) = (self.file(project), self.quarantined(project));
        let set_aside = || {
            fs::create_dir_all(self.root.join("bad"))?;
            rename(&from, &to)?;
            rename(&wal(&from), &wal(&to))?;
            remove(&self.sentinel(project))
        };
        set_aside().map_err(io("the quarantine folder"))
    }

    /// Removes what is left of an unfinished mirror.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub(crate) fn remove_unfinished(&self, project: ProjectId) -> Result<(), Error> {
        let path = self.unfinished(project);
        remove(&path).and_then(|()| remove(&wal(&path))).map_err(io("an unfinished mirror"))
    }

    /// Puts the finished mirror in the place of the old one.
    ///
    /// # Errors
    /// When it cannot be moved.
    pub(crate) fn finish(&self, project: ProjectId) -> Result<(), Error> {
        let (from, to) = (self.unfinished(project), self.file(project));
        let replace = || {
            // The old log must not be replayed into the new file.
            remove(&wal(&to))?;
            fs::rename(&from, &to)?;
            fs::File::open(&self.root)?.sync_all()
        };
        replace().map_err(io("the new mirror"))
    }

    /// Removes the mirror that was set aside.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub(crate) fn remove_quarantined(&self, project: ProjectId) -> Result<(), Error> {
        let path = self.quarantined(project);
        remove(&path).and_then(|()| remove(&wal(&path))).map_err(io("a quarantined mirror"))
    }

    /// Removes every copy of a project's rows, the quarantined one included: what was erased must
    /// not lie on the disk.
    ///
    /// # Errors
    /// When a file cannot be removed.
    pub(crate) fn forget(&self, project: ProjectId) -> Result<(), Error> {
        for path in [self.file(project), self.quarantined(project), self.unfinished(project)] {
            remove(&path).and_then(|()| remove(&wal(&path))).map_err(io("an old mirror"))?;
        }
        Ok(())
    }
}

/// The write-ahead log that DuckDB keeps beside a file.
fn wal(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".wal");
    PathBuf::from(name)
}

/// Removes a file; one that is not there is as good.
fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

/// Moves a file over another; without it, the other is removed.
fn rename(from: &Path, to: &Path) -> io::Result<()> {
    match fs::rename(from, to) {
        Err(error) if error.kind() == ErrorKind::NotFound => remove(to),
        result => result,
    }
}
