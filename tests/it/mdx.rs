//! MDX: components, modules, expressions and comments are passed over, and places are those of the file.

use crate::shell::seqcheck;
use proptest::prelude::*;
use seqcheck::cli::Exit;
use seqcheck::diagram::{Item, Setting};
use seqcheck::source::{Source, SourceId, Sources, render_plain};
use seqcheck::syntax::markdown::{self, Flavour, Markdown};

fn read(text: &str) -> (Sources, SourceId, Markdown) {
    let mut sources = Sources::new();
    let id = sources.add(Source::new("doc.mdx", text));
    let found = markdown::read(&sources, id, Flavour::Mdx);
    (sources, id, found)
}

/// The names of the diagrams, and the first labels in them as they stand in the file.
fn diagrams(text: &str) -> Vec<(String, String)> {
    let (sources, _, found) = read(text);
    assert_eq!(found.problems, []);
    let each = found.blocks.iter().map(|block| {
        let parsed = markdown::parse(block).unwrap_or_else(|problems| panic!("{problems:?}\n{}", block.text()));
        let arrow = parsed.diagram.body.iter().find_map(|item| match item {
            Item::Arrow(arrow) => Some(sources.slice(arrow.label_span).to_owned()),
            _ => None,
        });
        (block.name.clone(), arrow.unwrap_or_default())
    });
    each.collect()
}

