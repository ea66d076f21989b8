//! What kept drawings from a run, or let a run say nothing: one small input for each.

use crate::field::{Act, Call, Client, Net, server, sockets};
use crate::shell::{Output, seqcheck};
use seqcheck::cli::Exit;
use seqcheck::oracle::Class;
use serde_json::json;
use std::path::Path;

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    files.iter().for_each(|(name, text)| std::fs::write(folder.path().join(name), text).expect("written"));
    folder
}

fn run(at: &Path, args: &[&str]) -> Output {
    seqcheck(args.iter().copied()).at(at).run()
}

#[track_caller]
fn refused(output: &Output, words: &[&str]) {
    let said = output.exit == Exit::Usage && words.iter().all(|words| output.err.contains(words));
    assert!(said, "wanted: {words:?}\n{output}");
}

const PONG: &str = "name = \"v\"\n[[rule]]\nlabel = \"ping\"\nserver = { type = \"ping\" }\n[[rule]]\nlabel = \"pong\"\n\
                    client = { type = \"pong\" }\n";

#[test]
fn nobody_is_played_without_a_wire() {
    let drawn = "sequenceDiagram\n  participant Zoe\n  participant Desk\n  Zoe->>Desk: pong\n  Zoe->>Desk: pong\n";
    let inside = "sequenceDiagram\n  participant Zoe\n  participant Desk\n  participant Box\n  Desk->>Box: keep\n";
    let at = folder(&[("ghost.mmd", drawn), ("unseen.mmd", inside), ("b.toml", PONG)]);
    let at = at.path();
    let target = ["--target", "ws://127.0.0.1:9", "--simulate", "Zoe"];
    let ghost = run(at, &[&["check", "ghost.mmd", "--binding", "b.toml"], &target[..]].concat());
    refused(&ghost, &["unconnected", "ghost.mmd:4", "implicit = true"]);
    refused(&run(at, &[&["check", "unseen.mmd"], &target[..]].concat()), &[]);
    let implied = format!("{PONG}[connect]\nurl = \"{{target}}/\"\nimplicit = true\n");
    std::fs::write(at.join("c.toml"), implied).expect("written");
    // It dials, and nobody listens.
    let dials = run(at, &[&["check", "ghost.mmd", "--binding", "c.toml"], &target[..]].concat());
    assert_eq!(dials.exit, Exit::Error, "{dials}");
}

#[test]
fn connecting_is_told_in_whatever_words() {
    for words in [
        "WebSocket connect",
        "connect",
        "ws Connect",
        "Connect to /ws",
        "Connect to /ws?token=…",
        "HTTP Upgrade",
        "GET /ws (Upgrade: websocket)",
        "new WebSocket(url)",
        "WebSocket connect (session-7)",
        "Create new websocket channel",
        "WebSocket address + token",
    ] {
        let text = format!("sequenceDiagram\n  Zoe->>Desk: {words}\n  Desk-->>Zoe: welcome\n  Zoe->>Desk: hail\n");
        let at = folder(&[("d.mmd", &text)]);
        run(at.path(), &["lint", "--fix", "d.mmd"]);
        let made = run(at.path(), &["init", "binding", "d.mmd", "-o", "b.toml"]);
        let said = run(at.path(), &["lint", "--binding", "b.toml", "d.mmd"]);
        assert!(made.exit == Exit::Pass && said.exit == Exit::Pass, "{words}\n{made}\n{said}");
        let binding = std::fs::read_to_string(at.path().join("b.toml")).expect("text");
        assert!(!binding.contains("implicit"), "{words} opens it:\n{binding}");
    }
}

