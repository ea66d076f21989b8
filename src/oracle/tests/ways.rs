//! What a diagram allows, written from `docs/semantics.md`: every way through its choices, and of each way what has to come
//! before what. A trace is right where it is a linear extension of one of them.
//!
//! Only the cause of a message is taken from the plan: how it is found has tests of its own.

use super::walk::{Around, Part, Scopes, parts};
use crate::diagram::OrderMode;
use crate::oracle::{Options, Plan};
use crate::trace::Moment;
use crate::wire::Channel;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// A connection: its client, its server, and which of those between them.
pub type Place = (u32, u32, Channel);

/// One message of a way.
#[derive(Clone, Debug)]
pub struct Happening {
    pub arrow: u32,
    pub label: Arc<str>,
    /// Who sends or gets it, and who is at the other end.
    pub client: u32,
    pub server: u32,
    pub channel: Channel,
    pub sent: bool,
    /// It says a value that the server chooses: the name, and the turn in which that is fresh.
    pub name: Option<(Arc<str>, u32)>,
    /// How soon it may come after its cause, and how late after all that is drawn above.
    pub after: Option<Duration>,
    /// The longest such time of what the same server says above.
    pub behind: Duration,
    pub within: Option<Duration>,
    /// Before it, without exception.
    pub before: u64,
    /// Before it, one of these; empty where nothing is.
    pub one_of: u64,
    /// What it follows from, where that is one message.
    pub cause: u64,
    /// Everything that the tool sends and that is drawn above.
    pub above: u64,
}

/// One way through the choices.
#[derive(Clone, Debug)]
pub struct Way {
    pub events: Vec<Happening>,
    /// For each `critical` and connection: the frames that come without another between them.
    together: Vec<(Place, u64)>,
    /// For each `ignore` and connection: the frames within.
    ignoring: Vec<(Place, u64)>,
}

/// Every way; none where there are too many.
pub fn ways(plan: &Plan, options: &Options) -> Option<Vec<Way>> {
    let scopes = Scopes::of(plan.order());
    let all = parts(plan.order(), options)?;
    Some(all.iter().map(|part| Way::new(plan, options.order, part, &scopes)).collect())
}

impl Happening {
    pub fn place(&self) -> Place {
        (self.client, self.server, self.channel)
    }
}

/// Whether two messages, one above the other, stand in different operands of a `par`.
fn apart(one: &Around, other: &Around) -> bool {
    let differs = one.par.iter().zip(&other.par).find(|(one, other)| one != other);
    differs.is_some_and(|(one, other)| one.0 == other.0)
}

impl Way {
    fn new(plan: &Plan, mode: OrderMode, part: &Part, scopes: &Scopes) -> Way {
        let order = plan.order();
        let drawn = |index: usize| order.arrow(crate::order::ArrowId(part.events[index].0));
        let sent = |index: usize| order.simulated(drawn(index).from);
        let client = |index: usize| {
            let point = if sent(index) { drawn(index).from } else { drawn(index).to };
            point.lifeline().unwrap_or_default().0
        };
        let server = |index: usize| {
            let point = if sent(index) { drawn(index).to } else { drawn(index).from };
            point.lifeline().unwrap_or_default().0
        };
        let channel = |index: usize| plan.planned(crate::order::ArrowId(part.events[index].0)).channel;
        let mask = |all: &mut dyn Iterator<Item = usize>| all.fold(0u64, |mask, index| mask | 1 << index);
        let mut events = Vec::new();
        for (at, (arrow, around)) in part.events.iter().enumerate() {
            let higher: Vec<usize> = (0..at).filter(|other| !apart(&part.events[*other].1, around)).collect();
            let pick = |fits: &dyn Fn(usize) -> bool| mask(&mut higher.iter().copied().filter(|index| fits(*index)));
            let above = pick(&|index| sent(index) && server(index) == server(at));
            let place = |index: usize| (client(index), server(index), channel(index));
            let connection = pick(&|index| !sent(index) && place(index) == place(at));
            let planned = plan.planned(crate::order::ArrowId(*arrow));
            let cause = planned.cause;
            let within = |index: usize| around.strict.is_some() && part.events[index].1.strict == around.strict;
            let (mut before, mut one_of, mut caused) = (0, 0, 0);
            if sent(at) {
                let own = |index: usize| client(index) == client(at) && (mode != OrderMode::Burst || sent(index));
                before |= pick(&|index| own(index) || (mode == OrderMode::Diagram && server(index) == server(at)));
                before |= pick(&within);
            } else {
                before |= connection | pick(&|index| sent(index) && within(index) && server(index) == server(at));
                // What need not have been sent may be what it follows from, where it was.
                let optional = pick(&|index| planned.optional.iter().any(|sent| sent.0 == part.events[index].0));
                one_of = optional;
                match cause {
                    _ if around.strict.is_some() && mode == OrderMode::Diagram => before |= above,
                    Some(cause) => {
                        // In a loop, that of this turn.
                        let all = pick(&|index| part.events[index].0 == cause.arrow.0);
                        let last = (1u64 << (63 - all.leading_zeros().min(63))) & all;
                        if optional == 0 {
                            caused = last;
                            before |= last;
                        } else {
                            one_of |= last;
                        }
                    }
                    None if mode == OrderMode::Diagram && optional == 0 => before |= above,
                    None if mode == OrderMode::Diagram => {}
                    // The nearest above: nothing that the tool sends is drawn between.
                    None => {
                        let asked = |index: usize| sent(index) && server(index) == server(at);
                        let nearer = |one: usize, other: usize| {
                            other > one && asked(other) && !apart(&part.events[one].1, &part.events[other].1)
                        };
                        one_of |= pick(&|one| asked(one) && !higher.iter().any(|other| nearer(one, *other)));
                    }
                }
            }
            let (label, traits) = (Arc::clone(&drawn(at).label), &drawn(at).traits);
            events.push(Happening {
                arrow: *arrow,
                name: scopes.name(&label, around),
                label,
                client: client(at),
                server: server(at),
                channel: channel(at),
                sent: sent(at),
                after: traits.after,
                behind: higher
                    .iter()
                    .filter(|index| !sent(**index) && server(**index) == server(at))
                    .filter_map(|index| drawn(*index).traits.after)
                    .max()
                    .unwrap_or_default(),
                within: traits.within,
                before,
                one_of,
                cause: caused,
                above,
            });
        }
        let group = |of: &dyn Fn(&Around) -> Vec<u32>| {
            let numbers: BTreeSet<u32> = part.events.iter().flat_map(|(_, around)| of(around)).collect();
            let places: BTreeSet<Place> = events.iter().map(Happening::place).collect();
            let pairs = numbers.iter().flat_map(|number| places.iter().map(move |place| (*number, *place)));
            let inside = |(number, who): (u32, Place)| {
                let within = |at: &usize| of(&part.events[*at].1).contains(&number);
                let frame = |at: &usize| !events[*at].sent && events[*at].place() == who;
                (who, mask(&mut (0..events.len()).filter(within).filter(frame)))
            };
            pairs.map(inside).filter(|(_, mask)| *mask != 0).collect::<Vec<_>>()
        };
        let (together, ignoring) = (group(&|around| around.critical.clone()), group(&|around| around.ignore.clone()));
        Way { events, together, ignoring }
    }

