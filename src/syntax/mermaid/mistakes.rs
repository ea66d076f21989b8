//! Text that is no statement: the likely mistake, by name, and the way out.

use super::grammar::{Rule, find, matched, read};
use super::reader::{Reader, skip_blank, word};
use super::statement::Statement;
use crate::diagram::Participant;
use crate::source::{Diagnostic, Span};
use crate::syntax::SYNTAX;

mod arrow;
mod keyword;

/// So many characters of a text are shown as they should be written.
const LONGEST_SHOWN: usize = 200;

/// Statements and words that begin a block.
const BLOCKS: [&str; 12] =
    ["alt", "else", "opt", "loop", "par", "par_over", "and", "critical", "option", "break", "rect", "box"];

/// Words that begin other statements.
const WORDS: [&str; 17] = [
    "participant",
    "actor",
    "create",
    "destroy",
    "activate",
    "deactivate",
    "note",
    "autonumber",
    "title",
    "end",
    "link",
    "links",
    "properties",
    "details",
    "sequenceDiagram",
    "accTitle",
    "accDescr",
];

/// The words that begin other diagrams of Mermaid.
const OTHER_DIAGRAMS: [&str; 32] = [
    "flowchart",
    "graph",
    "classDiagram",
    "stateDiagram",
    "erDiagram",
    "gantt",
    "pie",
    "journey",
    "gitGraph",
    "mindmap",
    "timeline",
    "quadrantChart",
    "requirementDiagram",
    "C4Context",
    "C4Container",
    "C4Component",
    "C4Dynamic",
    "C4Deployment",
    "sankey",
    "xychart",
    "block",
    "packet",
    "kanban",
    "architecture",
    "radar",
    "treemap",
    "zenuml",
    "venn",
    "info",
    "ishikawa",
    "swimlane",
    "requirement",
];

/// Whether a word opens a block or goes on with one.
pub(super) fn is_block(word: &str) -> bool {
    BLOCKS.iter().chain(&["note"]).any(|block| block.eq_ignore_ascii_case(word))
}

/// Whether a word begins a statement that is no message.
pub(super) fn is_keyword(word: &str) -> bool {
    is_block(word) || WORDS.iter().any(|known| known.eq_ignore_ascii_case(word))
}

/// Where to go on when the first word is wrong.
pub(super) enum GoOn {
    /// Nowhere: the text is something else.
    Not,
    /// Behind so many bytes, which stand for the word.
    Behind(usize),
    /// With this statement: the word is missing.
    Here,
}

/// The first statement is not `sequenceDiagram`: says so, and where to go on.
pub(super) fn no_header(statement: &Statement<'_>) -> (Diagnostic, GoOn) {
    let first = word(statement.text);
    let at = statement.span(0, first.len());
    if first.eq_ignore_ascii_case("sequenceDiagram") {
        let error = Diagnostic::error(SYNTAX, format!("`{first}` is not the first word of a Mermaid diagram"));
        return (error.at(at, "use exactly these letters").with_text(at, "sequenceDiagram"), GoOn::Behind(first.len()));
    }
    let other = OTHER_DIAGRAMS.iter().find(|other| first.eq_ignore_ascii_case(other));
    if let Some(other) = other.filter(|_| matched(Rule::message, statement.text).is_none()) {
        let error = Diagnostic::error(SYNTAX, format!("this is a Mermaid diagram of the kind `{other}`"));
        return (error.at(at, "").with_help("seqcheck reads sequence diagrams: sequenceDiagram"), GoOn::Not);
    }
    if statement.text.starts_with("---") {
        let error = Diagnostic::error(SYNTAX, "front matter is not at the beginning, or is never closed");
        let help = "write `---` as the first line, and close it with another `---` before `sequenceDiagram`";
        return (error.at(statement.all(), "").with_help(help), GoOn::Not);
    }
    let close = strsim::damerau_levenshtein(&first.to_lowercase(), "sequencediagram") <= 3;
    let error = Diagnostic::error(SYNTAX, "the first word of a diagram must be `sequenceDiagram`");
    let error = error.at(statement.all(), format!("found `{}`", short(statement.text.trim())));
    if close {
        return (error.with_help("write: sequenceDiagram"), GoOn::Behind(first.len()));
    }
    (error.with_help("put a line `sequenceDiagram` above it"), GoOn::Here)
}

/// A `;` behind a text, in whose line more follows.
#[derive(Clone, Copy)]
pub(super) struct Parted {
    pub semicolon: Span,
    /// Where the text begins, in the text of the diagram.
    pub text: usize,
}

impl Parted {
    /// The text as it was meant, up to the end of the line that the next statement begins.
    fn whole(self, next: &Statement<'_>, line: &str) -> String {
        let text = next.input.text().get(self.text..next.start).unwrap_or("");
        // A line of many statements would be told once for each of them.
        let most = |text: &'_ str| text.char_indices().nth(LONGEST_SHOWN).map_or(text.len(), |(end, _)| end);
        let (text, line) = (&text[..most(text)], line.trim_end());
        let shown = &line[..most(line)];
        let dots = if shown.len() < line.len() { "…" } else { "" };
        format!("{}{dots}", super::text::escape_raw(&format!("{text}{shown}")))
    }
}

