//! Texts that a generator makes: printed and read again they are the same diagram.

use super::{printed_again, read};
use proptest::prelude::*;

fn name() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "Alice",
        "Bob",
        "Chat Server",
        "a-b",
        "A(b)/c",
        "é",
        "中",
        "x#35;y",
        "#101;nd",
        "\"q\"",
        "A_1",
        "1a",
        "Link",
        "titles",
        "a.b",
        "a@b",
        "x=y",
        "#42;",
        "[",
    ])
}

fn text() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "x",
        "a: b",
        "->",
        "#35;",
        "#59;",
        "<br/>",
        "{\"a\": 1}",
        "wrap:",
        "nowrap: y",
        "user:alice",
        "🙂",
        "\\n",
        "%%",
        "end",
        "<b>",
        "#hearts;",
        "#nosuch;",
        "3",
        "1..5",
        "3s",
        "as",
        "--",
        "'",
        "//",
        "transparent",
        "Red",
        "\u{a0}",
        "<br",
        "#32;",
        "@",
        ",",
        "rgb(1, 2, 3)",
        "#10;",
        "*",
    ]);
    prop::collection::vec(words, 0..4).prop_map(|words| words.join(" "))
}

fn arrow() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "->>", "-->>", "->", "-->", "-x", "--x", "-)", "--)", "<<->>", "<<-->>", "-|\\", "--|/", "-\\\\", "--//",
        "/|-", "\\|--", "//-", "\\\\--",
    ])
}

fn statement() -> impl Strategy<Value = String> {
    let sign = prop::sample::select(vec!["", "", "", "+", "()"]);
    let message = (name(), arrow(), sign, name(), text())
        .prop_map(|(from, arrow, sign, to, text)| format!("{from} {arrow}{sign}{to}: {text}"));
    let kind = prop::sample::select(vec!["participant", "actor", "Participant"]);
    let word = prop::sample::select(vec!["A_1", "Bob", "a-b", "é", "S#35;"]);
    let settings = prop::sample::select(vec!["", "", "@{ \"type\": \"database\" }", "@{ type: queue, alias: Q }"]);
    let alias = prop::option::of(text().prop_map(|text| format!(" as {text}")));
    let note = prop::sample::select(vec!["over", "left of", "right of"]);
    let as_note = prop::sample::select(vec![
        "divider",
        "delay",
        "ref",
        "state",
        "rbox",
        "note across",
        "note left",
        "abox right",
        "ref over Alice, Bob, é",
    ]);
    prop_oneof![
        8 => message,
        2 => (name(), name()).prop_map(|(one, other)| format!("{one}->>+{other}: x\n{other}-->>-{one}: y")),
        2 => (kind, word, settings, alias)
            .prop_map(|(kind, word, settings, alias)| format!("{kind} {word}{settings}{}", alias.unwrap_or_default())),
        2 => (note, name(), text()).prop_map(|(place, name, text)| format!("Note {place} {name}: {text}")),
        1 => (name(), name(), text()).prop_map(|(one, other, text)| format!("note over {one},{other}: {text}")),
        1 => (as_note, text()).prop_map(|(what, text)| format!("%%@ as {what}\nNote over Alice: {text}")),
        1 => prop::sample::select(vec![
            "%% comment", "%%", "# {x}", "%single", "", "", "autonumber", "autonumber 10 .5", "autonumber off",
            "title A title; ", "accTitle: t; #x", "accDescr {\n two\n lines }", "%%{init: {}}%%", "activate Bob",
            "activate Zoe\nZoe->>Zoe: late", "link Alice: L @ https://x", "%%@ never\nA->>B: x", "%%@ ignore ping",
            "destroy Bob\ncreate participant New2\nBob->>New2: x\nNew2->>Bob: y",
            "create participant New3\ndestroy New3\nAlice->>New3: x\nNew3->>Alice: y", "destroy é\ndestroy Bob",
            "create participant New1\nAlice->>New1: x\ndestroy New1\nNew1->>Alice: y",
            "box Aqua T #35;1\nparticipant Boxed\n%% in\nend", "%%@ as lost\nA-xB: gone", "%%@ as from left\nB->>B: in",
            "%%@ as to right\nB->>B: out", "%%@ as cloud\nparticipant Net", "A->>*: all", "A->>* except Bob#44; é: x",
        ]).prop_map(str::to_owned),
    ]
}

fn block() -> impl Strategy<Value = String> {
    let leaf = prop::collection::vec(statement(), 0..5).prop_map(|lines| lines.join("\n"));
    leaf.prop_recursive(3, 24, 4, |inner| {
        let word = prop::sample::select(vec![
            ("alt", "else"),
            ("par", "and"),
            ("critical", "option"),
            ("par_over", "and"),
            ("loop", ""),
            ("opt", ""),
            ("break", ""),
            ("rect", ""),
            ("%%@ as strict a b\nrect", ""),
            ("%%@ as ignore \"a, b\", c\nrect", ""),
            ("%%@ as opt\npar", "and"),
            ("%%@ as loop 2..3 q\nrect", ""),
            ("%%@ as group\npar", "and"),
        ]);
        (word, prop::collection::vec((text(), inner), 1..4), inner_text()).prop_map(|((open, next), parts, tail)| {
            let mut out = String::new();
            for (index, (guard, body)) in parts.iter().enumerate() {
                if index > 0 && next.is_empty() {
                    break;
                }
                let word = if index == 0 { open } else { next };
                out.push_str(&format!("{word} {guard}\n{body}\n"));
            }
            format!("{out}end\n{tail}")
        })
    })
}

fn inner_text() -> impl Strategy<Value = String> {
    prop::collection::vec(statement(), 0..2).prop_map(|lines| lines.join("\n"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_printed_diagram_is_read_as_it_was(blocks in prop::collection::vec(block(), 1..4)) {
        let text = format!("sequenceDiagram\nparticipant Alice\n{}\n", blocks.join("\n"));
        // What a generator joins at random is not always a diagram; the next test counts.
        if let (Some(diagram), _) = read(&text)
            && let Err(problem) = printed_again(&diagram)
        {
            return Err(TestCaseError::fail(format!("{text}\n---\n{problem}")));
        }
    }
}

#[test]
fn most_generated_texts_are_diagrams() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let blocks = prop::collection::vec(block(), 1..4);
    let (mut good, mut said_of_bad) = (0, String::new());
    for _ in 0..200 {
        let value = blocks.new_tree(&mut runner).expect("the strategy has values");
        let text = format!("sequenceDiagram\n{}\n", proptest::strategy::ValueTree::current(&value).join("\n"));
        match read(&text) {
            (Some(_), _) => good += 1,
            (None, said) => said_of_bad = said,
        }
    }
    assert!(good >= 100, "{good} of 200; the last problem: {said_of_bad}");
}
