//! What is done with a text or a frame, whoever changed it: the fuzz targets, and the deterministic run in `cargo test`
//! (`tests/it/harm/mutate.rs`, which has this file as a module).

use futures_util::{SinkExt as _, StreamExt as _};
use seqcheck::cli::{Screen, World};
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio_tungstenite::tungstenite::Message;

/// The diagram that bindings and records are held against.
const CHAT: &str = include_str!("../../scenarios/chat.seq");

/// A folder with one text in it.
pub struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    /// With this text as `evil.ENDING`.
    pub fn with(ending: &str, text: &str) -> Place {
        let folder = tempfile::tempdir().expect("a folder to write in");
        std::fs::write(folder.path().join("chat.seq"), CHAT).expect("can be written");
        std::fs::write(folder.path().join(format!("evil.{ending}")), text).expect("can be written");
        Place { folder }
    }

    /// What a command says there, in this process, with an empty environment.
    pub fn run(&self, command: &[String]) -> String {
        run(self.folder.path(), command)
    }
}

#[derive(Clone, Default)]
struct Pipe(Arc<Mutex<Vec<u8>>>);

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no writer panicked").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn run(folder: &Path, command: &[String]) -> String {
    let said = Pipe::default();
    let empty = World::empty(folder.to_path_buf());
    let mut world = World {
        args: command.iter().map(Into::into).collect(),
        out: Screen::new(said.clone(), false, &empty.vars),
        err: Screen::new(said.clone(), false, &empty.vars),
        ..empty
    };
    let exit = seqcheck::cli::run(&mut world);
    drop(world);
    let said = said.0.lock().expect("no writer panicked");
    format!("{}-- exit {}", String::from_utf8_lossy(&said), exit.code())
}

/// The commands that read a file of this ending. In a binding or a record nothing is run that a person has not allowed.
pub fn commands(ending: &str, number: u64) -> Vec<Vec<String>> {
    let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let to = ["seq", "mermaid", "plantuml"][number as usize % 3];
    match ending {
        "toml" => vec![
            words("lint chat.seq --binding evil.toml"),
            words("check chat.seq --binding evil.toml --total 1s --timeout 100ms --target ws://127.0.0.1:1"),
        ],
        "jsonl" => vec![
            words("judge chat.seq evil.jsonl --report json=o.json --report junit=o.xml --report html=o.html"),
            words("draw chat.seq --trace evil.jsonl"),
        ],
        ending => {
            let mut all = vec![
                words(&format!("lint evil.{ending}")),
                words(&format!("fmt evil.{ending}")),
                words(&format!("convert --to {to} evil.{ending} -o out/")),
            ];
            all.push(match number % 3 {
                0 => words(&format!("draw evil.{ending}")),
                1 => words(&format!("draw evil.{ending} --format svg -o o.svg")),
                _ => words(&format!(
                    "check evil.{ending} --lint off --total 1s --max-record 8MiB --report json=o.json --report markdown=o.md --out o"
                )),
            });
            all
        }
    }
}

/// What must never be said.
pub fn fault(told: &str) -> Option<&'static str> {
    ["this is a bug of seqcheck", "ended in a panic", "would mean something else"]
        .into_iter()
        .find(|sign| told.contains(sign))
}

/// The codecs that are no programs.
pub const CODECS: [&str; 13] = [
    "json",
    "json-lines",
    "lines",
    "text",
    "bytes",
    "xml",
    "cbor",
    "msgpack",
    "nats",
    "stomp",
    "mqtt",
    "irc",
    "socketio",
];

/// What comes of one frame of a server, under one of the codecs.
pub fn frame(codec: usize, text: bool, payload: &[u8]) -> String {
    let codec = CODECS[codec % CODECS.len()];
    let payload = match String::from_utf8(payload.to_vec()) {
        Ok(said) if text => Message::text(said),
        said => Message::binary(said.map_or_else(std::string::FromUtf8Error::into_bytes, String::into_bytes)),
    };
    let binding = format!(
        "codec = \"{codec}\"\n[connect]\nurl = \"{{target}}/\"\n[[rule]]\nlabel = \"never\"\nserver = \"never\"\n"
    );
    let server = move || {
        let payload = payload.clone();
        move |stream: tokio::io::DuplexStream| {
            let payload = payload.clone();
            async move {
                let Ok(mut socket) = tokio_tungstenite::accept_async(stream).await else { return };
                let _ = socket.send(payload).await;
                while let Some(Ok(_)) = socket.next().await {}
            }
        }
    };
    let played = seqcheck::Scenario::parse("a.seq", "A->S: WS connect\nS->A: never\n")
        .and_then(|scenario| scenario.binding_text("b.toml", &binding))
        .map(|scenario| scenario.timeout(Duration::from_millis(100)).settle(Duration::from_millis(100)))
        .and_then(|scenario| scenario.target(seqcheck::Target::in_process(server)).check());
    played.map_or_else(|why| format!("{codec} was not played: {why}"), |verdict| verdict.to_string())
}
