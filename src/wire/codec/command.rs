use super::{About, Coding, Part, bounds};
use crate::process::{self, Guard, Program};
use crate::source::elapsed_words;
use crate::wire::pattern::bytes::{from_bytes, to_bytes};
use crate::wire::{Raw, Secrets};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel, sync_channel};
use std::time::{Duration, Instant};

/// A program that reads and writes frames: one JSON line in, one out, for as long as the connection lasts.
///
/// In: `{"decode": F}` or `{"encode": MESSAGE}`, with `direction`, `side`, `self`, `peer` and `run`; out: `{"messages": […]}`, with `"answers": [F, …]` where the protocol
/// demands an answer and `"begun": BYTES` where it holds a part of a message, or `{"frames": [F, …]}`, or `{"error": "why"}`. A frame F is a string (a text message) or
/// `{"$hex": "…"}` (a binary one).
pub(super) struct Command {
    words: Arc<[String]>,
    host: Host,
    about: About,
    running: Option<Running>,
    /// How many bytes it holds of a message that is not whole, by its own word.
    begun: usize,
    /// It hung, ended or could not be started: what it did not say is no fault of a frame.
    broken: bool,
}

/// In this order it is left: the program hears the end of its input before it is made to end.
struct Running {
    /// Lines for it. They are written by a thread: a program that does not read must not hold up whoever asks.
    input: Sender<String>,
    lines: Receiver<Result<String, String>>,
    program: process::Running,
}

/// Whether the end of all was asked for: no program is waited for then.
#[derive(Clone, Default)]
pub struct Over(Option<Arc<dyn Fn() -> bool + Send + Sync>>);

impl Over {
    /// Where this says so.
    pub fn new(says: impl Fn() -> bool + Send + Sync + 'static) -> Over {
        Over(Some(Arc::new(says)))
    }

    fn is_asked(&self) -> bool {
        self.0.as_ref().is_some_and(|says| says())
    }
}

impl std::fmt::Debug for Over {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Over({})", self.is_asked())
    }
}

/// How long somebody has been held up by programs of codecs, in all.
#[derive(Clone, Debug, Default)]
pub struct Worked(Arc<AtomicU64>);

impl Worked {
    /// Until now.
    pub fn total(&self) -> Duration {
        Duration::from_nanos(self.0.load(Ordering::Relaxed))
    }

    fn since(&self, began: Instant) {
        let nanos = u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.0.fetch_add(nanos, Ordering::Relaxed);
    }
}

/// How a codec's program runs.
#[derive(Clone, Debug)]
pub struct Host {
    /// What ends it with all that it has started, however this process ends.
    pub guard: Guard,
    /// How long it may take for one line.
    pub deadline: Duration,
    /// How long it may take to start and for its first line.
    pub starting: Duration,
    /// What it may know of the environment and must not tell.
    pub environment: Secrets,
    /// What must not be seen of the play, as far as that is known.
    pub secrets: Secrets,
    /// What ends the waiting for it.
    pub over: Over,
    /// How long it was waited for.
    pub worked: Worked,
}

impl Default for Host {
    fn default() -> Self {
        Host {
            guard: Guard::default(),
            deadline: Host::DEADLINE,
            starting: Host::STARTING,
            environment: Secrets::default(),
            secrets: Secrets::default(),
            over: Over::default(),
            worked: Worked::default(),
        }
    }
}

impl Host {
    /// How long a program may take for one line where nobody says less.
    pub const DEADLINE: Duration = Duration::from_secs(5);
    /// The same for its first line: whatever interprets it has to be started, which takes its time on a busy machine.
    pub const STARTING: Duration = Duration::from_secs(20);

    /// What a program says, for an error: without secrets, and only then cut. A text that is too long to be searched is not
    /// told.
    fn shown(&self, text: &str) -> String {
        if text.len() > SEARCHED {
            return format!("{} bytes", text.len());
        }
        let text = self.environment.redact(text);
        let text = self.secrets.redact(&text);
        match text.char_indices().nth(SHOWN) {
            None => text.into_owned(),
            Some((end, _)) => format!("{}…", &text[..end]),
        }
    }
}

