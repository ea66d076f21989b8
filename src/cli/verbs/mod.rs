//! The verbs, one file each.

pub mod check;
pub mod completions;
pub mod convert;
pub mod draw;
pub mod explain;
pub mod fmt;
pub mod init;
pub mod judge;
pub mod lint;
pub mod list;
pub mod lsp;
pub mod man;
pub mod mock;
pub mod power;
pub mod record;
#[cfg_attr(not(feature = "tcp"), path = "no_serve.rs")]
pub mod serve;
