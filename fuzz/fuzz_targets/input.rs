//! How an input is laid out: a choice, the number of splits, the splits, and the bytes.

/// The choice, where to split, and what.
pub fn parts(input: &[u8]) -> Option<(u8, Vec<usize>, &[u8])> {
    let [choice, count, rest @ ..] = input else { return None };
    let (splits, bytes) = rest.split_at_checked(usize::from(count % 16))?;
    Some((*choice, splits.iter().map(|&split| usize::from(split % 64)).collect(), bytes))
}