#[test]
fn a_binding_is_begun_with_the_kind_of_each_label() {
    let text = "sequenceDiagram\n  Zoe->>Desk: POST /login\n  Desk-->>Zoe: 200 OK\n  Zoe->>Desk: GET /profile\n  Desk-->>Zoe: her name\n\
                \x20 Zoe->>Desk: GET /events\n  Desk-->>Zoe: event: hello\n";
    let at = folder(&[("d.mmd", text)]);
    let made = run(at.path(), &["init", "binding", "d.mmd"]);
    for rule in [
        "label  = \"POST /login\"\non     = \"http\"\nclient = { method = \"POST\", path = \"/login\" }",
        "label  = \"200 OK\"\non     = \"http\"\nserver = { status = 200 }",
        "label  = \"her name\"\non     = \"http\"\nserver = { status = 200 }",
        "label  = \"GET /events\"\non     = \"sse\"\nclient = { path = \"/events\" }",
        "label  = \"event: hello\"\non     = \"sse\"\nserver = { event = \"hello\" }",
        "# - `her name`: the status and the body",
    ] {
        assert!(made.out.contains(rule), "{rule}\nin\n{made}");
    }
    assert!(!made.out.contains("implicit"), "no socket is used:\n{made}");
}

#[test]
fn a_label_that_looks_like_a_word_makes_no_scenario_of_a_drawing() {
    let text = "sequenceDiagram\n  participant Zoe\n  participant Desk\n  Zoe->>Desk: look up the bill\n  Desk-->>Zoe: 200 OK\n";
    let at = folder(&[("d.mmd", text)]);
    let said = run(at.path(), &["lint", "d.mmd"]);
    assert!(said.exit == Exit::Pass && !said.out.contains("error"), "{said}");
}

#[test]
fn a_page_is_not_its_worst_block() {
    let page = "# Two, and one of them has no end\n```mermaid\nsequenceDiagram\n  Zoe->>Desk: WS connect\n  Desk-->>Zoe: Connected\n```\n\n\
                ```mermaid\nsequenceDiagram\n  alt y\n  Zoe->>Desk: WS connect\n```\n";
    let at = folder(&[("page.md", page)]);
    let output = run(at.path(), &["page.md"]);
    assert!(output.exit == Exit::Usage && output.out.contains("1 passed"), "{output}");
    assert!(output.err.contains("page.md:10") && output.err.contains("`end` is missing"), "{output}");
    // Nothing of it is sound: nothing ran.
    let alone = page.replace("Desk-->>Zoe: Connected\n", "alt x\n");
    std::fs::write(at.path().join("page.md"), alone).expect("written");
    refused(&run(at.path(), &["page.md"]), &["nothing ran"]);
}

#[test]
fn half_of_a_diagram_is_never_left_unplayed() {
    let text = "title A connect with a slip in it\nZoe->Desk: WS connect\nDesk->Zoe: Connected\nYan->Desk: WS conect\n\
                Yan->Desk: message: hello\nDesk->Yan: message from Xu: what never comes\n";
    let at = folder(&[("d.seq", text)]);
    refused(&run(at.path(), &["d.seq"]), &["d.seq:4", "did you mean `WS connect`"]);
}

#[test]
fn holes_of_a_connect_label_reach_address_and_header() {
    let desk = server(|call: Call| async move {
        let [path, header] = [call.query.get("t").cloned(), call.headers.get("x-t").cloned()];
        if let Some(mut client) = call.accept().await {
            client.send(json!({ "path": path, "header": header }));
            while client.hear_all().await.is_some() {}
        }
    });
    let binding = "[connect]\nurl = \"{target}/r?t={t}\"\nheaders = { x-t = \"{t}\" }\n[[rule]]\nlabel = \"WS connect with {t}\"\n\
                   action = \"connect\"\n[[rule]]\nlabel = \"hi {p} {h}\"\nserver = { path = \"{p}\", header = \"{h}\" }\n";
    let drawn = "Zoe->Desk: WS connect with zero\nDesk->Zoe: hi zero zero\nZoe->Desk: WS disconnect\n\
                 Zoe->Desk: WS connect with one\nDesk->Zoe: hi one one\n";
    desk.play(Net::Memory, drawn, binding).passes();
}

const FEED: &str = "[[rule]]\nlabel = \"order {id}\"\nclient = { op = \"order\", id = \"{id}\" }\n[[rule]]\nlabel = \"placed {id}\"\n\
                    server = { ev = \"placed\", id = \"{id}\" }\n[[rule]]\nlabel = \"filled {id}\"\nserver = { ev = \"filled\", id = \"{id}\" }\n\
                    [[rule]]\nlabel = \"price\"\nserver = { ev = \"price\" }\n";

