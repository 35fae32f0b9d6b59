//! A small generator of numbers (SplitMix64) and the numbers that break programs.

/// Numbers from a seed, the same on every machine.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    /// Neighbouring seeds give unrelated numbers.
    pub(crate) fn new(seed: u64) -> Self {
        let mut random = Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x2545_f491_4f6c_dd1d);
        random.next();
        random
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Below `end`; 0 where that is 0.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        if end == 0 { 0 } else { (self.next() % end as u64) as usize }
    }

    /// True once in `n` times.
    pub(crate) fn once_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        from.get(self.below(from.len()))
    }

    /// A whole number: half of the time a small one, else one at a limit of some type or size.
    pub(crate) fn integer(&mut self) -> i64 {
        const EDGES: [i64; 22] = [
            i64::MIN,
            i64::MIN + 1,
            i64::MAX,
            i64::MAX - 1,
            i32::MAX as i64,
            i32::MIN as i64,
            u32::MAX as i64,
            1 << 31,
            1 << 32,
            1 << 33,
            1 << 40,
            1 << 62,
            -(1 << 40),
            65_536,
            100_000,
            1_000_000,
            50_000_000,
            -65_536,
            255,
            256,
            1023,
            -129,
        ];
        if self.once_in(2) { self.below(12) as i64 - 4 } else { EDGES[self.below(EDGES.len())] }
    }

    pub(crate) fn float(&mut self) -> f32 {
        const EDGES: [f32; 12] =
            [0.0, -0.0, 1.0, -1.0, 0.5, 1e-38, 3e38, -3e38, f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1e9];
        EDGES[self.below(EDGES.len())]
    }
}
