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

/// A run that fails is explained in a time that grows as what was sent does, also where nothing of it was answered.
#[test]
#[cfg(unix)]
fn what_was_never_answered_is_explained_in_a_time_that_grows_as_it_does() {
    use seqcheck::Scenario;
    use seqcheck::oracle::Class;

    let time = |count: usize| {
        let text = format!(
            "Alice->Server: WS connect\nServer-->Alice: Connected\nloop {count}\nAlice->Server: message: hi\nend\n\
             Server->Alice: message from Bob: ho\n"
        );
        let prepared = Scenario::parse("a.seq", &text).and_then(|it| it.prepare()).expect("it can be played");
        let began = shapes::processor_time();
        let verdict = prepared.play_here();
        assert_eq!(verdict.plays[0].outcome.findings.first().map(|root| root.class), Some(Class::Missing), "{verdict}");
        shapes::processor_time().saturating_sub(began)
    };
    let (short, long) = (time(2_000).max(FLOOR), time(2_000 * TIMES));
    assert!(long < short * BOUND, "{short:?} for 2,000 messages, {long:?} for {}", 2_000 * TIMES);
}
