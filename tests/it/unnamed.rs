//! Clients of whom the address does not tell who they are: what they say first tells, or else the order of the diagram.

use futures_util::{SinkExt as _, StreamExt as _};
use seqcheck::listen::Porch;
use seqcheck::oracle::Class;
use seqcheck::run::CheckVerdict;
use seqcheck::{Mock, Scenario};
use std::future::Future;
use tokio::io::DuplexStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

/// The first message behind the handshake says who it is, and is answered.
const HELLO: &str = r#"
[connect]
url = "{target}/ws"
after = [{ send = { hello = "{self}" } }, { receive = { welcome = "{self}" } }]

[[rule]]
label  = "say {text}"
client = { say = "{text}" }

[[rule]]
label  = "hear {text}"
server = { hear = "{text}" }
"#;

const DRAWN: &str = "Ann->S: WS connect\nBob->S: WS connect\nAnn->S: say hi\nS->Bob: hear hi\n";

/// Nothing that a client says tells who it is.
fn unnamed() -> String {
    HELLO.lines().filter(|line| !line.starts_with("after")).map(|line| format!("{line}\n")).collect()
}

type Socket = WebSocketStream<DuplexStream>;

/// What the tool says of clients, and who was named by the order of dialling alone.
fn told<C, F>(diagram: &str, binding: &str, clients: C) -> (CheckVerdict, bool)
where
    C: Fn(Porch) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = ()> + Send + 'static,
{
    let scenario = Scenario::parse("d.seq", diagram).and_then(|it| it.binding_text("b.toml", binding));
    let mock = Mock::new(scenario.unwrap_or_else(|why| panic!("{why}"))).expect("roles");
    let verdict = mock.with(clients).unwrap_or_else(|why| panic!("{why}"));
    let by_order = verdict.to_string().contains("only by the order of their connections");
    (verdict, by_order)
}

async fn dial(porch: &Porch) -> Socket {
    client_async("ws://localhost/ws", porch.dial()).await.expect("a handshake").0
}

async fn say(socket: &mut Socket, text: &str) {
    // Nobody hears it where the connection is over.
    let _ = socket.send(Message::text(text)).await;
}

/// What is said next; empty at the end.
async fn hear(socket: &mut Socket) -> String {
    match socket.next().await {
        Some(Ok(Message::Text(text))) => text.to_string(),
        Some(Ok(_) | Err(_)) | None => String::new(),
    }
}

