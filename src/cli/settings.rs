//! `thumbwheel init` and `thumbwheel config`.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::Path;

use anyhow::{Context, bail};
use serde_json::{Value, json};

use super::args::{ConfigCommand, InitArgs};
use super::{Done, output};
use crate::config::{self, Config, Flags, Setting};

/// Runs `init`.
pub(super) fn init(options: &InitArgs) -> anyhow::Result<Done> {
    let text = config::example();
    if options.file == Path::new("-") {
        output::data(text.as_bytes())?;
        return Ok(Done::All);
    }
    let path = options.file.display();
    match OpenOptions::new().write(true).create_new(true).open(&options.file) {
        Ok(mut file) => file.write_all(text.as_bytes()).context("cannot write the file")?,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            bail!("{path} is there already and stays as it is; name another file, or - to look")
        }
        Err(error) => bail!("cannot write {path}: {error}"),
    }
    output::talk(&format!("{path} is written; start with: thumbwheel serve --config {path}"));
    Ok(Done::All)
}

/// Runs `config`.
pub(super) fn run(flags: &Flags, command: ConfigCommand) -> anyhow::Result<Done> {
    match command {
        ConfigCommand::Show(options) => show(&config::settings(flags)?, options.json)?,
        ConfigCommand::Check => check(flags)?,
        ConfigCommand::Schema => {
            output::line(&serde_json::to_string_pretty(&config::schema())?)?;
        }
    }
    Ok(Done::All)
}

fn show(settings: &[Setting], as_json: bool) -> anyhow::Result<()> {
    if as_json {
        let settings: Vec<Value> = settings.iter().map(as_object).collect();
        output::line(&json!({ "settings": settings }).to_string())?;
        return Ok(());
    }
    let widest = |text: fn(&Setting) -> usize| settings.iter().map(text).max().unwrap_or(0);
    let names = widest(|it| it.key.name.len());
    let values = widest(|it| it.value.chars().count());
    for Setting { key, value, origin, .. } in settings {
        output::line(&format!("{:<names$}  {value:<values$}  {origin}", key.name))?;
    }
    Ok(())
}

fn as_object(setting: &Setting) -> Value {
    json!({
        "key": setting.key.name,
        "value": setting.value,
        "source": setting.source,
        "origin": setting.origin,
        "variable": setting.key.variable,
        "default": setting.key.default,
    })
}

fn check(flags: &Flags) -> anyhow::Result<()> {
    let config = Config::load(flags)?;
    output::check_log(&config)?;
    for stranger in config::strangers() {
        output::talk(&format!("warning: {stranger}"));
    }
    match config::file_of(flags) {
        Some(path) => output::talk(&format!("{} and the environment are valid", path.display())),
        None => output::talk("the environment is valid; there is no configuration file"),
    }
    Ok(())
}