const PAGE: &str = "\
---
title: Tools
description: <none> { here
---

import { Tabs } from '@/components';
import Note from \"./note\"

export const steps = [

  `
```seq
A->B: in a template
```
`,
];

# Calling *a* tool

<div
  id=\"enable-section-numbers\"
  onClick={() => { if (a > b) { f('}') } }}
/>

Text with <b>tags</b> and {expressions}.

<Tabs>
  <Tab title=\"One > two\">
```seq
A->B: right below a tag
```
  </Tab>
  <Tab title=\"two\">
    ## Deeper

    Text.

        {/* seqcheck: tags=a
            skip not yet */}
        <Frame>
        ```mermaid
        sequenceDiagram
          Alice->>Server: öffnen
            Server->>Alice: ok

        ```
        </Frame>

    - a list
      - in it
        <Note>It's {`a \"thing\"`} here</Note>

        ~~~plantuml
        A -> B : in a list
        ~~~

    > <Note>
    > ```seq
    > A->B: in a quotation
    > ```
  </Tab>
</Tabs>

{/*
```seq
A->B: left out
```
*/}

<!-- <Old>

```seq
A->B: left out as well
```
-->

<b>Behind</b> tags
---

{list.map((it) => (
  <li>don't :( {it}</li>
))}

```seq
A->B: the last
```
";

#[test]
fn fences_are_found_wherever_they_stand() {
    let found = diagrams(PAGE);
    let found: Vec<_> = found.iter().map(|(name, label)| (name.as_str(), label.as_str())).collect();
    assert_eq!(
        found,
        [
            ("Calling a tool, line 30", "right below a tag"),
            ("Deeper, line 42", "öffnen"),
            ("Deeper, line 54", "in a list"),
            ("Deeper, line 59", "in a quotation"),
            ("Behind tags, line 85", "the last"),
        ]
    );
    let (sources, _, page) = read(PAGE);
    assert!(matches!(page.blocks[1].settings.as_slice(), [Setting::Tags(..), Setting::Skip(why, at)]
        if why == "not yet" && sources.slice(*at).starts_with("{/*") && sources.slice(*at).ends_with("*/}")));
    assert!(page.blocks.iter().enumerate().all(|(index, block)| index == 1 || block.settings.is_empty()));
    assert_eq!(sources.position(page.blocks[1].fence).line, 41);
    assert_eq!(sources.slice(page.blocks[1].fence), "```mermaid");
    // The same lines with the ends of another system.
    let windows = diagrams(&PAGE.replace('\n', "\r\n"));
    assert!(windows.iter().map(|(name, label)| (name.as_str(), label.as_str())).eq(found));
}

#[test]
fn comments_of_either_kind_are_directives() {
    for comment in ["{/* seqcheck: binding=chat */}", "{/*seqcheck:binding chat*/}", "<!-- seqcheck: binding=chat -->"]
    {
        for fence in
            ["```seq\nA->B: x\n```\n", "    ```seq\n    A->B: x\n    ```\n", "<A>\n\n```seq\nA->B: x\n```\n</A>"]
        {
            for between in ["\n", "\n\n", " {/* and more */}\n<Frame a={1}>\n"] {
                let text = format!("# T\n\n  {comment}{between}{fence}");
                let (_, _, found) = read(&text);
                assert_eq!(found.problems, [], "{text}");
                let settings = found.blocks.first().map(|block| block.settings.as_slice());
                assert!(matches!(settings, Some([Setting::Binding(name, _)]) if name == "chat"), "{text}");
            }
        }
    }
}

#[test]
fn what_is_wrong_with_a_comment_is_told_where_it_stands() {
    for (text, wanted) in [
        (
            "# T\n\n  {/* seqcheck: skip */}\n\ntext\n\n```seq\nA->B: x\n```\n",
            "doc.mdx:3:3: warning[directive]: this comment",
        ),
        ("{/* seqcheck: skip */}", "doc.mdx:1:1: warning[directive]: this comment"),
        ("\n<A>{/* seqcheck: */}</A>\n", "doc.mdx:2:4: error[directive]: seqcheck does not know"),
        ("<!-- seqcheck: skpi -->\n", "doc.mdx:1:1: error[directive]: there is no directive `skpi`"),
    ] {
        let (sources, _, found) = read(text);
        let told: Vec<_> = found.problems.iter().map(|problem| render_plain(problem, &sources)).collect();
        assert!(matches!(told.as_slice(), [told] if told.starts_with(wanted)), "{told:?}");
        if wanted.ends_with("does not know") {
            assert!(told[0].contains("{/* seqcheck: skip REASON */}"), "{told:?}");
        }
    }
}

#[test]
fn text_that_only_looks_like_mdx_hides_nothing() {
    const FENCE: &str = "```seq\nA->B: x\n```\n";
    for (before, heading) in [
        ("# T {x}\n<T is less than {a\n\n", "T {x}"),
        ("# T\n{ never closed\n\n", "T"),
        ("# T\n<a b=\"\n\n", "T"),
        ("# T\n\nimport (this\n\n", "T"),
        ("# T\n\nText\nimport { a\n", "T"),
        ("# T\n\n<!-- never closed", "T"),
        ("# T\n\n<a>### no heading</a>\n\n", "T"),
        ("# T\n\n<a>```no fence</a>\n\n", "T"),
        ("# T\n\n<a>1. x</a>\n- - -\n", "T"),
        ("# T\n\n5 < 6\n< 7 >\n", "T"),
        ("<a>T</a>\n===\n", "T"),
        ("---\nno: end\n\n# T\n", "T"),
        ("---\n# T\n", "T"),
        ("\\\n# T\n`````\n```\n`````\n", "T"),
    ] {
        let text = format!("{before}{FENCE}");
        let found = diagrams(&text);
        let names: Vec<_> = found.iter().map(|(name, label)| (name.split(", ").next(), label.as_str())).collect();
        let hidden = before.contains("<!--");
        assert_eq!(names, if hidden { vec![] } else { vec![(Some(heading), "x")] }, "{text}");
    }
}

#[test]
fn diagrams_of_a_page_are_written_anew_where_they_stand() {
    const PAGE: &str = "# T\n\n<Tabs>\n    {/* seqcheck: binding=chat */}\n    <Tab a={1 > 2}>\n        ```mermaid\n        \
                        sequenceDiagram\n        Alice  ->>  Server: WS connect\n        Server  -->>  Alice: Connected\n        \
                        ```\n    </Tab>\n</Tabs>\n";
    let formatted = seqcheck(["fmt", "-", "--dialect", "mdx"]).input(PAGE).run();
    let wanted = PAGE.replace("  ->>  ", "->>").replace("  -->>  ", "-->>");
    let wanted = wanted.replace("        Alice", "            Alice").replace("        Server", "            Server");
    assert_eq!((formatted.exit, formatted.out.as_str()), (Exit::Pass, wanted.as_str()), "{formatted}");
    let converted = seqcheck(["convert", "-", "--dialect", "mdx", "--to", "seq"]).input(PAGE).run();
    assert!(converted.out.contains("        ```seq\n        Alice->Server: WS connect\n"), "{converted}");
}

#[test]
fn every_verb_reads_a_page_by_its_extension() {
    let folder = tempfile::tempdir().expect("a folder to write in");
    let page = "# One\n\n<Tab>\n  ```seq\n  Alice->Server: WS connect\n  Server-->Alice: Connected\n  ```\n</Tab>\n\n# Two\n\n```mermaid\n\
                sequenceDiagram\n    Alice->>Server: WS connect\n    Server-->>Alice: Connected\n```\n\n```mermaid\ngraph TD\n```\n";
    std::fs::create_dir(folder.path().join("docs")).expect("can be made");
    std::fs::write(folder.path().join("docs/page.mdx"), page).expect("can be written");
    let run = |args: &[&str]| seqcheck(args).at(folder.path()).run();
    let checked = run(&["docs", "--out", "kept"]);
    assert_eq!(checked.exit, Exit::Pass, "{checked}");
    for told in
        ["PASS  One, line 5 ", "PASS  Two, line 13 ", "docs/page.mdx:18: a Mermaid flowchart", "2 scenarios: 2 passed"]
    {
        assert!(checked.out.contains(told) || checked.err.contains(told), "{told}: {checked}");
    }
    let listed = run(&["docs", "--list"]);
    assert!(listed.out.contains("docs/page.mdx:5") && listed.out.contains("docs/page.mdx:13"), "{listed}");
    assert_eq!(run(&["docs/page.mdx:6"]).out.matches("PASS").count(), 1);
    assert_eq!(run(&["lint", "docs"]).exit, Exit::Pass, "{}", run(&["lint", "docs"]));
    assert_eq!(run(&["fmt", "--check", "docs"]).exit, Exit::Pass, "{}", run(&["fmt", "--check", "docs"]));
    let drawn = run(&["draw", "docs/page.mdx"]);
    assert!(drawn.out.contains("Connected"), "{drawn}");
    let converted = run(&["convert", "docs/page.mdx", "--to", "plantuml", "-o", "new/"]);
    assert_eq!(converted.exit, Exit::Pass, "{converted}");
    let written = std::fs::read_to_string(folder.path().join("new/page.mdx")).expect("a page");
    assert!(
        written.starts_with("# One\n\n<Tab>\n  ```plantuml\n") && written.ends_with("```mermaid\ngraph TD\n```\n"),
        "{written}"
    );
    assert_eq!(run(&["new/page.mdx"]).exit, Exit::Pass);
}

#[test]
fn long_and_broken_pages_take_linear_time() {
    for part in [
        "{\n",
        "<a {\n",
        "<a '\n<a \"\n",
        "<a {`}<\n",
        "{{{<a b={",
        "import (\n\n",
        "<!--\n",
        "> <a\n",
        "{/*",
        "\\{'\n",
    ] {
        let text = format!("{}\n\n```seq\nA->B: x\n```\n", part.repeat(400_000 / part.len()));
        read(&text);
    }
    let long = "# H\n\n<Tab a={1}>\n    ```seq\n    A->B: x\n    ```\n</Tab>\n\n".repeat(5_000);
    assert_eq!(read(&long).2.blocks.len(), 5_000);
}

proptest! {
    #[test]
    fn any_page_is_read_with_places_that_are_in_it(parts in prop::collection::vec(prop::sample::select(vec![
        "<Tab a=\"b\">", "</Tab>", "<T", "{", "}", "{/* seqcheck: skip */}", "{/*", "*/}", "<!--", "-->", "import a", "export const b = `",
        "`", "```seq\n", "```\n", "```mermaid\nsequenceDiagram\n", "A->B: ö\n", "    ", "\t", "> ", "- ", "1. ", "\n", "\n\n", "\r\n", "# H\n",
        "---\n", "'", "\"", "(", "\\", "ä", "~~~", "===\n", "| a |\n", "//", "[x]: y\n", "</", "$",
    ]), 0..40)) {
        let text = parts.concat();
        let (sources, _, found) = read(&text);
        for block in &found.blocks {
            prop_assert_eq!(block.text().len(), block.range.len());
            prop_assert!(text.get(block.range.clone()).is_some(), "{}", text);
            let same = block.text().bytes().zip(text[block.range.clone()].bytes()).all(|(ours, theirs)| ours == theirs || ours == b' ');
            prop_assert!(same, "{}", text);
            let _ = markdown::parse(block);
        }
        for problem in &found.problems {
            let _ = render_plain(problem, &sources);
        }
    }
}
