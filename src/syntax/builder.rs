use super::directives::{self, DIRECTIVE, Read, at_and_pattern};
use super::pending::Pending;
use super::{Input, Mention, Reading, SYNTAX, blocks::Open, checks, limits};
use crate::diagram::{
    Arrow, Create, Diagram, Directive, DirectiveKind, Frames, Item, Lifecycle, Participant, ParticipantId,
    ParticipantKind, Setting, change_every,
};
use crate::source::{Diagnostic, Severity, Span};
use rustc_hash::FxHashMap;

/// Takes the statements of one text in their order and makes a [`Diagram`] of them.
///
/// It never stops at a problem: problems are collected, and [`Builder::finish`] gives all of them beside the diagram.
#[derive(Debug)]
pub struct Builder {
    pub(super) diagram: Diagram,
    names: FxHashMap<String, ParticipantId>,
    /// How many statements speak of each participant, its declaration not counted.
    pub(super) mentions: Vec<u32>,
    places: Vec<Mention>,
    pub(super) stack: Vec<Open>,
    /// Statements of the innermost open block.
    pub(super) items: Vec<Item>,
    pub(super) pending: Pending,
    /// Blocks opened beyond the limit of nesting, and not yet closed.
    pub(super) too_deep: usize,
    /// The block that was closed last: its first line and its last one.
    pub(super) last_closed: Option<(Span, Span)>,
    pub(super) hit_nesting: bool,
    /// How much an alias weighs that looks as if it stood in the order of another dialect: where the dialect has both
    /// orders, its own tools take it.
    pub(super) swapped_aliases: Severity,
    arrows: usize,
    title: Option<Span>,
    problems: Vec<Diagnostic>,
    /// Problems beyond the limit.
    uncounted: usize,
    /// Whether some `ignore` or `consider` may name lifelines.
    frames: bool,
    hit_participants: bool,
    pub(super) names_first: bool,
}

/// What a statement says of a participant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Declaration {
    /// The name that arrows use.
    pub id: String,
    /// The name that is drawn, where it is another.
    pub label: Option<String>,
    /// The symbol.
    pub kind: ParticipantKind,
    /// Colour and the like, verbatim.
    pub style: Option<String>,
}

impl Builder {
    /// For this text.
    pub fn new(input: Input<'_>) -> Self {
        Self {
            diagram: Diagram { span: input.whole(), ..Diagram::default() },
            names: FxHashMap::default(),
            mentions: Vec::new(),
            places: Vec::new(),
            stack: Vec::new(),
            items: Vec::new(),
            pending: Pending::default(),
            too_deep: 0,
            last_closed: None,
            hit_nesting: false,
            swapped_aliases: Severity::Warning,
            arrows: 0,
            title: None,
            problems: Vec::new(),
            uncounted: 0,
            frames: false,
            hit_participants: false,
            names_first: false,
        }
    }

    /// Takes a problem in: an error lets [`Builder::finish`] fail.
    pub fn problem(&mut self, problem: Diagnostic) {
        if self.problems.len() < limits::PROBLEMS {
            self.problems.push(problem);
        } else if problem.severity == Severity::Error {
            self.uncounted += 1;
        }
    }

    /// Whether a problem was taken in that lets [`Builder::finish`] fail.
    pub fn has_errors(&self) -> bool {
        // Those that are only counted are errors too.
        self.uncounted > 0 || self.problems.iter().any(|problem| problem.severity == Severity::Error)
    }

    /// The participant of a name: one that is known, or a new one that is thereby implied.
    pub fn mention(&mut self, name: &str, at: Span) -> ParticipantId {
        let id = match self.names.get(name) {
            Some(&id) => id,
            None => self.add(Participant {
                id: name.to_owned(),
                label: None,
                kind: ParticipantKind::Participant,
                style: None,
                declared: false,
                span: at,
            }),
        };
        if let Some(count) = self.mentions.get_mut(id.0 as usize) {
            *count += 1;
        }
        self.places.push(Mention { who: id, at });
        id
    }

    /// The participant of a name, where it was declared or mentioned before.
    pub fn known(&self, name: &str) -> Option<ParticipantId> {
        self.names.get(name).copied()
    }

