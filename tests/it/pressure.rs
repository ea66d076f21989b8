//! How much is said to a client that reads slowly, or not at all.

use crate::field::LAB;
use crate::listens::{ann, found, served};
use futures_util::{SinkExt as _, StreamExt as _};
use seqcheck::oracle::Class;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_tungstenite::tungstenite::Message;

/// Rules of a message and of an event of a mebibyte.
fn much() -> (String, String) {
    let pad = "x".repeat(1 << 20);
    let much = "[[rule]]\nlabel = \"much\"\nserver = { t = \"much\", pad = \"{pad}\" }\n[vars]\npad = \"PAD\"\n";
    let events = "[[rule]]\nlabel = \"listen\"\non = \"sse\"\nclient = { path = \"/\" }\n\
                  [[rule]]\nlabel = \"much\"\non = \"sse\"\nserver = { data = \"{pad}\" }\n[vars]\npad = \"PAD\"\n";
    (format!("{}{LAB}", much.replace("PAD", &pad)), events.replace("PAD", &pad))
}

const DRAWN: &str = "Ann->S: WS connect\nloop 24\nS->Ann: much\nend\nAnn->S: go\nS->Ann: went\n";

/// More is drawn than may be queued: what has no room waits, as long as the client takes any of it in time.
#[test]
fn who_reads_is_sent_as_much_as_is_drawn_however_slowly() {
    let (much, events) = much();
    for pause in [Duration::ZERO, Duration::from_secs(1)] {
        let slow = served(DRAWN, &much, |porch| async move {
            let mut socket = ann(&porch).await;
            for _ in 0..24 {
                tokio::time::sleep(pause).await;
                let _much = socket.next().await;
            }
            let _ = socket.send(Message::text(r#"{"t":"go"}"#)).await;
            let _went = socket.next().await;
            let _ = socket.close(None).await;
            while let Some(Ok(_)) = socket.next().await {}
        });
        assert!(slow.is_pass(), "{pause:?}: {slow}");
        let diagram = "Ann->S: listen\nloop 24\nS->Ann: much\nend\n";
        let slow = served(diagram, &events, |porch| async move {
            let mut stream = porch.dial();
            stream.write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").await.expect("room");
            let mut part = vec![0; 1 << 20];
            for _ in 0..24 {
                tokio::time::sleep(pause).await;
                let _much = stream.read_exact(&mut part).await;
            }
            let _ = stream.read_to_end(&mut part).await;
        });
        assert!(slow.is_pass(), "{pause:?}: {slow}");
    }
}

#[test]
fn who_does_not_read_is_told_of_on_each_connection() {
    let (much, rules) = much();
    // It does not read, and much is said to it.
    let diagram = "Ann->S: WS connect\nloop 40\nS->Ann: much\nend\nAnn->S: go\n";
    let deaf = served(diagram, &much, |porch| async move {
        let socket = ann(&porch).await;
        tokio::time::sleep(Duration::from_secs(3600)).await;
        drop(socket);
    });
    assert_eq!(found(&deaf), Some((Class::WrongPayload, 5)), "{deaf}");
    assert!(deaf.to_string().contains("Ann does not read: 16 MiB are queued for it, which is the limit"), "{deaf}");
    assert!(deaf.to_string().contains("help: find out why the client does not read"), "{deaf}");
    // Less is said than is queued at most: what was not taken is told when all is over.
    let few = served(&diagram.replace("40", "2").replace("Ann->S: go\n", ""), &much, |porch| async move {
        let socket = ann(&porch).await;
        tokio::time::sleep(Duration::from_secs(3600)).await;
        drop(socket);
    });
    assert_eq!(found(&few).map(|(class, _)| class), Some(Class::Unexpected), "{few}");
    assert!(few.to_string().contains("Ann does not read: it did not take all that was sent to it within 5 s"), "{few}");
    // An event stream is another connection, of which the same holds.
    for (turns, why) in [(40, "16 MiB are queued for it"), (2, "it did not take all that was sent to it")] {
        let diagram = format!("Ann->S: listen\nloop {turns}\nS->Ann: much\nend\n");
        let deaf = served(&diagram, &rules, |porch| async move {
            let mut stream = porch.dial();
            stream.write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").await.expect("room");
            tokio::time::sleep(Duration::from_secs(3600)).await;
            drop(stream);
        });
        assert_eq!(found(&deaf).map(|(class, _)| class), Some(Class::Unexpected), "{deaf}");
        assert!(deaf.to_string().contains(&format!("Ann does not read: {why}")), "{deaf}");
    }
}
