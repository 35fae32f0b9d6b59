//! What a gradient and a step of ascent cost: `make bench`, or `make bench BENCH="--quick"`.
//! Everything is a ratio of two programs measured in turn, round by round, in processes of their own, so that neither
//! library's threads wait beside the other's. A round is the median of some runs; the table has the median of the rounds'
//! ratios and the quartiles beside it. No ratio makes this fail.
#![expect(clippy::unwrap_used, reason = "a program for developers")]

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Instant;

use dissect_onnx::arch::{ClassifierOptions, classifier, generator};
use dissect_onnx::export::{Metadata, export};
use dissect_onnx::gradient::{Options, Target, differentiate, differentiate_graph};
use dissect_onnx::graph::Graph;
use dissect_onnx::model::{Dim, Model};
use dissect_onnx::session::{Binding, Buffer, Device, Session, SessionOptions};
use dissect_onnx::tensor::{DataType, Tensor};
use dissect_trainer::network::{Mode, Network};

/// Learning rate of the ascent.
const RATE: f32 = 0.05;

/// What is timed: `work` on a network at a batch with so many threads.
#[derive(Clone, Debug)]
struct Side {
    work: &'static str,
    network: &'static str,
    batch: usize,
    threads: usize,
}

/// The first over the second.
struct Pair {
    what: String,
    of: Side,
    over: Side,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [flag, work, network, batch, threads] = arguments.as_slice()
        && flag == "--side"
    {
        return side(work, network, batch.parse().unwrap(), threads.parse().unwrap());
    }
    let quick = arguments.iter().any(|a| a == "--quick");
    let out = arguments.iter().position(|a| a == "--out").map(|i| PathBuf::from(&arguments[i + 1]));
    let rounds = if quick { 5 } else { 7 };
    let mut rows = Vec::new();
    for pair in pairs(quick) {
        let row = measure(&pair, if pair.of.batch < 1000 { rounds } else { 3 });
        println!("{}", row.line());
        rows.push(row);
    }
    if let Some(folder) = out {
        std::fs::create_dir_all(&folder).unwrap();
        let head = "| what | ratio (quartiles) | first, ms | second, ms |\n| --- | --- | --- | --- |\n";
        let lines: String = rows.iter().map(|r| r.line() + "\n").collect();
        std::fs::write(folder.join("bench.md"), head.to_owned() + &lines).unwrap();
        let json = serde_json::to_string_pretty(&rows).unwrap();
        std::fs::write(folder.join("bench.json"), json).unwrap();
    }
}

fn pairs(quick: bool) -> Vec<Pair> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from).min(2);
    let full = if quick { 20 } else { 100 };
    let on = |work, network, batch, threads| Side { work, network, batch, threads };
    let mut pairs = Vec::new();
    for threads in 1..=cores {
        for network in ["vgg11", "resnet32"] {
            pairs.push(Pair {
                what: format!(
                    "{network}, batch {full}, {threads} threads: forward and gradient over forward"
                ),
                of: on("gradient", network, full, threads),
                over: on("forward", network, full, threads),
            });
        }
        pairs.push(Pair {
            what: format!("vgg11, batch {full}, {threads} threads: libtorch's step over ours"),
            of: on("torch", "vgg11", full, threads),
            over: on("step", "vgg11", full, threads),
        });
    }
    pairs.push(Pair {
        what: format!("vgg11, batch {full}: our step, 1 thread over {cores}"),
        of: on("step", "vgg11", full, 1),
        over: on("step", "vgg11", full, cores),
    });
    let batches: &[usize] = if quick { &[1, 100] } else { &[1, 10, 1000] };
    for &batch in batches {
        pairs.push(Pair {
            what: format!("vgg11, {cores} threads: our step at batch {batch} over batch {full}"),
            of: on("step", "vgg11", batch, cores),
            over: on("step", "vgg11", full, cores),
        });
    }
    pairs
}

