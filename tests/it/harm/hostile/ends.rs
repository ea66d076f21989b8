//! Slowness, ends, and what is said.

use super::peer::*;
use super::table::*;

pub const ALL: &[Behaviour] = &[
    // Slowness and ends.
    socket("a frame one byte each 0.4 s", FAIL, |peer| {
        asked(peer, |peer| peer.drip(frame(0x81, HELLO.as_bytes()), SLOW))
    }),
    socket("half a frame, then silence", FAIL, |peer| {
        asked(peer, |peer| {
            peer.say([announced(0x81, 100), b"half".to_vec()].concat());
            peer.deaf();
        })
    }),
    socket("half a frame, then the end", FAIL, |peer| {
        asked(peer, |peer| {
            peer.say([announced(0x81, 100), b"half".to_vec()].concat());
        })
    }),
    socket("the end of stream of one side", FAIL, |peer| {
        asked(peer, |peer| {
            peer.half_close();
            peer.deaf();
        })
    }),
    socket("a reset", FAIL, |peer| {
        peer.greet();
        peer.reset();
    })
    .quick(),
    socket("a reset inside a frame", FAIL, |peer| {
        peer.greet();
        peer.say([announced(0x81, 100), b"half".to_vec()].concat());
        peer.reset();
    }),
    socket("a Close with escapes and a workflow command", FAIL, |peer| {
        asked(peer, |peer| {
            peer.say(close(4000, "\u{1b}[2J\n::error::forged\u{202e}".as_bytes()));
            peer.deaf();
        })
    }),
    socket("a Close, then a flood", CROSSING, |peer| {
        asked(peer, |peer| {
            peer.text(HELLO);
            peer.say(close(1000, b""));
            peer.flood(frame(0x81, HELLO.as_bytes()));
        })
    }),
    socket("never answers a Close", FAIL, |peer| {
        asked(peer, |peer| {
            peer.text(HELLO);
            peer.deaf();
        })
    }),
    socket("a Close 1011 that nobody drew", CROSSING, |peer| {
        asked(peer, |peer| {
            peer.text(HELLO);
            peer.say(close(1011, b"oops"));
        })
    }),
    socket("stops to read", FAIL, |peer| {
        peer.greet();
        peer.still();
    }),
    // Content.
    socket("sends everything back in hexadecimal digits", FAIL, |peer| {
        peer.greet();
        while let Some((_, said)) = peer.hear() {
            let digits: String = said.iter().map(|byte| format!("{byte:02x}")).collect();
            peer.text(&digits);
        }
    }),
    socket("a user name with escapes and markup", FAIL, |peer| {
        peer.request();
        let head = peer.switch("");
        peer.say(head);
        peer.text(&serde_json::json!({ "type": "connected", "user": EVIL }).to_string());
        peer.polite();
    }),
    socket("a frame that begins with escapes and has line feeds", FAIL, |peer| {
        asked(peer, |peer| {
            peer.text(EVIL);
            peer.polite();
        })
    })
    .quick(),
];
