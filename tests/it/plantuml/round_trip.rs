//! Printing and reading again.

use super::{arrows, read};
use proptest::prelude::*;
use seqcheck::diagram::Diagram;
use seqcheck::source::{Source, Sources};
use seqcheck::syntax::{Dialect, convert, parse};

fn printed(diagram: &Diagram) -> String {
    convert(diagram, Dialect::PlantUml).text
}

/// What a text says is what its print says, and the print of that is the same again.
fn check(text: &str) {
    let Ok(first) = read(text) else { return };
    let out = printed(&first.diagram);
    let again = read(&out).unwrap_or_else(|problems| panic!("{text}\n----\n{out}\n{}", problems.join("\n")));
    assert!(again.diagram.without_spans() == first.diagram.without_spans(), "{text}\n----\n{out}");
    assert_eq!(printed(&again.diagram), out);
}

fn one_of(words: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::sample::select(words).prop_map(str::to_owned)
}

fn name() -> impl Strategy<Value = String> {
    one_of(&["A", "B", "C", "d_1", "x", "\"Chat Server\"", "\"title\"", "été", "\"a-b\"", "end"])
}

fn label() -> impl Strategy<Value = String> {
    prop_oneof![
        one_of(&["", " : x", ": hello: world", " : {\"room\":\"#general\"}", " : a\\n**b**", " : : c", " : tail\\ "]),
        "[ -~éß🙂]{0,20}".prop_map(|text| format!(" : {text}")),
    ]
}

fn arrow() -> impl Strategy<Value = String> {
    let shaft = one_of(&[
        "->",
        "-->",
        "->>",
        "-->>",
        "<-",
        "<<--",
        "<->",
        "-\\",
        "-//",
        "\\-",
        "//--",
        "-[#red]>",
        "-[#0f0,dashed]->>",
        "->(10)",
        "<--[bold]-",
    ]);
    let marks = (one_of(&["", "", "", " o", " x"]), one_of(&["", "", "", "o ", "x "]));
    let suffix =
        one_of(&["", "", "", " ++", " --", "--++", " **", "!!", "++ #gold", " <<s>> [[http://x]]", " & C & B"]);
    let before = one_of(&["", "", "", "& ", "{a} "]);
    (before, name(), marks, shaft, name(), suffix, label()).prop_map(
        |(before, a, (left, right), shaft, b, suffix, label)| {
            format!("{before}{a}{left} {shaft}{right} {b}{suffix}{label}")
                .replace("o  ", "o ")
                .replace("x  ", "x ")
                .replacen(
                    &format!("{left} {shaft}"),
                    &format!("{left}{}{shaft}", if left.is_empty() { " " } else { "" }),
                    1,
                )
        },
    )
}

fn line() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => arrow(),
        1 => (one_of(&["[-> ", "[o<-- ", "?-> ", "]<-[#red]- ", "-> ", "[<->x "]), name(), label()).prop_map(|(a, b, c)| a + &b + &c),
        1 => (name(), one_of(&[" ->]", " <-?", " o->]", " ->x]", " -->", " <<-["]), label()).prop_map(|(a, b, c)| a + &b + &c),
        1 => (one_of(&["activate ", "deactivate ", "destroy ", "create "]), name(), one_of(&["", " #red"])).prop_map(|(a, b, c)| a + &b + &c),
        1 => (one_of(&["participant ", "actor ", "database ", "create actor "]), one_of(&["N", "\"L l\" as N", "N as \"L \\n l\"", "\"q q\"", "M <<s>> order 3 #red"])).prop_map(|(a, b)| a + &b),
        2 => (one_of(&["note left", "note right of A", "hnote over A,B", "rnote across", "/ note over A #red", "& note left of B", "note top <<s>>"]), label()).prop_map(|(a, b)| if b.is_empty() { a + "\n  one\n\n    two 'x\nend note" } else { a + &b }),
        1 => one_of(&["return", "return ok", "deactivate", "autoactivate on", "A ++", "B -- #red"]),
        1 => one_of(&["...", "...5 min...", "== d ==", "|||", "||45||", "newpage x", "autonumber 10 5 \"<b>0\"", "autonumber stop", "hide footbox", "skinparam a {\n  b c\n}", "title a\\nb", "title\n two\n lines\nend title", "legend right\n x\nend legend"]),
        1 => one_of(&["", "' comment", "/' two\nlines '/", "/'@ no directive '/", "'@ within 5s", "'@ tags a, b", "'"]),
        1 => one_of(&["ref over A,B : name", "ref#red over A\n x\n y\nend ref", "{a} <-> {b} : 5s", "box \"T\" #red\nparticipant P\nend box"]),
    ]
}

