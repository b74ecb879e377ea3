//! Every setting, once: its name, what it means, what it may be. The file, the environment, the
//! reference and the example are all made of this list.

/// One setting.
#[derive(Debug)]
pub(crate) struct Key {
    /// Its key in the file.
    pub(crate) name: &'static str,
    /// The variable that overrides the file.
    pub(crate) variable: &'static str,
    /// Its value when nobody says anything, as text.
    pub(crate) default: &'static str,
    /// What it may be.
    pub(crate) kind: Kind,
    /// What it sets.
    pub(crate) meaning: &'static str,
}

/// What a setting may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Any text.
    Text,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A whole number of 1 or more.
    Count,
}

/// Every setting.
pub(crate) const KEYS: [Key; 11] = [
    key(
        ("data", "THUMBWHEEL_DATA", "./thumbwheel-data"),
        Kind::Text,
        "the folder that holds everything",
    ),
    key(
        ("listen", "THUMBWHEEL_LISTEN", "127.0.0.1:8945"),
        Kind::Text,
        "where `serve` answers; port 0 picks a free one",
    ),
    key(
        ("log", "THUMBWHEEL_LOG", "info"),
        Kind::Text,
        "what is logged: error, warn, info, debug, or a filter",
    ),
    key(
        ("log_format", "THUMBWHEEL_LOG_FORMAT", "text"),
        Kind::Word(&["text", "json"]),
        "text for people, json for machines",
    ),
    key(
        ("synchronous", "THUMBWHEEL_SYNCHRONOUS", "full"),
        Kind::Word(&["full", "normal"]),
        "with normal, a power cut may take the last moments of feedback with it",
    ),
    key(
        ("connections_max", "THUMBWHEEL_CONNECTIONS_MAX", "12000"),
        Kind::Count,
        "connections at the same time",
    ),
    key(
        ("connections_per_address_max", "THUMBWHEEL_CONNECTIONS_PER_ADDRESS_MAX", "1024"),
        Kind::Count,
        "of them, from one address",
    ),
    key(
        ("trusted_proxies", "THUMBWHEEL_TRUSTED_PROXIES", ""),
        Kind::Text,
        "addresses of your reverse proxies, separated by commas: only their `X-Forwarded-For` \
         is believed",
    ),
    key(
        ("playground", "THUMBWHEEL_PLAYGROUND", "off"),
        Kind::Word(&["off", "on"]),
        "with on, everybody may try the thumbs at `/playground`, in a project of its own",
    ),
    key(
        ("query_seconds_max", "THUMBWHEEL_QUERY_SECONDS_MAX", "10"),
        Kind::Count,
        "how long your SQL may run",
    ),
    key(
        ("mirror_memory_mb", "THUMBWHEEL_MIRROR_MEMORY_MB", "512"),
        Kind::Count,
        "memory of DuckDB's data, in MiB",
    ),
];

const fn key(
    (name, variable, default): (&'static str, &'static str, &'static str),
    kind: Kind,
    meaning: &'static str,
) -> Key {
    Key { name, variable, default, kind, meaning }
}

impl Key {
    /// The setting of that name. Only names of the list are asked for.
    pub(crate) fn named(name: &str) -> &'static Self {
        KEYS.iter().find(|key| key.name == name).expect("every key is in the list")
    }

    /// A value as the file writes it.
    pub(crate) fn quoted(&self, value: &str) -> String {
        match self.kind {
            Kind::Count => value.to_owned(),
            Kind::Text | Kind::Word(_) => toml::Value::from(value).to_string(),
        }
    }
}