/// The longest line that is read from a program, in bytes: the largest message in hexadecimal digits, and what stands
/// around it. How many values and messages a line may hold is what any frame may.
const LINE_BYTES: u64 = 33 << 20;
/// So many lines wait to be looked at; a program that says more waits itself.
const LINES: usize = 4;
/// How long a program may take to end whose output has ended: on a busy machine the one comes well behind the other.
const ENDING: Duration = Duration::from_secs(2);
/// How often it is looked whether the end of all was asked for.
const LOOK: Duration = Duration::from_millis(50);
/// So many of the last lines of its standard error are told.
const WORDS: usize = 5;
/// So many characters are told of what it says, be it its error, a line that cannot be read, or the last of its standard error.
const SHOWN: usize = 1_000;
/// Of a longer text, in bytes, nothing is told.
const SEARCHED: usize = 256 << 10;

impl Command {
    pub fn new(words: Arc<[String]>, host: Host, about: About) -> Self {
        Command { words, host, about, running: None, begun: 0, broken: false }
    }

    /// The program's answer; an error that is its own word leaves it whole, any other breaks it for good.
    fn ask(&mut self, what: &str, of: Value) -> Result<Value, String> {
        let direction = if what == "decode" { "received" } else { "sent" };
        let About { own, peer, run, side } = &self.about;
        let question =
            json!({ what: of, "direction": direction, "side": side.word(), "self": own, "peer": peer, "run": run });
        let began = Instant::now();
        let answer = self.converse(&question);
        self.host.worked.since(began);
        let answer = answer.inspect_err(|_| self.broken = true)?;
        match answer.get("error") {
            Some(error) => Err(self.host.shown(&crate::wire::pattern::value_text(error))),
            None => Ok(answer),
        }
    }

    fn converse(&mut self, question: &Value) -> Result<Value, String> {
        let (running, deadline) = match &mut self.running {
            Some(running) => (running, self.host.deadline),
            empty => (empty.insert(start(&self.words, &self.host.guard)?), self.host.starting),
        };
        let program = self.words.first().map_or("", String::as_str);
        let said = running.input.send(format!("{question}\n"));
        let line = match said {
            Ok(()) => running.line(deadline, &self.host.over),
            Err(_) => Err(RecvTimeoutError::Disconnected),
        };
        let line = match line {
            Ok(Ok(line)) => line,
            Ok(Err(why)) => return Err(format!("the codec `{program}` cannot be read: {why}")),
            Err(RecvTimeoutError::Timeout) if self.host.over.is_asked() => {
                return Err(format!("the codec `{program}` had not answered when seqcheck was stopped"));
            }
            Err(RecvTimeoutError::Timeout) => {
                let within = elapsed_words(deadline);
                return Err(format!(
                    "the codec `{program}` did not answer within {within}{}",
                    running.last_words(&self.host)
                ));
            }
            Err(RecvTimeoutError::Disconnected) => {
                let ended = running.program.wait(ENDING).map_or(String::new(), |ended| format!(" ({})", ended.words));
                return Err(format!("the codec `{program}` has ended{ended}{}", running.last_words(&self.host)));
            }
        };
        bounds::json(&line).map_err(|why| {
            let said = self.host.shown(line.trim());
            format!("the codec `{program}` answered `{said}`: {why}{}", running.last_words(&self.host))
        })
    }
}

