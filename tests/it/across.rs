//! Whoever comes back and says once more what was said last has said it twice: nothing was moved that is drawn further down.

use crate::field::{Client, End, LAB, Net, sockets};
use futures_util::{SinkExt as _, StreamExt as _};
use seqcheck::listen::Porch;
use seqcheck::oracle::{Class, Verdict};
use seqcheck::run::CheckVerdict;
use seqcheck::{Mock, Scenario};
use serde_json::json;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;

/// The first connection ends with `last`.
const BEGIN: &str = "Ann->S: WS connect\nS->Ann: hi\nAnn->S: first\nAnn->S: last\nS->Ann: WS close 4000\n\
                     Ann->S: WS connect\nS->Ann: hi\n";

/// A client that says these words, one list for each connection, and leaves behind the last.
async fn client(porch: Porch, words: &[&[&str]]) {
    for (index, said) in words.iter().enumerate() {
        let Ok((mut socket, _)) = client_async("ws://localhost/?n=Ann", porch.dial()).await else { return };
        let _greeting = socket.next().await;
        for word in *said {
            let _ = socket.send(Message::text(json!({ "t": word }).to_string())).await;
        }
        if index + 1 == words.len() {
            let _ = socket.close(None).await;
        }
        while let Some(Ok(_)) = socket.next().await {}
    }
}

fn play(diagram: &str, words: &'static [&'static [&'static str]]) -> CheckVerdict {
    let scenario = Scenario::parse("a.seq", diagram).unwrap().binding_text("lab.toml", LAB).unwrap();
    Mock::new(scenario).unwrap().with(move |porch| client(porch, words)).unwrap()
}

/// The class and the line of the root.
fn root(verdict: &CheckVerdict) -> (Class, u32) {
    assert_eq!(verdict.verdict(), Verdict::Fail, "{verdict}");
    let order = verdict.plan.as_ref().expect("a plan").order();
    let root = verdict.plays[0].outcome.findings.first().expect("a finding");
    let line = |id: seqcheck::order::ArrowId| order.arrow(id).line;
    (root.class, root.arrow.or(root.related).map_or(0, line))
}

#[test]
fn what_a_client_repeats_when_it_comes_back_is_said_twice() {
    // What is drawn on the second connection, and what is said there.
    for (drawn, right, wrong) in [
        // What is drawn there as well is not said again, or is.
        ("Ann->S: next\nAnn->S: last\n", &["next", "last"][..], &["last", "next"][..]),
        ("Ann->S: next\nAnn->S: last\n", &["next", "last"], &["last", "next", "last"]),
        // It may come there, and need not.
        ("Ann->S: next\nopt\n  Ann->S: last\nend\n", &["next", "last"], &["last", "next"]),
        ("Ann->S: go\nAnn->S: next\nopt\n  Ann->S: last\nend\n", &["go", "next", "last"], &["go", "last", "next"]),
        ("Ann->S: next\n", &["next"], &["last", "next"]),
    ] {
        let diagram = format!("{BEGIN}{drawn}");
        let said = |second: &'static [&'static str]| -> &'static [&'static [&'static str]] {
            Box::leak(Box::new([&["first", "last"][..], second]))
        };
        let passed = play(&diagram, said(right));
        assert!(passed.is_pass(), "{diagram}{passed}");
        let verdict = play(&diagram, said(wrong));
        assert_eq!(root(&verdict), (Class::Duplicate, 4), "{diagram}{wrong:?}: {verdict}");
        assert!(!verdict.to_string().contains("if this order is correct"), "{verdict}");
    }
}

/// What was not said last before, or is said twice on one connection, may have been moved.
#[test]
fn what_changes_places_on_one_connection_is_reordered() {
    let diagram = format!("{BEGIN}Ann->S: next\nAnn->S: first\n");
    let verdict = play(&diagram, &[&["first", "last"], &["first", "next"]]);
    assert_eq!(root(&verdict).0, Class::Reordered, "{verdict}");
    let verdict = play(BEGIN, &[&["last", "first"], &[]]);
    assert_eq!(root(&verdict).0, Class::Reordered, "{verdict}");
}

/// The same of a server that repeats for a client that comes back what it had told it last.
#[test]
fn what_a_server_repeats_to_whoever_comes_back_is_said_twice() {
    let diagram = "Ann->S: WS connect\nAnn->S: go\nS->Ann: last\nS->Ann: WS close 4000\n\
                   Ann->S: WS connect\nAnn->S: go\nS->Ann: next\nS->Ann: last\n";
    let server = |second: &'static [&'static str]| {
        sockets(move |mut client: Client| async move {
            let back = client.notes(|notes| std::mem::replace(notes, json!(true)) == json!(true));
            while let Some(said) = client.hear().await {
                if said["t"] == "echo" {
                    client.send(said);
                    continue;
                }
                for word in if back { second } else { &["last"] } {
                    client.send(json!({ "t": word }));
                }
                if !back {
                    client.send(End::Close(4000, ""));
                }
            }
        })
    };
    server(&["next", "last"]).play(Net::Memory, diagram, LAB).passes();
    for wrong in [&["last", "next"][..], &["last", "next", "last"]] {
        server(wrong).play(Net::Memory, diagram, LAB).fails(Class::Duplicate, 3);
    }
}

