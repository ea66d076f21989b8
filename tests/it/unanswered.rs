//! Requests that get no answer: what is told at once since it cannot come any more, and what others go on waiting for.

use crate::field::{Call, EVENTS, Field, LAB, Net, Told, ms, server};
use seqcheck::oracle::{Class, Verdict};
use serde_json::json;

const NETS: [Net; 2] = [Net::Memory, Net::AsTcp];
const POST: &str = "\n[[rule]]\nlabel = \"post\"\non = \"http\"\nclient = { method = \"POST\", path = \"/x\" }\n";
const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
/// What comes of an answer whose connection ends: nothing, a part of its head, and a part of its body.
const CUT: [&[u8]; 4] = [
    b"",
    b"HTTP/1.1 200 OK\r\ncont",
    b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{}",
    b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n",
];

fn binding() -> String {
    format!("{LAB}{POST}")
}

/// Answers the first request with these bytes and ends or keeps its connection, and others as they should be. On a socket `a`
/// comes so much later than it was asked for.
fn answering(first: &'static [u8], ends: bool, later: u64) -> Field {
    server(move |call: Call| async move {
        if call.is_upgrade() {
            let Some(mut client) = call.accept().await else { return };
            while client.hear().await.is_some() {
                client.after(ms(later), json!({ "t": "a" }));
            }
            return;
        }
        let again = call.notes(|notes| std::mem::replace(notes, json!(true)) == json!(true));
        match (again, ends) {
            (true, _) => call.answer(200, json!({})).await,
            (false, true) => call.say_and_end(first).await,
            (false, false) => call.say(first).await,
        }
    })
}

/// When the last thing happened, in milliseconds.
fn last(told: &Told) -> u64 {
    told.all.plays[0].trace.iter().map(|entry| entry.at.0 / 1_000_000).max().unwrap_or(0)
}

#[test]
fn an_answer_whose_connection_has_ended_is_not_waited_for() {
    for net in NETS {
        for cut in CUT {
            let told = answering(cut, true, 0).play(net, "Ann->S: post\nS->Ann: 200 OK\n", &binding());
            told.fails(Class::Closed, 1).says("the server did not answer Ann's request: end of stream");
            assert_eq!(told.findings(), [(Class::Closed, 1), (Class::Missing, 2)], "{told}");
            assert!(last(&told) < 2_000, "{told}");
            // The next request of the client has a connection of its own.
            let twice = "Ann->S: post\nAnn->S: post\nS->Ann: 200 OK\n";
            let told = answering(cut, true, 0).play(net, twice, &binding());
            assert_eq!(told.findings(), [(Class::Closed, 1)], "{told}");
        }
    }
}

#[test]
fn what_is_due_elsewhere_is_still_waited_for() {
    let both = "Bob->S: WS connect\nBob->S: go\nAnn->S: post\nS->Ann: 200 OK\nS->Bob: a\n";
    for net in NETS {
        for cut in CUT {
            let told = answering(cut, true, 2_000).play(net, both, &binding());
            assert_eq!(told.findings(), [(Class::Closed, 3), (Class::Missing, 4)], "{told}");
            assert!((2_000..4_000).contains(&last(&told)), "{told}");
        }
    }
}

/// Whose request it was is known, whatever others ask meanwhile.
#[test]
fn an_end_stands_at_the_request_that_it_leaves_without_an_answer() {
    let get = "\n[[rule]]\nlabel = \"get\"\non = \"http\"\nclient = { path = \"/x\" }\n";
    let both = server(|call: Call| async move {
        if call.method == "POST" {
            return call.say_and_end(b"").await;
        }
        tokio::time::sleep(ms(1_500)).await;
        call.answer(200, json!({})).await;
    });
    let diagram = "par\nAnn->S: post\nS->Ann: 200 OK\nand\nBob->S: get\nS->Bob: 200 OK\nend\n";
    for net in [Net::Memory, Net::AsTcp, Net::Tcp] {
        let told = both.play(net, diagram, &format!("{}{get}", binding()));
        told.fails(Class::Closed, 2).says("cause: line 2, Ann->S: post");
        assert_eq!(told.findings(), [(Class::Closed, 2), (Class::Missing, 3)], "{told}");
    }
}

/// Where a login has no answer there is no connection, and the time for it is that of any other answer.
#[test]
fn a_login_without_an_answer_is_told_as_what_it_is() {
    let login = "[connect]\nurl = \"{target}/?n={self}\"\nbefore = [ { http = { method = \"POST\", url = \"{target.http}/login\" }, status = 200 } ]\n\n";
    let binding = format!("{login}{}", &LAB[LAB.find("[echo]").expect("an echo")..]);
    let diagram = "Ann->S: WS connect\nAnn->S: go\nS->Ann: a\n";
    for net in NETS {
        let told = answering(b"", false, 0).play(net, diagram, &binding);
        told.fails(Class::Missing, 1).says("request 1 of `before` in [connect]: POST /login");
        assert!(last(&told) < 8_000, "{told}");
        for cut in CUT {
            let told = answering(cut, true, 0).play(net, diagram, &binding);
            told.fails(Class::Closed, 1).says("in request 1 of `before` in [connect]: POST /login");
            assert!(last(&told) < 2_000, "{told}");
        }
    }
}