#[derive(serde::Serialize)]
struct Row {
    what: String,
    ratio: [f64; 3],
    first_ms: f64,
    second_ms: f64,
}

impl Row {
    fn line(&self) -> String {
        let [low, middle, high] = self.ratio;
        let (what, first, second) = (&self.what, self.first_ms, self.second_ms);
        format!("| {what} | {middle:.3} ({low:.3} to {high:.3}) | {first:.1} | {second:.1} |")
    }
}

fn quartiles(mut values: Vec<f64>) -> [f64; 3] {
    values.sort_by(f64::total_cmp);
    [1, 2, 3].map(|q| values[(values.len() - 1) * q / 4])
}

fn measure(pair: &Pair, rounds: usize) -> Row {
    let (mut first, mut second) = (Runner::start(&pair.of), Runner::start(&pair.over));
    let (mut a, mut b) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        // The order changes from round to round, so that neither side is always the one that comes after.
        if round % 2 == 0 {
            a.push(first.time());
            b.push(second.time());
        } else {
            b.push(second.time());
            a.push(first.time());
        }
    }
    let ratios = a.iter().zip(&b).map(|(a, b)| a / b).collect();
    let (first_ms, second_ms) = (quartiles(a)[1] * 1e3, quartiles(b)[1] * 1e3);
    Row { what: pair.what.clone(), ratio: quartiles(ratios), first_ms, second_ms }
}

/// A side in a process of its own, which runs when it is asked to and sleeps otherwise.
struct Runner {
    child: Child,
    ask: Option<ChildStdin>,
    answers: BufReader<std::process::ChildStdout>,
}

impl Runner {
    fn start(side: &Side) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--side", side.work, side.network]);
        command.args([side.batch.to_string(), side.threads.to_string()]);
        // Threads that spin on would take the other side's cores.
        command.env("OMP_WAIT_POLICY", "passive").env("OMP_NUM_THREADS", side.threads.to_string());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (ask, answers) = (child.stdin.take(), BufReader::new(child.stdout.take().unwrap()));
        Self { child, ask, answers }
    }

    /// Seconds of one run, the median of a round.
    fn time(&mut self) -> f64 {
        writeln!(self.ask.as_mut().unwrap()).unwrap();
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        line.trim().parse().unwrap()
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        drop(self.ask.take());
        let _ = self.child.wait();
    }
}

fn side(work: &str, network: &str, batch: usize, threads: usize) {
    tch::set_num_threads(threads as i32);
    let mut run: Box<dyn FnMut()> = match work {
        "torch" => eager(network, batch),
        _ => bound(work, network, batch, threads),
    };
    run();
    let mut answered = std::io::stdout().lock();
    for _ in std::io::stdin().lock().lines() {
        let (mut times, started) = (Vec::new(), Instant::now());
        while times.len() < if batch < 1000 { 2 } else { 1 }
            || (started.elapsed().as_secs_f64() < 0.3 && times.len() < 50)
        {
            let before = Instant::now();
            run();
            times.push(before.elapsed().as_secs_f64());
        }
        writeln!(answered, "{}", quartiles(times)[1]).unwrap();
        answered.flush().unwrap();
    }
}

fn networks(name: &str) -> (Network, Network) {
    let judge = classifier(name, &ClassifierOptions::default()).unwrap();
    let make = generator(100, 64).unwrap();
    (Network::new(make, 1, tch::Device::Cpu), Network::new(judge, 2, tch::Device::Cpu))
}

fn exported(network: &Network) -> Model {
    export(network.architecture(), &network.weights(), &Metadata::default()).unwrap()
}

