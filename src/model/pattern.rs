//! The failure pattern of a response: which responses count as "the same".

use sha2::{Digest, Sha256};

/// A 64-bit hash that is equal for equal (prompt, answer, action type).
///
/// The first eight bytes of SHA-256 over the three fields, each with its length before it (so
/// that "ab" + "c" differs from "a" + "bc") and a mark that tells a missing field from an empty
/// one. Two different patterns among a million collide with a probability of 3 in 100 million.
pub fn hash(
    user_message: Option<&str>,
    assistant_response: Option<&str>,
    action_type: Option<&str>,
) -> i64 {
    let mut hasher = Sha256::new();
    for field in [user_message, assistant_response, action_type] {
        hasher.update([u8::from(field.is_some())]);
        let text = field.unwrap_or_default();
        hasher.update((text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    }
    let digest = hasher.finalize();
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    i64::from_le_bytes(first)
}

#[cfg(test)]
mod tests {
    use super::hash;

    #[test]
    fn equal_fields_give_equal_hashes_and_nothing_else_does() {
        assert_eq!(hash(Some("a"), Some("b"), None), hash(Some("a"), Some("b"), None));
        let base = hash(Some("ab"), Some("c"), None);
        for other in [
            hash(Some("a"), Some("bc"), None),
            hash(Some("ab"), None, Some("c")),
            hash(Some("ab"), Some("c"), Some("")),
            hash(None, Some("abc"), None),
        ] {
            assert_ne!(base, other);
        }
    }
}
