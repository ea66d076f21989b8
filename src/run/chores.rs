//! `[setup]` and `[teardown]` of a binding: requests and commands once a run, outside the diagram.

use super::random::Random;
use super::target::Rig;
use crate::net::{Answer, HttpRequest, exchange};
use crate::oracle::Trouble;
use crate::source::elapsed_words;
use crate::wire::{Bind, Chore, Context, Errand, Expects as _, Matched, Memory, Observed, Reach, Viewer};
use std::process::{Command, Stdio};
use std::time::Duration;

/// What chores need of their run.
pub(super) struct Surroundings<'a> {
    pub rig: &'a Rig,
    pub run: &'a str,
    pub mark: &'a str,
    /// What `{uuid}` follows from.
    pub entropy: u64,
    pub now_millis: u64,
    pub deadline: Duration,
}

/// Does them in their order; what an answer gives is known to the next, and to the plays that follow.
pub(super) async fn run(chores: Vec<Chore>, around: &Surroundings<'_>) -> Result<Vec<Bind>, Trouble> {
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
            now_millis: around.now_millis,
            random: &mut || random.next(),
        };
        match chore {
            Chore::Errand(errand) => {
                learned.extend(ask(&errand, &mut memory, &mut context, around).await?.into_iter().map(everyone));
            }
            Chore::Command(command) => {
                let words = command.build(&memory, &mut context).map_err(|why| trouble(format!("a command: {why}")))?;
                launch(&words)?;
            }
        }
    }
    Ok(learned)
}

/// What was learned before anybody connected is known to all who do.
fn everyone(bind: Bind) -> Bind {
    match bind {
        Bind::Hole { lifeline, hole, value, reach: _ } => Bind::Hole { lifeline, hole, value, reach: Reach::Everyone },
        name @ Bind::Name { .. } => name,
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
    let (request, _): (HttpRequest, _) = super::play::request(built, None)?;
    let url = request.url.clone();
    let asked = async { exchange(around.rig.route.dial(&url).await?, request).await };
    let answer = tokio::time::timeout(around.deadline, asked).await;
    let response = match answer {
        Ok(Ok(Answer::Response(response) | Answer::Events(response, _))) => response,
        Ok(Ok(Answer::Ended { how })) => return Err(trouble(format!("{what}: {how}"))),
        Ok(Err(why)) => return Err(trouble(format!("{what}: {why}"))),
        Err(_) => return Err(trouble(format!("{what}: no answer within {}", elapsed_words(around.deadline)))),
    };
    let observed: Observed = super::play::status(response);
    match errand.expect.matches(&observed, memory, viewer) {
        Matched::Yes(binds) => {
            memory.learn(binds.clone());
            Ok(binds)
        }
        Matched::Conflict(_) | Matched::No => {
            let code = if let Observed::Status { code, .. } = observed { code } else { 0 };
            Err(trouble(format!("{what} was answered by {code}; expected: {}", errand.expect.describe())))
        }
    }
}

fn launch(words: &[String]) -> Result<(), Trouble> {
    let Some((program, arguments)) = words.split_first() else { return Ok(()) };
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).output();
    let output = output.map_err(|why| trouble(format!("`{program}` cannot be started: {why}")))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(trouble(format!("`{}` ended with {}: {}", words.join(" "), output.status, said.trim_end())))
}

fn trouble(message: String) -> Trouble {
    Trouble {
        kind: "setup",
        message: format!("[setup] or [teardown] of the binding failed: {message}"),
        help: vec!["do it by hand, and see what the server says".to_owned()],
        spans: Vec::new(),
    }
}
