//! Judging a recorded trace: the oracle is told what the trace says, in its order, and asked at every entry what it
//! wants, as the driver asked it. No server is needed, and the same configuration set comes to the same verdict.

use super::error::Error;
use super::played::{CheckVerdict, Played, documented};
use super::prepared::Prepared;
use super::script::{Script, VIRTUAL_EPOCH};
use crate::diagram::OrderMode;
use crate::oracle::{self, Choices, Oracle, Ready, Want};
use crate::order::{ArrowId, LifelineId};
use crate::source::Diagnostic;
use crate::trace::file::Header;
use crate::trace::{Entry, Event, Moment};
use crate::wire::{Bind, Context, Memory, Reach, Resolved, Viewer};
use std::time::Duration;

/// How often the oracle is asked at one entry before it is taken to have nothing new to say.
const ASKED: usize = 4;

impl Prepared {
    /// Judges a recorded trace against this diagram.
    ///
    /// # Errors
    /// A trace of lifelines that the diagram does not have.
    pub fn judge(&self, header: &Header, entries: &[Entry]) -> Result<CheckVerdict, Error> {
        let Ok(script) = &self.ready else { return Ok(self.verdict(Vec::new())) };
        let script = &*script.played_in(order_of(header));
        let failed = |diagnostic| Error { diagnostics: vec![diagnostic], sources: self.sources.clone() };
        let same = header.fingerprint == script.fingerprint;
        let mut replay = Replay {
            script,
            places: places(script, header).map_err(failed)?,
            same,
            oracle: Oracle::new(
                script.plan.clone(),
                options(script, header, if same { oracle::choices(entries) } else { Choices::new() }),
            ),
        };
        let end = entries.iter().position(|entry| entry.event == Event::Frozen).unwrap_or(entries.len());
        let echoes = script.judging.echo && script.plan.needs_echo();
        for entry in &entries[..end] {
            // Asking costs as much as there is to be sent. Only an echo that is never answered and an exchange that is
            // never complete are found out by it: the first whenever it is asked, the second before it is quiet.
            if echoes || matches!(entry.event, Event::Quiet { .. }) {
                replay.ask(entry.at);
            } else {
                replay.oracle.tick(entry.at);
            }
            replay.tell(entry);
            if echoes {
                replay.ask(entry.at);
            }
        }
        let Replay { oracle, same, .. } = replay;
        let (outcome, mut trace) = oracle.freeze(&script.words.knowing(known(entries)));
        trace.extend(entries.iter().skip(end + 1).cloned());
        let mut notes = Vec::new();
        if !same {
            notes.push("the diagram has changed since the trace was recorded".to_owned());
        }
        let verdict = documented(&self.diagram, &outcome, &mut notes);
        let played = Played { outcome, verdict, trace, header: header.clone(), notes, duration: Duration::ZERO };
        Ok(self.verdict(vec![played]))
    }
}

/// What everybody knew from the beginning.
fn known(entries: &[Entry]) -> Vec<Bind> {
    let learned = entries.iter().take_while(|entry| entry.at == Moment(0)).filter_map(|entry| {
        let Event::Learned { lifeline, hole, value, reach: reach @ Reach::Everyone } = &entry.event else {
            return None;
        };
        Some(Bind::Hole { lifeline: *lifeline, hole: hole.clone(), value: value.clone(), reach: *reach })
    });
    learned.collect()
}

struct Replay<'a> {
    script: &'a Script,
    /// The lifeline of the diagram for each of the trace.
    places: Vec<LifelineId>,
    /// The diagram is the one from which the trace was recorded.
    same: bool,
    oracle: Oracle,
}

/// The order in which the clients of a record sent; none where no version of seqcheck wrote it.
fn order_of(header: &Header) -> Option<OrderMode> {
    OrderMode::ALL.into_iter().find(|(_, word)| *word == header.order).map(|(mode, _)| mode)
}

/// As the play was judged: the trace knows the deadlines that counted.
fn options(script: &Script, header: &Header, choices: Choices) -> oracle::Options {
    oracle::Options {
        recorded: Some(choices),
        timeout: Duration::from_nanos(header.timeout),
        settle: Duration::from_nanos(header.settle),
        seed: header.seed,
        play: header.play,
        ..script.judging.clone()
    }
}

/// The lifeline of the diagram for each of the trace, by name.
fn places(script: &Script, header: &Header) -> Result<Vec<LifelineId>, Diagnostic> {
    let order = script.plan.order();
    let find = |name: &String| {
        order.find(name).ok_or_else(|| {
            Diagnostic::error("trace", format!("the trace speaks of {name}, whom the diagram does not have"))
                .with_help("give the diagram from which it was recorded")
        })
    };
    header.lifelines.iter().map(find).collect()
}

