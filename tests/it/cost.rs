//! What it costs to listen, on top of what a scenario draws.
//!
//! `SEQCHECK_COST=1` measures it over TCP as well, in real time, and prints it.

use crate::blame::suite;
use crate::field::ms;
use seqcheck::net::Serve;
use seqcheck::run::{Played, Prepared, Scenario, Target};
use seqcheck::server::{Host, ServerOptions};
use seqcheck::trace::Event;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::DuplexStream;
use tokio::time::Instant;

/// The most that a scenario may take without having drawn it.
const MOST: Duration = ms(300);

fn the_play(prepared: &Prepared) -> Played {
    let mut verdict = prepared.play_here();
    assert!(verdict.is_pass(), "{verdict}");
    verdict.plays.remove(0)
}

/// When the verdict is frozen, and how long it was listened before, each time.
fn frozen(play: &Played) -> (Duration, Vec<Duration>) {
    let entry = play.trace.iter().find(|entry| matches!(entry.event, Event::Frozen)).expect("a verdict");
    let listened = play.trace.iter().filter_map(|entry| match &entry.event {
        Event::Quiet { listened, .. } => Some(*listened),
        _ => None,
    });
    (Duration::from_nanos(entry.at.0), listened.collect())
}

/// Scenarios in which a client sends once it is sure that the server has not begun what it may begin: that is listened
/// for as the end is, and cannot be seen later ("Quiet" in docs/semantics.md).
const TWICE: [&str; 2] = ["option", "turns"];

fn against(name: &str, target: Target) -> Prepared {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("scenarios/{name}.seq"));
    let offers = ["auth=required", "heartbeat=2s"].map(str::to_owned);
    let scenario = Scenario::load(path).map(|scenario| scenario.target(target).provides(offers));
    scenario.and_then(|scenario| scenario.prepare()).unwrap_or_else(|error| panic!("{error}"))
}

/// The built-in server, and how long it is played against, on the clock of the play: what clients take to leave included.
struct Timed {
    host: Host,
    began: Instant,
    took: Arc<Mutex<Duration>>,
}

impl Serve for Timed {
    fn serve(&self, stream: DuplexStream) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Serve::serve(&self.host, stream)
    }
}

impl Drop for Timed {
    fn drop(&mut self) {
        *self.took.lock().expect("nobody panics") = self.began.elapsed();
    }
}

/// Played as if over TCP (see `Net::AsTcp`).
fn timed(options: ServerOptions, took: &Arc<Mutex<Duration>>) -> Target {
    let took = Arc::clone(took);
    let fresh = move || {
        tokio::time::pause();
        Timed { host: Host::new(&options), began: Instant::now(), took: Arc::clone(&took) }
    };
    Target::in_process(fresh).real_time()
}

/// Counted on the clock of the play, which jumps wherever everybody waits: what else the machine does is not in it.
#[test]
fn listening_takes_less_than_a_third_of_a_second() {
    let measured = std::env::var_os("SEQCHECK_COST").is_some();
    let (mut most, mut worst) = (Duration::ZERO, Duration::ZERO);
    for (name, scenario) in suite() {
        let text = std::fs::read_to_string(scenario.path()).expect("text");
        let asked = ["#@ settle", "#@ never"].iter().any(|line| text.contains(line));
        let (end, listened) = frozen(&the_play(scenario));
        let drawn = if asked { end } else { end - listened.iter().sum::<Duration>() };
        let needs = text.lines().filter_map(|line| line.strip_prefix("#@ needs ")?.split_once('='));
        let needs: Vec<_> = needs.map(|(name, value)| (name.to_owned(), Some(value.to_owned()))).collect();
        let options = ServerOptions::from_needs(&needs).expect("needs of the suite");
        let took = Arc::default();
        let (frozen, listened) = frozen(&the_play(&against(name, timed(options.clone(), &took))));
        let end = *took.lock().expect("nobody panicked");
        assert!(end >= frozen, "{name}: {end:?} is on another clock than {frozen:?}");
        let times = if TWICE.contains(&name.as_str()) { 2 } else { 1 };
        assert!(listened.len() <= times as usize, "{name}: {listened:?}");
        let cost = end.saturating_sub(drawn);
        assert!(cost <= MOST * times, "{name}: {cost:?} on top of {drawn:?}");
        most = most.max(cost / times);
        if measured {
            let tcp = against(name, Target::builtin_on_tcp(options));
            let took = (0..3).map(|_| the_play(&tcp).duration).min().unwrap_or_default();
            println!("{name}: {:?} on top of {drawn:?} over TCP", took.saturating_sub(drawn));
            worst = worst.max(took.saturating_sub(drawn));
        }
    }
    println!("at most {most:?} each time on top of what is drawn; measured over TCP, the best of three: {worst:?}");
}

