//! One play: the loop between the oracle and the connections.
//!
//! One task does it all. It asks the oracle what it wants ([`Want`]), does that (`act`), tells it what comes on any
//! connection (`hear`, `exchange`), and establishes quiet where only silence tells how to go on (`quiet`). When the
//! oracle is through, the verdict is frozen; then the clients that are still connected leave (`teardown`), which is
//! recorded and never judged. `conn` is what is known of each client's dealings with each server, `line` the waiting.

mod act;
mod alarm;
pub(super) mod awaited;
mod beside;
mod browsers;
mod callers;
mod conn;
mod echo;
mod exchange;
mod hear;
mod host;
mod line;
mod linger;
mod open;
mod parting;
mod pressure;
mod quiet;
mod rest;
mod stage;
mod tally;
mod teardown;
mod trouble;
mod unnamed;
mod watch;

use super::hang;
use super::random::Random;
use crate::listen::Half;
use crate::oracle::{ECHO_HELP, Oracle, Outcome, Trouble, Verdict, Want};
use crate::order::LifelineId;
use crate::source::elapsed_words;
use crate::trace::{Aside, Entry, Evidence, Moment, Stops};
pub(super) use callers::{Answers, served};
pub(super) use hear::{request, status};
use line::Line;
pub(super) use open::{ACCEPTED, Drawn};
use quiet::Quiet;
pub(super) use quiet::{LISTEN, window};
pub(super) use stage::{OwnDoor, Place, Stage};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
pub(super) use trouble::over_total;
use trouble::{
    NOBODY_CAME, broken, in_halves, nobody_came, over_record, too_many_secrets, unanswered, unbuilt, unwritten,
};
pub(super) use watch::{Told, Wanted, Watch};

/// How many observations are still told after the first violation. A server that never stops sending would else make a
/// record without end, in which the first violation is what counts.
const AFTERMATH: u32 = 1_000;

/// How many bytes of observations are still told after the first violation, for the same reason.
const AFTERMATH_BYTES: u64 = 4 << 20;

struct Driver<'a> {
    stage: &'a Stage,
    oracle: Oracle,
    line: Line<'a>,
    quiet: Quiet,
    random: Random,
    /// The longest time that the answer to an echo took.
    slowest: Duration,
    /// A client has gone since anything came: nothing tells when the server has noticed.
    gone: bool,
    /// How much was taken in while a client was about to go.
    looked: u32,
    /// How many observations have been told since the first violation.
    aftermath: u32,
    /// How many bytes have been told in all, and when the first violation was seen; about.
    kept: u64,
    kept_before: u64,
    /// How many entries of the record whoever looks on has seen.
    shown: usize,
    /// When anything came on any connection for the last time.
    heard: Moment,
    /// An echo was answered.
    echoed: bool,
    /// What was waited for on connections that have ended since.
    awaited: awaited::AllAwaited,
    /// What the ends of connections have torn, where something was wrong already.
    torn: Vec<rest::Unfinished>,
    /// How many values were made up.
    made: u64,
    /// Somebody has knocked.
    visited: bool,
    /// It was concluded that nobody can come any more.
    deserted: bool,
    /// Clients of whom nothing but the order of dialling tells who they are; whether no other could have come.
    by_order: BTreeMap<LifelineId, bool>,
    /// What somebody asked who fits no drawn client, and whose it was taken for.
    guessed: Option<(String, LifelineId)>,
    /// Origins of pages whose browsers were not told that they may read an answer.
    foreign: BTreeSet<String>,
    /// Who has dialled and has not said who he is.
    unnamed: Vec<unnamed::Unnamed>,
    /// What is to be said of an answer that should have been an event stream.
    no_stream: Option<String>,
    /// Connections on which something was held back.
    held: Vec<pressure::Held>,
}

/// What came of a play.
pub(super) struct Over {
    /// What it came to.
    pub outcome: Outcome,
    /// The record.
    pub trace: Vec<Entry>,
    /// What passed beside it.
    pub asides: Vec<Aside>,
    /// Remarks.
    pub notes: Vec<String>,
    /// What was still waited for.
    pub awaited: awaited::AllAwaited,
    /// When its time stood still.
    pub stops: Stops,
}

