//! Messages that frames may cut, since their codec says where they end: what is not whole is told, in a WebSocket and on a plain
//! stream, whether the connection ends or not.

use crate::field::{Act, Client, End, Field, Net, Told, ms, sockets};
use futures_util::{SinkExt as _, StreamExt as _};
use seqcheck::Mock;
use seqcheck::listen::Porch;
use seqcheck::oracle::Class;
use seqcheck::{Scenario, Target};
use std::io::{Read as _, Write as _};
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;

const DUE: &str = "Ann->S: WS connect\nAnn->S: go\nS->Ann: a\n";
const NETS: [Net; 3] = [Net::Memory, Net::AsTcp, Net::Tcp];
/// Where something is waited for.
const SWIFT: [Net; 2] = [Net::Memory, Net::AsTcp];

/// A protocol: its codec, what `go` and `a` are in it, the frame of an `a`, and a part of another one.
struct Spoken {
    codec: &'static str,
    go: &'static str,
    a: &'static str,
    whole: &'static [u8],
    part: &'static [u8],
    rest: &'static [u8],
}

const SPOKEN: [Spoken; 5] = [
    Spoken {
        codec: "stomp",
        go: "{ command = \"SEND\", body = \"go\" }",
        a: "{ command = \"MESSAGE\", body = \"a\" }",
        whole: b"MESSAGE\n\na\0\n",
        part: b"MESSAGE\n\na",
        rest: b"\0",
    },
    Spoken {
        codec: "nats",
        go: "{ op = \"PUB\", subject = \"go\" }",
        a: "{ op = \"MSG\", subject = \"a\" }",
        whole: b"MSG a 1 1\r\nx\r\n",
        part: b"MSG a 1 2\r\nx",
        rest: b"y\r\n",
    },
    Spoken {
        codec: "mqtt",
        go: "{ packet = \"publish\", topic = \"go\" }",
        a: "{ packet = \"publish\", topic = \"a\" }",
        whole: b"\x30\x03\0\x01a",
        part: b"\x30\x04\0\x01a",
        rest: b"x",
    },
    Spoken {
        codec: "resp",
        go: "[\"GO\"]",
        a: "[\"a\"]",
        whole: b"*1\r\n$1\r\na\r\n",
        part: b"*1\r\n$1\r\n",
        rest: b"a\r\n",
    },
    // Texts, and no protocol of a plain stream.
    Spoken {
        codec: "socketio",
        go: "{ event = \"go\", args = [] }",
        a: "{ event = \"a\" }",
        whole: b"42[\"a\"]",
        part: b"451-[\"a\",{\"_placeholder\":true,\"num\":0}]",
        rest: b"x",
    },
];

impl Spoken {
    fn binding(&self) -> String {
        let Spoken { codec, go, a, .. } = self;
        format!("codec = \"{codec}\"\n[[rule]]\nlabel = \"go\"\nclient = {go}\n[[rule]]\nlabel = \"a\"\nserver = {a}\n")
    }

    fn is_text(&self) -> bool {
        self.codec == "socketio"
    }

    fn frame(&self, bytes: &[u8]) -> Act {
        let attachment = bytes == self.rest;
        match String::from_utf8(bytes.to_vec()) {
            Ok(text) if self.is_text() && !attachment => Act::Text(text),
            Ok(_) | Err(_) => Act::Binary(bytes.to_vec()),
        }
    }

    /// Answers with these, each in a frame of its own and 10 ms later than the one before.
    fn answering(&'static self, frames: &[&'static [u8]], end: Option<End>) -> Field {
        let frames: Vec<Act> = frames.iter().map(|bytes| self.frame(bytes)).chain(end.map(Act::End)).collect();
        sockets(move |mut client: Client| {
            let frames = frames.clone();
            async move {
                if client.hear_raw().await.is_some() {
                    for (at, frame) in (0..).zip(frames) {
                        client.after(ms(10 * at), frame);
                    }
                    while client.hear_raw().await.is_some() {}
                }
            }
        })
    }

    fn came(&self) -> String {
        format!("an incomplete message ({} bytes)", self.part.len())
    }
}

