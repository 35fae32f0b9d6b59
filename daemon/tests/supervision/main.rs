//! The daemon as its users meet it: the real program, real processes, homes of their own.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod chain;
mod cleaning;
mod configured;
mod cuts;
mod doors;
mod foreign;
mod harm;
mod hooks;
mod life;
mod limits;
mod needs;
mod queue;
mod scene;
mod strangers;
mod survival;
mod watching;
