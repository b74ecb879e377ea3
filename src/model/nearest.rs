//! Which word was meant by one that does not exist.

/// The known word that is most like a mistyped one, if any is like it: at most a third of its
/// letters added, left out, replaced or swapped with their neighbour (F. Damerau, "A technique
/// for computer detection and correction of spelling errors", 1964).
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let distance = |it: &&str| strsim::damerau_levenshtein(word, it);
    let best = known.into_iter().min_by_key(distance)?;
    (distance(&best) <= word.chars().count().div_ceil(3)).then_some(best)
}

/// ` (did you mean 'listen'?)`, or nothing where no known word is like it.
pub fn hint<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(word, known).map_or_else(String::new, |it| format!(" (did you mean '{it}'?)"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_recognised_and_another_word_is_not() {
        let known = ["listen", "log", "log_format", "data"];
        for (word, meant) in [("lissten", "listen"), ("dtaa", "data"), ("log-format", "log_format")]
        {
            assert_eq!(nearest(word, known), Some(meant), "{word}");
        }
        assert_eq!(nearest("synchronous", known), None);
        assert_eq!(hint("lisen", known), " (did you mean 'listen'?)");
        assert_eq!(hint("x", []), "");
    }
}