#[test]
fn what_a_codec_holds_is_cut_by_every_end() {
    for spoken in &SPOKEN {
        for net in NETS {
            let play = |frames: &[&'static [u8]], end: &End, diagram: &str| {
                spoken.answering(frames, Some(end.clone())).play(net, diagram, &spoken.binding())
            };
            for (end, label, by) in [
                (End::Close(1000, ""), "WS close 1000", "a Close"),
                (End::Bare, "WS closed", "a Close"),
                (End::Fin, "WS ended", "the end of the connection"),
            ] {
                let drawn = format!("{DUE}S->Ann: {label}\n");
                play(&[spoken.whole], &end, &drawn).passes();
                play(&[spoken.whole, spoken.part, spoken.rest], &end, &drawn).fails(Class::Duplicate, 3);
                let told = play(&[spoken.whole, spoken.part], &end, &drawn);
                told.fails(Class::Unexpected, 2).says(&format!("{}, and then {by}", spoken.came()));
                let told = play(&[spoken.whole, spoken.part], &end, DUE);
                assert_eq!(told.class, Some(Class::Closed), "{told}");
                let told = play(&[spoken.part], &end, &drawn);
                let part =
                    format!("Ann did not receive this: only a part of it was received ({} bytes)", spoken.part.len());
                told.fails(Class::Missing, 3).says(&part);
            }
            let told = play(&[spoken.whole, spoken.part], &End::Fin, DUE);
            told.fails(Class::Closed, 2).says(&format!("end of stream, in {}", spoken.came()));
            // Who leaves need not hear the rest.
            let leaves = format!("{DUE}Ann->S: WS disconnect\n");
            spoken.answering(&[spoken.whole], None).play(net, &leaves, &spoken.binding()).passes();
        }
    }
}

#[test]
fn what_a_codec_holds_is_waited_for_and_told() {
    for spoken in &SPOKEN {
        for net in SWIFT {
            let play = |frames: &[&'static [u8]], diagram: &str| {
                spoken.answering(frames, None).play(net, diagram, &spoken.binding())
            };
            let told = play(&[spoken.whole, spoken.part], DUE);
            told.fails(Class::Unexpected, 2).says(&format!("{}, and the rest did not come within 5 s", spoken.came()));
            let told = play(&[spoken.part], DUE);
            let part =
                format!("Ann did not receive this: only a part of it was received ({} bytes)", spoken.part.len());
            told.fails(Class::Missing, 3).says(&part);
            play(&[spoken.part, spoken.rest], DUE).passes();
            // The rest may be later than the window.
            let late = sockets(move |mut client: Client| async move {
                if client.hear_raw().await.is_some() {
                    client.send(spoken.frame(spoken.whole));
                    client.send(spoken.frame(spoken.part));
                    client.after(ms(3_000), spoken.frame(spoken.rest));
                    while client.hear_raw().await.is_some() {}
                }
            });
            late.play(net, DUE, &spoken.binding()).fails(Class::Duplicate, 3);
        }
    }
}

/// Says these bytes on a plain stream when it has heard something; then it ends the stream, or keeps it.
fn streaming(bytes: Vec<u8>, ends: bool) -> Target {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("bound").port();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a client");
        let mut some = [0; 512];
        let _ = stream.read(&mut some);
        let _ = stream.write_all(&bytes);
        while !ends && matches!(stream.read(&mut some), Ok(1..)) {}
    });
    Target::url(&format!("tcp://127.0.0.1:{port}")).expect("an address")
}

fn streamed(target: Target, diagram: &str, binding: &str, timeout: u64) -> Told {
    let scenario = Scenario::parse("d.seq", diagram).expect("a diagram");
    let scenario = scenario.binding_text("b.toml", binding).unwrap_or_else(|why| panic!("{why}"));
    Told::new(scenario.timeout(ms(timeout)).target(target).check().expect("a play"))
}

#[test]
fn what_a_codec_holds_of_a_plain_stream_is_told() {
    std::thread::scope(|scope| {
        for spoken in SPOKEN.iter().filter(|spoken| !spoken.is_text()) {
            scope.spawn(move || {
                let binding = spoken.binding();
                let both = [spoken.whole, spoken.part].concat();
                let drawn = format!("{DUE}S->Ann: WS ended\n");
                streamed(streaming(spoken.whole.to_vec(), true), &drawn, &binding, 60_000).passes();
                let told = streamed(streaming(both.clone(), true), &drawn, &binding, 60_000);
                told.fails(Class::Unexpected, 2).says(&format!("{}, and then the end", spoken.came()));
                let told = streamed(streaming(both.clone(), true), DUE, &binding, 60_000);
                told.fails(Class::Closed, 2).says(&format!("end of stream, in {}", spoken.came()));
                let told = streamed(streaming(both, false), DUE, &binding, 4_000);
                told.fails(Class::Unexpected, 2)
                    .says(&format!("{}, and the rest did not come within 4 s", spoken.came()));
            });
        }
    });
}

