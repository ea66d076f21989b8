//! `seqcheck fmt` and `seqcheck convert`: text out, meaning and comments kept, losses said.

use crate::shell::{Output, seqcheck};
use seqcheck::cli::Exit;
use seqcheck::diagram::Diagram;
use seqcheck::source::{Source, Sources};
use seqcheck::syntax::{Dialect, parse};

fn snapshot(name: &str, output: &Output) {
    insta::with_settings!({
        snapshot_path => "../../snapshots/command", prepend_module_to_snapshot => false, omit_expression => true
    }, { insta::assert_snapshot!(name, output.to_string()) });
}

fn meaning(text: &str, dialect: Dialect) -> Diagram {
    let mut sources = Sources::new();
    let id = sources.add(Source::new("text", text));
    parse(&sources, id, 0..text.len(), dialect)
        .unwrap_or_else(|problems| panic!("{problems:?}\n{text}"))
        .diagram
        .meaning()
}

fn converted(text: &str, from: &str, to: &str) -> String {
    let output = seqcheck(["convert", "-", "--dialect", from, "--to", to]).input(text).run();
    assert_eq!((output.exit, output.err.as_str()), (Exit::Pass, ""), "{output}");
    output.out
}

/// The first diagram in every dialect: one meaning, and one verdict.
#[test]
fn the_first_diagram_is_one_in_all_dialects() {
    let folder = tempfile::tempdir().expect("a folder to write in");
    let native = include_str!("../../scenarios/chat.seq");
    let meant = meaning(native, Dialect::Native);
    let mut verdicts = Vec::new();
    for facts in Dialect::ALL {
        let text = converted(native, "seq", facts.name);
        assert_eq!(meaning(&text, facts.dialect), meant, "{text}");
        // And from there into every other.
        for other in Dialect::ALL {
            let again = converted(&text, facts.name, other.name);
            assert_eq!(meaning(&again, other.dialect), meant, "{again}");
        }
        let file = folder.path().join("chat").with_extension(facts.extensions[0]);
        std::fs::write(&file, &text).expect("can be written");
        for flags in [&[][..], &["--mutant", "broadcast-twice"], &["--mutant", "broadcast-skips-last"]] {
            let args = [&[file.to_str().expect("a name")], flags].concat();
            let output = seqcheck(args).at(folder.path()).run();
            let told = output.out.lines().next().unwrap_or_default().split("  ").next().unwrap_or_default().to_owned();
            let class = ["twice", "duplicate", "missing", "never"].map(|word| output.out.contains(word));
            verdicts.push((flags.last().copied(), output.exit, told, class));
        }
    }
    let (one, others) = verdicts.split_at(3);
    assert_eq!(one[0].1, Exit::Pass, "{one:?}");
    assert!(others.chunks(3).all(|other| other == one), "{verdicts:#?}");
}

/// A text that ends as a comment of PlantUML does is a text there too, also where something else is lost.
#[test]
fn a_text_that_looks_like_a_comment_stays_a_text() {
    for text in ["sequenceDiagram\n    A->>B: /' x '/\n    B->>A: a /' b '/\n", "sequenceDiagram\n    A->>B: ' x '/\n"]
    {
        let made = converted(text, "mermaid", "plantuml");
        assert_eq!(meaning(&made, Dialect::PlantUml), meaning(text, Dialect::Mermaid), "{made}");
        assert_eq!(converted(&made, "plantuml", "mermaid"), text);
        let again = seqcheck(["fmt", "-", "--dialect", "plantuml"]).input(&made).run();
        assert_eq!(again.out, made, "{again}");
    }
    let lossy = seqcheck(["convert", "-", "--dialect", "mermaid", "--to", "plantuml"])
        .input("sequenceDiagram\n    A->>B: /' x '/\n    A-xB: hi\n")
        .run();
    assert!(lossy.err.contains("is not supported") && lossy.out.contains(": /' x '/"), "{lossy}");
    let read = meaning(&lossy.out, Dialect::PlantUml);
    assert!(format!("{read:?}").contains("/' x '/"), "{read:?}");
}

