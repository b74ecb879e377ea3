//! A field of an update: left out, cleared, or set.

use serde::{Deserialize, Deserializer};

/// What an update says of one field. On the wire: absent, `null`, or a value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Patch<T> {
    /// Not mentioned: stays as it is.
    #[default]
    Absent,
    /// `null`: cleared.
    Clear,
    /// A value: replaces what was there.
    Set(T),
}

impl<T> Patch<T> {
    /// The field after the update.
    pub fn apply(self, current: Option<T>) -> Option<T> {
        match self {
            Self::Absent => current,
            Self::Clear => None,
            Self::Set(value) => Some(value),
        }
    }

    /// The new value, if there is one.
    pub const fn value(&self) -> Option<&T> {
        match self {
            Self::Set(value) => Some(value),
            Self::Absent | Self::Clear => None,
        }
    }

    /// True when the update says nothing of the field.
    pub const fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// Turns the value, if there is one, into another type.
    ///
    /// # Errors
    /// What `parse` returns.
    pub fn try_map<U, E>(self, parse: impl FnOnce(T) -> Result<U, E>) -> Result<Patch<U>, E> {
        Ok(match self {
            Self::Absent => Patch::Absent,
            Self::Clear => Patch::Clear,
            Self::Set(value) => Patch::Set(parse(value)?),
        })
    }
}

/// With `#[serde(default)]` on the field, a missing key stays [`Patch::Absent`].
impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Option::<T>::deserialize(deserializer)? {
            Some(value) => Self::Set(value),
            None => Self::Clear,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Update {
        #[serde(default)]
        comment: Patch<String>,
    }

    #[test]
    fn absent_null_and_value_are_three_different_things() {
        let read = |text| serde_json::from_str::<Update>(text).expect("valid").comment;
        assert_eq!(read("{}"), Patch::Absent);
        assert_eq!(read(r#"{"comment":null}"#), Patch::Clear);
        assert_eq!(read(r#"{"comment":"x"}"#), Patch::Set("x".to_owned()));

        let old = || Some("old".to_owned());
        assert_eq!(Patch::Absent.apply(old()), old());
        assert_eq!(Patch::Clear.apply(old()), None);
        assert_eq!(Patch::Set("new".to_owned()).apply(old()).as_deref(), Some("new"));
    }
}
