use super::error::Error;
use super::leash::Leash;
use super::mock::Listens;
use super::play::{Told, Wanted, Watch};
use super::played::{CheckVerdict, Passed, Played};
use super::prepare::prepare;
use super::scenario::{Scenario, Survey};
use super::script::Script;
use super::target::Target;
use crate::diagram::{Diagram, OrderMode};
use crate::oracle::Plan;
use crate::server::ServerOptions;
use crate::source::{Diagnostic, Sources};
use crate::syntax::Dialect;
use crate::wire::{Channel, Resolved, Secrets};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, mpsc};
use std::time::Duration;

/// A scenario with everything resolved: nothing but the server can go wrong now.
pub struct Prepared {
    pub(super) name: String,
    pub(super) path: String,
    pub(super) sources: Arc<Sources>,
    pub(super) diagram: Arc<Diagram>,
    pub(super) dialect: Dialect,
    pub(super) ready: Result<Arc<Script>, String>,
}

impl fmt::Debug for Prepared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prepared").field("name", &self.name).field("skipped", &self.skipped()).finish_non_exhaustive()
    }
}

impl Prepared {
    pub(super) fn new(scenario: &Scenario) -> Result<Prepared, Error> {
        let mut sources = scenario.sources.clone();
        let ready = prepare(scenario, &mut sources);
        let told =
            |problems: Vec<Diagnostic>| problems.into_iter().map(|problem| scenario.dialect.spelled(problem)).collect();
        let ready = ready.map_err(|problems| Error { diagnostics: told(problems), sources: sources.clone() })?;
        Ok(Prepared {
            name: scenario.name.clone(),
            path: scenario.path.clone(),
            sources,
            diagram: scenario.diagram.clone(),
            dialect: scenario.dialect,
            ready: ready.map(Arc::new),
        })
    }

    /// Its title, or the name of its file.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its file.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Why it is not played, where it is not: `#@ skip`, or a need that the target does not meet.
    pub fn skipped(&self) -> Option<&str> {
        self.ready.as_ref().err().map(String::as_str)
    }

    /// When simulated clients send; the default where it is skipped.
    pub fn order(&self) -> OrderMode {
        self.ready.as_ref().map(|ready| ready.settled.order).unwrap_or_default()
    }

    /// What is judged; none where it is skipped.
    pub fn plan(&self) -> Option<&Arc<Plan>> {
        self.ready.as_ref().ok().map(|ready| &ready.plan)
    }

    /// How many connections one play may have open at the same time, on the side of the clients: a socket and a request for
    /// each client of each server, and every event stream. Where a client connects again, its connection of before may
    /// still be there: the server has yet to hear of its end, and one that is paused stays.
    pub fn connections(&self) -> usize {
        let Ok(script) = &self.ready else { return 0 };
        let plan = &script.plan;
        let (mut requests, mut sockets, mut streams) = (BTreeSet::new(), BTreeMap::new(), 0_usize);
        let mut pauses: BTreeMap<_, usize> = BTreeMap::new();
        for (id, arrow) in plan.order().arrow_ids() {
            let client = (arrow.from.lifeline(), arrow.to.lifeline());
            match &plan.planned(id).resolved {
                Some(Resolved::Connect { .. }) => *sockets.entry(client).or_insert(0) += 1,
                Some(Resolved::Request(request)) if request.channel() == Channel::Events => streams += 1,
                Some(Resolved::Request(_)) => drop(requests.insert(client)),
                Some(Resolved::Pause) => *pauses.entry(client).or_insert(0) += 1,
                Some(
                    Resolved::Send(_)
                    | Resolved::Expect(_)
                    | Resolved::Answer(_)
                    | Resolved::Push(_)
                    | Resolved::Close(_)
                    | Resolved::Disconnect
                    | Resolved::Drop
                    | Resolved::DropEvents
                    | Resolved::Resume,
                )
                | None => {}
            }
        }
        let before =
            |client, connects: usize| if connects > 1 { pauses.get(client).copied().unwrap_or(0).max(1) } else { 0 };
        let sockets: usize = sockets.iter().map(|(client, &connects)| 1 + before(client, connects)).sum();
        requests.len() + sockets + streams
    }

    /// What can be said of it without a run; none where it is skipped.
    pub fn survey(&self) -> Option<Survey> {
        let ready = self.ready.as_ref().ok()?;
        Some(Survey {
            diagram: self.diagram.clone(),
            sources: self.sources.clone(),
            plan: ready.plan.clone(),
            problems: Vec::new(),
            binding: ready.words.binding().clone(),
            settled: ready.settled,
        })
    }

    /// The values that must reach no output: [`Secrets::redact`] takes them out of a text.
    pub fn secrets(&self) -> Secrets {
        self.ready.as_ref().map(|ready| ready.words.binding().secrets().clone()).unwrap_or_default()
    }

    pub(super) fn verdict(&self, mut plays: Vec<Played>) -> CheckVerdict {
        plays.iter_mut().for_each(|play| play.spell(self.dialect));
        CheckVerdict {
            name: self.name.clone(),
            plays,
            skipped: self.skipped().map(str::to_owned),
            sources: self.sources.clone(),
            diagram: self.diagram.clone(),
            plan: self.plan().cloned(),
            secrets: self.secrets(),
        }
    }

