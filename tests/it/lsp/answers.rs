//! What is answered about a place or a text.

use super::{CHAT, Client, edited};
use seqcheck::cli::{Editing, World};
use serde_json::{Value, json};
use std::fmt::Write as _;

fn with(name: &str, text: &str) -> (tempfile::TempDir, Client) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut client = Client::in_memory(folder.path());
    client.open(name, "", text);
    (folder, client)
}

/// Where a piece of a text begins, the first one behind another.
fn place(text: &str, before: &str, piece: &str) -> (u32, u32) {
    let from = text.find(before).expect("it is there");
    let at = from + text[from..].find(piece).expect("it is there");
    let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
    (text[..at].matches('\n').count() as u32, text[start..at].encode_utf16().count() as u32)
}

fn names(symbols: &Value, depth: usize, out: &mut String) {
    for symbol in symbols.as_array().into_iter().flatten() {
        let line = symbol["selectionRange"]["start"]["line"].as_u64().expect("a line") + 1;
        let _ = writeln!(out, "{}{} ({line})", "  ".repeat(depth), symbol["name"].as_str().expect("a name"));
        names(&symbol["children"], depth + 1, out);
    }
}

#[test]
fn the_outline_has_participants_arrows_and_blocks() {
    let (_folder, mut client) = with("a.seq", CHAT);
    let symbols = client.of("textDocument/documentSymbol", "a.seq").expect("symbols");
    let mut out = String::new();
    names(&symbols, 0, &mut out);
    let wanted = "Chat (1)
  Alice (4)
  Bob (5)
  Server (6)
  Alice → Server: WS connect (9)
  Server → Alice: Connected (10)
  Bob → Server: WS connect (11)
  Server → Bob: Connected (12)
  alt first (13)
    Alice → Server: join room:general (14)
    Server → Bob: user:alice joined (15)
  Alice → Server: WS disconnect (18)
  Server → Bob: user:alice left (19)
";
    assert_eq!(out, wanted);
    let folds = client.of("textDocument/foldingRange", "a.seq").expect("folds");
    // The `end` stays to be seen.
    assert_eq!(folds, json!([{ "startLine": 12, "endLine": 14 }]));
    client.end();
}

#[test]
fn the_text_is_formatted_as_fmt_does() {
    let text = "title   Chat\nAlice ->Server :  WS connect\nServer-->Alice: Connected\n";
    let (_folder, mut client) = with("a.seq", text);
    let edits = client.of("textDocument/formatting", "a.seq").expect("edits");
    assert_eq!(edited(text, &edits), "title Chat\nAlice->Server: WS connect\nServer-->Alice: Connected\n");
    client.change("a.seq", 2, &[(None, "A-B\n")]);
    let (code, why) = client.of("textDocument/formatting", "a.seq").expect_err("seqcheck cannot read all of it");
    assert_eq!((code, why.is_empty()), (-32803, false));
    client.end();
}

/// The text with each token in brackets of its kind.
fn coloured(text: &str, tokens: &Value) -> String {
    let data: Vec<u64> = tokens["data"].as_array().expect("data").iter().filter_map(Value::as_u64).collect();
    let (mut line, mut character) = (0, 0);
    let mut out: Vec<Vec<String>> = vec![Vec::new(); text.lines().count() + 1];
    let lines: Vec<Vec<u16>> = text.lines().map(|line| line.encode_utf16().collect()).collect();
    for token in data.chunks(5) {
        character = if token[0] == 0 { character + token[1] } else { token[1] };
        line += token[0];
        let units = &lines[line as usize][character as usize..(character + token[2]) as usize];
        let kind = ["keyword", "name", "label", "comment", "directive"][token[3] as usize];
        out[line as usize].push(format!("{kind}({})", String::from_utf16_lossy(units)));
    }
    out.into_iter().filter(|line| !line.is_empty()).map(|line| line.join(" ") + "\n").collect()
}