/// What is drawn again on a later connection was not moved there: on its own it was said twice, also where nobody comes back.
#[test]
fn what_a_client_says_twice_before_it_comes_back_is_said_twice() {
    for drawn in ["Ann->S: last\n", "Ann->S: next\nAnn->S: last\n", "opt\n  Ann->S: last\nend\n"] {
        let diagram = format!("{BEGIN}{drawn}");
        for second in [None, Some(&["last"][..])] {
            let all = std::iter::once(&["first", "last", "last"][..]).chain(second);
            let verdict = play(&diagram, Box::leak(all.collect()));
            assert_eq!(root(&verdict), (Class::Duplicate, 4), "{diagram}{second:?}: {verdict}");
            let told = verdict.to_string();
            assert!(!told.contains("if this order is correct") && !told.contains("or: line"), "{told}");
        }
    }
}

/// And on the later connection it was not said twice of the first.
#[test]
fn what_is_said_twice_on_a_later_connection_is_told_there() {
    let diagram = format!("{BEGIN}Ann->S: last\nS->Ann: fine\nAnn->S: next\n");
    let verdict = play(&diagram, &[&["first", "last"], &["last", "last", "next"]]);
    assert_eq!(root(&verdict), (Class::Duplicate, 8), "{verdict}");
    assert!(!verdict.to_string().contains("or: line 4"), "{verdict}");
}

/// The same of a server, on a socket that is drawn anew.
#[test]
fn what_a_server_says_twice_before_its_client_comes_back_is_said_twice() {
    let diagram = "Ann->S: WS connect\nAnn->S: go\nS->Ann: last\nAnn->S: WS disconnect\n\
                   Ann->S: WS connect\nAnn->S: go\nS->Ann: last\n";
    let server = |times: usize| {
        sockets(move |mut client: Client| async move {
            while let Some(said) = client.hear().await {
                let times = if said["t"] == "echo" { 1 } else { times };
                let said = if said["t"] == "echo" { said } else { json!({ "t": "last" }) };
                (0..times).for_each(|_| client.send(said.clone()));
            }
        })
    };
    server(1).play(Net::Memory, diagram, LAB).passes();
    server(2).play(Net::Memory, diagram, LAB).fails(Class::Duplicate, 3);
}

