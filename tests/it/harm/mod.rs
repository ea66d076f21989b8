//! Nothing that is read can hurt: files, texts, frames that somebody else wrote.

mod files;
mod kept;
