//! Runs written for other programs, and other programs' trainings read. It knows run folders and foreign formats, and
//! neither the command line nor a screen.

pub mod export;
pub mod import;
