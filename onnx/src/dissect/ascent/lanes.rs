//! The loop: starts split into lanes that fit in memory, each with two sets of buffers on the device that the steps
//! go to and fro between. Nothing is copied or allocated in a step.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use super::step::{Carried, Z, carried, forward, step_model};
use crate::dissect::classifier::Classifier;
use crate::dissect::generator::Generator;
use crate::dissect::memory;
use crate::dissect::{DissectError, Latents, Settings};
use crate::session::{Binding, Buffer, Session, SessionError, SessionOptions};
use crate::tensor::{DataType, Tensor};

/// All starts of all classes on their way up.
pub(in crate::dissect) struct Ascent {
    session: Session,
    path: String,
    lanes: Vec<Lane>,
    latent: usize,
    classes: usize,
    /// Time in ONNX Runtime's steps.
    bound: Duration,
    /// What could not be done as asked.
    note: Option<String>,
}

/// Starts that take their steps at once.
struct Lane {
    /// Two sets of what is carried, in the order of [`carried`].
    carried: [Vec<Buffer>; 2],
    logits: Buffer,
    /// From the first set to the second, and back. They hold the buffer of the wanted classes as well.
    bindings: [Binding; 2],
    /// Which set is the newest.
    newest: usize,
}

impl Ascent {
    /// Prepares the ascent of every start of every class. `batch` starts go at once, or as many as fit where it is 0.
    pub(in crate::dissect) fn new(
        generator: &Generator,
        f1: &Classifier,
        starts: &Latents,
        settings: &Settings,
    ) -> Result<Self, DissectError> {
        let forward = forward(generator, f1)?;
        let model = step_model(forward.clone(), generator, f1, settings, f1.target())?;
        let failed = |source| failure(&f1.path, "preparing the ascent", source);
        let open =
            |cuda_graph| Session::new(&model, &SessionOptions { cuda_graph, ..settings.session_options() });
        let mut note = None;
        let uncaptured = |error: &SessionError| {
            Some(format!(
                "a step could not be captured as a CUDA graph, so its nodes run one by one: {error}"
            ))
        };
        let session = match open(settings.cuda_graph) {
            Err(error) if settings.cuda_graph => {
                note = uncaptured(&error);
                open(false)
            }
            opened => opened,
        };
        let mut ascent = Self {
            session: session.map_err(failed)?,
            path: f1.path.clone(),
            lanes: Vec::new(),
            latent: starts.latent,
            classes: starts.classes,
            bound: Duration::ZERO,
            note,
        };
        let mut batch = match settings.batch {
            0 => memory::batch_for(&f1.path, &forward, ascent.session.provider())?,
            batch => batch,
        };
        loop {
            let error = match ascent.lay_out(starts, settings, batch) {
                Ok(()) => return Ok(ascent),
                Err(error) => error,
            };
            let captured = ascent.session.is_captured();
            if memory::is_exhausted(&error) && settings.batch == 0 && batch > 1 {
                batch /= 2;
            } else if captured {
                ascent.note = uncaptured(&error);
            } else {
                return Err(failed(error));
            }
            // A new session, since the old one keeps the memory it has got.
            let keep_capturing = captured && ascent.note.is_none();
            ascent.lanes.clear();
            ascent.session = open(keep_capturing).map_err(failed)?;
        }
    }

    /// Makes the lanes and tries the first step of the widest, so that a lack of memory shows before work is done.
    fn lay_out(&mut self, starts: &Latents, settings: &Settings, batch: usize) -> Result<(), SessionError> {
        let count = starts.count();
        let lanes = count.div_ceil(batch.max(1));
        for lane in 0..lanes {
            // As even as can be: sizes differ by one at most.
            let (from, to) = (count * lane / lanes, count * (lane + 1) / lanes);
            let lane = Lane::new(&self.session, starts, carried(settings.optimizer), from..to)?;
            self.lanes.push(lane);
        }
        let widest = self.lanes.iter().max_by_key(|lane| lane.width());
        match widest.filter(|_| settings.steps > 0) {
            Some(lane) => self.session.run_bound(&lane.bindings[0]),
            None => Ok(()),
        }
    }

    /// How many lanes there are; so many pulses make a step.
    pub(in crate::dissect) fn lanes(&self) -> usize {
        self.lanes.len()
    }

