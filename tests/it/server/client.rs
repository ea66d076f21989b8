//! A client written with tokio-tungstenite and nothing of this project.

use futures_util::{SinkExt, StreamExt};
use seqcheck::server::{Host, ServerOptions};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, duplex};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

/// How long a client waits for what must come.
const PATIENCE: Duration = Duration::from_secs(60);

/// Anything that carries bytes.
pub trait Bytes: AsyncRead + AsyncWrite + Unpin + Send + 'static {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send + 'static> Bytes for T {}

/// A connection to a server in memory; the task that serves it ends with it.
pub fn pipe(host: &Host) -> DuplexStream {
    let (near, far) = duplex(4 << 10);
    tokio::spawn(host.serve(far));
    near
}

pub fn host() -> Host {
    Host::new(&ServerOptions::default())
}

/// A connected client.
pub struct Client<S = DuplexStream> {
    pub socket: WebSocketStream<S>,
}

impl Client {
    /// Connects in memory and takes the greeting.
    pub async fn connect(host: &Host, name: &str) -> Client {
        Client::over(pipe(host), name).await
    }
}

impl<S: Bytes> Client<S> {
    /// Connects over a stream and takes the greeting.
    pub async fn over(stream: S, name: &str) -> Client<S> {
        let mut client = Client::dial(stream, name).await.expect("a WebSocket");
        let greeting = client.text().await;
        let want = format!(r#"{{"type":"connected","user":"{}"}}"#, name.to_lowercase());
        assert_eq!(greeting, want);
        client
    }

    /// Connects, or is told the status of the refusal.
    pub async fn dial(stream: S, name: &str) -> Result<Client<S>, u16> {
        match client_async(format!("ws://server/ws?name={name}"), stream).await {
            Ok((socket, _)) => Ok(Client { socket }),
            Err(Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("no answer to the handshake: {error}"),
        }
    }

    pub async fn say(&mut self, text: &str) {
        self.socket.send(Message::text(text)).await.expect("sent");
    }

    /// The next message, ping, pong or Close; nothing at the end of the connection.
    pub async fn next(&mut self) -> Option<Message> {
        match timeout(PATIENCE, self.socket.next()).await.expect("something within a minute") {
            Some(Ok(message)) => Some(message),
            Some(Err(_)) | None => None,
        }
    }

    /// The next data message, as text.
    pub async fn text(&mut self) -> String {
        loop {
            match self.next().await {
                Some(Message::Text(text)) => return text.as_str().to_owned(),
                Some(Message::Ping(_) | Message::Pong(_)) => {}
                other => panic!("a text message was expected, not {other:?}"),
            }
        }
    }

    /// Says nothing but a ping, and returns all that came before its answer.
    pub async fn heard(&mut self) -> Vec<String> {
        self.say(r#"{"type":"ping","nonce":"quiet?"}"#).await;
        let mut heard = Vec::new();
        loop {
            let text = self.text().await;
            if text == r#"{"type":"pong","nonce":"quiet?"}"# {
                return heard;
            }
            heard.push(text);
        }
    }

    /// Waits for the server's Close; its code, or none where the connection ended without one.
    pub async fn closed(&mut self) -> Option<u16> {
        loop {
            match self.next().await {
                Some(Message::Close(frame)) => return frame.map(|frame| frame.code.into()),
                Some(_) => {}
                None => return None,
            }
        }
    }

    /// Closes with this code and returns the code of the answer.
    pub async fn close(&mut self, code: u16) -> Option<u16> {
        use tokio_tungstenite::tungstenite::protocol::CloseFrame;
        let frame = CloseFrame { code: code.into(), reason: "".into() };
        self.socket.send(Message::Close(Some(frame))).await.expect("sent");
        self.closed().await
    }
}
