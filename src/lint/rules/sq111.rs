//! SQ111: a message where there can be no connection.

use crate::lint::facts::Facts;
use crate::lint::{Bears, Finding, Lint, hand};
use crate::order::overlay::{Changes, Overlay, touched};
use crate::order::{ArrowId, Block, FragmentId, Kind, LifelineId, Node};
use crate::source::{Fix, Severity};
use crate::wire::{Channel, Resolved};
use rustc_hash::FxHashMap;

pub const LINT: Lint = Lint {
    code: "SQ111",
    name: "impossible send",
    severity: Severity::Error,
    about: "a client sends or receives without a connection, or connects while it is connected",
    why: "A client without a connection can neither send nor receive, and neither can its server on this connection. \
          If no path through the diagram leads to a connection (or an event stream) at this point, the run could \
          only fail, so it does not start, whichever side seqcheck plays. The same applies to a client that connects \
          while it is connected, unless a refusal is drawn, or the client connects under another name. After a refusal \
          the first connection may still be there if seqcheck plays the server; a client that seqcheck plays has left it.\n\n\
          Draw the connection, or move the message.",
    theory: "A type-state error: the protocol of a connection is connect, messages, end.",
    bears: Bears::Never,
    find,
};

/// What a connection may be, as a set.
const CLOSED: u8 = 1;
const OPEN: u8 = 2;
/// Ended by its client: an end that the server makes is the answer.
const LEFT: u8 = 4;
/// More event streams than one: whoever ends one leaves the others.
const MANY: u8 = 8;
/// A second connection is asked for while the first is open, and what comes next refuses it.
const SECOND: u8 = 16;

/// The simulated end, the tested one, and which of their connections.
type Line = (LifelineId, LifelineId, Channel);
/// What a connection may be, and what made it so first.
type State = (u8, Option<ArrowId>);
/// A connection that is not listed is closed.
type States<'a> = Overlay<'a, Line, State>;

/// What an arrow is to the connection on which it is drawn, whichever side the tool plays.
enum Deed {
    /// The client makes it; whether it may have one already.
    Opens { again: bool },
    /// The server answers the client that makes it, and refuses it where this is so.
    Answers { refused: bool },
    /// Somebody says something, or stops and resumes reading.
    Says,
    /// The client or the server ends it.
    Ends,
}

fn find(facts: &Facts<'_>) -> Vec<Finding> {
    let mut walk = Walk { facts, opens: FxHashMap::default(), next: next(facts), findings: FxHashMap::default() };
    // Only clients that connect by a word of the binding: where a diagram does not draw connections nothing can be said.
    for (id, _) in facts.order.arrow_ids() {
        if let (Some(line), Some(Deed::Opens { .. })) = (line(facts, id), walk.deed(id)) {
            walk.opens.entry(line).or_insert(id);
        }
    }
    walk.block(&facts.order.root, &mut States::new(), false);
    let mut found: Vec<(ArrowId, Finding)> = walk.findings.into_iter().collect();
    found.sort_by_key(|(id, _)| *id);
    found.into_iter().map(|(_, finding)| finding).collect()
}

/// The connection on which an arrow is drawn; none for what has none, or one of its own.
fn line(facts: &Facts<'_>, id: ArrowId) -> Option<Line> {
    let (own, peer) = facts.plan.client(id)?;
    match facts.plan.planned(id).channel {
        Channel::Http => None,
        channel @ (Channel::Socket | Channel::Events) => Some((own, peer, channel)),
    }
}

fn is_of_streams((_, _, channel): Line) -> bool {
    channel == Channel::Events
}

/// For each arrow the next one of its connection.
fn next(facts: &Facts<'_>) -> Vec<Option<ArrowId>> {
    let mut nearest: FxHashMap<Line, ArrowId> = FxHashMap::default();
    let mut next = vec![None; facts.order.arrows.len()];
    for index in (0..next.len()).rev() {
        let id = ArrowId(index as u32);
        next[index] = line(facts, id).and_then(|line| nearest.insert(line, id));
    }
    next
}

struct Walk<'a> {
    facts: &'a Facts<'a>,
    /// What is opened, and the first arrow that does it.
    opens: FxHashMap<Line, ArrowId>,
    next: Vec<Option<ArrowId>>,
    findings: FxHashMap<ArrowId, Finding>,
}

