//! The command line of seqcheck.

fn main() {}
