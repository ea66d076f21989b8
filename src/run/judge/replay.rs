//! A record told to the oracle, as far as the tool would have played this diagram so.

use super::digest::Digest;
use super::sends::Sends;
use super::{doubt, line_of, options};
use crate::oracle::{Doubt, Oracle, Outcome, Ready, Trouble, Want};
use crate::order::{ArrowId, LifelineId, Role};
use crate::run::play::{ACCEPTED, LISTEN, window};
use crate::run::script::Script;
use crate::source::elapsed_words;
use crate::trace::file::Header;
use crate::trace::{Entry, Event, Evidence, Moment};
use crate::wire::{Bind, Channel, Observed};
use rustc_hash::FxHashMap;
use std::time::Duration;

/// How often the oracle is asked at one entry before it is taken to have nothing new to say.
const ASKED: usize = 4;

/// How many observations of a record are told behind the first violation, and how many bytes: twice as many as a play tells.
/// A record that goes on for longer is no play's, and explaining all of it would take as long as it is.
pub(super) const AFTERMATH: usize = 2_000;
pub(super) const AFTERMATH_BYTES: usize = 8 << 20;

/// A record departs from what the tool would have played of this diagram.
struct Departure {
    doubt: Doubt,
    /// Also what came before it may be its consequence.
    voids: bool,
}

pub(super) struct Replay<'a> {
    script: &'a Script,
    header: &'a Header,
    /// What is known of it as a whole.
    digest: &'a Digest,
    /// The lifeline of the diagram for each of the record, by name.
    places: Vec<Option<LifelineId>>,
    /// The diagram is the one from which the trace was recorded, and the record is whole: whatever was not sent at some
    /// entry was not to be sent.
    whole: bool,
    /// The diagram is another one by now.
    changed: bool,
    /// Echoes are asked for.
    echoes: bool,
    sends: Sends<'a>,
    oracle: Oracle,
    /// How many entries were told.
    told: usize,
    /// How many bytes of observations were told before the first violation.
    kept: u64,
    /// How many observations were told behind the first violation, and how many bytes.
    behind: (usize, usize),
    /// What is to be said where that was too much.
    overflow: Option<String>,
}

/// What a record comes to.
pub(super) struct Replayed {
    pub outcome: Outcome,
    /// How many entries were told.
    pub told: usize,
    /// What was recorded of them.
    pub trace: Vec<Entry>,
    /// The entry that was looked at last, where it was not told.
    pub untold: Option<Entry>,
    pub note: Option<String>,
}

