//! The door through which every file is read and written.
//!
//! | part | what it is |
//! | --- | --- |
//! | [`text()`], [`bytes()`], [`take()`] | reading: regular files alone, and never more than a [`Kind`] allows |
//! | [`stream()`] | the same of what is gone through and not held whole |
//! | [`write()`], [`create`] | writing what a person named: beside it first, so that a full disk loses nothing |
//! | [`abandon`] | removing what is half written, before the process ends |
//! | [`Shelf`] | a folder that is filled by name: nothing is written or read through a link inside it |
//! | [`names`], [`stamp`], [`standing()`] | what a folder holds; whether a file has changed; what is there already |
//!
//! A path may come from a diagram that a stranger wrote. What it leads to is looked at before it is opened, and again
//! once it is open: a pipe that nobody writes to, a device without an end, and a file that grows while it is read are
//! all refused in words. A test holds all other code to this door.

mod read;
mod shelf;
#[cfg(test)]
mod tests;
mod write;

pub use read::{Kind, Standing, Stream, Unread, bytes, names, stamp, standing, stream, take, text};
pub use shelf::Shelf;
pub use write::{Abandoned, abandon, create, write};

/// What went wrong with a file, without the number that the system adds.
pub fn why(error: &std::io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}
