//! Establishing that nothing more comes, by the best evidence there is.

use super::Driver;
use super::conn::{EchoFor, Pair};
use super::stage::Stage;
use crate::net::Ticket;
use crate::oracle::Trouble;
use crate::order::LifelineId;
use crate::run::options::Settled;
use crate::trace::{Evidence, Moment};
use std::collections::BTreeSet;
use std::time::Duration;

/// How many rounds of echoes prove quiet: after the first all that was sent is handled and its consequences are queued,
/// after the second they are delivered.
const ROUNDS: u32 = 2;

/// How long a real transport is listened to after the last message, where nobody says how long. Handlers that await a
/// database or a queue take some tens of milliseconds; it is several times that.
pub(in crate::run) const LISTEN: Duration = Duration::from_millis(250);

/// So much longer it is listened, since what is sent within the window has still to arrive, and timers are no finer.
pub(super) const GRAIN: Duration = Duration::from_millis(15);

/// Where the server is slow, it is listened for so many times what its slowest echo took.
const SLOWNESS: u32 = 3;

/// How far establishing quiet has come.
#[derive(Debug, Default)]
pub(super) struct Quiet {
    /// Since when nothing is to be done but to wait, and since when nothing was told.
    since: Option<(Moment, Moment)>,
    rounds: u32,
    /// Of those that are mute, the clients that were asked for the sake of quiet alone, which nothing else tells.
    untold: Vec<LifelineId>,
    /// Connections of which it was told that something on them is not whole.
    pub(super) torn: BTreeSet<Ticket>,
}

impl Quiet {
    /// Something came that counts.
    pub(super) fn disturbed(&mut self, at: Moment) {
        if let Some((_, last)) = &mut self.since {
            *last = at;
        }
    }

    /// The clients of which it is to be told that an echo of theirs was not answered.
    pub(super) fn unanswered(&self) -> impl Iterator<Item = LifelineId> {
        self.untold.iter().copied()
    }
}

