//! The native dialect: every form of every statement, printing and reading again, mistakes, hostile input.

mod errors;
mod forms;
mod generated;
mod hostile;

use seqcheck::diagram::Diagram;
use seqcheck::source::{Source, Sources, render_plain};
use seqcheck::syntax::{Dialect, Parsed, convert, parse};

/// Reads a text, or says every problem in it.
fn read(text: &str) -> Result<Parsed, String> {
    let mut sources = Sources::new();
    let id = sources.add(Source::new("test.seq", text));
    parse(&sources, id, 0..text.len(), Dialect::Native).map_err(|problems| {
        problems.iter().map(|problem| render_plain(problem, &sources)).collect::<Vec<_>>().join("\n")
    })
}

/// The canonical text, of which nothing may be lost.
fn printed(diagram: &Diagram) -> String {
    let printed = convert(diagram, Dialect::Native);
    assert!(printed.losses.is_empty(), "{:?}\n{}", printed.losses, printed.text);
    printed.text
}

/// Reads, prints, reads: the same diagram. Gives the canonical text.
fn canonical(text: &str) -> String {
    let first = read(text).unwrap_or_else(|problems| panic!("{problems}\nin:\n{text}"));
    let canonical = printed(&first.diagram);
    let second = read(&canonical).unwrap_or_else(|problems| panic!("{problems}\nprinted:\n{canonical}\nof:\n{text}"));
    assert_eq!(first.diagram.without_spans(), second.diagram.without_spans(), "printed:\n{canonical}\nof:\n{text}");
    assert_eq!(printed(&second.diagram), canonical, "printing twice is not printing once");
    canonical
}
