//! Records: read, judged, drawn.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| seqcheck_fuzz::text("jsonl", data));
