//! What a login gives, and messages that are compressed.

use super::peer::*;
use super::table::*;
use flate2::{Compress, Compression, FlushCompress};

/// The login gives this; the rest is as it should be.
fn gives(peer: &mut Peer, headers: &str, body: &str) {
    peer.request();
    if peer.asks_for("POST ") {
        peer.say(answer("200 OK", &format!("{headers}content-length: {}\r\n", body.len()), body));
        // Whoever goes while something is unread resets the connection, and the answer may be lost.
        peer.deaf();
        return;
    }
    let head = peer.switch("");
    peer.say(head);
    peer.text(GREETING);
    if peer.hear().is_some() {
        peer.text(HELLO);
        peer.polite();
    }
}

/// Says this frame again and again beside a secret, once it is agreed that messages are compressed.
fn floods(peer: &mut Peer, frame: &[u8]) {
    peer.request();
    if peer.asks_for("POST ") {
        let body = "{\"token\":\"tulip-71-1234\"}";
        peer.say(answer("200 OK", &format!("content-length: {}\r\n", body.len()), body));
        peer.deaf();
        return;
    }
    let head = peer.switch("sec-websocket-extensions: permessage-deflate; server_no_context_takeover\r\n");
    peer.say(head);
    peer.text(GREETING);
    peer.flood(frame);
}

fn packed(peer: &mut Peer, payload: &[u8]) {
    floods(peer, &frame(0xc1, payload));
}

fn deflated(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(1 << 20);
    let packed = Compress::new(Compression::best(), false).compress_vec(text.as_bytes(), &mut out, FlushCompress::Sync);
    packed.expect("there is room");
    out.truncate(out.len() - 4);
    out
}

/// Different letters each time, as tokens have.
fn token(length: usize, seed: u64) -> String {
    let mut random = fastrand::Rng::with_seed(seed);
    (0..length).map(|_| random.alphanumeric()).collect()
}

pub const ALL: &[Behaviour] = &[
    login("a token", PASS, |peer| gives(peer, "", &format!("{{\"token\":\"{}\"}}", token(40, 1)))),
    login("a token of 60 kB", PASS, |peer| gives(peer, "", &format!("{{\"token\":\"{}\"}}", token(60_000, 1)))).quick(),
    login("a token of 15 MiB", PASS, |peer| gives(peer, "", &format!("{{\"token\":\"{}\"}}", token(15 * MIB, 1)))),
    login("a list of 900 tokens", PASS, |peer| {
        let all: Vec<String> = (0..900).map(|n| token(12, n)).collect();
        gives(peer, "", &serde_json::json!({ "token": all }).to_string());
    }),
    login("a list of 100,000 tokens", ERROR, |peer| {
        let all: Vec<String> = (0..100_000).map(|n| token(12, n)).collect();
        gives(peer, "", &serde_json::json!({ "token": all }).to_string());
    }),
    login("120 cookies of 500 bytes", PASS, |peer| {
        let cookies: String = (0..120).map(|n| format!("set-cookie: c{n}={}; path=/\r\n", token(500, n))).collect();
        gives(peer, &cookies, "{\"token\":\"tulip-71-1234\"}");
    }),
    login("messages of 15 MiB in 15 kB", FAIL, |peer| packed(peer, &deflated(&message(&"x".repeat(15 * MIB))))),
    login("messages of 15 MiB beside a secret", FAIL, |peer| {
        floods(peer, &frame(0x81, message(&"x".repeat(15 * MIB)).as_bytes()));
    }),
    login("messages of 15 MB of %25 beside a secret", FAIL, |peer| {
        floods(peer, &frame(0x81, format!("\"{}\"", "%25".repeat(5_000_000)).as_bytes()));
    }),
    login("messages of 14 MB of digits beside a secret", FAIL, |peer| {
        floods(peer, &frame(0x81, format!("\"{}\"", "3738".repeat(3_500_000)).as_bytes()));
    }),
    login("messages of 12 MB of Base64 beside a secret", FAIL, |peer| {
        floods(peer, &frame(0x81, format!("\"{}\"", token(12_000_000, 7)).as_bytes()));
    }),
    login("texts of 15 MB that turn the direction of writing, beside a secret", FAIL, |peer| {
        floods(peer, &frame(0x81, format!("\"{}\"", "\u{202e}".repeat(5_000_000)).as_bytes()));
    }),
    login("numbers of 800 kB beside a secret", FAIL, |peer| {
        floods(peer, &frame(0x81, format!("[{}0]", "0,".repeat(400_000)).as_bytes()));
    }),
    login("a message of 17 MiB in 17 kB", FAIL, |peer| packed(peer, &deflated(&message(&"x".repeat(17 * MIB))))),
    login("a message of last blocks without end", FAIL, |peer| packed(peer, &[3, 0].repeat(7 * MIB))).quick(),
];
