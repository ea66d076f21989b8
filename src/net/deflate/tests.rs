use super::*;

fn both(agreed: Agreed) -> Both {
    let (stream, _other) = tokio::io::duplex(64);
    *Plain::new(Stream::Memory(stream), Some(agreed), b"").both.expect("compressed")
}

/// What is read of it next.
fn all_read(both: &mut Both) -> Vec<u8> {
    both.plain.drain(..).flatten().collect()
}

/// What the peer of a client reads of what it says, and the other way round.
fn through(out: &mut Both, peer: &mut Both, text: &[u8]) -> Vec<u8> {
    frame(LAST | 1, Some([1, 2, 3, 4]), text, &mut out.said);
    out.take_out().expect("deflated");
    let sent = out.out.split();
    let head = Head::read(&sent).expect("a head");
    let mask = head.mask.expect("masked");
    assert_eq!(head.first & COMPRESSED != 0, !text.is_empty());
    let payload: Vec<u8> = sent[head.start..].iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect();
    frame(head.first, None, &payload, &mut peer.came);
    peer.take_in().expect("inflated");
    let read = all_read(peer);
    read[Head::read(&read).expect("a head").start..].to_vec()
}

#[test]
fn messages_pass_with_and_without_context() {
    for alone in [false, true] {
        let agreed = Agreed { client_alone: alone, server_alone: alone, window: None };
        let (mut one, mut other) = (both(agreed), both(agreed));
        for text in ["hello", "hello", "", "hello hello hello", &"x".repeat(100_000)] {
            assert_eq!(through(&mut one, &mut other, text.as_bytes()), text.as_bytes(), "{alone}");
        }
    }
}

#[test]
fn the_example_of_the_standard_in_fragments_and_cut_anywhere() {
    // RFC 7692, section 7.2.3.1: "Hello" in two frames, a ping between them.
    let frames = [0x41, 3, 0xf2, 0x48, 0xcd, 0x89, 0, 0x80, 4, 0xc9, 0xc9, 0x07, 0];
    for cut in 0..frames.len() {
        let mut both = both(Agreed::default());
        both.came.extend_from_slice(&frames[..cut]);
        both.take_in().expect("a part");
        both.came.extend_from_slice(&frames[cut..]);
        both.take_in().expect("the rest");
        assert_eq!(&all_read(&mut both)[..], b"\x89\0\x81\x05Hello", "cut at {cut}");
    }
}

#[test]
fn what_breaks_the_rules_is_told() {
    let mut blocks = vec![0xc1, 126, 0x08, 0];
    blocks.extend([0x03, 0].repeat(0x400));
    let cases: [(&[u8], &str); 5] = [
        (&blocks, "too many last blocks"),
        (&[0xc1, 3, 0xff, 0xff, 0xff], "cannot be inflated"),
        (&[0xc0, 1, 0], "does not begin a message"),
        (&[0x41, 1, 0, 0xc0, 1, 0], "continuation frame"),
        (&[0x41, 1, 0, 0x81, 1, 0], "begins within"),
    ];
    for (bytes, why) in cases {
        let mut both = both(Agreed::default());
        both.came.extend_from_slice(bytes);
        let told = both.take_in().expect_err(why).to_string();
        assert!(told.contains(why) && told.contains("RFC 7692"), "{told}");
    }
}
