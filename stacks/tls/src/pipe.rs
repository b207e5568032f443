//! Bytes on their way from one side to the other.

/// A first-in-first-out buffer of at most `N` bytes, kept in one piece.
pub(super) struct Pipe<const N: usize> {
    bytes: [u8; N],
    start: usize,
    end: usize,
}

impl<const N: usize> Pipe<N> {
    pub(super) const fn new() -> Self {
        Self { bytes: [0; N], start: 0, end: 0 }
    }

    pub(super) fn clear(&mut self) {
        (self.start, self.end) = (0, 0);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.start == self.end
    }

    pub(super) fn is_full(&self) -> bool {
        self.end - self.start == N
    }

    /// What is in it.
    pub(super) fn content(&self) -> &[u8] {
        self.bytes.get(self.start..self.end).unwrap_or_default()
    }

    /// Forgets the first `n` bytes.
    pub(super) fn take(&mut self, n: usize) {
        self.start = (self.start + n).min(self.end);
        if self.is_empty() {
            self.clear();
        }
    }

    /// Where the next bytes go: all the room there is.
    pub(super) fn room(&mut self) -> &mut [u8] {
        if self.start > 0 {
            self.bytes.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        self.bytes.get_mut(self.end..).unwrap_or_default()
    }

    /// Counts `n` bytes that were written into the [`room`](Self::room).
    pub(super) fn put(&mut self, n: usize) {
        self.end = (self.end + n).min(N);
    }

    /// Appends what fits of `bytes`, and says how much that was.
    pub(super) fn push(&mut self, bytes: &[u8]) -> usize {
        let n = copy(bytes, self.room());
        self.put(n);
        n
    }

    /// Moves what fits into `out`, and says how much that was.
    pub(super) fn pop(&mut self, out: &mut [u8]) -> usize {
        let n = copy(self.content(), out);
        self.take(n);
        n
    }
}

/// Copies as much as fits.
fn copy(from: &[u8], to: &mut [u8]) -> usize {
    let n = from.len().min(to.len());
    if let (Some(to), Some(from)) = (to.get_mut(..n), from.get(..n)) {
        to.copy_from_slice(from);
    }
    n
}

#[cfg(test)]
mod tests {
    extern crate std;

    use std::vec::Vec;

    use proptest::prelude::*;

    use super::Pipe;

    proptest! {
        #[test]
        fn what_goes_in_comes_out(steps in prop::collection::vec((any::<bool>(), 0..12_u8), 0..60)) {
            let mut pipe = Pipe::<8>::new();
            let (mut model, mut next) = (Vec::new(), 0_u8);
            for (is_push, n) in steps {
                if is_push {
                    let bytes: Vec<u8> = (0..n).map(|i| next.wrapping_add(i)).collect();
                    let taken = pipe.push(&bytes);
                    prop_assert_eq!(taken, usize::from(n).min(8 - model.len()));
                    model.extend_from_slice(&bytes[..taken]);
                    next = next.wrapping_add(n);
                } else {
                    let mut out = std::vec![0; usize::from(n)];
                    let taken = pipe.pop(&mut out);
                    prop_assert_eq!(taken, usize::from(n).min(model.len()));
                    prop_assert_eq!(&out[..taken], &model[..taken]);
                    model.drain(..taken);
                }
                prop_assert_eq!(pipe.content(), &model[..]);
                prop_assert_eq!(pipe.is_empty(), model.is_empty());
                prop_assert_eq!(pipe.is_full(), model.len() == 8);
            }
        }
    }
}
