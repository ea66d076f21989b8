//! Puts the machine on byte streams: HTTP and WebSocket on one connection, in memory or on TCP.
//!
//! [`Host::serve`] is one task's whole work for one transport connection: `http` answers requests with hyper until one
//! of them turns the connection into a WebSocket, which `socket` then serves; an event stream is the `body` of a
//! response. Between the tasks stands `state`: the machine and a queue for every connection, behind a lock that is held
//! for one input and what follows from it. Frames are encoded there, once for all who get them.

mod body;
mod endpoint;
mod frames;
mod head;
mod http;
pub mod limit;
mod link;
mod log;
mod seat;
mod socket;
mod state;
mod style;

pub use log::{Log, Seen, SeenFrame};
pub use style::Style;

use super::ServerOptions;
use super::core::Core;
use super::deviation::How;
use super::machine::{Machine, Policy};
use super::watch::Watched;
use crate::net::Serve;
use crate::net::faults::{Fault, FaultStream};
use state::Shared;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream};

/// How the faults of one connection are made: from the seed and the number of the connection.
type MakeFault = fn(u64, u64) -> Box<dyn Fault>;

/// A reference server. A clone is the same server.
#[derive(Clone)]
pub struct Host {
    shared: Arc<Shared>,
    seed: u64,
    faults: Arc<[MakeFault]>,
    /// How many transport connections there were: faults differ from one to the next.
    connections: Arc<AtomicU64>,
}

impl Host {
    /// A server to which nobody is connected.
    pub fn new(options: &ServerOptions) -> Self {
        Self::build(options, None)
    }

    /// The same, with a log of what passes.
    pub fn with_log(options: &ServerOptions, log: Log) -> Self {
        Self::build(options, Some(log))
    }

    fn build(options: &ServerOptions, log: Option<Log>) -> Self {
        let mut policy = Policy::default();
        let mut style = Style::default();
        let mut twists = Vec::new();
        let mut faults = Vec::new();
        for how in options.deviations().flat_map(|deviation| deviation.how) {
            match *how {
                How::Policy(change) => change(&mut policy),
                How::Style(change) => change(&mut style),
                How::Twist(make) => twists.push(make(options.seed)),
                How::Stream(make) => faults.push(make),
            }
        }
        let watched = options.watch.clone().map(|watch| Watched::new(watch, options.rules()));
        let core = Core::new(Machine::new(options.rules(), policy), twists, watched);
        Host {
            shared: Arc::new(Shared::new(core, style, log, options.guests.clone())),
            seed: options.seed,
            faults: faults.into(),
            connections: Arc::default(),
        }
    }

    /// Serves one connection to its end.
    pub fn serve<S>(&self, stream: S) -> impl Future<Output = ()> + Send + 'static + use<S>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (shared, faults, seed) = (self.shared.clone(), self.faults.clone(), self.seed);
        let number = self.connections.fetch_add(1, Ordering::Relaxed);
        async move {
            if faults.is_empty() {
                http::serve(stream, shared).await;
            } else {
                let faults = faults.iter().map(|make| make(seed, number)).collect();
                http::serve(FaultStream::new(stream, faults), shared).await;
            }
        }
    }

    /// Sends everybody away with Close 1001 and lets nobody in any more. The connections end by themselves.
    pub fn shut_down(&self) {
        self.shared.shut_down();
    }

    /// Waits, after [`Host::shut_down`], for the last WebSocket and the last event stream to end. Each has a deadline of
    /// its own, so this takes no longer than [`limit::CLOSE_DEADLINE`] where the connections are still being served.
    pub async fn is_over(&self) {
        self.shared.over().await;
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host").finish_non_exhaustive()
    }
}

impl Serve for Host {
    fn serve(&self, stream: DuplexStream) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(Host::serve(self, stream))
    }

    fn over(&self) {
        self.shared.abandon();
    }
}
