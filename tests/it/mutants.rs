//! Faulty servers and odd ones: every mutant is killed by a scenario, with the class it should have, and no legal
//! variant raises a false alarm.
//!
//! `docs/mutants.md` is generated from what these tests see: `SEQCHECK_BLESS=1 cargo test mutants` writes it.

use crate::blame::{runs, suite};
use crate::sweep::is_played;
use seqcheck::oracle::{Class, Verdict};
use seqcheck::order::{FragmentId, Kind};
use seqcheck::run::{Prepared, Scenario, Target};
use seqcheck::server::{Deviation, ServerOptions, legal, mutants};
use seqcheck::trace::Event;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What a fault may be found as. More than one where scenarios see different sides of it: a copy at a client is
/// *misrouted* where the rightful one got the frame too, and *unexpected* where there is none.
fn classes(mutant: &str) -> &'static [Class] {
    use Class::{Closed, Duplicate, Early, Late, Misrouted, Missing, Reordered, Unexpected, WrongPayload};
    match mutant {
        "broadcast-twice"
        | "left-twice-after-drop"
        | "redelivered-after-reconnect"
        | "stale-subscription"
        | "duplicate-ten-seconds-later"
        | "receipt-repeated"
        | "every-join-announced" => &[Duplicate],
        "echo-to-sender"
        | "ignores-rooms"
        | "direct-to-all"
        | "joined-to-joiner"
        | "delivers-after-leave"
        | "event-to-other-topic"
        | "own-edit-back"
        | "unauthenticated-visible" => &[Misrouted, Unexpected],
        "flushed-last-first" | "delivery-overtaken" | "different-orders" => &[Reordered],
        "joined-at-connect" | "read-on-delivery" => &[Unexpected, Early],
        "greeting-before-connected" => &[Unexpected, WrongPayload],
        "text-truncated"
        | "wrong-from"
        | "constant-id"
        | "constant-event-id"
        | "receipt-for-wrong-message"
        | "wrong-room"
        | "non-ascii-replaced"
        | "member-missing"
        | "number-as-string"
        | "binary-instead-of-text"
        | "wrong-close-code"
        | "html-escaped"
        | "text-split"
        | "named-room-becomes-current"
        | "utf16-places"
        | "edits-untransformed" => &[WrongPayload],
        "ends-without-close" => &[Closed, WrongPayload],
        "delivery-after-deadline" => &[Late, Missing],
        "unknown-type-closes" | "drop-ends-server" => &[Closed],
        "non-member-may-post" | "error-and-action" | "wrong-token-accepted" => &[Unexpected, WrongPayload],
        // One side of it is accepted where it should be refused, the other is cut.
        "name-taken-over" => &[Unexpected, Duplicate, WrongPayload, Closed],
        // A frame too many: what the subscriber has had, or, where another had it before it came, nothing of its own.
        "replay-repeats" => &[Duplicate, Unexpected],
        "typing-stops-at-once" => &[Early, Duplicate, Unexpected, WrongPayload],
        "typing-start-repeated" => &[Duplicate, WrongPayload],
        // Heard where she should be in no room, and not announced where she should be.
        "state-leaks" => &[Unexpected, Misrouted, Missing],
        "slow-reader-blocks" => &[Missing, Late],
        // Everything else keeps something back.
        _ => &[Missing],
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn prepared(path: &Path) -> Prepared {
    Scenario::load(path).and_then(|scenario| scenario.prepare()).unwrap_or_else(|error| panic!("{error}"))
}

fn against(scenario: &Prepared, options: ServerOptions) -> Prepared {
    scenario.against_builtin(options, 1)
}

/// What one deviation, the `row`th, does to the scenarios that are played against it: verdict, and the class of the root
/// finding.
fn sweep(row: usize, options: &ServerOptions) -> BTreeMap<&'static str, (Verdict, Option<Class>)> {
    let all = suite().iter().enumerate().filter(|(column, _)| is_played(row, *column));
    let played = all.map(|(_, (name, scenario))| {
        let checked = against(scenario, options.clone()).play();
        let class = checked.plays.iter().flat_map(|play| &play.outcome.findings).next().map(|finding| finding.class);
        (name.as_str(), (checked.verdict(), class))
    });
    played.collect()
}

