//! The command line as clap sees it, and its reference in `docs/`.

use std::fmt::Write;

use clap::{CommandFactory, Parser};

use super::args::Cli;

#[test]
fn the_definition_of_the_command_line_is_sound() {
    Cli::command().debug_assert();
}

#[test]
fn the_reference_of_the_command_line_is_what_the_program_says() {
    let mut command = Cli::command().term_width(100);
    command.build();
    let mut text = String::from(
        "# Command line\n\nMade from the program itself (`UPDATE_GOLDEN=1 cargo test`). Data goes \
         to stdout, talk to stderr;\nthe exit code is 0 for done, 1 for failed (or done in part), \
         2 for wrong usage.\n",
    );
    describe(&mut command, "thumbwheel", &mut text);
    crate::render::tests::golden("docs/command-line.md", &text);
}

fn describe(command: &mut clap::Command, name: &str, out: &mut String) {
    let help = command.render_long_help().to_string();
    let trimmed: Vec<_> = help.lines().map(str::trim_end).collect();
    write!(out, "\n## `{name}`\n\n```text\n{}\n```\n", trimmed.join("\n")).expect("in memory");
    let visible = |sub: &&mut clap::Command| !sub.is_hide_set() && sub.get_name() != "help";
    for sub in command.get_subcommands_mut().filter(visible) {
        let name = format!("{name} {}", sub.get_name());
        describe(sub, &name, out);
    }
}

#[test]
fn a_key_needs_scopes_or_an_origin_but_not_both() {
    let parse = |args: &[&str]| {
        Cli::try_parse_from([&["thumbwheel", "key", "create"], args].concat()).is_ok()
    };
    assert!(parse(&["--scope", "ingest,read"]));
    assert!(parse(&["--publishable", "--origin", "https://app.example"]));
    assert!(!parse(&[]));
    assert!(!parse(&["--publishable"]));
    assert!(!parse(&["--scope", "ingest", "--publishable", "--origin", "https://a.example"]));
    assert!(!parse(&["--scope", "everything"]));
}
