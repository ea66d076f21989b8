//! What is to be played, with everything resolved, and the runtime that plays it.

use super::chores::{self, Surroundings};
use super::company::Company;
use super::doors::not_started;
use super::judge::count_sends;
use super::launch::LaunchError;
use super::launched;
use super::leash::Leash;
use super::mock::Listening;
use super::options::Settled;
use super::play::{self, Answers, Drawn, OwnDoor, Place, Stage, Watch};
use super::played::{Played, documented};
use super::rig::Rig;
use super::stop::Stop;
use super::streams::Streams;
use super::target::Target;
use super::words::Words;
use crate::diagram::{Diagram, OrderMode};
use crate::net::Frames;
use crate::oracle::{self, Outcome, Plan, Trouble, Verdict};
use crate::order::{LifelineId, Role};
use crate::process::{Guard, Running};
use crate::source::elapsed_words;
use crate::trace::file::Header;
use crate::wire::{Bind, Chore, Secrets};
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant, SystemTime};

/// How much longer than a play may take the thread that plays it is waited for. Only work that does not yield makes it
/// miss its own deadline.
const GRACE: Duration = Duration::from_millis(600);

/// How long the thread is waited for while servers are launched, and before and after all plays.
const AROUND: Duration = Duration::from_secs(65);

/// How long teardown may take when the end of all was asked for.
const HASTE: Duration = Duration::from_secs(10);

/// When virtual time begins: 2000-01-01T00:00:00Z, in milliseconds since 1970. Any moment would do.
pub(super) const VIRTUAL_EPOCH: u64 = 946_684_800_000;

/// What is to be played; the other side of it is the reason for skipping it. A clone is cheap.
#[derive(Clone)]
pub(super) struct Script {
    pub(super) plan: Arc<Plan>,
    pub(super) words: Words,
    pub(super) drawn: Arc<Drawn>,
    pub(super) answers: Arc<Answers>,
    /// The lifelines that listen, and how.
    pub(super) served: Vec<LifelineId>,
    pub(super) listening: Listening,
    pub(super) settled: Settled,
    pub(super) judging: oracle::Options,
    /// What stands for every tested lifeline that is dialled.
    pub(super) targets: Vec<(LifelineId, Target)>,
    /// How messages are framed where a target is a plain stream of bytes.
    pub(super) frames: Option<Frames>,
    pub(super) needs: Vec<(String, Option<String>)>,
    pub(super) name: String,
    pub(super) path: String,
    pub(super) guard: Guard,
    pub(super) stop: Stop,
    /// What must not be seen of what programs say.
    pub(super) environment: Secrets,
    pub(super) fingerprint: String,
    pub(super) diagram: Arc<Diagram>,
}

impl Script {
    /// The same, laid out for clients that sent in this order, over these streams: what a server owes depends on both.
    pub(super) fn played_in(self: &Arc<Self>, order: Option<OrderMode>, streams: &[String]) -> Arc<Script> {
        let order = order.unwrap_or(self.judging.order);
        if order == self.judging.order && self.streams() == streams {
            return self.clone();
        }
        let words = self.words.clone().over_streams(Streams::these(streams));
        Arc::new(Script {
            // What stands against a run stands against it in every order, and was said before.
            plan: Arc::new(Plan::survey(self.plan.shared_order(), order, &words).0),
            judging: oracle::Options { order, ..self.judging.clone() },
            settled: Settled { order, ..self.settled },
            words,
            ..Script::clone(self)
        })
    }

    /// The lifelines that are spoken with over a plain stream of bytes.
    fn streams(&self) -> Vec<String> {
        let streams = self.words.streams();
        let names = self.targets.iter().map(|(id, _)| self.plan.order().lifeline(*id).name.to_string());
        names.filter(|name| streams.has(name)).collect()
    }

    fn virtual_time(&self) -> bool {
        self.served.is_empty() && self.targets.iter().all(|(_, target)| target.is_virtual())
    }

    /// A play that never began, since there is no runtime.
    pub(super) fn no_runtime(&self, why: &std::io::Error) -> Played {
        self.troubled(harness(format!("the runtime cannot be started: {why}")))
    }