#[test]
fn every_mutant_is_killed_with_its_class() {
    let mut problems = Vec::new();
    let (mut failing, mut attributable) = (0u32, 0u32);
    let mut page = String::from(PREAMBLE);
    for mutant in mutants::ALL {
        let mut kills: BTreeMap<Class, Vec<&str>> = BTreeMap::new();
        for run in runs().iter().filter(|run| run.mutant == *mutant && run.score.is_some()) {
            let (name, Some(class)) = (run.scenario, run.class) else { continue };
            failing += 1;
            if classes(mutant.name).contains(&class) {
                attributable += 1;
                kills.entry(class).or_default().push(name);
            } else {
                problems.push(format!("{} in {name}: {}", mutant.name, class.word()));
            }
        }
        if kills.is_empty() {
            problems.push(format!("{} survives", mutant.name));
        }
        let found: Vec<String> =
            kills.iter().map(|(class, names)| format!("*{}*: {}", class.word(), names.join(", "))).collect();
        let _ = writeln!(page, "| {} | `{}` | {} | {} |", mutant.id, mutant.name, mutant.about, found.join("; "));
    }
    println!(
        "{attributable} of {failing} failing runs name a class that is attributable to the fault; not: {problems:?}"
    );
    assert!(f64::from(attributable) >= 0.99 * f64::from(failing), "{attributable} of {failing}: {problems:#?}");
    assert!(problems.iter().all(|problem| !problem.ends_with("survives")), "{problems:#?}");
    page += &crate::blame::page();
    page += &crate::blame::measured();
    page += SOCKETS;
    for (name, why) in MEMORY_ONLY {
        let _ = writeln!(page, "| `{name}` | {why} |");
    }
    current("docs/mutants.md", &page);
}

const PREAMBLE: &str = "\
# Faulty servers, and the scenarios that find them

Each row is a fault of the built-in server (`--mutant NAME`). The last column is the result of the suite in `scenarios/`: the
class of the root finding, and the scenarios that find the fault. A test checks this page and generates it:
`SEQCHECK_BLESS=1 cargo test mutants`.

| id | mutant | what it does | found as |
| --- | --- | --- | --- |
";

const SOCKETS: &str = "\
\n## Over real sockets

Over TCP, in real time, each fault is found too, by one of the scenarios above and with the same class, except:

| mutant | why it is found only in memory |
| --- | --- |
";

/// Faults that real sockets cannot show with these scenarios.
const MEMORY_ONLY: [(&str, &str); 1] = [(
    "slow-reader-blocks",
    "The messages of `slow-reader` fit into the buffers of two real sockets, so the server cannot see that a client is slow.",
)];

/// How many plays over TCP a fault has in which to show: of the scenarios that find it in memory, in turn. A fault that lasts some
/// milliseconds is over before a busy machine comes to look.
const TRIES: usize = 8;

