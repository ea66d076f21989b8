//! Servers that are spoken with over plain TCP: every framing, codecs that frame themselves, and what is judged of them.

use crate::field::{LAB, Told};
use seqcheck::framing::Framing;
use seqcheck::oracle::Class;
use seqcheck::{Scenario, Target};
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

/// A server on a port of this machine that does this with every connection.
fn server(serve: impl Fn(TcpStream) + Send + Sync + Clone + 'static) -> Target {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("bound").port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let serve = serve.clone();
            std::thread::spawn(move || serve(stream));
        }
    });
    Target::url(&format!("tcp://127.0.0.1:{port}")).expect("an address")
}

/// Says what it is told, byte by byte and in parts of this size.
fn mirror(part: usize) -> Target {
    server(move |mut stream| {
        let mut bytes = vec![0; part];
        while let Ok(read @ 1..) = stream.read(&mut bytes) {
            if stream.write_all(&bytes[..read]).is_err() {
                return;
            }
        }
    })
}

fn played(target: Target, diagram: &str, binding: &str) -> Told {
    let scenario = Scenario::parse("d.seq", diagram).expect("a diagram");
    let scenario = scenario.binding_text("b.toml", binding).unwrap_or_else(|why| panic!("{why}"));
    // Long enough for a machine that is busy: nothing here is found by waiting.
    let scenario = scenario.timeout(std::time::Duration::from_secs(60));
    Told::new(scenario.target(target).check().unwrap_or_else(|why| panic!("{why}")))
}

const TALK: &str = "Ann->S: WS connect\nAnn->S: say: caf\u{e9}\nS->Ann: say: caf\u{e9}\nAnn->S: go\nS->Ann: go\nAnn->S: WS disconnect\n";

#[test]
fn every_framing_is_spoken_over_tcp() {
    for (framing, word, _) in Framing::ALL {
        // One that cuts nothing is for codecs that do.
        if framing == Framing::Unframed {
            continue;
        }
        for codec in ["json", "msgpack", "cbor"] {
            let ends = matches!(framing, Framing::Lines | Framing::Crlf | Framing::Nul);
            if ends && codec != "json" {
                continue;
            }
            let binding = format!("codec = \"{codec}\"\nframing = \"{word}\"\n{LAB}");
            for part in [1, 4096] {
                played(mirror(part), TALK, &binding).passes();
            }
        }
    }
}

#[test]
fn a_codec_that_says_where_its_messages_end_needs_no_framing() {
    let irc = "codec = \"irc\"\n[[rule]]\nlabel = \"ping {x}\"\nclient = { command = \"PING\", params = [\"{x}\"] }\n\
               server = { command = \"PING\", params = [\"{x}\"] }\n";
    played(mirror(3), "Ann->S: WS connect\nAnn->S: ping 1\nS->Ann: ping 1\n", irc).passes();
    let stomp = "codec = \"stomp\"\n[[rule]]\nlabel = \"say {x}\"\nclient = { command = \"SEND\", body = \"{x}\" }\n\
                 server = { command = \"SEND\", body = \"{x}\" }\n";
    // Letters of several bytes come in parts.
    played(mirror(1), "Ann->S: WS connect\nAnn->S: say \u{e9}\u{20ac}\nS->Ann: say \u{e9}\u{20ac}\n", stomp).passes();
}

#[test]
fn ends_are_judged_as_those_of_a_websocket() {
    let ends = server(|mut stream| {
        let mut byte = [0];
        let _ = stream.read(&mut byte);
    });
    let told = played(ends, "Ann->S: WS connect\nAnn->S: go\nS->Ann: go\n", LAB);
    told.fails(Class::Closed, 2);
    let drawn = server(|mut stream| {
        let mut bytes = [0; 512];
        let read = stream.read(&mut bytes).unwrap_or(0);
        let _ = stream.write_all(&bytes[..read]);
    });
    played(drawn.clone(), "Ann->S: WS connect\nAnn->S: go\nS->Ann: go\nS->Ann: WS closed\n", LAB).passes();
    // What is kept says that it was a stream: judged again it is what it was.
    let scenario = Scenario::parse("d.seq", "Ann->S: WS connect\nAnn->S: go\nS->Ann: go\nS->Ann: WS close 1008\n");
    let scenario =
        scenario.and_then(|scenario| scenario.binding_text("b.toml", LAB)).unwrap_or_else(|why| panic!("{why}"));
    let told = Told::new(scenario.clone().target(drawn).check().unwrap_or_else(|why| panic!("{why}")));
    told.passes();
    let play = &told.all.plays[0];
    assert_eq!(play.header.streams, ["S"]);
    let judged = scenario
        .prepare()
        .and_then(|again| again.judge(&play.header, &play.trace))
        .unwrap_or_else(|why| panic!("{why}"));
    assert!(judged.is_pass(), "{judged}");
}

/// A line without its end is whole where the stream ends, and cut where it is reset.
#[test]
fn a_line_that_a_reset_cuts_is_found_where_the_end_is_drawn() {
    let resetting = server(|mut stream| {
        let mut some = [0; 1];
        let _ = stream.read_exact(&mut some);
        let _ = stream.write_all(b"{\"t\":\"go\"}\n{\"t\":");
        // What it has not read makes of the end a reset.
    });
    let diagram = "Ann->S: WS connect\nAnn->S: go\nS->Ann: go\nS->Ann: WS ended\n";
    let told = played(resetting, diagram, &format!("framing = \"lines\"\n{LAB}"));
    told.fails(Class::Unexpected, 2).says("an incomplete message (5 bytes), and then the end of the connection");
}

#[test]
fn what_is_no_message_ends_the_connection_with_its_reason() {
    let web = server(|mut stream| {
        let mut byte = [0];
        let _ = stream.read(&mut byte);
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest);
    });
    let told = played(web, "Ann->S: WS connect\nAnn->S: go\nS->Ann: go\n", &format!("framing = \"u32\"\n{LAB}"));
    told.fails(Class::Closed, 2).says("over the limit of 16777216 bytes, with `framing = \"u32\"`");
}

#[test]
fn nobody_who_listens_is_an_error_of_the_run() {
    let port = seqcheck::net::free_port().expect("a port");
    let target = Target::url(&format!("tcp://127.0.0.1:{port}")).expect("an address");
    played(target, "Ann->S: WS connect\nAnn->S: go\n", LAB).errs("refused");
}
