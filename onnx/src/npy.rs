//! Reading a float32 array from a .npy file of unknown origin: every size is checked against the file before anything
//! is allocated. Format: <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>

use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Longest header accepted; NumPy writes 118 bytes for any array of numbers.
const LONGEST_HEADER: usize = 65_536;

/// An array as the file has it, values not read yet.
pub(super) struct Npy {
    /// Element type as NumPy names it.
    pub(super) data_type: String,
    /// Whether the last index changes fastest.
    pub(super) c_order: bool,
    /// Dimensions.
    pub(super) shape: Vec<usize>,
    /// Bytes behind the header.
    length: u64,
    file: File,
}

impl Npy {
    /// Reads the header. The error says what is wrong.
    pub(super) fn open(path: &Path) -> Result<Self, String> {
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
        Ok(Self { data_type, c_order, shape, length: length.saturating_sub(before), file })
    }

    /// The values of a float32 array.
    pub(super) fn floats(self) -> Result<Vec<f32>, String> {
        let bytes = self.read(4)?;
        Ok(bytes.chunks_exact(4).map(|four| f32::from_le_bytes(four.try_into().expect("four"))).collect())
    }

    /// The values of an array of bytes.
    pub(super) fn bytes(self) -> Result<Vec<u8>, String> {
        self.read(1)
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

/// Element type, order and shape from the header, which is the text of a Python dictionary.
fn parse(header: &str) -> Option<(String, bool, Vec<usize>)> {
    let after = |key: &str| Some(header.split_once(&format!("'{key}':"))?.1.trim_start());
    let data_type = after("descr")?.strip_prefix('\'')?.split_once('\'')?.0.to_owned();
    let c_order = after("fortran_order")?.starts_with("False");
    let dims = after("shape")?.strip_prefix('(')?.split_once(')')?.0;
    let dims = dims.split(',').map(str::trim).filter(|dim| !dim.is_empty());
    Some((data_type, c_order, dims.map(|dim| dim.parse().ok()).collect::<Option<_>>()?))
}
