//! Records that are longer than a machine may hold: gone through line by line.

use super::watched;
use crate::shell::seqcheck;
use seqcheck::cli::Exit;
use serde_json::{Value, json};
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

const DIAGRAM: &str = "Alice->Server: WS connect\nServer-->Alice: Connected\nAlice->Server: WS disconnect\n";

/// A record of a play, with so many frames behind the first that nobody drew.
fn record(folder: &Path, frames: usize) {
    std::fs::write(folder.join("a.seq"), DIAGRAM).expect("can be written");
    let played = seqcheck(["a.seq", "--out", "o"]).at(folder).run();
    assert_eq!(played.exit, Exit::Pass, "{played}");
    let kept = std::fs::read_to_string(folder.join("o/a.seq/trace.jsonl")).expect("it is kept");
    let came = kept.lines().find(|line| line.contains("\"received\"")).expect("something came");
    let at = serde_json::from_str::<Value>(came).expect("JSON")["at"].clone();
    let mut file = std::io::BufWriter::new(std::fs::File::create(folder.join("long.jsonl")).expect("can be made"));
    for line in kept.lines() {
        writeln!(file, "{line}").expect("can be written");
        if line == came {
            for number in 0..frames {
                let text = json!({ "type": "news", "number": number, "text": "x".repeat(20) }).to_string();
                let entry = json!({
                    "at": at, "event": "received", "client": "Alice", "from": "Server", "channel": "socket",
                    "message": { "text": text },
                });
                writeln!(file, "{entry}").expect("can be written");
            }
        }
    }
}

/// The most memory that `judge` of this record had, in bytes; none where the system does not tell.
fn judged(folder: &Path) -> Option<u64> {
    /// A program that has not ended by then never will.
    const NEVER: Duration = Duration::from_secs(90);
    let mut command = Command::new(env!("CARGO_BIN_EXE_seqcheck"));
    let told = watched(command.args(["judge", "a.seq", "long.jsonl"]).current_dir(folder), NEVER);
    assert_eq!(told.output.status.code(), Some(1), "after {:?}", told.took);
    told.peak.map(|peak| peak * 1024)
}

#[test]
fn what_does_not_fit_is_not_held() {
    const FEW: usize = 4_000;
    const MANY: usize = 84_000;
    /// Held whole, each took 1,400 bytes.
    const EACH: u64 = 150;
    let peak = |frames: usize| {
        let folder = tempfile::tempdir().expect("a folder to write in");
        record(folder.path(), frames);
        judged(folder.path())
    };
    let (Some(few), Some(many)) = (peak(FEW), peak(MANY)) else { return };
    let grown = many.saturating_sub(few) / (MANY - FEW) as u64;
    assert!(grown < EACH, "{few} bytes and {many}: {grown} a frame");
}

#[test]
fn a_record_is_judged_as_far_as_a_play_may_record() {
    let folder = tempfile::tempdir().expect("a folder to write in");
    record(folder.path(), 5_000);
    let judge = |more: &[&str]| {
        let command = ["judge", "a.seq", "long.jsonl", "--ignore", "*"];
        seqcheck(command.iter().chain(more)).at(folder.path()).run()
    };
    let output = judge(&[]);
    assert_eq!(output.exit, Exit::Pass, "{output}");
    let output = judge(&["--max-record", "1MiB"]);
    assert_eq!(output.exit, Exit::Error, "{output}");
    assert!(output.out.contains("limit: the record is larger than the limit of 1 MiB (--max-record)"), "{output}");
    // What does not fit is told, and where the rest is not.
    let output = seqcheck(["judge", "a.seq", "long.jsonl"]).at(folder.path()).run();
    assert_eq!(output.exit, Exit::Fail, "{output}");
    for told in ["the record after its line 200", "more entries of the record are not in the report"] {
        assert!(output.out.contains(told), "{told} is not in\n{output}");
    }
}

#[test]
fn a_record_of_nothing_but_nonsense_is_told_by_its_first_lines() {
    let folder = tempfile::tempdir().expect("a folder to write in");
    record(folder.path(), 0);
    let mut text = std::fs::read_to_string(folder.path().join("long.jsonl")).expect("it is there");
    text += &"nonsense\n".repeat(50_000);
    std::fs::write(folder.path().join("long.jsonl"), text).expect("can be written");
    let output = seqcheck(["judge", "a.seq", "long.jsonl"]).at(folder.path()).run();
    assert_eq!(output.exit, Exit::Usage, "{output}");
    assert_eq!(output.err.matches("this is not an entry of a trace").count(), seqcheck::trace::file::TOLD, "{output}");
}
