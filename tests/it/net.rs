//! Connections, against servers that are written by hand here: good ones, odd ones and bad ones, in memory and on TCP.

use futures_util::{SinkExt as _, StreamExt as _};
use seqcheck::net::{Frame, HttpRequest, Route, Tls, limit};
use seqcheck::run::Clock;
use seqcheck::run::links::{Jar, LinkEvent, Links, Opening, Request};
use seqcheck::wire::Secrets;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

trait Io: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Io for T {}
type Bytes = Box<dyn Io>;
type Serving = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A server, as a function from a connection to its end.
type Server = fn(Bytes) -> Serving;

fn opening(url: &str) -> Opening {
    Opening {
        url: url.parse().unwrap(),
        headers: Vec::new(),
        subprotocols: Vec::new(),
        compress: false,
        retry: Vec::new(),
        follow: true,
        deadline: Duration::from_secs(5),
        jar: Jar::new(Clock::start(0), Secrets::default()),
    }
}

/// Everything that a client sees after it has opened a WebSocket and sent this, up to the end or to silence.
async fn seen(route: &Route, opening: Opening, send: &[Frame]) -> Vec<LinkEvent> {
    let mut links = Links::new();
    let ticket = links.open(route, opening);
    let mut events = Vec::new();
    loop {
        let next = tokio::time::timeout(Duration::from_secs(60), poll_fn(|cx| links.poll(cx))).await;
        let Ok((_, event)) = next else { break };
        let opened = matches!(event, LinkEvent::Opened { .. });
        // The headers of a handshake differ from one to the next.
        let event = if opened { open() } else { event };
        let last = matches!(event, LinkEvent::End { .. } | LinkEvent::Failed(_) | LinkEvent::Status(_));
        events.push(event);
        if opened {
            for frame in send {
                assert!(links.send(ticket, frame.clone()));
            }
        }
        if last || matches!(events.last(), Some(LinkEvent::Close { .. })) {
            break;
        }
    }
    events
}

fn in_memory(server: Server, opening: Opening, send: &[Frame]) -> Vec<LinkEvent> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let route = Route::Memory(Rc::new(move |stream| server(Box::new(stream))));
    runtime.block_on(seen(&route, opening, send))
}

fn on_tcp(server: Server, mut opening: Opening, send: &[Frame]) -> Vec<LinkEvent> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(server(Box::new(stream)));
            }
        });
        opening.url = format!("ws://127.0.0.1:{port}{}", opening.url.path()).parse().unwrap();
        seen(&Route::Tcp(Tls::default()), opening, send).await
    })
}

/// What is seen, which must be the same in memory and on TCP.
fn on_both(server: Server, send: &[Frame]) -> Vec<LinkEvent> {
    let memory = in_memory(server, opening("ws://x/a"), send);
    let tcp = on_tcp(server, opening("ws://x/a"), send);
    assert_eq!(memory, tcp);
    memory
}

fn text(text: &str) -> Frame {
    Frame::Text(Utf8Bytes::from(text))
}

fn open() -> LinkEvent {
    LinkEvent::Opened { headers: Vec::new() }
}

fn end(how: &str) -> LinkEvent {
    LinkEvent::End { how: how.to_owned() }
}

#[test]
fn frames_go_both_ways_and_a_close_is_told() {
    let server: Server = |stream| {
        Box::pin(async move {
            let mut socket = tokio_tungstenite::accept_async(stream).await.unwrap();
            while let Some(Ok(message)) = socket.next().await {
                match message {
                    Message::Text(text) if text.as_str() == "bye" => {
                        let close = CloseFrame { code: 4001.into(), reason: "so long".into() };
                        socket.close(Some(close)).await.unwrap();
                    }
                    message @ (Message::Text(_) | Message::Binary(_)) => socket.send(message).await.unwrap(),
                    Message::Ping(_) | Message::Pong(_) | Message::Close(_) | Message::Frame(_) => {}
                }
            }
        })
    };
    // Longer than a pipe holds, in both directions.
    let long = "x".repeat(100_000);
    let sent = [text("hello"), Frame::Binary(vec![0, 255].into()), text(&long), text("bye")];
    let expected = [
        open(),
        LinkEvent::Frame(sent[0].clone()),
        LinkEvent::Frame(sent[1].clone()),
        LinkEvent::Frame(sent[2].clone()),
        LinkEvent::Close { code: Some(4001), reason: "so long".to_owned() },
    ];
    assert_eq!(on_both(server, &sent), expected);
}

