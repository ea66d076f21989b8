//! Gateways in this process, in virtual time: whatever one does wrong is found, and whatever cannot be known is not blamed.
#![cfg(unix)]

use crate::between::DIAGRAM;
use crate::shell::seqcheck;
use futures_util::stream::SplitSink;
use futures_util::{SinkExt as _, StreamExt as _};
use seqcheck::listen::Porch;
use seqcheck::net::Serve;
use seqcheck::oracle::{Class, Verdict};
use seqcheck::run::{CheckVerdict, Target};
use seqcheck::{Mock, Scenario};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::io::DuplexStream;
use tokio::sync::Mutex;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};
use tokio_tungstenite::{WebSocketStream, accept_hdr_async, client_async};

/// What a gateway in this process does otherwise than pass everything on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Habit {
    None,
    /// It loses the messages that say this.
    Loses(&'static str),
    /// It greets its client itself, with other words, as soon as it is dialled.
    Greets,
    /// And loses what its client says before its service has greeted it, which it reads late.
    GreetsAndIsNotReady,
    /// It greets, and loses the messages that say this.
    GreetsAndLoses(&'static str),
    /// It holds the messages of its client that say this for so long, and passes on meanwhile what comes behind them.
    Holds(&'static str, Duration),
    /// What its service says in this it passes on to its other clients as well.
    Leaks(&'static str),
    /// Or to them instead.
    Crosses(&'static str),
}

type ToNear = SplitSink<WebSocketStream<DuplexStream>, Message>;
/// The clients of a gateway, by its connections.
type Near = Arc<Mutex<Vec<Arc<Mutex<ToNear>>>>>;

/// Each connection is taken to the porch of the service, message by message.
struct Gateway(Arc<OnceLock<Porch>>, Habit, Near);

impl Serve for Gateway {
    fn serve(&self, stream: DuplexStream) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let (porch, habit, all) = (self.0.get().expect("a porch").clone(), self.1, self.2.clone());
        Box::pin(async move { pass_on(stream, &porch, habit, all).await.unwrap_or_default() })
    }
}

/// Until one side is over; none where it never began.
async fn pass_on(stream: DuplexStream, porch: &Porch, habit: Habit, all: Near) -> Option<()> {
    let mut asked = String::new();
    #[allow(clippy::result_large_err, reason = "the type is the library's")]
    let look = |request: &Request, response: Response| {
        asked = request.uri().to_string();
        Ok(response)
    };
    let near = accept_hdr_async(stream, look).await.ok()?;
    let (far, _) = client_async(format!("ws://service{asked}"), porch.dial()).await.ok()?;
    let ((to_near, mut of_near), (to_far, mut of_far)) = (near.split(), far.split());
    let (to_near, to_far) = (Arc::new(Mutex::new(to_near)), Mutex::new(to_far));
    all.lock().await.push(to_near.clone());
    let greets = matches!(habit, Habit::Greets | Habit::GreetsAndIsNotReady | Habit::GreetsAndLoses(_));
    if greets {
        to_near.lock().await.send(Message::text(r#"{"type":"left","user":"bob"}"#)).await.ok()?;
    }
    let ready = AtomicBool::new(habit != Habit::GreetsAndIsNotReady);
    let is_lost = |message: &Message| match habit {
        Habit::Loses(text) | Habit::GreetsAndLoses(text) => message.to_string().contains(text),
        Habit::None | Habit::Greets | Habit::GreetsAndIsNotReady => false,
        Habit::Holds(..) | Habit::Leaks(_) | Habit::Crosses(_) => false,
    };
    let held = Mutex::new(None);
    let up = async {
        while let Some(Ok(message)) = of_near.next().await {
            if matches!(habit, Habit::Holds(text, _) if message.to_string().contains(text)) {
                held.lock().await.replace(message);
                continue;
            }
            let passes = ready.load(Ordering::Relaxed) && !is_lost(&message);
            if passes && to_far.lock().await.send(message).await.is_err() {
                break;
            }
        }
    };
    let later = async {
        let Habit::Holds(_, long) = habit else { return std::future::pending().await };
        while held.lock().await.is_none() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        tokio::time::sleep(long).await;
        let message = held.lock().await.take().expect("it is held");
        let _ = to_far.lock().await.send(message).await;
        std::future::pending::<()>().await;
    };
    let down = async {
        while let Some(Ok(message)) = of_far.next().await {
            if !ready.load(Ordering::Relaxed) {
                tokio::time::sleep(Duration::from_millis(50)).await;
                ready.store(true, Ordering::Relaxed);
            }
            let says = |text: &str| message.to_string().contains(text);
            let own = greets && says("connected");
            let strays = matches!(habit, Habit::Leaks(text) | Habit::Crosses(text) if says(text));
            if strays {
                for other in all.lock().await.iter().filter(|other| !Arc::ptr_eq(other, &to_near)) {
                    let _ = other.lock().await.send(message.clone()).await;
                }
            }
            let own = own || (strays && matches!(habit, Habit::Crosses(_)));
            if !own && !is_lost(&message) && to_near.lock().await.send(message).await.is_err() {
                break;
            }
        }
    };
    tokio::select! {
        () = up => {}
        () = down => {}
        () = later => {}
    }
    Some(())
}

/// Played in virtual time.
fn in_memory(diagram: &str, habit: Habit, seed: u64) -> CheckVerdict {
    let (porch, near): (Arc<OnceLock<Porch>>, Near) = <(_, _)>::default();
    let led = porch.clone();
    let target = Target::in_process(move || Gateway(porch.clone(), habit, near.clone()));
    let scenario = Scenario::parse("a.seq", diagram).unwrap().seed(seed).target(target);
    let played = ["Browser", "Other", "Service"].into_iter().filter(|name| diagram.contains(name));
    let mock = Mock::of(scenario).playing(played.map(str::to_owned).collect());
    mock.with(move |own| {
        led.set(own).expect("nobody has set it");
        std::future::ready(())
    })
    .unwrap()
}

/// The verdict, and class and line of the first finding.
fn came(verdict: &CheckVerdict) -> (Verdict, Option<(Class, u32)>) {
    let order = verdict.plan.as_ref().expect("a plan").order();
    let first = verdict.plays[0].outcome.findings.first();
    (verdict.verdict(), first.map(|it| (it.class, it.arrow.map_or(0, |arrow| order.arrow(arrow).line))))
}

/// The greeting of a gateway that greets its client itself.
fn greeting(above: &str) -> String {
    DIAGRAM.replace("Gateway->Browser: Connected\n", &format!("{above}Gateway->Browser: user:bob left\n"))
}

#[test]
fn whichever_message_a_gateway_loses_is_missing_where_it_is_drawn() {
    for seed in 0..10 {
        let right = in_memory(DIAGRAM, Habit::None, seed);
        assert!(right.is_pass(), "{seed}: {right}");
    }
    for (text, line) in [("connected", 7), ("\"hi\"", 9), ("\"ho\"", 11)] {
        let verdict = in_memory(DIAGRAM, Habit::Loses(text), 0);
        assert_eq!(came(&verdict), (Verdict::Fail, Some((Class::Missing, line))), "{text}: {verdict}");
    }
}

/// What a gateway says in other words is no sign that it has heard: one that is not ready yet may lose what comes then, and
/// is not blamed. That it does follow, the author may say.
#[test]
fn what_a_gateway_says_in_its_own_words_is_no_sign_that_it_has_heard() {
    let (bare, said) = (greeting(""), greeting("#@ depends 3\n"));
    for seed in 0..10 {
        assert!(in_memory(&bare, Habit::Greets, seed).is_pass());
        let verdict = in_memory(&bare, Habit::GreetsAndIsNotReady, seed);
        assert_eq!(verdict.verdict(), Verdict::Inconclusive, "{verdict}");
    }
    for (text, line) in [("\"hi\"", 9), ("\"ho\"", 11)] {
        let verdict = in_memory(&bare, Habit::GreetsAndLoses(text), 0);
        assert_eq!(came(&verdict), (Verdict::Inconclusive, Some((Class::Missing, line))), "{text}: {verdict}");
        let verdict = in_memory(&said, Habit::GreetsAndLoses(text), 0);
        assert_eq!(came(&verdict), (Verdict::Fail, Some((Class::Missing, line + 1))), "{text}: {verdict}");
    }
}

/// The same is said before anything runs, with the ways out.
#[test]
fn lint_tells_where_nothing_shows_that_a_gateway_has_heard() {
    let found = |diagram: &str| {
        let words = ["lint", "-", "--dialect", "seq", "--simulate", "Browser,Service", "--allow", "SQ101"];
        seqcheck(words).input(diagram).run().out
    };
    let told = found(&greeting(""));
    for words in ["warning[SQ102]: nothing shows that Gateway has handled `Connected`", "#@ depends 3", "same label"] {
        assert!(told.contains(words), "{words}: {told}");
    }
    for diagram in [DIAGRAM, &greeting("#@ depends 3\n")] {
        let told = found(diagram);
        assert!(!told.contains("SQ102"), "{told}");
    }
}

/// What comes while its time lasts is what it is, whatever came before it; what comes behind that, and is heard, is late.
#[test]
fn what_a_gateway_holds_is_waited_for_as_long_as_anything() {
    let head = DIAGRAM.split("Browser->Gateway: message").next().expect("a beginning");
    let pass =
        |from: &str, to: &str| ["one", "two", "three"].map(|text| format!("{from}->{to}: message: {text}\n")).concat();
    let many = format!("{head}{}{}", pass("Browser", "Gateway"), pass("Gateway", "Service"));
    let hold = |diagram: &str, text, millis| in_memory(diagram, Habit::Holds(text, Duration::from_millis(millis)), 0);
    for (diagram, text, millis, told) in [
        (&*many, "one", 600, (Class::Reordered, 11)),
        (&many, "two", 4_000, (Class::Reordered, 12)),
        (&many, "one", 9_000, (Class::Missing, 11)),
        (DIAGRAM, "\"hi\"", 5_500, (Class::Late, 9)),
        (DIAGRAM, "\"hi\"", 9_000, (Class::Missing, 9)),
    ] {
        let verdict = hold(diagram, text, millis);
        assert_eq!(came(&verdict), (Verdict::Fail, Some(told)), "{text} {millis}: {verdict}");
    }
    let verdict = hold(DIAGRAM, "\"hi\"", 4_500);
    assert!(verdict.is_pass(), "{verdict}");
}

/// A copy stands at what the original follows from, and no message of whoever got it is its cause.
#[test]
fn what_a_gateway_passes_on_to_another_client_stands_where_it_comes_from() {
    let other = "Other->GatewayB: WS connect\nGatewayB->Service: WS connect as Other\nService->GatewayB: Connected\n\
                 GatewayB->Other: Connected\n";
    let (begin, rest) = DIAGRAM.split_once("Browser->Gateway: message").expect("two halves");
    let (people, begin) = begin.split_once("Browser->").expect("two halves");
    let diagram = format!(
        "actor Other\nparticipant GatewayB\n{people}Browser->{begin}{other}Browser->Gateway: message{rest}\
         Other->GatewayB: message: hello\nGatewayB->Service: message: hello\n"
    );
    let line = |label: &str| diagram.lines().position(|drawn| drawn == label).expect("it is drawn") as u32 + 1;
    let passed = in_memory(&diagram, Habit::None, 0);
    assert!(passed.is_pass(), "{passed}");
    for (habit, label) in [
        (Habit::Leaks("\"ho\""), "Service->Gateway: message from Bob: ho"),
        (Habit::Crosses("\"ho\""), "Gateway->Browser: message from Bob: ho"),
    ] {
        let verdict = in_memory(&diagram, habit, 0);
        assert_eq!(came(&verdict), (Verdict::Fail, Some((Class::Misrouted, line(label)))), "{habit:?}: {verdict}");
        let told = verdict.to_string();
        assert!(!told.contains("with values of") && !told.contains("follows from line"), "{told}");
    }
}

/// Two messages that a gateway passes on to each other's clients are told as that, whatever else was due there.
#[test]
fn what_a_gateway_crosses_both_ways_is_misrouted() {
    let two = "actor Browser\nactor Other\nparticipant Gateway\nparticipant GatewayB\nparticipant Service\n\
               Browser->Gateway: WS connect\nGateway->Service: WS connect as Browser\nService->Gateway: Connected\n\
               Gateway->Browser: Connected\nOther->GatewayB: WS connect\nGatewayB->Service: WS connect as Other\n\
               Service->GatewayB: Connected\nGatewayB->Other: Connected\n\
               Service->Gateway: message from Bob: ho\nService->GatewayB: message from Dora: hey\n\
               Gateway->Browser: message from Bob: ho\nGatewayB->Other: message from Dora: hey\n";
    let passed = in_memory(two, Habit::None, 0);
    assert!(passed.is_pass(), "{passed}");
    for seed in 0..10 {
        let verdict = in_memory(two, Habit::Crosses("\"from\""), seed);
        assert_eq!(came(&verdict), (Verdict::Fail, Some((Class::Misrouted, 16))), "{seed}: {verdict}");
    }
}
