//! The tool against itself: it plays the clients of a diagram and the server that they dial, and both sides pass.

use seqcheck::order::{Point, Role};
use seqcheck::run::CheckVerdict;
use seqcheck::{Mock, Scenario};
use std::path::PathBuf;
use std::sync::Mutex;

/// So many seeds, each of which makes other choices.
fn seeds() -> u64 {
    plays().map_or(3, |plays| plays as u64 * 5)
}

fn scenarios() -> Vec<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.retain(|path| path.extension().is_some_and(|extension| extension == "seq"));
    found.sort();
    found
}

fn duet(path: &PathBuf, seed: u64) -> Result<(CheckVerdict, CheckVerdict), String> {
    let scenario = Scenario::load(path).map_err(|why| why.to_string())?.seed(seed);
    let scenario = scenario.provides(["auth", "token", "heartbeat", "protocol"].map(str::to_owned));
    let mock = Mock::new(scenario.clone()).map_err(|why| why.to_string())?;
    mock.duet(&scenario).map_err(|why| why.to_string())
}

/// The diagrams for real servers, whose protocols have codecs and bindings of their own: those of the suites, and those that
/// `seqcheck init agents` writes.
fn of_real_servers() -> Vec<PathBuf> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let folders = std::fs::read_dir(root.join("e2e")).unwrap().map(|entry| entry.unwrap().path());
    let folders = folders.chain([root.join("scenarios/agents")]);
    let mut found: Vec<PathBuf> = folders
        .filter(|folder| folder.is_dir())
        .flat_map(|folder| std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()))
        .collect();
    found.retain(|path| path.extension().is_some_and(|extension| extension == "seq"));
    found.sort();
    found
}

/// Those of which the tool does not play both sides, each with the reason.
const EXCEPTIONS: [(&str, &str); 2] = [
    ("e2e/nginx/", "both ends are simulated, and what is tested stands between"),
    ("e2e/rabbitmq/errors.seq", "it draws known failures of RabbitMQ, which a server that does as drawn does not have"),
];

fn is_excepted(path: &std::path::Path) -> bool {
    EXCEPTIONS.iter().any(|(known, _)| path.display().to_string().contains(known))
}

#[test]
fn every_scenario_passes_on_both_sides() {
    let mut told = Vec::new();
    for path in scenarios().into_iter().chain(of_real_servers()) {
        let name = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap().display().to_string();
        if is_excepted(&path) {
            continue;
        }
        for seed in 0..seeds() {
            match duet(&path, seed) {
                Ok((clients, server)) if clients.is_pass() && server.is_pass() => {
                    let (near, far) = (arrows(&clients), arrows(&server));
                    if near != far {
                        told.push(format!("{name} {seed}: {near:?} on the one side, {far:?} on the other"));
                    }
                }
                Ok((clients, server)) => {
                    told.push(format!("{name} {seed}\n-- clients: {clients}\n-- server: {server}"))
                }
                Err(why) => told.push(format!("{name} {seed}: {why}")),
            }
        }
    }
    assert!(told.is_empty(), "{} do not pass:\n{}", told.len(), told.join("\n\n"));
}

/// The lines of all arrows that were played, be they sent or received; that a client reads no more nobody else can see, nor
/// what is on no wire.
fn arrows(verdict: &CheckVerdict) -> Vec<u32> {
    let order = verdict.plan.as_ref().unwrap().order();
    let marks = verdict.plays.iter().flat_map(|play| &play.outcome.marks);
    let played = marks.filter_map(|mark| Some(order.arrow(mark.arrow?)));
    let silent = |point: Point| point.lifeline().is_some_and(|id| order.lifeline(id).role == Role::Silent);
    let seen = played.filter(|arrow| !matches!(&*arrow.label, "WS pause" | "WS resume"));
    let seen = seen.filter(|arrow| !silent(arrow.from) && !silent(arrow.to));
    let mut lines: Vec<u32> = seen.map(|arrow| arrow.line).collect();
    lines.sort_unstable();
    lines
}

/// What the tool sends on the one side is what it receives on the other, line by line.
#[test]
fn the_arrows_of_both_records_are_the_same() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("scenarios/chat.seq");
    let (clients, server) = duet(&path, 0).unwrap();
    let sent = |verdict: &CheckVerdict| {
        let mut labels: Vec<String> = verdict.plays[0]
            .trace
            .iter()
            .filter_map(|entry| entry.event.sent())
            .map(|arrow| {
                let order = verdict.plan.as_ref().unwrap().order();
                format!("{}", order.arrow(seqcheck::order::ArrowId(arrow)).line)
            })
            .collect();
        labels.sort();
        labels
    };
    let order = clients.plan.as_ref().unwrap().order();
    let all = [sent(&clients), sent(&server)].concat().len();
    assert_eq!(all, order.arrows.len(), "every arrow is sent by one side: {clients}\n{server}");
}

