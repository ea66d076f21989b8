//! Event streams and requests, in memory.

use super::client::{Client, pipe};
use seqcheck::server::{Host, Seen, ServerOptions, limit};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::time::{Instant, sleep, timeout};

/// A server and what its log says, a line each.
fn logged() -> (Host, Arc<Mutex<Vec<String>>>) {
    let lines: Arc<Mutex<Vec<String>>> = Arc::default();
    let log = lines.clone();
    let host = Host::with_log(
        &ServerOptions::default(),
        Arc::new(move |seen| {
            log.lock().expect("the log").push(match seen {
                Seen::Asked { connection, path, who } => format!("{connection} asks {path} {who}"),
                Seen::Answered { connection, status } => format!("{connection} gets {status}"),
                Seen::Text { connection, from_client: true, text } => format!("{connection} > {text}"),
                Seen::Text { connection, from_client: false, text } => {
                    format!("{connection} < {}", text.replace('\n', "|"))
                }
                Seen::Frame { connection, from_client, frame } => {
                    format!("{connection} {} {frame}", if from_client { ">" } else { "<" })
                }
                Seen::Closed { connection } => format!("{connection} ends"),
            });
        }),
    );
    (host, lines)
}

async fn follow(host: &Host, topic: &str) -> DuplexStream {
    let mut stream = pipe(host);
    let request = format!("GET /events?topic={topic} HTTP/1.1\r\nhost: server\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.expect("a byte"));
    }
    assert!(head.starts_with(b"HTTP/1.1 200 "));
    stream
}

async fn publish(stream: &mut DuplexStream, body: &str) {
    let request = format!(
        "POST /publish HTTP/1.1\r\nhost: server\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = Vec::new();
    while !answer.ends_with(b"accepted") {
        answer.push(stream.read_u8().await.expect("a byte"));
    }
}

#[tokio::test(start_paused = true)]
async fn the_log_tells_what_passes() {
    let (host, lines) = logged();
    let stream = follow(&host, "room:general").await;
    let mut alice = Client::connect(&host, "Alice").await;
    alice.say(r#"{"type":"message","text":"hi"}"#).await;
    alice.heard().await;
    drop(stream);
    sleep(Duration::from_millis(1)).await;
    // Nobody follows any more: the end of the stream was noticed.
    alice.close(1000).await;
    drop(alice);
    sleep(Duration::from_millis(1)).await;
    let lines = lines.lock().expect("the log");
    let want = [
        "0 asks /events room:general",
        "0 gets 200",
        "1 asks /ws Alice",
        "1 gets 101",
        r#"1 < {"type":"connected","user":"alice"}"#,
        r#"1 > {"type":"message","text":"hi"}"#,
        r#"0 < id: 1|event: message|data: {"type":"message","id":1,"from":"Alice","room":"general","text":"hi"}||"#,
        r#"1 > {"type":"ping","nonce":"quiet?"}"#,
        r#"1 < {"type":"pong","nonce":"quiet?"}"#,
        "0 ends",
        "1 > Close 1000",
        "1 < Close 1000",
        "1 ends",
    ];
    assert_eq!(*lines, want);
}

#[tokio::test(start_paused = true)]
async fn a_subscriber_that_does_not_read_is_cut_and_holds_up_nobody() {
    let (host, lines) = logged();
    let mut slow = follow(&host, "t").await;
    let mut publisher = pipe(&host);
    let body = format!(r#"{{"topic":"t","event":"e","data":"{}"}}"#, "x".repeat(100_000));
    for _ in 0..2 * limit::QUEUE / 100_000 {
        publish(&mut publisher, &body).await;
    }
    let cut = lines.lock().expect("the log").iter().any(|line| line == "0 ends");
    assert!(cut, "the slow subscriber was cut");
    // What the pipe held still comes; the stream is not ended as a complete one is.
    let mut rest = Vec::new();
    timeout(Duration::from_secs(60), slow.read_to_end(&mut rest)).await.expect("an end").expect("bytes");
    assert!(rest.len() < limit::QUEUE && !rest.ends_with(b"0\r\n\r\n"));
}

#[tokio::test(start_paused = true)]
async fn a_connection_may_rest_between_requests_but_not_for_ever() {
    let (host, _) = logged();
    let mut publisher = pipe(&host);
    let began = Instant::now();
    for _ in 0..3 {
        publish(&mut publisher, r#"{"topic":"t","event":"e","data":1}"#).await;
        sleep(limit::HEAD_DEADLINE - Duration::from_secs(1)).await;
    }
    let mut rest = Vec::new();
    timeout(Duration::from_secs(60), publisher.read_to_end(&mut rest)).await.expect("an end").expect("bytes");
    assert!(rest.is_empty());
    let last = 2 * (limit::HEAD_DEADLINE - Duration::from_secs(1)) + limit::HEAD_DEADLINE;
    assert_eq!(began.elapsed(), last);
}

#[tokio::test(start_paused = true)]
async fn a_quiet_stream_stays_open() {
    let (host, _) = logged();
    let mut stream = follow(&host, "t").await;
    sleep(Duration::from_secs(3_600)).await;
    publish(&mut pipe(&host), r#"{"topic":"t","event":"e","data":1}"#).await;
    let mut said = Vec::new();
    while !said.ends_with(b"\n\n\r\n") {
        said.push(stream.read_u8().await.expect("a byte"));
    }
    assert_eq!(String::from_utf8_lossy(&said), "18\r\nid: 1\nevent: e\ndata: 1\n\n\r\n");
}