    /// Starts in the widest lane.
    pub(in crate::dissect) fn batch(&self) -> usize {
        self.lanes.iter().map(Lane::width).max().unwrap_or(1)
    }

    /// Lets every start take `steps` steps. `pulse` is called after each step of each lane and may end it all.
    pub(in crate::dissect) fn advance(
        &mut self,
        steps: usize,
        pulse: &mut dyn FnMut() -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, DissectError> {
        for lane in &mut self.lanes {
            for _ in 0..steps {
                let begun = Instant::now();
                self.session
                    .run_bound(&lane.bindings[lane.newest])
                    .map_err(|source| failure(&self.path, "a step of the ascent", source))?;
                self.bound += begun.elapsed();
                lane.newest = 1 - lane.newest;
                if pulse().is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Time spent in ONNX Runtime's steps so far.
    pub(in crate::dissect) fn bound(&self) -> Duration {
        self.bound
    }

    /// What could not be done as asked, and why.
    pub(in crate::dissect) fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }

    /// Where the starts are now, `[classes, starts, latent]`.
    pub(in crate::dissect) fn latents(&self) -> Result<Latents, DissectError> {
        let values = self.gather(|lane| &lane.carried[lane.newest][0])?;
        let starts = values.len() / self.latent / self.classes;
        Ok(Latents { classes: self.classes, starts, latent: self.latent, values })
    }

    /// f1's logits at the latents before the last step, `[classes, starts, classes]`.
    pub(in crate::dissect) fn last_logits(&self) -> Result<Vec<f32>, DissectError> {
        self.gather(|lane| &lane.logits)
    }

    fn gather(&self, buffer: impl Fn(&Lane) -> &Buffer) -> Result<Vec<f32>, DissectError> {
        let mut values = Vec::new();
        for lane in &self.lanes {
            let tensor =
                buffer(lane).read().map_err(|source| failure(&self.path, "reading the ascent", source))?;
            values.extend(tensor.to_vec::<f32>().expect("buffers are float32"));
        }
        Ok(values)
    }
}

impl Lane {
    fn new(
        session: &Session,
        starts: &Latents,
        carried: &[Carried],
        rows: std::ops::Range<usize>,
    ) -> Result<Self, SessionError> {
        let (width, latent, classes) = (rows.len(), starts.latent, starts.classes);
        let shape = |carried: &Carried| if carried.per_latent { vec![width, latent] } else { vec![1] };
        let make = || {
            let buffers = carried.iter().map(|c| session.buffer(DataType::Float, &shape(c)));
            buffers.collect::<Result<Vec<_>, _>>()
        };
        let mut sets = [make()?, make()?];
        for (buffer, value) in sets[0].iter_mut().zip(carried) {
            let shape = shape(value);
            let tensor = if *value == Z {
                Tensor::from_vec(&shape, &starts.values[rows.start * latent..rows.end * latent])
            } else {
                Tensor::from_vec(&shape, &vec![value.start; shape.iter().product()])
            };
            buffer.write(&tensor)?;
        }
        let mut wanted = session.buffer(DataType::Float, &[width, classes])?;
        let class_of = |row: usize| row / starts.starts;
        let hot: Vec<f32> = rows
            .flat_map(|row| (0..classes).map(move |class| f32::from(u8::from(class == class_of(row)))))
            .collect();
        wanted.write(&Tensor::from_vec(&[width, classes], &hot))?;
        let mut logits = session.buffer(DataType::Float, &[width, classes])?;
        let mut bindings = [session.binding()?, session.binding()?];
        for (from, binding) in bindings.iter_mut().enumerate() {
            binding.input("wanted", &wanted)?;
            binding.output("logits", &mut logits)?;
            for (index, value) in carried.iter().enumerate() {
                binding.input(value.input, &sets[from][index])?;
                binding.output(value.output, &mut sets[1 - from][index])?;
            }
        }
        Ok(Self { carried: sets, logits, bindings, newest: 0 })
    }

    fn width(&self) -> usize {
        self.logits.shape()[0]
    }
}

fn failure(path: &str, action: &'static str, source: SessionError) -> DissectError {
    DissectError::Run { model: path.to_owned(), action, source: Box::new(source) }
}