impl Replay<'_> {
    fn place(&self, lifeline: u32) -> LifelineId {
        self.places.get(lifeline as usize).copied().unwrap_or_default()
    }

    /// Lets the oracle see what is due at this moment, as it did in the play.
    fn ask(&mut self, at: Moment) {
        for _ in 0..ASKED {
            match self.oracle.want(at) {
                // The trace tells when it was answered.
                Want::Echo(_) => {}
                Want::Play(_) | Want::Wait(_) | Want::Quiet | Want::Over => break,
            }
        }
    }

    fn tell(&mut self, entry: &Entry) {
        let at = entry.at;
        match &entry.event {
            Event::Sent { lifeline, arrow, label, raw, .. } => {
                let client = self.place(*lifeline);
                let Some(ready) = self.due(client, *arrow, label) else {
                    self.oracle.misfit(ArrowId(*arrow));
                    return;
                };
                let binds = self.binds(&ready);
                self.oracle.sent(at, &ready, raw.clone(), binds);
            }
            Event::Received { lifeline, from, channel, observed } => {
                let (client, server) = (self.place(*lifeline), self.place(*from));
                self.oracle.received(at, client, server, *channel, observed.clone());
            }
            Event::Done { lifeline, arrow } => {
                let client = self.place(*lifeline);
                let of_client = |ready: &Ready| ready.lifeline == client;
                let ready = self.oracle.under_way(ArrowId(*arrow)).filter(of_client).or_else(|| {
                    let all = self.script.plan.order().arrow_ids();
                    all.filter_map(|(id, _)| self.oracle.under_way(id)).find(of_client)
                });
                if let Some(ready) = ready {
                    self.oracle.done(at, &ready);
                }
            }
            Event::Echoed { lifeline } => {
                let client = self.place(*lifeline);
                self.oracle.echoed(at, client);
            }
            Event::Quiet { evidence, weaker } => {
                let weaker = weaker.iter().map(|&(lifeline, how)| (self.place(lifeline), how)).collect();
                self.oracle.quiet(at, *evidence, weaker);
            }
            Event::Learned { lifeline, hole, value, reach } => {
                let lifeline = self.places.get(*lifeline as usize).map_or(*lifeline, |place| place.0);
                let bind = Bind::Hole { lifeline, hole: hole.clone(), value: value.clone(), reach: *reach };
                self.oracle.learn(at, vec![bind]);
            }
            // Known from the beginning.
            Event::Chose { .. } | Event::Frozen => {}
        }
    }

    /// The send that the trace speaks of: by number where the diagram is as it was, by label where it has changed.
    fn due(&self, client: LifelineId, arrow: u32, label: &str) -> Option<Ready> {
        let order = self.script.plan.order();
        let fits = |id: ArrowId| {
            order.arrows.get(id.0 as usize).is_some_and(|arrow| *arrow.label == *label)
                && self.script.plan.client(id).is_some_and(|(own, _)| own == client)
        };
        if fits(ArrowId(arrow))
            && let Some(ready) = self.oracle.expecting(ArrowId(arrow))
        {
            return Some(ready);
        }
        let mut others = order.arrow_ids().map(|(id, _)| id).filter(|_| !self.same).filter(|id| fits(*id));
        others.find_map(|id| self.oracle.expecting(id))
    }

    /// What sending fixed: names that stood for what the client had received last. Values that were made for the frame
    /// stand in the record behind it.
    fn binds(&mut self, ready: &Ready) -> Vec<Bind> {
        let Some(resolved) = &self.script.plan.planned(ready.arrow).resolved else { return Vec::new() };
        let scopes = self.oracle.scopes(ready);
        let viewer = Viewer { lifeline: ready.lifeline.0, scopes: &scopes, arrow: ready.arrow.0 };
        let memory = self.oracle.memory().unwrap_or(Memory::nothing());
        let mut context = Context {
            target: "ws://localhost",
            run: "",
            mark: "",
            seq: &mut 0,
            now_millis: VIRTUAL_EPOCH,
            random: &mut || 0,
        };
        let built = match resolved {
            Resolved::Send(outgoing) => {
                outgoing.build(memory, viewer, &mut context).map(|built| built.binds).unwrap_or_default()
            }
            Resolved::Request(request) => {
                request.build(memory, viewer, &mut context).map(|built| built.binds).unwrap_or_default()
            }
            Resolved::Connect { .. }
            | Resolved::Disconnect
            | Resolved::Drop
            | Resolved::DropEvents
            | Resolved::Pause
            | Resolved::Resume
            | Resolved::Expect(_) => Vec::new(),
        };
        built.into_iter().filter(|bind| matches!(bind, Bind::Name { .. })).collect()
    }
}
