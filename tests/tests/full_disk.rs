//! A disk that becomes full under a training, a real one: a small tmpfs in a mount namespace of its own. The test runs
//! itself in there; where the system allows no such namespace it says so and fails, as a promise untried is none.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use dissect_tests::{TestHome, program};

/// Names the folder of the small disk to the process inside.
const INSIDE: &str = "DISSECT_SMALL_DISK";
const SPEC: &str = "kind = \"train\"\nname = \"long\"\n[model]\nwidth = 0.0625\n[data]\ndataset = \"shapes\"\nlimit = 64\n\
    [training]\nepochs = 100000\nbatch_size = 32\n[run]\ndevice = \"cpu\"\nsnapshot_every = 0\n";

#[test]
fn a_full_disk_fails_the_run_with_the_reason_and_once_freed_everything_goes_on() {
    if let Some(disk) = std::env::var_os(INSIDE) {
        return on_a_small_disk(Path::new(&disk));
    }
    // Built out here, where there is room.
    let programs = program("dissectd").parent().expect("it lies in a folder").to_owned();
    let disk = tempfile::tempdir_in("/tmp").expect("/tmp is writable");
    let script = "mount -t tmpfs -o size=3m tmpfs \"$DISSECT_SMALL_DISK\" && exec \"$0\" \"$@\"";
    let output = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", script])
        .arg(std::env::current_exe().expect("a test has an executable"))
        .args([
            "--exact",
            "a_full_disk_fails_the_run_with_the_reason_and_once_freed_everything_goes_on",
            "--nocapture",
        ])
        .env(INSIDE, disk.path())
        .env("DISSECT_PROGRAMS", programs)
        .output()
        .expect("util-linux has `unshare`");
    assert!(
        output.status.success(),
        "in a namespace with a small disk: {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

fn on_a_small_disk(disk: &Path) {
    let home = TestHome::with_daemon_in(disk);
    let id = home.start(SPEC);
    home.wait_for_epochs(&id, 2);
    let ballast = disk.join("ballast");
    fill(&ballast);
    home.wait_for_status(&id, &["failed"]);
    let reason = home.state(&id)["reason"].as_str().expect("a failed run has a reason").to_owned();
    assert!(reason.contains("space"), "{reason}");
    let checkpoints = || fs::read_dir(home.run(&id).join("checkpoints")).expect("it has checkpoints").count();
    assert!(checkpoints() > 0);
    let ended = home.read(&id, "events.jsonl");
    assert!(ended.contains("\"ended\"") && ended.contains("space"), "{ended}");

    // The daemon is up. What it cannot write down it refuses, and leaves nothing of it.
    fill(&disk.join("more"));
    let specification = tempfile::NamedTempFile::new().expect("/tmp is writable");
    fs::write(specification.path(), SPEC).expect("/tmp is writable");
    let refused = home.dissect(["run".as_ref(), "start".as_ref(), specification.path().as_os_str()]);
    assert!(refused.code == 1 && refused.stderr.contains("No space left"), "{refused:?}");
    assert_eq!(home.dissect(["run", "list", "--json"]).json().as_array().map(Vec::len), Some(1));

    fs::remove_file(ballast).expect("it is ours");
    fs::remove_file(disk.join("more")).expect("it is ours");
    let before = home.records(&id, "epoch").len();
    assert_eq!(home.dissect(["run", "resume", "long"]).code, 0);
    home.wait_for_epochs(&id, before + 2);
    let epochs = home.records(&id, "epoch");
    assert!(epochs[before]["epoch"].as_u64() > Some(1), "it goes on from its checkpoint: {epochs:?}");
    assert_eq!(home.dissect(["run", "stop", "long"]).code, 0);
    home.wait_for_status(&id, &["stopped"]);
    let next = home.start(&SPEC.replace("100000", "1").replace("long", "next"));
    home.wait_for_status(&next, &["finished"]);
}

/// Takes every byte that is left.
fn fill(path: &Path) {
    let mut file = File::create(path).expect("names take no room here");
    for size in [1 << 16, 1 << 12, 1] {
        let bytes = vec![b'.'; size];
        while file.write_all(&bytes).is_ok() {}
    }
}
