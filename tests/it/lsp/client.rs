//! A small editor: it speaks with the server in this process, or with the program.

use seqcheck::cli::{Editing, World};
use seqcheck::lsp::{Connection, Host, Message, Notification, Request, Response, serve};
use serde_json::{Value, json};
use std::io::{BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// So long one answer may take, on a machine that does much else.
const ANSWER: Duration = Duration::from_secs(60);

enum Wire {
    Memory(Connection, Option<JoinHandle<Result<(), String>>>),
    Program(Child, Option<ChildStdin>, Receiver<Message>),
}

/// An editor with one server.
pub struct Client {
    wire: Wire,
    next: i32,
    folder: PathBuf,
    /// What the server said that was no answer, and nobody has asked for yet.
    pub said: Vec<Notification>,
    /// What it can do.
    pub able: Value,
}

/// An answer, or the code and the words of the error.
pub type Answer = Result<Value, (i32, String)>;

impl Client {
    /// With the command line as the host.
    pub fn in_memory(folder: &Path) -> Client {
        let world = World::empty(folder.to_path_buf());
        Client::with_host(folder, Box::new(move || Box::new(Editing::new(world))))
    }

    /// With a host of a test's own.
    pub fn with_host(folder: &Path, host: Box<dyn FnOnce() -> Box<dyn Host> + Send>) -> Client {
        let (server, client) = Connection::memory();
        let thread = std::thread::spawn(move || serve(&server, &mut *host()));
        Client::begin(Wire::Memory(client, Some(thread)), folder)
    }

    /// With the program, over its standard streams.
    pub fn of_program(folder: &Path) -> Client {
        let mut child = Command::new(env!("CARGO_BIN_EXE_seqcheck"))
            .arg("lsp")
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("it starts");
        let stdin = child.stdin.take();
        let mut stdout = BufReader::new(child.stdout.take().expect("its output"));
        let (sender, receiver) = channel();
        std::thread::spawn(move || {
            while let Ok(Some(message)) = Message::read(&mut stdout) {
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        Client::begin(Wire::Program(child, stdin, receiver), folder)
    }

    fn begin(wire: Wire, folder: &Path) -> Client {
        let folder = folder.to_path_buf();
        let mut client = Client { wire, next: 0, folder, said: Vec::new(), able: Value::Null };
        let folders = json!([{ "uri": client.uri(""), "name": "test" }]);
        let params = json!({ "processId": null, "capabilities": {}, "workspaceFolders": folders });
        client.able = client.ask("initialize", params).expect("it begins")["capabilities"].take();
        client.notify("initialized", json!({}));
        client
    }

    /// The URI of a file in the folder.
    pub fn uri(&self, name: &str) -> String {
        let path = self.folder.join(name);
        format!("file://{}", path.display().to_string().trim_end_matches('/').replace(' ', "%20"))
    }

    fn send(&mut self, message: Message) {
        match &mut self.wire {
            Wire::Memory(connection, _) => connection.sender.send(message).expect("the server listens"),
            Wire::Program(_, stdin, _) => {
                let stdin = stdin.as_mut().expect("not closed");
                message.write(stdin).and_then(|()| stdin.flush()).expect("the server listens");
            }
        }
    }

    fn receive(&mut self) -> Message {
        match &self.wire {
            Wire::Memory(connection, _) => {
                connection.receiver.recv_timeout(ANSWER).expect("the server answers in time")
            }
            Wire::Program(_, _, receiver) => receiver.recv_timeout(ANSWER).expect("the server answers in time"),
        }
    }

    /// Says something that is not answered.
    pub fn notify(&mut self, method: &str, params: Value) {
        self.send(Notification::new(method.to_owned(), params).into());
    }

    /// Asks, and waits for the answer.
    pub fn ask(&mut self, method: &str, params: Value) -> Answer {
        self.next += 1;
        let id = self.next;
        self.send(Request::new(id.into(), method.to_owned(), params).into());
        loop {
            match self.receive() {
                Message::Response(Response { id: of, response_result }) if of == id.into() => {
                    return response_result.map_err(|error| (error.code, error.message));
                }
                Message::Response(other) => panic!("an answer to nothing: {other:?}"),
                Message::Notification(notification) => self.said.push(notification),
                Message::Request(request) => panic!("asked for: {request:?}"),
            }
        }
    }

    /// Opens a text as version 1.
    pub fn open(&mut self, name: &str, language: &str, text: &str) {
        let uri = self.uri(name);
        let document = json!({ "uri": uri, "languageId": language, "version": 1, "text": text });
        self.notify("textDocument/didOpen", json!({ "textDocument": document }));
    }

    /// Changes a text: each change a range, as four numbers, and what comes there; none is the whole text.
    pub fn change(&mut self, name: &str, version: i32, changes: &[(Option<[u32; 4]>, &str)]) {
        let uri = self.uri(name);
        let change = |(range, text): &(Option<[u32; 4]>, &str)| match range {
            None => json!({ "text": text }),
            Some([line, character, end_line, end]) => json!({
                "range": {
                    "start": { "line": line, "character": character },
                    "end": { "line": end_line, "character": end },
                },
                "text": text,
            }),
        };
        let changes: Vec<Value> = changes.iter().map(change).collect();
        let params = json!({ "textDocument": { "uri": uri, "version": version }, "contentChanges": changes });
        self.notify("textDocument/didChange", params);
    }

    /// What is told of a version of a text, in the order of the text.
    pub fn told(&mut self, name: &str, version: i32) -> Vec<Value> {
        let uri = self.uri(name);
        loop {
            let fits = |said: &Notification| {
                said.method == "textDocument/publishDiagnostics"
                    && said.params["uri"] == uri.as_str()
                    && said.params["version"] == version
            };
            if let Some(at) = self.said.iter().position(fits) {
                let mut params = self.said.remove(at).params;
                return params["diagnostics"].as_array_mut().map(std::mem::take).expect("a list");
            }
            match self.receive() {
                Message::Notification(notification) => self.said.push(notification),
                other => panic!("not told, but {other:?}"),
            }
        }
    }

    /// The same as `LINE:COLUMN-LINE:COLUMN code message`, the first line of each message.
    pub fn lines(&mut self, name: &str, version: i32) -> Vec<String> {
        self.told(name, version).iter().map(line).collect()
    }

    /// Asks about a whole text.
    pub fn of(&mut self, method: &str, name: &str) -> Answer {
        let uri = self.uri(name);
        self.ask(method, json!({ "textDocument": { "uri": uri } }))
    }

    /// Asks about a place, and says more.
    pub fn at(&mut self, method: &str, name: &str, (line, character): (u32, u32), more: Value) -> Answer {
        let uri = self.uri(name);
        let place = json!({ "line": line, "character": character });
        let mut params = json!({ "textDocument": { "uri": uri }, "position": place });
        params.as_object_mut().expect("an object").extend(more.as_object().cloned().unwrap_or_default());
        self.ask(method, params)
    }

    /// Takes its leave; the server has to end well.
    pub fn end(mut self) {
        assert_eq!(self.ask("shutdown", Value::Null), Ok(Value::Null));
        self.notify("exit", Value::Null);
        match self.wire {
            Wire::Memory(_, ref mut thread) => {
                assert_eq!(thread.take().expect("not ended").join().expect("no panic"), Ok(()));
            }
            Wire::Program(ref mut child, ref mut stdin, _) => {
                drop(stdin.take());
                assert!(child.wait().expect("it ends").success());
            }
        }
    }
}

/// A diagnostic on one line.
pub fn line(told: &Value) -> String {
    let place = |at: &Value| format!("{}:{}", at["line"], at["character"]);
    let range = &told["range"];
    let message = told["message"].as_str().expect("words").lines().next().unwrap_or_default();
    let code = told["code"].as_str().unwrap_or_default();
    format!("{}-{} {code} {message}", place(&range["start"]), place(&range["end"]))
}

/// A text with edits made, as the protocol has them: none overlaps another.
pub fn edited(text: &str, edits: &Value) -> String {
    let lines: Vec<usize> = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
    let offset = |at: &Value| {
        let (line, wanted) = (at["line"].as_u64().expect("a line") as usize, at["character"].as_u64().expect("units"));
        let start = lines.get(line).copied().unwrap_or(text.len());
        let mut units = 0;
        let inside = text[start..].char_indices().find(|(_, c)| {
            let here = units >= wanted;
            units += c.len_utf16() as u64;
            here
        });
        inside.map_or(text.len(), |(at, _)| start + at)
    };
    let mut edits: Vec<(usize, usize, &str)> = edits
        .as_array()
        .expect("edits")
        .iter()
        .map(|edit| {
            let range = &edit["range"];
            (offset(&range["start"]), offset(&range["end"]), edit["newText"].as_str().expect("a text"))
        })
        .collect();
    edits.sort_unstable();
    let mut text = text.to_owned();
    for (start, end, new) in edits.into_iter().rev() {
        text.replace_range(start..end, new);
    }
    text
}
