//! PlantUML: what is read, what is refused and in which words, what is printed, and how long it takes.

mod limits;
mod round_trip;
mod slips;

use seqcheck::diagram::{Arrow, Diagram, Item};
use seqcheck::source::{Source, Sources, render_plain};
use seqcheck::syntax::{Dialect, Parsed, parse};

/// Reads a text; problems as a person sees them.
fn read(text: &str) -> Result<Parsed, Vec<String>> {
    let mut sources = Sources::new();
    let id = sources.add(Source::new("t.puml", text));
    parse(&sources, id, 0..text.len(), Dialect::PlantUml)
        .map_err(|problems| problems.iter().map(|problem| render_plain(problem, &sources)).collect())
}

/// Reads these lines between `@startuml` and `@enduml`.
fn lines(text: &str) -> Diagram {
    let text = format!("@startuml\n{text}\n@enduml\n");
    read(&text).unwrap_or_else(|problems| panic!("{text}\n{}", problems.join("\n"))).diagram
}

/// All arrows, in the order of the text.
fn arrows(items: &[Item]) -> Vec<&Arrow> {
    let mut found = Vec::new();
    for item in items {
        match item {
            Item::Arrow(arrow) => found.push(arrow),
            Item::Fragment(fragment) => {
                fragment.operands.iter().for_each(|operand| found.extend(arrows(&operand.body)));
            }
            Item::Group(group) => found.extend(arrows(&group.body)),
            _ => {}
        }
    }
    found
}

/// An arrow as `A -> B: label`.
fn said(diagram: &Diagram) -> Vec<String> {
    use seqcheck::diagram::End;
    let end = |end: &End| match end {
        End::Participant(id) => diagram.participant(*id).id.clone(),
        End::Outside(side) => format!("{side:?}"),
        End::Several(ids) => ids.iter().map(|&id| diagram.participant(id).id.clone()).collect::<Vec<_>>().join("&"),
        End::Everyone { .. } => "*".to_owned(),
    };
    let arrows = arrows(&diagram.body);
    arrows.iter().map(|arrow| format!("{}>{}:{}", end(&arrow.from), end(&arrow.to), arrow.label)).collect()
}

#[test]
fn the_seed_diagram_is_the_same_in_plantuml() {
    let native = include_str!("../../../scenarios/chat.seq");
    let mut sources = Sources::new();
    let id = sources.add(Source::new("chat.seq", native));
    let native = parse(&sources, id, 0..native.len(), Dialect::Native).unwrap().diagram;
    let plantuml = read(include_str!("chat.puml")).unwrap().diagram;
    assert_eq!(plantuml.meaning(), Diagram { span: plantuml.meaning().span, ..native.meaning() });
}

#[test]
fn arrows_are_read_in_every_spelling() {
    for (text, wanted) in [
        ("A -> B : x", "A>B:x"),
        ("A <- B : x", "B>A:x"),
        ("A<--B:x", "B>A:x"),
        ("A ->x B : x", "A>B:x"),
        ("A ->xB : x", "A>xB:x"),
        ("A -[#red,dashed]->> \"B b\" ++ #gold : x : y", "A>B b:x : y"),
        ("A //--[#blue]\\\\ B : x", "A>B:x"),
        ("A o<<-x B", "A>B:"),
        ("A o<<-o B", "B>A:"),
        ("A <-x] : x", "Right>A:x"),
        ("{q} A ->(10) B : x", "A>B:x"),
        ("[-> A : x", "Left>A:x"),
        ("A ->] : x", "A>Right:x"),
        ("A <-] : x", "Right>A:x"),
        ("?-> A", "Left>A:"),
        ("A -> : x", "A>Right:x"),
        ("A -> B & C & D : x", "A>B&C&D:x"),
        ("A -> \"B b\" as B : x", "A>B:x"),
        ("A -> B : one\\\ntwo", "A>B:onetwo"),
        ("/' c '/ A -> B : x", "A>B:x"),
    ] {
        assert_eq!(said(&lines(text)), [wanted], "{text}");
    }
}

#[test]
fn return_answers_the_last_activation() {
    for (text, wanted) in [
        ("A -> B ++ : 1\nB -> C ++ : 2\nreturn 3\nreturn 4", vec!["A>B:1", "B>C:2", "C>B:3", "B>A:4"]),
        ("A -> B : 1\nactivate B\nB -> B : 2\nreturn", vec!["A>B:1", "B>B:2", "B>A:"]),
        ("A -> B : 1\nreturn 2", vec!["A>B:1", "B>A:2"]),
        ("autoactivate on\nA -> B : 1\nA -> B : 2\nreturn 3", vec!["A>B:1", "A>B:2", "B>A:3"]),
        ("[-> A ++ : 1\nreturn 2", vec!["Left>A:1", "A>Left:2"]),
    ] {
        assert_eq!(said(&lines(text)), wanted, "{text}");
    }
}

#[test]
fn several_diagrams_of_one_file_are_several() {
    let text = "x\n@startuml one\nA -> B : 1\n@enduml\n\n  @startuml\nB -> C : 2\n@startuml\nC -> D : 3";
    let parts = seqcheck::syntax::parts(text, Dialect::PlantUml);
    let mut sources = Sources::new();
    let id = sources.add(Source::new("t.puml", text));
    let read: Vec<_> = parts
        .into_iter()
        .map(|part| said(&parse(&sources, id, part, Dialect::PlantUml).unwrap().diagram).join(" "))
        .collect();
    assert_eq!(read, ["A>B:1", "B>C:2", "C>D:3"]);
}

