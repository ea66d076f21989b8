//! Nothing that is read can hurt: files, texts, frames that somebody else wrote.

mod bombs;
mod files;
mod frames;
mod hostile;
mod kept;
mod many;
mod mutate;
