//! Templates are strict; and documents that are made from the code are what the repository keeps.

use std::path::Path;

/// Holds a document in the repository against what the code makes; `UPDATE_GOLDEN=1 cargo test`
/// writes it anew.
///
/// # Panics
/// When the file in the repository is not what the code makes.
#[track_caller]
pub(crate) fn golden(file: &str, made: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::create_dir_all(path.parent().expect("a file in a folder")).expect("made");
        std::fs::write(&path, made).expect("written");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == made, "{file} is not what the code makes; run UPDATE_GOLDEN=1 cargo test");
}

#[test]
fn a_variable_that_the_page_lacks_is_an_error() {
    #[derive(serde::Serialize)]
    struct Nothing {}
    let error = super::page("front.html", &Nothing {}).expect_err("strict").to_string();
    assert!(error.contains("front.html"), "{error}");
}
