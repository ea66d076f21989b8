use super::alarm::Alarm;
use super::beside::Beside;
use super::conn::{Conn, Conns, Pair, Phase};
use super::host::Hosting;
use super::{Stage, over_total};
use crate::net::Ticket;
use crate::oracle::Trouble;
use crate::order::LifelineId;
use crate::run::clock::Clock;
use crate::run::links::{Jar, LinkEvent, Links};
use crate::trace::{Moment, Stops};
use crate::wire::{Context, Party, Way};
use std::collections::{BTreeMap, VecDeque};
use std::future::poll_fn;
use std::task::Poll;
use std::time::{Duration, Instant};
use tokio::task::coop::has_budget_remaining;

/// How many turns of the loop pass between two looks at the wall clock, where time is virtual.
const LOOK: u32 = 64;

/// How much longer than the whole play the clients may take to leave.
const LAST_WORDS: Duration = Duration::from_millis(250);

/// The connections of a play, and waiting for them.
pub(super) struct Line<'a> {
    pub stage: &'a Stage,
    pub links: Links,
    pub conns: Conns,
    /// The cookies that several clients share, by what their bindings call them.
    jars: BTreeMap<String, Jar>,
    pub clock: Clock,
    /// What passes beside what is drawn.
    pub beside: Beside,
    /// When a program of a codec worked, and what of it the oracle has not been told.
    pub stops: Stops,
    pub stopped: Vec<(Moment, Duration)>,
    /// How long the codec had worked at the last look.
    worked: Duration,
    /// What the clock shows, where it stands still until something is waited for.
    shown: Option<Moment>,
    alarm: Alarm,
    /// The last moment at which all that was on its way had been taken in, and nothing was left.
    silent_at: Moment,
    began: Instant,
    turns: u32,
    /// Nobody has come yet who is waited for: the play has not begun.
    pub waits: bool,
    /// The doors at which clients knock: their tickets, and whose they are.
    pub doors: Vec<(Ticket, LifelineId)>,
}

impl<'a> Line<'a> {
    pub(super) fn new(stage: &'a Stage) -> Self {
        Line {
            stage,
            links: Links::new(),
            conns: Conns::default(),
            jars: BTreeMap::new(),
            clock: Clock::start(stage.epoch_millis),
            beside: Beside::default(),
            stops: Stops::default(),
            stopped: Vec::new(),
            worked: stage.words.binding().worked(),
            shown: None,
            alarm: Alarm::new(),
            silent_at: Moment(0),
            began: Instant::now(),
            turns: 0,
            waits: false,
            doors: Vec::new(),
        }
    }

    /// Opens the doors of the stage.
    pub(super) fn listen(&mut self) {
        for door in &self.stage.doors {
            let ticket = self.links.listen(door.door.clone(), door.frames);
            self.doors.push((ticket, door.server));
        }
    }

    /// Whose door it is.
    pub(super) fn server_at(&self, door: Ticket) -> Option<LifelineId> {
        self.doors.iter().find(|(ticket, _)| *ticket == door).map(|(_, server)| *server)
    }

    pub(super) fn now(&mut self) -> Moment {
        let now = self.shown.unwrap_or_else(|| self.look());
        // A paused clock goes on only while every task waits, and this one waits only in `next_while`.
        self.shown = self.stage.virtual_time.then_some(now);
        now
    }

    /// Looks at the clock, and takes out what a codec has worked since the last look. Virtual time does not go on meanwhile.
    fn look(&mut self) -> Moment {
        let worked = self.stage.words.binding().worked();
        let stop = worked.saturating_sub(self.worked);
        self.worked = worked;
        if !stop.is_zero() && !self.stage.virtual_time {
            let before = self.moment(self.clock.now());
            let at = before.less(stop);
            self.stops.add(at, stop);
            self.stopped.push((at, stop));
        }
        self.moment(self.clock.now())
    }

    /// The time of the play at a moment of its clock, which goes on where that stands still.
    pub(super) fn moment(&self, clock: Moment) -> Moment {
        self.stops.moment(clock)
    }

