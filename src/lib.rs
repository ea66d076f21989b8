//! seqcheck: a sequence diagram that runs.

pub mod diagram;
pub mod oracle;
pub mod order;
pub mod source;
pub mod trace;
pub mod wire;
