//! Clients that mean harm, or are merely broken. The server stays up, its memory is bounded, and others do not notice.

use super::client::{Client, host, pipe};
use futures_util::{FutureExt, SinkExt, StreamExt};
use seqcheck::server::limit;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, sleep, timeout};
use tokio_tungstenite::tungstenite::Message;

const HI: &str = r#"{"type":"message","text":"hi"}"#;

/// Raw bytes on a WebSocket whose handshake was made by hand; returns what the server says until it ends.
async fn raw(bytes: &[u8]) -> (Vec<u8>, Duration) {
    let host = host();
    let mut stream = pipe(&host);
    let request = "GET /ws?name=Mallory HTTP/1.1\r\nhost: server\r\nconnection: keep-alive, Upgrade\r\nupgrade: websocket\r\n\
                   sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    stream.write_all(request.as_bytes()).await.expect("sent");
    stream.write_all(bytes).await.expect("sent");
    let mut answer = Vec::new();
    let began = Instant::now();
    timeout(Duration::from_secs(60), stream.read_to_end(&mut answer)).await.expect("an end").expect("bytes");
    let head = answer.windows(4).position(|window| window == b"\r\n\r\n").expect("a head") + 4;
    assert!(answer.starts_with(b"HTTP/1.1 101 "), "{}", String::from_utf8_lossy(&answer[..head]));
    (answer.split_off(head), began.elapsed())
}