impl Walk<'_> {
    fn block(&mut self, block: &Block, states: &mut States<'_>, quiet: bool) {
        for node in block {
            match node {
                Node::Arrow(id) => self.arrow(*id, states, quiet),
                Node::Fragment(id) => self.fragment(*id, states, quiet),
            }
        }
    }

    /// What one way through a fragment changes.
    fn way(&mut self, block: &Block, states: &States<'_>, quiet: bool) -> Changes<Line, State> {
        let mut own = states.on_top();
        self.block(block, &mut own, quiet);
        own.into_changes()
    }

    fn fragment(&mut self, id: FragmentId, states: &mut States<'_>, quiet: bool) {
        let fragment = self.facts.order.fragment(id);
        let bodies = || fragment.operands.iter().map(|operand| &operand.body);
        match fragment.kind {
            Kind::Strict | Kind::Critical | Kind::Region { .. } | Kind::Frame => {
                bodies().for_each(|body| self.block(body, states, quiet));
            }
            Kind::Choice(_) => {
                let outs: Vec<_> = bodies().map(|body| self.way(body, states, quiet)).collect();
                let all = outs.len();
                for (pair, ways) in touched(outs) {
                    // The first way that leaves it as it was.
                    let gap = ways.iter().zip(0..).position(|((way, _), index)| *way != index).unwrap_or(ways.len());
                    let before = (ways.len() < all).then(|| states.get(&pair).copied());
                    let (first, rest) = ways.split_at(gap);
                    let after =
                        |ways: &[(usize, Option<State>)]| ways.iter().map(|(_, state)| *state).collect::<Vec<_>>();
                    let possible = after(first).into_iter().chain(before).chain(after(rest));
                    states.set(pair, either(possible));
                }
            }
            Kind::Loop { .. } => {
                // What a turn leaves is what the next one finds. Only what is told asks for a second turn: another leaves
                // nothing that the first one does not.
                for body in bodies() {
                    let after = self.way(body, states, true);
                    add(states, vec![after]);
                    if !quiet {
                        drop(self.way(body, states, false));
                    }
                }
            }
            Kind::Par => {
                // Whatever another operand does may have happened.
                let outs = bodies().map(|body| self.way(body, states, true)).collect();
                add(states, outs);
                if !quiet {
                    bodies().for_each(|body| drop(self.way(body, states, false)));
                }
            }
        }
    }

    /// What an arrow does to its connection.
    fn deed(&self, id: ArrowId) -> Option<Deed> {
        let refused = |code: Option<u16>| code.is_some_and(|code| code >= 300);
        match self.facts.plan.planned(id).resolved.as_ref()? {
            Resolved::Connect { name, .. } => Some(Deed::Opens { again: name.is_some() || self.refused(id) }),
            Resolved::Request(_) => Some(Deed::Opens { again: true }),
            Resolved::Expect(expectation) if expectation.is_arrival() => {
                Some(Deed::Opens { again: expectation.arrives_as().is_some() || self.refused(id) })
            }
            Resolved::Expect(expectation) if expectation.opens().is_some() => Some(Deed::Opens { again: true }),
            Resolved::Expect(expectation) if expectation.is_answer() => {
                Some(Deed::Answers { refused: refused(expectation.status()) })
            }
            Resolved::Expect(expectation) => Some(if expectation.is_end() { Deed::Ends } else { Deed::Says }),
            Resolved::Answer(outgoing) => Some(Deed::Answers { refused: refused(outgoing.status()) }),
            Resolved::Disconnect | Resolved::Drop | Resolved::DropEvents | Resolved::Close(_) => Some(Deed::Ends),
            Resolved::Send(_) | Resolved::Push(_) | Resolved::Pause | Resolved::Resume => Some(Deed::Says),
        }
    }

    fn arrow(&mut self, id: ArrowId, states: &mut States<'_>, quiet: bool) {
        let facts = self.facts;
        let arrow = facts.order.arrow(id);
        let Some(line) = line(facts, id).filter(|line| self.opens.contains_key(line) && !arrow.traits.never) else {
            return;
        };
        let Some(deed) = self.deed(id) else { return };
        let (now, since) = states.get(&line).copied().unwrap_or((CLOSED, None));
        let streams = is_of_streams(line);
        let of_client = facts.order.client_sends(arrow);
        let mut report = |wrong: Wrong| {
            if !quiet {
                self.report(id, wrong, since);
            }
        };
        let gone = if since.is_some() { Wrong::After } else { Wrong::Before };
        let after = match deed {
            Deed::Opens { again } => {
                if now == OPEN && !again {
                    report(Wrong::Again);
                }
                // A client of the tool leaves its first connection behind.
                if now & OPEN != 0 && !streams && !facts.is_stimulus(id) && self.refused(id) {
                    states.set(line, (now | SECOND, since));
                    return;
                }
                OPEN | if streams && now & OPEN != 0 { MANY } else { 0 }
            }
            // The first is what it was, or has ended unseen, as that of a client that had stopped reading.
            Deed::Answers { refused: true } | Deed::Ends if now & SECOND != 0 => {
                states.set(line, (now & !SECOND | CLOSED, since));
                return;
            }
            Deed::Answers { refused: true } if now & MANY == 0 => CLOSED,
            Deed::Answers { .. } => return,
            Deed::Says => {
                if now & OPEN == 0 {
                    report(gone);
                }
                if !(arrow.traits.lost && facts.is_stimulus(id)) {
                    return;
                }
                CLOSED
            }
            Deed::Ends => {
                // The answer to an end is one as well; what comes of a server that ends what is not there, the run tells.
                let answers = !of_client && (now & LEFT != 0 || !facts.is_stimulus(id));
                if now & OPEN == 0 && !answers && !streams {
                    report(gone);
                }
                match (of_client, now & MANY != 0) {
                    (true, _) => CLOSED | LEFT,
                    (false, true) => return,
                    (false, false) => CLOSED,
                }
            }
        };
        states.set(line, (after, Some(id)));
    }

    /// What the server says first to everybody who connects: up to what anybody else does.
    fn greeting(&self, connect: ArrowId) -> impl Iterator<Item = ArrowId> {
        let facts = self.facts;
        let pair = facts.plan.client(connect);
        let below = (connect.0 + 1..facts.order.arrows.len() as u32).map(ArrowId);
        let label = |id: &ArrowId| {
            !facts.order.client_sends(facts.order.arrow(*id)) && matches!(self.deed(*id), Some(Deed::Says))
        };
        below.take_while(label).filter(move |id| facts.plan.client(*id) == pair)
    }

    /// Whether the next arrow on the connection is its refusal.
    fn refused(&self, id: ArrowId) -> bool {
        self.next[id.0 as usize].is_some_and(|next| match self.deed(next) {
            Some(Deed::Answers { refused }) => refused,
            Some(Deed::Ends) => !self.facts.order.client_sends(self.facts.order.arrow(next)),
            Some(Deed::Opens { .. } | Deed::Says) | None => false,
        })
    }

    fn report(&mut self, id: ArrowId, wrong: Wrong, since: Option<ArrowId>) {
        let facts = self.facts;
        let arrow = facts.order.arrow(id);
        let (of_client, streams) = (facts.order.client_sends(arrow), line(facts, id).is_some_and(is_of_streams));
        let client = if of_client { facts.sender(id) } else { facts.receiver(id) };
        let verb = if of_client { "send" } else { "receive" };
        let (connection, made) =
            if streams { ("event stream", "opened an event stream") } else { ("connection", "connected") };
        let message = match wrong {
            Wrong::Before => format!("{client} cannot {verb} {}: it has not {made} yet", facts.label(id)),
            Wrong::After => format!("{client} cannot {verb} {}: its {connection} has ended", facts.label(id)),
            Wrong::Again => format!("{client} connects, but it is already connected"),
        };
        let mut diagnostic = LINT.diagnostic(message).at(
            arrow.span,
            match (wrong, streams) {
                (Wrong::Before, false) => "no line above opens a connection",
                (Wrong::Before, true) => "no line above opens an event stream",
                (Wrong::After, false) => "no line before this connects again",
                (Wrong::After, true) => "no line before this opens one again",
                (Wrong::Again, _) => "a second connection of one client",
            },
        );
        if let Some(since) = since {
            let text = if matches!(wrong, Wrong::Again) { "connected here" } else { "ended here" };
            diagnostic = diagnostic.see(facts.order.arrow(since).span, text);
        }
        diagnostic = diagnostic.with_note("this run: does not start");
        diagnostic = match wrong {
            Wrong::Before | Wrong::After => diagnostic,
            Wrong::Again => diagnostic
                .with_help("end the first connection above this line")
                .with_help("or connect under another name: WS connect as NAME")
                .with_help("or draw the refusal below it: HTTP 409"),
        };
        let mut finding = Finding::new(&LINT, diagnostic, vec![id]);
        let sources = facts.subject.sources;
        let connect = line(facts, id).and_then(|line| self.opens.get(&line).copied());
        if let (Wrong::Before | Wrong::After, Some(connect), true) = (wrong, connect, hand::own_line(sources, arrow)) {
            let drawn = facts.order.arrow(connect);
            let server = facts.receiver(connect);
            let mut lines = vec![facts.subject.hand.arrow(client, server, &drawn.label)];
            lines.extend(self.greeting(connect).map(|id| {
                let label = &facts.order.arrow(id).label;
                facts.subject.hand.arrow(server, client, label)
            }));
            if matches!(wrong, Wrong::After) {
                let edits = vec![hand::above(sources, arrow.span, &lines)];
                finding = finding.with_fix(
                    Fix {
                        title: format!(
                            "insert above line {}, to {} again",
                            arrow.line,
                            if streams { "open it" } else { "connect" }
                        ),
                        edits,
                        safe: false,
                    },
                    facts.subject.sources,
                );
            } else {
                finding.diagnostic.help.push(format!(
                    "move it below line {}, where {client} {}",
                    drawn.line,
                    if streams { "opens it" } else { "connects" }
                ));
            }
        }
        finding.diagnostic.notes.push("see seqcheck explain SQ111".to_owned());
        self.findings.entry(id).or_insert(finding);
    }
}

#[derive(Clone, Copy)]
enum Wrong {
    Before,
    After,
    Again,
}

/// What is possible on one of several ways; none is closed.
fn either(ways: impl Iterator<Item = Option<State>>) -> State {
    let all = ways.map(|state| state.unwrap_or((CLOSED, None)));
    all.reduce(|(one, since), (other, later)| (one | other, since.or(later))).unwrap_or((CLOSED, None))
}

/// What was so before, or is behind one of these ways.
fn add(states: &mut States<'_>, outs: Vec<Changes<Line, State>>) {
    for (pair, ways) in touched(outs) {
        let before = std::iter::once(states.get(&pair).copied());
        let state = either(before.chain(ways.into_iter().map(|(_, state)| state)));
        states.set(pair, state);
    }
}
