//! The elements of a tensor in another order.

use super::Tensor;

impl Tensor {
    /// Dimension `i` of the result is dimension `perm[i]` of this tensor.
    ///
    /// # Panics
    /// Where `perm` is no permutation of the dimensions, or elements are smaller than a byte.
    #[must_use]
    pub fn transposed(&self, perm: &[usize]) -> Self {
        let strides = self.strides();
        let shape: Vec<usize> = perm.iter().map(|&p| self.shape[p]).collect();
        assert_eq!(perm.len(), self.shape.len(), "one place for each dimension");
        let steps: Vec<isize> = perm.iter().map(|&p| strides[p] as isize).collect();
        self.gathered(shape, 0, &steps)
    }

    /// The elements from last to first along some dimensions.
    #[must_use]
    pub fn flipped(&self, axes: impl IntoIterator<Item = usize>) -> Self {
        let mut steps: Vec<isize> = self.strides().iter().map(|&s| s as isize).collect();
        let mut start = 0;
        for axis in axes {
            start += self.shape[axis].saturating_sub(1) as isize * steps[axis];
            steps[axis] = -steps[axis];
        }
        self.gathered(self.shape.clone(), start, &steps)
    }

    fn strides(&self) -> Vec<usize> {
        let mut strides = vec![1; self.shape.len()];
        for axis in (1..self.shape.len()).rev() {
            strides[axis - 1] = strides[axis] * self.shape[axis];
        }
        strides
    }

    /// Elements read from `start` on, each dimension going in its own steps.
    fn gathered(&self, shape: Vec<usize>, start: isize, steps: &[isize]) -> Self {
        assert_eq!(self.data_type.bits() % 8, 0, "elements are whole bytes");
        let size = self.data_type.bits() / 8;
        let mut bytes = Vec::with_capacity(self.bytes.len());
        let mut index = vec![0_usize; shape.len()];
        let mut position = start;
        for _ in 0..self.len() {
            let from = position as usize * size;
            bytes.extend_from_slice(&self.bytes[from..from + size]);
            for axis in (0..shape.len()).rev() {
                index[axis] += 1;
                position += steps[axis];
                if index[axis] < shape[axis] {
                    break;
                }
                position -= steps[axis] * shape[axis] as isize;
                index[axis] = 0;
            }
        }
        Self { data_type: self.data_type, shape, bytes: bytes.into() }
    }
}