/// Reads the request's head and answers with these bytes, then ends the connection.
async fn answer(mut stream: Bytes, answer: impl Fn(&str) -> Vec<u8>) {
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n") && stream.read(&mut byte).await.unwrap_or(0) == 1 {
        request.push(byte[0]);
    }
    let request = String::from_utf8(request).unwrap();
    let _ = stream.write_all(&answer(&request)).await;
    let _ = stream.shutdown().await;
    // The end is the client's: a reset would race with what was written.
    let _ = stream.read(&mut byte).await;
}

fn accepted(request: &str, headers: &str) -> Vec<u8> {
    let key = request.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).unwrap();
    let accept = derive_accept_key(key.as_bytes());
    format!("HTTP/1.1 101 Switching\r\nupgrade: WebSocket\r\n{headers}sec-websocket-accept: {accept}\r\n\r\n")
        .into_bytes()
}

#[test]
fn a_refusal_is_told_with_its_body() {
    let server: Server = |stream| {
        Box::pin(answer(stream, |_| {
            b"HTTP/1.1 404 Not Found\r\nX-Why: none\r\nContent-Length: 7\r\n\r\n{\"a\":1}".to_vec()
        }))
    };
    let events = on_both(server, &[]);
    let [LinkEvent::Status(response)] = &events[..] else { panic!("{events:?}") };
    assert_eq!((response.code, &response.body[..]), (404, &b"{\"a\":1}"[..]));
    assert!(response.headers.contains(&("x-why".to_owned(), "none".to_owned())));

    let chunked: Server = |stream| {
        Box::pin(answer(stream, |_| {
            b"HTTP/1.1 500 Oh\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n".to_vec()
        }))
    };
    let events = on_both(chunked, &[]);
    let [LinkEvent::Status(response)] = &events[..] else { panic!("{events:?}") };
    assert_eq!((response.code, &response.body[..]), (500, &b"abcde"[..]));
}

#[test]
fn a_proxy_may_write_more_than_one_connection_option() {
    let server: Server =
        |stream| Box::pin(answer(stream, |request| accepted(request, "connection: keep-alive, Upgrade\r\n")));
    assert_eq!(on_both(server, &[]), [open(), end("end of stream")]);
}

#[test]
fn interim_answers_are_passed_over_as_long_as_they_end() {
    let server: Server = |stream| {
        Box::pin(answer(stream, |request| {
            let hints = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n".to_vec();
            [hints, accepted(request, "connection: upgrade\r\n")].concat()
        }))
    };
    assert_eq!(on_both(server, &[]), [open(), end("end of stream")]);
    let refusing: Server = |stream| {
        Box::pin(answer(stream, |_| {
            b"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n".to_vec()
        }))
    };
    let events = on_both(refusing, &[]);
    assert!(matches!(&events[..], [LinkEvent::Status(response)] if response.code == 403), "{events:?}");
    let endless: Server = |stream| Box::pin(answer(stream, |_| b"HTTP/1.1 100 Continue\r\n\r\n".repeat(1_000)));
    assert_eq!(on_both(endless, &[]), [end("the handshake was answered with more than 64 interim answers")]);
}

#[test]
fn what_is_behind_the_handshake_is_not_lost() {
    let server: Server = |stream| {
        Box::pin(answer(stream, |request| {
            let mut bytes = accepted(request, "connection: upgrade\r\n");
            bytes.extend_from_slice(b"\x81\x02hi\x88\x00");
            bytes
        }))
    };
    let close = LinkEvent::Close { code: None, reason: String::new() };
    assert_eq!(on_both(server, &[]), [open(), LinkEvent::Frame(text("hi")), close]);
}

#[test]
fn a_bad_answer_to_the_handshake_is_an_observation() {
    let cases: [(Server, &str); 5] = [
        (|stream| Box::pin(answer(stream, |_| Vec::new())), "end of stream in the handshake"),
        (
            |stream| Box::pin(answer(stream, |_| b"220 mail.example ESMTP\r\n".to_vec())),
            "the answer to the handshake is not HTTP: invalid HTTP version",
        ),
        (
            |stream| {
                Box::pin(answer(stream, |_| {
                    b"HTTP/1.1 101 x\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: x\r\n\r\n"
                        .to_vec()
                }))
            },
            "the answer to the handshake violates RFC 6455, section 4.1: `Sec-WebSocket-Accept` is missing or wrong",
        ),
        (
            |stream| {
                Box::pin(answer(stream, |request| {
                    accepted(request, "connection: upgrade\r\nsec-websocket-protocol: v2\r\n")
                }))
            },
            "the answer to the handshake violates RFC 6455, section 4.1: it selects the subprotocol `v2`, which was not offered",
        ),
        (
            |stream| {
                Box::pin(answer(stream, |_| {
                    [b"HTTP/1.1 200 OK\r\n".to_vec(), b"a: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\r\n".repeat(3_000)]
                        .concat()
                }))
            },
            "the answer to the handshake is not HTTP: too many headers",
        ),
    ];
    for (server, how) in cases {
        assert_eq!(on_both(server, &[]), [end(how)]);
    }
}