/// A command that ends with a failure of its own, one that never dials, an address that is in use.
#[cfg(unix)]
#[test]
fn what_a_command_does_decides_as_well() {
    use crate::shell::seqcheck;
    use seqcheck::cli::Exit;

    let silent = seqcheck(["mock", "scenarios/chat.seq", "--timeout", "300ms", "--", "true"]).run();
    assert_eq!(silent.exit, Exit::Fail, "{silent}");
    assert!(silent.out.contains("did not connect"), "{silent}");
    assert!(silent.err.contains("listens at ws://127.0.0.1:"), "{silent}");
    let nobody = seqcheck(["mock", "scenarios/chat.seq", "--wait", "200ms"]).run();
    assert_eq!(nobody.exit, Exit::Error, "{nobody}");
    assert!(nobody.out.contains("no client has connected to Server at ws://127.0.0.1:"), "{nobody}");
    // Nobody is waited for who cannot come any more: this would else not end today.
    let patience = ["--timeout", "23h", "--wait", "23h", "--total", "24h"];
    let gone = seqcheck(["mock", "scenarios/chat.seq"].into_iter().chain(patience).chain(["--", "true"])).run();
    assert!(gone.exit == Exit::Fail && gone.out.contains("did not connect"), "{gone}");
    let missing = seqcheck(["mock", "scenarios/chat.seq", "--", "/nowhere/client"]).run();
    assert!(matches!(missing.exit, Exit::Error | Exit::Fail), "{missing}");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let used = seqcheck(["mock", "scenarios/chat.seq", "--listen", &address, "--", "true"]).run();
    assert_eq!(used.exit, Exit::Error, "{used}");
    assert!(used.out.contains(&format!("seqcheck cannot listen at {address}")), "{used}");
}

