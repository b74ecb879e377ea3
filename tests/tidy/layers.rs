//! Layers: a module imports only from groups above its own in `src/lib.rs`.

use std::collections::BTreeMap;

use super::code::{Path, paths, tokens};
use super::tree::Tree;
use super::{assert_caught, assert_clean};

/// Module name to the number of its group; blank lines separate the groups, the top one is 0.
fn groups(tree: &Tree) -> BTreeMap<String, usize> {
    let lib = tree.get("src/lib.rs").expect("src/lib.rs");
    let (mut group, mut seen, mut out) = (0, false, BTreeMap::new());
    for (line, code) in lib.text.lines().zip(lib.code.lines()) {
        let words = tokens(code);
        if let [.., keyword, name, end] = words.as_slice()
            && (keyword.text, end.text) == ("mod", ";")
        {
            out.insert(name.text.to_owned(), group);
            seen = true;
        } else if line.is_empty() && seen {
            (group, seen) = (group + 1, false);
        }
    }
    out
}

/// Imports that do not point to a layer above, and the ways around this very check.
fn wrong_imports(tree: &Tree) -> Vec<String> {
    let groups = groups(tree);
    let mut out = Vec::new();
    for file in tree.rust("src/").filter(|it| !["lib", "main"].contains(&it.module())) {
        let owner = file.module();
        let Some(own_group) = groups.get(owner) else {
            out.push(format!("{}: `{owner}` is not declared in src/lib.rs", file.path));
            continue;
        };
        // In the file of a top-level module, `super` is the crate root. Its test module may say
        // `super`, and only what ships is read for that.
        let is_top = [format!("src/{owner}.rs"), format!("src/{owner}/mod.rs")];
        let shipped = is_top.contains(&file.path).then(|| file.shipped());
        let from_root = shipped.iter().flat_map(|it| paths(it)).filter(|it| it.starts("super"));
        let rest = paths(&file.code);
        for path in from_root.chain(rest.into_iter().filter(|it| !it.is_plain_super())) {
            let Some(target) = path.segments.get(1) else {
                continue;
            };
            let wrong = match groups.get(target.as_str()) {
                Some(_) if target == owner => continue,
                Some(group) if group < own_group => continue,
                Some(_) => format!("`{owner}` may not use `{target}`: not in a layer above"),
                None if target == "super" => "say `crate::…`, not `super::super`".to_owned(),
                None => format!("`{}` hides which module is used", path.segments.join("::")),
            };
            out.push(format!("{}: {wrong}", file.at(path.at)));
        }
    }
    out.dedup(); // one import may name several things
    out
}

impl Path {
    fn starts(&self, root: &str) -> bool {
        self.segments.first().is_some_and(|it| it == root)
    }

    /// Whether the path says nothing about layers: it neither starts at the root nor leaves twice.
    fn is_plain_super(&self) -> bool {
        let twice = self.starts("super") && self.segments.get(1).is_some_and(|it| it == "super");
        !self.starts("crate") && !twice
    }
}

/// `src/lib.rs` declares modules and nothing else: a re-export there would hide an import.
fn root_items(tree: &Tree) -> Vec<String> {
    let lib = tree.get("src/lib.rs").expect("src/lib.rs");
    let words = tokens(&lib.code);
    let allowed = ["pub", "mod", "(", ")", "crate", ";", "#", "!", "[", "]"];
    let is_name = |i: usize| i > 0 && words[i - 1].text == "mod";
    let other = |i: usize| !allowed.contains(&words[i].text) && !is_name(i);
    let wrong = (0..words.len()).find(|i| other(*i));
    wrong.map(|i| format!("{}: only `mod` belongs here", lib.at(words[i].at))).into_iter().collect()
}

#[test]
fn a_module_imports_only_from_layers_above_it() {
    let tree = Tree::repository();
    assert!(groups(tree).values().max() >= Some(&1), "the groups of src/lib.rs are not read");
    assert_clean(&wrong_imports(tree));
}

#[test]
fn the_crate_root_declares_modules_and_nothing_else() {
    assert_clean(&root_items(Tree::repository()));
    for item in ["pub use top::Thing;", "use top::Thing;", "fn f() {}"] {
        let lib = format!("{LIB}{item}\n");
        assert_caught(&root_items(&Tree::planted(&[("src/lib.rs", &lib)])), "src/lib.rs:9");
    }
}

/// Three layers; `left` and `right` share one.
const LIB: &str = "\
//! Toy.

pub mod top;

/// Documented.
pub(crate) mod left;
mod right;

";

#[test]
fn an_import_from_below_or_beside_is_caught() {
    let check = |path: &str, text: &str| {
        let lib = format!("{LIB}pub mod low;\n");
        wrong_imports(&Tree::planted(&[("src/lib.rs", &lib), (path, text)]))
    };
    assert_clean(&check("src/low/a.rs", "use crate::{left::A, top};\nuse super::b::c;\n"));
    assert_clean(&check("src/left/a.rs", "use super::b;\nuse crate::top::T; // crate::low\n"));
    assert_clean(&check("src/left.rs", "#[cfg(test)]\nmod tests { use super::*; }\n"));

    assert_caught(&check("src/top.rs", "use crate::left::A;\n"), "`top` may not use `left`");
    assert_caught(&check("src/left.rs", "use crate::right::A;\n"), "`left` may not use `right`");
    assert_caught(&check("src/left/a.rs", "\nuse crate::{top::T, low::{L}};"), "src/left/a.rs:2");
    assert_caught(&check("src/left/a.rs", "fn f() { crate::low::g() }"), "may not use `low`");
    assert_caught(&check("src/left/mod.rs", "use super::low::L;"), "may not use `low`");
    assert_caught(&check("src/left/a.rs", "use super::super::low::L;"), "not `super::super`");
    assert_caught(&check("src/left/a.rs", "use crate::*;"), "hides");
    assert_caught(&check("src/other.rs", "fn f() {}"), "not declared");
}
