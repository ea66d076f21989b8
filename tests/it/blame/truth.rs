//! What is really wrong in one play, computed from what the server said beside what a correct one would have said: nothing
//! here asks the oracle what it found.
//!
//! What a connection was told is compared with what was due on it, up to the first difference. Of all connections the
//! difference counts whose cause came first. Which arrow draws a message that was due, a play of the same diagram against
//! a correct server tells; which arrow caused one that was not, the trace: the arrow that sent the input it follows from.

use seqcheck::oracle::{Class, Fate, Plan};
use seqcheck::order::ArrowId;
use seqcheck::run::Played;
use seqcheck::server::watch::{Account, Sent, What};
use seqcheck::trace::Event;
use seqcheck::wire::{Observed, Resolved};
use std::collections::{BTreeMap, BTreeSet};

/// One difference.
#[derive(Debug)]
pub struct Truth {
    /// The input that it follows from.
    pub cause: usize,
    /// What it may rightly be called.
    pub classes: BTreeSet<Class>,
    /// The arrows at which it may rightly be told.
    pub arrows: BTreeSet<ArrowId>,
    /// What was due and what was said, for people.
    pub about: String,
}

/// Which arrow draws what: by client, text, and how many such texts the client got before.
pub type Drawn = BTreeMap<(u32, String, usize), ArrowId>;

/// What passing plays on one server say of it.
pub fn drawn(plays: &[Played]) -> Drawn {
    let mut counts: BTreeMap<(u32, String), usize> = BTreeMap::new();
    let mut drawn = Drawn::new();
    for played in plays {
        for (index, entry) in played.trace.iter().enumerate() {
            let Event::Received { lifeline, observed, .. } = &entry.event else { continue };
            let text = text(observed);
            let count = counts.entry((*lifeline, text.clone())).or_default();
            let mark = played.outcome.marks.iter().find(|mark| mark.entry == Some(index) && mark.fate == Fate::Passed);
            if let Some(arrow) = mark.and_then(|mark| mark.arrow) {
                drawn.insert((*lifeline, text, *count), arrow);
            }
            *count += 1;
        }
    }
    drawn
}

/// As the server's account has it.
fn text(observed: &Observed) -> String {
    match observed {
        Observed::Message(message) => message.raw.to_string(),
        Observed::Garbled { raw, .. } => raw.to_string(),
        Observed::Status { code, .. } => format!("HTTP {code}"),
        Observed::Event { event, id, data } => {
            format!("id: {}\nevent: {event}\ndata: {data}", id.as_deref().unwrap_or_default())
        }
        Observed::Close { code, .. } => code.map_or("Close".to_owned(), |code| format!("Close {code}")),
        Observed::End { .. } => "end".to_owned(),
        Observed::Dialled { url, .. } | Observed::Asked { url, .. } => url.clone(),
    }
}

/// The differences whose cause came first.
pub fn truths(account: &Account, plays: &[Played], plan: &Plan, drawn: &Drawn) -> Vec<Truth> {
    let senders = Senders::new(account, plays, plan);
    let view = View { account, drawn, senders: &senders };
    let mut found: Vec<Truth> = senders.lifelines.keys().filter_map(|on| view.difference(*on)).collect();
    if found.is_empty() {
        found.extend(view.unanswered_echo());
    }
    let first = found.iter().map(|truth| truth.cause).min();
    found.retain(|truth| Some(truth.cause) == first);
    found
}

/// Who is behind a connection, and which arrow sent an input.
struct Senders {
    lifelines: BTreeMap<u64, u32>,
    arrows: BTreeMap<usize, ArrowId>,
    /// Of what no arrow sent: the last that did so on the same connection. An echo confirms it.
    echoes: BTreeMap<usize, ArrowId>,
}

