//! `ref over A, B: name`: the named diagram in place of the reference, participants matched by name.

use super::budget::{self, EXPANDED};
use crate::diagram::{
    Arrow, Diagram, DirectiveKind, End, Fragment, FragmentKind, Item, NotePlace, Operand, Participant,
    ParticipantGroup, ParticipantId, Ref, every,
};
use crate::source::Diagnostic;
use std::collections::BTreeMap;
use std::sync::Arc;

/// References in one another, at most: all that goes through a diagram goes as deep as they do.
const REFERENCES: usize = 16;

/// References in one another that are counted, at most.
const WEIGHED: usize = 256;

/// Finds the diagram that a reference names.
pub trait Library {
    /// The diagram of this name: a file beside the referring one, or a titled block of the same Markdown file.
    fn diagram(&self, name: &str) -> Option<Arc<Diagram>>;
}

/// A library without diagrams: every reference is an error.
#[derive(Clone, Copy, Debug)]
pub struct NoLibrary;

impl Library for NoLibrary {
    fn diagram(&self, _: &str) -> Option<Arc<Diagram>> {
        None
    }
}

/// The diagram with every reference replaced by a frame around the arrows of the diagram it names.
///
/// # Errors
/// It would be more than a diagram may be, and nothing is made.
pub(super) fn references(
    diagram: &Diagram,
    library: &dyn Library,
    problems: &mut Vec<Diagnostic>,
) -> Result<Diagram, Vec<Diagnostic>> {
    let mut weights = Weights { library, known: BTreeMap::new(), open: Vec::new() };
    let (weight, multiplying) = weights.of_items(&diagram.body);
    if weight > EXPANDED {
        let problem = budget::exceeded(weight, "with its references");
        return Err(vec![match multiplying {
            Some((reference, weight)) => problem.at(reference.span, format!("this reference inserts {weight} lines")),
            None => problem,
        }]);
    }
    let mut inliner = Inliner { library, participants: diagram.participants.clone(), open: Vec::new(), problems };
    let same = (0..diagram.participants.len() as u32).map(ParticipantId).collect::<Vec<_>>();
    let body = inliner.block(&diagram.body, &same);
    let participants = inliner.participants;
    Ok(Diagram { participants, body, ..diagram.clone() })
}

/// The names of the diagrams that a body refers to, at any depth, in the order of the text.
pub fn referred(items: &[Item]) -> impl Iterator<Item = &str> {
    every(items).filter_map(|item| if let Item::Ref(reference) = item { Some(name_of(reference)) } else { None })
}

/// The first line of a reference; the rest is prose.
fn name_of(reference: &Ref) -> &str {
    reference.text.lines().next().unwrap_or("").trim()
}

/// Whether a body holds a reference; most do not, and need no copy.
pub(super) fn refers(items: &[Item]) -> bool {
    referred(items).next().is_some()
}

/// How many statements there would be, without making them.
struct Weights<'a> {
    library: &'a dyn Library,
    known: BTreeMap<String, u64>,
    /// Names of the references around the one at hand.
    open: Vec<String>,
}

impl Weights<'_> {
    /// The statements of a body, and the reference in it that stands for the most of them.
    fn of_items<'d>(&mut self, items: &'d [Item]) -> (u64, Option<(&'d Ref, u64)>) {
        let mut sum: u64 = 0;
        let mut most: Option<(&Ref, u64)> = None;
        for item in every(items) {
            let weight = if let Item::Ref(reference) = item { self.of_name(name_of(reference)) } else { 1 };
            if let Item::Ref(reference) = item
                && most.is_none_or(|(_, known)| known < weight)
            {
                most = Some((reference, weight));
            }
            sum = sum.saturating_add(weight);
        }
        (sum, most)
    }

    fn of_name(&mut self, name: &str) -> u64 {
        if let Some(known) = self.known.get(name) {
            return *known;
        }
        // One that refers to itself, or to nothing, is told later.
        if self.open.iter().any(|open| open == name) || self.open.len() > WEIGHED {
            return 1;
        }
        let Some(diagram) = self.library.diagram(name) else { return 1 };
        self.open.push(name.to_owned());
        let (weight, _) = self.of_items(&diagram.body);
        self.open.pop();
        let weight = weight.saturating_add(1);
        self.known.insert(name.to_owned(), weight);
        weight
    }
}

struct Inliner<'a> {
    library: &'a dyn Library,
    participants: Vec<Participant>,
    /// Names of the references around the one at hand.
    open: Vec<String>,
    problems: &'a mut Vec<Diagnostic>,
}

