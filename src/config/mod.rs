//! What the program was told, from four places: flag > environment > file > default.
//!
//! Owns the environment and the configuration file; everything else is handed a [`Config`].

mod file;

use std::env;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use crate::store::Synchronous;
use file::Raw;

/// One setting: its key in the file, the variable that overrides it, and its default.
struct Key {
    name: &'static str,
    variable: &'static str,
    default: &'static str,
}

/// Every setting.
const KEYS: [Key; 10] = [
    key("data", "THUMBWHEEL_DATA", "./thumbwheel-data"),
    key("listen", "THUMBWHEEL_LISTEN", "127.0.0.1:8945"),
    key("log", "THUMBWHEEL_LOG", "info"),
    key("log_format", "THUMBWHEEL_LOG_FORMAT", "text"),
    key("synchronous", "THUMBWHEEL_SYNCHRONOUS", "full"),
    key("connections_max", "THUMBWHEEL_CONNECTIONS_MAX", "12000"),
    key("connections_per_address_max", "THUMBWHEEL_CONNECTIONS_PER_ADDRESS_MAX", "1024"),
    key("trusted_proxies", "THUMBWHEEL_TRUSTED_PROXIES", ""),
    key("query_seconds_max", "THUMBWHEEL_QUERY_SECONDS_MAX", "10"),
    key("mirror_memory_mb", "THUMBWHEEL_MIRROR_MEMORY_MB", "512"),
];

const fn key(name: &'static str, variable: &'static str, default: &'static str) -> Key {
    Key { name, variable, default }
}

/// What the command line said; `None` where it said nothing.
#[derive(Debug, Clone, Default)]
pub(crate) struct Flags {
    /// `--config`
    pub(crate) config: Option<PathBuf>,
    /// `--data`
    pub(crate) data: Option<PathBuf>,
    /// `--listen`
    pub(crate) listen: Option<String>,
    /// `--log`
    pub(crate) log: Option<String>,
    /// `--log-format`
    pub(crate) log_format: Option<String>,
    /// `--synchronous`
    pub(crate) synchronous: Option<String>,
}

/// What it all means.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    /// The data folder.
    pub(crate) data: PathBuf,
    /// Where to listen.
    pub(crate) listen: SocketAddr,
    /// What to log: a level, or a filter as of `tracing_subscriber::EnvFilter`.
    pub(crate) log: String,
    /// How.
    pub(crate) log_format: LogFormat,
    /// How hard commits are pushed to the disk.
    pub(crate) synchronous: Synchronous,
    /// Most connections at the same time.
    pub(crate) connections_max: usize,
    /// Most of them from one address.
    pub(crate) connections_per_address_max: usize,
    /// Reverse proxies whose word on the client's address is taken.
    pub(crate) trusted_proxies: Vec<IpAddr>,
    /// Longest that a user's SQL may run, in seconds.
    pub(crate) query_seconds_max: u64,
    /// Memory of the mirror's engine, in MiB.
    pub(crate) mirror_memory_mb: u64,
    /// This very program.
    pub(crate) program: PathBuf,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// For machines: one JSON object a line.
    Json,
}

/// A setting that makes no sense. The message names where it was found.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is not what it should be.
    #[error("{} is not a valid configuration: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong, with the line.
        reason: String,
    },
    /// A value makes no sense.
    #[error("{key} {rule} (set by {origin})")]
    Value {
        /// The key.
        key: &'static str,
        /// What it must be.
        rule: &'static str,
        /// Where the value comes from.
        origin: String,
    },
    /// The system does not tell where this program lies.
    #[error("cannot find this program's own file: {0}")]
    Program(std::io::Error),
}

impl Config {
    /// Reads flags, environment and file.
    ///
    /// # Errors
    /// When the file cannot be read, or a value makes no sense.
    pub(crate) fn load(flags: &Flags) -> Result<Self, ConfigError> {
        Self::from(flags, |name| env::var(name).ok())
    }

    fn from(flags: &Flags, env: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let path = flags.config.clone().or_else(|| env("THUMBWHEEL_CONFIG").map(PathBuf::from));
        let raw = path.as_deref().map(Raw::read).transpose()?.unwrap_or_default();
        let sources = Sources { path: path.as_deref(), env: &env };
        let data = flags.data.as_ref().map(|path| path.display().to_string());
        let data = sources.text("data", data, raw.data);
        let listen = sources.text("listen", flags.listen.clone(), raw.listen);
        let log = sources.text("log", flags.log.clone(), raw.log);
        let format = sources.text("log_format", flags.log_format.clone(), raw.log_format);
        let synchronous = sources.text("synchronous", flags.synchronous.clone(), raw.synchronous);
        Ok(Self {
            data: data.value.into(),
            listen: listen.parse(|text| text.parse().ok(), "must be an address: 127.0.0.1:8945")?,
            log: log.value,
            log_format: format.parse(
                |text| match text {
                    "text" => Some(LogFormat::Text),
                    "json" => Some(LogFormat::Json),
                    _ => None,
                },
                "must be text or json",
            )?,
            synchronous: synchronous.parse(
                |text| match text {
                    "full" => Some(Synchronous::Full),
                    "normal" => Some(Synchronous::Normal),
                    _ => None,
                },
                "must be full or normal",
            )?,
            connections_max: sources.number("connections_max", raw.connections_max)?,
            connections_per_address_max: sources
                .number("connections_per_address_max", raw.connections_per_address_max)?,
            trusted_proxies: sources
                .text("trusted_proxies", None, raw.trusted_proxies)
                .parse(addresses, "must be addresses separated by commas: 127.0.0.1,::1")?,
            query_seconds_max: sources.number("query_seconds_max", raw.query_seconds_max)?,
            mirror_memory_mb: sources.number("mirror_memory_mb", raw.mirror_memory_mb)?,
            program: env::current_exe().map_err(ConfigError::Program)?,
        })
    }
}