impl Senders {
    fn new(account: &Account, plays: &[Played], plan: &Plan) -> Senders {
        let mut senders = Senders { lifelines: BTreeMap::new(), arrows: BTreeMap::new(), echoes: BTreeMap::new() };
        let mut last: BTreeMap<u64, ArrowId> = BTreeMap::new();
        let mut sends: Vec<(u32, ArrowId, Vec<String>)> = Vec::new();
        for entry in plays.iter().flat_map(|played| &played.trace) {
            if let Event::Sent { lifeline, arrow, raw, .. } = &entry.event {
                sends.push((*lifeline, ArrowId(*arrow), raw.iter().map(ToString::to_string).collect()));
            }
        }
        let opens = |arrow: ArrowId| {
            matches!(plan.planned(arrow).resolved, Some(Resolved::Connect { .. } | Resolved::Request(_)))
        };
        let ends = |arrow: ArrowId| {
            plan.order().arrow(arrow).traits.lost
                || matches!(
                    plan.planned(arrow).resolved,
                    Some(Resolved::Disconnect | Resolved::Drop | Resolved::DropEvents)
                )
        };
        let mut requests: BTreeMap<u64, ArrowId> = BTreeMap::new();
        let mut over: BTreeSet<u64> = BTreeSet::new();
        for (index, input) in account.inputs.iter().enumerate() {
            let Some(on) = input.on else { continue };
            let who = senders.lifelines.get(&on).copied();
            let mut sent = |is: &dyn Fn(ArrowId, &[String]) -> bool| {
                let fits = |(lifeline, arrow, raw): &(u32, ArrowId, Vec<String>)| {
                    who.is_none_or(|who| who == *lifeline) && is(*arrow, raw)
                };
                sends.iter().position(fits).map(|place| sends.remove(place))
            };
            let found = match &input.what {
                What::Asked => sent(&|arrow, _| opens(arrow)),
                // The body of a request comes behind its head.
                What::Text(_) if requests.contains_key(&on) => {
                    senders.arrows.insert(index, requests[&on]);
                    continue;
                }
                What::Text(text) => sent(&|_, raw| raw.first() == Some(text)),
                What::Binary => sent(&|_, raw| raw.first().is_some_and(|raw| raw.starts_with("0x"))),
                // Behind a Close the transport ends as well.
                What::Ended if !over.insert(on) => None,
                What::Ended => sent(&|arrow, _| ends(arrow)),
                What::Other => None,
            };
            let Some((lifeline, arrow, mut raw)) = found else {
                senders.echoes.extend(last.get(&on).map(|arrow| (index, *arrow)));
                continue;
            };
            senders.arrows.insert(index, arrow);
            last.insert(on, arrow);
            senders.lifelines.entry(on).or_insert(lifeline);
            if matches!(plan.planned(arrow).resolved, Some(Resolved::Request(_))) {
                requests.insert(on, arrow);
            } else if raw.len() > 1 {
                // Of several frames of one arrow each comes by itself.
                raw.remove(0);
                sends.insert(0, (lifeline, arrow, raw));
            }
        }
        senders
    }
}

struct View<'a> {
    account: &'a Account,
    drawn: &'a Drawn,
    senders: &'a Senders,
}