#[test]
fn a_broken_rule_of_the_protocol_ends_the_connection() {
    let cases: [(Server, &str); 3] = [
        (
            |stream| {
                Box::pin(answer(stream, |request| {
                    [&accepted(request, "connection: upgrade\r\n")[..], b"\x81\x02\xff\xfe"].concat()
                }))
            },
            "a text message that is not valid UTF-8 (RFC 6455, section 8.1)",
        ),
        (
            |stream| {
                Box::pin(answer(stream, |request| {
                    [&accepted(request, "connection: upgrade\r\n")[..], b"\x83\x00"].concat()
                }))
            },
            "a violation of RFC 6455: Encountered invalid opcode: 3",
        ),
        (
            |stream| {
                Box::pin(answer(stream, |request| {
                    [&accepted(request, "connection: upgrade\r\n")[..], b"\x81\x7f\0\0\0\0\x06\x40\0\0xx"].concat()
                }))
            },
            "a message of 104857600 bytes is over the limit of 16777216 bytes",
        ),
    ];
    for (server, how) in cases {
        let events = on_both(server, &[]);
        assert_eq!(events, [open(), end(how)]);
    }
    assert_eq!(limit::MESSAGE, 16_777_216);
}

#[test]
fn silence_ends_at_the_connect_deadline() {
    let server: Server = |mut stream| {
        Box::pin(async move {
            let mut buffer = [0; 1024];
            while stream.read(&mut buffer).await.is_ok_and(|read| read > 0) {}
        })
    };
    let events = in_memory(server, opening("ws://x/a"), &[]);
    let [LinkEvent::Failed(error)] = &events[..] else { panic!("{events:?}") };
    assert_eq!(error.kind(), "deadline");
    assert_eq!(error.to_string(), "no answer from the server in this process within the connect deadline of 5 s");
}

#[test]
fn nobody_there_is_named_with_its_address() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    // A port that was free a moment ago.
    let port = seqcheck::net::free_port().unwrap();
    let events = runtime.block_on(seen(&Route::Tcp(Tls::default()), opening(&format!("ws://127.0.0.1:{port}/")), &[]));
    let [LinkEvent::Failed(error)] = &events[..] else { panic!("{events:?}") };
    assert_eq!(error.kind(), "refused");
    assert_eq!(error.to_string(), format!("connection refused by 127.0.0.1:{port}: no program listens there"));
    let events = runtime.block_on(seen(&Route::Unix("/nonexistent/socket".into()), opening("ws://x/"), &[]));
    let [LinkEvent::Failed(error)] = &events[..] else { panic!("{events:?}") };
    assert_eq!(error.to_string(), "connection refused by unix:/nonexistent/socket: no program listens there");
}

#[test]
fn a_refusal_is_tried_again_and_a_redirect_is_followed() {
    // The pipe is new each time, so the path tells how far the client is.
    let server: Server = |stream| {
        Box::pin(async move {
            use std::sync::atomic::{AtomicU32, Ordering};
            static BUSY: AtomicU32 = AtomicU32::new(0);
            answer(stream, |request| {
                if request.starts_with("GET /moved ") {
                    accepted(request, "connection: upgrade\r\n")
                } else if BUSY.fetch_add(1, Ordering::Relaxed) < 3 {
                    b"HTTP/1.1 409 Conflict\r\nContent-Length: 0\r\n\r\n".to_vec()
                } else {
                    b"HTTP/1.1 307 Moved\r\nLocation: /moved\r\nContent-Length: 0\r\n\r\n".to_vec()
                }
            })
            .await;
        })
    };
    let patient = Opening { retry: vec![409], ..opening("ws://x/a") };
    assert_eq!(in_memory(server, patient, &[]), [open(), end("end of stream")]);
    let strict = Opening { follow: false, ..opening("ws://x/a") };
    let events = in_memory(server, strict, &[]);
    assert!(matches!(&events[..], [LinkEvent::Status(response)] if response.code == 307), "{events:?}");

    let busy: Server =
        |stream| Box::pin(answer(stream, |_| b"HTTP/1.1 409 Conflict\r\nContent-Length: 0\r\n\r\n".to_vec()));
    let patient = Opening { retry: vec![409], ..opening("ws://x/a") };
    let events = in_memory(busy, patient, &[]);
    assert!(matches!(&events[..], [LinkEvent::Status(response)] if response.code == 409), "{events:?}");
}

