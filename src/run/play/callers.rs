//! Who knocks, and whether he is let in: the clients that are drawn, told by what they ask, and the pages that a browser lets ask.

use super::Driver;
use super::browsers::{beside, icon, preflight};
use super::conn::{Pair, Phase};
use super::hear::plain_body;
use super::host::{Asker, Knock};
use crate::listen::Asked;
use crate::net::{Response, Ticket};
use crate::oracle::{Part, Plan, Trouble};
use crate::order::{ArrowId, LifelineId};
use crate::wire::{Channel, Expectation, Expects as _, Matched, Memory, Observed, Resolved, Viewer};
use bytes::Bytes;
use rustc_hash::FxHashSet;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What callers are drawn to be answered.
#[derive(Clone, Debug, Default)]
pub(in crate::run) struct Answers {
    /// Handshakes and requests that wait for an answer that is drawn.
    pub(super) waiting: FxHashSet<ArrowId>,
}

impl Answers {
    pub(in crate::run) fn of(plan: &Plan) -> Self {
        let mut answers = Answers::default();
        // The last that was asked of each pair on each channel, as the text has it.
        let mut open: Vec<(Pair, Channel, ArrowId)> = Vec::new();
        for (id, _) in plan.order().arrow_ids() {
            let Some(pair) = plan.client(id).filter(|_| plan.serves(id)) else { continue };
            let planned = plan.planned(id);
            match &planned.resolved {
                Some(Resolved::Expect(expectation)) => {
                    if let Some(channel) = expectation.opens() {
                        open.retain(|(known, on, _)| (*known, *on) != (pair, channel));
                        open.push((pair, channel, id));
                    }
                }
                Some(Resolved::Answer(_)) => {
                    let asked = open.iter().find(|(known, on, _)| (*known, *on) == (pair, planned.channel));
                    answers.waiting.extend(asked.map(|(.., asked)| *asked));
                }
                Some(_) | None => {}
            }
        }
        answers
    }
}

/// Somebody who knocks.
pub(super) struct Caller {
    pub ticket: Ticket,
    pub server: LifelineId,
    pub asked: Asked,
    /// What a page of another origin must be told beside the answer.
    pub beside: Vec<(String, String)>,
    /// His handshake was accepted already.
    pub accepted: bool,
    /// What he asks is drawn for him somewhere.
    pub drawn: bool,
}

/// What whoever is not drawn is answered.
const UNDRAWN: u16 = 409;

/// So many messages are named to somebody who is turned away.
const FEW: usize = 8;

/// Somebody who may be the one that knocks.
pub(super) struct Candidate {
    client: LifelineId,
    channel: Channel,
    /// An arrow of his that is an arrival.
    pub(super) arrow: ArrowId,
    /// What is asked is what that arrow draws.
    pub(super) fits: bool,
    /// That arrow is next.
    next: bool,
    /// He is connected, or has been and is not drawn to come back here.
    here: bool,
    /// What he is answered is drawn.
    answered: bool,
}