    /// The participant of an id that this builder gave.
    pub fn participant(&self, id: ParticipantId) -> &Participant {
        self.diagram.participant(id)
    }

    /// All participants so far, in the order of first appearance.
    pub fn participants(&self) -> &[Participant] {
        &self.diagram.participants
    }

    /// Sets the facts of a participant that is known, as if the last of several declarations counted.
    pub fn redeclare(&mut self, declaration: Declaration, at: Span) {
        let Declaration { id: name, label, kind, style } = declaration;
        if let Some(&id) = self.names.get(&name) {
            let label = label.filter(|label| *label != name);
            let facts = Participant { id: name, label, kind, style, declared: true, span: at };
            self.diagram.participants[id.0 as usize] = facts;
        }
    }

    /// The dialect writes the name that arrows use first, and the name that is drawn behind `as`.
    pub fn names_before_labels(&mut self) {
        self.names_first = true;
    }

    /// A statement that declares a participant: `participant X`.
    pub fn declare(&mut self, declaration: Declaration, at: Span) -> ParticipantId {
        let (id, first) = self.facts(declaration, at);
        if first {
            self.push(Item::Declare(id, at));
        }
        id
    }

    /// A statement that declares a participant which begins later: `create actor X as …`.
    pub fn create(&mut self, declaration: Declaration, at: Span) -> ParticipantId {
        let (id, first) = self.facts(declaration, at);
        let change = Lifecycle::Create(if first { Create::Declaring } else { Create::Plain });
        self.push(Item::Lifecycle { participant: id, change, style: None, span: at });
        id
    }

    /// Sets the facts of a participant; says whether this is the first declaration of it.
    fn facts(&mut self, declaration: Declaration, at: Span) -> (ParticipantId, bool) {
        let Declaration { id: name, label, kind, style } = declaration;
        let label = label.filter(|label| *label != name);
        let new = Participant { id: name, label, kind, style, declared: true, span: at };
        let Some(&id) = self.names.get(&new.id) else {
            return (self.add(new), true);
        };
        let known = &mut self.diagram.participants[id.0 as usize];
        if !known.declared {
            *known = new;
            return (id, true);
        }
        let name = &known.id;
        let same = known.label == new.label && known.kind == new.kind;
        let said = if same { "is declared twice" } else { "is declared twice, with differences" };
        let severity = if same { Diagnostic::warning } else { Diagnostic::error };
        let problem = severity(SYNTAX, format!("`{name}` {said}"))
            .at(at, "declared again here")
            .see(known.span, "first declared here")
            .with_help("remove one of the two lines");
        self.problem(problem);
        (id, false)
    }

    fn add(&mut self, participant: Participant) -> ParticipantId {
        if self.diagram.participants.len() >= limits::PARTICIPANTS {
            if !self.hit_participants {
                self.hit_participants = true;
                let help = "one lifeline can represent many: #@ clients Watcher = 50";
                self.problem(limits::exceeded("lifelines", "10,000", participant.span, help));
            }
            return ParticipantId(0);
        }
        let id = ParticipantId(u32::try_from(self.diagram.participants.len()).unwrap_or(u32::MAX));
        self.names.insert(participant.id.clone(), id);
        self.diagram.participants.push(participant);
        self.mentions.push(0);
        id
    }

    /// A statement of the body that is neither block nor directive.
    pub fn push(&mut self, item: Item) {
        if let Item::Arrow(arrow) = &item {
            self.pending.arrow();
            self.arrows += 1;
            let problem = limits::check_label(&arrow.label, arrow.label_span);
            let over = (self.arrows == limits::ARROWS + 1)
                .then(|| limits::exceeded("arrows", "100,000", arrow.span, "split the diagram into several files"));
            problem.into_iter().chain(over).for_each(|problem| self.problem(problem));
        }
        self.items.push(item);
    }

    /// An arrow; the same as [`Builder::push`].
    pub fn arrow(&mut self, arrow: Arrow) {
        self.push(Item::Arrow(arrow));
    }

    /// One or more blank lines; those before the first statement are nothing.
    pub fn blank(&mut self) {
        let first = self.items.is_empty() && self.stack.is_empty();
        let head = self.diagram.title.is_some() || !self.diagram.settings.is_empty();
        if self.items.last() != Some(&Item::Blank) && (!first || head) {
            self.items.push(Item::Blank);
        }
    }