/// Plays a diagram once.
pub(super) async fn play(stage: &Stage) -> Over {
    let mut driver = Driver {
        stage,
        oracle: Oracle::new(stage.plan.clone(), stage.judging.clone()),
        line: Line::new(stage),
        quiet: Quiet::default(),
        random: Random::new(stage.entropy),
        slowest: Duration::ZERO,
        gone: false,
        looked: 0,
        aftermath: 0,
        kept: 0,
        kept_before: 0,
        shown: 0,
        heard: Moment(0),
        echoed: false,
        awaited: awaited::AllAwaited::new(),
        torn: Vec::new(),
        made: 0,
        visited: false,
        deserted: false,
        by_order: BTreeMap::new(),
        guessed: None,
        unnamed: Vec::new(),
        foreign: BTreeSet::new(),
        no_stream: None,
        held: Vec::new(),
    };
    driver.line.listen();
    driver.oracle.learn(Moment(0), stage.learned.clone());
    let troubled = driver.run().await.map_err(|trouble| driver.oracle.fail(trouble)).is_err();
    driver.show();
    let unfinished = driver.unfinished();
    let afterwards = driver.linger(troubled).await;
    let notes = driver.by_order_note().into_iter().chain(driver.foreign_note()).chain(driver.no_stream.take());
    let notes: Vec<String> = notes.chain(driver.guessed_note()).collect();
    let (awaited, silent) = (driver.all_awaited(), driver.is_silent());
    driver.line.keep_heads(driver.oracle.log().len());
    let Driver { oracle, mut line, quiet, heard, echoed, .. } = driver;
    let halves = line.links.halves();
    let (mut outcome, mut trace) = oracle.freeze(&stage.words);
    awaited::tell(&mut outcome, &awaited, &trace, stage.plan.order());
    let unfinished = rest::tell(&mut outcome, unfinished, stage);
    let hangs = silent && hang::tell(&mut outcome, &trace, stage.plan.order(), heard, echoed);
    trace.extend(afterwards);
    line.teardown(&mut trace).await;
    let mute = mute(stage, &quiet).filter(|_| !hangs);
    let asides = line.beside.over();
    // Who has said nothing has looked whether the port is open. Where nobody came that is told with it.
    let told = outcome.trouble.as_ref().is_some_and(|trouble| trouble.kind == NOBODY_CAME);
    let halves: Vec<Half> = halves.into_iter().filter(|half| half.bytes > 0 && !told).collect();
    let halves = in_halves(&halves).filter(|_| outcome.verdict != Verdict::Pass);
    let notes = mute.into_iter().chain(notes).chain(unfinished).chain(halves).collect();
    Over { outcome, trace, asides, notes, awaited, stops: line.stops }
}