    /// The same against the reference server, in memory and `plays` times: for trying one scenario against many servers,
    /// faulty ones or odd ones. What is skipped stays skipped.
    #[must_use]
    pub fn against_builtin(&self, server: ServerOptions, plays: u32) -> Prepared {
        let target = Target::builtin(server);
        let ready = self.ready.as_ref().map(|ready| {
            let mut script = Script::clone(ready);
            script.targets.iter_mut().for_each(|(_, tested)| *tested = target.clone());
            script.settled.plays = plays.max(1);
            Arc::new(script)
        });
        Prepared {
            name: self.name.clone(),
            path: self.path.clone(),
            sources: self.sources.clone(),
            diagram: self.diagram.clone(),
            dialect: self.dialect,
            ready: ready.map_err(String::clone),
        }
    }

    /// Why it is not played, where the end of all plays was asked for before it began.
    fn stopped(&self) -> Option<CheckVerdict> {
        let why = self.ready.as_ref().ok()?.stop.why()?;
        Some(CheckVerdict { skipped: Some(format!("interrupted by {why}")), ..self.verdict(Vec::new()) })
    }

    /// Plays it, on a thread of its own: may be called from anywhere, also from inside a runtime (which it blocks).
    pub fn play(&self) -> CheckVerdict {
        if let Some(stopped) = self.stopped() {
            return stopped;
        }
        let Ok(ready) = &self.ready else { return self.verdict(Vec::new()) };
        let (tell, told) = mpsc::channel();
        let (playing, leash) = (ready.clone(), ready.leash());
        let held = leash.clone();
        apart(move || drop(tell.send(playing.plays(None, &held))));
        let plays = wait(&told, &leash).unwrap_or_else(|why| vec![ready.lost(why)]);
        self.verdict(plays)
    }

    /// As [`Prepared::play`], and shows whatever is recorded when it is recorded.
    pub fn play_watched(&self, show: impl FnMut(Passed)) -> CheckVerdict {
        self.play_with_events(|_| {}, show)
    }

    /// The same, and says at which addresses lifelines listen as soon as they do.
    pub fn play_with_events(&self, listens: impl FnMut(Vec<Listens>), show: impl FnMut(Passed)) -> CheckVerdict {
        self.looked_on(Wanted::Entries, listens, show, |_| {})
    }

    /// As [`Prepared::play`], and hands over each play but the last when it is over, as the verdict of it alone; the verdict
    /// at the end has the others. In virtual time several are handed over together.
    pub fn play_each(&self, each: impl FnMut(CheckVerdict)) -> CheckVerdict {
        self.looked_on(Wanted::Plays, |_| {}, |_| {}, each)
    }

    /// How often it is played.
    pub fn plays(&self) -> u32 {
        self.ready.as_ref().map_or(0, |ready| ready.settled.plays)
    }

    fn looked_on(
        &self,
        wanted: Wanted,
        mut listens: impl FnMut(Vec<Listens>),
        mut show: impl FnMut(Passed),
        mut each: impl FnMut(CheckVerdict),
    ) -> CheckVerdict {
        if let Some(stopped) = self.stopped() {
            return stopped;
        }
        let Ok(ready) = &self.ready else { return self.verdict(Vec::new()) };
        let (tell, told) = mpsc::channel();
        let (playing, leash) = (ready.clone(), ready.leash());
        let held = leash.clone();
        apart(move || {
            let watch = Watch { tell: tell.clone(), wanted, held: Arc::default() };
            let plays = playing.plays(Some(&watch), &held);
            watch.over();
            drop(tell.send(Told::Over(plays)));
        });
        loop {
            match wait(&told, &leash) {
                Ok(Told::Passed(passed)) => show(passed),
                Ok(Told::Listens(all)) => listens(all),
                Ok(Told::Played(plays)) => plays.into_iter().for_each(|played| each(self.verdict(vec![played]))),
                Ok(Told::Over(plays)) => return self.verdict(plays),
                Err(why) => return self.verdict(vec![ready.lost(why)]),
            }
        }
    }

    /// As [`Prepared::play`], without blocking.
    pub async fn play_async(&self) -> CheckVerdict {
        let Ok(ready) = &self.ready else { return self.verdict(Vec::new()) };
        let (tell, told) = tokio::sync::oneshot::channel();
        let (playing, leash) = (ready.clone(), ready.leash());
        apart(move || drop(tell.send(playing.plays(None, &leash))));
        // Without a deadline of its own: the clock of this runtime may be paused.
        let plays = told.await.unwrap_or_else(|_| vec![ready.lost(mpsc::RecvTimeoutError::Disconnected)]);
        self.verdict(plays)
    }

    /// Plays it on the calling thread, which must not be inside a runtime. A server in this process that never yields
    /// blocks it for ever; [`Prepared::play`] would tell.
    pub fn play_here(&self) -> CheckVerdict {
        let plays = self.ready.as_ref().map_or_else(|_| Vec::new(), |ready| ready.plays(None, &ready.leash()));
        self.verdict(plays)
    }
}

/// On a thread of its own; where there are no threads (wasm32-wasip1) at once, and whoever asked for it waits that long.
fn apart(work: impl FnOnce() + Send + 'static) {
    if cfg!(target_family = "wasm") {
        work();
    } else {
        std::thread::spawn(work);
    }
}

/// How often the one who waits looks how long that may still take.
const LOOK: Duration = Duration::from_millis(50);

/// What the thread that plays says next, for as long as it is waited for.
fn wait<T>(told: &mpsc::Receiver<T>, leash: &Leash) -> Result<T, mpsc::RecvTimeoutError> {
    loop {
        // The last moment may move while it is waited for.
        let left = leash.left();
        match told.recv_timeout(left.unwrap_or(Duration::ZERO).min(LOOK)) {
            Err(mpsc::RecvTimeoutError::Timeout) if left.is_some() => {}
            other => return other,
        }
    }
}
