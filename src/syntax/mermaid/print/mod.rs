//! A diagram as canonical Mermaid: what [`super::parse`] reads as the same diagram.
//!
//! What Mermaid has no statement for is drawn as one that it has, under `%%@ as …` (see `disguise`), or written as a
//! comment; [`Converted::losses`] names what its picture, or its text, does not say any more.

mod arrow;
mod block;
mod due;
mod life;
mod name;
mod note;

use super::grammar::{Rule, find, matched, read};
use super::text::{print_text, read_name};
use crate::diagram::{Autonumber, Diagram, Item, ParticipantId};
use crate::source::Span;
use crate::syntax::{Converted, directives};

/// Prints a diagram.
pub(in crate::syntax) fn print(diagram: &Diagram) -> Converted {
    let count = diagram.participants.len();
    let mut printer = Printer {
        diagram,
        names: diagram.participants.iter().map(name::spelled).collect(),
        seen: vec![false; count],
        declared: vec![false; count],
        written: vec![false; count],
        active: vec![0; count],
        ended: Vec::new(),
        behind: Vec::new(),
        creating: None,
        ending: false,
        last: None,
        out: Converted::default(),
        depth: 0,
    };
    let body = printer.head();
    printer.depth = 1;
    printer.items(body);
    printer.unseen();
    printer.out
}

struct Printer<'a> {
    diagram: &'a Diagram,
    /// How each participant is written.
    names: Vec<String>,
    /// Which participants stand in the text by now.
    seen: Vec<bool>,
    /// Which were declared in their turn.
    written: Vec<bool>,
    /// Which were declared before their turn.
    declared: Vec<bool>,
    /// How often each is active.
    active: Vec<u32>,
    /// Who ends with the arrow that was printed last.
    ended: Vec<ParticipantId>,
    /// What follows the block that is printed, the nearest last.
    behind: Vec<&'a [Item]>,
    /// A `create` of this lifeline waits for its message.
    creating: Option<ParticipantId>,
    /// A `destroy` waits for its message.
    ending: bool,
    /// The ends of the last arrow.
    last: Option<(ParticipantId, ParticipantId)>,
    out: Converted,
    depth: usize,
}

