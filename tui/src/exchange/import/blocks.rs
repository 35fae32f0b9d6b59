//! The framing of W&B's files: after a header, blocks of 32 KiB as in LevelDB's logs, that hold records in one or several
//! fragments, each with its checksum. Knows nothing of what a record means.
//!
//! Source: <https://github.com/google/leveldb/blob/main/doc/log_format.md>; the checksum is CRC-32, and not masked.

use crc::{CRC_32_ISO_HDLC, Crc, Table};

/// How such a file begins; two bytes of a second magic number and a version follow.
pub(super) const MAGIC: &[u8; 4] = b":W&B";
/// Bytes of the file's header.
const HEADER: usize = 7;
/// What follows [`MAGIC`]: the second magic number, little-endian, and the one version there is.
const REST: [u8; 3] = [0xe1, 0xbe, 0];
const BLOCK: usize = 1 << 15;
/// Bytes of a fragment's header: checksum, length, type.
const FRAGMENT: usize = 7;
const CRC32: Crc<u32, Table<16>> = Crc::<u32, Table<16>>::new(&CRC_32_ISO_HDLC);

/// Why reading ended before the end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum BlockError {
    /// Not such a file.
    #[error("at byte 0: found {found:02x?}, expected the header of a W&B file")]
    Header {
        /// The first bytes.
        found: Vec<u8>,
    },
    /// The file ends within a record.
    #[error("the record at byte {byte} is not whole")]
    Torn {
        /// Where its first or last fragment begins.
        byte: usize,
    },
    /// A checksum does not fit.
    #[error("the record at byte {byte} is damaged: its checksum is {found:08x}, expected {expected:08x}")]
    Damaged {
        /// Where the fragment begins.
        byte: usize,
        /// What stands in the file.
        found: u32,
        /// What the bytes give.
        expected: u32,
    },
    /// Fragments that do not follow each other.
    #[error("the record at byte {byte} is damaged: found a fragment of type {found}, expected {expected}")]
    Order {
        /// Where the fragment begins.
        byte: usize,
        /// Its type.
        found: u8,
        /// The types that may follow.
        expected: &'static str,
    },
}

/// The records of a file, in order, up to its end or the first that is not whole.
pub(super) struct Blocks<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl<'b> Blocks<'b> {
    /// Reads the header.
    pub(super) fn of(bytes: &'b [u8]) -> Result<Self, BlockError> {
        let expected = [&MAGIC[..], &REST[..]].concat();
        if !bytes.starts_with(&expected) {
            return Err(BlockError::Header { found: bytes[..bytes.len().min(HEADER)].to_vec() });
        }
        Ok(Self { bytes, at: HEADER })
    }

