//! What one message may hold at most.

use super::error::Error;

/// Deepest nesting accepted in one value or type; deeper ones are an error, not a stack overflow.
pub const MAX_DEPTH: usize = 100;

/// Most values accepted in one message: 200 MB of nils would otherwise become gigabytes of memory. The parts of the
/// types that dynamic values bring along count too.
pub const MAX_NODES: usize = 4_000_000;

/// Refuses what lies too deep.
pub fn depth(depth: usize) -> Result<(), Error> {
    if depth > MAX_DEPTH {
        return Err(Error::new(format!("a value nested deeper than {MAX_DEPTH} levels")));
    }
    Ok(())
}

/// Refuses what is too much.
pub fn nodes(count: usize) -> Result<(), Error> {
    if count > MAX_NODES {
        return Err(Error::new(format!("more than {MAX_NODES} values in one message")));
    }
    Ok(())
}

/// How many values a JSON document has at most: each one but the first follows a bracket or a comma.
pub fn json_nodes(document: &[u8]) -> usize {
    let mut count = 1;
    let (mut in_text, mut escaped) = (false, false);
    for byte in document {
        match (in_text, byte) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (_, b'"') => in_text = !in_text,
            (false, b'[' | b'{' | b',') => count += 1,
            _ => {}
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_text_is_not_counted() {
        for (document, count) in
            [("1", 1), ("[]", 2), ("[1,2]", 3), (r#"{"a":[1,2],"b":{}}"#, 6), (r#"["a,b\",[{","\\",1]"#, 4)]
        {
            assert_eq!(json_nodes(document.as_bytes()), count, "{document}");
        }
    }
}
