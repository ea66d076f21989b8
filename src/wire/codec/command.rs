use super::{Coding, Part};
use crate::wire::Raw;
use crate::wire::pattern::bytes::{from_bytes, to_bytes};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, Command as Process, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// A program that reads and writes frames: one JSON line in, one out, for as long as the connection lasts.
///
/// In: `{"decode": F}` or `{"encode": MESSAGE}`; out: `{"messages": […]}`, with `"answers": [F, …]` where the protocol
/// demands an answer, or `{"frames": [F, …]}`, or `{"error": "why"}`. A frame F is a string (a text message) or
/// `{"$hex": "…"}` (a binary one).
pub(super) struct Command {
    words: Arc<[String]>,
    running: Option<Running>,
}

struct Running {
    child: Child,
    input: ChildStdin,
    lines: Receiver<std::io::Result<String>>,
}

/// How long the program may take for one line.
const CODEC_DEADLINE: Duration = Duration::from_secs(5);

impl Command {
    pub fn new(words: Arc<[String]>) -> Self {
        Command { words, running: None }
    }

    fn ask(&mut self, question: &Value) -> Result<Value, String> {
        if self.running.is_none() {
            self.running = Some(start(&self.words)?);
        }
        let Some(running) = &mut self.running else { return Err("the codec is not running".to_owned()) };
        let program = self.words.first().map_or("", String::as_str);
        let line = format!("{question}\n");
        let written = running.input.write_all(line.as_bytes()).and_then(|()| running.input.flush());
        written.map_err(|error| format!("the codec `{program}` takes no more input: {error}"))?;
        let line = match running.lines.recv_timeout(CODEC_DEADLINE) {
            Ok(Ok(line)) => line,
            Ok(Err(error)) => return Err(format!("the codec `{program}` cannot be read: {error}")),
            Err(std::sync::mpsc::RecvTimeoutError::Timeout) => {
                return Err(format!("the codec `{program}` did not answer within {CODEC_DEADLINE:?}"));
            }
            Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => {
                return Err(format!("the codec `{program}` has ended"));
            }
        };
        let answer: Value = serde_json::from_str(&line)
            .map_err(|error| format!("the codec `{program}` answered `{}`, which is not JSON: {error}", line.trim()))?;
        match answer.get("error") {
            Some(error) => Err(crate::wire::pattern::value_text(error)),
            None => Ok(answer),
        }
    }
}

fn start(words: &[String]) -> Result<Running, String> {
    let (program, args) = words.split_first().ok_or("the codec has no command")?;
    let mut child = Process::new(program)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("the codec `{program}` cannot be started: {error}"))?;
    let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(format!("the codec `{program}` has no pipes"));
    };
    let (sender, lines) = channel();
    // Ends when the program does: its output is closed then.
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines() {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    Ok(Running { child, input, lines })
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Coding for Command {
    fn decode(&mut self, raw: &Raw) -> Result<Vec<Part>, String> {
        let frame = match raw {
            Raw::Text(text) => Value::from(&**text),
            Raw::Binary(bytes) => from_bytes(bytes),
        };
        let answer = self.ask(&json!({ "decode": frame }))?;
        let list = |name: &str| answer.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
        let answers =
            list("answers").iter().map(|frame| raw_of(frame).map(Part::Answer)).collect::<Result<Vec<_>, _>>()?;
        Ok(list("messages").into_iter().map(|message| Part::Message(message, None)).chain(answers).collect())
    }

    fn encode(&mut self, value: &Value) -> Result<Vec<Raw>, String> {
        let answer = self.ask(&json!({ "encode": value }))?;
        let frames = answer.get("frames").and_then(Value::as_array).ok_or("the codec answered without `frames`")?;
        frames.iter().map(raw_of).collect()
    }
}

fn raw_of(frame: &Value) -> Result<Raw, String> {
    if let Some(text) = frame.as_str() {
        return Ok(Raw::Text(text.into()));
    }
    let bytes = to_bytes(frame).ok_or("a frame of a codec is a string or `{\"$hex\": \"…\"}`")?;
    Ok(Raw::Binary(bytes.into()))
}