/// The same of clients: whoever leaves in the middle of a message has not said it.
#[test]
fn a_client_that_leaves_within_a_message_is_found() {
    let spoken = &SPOKEN[0];
    let (go, part) = ("SEND\ncontent-length:2\n\ngo\0", "SEND\n\ngo");
    let drawn = format!("{DUE}Ann->S: WS disconnect\n");
    for (last, class) in [(None, None), (Some(part), Some(Class::Unexpected))] {
        let scenario = Scenario::parse("d.seq", &drawn).expect("a diagram");
        let scenario = scenario.binding_text("b.toml", &spoken.binding()).expect("a binding");
        let mock = Mock::new(scenario).unwrap_or_else(|why| panic!("{why}"));
        let played = mock.with(move |porch: Porch| async move {
            let Ok((mut socket, _)) = client_async("ws://localhost/?name=Ann", porch.dial()).await else { return };
            let _ = socket.send(Message::text(go)).await;
            let _ = socket.next().await;
            if let Some(part) = last {
                let _ = socket.send(Message::text(part)).await;
            }
            let _ = socket.close(None).await;
            while let Some(Ok(_)) = socket.next().await {}
        });
        let told = Told::new(played.unwrap_or_else(|why| panic!("{why}")));
        assert_eq!(told.class, class, "{told}");
    }
}

/// Socket.IO: attachments follow their event at once.
#[test]
fn an_event_whose_attachments_do_not_come_is_not_forgotten() {
    let spoken = &SPOKEN[4];
    for net in NETS {
        let told = spoken.answering(&[spoken.part, spoken.whole], None).play(net, DUE, &spoken.binding());
        told.says("a packet where an attachment of the event before it is expected");
        assert!(told.class.is_some(), "{told}");
    }
}

/// A program that makes one message of frames until one ends with a full stop.
const PROGRAM: &str = r#"
import json, sys
held = ""
for line in sys.stdin:
    ask = json.loads(line)
    if "decode" in ask:
        held += ask["decode"]
        if held.endswith("."):
            answer = {"messages": [{"t": held[:-1]}]}
            held = ""
        else:
            answer = {"messages": [], "begun": len(held)}
    else:
        answer = {"frames": [ask["encode"]["t"] + "."]}
    print(json.dumps(answer), flush=True)
"#;

#[test]
fn a_program_says_that_it_holds_something() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = folder.path().join("codec.py");
    std::fs::write(&script, PROGRAM).expect("written");
    let binding = folder.path().join("b.toml");
    let rules = "[[rule]]\nlabel = \"{t}\"\nclient = { t = \"{t}\" }\nserver = { t = \"{t}\" }\n";
    let codec = format!("codec = {{ command = [\"python3\", \"{}\"] }}\n", script.display());
    std::fs::write(&binding, format!("{codec}{rules}")).expect("written");
    let play = |frames: &'static [&'static str], diagram: &str| {
        let field = sockets(move |mut client: Client| async move {
            if client.hear_raw().await.is_some() {
                frames.iter().for_each(|frame| client.send(*frame));
                client.send(End::Close(1000, ""));
                while client.hear_raw().await.is_some() {}
            }
        });
        let scenario = Scenario::parse("d.seq", diagram).and_then(|scenario| scenario.binding_file(&binding));
        let played = scenario.and_then(|it| it.target(field.in_memory().real_time()).trust(folder.path()).check());
        Told::new(played.unwrap_or_else(|why| panic!("{why}")))
    };
    let drawn = format!("{DUE}S->Ann: WS close 1000\n");
    play(&["a", "."], &drawn).passes();
    play(&["a.", "b"], &drawn).fails(Class::Unexpected, 2).says("an incomplete message (1 byte), and then a Close");
}
