use super::Ended;
use std::collections::VecDeque;
use std::fmt;
use std::io::{BufRead, BufReader, Read};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How many lines are kept at most: the last.
const LINES: usize = 200;
/// How many bytes of them are kept at most. Every report tells them.
const BYTES: usize = 256 << 10;
/// The longest line that is kept, in bytes. Nothing is kept of a longer one: whoever hides what a line must not show would not
/// find what stands where it is cut.
const LINE: usize = 64 << 10;

/// Who hears every line of a program as it is written.
#[derive(Clone)]
pub struct Listener(Arc<dyn Fn(&str) + Send + Sync>);

impl Listener {
    /// One that does this with a line.
    pub fn new(hears: impl Fn(&str) + Send + Sync + 'static) -> Listener {
        Listener(Arc::new(hears))
    }

    /// It hears this line.
    pub fn hear(&self, line: &str) {
        (self.0)(line);
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Listener")
    }
}

impl PartialEq for Listener {
    fn eq(&self, other: &Listener) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Listener {}

/// The next line, or that there was one which is too long; none at the end.
fn line(reader: &mut impl BufRead) -> Option<String> {
    let mut line = Vec::new();
    let mut length = 0;
    loop {
        let read = reader.fill_buf().unwrap_or_default();
        if read.is_empty() {
            break;
        }
        let end = read.iter().position(|byte| *byte == b'\n');
        let part = &read[..end.unwrap_or(read.len())];
        length += part.len();
        if length <= LINE {
            line.extend_from_slice(part);
        }
        let used = part.len() + usize::from(end.is_some());
        reader.consume(used);
        if end.is_some() {
            return Some(shown_line(&line, length));
        }
    }
    (length > 0).then(|| shown_line(&line, length))
}

fn shown_line(line: &[u8], length: usize) -> String {
    match length > LINE {
        true => format!("… a line of {length} bytes is omitted"),
        false => String::from_utf8_lossy(line).trim_end().to_owned(),
    }
}

/// What a process writes, line by line; the last of it is kept.
#[derive(Clone, Debug, Default)]
pub struct Output {
    shared: Arc<(Mutex<Kept>, Condvar)>,
}

#[derive(Debug, Default)]
struct Kept {
    lines: VecDeque<String>,
    /// How long they are together, in bytes.
    length: usize,
    /// How many lines there were before those that are kept.
    dropped: usize,
    /// How many streams have not ended.
    open: usize,
    /// How the program ended, where its guard has told.
    ended: Option<Ended>,
    /// The guard is no more.
    unguarded: bool,
    /// Who hears every line.
    listener: Option<Listener>,
}

impl Output {
    /// Reads one of its streams to the end, on a thread.
    pub(super) fn follow(&self, stream: impl Read + Send + 'static) {
        let output = self.clone();
        self.kept().open += 1;
        std::thread::spawn(move || {
            let mut reader = BufReader::new(stream);
            while let Some(line) = line(&mut reader) {
                output.push(line);
            }
            output.change(|kept| kept.open -= 1);
        });
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.shared.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut Kept)) {
        change(&mut self.kept());
        self.shared.1.notify_all();
    }

    /// From now on every line is heard, and at once those that are kept already.
    pub fn heard_by(&self, listener: Listener) {
        let mut kept = self.kept();
        kept.lines.iter().for_each(|line| listener.hear(line));
        kept.listener = Some(listener);
    }

    pub(super) fn push(&self, line: String) {
        self.change(|kept| {
            if let Some(listener) = &kept.listener {
                listener.hear(&line);
            }
            kept.length += line.len();
            kept.lines.push_back(line);
            while kept.lines.len() > LINES || kept.length > BYTES {
                kept.length -= kept.lines.pop_front().map_or(0, |line| line.len());
                kept.dropped += 1;
            }
        });
    }

    /// The guard tells how the program ended.
    #[cfg_attr(not(unix), expect(dead_code, reason = "a guard needs Unix"))]
    pub(super) fn end(&self, ended: Ended) {
        self.change(|kept| kept.ended = Some(ended));
    }

    /// The guard has ended.
    #[cfg_attr(not(unix), expect(dead_code, reason = "a guard needs Unix"))]
    pub(super) fn unguard(&self) {
        self.change(|kept| kept.unguarded = true);
    }

    /// How the program ended, as its guard has told.
    pub(super) fn ended(&self) -> Option<Ended> {
        self.kept().ended.clone()
    }

    /// Whether the guard has ended: on Linux nothing lives that it guarded.
    pub(super) fn is_unguarded(&self) -> bool {
        self.kept().unguarded
    }

    /// What is kept.
    pub fn tail(&self) -> String {
        let kept = self.kept();
        let mut out = String::new();
        if kept.dropped > 0 {
            out.push_str(&format!("… {} earlier lines\n", kept.dropped));
        }
        for line in &kept.lines {
            out.push_str(line);
            out.push('\n');
        }
        out
    }

    /// Whether a line with this text is among those that are kept.
    pub fn has(&self, text: &str) -> bool {
        self.kept().lines.iter().any(|line| line.contains(text))
    }

    /// Waits until something is written or told, at most so long.
    pub fn wait(&self, at_most: Duration) {
        let kept = self.kept();
        drop(self.shared.1.wait_timeout(kept, at_most));
    }

    /// Waits until all is written, at most so long.
    pub(super) fn finish(&self, at_most: Duration) {
        self.until(at_most, |kept| kept.open == 0);
    }

    /// Waits until the guard has ended, at most so long; whether it has.
    pub(super) fn until_unguarded(&self, at_most: Duration) -> bool {
        self.until(at_most, |kept| kept.unguarded)
    }

    fn until(&self, at_most: Duration, condition: impl Fn(&Kept) -> bool) -> bool {
        let end = Instant::now() + at_most;
        let mut kept = self.kept();
        while !condition(&kept) {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            kept = self.shared.1.wait_timeout(kept, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_are_kept_as_far_as_there_is_room() {
        let output = Output::default();
        (0..300).for_each(|number| output.push(number.to_string()));
        let tail = output.tail();
        assert!(tail.starts_with("… 100 earlier lines\n100\n") && tail.ends_with("\n299\n"), "{tail}");
        (0..100).for_each(|_| output.push("x".repeat(LINE)));
        let tail = output.tail();
        assert!(tail.starts_with("… 396 earlier lines\nx") && tail.len() <= BYTES + 100, "{}", tail.len());
    }

    #[test]
    fn a_line_is_kept_whole_or_not_at_all() {
        let long = "x".repeat(LINE);
        let text = format!("one\r\n\n{long}\n{long}y\nlast");
        for size in [1, 1000, 1 << 20] {
            let mut reader = BufReader::with_capacity(size, text.as_bytes());
            let lines: Vec<String> = std::iter::from_fn(|| line(&mut reader)).collect();
            assert_eq!(lines, ["one", "", &*long, "… a line of 65537 bytes is omitted", "last"]);
        }
    }
}