fn addresses(text: &str) -> Option<Vec<IpAddr>> {
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    parts.map(|part| part.parse().ok()).collect()
}

/// The places that a value may come from, besides the flag.
struct Sources<'a> {
    path: Option<&'a Path>,
    env: &'a dyn Fn(&str) -> Option<String>,
}

/// A value as it was written, and by whom.
struct Setting {
    key: &'static str,
    value: String,
    origin: String,
}

impl Setting {
    fn parse<T>(
        &self,
        parse: impl FnOnce(&str) -> Option<T>,
        rule: &'static str,
    ) -> Result<T, ConfigError> {
        parse(&self.value).ok_or_else(|| ConfigError::Value {
            key: self.key,
            rule,
            origin: self.origin.clone(),
        })
    }
}

impl Sources<'_> {
    fn text(&self, name: &'static str, flag: Option<String>, file: Option<String>) -> Setting {
        let key = KEYS.iter().find(|key| key.name == name).expect("every key is in the list");
        let found = flag
            .map(|value| (value, format!("--{}", name.replace('_', "-"))))
            .or_else(|| (self.env)(key.variable).map(|value| (value, key.variable.to_owned())))
            .or_else(|| file.map(|value| (value, self.file_name())))
            .unwrap_or_else(|| (key.default.to_owned(), "default".to_owned()));
        Setting { key: name, value: found.0, origin: found.1 }
    }

    fn number<T: std::str::FromStr + PartialOrd + From<u8>>(
        &self,
        name: &'static str,
        file: Option<u64>,
    ) -> Result<T, ConfigError> {
        self.text(name, None, file.map(|n| n.to_string()))
            .parse(|text| text.parse().ok().filter(|n| *n >= T::from(1)), "must be 1 or more")
    }

    fn file_name(&self) -> String {
        self.path.map_or_else(String::new, |path| path.display().to_string())
    }
}

/// Where data goes that need not last.
pub(crate) fn temporary_folder(name: &str) -> PathBuf {
    env::temp_dir().join(name)
}

/// Whether colours are unwanted (<https://no-color.org>).
pub(crate) fn no_color() -> bool {
    env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(flags: Flags, vars: &[(&str, &str)]) -> Result<Config, ConfigError> {
        Config::from(&flags, |name| {
            vars.iter().find(|(var, _)| *var == name).map(|(_, value)| (*value).to_owned())
        })
    }

    fn file(text: &str) -> (tempfile::TempDir, Option<PathBuf>) {
        let temp = tempfile::tempdir().expect("temp dir");
        let path = temp.path().join("thumbwheel.toml");
        std::fs::write(&path, text).expect("written");
        (temp, Some(path))
    }

    #[test]
    fn a_flag_beats_the_environment_beats_the_file_beats_the_default() {
        let (_temp, config) = file("listen = \"127.0.0.1:3\"");
        let flags = |listen: Option<&str>| Flags {
            config: config.clone(),
            listen: listen.map(str::to_owned),
            ..Flags::default()
        };
        let var = [("THUMBWHEEL_LISTEN", "127.0.0.1:2")];
        let port = |flags, vars: &[_]| load(flags, vars).expect("valid").listen.port();
        assert_eq!(port(flags(Some("127.0.0.1:1")), &var), 1);
        assert_eq!(port(flags(None), &var), 2);
        assert_eq!(port(flags(None), &[]), 3);
        assert_eq!(port(Flags::default(), &[]), 8945);
    }

    #[test]
    fn a_bad_value_is_refused_with_where_it_comes_from() {
        let refused = |flags, vars: &[_]| load(flags, vars).expect_err("refused").to_string();
        let text = refused(Flags::default(), &[("THUMBWHEEL_SYNCHRONOUS", "off")]);
        assert!(text.contains("THUMBWHEEL_SYNCHRONOUS"), "{text}");
        let listen = Flags { listen: Some("here".into()), ..Flags::default() };
        assert!(refused(listen, &[]).contains("--listen"));
        let (_temp, config) = file("query_seconds_max = 0");
        let text = refused(Flags { config, ..Flags::default() }, &[]);
        assert!(text.contains("thumbwheel.toml") && text.contains("1 or more"), "{text}");
    }

    #[test]
    fn an_unknown_key_in_the_file_is_refused_by_name() {
        let (_temp, config) = file("lissten = \"127.0.0.1:1\"");
        let text = load(Flags { config, ..Flags::default() }, &[]).expect_err("typo").to_string();
        assert!(text.contains("lissten"), "{text}");
    }

    #[test]
    fn every_key_is_documented_and_known_to_the_file() {
        let readme = include_str!("../../README.md");
        for Key { name, variable, default } in KEYS {
            let shown = if default.is_empty() { String::new() } else { format!("`{default}`") };
            let row = format!("`{name}` | `{variable}` | {shown} |");
            assert!(readme.contains(&row), "README.md lacks: {row}");
            let number = default.parse::<u64>().is_ok();
            let value = if number { default.to_owned() } else { format!("\"{default}\"") };
            let (_temp, config) = file(&format!("{name} = {value}"));
            let loaded = load(Flags { config, ..Flags::default() }, &[]);
            assert!(loaded.is_ok(), "{name}: {}", loaded.expect_err("refused"));
        }
        let variables = readme.matches("`THUMBWHEEL_").count();
        assert_eq!(variables, KEYS.len() + 1, "one of them names the file itself");
    }
}
