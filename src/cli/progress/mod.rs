//! A bar on the terminal for runs that take long.

#[cfg(not(target_family = "wasm"))]
mod bar;
#[cfg(target_family = "wasm")]
mod none;

#[cfg(not(target_family = "wasm"))]
pub use bar::Progress;
#[cfg(target_family = "wasm")]
pub use none::Progress;