fn start(words: &[String], guard: &Guard) -> Result<Running, String> {
    let name = words.first().ok_or("the codec has no command")?;
    let program = Program { speaks: true, ..Program::new(words) };
    let mut program = program.start(guard).map_err(|error| format!("the codec `{name}` cannot be started: {error}"))?;
    let (mut input, output) = program.converse().ok_or_else(|| format!("the codec `{name}` has no pipes"))?;
    let (ask, asked) = channel::<String>();
    // Ends when nobody asks any more, or when the program does not hear.
    std::thread::spawn(move || {
        for line in asked {
            if input.write_all(line.as_bytes()).and_then(|()| input.flush()).is_err() {
                return;
            }
        }
    });
    let (sender, lines) = sync_channel(LINES);
    // Ends when the program does: its output is closed then.
    std::thread::spawn(move || {
        let mut output = BufReader::new(output);
        loop {
            let mut line = String::new();
            let read = output.by_ref().take(LINE_BYTES).read_line(&mut line);
            let line = match read {
                Ok(0) => return,
                Ok(_) if line.len() as u64 == LINE_BYTES => Err(format!("its line is longer than {LINE_BYTES} bytes")),
                Ok(_) => Ok(line),
                Err(error) => Err(error.to_string()),
            };
            let over = line.is_err();
            if sender.send(line).is_err() || over {
                return;
            }
        }
    });
    Ok(Running { input: ask, lines, program })
}

impl Running {
    /// Its next line, where one comes in time and before the end of all is asked for.
    fn line(&self, deadline: Duration, over: &Over) -> Result<Result<String, String>, RecvTimeoutError> {
        let end = Instant::now() + deadline;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left.min(LOOK)) {
                Err(RecvTimeoutError::Timeout) if !left.is_zero() && !over.is_asked() => {}
                line => return line,
            }
        }
    }

    /// The end of what it has written to its standard error.
    fn last_words(&self, host: &Host) -> String {
        let tail = self.program.output().tail();
        // A secret of several lines is found before they are taken apart.
        let tail = host.secrets.redact(&tail);
        let tail = host.environment.redact(&tail);
        let lines: Vec<&str> = tail.trim_end().lines().collect();
        match &lines[lines.len().saturating_sub(WORDS)..] {
            [] => String::new(),
            last => format!("; its last output: {}", host.shown(&last.join(" / "))),
        }
    }
}

impl Coding for Command {
    fn decode(&mut self, raw: &Raw) -> Result<Vec<Part>, String> {
        let frame = match raw {
            Raw::Text(text) => Value::from(&**text),
            Raw::Binary(bytes) => from_bytes(bytes),
        };
        self.begun = 0;
        let answer = self.ask("decode", frame)?;
        if let Some(begun) = answer.get("begun") {
            let begun = begun.as_u64().ok_or("the codec answered with a `begun` that is not a number of bytes")?;
            self.begun = usize::try_from(begun).unwrap_or(usize::MAX);
        }
        let many = |name: &str| answer.get(name).and_then(Value::as_array).map_or(0, Vec::len);
        bounds::messages(many("messages").max(many("answers")))?;
        let list = |name: &str| answer.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
        let answers =
            list("answers").iter().map(|frame| raw_of(frame).map(Part::Answer)).collect::<Result<Vec<_>, _>>()?;
        Ok(list("messages").into_iter().map(|message| Part::Message(message, None)).chain(answers).collect())
    }

    fn begun(&self) -> usize {
        self.begun
    }

    fn encode(&mut self, value: &Value) -> Result<Vec<Raw>, String> {
        let answer = self.ask("encode", value.clone())?;
        let frames = answer.get("frames").and_then(Value::as_array).ok_or("the codec answered without `frames`")?;
        frames.iter().map(raw_of).collect()
    }

    fn is_broken(&self) -> bool {
        self.broken
    }
}

fn raw_of(frame: &Value) -> Result<Raw, String> {
    if let Some(text) = frame.as_str() {
        return Ok(Raw::Text(text.into()));
    }
    let bytes = to_bytes(frame).ok_or("a frame of a codec is a string or `{\"$hex\": \"…\"}`")?;
    Ok(Raw::Binary(bytes.into()))
}
