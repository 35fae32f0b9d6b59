//! Many clients at once, and how long each had to wait: `load HOME [CLIENTS [REQUESTS]]` against the
//! daemon of that home. Every client is connected before the first one asks.

use std::error::Error;
use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

use dissect_runs::client::{Client, ClientError};
use dissect_runs::home::Home;
use dissectd::serve::raise_open_files;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let home = Home::at(arguments.next().ok_or("usage: load HOME [CLIENTS [REQUESTS]]")?);
    let clients = arguments.next().map_or(Ok(1000), |text| text.parse())?;
    let requests = arguments.next().map_or(Ok(20), |text| text.parse())?;
    raise_open_files();

    let barrier = Arc::new(Barrier::new(clients + 1));
    let threads: Vec<_> = (0..clients)
        .map(|_| {
            let (home, barrier) = (home.clone(), Arc::clone(&barrier));
            let builder = std::thread::Builder::new().stack_size(256 << 10);
            builder.spawn(move || one(&home, &barrier, requests))
        })
        .collect::<Result<_, _>>()?;
    barrier.wait();
    let begun = Instant::now();
    barrier.wait();
    let connected = begun.elapsed();
    let (mut hellos, mut answers, mut failed) = (Vec::new(), Vec::new(), 0_usize);
    for thread in threads {
        match thread.join().map_err(|_| "a client panicked")? {
            Ok((hello, waits)) => {
                hellos.push(hello);
                answers.extend(waits);
            }
            Err(error) => {
                failed += 1;
                eprintln!("{error}");
            }
        }
    }
    let whole = begun.elapsed() - connected;
    println!("{clients} clients at once, {failed} not served, all connected after {connected:.1?}");
    println!("hello  {}", spread(&mut hellos));
    let rate = answers.len() as f64 / whole.as_secs_f64();
    println!("list   {}, {} requests, {rate:.0} a second", spread(&mut answers), answers.len());
    Ok(())
}

/// The wait for the hello, and for each answer.
fn one(home: &Home, barrier: &Barrier, requests: usize) -> Result<(Duration, Vec<Duration>), ClientError> {
    barrier.wait();
    let begun = Instant::now();
    let connected = Client::connect(home);
    let hello = begun.elapsed();
    barrier.wait();
    let mut client = connected?;
    let mut waits = Vec::with_capacity(requests);
    for _ in 0..requests {
        let asked = Instant::now();
        client.list()?;
        waits.push(asked.elapsed());
    }
    Ok((hello, waits))
}

fn spread(waits: &mut [Duration]) -> String {
    waits.sort_unstable();
    let Some(last) = waits.len().checked_sub(1) else { return "nobody".to_owned() };
    let at = |part: f64| waits[(last as f64 * part) as usize];
    format!("median {:.1?}, 99 % {:.1?}, longest {:.1?}", at(0.5), at(0.99), at(1.0))
}
