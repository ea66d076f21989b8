//! How long an editor waits for the language server: over diagrams of 5,000 lines, from an edit to what is told of it, and from
//! a question to its answer. `cargo bench --bench lsp`; wall-clock time of one run on one machine.

use seqcheck::cli::{Editing, World};
use seqcheck::lsp::{Connection, Message, Notification, Request, serve};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

/// So many lines a diagram has.
const LINES: usize = 5_000;
/// So often each is measured; the median and the longest are printed.
const TIMES: usize = 11;
/// Where the text would lie.
const URI: &str = "file:///nowhere/bench.seq";

/// An editor in this process.
struct Client {
    connection: Connection,
    next: i32,
}

impl Client {
    fn notify(&self, method: &str, params: Value) {
        let sent = self.connection.sender.send(Notification::new(method.to_owned(), params).into());
        sent.expect("the server listens");
    }

    /// Asks, and says how long the answer took.
    fn ask(&mut self, method: &str, params: Value) -> Duration {
        self.next += 1;
        let began = Instant::now();
        let request = Request::new(self.next.into(), method.to_owned(), params);
        self.connection.sender.send(request.into()).expect("the server listens");
        loop {
            if let Message::Response(response) = self.connection.receiver.recv().expect("the server answers") {
                response.response_result.expect("an answer");
                return began.elapsed();
            }
        }
    }

    /// Sends this, and says how long it took until diagnostics were told.
    fn until_told(&self, method: &str, params: Value) -> Duration {
        let began = Instant::now();
        self.notify(method, params);
        loop {
            let message = self.connection.receiver.recv().expect("the server tells");
            if matches!(message, Message::Notification(told) if told.method == "textDocument/publishDiagnostics") {
                return began.elapsed();
            }
        }
    }
}

#[expect(clippy::print_stdout, reason = "a bench prints what it measured")]
fn main() {
    let (server, connection) = Connection::memory();
    let serving = std::thread::spawn(move || serve(&server, &mut Editing::new(World::empty("/nowhere".into()))));
    let mut client = Client { connection, next: 0 };
    client.ask("initialize", json!({ "capabilities": {}, "rootUri": "file:///nowhere" }));
    client.notify("initialized", json!({}));
    let text = talk();
    let document = json!({ "uri": URI, "languageId": "seq", "version": 1, "text": text });
    println!("{} lines, {} bytes", text.lines().count(), text.len());
    let opened = client.until_told("textDocument/didOpen", json!({ "textDocument": document }));
    println!("{:<34}{:>10.2?}", "opened, told", opened);
    let middle = LINES / 2;
    let mut edits = Vec::new();
    for version in 0..TIMES {
        let at = json!({ "line": middle, "character": 0 });
        let change = json!({ "range": { "start": at, "end": at }, "text": "# x\n" });
        let document = json!({ "uri": URI, "version": version + 2 });
        let params = json!({ "textDocument": document, "contentChanges": [change] });
        edits.push(client.until_told("textDocument/didChange", params));
    }
    println!("{}", row("an edit, told", edits));
    let of = json!({ "textDocument": { "uri": URI } });
    for method in ["documentSymbol", "foldingRange", "semanticTokens/full", "codeLens", "formatting"] {
        let method = format!("textDocument/{method}");
        let all = (0..TIMES).map(|_| client.ask(&method, of.clone())).collect();
        println!("{}", row(&method, all));
    }
    // An arrow of a client below the edits, which have put a line in each.
    let arrow =
        text.lines().skip(middle).position(|line| line.starts_with("Alice->")).expect("an arrow") + middle + TIMES;
    for (method, character) in
        [("completion", 25), ("hover", 25), ("definition", 25), ("definition", 1), ("references", 1), ("rename", 1)]
    {
        let place = json!({ "line": arrow, "character": character });
        let params = json!({ "textDocument": { "uri": URI }, "position": place, "newName": "Zoe" });
        let all = (0..TIMES).map(|_| client.ask(&format!("textDocument/{method}"), params.clone())).collect();
        let on = if character == 1 { "a participant" } else { "a label" };
        println!("{}", row(&format!("{method} at {on}"), all));
    }
    client.ask("shutdown", Value::Null);
    client.notify("exit", Value::Null);
    serving.join().expect("no panic").expect("it ends well");
    assert!(!Path::new("/nowhere").exists(), "nothing is written");
}

fn row(name: &str, mut all: Vec<Duration>) -> String {
    all.sort_unstable();
    let name = name.trim_start_matches("textDocument/");
    format!("{name:<34}{:>10.2?}{:>10.2?}", all[all.len() / 2], all[all.len() - 1])
}

/// A conversation of two, in blocks now and then.
fn talk() -> String {
    let mut text =
        "Alice->Server: WS connect\nServer-->Alice: Connected\nBob->Server: WS connect\nServer-->Bob: Connected\n\
                    Alice->Server: join room:general\nServer->Bob: user:alice joined\n"
            .to_owned();
    let mut lines = 6;
    for n in 0.. {
        if lines + 10 > LINES {
            break;
        }
        let (from, to) = if n % 2 == 0 { ("Alice", "Bob") } else { ("Bob", "Alice") };
        for part in 0..4 {
            let said = format!("number {n} {part}");
            let _ = writeln!(text, "{from}->Server: message: {said}\nServer->{to}: message from {from}: {said}");
        }
        let _ = writeln!(text, "note over Alice: {n}\n");
        lines += 10;
    }
    text
}
