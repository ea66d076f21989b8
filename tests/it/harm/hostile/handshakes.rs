//! Accepting, and the handshake.

use super::peer::*;
use super::table::*;
use std::time::Duration;

pub const ALL: &[Behaviour] = &[
    // Accepting.
    socket("accepts and says nothing", ERROR, Peer::deaf),
    socket("accepts and reads nothing", ERROR, Peer::still),
    socket("accepts and closes", EITHER, |_| {}).quick(),
    socket("accepts and resets", EITHER, Peer::reset),
    // Handshake.
    socket("a head one byte each half second", EITHER, |peer| {
        peer.request();
        let head = peer.switch("");
        peer.drip(head, Duration::from_millis(500));
    }),
    socket("a header of 1 MB", FAIL, |peer| {
        peer.request();
        let head = peer.switch(&format!("x: {}\r\n", "y".repeat(MIB)));
        peer.say(head);
        peer.deaf();
    }),
    socket("10,000 headers", FAIL, |peer| {
        peer.request();
        let head = peer.switch(&"x: y\r\n".repeat(10_000));
        peer.say(head);
        peer.deaf();
    }),
    socket("a header that never ends", FAIL, |peer| {
        peer.answer("HTTP/1.1 101 Switching Protocols\r\nx: ");
        peer.flood("y");
    })
    .quick(),
    socket("headers that never end", FAIL, |peer| {
        peer.answer("HTTP/1.1 101 Switching Protocols\r\n");
        peer.flood("x: y\r\n");
    }),
    socket("bytes of another protocol", ERROR, |peer| {
        peer.answer(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03");
        peer.deaf();
    }),
    socket("a banner before the request", FAIL, |peer| {
        peer.say("220 mail.example ESMTP\r\n");
        peer.deaf();
    }),
    socket("NUL bytes in the status line", FAIL, |peer| peer.answer("HTTP/1.1 101 \0\0\r\n\0: \0\r\n\r\n")),
    socket("NUL bytes in the name of a header", FAIL, |peer| {
        peer.request();
        let head = peer.switch("a\0b: c\r\n");
        peer.say(head);
        peer.deaf();
    }),
    socket("a wrong accept key", FAIL, |peer| {
        peer.answer("HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: AAAA\r\n\r\n");
        peer.deaf();
    }),
    socket("101 of HTTP/1.0", FAIL, |peer| {
        peer.request();
        let head = peer.switch("").replace("HTTP/1.1", "HTTP/1.0");
        peer.say(head);
        peer.text(GREETING);
        peer.polite();
    }),
    socket("200 with a short body", FAIL, |peer| peer.answer(answer("200 OK", "content-length: 2\r\n", "hi"))),
    socket("200 with a body that never ends", FAIL, |peer| {
        peer.answer("HTTP/1.1 200 OK\r\n\r\n");
        peer.flood("x");
    }),
    socket("404 with a body that never comes", FAIL, |peer| {
        peer.answer(answer("404 Not Found", "content-length: 100\r\n", ""));
        peer.deaf();
    })
    .quick(),
    socket("404 with a negative length", FAIL, |peer| {
        peer.answer(answer("404 Not Found", "content-length: -5\r\n", "hello"));
        peer.deaf();
    }),
    socket("a status 999 with escapes", FAIL, |peer| {
        peer.answer(answer("999 \u{1b}[2J", "x: \u{1b}[31m\r\ncontent-length: 12\r\n", "\u{1b}]0;pwned\u{7}x"));
    }),
    socket("an extension that was not offered", FAIL, |peer| {
        peer.request();
        let head = peer.switch("sec-websocket-extensions: permessage-deflate\r\n");
        peer.say(head);
        peer.text(GREETING);
        peer.deaf();
    }),
    socket("a subprotocol that was not offered", FAIL, |peer| {
        peer.request();
        let head = peer.switch("sec-websocket-protocol: mqtt\r\n");
        peer.say(head);
        peer.text(GREETING);
        peer.deaf();
    }),
    socket("a flood of interim answers", EITHER, |peer| {
        peer.request();
        peer.flood("HTTP/1.1 103 Early Hints\r\nlink: </a.css>\r\n\r\n");
    }),
    socket("an interim answer, then all is well", PASS, |peer| {
        peer.answer("HTTP/1.1 103 Early Hints\r\nlink: </a.css>\r\n\r\n");
        let head = peer.switch("");
        peer.say(head);
        peer.text(GREETING);
        if peer.hear().is_some() {
            peer.text(HELLO);
            peer.polite();
        }
    })
    .quick(),
    socket("100 cookies that live for ever, and never", PASS, |peer| {
        peer.request();
        let cookies: String = (0..50)
            .map(|n| format!("set-cookie: a{n}=1; max-age=9223372036854775807\r\nset-cookie: b{n}=1; expires=Fri, 31 Dec 9999 23:59:59 GMT; date=Mon, 01 Jan 0001 00:00:00 GMT\r\n"))
            .collect();
        let head = peer.switch(&cookies);
        peer.say(head);
        peer.text(GREETING);
        if peer.hear().is_some() {
            peer.text(HELLO);
            peer.polite();
        }
    }),
    socket("a redirect to itself", FAIL, |peer| {
        peer.answer(answer("302 Found", "location: /ws\r\ncontent-length: 0\r\n", ""))
    }),
    socket("a redirect to another port", FAIL, |peer| {
        peer.answer(answer("302 Found", "location: ws://127.0.0.1:9/\r\ncontent-length: 0\r\n", ""));
    }),
    socket("a redirect to another host", FAIL, |peer| {
        peer.answer(answer("302 Found", "location: ws://attacker.invalid/\r\ncontent-length: 0\r\n", ""));
    }),
    socket("a redirect to a file", FAIL, |peer| {
        peer.answer(answer("302 Found", "location: file:///etc/passwd\r\ncontent-length: 0\r\n", ""));
    }),
    socket("a redirect with line feeds", FAIL, |peer| {
        peer.answer(answer("302 Found", "location: /a\n::error::forged\r\ncontent-length: 0\r\n", ""));
    }),
];
