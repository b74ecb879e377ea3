//! Documents that are made from the code and kept in the repository: compared in tests, written
//! anew with `UPDATE_GOLDEN=1 cargo test`.

use std::path::Path;

/// # Panics
/// When the file in the repository is not what the code makes.
#[track_caller]
pub(crate) fn check(file: &str, made: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::create_dir_all(path.parent().expect("a file in a folder")).expect("made");
        std::fs::write(&path, made).expect("written");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == made, "{file} is not what the code makes; run UPDATE_GOLDEN=1 cargo test");
}
