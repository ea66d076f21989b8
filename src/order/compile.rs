//! Diagram → [`Order`]: lifelines unfolded, arrows to many split, directives and delays attached.

use super::budget::{self, EXPANDED};
use super::cast::{self, Cast, Casting};
use super::implied;
use super::inline::{self, Library};
use super::model::{
    Arrow, ArrowId, Bound, Fragment, FragmentId, Kind, Lifeline, LifelineId, Node, Operand, Order, Point,
};
use super::operands;
use super::scope::{Pending, Scope};
use super::{Vocabulary, Word};
use crate::diagram::{
    self, Diagram, Directive, DirectiveKind, FragmentKind, Frames, Item, ParticipantId, Setting, Turns,
};
use crate::source::{Diagnostic, Sources, Span};
use rustc_hash::FxHashSet;
use std::collections::BTreeMap;
use std::sync::Arc;

/// At most so many `break` and scope directives may follow one another in one block: each nests the rest of it.
const REST_DEPTH: usize = 200;
/// At most so many lifelines.
const LIFELINES: usize = 100_000;

/// What a compilation needs beside the diagram.
pub struct Setup<'a> {
    /// Texts, for line numbers.
    pub sources: &'a Sources,
    /// What labels are.
    pub words: &'a dyn Vocabulary,
    /// Who plays whom.
    pub casting: &'a Casting,
    /// Values of `${name}`; those of the diagram's own `var` directives come after these.
    pub vars: &'a BTreeMap<String, String>,
    /// Where references are looked up.
    pub library: &'a dyn Library,
}

/// Compiles a diagram, or says everything that stands against a run.
///
/// # Errors
/// Roles that cannot be told, names and variables that nobody declared, references that lead nowhere, directives that
/// fit nothing, constructs that can be drawn but not run; each with its place and the way out.
pub fn compile(diagram: &Diagram, setup: &Setup<'_>) -> Result<Order, Vec<Diagnostic>> {
    let mut problems = Vec::new();
    let inlined;
    let diagram = if inline::refers(&diagram.body) {
        inlined = inline::references(diagram, setup.library, &mut problems)?;
        &inlined
    } else {
        diagram
    };
    let cast = cast::cast(diagram, setup.casting, setup.words, &mut problems);
    let connected = implied::connects(diagram, &cast, setup.words);
    let diagram = connected.as_ref().unwrap_or(diagram);
    let mut compiler = Compiler::new(diagram, setup, problems);
    compiler.lifelines(&cast);
    let mut pending = Pending::default();
    let root = compiler.block(&diagram.body, Scope::default(), &mut pending);
    compiler.order.root = root;
    compiler.order.tail = pending.delay;
    compiler.leftovers(&pending, diagram.span);
    compiler.resolve_depends();
    compiler.resolve_bounds();
    if compiler.order.arrows.is_empty() && compiler.problems.is_empty() {
        compiler.problems.push(
            Diagnostic::error("empty", "this diagram has no arrow, so there is nothing to run")
                .at(diagram.span, "")
                .with_help("write one, such as: Alice->Server: WS connect"),
        );
    }
    super::chooser::settle(&mut compiler.order);
    compiler.problems.extend(budget::turns(&compiler.order));
    if compiler.problems.is_empty() {
        Ok(compiler.order)
    } else {
        compiler.problems.sort_by_key(|problem| problem.primary());
        Err(compiler.problems)
    }
}

pub(super) struct Compiler<'a> {
    pub(super) diagram: &'a Diagram,
    pub(super) setup: &'a Setup<'a>,
    vars: BTreeMap<&'a str, &'a str>,
    pub(super) order: Order,
    pub(super) problems: Vec<Diagnostic>,
    /// The lifelines of each participant.
    pub(super) unfolded: Vec<Vec<LifelineId>>,
    /// Which lifelines are connected at this point of the text.
    pub(super) connected: Vec<bool>,
    /// The participants that dial, once somebody has asked.
    pub(super) dialling: Option<FxHashSet<ParticipantId>>,
    number: u32,
    depends: Vec<(ArrowId, diagram::ArrowRef, Span)>,
    bounds: Vec<diagram::TimeBound>,
    anchors: BTreeMap<String, ArrowId>,
    rest: usize,
    /// There are more arrows than a diagram may have, and that is told.
    full: bool,
}