/// Who has no socket has no echo: the answer that nobody drew tells that a request is handled.
#[test]
fn a_client_without_a_socket_is_asked_no_echo() {
    let then = "Ann->S: post\nBob->S: WS connect\nBob->S: go\nS->Bob: a\n";
    let before = "Bob->S: WS connect\nAnn->S: post\nBob->S: go\nS->Bob: a\n";
    let refused = "Ann->S: WS connect\nS->Ann: HTTP 401\nAnn->S: post\nBob->S: WS connect\nBob->S: go\nS->Bob: a\n";
    let gone = "Ann->S: WS connect\nAnn->S: WS disconnect\nAnn->S: post\nBob->S: WS connect\nBob->S: go\nS->Bob: a\n";
    for net in [Net::Memory, Net::AsTcp, Net::Tcp] {
        for diagram in [then, before, gone] {
            let told = answering(OK, true, 0).play(net, diagram, &binding());
            told.passes();
            assert!(last(&told) < 3_000, "{told}");
        }
        let refusing = server(|call: Call| async move {
            let first = call.notes(|notes| std::mem::replace(notes, json!(true)) != json!(true));
            match call.is_upgrade() {
                true if first => call.answer(401, json!({})).await,
                true => {
                    let Some(mut client) = call.accept().await else { return };
                    while client.hear().await.is_some() {
                        client.send(json!({ "t": "a" }));
                    }
                }
                false => call.answer(200, json!({})).await,
            }
        });
        refusing.play(net, refused, &binding()).passes();
    }
}

/// The others do not go on before the request is handled, as far as its answer tells.
#[test]
fn an_answer_that_nobody_drew_is_waited_for_before_others_go_on() {
    let slow = server(|call: Call| async move {
        if call.is_upgrade() {
            let handled = call.notes(|notes| notes.clone());
            let Some(mut client) = call.accept().await else { return };
            while client.hear().await.is_some() {
                client.send(json!({ "t": if handled == json!("handled") { "a" } else { "b" } }));
            }
            return;
        }
        tokio::time::sleep(ms(1_500)).await;
        call.notes(|notes| *notes = json!("handled"));
        call.answer(200, json!({})).await;
    });
    for net in NETS {
        slow.play(net, "Ann->S: post\nBob->S: WS connect\nBob->S: go\nS->Bob: a\n", &binding()).passes();
    }
}

/// A server may hold a request open; that is remarked, and nobody is blamed for an echo.
#[test]
fn a_request_without_an_answer_is_told_as_that() {
    let diagram = "Ann->S: post\nBob->S: WS connect\nBob->S: go\nS->Bob: a\n";
    for net in NETS {
        let told = answering(b"", false, 0).play(net, diagram, &binding());
        told.passes().says("Ann had no complete answer to POST /x within 5 s").does_not_say("echo of");
        let told = answering(b"", true, 0).play(net, diagram, &binding());
        told.fails(Class::Closed, 1).does_not_say("echo of");
        let told = answering(b"HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n", true, 0).play(net, diagram, &binding());
        told.fails(Class::Unexpected, 1);
    }
}

/// One that is drawn further down is held open until then.
#[test]
fn an_answer_that_is_drawn_below_is_not_waited_for_above() {
    let polled = server(|call: Call| async move {
        if call.is_upgrade() {
            let Some(mut client) = call.accept().await else { return };
            while client.hear().await.is_some() {
                call_of(&client);
            }
            return;
        }
        while call.notes(|notes| notes.is_null()) {
            tokio::time::sleep(ms(10)).await;
        }
        call.answer(200, json!({})).await;
    });
    for net in NETS {
        let told = polled.play(net, "Ann->S: post\nBob->S: WS connect\nBob->S: go\nS->Ann: 200 OK\n", &binding());
        assert_ne!(told.verdict, Verdict::Fail, "{told}");
        assert!(last(&told) < 4_000, "{told}");
    }
}

fn call_of(client: &crate::field::Client) {
    client.notes(|notes| *notes = json!("said"));
}

/// A client of an event stream alone can ask no echo either, and its answer tells nothing of it.
#[test]
fn who_only_listens_is_asked_no_echo() {
    let both = server(|call: Call| async move {
        if !call.is_upgrade() {
            let _open = call.events().await;
            return std::future::pending().await;
        }
        let Some(mut client) = call.accept().await else { return };
        while client.hear().await.is_some() {
            client.send(json!({ "t": "a" }));
        }
    });
    for net in NETS {
        let told =
            both.play(net, "Ann->S: listen\nBob->S: WS connect\nBob->S: go\nS->Bob: a\n", &format!("{LAB}{EVENTS}"));
        told.passes();
        assert!(last(&told) < 3_000, "{told}");
    }
}

/// Of a request that is made again the last answer counts, also where the next try gets none.
#[test]
fn the_last_answer_counts_where_the_next_does_not_come() {
    let rules = "\n[[rule]]\nlabel = \"await\"\non = \"http\"\nclient = { path = \"/job\" }\nrepeat = { every = \"1s\", until = { json = { state = \"done\" } } }\n\n\
                 [[rule]]\nlabel = \"done\"\non = \"http\"\nserver = { status = 200, json = { state = \"done\" } }\n";
    let binding = format!("{LAB}{rules}");
    let once = |status: u16, state: &'static str| {
        server(move |call: Call| async move {
            let again = call.notes(|notes| std::mem::replace(notes, json!(true)) == json!(true));
            if again { call.hang().await } else { call.answer(status, json!({ "state": state })).await }
        })
    };
    for net in NETS {
        let told = once(200, "busy").play(net, "Ann->S: await\nS->Ann: done\n", &binding);
        told.fails(Class::WrongPayload, 2).says("busy");
        let told = once(500, "gone").play(net, "Ann->S: await\n", &binding);
        told.fails(Class::Unexpected, 1).says("HTTP 500");
        once(200, "busy").play(net, "Ann->S: await\n", &binding).passes();
        once(200, "done").play(net, "Ann->S: await\nS->Ann: done\n", &binding).passes();
    }
}