/// Both are there before either says who he is, and `first` dials first.
fn both(
    first: &'static str,
    second: &'static str,
) -> impl Fn(Porch) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>> + Clone {
    move |porch: Porch| {
        Box::pin(async move {
            let mut sockets = [(first, dial(&porch).await), (second, dial(&porch).await)];
            for (name, socket) in &mut sockets {
                say(socket, &format!(r#"{{"hello":"{name}"}}"#)).await;
                assert_eq!(hear(socket).await, format!(r#"{{"welcome":"{name}"}}"#));
            }
            sockets.sort_by_key(|(name, _)| *name);
            let [(_, ann), (_, bob)] = &mut sockets;
            say(ann, r#"{"say":"hi"}"#).await;
            assert_eq!(hear(bob).await, r#"{"hear":"hi"}"#);
        })
    }
}

#[test]
fn what_a_client_says_first_tells_who_it_is_whoever_dials_first() {
    for (first, second) in [("Ann", "Bob"), ("Bob", "Ann")] {
        let (verdict, by_order) = told(DRAWN, HELLO, both(first, second));
        assert!(verdict.is_pass() && !by_order, "{first} first: {verdict}");
    }
}

#[test]
fn whoever_says_nothing_first_is_the_next_in_the_diagram() {
    // One says who it is, and the other never does: it owes its preamble.
    let (verdict, _) = told(DRAWN, HELLO, |porch: Porch| async move {
        let mut bob = dial(&porch).await;
        let mut silent = dial(&porch).await;
        say(&mut bob, r#"{"hello":"Bob"}"#).await;
        hear(&mut bob).await;
        hear(&mut silent).await;
    });
    let finding = &verdict.plays[0].outcome.findings[0];
    assert!(finding.what.contains("Ann") && verdict.to_string().contains("did not come within"), "{verdict}");
}

/// Says a name that nobody has, behind others who were named before.
fn strange(before: &'static [&'static str]) -> (CheckVerdict, bool) {
    told(DRAWN, HELLO, move |porch: Porch| async move {
        let mut sockets = Vec::new();
        for name in before.iter().chain(&["Eve"]) {
            let mut socket = dial(&porch).await;
            say(&mut socket, &format!(r#"{{"hello":"{name}"}}"#)).await;
            hear(&mut socket).await;
            sockets.push(socket);
        }
    })
}

#[test]
fn a_name_that_nobody_has_is_told_with_those_who_are_expected() {
    let of = |name: &str| format!(r#"{{"hello":"{name}"}} of {name}"#);
    for (before, expected) in
        [(&[][..], format!("{}, {}", of("Ann"), of("Bob"))), (&["Ann"], of("Bob")), (&["Bob"], of("Ann"))]
    {
        let (verdict, by_order) = strange(before);
        let finding = &verdict.plays[0].outcome.findings[0];
        assert!(!by_order && finding.class == Class::Closed, "{verdict}");
        let eve =
            r#"the first message of this client is {"hello":"Eve"}, which does not identify a client that may connect"#;
        assert!(finding.what.ends_with(&format!("{eve}: {expected}")), "{expected} is not in {verdict}");
    }
}

/// Nobody else could have come: that is no guess by the order of dialling, and where he says who he is it is none at all.
#[test]
fn the_only_one_left_is_told_as_such() {
    let (verdict, by_order) = told(DRAWN, HELLO, both("Bob", "Ann"));
    assert!(verdict.is_pass() && !by_order && !verdict.to_string().contains("only one client was left"), "{verdict}");
    let (one_then_other, _) = told(DRAWN, HELLO, |porch: Porch| async move {
        let mut bob = dial(&porch).await;
        say(&mut bob, r#"{"hello":"Bob"}"#).await;
        hear(&mut bob).await;
        let mut ann = dial(&porch).await;
        say(&mut ann, r#"{"hello":"Ann"}"#).await;
        hear(&mut ann).await;
        say(&mut ann, r#"{"say":"hi"}"#).await;
        assert_eq!(hear(&mut bob).await, r#"{"hear":"hi"}"#);
    });
    assert!(one_then_other.is_pass(), "{one_then_other}");
    assert!(!one_then_other.to_string().contains("clients were identified"), "{one_then_other}");
    // Without a name in the preamble the first is told by the order, and the last by being left.
    let silent = unnamed();
    let (verdict, by_order) = told(DRAWN, &silent, |porch: Porch| async move {
        let (mut ann, mut bob) = (dial(&porch).await, dial(&porch).await);
        say(&mut ann, r#"{"say":"hi"}"#).await;
        assert_eq!(hear(&mut bob).await, r#"{"hear":"hi"}"#);
    });
    assert!(verdict.is_pass() && by_order, "{verdict}");
    assert!(verdict.to_string().contains("connections (Ann), or because only one client was left (Bob)"), "{verdict}");
}

/// Where the server speaks first, or a refusal is drawn, nobody can be let in unknown.
#[test]
fn where_nothing_can_be_waited_for_the_order_of_dialling_tells() {
    let server_first = HELLO.replace(
        r#"{ send = { hello = "{self}" } }, { receive = { welcome = "{self}" } }"#,
        r#"{ receive = { welcome = "{self}" } }, { send = { hello = "{self}" } }"#,
    );
    let (verdict, by_order) =
        told("Ann->S: WS connect\nBob->S: WS connect\n", &server_first, |porch: Porch| async move {
            for _ in 0..2 {
                let mut socket = dial(&porch).await;
                let welcome = hear(&mut socket).await;
                say(&mut socket, &welcome.replace("welcome", "hello")).await;
            }
        });
    assert!(verdict.is_pass() && by_order, "{verdict}");
    let refused = "Ann->S: WS connect\nS-->Ann: HTTP 403\nBob->S: WS connect\n";
    let (verdict, _) = told(refused, HELLO, |porch: Porch| async move {
        assert!(client_async("ws://localhost/ws", porch.dial()).await.is_err(), "the first is refused");
        let mut bob = dial(&porch).await;
        say(&mut bob, r#"{"hello":"Bob"}"#).await;
        hear(&mut bob).await;
    });
    assert!(verdict.is_pass(), "{verdict}");
}
