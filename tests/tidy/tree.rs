//! The files of a repository, as the checks read them.

use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use super::code::{code_of, line_of, without_tests};

/// Folders that are not part of the repository.
const IGNORED: [&str; 3] = [".git", "target", "thumbwheel-data"];

/// The files of a repository, or of a planted one.
pub(super) struct Tree {
    files: Vec<File>,
}

/// One file; `text` and `code` are empty where it is not UTF-8.
pub(super) struct File {
    /// Relative to the root, with `/`.
    pub(super) path: String,
    pub(super) bytes: usize,
    pub(super) text: String,
    /// `text` of a Rust file with strings, characters and comments blanked; the same offsets.
    pub(super) code: String,
}

impl Tree {
    /// This repository, read once.
    pub(super) fn repository() -> &'static Self {
        static TREE: OnceLock<Tree> = OnceLock::new();
        TREE.get_or_init(|| Self::read(Path::new(env!("CARGO_MANIFEST_DIR"))))
    }

    /// Every file below `root`.
    pub(super) fn read(root: &Path) -> Self {
        let mut files = Vec::new();
        let mut folders = vec![root.to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).expect("readable folder") {
                let entry = entry.expect("readable entry");
                let path = entry.path();
                if IGNORED.iter().any(|it| entry.file_name() == *it) {
                    continue;
                }
                if entry.file_type().expect("known file type").is_dir() {
                    folders.push(path);
                    continue;
                }
                let relative = path.strip_prefix(root).expect("below the root");
                let bytes = fs::read(&path).expect("readable file");
                files.push(File::new(&relative.to_string_lossy().replace('\\', "/"), bytes));
            }
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Self { files }
    }

    /// A repository that exists only in a test.
    pub(super) fn planted(files: &[(&str, &str)]) -> Self {
        Self { files: files.iter().map(|(path, text)| File::new(path, (*text).into())).collect() }
    }

    pub(super) fn files(&self) -> impl Iterator<Item = &File> {
        self.files.iter()
    }

    /// The Rust files below `folder`, which ends with `/`.
    pub(super) fn rust<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = &'a File> {
        self.files().filter(move |it| it.is_rust() && it.path.starts_with(folder))
    }

    pub(super) fn get(&self, path: &str) -> Option<&File> {
        self.files().find(|it| it.path == path)
    }

    /// Whether `path` is a file, or a folder with a file in it.
    pub(super) fn exists(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        self.files().any(|it| {
            it.path.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }
}

impl File {
    fn new(path: &str, bytes: Vec<u8>) -> Self {
        let size = bytes.len();
        let text = String::from_utf8(bytes).unwrap_or_default();
        let code = if path.ends_with(".rs") { code_of(&text) } else { String::new() };
        Self { path: path.to_owned(), bytes: size, text, code }
    }

    pub(super) fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// The top-level module that a file of `src/` belongs to: `store` of `src/store/thumbs.rs`.
    pub(super) fn module(&self) -> &str {
        let below = self.path.strip_prefix("src/").unwrap_or(&self.path);
        below.split('/').next().unwrap_or(below).trim_end_matches(".rs")
    }

    /// The code that ships: without `#[cfg(test)]` items and without files of tests.
    pub(super) fn shipped(&self) -> String {
        if self.path.ends_with("/tests.rs") {
            return String::new();
        }
        without_tests(&self.code)
    }

    /// `path:line`, as editors understand it.
    pub(super) fn at(&self, offset: usize) -> String {
        format!("{}:{}", self.path, line_of(&self.text, offset))
    }
}

#[test]
fn the_repository_is_read_whole() {
    let tree = Tree::repository();
    for path in ["Cargo.toml", "src/lib.rs", "tests/tidy/tree.rs", ".ci/run"] {
        assert!(tree.get(path).is_some_and(|it| !it.text.is_empty()), "{path}");
    }
    assert!(tree.exists("src/model/") && !tree.exists("src/mod"));
}