    /// The next record and where it begins; none at the end of the file.
    pub(super) fn read(&mut self) -> Result<Option<(usize, Vec<u8>)>, BlockError> {
        let mut record = Vec::new();
        let mut first = None;
        loop {
            // What is left of a block and too short for a header is filled up.
            let left = BLOCK - self.at % BLOCK;
            if left < FRAGMENT {
                self.at += left;
            }
            let byte = self.at;
            let Some(rest) = self.bytes.get(byte..).filter(|rest| !rest.is_empty()) else {
                return match first {
                    None => Ok(None),
                    Some(byte) => Err(BlockError::Torn { byte }),
                };
            };
            let torn = || BlockError::Torn { byte: first.unwrap_or(byte) };
            let (header, rest) = rest.split_at_checked(FRAGMENT).ok_or_else(torn)?;
            let found = u32::from_le_bytes([header[0], header[1], header[2], header[3]]);
            let length = usize::from(u16::from_le_bytes([header[4], header[5]]));
            let data = rest.get(..length).ok_or_else(torn)?;
            let kind = header[6];
            let mut digest = CRC32.digest();
            digest.update(&[kind]);
            digest.update(data);
            let expected = digest.finalize();
            if found != expected {
                return Err(BlockError::Damaged { byte, found, expected });
            }
            let (ends, expected) = match (kind, first) {
                (1, None) => (true, ""),
                (2, None) | (3, Some(_)) => (false, ""),
                (4, Some(_)) => (true, ""),
                (_, None) => (false, "1 or 2"),
                (_, Some(_)) => (false, "3 or 4"),
            };
            if !expected.is_empty() {
                return Err(BlockError::Order { byte, found: kind, expected });
            }
            first.get_or_insert(byte);
            record.extend_from_slice(data);
            self.at = byte + FRAGMENT + length;
            if ends {
                return Ok(Some((first.unwrap_or(byte), record)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file of these records, in fragments as LevelDB's rules cut them.
    fn file(records: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = [&MAGIC[..], &REST[..]].concat();
        for record in records {
            let mut rest = record.as_slice();
            let mut first = true;
            loop {
                let left = BLOCK - bytes.len() % BLOCK;
                if left < FRAGMENT {
                    bytes.resize(bytes.len() + left, 0);
                    continue;
                }
                let (data, after) = rest.split_at(rest.len().min(left - FRAGMENT));
                let kind = match (first, after.is_empty()) {
                    (true, true) => 1,
                    (true, false) => 2,
                    (false, false) => 3,
                    (false, true) => 4,
                };
                bytes.extend_from_slice(&CRC32.checksum(&[&[kind][..], data].concat()).to_le_bytes());
                bytes.extend_from_slice(&(data.len() as u16).to_le_bytes());
                bytes.push(kind);
                bytes.extend_from_slice(data);
                (rest, first) = (after, false);
                if rest.is_empty() {
                    break;
                }
            }
        }
        bytes
    }

    fn read_all(bytes: &[u8]) -> (Vec<Vec<u8>>, Option<BlockError>) {
        let mut blocks = match Blocks::of(bytes) {
            Ok(blocks) => blocks,
            Err(error) => return (Vec::new(), Some(error)),
        };
        let mut records = Vec::new();
        loop {
            match blocks.read() {
                Ok(Some((_, record))) => records.push(record),
                Ok(None) => return (records, None),
                Err(error) => return (records, Some(error)),
            }
        }
    }

    #[test]
    fn records_of_any_length_go_over_blocks() {
        for first in [0, 1, BLOCK - 30, BLOCK - 22, BLOCK - 21, BLOCK - 20, BLOCK - 14, BLOCK, 3 * BLOCK] {
            let records = vec![vec![1; first], vec![2; 10], vec![3; 2 * BLOCK]];
            assert_eq!(read_all(&file(&records)), (records, None), "{first}");
        }
    }

    #[test]
    fn fragments_must_follow_each_other() {
        let whole = file(&[vec![1; 3], vec![2; 3]]);
        let fragment = |kind: u8| {
            let sum = CRC32.checksum(&[kind, 9]).to_le_bytes();
            [&sum[..], &[1, 0, kind, 9]].concat()
        };
        let then =
            |kinds: &[u8]| kinds.iter().fold(whole.clone(), |bytes, kind| [bytes, fragment(*kind)].concat());
        let order = |byte, found, expected| Some(BlockError::Order { byte, found, expected });
        let cases = [
            (then(&[1]), 3, None),
            (then(&[2, 4]), 3, None),
            (then(&[2, 3, 3, 4]), 3, None),
            (then(&[4]), 2, order(27, 4, "1 or 2")),
            (then(&[3]), 2, order(27, 3, "1 or 2")),
            (then(&[0]), 2, order(27, 0, "1 or 2")),
            (then(&[2, 1]), 2, order(35, 1, "3 or 4")),
            (then(&[2]), 2, Some(BlockError::Torn { byte: 27 })),
        ];
        for (bytes, count, expected) in cases {
            let (records, error) = read_all(&bytes);
            assert_eq!((records.len(), error), (count, expected));
        }
    }
}
