//! Opening a socket: the requests before the handshake, the handshake, the preamble behind it.

use super::conn::{Conn, Exchange, Pair, Phase, Purpose as For, Waiting};
use super::{Driver, awaited, hear, unanswered, unbuilt};
use crate::diagram::OrderMode;
use crate::net::{DialError, Ticket};
use crate::oracle::{Part, Plan, Ready, Trouble};
use crate::order::ArrowId;
use crate::run::links::{Opening, Posting};
use crate::trace::{Moment, Purpose};
use crate::wire::{Binding, Channel, Context, Expectation, HoleValue, Memory, Observed, Resolved, Viewer, Way};
use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// The status of a handshake that is accepted (RFC 6455, section 4.2.2).
pub(in crate::run) const ACCEPTED: u16 = 101;

/// The statuses that a diagram draws as answers to each client of each server.
#[derive(Clone, Debug, Default)]
pub(in crate::run) struct Drawn {
    codes: FxHashMap<Pair, Vec<u16>>,
    /// Connects of which the acceptance is judged: what is drawn next for the client is their status, accepted or refused.
    accepted: FxHashSet<ArrowId>,
}

impl Drawn {
    pub(in crate::run) fn of(plan: &Plan) -> Self {
        let mut drawn = Drawn::default();
        let mut opening: FxHashMap<Pair, ArrowId> = FxHashMap::default();
        for (id, _) in plan.order().arrow_ids() {
            let Some(pair) = plan.client(id) else { continue };
            if matches!(plan.planned(id).resolved, Some(Resolved::Connect { .. })) {
                opening.insert(pair, id);
            }
            if plan.planned(id).part != Part::Observation {
                continue;
            }
            let connect = opening.remove(&pair);
            let codes = plan.expectation(id).map(Expectation::statuses).unwrap_or_default();
            if codes.is_empty() {
                continue;
            }
            // Where a refusal is drawn beside other answers, being accepted may be one of these.
            let alone = |connect: &ArrowId| {
                plan.planned(id).channel == Channel::Socket
                    && plan.order().arrow(*connect).inside == plan.order().arrow(id).inside
            };
            drawn.accepted.extend(connect.filter(|connect| codes.contains(&ACCEPTED) || alone(connect)));
            for code in codes {
                let known: &mut Vec<u16> = drawn.codes.entry(pair).or_default();
                if !known.contains(&code) {
                    known.push(code);
                }
            }
        }
        drawn
    }

    fn has(&self, pair: Pair, fits: impl Fn(u16) -> bool) -> bool {
        self.codes.get(&pair).is_some_and(|codes| codes.iter().any(|code| fits(*code)))
    }

    /// Whether it is told that the server accepts the handshake of this connect.
    pub(in crate::run) fn draws_acceptance(&self, connect: ArrowId) -> bool {
        self.accepted.contains(&connect)
    }

    /// Whether the diagram draws a redirect, so that it must be seen rather than followed.
    pub(super) fn redirect(&self, pair: Pair) -> bool {
        self.has(pair, |code| (300..400).contains(&code))
    }
}

/// How long a client that has something to say waits for the event streams of others to be open, at most: a server may say
/// nothing at all on a stream before there is an event.
const OPENING: Duration = Duration::from_millis(250);