#[test]
fn a_list_of_what_is_considered_is_a_list() {
    let feed = sockets(|mut client: Client| async move {
        while let Some(said) = client.hear().await {
            for ev in ["price", "placed", "placed", "price", "filled"] {
                client.send(Act::from(json!({ "ev": ev, "id": said["id"] })));
            }
        }
    });
    let body = "Zoe->Feed: order 2\nFeed->Zoe: placed 2\nFeed->Zoe: filled 2\n";
    for (line, drawn) in [
        (4, format!("#@ consider placed {{id}}, filled {{id}}\nZoe->Feed: WS connect\n{body}")),
        (5, format!("#@ consider placed {{id}}\n#@ consider filled {{id}}\nZoe->Feed: WS connect\n{body}")),
        (4, format!("Zoe->Feed: WS connect\nconsider {{placed {{id}}, filled {{id}}}}\n{body}end\n")),
    ] {
        feed.play(Net::Memory, &drawn, FEED).fails(Class::Duplicate, line);
    }
    let alone = format!("#@ consider placed {{id}}, no such label\nZoe->Feed: WS connect\n{body}");
    let at = folder(&[("d.seq", &alone), ("b.toml", FEED)]);
    let output = run(at.path(), &["d.seq", "--binding", "b.toml"]);
    assert_ne!(output.exit, Exit::Pass, "{output}");
}

#[test]
fn what_a_binding_cannot_mean_is_an_error_at_load() {
    let drawn = "Zoe->Desk: WS connect\nDesk->Zoe: 1 says nothing like it\n";
    let hole = "[[rule]]\nlabel  = \"{n:int} says {text}\"\nserver = { n = \"{n:int}\", text = \"{txt}\" }\n";
    let header = "[connect]\nurl = \"{target}/\"\nheaders = { sec-websocket-protocol = \"token.abc\" }\n";
    let at = folder(&[("d.seq", drawn), ("hole.toml", hole), ("header.toml", header)]);
    refused(
        &run(at.path(), &["d.seq", "--binding", "hole.toml"]),
        &["`server` does not contain `{text}` of the label"],
    );
    refused(&run(at.path(), &["d.seq", "--binding", "header.toml"]), &["sec-websocket-protocol", "subprotocols"]);
}

#[test]
fn the_server_of_a_picture_can_be_played_as_drawn() {
    let text = "sequenceDiagram\n%%@ server = Gate, Store\n%%@ silent User\n  actor User\n  User->>Page: clicks\n  Page->>Gate: connect\n\
                \x20 Page->>Gate: hail\n  Gate->>Store: keep hail\n  Store-->>Gate: kept\n  Gate-->>Page: hailed\n";
    let at = folder(&[("d.mmd", text)]);
    let made = run(at.path(), &["init", "binding", "d.mmd", "-o", "b.toml"]);
    assert_eq!(made.exit, Exit::Pass, "{made}");
    // The command runs where the tests run.
    let played = |at: &Path| {
        let [drawn, binding] = ["d.mmd", "b.toml"].map(|name| at.join(name).display().to_string());
        let own = [env!("CARGO_BIN_EXE_seqcheck"), &drawn, "--binding", &binding, "--target", "{url}"];
        run(at, &[&["mock", "d.mmd", "--binding", "b.toml", "--"], &own[..]].concat())
    };
    let told = played(at.path());
    assert!(told.exit == Exit::Pass && told.out.contains("1 passed"), "{told}");
    // The same where its first message opens the socket.
    let implied = text.replace("  Page->>Gate: connect\n", "");
    let at = folder(&[("d.mmd", &implied)]);
    run(at.path(), &["init", "binding", "d.mmd", "-o", "b.toml"]);
    let told = played(at.path());
    assert!(told.exit == Exit::Pass && told.out.contains("1 passed"), "{told}");
}

