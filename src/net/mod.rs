//! Connections: everything that carries bytes between a simulated client and the software under test.
//!
//! In reading order: a [`Route`] says where a server is and [dials](Route::dial) it; what comes back is a [`Stream`], in
//! memory or real. On a stream stand the four things that clients do: [`open`] a WebSocket ([`Socket`]), make an HTTP
//! request ([`exchange`]), follow an event stream ([`EventStream`], on the parser in [`sse`]), or speak a protocol that frames
//! its messages itself ([`Framed`]). [`ReadySet`] says which of many connections has something to say, in constant time.
//! [`Programs`] are servers that are spoken with over their standard streams.
//!
//! What a server does is never an `Err` here: a refusal, garbage and an early end are values, since they are judged.
//! [`DialError`] is for the cases in which nothing answered. No limit is silent: each has a name in [`limit`].
//!
//! The door to tokio-tungstenite, hyper, rustls and flate2.

mod body;
mod coming;
mod deflate;
mod error;
mod events;
pub mod faults;
mod framed;
mod free;
mod handshake;
mod host;
mod http;
pub mod limit;
mod memory;
mod programs;
mod proxy;
mod queued;
mod ready;
mod route;
mod socket;
#[cfg(all(unix, feature = "tcp"))]
mod spoken;
pub mod sse;
mod stream;
mod tap;
#[cfg(feature = "tcp")]
mod tcp;
mod tls;
mod watched;

pub use coming::{Begun, Coming, Part, Torn};
pub use error::DialError;
pub use events::{EventStream, StreamEvent};
pub use framed::{Framed, Frames};
pub use free::free_port;
pub use handshake::{Asking, HeadLines, Opened, Upgrade, open};
pub use host::{is_this_machine, port};
pub use http::{Answer, HttpRequest, Response, exchange};
pub use memory::{PIPE_CAPACITY, Serve, pipe};
pub use programs::{Left, Programs};
pub use proxy::Proxies;
pub use queued::Queued;
pub use ready::{ReadySet, Ticket};
pub use route::Route;
pub use socket::{Frame, Socket, SocketEvent};
pub use stream::Stream;
pub use tls::{Tls, TlsOptions};
