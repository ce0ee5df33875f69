//! What looks like chance and is none: everything here depends on a seed and nothing else.

/// An upper-case UUID that depends on nothing but the seed and how many requests came before.
pub(crate) fn request_id(seed: u64, sequence: u64) -> String {
    let high = mixed(seed.wrapping_add(sequence.wrapping_mul(2)));
    let low = mixed(seed.wrapping_add(sequence.wrapping_mul(2) + 1));
    let (a, b, c) = (high >> 32, (high >> 16) & 0xFFFF, (high & 0x0FFF) | 0x4000);
    let (d, e) = (((low >> 48) & 0x3FFF) | 0x8000, low & 0xFFFF_FFFF_FFFF);
    format!("{a:08X}-{b:04X}-{c:04X}-{d:04X}-{e:012X}")
}

/// The seed of what the request of that number is given.
pub(crate) fn of_request(seed: u64, sequence: u64) -> u64 {
    mixed(mixed(seed) ^ sequence)
}

/// 22 letters and digits.
pub(crate) fn text(seed: u64, salt: u64) -> String {
    const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut text = String::new();
    for half in 0..2 {
        let mut rest = mixed(mixed(seed).wrapping_add(salt * 2 + half));
        for _ in 0..11 {
            text.push(char::from(ALPHABET[(rest % 62) as usize]));
            rest /= 62;
        }
    }
    text
}

/// The finaliser of SplitMix64: neighbouring numbers come out far apart.
pub(crate) fn mixed(number: u64) -> u64 {
    let mut z = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_ids_are_upper_case_uuids_and_differ() {
        let ids: std::collections::BTreeSet<String> = (0..1000).map(|n| request_id(7, n)).collect();
        assert_eq!(ids.len(), 1000);
        for id in ids {
            let lengths: Vec<usize> = id.split('-').map(str::len).collect();
            assert_eq!(lengths, [8, 4, 4, 4, 12], "{id}");
            assert!(id.chars().all(|c| c == '-' || c.is_ascii_digit() || ('A'..='F').contains(&c)), "{id}");
            assert_eq!(&id[14..15], "4", "{id}");
        }
        assert_ne!(request_id(0, 1), request_id(1, 1));
    }
}