#[test]
fn event_streams_of_drawings_are_told_from_their_events() {
    let text = "sequenceDiagram\n  Page->>Api: POST /chat (stream: true)\n  Api-->>Page: data: {\"delta\": \"...\"}\n  Api-->>Page: data: [DONE]\n\
                \x20 Page->>Api: GET /feed (Last-Event-ID: 7)\n  Api-->>Page: : keep-alive\n  Api-->>Page: id: 8\\nevent: tick\\ndata: a\n\
                \x20 Page->>Api: close EventSource\n  Other->>Api: GET /ws Upgrade: websocket, v2\n";
    let at = folder(&[("d.mmd", text)]);
    let made = run(at.path(), &["init", "binding", "d.mmd"]);
    for rule in [
        "on     = \"sse\"\nclient = { method = \"POST\", path = \"/chat\" }",
        "label  = \"data: {data}\"\non     = \"sse\"\nserver = { data = \"{data}\" }",
        "client = { path = \"/feed\", headers = { last-event-id = \"{id}\" } }",
        "on     = \"sse\"\nserver = { comment = \"keep-alive\" }",
        "label  = \"id: {id}\\\\nevent: tick\\\\ndata: {data}\"\non     = \"sse\"\nserver = { id = \"{id}\", event = \"tick\", data = \"{data}\" }",
        "label  = \"close EventSource\"\naction = \"drop-events\"",
        "action = \"connect\"\nconnect = { url = \"{target}/ws\" }",
    ] {
        assert!(made.out.contains(rule), "{rule}\nin\n{made}");
    }
}

#[test]
fn json_labels_that_differ_in_values_are_one_rule() {
    let text = "sequenceDiagram\n  Ann->>Desk: connect\n  Ann->>Desk: {\"type\":\"say\",\"n\":1}\n  Ann->>Desk: {\"type\":\"say\",\"n\":2}\n\
                \x20 Desk-->>Ann: {\"type\":\"said\",\"at\":\"2026-01-31T08:15:00Z\",\"by\":\"...\"}\n";
    let at = folder(&[("d.mmd", text)]);
    let made = run(at.path(), &["init", "binding", "d.mmd", "-o", "b.toml"]);
    let said = run(at.path(), &["lint", "--binding", "b.toml", "d.mmd"]);
    assert!(made.exit == Exit::Pass && said.exit == Exit::Pass, "{made}\n{said}");
    let binding = std::fs::read_to_string(at.path().join("b.toml")).expect("text");
    for line in [
        r#"label  = "{{\"type\":\"say\",\"n\":{n}}}""#,
        r#"client = { json = "{\"type\":\"say\",\"n\":\"{n:int}\"}" }"#,
        r#"\"at\":\"{_:time}\",\"by\":\"{_}\""#,
    ] {
        assert!(binding.contains(line), "{line}\nin\n{binding}");
    }
}

#[test]
fn a_person_who_speaks_to_a_client_is_proposed_to_be_silent() {
    let text = "sequenceDiagram\n  actor User\n  participant App as Client App\n  participant Auth as Authorization Server\n\
                \x20 User->>App: click login\n  App->>Auth: GET /authorize\n  Auth-->>App: 302 Found\n";
    let at = folder(&[("d.mmd", text)]);
    run(at.path(), &["lint", "--fix", "d.mmd"]);
    let fixed = std::fs::read_to_string(at.path().join("d.mmd")).expect("text");
    assert!(fixed.contains("%%@ server = Auth") && fixed.contains("%%@ silent User"), "{fixed}");
}

#[test]
fn strong_names_are_not_given_up_for_a_run() {
    let llm = "sequenceDiagram\n  participant UI as Chat UI\n  participant API\n  participant LLM as LLM Provider\n\
               \x20 UI->>API: POST /chat (stream: true)\n  API->>LLM: complete(stream=true)\n  LLM-->>API: delta\n  API-->>UI: data: {\"d\": 1}\n";
    let clients = "sequenceDiagram\n  participant C as Client A\n  participant S as WebSocket Server\n  participant D as Client B\n\
                   \x20 C->>S: HTTP GET /chat, Upgrade: websocket\n  D->>S: HTTP GET /chat, Upgrade: websocket\n  C->>S: hail\n  S-->>D: hailed\n";
    for (text, line) in [(llm, "%%@ server = API, LLM"), (clients, "%%@ server = S\n")] {
        let at = folder(&[("d.mmd", text)]);
        run(at.path(), &["lint", "--fix", "d.mmd"]);
        let fixed = std::fs::read_to_string(at.path().join("d.mmd")).expect("text");
        assert!(fixed.contains(line), "{fixed}");
    }
}