    /// For the thread that plays.
    pub(super) fn leash(&self) -> Leash {
        Leash::new(self.settled.total.saturating_add(AROUND))
    }

    /// All plays, one after the other, against one instance of the server.
    pub(super) fn plays(&self, watch: Option<&Watch>, leash: &Leash) -> Vec<Played> {
        let virtual_time = self.virtual_time();
        let mut builder = tokio::runtime::Builder::new_current_thread();
        let builder = if virtual_time { builder.enable_time().start_paused(true) } else { builder.enable_all() };
        let runtime = match builder.build() {
            Ok(runtime) => runtime,
            Err(why) => return vec![self.no_runtime(&why)],
        };
        runtime.block_on(async {
            match self.doors(watch).await {
                Ok(doors) => self.all(doors, virtual_time, watch, leash).await,
                Err(trouble) => vec![self.troubled(trouble)],
            }
        })
    }

    /// The same inside a runtime, at these doors.
    pub(super) async fn all(
        &self,
        doors: Vec<OwnDoor>,
        virtual_time: bool,
        watch: Option<&Watch>,
        leash: &Leash,
    ) -> Vec<Played> {
        let run = self.run(virtual_time);
        {
            let mut rigs: Vec<(LifelineId, Rig)> = Vec::new();
            let secrets = self.words.binding().secrets();
            let programs = self.targets.iter().filter(|(_, target)| target.is_program());
            let _unheard: Vec<_> = programs.map(|(_, target)| target.unheard().playing(secrets)).collect();
            let listens = self.listens(&doors);
            for (at, (lifeline, target)) in self.targets.iter().enumerate() {
                let same = self.targets[..at].iter().position(|(_, other)| other.is_same_command(target));
                if let Some((_, rig)) = same.and_then(|same| rigs.get(same)) {
                    let rig = rig.again();
                    rigs.push((*lifeline, rig));
                    continue;
                }
                match target.rig(&self.needs, &listens, self.settled.total, &self.stop).await {
                    Ok(rig) => rigs.push((*lifeline, rig)),
                    Err(why) => return vec![self.troubled(self.not_launched(&why))],
                }
            }
            let total = self.settled.total;
            // What commands have started runs for the plays, and ends behind them.
            let mut started = Vec::new();
            let setup = self.chores(self.words.binding().setup(), &rigs, (&run, virtual_time), total, &mut started);
            let learned = match self.stop.unless_asked(setup).await.unwrap_or_else(|why| Err(interrupted(why))) {
                Ok(learned) => learned,
                Err(trouble) => {
                    let servers = launched::told(&rigs, &[], Duration::ZERO, &self.environment);
                    return vec![Played { servers, ..self.troubled(trouble) }];
                }
            };
            let mut plays = Vec::new();
            for number in 0..self.settled.plays {
                let wait = if doors.is_empty() { Duration::ZERO } else { self.listening.wait.saturating_add(ENDING) };
                leash.allow(self.settled.total.saturating_add(GRACE).saturating_add(wait));
                // In a box, since each wrapper around it would move what a play needs, some KiB, once more.
                let play = Box::pin(self.one(number, &rigs, &doors, (&learned, &run, virtual_time), watch));
                match self.stop.unless_asked(play).await {
                    // The last one is kept: what comes of the teardown is said with it.
                    Ok(played) => match watch.filter(|_| number + 1 < self.settled.plays) {
                        Some(watch) => plays.extend(watch.played(played, virtual_time)),
                        None => plays.push(played),
                    },
                    Err(why) => {
                        plays.push(self.troubled(interrupted(why)));
                        break;
                    }
                }
            }
            leash.allow(self.settled.total.saturating_add(AROUND));
            // Whoever asked for the end waits for it.
            let total = if self.stop.why().is_some() { total.min(HASTE) } else { total };
            let teardown = self.words.binding().teardown();
            let undone = self.chores(teardown, &rigs, (&run, virtual_time), total, &mut started);
            let undone = self.stop.hasten(undone, HASTE).await.unwrap_or_else(|why| Err(unfinished(why)));
            if let (Err(trouble), Some(last)) = (undone, plays.last_mut()) {
                // The verdict stands: what is not wiped is the next run's problem, and said.
                last.notes.push(trouble.message);
            }
            rigs.iter().for_each(|(_, rig)| rig.over());
            plays
        }
    }