impl Driver<'_> {
    /// Somebody knocks at a door.
    pub(super) fn knocked(&mut self, ticket: Ticket, door: Ticket, asked: Asked) -> Result<(), Trouble> {
        let Some(server) = self.line.server_at(door) else { return Ok(()) };
        let beside = beside(&asked, self.stage.words.binding().origins());
        // A handshake needs no such answer.
        if let (Some(origin), None) = (asked.header("origin").filter(|_| beside.is_empty()), &asked.key) {
            self.meets_foreign(origin);
        }
        let observed = observed(&asked);
        let known = self.candidates(server, &observed);
        // What the diagram draws is the client's, and no question of its browser.
        let drawn = |it: &Candidate| it.fits && it.next;
        if let Some(response) = preflight(&asked, &beside).or_else(|| icon(&asked))
            && !known.iter().any(drawn)
        {
            self.stranger_beside(server.0, &observed, &response);
            self.line.links.answer(ticket, response);
            return Ok(());
        }
        self.visited = true;
        if asked.key.is_some() && self.lets_in_unnamed(ticket, server, &asked, &known)? {
            return Ok(());
        }
        let Some(who) = self.who(&known, None).or_else(|| self.stranger(server, &asked)) else {
            // Nobody is drawn at this server, of whom it could be a finding.
            let response = plain(UNDRAWN, &format!("no arrow draws a client of {}", self.name_of(server)), beside);
            self.stranger_beside(server.0, &observed, &response);
            self.line.links.answer(ticket, response);
            return Ok(());
        };
        let fits = fitting(&known);
        if fits.is_empty() && self.clients(server).nth(1).is_some() {
            self.guessed.get_or_insert_with(|| (of(&asked), who.0));
        }
        let drawn = fits.contains(&who.0);
        self.let_in(Caller { ticket, server, asked, beside, accepted: false, drawn }, observed, who)
    }

    /// The clients of a server, in the order of the diagram.
    fn clients(&self, server: LifelineId) -> impl Iterator<Item = LifelineId> {
        let plan = &self.stage.plan;
        let all = plan.order().arrow_ids().filter_map(move |(id, _)| plan.client(id));
        let own = all.filter(move |(own, client)| *own == server && plan.order().serves(*own, *client));
        own.map(|(_, client)| client).collect::<BTreeSet<_>>().into_iter()
    }

    /// Whose a request is taken for of which the diagram draws none at all on this server: the client of whom a message is
    /// next, else the first.
    fn stranger(&self, server: LifelineId, asked: &Asked) -> Option<(LifelineId, Channel)> {
        let next = |id: ArrowId| self.stage.plan.client(id).filter(|(own, _)| *own == server).map(|(_, client)| client);
        let client = self.oracle.awaited().into_iter().find_map(next).or_else(|| self.clients(server).next())?;
        Some((client, if asked.key.is_some() { Channel::Socket } else { Channel::Http }))
    }

    /// What is to be said where somebody was taken for a client of whom nothing tells.
    pub(super) fn guessed_note(&mut self) -> Option<String> {
        let (what, client) = self.guessed.take()?;
        Some(format!("{what} fits no drawn client; the report shows it as a message of {}", self.name_of(client)))
    }

    /// It is known who knocks: he is let in, answered, or turned away.
    pub(super) fn let_in(
        &mut self,
        caller: Caller,
        observed: Observed,
        (client, channel): (LifelineId, Channel),
    ) -> Result<(), Trouble> {
        let headers = self.selected(&caller.asked);
        let Caller { ticket, server, asked, beside, accepted, drawn } = caller;
        let pair = (server, client);
        let now = self.line.now();
        self.heard = now;
        self.line.conn(pair)?;
        self.line.conns.own(ticket, pair, channel);
        let before = self.oracle.failing();
        let awaited = self.oracle.awaited();
        self.tell(now, pair, channel, observed);
        let arrow = self.oracle.last_matched();
        let Some(arrow) = arrow.filter(|_| !before && !self.oracle.failing()) else {
            if accepted {
                self.line.links.close_with(ticket, Some(1008), "no arrow draws this connection");
                return Ok(());
            }
            let why = match (before, arrow) {
                (true, _) => "the play has failed before this, and nothing more is answered as drawn".to_owned(),
                (false, Some(arrow)) => self.too_early(pair, arrow),
                (false, None) => {
                    format!("{}; {}", self.turned_away(pair, &asked, drawn), self.expected(server, &awaited))
                }
            };
            let body = format!("{why} ({})", of(&asked));
            let response = plain(UNDRAWN, &body, beside);
            self.answered_beside(pair, channel, &response);
            self.line.links.answer(ticket, response);
            return Ok(());
        };
        let waits = self.stage.answers.waiting.contains(&arrow);
        let conn = self.line.conn(pair)?;
        if channel == Channel::Socket {
            conn.hosting.knock = Some(Knock { ticket, headers, accepted });
            return if waits { Ok(()) } else { self.admit(pair, Vec::new()) };
        }
        conn.hosting.askers.push_back(Asker { ticket, channel, beside });
        if waits { Ok(()) } else { self.respond(pair, channel, (200, Vec::new(), Bytes::new())) }
    }

    /// The subprotocol that the binding selects of those that are offered, as a header.
    pub(super) fn selected(&self, asked: &Asked) -> Vec<(String, String)> {
        let chosen = self.stage.words.binding().selects(asked.listed("sec-websocket-protocol"));
        chosen.map(|chosen| ("sec-websocket-protocol".to_owned(), chosen.to_owned())).into_iter().collect()
    }

    fn name_of(&self, id: LifelineId) -> &str {
        &self.stage.plan.order().lifeline(id).name
    }

    /// Why somebody is not let in, in the words that he reads himself.
    fn turned_away(&mut self, pair: Pair, asked: &Asked, drawn: bool) -> String {
        let open = self.line.conns.get(pair).is_some_and(|conn| conn.phase != Phase::Closed);
        let (server, client) = (self.name_of(pair.0), self.name_of(pair.1));
        match (asked.key.is_some(), drawn) {
            (true, true) if open && self.stage.plan.order().is_dialled(pair.1) => {
                format!("{client} is already connected to {server}, and no arrow draws a second connection")
            }
            (true, true) if open => format!(
                "{client} is already connected to {server}, and no arrow draws a second connection (was a page \
                 loaded again, or a component mounted twice?)"
            ),
            (true, true) => format!("no arrow draws that {client} connects to {server} here"),
            (false, true) => format!("no arrow draws that {client} sends this request to {server} here"),
            // Whose it is nobody knows.
            (true, false) => format!("no arrow draws a connection to {server} with this request"),
            (false, false) => format!("no arrow draws this request to {server}"),
        }
    }

    /// The same of somebody who does what is drawn before its time.
    fn too_early(&self, pair: Pair, arrow: ArrowId) -> String {
        let line = self.stage.plan.order().arrow(arrow).line;
        format!("{} is too early: this is drawn at line {line}, and its time has not come", self.name_of(pair.1))
    }

    /// What is drawn next to a server, in the words that whoever is not let in reads.
    fn expected(&self, server: LifelineId, awaited: &[ArrowId]) -> String {
        let plan = &self.stage.plan;
        let own = awaited.iter().filter_map(|id| Some((*id, plan.client(*id)?, plan.expectation(*id)?)));
        let own = own.filter(|(_, (own, _), _)| *own == server);
        let mut all: Vec<String> = own
            .map(|(id, (_, client), want)| {
                let arrow = plan.order().arrow(id);
                let (name, line) = (self.name_of(client), arrow.line);
                match want.opens() {
                    Some(Channel::Socket) => format!("{} of {name} (line {line})", want.describe()),
                    Some(Channel::Http | Channel::Events) => {
                        format!("{} of {name} (line {line}: {})", want.describe(), arrow.label)
                    }
                    None => format!("{} of {name} (line {line})", arrow.label),
                }
            })
            .collect();
        all.sort();
        all.dedup();
        let more = all.len().saturating_sub(FEW);
        all.truncate(FEW);
        match (all.is_empty(), more) {
            (true, _) => "no message to this server is drawn next".to_owned(),
            (false, 0) => format!("the next drawn messages to this server: {}", all.join(", ")),
            (false, more) => format!("the next drawn messages to this server: {}, and {more} more", all.join(", ")),
        }
    }

    /// Whether a message of a client is what an arrow draws that is next: then it is that, whatever a binding calls it.
    pub(super) fn is_drawn_next(&self, pair: Pair, observed: &Observed) -> bool {
        let plan = &self.stage.plan;
        let memory = self.oracle.memory().unwrap_or(Memory::nothing());
        self.oracle.awaited().into_iter().filter(|id| plan.client(*id) == Some(pair)).any(|id| {
            let viewer = Viewer { lifeline: pair.1.0, scopes: &[], arrow: id.0 };
            let fits = |want: &Expectation| !matches!(want.matches(observed, memory, viewer), Matched::No);
            plan.expectation(id).is_some_and(fits)
        })
    }

    /// Who of the clients of a server asks this, and on which of his connections: by the binding's own address and headers
    /// read backwards; where they do not tell, whoever is next to ask it in the order of the diagram.
    /// `named` is who it is where that is known already.
    pub(super) fn who(&mut self, known: &[Candidate], named: Option<LifelineId>) -> Option<(LifelineId, Channel)> {
        let told = fitting(known).len() == 1;
        // Of equals, the first in the order of the text.
        let other = |it: &Candidate| named.is_some_and(|client| client != it.client);
        let found = known.iter().min_by_key(|it| (other(it), !it.fits, !it.next, it.here))?;
        if found.fits && !told && named.is_none() {
            self.by_order.insert(found.client, could_be(known).len() == 1);
        }
        Some((found.client, found.channel))
    }

    /// All who could be the one that asks this.
    pub(super) fn candidates(&self, server: LifelineId, observed: &Observed) -> Vec<Candidate> {
        let dials = matches!(observed, Observed::Dialled { .. });
        let plan = &self.stage.plan;
        let memory = self.oracle.memory().unwrap_or(Memory::nothing());
        let awaited = self.oracle.awaited();
        let mut known: Vec<Candidate> = Vec::new();
        for (id, _) in plan.order().arrow_ids() {
            let Some((own, client)) = plan.client(id).filter(|(own, _)| *own == server) else { continue };
            if !plan.order().serves(own, client) {
                continue;
            }
            let Some(expectation) = plan.expectation(id).filter(|want| want.is_arrival() == dials) else { continue };
            let Some(channel) = expectation.opens() else { continue };
            let viewer = Viewer { lifeline: client.0, scopes: &[], arrow: id.0 };
            let fits = !matches!(expectation.matches(observed, memory, viewer), Matched::No);
            let pair = (server, client);
            let next = awaited.contains(&id);
            let is_here = |phase: &Phase, came: bool| *phase != Phase::Closed || (came && !next);
            let mut conns = self.line.conns.iter();
            let here = conns.any(|conn| conn.pair == pair && is_here(&conn.phase, conn.came));
            let answered = self.stage.answers.waiting.contains(&id);
            known.push(Candidate { client, channel, arrow: id, fits, next, here, answered });
        }
        known
    }
}

