//! Who knocks, and whether he is let in: the clients that are drawn, told by what they ask, and the pages that a browser lets ask.

use super::Driver;
use super::conn::{Pair, Phase};
use super::hear::plain_body;
use super::host::{Asker, Knock};
use crate::listen::Asked;
use crate::net::{Response, Ticket, is_this_machine};
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
}

/// What whoever is not drawn is answered.
const UNDRAWN: u16 = 409;

/// So many dials are named to somebody who is turned away.
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
        if let Some(response) = preflight(&asked, &beside)
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
        let Some(who) = self.who(&known, None) else {
            let body = format!("no arrow draws a request to {} for {}", self.name_of(server), asked.url);
            let body = format!("{body}; {}", self.expected(server, &self.oracle.awaited()));
            let response = plain(UNDRAWN, &body, beside);
            self.stranger_beside(server.0, &observed, &response);
            self.line.links.answer(ticket, response);
            return Ok(());
        };
        self.let_in(Caller { ticket, server, asked, beside, accepted: false }, observed, who)
    }

    /// It is known who knocks: he is let in, answered, or turned away.
    pub(super) fn let_in(
        &mut self,
        caller: Caller,
        observed: Observed,
        (client, channel): (LifelineId, Channel),
    ) -> Result<(), Trouble> {
        let headers = self.selected(&caller.asked);
        let Caller { ticket, server, asked, beside, accepted } = caller;
        let dials = asked.key.is_some();
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
            let body = format!("{}; {}", self.turned_away(pair, dials), self.expected(server, &awaited));
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
    fn turned_away(&mut self, pair: Pair, dials: bool) -> String {
        let open = self.line.conns.get(pair).is_some_and(|conn| conn.phase != Phase::Closed);
        let (server, client) = (self.name_of(pair.0), self.name_of(pair.1));
        match (dials, open) {
            (true, true) => format!(
                "{client} is already connected to {server}, and no arrow draws a second connection (was a page \
                 loaded again, or a component mounted twice?)"
            ),
            (true, false) => format!("no arrow draws that {client} connects to {server} here"),
            (false, _) => format!("no arrow draws that {client} sends this request to {server} here"),
        }
    }

    /// Which dials and requests to a server are drawn next, in the words that whoever is not let in reads.
    fn expected(&self, server: LifelineId, awaited: &[ArrowId]) -> String {
        let plan = &self.stage.plan;
        let own = awaited.iter().filter_map(|id| Some((plan.client(*id)?, plan.expectation(*id)?)));
        let own = own.filter(|((own, _), want)| *own == server && want.opens().is_some());
        let mut all: Vec<String> =
            own.map(|((_, client), want)| format!("{} of {}", want.describe(), self.name_of(client))).collect();
        all.sort();
        all.dedup();
        let more = all.len().saturating_sub(FEW);
        all.truncate(FEW);
        match (all.is_empty(), more) {
            (true, _) => "no more messages to this server are drawn".to_owned(),
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

/// What a page must be told so that its browser lets it read the answer (the Fetch standard, section 3.2): one of these
/// origins, or of this machine where nobody says which.
fn beside(asked: &Asked, origins: Option<&[String]>) -> Vec<(String, String)> {
    let own = |origin: &&str| match origins {
        Some(origins) => origins.iter().any(|known| known == "*" || known.eq_ignore_ascii_case(origin)),
        None => {
            let uri: Option<http::Uri> = origin.parse().ok();
            uri.and_then(|uri| uri.host().map(is_this_machine)).unwrap_or(false)
        }
    };
    match asked.header("origin").filter(own) {
        Some(origin) => vec![
            ("access-control-allow-origin".to_owned(), origin.to_owned()),
            ("access-control-allow-credentials".to_owned(), "true".to_owned()),
            ("vary".to_owned(), "origin".to_owned()),
        ],
        None => Vec::new(),
    }
}

/// The answer to a question that a browser asks before it lets a page ask; never drawn.
fn preflight(asked: &Asked, beside: &[(String, String)]) -> Option<Response> {
    let method = asked.header("access-control-request-method").filter(|_| asked.method == "OPTIONS")?;
    let mut headers = beside.to_vec();
    if !beside.is_empty() {
        headers.push(("access-control-allow-methods".to_owned(), method.to_owned()));
        let wanted = asked.header("access-control-request-headers");
        headers.extend(wanted.map(|wanted| ("access-control-allow-headers".to_owned(), wanted.to_owned())));
        // Of a page elsewhere that asks somebody within (Private Network Access, section 3.2).
        if asked.header("access-control-request-private-network").is_some() {
            headers.push(("access-control-allow-private-network".to_owned(), "true".to_owned()));
        }
    }
    Some(Response { code: 204, headers, body: Bytes::new() })
}

pub(super) fn observed(asked: &Asked) -> Observed {
    let (url, headers) = (asked.url.clone(), asked.headers.clone());
    if asked.key.is_some() {
        return Observed::Dialled { url, headers };
    }
    Observed::Asked { method: asked.method.clone(), url, headers, body: Arc::new(plain_body(&asked.body)) }
}
