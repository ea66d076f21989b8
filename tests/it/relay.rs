//! A network between the clients and a correct server that takes its time: whatever passes is cut and gathered anew, and is
//! up to 150 ms on its way, each way. No verdict changes by it, but where a drawn upper bound is really exceeded.
//!
//! `SEQCHECK_RELAYS` plays every scenario so often, `SEQCHECK_TCP_RELAYS` so often over TCP, in real time.

use crate::field::ms;
use fastrand::Rng;
use seqcheck::net::pipe;
use seqcheck::oracle::{Class, Verdict};
use seqcheck::run::{CheckVerdict, Scenario, Target};
use seqcheck::server::{Host, ServerOptions};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, DuplexStream};
use tokio::net::TcpListener;
use tokio::sync::mpsc::unbounded_channel;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, sleep_until};

/// How long a piece is on its way at most, in milliseconds.
const MOST: u64 = 150;

/// How pieces pass.
#[derive(Clone, Copy, Debug)]
enum Road {
    /// One behind the other: the next sets out when the one before is there, and what comes meanwhile gathers.
    Narrow,
    /// At once, each in its own time; none overtakes another, and those that are there together go on as one.
    Wide,
}

/// How many pieces a narrow road makes of what has gathered, at most.
const CUTS: usize = 3;

/// One way of one connection.
async fn way(from: impl AsyncRead + Unpin, to: impl AsyncWrite + Unpin, road: Road, chance: Rng) {
    match road {
        Road::Narrow => narrow(from, to, chance).await,
        Road::Wide => wide(from, to, chance).await,
    }
}

async fn narrow(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, mut chance: Rng) {
    let mut buffer = vec![0; 8 << 10];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        let mut rest = &buffer[..read];
        for left in (0..chance.usize(1..=CUTS)).rev() {
            let cut = if left == 0 { rest.len() } else { chance.usize(0..=rest.len()) };
            let (piece, behind) = rest.split_at(cut);
            rest = behind;
            if piece.is_empty() {
                continue;
            }
            sleep(ms(chance.u64(0..=MOST))).await;
            if to.write_all(piece).await.is_err() {
                return;
            }
        }
    }
    let _ = to.shutdown().await;
}

async fn wide(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, mut chance: Rng) {
    let (put, mut take) = unbounded_channel::<(Instant, Vec<u8>)>();
    let setting_out = async move {
        let (mut last, mut buffer) = (Instant::now(), vec![0; 8 << 10]);
        while let Ok(read @ 1..) = from.read(&mut buffer).await {
            let mut rest = &buffer[..read];
            while !rest.is_empty() {
                let (piece, behind) = rest.split_at(chance.usize(1..=rest.len()));
                rest = behind;
                last = last.max(Instant::now() + ms(chance.u64(0..=MOST)));
                if put.send((last, piece.to_vec())).is_err() {
                    return;
                }
            }
        }
    };
    let arriving = async move {
        let mut next = take.recv().await;
        while let Some((due, mut bytes)) = next.take() {
            sleep_until(due).await;
            while let Ok((due, more)) = take.try_recv() {
                if due > Instant::now() {
                    next = Some((due, more));
                    break;
                }
                bytes.extend(more);
            }
            if to.write_all(&bytes).await.is_err() {
                return;
            }
            if next.is_none() {
                next = take.recv().await;
            }
        }
        let _ = to.shutdown().await;
    };
    tokio::join!(setting_out, arriving);
}

/// A correct server behind such a network.
struct Behind {
    host: Host,
    road: Road,
    seed: u64,
    /// How many connections there have been.
    count: AtomicU64,
}

impl Behind {
    fn new(options: &ServerOptions, road: Road, seed: u64) -> Behind {
        Behind { host: Host::new(options), road, seed, count: AtomicU64::new(0) }
    }

    /// Serves one connection.
    fn serve<S>(&self, client: S) -> impl Future<Output = ()> + Send + use<S>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let (near, far) = pipe();
        let served = self.host.serve(far);
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        let chance = |way: u64| Rng::with_seed(self.seed << 32 | number << 1 | way);
        let (up, down, road) = (chance(0), chance(1), self.road);
        let (client_says, client_hears) = tokio::io::split(client);
        let (server_says, server_hears) = tokio::io::split(near);
        async move {
            tokio::join!(served, way(client_says, server_hears, road, up), way(server_says, client_hears, road, down));
        }
    }
}

/// What a scenario wants of the built-in server: `auth=required`.
fn needs(text: &str) -> Vec<(String, Option<String>)> {
    let lines = text.lines().filter_map(|line| line.strip_prefix("#@ needs "));
    lines
        .map(|need| match need.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
            None => (need.to_owned(), None),
        })
        .collect()
}

/// One scenario.
struct Drawn {
    name: String,
    scenario: Scenario,
    options: ServerOptions,
}

fn scenarios() -> Vec<Drawn> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let mut found: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|it| it == "seq")).collect();
    found.sort();
    let load = |path: PathBuf| {
        let needs = needs(&std::fs::read_to_string(&path).expect("text"));
        let offers = needs.iter().map(|(name, value)| match value {
            Some(value) => format!("{name}={value}"),
            None => name.clone(),
        });
        let scenario = Scenario::load(&path).unwrap_or_else(|error| panic!("{error}")).provides(offers);
        let options = ServerOptions::from_needs(&needs).expect("needs that the built-in server meets");
        Drawn { name: path.file_stem().expect("a name").to_string_lossy().into_owned(), scenario, options }
    };
    found.into_iter().map(load).collect()
}