fn block() -> impl Strategy<Value = String> {
    let open = one_of(&[
        "alt x",
        "opt",
        "loop 3",
        "loop 1..5 until",
        "loop (2) 3x",
        "par#red #blue a",
        "par2 z",
        "group name [text]",
        "group strict [now]",
        "group ignore [a, b*]",
        "partition strict",
        "break : y",
        "critical #pink c",
        "group neg",
    ]);
    let body = prop::collection::vec(line(), 0..4).prop_map(|lines| lines.join("\n"));
    let more = prop_oneof![
        Just(String::new()),
        (one_of(&["else", "else b", "also c d"]), line()).prop_map(|(a, b)| format!("{a}\n{b}\n"))
    ];
    (open, body, more, one_of(&["end", "end alt"]))
        .prop_map(|(open, body, more, end)| format!("{open}\n{body}\n{more}{end}"))
}

fn text() -> impl Strategy<Value = String> {
    let statement = prop_oneof![4 => line(), 1 => block()];
    prop::collection::vec(statement, 1..12).prop_map(|lines| format!("@startuml\n{}\n@enduml\n", lines.join("\n")))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_read_is_printed_and_read_again(text in text()) {
        check(&text);
    }

    #[test]
    fn no_text_is_too_odd(text in "\\PC{0,80}", lines in prop::collection::vec("[-<>\\[\\]{}()/\\\\'\"#!@&|.=:A-C oxnte\n]{0,24}", 0..8)) {
        let _ = read(&text);
        let _ = read(&format!("@startuml\n{}", lines.join("\n")));
    }
}

#[test]
fn generated_texts_are_mostly_read() {
    use proptest::strategy::ValueTree as _;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let count = (0..200).filter(|_| read(&line().new_tree(&mut runner).unwrap().current()).is_ok()).count();
    assert!(count > 100, "only {count} of 200 lines are read alone, so the properties say little");
}

/// What the native dialect says, PlantUML says too, or says what it lost.
#[test]
fn native_diagrams_are_printed_as_plantuml_that_is_read() {
    for text in [
        include_str!("../../../scenarios/chat.seq"),
        "participant \"Chat Server\"\nChat Server->Bob: hi\nBob-->Chat Server: ho \\",
        "A<-B: order of first appearance\nA->*C: create\nC-xA: lost\n[->A: found\nA->]: out",
        "A->B: x\n...3s...\nactivate B\nB->A: y\ndestroyafter A\nB->A: z",
        "alt a\nA->B: x\nelse b\nA->B: y\nend\nstrict\nA->B: z\nend\nneg\nB->A: no\nend\nloop 1..5 again\nA->B: w\nend",
        "#@ tags a\nA->B: x\n#@ within 500ms\nB->A: y\n# comment\nnote over A,B,C: n\nref over A,B: chat",
        "A->B: x\ncreate C\nA->B: y\nA->C: z\nServer->*: all\nServer->* except A: others",
        "A->B: #general; // it's {\"a\": 1}\nB->A: end\nparticipantgroup #red T\nparticipant D\nend",
    ] {
        let mut sources = Sources::new();
        let id = sources.add(Source::new("n.seq", text));
        let native =
            parse(&sources, id, 0..text.len(), Dialect::Native).unwrap_or_else(|e| panic!("{text}: {e:?}")).diagram;
        let converted = convert(&native, Dialect::PlantUml);
        let again =
            read(&converted.text).unwrap_or_else(|problems| panic!("{}\n{problems:#?}", converted.text)).diagram;
        let labels =
            |diagram: &Diagram| arrows(&diagram.body).iter().map(|arrow| arrow.label.clone()).collect::<Vec<_>>();
        assert_eq!(labels(&again), labels(&native), "{}", converted.text);
        if converted.losses.is_empty() {
            let (mut again, mut native) = (again.meaning(), native.meaning());
            again.span = seqcheck::source::Span::default();
            native.span = seqcheck::source::Span::default();
            assert_eq!(again, native, "{}", converted.text);
        }
    }
}