#[test]
fn a_conversion_says_what_is_lost() {
    for to in ["mermaid", "plantuml"] {
        snapshot(
            &format!("convert-{to}"),
            &seqcheck(["convert", "tests/cases/dialects/foreign.seq", "--to", to]).run(),
        );
    }
    let output = seqcheck(["convert", "tests/cases/dialects/everything.mmd", "--to", "seq"]).run();
    snapshot("convert-seq", &output);
}

const PAGE: &str = "\
# Chat

<!-- seqcheck: binding=chat -->
```mermaid
sequenceDiagram
Alice->>Server: WS connect
```

1. In a list:

   > ```puml
   > @startuml
   >
   > Alice   ->   Server :   hello
   > ' why
   > @enduml
   > ```

```mermaid
flowchart LR
```
";

#[test]
fn blocks_of_a_page_are_written_anew_where_they_stand() {
    let formatted = seqcheck(["fmt", "-", "--dialect", "markdown"]).input(PAGE).run();
    snapshot("fmt-markdown", &formatted);
    let again = seqcheck(["fmt", "-", "--dialect", "markdown"]).input(&formatted.out).run();
    assert_eq!(again.out, formatted.out);
    snapshot("convert-markdown", &seqcheck(["convert", "-", "--dialect", "markdown", "--to", "seq"]).input(PAGE).run());
    let windows = PAGE.replace('\n', "\r\n");
    let formatted = seqcheck(["fmt", "-", "--dialect", "markdown"]).input(&windows).run();
    assert!(!formatted.out.replace("\r\n", "").contains(['\r', '\n']), "{formatted}");
}

#[test]
fn canonical_text_stays_as_it_is() {
    let plantuml = "before\n@startuml\nA -> B : x\n@enduml\n\n@startuml two\nB -> C : y\n@enduml\nafter\n";
    for (dialect, text) in
        [("plantuml", plantuml), ("mermaid", "sequenceDiagram\n    A->>B: x\n"), ("seq", "A->B: x\n")]
    {
        let output = seqcheck(["fmt", "-", "--dialect", dialect]).input(text).run();
        assert_eq!(output.out, text, "{output}");
    }
}

#[test]
fn a_diagram_in_a_comment_stays_in_it() {
    let fmt = |text: &str, dialect: &str| seqcheck(["fmt", "-", "--dialect", dialect]).input(text).run();
    for (text, wanted) in [
        (
            "/**\n * Why.\n * @startuml\n *\n * A   ->   B:x\n *\n * note over A\n * y\n * end note\n * @enduml\n */\nint x;\n",
            "/**\n * Why.\n * @startuml\n * A -> B : x\n *\n * note over A : y\n * @enduml\n */\nint x;\n",
        ),
        ("<!-- @startuml\nA->B:x\n@enduml -->\n", "<!-- @startuml\nA -> B : x\n@enduml -->\n"),
        (
            "# @startuml\r\n# A->B:x\r\n# ' why\r\n# @enduml\r\n",
            "# @startuml\r\n# A -> B : x\r\n# ' why\r\n# @enduml\r\n",
        ),
        (
            "// @startuml\n// A->B:x\n// @enduml\n@startuml\nA->B:y\n@enduml\n",
            "// @startuml\n// A -> B : x\n// @enduml\n@startuml\nA -> B : y\n@enduml\n",
        ),
    ] {
        let output = fmt(text, "plantuml");
        assert_eq!(output.out, wanted, "{output}");
        assert_eq!(fmt(wanted, "plantuml").out, wanted);
    }
    let output = fmt("# @startuml\n# A->B:x\nB->A:y\n# @enduml\n", "plantuml");
    assert!(output.exit == Exit::Usage && output.out.is_empty(), "{output}");
    assert!(output.err.contains(":3:1") && output.err.contains("before every line"), "{output}");
    let out = converted("/*\n * @startuml\n * A->B:x\n * @enduml\n */\n", "plantuml", "mermaid");
    assert_eq!(out, "sequenceDiagram\n    A->>B: x\n");
}

