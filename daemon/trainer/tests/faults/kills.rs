//! `kill -9` at random moments, and what a loss of power leaves of what had not been synced: the run ends with the same
//! bits as one that nobody disturbed.

use std::fs::{self, File};
use std::time::{Duration, Instant};

use dissect_runs::records::Happening;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use crate::subject::{Subject, spec, wait_while_alive};

/// How often a run is killed; `DISSECT_KILLS` asks for another number.
fn kills() -> usize {
    std::env::var("DISSECT_KILLS").map_or(8, |text| text.parse().expect("DISSECT_KILLS is a number"))
}

/// The moments differ from run to run; `DISSECT_SEED` repeats one choice of them.
fn seed() -> u64 {
    let seed = std::env::var("DISSECT_SEED").map_or_else(
        |_| u64::from(std::process::id()),
        |text| text.parse().expect("DISSECT_SEED is a number"),
    );
    println!("DISSECT_SEED={seed}");
    seed
}

#[test]
fn killed_at_random_moments_it_ends_with_the_bits_of_a_run_never_disturbed() {
    let kills = kills();
    // Some of the kills come before the first epoch of a life, some after a few.
    let epochs = kills * 3 + 5;
    let undisturbed = Subject::new(&spec(epochs));
    assert!(undisturbed.work(undisturbed.trainer()).success());

    let subject = Subject::new(&spec(epochs));
    let mut random = SmallRng::seed_from_u64(seed());
    let (mut lost_steps, mut torn) = (0, 0);
    for kill in 0..kills {
        let before = subject.happenings().len();
        let mut child = subject.trainer().spawn().unwrap();
        // Some die before they begin. The others begin, and write up to a few checkpoints more.
        let events = random.random_range(0..4);
        let delay = Duration::from_micros(random.random_range(0..60_000));
        let lived = wait_while_alive(&mut child, || subject.happenings().len() >= before + events);
        let moment = Instant::now() + delay;
        assert!(
            lived && wait_while_alive(&mut child, || Instant::now() >= moment),
            "it ended before kill {kill}"
        );
        child.kill().unwrap();
        child.wait().unwrap();

        let kept = subject.checkpoint().map_or(0, |checkpoint| checkpoint.position.step);
        let written = subject.epochs().last().map_or(0, |record| record.step);
        assert!(written >= kept, "step {kept} is kept, and recorded until {written} only");
        // A checkpoint is written every second epoch of four steps.
        assert!(written - kept <= 8, "{kept} of {written} steps are kept");
        lost_steps += written - kept;
        torn += usize::from(lose_power(&subject, kept, &mut random));
        subject.resume();
    }
    assert!(subject.work(subject.trainer()).success());
    let steps: Vec<u64> = subject.epochs().iter().map(|record| record.step).collect();
    assert_eq!(
        steps,
        (1..=epochs as u64).map(|epoch| epoch * 4).collect::<Vec<_>>(),
        "no gap, no step twice"
    );
    subject.assert_same_as(&undisturbed);
    assert_eq!(hidden(&subject), Vec::<String>::new(), "nothing half written is left");
    let begun = subject.happenings();
    let begun = begun.iter().filter(|what| matches!(what, Happening::Started | Happening::Resumed { .. }));
    println!(
        "{kills} kills over {epochs} epochs: {} processes began, {torn} lines torn, {lost_steps} steps done again",
        begun.count()
    );
}

/// Cuts the metrics somewhere behind what was on the disk when the newest checkpoint got its name, as a loss of power
/// may, and leaves a checkpoint half written; says whether a line was torn.
fn lose_power(subject: &Subject, kept: u64, random: &mut SmallRng) -> bool {
    let path = subject.folder.metrics_path();
    let Ok(bytes) = fs::read(&path) else { return false };
    let end_of_kept = format!("\"step\":{kept},");
    let synced = bytes.windows(end_of_kept.len()).rposition(|bytes| bytes == end_of_kept.as_bytes());
    let rest = synced.and_then(|at| Some(at + bytes[at..].iter().position(|byte| *byte == b'\n')? + 1));
    let length = random.random_range(rest.unwrap_or(0)..=bytes.len());
    File::options().write(true).open(&path).unwrap().set_len(length as u64).unwrap();

    let folder = subject.folder.checkpoints();
    if let Some(newest) = fs::read_dir(&folder).into_iter().flatten().flatten().next() {
        let whole = fs::read(newest.path()).unwrap();
        fs::write(folder.join(".tmp-half"), &whole[..random.random_range(0..whole.len())]).unwrap();
    }
    length > 0 && bytes[length - 1] != b'\n'
}

/// Names that begin with a dot, but for the lock.
fn hidden(subject: &Subject) -> Vec<String> {
    let run = &subject.folder;
    let folders = [run.path().to_owned(), run.checkpoints(), run.snapshots()];
    let names = folders.iter().flat_map(|folder| fs::read_dir(folder).unwrap());
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.starts_with('.') && name != ".lock").collect()
}
