//! Event streams and requests.

use super::peer::*;
use super::table::*;

pub const ALL: &[Behaviour] = &[
    // Event streams.
    events("a line that never ends", EITHER, |peer| {
        peer.stream();
        peer.say("data: ");
        peer.flood("x");
    })
    .quick(),
    events("comments without end", EITHER, |peer| {
        peer.stream();
        peer.flood(": x\n");
    }),
    events("data lines without a blank line", EITHER, |peer| {
        peer.stream();
        peer.flood("data: x\n");
    }),
    events("blank lines only", EITHER, |peer| {
        peer.stream();
        peer.flood("\n");
    }),
    events("events without end", FAIL, |peer| {
        peer.stream();
        peer.flood("data: {\"x\":\"other\"}\n\n");
    }),
    events("ids of 60 kB", EITHER, |peer| {
        peer.stream();
        peer.flood(format!("id: {}\ndata: {{\"x\":\"other\"}}\n\n", "9".repeat(60_000)));
    }),
    events("events of 15 MiB", EITHER, |peer| {
        peer.stream();
        peer.flood(format!("data: {}\n\n", "x".repeat(15 * MIB)));
    }),
    events("silence", FAIL, |peer| {
        peer.stream();
        peer.deaf();
    }),
    events("a reset in the middle of an event", FAIL, |peer| {
        let mut head = vec![];
        head.extend_from_slice(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: {\"x\"");
        peer.answer(head);
    }),
    events("bytes that are no UTF-8, and escapes", FAIL, |peer| {
        peer.stream();
        peer.say(b"event: \x1b[2J\nid: \xff\xfe\x1b\ndata: \xff\x1b[31m\r\n\n");
        peer.deaf();
    }),
    // Requests.
    request("silence", FAIL, Peer::deaf),
    request("a body one byte each 0.4 s", FAIL, |peer| {
        peer.answer("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n");
        peer.drip([b'x'; 100], SLOW);
    }),
    request("a body without end", FAIL, |peer| {
        peer.answer("HTTP/1.1 200 OK\r\n\r\n");
        peer.flood("x");
    })
    .quick(),
    request("chunks of one byte without end", FAIL, |peer| {
        peer.answer("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
        peer.flood("1\r\nx\r\n");
    })
    .quick(),
    request("a chunk extension without end", FAIL, |peer| {
        peer.answer("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1;");
        peer.flood("x");
    }),
    request("a chunk of 2^64-1", FAIL, |peer| {
        peer.answer("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffff\r\n");
        peer.flood("x");
    }),
    request("trailers without end", FAIL, |peer| {
        peer.answer("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n");
        peer.flood("x: y\r\n");
    }),
    request("bytes that are no gzip, called gzip", FAIL, |peer| {
        peer.answer("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\n\x1f\x08\0\0");
    }),
    request("300 MB of zeros", FAIL, |peer| {
        peer.answer("HTTP/1.1 200 OK\r\ncontent-length: 300000000\r\n\r\n");
        (0..300).all(|_| peer.say(vec![0; 1_000_000]));
    }),
    request("two lengths that differ", FAIL, |peer| {
        peer.answer("HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nhi!");
    }),
    request("a header of 1 MB", FAIL, |peer| {
        peer.answer(answer("200 OK", &format!("x: {}\r\ncontent-length: 0\r\n", "y".repeat(MIB)), ""));
        peer.deaf();
    }),
    request("an answer of HTTP/1.0", PASS, |peer| {
        peer.answer("HTTP/1.0 200 OK\r\ncontent-type: application/json\r\n\r\n{\"x\":\"ok\"}")
    }),
    request("interim answers without end", EITHER, |peer| {
        peer.request();
        peer.flood("HTTP/1.1 102 Processing\r\n\r\n");
    }),
    request("a redirect loop", FAIL, |peer| {
        peer.answer(answer("302 Found", "location: /\r\ncontent-length: 0\r\n", ""))
    }),
    request("a redirect to another host", FAIL, |peer| {
        peer.answer(answer("302 Found", "location: http://attacker.invalid/\r\ncontent-length: 0\r\n", ""));
    }),
    request("100 cookies with a redirect", FAIL, |peer| {
        let cookies: String = (0..100).map(|n| format!("set-cookie: c{n}={n}; path=/\r\n")).collect();
        peer.answer(answer("302 Found", &format!("{cookies}location: /\r\ncontent-length: 0\r\n"), ""));
    }),
    request("escapes in reason, header and body", FAIL, |peer| {
        peer.answer(answer("200 \u{1b}[2J", &format!("x: \u{1b}[31m\r\ncontent-length: {}\r\n", EVIL.len()), EVIL));
    }),
    request("random bytes", FAIL, |peer| {
        let bytes: Vec<u8> = (0..100_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        peer.answer(bytes);
        peer.deaf();
    }),
];
