//! A client keeps the cookies of whatever it is answered, and each request takes along what fits its own address.

use futures_util::{SinkExt as _, StreamExt as _};
use seqcheck::{Scenario, Target};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;

const BINDING: &str = r#"
[connect]
url    = "{target}/lobby"
before = [{ http = { path = "/login/form" }, status = 200, json = { seen = "{seen}" } }]

[[rule]]
label  = "cookies {all}"
server = { cookies = "{all}" }

[[rule]]
label  = "look"
on     = "http"
client = { path = "/login/form" }

[[rule]]
label  = "looked, with {all}"
on     = "http"
server = { status = 200, json = { seen = "{all}" } }
"#;

/// Redirects the login and the handshake, and sets cookies wherever it can.
async fn serve(mut stream: DuplexStream) {
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n") && stream.read(&mut byte).await.unwrap_or(0) == 1 {
        request.push(byte[0]);
    }
    let head = String::from_utf8(request).unwrap();
    let field = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    let cookies = field("cookie").unwrap_or("none").to_owned();
    let answer = |head: &str, body: &str| format!("HTTP/1.1 {head}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    let answer = match head.split(' ').nth(1).unwrap_or_default() {
        "/login/form" => answer("302 Found\r\nlocation: /home\r\nset-cookie: sid=7; Path=/\r\nset-cookie: form=1", ""),
        "/home" => answer("200 OK\r\nset-cookie: home=2", &json!({ "seen": cookies }).to_string()),
        "/lobby" => answer("307 Moved\r\nlocation: /hall/3\r\nset-cookie: hall=3; Path=/hall", ""),
        _ => {
            let accept = derive_accept_key(field("Sec-WebSocket-Key").unwrap_or_default().as_bytes());
            format!(
                "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\
                 sec-websocket-accept: {accept}\r\nset-cookie: seat=4; Path=/\r\n\r\n"
            )
        }
    };
    stream.write_all(answer.as_bytes()).await.unwrap();
    if answer.starts_with("HTTP/1.1 101") {
        let mut socket = WebSocketStream::from_raw_socket(stream, Role::Server, None).await;
        socket.send(json!({ "cookies": cookies }).to_string().into()).await.unwrap();
        while let Some(Ok(_)) = socket.next().await {}
    }
}

fn check(diagram: &str) {
    let target = Target::in_process(|| serve);
    let verdict = Scenario::parse("lab.seq", diagram)
        .and_then(|scenario| scenario.binding_text("lab.toml", BINDING))
        .and_then(|scenario| scenario.target(target).check())
        .unwrap();
    assert!(verdict.is_pass(), "{verdict}");
}

#[test]
fn redirects_before_and_in_the_handshake_set_cookies_and_so_does_the_handshake() {
    check(
        "Ann->Lab: WS connect\nLab->Ann: cookies hall=3; sid=7; home=2\nAnn->Lab: WS disconnect\n\
         Ann->Lab: WS connect\nLab->Ann: cookies hall=3; sid=7; home=2; seat=4\n",
    );
}

#[test]
fn a_redirected_request_takes_along_what_the_redirect_set() {
    check("Ann->Lab: look\nLab->Ann: looked, with sid=7\nAnn->Lab: look\nLab->Ann: looked, with sid=7; home=2\n");
}
