//! Where the languages end: forms at their edges that the official engines take, and their near misses.

use super::read;
use seqcheck::diagram::{Diagram, End, Item, arrows};
use seqcheck::source::{Source, Sources};
use seqcheck::syntax::{Dialect, parse};

fn mermaid(lines: &str) -> Result<Diagram, String> {
    read(&format!("sequenceDiagram\n{lines}\n"), Dialect::Mermaid)
}

fn plantuml(lines: &str) -> Result<Diagram, String> {
    read(&format!("@startuml\n{lines}\n@enduml\n"), Dialect::PlantUml)
}

/// `A->B: x` for each arrow.
fn drawn(diagram: &Diagram) -> Vec<String> {
    let name = |end: &End| match end {
        End::Participant(id) => diagram.participant(*id).id.clone(),
        End::Outside(_) | End::Everyone { .. } | End::Several(_) => format!("{end:?}"),
    };
    arrows(&diagram.body).map(|arrow| format!("{}->{}: {}", name(&arrow.from), name(&arrow.to), arrow.label)).collect()
}

#[test]
fn mermaid_skips_empty_statements_and_stray_signs() {
    for (lines, expected) in [
        (";", vec![]),
        ("A->>B: x;", vec!["A->B: x"]),
        ("A->>B: x;;", vec!["A->B: x"]),
        ("A->>B: x\n;\nB->>A: y", vec!["A->B: x", "B->A: y"]),
        ("; A->>B: x;; B->>A: y", vec!["A->B: x", "B->A: y"]),
        ("(A->>B: x", vec!["A->B: x"]),
        ("> A->>B: x", vec!["A->B: x"]),
        ("// A->>B: x", vec!["A->B: x"]),
        ("(C)->>A: x", vec!["C)->A: x"]),
        ("alt x\n\\A->>B: x\nend", vec!["A->B: x"]),
        (")", vec![]),
    ] {
        let diagram = mermaid(lines).unwrap_or_else(|said| panic!("{lines}\n{said}"));
        assert_eq!(drawn(&diagram), expected, "{lines}");
    }
    for lines in ["// why", "box T\n(participant A\nend", "()->>B: x", "+A->>B: x", ";sequenceDiagram->>"] {
        assert!(mermaid(lines).is_err(), "{lines}");
    }
    assert!(read(";sequenceDiagram\nA->>B: x\n", Dialect::Mermaid).is_err());
}

#[test]
fn a_comment_of_mermaid_begins_where_its_reader_looks_for_one() {
    for (lines, words) in [
        ("A->>#C: x", "like a comment of Mermaid"),
        ("A->>%C: x", "like a comment of Mermaid"),
        ("A->>C%%D: x", "like a comment of Mermaid"),
        ("A->>B:%% x", "write a space between: A->>B: %% x"),
        ("participant #C", "cannot be read"),
    ] {
        let said = mermaid(lines).expect_err(lines);
        assert!(said.contains(words), "{lines}\n{said}");
    }
    for lines in ["A->>C#D: x", "A->>C%D: x", "A->>CC%%D: x", "A->>B: %% x", "participant %C", "A->>#67;: x"] {
        mermaid(lines).unwrap_or_else(|said| panic!("{lines}\n{said}"));
    }
    // Above the first word only `%%` begins one.
    for (text, line) in
        [("# why\nsequenceDiagram\nA->>B: x", "write: %% why"), ("%x\nsequenceDiagram\nA->>B: x", "write: %%x")]
    {
        let said = read(text, Dialect::Mermaid).expect_err(text);
        assert!(said.contains(line), "{text}\n{said}");
    }
    assert!(read("%% why\nsequenceDiagram\n# why\n%x\nA->>B: x", Dialect::Mermaid).is_ok());
}