    /// The title; the last one counts.
    pub fn title(&mut self, text: &str, at: Span) {
        if let Some(before) = self.title {
            let warning = Diagnostic::warning(SYNTAX, "the diagram has two titles; the last one is used");
            self.problem(warning.at(at, "this one is used").see(before, "this one is not used"));
        }
        self.label_limit(text, at);
        self.title = Some(at);
        self.diagram.title = Some(text.to_owned()).filter(|title| !title.is_empty());
    }

    /// Reports a text that is longer than a label may be.
    pub fn label_limit(&mut self, text: &str, at: Span) {
        if let Some(problem) = limits::check_label(text, at) {
            self.problem(problem);
        }
    }

    /// A comment: the text behind its leader.
    pub fn comment(&mut self, text: &str, at: Span) {
        self.push(Item::Comment(text.trim_end().to_owned(), at));
    }

    /// A directive: the text behind the `@`; `at` is the whole of it.
    pub fn directive(&mut self, text: &str, at: Span) {
        match directives::read(text, at) {
            Err(problem) => self.problem(problem),
            Ok(Read::Setting(setting)) => self.setting(setting),
            Ok(Read::Body(kind)) => {
                self.frames |= matches!(kind, DirectiveKind::Ignore(_) | DirectiveKind::Consider(_));
                self.pending.add(&kind, at);
                self.push(Item::Directive(Directive { kind, span: at }));
            }
        }
    }

    fn setting(&mut self, setting: Setting) {
        let early = match &setting {
            Setting::Binding(..)
            | Setting::Timeout(..)
            | Setting::Settle(..)
            | Setting::Seed(..)
            | Setting::Order(..) => true,
            Setting::Simulate(..)
            | Setting::Test(..)
            | Setting::Server(..)
            | Setting::Silent(..)
            | Setting::Var { .. }
            | Setting::Expect { .. }
            | Setting::Needs(..)
            | Setting::Tags(..)
            | Setting::Skip(..)
            | Setting::Clients(_)
            | Setting::Breaks(..) => false,
        };
        if early && (self.arrows > 0 || !self.stack.is_empty()) {
            let text = directives::print_setting(&setting);
            self.problem(
                Diagnostic::error(DIRECTIVE, "this setting applies to the whole file, but it is after the first arrow")
                    .at(setting.span(), "after this arrow it cannot change")
                    .with_help(format!("write it above the first arrow: #@ {text}")),
            );
        }
        self.diagram.settings.push(setting);
    }

    /// The diagram as far as it was read, and every problem in the order of the text.
    pub fn finish(mut self) -> Reading {
        self.close_all();
        if self.items.last() == Some(&Item::Blank) {
            self.items.pop();
        }
        self.diagram.body = std::mem::take(&mut self.items);
        if self.frames {
            let names = &self.names;
            resolve_frames(&mut self.diagram.body, &|name| names.get(name).copied());
        }
        for problem in checks::all(&self) {
            self.problem(problem);
        }
        let mut problems = self.problems;
        problems.sort_by_key(|problem| problem.primary().map_or(0, |span| span.start));
        if self.uncounted > 0 {
            let more = format!("and {} more problems; the first {} are shown", self.uncounted, limits::PROBLEMS);
            problems.push(Diagnostic::error(limits::LIMIT, more));
        }
        Reading { diagram: self.diagram, mentions: self.places, problems }
    }
}

/// `ignore A, B: pattern`: who is meant, now that all lifelines are known.
fn resolve_frames(items: &mut [Item], find: &dyn Fn(&str) -> Option<ParticipantId>) {
    change_every(items, &mut |item| {
        if let Item::Directive(Directive {
            kind: DirectiveKind::Ignore(frames) | DirectiveKind::Consider(frames), ..
        }) = item
            && let Some((names, pattern)) = at_and_pattern(&frames.pattern, |name| find(name).is_some())
        {
            let at = names.iter().filter_map(|name| find(name)).collect();
            *frames = Frames { at, pattern: pattern.to_owned() };
        }
    });
}
