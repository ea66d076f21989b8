//! Floods, and sizes.

use super::peer::*;
use super::table::*;
use std::time::Duration;

pub const ALL: &[Behaviour] = &[
    // Floods.
    socket("pings, and nothing is read", EITHER, |peer| asked(peer, |peer| peer.flood(frame(0x89, &[b'x'; 125])))),
    socket("pings before the greeting", EITHER, |peer| {
        peer.request();
        let head = peer.switch("");
        peer.say(head);
        peer.flood(frame(0x89, b"x"));
    }),
    socket("pongs", FAIL, |peer| asked(peer, |peer| peer.flood(frame(0x8a, b"x")))),
    socket("small texts", FAIL, |peer| asked(peer, |peer| peer.flood(frame(0x81, b"{}")))).quick(),
    socket("small texts before the greeting", FAIL, |peer| {
        peer.request();
        let head = peer.switch("");
        peer.say(head);
        peer.flood(frame(0x81, b"{}"));
    }),
    socket("frames that the binding ignores", EITHER, |peer| {
        asked(peer, |peer| peer.flood(frame(0x81, br#"{"type":"pong","nonce":"none"}"#)));
    }),
    socket("the same before the greeting", EITHER, |peer| {
        peer.request();
        let head = peer.switch("");
        peer.say(head);
        peer.flood(frame(0x81, br#"{"type":"pong","nonce":"none"}"#));
    }),
    socket("the same, one each 0.3 s", FAIL, |peer| {
        asked(peer, |peer| peer.tick(frame(0x81, br#"{"type":"pong","nonce":"none"}"#), Duration::from_millis(300)));
    }),
    socket("an undrawn frame each 0.3 s", FAIL, |peer| {
        asked(peer, |peer| peer.tick(frame(0x81, message("undrawn").as_bytes()), Duration::from_millis(300)));
    }),
    socket("binary frames of 60 kB", FAIL, |peer| asked(peer, |peer| peer.flood(frame(0x82, &[7; 60_000])))).quick(),
    socket("arrays of 14 MiB", FAIL, |peer| {
        asked(peer, |peer| peer.flood(frame(0x81, format!("[{}0]", "0,".repeat(7 * MIB)).as_bytes())));
    }),
    socket("texts of 15 MiB", EITHER, |peer| {
        asked(peer, |peer| peer.flood(frame(0x81, message(&"x".repeat(15 * MIB)).as_bytes())))
    }),
    socket("texts of 15 MB that turn the direction of writing", EITHER, |peer| {
        asked(peer, |peer| peer.flood(frame(0x81, format!("\"{}\"", "\u{202e}".repeat(5_000_000)).as_bytes())));
    }),
    socket("texts of 12 MB of accents on one letter", EITHER, |peer| {
        asked(peer, |peer| peer.flood(frame(0x81, message(&format!("e{}", "\u{301}".repeat(6_000_000))).as_bytes())));
    }),
    socket("Close frames", FAIL, |peer| asked(peer, |peer| peer.flood(close(1000, b"bye")))),
    socket("frames after a Close", FAIL, |peer| {
        asked(peer, |peer| {
            peer.say(close(1000, b"bye"));
            peer.flood(frame(0x81, b"{}"));
        })
    }),
    socket("1,000 frames in the packet of the 101", FAIL, |peer| {
        peer.request();
        let head = [peer.switch("").into_bytes(), frame(0x81, GREETING.as_bytes()).repeat(1_000)].concat();
        peer.say(head);
        peer.polite();
    }),
    socket("a million frames that do not fit", FAIL, |peer| {
        asked(peer, |peer| {
            peer.say(frame(0x81, message("other").as_bytes()).repeat(1_000_000));
            peer.deaf();
        })
    }),
    // Sizes.
    socket("a text of 100 MB", FAIL, |peer| {
        asked(peer, |peer| {
            peer.say(announced(0x81, 100_000_000));
            (0..100).all(|_| peer.say(vec![b'x'; MIB]));
            peer.deaf();
        })
    }),
    socket("a length of 2^63", FAIL, |peer| {
        asked(peer, |peer| {
            peer.say(announced(0x81, 1 << 63));
            peer.flood("x");
        })
    }),
    socket("16 MiB exactly", EITHER, |peer| {
        asked(peer, |peer| {
            let text = message("");
            let text = message(&"x".repeat(16 * MIB - text.len()));
            peer.say(frame(0x81, text.as_bytes()));
            peer.deaf();
        })
    }),
    socket("eight million open brackets", FAIL, |peer| {
        asked(peer, |peer| {
            peer.say(frame(0x81, &vec![b'['; 8_000_000]));
            peer.deaf();
        })
    }),
    socket("100,000 brackets that are closed again", FAIL, |peer| {
        asked(peer, |peer| {
            peer.say(frame(0x81, &[vec![b'['; 100_000], vec![b']'; 100_000]].concat()));
            peer.deaf();
        })
    }),
    socket("an object of 900,000 members", FAIL, |peer| {
        asked(peer, |peer| {
            let members: Vec<String> = (0..900_000).map(|n| format!("\"m{n}\":1")).collect();
            peer.say(frame(0x81, format!("{{{}}}", members.join(",")).as_bytes()));
            peer.deaf();
        })
    }),
    socket("an object of 400,000 members", EITHER, |peer| {
        asked(peer, |peer| {
            let members: Vec<String> = (0..400_000).map(|n| format!("\"m{n}\":1")).collect();
            peer.say(frame(0x81, format!("{{{}}}", members.join(",")).as_bytes()));
            peer.deaf();
        })
    }),
    socket("a number of a million digits", FAIL, |peer| {
        asked(peer, |peer| {
            peer.say(frame(0x81, format!("{{\"type\":\"message\",\"id\":{}}}", "9".repeat(1_000_000)).as_bytes()));
            peer.deaf();
        })
    }),
    socket("a member twice", FAIL, |peer| {
        asked(peer, |peer| {
            peer.say(frame(
                0x81,
                br#"{"type":"message","type":"left","from":"Bob","from":"Eve","text":"hello","text":"x"}"#,
            ));
            peer.deaf();
        })
    }),
];