/// A `;` ended a text, and what follows was read as a statement of its own.
pub(super) fn parted(parted: Parted, next: &Statement<'_>, line: &str) -> Diagnostic {
    Diagnostic::warning(SYNTAX, "Mermaid ends this text at the `;`")
        .at(parted.semicolon, "")
        .see(next.all(), "read as a separate statement")
        .with_help(format!("if the `;` belongs to the text, write: {}", parted.whole(next, line)))
        .with_help("if you mean two statements, write each on a separate line")
}

/// `else`, `and` or `option` in another block than its own.
pub(super) fn misplaced_operand(word: &str, at: Span, open: Option<&(String, Span)>) -> Diagnostic {
    let error = Diagnostic::error(SYNTAX, format!("`{word}` does not belong here")).at(at, "");
    let own = match word {
        "else" => "alt",
        "and" => "par",
        _ => "critical",
    };
    match open {
        None => error.with_help(format!("no block is open: write {own} … {word} … end")),
        Some((open, began)) => {
            let error = error.see(*began, format!("the innermost open block is this `{open}`"));
            match open.as_str() {
                "par" | "par_over" => error.with_help("in `par`, Mermaid writes `and`"),
                "critical" => error.with_help("in `critical`, Mermaid writes `option`"),
                "alt" => error.with_help("in `alt`, Mermaid writes `else`"),
                "opt" => error.with_help("write `alt` instead of `opt` for two cases"),
                _ => error.with_help(format!("close the `{open}` with `end` first; `{word}` belongs to `{own}`")),
            }
        }
    }
}

/// `end loop` and its like.
pub(super) fn end_of_kind(kind: &str, at: Span, closed: Option<&(String, Span)>) -> Diagnostic {
    let error = Diagnostic::error(SYNTAX, format!("Mermaid reads `end {kind}` as `end` and a new `{kind}`")).at(at, "");
    let error = match closed {
        Some((word, began)) => error.see(*began, format!("this `{word}` is closed here")),
        None => error,
    };
    error.with_help("write only `end`")
}

/// What is wrong with a statement that cannot be read. `line` is the rest of its line, `parted` the `;` before it.
pub(super) fn unread(reader: &Reader<'_>, statement: &Statement<'_>, line: &str, parted: Option<Parted>) -> Diagnostic {
    let text = statement.text.trim_end();
    let text = text.strip_suffix(';').unwrap_or(text);
    if let Some(parted) = parted {
        return Diagnostic::error(SYNTAX, "Mermaid ends a text at `;`, and the rest is not a statement")
            .at(parted.semicolon, "the text ends here")
            .see(statement.all(), format!("found `{}`, expected a statement", short(text)))
            .with_help(format!("if the `;` belongs to the text, write: {}", parted.whole(statement, line)));
    }
    let first = word(text).to_ascii_lowercase();
    let message = looks_like_message(text);
    let known = WORDS.iter().any(|word| word.eq_ignore_ascii_case(&first)) || is_block(&first);
    if known
        && !(message && matches!(first.as_str(), "link" | "links" | "properties" | "details" | "title"))
        && let Some(problem) = keyword::wrong(&first, text, statement, &reader.builder)
    {
        return problem;
    }
    if let Some(problem) = arrow::wrong(text, statement) {
        return problem;
    }
    if let Some(problem) = foreign(text, statement) {
        return problem;
    }
    let words = BLOCKS.iter().chain(&WORDS);
    let near = words.map(|known| (strsim::damerau_levenshtein(&first, &known.to_lowercase()), *known));
    if let Some((_, near)) = near.filter(|(distance, known)| *distance <= 2 && known.len() > 3).min()
        && !message
        && !known
    {
        return Diagnostic::error(SYNTAX, format!("no statement begins with `{first}`"))
            .at(statement.span(0, first.len()), format!("expected `{near}`"))
            .with_text(statement.all(), format!("{near}{}", &text[first.len()..]));
    }
    if let Some(above) = reader.above {
        return Diagnostic::error(SYNTAX, "this is not a statement; it may be the rest of the text above")
            .at(statement.all(), format!("found `{}`, expected a statement", short(text)))
            .see(above, "this text ends with its line")
            .with_help("write the text in one line; <br/> in it is a line break in the drawing");
    }
    Diagnostic::error(SYNTAX, "this is not a statement")
        .at(statement.all(), format!("found `{}`, expected an arrow or a keyword", short(text)))
        .with_help("write an arrow like this: Alice->>Server: text")
        .with_help("a comment begins with %%")
}

/// Names whose quotes belong to them, for Mermaid.
pub(super) fn quoted_names(participants: &[Participant]) -> Vec<Diagnostic> {
    let quotes = ['"', '“', '”', '„', '«', '»'];
    let quoted = participants.iter().filter(|one| one.id.starts_with(quotes) && one.id.ends_with(quotes));
    quoted
        .map(|one| {
            let name = one.id.trim_matches(quotes);
            Diagnostic::warning(SYNTAX, format!("the quotes are part of the name {}", one.id))
                .at(one.span, "Mermaid draws them, and a name without them is another lifeline")
                .with_help(format!("write the name without quotes: {name}"))
        })
        .collect()
}

