//! Markdown: which blocks are scenarios, and that places are those of the file.

use seqcheck::diagram::{Item, Setting};
use seqcheck::source::{Source, SourceId, Sources, render_plain};
use seqcheck::syntax::Dialect;
use seqcheck::syntax::markdown::{self, Flavour, Markdown};

fn read(text: &str) -> (Sources, SourceId, Markdown) {
    let mut sources = Sources::new();
    let id = sources.add(Source::new("doc.md", text));
    let found = markdown::read(&sources, id, Flavour::Markdown);
    (sources, id, found)
}

const PAGE: &str = "\
---
title: front matter, no heading
---
# Chat

Some text, and `code`.

<!-- seqcheck: binding=chat -->
```seq
Alice->Server: join room:general
```

## Joining *a* room

1. In a list:

   ```mermaid
   sequenceDiagram
     Alice->>Server: hi
   ```

   > and in a quotation:
   >
   > <!-- seqcheck: skip not yet -->
   > ```puml
   > Alice -> Server : öffnen
   >   Server --> Alice : ok
   > ```

```mermaid
graph TD
  A --> B
```

```rust
fn main() {}
```

~~~plantuml
@startuml one
A -> B : 1
@enduml
@startuml two
B -> A : 2
@enduml
~~~
";

#[test]
fn fences_are_scenarios_named_by_heading_and_line() {
    let (_, _, found) = read(PAGE);
    let names: Vec<_> = found.blocks.iter().map(|block| (block.name.as_str(), block.dialect)).collect();
    assert_eq!(
        names,
        [
            ("Chat, line 10", Dialect::Native),
            ("Joining a room, line 18", Dialect::Mermaid),
            ("Joining a room, line 26", Dialect::PlantUml),
            ("Joining a room, line 40", Dialect::PlantUml),
            ("Joining a room, line 43", Dialect::PlantUml),
        ]
    );
    assert!(matches!(found.blocks[0].settings.as_slice(), [Setting::Binding(name, _)] if name == "chat"));
    assert!(matches!(found.blocks[2].settings.as_slice(), [Setting::Skip(why, _)] if why == "not yet"));
    assert!(found.blocks[1].settings.is_empty() && found.blocks[3].settings.is_empty());
    let alone: Vec<_> = found.left_alone.iter().map(|block| (block.line, block.why.as_str())).collect();
    assert_eq!(alone, [(30, "a Mermaid flowchart")]);
    assert_eq!(found.problems, []);
}

#[test]
fn places_are_those_of_the_file_in_lists_and_quotations_too() {
    let (sources, _, found) = read(PAGE);
    let parsed = markdown::parse(&found.blocks[2]).unwrap();
    let arrows: Vec<_> = parsed
        .diagram
        .body
        .iter()
        .filter_map(|item| if let Item::Arrow(arrow) = item { Some(arrow) } else { None })
        .collect();
    let places: Vec<_> = arrows.iter().map(|arrow| sources.slice(arrow.label_span)).collect();
    assert_eq!(places, ["öffnen", "ok"]);
    assert_eq!(sources.position(arrows[1].span).line, 27);
    assert_eq!(sources.position(arrows[1].span).column, 8);
    assert_eq!(parsed.diagram.settings.len(), 1, "the comment's setting is the diagram's");
}

#[test]
fn problems_point_into_the_file() {
    let text = "# A\r\n\r\n> ```puml\r\n> Alice -> Bob : hi\r\n> Some Name -> Bob : hi\r\n> ```\r\n";
    let (sources, _, found) = read(text);
    let problems = markdown::parse(&found.blocks[0]).unwrap_err();
    let said: Vec<_> = problems.iter().map(|problem| render_plain(problem, &sources)).collect();
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].starts_with("doc.md:5:3: error[syntax]: write a name with spaces"), "{said:?}");
}

#[test]
fn a_comment_that_no_fence_follows_is_reported() {
    let (_, _, found) = read("<!-- seqcheck: skip -->\n\ntext\n\n```seq\nA->B: x\n```\n<!-- seqcheck: skpi -->\n");
    assert!(found.blocks[0].settings.is_empty());
    let said: Vec<_> = found.problems.iter().map(|problem| problem.message.as_str()).collect();
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[0].contains("no diagram follows"), "{said:?}");
}

#[test]
fn an_open_fence_and_an_empty_one_are_no_trouble() {
    let (_, _, found) = read("```seq\n```\n\n```seq\nA->B: x\n");
    assert_eq!(found.left_alone.len(), 1);
    assert_eq!(found.blocks.len(), 1);
    assert_eq!(found.blocks[0].text(), "A->B: x\n");
    let (_, _, found) = read("\t- a\n\n\t\t```seq\n\t\tA->B: tab\n\t\t```\n");
    assert!(found.blocks.iter().all(|block| block.text().len() == block.range.len()));
}

#[test]
fn a_deep_and_a_long_page_take_linear_time() {
    let deep = |levels| format!("{0}```seq\n{0}A->B: x\n", "> ".repeat(levels));
    let long = "# H\n\n```seq\nA->B: x\n```\n\n".repeat(5_000);
    assert_eq!(read(&long).2.blocks.len(), 5_000);
    assert_eq!(read(&deep(20)).2.blocks.len(), 1);
    assert!(read(&deep(20_000)).2.blocks.len() <= 1);
}