#[test]
fn what_is_found_in_memory_is_found_over_tcp() {
    let alone = |mutant: &&&Deviation| MEMORY_ONLY.iter().all(|(name, _)| *name != mutant.name);
    let jobs: Vec<&'static Deviation> = mutants::ALL.iter().filter(alone).copied().collect();
    assert_eq!(jobs.len() + MEMORY_ONLY.len(), mutants::ALL.len(), "the list names faults that there are");
    let jobs: Vec<_> = jobs.into_iter().enumerate().filter(|(row, _)| is_played(*row, 0)).map(|(_, it)| it).collect();
    let (next, missed) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || {
        while let Some(&mutant) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
            let finds = runs().iter().filter(|run| run.mutant == mutant && run.score.is_some());
            let mut names: Vec<&str> = finds.map(|run| run.scenario).collect();
            names.sort_by_key(|name| !QUICK.contains(name));
            let mut told = Vec::new();
            let found = names.iter().cycle().take(TRIES).any(|name| {
                let options = ServerOptions { mutants: vec![mutant], ..ServerOptions::default() };
                let scenario = Scenario::load(root().join("scenarios").join(format!("{name}.seq")));
                let scenario =
                    scenario.unwrap_or_else(|error| panic!("{error}")).target(Target::builtin_on_tcp(options));
                let checked = scenario.check().unwrap_or_else(|error| panic!("{error}"));
                let class = checked.plays.iter().flat_map(|play| &play.outcome.findings).next().map(|root| root.class);
                let found = checked.verdict() == Verdict::Fail;
                told.push(format!("{name}: {} {}", checked.verdict().word(), class.map_or("", Class::word)));
                found && class.is_some_and(|class| classes(mutant.name).contains(&class))
            });
            if !found {
                missed.lock().expect("nobody panics").push(format!("{mutant:?}: {told:?}"));
            }
        }
    };
    // Side by side, since most of their time is waiting.
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(work);
        }
    });
    let missed = missed.into_inner().expect("nobody panicked");
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

/// Compares a generated page with the one in the tree, or writes it where `SEQCHECK_BLESS` is set.
fn current(path: &str, page: &str) {
    let file = root().join(path);
    if std::env::var_os("SEQCHECK_BLESS").is_some() {
        std::fs::write(&file, page).unwrap_or_else(|error| panic!("{path}: {error}"));
    }
    let known = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(known == page, "{path} is not current: SEQCHECK_BLESS=1 cargo test mutants writes it");
}