/// Words that begin a statement of Mermaid, before whatever stands behind them: no lifeline can be called so.
const TAKEN: [&str; 4] = ["link", "links", "details", "properties"];

/// Whether Mermaid refuses a lifeline of this name where a message begins with it.
pub(super) fn is_taken(name: &str) -> bool {
    let first = name.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or_default();
    TAKEN.iter().any(|word| word.eq_ignore_ascii_case(first))
}

/// Whether a name and the colon behind it say something of the whole diagram wherever they stand: behind an arrow, too.
pub(super) fn is_heading(name: &str) -> bool {
    ["title", "accTitle", "accDescr"].iter().any(|word| word.eq_ignore_ascii_case(name))
}

/// Lifelines that Mermaid refuses.
pub(super) fn taken_names(participants: &[Participant]) -> Vec<Diagnostic> {
    let taken = participants.iter().filter(|one| is_taken(&one.id));
    taken
        .map(|one| {
            let name = &one.id;
            Diagnostic::warning(SYNTAX, format!("Mermaid does not accept a lifeline with the name `{name}`"))
                .at(one.span, "it reads the word as a statement")
                .with_help(format!("use a different id, and draw the name: participant {name}1 as {name}"))
        })
        .collect()
}

/// Statements of other languages.
fn foreign(text: &str, statement: &Statement<'_>) -> Option<Diagnostic> {
    let first = word(text).to_ascii_lowercase();
    let says = |what: &str, help: &str| {
        Some(Diagnostic::error(SYNTAX, what).at(statement.all(), format!("found `{}`", short(text))).with_help(help))
    };
    if text.starts_with("==") {
        return says("Mermaid has no dividers", "write a note: Note over Alice,Server: text");
    }
    if text.starts_with("...") || text.starts_with('…') {
        return says("Mermaid has no delays", "write a line %%@ after 3s before the next arrow");
    }
    if text.starts_with("|||") || first == "space" {
        return says("Mermaid has no space between arrows", "remove the line");
    }
    if text.starts_with("//") || text.starts_with('\'') || text.starts_with("/*") || text.starts_with("--") {
        return says("Mermaid writes a comment differently", "begin the line with %%");
    }
    if text.starts_with("@start") || text.starts_with("@end") || text.starts_with('!') {
        let help = "if the whole text is PlantUML, give it the extension .puml, or use --dialect plantuml";
        return says("this is a line of PlantUML", help);
    }
    let ours = match first.as_str() {
        "ref" => "write a note over the lifelines, and a line %%@ as ref before it",
        "group" | "partition" | "neg" | "strict" | "seq" | "assert" | "parallel" => {
            "write rect rgb(245, 245, 245) … end, and a line %%@ as strict (or neg, group NAME …) before it"
        }
        "return" => "write the arrow: Server-->>Alice: text",
        "boundary" | "control" | "entity" | "database" | "queue" | "collections" => {
            let name = skip_blank(&text[first.len()..]);
            let help = format!("write: participant {}@{{ \"type\": \"{first}\" }}", name.trim());
            return says("Mermaid writes the kind of a participant differently", &help);
        }
        "while" | "for" | "repeat" => "write loop … end",
        "if" | "switch" => "write alt … else … end",
        "fork" | "parallel_over" => "write par … and … end",
        "endif" | "endloop" | "endalt" | "endopt" | "endpar" | "endbox" | "endrect" | "end_alt" | "end_loop" | "fi"
        | "done" => "write only `end`",
        _ => return None,
    };
    (!looks_like_message(text)).then(|| says(&format!("Mermaid has no statement `{first}`"), ours)).flatten()
}

/// Whether an arrow of any language stands before a colon.
pub(super) fn looks_like_message(text: &str) -> bool {
    let head = &text[..text.find(':').unwrap_or(text.len())];
    ["->", "--", "<-", "-x", "-)", "–", "—", "→", "=>"].iter().any(|arrow| head.contains(arrow))
}

/// At most 40 characters of a text, for messages.
pub(super) fn short(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// The parts of what is almost a message: sender, arrow, receiver, and whether a colon follows.
fn almost(text: &str) -> Option<(String, String, Option<String>, bool)> {
    let pair = read(Rule::almost, text)?;
    let mut names = pair.clone().into_inner().filter(|inner| inner.as_rule() == Rule::any_name);
    // Signs that are blanks elsewhere are letters of a name in the grammar.
    let name = |pair: super::grammar::Pair<'_>| Some(pair.as_str().trim().to_owned()).filter(|name| !name.is_empty());
    let sender = names.next().and_then(name)?;
    let arrow = find(&pair, Rule::arrow)?.as_str().to_owned();
    Some((sender, arrow, names.next().and_then(name), find(&pair, Rule::tail).is_some()))
}
