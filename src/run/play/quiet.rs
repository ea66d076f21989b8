//! Establishing that nothing more comes, by the best evidence there is.

use super::Driver;
use super::conn::{Conn, EchoFor, Pair, Phase};
use crate::oracle::Trouble;
use crate::order::LifelineId;
use crate::trace::{Evidence, Moment};
use crate::wire::Channel;
use std::time::Duration;

/// How many rounds of echoes prove quiet: after the first all that was sent is handled and its consequences are queued,
/// after the second they are delivered.
const ROUNDS: u32 = 2;

/// How long a real transport is listened to after the last message, where nobody says how long. Handlers that await a
/// database or a queue take some tens of milliseconds; it is several times that.
pub(super) const LISTEN: Duration = Duration::from_millis(250);

/// So much longer it is listened, since what is sent within the window has still to arrive, and timers are no finer.
const GRAIN: Duration = Duration::from_millis(15);

/// Where the server is slow, it is listened for so many times what its slowest echo took.
const SLOWNESS: u32 = 3;

/// How far establishing quiet has come.
#[derive(Debug, Default)]
pub(super) struct Quiet {
    /// Since when nothing is to be done but to wait, and since when nothing was told.
    since: Option<(Moment, Moment)>,
    rounds: u32,
    /// Whose echo of this round is not answered.
    open: Vec<Pair>,
    /// Who has not answered an echo in time: nothing better than time is to be had of them.
    mute: Vec<Pair>,
    /// Of these, those that were asked for the sake of quiet alone, which nothing else tells.
    untold: Vec<Pair>,
}

impl Quiet {
    /// There is something else to do: what was established is worth nothing.
    pub(super) fn interrupted(&mut self) {
        if self.since.is_some() {
            let Quiet { mute, untold, .. } = std::mem::take(self);
            *self = Quiet { mute, untold, ..Quiet::default() };
        }
    }

    /// Something came that counts.
    pub(super) fn disturbed(&mut self, at: Moment) {
        if let Some((_, last)) = &mut self.since {
            *last = at;
        }
    }

    /// The clients of which it is to be told that an echo of theirs was not answered.
    pub(super) fn unanswered(&self) -> impl Iterator<Item = LifelineId> {
        self.untold.iter().map(|(client, _)| *client)
    }

    /// An echo was answered.
    pub(super) fn answered(&mut self, pair: Pair) {
        self.open.retain(|open| *open != pair);
    }
}