#[test]
fn front_matter_has_to_be_yaml() {
    let front = |lines: &str| read(&format!("---\n{lines}---\nsequenceDiagram\nA->>B: x\n"), Dialect::Mermaid);
    for lines in [
        "\n",
        "title: x\nconfig:\n  theme: dark\n",
        "title: \"x: y\"\n",
        "title: |\n  x: y: z\n",
        "config: {\n  \"a\": \"b: c\"\n}\n",
        "config:\n  themeVariables:\n    note: x\n",
        "title: http://x\n",
    ] {
        front(lines).unwrap_or_else(|said| panic!("{lines}\n{said}"));
    }
    for (lines, words) in [
        ("", "does not accept empty front matter"),
        ("title: x: y\n", "write: title: \"x: y\""),
        ("title: x\ntitle: y\n", "twice"),
        ("config:\n\ttheme: dark\n", "does not allow a tab"),
        ("title: \"x\n", "never closed"),
        ("title: [\n", "never closed"),
        ("config:\n  title: a: b\n", "must be in quotes"),
    ] {
        let said = front(lines).expect_err(lines);
        assert!(said.contains(words), "{lines}\n{said}");
    }
}

#[test]
fn what_mermaid_reads_and_cannot_draw_is_kept_as_a_comment() {
    let diagram = mermaid("A->>B: x\nactivate C\nB->>A: y").expect("a diagram");
    assert_eq!(drawn(&diagram), ["A->B: x", "B->A: y"]);
    let comment = |item: &Item| matches!(item, Item::Comment(text, _) if text == " activate C");
    assert!(diagram.body.iter().any(comment), "{diagram:?}");
    assert_eq!(diagram.participants.len(), 2);
}

#[test]
fn plantuml_takes_and_refuses_these() {
    for lines in [
        "participant X <<a>> <<b>>",
        "activate A #D\nA -> B",
        "A -> B\nnote left of : x",
        "box x\nparticipant C\nend  box",
        "A -> B\npage 2x2",
        "A -> B\nurl for A is [[http://x]]",
        "A -> B\n[<-[#red]- B",
        "A <[#red]-]",
        "scale max 200 width\nA -> B",
        "scale max 200*100\nA -> B",
        "[-[#red]> B",
    ] {
        plantuml(lines).unwrap_or_else(|said| panic!("{lines}\n{said}"));
    }
    for lines in [
        "A -> B\nactivate A #12",
        "alt x\nA -> B\nend  box",
        "A -> B\n[<-[#red]B",
        "A <-[bold]]",
        "[[#red]-> B",
        "A -> B\npage 2",
        "participant C #D",
        "A -> B\nnote over A #D : x",
        "scale max 200\nA -> B",
    ] {
        assert!(plantuml(lines).is_err(), "{lines}");
    }
}

#[test]
fn a_cross_of_plantuml_is_a_head() {
    for (line, expected) in [
        ("A ->x B : x", "A->B: x"),
        ("A x- B : x", "B->A: x"),
        ("A x-o B : x", "B->A: x"),
        ("A <-x B : x", "A->B: x"),
        ("A x-> B : x", "A->B: x"),
        ("A x-x B : x", "A->B: x"),
        ("A <-o B : x", "B->A: x"),
    ] {
        assert_eq!(drawn(&plantuml(line).expect(line)), [expected], "{line}");
    }
}

#[test]
fn a_note_of_lines_may_have_a_colon_in_seq() {
    let note = |text: &str| {
        let diagram = read(text, Dialect::Native).unwrap_or_else(|said| panic!("{text}\n{said}"));
        diagram.body.into_iter().find_map(|item| if let Item::Note(note) = item { Some(note.text) } else { None })
    };
    for (text, expected) in [
        ("A->B: x\nnote over A, B:\n  one\n  two\nend note\n", "one\ntwo"),
        ("A->B: x\nstate over A:\n  one\nend state\n", "one"),
        ("A->B: x\nnote over A:\nA->B: y\nnote over B\none\nend note\n", ""),
        ("A->B: x\nnote over A:\n", ""),
    ] {
        assert_eq!(note(text).as_deref(), Some(expected), "{text}");
    }
}

#[test]
fn numbers_that_seq_does_not_have_are_written_as_a_comment() {
    let diagram = plantuml("autonumber 1-1\nA -> B").expect("a diagram");
    let printed = seqcheck::syntax::convert(&diagram, Dialect::Native);
    assert!(printed.text.contains("# autonumber 1-1\n") && printed.losses.len() == 1, "{printed:?}");
    read(&printed.text, Dialect::Native).expect("a diagram");
    let printed = seqcheck::syntax::convert(&plantuml("autonumber 1.1\nA -> B").expect("a diagram"), Dialect::Native);
    assert!(printed.text.contains("\nautonumber 1.1\n") || printed.text.starts_with("autonumber 1.1\n"), "{printed:?}");
}