impl<'a> Replay<'a> {
    pub(super) fn new(script: &'a Script, header: &'a Header, digest: &'a Digest, same: bool) -> Replay<'a> {
        let lifelines = &script.plan.order().lifelines;
        let mut named: FxHashMap<&str, LifelineId> = FxHashMap::default();
        for (id, lifeline) in (0..).map(LifelineId).zip(lifelines) {
            named.entry(&lifeline.name).or_insert(id);
        }
        // In another diagram the numbers of fragments may be others; then what was sent fits what was chosen, or not.
        let chosen = digest.choices.clone();
        Replay {
            script,
            header,
            digest,
            places: header.lifelines.iter().map(|name| named.get(name.as_str()).copied()).collect(),
            whole: same && header.sends.is_some(),
            changed: !same,
            echoes: script.judging.echo && script.plan.needs_echo(),
            sends: Sends::new(script, same),
            oracle: Oracle::new(script.plan.clone(), options(script, header, chosen)).with_stops(header.stops.clone()),
            told: 0,
            kept: 0,
            behind: (0, 0),
            overflow: None,
        }
    }

    /// A record that decides nothing.
    pub(super) fn void(mut self, doubt: Doubt) -> Replayed {
        self.oracle.depart(doubt, true);
        self.frozen(None)
    }

    fn frozen(self, untold: Option<Entry>) -> Replayed {
        let (outcome, trace) = self.oracle.freeze(&self.script.words);
        Replayed { outcome, told: self.told, trace, untold, note: self.overflow }
    }

    /// What it comes to.
    pub(super) fn run(mut self, entries: &mut impl Iterator<Item = Entry>) -> Replayed {
        let (mut departure, mut untold) = (None, None);
        // What comes when the verdict is known is not judged.
        while departure.is_none() && self.told < self.digest.judged() && !self.oracle.is_finished() {
            let index = self.told;
            let Some(entry) = entries.next() else { break };
            departure = self.entry(index, &entry).err();
            untold = (self.told == index).then_some(entry);
        }
        if let Some(Departure { doubt, voids }) = departure.or_else(|| self.end()) {
            self.oracle.depart(doubt, voids);
        }
        self.frozen(untold)
    }

    /// A record that stops where the tool would have gone on.
    fn end(&self) -> Option<Departure> {
        let text = if !self.digest.ends() {
            format!("the record has no end: it stops after its line {}", line_of(self.digest.judged()) - 1)
        } else if !self.oracle.is_finished() {
            "the record ends before the diagram does".to_owned()
        } else {
            return None;
        };
        Some(self.departs(text))
    }

    fn entry(&mut self, index: usize, entry: &Entry) -> Result<(), Departure> {
        let at = entry.at;
        match &entry.event {
            // That it was sent tells that nothing was overdue by then.
            Event::Sent { lifeline, arrow, label, raw, .. } => {
                let client = self.client(index, *lifeline)?;
                self.oracle.skip_known_failures(at);
                let ready = self
                    .sends
                    .find(&self.oracle, client, (*arrow, label), line_of(index))
                    .map_err(|text| self.departs(text))?;
                let binds = self.sends.binds(&self.oracle, &ready);
                self.oracle.sent(at, &ready, raw.clone(), binds);
                self.sends.sent(client, *arrow, ready);
            }
            Event::Received { lifeline, from, channel, observed } => {
                let client = self.client(index, *lifeline)?;
                let from = self.place(index, *from)?;
                if !self.sends.received(client, from, *channel, observed) {
                    let name = &self.script.plan.order().lifeline(client).name;
                    let line = line_of(index);
                    let text = format!("the record has an answer to {name} in its line {line}, but no request for it");
                    return Err(self.departs(text));
                }
                self.pass(at);
                if self.is_undrawn_acceptance(client, from, *channel, observed) {
                    self.told = index + 1;
                    return Ok(());
                }
                let before = self.oracle.has_violation();
                self.oracle.received(at, client, from, *channel, observed.clone());
                self.told = index + 1;
                if before {
                    self.goes_on(index, observed)?;
                } else {
                    self.keep(observed);
                }
                if !before && self.oracle.has_violation() {
                    self.unsent((index, at), |oracle| oracle.may_come(client, from, *channel, observed))?;
                    self.moved(index, self.oracle.unsent_above(client, from, *channel, observed))?;
                }
            }
            Event::Done { lifeline, arrow } => {
                let client = self.client(index, *lifeline)?;
                let Some(ready) = self.sends.begun(client, *arrow) else {
                    let name = &self.script.plan.order().lifeline(client).name;
                    let line = line_of(index);
                    let text =
                        format!("the record does not contain the send of {name} that is complete at its line {line}");
                    return Err(self.departs(text));
                };
                self.pass(at);
                self.oracle.done(at, &ready);
            }
            Event::Echoed { lifeline } => {
                let client = self.client(index, *lifeline)?;
                self.pass(at);
                self.oracle.echoed(at, client);
            }
            Event::Quiet { evidence, listened, weaker } => {
                self.oracle.listen(*listened);
                let mut known = Vec::with_capacity(weaker.len());
                for (lifeline, how) in weaker {
                    known.push((self.place(index, *lifeline)?, *how));
                }
                self.quiet((index, at))?;
                self.listened_enough(index, *evidence, *listened)?;
                self.oracle.quiet(at, *evidence, known);
            }
            Event::Learned { lifeline, hole, value, reach } => {
                let lifeline = match self.places.get(*lifeline as usize) {
                    Some(_) => self.place(index, *lifeline)?.0,
                    // Known before anybody connected.
                    None => *lifeline,
                };
                let bind = Bind::Hole { lifeline, hole: hole.clone(), value: value.clone(), reach: *reach };
                self.oracle.learn(at, vec![bind]);
            }
            // Known from the beginning.
            Event::Chose { .. } | Event::Frozen => {}
        }
        self.told = index + 1;
        // An echo that is never answered is found out by asking.
        if self.echoes {
            self.ask(at);
        }
        Ok(())
    }

    /// One more observation before the first violation: more than a play may record is no more than an error here.
    fn keep(&mut self, observed: &Observed) {
        self.kept = self.kept.saturating_add(observed.size() as u64);
        let most = self.script.settled.max_record;
        if self.kept > most {
            self.oracle.fail(Trouble {
                kind: "limit",
                message: format!("the record is larger than the limit of {} MiB (--max-record)", most >> 20),
                help: vec!["raise it with --max-record, as for the recorded play".to_owned()],
                spans: Vec::new(),
            });
        }
    }

    /// One more observation behind the first violation.
    fn goes_on(&mut self, index: usize, observed: &Observed) -> Result<(), Departure> {
        self.behind.0 += 1;
        self.behind.1 += observed.size();
        if self.behind.0 <= AFTERMATH && self.behind.1 <= AFTERMATH_BYTES {
            return Ok(());
        }
        let (line, many) = (line_of(index), self.behind.0);
        let text = format!(
            "{many} observations follow the first violation: seqcheck does not check the record after its line {line}"
        );
        self.overflow = Some(text.clone());
        Err(self.departs(text))
    }

    /// Lets the oracle see what is due at this moment, as it did in the play. Asking costs as much as there is to be sent;
    /// without echoes it is enough to tell the time.
    fn pass(&mut self, at: Moment) {
        if self.echoes {
            self.ask(at);
        } else {
            self.oracle.tick(at);
        }
    }

    fn ask(&mut self, at: Moment) -> Want {
        for _ in 1..ASKED {
            match self.oracle.want(at) {
                // The trace tells when it was answered.
                Want::Echo(_) => {}
                want @ (Want::Play(_) | Want::Wait(_) | Want::Quiet | Want::Over) => return want,
            }
        }
        self.oracle.want(at)
    }

    /// It was quiet: the tool had nothing to send, and nothing to wait for.
    fn quiet(&mut self, (index, at): (usize, Moment)) -> Result<(), Departure> {
        let want = self.ask(at);
        if let Some(ready) = self.sends.cut_short(&self.oracle) {
            let text = format!("the record does not show what happened when {}", self.sends.drawn(ready.arrow));
            return Err(Departure { doubt: doubt(text, self.sends.spans(&[ready.arrow])), voids: false });
        }
        match want {
            // What came before counts, whatever was not sent since; and once enough was told nothing more is waited for.
            _ if self.oracle.has_violation() => Ok(()),
            Want::Play(ready) if self.is_sent_then((index, at), &ready) => Ok(()),
            Want::Quiet | Want::Over | Want::Play(_) => self.unsent((index, at), |_| true),
            Want::Echo(_) | Want::Wait(_) => {
                let awaited = self.oracle.awaited();
                let text = match awaited.first() {
                    Some(next) => format!(
                        "the record ends at its line {}, before the time for line {} of the diagram is over",
                        line_of(index),
                        self.script.plan.order().arrow(*next).line
                    ),
                    None => format!("the record ends at its line {}, before the diagram ends", line_of(index)),
                };
                Err(self.departs(text))
            }
        }
    }

    /// It was listened as long as the tool, playing this diagram, would have listened. Of the diagram from which the trace was
    /// recorded it was; of another one only what it says itself is held against the record, whose deadlines count otherwise.
    fn listened_enough(&self, index: usize, evidence: Evidence, listened: Duration) -> Result<(), Departure> {
        // Older versions did not say how long it was.
        let unknown = listened.is_zero() && self.header.sends.is_none();
        if !self.changed || unknown || evidence == Evidence::Nobody || self.oracle.has_violation() {
            return Ok(());
        }
        let (forbids, was) = (self.script.plan.forbids(), Duration::from_nanos(self.header.settle));
        let settled = &self.script.settled;
        let mut wanted = window(settled, forbids, self.header.virtual_time, LISTEN);
        if !settled.settle_asked {
            wanted = wanted.min(was);
        }
        if listened >= wanted {
            return Ok(());
        }
        let (line, listened, wanted) = (line_of(index), elapsed_words(listened), elapsed_words(wanted));
        let text = format!(
            "the record is quiet at its line {line} after {listened} of listening, but the diagram requires {wanted}"
        );
        Err(Departure { doubt: doubt(text, self.sends.windows()), voids: false })
    }

    /// That a handshake was accepted, which is told only where it is drawn: it was drawn when the trace was recorded.
    fn is_undrawn_acceptance(
        &self,
        client: LifelineId,
        from: LifelineId,
        channel: Channel,
        observed: &Observed,
    ) -> bool {
        let accepted = matches!(observed, Observed::Status { code: ACCEPTED, .. }) && channel == Channel::Socket;
        let drawn = |connect| self.script.drawn.draws_acceptance(connect);
        self.changed && accepted && self.sends.connect(client, from).is_some_and(|connect| !drawn(connect))
    }

    /// Whether something that is to be sent is sent at the very moment of an entry, behind it: that it was quiet until then
    /// is why it is.
    fn is_sent_then(&self, (index, at): (usize, Moment), ready: &[Ready]) -> bool {
        let order = self.script.plan.order();
        self.digest.sent_then(index, at).iter().any(|send| {
            let client = self.places.get(send.lifeline as usize).copied().flatten();
            let fits = |ready: &Ready| Some(ready.lifeline) == client && order.arrow(ready.arrow).label == send.label;
            ready.iter().any(fits)
        })
    }

    /// The diagram has something sent here, and the record does not: where that matters, it departs.
    fn unsent(&mut self, (index, at): (usize, Moment), matters: impl FnOnce(&Oracle) -> bool) -> Result<(), Departure> {
        if self.whole && !self.digest.sends_later(index) {
            return Ok(());
        }
        let due = self.oracle.due(at);
        if due.is_empty() || !matters(&self.oracle) {
            return Ok(());
        }
        self.lacks(index, &due.iter().map(|ready| ready.arrow).collect::<Vec<_>>())
    }

    /// What came is drawn below sends that the record does not have by then: in the diagram from which it was recorded they
    /// stood elsewhere, and nobody knows what would have come had they been sent where they stand now.
    fn moved(&self, index: usize, unsent: Vec<ArrowId>) -> Result<(), Departure> {
        if self.changed { self.lacks(index, &unsent) } else { Ok(()) }
    }

    fn lacks(&self, index: usize, sends: &[ArrowId]) -> Result<(), Departure> {
        let Some(first) = sends.first() else { return Ok(()) };
        let text = format!(
            "{}, but the record does not contain it before its line {}",
            self.sends.drawn(*first),
            line_of(index)
        );
        Err(Departure { doubt: doubt(text, self.sends.spans(sends)), voids: true })
    }

    /// From here on; what came before counts.
    fn departs(&self, text: String) -> Departure {
        Departure { doubt: doubt(text, self.sends.next(&self.oracle)), voids: false }
    }

    /// The lifeline of the diagram that stands for one of the record.
    fn place(&self, index: usize, lifeline: u32) -> Result<LifelineId, Departure> {
        let known = self.places.get(lifeline as usize).copied().flatten();
        known.ok_or_else(|| {
            let name = self.header.lifelines.get(lifeline as usize).map_or("somebody", String::as_str);
            let text = format!("the record contains {name} in its line {}, but the diagram does not", line_of(index));
            Departure { doubt: doubt(text, Vec::new()), voids: false }
        })
    }

    /// The same, of one that the tool plays.
    fn client(&self, index: usize, lifeline: u32) -> Result<LifelineId, Departure> {
        let place = self.place(index, lifeline)?;
        let lifeline = self.script.plan.order().lifeline(place);
        match lifeline.role {
            Role::Simulated | Role::Silent => return Ok(place),
            Role::Tested => {}
        }
        let text = format!(
            "{} is a client in line {} of the record, but under test in the diagram",
            lifeline.name,
            line_of(index)
        );
        Err(Departure { doubt: doubt(text, Vec::new()), voids: false })
    }
}
