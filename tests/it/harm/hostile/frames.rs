//! Frames that break the rules.

use super::peer::*;
use super::table::*;

pub const ALL: &[Behaviour] = &[
    // Frames that break the rules.
    socket("compressed without an agreement", FAIL, |peer| {
        asked(peer, |peer| {
            peer.say(frame(0xc1, b"\xaaV*"));
            peer.deaf();
        })
    }),
    socket("masked by the server", FAIL, |peer| {
        asked(peer, |peer| {
            peer.say([0x81, 0x82, 1, 2, 3, 4, b'h' ^ 1, b'i' ^ 2]);
            peer.deaf();
        })
    }),
    socket("a reserved opcode", FAIL, |peer| {
        asked(peer, |peer| {
            peer.say(frame(0x83, b"x"));
            peer.deaf();
        })
    }),
    socket("a control frame in fragments", FAIL, |peer| {
        asked(peer, |peer| {
            peer.say(frame(0x09, b"x"));
            peer.deaf();
        })
    }),
    socket("a control frame of 200 bytes", FAIL, |peer| {
        asked(peer, |peer| {
            peer.say(frame(0x89, &[b'x'; 200]));
            peer.deaf();
        })
    }),
    socket("a continuation without a start", FAIL, |peer| {
        asked(peer, |peer| {
            peer.say(frame(0x80, b"x"));
            peer.deaf();
        })
    }),
    socket("continuations that never end", FAIL, |peer| {
        asked(peer, |peer| {
            peer.say(frame(0x01, b"x"));
            peer.flood(frame(0x00, &[b'x'; 1000]));
        })
    }),
    socket("empty continuations that never end", FAIL, |peer| {
        asked(peer, |peer| {
            peer.say(frame(0x01, b"x"));
            peer.flood(frame(0x00, b""));
        })
    }),
    socket("bytes that are no UTF-8", FAIL, |peer| {
        asked(peer, |peer| {
            peer.say(frame(0x81, b"\xff\xfe\x80"));
            peer.deaf();
        })
    })
    .quick(),
    socket("a character cut by the end of a fragment, for good", FAIL, |peer| {
        asked(peer, |peer| {
            peer.say([frame(0x01, b"\xe2\x82"), frame(0x80, b"")].concat());
            peer.deaf();
        })
    }),
    socket("a character cut by the end of a fragment", PASS, |peer| {
        asked(peer, |peer| {
            let text = message("hello").replace("general", "gén");
            let inside = text.find('é').expect("it is there") + 1;
            let (one, other) = text.as_bytes().split_at(inside);
            peer.say([frame(0x01, one), frame(0x80, other)].concat());
            peer.polite();
        })
    }),
    socket("a Close with code 1005", FAIL, |peer| {
        asked(peer, |peer| {
            peer.say(close(1005, b""));
        })
    }),
    socket("a Close of one byte", FAIL, |peer| {
        asked(peer, |peer| {
            peer.say(frame(0x88, b"x"));
        })
    }),
    socket("a Close with a reason that is no UTF-8", FAIL, |peer| {
        asked(peer, |peer| {
            peer.say(close(1000, b"\xff"));
        })
    }),
];
