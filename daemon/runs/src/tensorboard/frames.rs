//! The framing of TFRecord files: a length and its checksum, the bytes and theirs. Knows nothing of what the bytes mean.
//!
//! Source: <https://www.tensorflow.org/tutorials/load_data/tfrecord#tfrecords_format_details>.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use crc::{CRC_32_ISCSI, Crc, Table};

const CRC32C: Crc<u32, Table<16>> = Crc::<u32, Table<16>>::new(&CRC_32_ISCSI);

/// Where reading a file had to end.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// The file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file ends within a record: it is still being written, or its writer was killed.
    #[error("{}: the record at byte {byte} is not whole: {found} bytes are there of {expected}", path.display())]
    Torn {
        /// The file.
        path: PathBuf,
        /// Where the record begins.
        byte: u64,
        /// Bytes of it that are there.
        found: u64,
        /// Bytes it should have, where that much is known.
        expected: u64,
    },
    /// A checksum does not fit.
    #[error("{}: the record at byte {byte} is damaged: the checksum of its {part} is {found:08x}, expected {expected:08x}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where the record begins.
        byte: u64,
        /// `length` or `data`.
        part: &'static str,
        /// What stands in the file.
        found: u32,
        /// What the bytes give.
        expected: u32,
    },
}

/// The checksum as it stands in the file: rotated and shifted, so that sums of sums do not go wrong.
fn masked(bytes: &[u8]) -> u32 {
    CRC32C.checksum(bytes).rotate_right(15).wrapping_add(0xa282_ead8)
}

/// Appends one record to `buffer`.
pub(super) fn push(buffer: &mut Vec<u8>, data: &[u8]) {
    let length = (data.len() as u64).to_le_bytes();
    buffer.extend_from_slice(&length);
    buffer.extend_from_slice(&masked(&length).to_le_bytes());
    buffer.extend_from_slice(data);
    buffer.extend_from_slice(&masked(data).to_le_bytes());
}

/// The records of a file, in order, up to its end or the first that is not whole.
pub struct Frames {
    path: PathBuf,
    reader: BufReader<File>,
    length: u64,
    byte: u64,
}

impl Frames {
    /// Opens a file. Its length is taken once: what is appended later is not read.
    pub fn open(path: &Path) -> Result<Self, FrameError> {
        let io = |source| FrameError::Io { path: path.to_owned(), source };
        let file = File::open(path).map_err(io)?;
        let length = file.metadata().map_err(io)?.len();
        Ok(Self { path: path.to_owned(), reader: BufReader::new(file), length, byte: 0 })
    }

    /// Where the next record begins.
    pub fn byte(&self) -> u64 {
        self.byte
    }

    /// The next record; none at the end of the file.
    pub fn read(&mut self) -> Result<Option<Vec<u8>>, FrameError> {
        let left = self.length.saturating_sub(self.byte);
        if left == 0 {
            return Ok(None);
        }
        if left < 12 {
            return Err(self.torn(left, 12));
        }
        let length: [u8; 8] = self.take()?;
        let sum = u32::from_le_bytes(self.take()?);
        self.check("length", sum, &length)?;
        let size = u64::from_le_bytes(length);
        // The length is compared with what is there before anything is set aside for it.
        let whole = size.saturating_add(16);
        if whole > left {
            return Err(self.torn(left, whole));
        }
        let mut data = vec![0; size as usize];
        self.reader.read_exact(&mut data).map_err(|source| self.io(source))?;
        let sum = u32::from_le_bytes(self.take()?);
        self.check("data", sum, &data)?;
        self.byte += whole;
        Ok(Some(data))
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], FrameError> {
        let mut bytes = [0; N];
        self.reader.read_exact(&mut bytes).map_err(|source| self.io(source))?;
        Ok(bytes)
    }

    fn check(&self, part: &'static str, found: u32, bytes: &[u8]) -> Result<(), FrameError> {
        let expected = masked(bytes);
        if found == expected {
            return Ok(());
        }
        Err(FrameError::Damaged { path: self.path.clone(), byte: self.byte, part, found, expected })
    }

    fn torn(&self, found: u64, expected: u64) -> FrameError {
        FrameError::Torn { path: self.path.clone(), byte: self.byte, found, expected }
    }

    fn io(&self, source: io::Error) -> FrameError {
        FrameError::Io { path: self.path.clone(), source }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(bytes: &[u8]) -> (Vec<Vec<u8>>, Option<String>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        std::fs::write(&path, bytes).unwrap();
        let mut frames = Frames::open(&path).unwrap();
        let mut records = Vec::new();
        loop {
            match frames.read() {
                Ok(Some(record)) => records.push(record),
                Ok(None) => return (records, None),
                Err(error) => return (records, Some(error.to_string().replace(path.to_str().unwrap(), "f"))),
            }
        }
    }

    #[test]
    fn the_checksum_is_the_published_one() {
        // RFC 3720, B.4: 32 bytes of zeros.
        assert_eq!(CRC32C.checksum(&[0; 32]), 0x8a91_36aa);
    }

    #[test]
    fn what_is_whole_before_damage_is_read() {
        let mut whole = Vec::new();
        push(&mut whole, b"one");
        push(&mut whole, b"");
        push(&mut whole, b"three");
        let edit = |at: usize, byte: u8| {
            let mut bytes = whole.clone();
            bytes[at] = byte;
            bytes
        };
        let mut huge = whole.clone();
        let length = (u64::MAX - 3).to_le_bytes();
        huge.extend_from_slice(&length);
        huge.extend_from_slice(&masked(&length).to_le_bytes());
        let cases: [(&[u8], usize, Option<&str>); 8] = [
            (&whole, 3, None),
            (b"", 0, None),
            (
                &whole[..whole.len() - 1],
                2,
                Some("f: the record at byte 35 is not whole: 20 bytes are there of 21"),
            ),
            (&whole[..40], 2, Some("f: the record at byte 35 is not whole: 5 bytes are there of 12")),
            (&edit(36, 1), 2, Some("f: the record at byte 35 is damaged: the checksum of its length is")),
            (&edit(48, 1), 2, Some("f: the record at byte 35 is damaged: the checksum of its data is")),
            (&edit(12, 1), 0, Some("f: the record at byte 0 is damaged: the checksum of its data is")),
            (
                &huge,
                3,
                Some("f: the record at byte 56 is not whole: 12 bytes are there of 18446744073709551615"),
            ),
        ];
        for (bytes, count, expected) in cases {
            let (records, error) = read_all(bytes);
            assert_eq!(records.len(), count, "{expected:?}");
            match (error, expected) {
                (None, None) => {}
                (Some(error), Some(expected)) => assert!(error.starts_with(expected), "{error}"),
                (error, expected) => panic!("found {error:?}, expected {expected:?}"),
            }
        }
    }
}