impl<'a> Compiler<'a> {
    fn new(diagram: &'a Diagram, setup: &'a Setup<'a>, problems: Vec<Diagnostic>) -> Self {
        let mut vars: BTreeMap<&str, &str> = BTreeMap::new();
        for setting in &diagram.settings {
            if let Setting::Var { name, value, .. } = setting {
                vars.insert(name, value);
            }
        }
        vars.extend(setup.vars.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        Compiler {
            diagram,
            setup,
            vars,
            order: Order::default(),
            problems,
            unfolded: Vec::new(),
            connected: Vec::new(),
            dialling: None,
            number: 0,
            depends: Vec::new(),
            bounds: Vec::new(),
            anchors: BTreeMap::new(),
            rest: 0,
            full: false,
        }
    }

    fn lifelines(&mut self, cast: &Cast) {
        let diagram = self.diagram;
        let clients: Vec<&diagram::Clients> = diagram
            .settings
            .iter()
            .filter_map(|setting| if let Setting::Clients(clients) = setting { Some(clients) } else { None })
            .collect();
        for clients in &clients {
            if diagram.find(&clients.name).is_none() {
                self.problems.push(
                    Diagnostic::error("clients", format!("there is no participant named {}", clients.name))
                        .at(clients.span, "this directive unfolds it")
                        .with_help(format!("declare it: participant {}", clients.name)),
                );
            }
        }
        // `Watcher7` in an arrow is the seventh of the unfolded ones, not a participant of its own.
        let stands_for = |id: &str| {
            clients.iter().find_map(|clients| {
                let number: u32 = id.strip_prefix(clients.name.as_str())?.parse().ok()?;
                (1..=clients.count).contains(&number).then_some((clients.name.as_str(), number))
            })
        };
        self.unfolded = vec![Vec::new(); diagram.participants.len()];
        for (index, participant) in diagram.participants.iter().enumerate() {
            let shared = cast.shares[index].is_some_and(|first| first.0 as usize != index);
            if shared || stands_for(&participant.id).is_some() {
                continue;
            }
            let count =
                clients.iter().rev().find(|clients| clients.name == participant.id).map(|clients| clients.count);
            for turn in 1..=count.unwrap_or(1) {
                let suffix = count.map_or(String::new(), |_| turn.to_string());
                if self.order.lifelines.len() >= LIFELINES {
                    self.problems.push(
                        Diagnostic::error("limit", format!("more than {LIFELINES} lifelines"))
                            .at(participant.span, "unfolded here")
                            .with_help("lower the number in #@ clients"),
                    );
                    return;
                }
                self.unfolded[index].push(LifelineId(self.order.lifelines.len() as u32));
                self.order.lifelines.push(Lifeline {
                    name: format!("{}{suffix}", participant.id).into(),
                    label: format!("{}{suffix}", participant.drawn()).into(),
                    participant: ParticipantId(index as u32),
                    role: cast.roles[index],
                });
            }
        }
        for (index, participant) in diagram.participants.iter().enumerate() {
            if let Some(first) = cast.shares[index] {
                self.unfolded[index] = self.unfolded[first.0 as usize].clone();
            }
            if let Some((name, number)) = stands_for(&participant.id) {
                let all = diagram.find(name).map(|id| self.unfolded[id.0 as usize].clone()).unwrap_or_default();
                self.unfolded[index] = all.get(number as usize - 1).copied().into_iter().collect();
            }
        }
        self.connected = vec![false; self.order.lifelines.len()];
    }

    /// One block. `break` and scope directives swallow the rest of it, so they recurse; everything else is a loop.
    pub(super) fn block(&mut self, items: &[Item], scope: Scope, pending: &mut Pending) -> Vec<Node> {
        let mut nodes = Vec::new();
        let mut done = 0;
        for (at, item) in items.iter().enumerate() {
            if at < done {
                continue;
            }
            match item {
                Item::Arrow(arrow) => {
                    done = at + 1 + level_with(&items[at + 1..]);
                    if done == at + 1 {
                        self.arrow(arrow, scope, pending, &mut nodes);
                    } else {
                        nodes.push(self.par("&", arrow.span, &items[at..done], scope, pending));
                    }
                }
                Item::Fragment(fragment) if fragment.kind == FragmentKind::Break => {
                    let rest = &items[at + 1..];
                    nodes.extend(self.rest(fragment.span, |this| this.break_(fragment, rest, scope, pending)));
                    return nodes;
                }
                Item::Fragment(fragment) => nodes.extend(self.fragment(fragment, scope, pending)),
                Item::Directive(directive) => match &directive.kind {
                    DirectiveKind::Ignore(_) | DirectiveKind::Consider(_) => {
                        let rest = &items[at..];
                        nodes.extend(self.rest(directive.span, |this| this.region(rest, scope, pending)));
                        return nodes;
                    }
                    DirectiveKind::Unordered if !next_is_fragment(&items[at + 1..]) => {
                        let group = &items[at + 1..];
                        let end = group_end(group);
                        if !group[..end].iter().any(|item| matches!(item, Item::Arrow(_))) {
                            self.stray(directive, "arrow");
                        }
                        nodes.push(self.par("unordered", directive.span, &group[..end], scope, pending));
                        nodes.extend(self.rest(directive.span, |this| this.block(&group[end..], scope, pending)));
                        return nodes;
                    }
                    DirectiveKind::Within(_)
                    | DirectiveKind::After(_)
                    | DirectiveKind::Between(..)
                    | DirectiveKind::Never
                    | DirectiveKind::Unordered
                    | DirectiveKind::Depends(_)
                    | DirectiveKind::KnownFailure(_)
                    | DirectiveKind::Quote { .. }
                    | DirectiveKind::Raw
                    | DirectiveKind::Allow { .. } => pending.directives.push(directive.clone()),
                },
                Item::Delay { duration: Some(duration), .. } => pending.delay += *duration,
                Item::Group(group) => nodes.extend(self.block(&group.body, scope, pending)),
                Item::TimeBound(bound) => self.bounds.push(bound.clone()),
                // Replaced by `inline` where there are any.
                Item::Ref(_)
                | Item::Delay { duration: None, .. }
                | Item::Declare(..)
                | Item::Note(_)
                | Item::Divider { .. }
                | Item::Space(..)
                | Item::Lifecycle { .. }
                | Item::Autonumber(..)
                | Item::Style(..)
                | Item::Comment(..)
                | Item::Blank => {}
            }
        }
        nodes
    }

    fn rest(&mut self, span: Span, then: impl FnOnce(&mut Self) -> Vec<Node>) -> Vec<Node> {
        if self.rest >= REST_DEPTH {
            self.problems.push(
                Diagnostic::error("limit", format!("more than {REST_DEPTH} breaks or scope directives in one block"))
                    .at(span, "each of them nests the rest of its block")
                    .with_help("put the ignore lines side by side at the top, or split the diagram"),
            );
            return Vec::new();
        }
        self.rest += 1;
        let nodes = then(self);
        self.rest -= 1;
        nodes
    }

    fn region(&mut self, items: &[Item], scope: Scope, pending: &mut Pending) -> Vec<Node> {
        let mut frames = Vec::new();
        let mut consider = None;
        let mut taken = 0;
        let mut span = Span::default();
        for item in items {
            let next = match item {
                Item::Directive(Directive { kind: DirectiveKind::Ignore(next), span }) => (false, next, *span),
                Item::Directive(Directive { kind: DirectiveKind::Consider(next), span }) => (true, next, *span),
                Item::Comment(..) | Item::Blank => {
                    taken += 1;
                    continue;
                }
                _ => break,
            };
            if consider.is_some_and(|consider| consider != next.0) {
                break;
            }
            consider = Some(next.0);
            frames.push(next.1.clone());
            span = next.2;
            taken += 1;
        }
        let keyword = if consider == Some(true) { "consider" } else { "ignore" };
        let kind = Kind::Region { consider: consider == Some(true), frames };
        let id = self.open(kind, keyword, span, scope);
        let body = self.block(&items[taken..], scope.into(id, 0), pending);
        self.close(id, vec![self.operand("", span, body)])
    }

    fn break_(
        &mut self,
        fragment: &diagram::Fragment,
        rest: &[Item],
        scope: Scope,
        pending: &mut Pending,
    ) -> Vec<Node> {
        self.problems.extend(operands::refuse(fragment));
        let allowed = self.own_directives(pending, fragment.span).0;
        let id = self.open(Kind::Choice(super::Chooser::Nobody), "break", fragment.span, scope);
        self.order.fragments[id.0 as usize].leaves = scope.innermost_loop;
        self.order.fragments[id.0 as usize].allowed = allowed;
        let first = fragment.operands.first();
        let mut inside = pending.clone();
        let taken = self.block(first.map_or(&[][..], |operand| &operand.body), scope.into(id, 0), &mut inside);
        let other = self.block(rest, scope.into(id, 1), pending);
        let guard = first.map_or("", |operand| operand.guard.as_str());
        let operands = vec![self.operand(guard, fragment.span, taken), self.operand("", Span::default(), other)];
        self.close(id, operands)
    }

    fn fragment(&mut self, fragment: &diagram::Fragment, scope: Scope, pending: &mut Pending) -> Vec<Node> {
        self.problems.extend(operands::refuse(fragment));
        let (allowed, never, unordered) = self.own_directives(pending, fragment.span);
        let keyword = fragment.kind.keyword();
        let span = fragment.span;
        if unordered {
            let body: Vec<Item> = fragment.operands.iter().flat_map(|operand| operand.body.iter().cloned()).collect();
            return vec![self.par("unordered", span, &body, scope, pending)];
        }
        let kind = match &fragment.kind {
            FragmentKind::Alt | FragmentKind::Opt => Kind::Choice(super::Chooser::Nobody),
            FragmentKind::Loop(turns) => {
                let (min, max) = match turns {
                    Turns::Between { min, max } => (*min, *max),
                    // Settled once it is known who begins a turn.
                    Turns::Free => (0, None),
                };
                Kind::Loop { min, max, chooser: super::Chooser::Nobody, free: *turns == Turns::Free }
            }
            FragmentKind::Par => Kind::Par,
            FragmentKind::Parallel => {
                let body = fragment.operands.first().map_or(&[][..], |operand| &operand.body);
                return vec![self.par("parallel", span, body, scope, pending)];
            }
            FragmentKind::Strict => Kind::Strict,
            FragmentKind::Critical => Kind::Critical,
            // Becomes nested `opt`s below.
            FragmentKind::Neg => Kind::Frame,
            FragmentKind::Ignore(patterns) => region(false, patterns),
            FragmentKind::Consider(patterns) => region(true, patterns),
            FragmentKind::Seq | FragmentKind::Assert | FragmentKind::Group | FragmentKind::Rect => Kind::Frame,
            // Handled by `block`, which sees the rest.
            FragmentKind::Break => Kind::Frame,
            FragmentKind::TryRecover => {
                self.problems.push(
                    Diagnostic::error("try", "critical … option means try and recover, which cannot be judged")
                        .at(span, "this can be drawn, not run")
                        .with_help("write alt … else for the outcomes, or break for the one that ends the rest"),
                );
                Kind::Frame
            }
        };
        if never || fragment.kind == FragmentKind::Neg {
            return self.never(fragment, scope, pending);
        }
        let id = self.open(kind.clone(), keyword, span, scope);
        self.order.fragments[id.0 as usize].allowed = allowed;
        let inner = if matches!(kind, Kind::Loop { .. }) { scope.into_loop(id) } else { scope };
        // A delay above a fragment is a delay above whatever comes first in it.
        let above = std::mem::take(&mut pending.delay);
        let connected = self.connected.clone();
        let mut after = connected.clone();
        let mut operands = Vec::with_capacity(fragment.operands.len());
        for (index, operand) in fragment.operands.iter().enumerate() {
            if !matches!(kind, Kind::Par) {
                self.connected.clone_from(&connected);
            }
            let mut inside = Pending { delay: above, ..Pending::default() };
            let body = self.block(&operand.body, inner.into(id, index as u32), &mut inside);
            self.leftovers(&inside, operand.span);
            after.iter_mut().zip(&self.connected).for_each(|(all, now)| *all |= now);
            operands.push(self.operand(&operand.guard, operand.span, body));
            if body_is_last(fragment, index) {
                pending.delay =
                    if operands.iter().all(|operand| operand.body.is_empty()) { above } else { inside.delay };
            }
        }
        if matches!(kind, Kind::Choice(_)) {
            self.connected = after;
        }
        if fragment.kind == FragmentKind::Opt {
            operands.truncate(1);
            operands.push(self.operand("", Span::default(), Vec::new()));
        }
        self.close(id, operands)
    }

    /// A block that must not complete: `neg { a b c }` is `opt { a opt { b never c } }`, so that a part of it may happen
    /// and the whole may not.
    fn never(&mut self, fragment: &diagram::Fragment, scope: Scope, pending: &mut Pending) -> Vec<Node> {
        let items: Vec<&Item> = fragment.operands.iter().flat_map(|operand| &operand.body).collect();
        let arrows: Vec<&diagram::Arrow> =
            items.iter().filter_map(|item| if let Item::Arrow(arrow) = item { Some(arrow) } else { None }).collect();
        if arrows.is_empty() || arrows.len() > REST_DEPTH || items.iter().any(|item| matches!(item, Item::Fragment(_)))
        {
            self.problems.push(
                Diagnostic::error("never", "what must never happen has to be a plain sequence of arrows")
                    .at(fragment.span, "this block holds other fragments, or nothing, or too much")
                    .with_help("draw the arrows that must not all come, one after the other"),
            );
            return Vec::new();
        }
        let (last, first) = arrows.split_last().map_or((None, &[][..]), |(last, first)| (Some(*last), first));
        let mut body: Vec<Item> = Vec::new();
        if let Some(last) = last {
            body.push(Item::Directive(Directive { kind: DirectiveKind::Never, span: fragment.span }));
            body.push(Item::Arrow(last.clone()));
        }
        for arrow in first.iter().rev() {
            body.insert(0, Item::Arrow((*arrow).clone()));
            body = vec![Item::Fragment(diagram::Fragment {
                kind: FragmentKind::Opt,
                operands: vec![diagram::Operand { guard: String::new(), body, style: None, span: fragment.span }],
                style: None,
                span: fragment.span,
            })];
        }
        let id = self.open(Kind::Frame, fragment.kind.keyword(), fragment.span, scope);
        let body = self.block(&body, scope.into(id, 0), pending);
        self.close(id, vec![self.operand("", fragment.span, body)])
    }

    /// A `par` in which every arrow (and every nested fragment) is an operand of its own.
    fn par(&mut self, keyword: &'static str, span: Span, items: &[Item], scope: Scope, pending: &mut Pending) -> Node {
        let id = self.open(Kind::Par, keyword, span, scope);
        let mut operands = Vec::new();
        let above = std::mem::take(&mut pending.delay);
        let mut inside = Pending { delay: above, directives: std::mem::take(&mut pending.directives) };
        let mut start = 0;
        for (at, item) in items.iter().enumerate() {
            if matches!(item, Item::Arrow(_) | Item::Fragment(_)) {
                let index = operands.len() as u32;
                let body = self.block(&items[start..=at], scope.into(id, index), &mut inside);
                operands.push(self.operand("", span, body));
                inside.delay = above;
                start = at + 1;
            }
        }
        self.leftovers(&inside, span);
        self.close(id, operands)[0]
    }

    fn arrow(&mut self, arrow: &diagram::Arrow, scope: Scope, pending: &mut Pending, nodes: &mut Vec<Node>) {
        let mut above = Pending::default();
        // What stands above it in the text is about the message whose connect is implied here.
        let pending = if arrow.drawn.implied { &mut above } else { pending };
        self.number += u32::from(!arrow.drawn.implied);
        let directives = std::mem::take(&mut pending.directives);
        let delay = std::mem::take(&mut pending.delay);
        let label = self.label(arrow);
        let mut traits = self.traits(&directives, arrow);
        traits.delay = (!delay.is_zero()).then_some(delay);
        traits.lost = arrow.drawn.lost;
        let word = self.setup.words.word(&label);
        let from = self.ends((&arrow.from, &arrow.to), arrow.span, word);
        let to = self.receivers(arrow, &label, &from, word);
        if from.len() > 1 && to.len() > 1 {
            self.problems.push(
                Diagnostic::error("arrow", "this arrow has many senders and many receivers")
                    .at(arrow.span, format!("{} × {} messages", from.len(), to.len()))
                    .with_help("name one end: with #@ clients Watcher = 3, Watcher1 is one of them"),
            );
            return;
        }
        let wanted = self.order.arrows.len() + from.len() * to.len() * if arrow.drawn.both { 2 } else { 1 };
        if u64::try_from(wanted).is_ok_and(|wanted| wanted > EXPANDED) {
            if !std::mem::replace(&mut self.full, true) {
                let problem = budget::exceeded(wanted as u64, "with its clients");
                self.problems.push(problem.at(arrow.span, format!("this line is {} arrows", from.len() * to.len())));
            }
            return;
        }
        let line = self.setup.sources.position(arrow.span).line;
        let many = from.len() * to.len() != 1;
        let inner = many.then(|| self.open(Kind::Par, "*", arrow.span, scope));
        let mut operands = Vec::new();
        let mut ids = Vec::new();
        for (sender, receiver) in from.iter().flat_map(|from| to.iter().map(move |to| (*from, *to))) {
            let directions: &[(Point, Point)] =
                if arrow.drawn.both { &[(sender, receiver), (receiver, sender)] } else { &[(sender, receiver)] };
            let mut body = Vec::new();
            for &(from, to) in directions {
                let id = ArrowId(self.order.arrows.len() as u32);
                let inside = match inner {
                    Some(fragment) => Some((fragment, operands.len() as u32)),
                    None => scope.inside,
                };
                self.order.arrows.push(Arrow {
                    from,
                    to,
                    label: label.clone(),
                    number: self.number + u32::from(arrow.drawn.implied),
                    line,
                    span: arrow.span,
                    inside,
                    traits: traits.clone(),
                });
                ids.push(id);
                body.push(Node::Arrow(id));
                self.note_connection(word, from, to);
                if let (Word::Connect | Word::Request, Some(from), Some(to)) = (word, from.lifeline(), to.lifeline())
                    && from != to
                {
                    self.order.dials.insert((from, to));
                }
            }
            match inner {
                Some(_) => operands.push(self.operand("", arrow.span, body)),
                None => nodes.extend(body),
            }
        }
        if let Some(id) = inner {
            nodes.extend(self.close(id, operands));
        }
        for directive in &directives {
            if let DirectiveKind::Depends(on) = &directive.kind {
                self.depends.extend(ids.iter().map(|id| (*id, on.clone(), directive.span)));
            }
        }
        if let (Some(first), Some(last)) = (ids.first(), ids.last()) {
            let (sending, receiving) = &arrow.drawn.anchors;
            self.anchors.extend(sending.iter().map(|name| (name.clone(), *first)));
            self.anchors.extend(receiving.iter().map(|name| (name.clone(), *last)));
        }
    }

    fn note_connection(&mut self, word: Word, from: Point, to: Point) {
        match word {
            Word::Connect => from.lifeline().into_iter().for_each(|id| self.connected[id.0 as usize] = true),
            Word::End => {
                for id in [from, to].into_iter().filter_map(Point::lifeline) {
                    self.connected[id.0 as usize] = false;
                }
            }
            Word::Status | Word::Request | Word::Local | Word::Message => {}
        }
    }

    fn label(&mut self, arrow: &diagram::Arrow) -> Arc<str> {
        if !arrow.label.contains("${") {
            return arrow.label.as_str().into();
        }
        let mut out = String::with_capacity(arrow.label.len());
        let mut rest = arrow.label.as_str();
        while let Some((before, after)) = rest.split_once("${") {
            out.push_str(before);
            let Some((name, tail)) = after.split_once('}') else {
                out.push_str("${");
                rest = after;
                continue;
            };
            match self.vars.get(name.trim()) {
                Some(value) => out.push_str(value),
                None => self.problems.push(
                    Diagnostic::error("var", format!("no value for ${{{name}}}"))
                        .at(arrow.label_span, "used in this label")
                        .with_help(format!("give one: #@ var {name} = …, or --var {name}=…")),
                ),
            }
            rest = tail;
        }
        out.push_str(rest);
        out.into()
    }

    pub(super) fn open(&mut self, kind: Kind, keyword: &'static str, span: Span, scope: Scope) -> FragmentId {
        let id = FragmentId(self.order.fragments.len() as u32);
        let line = self.setup.sources.position(span).line;
        self.order.fragments.push(Fragment {
            kind,
            keyword,
            line,
            span,
            inside: scope.inside,
            operands: Vec::new(),
            leaves: None,
            allowed: Vec::new(),
        });
        id
    }

    fn close(&mut self, id: FragmentId, operands: Vec<Operand>) -> Vec<Node> {
        self.order.fragments[id.0 as usize].operands = operands;
        vec![Node::Fragment(id)]
    }

    fn operand(&self, guard: &str, span: Span, body: Vec<Node>) -> Operand {
        let line = if span == Span::default() { 0 } else { self.setup.sources.position(span).line };
        Operand { guard: guard.into(), line, body, begins: super::Begins::default() }
    }

    fn resolve_depends(&mut self) {
        for (arrow, on, span) in std::mem::take(&mut self.depends) {
            let found: Vec<ArrowId> = match &on {
                diagram::ArrowRef::Number(number) => {
                    self.order.arrow_ids().filter(|(_, other)| other.number == *number).map(|(id, _)| id).collect()
                }
                diagram::ArrowRef::Label(label) => {
                    let own = self.order.arrow(arrow).number;
                    let nearest =
                        self.order.arrows.iter().rev().find(|other| other.number < own && *other.label == **label);
                    let number = nearest.map(|other| other.number);
                    self.order.arrow_ids().filter(|(_, other)| Some(other.number) == number).map(|(id, _)| id).collect()
                }
            };
            let own = self.order.arrow(arrow);
            if found.is_empty() {
                let problem = Diagnostic::error("depends", "there is no such arrow above")
                    .at(span, format!("the arrow below it is number {}", own.number))
                    .with_help(
                        "arrows are numbered from 1 in the order of the text; a label must be letter for letter",
                    );
                // Reports name lines, so that a line is what people write.
                let at_line = match &on {
                    diagram::ArrowRef::Number(line) => self.order.arrows.iter().find(|other| other.line == *line),
                    diagram::ArrowRef::Label(_) => None,
                };
                self.problems.push(match at_line {
                    Some(meant) => {
                        let help = format!("line {} is arrow number {}: #@ depends {1}", meant.line, meant.number);
                        problem.with_help(help)
                    }
                    None => problem,
                });
            } else if found.iter().any(|id| self.order.arrow(*id).number >= own.number) {
                self.problems.push(
                    Diagnostic::error("SQ117", "this arrow would wait for itself")
                        .at(span, format!("arrow {} waits for one that is not above it", own.number))
                        .with_help("name an arrow above: what is below waits for this one already"),
                );
            }
            self.order.arrows[arrow.0 as usize].traits.depends.extend(found);
        }
    }

    fn resolve_bounds(&mut self) {
        for bound in std::mem::take(&mut self.bounds) {
            let Some(at_most) = bound.duration else { continue };
            match (self.anchors.get(&bound.from), self.anchors.get(&bound.to)) {
                (Some(from), Some(to)) => {
                    self.order.bounds.push(Bound { from: *from, to: *to, at_most, span: bound.span });
                }
                (from, _) => {
                    let name = if from.is_none() { &bound.from } else { &bound.to };
                    self.problems.push(
                        Diagnostic::error("anchor", format!("there is no anchor {{{name}}}"))
                            .at(bound.span, "this bound needs it")
                            .with_help(format!("put {{{name}}} before an arrow")),
                    );
                }
            }
        }
    }
}

fn region(consider: bool, patterns: &[String]) -> Kind {
    let frames = patterns.iter().map(|pattern| Frames { at: Vec::new(), pattern: pattern.clone() }).collect();
    Kind::Region { consider, frames }
}

fn body_is_last(fragment: &diagram::Fragment, index: usize) -> bool {
    index + 1 == fragment.operands.len()
}

fn next_is_fragment(items: &[Item]) -> bool {
    let next = items.iter().find(|item| matches!(item, Item::Arrow(_) | Item::Fragment(_)));
    matches!(next, Some(Item::Fragment(_)))
}

/// How many of these items belong to arrows that are drawn at the height of the one before them.
fn level_with(items: &[Item]) -> usize {
    let mut level = 0;
    for (at, item) in items.iter().enumerate() {
        match item {
            Item::Arrow(arrow) if arrow.drawn.same_height => level = at + 1,
            Item::Comment(..) | Item::Style(..) | Item::Note(_) | Item::Directive(_) => {}
            _ => break,
        }
    }
    level
}

/// Where the group of an `unordered` directive ends: at a blank line behind its first arrow, or at a fragment.
fn group_end(items: &[Item]) -> usize {
    let mut seen = false;
    for (at, item) in items.iter().enumerate() {
        match item {
            Item::Blank if seen => return at,
            Item::Fragment(_) => return at,
            Item::Arrow(_) => seen = true,
            _ => {}
        }
    }
    items.len()
}