impl Inliner<'_> {
    fn block(&mut self, items: &[Item], map: &[ParticipantId]) -> Vec<Item> {
        items.iter().map(|item| self.item(item, map)).collect()
    }

    fn item(&mut self, item: &Item, map: &[ParticipantId]) -> Item {
        let to = |id: ParticipantId| map[id.0 as usize];
        match item {
            Item::Ref(reference) => self.reference(reference),
            Item::Arrow(arrow) => {
                Item::Arrow(Arrow { from: end(&arrow.from, map), to: end(&arrow.to, map), ..arrow.clone() })
            }
            Item::Fragment(fragment) => Item::Fragment(Fragment {
                operands: fragment
                    .operands
                    .iter()
                    .map(|operand| Operand { body: self.block(&operand.body, map), ..operand.clone() })
                    .collect(),
                ..fragment.clone()
            }),
            Item::Group(group) => Item::Group(ParticipantGroup { body: self.block(&group.body, map), ..group.clone() }),
            Item::Note(note) => {
                let mut note = note.clone();
                match &mut note.place {
                    NotePlace::LeftOf(id) | NotePlace::RightOf(id) => *id = to(*id),
                    NotePlace::Over(ids) => ids.iter_mut().for_each(|id| *id = to(*id)),
                    NotePlace::Across | NotePlace::LeftOfArrow | NotePlace::RightOfArrow => {}
                }
                Item::Note(note)
            }
            Item::Declare(id, span) => Item::Declare(to(*id), *span),
            Item::Lifecycle { participant, change, style, span } => {
                Item::Lifecycle { participant: to(*participant), change: *change, style: style.clone(), span: *span }
            }
            Item::Directive(directive) => {
                let mut directive = directive.clone();
                if let DirectiveKind::Ignore(frames) | DirectiveKind::Consider(frames) = &mut directive.kind {
                    frames.at.iter_mut().for_each(|id| *id = to(*id));
                }
                Item::Directive(directive)
            }
            Item::Divider { .. }
            | Item::Delay { .. }
            | Item::Space(..)
            | Item::Autonumber(..)
            | Item::TimeBound(_)
            | Item::Style(..)
            | Item::Comment(..)
            | Item::Blank => item.clone(),
        }
    }

    fn reference(&mut self, reference: &Ref) -> Item {
        let name = name_of(reference);
        let body = self.named(reference, name).unwrap_or_default();
        Item::Fragment(Fragment {
            kind: FragmentKind::Seq,
            operands: vec![Operand { guard: name.to_owned(), body, style: None, span: reference.span }],
            style: None,
            span: reference.span,
        })
    }

    fn named(&mut self, reference: &Ref, name: &str) -> Option<Vec<Item>> {
        if self.open.iter().any(|open| open == name) {
            let round = self.open.join(" → ");
            self.problems.push(
                Diagnostic::error("ref", format!("the diagram {name} refers to itself"))
                    .at(reference.span, format!("{round} → {name}"))
                    .with_help("a diagram must not refer to itself, directly or through others; use loop to repeat"),
            );
            return None;
        }
        if self.open.len() >= REFERENCES {
            self.problems.push(
                Diagnostic::error("limit", format!("more than {REFERENCES} nested references"))
                    .at(reference.span, "the last one")
                    .with_help("write its content into the diagram that refers to it"),
            );
            return None;
        }
        let Some(diagram) = self.library.diagram(name) else {
            self.problems.push(
                Diagnostic::error("ref", format!("there is no diagram named {name}"))
                    .at(reference.span, "this reference cannot be played")
                    .with_help(format!(
                        "add a file {name}.seq in the folder of this file, or a block with the title {name} on the \
                         same page"
                    )),
            );
            return None;
        };
        let map: Vec<ParticipantId> = diagram.participants.iter().map(|other| self.participant(other)).collect();
        self.open.push(name.to_owned());
        let body = self.block(&diagram.body, &map);
        self.open.pop();
        Some(body)
    }

    fn participant(&mut self, other: &Participant) -> ParticipantId {
        if let Some(index) = self.participants.iter().position(|known| known.id == other.id) {
            return ParticipantId(index as u32);
        }
        self.participants.push(other.clone());
        ParticipantId(self.participants.len() as u32 - 1)
    }
}

fn end(end: &End, map: &[ParticipantId]) -> End {
    let to = |id: &ParticipantId| map[id.0 as usize];
    match end {
        End::Participant(id) => End::Participant(to(id)),
        End::Outside(side) => End::Outside(*side),
        End::Everyone { except } => End::Everyone { except: except.iter().map(to).collect() },
        End::Several(ids) => End::Several(ids.iter().map(to).collect()),
    }
}