    /// The wall clock of this play, in milliseconds since 1970.
    pub(super) fn millis(&mut self) -> u64 {
        let now = self.now().plus(self.stops.total());
        self.clock.millis(now)
    }

    /// A client's dealings with a server; they begin with their first use.
    pub(super) fn conn(&mut self, pair: Pair) -> Result<&mut Conn, Trouble> {
        let index = match self.conns.index(pair) {
            Some(index) => index,
            None => {
                let conn = self.begin(pair)?;
                self.conns.add(conn)
            }
        };
        self.conns.at(index).ok_or_else(|| nowhere("it"))
    }

    fn begin(&mut self, pair: Pair) -> Result<Conn, Trouble> {
        let order = self.stage.plan.order();
        let party = |id: LifelineId| {
            let lifeline = order.lifeline(id);
            Party { id: lifeline.name.clone(), label: lifeline.label.clone() }
        };
        let binding = self.stage.words.binding();
        let serves = order.serves(pair.0, pair.1);
        // The holes of a binding see client and server, whoever of them the tool is.
        let (client, server) = if serves { (pair.1, pair.0) } else { pair };
        let (own, peer) = (party(client), party(server));
        let route = self.stage.routes.iter().position(|place| place.server == pair.1).filter(|_| !serves);
        let target = match route {
            Some(route) => self.stage.routes[route].base.as_str(),
            None if serves => {
                let mut doors = self.stage.doors.iter();
                doors.find(|door| door.server == pair.0).map_or("", |door| door.base.as_str())
            }
            None => return Err(nowhere(&order.lifeline(pair.1).name)),
        };
        let jar = self.jar(target, &own, &peer)?;
        Ok(Conn {
            pair,
            session: match serves {
                true => binding.session_served(&own, &peer, &self.stage.run),
                false => binding.session(&own, &peer, &self.stage.run),
            },
            way: Way::default(),
            over_http: self.stage.words.binding().echoes_over_http(&own.id) == Some(true),
            own,
            peer,
            route,
            target: target.into(),
            hosting: Hosting::default(),
            came: false,
            knower: client.0,
            seq: 0,
            nonce: 0,
            phase: Phase::Closed,
            socket: None,
            posts: false,
            exchanges: Vec::new(),
            jar,
            errands: VecDeque::new(),
            errand: String::new(),
            errands_made: 0,
            waiting: VecDeque::new(),
            asking: None,
            again: None,
            streams: Vec::new(),
            echoes: Vec::new(),
            paused: false,
            mute: false,
            due: Vec::new(),
        })
    }

    /// The cookies of a client: its own, or those that it shares.
    fn jar(&mut self, target: &str, own: &Party, peer: &Party) -> Result<Jar, Trouble> {
        let (stage, now_millis) = (self.stage, self.millis());
        let binding = stage.words.binding();
        let mut context = Context {
            target,
            run: &stage.run,
            mark: &stage.mark,
            seq: &mut 0,
            made: &mut 0,
            now_millis,
            random: &mut || 0,
        };
        let session = binding.session_of((own, peer), &mut context);
        let new = Jar::new(self.clock, binding.secrets().clone());
        Ok(match session.map_err(|why| super::unbuilt("`session`", &why, None))? {
            Some(session) => self.jars.entry(session).or_insert(new).clone(),
            None => new,
        })
    }

    /// The next thing that happens on any connection; none when the time has come.
    pub(super) async fn next(&mut self, until: Moment) -> Option<(Ticket, LinkEvent)> {
        let until = self.conns.next_due().map_or(until, |due| due.min(until));
        let until = if self.stage.virtual_time { until } else { until.min(self.end_of_total()) };
        // Where nothing is being opened any more, what was held has its time from then.
        let dialled = self.links.is_any_dialled();
        self.next_while(until, |links| !dialled || links.is_any_dialled()).await
    }

