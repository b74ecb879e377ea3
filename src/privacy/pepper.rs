//! The pepper: 32 random bytes in `secret.key`, beside the database but never in it. Without it
//! a stolen database says nothing about who anyone is.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Length of a pepper, in bytes.
pub(crate) const PEPPER_BYTES: usize = 32;

/// Why the pepper cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PepperError {
    /// The file cannot be read or written.
    #[error("cannot use {}: {source}", path.display())]
    Io {
        /// The key file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file does not hold a key.
    #[error(
        "{} does not hold a key of 64 hexadecimal digits; put back the file that belongs \
         to this database", .0.display()
    )]
    Malformed(PathBuf),
    /// The database was made with a pepper, and the file is gone.
    #[error(
        "{} is missing, and without it the users in this database cannot be recognised; \
         put back the file that belongs to it (`backup --with-key` keeps a copy)", .0.display()
    )]
    Missing(PathBuf),
    /// The file belongs to another database.
    #[error(
        "{} belongs to another database; put back the file that belongs to this one", .0.display()
    )]
    Foreign(PathBuf),
}

/// The key of all pseudonyms of one installation. Cannot be printed.
#[derive(Clone)]
pub(crate) struct Pepper([u8; PEPPER_BYTES]);

impl Pepper {
    /// Reads the key file and checks that it belongs to the database, whose fingerprint is
    /// `expected`. A database that has none yet gets a new key, made of `fresh`.
    ///
    /// # Errors
    /// When the file is missing, malformed or belongs to another database.
    pub(crate) fn load(
        path: &Path,
        expected: Option<&str>,
        fresh: [u8; PEPPER_BYTES],
    ) -> Result<Self, PepperError> {
        let pepper = match (Self::read(path)?, expected) {
            (Some(pepper), _) => pepper,
            (None, Some(_)) => return Err(PepperError::Missing(path.to_owned())),
            (None, None) => Self::create(path, fresh)?,
        };
        match expected {
            Some(expected) if expected != pepper.fingerprint() => {
                Err(PepperError::Foreign(path.to_owned()))
            }
            _ => Ok(pepper),
        }
    }

    fn read(path: &Path) -> Result<Option<Self>, PepperError> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => {
                return Err(PepperError::Io { path: path.to_owned(), source });
            }
        };
        // A copy that lost its permissions on the way is made private again.
        let private = fs::Permissions::from_mode(0o600);
        if let Err(error) = fs::set_permissions(path, private) {
            // A mounted secret may belong to someone else, who sees to its permissions.
            tracing::debug!(%error, "the key file keeps its permissions");
        }
        HEXLOWER
            .decode(text.trim().as_bytes())
            .ok()
            .and_then(|bytes| bytes.try_into().ok())
            .map(|bytes| Some(Self(bytes)))
            .ok_or_else(|| PepperError::Malformed(path.to_owned()))
    }

    fn create(path: &Path, fresh: [u8; PEPPER_BYTES]) -> Result<Self, PepperError> {
        let write = || -> io::Result<()> {
            // Under another name first: a half-written key would be one that fits no database.
            let new = path.with_extension("key.new");
            let mut options = OpenOptions::new();
            let mut file =
                options.write(true).create(true).truncate(true).mode(0o600).open(&new)?;
            writeln!(file, "{}", HEXLOWER.encode(&fresh))?;
            file.sync_all()?;
            fs::rename(&new, path)?;
            // The name must survive a power cut, too.
            fs::File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()
        };
        write().map_err(|source| PepperError::Io { path: path.to_owned(), source })?;
        Ok(Self(fresh))
    }

    /// What the database remembers of its pepper: enough to recognise it, not to guess it.
    pub(crate) fn fingerprint(&self) -> String {
        HEXLOWER.encode(&self.mac("thumbwheel/fingerprint/v1", &[])[..8])
    }

    /// HMAC-SHA-256 (RFC 2104) over a domain and parts, each with its length before it.
    pub(crate) fn mac(&self, domain: &str, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes any key length");
        for part in std::iter::once(domain.as_bytes()).chain(parts.iter().copied()) {
            mac.update(&(part.len() as u64).to_le_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_private_and_found_again() {
        let temp = tempfile::tempdir().expect("temp dir");
        let path = temp.path().join("secret.key");
        let made = Pepper::load(&path, None, [7; 32]).expect("made");
        let mode = fs::metadata(&path).expect("made").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let print = made.fingerprint();
        let found = Pepper::load(&path, Some(&print), [8; 32]).expect("found");
        assert_eq!(found.fingerprint(), print, "the fresh bytes were not needed");
    }

    #[test]
    fn a_missing_foreign_or_broken_key_is_refused_with_a_sentence() {
        let temp = tempfile::tempdir().expect("temp dir");
        let path = temp.path().join("secret.key");
        let load = |expected| Pepper::load(&path, expected, [7; 32]).err().expect("refused");
        assert!(load(Some("0011223344556677")).to_string().contains("is missing"));
        fs::write(&path, format!("{}\n", "ab".repeat(32))).expect("written");
        assert!(load(Some("0011223344556677")).to_string().contains("another database"));
        fs::write(&path, "not a key").expect("written");
        assert!(load(None).to_string().contains("64 hexadecimal digits"));
    }

    #[test]
    fn the_length_before_each_part_keeps_parts_apart() {
        let pepper = Pepper([1; 32]);
        assert_ne!(pepper.mac("d", &[b"ab", b"c"]), pepper.mac("d", &[b"a", b"bc"]));
        assert_ne!(pepper.mac("d", &[b"ab"]), pepper.mac("da", &[b"b"]));
    }
}
