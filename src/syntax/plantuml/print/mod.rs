//! A diagram as canonical PlantUML: what the reader reads as the same diagram.
//!
//! What PlantUML has no spelling for is printed as near as it can be, and named in [`Converted::losses`]. What PlantUML
//! would refuse (a change of activation right after a delay, say) is printed as a comment.
//!
//! | part | what it prints |
//! | --- | --- |
//! | `arrow` | arrows and time bounds |
//! | `block` | fragments, boxes |
//! | `name` | names, declarations, changes of participants |
//! | `text` | notes, references, styling, comments |

mod arrow;
mod block;
mod name;
mod text;

use super::grammar::{PlantUml, Rule};
use super::life::Life;
use super::number;
use super::preprocessor;
use crate::diagram::{Autonumber, Diagram, Item, ParticipantId};
use crate::source::Span;
use crate::syntax::{Converted, directives};
use pest::Parser as _;

/// Prints a diagram.
pub(in crate::syntax) fn print(diagram: &Diagram) -> Converted {
    let (converted, unseen) = print_once(diagram);
    if unseen.is_empty() {
        return converted;
    }
    // Who stands in nothing that PlantUML takes is there all the same: declared.
    let mut whole = diagram.clone();
    let declared = |id: &ParticipantId| Item::Declare(*id, diagram.participant(*id).span);
    let at = usize::from(heading(&whole.body).is_some());
    whole.body.splice(at..at, unseen.iter().map(declared));
    print_once(&whole).0
}

/// With the participants that stand nowhere in the text, and all before them where nobody is declared, so that they keep their order.
fn print_once(diagram: &Diagram) -> (Converted, Vec<ParticipantId>) {
    let mut printer = Printer {
        diagram,
        names: diagram.participants.iter().map(|participant| name::written(&participant.id)).collect(),
        seen: vec![false; diagram.participants.len()],
        declared: vec![false; diagram.participants.len()],
        boxes: 0,
        out: String::new(),
        converted: Converted::default(),
        depth: 0,
        life: Life::default(),
        to_create: Vec::new(),
        to_destroy: Vec::new(),
    };
    printer.whole();
    let all = (0..diagram.participants.len()).map(|id| ParticipantId(u32::try_from(id).unwrap_or(u32::MAX)));
    let last = printer.seen.iter().rposition(|seen| !seen);
    let nobody = !diagram.participants.iter().any(|participant| participant.declared);
    let unseen = all.filter(|id| {
        let at = id.0 as usize;
        !printer.seen[at] || nobody && last.is_some_and(|last| at <= last)
    });
    (Converted { text: printer.out, ..printer.converted }, unseen.collect())
}

/// The first line, where the diagram has one of its own.
fn heading(body: &[Item]) -> Option<&str> {
    match body.first() {
        Some(Item::Style(text, _)) if text.starts_with("@startuml ") && !text.contains('\n') => Some(text),
        _ => None,
    }
}

struct Printer<'a> {
    diagram: &'a Diagram,
    /// How each participant is written in arrows.
    names: Vec<String>,
    /// Which participants stand in the text by now.
    seen: Vec<bool>,
    /// Which are declared by now: once more, inside a box, their name alone is enough.
    declared: Vec<bool>,
    /// How many boxes are open.
    boxes: usize,
    out: String,
    converted: Converted,
    depth: usize,
    /// What PlantUML will think of who is active.
    life: Life,
    /// Participants that begin with the next arrow to them, and could not be announced.
    to_create: Vec<ParticipantId>,
    /// Participants that end with the next arrow.
    to_destroy: Vec<ParticipantId>,
}