/// `SEQCHECK_SEEDS` plays more seeds than the suite does.
fn seeds() -> u64 {
    std::env::var("SEQCHECK_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(1)
}

#[test]
fn allowed_behaviour_raises_no_alarm() {
    let mut alarms = Vec::new();
    for (row, variant) in legal::ALL.iter().enumerate() {
        for seed in 1..=seeds() {
            let options = ServerOptions { legal: vec![variant], seed, ..ServerOptions::default() };
            for (name, (verdict, class)) in sweep(row, &options) {
                if verdict != Verdict::Pass {
                    let class = class.map_or("", Class::word);
                    alarms.push(format!("{} seed {seed} in {name}: {} {class}", variant.name, verdict.word()));
                }
            }
        }
    }
    assert!(alarms.is_empty(), "{alarms:#?}");
}

/// The operand that a play of this scenario took of its last choice of the server, or how many turns of its last loop.
fn taken(name: &str, options: ServerOptions) -> u32 {
    let checked = against(&prepared(&root().join("scenarios").join(name)), options).play();
    assert!(checked.is_pass(), "{checked}");
    let order = checked.plan.as_ref().expect("it was played").order();
    let free = |id: &FragmentId| !matches!(order.fragment(*id).kind, Kind::Par);
    let taken = checked.plays[0].outcome.taken.iter().filter(|(id, _)| free(id));
    // Of a loop each turn is told; the last is the number.
    taken.map(|(_, number)| *number).max().unwrap_or_else(|| panic!("{name} leaves nothing to the server"))
}

#[test]
fn what_a_diagram_leaves_to_the_server_happens_either_way() {
    let ways = |name: &str, id: &str, seeds: u64| -> BTreeSet<u32> {
        let variant = legal::find(id).unwrap_or_else(|| panic!("{id}"));
        let odd = |seed| taken(name, ServerOptions { legal: vec![variant], seed, ..ServerOptions::default() });
        (0..seeds).map(odd).collect()
    };
    let plain = |name: &str| taken(name, ServerOptions::default());
    // Present and absent, three numbers of turns, one branch and the other.
    assert_ne!(BTreeSet::from([plain("option.seq")]), ways("option.seq", "L22", 1));
    assert_eq!(ways("turns.seq", "L23", 40).len(), 3);
    for choice in ["alternative.seq", "editing-concurrent.seq"] {
        assert_eq!((plain(choice), ways(choice, "L24", 1)), (0, BTreeSet::from([1])), "{choice}");
    }
}

/// Those that wait for no drawn delay, so that they take no longer than their variant demands.
const QUICK: [&str; 12] = [
    "alternative",
    "auth",
    "burst",
    "chat",
    "direct",
    "drop-in-burst",
    "editing-concurrent",
    "presence-duplicate",
    "reconnect",
    "server-close",
    "sse-reconnect",
    "text",
];

/// How many of them are played side by side.
const AT_ONCE: usize = 24;

#[test]
fn what_is_allowed_of_transport_raises_no_alarm_over_tcp() {
    let transport = [
        "L03", "L04", "L07", "L09", "L10", "L11", "L12", "L13", "L15", "L16", "L17", "L21", "L22", "L23", "L24", "L25",
        "L27",
    ];
    let seeds = 1..=seeds().min(3);
    let pairs = transport.into_iter().enumerate().flat_map(|(row, id)| {
        let played = QUICK.into_iter().enumerate().filter(move |(column, _)| is_played(row, *column));
        played.map(move |(_, name)| (id, name))
    });
    let jobs: Vec<(&str, &str, u64)> =
        pairs.flat_map(|(id, name)| seeds.clone().map(move |seed| (id, name, seed))).collect();
    let (next, alarms) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || {
        while let Some(&(id, name, seed)) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
            let variant = legal::find(id).unwrap_or_else(|| panic!("{id}"));
            let options = ServerOptions { legal: vec![variant], seed, ..ServerOptions::default() };
            let scenario = Scenario::load(root().join("scenarios").join(format!("{name}.seq")));
            let scenario = scenario.unwrap_or_else(|error| panic!("{error}")).target(Target::builtin_on_tcp(options));
            let checked = scenario.check().unwrap_or_else(|error| panic!("{error}"));
            if !checked.is_pass() {
                alarms.lock().expect("nobody panics").push(format!("{variant:?} seed {seed}: {checked}"));
            }
        }
    };
    // Side by side, since most of their time is waiting.
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(work);
        }
    });
    let alarms = alarms.into_inner().expect("nobody panicked");
    assert!(alarms.is_empty(), "{}", alarms.join("\n"));
}

/// The branches and numbers of turns that were taken, and what every client observed, in its order, without the times.
type Sight = (Vec<(FragmentId, u32)>, BTreeMap<u32, Vec<String>>);

fn seen(scenario: &Prepared, legal: Vec<&'static Deviation>) -> Sight {
    let options = ServerOptions { legal, ..ServerOptions::default() };
    let played = against(scenario, options).play();
    let mut seen: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    for entry in played.plays.iter().flat_map(|play| &play.trace) {
        if let Event::Received { lifeline, observed, .. } = &entry.event {
            seen.entry(*lifeline).or_default().push(format!("{observed:?}"));
        }
    }
    (played.plays[0].outcome.taken.clone(), seen)
}

/// P24. What the transport may do between two messages is nobody's observation.
#[test]
fn noise_of_the_transport_reaches_no_trace() {
    let noise = ["pings", "unsolicited-pongs", "fragments", "one-segment"];
    let mut alike = 0;
    for (name, scenario) in suite() {
        let (taken, quiet) = seen(scenario, Vec::new());
        assert!(!quiet.is_empty(), "{name} observes something");
        for variant in noise {
            let variant = legal::find(variant).unwrap_or_else(|| panic!("{variant} is a legal variant"));
            let (noisily, noisy) = seen(scenario, vec![variant]);
            // Noise takes time, and a choice that a diagram leaves to the server may depend on who is faster.
            if noisily == taken {
                assert_eq!(quiet, noisy, "{name} with {}", variant.name);
                alike += 1;
            }
        }
    }
    assert!(alike >= 4 * 40, "{alike}");
}
