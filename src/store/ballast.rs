//! A file that only takes up space, to be given back on the day the disk is full: SQLite needs
//! room even to delete.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

/// Size of the ballast, in bytes.
pub(crate) const BALLAST_BYTES: u64 = 16 << 20;

/// The file and what is known of it.
#[derive(Debug)]
pub(crate) struct Ballast {
    path: PathBuf,
    held: bool,
}

impl Ballast {
    /// Takes over the ballast of a data folder; [`Ballast::keep`] makes it.
    pub(crate) fn new(path: PathBuf) -> Self {
        let held = fs::metadata(&path).is_ok_and(|file| file.len() == BALLAST_BYTES);
        Self { path, held }
    }

    /// Makes sure that the ballast is there, as soon as the disk has twice its size free. Returns
    /// whether it is; while it is not, intake must stand still.
    pub(crate) fn keep(&mut self) -> bool {
        if !self.held && self.room() {
            self.held = self.fill().is_ok();
            if !self.held {
                self.release();
            }
        }
        self.held
    }

    /// Gives the space back.
    pub(crate) fn release(&mut self) {
        self.held = false;
        if let Err(error) = fs::remove_file(&self.path)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::error!(%error, "the ballast could not be released");
        }
    }

    fn room(&self) -> bool {
        let Some(folder) = self.path.parent() else {
            return false;
        };
        rustix::fs::statvfs(folder)
            .is_ok_and(|disk| disk.f_bavail.saturating_mul(disk.f_frsize) > 2 * BALLAST_BYTES)
    }

    /// Writes real bytes: a sparse file would keep nothing back.
    fn fill(&self) -> io::Result<()> {
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&self.path)?;
        let block = vec![0xA5; 1 << 20];
        for _ in 0..BALLAST_BYTES / block.len() as u64 {
            file.write_all(&block)?;
        }
        file.sync_all()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ballast_is_made_released_and_made_again() {
        let temp = tempfile::tempdir().expect("temp dir");
        let path = temp.path().join("ballast");
        let mut ballast = Ballast::new(path.clone());
        assert!(ballast.keep());
        assert_eq!(fs::metadata(&path).expect("made").len(), BALLAST_BYTES);
        ballast.release();
        assert!(!path.exists());
        assert!(ballast.keep());
    }
}