impl<'a> Printer<'a> {
    /// What stands before the first statement; gives the statements.
    fn head(&mut self) -> &'a [Item] {
        let body = self.diagram.body.as_slice();
        let lead = |item: &&Item| matches!(item, Item::Style(..) | Item::Comment(..) | Item::Blank);
        let lead = body.iter().take_while(lead).count();
        let settings = body[..lead]
            .iter()
            .rposition(|item| matches!(item, Item::Style(text, _) if text.starts_with("---") || is_init(text)));
        let before = settings.map_or(0, |last| last + 1);
        for (index, item) in body[..before].iter().enumerate() {
            match item {
                Item::Style(text, _) if index == 0 && is_front_matter(text) => self.verbatim(text),
                item => self.item(item, &[]),
            }
        }
        self.line("sequenceDiagram");
        self.depth = 1;
        if let Some(title) = &self.diagram.title {
            self.line(&format!("title {}", print_text(title)));
        }
        for setting in &self.diagram.settings {
            self.line(&format!("%%@ {}", one_line(&directives::print_setting(setting))));
        }
        &body[before..]
    }

    fn items(&mut self, items: &'a [Item]) {
        for (index, item) in items.iter().enumerate() {
            self.item(item, &items[index + 1..]);
        }
    }

    /// One statement; `after` is what follows it in its block.
    fn item(&mut self, item: &'a Item, after: &'a [Item]) {
        match item {
            Item::Declare(id, _) => self.declare(*id),
            Item::Group(group) => self.group(group),
            Item::Arrow(arrow) => self.arrow(arrow, after),
            Item::Fragment(fragment) => self.fragment(fragment, after),
            Item::Note(note) => self.note(note),
            Item::Ref(reference) => self.reference(reference),
            Item::Divider { text, span } => self.divider(text, *span),
            Item::Delay { text, span, .. } => self.delay(text, *span),
            Item::Space(amount, at) => {
                let text = amount.map_or_else(|| "space".to_owned(), |amount| format!("space {amount}"));
                self.remark(&text, *at, "Mermaid has no space between arrows");
            }
            Item::Lifecycle { participant, change, style, span } => {
                if style.is_some() {
                    self.out.lose(*span, "Mermaid has no colours for activations", None);
                }
                self.lifecycle(*participant, *change, after, *span);
            }
            Item::Autonumber(numbers, at) => self.autonumber(numbers, *at),
            Item::TimeBound(bound) => {
                let text = format!("{{{}}} <-> {{{}}} : {}", bound.from, bound.to, bound.text);
                self.remark(&text, bound.span, "Mermaid has no times between anchors");
            }
            Item::Style(text, at) => self.style(text, *at),
            Item::Directive(directive) => {
                let name = |id: ParticipantId| self.diagram.participant(id).id.clone();
                let known = |name: &str| self.diagram.find(name).is_some();
                let text = directives::print_directive(&directive.kind, name, known);
                self.line(&format!("%%@ {}", one_line(&text)));
            }
            Item::Comment(text, _) => self.comment(text),
            Item::Blank => self.out.text.push('\n'),
        }
    }

    fn line(&mut self, text: &str) {
        for _ in 0..self.depth {
            self.out.text.push_str("    ");
        }
        self.out.text.push_str(text.trim_end());
        self.out.text.push('\n');
    }

    /// A text of several lines as it was.
    fn verbatim(&mut self, text: &str) {
        self.out.text.push_str(text);
        self.out.text.push('\n');
    }

    fn comment(&mut self, text: &str) {
        for line in text.split(['\n', '\r']) {
            // `%%{` and `%%@` are no comments.
            let gap = if line.starts_with(['{', '@']) { " " } else { "" };
            self.line(&format!("%%{gap}{line}"));
        }
    }

    /// What Mermaid cannot say, as a comment.
    fn remark(&mut self, text: &str, at: Span, why: &str) {
        self.comment(&format!(" {text}"));
        self.out.lose(at, why, Some("a comment"));
    }

    fn autonumber(&mut self, numbers: &Autonumber, at: Span) {
        let fits = |number: &Option<String>| {
            number.as_ref().is_none_or(|number| matched(Rule::number, number) == Some(number.len()))
        };
        match numbers {
            Autonumber::On { start, step, format } if fits(start) && fits(step) => {
                if format.is_some() {
                    self.out.lose(at, "Mermaid has no format for numbers", None);
                }
                let start = start.as_deref().or(step.as_ref().map(|_| "1"));
                let words = ["autonumber"].into_iter().chain(start).chain(step.as_deref());
                self.line(&words.collect::<Vec<_>>().join(" "));
            }
            Autonumber::On { start, .. } => {
                let start = start.clone().unwrap_or_default();
                self.remark(&format!("autonumber {start}"), at, "Mermaid cannot number in this way");
            }
            Autonumber::Off => self.line("autonumber off"),
            Autonumber::Resume { .. } => self.remark("autonumber resume", at, "Mermaid cannot resume a numbering"),
            Autonumber::Increment(what) => {
                self.remark(&format!("autonumber inc {what}"), at, "Mermaid has numbers of one level only");
            }
        }
    }

    /// Links and settings of Mermaid as they were; those of others as comments.
    fn style(&mut self, text: &str, at: Span) {
        let extra = read(Rule::extra, text).filter(|pair| pair.as_span().end() == text.len());
        if let Some(pair) = extra {
            let id = find(&pair, Rule::name).and_then(|name| self.diagram.find(&read_name(name.as_str())));
            self.before(id.as_slice(), at);
            self.line(text);
        } else if is_init(text) || is_accessible(text) {
            for _ in 0..self.depth {
                self.out.text.push_str("    ");
            }
            self.verbatim(text);
        } else {
            self.remark(text, at, "this styling belongs to another language");
        }
    }
}

fn is_init(text: &str) -> bool {
    text.starts_with("%%{") && text.ends_with("}%%")
}

fn is_front_matter(text: &str) -> bool {
    text.starts_with("---\n") && text.ends_with("\n---")
}

fn is_accessible(text: &str) -> bool {
    let described =
        || text.len() > 8 && text[8..].trim_start().starts_with('{') && text.find('}') == Some(text.len() - 1);
    let one_line = !text.contains('\n') && matched(Rule::accessible, text).is_some();
    one_line || text.get(..8).is_some_and(|head| head.eq_ignore_ascii_case("accDescr")) && described()
}

/// A directive cannot span lines.
fn one_line(text: &str) -> String {
    text.replace(['\n', '\r'], " ")
}
