//! What the program was told, from four places: flag > environment > file > default.
//!
//! Owns the environment and the configuration file; everything else is handed a [`Config`].

mod describe;
mod file;
mod keys;

use std::env;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use crate::store::Synchronous;
pub(crate) use describe::{example, schema};
use keys::KEYS;
pub(crate) use keys::Key;

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
    /// `--playground`
    pub(crate) playground: Option<String>,
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
    /// Whether everybody may try the thumbs at `/playground`.
    pub(crate) playground: bool,
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
        let sources = Sources::open(flags, &env)?;
        let text = |name| sources.find(Key::named(name));
        Ok(Self {
            data: text("data").value.into(),
            listen: text("listen")
                .parse(|text| text.parse().ok(), "must be an address: 127.0.0.1:8945")?,
            log: text("log").value,
            log_format: text("log_format").parse(
                |text| match text {
                    "text" => Some(LogFormat::Text),
                    "json" => Some(LogFormat::Json),
                    _ => None,
                },
                "must be text or json",
            )?,
            synchronous: text("synchronous").parse(
                |text| match text {
                    "full" => Some(Synchronous::Full),
                    "normal" => Some(Synchronous::Normal),
                    _ => None,
                },
                "must be full or normal",
            )?,
            connections_max: text("connections_max").number()?,
            connections_per_address_max: text("connections_per_address_max").number()?,
            trusted_proxies: text("trusted_proxies")
                .parse(addresses, "must be addresses separated by commas: 127.0.0.1,::1")?,
            playground: text("playground").parse(
                |text| match text {
                    "off" => Some(false),
                    "on" => Some(true),
                    _ => None,
                },
                "must be off or on",
            )?,
            query_seconds_max: text("query_seconds_max").number()?,
            mirror_memory_mb: text("mirror_memory_mb").number()?,
            program: env::current_exe().map_err(ConfigError::Program)?,
        })
    }
}

/// Every setting as it was written, and by whom.
///
/// # Errors
/// When the file cannot be read.
pub(crate) fn settings(flags: &Flags) -> Result<Vec<Setting>, ConfigError> {
    let env = |name: &str| env::var(name).ok();
    let sources = Sources::open(flags, &env)?;
    Ok(KEYS.iter().map(|key| sources.find(key)).collect())
}

/// The file that the settings come from, if there is one.
pub(crate) fn file_of(flags: &Flags) -> Option<PathBuf> {
    named_file(flags, &|name| env::var(name).ok())
}

fn named_file(flags: &Flags, env: &dyn Fn(&str) -> Option<String>) -> Option<PathBuf> {
    flags.config.clone().or_else(|| env("THUMBWHEEL_CONFIG").map(PathBuf::from))
}

/// Sentences about variables that look like settings and are none.
pub(crate) fn strangers() -> Vec<String> {
    describe::strangers(env::vars_os().filter_map(|(name, _)| name.into_string().ok()))
}

impl Flags {
    fn get(&self, key: &Key) -> Option<String> {
        match key.name {
            "data" => self.data.as_ref().map(|path| path.display().to_string()),
            "listen" => self.listen.clone(),
            "log" => self.log.clone(),
            "log_format" => self.log_format.clone(),
            "synchronous" => self.synchronous.clone(),
            "playground" => self.playground.clone(),
            _ => None,
        }
    }
}

fn addresses(text: &str) -> Option<Vec<IpAddr>> {
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    parts.map(|part| part.parse().ok()).collect()
}

/// The places that a value may come from.
struct Sources<'a> {
    flags: &'a Flags,
    env: &'a dyn Fn(&str) -> Option<String>,
    file: Option<(PathBuf, toml::Table)>,
}

/// A value as it was written, and by whom.
#[derive(Debug)]
pub(crate) struct Setting {
    /// What it sets.
    pub(crate) key: &'static Key,
    /// The value as text.
    pub(crate) value: String,
    /// The kind of place that it comes from.
    pub(crate) source: Source,
    /// That place by name: `--listen`, `THUMBWHEEL_LISTEN`, the file, `default`.
    pub(crate) origin: String,
}

/// Where a value comes from; the first of them that has one wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Source {
    /// The command line.
    Flag,
    /// A variable.
    Environment,
    /// The configuration file.
    File,
    /// Nobody said anything.
    Default,
}

impl Setting {
    fn parse<T>(
        &self,
        parse: impl FnOnce(&str) -> Option<T>,
        rule: &'static str,
    ) -> Result<T, ConfigError> {
        parse(&self.value).ok_or_else(|| ConfigError::Value {
            key: self.key.name,
            rule,
            origin: self.origin.clone(),
        })
    }

    fn number<T: std::str::FromStr + PartialOrd + From<u8>>(&self) -> Result<T, ConfigError> {
        self.parse(|text| text.parse().ok().filter(|n| *n >= T::from(1)), "must be 1 or more")
    }
}

impl<'a> Sources<'a> {
    fn open(
        flags: &'a Flags,
        env: &'a dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, ConfigError> {
        let file = match named_file(flags, env) {
            Some(path) => Some((path.clone(), file::read(&path)?)),
            None => None,
        };
        Ok(Self { flags, env, file })
    }

    fn find(&self, key: &'static Key) -> Setting {
        let flag = || {
            let origin = format!("--{}", key.name.replace('_', "-"));
            self.flags.get(key).map(|value| (value, Source::Flag, origin))
        };
        let variable = || {
            let origin = key.variable.to_owned();
            (self.env)(key.variable).map(|value| (value, Source::Environment, origin))
        };
        let file = || {
            let (path, table) = self.file.as_ref()?;
            let origin = path.display().to_string();
            file::value(table, key).map(|value| (value, Source::File, origin))
        };
        let default = || (key.default.to_owned(), Source::Default, "default".to_owned());
        let (value, source, origin) =
            flag().or_else(variable).or_else(file).unwrap_or_else(default);
        Setting { key, value, source, origin }
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
        assert!(text.contains("line 1") && text.contains("'lissten'"), "{text}");
        assert!(text.contains("did you mean 'listen'"), "{text}");
    }

    #[test]
    fn every_key_is_documented_and_known_to_the_file() {
        crate::render::tests::golden("docs/configuration.md", &describe::reference());
        for key in &KEYS {
            let Key { name, variable, default, .. } = key;
            let (_temp, config) = file(&format!("{name} = {}", key.quoted(default)));
            let loaded = load(Flags { config, ..Flags::default() }, &[]);
            assert!(loaded.is_ok(), "{name}: {}", loaded.expect_err("refused"));
            if let keys::Kind::Word(words) = key.kind {
                let words = words.iter().map(|word| load(Flags::default(), &[(variable, word)]));
                assert!(words.into_iter().all(|it| it.is_ok()), "{name}");
            }
        }
    }
}
