//! What each language takes, skips and refuses.

use Cell::{None, Refused, Skipped, Taken};

/// One language in a row.
pub enum Cell {
    /// It has nothing of the kind.
    None,
    /// Read; means the same in all languages of the row.
    Taken(&'static str),
    /// Read, kept for printing, without a meaning.
    Skipped(&'static str),
    /// Refused, with these words.
    Refused(&'static str, &'static str),
}

/// One construct.
pub struct Row {
    pub section: &'static str,
    pub what: &'static str,
    /// Ours, Mermaid, PlantUML.
    pub cells: [Cell; 3],
    pub means: &'static str,
    /// The languages have it, each with a meaning of its own.
    pub differs: bool,
}

const fn row(section: &'static str, what: &'static str, cells: [Cell; 3], means: &'static str) -> Row {
    Row { section, what, cells, means, differs: false }
}

const fn each(section: &'static str, what: &'static str, cells: [Cell; 3], means: &'static str) -> Row {
    Row { section, what, cells, means, differs: true }
}

const WHO: &str = "Participants";
const ARROWS: &str = "Arrows";
const LIFE: &str = "Life of participants";
const NOTES: &str = "Notes and references";
const BLOCKS: &str = "Blocks";
const TIME: &str = "Time and text";
const LOOKS: &str = "Looks";
const FILES: &str = "Files";

pub const ROWS: &[Row] = &[
    row(
        WHO,
        "participant",
        [Taken("participant C"), Taken("participant C"), Taken("participant C")],
        "a lifeline; undeclared ones are declared by their first arrow",
    ),
    row(
        WHO,
        "with a drawn name",
        [
            Taken("participant \"Chat Server\" as S"),
            Taken("participant S as Chat Server"),
            Taken("participant \"Chat Server\" as S"),
        ],
        "arrows use the short name",
    ),
    row(WHO, "drawn name second", [None, None, Taken("participant S as \"Chat Server\"")], ""),
    row(WHO, "person", [Taken("actor C"), Taken("actor C"), Taken("actor C")], "as `participant`"),
    row(
        WHO,
        "other symbols",
        [Taken("database D"), Taken("participant D@{ \"type\": \"database\" }"), Taken("database D")],
        "as `participant`",
    ),
    row(
        WHO,
        "cloud",
        [Taken("cloud N"), Taken("%%@ as cloud\nparticipant N"), Refused("cloud N", "no statement")],
        "as `participant`",
    ),
    row(
        WHO,
        "name with a blank",
        [Taken("Chat Server->A: x"), Taken("Chat Server->>A: x"), Taken("\"Chat Server\" -> A : x")],
        "",
    ),
    row(WHO, "the same, unquoted", [None, None, Refused("Chat Server -> A : x", "in quotes")], ""),
    row(
        WHO,
        "box around participants",
        [
            Taken("participantgroup #Aqua Team\nparticipant C\nend"),
            Taken("box Aqua Team\nparticipant C\nend"),
            Taken("box \"Team\" #Aqua\nparticipant C\nend box"),
        ],
        "drawn",
    ),
    row(WHO, "order of drawing", [None, None, Taken("participant C order 10")], "drawn in that order"),
    row(WHO, "several lines of a name", [None, None, Taken("participant C [\n=Title\n----\n\"\"small\"\"\n]")], ""),
    row(ARROWS, "solid", [Taken("A->B: x"), Taken("A->>B: x"), Taken("A -> B : x")], "a message"),
    row(ARROWS, "dashed", [Taken("A-->B: x"), Taken("A-->>B: x"), Taken("A --> B : x")], "the same as solid"),
    row(ARROWS, "open head", [Taken("A->>B: x"), Taken("A-)B: x"), Taken("A ->> B : x")], "the same as solid"),
    row(
        ARROWS,
        "two heads",
        [Taken("A<->B: x"), Taken("A<<->>B: x"), Taken("A <-> B : x")],
        "two arrows, right then left",
    ),
    row(
        ARROWS,
        "from right to left",
        [Taken("A<-B: x"), Refused("A<-B: x", "B->>A: x"), Taken("A <- B : x")],
        "a message from B to A",
    ),
    row(ARROWS, "no head", [None, Taken("A->B: x"), Refused("A -- B : x", "not an arrow")], "the same as solid"),
    row(ARROWS, "cross that is only drawn", [None, Taken("A-xB: x"), None], "the same as solid"),
    row(ARROWS, "half heads", [None, Taken("A-|\\B: x"), Taken("A -\\ B : x")], "the same as solid"),
    row(
        ARROWS,
        "lost message",
        [Taken("A-xB: x"), Taken("%%@ as lost\nA-xB: x"), Taken("A ->x B : x")],
        "sent, and the connection is cut",
    ),
    row(ARROWS, "from the edge", [Taken("[->A: x"), Taken("%%@ as from left\nA->>A: x"), Taken("[-> A : x")], "drawn"),
    row(ARROWS, "to the edge", [Taken("A->]: x"), Taken("%%@ as to right\nA->>A: x"), Taken("A ->] : x")], "drawn"),
    row(
        ARROWS,
        "to everyone",
        [Taken("A->*: x"), Taken("A->>*: x"), None],
        "to every simulated lifeline that is connected",
    ),
    row(ARROWS, "to all but some", [Taken("A->* except B: x"), Taken("A->>* except B: x"), None], ""),
    row(ARROWS, "to several", [None, None, Taken("A -> B & C : x")], "one arrow to each, in any order"),
    row(ARROWS, "without a text", [Taken("A->B"), Refused("A->>B", "A->>B: text"), Taken("A -> B")], ""),
    row(ARROWS, "colour and style", [Taken("A-[#red]>B: x"), None, Taken("A -[#red]> B : x")], "drawn"),
    row(ARROWS, "aslant", [Taken("A->(5)B: x"), None, Taken("A ->(5) B : x")], "drawn"),
    row(ARROWS, "at the height of the one before", [None, None, Taken("& A -> B : x")], "in any order"),
    row(ARROWS, "arrow that is not drawn", [None, None, Skipped("A -[hidden]> B")], "omitted"),
    row(LIFE, "receiver becomes active", [Taken("A->+B: x"), Taken("A->>+B: x"), Taken("A -> B ++ : x")], "drawn"),
    row(
        LIFE,
        "sender rests",
        [Taken("activate A\nA->-B: x"), Taken("activate A\nA->>-B: x"), Taken("activate A\nA -> B -- : x")],
        "drawn",
    ),
    row(
        LIFE,
        "created",
        [Taken("create C\nA->C: x"), Taken("create participant C\nA->>C: x"), Taken("create C\nA -> C : x")],
        "the lifeline begins there",
    ),
    row(LIFE, "created by a sign", [Taken("A->*C: x"), None, Taken("A -> C ** : x")], ""),
    row(
        LIFE,
        "ended",
        [Taken("A->B: x\ndestroy B"), Taken("destroy B\nA->>B: x"), Taken("A -> B : x\ndestroy B")],
        "the lifeline ends with that arrow",
    ),
    row(
        LIFE,
        "answer",
        [None, None, Taken("A -> B ++ : x\nreturn y")],
        "an arrow to the participant that made B active",
    ),
    row(
        LIFE,
        "rest of what is not active",
        [Taken("deactivate A"), Refused("deactivate A", "not active"), None],
        "a warning",
    ),
    row(
        NOTES,
        "beside",
        [Taken("note left of A: x"), Taken("note left of A: x"), Taken("note left of A : x")],
        "drawn",
    ),
    row(
        NOTES,
        "over two",
        [Taken("note over A, B: x"), Taken("note over A,B: x"), Taken("note over A, B : x")],
        "drawn",
    ),
    row(
        NOTES,
        "over more",
        [
            Taken("note over A, B, C: x"),
            Taken("%%@ as note over A, B, C\nNote over A: x"),
            Refused("note over A, B, C : x", "one or two participants"),
        ],
        "drawn",
    ),
    row(
        NOTES,
        "over all",
        [Taken("note across: x"), Taken("%%@ as note across\nNote over A: x"), Taken("note across : x")],
        "drawn",
    ),
    row(
        NOTES,
        "at the arrow before",
        [Taken("note left: x"), Taken("%%@ as note left\nNote over A: x"), Taken("note left : x")],
        "drawn",
    ),
    row(
        NOTES,
        "several lines",
        [
            Taken("note over A\none\ntwo\nend note"),
            Taken("note over A: one<br/>two"),
            Taken("note over A\none\ntwo\nend note"),
        ],
        "drawn",
    ),
    row(
        NOTES,
        "other shapes",
        [Taken("rbox over A: x"), Taken("%%@ as rbox\nNote over A: x"), Taken("rnote over A : x")],
        "drawn",
    ),
    row(NOTES, "state", [Taken("state over A: x"), Taken("%%@ as state\nNote over A: x"), None], "drawn"),
    row(
        NOTES,
        "reference",
        [Taken("ref over A, B: login"), Taken("%%@ as ref\nNote over A,B: login"), Taken("ref over A, B : login")],
        "the diagram of that name, in its place",
    ),
    row(
        BLOCKS,
        "alternatives",
        [
            Taken("alt x\nA->B: 1\nelse y\nB->A: 2\nend"),
            Taken("alt x\nA->>B: 1\nelse y\nB->>A: 2\nend"),
            Taken("alt x\nA -> B : 1\nelse y\nB -> A : 2\nend"),
        ],
        "one of them",
    ),
    row(
        BLOCKS,
        "option",
        [Taken("opt x\nA->B: 1\nend"), Taken("opt x\nA->>B: 1\nend"), Taken("opt x\nA -> B : 1\nend")],
        "once or not at all",
    ),
    row(
        BLOCKS,
        "loop",
        [Taken("loop 3\nA->B: 1\nend"), Taken("loop 3\nA->>B: 1\nend"), Taken("loop 3\nA -> B : 1\nend")],
        "three times",
    ),
    row(
        BLOCKS,
        "loop in words",
        [
            Taken("loop while it rains\nA->B: 1\nend"),
            Taken("loop while it rains\nA->>B: 1\nend"),
            Taken("loop while it rains\nA -> B : 1\nend"),
        ],
        "once if a client begins it, any number of times if the server begins it",
    ),
    row(
        BLOCKS,
        "side by side",
        [
            Taken("par x\nA->B: 1\nand y\nB->A: 2\nend"),
            Taken("par x\nA->>B: 1\nand y\nB->>A: 2\nend"),
            Taken("par x\nA -> B : 1\nelse y\nB -> A : 2\nend"),
        ],
        "all, in any order",
    ),
    row(
        BLOCKS,
        "side by side, drawn so",
        [
            None,
            Taken("par_over x\nA->>B: 1\nand y\nB->>A: 2\nend"),
            Taken("par2 x\nA -> B : 1\nelse y\nB -> A : 2\nend"),
        ],
        "as `par`",
    ),
    row(
        BLOCKS,
        "break",
        [Taken("break x\nA->B: 1\nend"), Taken("break x\nA->>B: 1\nend"), Taken("break x\nA -> B : 1\nend")],
        "instead of the rest of the block around it",
    ),
    row(
        BLOCKS,
        "critical region",
        [Taken("critical x\nA->B: 1\nend"), Taken("critical x\nA->>B: 1\nend"), Taken("critical x\nA -> B : 1\nend")],
        "no other message between",
    ),
    each(
        BLOCKS,
        "critical in several parts",
        [
            Taken("critical x\nA->B: 1\nelse y\nB->A: 2\nend"),
            Taken("critical x\nA->>B: 1\noption y\nB->>A: 2\nend"),
            Taken("critical x\nA -> B : 1\nelse y\nB -> A : 2\nend"),
        ],
        "drawn; refused for a run, with advice: `alt … else`, or `par … and`",
    ),
    row(
        BLOCKS,
        "group",
        [
            Taken("group x\nA->B: 1\nend"),
            Taken("%%@ as group x\nrect rgb(245, 245, 245)\nA->>B: 1\nend"),
            Taken("group x\nA -> B : 1\nend"),
        ],
        "drawn",
    ),
    row(
        BLOCKS,
        "strict order",
        [
            Taken("strict x\nA->B: 1\nend"),
            Taken("%%@ as strict x\nrect rgb(245, 245, 245)\nA->>B: 1\nend"),
            Taken("group strict [x]\nA -> B : 1\nend"),
        ],
        "each arrow is complete before the next begins",
    ),
    row(
        BLOCKS,
        "must not happen",
        [
            Taken("neg x\nA->B: 1\nend"),
            Taken("%%@ as neg x\nrect rgb(245, 245, 245)\nA->>B: 1\nend"),
            Taken("group neg [x]\nA -> B : 1\nend"),
        ],
        "must not complete",
    ),
    row(
        BLOCKS,
        "frames that do not count",
        [
            Taken("ignore {ping, pong}\nA->B: 1\nend"),
            Taken("%%@ as ignore ping, pong\nrect rgb(245, 245, 245)\nA->>B: 1\nend"),
            Taken("group ignore [ping, pong]\nA -> B : 1\nend"),
        ],
        "not checked inside",
    ),
    row(BLOCKS, "background", [Taken("rect Aqua\nA->B: 1\nend"), Taken("rect Aqua\nA->>B: 1\nend"), None], "drawn"),
    row(
        BLOCKS,
        "end with a word",
        [
            Taken("alt x\nA->B: 1\nend alt"),
            Refused("alt x\nA->>B: 1\nend alt", "write only `end`"),
            Taken("alt x\nA -> B : 1\nend alt"),
        ],
        "",
    ),
    row(
        BLOCKS,
        "`else` in any block",
        [
            Refused("loop 3\nA->B: 1\nelse\nend", "else"),
            Refused("loop 3\nA->>B: 1\nelse\nend", "does not belong here"),
            Taken("loop 3\nA -> B : 1\nelse\nB -> A\nend"),
        ],
        "drawn",
    ),
    row(
        BLOCKS,
        "never closed",
        [
            Refused("alt x\nA->B: 1", "never closed"),
            Refused("alt x\nA->>B: 1", "never closed"),
            Taken("alt x\nA -> B : 1"),
        ],
        "PlantUML closes it; a warning says so",
    ),
    row(
        TIME,
        "divider",
        [Taken("== later =="), Taken("%%@ as divider\nNote over A: later"), Taken("== later ==")],
        "drawn",
    ),
    row(
        TIME,
        "delay",
        [Taken("...3s..."), Taken("%%@ as delay\nNote over A: 3s"), Taken("...3s...")],
        "time to the next arrow; other words are drawn",
    ),
    row(TIME, "distance", [Taken("space"), Refused("space", "no space"), Taken("|||")], "drawn"),
    row(
        TIME,
        "time between two anchors",
        [None, None, Taken("{a} A -> B : x\n{b} B -> A : y\n{a} <-> {b} : 5s")],
        "the maximum time",
    ),
    row(TIME, "numbers", [Taken("autonumber 10"), Taken("autonumber 10"), Taken("autonumber 10")], "drawn"),
    row(TIME, "no more numbers", [Taken("autonumber off"), Taken("autonumber off"), Taken("autonumber stop")], "drawn"),
    row(TIME, "title", [Taken("title A title"), Taken("title A title"), Taken("title A title")], "the scenario's name"),
    row(TIME, "comment", [Taken("# why"), Taken("%% why"), Taken("' why")], "kept by `fmt` and `convert`"),
    row(TIME, "comment over lines", [Taken("/* one\ntwo */"), None, Taken("/' one\ntwo '/")], ""),
    row(
        TIME,
        "directive",
        [Taken("#@ within 2s\nA->B: x"), Taken("%%@ within 2s\nA->>B: x"), Taken("'@ within 2s\nA -> B : x")],
        "see `docs/language.md`",
    ),
    row(
        TIME,
        "text with `#`",
        [Taken("A->B: room #general"), Taken("A->>B: room #35;general"), Taken("A -> B : room #general")],
        "payload; Mermaid cuts a bare `#`, and a warning shows how it is written",
    ),
    row(
        TIME,
        "text with `;`",
        [Taken("A->B: a; b"), Taken("A->>B: a#59; b"), Taken("A -> B : a; b")],
        "payload; Mermaid ends a statement at a bare `;`",
    ),
    row(
        TIME,
        "line break in a text",
        [Taken("A->B: one\\ntwo"), Taken("%%@ breaks backslash-n\nA->>B: one<br/>two"), Taken("A -> B : one\\ntwo")],
        "the two signs `\\n`: drawn as a break",
    ),
    row(
        TIME,
        "line feed in a text",
        [
            Taken("#@ breaks line-feed\nA->B: one\\ntwo"),
            Taken("A->>B: one<br/>two"),
            Taken("'@ breaks line-feed\nA -> B : one\\ntwo"),
        ],
        "payload: a line feed; drawn as a break",
    ),
    row(TIME, "line that goes on below", [None, None, Taken("A -> B : one \\\ntwo")], ""),
    row(
        LOOKS,
        "style of the whole",
        [
            Skipped("option footer=bar"),
            Skipped("%%{init: {\"theme\": \"dark\"}}%%"),
            Skipped("skinparam handwritten true"),
        ],
        "nothing",
    ),
    row(
        LOOKS,
        "style sheets",
        [Skipped("style red #red"), None, Skipped("<style>\nsequenceDiagram { }\n</style>")],
        "nothing",
    ),
    row(LOOKS, "footer, scale, theme", [Skipped("bottomparticipants"), None, Skipped("hide footbox")], "nothing"),
    row(
        LOOKS,
        "links",
        [None, Skipped("link A: page @ https://example.org"), Skipped("url of A is [[https://example.org]]")],
        "nothing",
    ),
    row(LOOKS, "for screen readers", [None, Skipped("accTitle: a chat"), None], "nothing"),
    row(LOOKS, "pages, header, legend", [None, None, Skipped("legend\nx\nend legend")], "nothing"),
    row(
        FILES,
        "`!include`",
        [None, None, Skipped("!include common.iuml")],
        "a file in its folder or below is read, except by `fmt`; an address or a `<library>` is ignored, with a warning",
    ),
    row(
        FILES,
        "`!define`, `!$x = …`, `!ifdef`, `!if`",
        [None, None, Taken("!define C B\n!ifdef C\nA -> C : x\n!endif")],
        "executed if all values are plain; `fmt` writes the result",
    ),
    row(
        FILES,
        "procedures, functions, loops",
        [None, None, Refused("!procedure $p()", "preprocessor")],
        "give seqcheck the output of `plantuml -preproc`",
    ),
    row(FILES, "functions in a text", [None, None, Refused("A -> B : %upper(\"x\")", "preprocessor")], ""),
    row(
        FILES,
        "another kind of diagram",
        [None, None, Refused("usecase U", "no statement")],
        "in a page it is ignored, and the kind is reported",
    ),
];

/// What stands above the tables.
pub const HEAD: &str = "\
# Three languages, one diagram

seqcheck reads its own language (`seq`, in the family of websequencediagrams and sequencediagram.org), Mermaid and
PlantUML, each from a separate file or from a fenced block of a Markdown or MDX page. All three become the same diagram:
a diagram that passes in one language passes in the others.

## This page is a test

A test reads the diagram below from this page and plays it. `seqcheck docs/` plays all sequence diagrams of a folder.

<!-- seqcheck: binding=chat -->
```mermaid
sequenceDiagram
    actor Alice
    actor Bob
    participant Server as Chat Server
    Alice->>Server: WS connect
    Server-->>Alice: Connected
    Bob->>Server: WS connect
    Server-->>Bob: Connected
    Alice->>Server: join room:general
    Server->>Bob: user:alice joined
    Bob->>Server: message: Hello Alice!
    Server->>Alice: message from Bob: Hello Alice!
```

```console
$ seqcheck docs/dialects.md
PASS  This page is a test, line 13             8 arrows

1 scenario: 1 passed (in memory, 4 ms)
```

A comment directly above a fence is a directive. `<!-- seqcheck: skip REASON -->` skips the block and reports it.
`<!-- seqcheck: binding=NAME -->` names the binding, the file that maps labels to messages. Blocks that are not sequence diagrams are
ignored, and the command lists them with the reason. Line numbers in messages are lines of the page.

A file `.mdx` is a page as well. Components, `import` and `export` lines and expressions are passed over; a fence inside a component is a scenario
like any other, also an indented one. The comment above a fence is `{/* seqcheck: skip REASON */}` there, and `<!-- … -->` is read too. Diagrams in
comments and in strings are none.

## Which language

| source | seqcheck recognises the language by |
| --- | --- |
| file | the extension: `.seq` · `.mmd`, `.mermaid` · `.puml`, `.plantuml`, `.pu`, `.iuml`, `.pml`; `.wsd` is used by two languages, and its first line decides; pages: `.md`, `.markdown`, `.mdx` |
| fence | the word after the back-ticks: `seq`, `wsd`, `websequencediagrams` · `mermaid` · `plantuml`, `puml`, `uml` |
| standard input | `--dialect` |

A file of PlantUML may contain several diagrams, and other text around them. A diagram may be in a comment of another
language: seqcheck removes the text before `@startuml`, such as ` * ` or `// `, also from the lines down to `@enduml`, as
PlantUML does. `fmt` writes the new lines into the comment.

## From one language into another

`seqcheck convert --to seq|mermaid|plantuml FILE` writes a diagram, or every block of a page, in another language.
`seqcheck fmt` formats a diagram in its own language: Mermaid and PlantUML draw the same picture of it (`e2e/engines` verifies this).
Comments are kept. A feature that a language does not have is written in the most similar form
and reported as a note. If another tool would otherwise lose the feature permanently, a line `%%@ as …` keeps it: for example, Mermaid draws a
note, and seqcheck still reads the divider.

## Supported statements

A cell shows a form that seqcheck reads. A test reads each form, and verifies that the forms of a row have the same meaning.
*Skipped* is kept in its place and changes nothing. *Refused* is an error with the words shown.
";

/// What stands below them.
pub const TAIL: &str = "
The limits in every language are 16 MiB per file, 72 KiB per line, 64 KiB per label, 100,000 arrows, 10,000 participants, 64 nested
blocks. The time to read a text is proportional to its length, for any text:
[measured](benchmarks/syntax.md).

## Differences from the tools themselves

- Participants are drawn as in PlantUML: by `order N`, and after all others if they are declared below their
  first arrow. The other languages have no such order: `convert` reports which order is lost.
- `A -> *` of PlantUML goes to the edge, with a warning; for several receivers write `A -> B & C`.
- Settings `%%{…}%%` in a text of Mermaid are removed from it; `fmt` writes them in a separate line.
- A label is payload. Creole, HTML and Markdown in it are text, and so is `\\n` in seq and PlantUML.
- Mermaid's `-x` is only drawn as a cross; `%%@ as lost` marks a message that is lost.
- If PlantUML would read a text as another kind of diagram (`A-xB`, `chat-server->B`), seqcheck reports the mistake.
";
