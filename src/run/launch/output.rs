use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Read};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How many lines are kept.
const LINES: usize = 200;
/// The longest part of a line that is kept, in bytes.
const LINE: u64 = 4096;

/// What a process writes, line by line; the last of it is kept.
#[derive(Clone, Debug, Default)]
pub(super) struct Output {
    shared: Arc<(Mutex<Kept>, Condvar)>,
}

#[derive(Debug, Default)]
struct Kept {
    lines: VecDeque<String>,
    /// How many lines there were before those that are kept.
    dropped: usize,
}

impl Output {
    /// Reads one of its streams to the end, on a thread.
    pub(super) fn follow(&self, stream: impl Read + Send + 'static) {
        let output = self.clone();
        std::thread::spawn(move || {
            let mut reader = BufReader::new(stream);
            let mut line = Vec::new();
            loop {
                line.clear();
                match reader.by_ref().take(LINE).read_until(b'\n', &mut line) {
                    Ok(0) | Err(_) => break,
                    Ok(_) => output.push(String::from_utf8_lossy(&line).trim_end().to_owned()),
                }
            }
            output.shared.1.notify_all();
        });
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.shared.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, line: String) {
        let mut kept = self.kept();
        kept.lines.push_back(line);
        if kept.lines.len() > LINES {
            kept.lines.pop_front();
            kept.dropped += 1;
        }
        drop(kept);
        self.shared.1.notify_all();
    }

    /// What is kept.
    pub(super) fn tail(&self) -> String {
        let kept = self.kept();
        let mut out = String::new();
        if kept.dropped > 0 {
            out.push_str(&format!("… {} lines before\n", kept.dropped));
        }
        for line in &kept.lines {
            out.push_str(line);
            out.push('\n');
        }
        out
    }

    /// Whether a line with this text is among those that are kept.
    pub(super) fn has(&self, text: &str) -> bool {
        self.kept().lines.iter().any(|line| line.contains(text))
    }

    /// Waits until something is written, at most so long.
    pub(super) fn wait(&self, at_most: Duration) {
        let kept = self.kept();
        drop(self.shared.1.wait_timeout(kept, at_most));
    }
}
