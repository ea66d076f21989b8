//! Mermaid: read, checked, printed in every dialect, drawn, played and judged.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| seqcheck_fuzz::text("mmd", data));