    /// Whether a message may be next.
    pub fn may(&self, done: u64, at: usize) -> bool {
        let event = &self.events[at];
        done >> at & 1 == 0
            && event.before & !done == 0
            && (event.one_of == 0 || event.one_of & done != 0)
            && self.fits_together(done, at)
    }

    /// Whether no block of which a part has come keeps this frame out.
    pub fn fits_together(&self, done: u64, at: usize) -> bool {
        let event = &self.events[at];
        let keeps_out = |(place, frames): &(Place, u64)| {
            *place == event.place() && frames & done != 0 && frames & !done != 0 && frames >> at & 1 == 0
        };
        event.sent || !self.together.iter().any(keeps_out)
    }

    /// Whether a connection is within an `ignore`.
    pub fn ignores_at(&self, done: u64, place: Place) -> bool {
        self.ignoring.iter().any(|(who, frames)| *who == place && frames & done != 0 && frames & !done != 0)
    }

    /// Whether the socket between the ends of a message is.
    pub fn ignores(&self, done: u64, event: &Happening) -> bool {
        self.ignores_at(done, (event.client, event.server, Channel::Socket))
    }

    /// The last of some moments.
    pub fn latest(mask: u64, at: &[Moment]) -> Moment {
        (0..at.len()).filter(|one| mask >> one & 1 == 1).map(|one| at[one]).max().unwrap_or(Moment(0))
    }

    /// When the cause of a message was sent.
    pub fn since(&self, index: usize, done: u64, at: &[Moment]) -> Option<Moment> {
        let event = &self.events[index];
        if event.cause != 0 {
            return Some(Way::latest(event.cause, at));
        }
        if event.one_of != 0 {
            let sent = event.one_of & done;
            return (0..at.len()).filter(|one| sent >> one & 1 == 1).map(|one| at[one]).min();
        }
        Some(Way::latest(event.above & event.before, at))
    }

    pub fn all(&self) -> u64 {
        (1 << self.events.len()) - 1
    }

    /// Whether a frame has to come, whatever the tool does: all that it sends above has been sent. A server may answer
    /// sooner, and need not.
    pub fn owes(&self, done: u64) -> bool {
        let due = |event: &Happening| !event.sent && event.above & !done == 0;
        self.events.iter().enumerate().any(|(at, event)| done >> at & 1 == 0 && due(event))
    }

    /// What the tool is to send now.
    pub fn sends(&self, done: u64) -> BTreeSet<(u32, u32, Arc<str>)> {
        let ready = (0..self.events.len()).filter(|at| self.events[*at].sent && self.may(done, *at));
        let say = |event: &Happening| (event.client, event.server, Arc::clone(&event.label));
        ready.map(|at| say(&self.events[at])).collect()
    }
}