/// The clients any of whom may have asked this, by what it says.
pub(super) fn fitting(known: &[Candidate]) -> BTreeSet<LifelineId> {
    known.iter().filter(|candidate| candidate.fits).map(|candidate| candidate.client).collect()
}

/// The clients any of whom may be the one that dials now, where the diagram answers none of them itself.
pub(super) fn could_be(known: &[Candidate]) -> BTreeSet<LifelineId> {
    let next = known.iter().filter(|candidate| candidate.fits && candidate.next && !candidate.here);
    match next.clone().any(|candidate| candidate.answered) {
        true => BTreeSet::new(),
        false => next.map(|candidate| candidate.client).collect(),
    }
}

/// Arrivals that the diagram draws, for a plan in which the tool listens.
pub(in crate::run) fn served(plan: &Plan) -> Vec<LifelineId> {
    let order = plan.order();
    let arrivals = order.arrow_ids().filter(|(id, _)| plan.planned(*id).part == Part::Observation);
    let arrivals = arrivals.filter(|(id, _)| plan.expectation(*id).and_then(Expectation::opens).is_some());
    let mut servers: Vec<LifelineId> = arrivals
        .filter_map(|(id, _)| plan.client(id))
        .filter(|(own, other)| order.serves(*own, *other))
        .map(|(own, _)| own)
        .collect();
    servers.sort_unstable();
    servers.dedup();
    servers
}

fn plain(code: u16, body: &str, mut headers: Vec<(String, String)>) -> Response {
    headers.push(("content-type".to_owned(), "text/plain; charset=utf-8".to_owned()));
    Response { code, headers, body: Bytes::from(format!("seqcheck: {body}\n")) }
}

/// What somebody asks, in a word: `GET /events`.
fn of(asked: &Asked) -> String {
    if asked.method.is_empty() { "a connection".to_owned() } else { format!("{} {}", asked.method, asked.url) }
}

pub(super) fn observed(asked: &Asked) -> Observed {
    let (url, headers) = (asked.url.clone(), asked.headers.clone());
    if asked.key.is_some() {
        return Observed::Dialled { url, headers };
    }
    Observed::Asked { method: asked.method.clone(), url, headers, body: Arc::new(plain_body(&asked.body)) }
}