#[test]
fn what_is_coloured_is_what_was_read() {
    let text = "# hi\nparticipant \"A 😀\" as A\n#@ never\nA->\"B c\": 😀 x\nnote over A: one\nalt y\nA->A: z\nelse\nA->A: w\nend\n";
    let (_folder, mut client) = with("a.seq", text);
    let tokens = client.of("textDocument/semanticTokens/full", "a.seq").expect("tokens");
    let wanted = "comment(# hi)
keyword(participant)
directive(#@ never)
name(A) name(\"B c\") label(😀 x)
keyword(note) name(A)
keyword(alt)
name(A) name(A) label(z)
keyword(else)
name(A) name(A) label(w)
keyword(end)
";
    assert_eq!(coloured(text, &tokens), wanted);
    client.end();
}

#[test]
fn participants_are_found_and_renamed_in_every_language() {
    for (name, text, at, renamed) in [
        (
            "a.seq",
            "participant \"The S\" as S\n#@ simulate A\nA->S: WS connect\nS-->A: S says\nnote over A,S: S is S\nactivate S\n",
            ("A->S", "S"),
            "participant \"The S\" as Hub\n#@ simulate A\nA->Hub: WS connect\nHub-->A: S says\nnote over A,Hub: S is S\nactivate Hub\n",
        ),
        (
            "a.seq",
            "#@ simulate A\n#@ clients A = 3\nA->S: WS connect\nalt x\nS-->A: A\nend\n",
            ("S-->", "A"),
            "#@ simulate Hub\n#@ clients Hub = 3\nHub->S: WS connect\nalt x\nS-->Hub: A\nend\n",
        ),
        (
            "a.mmd",
            "sequenceDiagram\nparticipant S as The S\nA->>S: hi\nNote over A,S: S\nS-->>A: S\nactivate S\ndeactivate S\n",
            ("participant", "S as"),
            "sequenceDiagram\nparticipant Hub as The S\nA->>Hub: hi\nNote over A,Hub: S\nHub-->>A: S\nactivate Hub\ndeactivate Hub\n",
        ),
        (
            "a.puml",
            "@startuml\nactor S\nA -> S : hi\nS --> A : S\nactivate S\n'@ simulate A\nnote over S : x\n@enduml\n",
            ("S --> A", "S"),
            "@startuml\nactor Hub\nA -> Hub : hi\nHub --> A : S\nactivate Hub\n'@ simulate A\nnote over Hub : x\n@enduml\n",
        ),
        (
            "a.md",
            "S\n\n> ```seq\n> A->S: hi\n> S->A: S\n> ```\n\n```seq\nS->A: hi\n```\n",
            ("A->S", "S"),
            "S\n\n> ```seq\n> A->Hub: hi\n> Hub->A: S\n> ```\n\n```seq\nS->A: hi\n```\n",
        ),
    ] {
        let (_folder, mut client) = with(name, text);
        let at = place(text, at.0, at.1);
        let uri = client.uri(name);
        let prepared = client.at("textDocument/prepareRename", name, at, json!({})).expect("a place");
        assert_eq!(prepared["range"]["start"]["line"], at.0, "{prepared} in {text}");
        let edit = client.at("textDocument/rename", name, at, json!({ "newName": "Hub" })).expect(text);
        assert_eq!(edited(text, &edit["changes"][&uri]), renamed);
        let all = client.at("textDocument/references", name, at, json!({})).expect("references");
        assert_eq!(all.as_array().map(Vec::len), edit["changes"][&uri].as_array().map(Vec::len));
        client.end();
    }
}

#[test]
fn a_rename_that_would_mean_something_else_is_refused() {
    let text = "A->B: hi\nB->A: ho\n";
    let (_folder, mut client) = with("a.seq", text);
    for (new, word) in [("B", "already"), ("", "needs a name"), ("A\nB->A: x", "a different meaning"), ("#x: y", "")] {
        match client.at("textDocument/rename", "a.seq", (0, 0), json!({ "newName": new })) {
            Err((-32803, why)) => assert!(why.contains(word) && !word.is_empty(), "{new}: {why}"),
            Err(other) => panic!("{new}: {other:?}"),
            Ok(edit) => {
                let uri = client.uri("a.seq");
                assert_eq!(edited(text, &edit["changes"][&uri]), "\"#x: y\"->B: hi\nB->\"#x: y\": ho\n", "{new}");
            }
        }
    }
    let answer = client.at("textDocument/rename", "a.seq", (0, 7), json!({ "newName": "X" }));
    assert!(answer.is_err_and(|(_, why)| why.contains("no participant here")));
    client.end();
}

#[test]
fn a_definition_is_a_declaration_a_rule_or_a_diagram() {
    let folder = tempfile::tempdir().expect("a folder");
    let binding = "extends = 'chat'\n[[rule]]\nlabel = 'sing {how}'\nclient = { type = 'sing', how = '{how}' }\n";
    std::fs::write(folder.path().join("mine.toml"), binding).expect("written");
    std::fs::write(folder.path().join("login.seq"), "A->S: WS connect\nS-->A: Connected\n").expect("written");
    let text = "#@ binding mine.toml\nparticipant S\nref over A,S: login\nA->S: sing loud\n";
    let mut client = Client::in_memory(folder.path());
    client.open("a.seq", "seq", text);
    let mut to = |at: (u32, u32)| {
        let found = client.at("textDocument/definition", "a.seq", at, json!({})).expect("an answer");
        let file = found["uri"].as_str().and_then(|uri| uri.rsplit('/').next()).unwrap_or_default().to_owned();
        (file, found["range"]["start"]["line"].as_u64())
    };
    assert_eq!(to((0, 12)), ("mine.toml".to_owned(), Some(0)));
    assert_eq!(to((3, 3)), ("a.seq".to_owned(), Some(1)));
    assert_eq!(to((2, 15)), ("login.seq".to_owned(), Some(0)));
    assert_eq!(to((3, 8)), ("mine.toml".to_owned(), Some(1)));
    client.end();
}

#[test]
fn an_arrow_says_what_it_is_on_the_wire_and_what_it_rests_on() {
    let (_folder, mut client) = with("a.seq", CHAT);
    let mut at = |before: &str, piece: &str| {
        let place = place(CHAT, before, piece);
        let hover = client.at("textDocument/hover", "a.seq", place, json!({})).expect("an answer");
        hover["contents"]["value"].as_str().unwrap_or_default().to_owned()
    };
    let sent = at("alt first", "join");
    for piece in
        ["seqcheck sends it as the client Alice", "\"type\":\"join\"", "\"room\":\"general\"", "rule “join room"]
    {
        assert!(sent.contains(piece), "{piece} in {sent}");
    }
    let seen = at("user:alice joined", "joined");
    for piece in ["seqcheck expects it at Bob", "follows from line 14", "Its place depends on"] {
        assert!(seen.contains(piece), "{piece} in {seen}");
    }
    assert!(at("Server-->Bob", "Bob").contains("played by seqcheck"));
    assert!(at("#@ timeout", "timeout").contains("the deadline of each expected message"));
    assert!(at("alt first", "alt").contains("exactly one"));
    client.end();
}

/// What is offered at the end of a text, as the text comes out where the first one of these letters is taken.
fn offers(name: &str, text: &str) -> (Vec<String>, String) {
    let (_folder, mut client) = with(name, text);
    let line = text.matches('\n').count() as u32;
    let end = text.rsplit('\n').next().unwrap_or_default().encode_utf16().count() as u32;
    let found = client.at("textDocument/completion", name, (line, end), json!({})).expect("an answer");
    let items = found["items"].as_array().expect("items").clone();
    let labels = items.iter().map(|item| item["label"].as_str().expect("a label").to_owned()).collect();
    let taken = items.first().map_or_else(String::new, |item| edited(text, &json!([item["textEdit"]])));
    client.end();
    (labels, taken)
}

#[test]
fn what_can_be_written_is_offered_although_the_line_is_not_done() {
    let head = "Alice->Server: WS connect\nServer-->Alice: Connected\n";
    let all = |line: &str| offers("a.seq", &format!("{head}{line}"));
    let (labels, taken) = all("Alice->Server: jo");
    assert!(labels.iter().any(|label| label == "join room:{room}"), "{labels:?}");
    assert!(taken.ends_with(&format!("Alice->Server: {}", labels[0])), "{taken}");
    // A server's own labels come first where a server speaks.
    let first = |line: &str| all(line).0[0].clone();
    assert_ne!(first("Alice->Server: "), first("Server->Alice: "));
    assert_eq!(all("Alice->").0, ["Alice", "Server"]);
    assert_eq!(all("Alice->Ser").1, format!("{head}Alice->Alice"));
    assert_eq!(all("note over Alice,").0, ["Alice", "Server"]);
    assert!(all("al").0.contains(&"alt".to_owned()) && all("al").0.contains(&"Alice".to_owned()));
    assert!(all("#@ wi").0.contains(&"within".to_owned()));
    assert_eq!(all("#@ order ").0, ["diagram", "local", "burst"]);
    assert!(all("#@ allow SQ").0.contains(&"SQ104".to_owned()));
    assert!(all("#@ binding ").0.contains(&"mqtt".to_owned()));
    assert_eq!(all("#@ simulate A").1, format!("{head}#@ simulate Alice"));
    assert_eq!(all("# a comment ").0, Vec::<String>::new());
    let mermaid = offers("a.mmd", "sequenceDiagram\nAlice->>Server: WS connect\nServer-->>");
    assert_eq!(mermaid.0, ["Alice", "Server"]);
    let page = offers("a.md", "# T\n\n```seq\nAlice->Server: WS connect\nServer-->");
    assert_eq!(page.0, ["Alice", "Server"]);
}

#[test]
fn keys_of_bindings_and_configurations_are_offered_and_explained() {
    let (top, _) = offers("b.toml", "[[rule]]\nlabel = 'x'\n[connect]\nu");
    assert!(top.contains(&"url".to_owned()) && !top.contains(&"label".to_owned()), "{top:?}");
    let (rule, _) = offers("b.toml", "[[rule]]\nlabel = 'x'\ncl");
    assert!(rule.contains(&"client".to_owned()), "{rule:?}");
    let (tables, taken) = offers("b.toml", "[[rule]]\nlabel = 'x'\n[[");
    assert!(tables.contains(&"ignore".to_owned()) && taken.ends_with(&format!("[[{}", tables[0])), "{taken}");
    assert!(offers("b.toml", "[[rule]]\nlabel = 'x'\nextends = \"").0.contains(&"chat".to_owned()));
    let (settings, _) = offers("seqcheck.toml", "timeout = '2s'\nse");
    assert!(settings.contains(&"settle".to_owned()) && !settings.contains(&"trust".to_owned()), "{settings:?}");
    let (_folder, mut client) = with("seqcheck.toml", "timeout = '2s'\n");
    let hover = client.at("textDocument/hover", "seqcheck.toml", (0, 2), json!({})).expect("an answer");
    assert!(hover["contents"]["value"].as_str().is_some_and(|text| text.contains("Deadline")), "{hover}");
    client.end();
}

#[test]
fn a_lens_plays_and_draws() {
    let wrong = CHAT.replace("user:alice left", "user:alice gone");
    for (text, passed) in
        [(CHAT.to_owned(), true), (CHAT.replace("join room:general", "join room:other"), false), (wrong, false)]
    {
        let (_folder, mut client) = with("a.seq", &text);
        let lenses = client.of("textDocument/codeLens", "a.seq").expect("lenses");
        let commands: Vec<&Value> = lenses.as_array().expect("a list").iter().map(|lens| &lens["command"]).collect();
        assert_eq!(commands.iter().map(|command| &command["title"]).collect::<Vec<_>>(), ["play", "draw"]);
        let play = client.ask("workspace/executeCommand", commands[0].clone());
        match play {
            Ok(played) => {
                assert_eq!(played["passed"], passed, "{played}");
                let report = played["report"].as_str().expect("a report");
                assert!(report.contains("(in memory"), "{report}");
                let shown = client.said.iter().find(|said| said.method == "window/showMessage").expect("shown");
                assert!(
                    shown.params["message"]
                        .as_str()
                        .is_some_and(|text| report.starts_with(text.split('\n').next().unwrap_or(text)))
                );
            }
            Err((code, why)) => assert!(code == -32803 && !passed && why.contains("gone"), "{why}"),
        }
        let drawn = client.ask("workspace/executeCommand", commands[1].clone()).expect("a drawing");
        assert!(
            drawn["svg"].as_str().is_some_and(|svg| svg.starts_with("<svg"))
                && drawn["text"].as_str().is_some_and(|text| text.contains("Alice"))
        );
        client.end();
    }
}

#[test]
fn what_a_play_found_stands_at_its_line_until_the_text_changes() {
    let text = CHAT.replace("Server-->Bob: Connected\n", "Server-->Bob: Connected\nServer->Bob: user:zoe joined\n");
    let (_folder, mut client) = with("a.seq", &text);
    let before = client.lines("a.seq", 1);
    assert!(!before.iter().any(|line| line.contains(" play ")), "{before:?}");
    let arguments = json!([client.uri("a.seq"), 0]);
    let played = client.ask("workspace/executeCommand", json!({ "command": "seqcheck.play", "arguments": arguments }));
    assert_eq!(played.expect("it is played")["passed"], false);
    let told = client.lines("a.seq", 1);
    assert!(told.iter().any(|line| line.contains(" play missing: ")), "{told:?}");
    client.change("a.seq", 2, &[(Some([0, 0, 0, 0]), "# x\n")]);
    let told = client.lines("a.seq", 2);
    assert!(!told.iter().any(|line| line.contains(" play ")), "{told:?}");
    client.end();
}

#[test]
fn what_is_found_can_be_mended() {
    // A lifeline that is one letter away from another.
    let text =
        "participant Server\nAlice->Server: WS connect\nServer-->Alice: Connected\nAlice->Server: WS  Disconnect\n";
    let (_folder, mut client) = with("a.seq", text);
    let told = client.told("a.seq", 1);
    let wrong = told.iter().find(|told| told["code"] == "SQ118").unwrap_or_else(|| panic!("{told:?}"));
    let actions =
        client.at("textDocument/codeAction", "a.seq", (0, 0), json!({ "range": wrong["range"] })).expect("actions");
    let uri = client.uri("a.seq");
    let fix = actions.as_array().expect("a list").iter().find(|action| action["kind"] == "quickfix").expect("a fix");
    assert_eq!(fix["isPreferred"], true);
    let mended = edited(text, &fix["edit"]["changes"][&uri]);
    assert_eq!(mended, text.replace("  Disconnect", " disconnect"));
    let all = actions
        .as_array()
        .expect("a list")
        .iter()
        .find(|action| action["kind"] == "source.fixAll.seqcheck")
        .expect("all");
    assert_eq!(edited(text, &all["edit"]["changes"][&uri]), mended);
    client.end();
}

/// Each text with one mistake, and what the first way out makes of it.
#[test]
fn a_mistake_whose_help_says_what_to_write_is_mended_so() {
    for (name, text, mended) in [
        ("a.seq", "A–>B: hi – ho\n", "A->B: hi – ho\n"),
        ("a.seq", "  A —> B: x\n", "  A -> B: x\n"),
        ("a.seq", "A->B: x\nA=>B: y\n", "A->B: x\nA->B: y\n"),
        ("a.seq", "particpant A\nA->A: x\n", "participant A\nA->A: x\n"),
        ("a.seq", "A->“B c”: x\n", "A->\"B c\": x\n"),
        ("a.seq", "A->\"B: x\n", "A->\"B\": x\n"),
        ("a.seq", "#@ whithin 500ms\nA->B: x\n", "#@ within 500ms\nA->B: x\n"),
        ("a.seq", "‘ no comment\nA->B: x\n", "# no comment\nA->B: x\n"),
        ("a.mmd", "sequencediagram\nA->>B: x\n", "sequenceDiagram\nA->>B: x\n"),
        ("a.mmd", "sequenceDiagram\nA–>>B: x\n", "sequenceDiagram\nA->>B: x\n"),
        ("a.mmd", "sequenceDiagram\n  particpant A\n", "sequenceDiagram\n  participant A\n"),
        (
            "a.mmd",
            "sequenceDiagram\nA->>B: x\n%%@ whithin 500ms\nA->>B: x\n",
            "sequenceDiagram\nA->>B: x\n%%@ within 500ms\nA->>B: x\n",
        ),
        ("a.puml", "@startuml\nA –> B : x – y\n@enduml\n", "@startuml\nA -> B : x - y\n@enduml\n"),
        ("a.puml", "@startuml\n'@ whithin 5s\nA -> B : x\n@enduml\n", "@startuml\n'@ within 5s\nA -> B : x\n@enduml\n"),
        ("a.md", "> ```seq\n> A–>B: 😀\n> ```\n", "> ```seq\n> A->B: 😀\n> ```\n"),
        ("b.toml", "[[rule]]\nlable = 'x'\nclient = {}\n", "[[rule]]\nlabel = 'x'\nclient = {}\n"),
        (
            "b.toml",
            "codec = 'josn'\n[[rule]]\nlabel = 'x'\nclient = {}\n",
            "codec = \"json\"\n[[rule]]\nlabel = 'x'\nclient = {}\n",
        ),
        ("seqcheck.toml", "seed = 1\ntimeot = '2s'\n", "seed = 1\ntimeout = '2s'\n"),
    ] {
        let (_folder, mut client) = with(name, text);
        let told = client.told(name, 1);
        let uri = client.uri(name);
        let mut found = Vec::new();
        for one in &told {
            let range = json!({ "range": one["range"] });
            let actions = client.at("textDocument/codeAction", name, (0, 0), range).expect("actions");
            let fixes = actions.as_array().expect("a list").iter().filter(|action| action["kind"] == "quickfix");
            found.extend(fixes.map(|fix| edited(text, &fix["edit"]["changes"][&uri])));
        }
        assert!(found.contains(&mended.to_owned()), "{text}: {found:?}, told {told:?}");
        client.end();
    }
}

#[test]
fn a_secret_is_shown_nowhere() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut world = World::empty(folder.path().to_path_buf());
    let secret = "s3cr3t-of-a-test";
    for (name, value) in [("SEQCHECK_VAR", "token=env:TOKEN"), ("TOKEN", secret)] {
        world.vars.insert(name.to_owned(), value.to_owned());
    }
    let binding = "extends = 'chat'\n[[rule]]\nlabel = 'sing'\nclient = { type = 'sing', token = '{token}' }\n";
    std::fs::write(folder.path().join("mine.toml"), binding).expect("written");
    let text = "#@ binding mine.toml\nA->S: WS connect\nS-->A: Connected\nA->S: sing\nA->S: sing ${token}\n";
    let mut client = Client::with_host(folder.path(), Box::new(move || Box::new(Editing::new(world))));
    client.open("a.seq", "seq", text);
    let told = client.told("a.seq", 1);
    assert!(!told.is_empty() && !json!(told).to_string().contains(secret), "{told:?}");
    let hover = client.at("textDocument/hover", "a.seq", (3, 7), json!({})).expect("an answer").to_string();
    assert!(hover.contains("sing") && hover.contains("token") && !hover.contains(secret), "{hover}");
    let play = json!({ "command": "seqcheck.play", "arguments": [client.uri("a.seq"), 0] });
    let (_, why) = client.ask("workspace/executeCommand", play).expect_err("a label has no rule");
    assert!(!why.is_empty() && !why.contains(secret), "{why}");
    client.end();
}
