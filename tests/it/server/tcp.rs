//! The same server on a real port.

use super::client::Client;
use futures_util::FutureExt;
use seqcheck::server::{Host, ServerOptions, serve};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// A server on a free port, and what ends it.
struct Listening {
    at: SocketAddr,
    end: oneshot::Sender<()>,
    serving: JoinHandle<std::io::Result<()>>,
}

impl Listening {
    async fn start() -> Listening {
        Listening::of(Host::new(&ServerOptions::default())).await
    }

    async fn of(host: Host) -> Listening {
        let (told, at) = oneshot::channel();
        let (end, ended) = oneshot::channel::<()>();
        let serving = tokio::spawn(async move {
            let bound = |at| told.send(at).expect("somebody waits for the address");
            serve((Ipv4Addr::LOCALHOST, 0), &host, bound, ended.map(drop)).await
        });
        Listening { at: at.await.expect("an address"), end, serving }
    }

    async fn dial(&self) -> TcpStream {
        TcpStream::connect(self.at).await.expect("a connection")
    }

    async fn connect(&self, name: &str) -> Client<TcpStream> {
        Client::over(self.dial().await, name).await
    }

    /// All that the server says to these bytes.
    async fn exchange(&self, request: &[u8]) -> String {
        let mut stream = self.dial().await;
        stream.write_all(request).await.expect("sent");
        let mut answer = String::new();
        let read = stream.read_to_string(&mut answer);
        timeout(Duration::from_secs(30), read).await.expect("an end").expect("no reset");
        answer
    }
}

#[tokio::test]
async fn the_port_speaks_both_and_ends_cleanly() {
    let server = Listening::start().await;
    let mut alice = server.connect("Alice").await;
    let mut bob = server.connect("Bob").await;
    alice.say(r#"{"type":"message","text":"Hello 😀"}"#).await;
    assert_eq!(bob.text().await, r#"{"type":"message","id":1,"from":"Alice","room":"general","text":"Hello 😀"}"#);

    let mut stream = server.dial().await;
    stream
        .write_all(b"GET /events?topic=room:general HTTP/1.1\r\nhost: x\r\nlast-event-id: 0\r\n\r\n")
        .await
        .expect("sent");
    let mut said = String::new();
    while !said.contains("Hello") || !said.ends_with("\r\n") {
        let mut buffer = [0; 1024];
        let some = timeout(Duration::from_secs(30), stream.read(&mut buffer)).await.expect("in time").expect("bytes");
        assert_ne!(some, 0, "{said}");
        said.push_str(std::str::from_utf8(&buffer[..some]).expect("text"));
    }
    assert!(said.starts_with("HTTP/1.1 200 OK\r\n"), "{said}");
    assert!(said.contains("\r\ncontent-type: text/event-stream\r\n"), "{said}");
    let event = "id: 1\nevent: message\ndata: {\"type\":\"message\",\"id\":1,\"from\":\"Alice\",\"room\":\"general\",\"text\":\"Hello 😀\"}\n\n";
    assert!(said.contains(event), "{said}");

    server.end.send(()).expect("it runs");
    assert_eq!(alice.closed().await, Some(1001));
    assert_eq!(bob.closed().await, Some(1001));
    drop((alice, bob));
    let mut rest = String::new();
    timeout(Duration::from_secs(30), stream.read_to_string(&mut rest)).await.expect("an end").expect("no reset");
    // The last chunk: the stream ends as HTTP wants it.
    assert_eq!(rest, "0\r\n\r\n");
    timeout(Duration::from_secs(30), server.serving).await.expect("in time").expect("no panic").expect("no error");
    assert!(TcpStream::connect(server.at).await.is_err(), "the port is free again");
}

#[tokio::test]
async fn requests_are_answered_one_after_the_other() {
    let server = Listening::start().await;
    let publish = |body: &str| {
        format!(
            "POST /publish HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    let requests = [
        publish(r#"{"topic":"t","event":"e","data":1}"#),
        publish("{}"),
        "GET /nothing HTTP/1.1\r\nhost: x\r\n\r\n".to_owned(),
        "GET /publish HTTP/1.1\r\nhost: x\r\n\r\n".to_owned(),
        "DELETE /ws HTTP/1.1\r\nhost: x\r\n\r\n".to_owned(),
        "GET /ws?name=Alice HTTP/1.1\r\nhost: x\r\n\r\n".to_owned(),
        "GET /events HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".to_owned(),
    ];
    let answer = server.exchange(requests.concat().as_bytes()).await;
    let statuses: Vec<&str> = answer.match_indices("HTTP/1.1 ").map(|(at, _)| &answer[at + 9..at + 12]).collect();
    assert_eq!(statuses, ["202", "400", "404", "405", "405", "426", "400"], "{answer}");
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_readably() {
    let server = Listening::start().await;
    for length in [(1 << 20) + 1, 16 << 20] {
        let mut request = format!(
            "POST /publish HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
        )
        .into_bytes();
        request.resize(request.len() + length, b'x');
        let mut stream = server.dial().await;
        // All of it is sent before anything is read, as simple clients do.
        stream.write_all(&request).await.expect("sent");
        let mut answer = String::new();
        timeout(Duration::from_secs(30), stream.read_to_string(&mut answer)).await.expect("an end").expect("no reset");
        assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    }
    let empty = r#"{"topic":"t","event":"e","data":""}"#;
    let body = empty.replace("\"\"", &format!("\"{}\"", "x".repeat((1 << 20) - empty.len())));
    let head = format!(
        "POST /publish HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    assert!(server.exchange((head + &body).as_bytes()).await.starts_with("HTTP/1.1 202 "));
}

#[tokio::test]
async fn garbage_is_refused() {
    let server = Listening::start().await;
    let answer = server.exchange(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 not HTTP \r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    server.connect("Alice").await;
}

#[tokio::test]
async fn connections_on_several_threads_share_one_server() {
    let host = Host::new(&ServerOptions::default());
    let (told, at) = oneshot::channel();
    let (end, ended) = oneshot::channel::<()>();
    let (elsewhere, theirs) = (host.clone(), host.clone());
    let thread = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let bound = |at| told.send(at).expect("somebody waits for the address");
        runtime.block_on(serve((Ipv4Addr::LOCALHOST, 0), &elsewhere, bound, ended.map(drop))).expect("no error");
    });
    let at = at.await.expect("an address");
    let server = Listening::of(theirs).await;
    let mut watcher = server.connect("Watcher").await;
    let senders = 8;
    let each = 50;
    let mut sending = Vec::new();
    for number in 0..senders {
        let port = if number % 2 == 0 { at } else { server.at };
        let stream = TcpStream::connect(port).await.expect("a connection");
        let mut client = Client::over(stream, &format!("c{number}")).await;
        sending.push(tokio::spawn(async move {
            for text in 0..each {
                client.say(&format!(r#"{{"type":"message","text":"{number} {text}"}}"#)).await;
            }
            client.heard().await;
            client
        }));
    }
    let mut next = vec![0; senders];
    for id in 1..=senders * each {
        let text = watcher.text().await;
        assert!(text.contains(&format!("\"id\":{id},")), "in the order of ids: {text}");
        let (_, said) = text.rsplit_once("\"text\":\"").expect("a text");
        let (number, count) = said.trim_end_matches("\"}").split_once(' ').expect("two numbers");
        let sender: usize = number.parse().expect("a number");
        assert_eq!(count, next[sender].to_string(), "in the order of each sender");
        next[sender] += 1;
    }
    for task in sending {
        task.await.expect("no panic");
    }
    end.send(()).expect("it runs");
    thread.join().expect("no panic");
}