/// libtorch's autograd on the same two networks: forward, gradient by z alone, update.
fn eager(network: &str, batch: usize) -> Box<dyn FnMut()> {
    let (make, judge) = networks(network);
    for parameter in make.trained().into_iter().chain(judge.trained()) {
        let _ = parameter.set_requires_grad(false);
    }
    let mut z = tch::Tensor::randn([batch as i64, 100], (tch::Kind::Float, tch::Device::Cpu));
    Box::new(move || {
        let latent = z.set_requires_grad(true);
        let logits = judge.forward(&make.forward(&latent, Mode::Evaluate), Mode::Evaluate);
        let objective = logits.select(1, 3).sum(tch::Kind::Float);
        let gradient = tch::Tensor::run_backward(&[objective], &[&latent], false, false).remove(0);
        z = tch::no_grad(|| &latent + gradient * f64::from(RATE)).detach();
    })
}

/// The forms that `dissect compare` chooses on a CPU.
fn fast() -> Options {
    Options { target: Target::Cpu, ..Options::default() }
}

/// A model of ours on bound buffers, nothing copied.
fn bound(work: &str, network: &str, batch: usize, threads: usize) -> Box<dyn FnMut()> {
    let (make, judge) = networks(network);
    let model = match work {
        "forward" => exported(&judge),
        "gradient" => differentiate(&exported(&judge), &fast()).unwrap(),
        _ => step(&exported(&make), &exported(&judge)),
    };
    let options = SessionOptions { device: Device::Cpu, threads, ..Default::default() };
    let mut session = Session::new(&model, &options).unwrap();
    let mut binding: Binding = session.binding().unwrap();
    let mut kept: Vec<Buffer> = Vec::new();
    let shape = |dims: Option<Vec<Dim>>| -> Vec<usize> {
        let size = |dim: Dim| if let Dim::Fixed(n) = dim { n } else { batch };
        dims.into_iter().flatten().map(size).collect()
    };
    for input in model.inputs().unwrap() {
        let shape = shape(input.dims);
        let count = shape.iter().product::<usize>();
        let values: Vec<f32> = (0..count).map(|i| ((i * 7919 % 1000) as f32 - 500.0) / 500.0).collect();
        let mut buffer = session.buffer(DataType::Float, &shape).unwrap();
        buffer.write(&Tensor::from_vec(&shape, &values)).unwrap();
        binding.input(&input.name, &buffer).unwrap();
        kept.push(buffer);
    }
    for output in model.outputs().unwrap() {
        let mut buffer = session.buffer(DataType::Float, &shape(output.dims)).unwrap();
        binding.output(&output.name, &mut buffer).unwrap();
        kept.push(buffer);
    }
    Box::new(move || {
        session.run_bound(&binding).unwrap();
        std::hint::black_box(&kept);
    })
}

/// Generator, classifier, gradient of one logit and update in one graph.
fn step(make: &Model, judge: &Model) -> Model {
    let mut graph = Graph::new("step", 18);
    let batch = || Dim::Symbol("batch".into());
    let z = graph.add_input("z", DataType::Float, [batch(), Dim::Fixed(100)]);
    let upgraded = |model: &Model| {
        let mut graph = Graph::from_model(model).unwrap();
        graph.upgrade(18).unwrap();
        graph
    };
    let made = graph.merge(&upgraded(make), "G/", &[("z".to_owned(), z)].into()).unwrap();
    let judged = graph.merge(&upgraded(judge), "f/", &[("x".to_owned(), made["x"].clone())].into()).unwrap();
    graph.reserve("logits");
    graph.push("Identity", [&judged["y"]], vec!["logits".into()], []);
    graph.add_output("logits", DataType::Float, [batch(), Dim::Fixed(10)]);
    let mut graph = differentiate_graph(graph, &fast()).unwrap();
    graph.outputs.retain(|output| output.name != "z_grad");
    let rate = graph.scalar(RATE);
    let change = graph.node("Mul", ["z_grad", &rate], []);
    let next = graph.node("Add", ["z", &change], []);
    graph.add_output_as("z_next", &next, DataType::Float, [batch(), Dim::Fixed(100)]);
    graph.to_model().unwrap()
}