/// Plays all of these, several at once since they mostly wait; `play` says what is wrong.
fn side_by_side<T: Sync + Send>(all: Vec<T>, play: impl Fn(&T) -> Option<String> + Sync) {
    let (open, wrong) = (Mutex::new(all), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                loop {
                    let next = open.lock().unwrap().pop();
                    let Some(next) = next else { return };
                    if let Some(why) = play(&next) {
                        wrong.lock().unwrap().push(why);
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{} do not pass:\n{}", wrong.len(), wrong.join("\n"));
}

/// How often each scenario is played over TCP; none is one of them, once.
fn plays() -> Option<usize> {
    std::env::var("SEQCHECK_SELF_PLAYS").ok().and_then(|plays| plays.parse().ok())
}

/// The program against itself over TCP: the command is told the address in its words.
#[test]
fn the_program_plays_itself_over_tcp() {
    use crate::shell::seqcheck;
    use seqcheck::cli::Exit;

    let program = env!("CARGO_BIN_EXE_seqcheck");
    let provided = "auth,token,heartbeat,protocol";
    let both = |path: &str| {
        let words = ["mock", path, "--", program, path, "--target", "{url}", "--provides", provided];
        seqcheck(words).run()
    };
    let all = scenarios().into_iter().chain(of_real_servers()).filter(|path| !is_excepted(path));
    let all = all.map(|path| path.display().to_string());
    let chosen: Vec<String> = match plays() {
        Some(plays) => std::iter::repeat_n(all.collect::<Vec<_>>(), plays).flatten().collect(),
        None => all.filter(|path| path.ends_with("/chat.seq")).collect(),
    };
    side_by_side(chosen, |path| {
        let played = both(path);
        (played.exit != Exit::Pass).then(|| format!("{path}\n{played}"))
    });
    let words = ["mock", "scenarios/chat.seq", "--", program, "scenarios/direct.seq", "--target", "{url}"];
    let other = seqcheck(words).run();
    assert_eq!(other.exit, Exit::Fail, "{other}");
    assert!(other.out.contains("= again: seqcheck mock scenarios/chat.seq --seed 0 -- "), "{other}");
}

/// The suites whose servers speak over plain streams of bytes as well.
const SPOKEN: [&str; 7] = ["acp", "agents", "mosquitto", "nats", "redis", "rabbitmq", "inspircd"];

/// Scenarios that need nothing of HTTP, for streams of bytes; those with one client alone, for one process.
fn plain() -> Vec<(String, bool)> {
    let read = |path: PathBuf| (path.display().to_string(), std::fs::read_to_string(&path).unwrap());
    let speaks_http = |text: &str| {
        ["HTTP ", "GET ", "POST ", "publish ", "SSE ", "needs auth"].iter().any(|word| text.contains(word))
    };
    let spoken = |path: &PathBuf| SPOKEN.iter().any(|name| path.parent().is_some_and(|at| at.ends_with(name)));
    let of_others = of_real_servers().into_iter().filter(|path| spoken(path) && !is_excepted(path)).map(read);
    let all = scenarios().into_iter().map(read).filter(|(_, text)| !speaks_http(text)).chain(of_others);
    all.map(|(path, text)| (path, text.matches(": WS connect").count() == 1 && !text.contains("loop"))).collect()
}

/// The same over plain TCP, and with the server as the child of its client.
#[cfg(unix)]
#[test]
fn the_program_plays_itself_over_streams_of_bytes() {
    use crate::shell::seqcheck;
    use seqcheck::cli::Exit;

    let program = env!("CARGO_BIN_EXE_seqcheck");
    let provided = "heartbeat,protocol";
    let chosen: Vec<(String, bool)> = match plays() {
        Some(_) => plain(),
        None => plain()
            .into_iter()
            .filter(|(path, _)| path.ends_with("/chat.seq") || path.ends_with("scenarios/errors.seq"))
            .collect(),
    };
    assert!(chosen.len() >= 2, "{chosen:?}");
    assert!(chosen.iter().any(|(_, alone)| *alone), "no process is played");
    side_by_side(chosen, |(path, alone)| {
        let patience = ["--timeout", "20s", "--total", "5m"];
        let client = [program, path, "--target", "{url}", "--provides", provided];
        let over_tcp = seqcheck(["mock", path, "--listen", "tcp://127.0.0.1:0"]).and(patience).and(["--"]);
        let over_tcp = over_tcp.and(client).and(patience).run();
        if over_tcp.exit != Exit::Pass {
            return Some(format!("{path} over TCP\n{over_tcp}"));
        }
        let target = format!("stdio: exec {program} mock {path} {} --stdio", patience.join(" "));
        let as_child = |path: &str| seqcheck([path, "--target", &target, "--provides", provided]).and(patience).run();
        let as_child = Some(path).filter(|_| *alone).map(|path| as_child(path));
        as_child.filter(|played| played.exit != Exit::Pass).map(|played| format!("{path} as a child\n{played}"))
    });
}

/// Whose order nothing keeps where each answer comes on a connection of its own: the tool takes no time over a call.
const BY_REQUESTS_APART: &str = "agents/overtaken.seq";

/// The same where messages are requests: those that ask the other way round, leave in the middle, or are two.
#[cfg(unix)]
#[test]
fn the_program_plays_itself_by_requests() {
    use crate::shell::seqcheck;
    use seqcheck::cli::Exit;

    let program = env!("CARGO_BIN_EXE_seqcheck");
    let agents: Vec<String> = of_real_servers().iter().map(|path| path.display().to_string()).collect();
    let agents: Vec<String> = agents
        .into_iter()
        .filter(|path| path.contains("scenarios/agents/") && !path.ends_with(BY_REQUESTS_APART))
        .collect();
    let few = ["tools", "progress", "sampling", "roots", "gone", "two"].map(|name| format!("agents/{name}.seq"));
    let all = plays().is_some();
    let chosen: Vec<String> =
        agents.into_iter().filter(|path| all || few.iter().any(|name| path.ends_with(name))).collect();
    assert!(chosen.len() >= few.len(), "{chosen:?}");
    side_by_side(chosen, |path| {
        let patience = ["--timeout", "20s", "--total", "5m"];
        let mock = seqcheck(["mock", path, "--listen", "http://127.0.0.1:0"]).and(patience);
        let played = mock.and(["--", program, path, "--target", "{url}"]).and(patience).run();
        (played.exit != Exit::Pass).then(|| format!("{path} by requests\n{played}"))
    });
    let refused = seqcheck(["mock", "scenarios/chat.seq", "--listen", "http://127.0.0.1:0"]).run();
    assert_eq!(refused.exit, Exit::Usage, "{refused}");
    assert!(refused.err.contains("messages of the binding `chat` are no requests"), "{refused}");
}

#[cfg(unix)]
#[test]
fn a_lifeline_that_is_dialled_needs_somebody_who_dials() {
    use crate::shell::seqcheck;
    use seqcheck::cli::Exit;

    let unheard = seqcheck(["scenarios/chat.seq", "--simulate", "Server"]).run();
    assert_eq!(unheard.exit, Exit::Usage, "{unheard}");
    assert!(unheard.err.contains("seqcheck mock FILE"), "{unheard}");
}

/// An empty body is an empty text, whoever says it.
#[test]
fn an_empty_body_is_an_empty_text() {
    let binding = "[[rule]]\nlabel = \"post {b...}\"\non = \"http\"\n\
                   client = { method = \"POST\", path = \"/x\", body = \"{b...}\" }\n\
                   [[rule]]\nlabel = \"posted\"\non = \"http\"\nserver = { status = 200, body = \"\" }\n\
                   [[rule]]\nlabel = \"post nothing\"\non = \"http\"\n\
                   client = { method = \"POST\", path = \"/x\", body = \"\" }\n";
    let played = |clients: &str, server: &str| {
        let scenario = |text: &str| Scenario::parse("d.seq", text).unwrap().binding_text("b.toml", binding).unwrap();
        let mock = Mock::new(scenario(server)).unwrap();
        let (clients, server) = mock.duet(&scenario(clients)).unwrap();
        (clients.is_pass(), server.is_pass())
    };
    let nothing = "Ann->S: post nothing\nS->Ann: posted\n";
    let something = "Ann->S: post some\nS->Ann: posted\n";
    assert_eq!(played(nothing, nothing), (true, true));
    assert_eq!(played(something, something), (true, true));
    assert!(!played(something, nothing).1);
}
