//! `[setup]` and `[teardown]` of a binding: requests and commands once a run, outside the diagram.

use super::random::Random;
use super::rig::Rig;
use crate::net::{Answer, Coming, HttpRequest, exchange};
use crate::oracle::Trouble;
use crate::process::{Guard, Program, Running};
use crate::source::elapsed_words;
use crate::wire::{
    Bind, Binding, Chore, Context, Errand, Expects as _, Matched, Memory, Observed, Party, Reach, Secrets, Session,
    Viewer,
};
use std::time::{Duration, Instant};

/// How often it is looked whether anybody still waits for a command.
const LOOK: Duration = Duration::from_millis(100);

/// What chores need of their run.
pub(super) struct Surroundings<'a> {
    pub rig: &'a Rig,
    pub run: &'a str,
    pub mark: &'a str,
    /// What `{uuid}` follows from.
    pub entropy: u64,
    pub now_millis: u64,
    /// How long a request may take.
    pub deadline: Duration,
    /// How long all of it may take.
    pub total: Duration,
    pub guard: &'a Guard,
    /// What programs may know and must not tell.
    pub environment: &'a Secrets,
    /// What bodies are, where they are messages of its codec.
    pub binding: &'a Binding,
}

impl Surroundings<'_> {
    fn session(&self) -> Session {
        let nobody = Party::new("");
        self.binding.session(&nobody, &nobody, self.run)
    }

    /// What a program has said, without what it knows of its environment.
    fn hidden(&self, said: &str) -> String {
        self.environment.redact(said.trim_end()).into_owned()
    }
}

/// Does them in their order; what an answer gives is known to the next, and to the plays that follow. What a command has
/// started, and has not ended with it, goes to `started`: it ends when that is dropped.
pub(super) async fn run(
    chores: Vec<Chore>,
    around: &Surroundings<'_>,
    started: &mut Vec<Running>,
) -> Result<Vec<Bind>, Trouble> {
    let end = Instant::now() + around.total;
    let mut memory = Memory::default();
    let mut learned = Vec::new();
    let mut random = Random::new(around.entropy);
    let mut seq = 0;
    for chore in chores {
        let mut context = Context {
            target: &around.rig.base,
            run: around.run,
            mark: around.mark,
            seq: &mut seq,
            made: &mut 0,
            now_millis: around.now_millis,
            random: &mut || random.next(),
        };
        match chore {
            Chore::Errand(errand) => {
                learned.extend(ask(&errand, &mut memory, &mut context, around).await?.into_iter().map(everyone));
            }
            Chore::Command(command) => {
                let words = command.build(&memory, &mut context).map_err(|why| trouble(format!("a command: {why}")))?;
                started.push(launch(words, around, end).await?);
            }
        }
    }
    Ok(learned)
}

/// What was learned before anybody connected is known to all who do.
fn everyone(bind: Bind) -> Bind {
    match bind {
        Bind::Hole { lifeline, hole, value, reach: _ } => Bind::Hole { lifeline, hole, value, reach: Reach::Everyone },
        other @ (Bind::Name { .. } | Bind::Anew { .. }) => other,
    }
}

async fn ask(
    errand: &Errand,
    memory: &mut Memory,
    context: &mut Context<'_>,
    around: &Surroundings<'_>,
) -> Result<Vec<Bind>, Trouble> {
    let viewer = Viewer { lifeline: u32::MAX, scopes: &[], arrow: 0 };
    let built = errand.request.build(memory, viewer, context).map_err(|why| trouble(format!("a request: {why}")))?;
    let what = format!("{} {}", built.method, built.url);
    let mut session = around.session();
    let (request, _): (HttpRequest, _) = super::play::request(built, &mut session, None)?;
    let url = request.url.clone();
    let asked = async { exchange(around.rig.route.dial(&url).await?, request, &Coming::default()).await };
    let answer = tokio::time::timeout(around.deadline, asked).await;
    let response = match answer {
        Ok(Ok(Answer::Response(response) | Answer::Events(response, _))) => response,
        Ok(Ok(Answer::Ended { how })) => return Err(trouble(format!("{what}: {how}"))),
        Ok(Err(why)) => return Err(trouble(format!("{what}: {why}"))),
        Err(_) => return Err(trouble(format!("{what}: no answer within {}", elapsed_words(around.deadline)))),
    };
    let observed: Observed = super::play::status(response, &mut session);
    errand.expect.hide(&observed);
    match errand.expect.matches(&observed, memory, viewer) {
        Matched::Yes(binds) => {
            memory.learn(binds.clone());
            Ok(binds)
        }
        Matched::Conflict(_) | Matched::No => {
            let code = if let Observed::Status { code, .. } = observed { code } else { 0 };
            Err(trouble(format!("{what} was answered with {code}; expected: {}", errand.expect.describe())))
        }
    }
}

/// Runs a command to its end.
async fn launch(words: Vec<String>, around: &Surroundings<'_>, end: Instant) -> Result<Running, Trouble> {
    let line = words.join(" ");
    let running = Program::new(words).start(around.guard);
    let mut running = running.map_err(|why| trouble(format!("`{line}` cannot be started: {why}")))?;
    let (tell, told) = tokio::sync::oneshot::channel();
    // A thread waits, since the server of this process may have to answer the command meanwhile.
    std::thread::spawn(move || {
        let mut ended = None;
        // Where nobody wants to know any more it is ended, by being dropped.
        while ended.is_none() && !tell.is_closed() {
            let left = end.saturating_duration_since(Instant::now());
            ended = running.wait(left.min(LOOK));
            if left.is_zero() {
                break;
            }
        }
        let _ = tell.send((ended, running));
    });
    let (ended, running) = told.await.map_err(|_| trouble(format!("the thread that waits for `{line}` has ended")))?;
    match ended {
        Some(ended) if ended.success => Ok(running),
        Some(ended) => {
            let said = running.output().tail();
            Err(trouble(format!("`{line}` ended with {}: {}", ended.words, around.hidden(&said))))
        }
        None => {
            let total = elapsed_words(around.total);
            let said = running.output().tail();
            let said = if said.is_empty() { said } else { format!("; its output: {}", around.hidden(&said)) };
            Err(trouble(format!("`{line}` did not end within {total} (--total), so seqcheck ended it{said}")))
        }
    }
}

fn trouble(message: String) -> Trouble {
    Trouble {
        kind: "setup",
        message: format!("[setup] or [teardown] of the binding failed: {message}"),
        help: vec!["try it by hand, and read the answer of the server".to_owned()],
        spans: Vec::new(),
    }
}