#[test]
fn the_quotes_of_a_title_are_told_where_plantuml_would_take_them_off() {
    let diagram = mermaid("box Aqua \"Team\"\nparticipant A\nend").expect("a diagram");
    let printed = seqcheck::syntax::convert(&diagram, Dialect::PlantUml);
    assert!(printed.text.contains("box \"'Team'\" #Aqua\n") && printed.losses.len() == 1, "{printed:?}");
    let inside = mermaid("box the \"A\" team\nparticipant A\nend").expect("a diagram");
    let printed = seqcheck::syntax::convert(&inside, Dialect::PlantUml);
    assert!(printed.losses.is_empty(), "{printed:?}");
    assert_eq!(read(&printed.text, Dialect::PlantUml).expect("a diagram").meaning(), inside.meaning());
}

#[test]
fn settings_of_a_participant_of_mermaid_are_closed() {
    for settings in
        ["\"type\": \"queue\"", "type: queue", "'type': 'queue', \"alias\": \"A, B\"", "\n\"type\" : \"queue\",\n"]
    {
        mermaid(&format!("participant Q@{{ {settings} }} as X")).unwrap_or_else(|said| panic!("{settings}\n{said}"));
    }
    for settings in ["\"type\": \"queue", "\"type\": \"queue\" x", "\"\"type\": \"queue\"", "\"type: \"queue\""] {
        let said = mermaid(&format!("participant Q@{{ {settings} }}")).expect_err(settings);
        assert!(said.contains("its closing quote is missing"), "{settings}\n{said}");
    }
}

#[test]
fn styles_at_the_edge_are_printed_so_that_plantuml_takes_them() {
    for line in ["A <[#red]-]", "[<[#red]- A", "A <-[#red]-]", "[-[#red]> A", "A <-[#red]>]", "?<[#red]- A"] {
        let diagram = plantuml(&format!("A -> B\n{line}")).expect(line);
        let printed = seqcheck::syntax::convert(&diagram, Dialect::PlantUml);
        assert!(printed.losses.is_empty(), "{line}\n{printed:?}");
        assert_eq!(
            read(&printed.text, Dialect::PlantUml).expect(line).meaning(),
            diagram.meaning(),
            "{}",
            printed.text
        );
    }
}

#[test]
fn the_line_below_a_lone_title_is_the_title() {
    for (lines, title, count) in [
        ("title\n  Below\nA->>B: x", Some("Below"), 1),
        ("title:\r\nBelow # why\r\nA->>B: x", Some("Below"), 1),
        ("title\nBelow; A->>B: x", Some("Below"), 1),
        ("title:  \nA->>B: x", None, 1),
        ("title\nA->>B: x\nA->>B: y", Some("A->>B: x"), 1),
    ] {
        let diagram = mermaid(lines).unwrap_or_else(|said| panic!("{lines}\n{said}"));
        assert_eq!((diagram.title.as_deref(), drawn(&diagram).len()), (title, count), "{lines}");
    }
    for lines in ["title\n\nA->>B: x", "title \nA->>B: x", "title", "title\n", "title;A->>B: x", "title\n;A->>B: x"] {
        assert!(mermaid(lines).is_err(), "{lines}");
    }
    assert_eq!(warnings("title\nA->>B: x"), 1, "an arrow is not swallowed silently");
    assert_eq!(warnings("title\nBelow\nA->>B: x"), 0);
}

/// How many warnings these lines of Mermaid give.
fn warnings(lines: &str) -> usize {
    let mut sources = Sources::new();
    let id = sources.add(Source::new("t.mmd", format!("sequenceDiagram\n{lines}\n")));
    let length = sources.get(id).text().len();
    parse(&sources, id, 0..length, Dialect::Mermaid).map_or(0, |parsed| parsed.warnings.len())
}