/// What a client that has come back does not say, it was to say for what it was told on its new connection.
#[test]
fn what_does_not_come_on_a_new_connection_follows_from_what_was_said_there() {
    let diagram = "Ann->S: WS connect\nS->Ann: hi\nAnn->S: room: x\nS->Ann: in: x\nS->Ann: WS close 4000\n\
                   Ann->S: WS connect\nS->Ann: hi\nAnn->S: room: x\n";
    let scenario = Scenario::parse("a.seq", diagram).unwrap().binding_text("lab.toml", LAB).unwrap();
    let once = |porch: Porch| async move {
        for says in [true, false] {
            let Ok((mut socket, _)) = client_async("ws://localhost/?n=Ann", porch.dial()).await else { return };
            let _greeting = socket.next().await;
            if says {
                let _ = socket.send(Message::text(r#"{"t":"room","x":"x"}"#)).await;
            }
            while let Some(Ok(_)) = socket.next().await {}
        }
    };
    let verdict = Mock::new(scenario).unwrap().with(once).unwrap();
    assert_eq!(root(&verdict), (Class::Missing, 8), "{verdict}");
    let cause = verdict.plays[0].outcome.findings[0].cause.expect("a cause");
    assert_eq!(verdict.plan.as_ref().expect("a plan").order().arrow(cause.arrow).line, 7, "{verdict}");
}

/// The same where a silence is drawn behind what is repeated, so that nothing between the two was due.
#[test]
fn what_a_client_says_twice_into_a_silence_is_said_twice() {
    let diagram = "Ann->S: WS connect\nS->Ann: hi\nAnn->S: last\nS->Ann: in\n...2s...\nS->Ann: more\nAnn->S: next\n\
                   S->Ann: WS close 4000\nAnn->S: WS connect\nS->Ann: hi\nAnn->S: last\nS->Ann: in\n";
    let verdict = play(diagram, &[&["last", "last"], &["last"]]);
    assert_eq!(root(&verdict), (Class::Duplicate, 3), "{verdict}");
    assert!(!verdict.to_string().contains("if this order is correct"), "{verdict}");
}

/// Whoever dials while the connection is open dials twice, also where a later dial is drawn.
#[test]
fn who_dials_while_the_first_connection_is_open_dials_twice() {
    let again = |porch: Porch| async move {
        let dial = || client_async("ws://localhost/?n=Ann", porch.dial());
        let Ok((mut socket, _)) = dial().await else { return };
        let _greeting = socket.next().await;
        let _refused = dial().await;
        while let Some(Ok(_)) = socket.next().await {}
    };
    let silent = "Ann->S: WS connect\nS->Ann: hi\n...2s...\nS->Ann: WS close 4000\nAnn->S: WS connect\nS->Ann: hi\n";
    let looped = "loop 2 times\n  Ann->S: WS connect\n  S->Ann: hi\n  Ann->S: first\n  S->Ann: WS close 4000\nend\n";
    for (diagram, line) in [(BEGIN, 1), (silent, 1), (looped, 2)] {
        let scenario = Scenario::parse("a.seq", diagram).unwrap().binding_text("lab.toml", LAB).unwrap();
        let verdict = Mock::new(scenario).unwrap().with(again).unwrap();
        assert_eq!(root(&verdict), (Class::Duplicate, line), "{verdict}");
        assert!(verdict.to_string().contains("Ann connected twice"), "{verdict}");
    }
}

/// What is acknowledged twice has the name of the first: what comes behind it is right.
#[test]
fn what_is_said_twice_under_a_name_is_no_wrong_name_of_the_next() {
    const NAMED: &str = r#"
[connect]
url = "{target}/?n={self}"

[[rule]]
label = "news {id}"
server = { t = "news", id = "{id}" }
opaque = ["id"]

[[rule]]
label = "ack {id}"
client = { t = "ack", id = "{id}" }
opaque = ["id"]
"#;
    let diagram = "Ann->S: WS connect\nS->Ann: news n1\nAnn->S: ack n1\nS->Ann: news n2\nAnn->S: ack n2\n\
                   S->Ann: news n3\nAnn->S: ack n3\nS->Ann: news n4\nAnn->S: ack n4\n";
    // Which of the news so far are acknowledged for the second.
    let play = |acks: &'static [usize]| {
        let scenario = Scenario::parse("a.seq", diagram).unwrap().binding_text("named.toml", NAMED).unwrap();
        let client = move |porch: Porch| async move {
            let Ok((mut socket, _)) = client_async("ws://localhost/?n=Ann", porch.dial()).await else { return };
            let mut news = Vec::new();
            while let Some(Ok(Message::Text(said))) = socket.next().await {
                news.push(said.replace("news", "ack"));
                let last = [news.len() - 1];
                for ack in if news.len() == 2 { acks } else { &last } {
                    let _ = socket.send(Message::text(&news[*ack])).await;
                }
            }
        };
        Mock::new(scenario).unwrap().with(client).unwrap()
    };
    assert!(play(&[1]).is_pass());
    for (acks, told) in [(&[0, 1][..], (Class::Duplicate, 3)), (&[0], (Class::WrongPayload, 5))] {
        let verdict = play(acks);
        assert_eq!(root(&verdict), told, "{acks:?}: {verdict}");
    }
}

/// What nobody drew follows neither from what has no more in common with it than its kind, nor from an earlier connection.
#[test]
fn what_is_not_drawn_stands_on_its_own_connection() {
    const TALK: &str = r#"
[connect]
url = "{target}/?n={self}"

[[rule]]
label = "hi"
server = { t = "hi" }

[[rule]]
label = "say {x}"
client = { t = "say", x = "{x}" }
server = { t = "say", x = "{x}" }
"#;
    let diagram = "Ann->S: WS connect\nS->Ann: hi\nS->Ann: say red\nAnn->S: say one\nS->Ann: WS close 4000\n\
                   Ann->S: WS connect\nS->Ann: hi\nAnn->S: say two\nS->Ann: say blue\nAnn->S: say three\n";
    // What is said for the first message of each connection but the last, and for the last message.
    let play = |said: [&'static [&'static str]; 3]| {
        let scenario = Scenario::parse("a.seq", diagram).unwrap().binding_text("talk.toml", TALK).unwrap();
        let client = move |porch: Porch| async move {
            for second in [false, true] {
                let Ok((mut socket, _)) = client_async("ws://localhost/?n=Ann", porch.dial()).await else { return };
                while let Some(Ok(Message::Text(told))) = socket.next().await {
                    let words = match (second, &*told) {
                        (false, told) if told.contains("red") => said[0],
                        (true, told) if told.contains("hi") => said[1],
                        (true, told) if told.contains("blue") => said[2],
                        _ => &[],
                    };
                    for word in words {
                        let _ = socket.send(Message::text(json!({ "t": "say", "x": word }).to_string())).await;
                    }
                }
            }
        };
        Mock::new(scenario).unwrap().with(client).unwrap()
    };
    assert!(play([&["one"], &["two"], &["three"]]).is_pass());
    for (said, line) in [
        ([&["one"][..], &["two", "red"][..], &["three"][..]], 7),
        ([&["one"], &["two"], &["three", "ps"]], 9),
        ([&["one", "ps"], &["two"], &["three"]], 3),
    ] {
        let verdict = play(said);
        assert_eq!(root(&verdict), (Class::Unexpected, line), "{said:?}: {verdict}");
        assert!(!verdict.to_string().contains("with values of"), "{verdict}");
    }
}