    /// The next thing that happens while a server still has to end a connection that is closed on both sides; none when
    /// there is no such connection, or the time has come.
    pub(super) async fn next_while_parting(&mut self, until: Moment) -> Option<(Ticket, LinkEvent)> {
        self.next_while(until, Links::is_any_parting).await
    }

    /// The next thing that happens; none when the time has come, or when waiting is worth nothing.
    async fn next_while(&mut self, until: Moment, worth: impl Fn(&Links) -> bool) -> Option<(Ticket, LinkEvent)> {
        let until = self.clock.instant(until.plus(self.stops.total()));
        self.shown = None;
        let (links, alarm) = (&mut self.links, &mut self.alarm);
        let mut rung = false;
        let happened = poll_fn(|cx| match links.poll(cx) {
            Poll::Ready(happened) => Poll::Ready(Some(happened)),
            Poll::Pending if worth(links) => alarm.poll(cx, until).map(|()| {
                rung = true;
                None
            }),
            Poll::Pending => Poll::Ready(None),
        })
        .await;
        if rung { self.left_over().await } else { happened }
    }

    /// What has come by the time that the alarm rang. A thread that did not run for a while finds the alarm first: what
    /// the system holds for it is taken in before anybody concludes that nothing came.
    pub(super) async fn left_over(&mut self) -> Option<(Ticket, LinkEvent)> {
        let looked = self.look();
        if !self.stage.virtual_time {
            // Comes back when the system was asked what has come.
            tokio::task::yield_now().await;
        }
        let links = &mut self.links;
        // Each connection may use up a turn of the runtime; what never stops is not waited for.
        let mut turns = links.count();
        let happened = poll_fn(|cx| match links.poll(cx) {
            Poll::Ready(happened) => Poll::Ready(Some(happened)),
            Poll::Pending if turns > 0 && !has_budget_remaining() => {
                turns -= 1;
                Poll::Pending
            }
            Poll::Pending => Poll::Ready(None),
        });
        let happened = happened.await;
        if happened.is_none() {
            self.silent_at = looked;
        }
        happened
    }

    /// The last moment at which nothing was left that had come by then.
    pub(super) fn silent_at(&self) -> Moment {
        self.silent_at
    }

    pub(super) fn end_of_total(&self) -> Moment {
        self.moment(self.clock.now()).plus(self.left_of_total() + Duration::from_millis(1))
    }

    /// How much is left of the time that the play may take.
    pub(super) fn left_of_total(&self) -> Duration {
        self.stage.settled.total.saturating_sub(self.began.elapsed())
    }

    /// When the last words of the clients end: within the time of the play, and a little more.
    pub(super) fn last_words(&mut self, time: Duration) -> Moment {
        let until = self.now().plus(time);
        if self.stage.virtual_time { until } else { until.min(self.end_of_total().plus(LAST_WORDS)) }
    }

    /// Whether the clients still leave: the time is not over, nor that of the play, which is real also where this one is
    /// virtual.
    pub(super) fn goes_on(&mut self, until: Moment) -> bool {
        self.now() < until && self.began.elapsed() <= self.stage.settled.total.saturating_add(LAST_WORDS)
    }

    /// The deadline of the whole play is one of real time, also where the play's own time is virtual.
    pub(super) fn within_total(&mut self) -> Result<(), Trouble> {
        self.turns = self.turns.wrapping_add(1);
        if self.waits {
            self.began = Instant::now();
        }
        let look = !self.stage.virtual_time || self.turns.is_multiple_of(LOOK);
        if look && self.began.elapsed() > self.stage.settled.total {
            return Err(over_total(self.stage.settled.total));
        }
        Ok(())
    }
}

/// A lifeline for which no target stands: [`crate::run::Prepared`] gives one to all that are dialled.
fn nowhere(name: &str) -> Trouble {
    Trouble {
        kind: "harness",
        message: format!("there is no target for {name}"),
        help: vec!["please report this with the diagram".to_owned()],
        spans: Vec::new(),
    }
}