#[test]
fn a_text_for_screen_readers_may_stand_in_the_next_line() {
    for (lines, kept, expected, told) in [
        ("accTitle:\nA chat\nA->>B: x", "accTitle: A chat", vec!["A->B: x"], 0),
        ("accTitle:  \r\n\r\n%% why\r\nA->>B: x\r\nA->>B: y", "accTitle: A->>B: x", vec!["A->B: y"], 1),
        ("accDescr :\nloop x; y\nA->>B: y", "accDescr : loop x; y", vec!["A->B: y"], 1),
        ("accTitle: a:\nA->>B: x", "accTitle: a:", vec!["A->B: x"], 0),
        ("A->>B: x\naccTitle:\n\n%% why", "accTitle:", vec!["A->B: x"], 0),
    ] {
        let diagram = mermaid(lines).unwrap_or_else(|said| panic!("{lines}\n{said}"));
        assert_eq!(drawn(&diagram), expected, "{lines}");
        assert!(diagram.body.iter().any(|item| matches!(item, Item::Style(text, _) if text == kept)), "{lines}");
        let comments = diagram.body.iter().filter(|item| matches!(item, Item::Comment(..))).count();
        assert_eq!(comments, usize::from(lines.contains("why")), "{lines}");
        assert_eq!(warnings(lines), told, "{lines}");
    }
}

#[test]
fn a_change_of_a_lifeline_has_no_place_for_as() {
    for lines in ["activate A as B", "A->>B: x\ndestroy B as C\nA->>B: x", "activate A as"] {
        assert!(mermaid(&format!("{lines}\nA->>B: x")).is_err(), "{lines}");
    }
    assert!(mermaid("participant A b as C\nactivate A b as C\nA->>B: x").is_ok());
}

#[test]
fn settings_are_taken_out_of_the_texts_of_mermaid() {
    let setting = "%%{init: {'x': '#fff;'}}%%";
    for (lines, expected) in [
        (format!("A->>B: x {setting}"), "A->B: x"),
        (format!("A->>B: x{setting}y"), "A->B: xy"),
        (format!("A->>B:{setting} x"), "A->B: x"),
        (format!("A->>B: x {setting}; B->>A: y"), "A->B: x"),
        ("A->>B: %%{}%%".to_owned(), "A->B: %%{}%%"),
    ] {
        let diagram = mermaid(&lines).unwrap_or_else(|said| panic!("{lines}\n{said}"));
        assert_eq!(drawn(&diagram)[0], expected, "{lines}");
        let kept = diagram.body.iter().any(|item| matches!(item, Item::Style(text, _) if text == setting));
        assert_eq!(kept, lines.contains("init"), "{lines}");
        let again = seqcheck::syntax::convert(&diagram, Dialect::Mermaid);
        assert_eq!(read(&again.text, Dialect::Mermaid).unwrap().meaning(), diagram.meaning(), "{lines}");
    }
    let said = mermaid("A->>B: 50%%{x").unwrap_err();
    assert!(said.contains("not closed on its line") && said.contains("#37;%{"), "{said}");
}

#[test]
fn settings_of_several_lines_are_yaml() {
    for config in [
        "\n  type: queue\n",
        "\n type: queue\nalias: Q\n",
        "\n# why\ntype: queue\n",
        "\n\"type\": \"queue\", \"alias\": \"Q\"\n",
    ] {
        mermaid(&format!("participant C@{{{config}}}\nA->>C: x")).unwrap_or_else(|said| panic!("{config}\n{said}"));
    }
    for config in [
        "\n  type: queue\n  alias: Q\n",
        "\"type\": \"queue\",\n\"alias\": \"Q\"",
        "\n\"type\": \"queue\",\n \"alias\": \"Q\"\n",
    ] {
        let said = mermaid(&format!("participant C@{{{config}}}\nA->>C: x")).expect_err(config);
        assert!(said.contains("in one line"), "{config}\n{said}");
    }
}

#[test]
fn what_is_declared_again_is_written_once_elsewhere() {
    for (lines, losses) in [
        ("participant A\nparticipant B\nparticipant A\nA->>B: x", 0),
        ("participant A\nbox T\nparticipant A\nend\nA->>B: x", 1),
    ] {
        let diagram = mermaid(lines).unwrap_or_else(|said| panic!("{lines}\n{said}"));
        for to in [Dialect::Native, Dialect::PlantUml] {
            let written = seqcheck::syntax::convert(&diagram, to);
            // PlantUML takes it inside a box.
            let losses = if to == Dialect::PlantUml { 0 } else { losses };
            assert_eq!(written.losses.len(), losses, "{}", written.text);
            let again = read(&written.text, to).unwrap_or_else(|said| panic!("{}\n{said}", written.text));
            assert!(losses > 0 || again.meaning() == diagram.meaning(), "{}", written.text);
        }
    }
}