    async fn chores(
        &self,
        chores: Vec<Chore>,
        rigs: &[(LifelineId, Rig)],
        (run, virtual_time): (&str, bool),
        total: Duration,
        started: &mut Vec<Running>,
    ) -> Result<Vec<Bind>, Trouble> {
        let Some((_, rig)) = rigs.first().filter(|_| !chores.is_empty()) else { return Ok(Vec::new()) };
        let run = format!("{run}0");
        let around = Surroundings {
            rig,
            run: &run,
            mark: &self.mark(0, &run),
            entropy: self.entropy(0, virtual_time),
            now_millis: if virtual_time { VIRTUAL_EPOCH } else { millis_now() },
            deadline: self.settled.connect_timeout,
            total,
            guard: &self.guard,
            environment: &self.environment,
            binding: self.words.binding(),
        };
        // In a box, since few have any, and what they need would be moved with everything around it.
        Box::pin(chores::run(chores, &around, started)).await
    }

    async fn one(
        &self,
        number: u32,
        rigs: &[(LifelineId, Rig)],
        doors: &[OwnDoor],
        (learned, run, virtual_time): (&[Bind], &str, bool),
        watch: Option<&Watch>,
    ) -> Played {
        let began = Instant::now();
        let run = format!("{run}{number}");
        let mark = self.mark(number, &run);
        let run_is = self.words.binding().run_is(&run, &mark);
        let mut learned = learned.to_vec();
        if !self.targets.is_empty() || doors.is_empty() {
            // Where the tool only listens, what stands for a play is its clients' to say.
            learned.extend(run_is);
        }
        let company = match self.listening.start(&self.listens(doors), &self.guard) {
            Ok(company) => company.filter(|_| !doors.is_empty()),
            Err(why) => return self.troubled(not_started(&self.listening.command.join(" "), &why)),
        };
        let stage = Stage {
            plan: self.plan.clone(),
            words: self.words.clone(),
            drawn: self.drawn.clone(),
            routes: rigs.iter().map(|(id, rig)| self.place(*id, rig)).collect(),
            doors: doors.iter().map(OwnDoor::again).collect(),
            answers: self.answers.clone(),
            wait: self.listening.wait,
            company,
            settled: self.settled,
            judging: oracle::Options { play: number, ..self.judging.clone() },
            virtual_time,
            last: number + 1 >= self.settled.plays,
            learned,
            run,
            mark,
            entropy: self.entropy(number, virtual_time),
            epoch_millis: if virtual_time { VIRTUAL_EPOCH } else { millis_now() },
            watch: watch.cloned(),
        };
        let gone = launched::gone(rigs);
        let play::Over { mut outcome, trace, asides, mut notes, awaited, stops } = play::play(&stage).await;
        let company = stage.company.map(Company::over);
        let mut servers = launched::told(rigs, &gone, launched::patience(&outcome, &trace), &self.environment);
        launched::excuse_nothing(&mut outcome, &servers);
        let mut verdict = documented(&self.diagram, &outcome, &mut notes);
        if verdict == Verdict::Pass {
            // It ended its connection where that is drawn, or after everything.
            servers.iter_mut().filter(|server| server.spoken).for_each(|server| server.ended = None);
        }
        if let Some(left) = company {
            let (worse, note) = left.end.weigh(verdict);
            verdict = worse;
            notes.extend(note);
            if verdict != Verdict::Pass {
                servers.push(launched::commanded(&left, &self.environment));
            }
        }
        let sends = Some(count_sends(&trace));
        let awaited = play::awaited::recorded(&awaited, self.plan.order());
        let header = Header { sends, awaited, stops, ..self.header(number, virtual_time) };
        Played { outcome, verdict, trace, asides, header, notes, servers, duration: began.elapsed() }
    }

