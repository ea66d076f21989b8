//! Verdict and trace → bytes, pure: one flat view that all formats read, one file per format.
//!
//! A [`Run`] is what a command played. [`view`] is the model of a picture, [`paint`] text with tones; [`Format`] is the
//! list of the formats, each of which is a module: [`text`] (with drawings by [`ladder`]), [`json`], [`junit`],
//! [`tap`], [`github`], [`markdown`], [`html`], [`svg`] and `png`. [`wirelog`] is the trace for people, [`wire`] the frames as a
//! snapshot keeps them. `redact` takes secrets out, before any format sees a report.

mod color;
mod cut;
#[cfg(test)]
mod fixture;
mod format;
pub mod github;
pub mod html;
pub mod json;
pub mod junit;
pub mod ladder;
pub mod markdown;
pub mod paint;
#[cfg(feature = "png")]
pub mod png;
mod redact;
mod run;
pub mod svg;
pub mod tap;
pub mod text;
pub mod view;
pub mod wire;
pub mod wirelog;

pub use format::{Format, view_of};
pub use redact::Hidden;
pub use run::{Run, ScenarioReport, Status, WireDifference};
