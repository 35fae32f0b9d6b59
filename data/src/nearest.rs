//! Which training images lie nearest to others, by their pixels. Knows no labels and no data sets.

use std::thread;

use crate::{IMAGE, Images};

/// An image near another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Neighbour {
    /// Its place among the images that were searched.
    pub index: usize,
    /// Root mean square of the differences of all values, where black is 0 and white is 1.
    pub distance: f64,
}

/// The `count` images nearest to each query, the nearest first and, of equally near ones, the earlier; queries are whole
/// images one after the other. Nothing where `goes_on` says no on the way; it is asked some times a second.
///
/// Differences are whole numbers of the bytes, so that the result is the same on every machine, with any number of
/// threads.
pub fn nearest(
    images: &Images,
    queries: &[u8],
    count: usize,
    goes_on: &(dyn Fn() -> bool + Sync),
) -> Option<Vec<Vec<Neighbour>>> {
    let queries: Vec<&[u8]> = queries.chunks_exact(IMAGE).collect();
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let share = queries.len().div_ceil(threads).max(1);
    let found: Vec<Option<Vec<_>>> = thread::scope(|scope| {
        let search = |queries| scope.spawn(move || of_some(images, queries, count, goes_on));
        let threads: Vec<_> = queries.chunks(share).map(search).collect();
        threads.into_iter().map(|thread| thread.join().expect("a search does not panic")).collect()
    });
    Some(found.into_iter().collect::<Option<Vec<_>>>()?.concat())
}

/// Images that stay in the cache while all queries are held against them.
const BLOCK: usize = 64;

fn of_some(
    images: &Images,
    queries: &[&[u8]],
    count: usize,
    goes_on: &dyn Fn() -> bool,
) -> Option<Vec<Vec<Neighbour>>> {
    let mut best: Vec<Vec<(u32, usize)>> = vec![Vec::new(); queries.len()];
    for (block, some) in images.pixels.chunks(BLOCK * IMAGE).enumerate() {
        if !goes_on() {
            return None;
        }
        for (query, best) in queries.iter().zip(&mut best) {
            for (at, image) in some.chunks_exact(IMAGE).enumerate() {
                let found = (squares(query, image), block * BLOCK + at);
                if best.len() < count || best.last().is_some_and(|last| found < *last) {
                    let place = best.partition_point(|other| *other < found);
                    best.insert(place, found);
                    best.truncate(count);
                }
            }
        }
    }
    let neighbour = |&(squares, index): &(u32, usize)| Neighbour {
        index,
        distance: (f64::from(squares) / IMAGE as f64).sqrt() / 255.0,
    };
    Some(best.iter().map(|best| best.iter().map(neighbour).collect()).collect())
}

/// Sum of the squared differences: at most 3072 * 255^2, which a u32 holds.
fn squares(a: &[u8], b: &[u8]) -> u32 {
    a.iter().zip(b).map(|(&a, &b)| u32::from(a.abs_diff(b)) * u32::from(a.abs_diff(b))).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn images(values: &[u8]) -> Images {
        let pixels = values.iter().flat_map(|&value| vec![value; IMAGE]).collect();
        Images { pixels, labels: vec![0; values.len()] }
    }

    #[test]
    fn the_nearest_come_first() {
        let train: Vec<u8> = (0..200).collect();
        let queries = images(&[0, 51, 255]).pixels;
        let found = nearest(&images(&train), &queries, 2, &|| true).unwrap();
        let indices: Vec<Vec<usize>> =
            found.iter().map(|of| of.iter().map(|neighbour| neighbour.index).collect()).collect();
        assert_eq!(indices, [[0, 1], [51, 50], [199, 198]]);
        assert_eq!((found[0][0].distance, found[0][1].distance), (0.0, 1.0 / 255.0));
        assert_eq!(nearest(&images(&[7]), &queries, 5, &|| true).unwrap()[0].len(), 1);
        assert_eq!(nearest(&Images::default(), &queries, 5, &|| true).unwrap(), vec![vec![]; 3]);
        assert_eq!(nearest(&images(&train), &[], 2, &|| true).unwrap(), Vec::<Vec<Neighbour>>::new());
    }

    #[test]
    fn a_search_can_be_ended() {
        assert_eq!(nearest(&images(&[1, 2]), &images(&[1]).pixels, 1, &|| false), None);
    }
}