impl Driver<'_> {
    /// Until the oracle is through.
    async fn run(&mut self) -> Result<(), Trouble> {
        loop {
            self.line.waits = self.unvisited_until().is_some();
            let over = self.line.within_total().and_then(|()| self.within_record()).err();
            self.show();
            let now = self.line.now();
            let unvisited = self.unvisited_until().filter(|_| !self.is_alone());
            match unvisited {
                Some(until) if now >= until => return Err(nobody_came(self.stage, &self.line.links.halves())),
                Some(_) | None => {}
            }
            self.oracle.hold(now, self.line.links.is_any_dialled() || unvisited.is_some());
            self.end_greetings(now)?;
            self.name_silent(now)?;
            // Where enough was told nothing more is waited for.
            let want = self.oracle.want(now);
            let want = if want != Want::Over && self.is_enough() { Want::Quiet } else { want };
            match over {
                // What was found is told, and nothing more is waited for.
                Some(_) if want == Want::Quiet && self.oracle.failing() => {
                    self.report_quiet(Evidence::Timed, Duration::ZERO, Vec::new());
                    continue;
                }
                Some(trouble) if want != Want::Over => return Err(trouble),
                Some(_) | None => {}
            }
            if want != Want::Quiet {
                self.interrupted();
            }
            match want {
                Want::Play(all) => {
                    // What the server said before a client goes is not lost, nor excused, by its going.
                    if self.takes_in_before(&all, now).await? {
                        continue;
                    }
                    let mut first: Option<Moment> = None;
                    let listening = self.listening();
                    for ready in all {
                        if listening.contains(&ready.lifeline) || self.is_greeting(&ready) {
                            let later = now.plus(self.stage.settled.timeout);
                            first = Some(first.map_or(later, |known| known.min(later)));
                        } else if let Some(later) = self.waits_for_streams(&ready, now) {
                            first = Some(first.map_or(later, |known| known.min(later)));
                        } else if ready.not_before > now {
                            first = Some(first.map_or(ready.not_before, |known| known.min(ready.not_before)));
                        } else if let Some(later) = self.waits_for_room(&ready, now) {
                            first = Some(first.map_or(later, |known| known.min(later)));
                        } else {
                            self.act(&ready)?;
                        }
                    }
                    // What has to wait may be overtaken by something that arrives, and then not be wanted any more.
                    if let Some(until) = first {
                        self.step(until).await?;
                    }
                }
                Want::Echo(clients) => clients.into_iter().try_for_each(|client| self.ask_echo(client))?,
                Want::Wait(_) if self.is_deserted() => {
                    if let Some((ticket, event)) = self.line.left_over().await {
                        self.hear(ticket, event)?;
                        continue;
                    }
                    // Nobody is left of whom anything could come.
                    self.deserted = true;
                    self.report_quiet(Evidence::Nobody, Duration::ZERO, Vec::new());
                }
                Want::Wait(until) => {
                    let until = unvisited.map_or(until, |wait| until.min(wait));
                    self.step(until).await?;
                }
                Want::Quiet if self.admit_all()? => {}
                Want::Quiet => self.establish_quiet().await?,
                Want::Over => return Ok(()),
            }
        }
    }

    /// Counts what is told.
    fn keep(&mut self, size: usize) {
        self.kept = self.kept.saturating_add(u64::try_from(size).unwrap_or(u64::MAX));
        if self.aftermath == 0 {
            self.kept_before = self.kept;
        }
    }

    /// Whether enough was told since the first violation.
    fn is_enough(&self) -> bool {
        self.aftermath > AFTERMATH || self.kept - self.kept_before > AFTERMATH_BYTES
    }

    fn within_record(&self) -> Result<(), Trouble> {
        let most = self.stage.settled.max_record;
        if self.stage.words.binding().secrets().is_over() {
            return Err(too_many_secrets());
        }
        if self.kept > most { Err(over_record(most)) } else { Ok(()) }
    }

    /// Whether nothing has come on any connection since an echo was asked that is not answered in time.
    fn is_silent(&mut self) -> bool {
        let (now, timeout) = (self.line.now(), self.stage.settled.timeout);
        let over = |since: Moment| since >= self.heard && since.plus(timeout) <= now;
        self.line.conns.iter().any(|conn| conn.echoing_since().is_some_and(over))
    }

    /// Shows what was recorded since.
    fn show(&mut self) {
        let Some(watch) = &self.stage.watch else { return };
        for entry in self.oracle.log().iter().skip(self.shown) {
            watch.tell(entry, self.stage);
            self.shown += 1;
        }
    }

    /// Tells the oracle the next thing that happens, or lets the time pass.
    async fn step(&mut self, until: Moment) -> Result<(), Trouble> {
        // A command says nothing when it ends, nor does a caller when he has gone: both are looked at now and then.
        let looks = self.stage.company.is_some();
        let until = if looks { until.min(self.line.now().plus(LOOK)) } else { until };
        let until = self.unnamed_until().map_or(until, |named| named.min(until));
        match self.line.next(until).await {
            Some((ticket, event)) => self.hear(ticket, event),
            None => self.keep_alive(),
        }
    }
}

/// How often it is looked whether a command has ended.
const LOOK: Duration = Duration::from_millis(50);

/// What is to be said where the server does not answer the echo that the binding has.
fn mute(stage: &Stage, quiet: &Quiet) -> Option<String> {
    let order = stage.plan.order();
    let mut names: Vec<&str> = quiet.unanswered().map(|client| &*order.lifeline(client).name).collect();
    if names.is_empty() {
        return None;
    }
    names.dedup();
    let within = elapsed_words(stage.settled.timeout);
    Some(format!("the server did not answer the echo of {} within {within}: {ECHO_HELP}", names.join(", ")))
}