/// In virtual time, or as if it were real (see `Net::AsTcp`).
fn in_memory(drawn: &Drawn, road: Road, seed: u64, as_tcp: bool) -> Target {
    let options = drawn.options.clone();
    let target = Target::in_process(move || {
        if as_tcp {
            tokio::time::pause();
        }
        let behind = Behind::new(&options, road, seed);
        move |stream: DuplexStream| behind.serve(stream)
    });
    if as_tcp { target.real_time() } else { target }
}

/// On a port of 127.0.0.1, until the second is dropped.
fn on_tcp(drawn: &Drawn, road: Road, seed: u64) -> (Target, oneshot::Sender<()>) {
    let (tell, told) = std::sync::mpsc::channel::<SocketAddr>();
    let (stop, stopped) = oneshot::channel::<()>();
    let options = drawn.options.clone();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async move {
            let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
            tell.send(listener.local_addr().expect("bound")).expect("somebody waits");
            let behind = Behind::new(&options, road, seed);
            let accepting = async {
                while let Ok((stream, _)) = listener.accept().await {
                    stream.set_nodelay(true).expect("a socket");
                    tokio::spawn(behind.serve(stream));
                }
            };
            tokio::select! {
                () = accepting => {}
                _ = stopped => {}
            }
        });
    });
    let address = told.recv().expect("it listens");
    (Target::url(&format!("ws://{address}")).expect("an address"), stop)
}

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).ok().and_then(|number| number.parse().ok()).unwrap_or(default)
}

/// What plays came to: how many of each verdict, and those that are false alarms.
#[derive(Default)]
struct Tally {
    counts: Mutex<BTreeMap<String, u32>>,
    alarms: Mutex<Vec<String>>,
}

impl Tally {
    fn take(&self, name: &str, verdict: &CheckVerdict, about: impl FnOnce() -> String) {
        let findings = || verdict.plays.iter().flat_map(|play| &play.outcome.findings);
        let exceeded = verdict.verdict() == Verdict::Fail
            && findings().all(|root| root.class == Class::Late && root.consequences.is_empty());
        let word = verdict.verdict().word().to_owned();
        let word = if exceeded { format!("a bound that {name} draws is exceeded") } else { word };
        *self.counts.lock().expect("nobody panics").entry(word).or_default() += 1;
        assert!(verdict.skipped.is_none(), "{verdict}");
        if verdict.verdict() != Verdict::Pass && !exceeded {
            self.alarms.lock().expect("nobody panics").push(format!("{}: {verdict}", about()));
        }
    }

    fn end(self, place: &str) {
        println!("{place}: {:?}", self.counts.into_inner().expect("nobody panicked"));
        let alarms = self.alarms.into_inner().expect("nobody panicked");
        assert!(alarms.is_empty(), "{} alarms\n{}", alarms.len(), alarms.join("\n"));
    }
}

fn road(seed: u64) -> Road {
    if seed.is_multiple_of(2) { Road::Narrow } else { Road::Wide }
}

#[test]
fn a_slow_network_changes_no_verdict() {
    let scenarios = scenarios();
    for (place, as_tcp) in [("in memory", false), ("as over TCP", true)] {
        let tally = Tally::default();
        for (index, drawn) in (0u64..).zip(&scenarios) {
            for play in 0..number("SEQCHECK_RELAYS", 1) {
                let seed = index + play;
                let target = in_memory(drawn, road(seed), seed, as_tcp);
                let verdict = drawn.scenario.clone().target(target).check().unwrap_or_else(|error| panic!("{error}"));
                tally.take(&drawn.name, &verdict, || format!("{} {place}, {:?}, seed {seed}", drawn.name, road(seed)));
            }
        }
        tally.end(place);
    }
}

/// Those that are played over TCP where nobody asks for all.
const SOME: [&str; 3] = ["chat", "sse", "text"];

/// How many of them are played side by side: most of their time is waiting.
const AT_ONCE: usize = 24;

#[test]
fn nor_does_one_over_tcp() {
    let scenarios = scenarios();
    let plays = number("SEQCHECK_TCP_RELAYS", 0);
    let wanted = |drawn: &&Drawn| plays > 0 || SOME.contains(&drawn.name.as_str());
    let jobs: Vec<(&Drawn, u64)> = (0u64..)
        .zip(scenarios.iter().filter(wanted))
        .flat_map(|(index, drawn)| (0..plays.max(1)).map(move |play| (drawn, index + play)))
        .collect();
    let (tally, next) = (Tally::default(), AtomicUsize::new(0));
    let work = || {
        while let Some(&(drawn, seed)) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
            let (target, _listening) = on_tcp(drawn, road(seed), seed);
            let verdict = drawn.scenario.clone().target(target).check().unwrap_or_else(|error| panic!("{error}"));
            tally.take(&drawn.name, &verdict, || format!("{} over TCP, {:?}, seed {seed}", drawn.name, road(seed)));
        }
    };
    std::thread::scope(|scope| (0..AT_ONCE).for_each(|_| drop(scope.spawn(work))));
    tally.end("over TCP");
}