#[test]
fn several_diagrams_of_a_quoted_block_stay_quoted() {
    let page = "> ```puml\n> why\n> @startuml\n> A->B:x\n> @enduml\n>\n> @startuml\n> A->B:y\n> @enduml\n> ```\n";
    let wanted = page.replace("->", " -> ").replace(":", " : ");
    let output = seqcheck(["fmt", "-", "--dialect", "markdown"]).input(page).run();
    assert_eq!(output.out, wanted, "{output}");
}

#[test]
fn a_diagram_is_drawn_in_the_order_that_it_asks_for() {
    let text = "@startuml\nAnn -> Bob : hello\nparticipant Cid order -1\nparticipant Ann\n@enduml\n";
    let heads = |text: &str, flags: &[&str]| {
        let args: Vec<&str> = ["draw", "-", "--dialect", "plantuml"].iter().chain(flags).copied().collect();
        let drawn = seqcheck(args).input(text).run().out;
        let mut at: Vec<_> = ["Ann", "Bob", "Cid"].map(|name| (drawn.find(name), name)).to_vec();
        at.sort_unstable();
        at.into_iter().map(|(_, name)| name).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(heads(text, &[]), "Cid Bob Ann");
    assert_eq!(heads(text, &["--format", "svg"]), "Cid Bob Ann");
    assert_eq!(heads(&text.replace("participant Ann\n", "").replace(" order -1", ""), &[]), "Ann Bob Cid");
    let output = seqcheck(["convert", "-", "--dialect", "plantuml", "--to", "mermaid"]).input(text).run();
    assert!(output.err.contains("Cid, Bob, Ann"), "{output}");
}

#[test]
fn files_are_converted_into_a_folder() {
    let folder = tempfile::tempdir().expect("a folder to write in");
    let file = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap_or_else(|error| error.to_string());
    std::fs::write(folder.path().join("two.puml"), "@startuml\nA -> B : 1\n@enduml\n@startuml\nB -> A : 2\n@enduml\n")
        .unwrap();
    std::fs::write(folder.path().join("one.seq"), "A->B: hi\n").unwrap();
    let run = |args: &[&str]| seqcheck(args).at(folder.path()).run();
    let output = run(&["convert", "two.puml", "one.seq", "--to", "mermaid"]);
    assert!(output.exit == Exit::Usage && output.err.contains("-o FOLDER/"), "{output}");
    let output = run(&["convert", "two.puml", "one.seq", "--to", "mermaid", "-o", "out/"]);
    assert_eq!(output.out, "wrote out/two-1.mmd\nwrote out/two-2.mmd\nwrote out/one.mmd\n", "{output}");
    assert_eq!(file("out/two-2.mmd"), "sequenceDiagram\n    B->>A: 2\n");
    let output = run(&["convert", "one.seq", "--to", "plantuml", "-o", "one.puml"]);
    assert_eq!(
        (output.exit, file("one.puml")),
        (Exit::Pass, "@startuml\nA -> B : hi\n@enduml\n".to_owned()),
        "{output}"
    );
    std::fs::create_dir(folder.path().join("b")).unwrap();
    std::fs::write(folder.path().join("b/one.seq"), "A->B: hi\n").unwrap();
    let output = run(&["convert", "one.seq", "b/one.seq", "--to", "mermaid", "-o", "out/"]);
    assert!(output.exit == Exit::Usage && output.err.contains("two diagrams would be written to one.mmd"), "{output}");
}

#[test]
fn what_cannot_be_converted_says_why() {
    for (text, dialect, to, words) in [
        ("title x\n", "seq", "plantuml", "this diagram is empty"),
        ("A->B\n", "seq", "banana", "[possible values: seq, mermaid, plantuml]"),
        ("# page\n", "markdown", "seq", "nothing to convert"),
        (
            "```puml\n@startuml\nA->B\n@enduml\n@startuml\nB->A\n@enduml\n```\n",
            "markdown",
            "seq",
            "one block contains 2 diagrams",
        ),
        (
            "```puml\nwhy\n@startuml\nA->B\n@enduml\n```\n",
            "markdown",
            "seq",
            "the block of this diagram contains other text",
        ),
        ("A->\n", "seq", "mermaid", "error"),
    ] {
        let output = seqcheck(["convert", "-", "--dialect", dialect, "--to", to]).input(text).run();
        assert!(output.exit == Exit::Usage && output.err.contains(words) && output.out.is_empty(), "{text}: {output}");
    }
}

/// Participants who stand in nothing that the other language takes, and texts that it would read as something else.
#[test]
fn what_the_other_language_would_misread_is_written_otherwise() {
    let all = [
        "destroy A",
        "deactivate A",
        "r->*",
        "r->*except i",
        "b->a: x\nactivate c\ndestroy d\nr->* except a",
        "par\n...-...\nopt\nr->B\nend\nend",
    ];
    let all = all.into_iter().chain([
        "...-1s...\nr->o",
        "r//->A",
        "a/|->b: x",
        "a\\\\->b//",
        "A->title: hi",
        "A->accTitle\nnote over accDescr: x",
    ]);
    for text in all {
        for facts in Dialect::ALL {
            let output = seqcheck(["convert", "-", "--dialect", "seq", "--to", facts.name]).input(text).run();
            assert_eq!(output.exit, Exit::Pass, "{text}\n{output}");
            let names = |text: &str, dialect| {
                let all = meaning(text, dialect).participants;
                all.into_iter().map(|participant| participant.id.clone()).collect::<Vec<_>>()
            };
            assert_eq!(names(&output.out, facts.dialect), names(text, Dialect::Native), "{text}\n{output}");
        }
    }
}

/// Mermaid looks at one message for a `create`, and at the next that creates nobody for a `destroy`; a later statement
/// takes the place of an earlier one.
#[test]
fn who_is_created_and_destroyed_stays_so_where_mermaid_can_say_it() {
    for body in [
        "participant B\n    create participant A\n    destroy A\n    B->>A: x\n    A->>B: y",
        "participant A\n    destroy A\n    create participant B\n    A->>B: x\n    B->>A: y",
        "participant A\n    participant B\n    destroy A\n    destroy B\n    B->>B: x",
        "participant A\n    create participant B\n    create participant C\n    A->>C: x",
        "participant A\n    destroy A\n    opt o\n        A->>A: x\n    end",
    ] {
        let text = format!("sequenceDiagram\n    {body}\n");
        let output = seqcheck(["fmt", "-", "--dialect", "mermaid"]).input(&text).run();
        assert_eq!((output.out.as_str(), output.err.as_str()), (text.as_str(), ""), "{output}");
    }
    for (text, destroyed) in [
        ("B->*Late: x\ndestroy Late\nB->S: y", false),
        ("B->*Late: x\ndestroy Late", false),
        ("B->*Late: x\ndestroy Late\nB->*Other: y\nLate->B: z", true),
        ("B->*Late: x\ndestroy Late\nB->*: y\nLate->B: z", false),
        ("alt a\nB->S: z\nelse b\nB->*Late: x\ndestroy Late\nend\nLate->B: z", true),
    ] {
        let output = seqcheck(["convert", "-", "--dialect", "seq", "--to", "mermaid"]).input(text).run();
        assert_eq!(output.exit, Exit::Pass, "{text}\n{output}");
        let lines = || output.out.lines().map(str::trim);
        assert_eq!(lines().any(|line| line.starts_with("destroy ")), destroyed, "{text}\n{output}");
        let again = seqcheck(["fmt", "-", "--dialect", "mermaid"]).input(&output.out).run();
        assert_eq!((again.exit, again.err.as_str()), (Exit::Pass, ""), "{text}\n{again}");
    }
}
