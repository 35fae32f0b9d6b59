//! Arrays in .npy files. They are written whole, and read, whole or in parts, from files of unknown origin: every size is
//! checked against the file before anything is allocated. It knows nothing of what the arrays mean. Format: <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use npyz::WriterBuilder;

/// Longest header accepted; NumPy writes 118 bytes for any array of numbers.
const LONGEST_HEADER: usize = 65_536;

/// An array as the file has it, values not read yet.
#[derive(Debug)]
pub struct Npy {
    /// Element type as NumPy names it.
    pub data_type: String,
    /// Whether the last index changes fastest.
    pub c_order: bool,
    /// Dimensions.
    pub shape: Vec<usize>,
    /// Bytes of the header.
    before: u64,
    /// Bytes behind the header.
    length: u64,
    file: File,
}

impl Npy {
    /// Reads the header.
    ///
    /// # Errors
    /// What is wrong with the file, without its name.
    pub fn open(path: &Path) -> Result<Self, String> {
        let mut file = File::open(path).map_err(|error| error.to_string())?;
        let length = file.metadata().map_err(|error| error.to_string())?.len();
        let mut start = [0; 8];
        let cut_short = |_| "not a .npy file".to_owned();
        file.read_exact(&mut start).map_err(cut_short)?;
        if &start[..6] != b"\x93NUMPY" {
            return Err("not a .npy file".into());
        }
        let wide = start[6] > 1;
        let mut size = [0; 4];
        file.read_exact(&mut size[..if wide { 4 } else { 2 }]).map_err(cut_short)?;
        let size = u32::from_le_bytes(size) as usize;
        if size > LONGEST_HEADER {
            return Err(format!("a .npy file with a header of {size} bytes"));
        }
        let mut header = vec![0; size];
        file.read_exact(&mut header).map_err(cut_short)?;
        let header = String::from_utf8_lossy(&header);
        let (data_type, c_order, shape) = parse(&header).ok_or("a .npy file whose header cannot be read")?;
        let before = 8 + if wide { 4 } else { 2 } + size as u64;
        Ok(Self { data_type, c_order, shape, before, length: length.saturating_sub(before), file })
    }

    /// The values of a float32 array.
    ///
    /// # Errors
    /// A file that is cut short, or cannot be read.
    pub fn floats(self) -> Result<Vec<f32>, String> {
        Ok(floats(&self.read(4)?))
    }

    /// The values of an array of bytes.
    ///
    /// # Errors
    /// A file that is cut short, or cannot be read.
    pub fn bytes(self) -> Result<Vec<u8>, String> {
        self.read(1)
    }

    /// `count` elements of a float32 array in C order, from the `from`-th.
    ///
    /// # Errors
    /// Another type or order, elements that the file does not have, or a file that cannot be read.
    pub fn floats_at(&mut self, from: usize, count: usize) -> Result<Vec<f32>, String> {
        self.expect("<f4")?;
        Ok(floats(&self.part(from, count, 4)?))
    }

    /// `count` elements of an array of bytes in C order, from the `from`-th.
    ///
    /// # Errors
    /// Another type or order, elements that the file does not have, or a file that cannot be read.
    pub fn bytes_at(&mut self, from: usize, count: usize) -> Result<Vec<u8>, String> {
        self.expect("|u1")?;
        self.part(from, count, 1)
    }

    fn expect(&self, data_type: &str) -> Result<(), String> {
        if self.data_type == data_type && self.c_order {
            return Ok(());
        }
        let order = if self.c_order { "" } else { " in Fortran order" };
        Err(format!("elements of type {}{order}, expected {data_type} in C order", self.data_type))
    }

    fn part(&mut self, from: usize, count: usize, width: usize) -> Result<Vec<u8>, String> {
        let end = from.checked_add(count).and_then(|end| end.checked_mul(width));
        if end.is_none_or(|end| end as u64 > self.length) {
            return Err(format!("cut short: {} bytes for {:?}", self.length, self.shape));
        }
        let at = self.before + (from * width) as u64;
        self.file.seek(SeekFrom::Start(at)).map_err(|error| error.to_string())?;
        let mut bytes = vec![0; count * width];
        self.file.read_exact(&mut bytes).map_err(|error| error.to_string())?;
        Ok(bytes)
    }

    /// All elements, each of `width` bytes.
    fn read(mut self, width: usize) -> Result<Vec<u8>, String> {
        let count = self.shape.iter().try_fold(width, |n, dim| n.checked_mul(*dim));
        let Some(count) = count.filter(|count| *count as u64 <= self.length) else {
            return Err(format!("cut short: {} bytes for {:?}", self.length, self.shape));
        };
        let mut bytes = vec![0; count];
        self.file.read_exact(&mut bytes).map_err(|error| error.to_string())?;
        Ok(bytes)
    }
}

/// An array in C order as the bytes of a file.
///
/// # Errors
/// A shape of another number of elements.
pub fn written<T: npyz::AutoSerialize + Copy>(shape: &[usize], values: &[T]) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(size_of_val(values) + 128);
    let shape: Vec<u64> = shape.iter().map(|n| *n as u64).collect();
    let options = npyz::WriteOptions::new().default_dtype().shape(&shape).writer(&mut bytes);
    let mut writer = options.begin_nd()?;
    writer.extend(values.iter().copied())?;
    writer.finish()?;
    Ok(bytes)
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.chunks_exact(4).map(|four| f32::from_le_bytes(four.try_into().expect("four"))).collect()
}

/// Element type, order and shape from the header, which is the text of a Python dictionary.
fn parse(header: &str) -> Option<(String, bool, Vec<usize>)> {
    let after = |key: &str| Some(header.split_once(&format!("'{key}':"))?.1.trim_start());
    let data_type = after("descr")?.strip_prefix('\'')?.split_once('\'')?.0.to_owned();
    let c_order = after("fortran_order")?.starts_with("False");
    let dims = after("shape")?.strip_prefix('(')?.split_once(')')?.0;
    let dims = dims.split(',').map(str::trim).filter(|dim| !dim.is_empty());
    Some((data_type, c_order, dims.map(|dim| dim.parse().ok()).collect::<Option<_>>()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_what_was_written_and_never_more() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("array.npy");
        std::fs::write(&path, written(&[2, 3], &[0_f32, 1.0, 2.0, 3.0, 4.0, 5.0]).unwrap()).unwrap();
        let mut array = Npy::open(&path).unwrap();
        assert_eq!(array.shape, [2, 3]);
        assert_eq!(array.floats_at(3, 3).unwrap(), [3.0, 4.0, 5.0]);
        assert_eq!(array.floats_at(0, 1).unwrap(), [0.0]);
        for (from, count) in [(4, 3), (7, 0), (usize::MAX, 1), (0, usize::MAX)] {
            assert!(array.floats_at(from, count).unwrap_err().starts_with("cut short"), "{from} {count}");
        }
        assert!(array.bytes_at(0, 1).unwrap_err().contains("<f4, expected |u1"));
        std::fs::write(&path, written(&[2], &[7_u8, 9]).unwrap()).unwrap();
        assert_eq!(Npy::open(&path).unwrap().bytes_at(1, 1).unwrap(), [9]);
        assert!(written(&[3], &[1_u8]).is_err());
    }
}