#[test]
fn a_place_is_found_across_continued_lines_and_comments() {
    let text = "@startuml\n/' a\nb '/  Älice -> \"B ö\" : one \\\n  two\n@enduml";
    let mut sources = Sources::new();
    let id = sources.add(Source::new("t.puml", text));
    let diagram = parse(&sources, id, 0..text.len(), Dialect::PlantUml).unwrap().diagram;
    let arrow = arrows(&diagram.body)[0];
    assert_eq!(arrow.label, "one   two");
    assert_eq!(sources.slice(arrow.label_span), "one \\\n  two");
    assert_eq!(sources.slice(diagram.participants[1].span), "\"B ö\"");
    assert_eq!(sources.position(arrow.span).line, 3);
}

#[test]
fn a_diagram_may_stand_in_a_comment_of_something_else() {
    for text in [
        "' @startuml\n' A -> B : 1\n'\n' note over A\n'   x\n' end note\n' @enduml\n",
        "/**\n * Why.\n * @startuml\n * A -> B : 1\n *\n * note over A\n *   x\n * end note\n * @enduml\n */\n",
        "\t// @startuml x\r\n\t// A -> B : 1\r\n\t// note over A\r\n\t// x\r\n\t// end note\r\n\t// @enduml\r\n",
        "<!-- @startuml\nA -> B : 1\nnote over A : x\n@enduml -->\n",
        "# \\startuml\n# A -> B : 1\n# note over A : x\n# \\enduml\n",
        "# @startuml\nA -> B : 1\n# note over A : x\n@enduml\n",
    ] {
        let parts = seqcheck::syntax::parts(text, Dialect::PlantUml);
        assert_eq!(parts.len(), 1, "{text}");
        let mut sources = Sources::new();
        let id = sources.add(Source::new("t.puml", text));
        let diagram = parse(&sources, id, parts[0].clone(), Dialect::PlantUml).unwrap().diagram;
        assert_eq!(said(&diagram), ["A>B:1"], "{text}");
        let notes = diagram.body.iter().filter_map(|item| match item {
            Item::Note(note) => Some(note.text.as_str()),
            _ => None,
        });
        assert_eq!(notes.collect::<Vec<_>>(), ["x"], "{text}");
        assert_eq!(diagram.meaning(), read(text).unwrap().diagram.meaning(), "{text}");
    }
    assert_eq!(said(&read("@startumlx\nA -> B : 1\n@enduml\n").unwrap().diagram), ["A>B:1"]);
    for text in ["see @startuml\nsee A -> B\nsee @enduml\n", "~ @startuml\n~ A -> B\n~ @enduml\n"] {
        assert!(read(text).is_err(), "{text}");
    }
}

#[test]
fn places_in_a_comment_are_those_of_the_file() {
    let said = read(" * @startuml\n * A -> B : x\n * A –> B\n * @enduml\n").unwrap_err().join("\n");
    assert!(said.contains("t.puml:3:6"), "{said}");
    let said = read("// @startuml\n// A -> B \\\n//   : x\n// participant Some Name\n// @enduml").unwrap_err();
    assert!(said.join("\n").contains("t.puml:4:4"), "{said:?}");
}

#[test]
fn participants_stand_where_plantuml_draws_them() {
    for (text, wanted) in [
        ("A -> B", "A B"),
        ("A -> B\nparticipant C order 5\nparticipant D order 1", "A B D C"),
        ("participant Z\nA -> B\nparticipant X order -1", "X Z A B"),
        ("A -> B\nparticipant B order 10\nparticipant A order 20", "B A"),
        ("participant A order 20\nparticipant B\nparticipant C order 10\nB -> D", "B D C A"),
        ("participant A order 10\nparticipant B <<order 1>> order 10\nparticipant C order 5", "C A B"),
        ("B -> A\nparticipant A\nparticipant B", "A B"),
        ("B -> A\nparticipant B\nA -> C\nparticipant A", "B C A"),
        ("A -> B\nparticipant \"Long\" as A #red", "B A"),
        ("A -> B\ncreate participant A\nB -> A", "B A"),
    ] {
        let diagram = lines(text);
        let drawn = diagram.across().into_iter().map(|id| diagram.participant(id).id.as_str());
        assert_eq!(drawn.collect::<Vec<_>>().join(" "), wanted, "{text}");
        assert!(diagram.meaning().lanes.is_empty());
    }
}

#[test]
fn a_star_is_the_edge_and_inc_alone_the_first_level() {
    for text in ["A -> * : x", "A->*: x"] {
        let text = format!("@startuml\n{text}\n@enduml\n");
        let parsed = read(&text).unwrap();
        assert_eq!(said(&parsed.diagram), ["A>Right:x"], "{text}");
        assert!(parsed.warnings.iter().any(|warning| warning.message.contains("not to everyone")), "{text}");
    }
    assert!(read("@startuml\n* -> A : x\n@enduml").is_err());
    let inc = |text: &str| lines(&format!("autonumber\nA -> B\n{text}\nA -> B")).meaning();
    assert_eq!(inc("autonumber inc"), inc("autonumber inc A"));
}
