//! Echoes and keep-alives: what the tool says of its own accord.

use super::conn::{Asking, EchoFor, Echoing, Pair, Phase, Purpose as For, Waiting};
use super::{Driver, hear, unbuilt, unwritten};
use crate::oracle::Trouble;
use crate::order::LifelineId;
use crate::trace::{Moment, Purpose};
use crate::wire::{Channel, Echo, Memory, Observed, Owed, Payload};

impl Driver<'_> {
    /// Asks the echo of a client on each of its sockets.
    pub(super) fn ask_echo(&mut self, client: LifelineId) -> Result<(), Trouble> {
        let open = self.line.conns.of_client(client).filter(|(_, conn)| conn.can_ask());
        let pairs: Vec<Pair> = open.map(|(_, conn)| conn.pair).collect();
        if pairs.is_empty() {
            self.oracle.cannot_echo(client);
        }
        pairs.into_iter().try_for_each(|pair| self.echo(pair, EchoFor::Oracle))
    }

    /// Sends one echo.
    pub(super) fn echo(&mut self, pair: Pair, why: EchoFor) -> Result<(), Trouble> {
        let stage = self.stage;
        let conn = self.line.conn(pair)?;
        conn.nonce += 1;
        let nonce = format!("{}-{}", stage.run, conn.nonce);
        let viewer = self.viewer(pair);
        let echo = self.building(pair, |conn, memory, context| {
            stage.words.binding().echo(&nonce, (&conn.own, &conn.peer), memory, viewer, context)
        })?;
        let Some(echo) = echo.map_err(|error| unbuilt("the echo", &error, None))? else { return Ok(()) };
        let since = Some(self.line.now());
        match echo {
            Echo::Frame { send, expect } => {
                self.line.conn(pair)?.echoes.push(Echoing { why, expect, since });
                self.utter(pair, &send, Purpose::Echo)
            }
            Echo::Http(errand) => {
                let built = self.building(pair, |_, memory, context| errand.request.build(memory, viewer, context))?;
                let built = built.map_err(|error| unbuilt("the echo", &error, None))?;
                let conn = self.line.conn(pair)?;
                let (request, _) = hear::request(built, &mut conn.session, None)?;
                conn.echoes.push(Echoing { why, expect: errand.expect, since });
                let purpose = For::Echo;
                conn.waiting.push_back(Waiting { request, channel: Channel::Http, purpose, left: false });
                self.ask_next(pair)
            }
        }
    }

    /// Sends what belongs to no arrow.
    fn utter(&mut self, pair: Pair, payload: &Payload, purpose: Purpose) -> Result<(), Trouble> {
        let conn = self.line.conn(pair)?;
        let frames = conn.session.encode(payload).map_err(|why| unwritten("the frame", &why, None))?;
        if conn.socket.is_some() {
            self.say(pair, &frames)?;
            self.sent_beside(pair, purpose, &frames);
        }
        Ok(())
    }

    /// Whether a message answers an echo; then whoever asked is told.
    pub(super) fn is_echo(&mut self, at: Moment, pair: Pair, observed: &Observed) -> bool {
        let Some(conn) = self.line.conns.get(pair).filter(|conn| !conn.echoes.is_empty()) else { return false };
        let memory = self.oracle.memory().unwrap_or(Memory::nothing());
        let answered = conn.echoes.iter().position(|echo| conn.matches(&echo.expect, observed, memory).is_some());
        let Some(index) = answered else { return false };
        let answered = conn.echoes.remove(index);
        // The server answers, if not each: it is not mute.
        conn.echoes[..index].iter_mut().for_each(|older| older.since = None);
        let channel = if matches!(observed, Observed::Status { .. }) { Channel::Http } else { Channel::Socket };
        self.received_beside(pair, channel, Purpose::Echo, observed.clone());
        self.echoed = true;
        if let Some(since) = answered.since {
            self.slowest = self.slowest.max(at.since(since));
        }
        match answered.why {
            EchoFor::Quiet => {
                if let Some(index) = self.line.conns.index(pair) {
                    self.line.conns.tally().owing().remove(&index);
                }
            }
            EchoFor::Oracle => {
                let client = pair.0;
                let own = self.line.conns.of_client(client);
                let asked = own.flat_map(|(_, conn)| &conn.echoes).any(|echo| echo.why == EchoFor::Oracle);
                if !asked {
                    self.oracle.echoed(at, client);
                }
            }
        }
        true
    }

    /// Answers what the binding says is to be answered.
    pub(super) fn answer(&mut self, pair: Pair, owed: &Owed) -> Result<(), Trouble> {
        let stage = self.stage;
        let viewer = self.viewer(pair);
        let payload = self.building(pair, |conn, memory, context| {
            stage.words.binding().answer(owed, (&conn.own, &conn.peer), memory, viewer, context)
        })?;
        match payload.map_err(|why| unbuilt("the automatic answer", &why, None))? {
            Some(payload) => self.utter(pair, &payload, Purpose::Answer),
            None => Ok(()),
        }
    }

    /// Sends the keep-alives that are due, and asks again what is to be asked again.
    pub(super) fn keep_alive(&mut self) -> Result<(), Trouble> {
        let now = self.line.now();
        if self.line.conns.next_due().is_none_or(|due| due > now) {
            return Ok(());
        }
        let stage = self.stage;
        let intervals: Vec<_> = stage.words.binding().keep_alives().collect();
        let (mut owed, mut again, mut over) = (Vec::new(), Vec::new(), Vec::new());
        for index in self.line.conns.tally().due(now) {
            let Some(conn) = self.line.conns.at(index) else { continue };
            if let Some((_, waiting)) = conn.again.take_if(|(due, _)| *due <= now) {
                conn.waiting.push_front(waiting);
                again.push(conn.pair);
            }
            let given_up = conn.asking.take_if(|asking| asking.given_up().is_some_and(|end| end <= now));
            if let Some(Asking { ticket, channel, purpose: For::Poll(poll), .. }) = given_up {
                over.extend(poll.last.map(|last| (conn.pair, ticket, channel, last)));
            }
            for (&(index, interval), due) in intervals.iter().zip(&mut conn.due) {
                if *due <= now {
                    *due = now.plus(interval);
                    if conn.phase == Phase::Open && !conn.paused {
                        owed.push((conn.pair, index));
                    }
                }
            }
        }
        for (pair, ticket, channel, last) in over {
            self.line.links.cut(ticket);
            self.tell(now, pair, channel, last);
            self.ask_next(pair)?;
        }
        again.into_iter().try_for_each(|pair| self.ask_next(pair))?;
        for (pair, index) in owed {
            let viewer = self.viewer(pair);
            let payload = self.building(pair, |conn, memory, context| {
                stage.words.binding().keep_alive(index, (&conn.own, &conn.peer), memory, viewer, context)
            })?;
            if let Some(payload) = payload.map_err(|why| unbuilt("the keep-alive", &why, None))? {
                self.utter(pair, &payload, Purpose::KeepAlive)?;
            }
        }
        Ok(())
    }
}
