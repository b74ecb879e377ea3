//! The settings for people and editors: the example file, the schema, and what holds now.

use std::fmt::Write;

use serde_json::{Value, json};

use super::keys::{KEYS, Key, Kind};
use crate::model::nearest;

/// A configuration file with every setting commented out, at its default.
pub(crate) fn example() -> String {
    let mut text = String::from(
        "# The settings of thumbwheel, as `thumbwheel init` writes them: commented out, at their \
         defaults.\n# Start with `thumbwheel serve --config thumbwheel.toml`, or name this file in \
         THUMBWHEEL_CONFIG.\n# A flag wins over a variable of the environment, which wins over \
         this file.\n",
    );
    for key in &KEYS {
        let kind = match key.kind {
            Kind::Text => String::new(),
            Kind::Word(words) => format!(" One of: {}.", words.join(", ")),
            Kind::Count => " A whole number, 1 or more.".to_owned(),
        };
        let (name, variable, default) = (key.name, key.variable, key.quoted(key.default));
        let written = writeln!(
            text,
            "\n# {}.{kind}\n# Variable: {variable}\n#{name} = {default}",
            capital(key.meaning)
        );
        written.expect("a string takes what is written");
    }
    text
}

/// The page `docs/configuration.md`.
#[cfg(test)]
pub(super) fn reference() -> String {
    let mut text = String::from(
        "# Configuration\n\nA flag wins over a variable of the environment, which wins over the \
         file named by `--config` or `THUMBWHEEL_CONFIG`, which wins over the default.\n\
         `thumbwheel init` writes a file (TOML) with every key explained, `thumbwheel config show` \
         says what holds and why, and `thumbwheel config check` finds mistakes.\n\n\
         | key | variable | default | what it sets |\n|---|---|---|---|\n",
    );
    for Key { name, variable, default, kind, meaning } in &KEYS {
        let default = if default.is_empty() { String::new() } else { format!("`{default}`") };
        let kind = match kind {
            Kind::Text => String::new(),
            Kind::Word(words) => format!("; one of `{}`", words.join("`, `")),
            Kind::Count => "; a whole number, 1 or more".to_owned(),
        };
        text += &format!("| `{name}` | `{variable}` | {default} | {meaning}{kind} |\n");
    }
    text + "\nFor `data`, `listen`, `log`, `log_format` and `synchronous` there is a flag of the \
            same name; see the [command line](command-line.md).\n"
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A JSON Schema (draft 2020-12) of the configuration file.
pub(crate) fn schema() -> Value {
    let property = |key: &Key| {
        let mut property = match key.kind {
            Kind::Text => json!({ "type": "string", "default": key.default }),
            Kind::Word(words) => {
                json!({ "type": "string", "enum": words, "default": key.default })
            }
            Kind::Count => {
                let default: u64 = key.default.parse().expect("the default of a count is one");
                json!({ "type": "integer", "minimum": 1, "default": default })
            }
        };
        property["description"] = key.meaning.into();
        (key.name.to_owned(), property)
    };
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "thumbwheel.toml",
        "type": "object",
        "additionalProperties": false,
        "properties": KEYS.iter().map(property).collect::<serde_json::Map<_, _>>(),
    })
}

/// What is wrong with these names of variables: those that look like ours and are not.
pub(super) fn strangers(names: impl Iterator<Item = String>) -> Vec<String> {
    let known = || KEYS.iter().map(|key| key.variable).chain(["THUMBWHEEL_CONFIG"]);
    let mut strangers: Vec<_> = names
        .filter(|name| name.starts_with("THUMBWHEEL_") && known().all(|it| it != name.as_str()))
        .map(|name| format!("{name} is not a setting{}", nearest::hint(&name, known())))
        .collect();
    strangers.sort();
    strangers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_is_what_is_shipped() {
        crate::render::tests::golden("dist/thumbwheel.toml", &example());
    }

    #[test]
    fn every_line_of_the_example_can_be_switched_on() {
        let on: String = example()
            .lines()
            .filter_map(|line| line.strip_prefix('#').filter(|it| !it.starts_with(' ')))
            .map(|line| format!("{line}\n"))
            .collect();
        let table: toml::Table = on.parse().expect("TOML");
        assert_eq!(table.len(), KEYS.len());
        let schema = schema();
        for key in &KEYS {
            let written = crate::config::file::value(&table, key).expect("it is there");
            assert_eq!(written, key.default, "{}", key.name);
            assert!(schema["properties"][key.name]["description"].is_string(), "{}", key.name);
        }
    }

    #[test]
    fn a_misspelt_variable_is_told_by_name_and_never_by_value() {
        let names = ["THUMBWHEEL_LISEN", "THUMBWHEEL_DATA", "HOME"].map(str::to_owned);
        let told = strangers(names.into_iter());
        assert_eq!(told, ["THUMBWHEEL_LISEN is not a setting (did you mean 'THUMBWHEEL_LISTEN'?)"]);
    }
}
