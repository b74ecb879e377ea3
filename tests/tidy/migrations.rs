//! Migrations: once released they never change, because databases in the field have run them.
//!
//! `tests/migrations.lock` lists each one: `<sha-256> <file>` once it is released, and
//! `unreleased <file>` until then. Releasing replaces the word by the digest.

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use super::tree::Tree;
use super::{assert_caught, assert_clean};

const LOCK: &str = "tests/migrations.lock";
const UNRELEASED: &str = "unreleased";

/// Version of `V12__name.sql`.
fn version(file: &str) -> Option<u32> {
    file.strip_prefix('V')?.strip_suffix(".sql")?.split_once("__")?.0.parse().ok()
}

fn wrong_migrations(tree: &Tree) -> Vec<String> {
    let lock = &tree.get(LOCK).expect("the list of migrations").text;
    let lines = lock.lines().filter(|it| !it.starts_with('#') && !it.is_empty());
    let listed: Vec<(&str, &str)> =
        lines.map(|it| it.split_once(' ').expect("a digest and a file")).collect();
    let mut out = Vec::new();
    for (digest, name) in &listed {
        let Some(file) = tree.get(&format!("migrations/{name}")) else {
            out.push(format!("{LOCK}: lists {name}, which does not exist"));
            continue;
        };
        if *digest != UNRELEASED && *digest != HEXLOWER.encode(&Sha256::digest(&file.text)) {
            out.push(format!("{}: is released and must not change; add another", file.path));
        }
    }
    for file in tree.files() {
        let Some(name) = file.path.strip_prefix("migrations/") else {
            continue;
        };
        if !listed.iter().any(|(_, it)| *it == name) {
            out.push(format!("{}: add `{UNRELEASED} {name}` to {LOCK}", file.path));
        }
        if version(name).is_none() {
            out.push(format!("{}: must be named V<number>__<what>.sql", file.path));
        }
    }
    for pair in listed.windows(2) {
        let [first, second] = [pair[0].1, pair[1].1];
        if version(first) >= version(second) {
            out.push(format!("{LOCK}: {second} must stand before {first}"));
        }
        if pair[0].0 == UNRELEASED && pair[1].0 != UNRELEASED {
            out.push(format!("{LOCK}: {second} is released before {first}"));
        }
    }
    out
}

#[test]
fn a_released_migration_never_changes() {
    let tree = Tree::repository();
    assert!(tree.exists("migrations/V1__core.sql"), "there are migrations to watch");
    assert_clean(&wrong_migrations(tree));

    // SHA-256 of "abc" (FIPS 180-4, example 1).
    let released = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad V1__a.sql";
    let check = |lock: &str, first: &str| {
        let files = [(LOCK, lock), ("migrations/V1__a.sql", first), ("migrations/V2__b.sql", "b")];
        wrong_migrations(&Tree::planted(&files))
    };
    let both = format!("# Comment.\n{released}\nunreleased V2__b.sql\n");
    assert_clean(&check(&both, "abc"));
    assert_clean(&check(&both.replace(&released[..64], UNRELEASED), "changed"));
    assert_caught(&check(&both, "changed"), "must not change");
    assert_caught(&check(released, "abc"), "add `unreleased V2__b.sql`");
    assert_caught(&check(&format!("{both}unreleased V3__c.sql"), "abc"), "does not exist");
    let swapped = "unreleased V2__b.sql\nunreleased V1__a.sql";
    assert_caught(&check(swapped, "abc"), "V1__a.sql must stand before V2__b.sql");
    // SHA-256 of "b".
    let second = "3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d V2__b.sql";
    let early = format!("unreleased V1__a.sql\n{second}");
    assert_caught(&check(&early, "abc"), "V2__b.sql is released before V1__a.sql");
}