impl Driver<'_> {
    /// One step towards it; the oracle is told when it is established.
    pub(super) async fn establish_quiet(&mut self) -> Result<(), Trouble> {
        let now = self.line.now();
        if self.is_enough() {
            self.report_quiet(Evidence::Timed, Duration::ZERO, Vec::new());
            return Ok(());
        }
        if let Some(until) = self.unanswered_until(now) {
            return self.step(until).await;
        }
        let (since, last) = *self.quiet.since.get_or_insert((now, now));
        // What was drawn may still come in the window and begins a new one, if not for ever. After a violation it does not.
        let patience = if self.oracle.failing() { Duration::ZERO } else { self.stage.settled.timeout };
        let window = self.window();
        let end = last.min(since.plus(patience)).plus(window);
        let tally = self.line.conns.tally();
        let (echoing, silent) = (tally.echoes(), tally.silent());
        // Whoever has been sent away may say something all the same, or dial again.
        if echoing == 0 && silent == 0 && !self.may_be_visited() {
            self.report_quiet(Evidence::Nobody, Duration::ZERO, Vec::new());
            return Ok(());
        }
        if self.stage.virtual_time {
            if now < end {
                self.step(end).await?;
            } else if !self.await_rest(now, end).await? {
                self.report_quiet(Evidence::Virtual, window, Vec::new());
            }
            return Ok(());
        }
        self.hush(now);
        let echoes = self.has_echo() && self.line.conns.tally().echoes() > 0;
        if self.quiet.rounds < ROUNDS && echoes {
            return self.echo_round(now).await;
        }
        let end = end.plus(GRAIN);
        // Neither before the window is over, nor while something lies there that came within it.
        if self.line.silent_at() < end {
            return self.step(end).await;
        }
        if self.await_rest(now, end).await? {
            return Ok(());
        }
        // A client that has gone leaves no echo behind that would tell when the server has noticed.
        if self.gone || !echoes {
            self.report_quiet(Evidence::Timed, window, Vec::new());
        } else {
            let weaker = self.silent().into_iter().map(|client| (client, Evidence::Timed)).collect();
            self.report_quiet(Evidence::Echo, window, weaker);
        }
        Ok(())
    }

    /// There is something else to do: what was established is worth nothing.
    pub(super) fn interrupted(&mut self) {
        if self.quiet.since.take().is_some() {
            self.quiet.rounds = 0;
            self.line.conns.tally().owing().clear();
        }
    }

    /// Until when answers to requests are waited for that no arrow draws: one that is no success is a finding.
    fn unanswered_until(&mut self, now: Moment) -> Option<Moment> {
        if self.oracle.failing() {
            return None;
        }
        let timeout = self.stage.settled.timeout;
        self.line.conns.tally().asked_within(now, timeout).map(|since| since.plus(timeout))
    }

    pub(super) fn report_quiet(&mut self, evidence: Evidence, listened: Duration, weaker: Vec<(LifelineId, Evidence)>) {
        self.oracle.listen(listened);
        self.oracle.quiet(self.line.now(), evidence, weaker);
        self.interrupted();
    }

    /// Whether the binding has an echo.
    fn has_echo(&self) -> bool {
        self.stage.words.binding().has_echo()
    }

    /// The clients to which something might still come of which only time tells.
    fn silent(&self) -> Vec<LifelineId> {
        let silent = self.line.conns.iter().filter(|conn| conn.is_silent());
        let mut silent: Vec<LifelineId> = silent.map(|conn| conn.pair.0).collect();
        silent.sort_unstable();
        silent.dedup();
        silent
    }

    async fn echo_round(&mut self, now: Moment) -> Result<(), Trouble> {
        if self.line.conns.tally().owing().is_empty() {
            let echoing = self.line.conns.iter().enumerate().filter(|(_, conn)| conn.can_echo());
            let (owing, pairs): (BTreeSet<usize>, Vec<Pair>) = echoing.map(|(index, conn)| (index, conn.pair)).unzip();
            *self.line.conns.tally().owing() = owing;
            pairs.into_iter().try_for_each(|pair| self.echo(pair, EchoFor::Quiet))?;
        }
        // One that was asked before something else came up is waited for no longer than any other.
        let since = self.line.conns.tally().owed_since().unwrap_or(now);
        self.step(since.plus(self.stage.settled.timeout)).await?;
        let now = self.line.now();
        self.hush(now);
        if self.line.conns.tally().owing().is_empty() {
            self.quiet.rounds += 1;
        }
        Ok(())
    }

    /// Who has left an echo without an answer for as long as anything may take is asked no further: nothing better than
    /// time is to be had of them.
    fn hush(&mut self, now: Moment) {
        let conns = &mut self.line.conns;
        for index in conns.tally().overdue(now, self.stage.settled.timeout) {
            conns.tally().owing().remove(&index);
            let Some(conn) = conns.at(index) else { continue };
            conn.mute = true;
            if conn.echoes.iter().all(|echo| echo.why == EchoFor::Quiet) {
                self.quiet.untold.push(conn.pair.0);
            }
        }
    }

    /// How long it must be quiet. What must never come need not be given its time once something else has gone wrong.
    fn window(&self) -> Duration {
        let Stage { settled, plan, virtual_time, .. } = self.stage;
        let heard = LISTEN.max(self.slowest * SLOWNESS);
        window(settled, plan.forbids() && !self.oracle.failing(), *virtual_time, heard)
    }
}

/// How long it must be quiet: what was asked for, on whatever transport. Where nobody asked, time that is virtual costs
/// nothing, and what must never come is given the time that it would need.
pub(in crate::run) fn window(settled: &Settled, forbids: bool, virtual_time: bool, heard: Duration) -> Duration {
    if virtual_time || settled.settle_asked || forbids { settled.settle } else { heard.min(settled.settle) }
}
