//! What names, passwords, mail addresses and numbers may look like.

/// Longest mail address.
const MAIL_MAX: usize = 64;

/// A user name: 7 to 33 letters, digits, `_ @ . -`, first a letter or digit.
pub(crate) fn is_user_name(text: &str) -> bool {
    (7..=33).contains(&text.len()) && is_word(text, "_@.-")
}

/// A password: 8 to 32 letters, digits and what `extra` holds, first a letter or digit.
pub(crate) fn is_password(text: &str, extra: &str) -> bool {
    (8..=32).contains(&text.len()) && is_word(text, extra)
}

/// What a session of a role is called: 2 to 64 letters, digits, `. @ - _`.
pub(crate) fn is_session_name(text: &str) -> bool {
    (2..=64).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphanumeric() || ".@-_".contains(c))
}

/// A mail address: something before and behind an `@`, at most 64 characters.
pub(crate) fn is_mail(text: &str) -> bool {
    let has_both_sides = text.split_once('@').is_some_and(|(before, behind)| !before.is_empty() && !behind.is_empty());
    has_both_sides && text.len() <= MAIL_MAX && !text.contains(char::is_whitespace)
}

/// A bandwidth in Kbit/s, 1 to `max`.
pub(crate) fn bandwidth(text: &str, max: u64) -> Option<u64> {
    text.parse().ok().filter(|value| (1..=max).contains(value))
}

fn is_word(text: &str, extra: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || extra.contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_names_keep_to_length_and_alphabet() {
        let longest = "a".repeat(33);
        for good in ["doctest", "7.users", "alice.w@example-x.com_", &longest] {
            assert!(is_user_name(good), "{good}");
        }
        let too_long = "a".repeat(34);
        for bad in ["", "doctes", &too_long, "_doctest", "doc test", "doctest+", "döctest"] {
            assert!(!is_user_name(bad), "{bad}");
        }
    }

    #[test]
    fn passwords_keep_to_length_and_alphabet() {
        let longest = "a".repeat(32);
        for good in ["pass1234", "P_a@s-s1", &longest] {
            assert!(is_password(good, "_@-"), "{good}");
        }
        let too_long = "a".repeat(33);
        for bad in ["pass123", &too_long, "-pass1234", "pass.1234", "pass 1234"] {
            assert!(!is_password(bad, "_@-"), "{bad}");
        }
        assert!(is_password("pass.1234", "_@.-"));
    }

    #[test]
    fn mail_addresses_need_an_at_sign_and_64_characters_at_most() {
        for good in ["a@b", "user+a@example.com"] {
            assert!(is_mail(good), "{good}");
        }
        let too_long = format!("{}@example.com", "a".repeat(53));
        for bad in ["", "a", "@b", "a@", "a b@c", &too_long] {
            assert!(!is_mail(bad), "{bad}");
        }
    }

    #[test]
    fn bandwidth_is_a_whole_number_within_its_limit() {
        assert_eq!(bandwidth("1", 20_000), Some(1));
        assert_eq!(bandwidth("20000", 20_000), Some(20_000));
        for bad in ["", "0", "-1", "20001", "1.5", "1e3", "many"] {
            assert_eq!(bandwidth(bad, 20_000), None, "{bad}");
        }
    }
}
