use super::chores::{self, Surroundings};
use super::error::Error;
use super::launch::{LaunchError, Launched};
use super::options::Settled;
use super::play::{self, Stage};
use super::played::{CheckVerdict, Played, documented};
use super::scenario::Scenario;
use super::target::{Rig, Target};
use super::words::Words;
use crate::diagram::{Diagram, Setting};
use crate::oracle::{self, Outcome, Part, Plan, Trouble, Verdict};
use crate::order::{LifelineId, Role, Setup, compile};
use crate::server::ServerOptions;
use crate::source::{Diagnostic, Sources};
use crate::trace::file::{Header, fingerprint};
use crate::wire::{Binding, Chore, Secrets};
use std::fmt;
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant, SystemTime};

/// How much longer than its plays may take the thread that plays them is waited for. Only a server in this process that
/// never yields makes it miss its own deadline.
const GRACE: Duration = Duration::from_secs(5);

/// When virtual time begins: 2000-01-01T00:00:00Z, in milliseconds since 1970. Any moment would do.
pub(super) const VIRTUAL_EPOCH: u64 = 946_684_800_000;

/// A scenario with everything resolved: nothing but the server can go wrong now.
pub struct Prepared {
    pub(super) name: String,
    pub(super) path: String,
    pub(super) sources: Arc<Sources>,
    pub(super) diagram: Arc<Diagram>,
    pub(super) ready: Result<Arc<Script>, String>,
}