impl View<'_> {
    /// What was said to one connection, without what follows from echoes and from taking the play down.
    fn told<'s>(&self, list: &'s [Sent], on: u64) -> Vec<&'s Sent> {
        let judged =
            |said: &&Sent| said.to == on && self.senders.arrows.contains_key(&said.cause) && said.what != "HTTP 101";
        list.iter().filter(judged).collect()
    }

    /// Nothing that is drawn differs, and an echo that was due was not answered.
    fn unanswered_echo(&self) -> Option<Truth> {
        let said = |due: &Sent| self.account.sent.iter().any(|said| said.to == due.to && said.what == due.what);
        let due = self.account.due.iter().find(|due| self.senders.echoes.contains_key(&due.cause) && !said(due))?;
        let arrows = BTreeSet::from([self.senders.echoes[&due.cause]]);
        let about = format!("{}: no answer to an echo", due.to);
        Some(Truth { cause: due.cause, classes: BTreeSet::from([Class::Missing]), arrows, about })
    }

    /// The first difference between what a connection was told and what was due on it.
    fn difference(&self, on: u64) -> Option<Truth> {
        let (due, said) = (self.told(&self.account.due, on), self.told(&self.account.sent, on));
        // Long after it was due.
        let late = |said: &Sent, due: &Sent| said.at.saturating_sub(due.at) > std::time::Duration::from_secs(1);
        // Before that was sent from which it was to follow.
        let early = |said: &Sent, due: &Sent| said.cause < due.cause && said.at < due.at;
        let same = |(due, said): &(&&Sent, &&Sent)| due.what == said.what && !late(said, due) && !early(said, due);
        let at = due.iter().zip(&said).take_while(same).count();
        let (wanted, came) = (due.get(at).copied(), said.get(at).copied());
        if wanted.is_none() && came.is_none() {
            return None;
        }
        let later = |list: &[&Sent], what: &Sent| list.iter().skip(at).any(|said| said.what == what.what);
        let (mut classes, mut arrows) = (BTreeSet::new(), BTreeSet::new());
        let about = format!("{on}: {:?} instead of {:?}", came.map(|it| &it.what), wanted.map(|it| &it.what));
        let wanted_comes = wanted.is_some_and(|wanted| later(&said, wanted));
        let came_is_due = came.is_some_and(|came| later(&due, came));
        let place = wanted.and_then(|wanted| self.arrow(on, wanted, &self.account.due));
        let mut own = |class: &[Class]| {
            classes.extend(class.iter().copied());
            arrows.extend(place);
        };
        let cause = match (wanted, came) {
            // It is what is due next, too early; where that comes as well, one of the two is a copy.
            (Some(wanted), Some(came)) if wanted.what == came.what && early(came, wanted) => {
                own(&[Class::Early]);
                if said.iter().skip(at + 1).any(|said| said.what == wanted.what) {
                    own(&[Class::Duplicate]);
                    self.extra(on, came, &said[..at], &mut classes, &mut arrows);
                }
                came.cause
            }
            (Some(wanted), Some(came)) if wanted_comes && came_is_due => {
                own(&[Class::Reordered]);
                arrows.extend(self.arrow(on, came, &self.account.sent));
                wanted.cause.min(came.cause)
            }
            (Some(wanted), Some(_)) if came_is_due && !wanted_comes => {
                own(&[Class::Missing]);
                wanted.cause
            }
            (Some(wanted), None) => {
                own(&[Class::Missing]);
                wanted.cause
            }
            (Some(wanted), Some(came)) if !wanted_comes => {
                let one = [Class::WrongPayload];
                own(&one);
                // Instead of something quite different, it is one too many, and one that does not come.
                if kind(&wanted.what) != kind(&came.what) {
                    own(&[Class::Missing]);
                    self.extra(on, came, &said[..at], &mut classes, &mut arrows);
                }
                wanted.cause.min(came.cause)
            }
            (_, Some(came)) => {
                self.extra(on, came, &said[..at], &mut classes, &mut arrows);
                came.cause
            }
            (None, None) => return None,
        };
        if wanted.is_some_and(|wanted| {
            said.iter().skip(at).find(|said| said.what == wanted.what).is_none_or(|said| late(said, wanted))
        }) {
            classes.extend([Class::Late, Class::Missing]);
            arrows.extend(place);
        }
        Some(Truth { cause, classes, arrows, about })
    }

    /// Something that was not due here.
    fn extra(
        &self,
        on: u64,
        came: &Sent,
        before: &[&Sent],
        classes: &mut BTreeSet<Class>,
        arrows: &mut BTreeSet<ArrowId>,
    ) {
        arrows.extend(self.senders.arrows.get(&came.cause));
        if came.what == "end" || came.what.starts_with("Close") {
            classes.insert(Class::Closed);
            return;
        }
        // Also what this client got on a connection before this one.
        let who = self.senders.lifelines.get(&on);
        let own = |said: &&Sent| self.senders.lifelines.get(&said.to) == who;
        let earlier = self.account.sent.iter().take_while(|said| !std::ptr::eq(*said, came)).filter(own);
        if let Some(first) = before.iter().copied().chain(earlier).find(|said| said.what == came.what) {
            classes.insert(Class::Duplicate);
            arrows.extend(self.arrow(on, first, &self.account.sent));
            return;
        }
        // It is drawn for this client further down: too early.
        if let Some(arrow) = self.arrow(on, came, &self.account.sent) {
            classes.insert(Class::Early);
            arrows.insert(arrow);
        }
        // What answers one's own request is nobody else's, whoever got the same for theirs.
        let others =
            self.account.due.iter().filter(|due| due.what == came.what && due.cause == came.cause && due.to != on);
        let mut others =
            others.filter(|due| self.senders.lifelines.get(&due.to) != self.senders.lifelines.get(&on)).peekable();
        if others.peek().is_some() {
            classes.insert(Class::Misrouted);
            arrows.extend(others.filter_map(|due| self.arrow(due.to, due, &self.account.due)));
        } else {
            classes.insert(Class::Unexpected);
        }
    }

    /// The arrow that draws something said to a client.
    fn arrow(&self, on: u64, what: &Sent, list: &[Sent]) -> Option<ArrowId> {
        let who = *self.senders.lifelines.get(&on)?;
        let same = |said: &&Sent| self.senders.lifelines.get(&said.to) == Some(&who) && said.what == what.what;
        let before = list.iter().take_while(|said| !std::ptr::eq(*said, what)).filter(same).count();
        self.drawn.get(&(who, what.what.clone(), before)).copied()
    }
}

/// The type of a message, or what else it is.
fn kind(what: &str) -> String {
    let json: Option<serde_json::Value> = serde_json::from_str(what.strip_prefix("binary ").unwrap_or(what)).ok();
    match json.as_ref().and_then(|json| json.get("type")).and_then(serde_json::Value::as_str) {
        Some(kind) => kind.to_owned(),
        None => what.split(' ').next().unwrap_or_default().replace("end", "Close"),
    }
}
