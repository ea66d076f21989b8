//! Between the end of what is drawn and the verdict: clients under test may not know yet that it is over, and still ask
//! their echo. They are answered, and waited for; what they say is recorded, never judged. Whoever dials then, or asks for
//! something, does what nobody drew, however late it is.

use super::hear::afterwards;
use super::{Driver, OwnDoor};
use crate::listen::Asked;
use crate::net::{Response, Ticket};
use crate::order::{ArrowId, Kind, LifelineId};
use crate::run::company::Company;
use crate::run::links::LinkEvent;
use crate::trace::{Entry, Event, Moment};
use crate::wire::{Decoded, Observed};
use std::time::Duration;

/// How much of what comes then is recorded, in bytes, about.
const LAST_BYTES: usize = 1 << 20;
/// How often a command is looked at that has nobody connected.
const LOOK: Duration = Duration::from_millis(20);

impl Driver<'_> {
    /// Waits for the clients that the tool serves to go: as long as the command runs where all went as drawn, else as long as an
    /// answer may take. What is wrong may be why a client stays. Where there was trouble nothing is waited for.
    pub(super) async fn linger(&mut self, troubled: bool) -> Vec<Entry> {
        let mut record = Vec::new();
        let began = self.line.now();
        let (total, timeout) = (self.line.left_of_total(), self.stage.settled.timeout.min(self.line.left_of_total()));
        let most = match self.is_attended() {
            _ if troubled => Duration::ZERO,
            true if !self.oracle.failing() => total,
            true | false => timeout,
        };
        if let Some(company) = &self.stage.company {
            company.is_awaited(most);
        }
        // Whoever is connected to the tool on both sides goes when its own clients do.
        if self.line.doors.is_empty() || !self.stage.routes.is_empty() {
            return record;
        }
        self.see_off(began.plus(most), troubled, &mut record).await;
        if let Some(company) = &self.stage.company {
            company.is_awaited(Duration::ZERO);
        }
        record
    }

    /// Until nobody is left who could say anything, until then at most.
    async fn see_off(&mut self, mut end: Moment, troubled: bool, record: &mut Vec<Entry>) {
        let timeout = self.stage.settled.timeout.min(self.line.left_of_total());
        let mut left = LAST_BYTES;
        let mut runs = self.is_attended();
        // Whoever was not started for this play may dial for the next one already.
        let for_this = self.stage.company.is_some() || self.stage.virtual_time && self.stage.last;
        // What is wrong may be why a client dials as well.
        let judges = for_this && !troubled && !self.oracle.failing();
        loop {
            let now = self.line.now();
            if runs && !self.is_attended() {
                // What a command has left running has the time of any other client.
                end = end.min(now.plus(timeout));
                runs = false;
            }
            let gone = !runs && !self.line.links.is_any_caller() && !self.leaves_something();
            if now >= end || gone || self.line.within_total().is_err() {
                return;
            }
            // Neither a command nor a caller says anything when it is gone.
            let until = end.min(now.plus(LOOK));
            let Some((ticket, event)) = self.line.next(until).await else { continue };
            let at = self.line.now();
            match event {
                LinkEvent::Asked { door, asked } if judges && !self.is_enough() && self.is_undrawn(door, &asked) => {
                    // What was said before it is behind the verdict no more.
                    self.set_beside(std::mem::take(record));
                    if let Err(trouble) = self.knocked(ticket, door, asked) {
                        self.oracle.fail(trouble);
                        return;
                    }
                    self.show();
                    // Whether it dials again and again is seen in the time that anything may take.
                    end = end.min(at.plus(timeout));
                }
                event => self.after_all(at, ticket, event, (record, &mut left)),
            }
        }
    }

    /// Whether somebody runs who dials for this play: the command that was started to do so, or a client in this process.
    fn is_attended(&self) -> bool {
        let command = self.stage.company.as_ref().is_some_and(|company| !company.has_ended());
        command || self.stage.doors.iter().any(OwnDoor::is_attended)
    }

    /// Whether the command has left something running that may dial for it.
    fn leaves_something(&self) -> bool {
        self.stage.company.as_ref().is_some_and(|company| !company.is_gone())
    }

    /// Whether nobody is left of the command that was started to dial.
    pub(super) fn is_alone(&self) -> bool {
        self.stage.company.as_ref().is_some_and(Company::is_gone)
    }

    /// Whether somebody is there whom the tool serves, or may come.
    pub(super) fn may_be_visited(&self) -> bool {
        !self.line.doors.is_empty() && (!self.is_alone() || self.line.links.is_any_caller())
    }

    /// Whether nobody is there any more, and nobody is left who could come.
    pub(super) fn is_deserted(&self) -> bool {
        let only_listens = !self.line.doors.is_empty() && self.stage.routes.is_empty();
        !self.deserted && only_listens && self.is_alone() && !self.line.links.is_any_caller()
    }

    /// Whether no arrow draws what somebody asks for: nor one that may be taken and was not.
    fn is_undrawn(&self, door: Ticket, asked: &Asked) -> bool {
        let Some(server) = self.line.server_at(door) else { return false };
        let known = self.candidates(server, &super::callers::observed(asked));
        !known.iter().any(|candidate| candidate.fits && self.is_optional(candidate.arrow))
    }

    /// Whether an arrow need not be taken, or may be taken again.
    fn is_optional(&self, arrow: ArrowId) -> bool {
        let order = self.stage.plan.order();
        order.around(order.arrow(arrow)).any(|(fragment, _)| match order.fragment(fragment).kind {
            Kind::Choice(_) => true,
            Kind::Loop { min, max, .. } => max != Some(min),
            Kind::Par | Kind::Strict | Kind::Critical | Kind::Region { .. } | Kind::Frame => false,
        })
    }

    /// Keeps what was recorded for people alone.
    fn set_beside(&mut self, record: Vec<Entry>) {
        let after = self.oracle.log().len();
        for Entry { at, event } in record {
            if let Event::Received { lifeline, from, channel, observed } = event {
                self.line.beside.observed(after, at, (from, lifeline), channel, observed);
            }
        }
    }

    fn after_all(
        &mut self,
        at: Moment,
        ticket: Ticket,
        event: LinkEvent,
        (record, left): (&mut Vec<Entry>, &mut usize),
    ) {
        if let LinkEvent::Asked { asked, .. } = event {
            self.line.links.answer(ticket, too_late(&asked));
            return;
        }
        let Some((conn, channel)) = self.line.conns.of(ticket) else { return };
        let pair = conn.pair;
        let mut told = Vec::new();
        match event {
            LinkEvent::Frame(frame) => {
                let raw = super::hear::raw(&frame);
                for decoded in conn.session.decode(raw, None) {
                    match decoded {
                        // Whoever asks is answered as before: he does not know that it is over.
                        Decoded::Owed(owed) | Decoded::Aside(_, Some(owed)) => drop(self.answer(pair, &owed)),
                        Decoded::Answered(answer) => drop(self.line.links.send(ticket, super::hear::frame(&answer))),
                        Decoded::Observed(observed) => told.push(observed),
                        Decoded::Noise(_) | Decoded::Aside(_, None) | Decoded::Broken(_) => {}
                    }
                }
            }
            other => {
                if matches!(other, LinkEvent::Close { .. } | LinkEvent::End { .. }) && conn.socket == Some(ticket) {
                    conn.end();
                }
                told.extend(afterwards(conn, other));
            }
        }
        for observed in told {
            let Some(rest) = left.checked_sub(Observed::size(&observed)) else { return };
            *left = rest;
            let event = Event::Received { lifeline: pair.0.0, from: pair.1.0, channel, observed };
            record.push(Entry { at, event });
        }
    }

    /// A page of this origin has asked whose browser is not told that it may.
    pub(super) fn meets_foreign(&mut self, origin: &str) {
        if self.foreign.len() < FEW {
            self.foreign.insert(origin.chars().filter(|letter| !letter.is_control()).take(LONG).collect());
        }
    }

    /// What is to be said of pages that may not read what they are answered.
    pub(super) fn foreign_note(&self) -> Option<String> {
        let few: Vec<&str> = self.foreign.iter().map(String::as_str).collect();
        (!few.is_empty()).then(|| {
            format!(
                "pages of {} sent requests, but their browsers could not read the answers: list these origins in \
                 `origins` of [accept]",
                few.join(", ")
            )
        })
    }

    /// What is to be said of clients of whom nothing that they say tells who they are.
    pub(super) fn by_order_note(&self) -> Option<String> {
        let names = |only: bool| {
            let name = |id: &LifelineId| self.stage.plan.order().lifeline(*id).name.to_string();
            let those = self.by_order.iter().filter(|(_, left)| **left == only);
            those.map(|(id, _)| name(id)).collect::<Vec<_>>().join(", ")
        };
        let how = match (names(false), names(true)) {
            (next, only) if next.is_empty() && only.is_empty() => return None,
            (next, only) if only.is_empty() => format!("only by the order of their connections ({next})"),
            (next, only) if next.is_empty() => format!("because only one client was left ({only})"),
            (next, only) => {
                format!("only by the order of their connections ({next}), or because only one client was left ({only})")
            }
        };
        let help = "to identify them by the address, use {self} in `url` of [connect]";
        Some(format!("clients were identified {how}: {help}"))
    }
}

/// So many origins are named, each with so many characters.
const FEW: usize = 4;
const LONG: usize = 100;

fn too_late(asked: &Asked) -> Response {
    let body = format!("seqcheck: the diagram is over, and {} {} comes too late\n", asked.method, asked.url);
    Response { code: 409, headers: Vec::new(), body: body.into() }
}
