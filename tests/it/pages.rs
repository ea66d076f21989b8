//! Markdown from end to end: which blocks of a page run, which are left alone and why, and where problems stand; and
//! diagrams that no binding covers, which are drawings.

use crate::shell::{Output, seqcheck};
use seqcheck::cli::Exit;

/// Runs a command on a page called `docs/page.md`.
fn on_page(page: &str, args: &[&str]) -> Output {
    let folder = tempfile::tempdir().expect("a folder to write in");
    std::fs::create_dir_all(folder.path().join("docs/more")).expect("can be made");
    std::fs::write(folder.path().join("docs/page.md"), page).expect("can be written");
    std::fs::write(folder.path().join("docs/more/other.markdown"), OTHER).expect("can be written");
    seqcheck(args).at(folder.path()).run()
}

const OTHER: &str = "# Other\n\n```seq\nBob->Server: WS connect\nServer-->Bob: Connected\n```\n";

const PAGE: &str = "\
# Chat

## Connecting

```mermaid
sequenceDiagram
    Alice->>Server: WS connect
    Server-->>Alice: Connected
```

## Structure

```mermaid
flowchart LR
    A --> B
```

```puml
@startuml
class Server
Server --> Store
@enduml
```

```dot
digraph {}
```

```rust
fn main() {}
```

1. As a list:

   <!-- seqcheck: skip not yet -->
   ```plantuml
   @startuml
   Alice -> Server : WS connect
   Server --> Alice : Connected
   @enduml
   ```
";

#[test]
fn a_folder_runs_all_sequence_diagrams_and_tells_of_the_others() {
    let output = on_page(PAGE, &["docs/"]);
    assert_eq!(output.exit, Exit::Pass, "{output}");
    for words in ["PASS  Connecting, line 6", "PASS  Other, line 4", "SKIP  Connecting", "not yet"] {
        let words = words.replace("SKIP  Connecting", "SKIP  Structure");
        assert!(output.out.contains(&words), "{words}: {output}");
    }
    for words in [
        "ignored: docs/page.md:13: a Mermaid flowchart",
        "ignored: docs/page.md:18: a class diagram",
        "ignored: docs/page.md:25: a diagram in dot, which seqcheck does not read",
    ] {
        assert!(output.err.contains(words), "{words}: {output}");
    }
    assert!(!output.err.contains("docs/page.md:29"), "code is no diagram: {output}");
}

#[test]
fn problems_and_findings_stand_at_the_lines_of_the_page() {
    let wrong = PAGE.replace("    Server-->>Alice: Connected", "    Server-->>Alice Connected");
    let output = on_page(&wrong, &["docs/page.md"]);
    assert_eq!(output.exit, Exit::Usage, "{output}");
    assert!(
        output.err.contains("docs/page.md:8:5") && output.err.contains("8 │     Server-->>Alice Connected"),
        "{output}"
    );
    let unknown = PAGE.replace("Server-->>Alice: Connected", "Server-->>Alice: Conected");
    let output = on_page(&unknown, &["docs/page.md"]);
    assert!(output.exit == Exit::Usage && output.err.contains("docs/page.md:8:"), "{output}");
    let never = PAGE
        .replace("Server-->>Alice: Connected", "Server-->>Alice: Connected\n    Server->>Alice: message from Bob: hi");
    let output = on_page(&never, &["docs/page.md", "--timeout", "1s"]);
    assert_eq!(output.exit, Exit::Fail, "{output}");
    assert!(output.out.contains("docs/page.md") && output.out.contains(" 9 │"), "{output}");
}

#[test]
fn comments_above_a_fence_are_directives() {
    let with =
        |comment: &str| PAGE.replace("```mermaid\nsequenceDiagram", &format!("{comment}\n```mermaid\nsequenceDiagram"));
    let output = on_page(&with("<!-- seqcheck: binding=nonsense -->"), &["docs/page.md"]);
    assert!(output.exit == Exit::Usage && output.err.contains("nonsense"), "{output}");
    assert!(output.err.contains("docs/page.md:5"), "at the comment: {output}");
    let output = on_page(&with("<!-- seqcheck: binding=chat -->"), &["docs/page.md"]);
    assert_eq!(output.exit, Exit::Pass, "{output}");
    let output = on_page(&with("<!-- seqcheck: skip -->"), &["docs/page.md"]);
    assert!(output.exit == Exit::Usage && output.err.contains("every scenario was skipped"), "{output}");
    let output = on_page(&with("<!-- seqcheck: skpi -->"), &["docs/page.md"]);
    assert!(output.exit == Exit::Usage && output.err.contains("skip"), "{output}");
    let output = on_page(&with("<!-- seqcheck: skip -->\n\nText.\n"), &["docs/page.md"]);
    assert!(output.exit == Exit::Pass && output.err.contains("no diagram follows it directly"), "{output}");
}