impl Driver<'_> {
    /// Until when something is not said yet, since another client's event stream is being opened: who listens is to be there
    /// before something is said, as those are whose handshake is waited for.
    pub(super) fn waits_for_streams(&mut self, ready: &Ready, now: Moment) -> Option<Moment> {
        let planned = self.stage.plan.planned(ready.arrow);
        let opens = planned.resolved.as_ref().is_some_and(|resolved| resolved.opens().is_some());
        if opens || planned.part != Part::Stimulus || self.stage.judging.order != OrderMode::Diagram {
            return None;
        }
        let since = self.line.conns.opening_beside(ready.lifeline)?;
        Some(since.plus(OPENING)).filter(|until| now < *until)
    }

    /// Builds something with what this client knows.
    pub(super) fn building<T>(
        &mut self,
        pair: Pair,
        build: impl FnOnce(&Conn, &Memory, &mut Context<'_>) -> T,
    ) -> Result<T, Trouble> {
        let millis = self.line.millis();
        let stage = self.stage;
        let conn = self.line.conn(pair)?;
        let mut seq = conn.seq;
        let target = conn.target.clone();
        let made = &mut self.made;
        let random = &mut self.random;
        let mut draw = || random.next();
        let built = {
            let mut context = Context {
                target: &target,
                run: &stage.run,
                mark: &stage.mark,
                seq: &mut seq,
                made,
                now_millis: millis,
                random: &mut draw,
            };
            build(conn, self.oracle.memory().unwrap_or(Memory::nothing()), &mut context)
        };
        conn.seq = seq;
        Ok(built)
    }

    /// Begins to connect.
    pub(super) fn connect(
        &mut self,
        at: Moment,
        ready: &Ready,
        name: Option<&str>,
        holes: &[(Arc<str>, HoleValue)],
        way: Way,
    ) -> Result<(), Trouble> {
        let pair = (ready.lifeline, ready.to);
        let binding = self.stage.words.binding();
        let scopes = self.oracle.scopes(ready);
        let viewer = Viewer { lifeline: ready.lifeline.0, scopes: &scopes, arrow: ready.arrow.0 };
        let known = self.oracle.memory().unwrap_or(Memory::nothing());
        let binds = Binding::connected_as(viewer, name, holes, known);
        let span = self.stage.plan.order().arrow(ready.arrow).span;
        let binds = binds.map_err(|why| unbuilt("the handshake", &why, Some(span)))?;
        self.oracle.sent(at, ready, Vec::new(), binds);
        let conn = self.line.conn(pair)?;
        conn.end();
        conn.session = binding.session(&conn.own, &conn.peer, &self.stage.run);
        conn.seq = 0;
        conn.paused = false;
        conn.phase = Phase::Opening(*ready);
        conn.way = way;
        conn.errands = binding.before_connect(way, &conn.own, &conn.peer).into();
        conn.errands_made = 0;
        self.next_errand(pair)
    }

    /// The next request before the handshake; the handshake where there is none any more.
    pub(super) fn next_errand(&mut self, pair: Pair) -> Result<(), Trouble> {
        let span = self.opening_span(pair);
        let Some(errand) = self.line.conn(pair)?.errands.pop_front() else { return self.dial(pair) };
        let viewer = self.viewer(pair);
        let built = self.building(pair, |_, memory, context| errand.request.build(memory, viewer, context))?;
        let built = built.map_err(|why| unbuilt("the request before the handshake", &why, span))?;
        self.oracle.learn(self.line.now(), built.binds.clone());
        let conn = self.line.conn(pair)?;
        let (request, _) = hear::request(built, &mut conn.session, span)?;
        conn.errands_made += 1;
        conn.errand = awaited::login(conn.errands_made, &request);
        let waiting = Waiting { request, channel: Channel::Http, purpose: For::Login(errand.expect), left: false };
        // Before whatever else waits: the client does not exist for the server yet.
        self.line.conn(pair)?.waiting.push_front(waiting);
        self.ask_next(pair)
    }

    fn dial(&mut self, pair: Pair) -> Result<(), Trouble> {
        let span = self.opening_span(pair);
        let stage = self.stage;
        let place = self.line.conn(pair)?.route.map(|route| &stage.routes[route]);
        if let Some((place, frames)) = place.and_then(|place| Some((place, place.frames?))) {
            // A stream has an address and nothing more: what else connecting is comes behind it.
            let url = place.base.parse().map_err(|why: http::uri::InvalidUri| {
                unanswered(&DialError::Address { address: place.base.clone(), why: why.to_string() }, span)
            })?;
            let deadline = stage.settled.connect_timeout;
            let ticket = self.line.links.stream_to(&place.route, url, frames, deadline);
            return self.dialled(pair, ticket);
        }
        let viewer = self.viewer(pair);
        let dial = self.building(pair, |conn, memory, context| {
            stage.words.binding().dial(conn.way, (&conn.own, &conn.peer), memory, viewer, context)
        })?;
        let mut dial = dial.map_err(|why| unbuilt("the address", &why, span))?;
        let posts = dial.posts.take().filter(|_| place.is_some_and(|place| place.posts));
        if let (Some(_), Some(rest)) = (&posts, dial.url.strip_prefix("ws")) {
            dial.url = format!("http{rest}");
        }
        let url: http::Uri = dial.url.parse().map_err(|why: http::uri::InvalidUri| {
            unanswered(&DialError::Address { address: dial.url.clone(), why: why.to_string() }, span)
        })?;
        if let (Some(session), Some(place)) = (posts, place) {
            let deadline = stage.settled.connect_timeout;
            let conn = self.line.conn(pair)?;
            conn.posts = true;
            let posting = Posting { url, session: Some(session), deadline, jar: conn.jar.clone() };
            let ticket = self.line.links.post_to(&place.route, posting);
            return self.dialled(pair, ticket);
        }
        // A refusal that is drawn is what the client came for.
        dial.retry.retain(|code| !stage.drawn.has(pair, |drawn| drawn == *code));
        let conn = self.line.conn(pair)?;
        let opening = Opening {
            url,
            headers: dial.headers,
            subprotocols: dial.subprotocols,
            compress: dial.compress,
            retry: dial.retry,
            follow: !stage.drawn.redirect(pair),
            deadline: stage.settled.connect_timeout,
            jar: conn.jar.clone(),
        };
        let Some(place) = place else { return Ok(()) };
        let ticket = self.line.links.open(&place.route, opening);
        self.dialled(pair, ticket)
    }

    /// The connection has a ticket now.
    fn dialled(&mut self, pair: Pair, ticket: Ticket) -> Result<(), Trouble> {
        self.line.conns.own(ticket, pair, Channel::Socket);
        self.line.conn(pair)?.socket = Some(ticket);
        Ok(())
    }

    /// The answer to a handshake that was accepted, told where the diagram draws it.
    pub(super) fn accepted(&mut self, at: Moment, pair: Pair, headers: Vec<(String, String)>) {
        // Where messages are requests there is no handshake, and what is drawn answers the first of them.
        let conn = self.line.conns.get(pair).filter(|conn| !conn.posts);
        let Some(Phase::Opening(ready)) = conn.map(|conn| &conn.phase) else { return };
        if self.stage.drawn.draws_acceptance(ready.arrow) {
            let observed = Observed::Status { code: ACCEPTED, headers, body: Arc::new(Value::Null) };
            self.tell(at, pair, Channel::Socket, observed);
        }
    }

    /// The handshake was accepted: the preamble, where there is one.
    pub(super) fn opened(&mut self, at: Moment, pair: Pair) -> Result<(), Trouble> {
        let span = self.opening_span(pair);
        let binding = self.stage.words.binding();
        let conn = self.line.conn(pair)?;
        let due: Vec<Moment> = binding.keep_alives().map(|(_, interval)| at.plus(interval)).collect();
        let keeps_alive = !due.is_empty();
        conn.due = due;
        let preamble = binding.after_connect(conn.way, &conn.own, &conn.peer);
        if keeps_alive {
            self.line.conns.keep_alive();
        }
        let Some(preamble) = preamble else { return self.admitted(at, pair) };
        let viewer = self.viewer(pair);
        let built = self.building(pair, |_, memory, context| preamble.build(memory, viewer, context))?;
        let built = built.map_err(|why| unbuilt("the preamble", &why, span))?;
        self.oracle.learn(self.line.now(), built.binds);
        let exchange =
            Exchange { ready: None, steps: built.steps.into(), reply: built.reply, through: 0, since: self.line.now() };
        let (exchange, sent) = self.send_first(pair, exchange, span)?;
        self.sent_beside(pair, Purpose::Preamble, &sent);
        if super::exchange::is_over(&exchange) {
            return self.admitted(at, pair);
        }
        self.line.conn(pair)?.exchanges.push(exchange);
        Ok(())
    }

    /// Handshake and preamble are through.
    pub(super) fn admitted(&mut self, at: Moment, pair: Pair) -> Result<(), Trouble> {
        let conn = self.line.conn(pair)?;
        if let Phase::Opening(ready) = std::mem::replace(&mut conn.phase, Phase::Open) {
            self.oracle.done(at, &ready);
        }
        Ok(())
    }

    /// The arrow that opens this connection, for pointing at it.
    pub(super) fn opening_span(&mut self, pair: Pair) -> Option<crate::source::Span> {
        let arrow = match &self.line.conns.get(pair)?.phase {
            Phase::Opening(ready) | Phase::Leaving(ready) => Some(ready.arrow),
            Phase::Closed | Phase::Open => None,
        };
        let connects = |id: &ArrowId| matches!(self.stage.plan.planned(*id).resolved, Some(Resolved::Connect { .. }));
        arrow.filter(connects).map(|arrow| self.stage.plan.order().arrow(arrow).span)
    }
}