impl Printer<'_> {
    fn whole(&mut self) {
        let mut body = self.diagram.body.as_slice();
        match heading(body) {
            Some(text) => {
                self.line(text);
                body = &body[1..];
            }
            None => self.line("@startuml"),
        }
        let head = self.out.len();
        if let Some(title) = &self.diagram.title {
            self.title(title);
        }
        for setting in &self.diagram.settings {
            self.line(&format!("'@ {}", directives::print_setting(setting)));
        }
        let named = self.diagram.body.len() > body.len();
        let first = usize::from(self.out.len() == head && !named && body.first() == Some(&Item::Blank));
        let last = body.len() - usize::from(body.len() > first && body.last() == Some(&Item::Blank));
        self.items(&body[first..last]);
        self.line("@enduml");
    }

    fn items(&mut self, items: &[Item]) {
        for (index, item) in items.iter().enumerate() {
            self.item(item, &items[index + 1..]);
        }
        self.destroy_now();
    }

    fn item(&mut self, item: &Item, behind: &[Item]) {
        match item {
            Item::Declare(id, span) => self.declare(*id, *span),
            Item::Group(group) => self.group(group),
            Item::Arrow(arrow) => {
                self.arrow(arrow);
                self.destroy_now();
            }
            Item::Fragment(fragment) => self.fragment(fragment),
            Item::Note(note) => self.note(note),
            Item::Ref(reference) => self.reference(reference),
            Item::Divider { text, .. } => {
                let text = self.one_line(text);
                self.life.divide();
                self.line(&format!("== {text} ==").replace("==  ==", "== =="));
            }
            Item::Delay { text, span, .. } => {
                let text = self.one_line(text);
                self.life.delay();
                let line = if text.is_empty() { "...".to_owned() } else { format!("...{text}...") };
                if fits(&line, &[Rule::delay]) {
                    self.line(&line);
                } else {
                    self.lose("the text of this delay", *span);
                    self.line("...");
                }
            }
            Item::Space(None, _) => self.line("|||"),
            Item::Space(Some(height), span) => match u32::try_from(*height) {
                Ok(height) => self.line(&format!("||{height}||")),
                Err(_) => {
                    self.lose("a negative distance", *span);
                    self.line("|||");
                }
            },
            Item::Lifecycle { participant, change, style, span } => {
                self.lifecycle(*participant, *change, style.as_deref(), *span, behind);
            }
            Item::Autonumber(numbers, span) => self.autonumber(numbers, *span),
            Item::TimeBound(bound) => self.time_bound(bound),
            Item::Style(text, span) => self.style(text, *span),
            Item::Directive(directive) => {
                let names = |id: ParticipantId| self.diagram.participant(id).id.clone();
                let known = |name: &str| self.diagram.find(name).is_some();
                let text = directives::print_directive(&directive.kind, names, known);
                self.line(&format!("'@ {text}"));
            }
            Item::Comment(text, _) => self.comment(text),
            Item::Blank => self.out.push('\n'),
        }
    }

    fn autonumber(&mut self, numbers: &Autonumber, at: Span) {
        let mut words: Vec<String> = Vec::new();
        let format_of = |printer: &mut Self, format: &Option<String>| {
            let format = format.as_ref()?;
            if number::refuse(format).is_some() || format.contains(['"', '“', '”']) {
                printer.lose("this format of numbers", at);
                return None;
            }
            Some(format!("\"{format}\""))
        };
        match numbers {
            Autonumber::Off => words.push("stop".to_owned()),
            Autonumber::On { start, step, format } => {
                words.extend(start.clone().or_else(|| step.as_ref().map(|_| "1".to_owned())));
                words.extend(step.clone());
                words.extend(format_of(self, format));
            }
            Autonumber::Resume { step, format } => {
                words.push("resume".to_owned());
                words.extend(step.clone());
                words.extend(format_of(self, format));
            }
            Autonumber::Increment(level) => words.extend(["inc".to_owned(), level.clone()]),
        }
        let line = format!("autonumber {}", words.join(" "));
        let line = line.trim_end();
        if fits(line, &[Rule::autonumber]) {
            self.line(line);
        } else {
            self.lose("this numbering", at);
            self.line("autonumber");
        }
    }

    fn lose(&mut self, what: &str, at: Span) {
        self.converted.lose(at, format!("{what} is not supported in PlantUML"), None);
    }

    /// A line of its own. One that ends in a backslash would go on in the next one; a blank behind it stops that.
    fn line(&mut self, text: &str) {
        if !text.is_empty() {
            for _ in 0..self.depth {
                self.out.push_str("  ");
            }
            let mut rest = text;
            while let Some((_, end)) = preprocessor::call(rest) {
                self.lose(
                    "a function of the preprocessor in a text (written with a space after its name)",
                    self.diagram.span,
                );
                self.out.push_str(&rest[..end]);
                self.out.push(' ');
                rest = &rest[end..];
            }
            self.out.push_str(rest);
            self.out.push_str(if text.ends_with('\\') { " " } else { "" });
            // What ends like a comment is one, but where a comment of its own stands behind it.
            self.out.push_str(if ends_like_a_comment(text) { " /''/" } else { "" });
        }
        self.out.push('\n');
    }
}

/// Whether a statement ends in what is taken for a comment in its line.
fn ends_like_a_comment(line: &str) -> bool {
    !line.starts_with(['\'', '/']) && line.trim_end().strip_suffix("'/").is_some_and(|line| line.contains("/'"))
}

/// Whether the reader takes a line for one of these.
fn fits(line: &str, rules: &[Rule]) -> bool {
    let parsed = PlantUml::parse(Rule::line, line).ok().and_then(|mut pairs| pairs.next());
    parsed.is_some_and(|pair| rules.contains(&pair.as_rule()) && super::colour::all_known(&pair))
}
