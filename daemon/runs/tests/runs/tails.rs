//! Following files that grow, are torn, cut and replaced.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use dissect_runs::records::Record;
use dissect_runs::tail::{Batch, Lines, Metrics, Watcher};
use proptest::prelude::*;

fn append(path: &Path, text: &str) {
    OpenOptions::new().create(true).append(true).open(path).unwrap().write_all(text.as_bytes()).unwrap();
}

fn read(lines: &mut Lines) -> (bool, Vec<String>) {
    let Batch { restarted, items, .. } = lines.read().unwrap();
    (restarted, items)
}

fn some(lines: &[&str]) -> Vec<String> {
    lines.iter().map(|line| (*line).to_owned()).collect()
}

#[test]
fn a_torn_last_line_is_not_yet_written_and_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let mut lines = Lines::new(&path);
    assert_eq!(read(&mut lines), (false, vec![]), "not there yet");
    for (added, expected) in [
        ("a\nb", some(&["a"])),
        ("", some(&[])),
        ("c", some(&[])),
        ("d\n", some(&["bcd"])),
        ("\n\n", some(&["", ""])),
        ("caf\u{e9}\n", some(&["caf\u{e9}"])),
    ] {
        append(&path, added);
        assert_eq!(read(&mut lines), (false, expected), "after {added:?}");
    }
}

#[test]
fn a_file_that_is_cut_replaced_or_removed_is_read_anew() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let mut lines = Lines::new(&path);
    append(&path, "a\nb\n");
    assert_eq!(read(&mut lines), (false, some(&["a", "b"])));
    fs::write(&path, "c\n").unwrap();
    assert_eq!(read(&mut lines), (true, some(&["c"])), "cut");
    // Cut and grown past the old length between two looks.
    fs::write(&path, "d\ne\nf\n").unwrap();
    assert_eq!(read(&mut lines), (true, some(&["d", "e", "f"])));
    let other = folder.path().join("other");
    fs::write(&other, "d\ne\nf\ng\n").unwrap();
    fs::rename(&other, &path).unwrap();
    assert_eq!(read(&mut lines), (true, some(&["d", "e", "f", "g"])), "replaced");
    fs::remove_file(&path).unwrap();
    assert_eq!(read(&mut lines), (true, vec![]), "removed");
    append(&path, "h\n");
    assert_eq!(read(&mut lines), (false, some(&["h"])));
}

#[test]
fn what_is_not_a_record_is_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("metrics.jsonl");
    let record = Record::epoch(1, 10).with("train_loss", 0.5);
    let line = serde_json::to_string(&record).unwrap();
    append(&path, &format!("{line}\n{{\"kind\":\"st\n{{\"kind\":\"new\",\"time\":1,\"step\":1}}\n{line}\n"));
    let batch = Metrics::new(&path).read().unwrap();
    assert_eq!((batch.items, batch.skipped), (vec![record.clone(), record], 2));
}

#[test]
fn a_long_file_comes_in_several_looks() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("metrics.jsonl");
    let line = serde_json::to_string(&Record::step(1).with("loss", 0.5)).unwrap() + "\n";
    let count = (9 << 20) / line.len();
    fs::write(&path, line.repeat(count)).unwrap();
    let mut metrics = Metrics::new(&path);
    assert!(metrics.read().unwrap().more);
    assert_eq!(Metrics::new(&path).read_all().unwrap().items.len(), count);
}

/// Waits until the watcher names `path`.
fn hear(watcher: &mut Watcher, path: &Path) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !watcher.wait(Duration::from_secs(5)).unwrap().contains(path) {
        assert!(Instant::now() < deadline, "waited in vain for {}", path.display());
    }
}

#[test]
fn a_watcher_names_files_that_change_also_in_folders_yet_to_come() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("home/runs/a");
    let file = folder.join("metrics.jsonl");
    let mut watcher = Watcher::new().unwrap();
    watcher.add(&folder).unwrap();
    assert!(watcher.wait(Duration::ZERO).unwrap().is_empty());
    for path in [root.path().join("home"), root.path().join("home/runs"), folder.clone()] {
        fs::create_dir(&path).unwrap();
        append(&path.join("noise"), "x");
    }
    // The folder's appearance is a change of the folder; what it holds is looked at then.
    hear(&mut watcher, &folder);
    append(&file, "x");
    hear(&mut watcher, &file);
    fs::read(&file).unwrap();
    append(&file, "y");
    hear(&mut watcher, &file);
    watcher.remove(&folder);
    append(&file, "z");
    assert!(watcher.wait(Duration::from_millis(50)).unwrap().is_empty());
}

proptest! {
    #[test]
    fn however_the_writes_are_cut_the_lines_are_the_same(
        lines in prop::collection::vec("[a-zé]{0,6}", 0..12),
        cuts in prop::collection::vec(0_usize..100, 0..12),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let mut cuts: Vec<_> = cuts.into_iter().map(|cut| cut.min(text.len())).chain([text.len()]).collect();
        cuts.sort_unstable();
        let mut follower = Lines::new(&path);
        let (mut found, mut written) = (Vec::new(), 0);
        for cut in cuts {
            let mut file = OpenOptions::new().create(true).append(true).open(&path).unwrap();
            file.write_all(&text.as_bytes()[written..cut]).unwrap();
            written = cut;
            let (restarted, new) = read(&mut follower);
            prop_assert!(!restarted);
            found.extend(new);
        }
        prop_assert_eq!(found, lines);
    }
}
