/// Which sockets are ready, by the numbers that they are watched under.
#[derive(Debug, Default)]
pub(crate) struct Ready(Vec<u64>);

impl Ready {
    pub(crate) fn set(&mut self, number: usize, is_ready: bool) {
        let (word, bit) = (number / 64, 1 << (number % 64));
        if word >= self.0.len() {
            self.0.resize(word + 1, 0);
        }
        if is_ready {
            self.0[word] |= bit;
        } else {
            self.0[word] &= !bit;
        }
    }

    /// The first of this number and those above it.
    pub(crate) fn next(&self, from: usize) -> Option<usize> {
        let first = self.0.get(from / 64)? & (u64::MAX << (from % 64));
        let rest = self.0.iter().copied().skip(from / 64 + 1);
        let words = std::iter::once(first).chain(rest);
        let found = words.enumerate().find(|(_, word)| *word != 0);
        found.map(|(word, bits)| (from / 64 + word) * 64 + bits.trailing_zeros() as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_found_from_any_number() {
        let mut ready = Ready::default();
        assert_eq!(ready.next(0), None);
        let numbers = [0, 1, 63, 64, 127, 200];
        for number in numbers {
            ready.set(number, true);
        }
        for from in 0..300 {
            assert_eq!(ready.next(from), numbers.into_iter().find(|number| *number >= from));
        }
        ready.set(64, false);
        ready.set(900, false);
        assert_eq!((ready.next(64), ready.next(201)), (Some(127), None));
    }
}
