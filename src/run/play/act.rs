//! Playing what the oracle says may be played.

use super::conn::{Exchange, Pair, Phase, Polling, Purpose, Waiting};
use super::{Driver, exchange, hear, unbuilt};
use crate::oracle::{Part, Ready, Trouble};
use crate::run::links::Request;
use crate::trace::Moment;
use crate::wire::{Channel, Outgoing, Resolved, Viewer};

impl Driver<'_> {
    /// Plays one arrow.
    pub(super) fn act(&mut self, ready: &Ready) -> Result<(), Trouble> {
        let plan = &self.stage.plan;
        let planned = plan.planned(ready.arrow);
        let pair = (ready.lifeline, ready.to);
        let at = self.line.now();
        let Some(resolved) = planned.resolved.as_ref().filter(|_| planned.part == Part::Stimulus) else {
            // Between lifelines that the tool plays both: a synchronisation.
            self.oracle.sent(at, ready, Vec::new(), Vec::new());
            return Ok(());
        };
        self.line.conn(pair)?;
        match resolved {
            Resolved::Connect { name, holes, way, .. } => self.connect(at, ready, name.as_deref(), holes, *way),
            Resolved::Disconnect => {
                self.leave(at, ready);
                Ok(())
            }
            Resolved::Drop => {
                self.admit(pair, Vec::new())?;
                self.oracle.sent(at, ready, Vec::new(), Vec::new());
                self.cut(pair);
                Ok(())
            }
            Resolved::DropEvents => {
                self.oracle.sent(at, ready, Vec::new(), Vec::new());
                self.end_streams_or_leave(pair);
                Ok(())
            }
            Resolved::Pause => {
                self.pause(at, ready, true);
                Ok(())
            }
            Resolved::Resume => {
                self.pause(at, ready, false);
                Ok(())
            }
            Resolved::Send(outgoing) => {
                self.send(at, ready, outgoing)?;
                if plan.order().arrow(ready.arrow).traits.lost {
                    self.cut(pair);
                }
                Ok(())
            }
            Resolved::Request(request) => {
                let scopes = self.oracle.scopes(ready);
                let viewer = Viewer { lifeline: ready.lifeline.0, scopes: &scopes, arrow: ready.arrow.0 };
                let built = self.building(pair, |_, memory, context| request.build(memory, viewer, context));
                let span = plan.order().arrow(ready.arrow).span;
                let built = built?.map_err(|why| unbuilt("the request", &why, Some(span)))?;
                let binds = built.binds.clone();
                let (asked, raw) = hear::request(built, &mut self.line.conn(pair)?.session, Some(span))?;
                let purpose = match request.repeats() {
                    Some((every, until)) => {
                        let end = at.plus(self.stage.settled.timeout);
                        Purpose::Poll(Polling { every, until: until.clone(), since: at, end, last: None })
                    }
                    None => Purpose::Arrow,
                };
                self.line.conn(pair)?.waiting.push_back(Waiting {
                    request: asked,
                    channel: ready.channel,
                    purpose,
                    left: false,
                });
                self.oracle.sent(at, ready, raw, binds);
                self.ask_next(pair)
            }
            Resolved::Answer(outgoing) => self.reply(at, ready, outgoing),
            Resolved::Push(outgoing) => self.push(at, ready, outgoing),
            Resolved::Close(outgoing) => self.close(at, ready, outgoing.as_ref()),
            // The other side's, not the tool's: the plan makes no stimulus of it.
            Resolved::Expect(_) => Ok(()),
        }
    }

    /// Frames on the socket.
    fn send(&mut self, at: Moment, ready: &Ready, outgoing: &Outgoing) -> Result<(), Trouble> {
        let pair = (ready.lifeline, ready.to);
        let span = self.stage.plan.order().arrow(ready.arrow).span;
        self.admit(pair, Vec::new())?;
        let scopes = self.oracle.scopes(ready);
        let viewer = Viewer { lifeline: self.stage.plan.knower(pair.0, pair.1), scopes: &scopes, arrow: ready.arrow.0 };
        let built = self.building(pair, |_, memory, context| outgoing.build(memory, viewer, context))?;
        let built = built.map_err(|why| unbuilt("the frame", &why, Some(span)))?;
        let exchange = Exchange {
            ready: Some(*ready),
            steps: built.steps.into(),
            reply: built.reply,
            through: 0,
            since: self.line.now(),
        };
        let (exchange, raw) = self.send_first(pair, exchange, Some(span))?;
        self.oracle.sent(at, ready, raw, built.binds);
        if exchange::is_over(&exchange) {
            // Where the plan takes it for one that has to be answered, it is complete at once.
            self.oracle.done(at, ready);
        } else {
            self.line.conn(pair)?.exchanges.push(exchange);
        }
        Ok(())
    }

    /// Close 1000, and the answer is awaited.
    fn leave(&mut self, at: Moment, ready: &Ready) {
        let pair = (ready.lifeline, ready.to);
        self.oracle.sent(at, ready, Vec::new(), Vec::new());
        let Some(conn) = self.line.conns.get(pair) else { return };
        let closing = conn.socket.is_some_and(|ticket| self.line.links.close(ticket, 1000));
        if closing {
            // What was under way on it is over; the answer to the Close is what counts now.
            conn.end();
            conn.phase = Phase::Leaving(*ready);
        } else {
            conn.end();
            self.oracle.done(at, ready);
        }
    }

    /// The socket ends without a word.
    fn cut(&mut self, pair: Pair) {
        let Some(conn) = self.line.conns.get(pair) else { return };
        conn.end();
        self.gone = true;
        if let Some(ticket) = conn.socket.take() {
            self.line.links.cut(ticket);
        }
    }

    /// A server ends its streams behind what it has said on them; a client reads no more.
    fn end_streams_or_leave(&mut self, pair: Pair) {
        if self.stage.plan.order().serves(pair.0, pair.1) {
            self.end_streams(pair);
        } else {
            self.leave_streams(pair);
        }
    }

    /// The client reads its event streams no more; those that it has asked for end as soon as they are there.
    fn leave_streams(&mut self, pair: Pair) {
        let Some(conn) = self.line.conns.get(pair) else { return };
        let asked = conn.asking.iter_mut().map(|asking| (asking.channel, &mut asking.left));
        let waiting = conn.waiting.iter_mut().map(|waiting| (waiting.channel, &mut waiting.left));
        asked.chain(waiting).for_each(|(channel, left)| *left |= channel == Channel::Events);
        self.gone = true;
        for ticket in std::mem::take(&mut conn.streams) {
            self.line.links.cut(ticket);
        }
    }

    fn pause(&mut self, at: Moment, ready: &Ready, paused: bool) {
        self.oracle.sent(at, ready, Vec::new(), Vec::new());
        let Some(conn) = self.line.conns.get((ready.lifeline, ready.to)) else { return };
        conn.paused = paused;
        if let Some(ticket) = conn.socket {
            self.line.links.pause(ticket, paused);
        }
    }

    /// Makes the next request that waits, where none is under way: a client has one at a time, as over one connection
    /// of HTTP/1.1, so that its answers come in the order in which it asked.
    pub(super) fn ask_next(&mut self, pair: Pair) -> Result<(), Trouble> {
        let conn = self.line.conn(pair)?;
        if conn.asking.is_some() || conn.again.is_some() {
            return Ok(());
        }
        let Some(Waiting { mut request, channel, purpose, left }) = conn.waiting.pop_front() else { return Ok(()) };
        request.events = channel == Channel::Events;
        let again = matches!(purpose, Purpose::Poll(_)).then(|| request.clone());
        let (Some(route), jar) = (conn.route, conn.jar.clone()) else { return Ok(()) };
        let since = self.line.now();
        let deadline = self.stage.settled.connect_timeout;
        let follow = !self.stage.drawn.redirect(pair);
        let route = &self.stage.routes[route].route;
        let hear::Asked { method, path } = hear::asked(&request);
        let what = format!("{method} {path}");
        let ticket = self.line.links.request(route, Request { request, follow, deadline, jar });
        self.line.conns.own(ticket, pair, channel);
        self.line.conn(pair)?.asking = Some(super::conn::Asking { ticket, channel, what, since, purpose, again, left });
        Ok(())
    }
}