impl Driver<'_> {
    /// One step towards it; the oracle is told when it is established.
    pub(super) async fn establish_quiet(&mut self) -> Result<(), Trouble> {
        let now = self.line.now();
        if self.is_enough() {
            self.told_quiet(Evidence::Timed, Duration::ZERO, Vec::new());
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
        let (echoing, silent) = self.listeners();
        if echoing.is_empty() && silent.is_empty() {
            self.told_quiet(Evidence::Nobody, Duration::ZERO, Vec::new());
            return Ok(());
        }
        if self.stage.virtual_time {
            if now < end {
                self.step(end).await?;
            } else {
                self.told_quiet(Evidence::Virtual, window, Vec::new());
            }
            return Ok(());
        }
        self.hush(now);
        let (echoing, silent) = self.listeners();
        if self.quiet.rounds < ROUNDS && !echoing.is_empty() {
            return self.echo_round(now, echoing).await;
        }
        let end = end.plus(GRAIN);
        // Neither before the window is over, nor while something lies there that came within it.
        if self.line.silent_at() < end {
            return self.step(end).await;
        }
        // A client that has gone leaves no echo behind that would tell when the server has noticed.
        if self.gone || echoing.is_empty() {
            self.told_quiet(Evidence::Timed, window, Vec::new());
        } else {
            let weaker = silent.into_iter().map(|client| (client, Evidence::Timed)).collect();
            self.told_quiet(Evidence::Echo, window, weaker);
        }
        Ok(())
    }

    /// Until when answers to requests are waited for that no arrow draws: one that is no success is a finding.
    fn unanswered_until(&self, now: Moment) -> Option<Moment> {
        if self.oracle.failing() {
            return None;
        }
        let asking = self.line.conns.iter().filter_map(|conn| conn.asking.as_ref());
        let answers = asking.filter(|asking| asking.channel == Channel::Http);
        answers.map(|asking| asking.since.plus(self.stage.settled.timeout)).filter(|until| *until > now).min()
    }

    pub(super) fn told_quiet(&mut self, evidence: Evidence, listened: Duration, weaker: Vec<(LifelineId, Evidence)>) {
        self.oracle.listen(listened);
        self.oracle.quiet(self.line.now(), evidence, weaker);
        self.quiet.interrupted();
    }

    /// The clients to which something might still come: those that can echo, and those of which only time tells.
    fn listeners(&self) -> (Vec<Pair>, Vec<LifelineId>) {
        let mut echoing = Vec::new();
        let mut silent = Vec::new();
        let echoes = self.stage.words.binding().has_echo();
        for conn in self.line.conns.iter() {
            let open = conn.phase == Phase::Open;
            if open && echoes && !conn.paused && !self.quiet.mute.contains(&conn.pair) {
                echoing.push(conn.pair);
            } else if conn.phase != Phase::Closed {
                silent.push(conn.pair.0);
            }
            if !conn.streams.is_empty() || conn.asking.is_some() {
                silent.push(conn.pair.0);
            }
        }
        silent.sort_unstable();
        silent.dedup();
        (echoing, silent)
    }

    async fn echo_round(&mut self, now: Moment, echoing: Vec<Pair>) -> Result<(), Trouble> {
        if self.quiet.open.is_empty() {
            self.quiet.open.clone_from(&echoing);
            for pair in echoing {
                self.echo(pair, EchoFor::Quiet)?;
            }
        }
        // One that was asked before something else came up is waited for no longer than any other.
        let open = self.line.conns.iter().filter(|conn| self.quiet.open.contains(&conn.pair));
        let since = open.filter_map(Conn::echoing_since).min().unwrap_or(now);
        self.step(since.plus(self.stage.settled.timeout)).await?;
        let now = self.line.now();
        self.hush(now);
        // Who is not connected any more need not answer.
        let mut open = std::mem::take(&mut self.quiet.open);
        open.retain(|pair| self.line.conns.get(*pair).is_some_and(|conn| conn.phase == Phase::Open));
        self.quiet.open = open;
        if self.quiet.open.is_empty() {
            self.quiet.rounds += 1;
        }
        Ok(())
    }

    /// Who has left an echo without an answer for as long as anything may take is asked no further.
    fn hush(&mut self, now: Moment) {
        let quiet = &mut self.quiet;
        for conn in self.line.conns.iter().filter(|conn| !conn.echoes.is_empty()) {
            let over = |since: Moment| since.plus(self.stage.settled.timeout) <= now;
            if conn.echoing_since().is_some_and(over) && !quiet.mute.contains(&conn.pair) {
                quiet.mute.push(conn.pair);
                if conn.echoes.iter().all(|echo| echo.why == EchoFor::Quiet) {
                    quiet.untold.push(conn.pair);
                }
            }
        }
        let Quiet { open, mute, .. } = quiet;
        open.retain(|pair| !mute.contains(pair));
    }

    /// How long it must be quiet: what was asked for, on whatever transport. Where nobody asked, time that is virtual costs
    /// nothing, and what must never come is given the time that it would need.
    fn window(&self) -> Duration {
        let settled = &self.stage.settled;
        let asked = settled.settle_asked || self.stage.plan.forbids();
        if self.stage.virtual_time || (asked && !self.oracle.failing()) {
            return settled.settle;
        }
        LISTEN.max(self.slowest * SLOWNESS).min(settled.settle)
    }
}