    /// Where a lifeline is.
    fn place(&self, server: LifelineId, rig: &Rig) -> Place {
        let stream = self.targets.iter().any(|(id, target)| *id == server && target.is_stream());
        let posts = self.targets.iter().any(|(id, target)| *id == server && target.is_http());
        Place {
            server,
            route: rig.route.clone(),
            base: rig.base.clone(),
            frames: self.frames.filter(|_| stream),
            posts,
        }
    }

    /// What `{run}` begins with in all plays of one run; the number of the play follows. The same in every run where
    /// everything is, and by chance elsewhere: many plays, of many processes, may begin on one server at the same moment.
    fn run(&self, virtual_time: bool) -> String {
        if virtual_time {
            return format!("{:x}", self.settled.seed);
        }
        // Of one length, so that the number of the play does not make two of them alike.
        format!("{:012x}", chance() >> 16)
    }

    /// What `{run.mark}` is in one play: nothing where nobody has played on the server before.
    fn mark(&self, number: u32, run: &str) -> String {
        let new = number == 0 && self.targets.iter().all(|(_, target)| target.is_fresh());
        if new { String::new() } else { format!("~{run}") }
    }

    /// What `{uuid}` follows from in one play, in the same way.
    fn entropy(&self, number: u32, virtual_time: bool) -> u64 {
        if virtual_time { self.settled.seed ^ (u64::from(number) << 32) } else { chance() }
    }

    pub(super) fn header(&self, number: u32, virtual_time: bool) -> Header {
        let order = self.plan.order();
        let nanos = |duration: Duration| u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        let names = |role: Option<Role>| {
            let wanted = order.lifelines.iter().filter(|lifeline| role.is_none_or(|role| lifeline.role == role));
            wanted.map(|lifeline| String::from(&*lifeline.name)).collect()
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
            streams: self.streams(),
            ..Header::default()
        }
    }

    /// A play that never began.
    fn troubled(&self, trouble: Trouble) -> Played {
        let outcome = Outcome { verdict: Verdict::Error, trouble: Some(trouble), ..Outcome::default() };
        Played {
            outcome,
            verdict: Verdict::Error,
            trace: Vec::new(),
            asides: Vec::new(),
            header: self.header(0, self.virtual_time()),
            notes: Vec::new(),
            servers: Vec::new(),
            duration: Duration::ZERO,
        }
    }

    /// A play whose thread did not come back.
    pub(super) fn lost(&self, why: mpsc::RecvTimeoutError) -> Played {
        self.troubled(match why {
            mpsc::RecvTimeoutError::Timeout => play::over_total(self.settled.total),
            mpsc::RecvTimeoutError::Disconnected => harness(format!("the thread that played {} panicked", self.name)),
        })
    }
}

/// A number that nobody else has: the keys of a map of the standard library are random.
fn chance() -> u64 {
    RandomState::new().build_hasher().finish()
}

fn since_1970() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}

fn millis_now() -> u64 {
    u64::try_from(since_1970().as_millis()).unwrap_or(u64::MAX)
}

fn interrupted(why: &'static str) -> Trouble {
    let message = format!("interrupted: {why} came while this was played");
    Trouble { kind: "interrupted", message, help: Vec::new(), spans: Vec::new() }
}

/// How long it may take to end a command, with all that it has started, that does not end by itself.
const ENDING: Duration = Duration::from_secs(15);

/// What is not wiped by then stays.
fn unfinished(why: &'static str) -> Trouble {
    let message = format!("[[teardown]] of the binding did not end within {} after {why}", elapsed_words(HASTE));
    Trouble { kind: "setup", message, help: Vec::new(), spans: Vec::new() }
}

fn harness(message: String) -> Trouble {
    let help = vec!["the message above shows the place; please report it with the diagram".to_owned()];
    Trouble { kind: "harness", message, help, spans: Vec::new() }
}

impl Script {
    fn not_launched(&self, error: &LaunchError) -> Trouble {
        Trouble {
            kind: "launch",
            message: self.environment.redact(&error.to_string()).into_owned(),
            help: vec![
                "run the command without seqcheck, with a number in place of {port}, and read its output".to_owned(),
            ],
            spans: Vec::new(),
        }
    }
}
