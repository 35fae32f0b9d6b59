//! What the end-to-end tests share: the real programs, homes that go away again, conditions with a deadline, and a
//! terminal to drive the dashboard in.

mod fake_driver;
mod home;
mod models;
mod programs;
mod terminal;
mod wait;

pub use fake_driver::FakeDriver;
pub use home::{Finished, TestHome};
pub use models::{small_classifier, small_generator};
pub use programs::{program, repository};
pub use terminal::Terminal;
pub use wait::wait_until;
