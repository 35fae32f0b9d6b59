//! `dissect run export --format tensorboard`.

use dissect_runs::home::Home;
use dissect_runs::records::Record;
use dissect_runs::spec::Spec;
use dissect_runs::worker::{End, Worker};
use dissect_tests::TestHome;

use crate::reader::Reader;

#[test]
fn tensorboard_reads_what_is_exported() {
    let home = TestHome::new();
    let spec = Spec::parse("kind = 'train'\nname = 'a'\n[data]\ndataset = 'shapes'\n").expect("a spec");
    let run = Home::at(home.path()).create_run(&spec).expect("a run");
    let mut worker = Worker::begin(run.clone(), None).expect("begun");
    // Step 20 is done twice, as after a resume.
    for (step, loss) in [(10, 1.0), (20, 9.0), (30, 8.0), (20, f64::NAN), (40, 0.5)] {
        worker.record(&Record::step(step).with("loss", loss)).expect("recorded");
    }
    worker.record(&Record::epoch(1, 40).with("test_accuracy", 0.75)).expect("recorded");
    worker.end(End::Finished).expect("ended");

    // The second time it takes the first one's place.
    for _ in 0..2 {
        let finished = home.dissect(["run", "export", "a", "--format", "tensorboard", "--out", "out"]);
        assert_eq!(finished.code, 0, "{finished:?}");
        let mut reader = Reader::of(&home.path().join("out").join(run.id().as_str()));
        assert_eq!(reader.steps("step/loss"), [(10, Some(1.0)), (20, None), (40, Some(0.5))]);
        assert_eq!(reader.steps("epoch/test_accuracy"), [(40, Some(0.75))]);
    }
}
