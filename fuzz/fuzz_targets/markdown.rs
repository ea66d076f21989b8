//! Pages with diagrams in them.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| seqcheck_fuzz::text("md", data));
