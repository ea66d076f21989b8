//! Who knocks: the clients that are drawn, told by what they ask, and the pages that a browser lets ask.

use super::Driver;
use super::conn::{Pair, Phase};
use crate::listen::Asked;
use crate::net::{Response, is_this_machine};
use crate::oracle::{Part, Plan};
use crate::order::{ArrowId, LifelineId};
use crate::wire::{Channel, Expectation, Expects as _, Matched, Memory, Observed, Resolved, Viewer};
use bytes::Bytes;
use rustc_hash::FxHashSet;
use std::collections::BTreeSet;

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

/// Somebody who may be the one that knocks.
struct Candidate {
    client: LifelineId,
    channel: Channel,
    /// What is asked is what an arrow of his draws.
    fits: bool,
    /// That arrow is next.
    next: bool,
    /// He is connected, or has been and is not drawn to come back here.
    here: bool,
}

impl Driver<'_> {
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
    pub(super) fn who(&mut self, server: LifelineId, observed: &Observed) -> Option<(LifelineId, Channel)> {
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
            known.push(Candidate { client, channel, fits, next, here });
        }
        let fitting = known.iter().filter(|candidate| candidate.fits);
        let told = fitting.clone().map(|candidate| candidate.client).collect::<BTreeSet<_>>().len() == 1;
        // Of equals, the first in the order of the text.
        let found = known.iter().min_by_key(|it| (!it.fits, !it.next, it.here))?;
        if found.fits && !told {
            self.by_order.insert(found.client);
        }
        Some((found.client, found.channel))
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

pub(super) fn plain(code: u16, body: &str, mut headers: Vec<(String, String)>) -> Response {
    headers.push(("content-type".to_owned(), "text/plain; charset=utf-8".to_owned()));
    Response { code, headers, body: Bytes::from(format!("seqcheck: {body}\n")) }
}

/// What a page must be told so that its browser lets it read the answer (the Fetch standard, section 3.2): one of these
/// origins, or of this machine where nobody says which.
pub(super) fn beside(asked: &Asked, origins: Option<&[String]>) -> Vec<(String, String)> {
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
pub(super) fn preflight(asked: &Asked, beside: &[(String, String)]) -> Option<Response> {
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