/// What is to be played; the other side of it is the reason for skipping it.
pub(super) struct Script {
    pub(super) plan: Arc<Plan>,
    pub(super) words: Words,
    pub(super) settled: Settled,
    pub(super) judging: oracle::Options,
    /// What stands for every tested lifeline that is dialled.
    targets: Vec<(LifelineId, Target)>,
    needs: Vec<(String, Option<String>)>,
    name: String,
    path: String,
    pub(super) fingerprint: String,
    diagram: Arc<Diagram>,
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
        let ready = ready.map_err(|diagnostics| Error { diagnostics, sources: sources.clone() })?;
        Ok(Prepared {
            name: scenario.name.clone(),
            path: scenario.path.clone(),
            sources,
            diagram: scenario.diagram.clone(),
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

    /// What is judged; none where it is skipped.
    pub fn plan(&self) -> Option<&Arc<Plan>> {
        self.ready.as_ref().ok().map(|ready| &ready.plan)
    }

    /// The values that must reach no output: [`Secrets::redact`] takes them out of a text.
    pub fn secrets(&self) -> Secrets {
        self.ready.as_ref().map(|ready| ready.words.binding().secrets().clone()).unwrap_or_default()
    }

    pub(super) fn verdict(&self, plays: Vec<Played>) -> CheckVerdict {
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

    /// Plays it, on a thread of its own: may be called from anywhere, also from inside a runtime (which it blocks).
    pub fn play(&self) -> CheckVerdict {
        let Ok(ready) = &self.ready else { return self.verdict(Vec::new()) };
        let (tell, told) = mpsc::channel();
        let playing = ready.clone();
        std::thread::spawn(move || drop(tell.send(playing.plays())));
        let plays = told.recv_timeout(ready.patience()).unwrap_or_else(|why| vec![ready.lost(why)]);
        self.verdict(plays)
    }

    /// As [`Prepared::play`], without blocking.
    pub async fn play_async(&self) -> CheckVerdict {
        let Ok(ready) = &self.ready else { return self.verdict(Vec::new()) };
        let (tell, told) = tokio::sync::oneshot::channel();
        let playing = ready.clone();
        std::thread::spawn(move || drop(tell.send(playing.plays())));
        // Without a deadline of its own: the clock of this runtime may be paused.
        let plays = told.await.unwrap_or_else(|_| vec![ready.lost(mpsc::RecvTimeoutError::Disconnected)]);
        self.verdict(plays)
    }

    /// Plays it on the calling thread, which must not be inside a runtime. A server in this process that never yields
    /// blocks it for ever; [`Prepared::play`] would tell.
    pub fn play_here(&self) -> CheckVerdict {
        let plays = self.ready.as_ref().map_or_else(|_| Vec::new(), |ready| ready.plays());
        self.verdict(plays)
    }
}

fn prepare(scenario: &Scenario, sources: &mut Arc<Sources>) -> Result<Result<Script, String>, Vec<Diagnostic>> {
    let diagram = &scenario.diagram;
    let mut needs = Vec::new();
    for setting in &diagram.settings {
        match setting {
            Setting::Skip(reason, _) => return Ok(Err(reason.clone())),
            Setting::Needs(wanted, _) => needs.extend(wanted.iter().cloned()),
            Setting::Binding(..)
            | Setting::Timeout(..)
            | Setting::Settle(..)
            | Setting::Seed(..)
            | Setting::Order(..)
            | Setting::Simulate(..)
            | Setting::Test(..)
            | Setting::Var { .. }
            | Setting::Expect { .. }
            | Setting::Tags(..)
            | Setting::Clients(_) => {}
        }
    }
    let binding = binding(scenario, Arc::make_mut(sources))?;
    let binding = with_values(binding, scenario);
    let settled = scenario.options.settle_for(diagram);
    let words = Words::new(binding.clone(), &scenario.options.ignore)?;
    let setup = Setup {
        sources,
        words: &binding,
        casting: &scenario.options.casting.clone().or_settings(diagram),
        vars: &scenario.options.vars,
        library: &*scenario.library,
    };
    let order = Arc::new(compile(diagram, &setup)?);
    let plan = Arc::new(Plan::new(order, settled.order, &words)?);
    let targets = targets(scenario, &plan)?;
    if let Some(reason) = unmet(scenario, &targets, &needs, &binding)? {
        return Ok(Err(reason));
    }
    let judging = oracle::Options {
        order: settled.order,
        timeout: settled.timeout,
        settle: settled.settle,
        echo: binding.has_echo(),
        seed: settled.seed,
        choose: scenario.options.choose.clone(),
        ..oracle::Options::default()
    };
    Ok(Ok(Script {
        plan,
        words,
        settled,
        judging,
        targets,
        needs,
        name: scenario.name.clone(),
        path: scenario.path.clone(),
        fingerprint: fingerprint(scenario.sources.slice(diagram.span)),
        diagram: diagram.clone(),
    }))
}

/// With the values that the run and the diagram give.
fn with_values(binding: Binding, scenario: &Scenario) -> Binding {
    let options = &scenario.options;
    let given = options.vars.iter().map(|(name, value)| {
        let secret = options.secret.contains(name);
        (name.as_str(), value.as_str(), secret)
    });
    let binding = binding.with_vars(drawn_vars(&scenario.diagram).chain(given));
    let asked: Vec<(&str, &str)> = binding
        .env_names()
        .into_iter()
        .filter_map(|name| options.env.get_key_value(name))
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let binding = if asked.is_empty() { binding } else { binding.with_env(asked) };
    if options.closed { binding.closed() } else { binding }
}

/// `#@ var name = value`
fn drawn_vars(diagram: &Diagram) -> impl Iterator<Item = (&str, &str, bool)> {
    diagram.settings.iter().filter_map(|setting| match setting {
        Setting::Var { name, value, .. } => Some((name.as_str(), value.as_str(), false)),
        Setting::Binding(..)
        | Setting::Timeout(..)
        | Setting::Settle(..)
        | Setting::Seed(..)
        | Setting::Order(..)
        | Setting::Simulate(..)
        | Setting::Test(..)
        | Setting::Expect { .. }
        | Setting::Needs(..)
        | Setting::Tags(..)
        | Setting::Skip(..)
        | Setting::Clients(_) => None,
    })
}

/// The binding of the run, else of the diagram, else the built-in one.
fn binding(scenario: &Scenario, sources: &mut Sources) -> Result<Binding, Vec<Diagnostic>> {
    if let Some(binding) = &scenario.binding {
        return Ok(binding.clone());
    }
    let named = scenario.diagram.settings.iter().rev().find_map(|setting| match setting {
        Setting::Binding(name, _) => Some(name.as_str()),
        Setting::Timeout(..)
        | Setting::Settle(..)
        | Setting::Seed(..)
        | Setting::Order(..)
        | Setting::Simulate(..)
        | Setting::Test(..)
        | Setting::Var { .. }
        | Setting::Expect { .. }
        | Setting::Needs(..)
        | Setting::Tags(..)
        | Setting::Skip(..)
        | Setting::Clients(_) => None,
    });
    super::words::find(named.unwrap_or("chat"), &scenario.path, sources)
}

fn targets(scenario: &Scenario, plan: &Plan) -> Result<Vec<(LifelineId, Target)>, Vec<Diagnostic>> {
    let order = plan.order();
    let mut problems = Vec::new();
    for (name, _) in &scenario.targets {
        let role = order.find(name).map(|id| order.lifeline(id).role);
        if role != Some(Role::Tested) {
            let tested: Vec<&str> = order
                .lifelines
                .iter()
                .filter(|lifeline| lifeline.role == Role::Tested)
                .map(|lifeline| &*lifeline.name)
                .collect();
            problems.push(
                Diagnostic::error("target", format!("a target is given for {name}, which is not under test here"))
                    .with_help(format!("under test: {}", tested.join(", "))),
            );
        }
    }
    let mut dialled: Vec<LifelineId> = order
        .arrow_ids()
        .filter(|(id, _)| plan.planned(*id).part == Part::Stimulus)
        .filter_map(|(_, arrow)| arrow.to.lifeline())
        .collect();
    dialled.sort_unstable();
    dialled.dedup();
    let named = |id: LifelineId| {
        scenario.targets.iter().rev().find(|(name, _)| **name == *order.lifeline(id).name).map(|(_, target)| target)
    };
    let targets = dialled.into_iter().map(|id| (id, named(id).unwrap_or(&scenario.target).clone())).collect();
    if problems.is_empty() { Ok(targets) } else { Err(problems) }
}

/// The reason for skipping a scenario whose needs the target does not meet. The built-in server is set up to meet
/// them; one that it does not know is an error.
fn unmet(
    scenario: &Scenario,
    targets: &[(LifelineId, Target)],
    needs: &[(String, Option<String>)],
    binding: &Binding,
) -> Result<Option<String>, Vec<Diagnostic>> {
    if targets.iter().all(|(_, target)| target.is_builtin()) {
        return match ServerOptions::from_needs(needs) {
            Ok(_) => Ok(None),
            Err(unmet) => Err(unmet
                .iter()
                .map(|need| Diagnostic::error("needs", format!("`#@ needs` cannot be met: {need}")))
                .collect()),
        };
    }
    let offered = |key: &str, value: Option<&str>| {
        let whole = value.map_or_else(|| key.to_owned(), |value| format!("{key}={value}"));
        scenario.provides.iter().chain(binding.provides()).any(|offer| *offer == whole || *offer == key)
    };
    Ok(needs.iter().find(|(key, value)| !offered(key, value.as_deref())).map(|(key, value)| {
        let need = value.as_ref().map_or_else(|| key.clone(), |value| format!("{key}={value}"));
        format!("the target does not say that it provides {need}")
    }))
}

impl Script {
    fn virtual_time(&self) -> bool {
        self.targets.iter().all(|(_, target)| target.is_virtual())
    }

    fn patience(&self) -> Duration {
        let launching = Duration::from_secs(60);
        self.settled.total.saturating_mul(self.settled.plays).saturating_add(launching).saturating_add(GRACE)
    }

    /// All plays, one after the other, against one instance of the server.
    fn plays(&self) -> Vec<Played> {
        let virtual_time = self.virtual_time();
        let mut builder = tokio::runtime::Builder::new_current_thread();
        let builder = if virtual_time { builder.enable_time().start_paused(true) } else { builder.enable_all() };
        let runtime = match builder.build() {
            Ok(runtime) => runtime,
            Err(why) => return vec![self.troubled(harness(format!("no runtime could be made: {why}")))],
        };
        runtime.block_on(async {
            let mut rigs = Vec::new();
            for (lifeline, target) in &self.targets {
                match target.rig(&self.needs).await {
                    Ok(rig) => rigs.push((*lifeline, rig)),
                    Err(why) => return vec![self.troubled(not_launched(&why))],
                }
            }
            if let Err(trouble) = self.chores(self.words.binding().setup(), &rigs, virtual_time).await {
                return vec![self.troubled(trouble)];
            }
            let mut plays = Vec::new();
            for number in 0..self.settled.plays {
                plays.push(self.one(number, &rigs, virtual_time).await);
            }
            let undone = self.chores(self.words.binding().teardown(), &rigs, virtual_time).await;
            if let (Err(trouble), Some(last)) = (undone, plays.last_mut()) {
                // The verdict stands: what is not wiped is the next run's problem, and said.
                last.notes.push(trouble.message);
            }
            plays
        })
    }

    async fn chores(&self, chores: Vec<Chore>, rigs: &[(LifelineId, Rig)], virtual_time: bool) -> Result<(), Trouble> {
        let Some((_, rig)) = rigs.first().filter(|_| !chores.is_empty()) else { return Ok(()) };
        let run = self.run(0, virtual_time);
        let around = Surroundings {
            rig,
            run: &run,
            seed: self.settled.seed,
            now_millis: if virtual_time { VIRTUAL_EPOCH } else { millis_now() },
            deadline: self.settled.connect_timeout,
        };
        chores::run(chores, &around).await
    }

    async fn one(&self, number: u32, rigs: &[(LifelineId, Rig)], virtual_time: bool) -> Played {
        let began = Instant::now();
        let stage = Stage {
            plan: self.plan.clone(),
            words: self.words.clone(),
            routes: rigs.iter().map(|(id, rig)| (*id, rig.route.clone(), rig.base.clone())).collect(),
            settled: self.settled,
            judging: oracle::Options { play: number, ..self.judging.clone() },
            virtual_time,
            run: self.run(number, virtual_time),
            epoch_millis: if virtual_time { VIRTUAL_EPOCH } else { millis_now() },
        };
        let (outcome, trace) = play::play(&stage).await;
        let mut notes = Vec::new();
        for (_, rig) in rigs {
            if let Some(launched) = &rig.launched
                && outcome.verdict == Verdict::Error
            {
                notes.push(last_words(launched));
            }
        }
        let verdict = documented(&self.diagram, &outcome, &mut notes);
        let header = self.header(number, virtual_time);
        Played { outcome, verdict, trace, header, notes, duration: began.elapsed() }
    }

    /// What `{run}` stands for: the same in every run where everything is, and never the same twice elsewhere.
    fn run(&self, number: u32, virtual_time: bool) -> String {
        let unique = if virtual_time {
            self.settled.seed
        } else {
            u64::try_from(since_1970().as_micros()).unwrap_or(u64::MAX) ^ (u64::from(std::process::id()) << 44)
        };
        format!("{unique:x}{number}")
    }

    pub(super) fn header(&self, number: u32, virtual_time: bool) -> Header {
        let order = self.plan.order();
        let nanos = |duration: Duration| u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        let names = |role: Option<Role>| {
            let wanted = order.lifelines.iter().filter(|lifeline| role.is_none_or(|role| lifeline.role == role));
            wanted.map(|lifeline| lifeline.name.to_string()).collect()
        };
        Header {
            scenario: self.path.clone(),
            fingerprint: self.fingerprint.clone(),
            binding: self.words.binding().name().to_owned(),
            seed: self.settled.seed,
            play: number,
            order: self.settled.order.word().to_owned(),
            timeout: nanos(self.settled.timeout),
            settle: nanos(self.settled.settle),
            virtual_time,
            lifelines: names(None),
            simulated: names(Some(Role::Simulated)),
        }
    }

    /// A play that never began.
    fn troubled(&self, trouble: Trouble) -> Played {
        let outcome = Outcome { verdict: Verdict::Error, trouble: Some(trouble), ..Outcome::default() };
        Played {
            outcome,
            verdict: Verdict::Error,
            trace: Vec::new(),
            header: self.header(0, self.virtual_time()),
            notes: Vec::new(),
            duration: Duration::ZERO,
        }
    }

    /// A play whose thread did not come back.
    fn lost(&self, why: mpsc::RecvTimeoutError) -> Played {
        self.troubled(match why {
            mpsc::RecvTimeoutError::Timeout => play::over_total(self.settled.total),
            mpsc::RecvTimeoutError::Disconnected => {
                harness(format!("the thread that played {} ended in a panic", self.name))
            }
        })
    }
}

fn since_1970() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}

fn millis_now() -> u64 {
    u64::try_from(since_1970().as_millis()).unwrap_or(u64::MAX)
}

fn harness(message: String) -> Trouble {
    let help = vec!["the message above says where; please report it with the diagram".to_owned()];
    Trouble { kind: "harness", message, help, spans: Vec::new() }
}

fn not_launched(error: &LaunchError) -> Trouble {
    Trouble {
        kind: "launch",
        message: error.to_string(),
        help: vec!["run the command by itself with {port} put in, and see what it says".to_owned()],
        spans: Vec::new(),
    }
}

fn last_words(launched: &Launched) -> String {
    format!("the output of the launched server:\n{}", launched.output().trim_end())
}
