//! The verbs, one file each.

pub mod check;
pub mod completions;
pub mod draw;
pub mod explain;
pub mod init;
pub mod list;
pub mod man;
pub mod serve;
