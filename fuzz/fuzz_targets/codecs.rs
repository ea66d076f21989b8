//! Frames, under the codec that the first byte chooses.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| seqcheck_fuzz::frame(data));
