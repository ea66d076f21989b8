//! No text is slow: the time to read it grows as its length does. `cargo test` tries a share of the shapes of text,
//! `SEQCHECK_SWEEP=all` all.

use crate::shapes;
use crate::sweep::is_played;
use std::time::Duration;

/// The shorter text, in bytes.
const LENGTH: usize = 4_000;
/// Eight times the text may take three times eight times as long: a square would be 64 times.
const TIMES: usize = 8;
const BOUND: u32 = 24;
/// What takes less is only noise.
const FLOOR: Duration = Duration::from_millis(4);

#[test]
fn time_grows_as_the_text_does() {
    let mut slow = String::new();
    for (_, shape) in shapes::all().into_iter().enumerate().filter(|(row, _)| is_played(*row, 0)) {
        let (small, large) = ((shape.make)(LENGTH), (shape.make)(LENGTH * TIMES));
        let grown = |readings| {
            let short = shapes::least(&small, shape.dialect, readings).max(FLOOR);
            (short, shapes::least(&large, shape.dialect, readings))
        };
        let (mut short, mut long) = grown(1);
        if long > short * BOUND {
            // Once more, in case that something else was on the way.
            (short, long) = grown(4);
        }
        if long > short * BOUND {
            let (name, dialect) = (shape.name, shape.dialect.name());
            slow.push_str(&format!(
                "{dialect}, {name}: {short:?} for {} bytes, {long:?} for {}\n",
                small.len(),
                large.len()
            ));
        }
    }
    assert!(slow.is_empty(), "{slow}");
}