/// The code of the Close that ends what the server said.
fn close_code(frames: &[u8]) -> u16 {
    match frames {
        [.., 0x88, 2, high, low] => u16::from_be_bytes([*high, *low]),
        _ => panic!("no Close at the end of {frames:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn broken_frames_are_answered_with_their_code() {
    for (bytes, want) in [
        // A header that announces 1 GiB.
        (&[0x81, 0xff, 0, 0, 0, 0, 0x40, 0, 0, 0, 1, 2, 3, 4][..], 1009),
        (&[0x82, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4], 1009),
        // Not masked; a reserved bit; a reserved opcode; a continuation of nothing; a fragmented ping.
        (&[0x81, 1, b'x'], 1002),
        (&[0xc1, 0x81, 0, 0, 0, 0, b'x'], 1002),
        (&[0x83, 0x80, 0, 0, 0, 0], 1002),
        (&[0x80, 0x80, 0, 0, 0, 0], 1002),
        (&[0x09, 0x80, 0, 0, 0, 0], 1002),
        // No UTF-8; a Close with half a code; with a code that nobody may send.
        (&[0x81, 0x81, 0, 0, 0, 0, 0xff], 1007),
        (&[0x88, 0x81, 0, 0, 0, 0, 3], 1002),
        (&[0x88, 0x82, 0, 0, 0, 0, 3, 0xed], 1002),
        // Binary.
        (&[0x82, 0x81, 0, 0, 0, 0, 1], 1003),
    ] {
        let (frames, _) = raw(bytes).await;
        assert_eq!(close_code(&frames), want, "{bytes:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_may_have_64_kib_and_not_a_byte_more() {
    let host = host();
    let mut alice = Client::connect(&host, "Alice").await;
    let mut bob = Client::connect(&host, "Bob").await;
    let frame = |length: usize| {
        let empty = r#"{"type":"message","text":""}"#.len();
        format!(r#"{{"type":"message","text":"{}"}}"#, "x".repeat(length - empty))
    };
    alice.say(&frame(limit::MESSAGE)).await;
    assert!(bob.text().await.len() > limit::MESSAGE);
    // In fragments it counts as a whole.
    alice.say(&frame(limit::MESSAGE + 1)).await;
    assert_eq!(alice.closed().await, Some(1009));
    assert_eq!(bob.text().await, r#"{"type":"left","user":"alice"}"#);
}

#[tokio::test(start_paused = true)]
async fn who_never_finishes_a_request_is_let_go() {
    let host = host();
    for beginning in [&b""[..], b"GET /ws?name=Al", b"GET /ws?name=Alice HTTP/1.1\r\nhost: server\r\n"] {
        let mut stream = pipe(&host);
        stream.write_all(beginning).await.expect("sent");
        let began = Instant::now();
        let mut answer = Vec::new();
        timeout(Duration::from_secs(60), stream.read_to_end(&mut answer)).await.expect("an end").expect("bytes");
        assert_eq!(began.elapsed(), limit::HEAD_DEADLINE, "{beginning:?}");
    }
    let mut stream = pipe(&host);
    stream
        .write_all(
            b"POST /publish HTTP/1.1\r\nhost: server\r\ncontent-type: application/json\r\ncontent-length: 10\r\n\r\n{",
        )
        .await
        .expect("sent");
    let mut answer = Vec::new();
    let began = Instant::now();
    timeout(Duration::from_secs(60), stream.read_to_end(&mut answer)).await.expect("an end").expect("bytes");
    assert_eq!(began.elapsed(), limit::BODY_DEADLINE);
}

#[tokio::test(start_paused = true)]
async fn who_does_not_answer_a_close_is_cut() {
    let host = host();
    let mut bob = Client::connect(&host, "Bob").await;
    let mut alice = Client::connect(&host, "Alice").await;
    alice.socket.send(Message::binary(vec![1])).await.expect("sent");
    // Nothing is read, so nothing is answered; `left` and the free id do not wait for that.
    assert_eq!(bob.text().await, r#"{"type":"left","user":"alice"}"#);
    Client::connect(&host, "Alice").await;
    let began = Instant::now();
    sleep(limit::CLOSE_DEADLINE + Duration::from_millis(1)).await;
    let mut stream = alice.socket.into_inner();
    stream.write_all(&[0x8a, 0x80, 0, 0, 0, 0]).await.expect_err("the other end is gone");
    assert!(began.elapsed() < limit::CLOSE_DEADLINE * 2);
}

#[tokio::test(start_paused = true)]
async fn a_slow_reader_holds_up_nobody_and_is_cut_in_the_end() {
    let host = host();
    let mut slow = Client::connect(&host, "Slow").await;
    let mut alice = Client::connect(&host, "Alice").await;
    let mut bob = Client::connect(&host, "Bob").await;
    let text = format!(r#"{{"type":"message","text":"{}"}}"#, "x".repeat(10_000));
    let messages = 2 * limit::QUEUE / 10_000;
    let mut left = false;
    for _ in 0..messages {
        alice.say(&text).await;
        loop {
            let heard = bob.text().await;
            if heard.contains("left") {
                left = true;
            } else {
                break;
            }
        }
    }
    assert!(left, "the slow reader was cut");
    // What was written before still comes, then the end without Close.
    assert_eq!(slow.closed().await, None);
    assert!(!alice.heard().await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_is_slow_for_a_while_misses_nothing() {
    let host = host();
    let mut slow = Client::connect(&host, "Slow").await;
    let mut alice = Client::connect(&host, "Alice").await;
    for _ in 0..1_000 {
        alice.say(HI).await;
    }
    assert!(alice.heard().await.is_empty());
    for id in 1..=1_000 {
        assert!(slow.text().await.contains(&format!("\"id\":{id},")));
    }
    // A Close waits for what was queued before it.
    for _ in 0..1_000 {
        alice.say(HI).await;
    }
    alice.heard().await;
    slow.socket.send(Message::Close(None)).await.expect("sent");
    let mut messages = 0;
    loop {
        match slow.next().await {
            Some(Message::Text(_)) => messages += 1,
            Some(Message::Close(frame)) => break assert_eq!(frame.map(|frame| frame.code.into()), Some(1000)),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(messages, 1_000);
}

#[tokio::test(start_paused = true)]
async fn a_flood_disturbs_nobody() {
    let host = host();
    let mut flooder = Client::connect(&host, "Flooder").await;
    let mut alice = Client::connect(&host, "Alice").await;
    let mut bob = Client::connect(&host, "Bob").await;
    for name in ["Alice", "Bob"] {
        let client = if name == "Alice" { &mut alice } else { &mut bob };
        client.say(r#"{"type":"join","room":"quiet"}"#).await;
        client.say(r#"{"type":"leave","room":"general"}"#).await;
    }
    alice.heard().await;
    bob.heard().await;
    let flooding = tokio::spawn(async move {
        for _ in 0..100_000 {
            flooder.say(HI).await;
        }
        flooder.heard().await.len()
    });
    for _ in 0..200 {
        alice.say(HI).await;
        assert!(bob.text().await.contains("\"from\":\"Alice\""));
        tokio::task::yield_now().await;
    }
    // The two `left` of the others came before.
    assert_eq!(flooding.await.expect("the flood ends"), 2);
    assert!(bob.heard().await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn many_come_and_go() {
    let host = host();
    let mut watcher = Client::connect(&host, "Watcher").await;
    watcher.say(r#"{"type":"leave","room":"general"}"#).await;
    for number in 0..10_000 {
        match number % 3 {
            0 => drop(pipe(&host)),
            1 => {
                let mut stream = pipe(&host);
                stream.write_all(b"GET /ws?name=half HTTP/1.1\r\n").await.expect("sent");
            }
            _ => drop(Client::connect(&host, &format!("c{}", number % 7)).await),
        }
        // The server has its turn, so that the id is free again.
        tokio::task::yield_now().await;
    }
    assert!(watcher.heard().await.is_empty());
    let mut bob = Client::connect(&host, "Bob").await;
    watcher.say(r#"{"type":"direct","to":"bob","text":"still here"}"#).await;
    assert!(bob.text().await.contains("still here"));
}

#[tokio::test(start_paused = true)]
async fn errors_answered_to_one_who_does_not_read_are_bounded() {
    let host = host();
    let mut mallory = Client::connect(&host, "Mallory").await;
    let flooding = async {
        // Each is answered with an error that is longer than itself.
        for _ in 0..100_000 {
            if mallory.socket.feed(Message::text("x")).await.is_err() || mallory.socket.flush().await.is_err() {
                return true;
            }
        }
        false
    };
    assert!(timeout(Duration::from_secs(60), flooding).await.expect("no standstill"), "it was cut");
    Client::connect(&host, "Mallory").await;
}

#[tokio::test(start_paused = true)]
async fn an_end_in_the_middle_of_a_frame_is_an_end() {
    let host = host();
    let mut bob = Client::connect(&host, "Bob").await;
    let alice = Client::connect(&host, "Alice").await;
    let mut stream = alice.socket.into_inner();
    stream.write_all(&[0x81, 0xfe, 1, 0, 0]).await.expect("sent");
    drop(stream);
    assert_eq!(bob.text().await, r#"{"type":"left","user":"alice"}"#);
    assert!(bob.heard().await.is_empty());
    assert!(bob.socket.next().now_or_never().is_none());
}
