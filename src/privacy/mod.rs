//! Who a user is, without knowing who they are: keyed pseudonyms and the key behind them.

pub(crate) mod pepper;
pub(crate) mod pseudonym;
pub(crate) mod token;
