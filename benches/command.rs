//! What the command costs from start to exit: one diagram, and a thousand.
//!
//! `cargo bench --bench command`

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

const ROUNDS: usize = 11;

fn once(folder: &Path, paths: &[&str]) -> Duration {
    let began = Instant::now();
    let output = Command::new(env!("CARGO_BIN_EXE_seqcheck")).args(paths).current_dir(folder).output();
    let elapsed = began.elapsed();
    let output = output.expect("the command starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    elapsed
}

fn median(mut run: impl FnMut() -> Duration) -> Duration {
    let mut times: Vec<Duration> = (0..ROUNDS).map(|_| run()).collect();
    times.sort_unstable();
    times[ROUNDS / 2]
}

#[expect(clippy::print_stdout, reason = "a bench prints what it measured")]
fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let version = median(|| once(root, &["--version"]));
    let chat = median(|| once(root, &["scenarios/chat.seq"]));
    println!("a process that does nothing (--version)  {version:>9.2?}");
    println!("scenarios/chat.seq, start to exit         {chat:>9.2?}");
    let folder = tempfile::tempdir().expect("a folder to write in");
    let text = std::fs::read_to_string(root.join("scenarios/chat.seq")).expect("the first scenario");
    for files in [100, 1_000] {
        let below = folder.path().join(files.to_string());
        std::fs::create_dir(&below).expect("can be made");
        for number in 0..files {
            std::fs::write(below.join(format!("{number}.seq")), &text).expect("can be written");
        }
        let time = median(|| once(folder.path(), &[&files.to_string()]));
        println!("{files:>5} files in one command               {time:>9.2?}, {:.2?} each", time / files);
    }
    let all = median(|| once(root, &["scenarios/*.seq"]));
    println!("scenarios/ in memory                      {all:>9.2?}");
}