#[test]
fn a_thousand_idle_connections_cost_nothing() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let echo: Server = |stream| {
        Box::pin(async move {
            let config = WebSocketConfig::default().read_buffer_size(1024).write_buffer_size(0);
            let mut socket = tokio_tungstenite::accept_async_with_config(stream, Some(config)).await.unwrap();
            while let Some(Ok(message)) = socket.next().await {
                if message.is_text() {
                    socket.send(message).await.unwrap();
                }
            }
        })
    };
    let route = Route::Memory(Rc::new(move |stream| echo(Box::new(stream))));
    runtime.block_on(async {
        let mut links = Links::new();
        let tickets: Vec<_> = (0..1_000).map(|_| links.open(&route, opening("ws://x/"))).collect();
        for _ in &tickets {
            let (_, event) = poll_fn(|cx| links.poll(cx)).await;
            assert!(matches!(event, LinkEvent::Opened { .. }));
        }
        for round in 0..1_000 {
            let ticket = tickets[round * 7 % tickets.len()];
            links.send(ticket, text("x"));
            assert_eq!(poll_fn(|cx| links.poll(cx)).await, (ticket, LinkEvent::Frame(text("x"))));
        }
    });
}

async fn ask(route: &Route, method: &str, url: &str, body: Option<&'static str>) -> Vec<LinkEvent> {
    let mut links = Links::new();
    let request = HttpRequest {
        method: method.to_owned(),
        url: url.parse().unwrap(),
        headers: vec![("x-test".to_owned(), "1".to_owned())],
        body: body.map(|body| body.as_bytes().into()),
        events: false,
    };
    let jar = Jar::new(Clock::start(0), Secrets::default());
    links.request(route, Request { request, follow: true, deadline: Duration::from_secs(5), jar });
    let mut events = Vec::new();
    while let Ok((_, event)) = tokio::time::timeout(Duration::from_secs(60), poll_fn(|cx| links.poll(cx))).await {
        events.push(event);
    }
    events
}

#[test]
fn http_requests_and_event_streams() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let server: Server = |stream| {
        Box::pin(answer(stream, |request| {
            let first = request.lines().next().unwrap_or_default();
            assert!(request.contains("x-test: 1\r\n"), "{request}");
            match first {
                "GET /events?topic=a HTTP/1.1" => b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n\r\n: hi\n\nevent: add\nid: 4\ndata: {}\n\ndata: 2\n\n".to_vec(),
                "POST /publish HTTP/1.1" => b"HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\nok".to_vec(),
                "GET /old HTTP/1.1" => b"HTTP/1.1 302 Found\r\nLocation: /publish2\r\nContent-Length: 0\r\n\r\n".to_vec(),
                "GET /publish2 HTTP/1.1" => b"HTTP/1.1 204 No Content\r\n\r\n".to_vec(),
                "GET /cut HTTP/1.1" => b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nok".to_vec(),
                _ => b"SSH-2.0-x\r\n".to_vec(),
            }
        }))
    };
    let route = Route::Memory(Rc::new(move |stream| server(Box::new(stream))));
    let ask = |method: &'static str, url: &'static str, body| runtime.block_on(ask(&route, method, url, body));
    let shown = |events: Vec<LinkEvent>| -> Vec<String> {
        let one = |event: LinkEvent| match event {
            LinkEvent::Status(response) => {
                format!("{} {}", response.code, String::from_utf8_lossy(&response.body))
            }
            LinkEvent::Event(event) => format!("{} {:?} {}", event.event, event.id, event.data),
            LinkEvent::End { how } => how,
            other => format!("{other:?}"),
        };
        events.into_iter().map(one).collect()
    };
    assert_eq!(
        shown(ask("GET", "http://x/events?topic=a", None)),
        ["200 ", "\ncomment None hi", "add Some(\"4\") {}", "message None 2", "end of stream"]
    );
    assert_eq!(shown(ask("POST", "http://x/publish", Some("{}"))), ["202 ok"]);
    assert_eq!(shown(ask("GET", "http://x/old", None)), ["204 "]);
    assert_eq!(
        shown(ask("GET", "http://x/cut", None)),
        ["end of stream, in an incomplete answer (2 of 10 bytes of its body)"]
    );
    assert_eq!(shown(ask("GET", "http://x/ssh", None)).len(), 1);
}
