//! Reproducible randomness: the same seed gives the same test.

/// Xorshift64*: small, fast, and good enough to choose test cases.
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    /// A generator that always starts the same.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// The next 64 bits.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        assert!(end > 0, "there is no number below 0");
        let scaled = u128::from(self.next()) * end as u128;
        (scaled >> 64) as usize
    }

    /// A number from `start` up to and without `end`.
    pub(crate) fn between(&mut self, start: usize, end: usize) -> usize {
        start + self.below(end - start)
    }

    /// True `percent` times out of 100.
    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of the items.
    pub(crate) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }

    /// Fills a buffer.
    pub(crate) fn fill(&mut self, buffer: &mut [u8]) {
        for byte in buffer {
            *byte = (self.next() >> 32) as u8;
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_numbers_and_all_of_a_range_are_reached() {
    let (mut one, mut two) = (Random::new(7), Random::new(7));
    let mut seen = [0; 10];
    for _ in 0..1_000 {
        let n = one.below(10);
        assert_eq!(n, two.below(10));
        seen[n] += 1;
    }
    assert!(seen.iter().all(|n| (60..140).contains(n)), "{seen:?}");
    assert_ne!(Random::new(8).next(), Random::new(7).next());
}