/// Documentation that nobody plays: every label is prose.
const DRAWN: &str = "\
sequenceDiagram
    participant U as User
    U->>API: Log in
    API->>Store: find the user
    Store-->>API: a row
    alt known
        API-->>U: a token
    else not known
        API-->>U: an error
    end
";

#[test]
fn a_drawing_is_drawn_formatted_and_converted_and_check_says_why_it_does_not_run() {
    let folder = tempfile::tempdir().expect("a folder to write in");
    std::fs::write(folder.path().join("login.mmd"), DRAWN).expect("can be written");
    let run = |args: &[&str]| seqcheck(args).at(folder.path()).run();
    for format in ["text", "svg"] {
        let output = run(&["draw", "login.mmd", "--format", format]);
        assert!(output.exit == Exit::Pass && output.out.contains("find the user"), "{output}");
    }
    assert_eq!(run(&["fmt", "--stdout", "login.mmd"]).out, DRAWN);
    for (to, arrow) in [("seq", "API->Store: find the user"), ("plantuml", "API -> Store : find the user")] {
        let output = run(&["convert", "login.mmd", "--to", to]);
        assert!(output.exit == Exit::Pass && output.err.is_empty() && output.out.contains(arrow), "{output}");
    }
    let output = run(&["lint", "login.mmd"]);
    assert!(output.exit == Exit::Pass && output.out.contains("it can be drawn, but not run"), "{output}");
    let output = run(&["login.mmd"]);
    assert_eq!(output.exit, Exit::Usage, "{output}");
    for words in [
        "none of the 5 labels of this diagram has a rule in the binding `chat`: it can be drawn, but not run",
        "login.mmd:3:",
        "seqcheck init binding FILE",
        "%%@ skip only drawn",
        "draw, fmt, convert and lint do not need a binding",
        "1 error; nothing ran",
    ] {
        assert!(output.err.contains(words), "{words}: {output}");
    }
    // The way out works.
    let skipped = DRAWN.replacen('\n', "\n    %%@ skip only drawn\n", 1);
    std::fs::write(folder.path().join("login.mmd"), skipped).expect("can be written");
    std::fs::write(folder.path().join("chat.seq"), OTHER.lines().skip(3).take(2).collect::<Vec<_>>().join("\n"))
        .expect("can be written");
    let output = run(&["."]);
    assert!(output.exit == Exit::Pass && output.out.contains("only drawn"), "{output}");
}

#[test]
fn a_drawing_on_a_page_is_told_how_to_stay_one() {
    let page = format!("# Login\n\n```mermaid\n{DRAWN}```\n");
    let output = on_page(&page, &["docs/page.md"]);
    assert!(output.err.contains("<!-- seqcheck: skip only drawn --> above its fence"), "{output}");
    let page = format!("# Login\n\n<!-- seqcheck: skip only drawn -->\n```mermaid\n{DRAWN}```\n");
    let output = on_page(&page, &["docs"]);
    assert!(
        output.exit == Exit::Pass && output.out.contains("1 passed") && output.out.contains("1 skipped"),
        "{output}"
    );
}

/// One label that is known makes it a diagram to run: then each of the others is a problem of its own.
#[test]
fn a_diagram_with_a_known_label_is_no_drawing() {
    let text = "sequenceDiagram\nAlice->>Server: WS connect\nServer-->>Alice: hello\nServer-->>Alice: hullo\n";
    let output = seqcheck(["-", "--dialect", "mermaid"]).input(text).run();
    assert!(output.exit == Exit::Usage && output.err.contains("2 errors; nothing ran"), "{output}");
    let nobody = "sequenceDiagram\nAlice->>Server: join room:general\n";
    let output = seqcheck(["-", "--dialect", "mermaid"]).input(nobody).run();
    assert!(output.err.contains("%%@ simulate Alice"), "{output}");
}

/// The documentation of this project: what is meant to run, runs.
#[test]
fn the_documentation_runs() {
    let output = seqcheck(["docs/dialects.md"]).run();
    assert_eq!(output.exit, Exit::Pass, "{output}");
    assert!(output.out.contains("PASS"), "{output}");
}
