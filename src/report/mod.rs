//! Verdict and trace → bytes, pure: one flat view that all formats read, one file per format.
//!
//! A [`Run`] is what a command played. [`view`] is the model of a picture, [`paint`] text with tones; the formats are
//! the other modules.

mod color;
#[cfg(test)]
mod fixture;
pub mod ladder;
pub mod paint;
#[cfg(feature = "png")]
pub mod png;
mod run;
pub mod svg;
pub mod text;
pub mod view;

pub use run::{Run, ScenarioReport, Status};
