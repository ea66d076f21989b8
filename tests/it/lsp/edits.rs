//! Thousands of edits: the server knows the text that the editor shows, and nothing ends it.

use super::Client;
use super::client::edited;
use proptest::prelude::*;
use serde_json::json;

/// Everything that can be asked of a text, each answered without a bug.
fn asks_everything(client: &mut Client, name: &str, place: (u32, u32)) {
    let sound = |answer: Result<serde_json::Value, (i32, String)>, method: &str| {
        if let Err((code, what)) = answer {
            assert_eq!(code, -32803, "{method}: {what}");
        }
    };
    for method in ["documentSymbol", "foldingRange", "semanticTokens/full", "codeLens", "formatting"] {
        let method = format!("textDocument/{method}");
        sound(client.of(&method, name), &method);
    }
    for method in ["definition", "references", "documentHighlight", "prepareRename", "hover", "completion"] {
        let method = format!("textDocument/{method}");
        sound(client.at(&method, name, place, json!({})), &method);
    }
    sound(client.at("textDocument/rename", name, place, json!({ "newName": "Zoë 2" })), "rename");
    let (line, character) = place;
    let at = json!({ "line": line, "character": character });
    let range = json!({ "range": { "start": at, "end": at } });
    sound(client.at("textDocument/codeAction", name, place, range), "codeAction");
}

/// A generator that is the same everywhere.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % below.max(1)
    }
}

/// The place of a byte, as an editor counts.
fn place(text: &str, offset: usize) -> (u32, u32) {
    let start = text[..offset].rfind('\n').map_or(0, |end| end + 1);
    let line = text[..offset].matches('\n').count();
    (line as u32, text[start..offset].encode_utf16().count() as u32)
}

const PIECES: [&str; 16] = [
    "\n",
    "Alice->Server: join room:general\n",
    "😀",
    "é",
    "Server",
    "->",
    ": ",
    "alt x\n",
    "end\n",
    "#@ never\n",
    "\"",
    " ",
    "note over Alice: 𝒳\n",
    "-",
    "Bob-->Alice: ",
    "\r\n",
];

#[test]
fn two_thousand_edits_end_with_the_diagnostics_of_a_fresh_start() {
    let folder = tempfile::tempdir().expect("a folder");
    for (seed, name, start) in
        [(1, "a.seq", super::CHAT.to_owned()), (2, "a.md", format!("# X\n\n```seq\n{}```\n", super::CHAT))]
    {
        let mut client = Client::in_memory(folder.path());
        client.open(name, "", &start);
        let (mut dice, mut text) = (Dice(seed), start);
        let edits = 2_000;
        for version in 2..edits + 2 {
            let boundaries: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
            let from = dice.roll(boundaries.len());
            // What is put in is taken out as often, so that the text stays as long as it is.
            let long = dice.roll(if text.len() > super::CHAT.len() { 24 } else { 4 });
            let to = (from + long).min(boundaries.len() - 1);
            // Between the two signs of a line end there is no place.
            let (from, to) = (boundaries[from], boundaries[to]);
            let inside = |at: usize| text[..at].ends_with('\r') && text[at..].starts_with('\n');
            if inside(from) || inside(to) {
                client.change(name, version, &[]);
                continue;
            }
            let new = PIECES[dice.roll(PIECES.len())];
            let (start, end) = (place(&text, from), place(&text, to));
            client.change(name, version, &[(Some([start.0, start.1, end.0, end.1]), new)]);
            text.replace_range(from..to, new);
            if version % 250 == 0 {
                asks_everything(&mut client, name, start);
            }
        }
        let told = client.told(name, edits + 1);
        let mut fresh = Client::in_memory(folder.path());
        fresh.open(name, "", &text);
        assert_eq!(told, fresh.told(name, 1), "{text}");
        let symbols = client.of("textDocument/documentSymbol", name);
        assert_eq!(symbols, fresh.of("textDocument/documentSymbol", name));
        // In the end the text is the whole one again, and so is what is known of it.
        client.change(name, edits + 2, &[(None, super::CHAT)]);
        client.told(name, edits + 2);
        client.end();
        fresh.end();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn no_edit_ends_it(
        extension in prop::sample::select(vec!["seq", "mmd", "puml", "md", "toml"]),
        edits in prop::collection::vec((0u32..12, 0u32..40, 0u32..12, 0u32..40, prop::sample::select(PIECES.to_vec())), 1..24),
    ) {
        let folder = tempfile::tempdir().expect("a folder");
        let name = format!("a.{extension}");
        let start = match extension {
            "mmd" => "sequenceDiagram\nparticipant A as Alice\nA->>B: WS connect\nB-->>A: Connected\nloop x\nA->>B: hi\nend\n",
            "puml" => "@startuml\nparticipant \"A b\" as A\nA -> B : WS connect\nB --> A : Connected\nref over A : x\n@enduml\n",
            "md" => "# T\n\n- x\n  ```seq\n  A->B: hi\n  ```\n\n```plantuml\nA -> B : x\n```\n",
            "toml" => "extends = 'chat'\n[[rule]]\nlabel = 'a {b}'\nclient = { x = '{b}' }\n",
            _ => super::CHAT,
        };
        let mut client = Client::in_memory(folder.path());
        client.open(&name, "", start);
        for (version, (line, character, end_line, end, text)) in (2..).zip(&edits) {
            client.change(&name, version, &[(Some([*line, *character, *end_line, *end]), text)]);
        }
        let (line, character, ..) = edits[0];
        asks_everything(&mut client, &name, (line, character));
        client.end();
    }
}

#[test]
fn edits_are_made_as_the_protocol_has_them() {
    let edit = |line: u32, from: u32, to: u32, text: &str| json!({ "range": { "start": { "line": line, "character": from }, "end": { "line": line, "character": to } }, "newText": text });
    assert_eq!(edited("a😀b\nc", &json!([edit(0, 3, 4, "x"), edit(1, 0, 0, "y")])), "a😀x\nyc");
}
