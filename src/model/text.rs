//! Limits on text that comes from outside, the one check that applies them, and how counts read.

use super::Invalid;

/// Longest id that a caller may choose (message, conversation, user), in characters.
pub const ID_CHARS_MAX: usize = 256;
/// Longest label (action type, model, prompt version, variant, reason), in characters.
pub const LABEL_CHARS_MAX: usize = 200;
/// Longest free text (prompt, answer, comment, correction), in characters.
pub const TEXT_CHARS_MAX: usize = 200_000;
/// Most reasons on one feedback.
pub const REASONS_MAX: usize = 20;
/// Most keys, counted at every level, in one JSON value.
pub const JSON_KEYS_MAX: usize = 256;
/// Most keys in a whole exchange of chat messages or a list of tools.
pub const EXCHANGE_KEYS_MAX: usize = 20_000;

/// An id or label: 1 to `max` characters, none of them a control character.
pub(crate) fn label(field: &'static str, text: String, max: usize) -> Result<String, Invalid> {
    let n = text.chars().count();
    if n == 0 || n > max {
        return Err(Invalid::new(field, format!("must have 1 to {max} characters, not {n}")));
    }
    if text.chars().any(char::is_control) {
        return Err(Invalid::new(field, "must not contain control characters"));
    }
    Ok(text)
}

/// Free text: up to [`TEXT_CHARS_MAX`] characters, anything but NUL. Stored as given.
pub(crate) fn free(field: &'static str, text: String) -> Result<String, Invalid> {
    if text.contains('\0') {
        return Err(Invalid::new(field, "must not contain NUL characters"));
    }
    // A byte length within the limit implies the character count is; the count is the slow check.
    if text.len() > TEXT_CHARS_MAX && text.chars().count() > TEXT_CHARS_MAX {
        return Err(Invalid::new(field, format!("must have at most {TEXT_CHARS_MAX} characters")));
    }
    Ok(text)
}

/// A JSON value that is safe to store: no NUL in any string, at most `keys_max` keys.
pub(crate) fn json(
    field: &'static str,
    value: &serde_json::Value,
    keys_max: usize,
) -> Result<(), Invalid> {
    let mut keys = 0;
    let mut open = vec![value];
    while let Some(value) = open.pop() {
        match value {
            serde_json::Value::String(text) if text.contains('\0') => {
                return Err(Invalid::new(field, "must not contain NUL characters"));
            }
            serde_json::Value::Array(items) => open.extend(items),
            serde_json::Value::Object(map) => {
                keys += map.len();
                if keys > keys_max {
                    let rule = format!("must have at most {keys_max} keys");
                    return Err(Invalid::new(field, rule));
                }
                if map.keys().any(|key| key.contains('\0')) {
                    return Err(Invalid::new(field, "must not contain NUL characters"));
                }
                open.extend(map.values());
            }
            _ => (),
        }
    }
    Ok(())
}

/// Whether a spreadsheet could take a cell with this text for a formula, now or once apostrophes
/// before it are taken off. The full-width forms count: spreadsheets of East Asian locales
/// calculate them, too.
pub(crate) fn looks_like_formula(text: &str) -> bool {
    const FORMULA: [char; 12] =
        ['=', '+', '-', '@', '\t', '\r', '\n', '\0', '＝', '＋', '－', '＠'];
    text.trim_start_matches('\'').starts_with(FORMULA)
}

/// A count as people read it: 11229 as "11,229".
pub fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let place = |(at, digit): (usize, char)| {
        let comma = at > 0 && (digits.len() - at).is_multiple_of(3);
        comma.then_some(',').into_iter().chain([digit])
    };
    digits.chars().enumerate().flat_map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_neither_empty_nor_too_long_nor_has_control_characters() {
        assert!(label("x", "todo".into(), 4).is_ok());
        assert!(label("x", "äöüß".into(), 4).is_ok(), "characters, not bytes");
        for bad in ["", "todos", "a\nb", "a\0"] {
            assert!(label("x", bad.into(), 4).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_count_has_a_comma_before_every_third_digit_from_the_end() {
        let shown = [0, 999, 1_000, 11_229, 1_000_000].map(thousands);
        assert_eq!(shown, ["0", "999", "1,000", "11,229", "1,000,000"]);
    }

    #[test]
    fn nul_is_refused_anywhere_in_json() {
        let deep = serde_json::json!({"a": [{"b": "x\u{0}"}]});
        assert!(json("action_data", &deep, 9).is_err());
        assert!(json("action_data", &serde_json::json!({"a\u{0}": 1}), 9).is_err());
        assert!(json("action_data", &serde_json::json!({"a": [1, "ok", null]}), 9).is_ok());
    }

    #[test]
    fn keys_are_counted_over_all_levels() {
        let inner: serde_json::Map<_, _> =
            (0..JSON_KEYS_MAX).map(|n| (n.to_string(), 1.into())).collect();
        assert!(json("x", &inner.clone().into(), JSON_KEYS_MAX).is_ok());
        assert!(json("x", &serde_json::json!({ "one_more": inner }), JSON_KEYS_MAX).is_err());
    }
}