/// A play in which the tool is the server, with clients of a few lines, against the same play of the tool as clients of the
/// built-in server: both from the text, each on a thread of its own. Of many the quickest, so that what else the machine does does not
/// count. `SEQCHECK_COST=1` measures it (docs/benchmarks/play.md).
#[test]
fn to_listen_costs_no_more_than_to_dial() {
    use futures_util::{SinkExt as _, StreamExt as _};
    use seqcheck::Mock;
    use seqcheck::listen::Porch;
    use tokio_tungstenite::client_async_with_config;
    use tokio_tungstenite::tungstenite::Message;
    use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

    async fn client(porch: Porch) -> Option<()> {
        // Buffers as those of the play: the usual ones, of 128 KiB, are set to zero at each read, which takes half as long as
        // the rest of the play.
        let config = || Some(WebSocketConfig::default().read_buffer_size(4 << 10));
        let dial = |name: &'static str| {
            client_async_with_config(format!("ws://localhost/ws?name={name}"), porch.dial(), config())
        };
        let mut alice = dial("Alice").await.ok()?.0;
        alice.next().await?.ok()?;
        let mut bob = dial("Bob").await.ok()?.0;
        bob.next().await?.ok()?;
        alice.send(Message::text(r#"{"type":"join","room":"general"}"#)).await.ok()?;
        bob.next().await?.ok()?;
        bob.send(Message::text(r#"{"type":"message","text":"Hello Alice!"}"#)).await.ok()?;
        alice.next().await?.ok()?;
        alice.send(Message::text(r#"{"type":"message","text":"Hey Bob!"}"#)).await.ok()?;
        bob.next().await?.ok()?;
        let close = tokio_tungstenite::tungstenite::protocol::CloseFrame { code: 1000.into(), reason: "".into() };
        alice.close(Some(close)).await.ok()?;
        while let Some(Ok(_)) = alice.next().await {}
        bob.next().await?.ok()?;
        Some(())
    }
    let scenario = Scenario::load(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("scenarios/chat.seq")).expect("read");
    let rounds = if std::env::var_os("SEQCHECK_COST").is_some() { 200 } else { 1 };
    let quickest = |play: &dyn Fn() -> bool| {
        let times = (0..rounds).map(|_| {
            let began = std::time::Instant::now();
            assert!(play());
            began.elapsed()
        });
        times.min().expect("one")
    };
    let dialled = quickest(&|| scenario.check().expect("a verdict").is_pass());
    let listened = quickest(&|| {
        let mock = Mock::new(scenario.clone()).expect("roles");
        mock.with(|porch| async move { client(porch).await.unwrap_or(()) }).expect("a verdict").is_pass()
    });
    let ratio = listened.as_secs_f64() / dialled.as_secs_f64();
    println!("dialling {dialled:?}, listening {listened:?}: {ratio:.2}");
    assert!(rounds == 1 || ratio <= 1.3, "listening {listened:?}, dialling {dialled:?}");
}
