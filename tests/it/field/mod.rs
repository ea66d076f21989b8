//! Small servers in a few lines, right or faulty in one way, and diagrams played against them.
//!
//! ```ignore
//! let lab = sockets(|mut client: Client| async move {
//!     while let Some(said) = client.hear().await {
//!         client.send(json!({ "t": "a" }));
//!         client.after(ms(300), json!({ "t": "extra" }));
//!     }
//! });
//! lab.play(Net::Tcp, "Ann->S: WS connect\nAnn->S: go\nS->Ann: a\n", LAB).fails(Class::Unexpected, 3);
//! ```
//!
//! | part | what it is |
//! | --- | --- |
//! | [`Field`], [`server`], [`sockets`] | the server; each play against it meets a fresh one |
//! | [`Call`] | a request that is not answered yet: let in, refused, answered, kept waiting |
//! | [`Client`], [`Out`], [`End`] | a connection: what is said on it, what it is told, how it ends |
//! | [`Told`] | what a play came to |
//!
//! The same script serves TCP (real time) and pipes in memory (virtual time). A delay in it is the server's behaviour;
//! no test sleeps.

mod call;
mod client;
mod tests;
mod told;

pub use call::Call;
pub use client::{Act, Client, End, Out};
pub use told::Told;

use seqcheck::net::Stream;
use seqcheck::server::{Host, ServerOptions};
use seqcheck::{Scenario, Target};
use serde_json::Value;
use std::collections::BTreeMap;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::DuplexStream;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// What labels are on the wire where it does not matter: `word` and `word: text`, both ways, and an echo. The client
/// says its name in the address.
pub const LAB: &str = r#"
[connect]
url = "{target}/?n={self}"

[echo]
client = { t = "echo", n = "{nonce}" }
server = { t = "echo", n = "{nonce}" }

[[rule]]
label  = "{t:/[a-z]+/}"
client = { t = "{t}" }
server = { t = "{t}" }

[[rule]]
label  = "{t:/[a-z]+/}: {x}"
client = { t = "{t}", x = "{x}" }
server = { t = "{t}", x = "{x}" }
"#;

/// What labels are on the wire of an event stream where it does not matter: `listen`, and `event x`.
pub const EVENTS: &str = r#"
[[rule]]
label  = "listen"
on     = "sse"
client = { path = "/" }

[[rule]]
label  = "event {x}"
on     = "sse"
server = { data = { "$json" = { x = "{x}" } } }
"#;

/// A binding without its echo.
pub fn without_echo(binding: &str) -> String {
    let (before, rest) = binding.split_once("[echo]").expect("a binding with an echo");
    let (_, after) = rest.split_once("\n\n").expect("an empty line behind it");
    format!("{before}{after}")
}

/// So many milliseconds.
pub const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// What carries the play.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Net {
    /// Loopback, in real time.
    Tcp,
    /// Pipes, in virtual time.
    Memory,
    /// Pipes, played as if they were TCP: echoes are asked and windows listened to, on a clock that jumps where everybody
    /// waits. It takes no time, and whatever else the machine does changes nothing.
    AsTcp,
}

type Serving = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A server.
#[derive(Clone)]
pub struct Field {
    script: Arc<dyn Fn(Call) -> Serving + Send + Sync>,
}

/// A server that does this with every request.
pub fn server<F>(script: impl Fn(Call) -> F + Send + Sync + 'static) -> Field
where
    F: Future<Output = ()> + Send + 'static,
{
    Field { script: Arc::new(move |call| Box::pin(script(call))) }
}

/// A server that lets everybody in, and does this with every client.
pub fn sockets<F>(script: impl Fn(Client) -> F + Send + Sync + 'static) -> Field
where
    F: Future<Output = ()> + Send + 'static,
{
    let script = Arc::new(script);
    server(move |call| {
        let script = Arc::clone(&script);
        async move {
            if let Some(client) = call.accept().await {
                script(client).await;
            }
        }
    })
}

/// What the connections of one server share.
#[derive(Default)]
pub(in crate::field) struct World {
    /// Who is there, by name.
    guests: Mutex<BTreeMap<String, Out>>,
    /// Whatever a script keeps.
    notes: Mutex<Value>,
    /// How many connections there have been.
    count: Mutex<usize>,
}

impl Field {
    /// Serves one connection.
    async fn serve(self, world: Arc<World>, stream: Stream) {
        if let Some(call) = Call::read(world, stream).await {
            (self.script)(call).await;
        }
    }

    /// A fresh one on a port of 127.0.0.1, until it is dropped.
    pub fn listen(&self) -> Listening {
        self.listen_on(0)
    }

    /// The same on this port.
    pub fn listen_on(&self, port: u16) -> Listening {
        let (tell, told) = std::sync::mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        let field = self.clone();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async move {
                let listener = TcpListener::bind(("127.0.0.1", port)).await.expect("a port");
                tell.send(listener.local_addr().expect("bound")).expect("somebody waits");
                let world = Arc::new(World::default());
                let accepting = async {
                    while let Ok((stream, _)) = listener.accept().await {
                        stream.set_nodelay(true).expect("a socket");
                        tokio::spawn(field.clone().serve(Arc::clone(&world), Stream::Tcp(stream)));
                    }
                };
                tokio::select! {
                    () = accepting => {}
                    _ = stopped => {}
                }
            });
        });
        Listening { address: told.recv().expect("it listens"), _stop: stop }
    }

    /// A fresh one for each play, in this process and in virtual time.
    pub fn in_memory(&self) -> Target {
        let field = self.clone();
        Target::in_process(move || {
            let (field, world) = (field.clone(), Arc::new(World::default()));
            move |stream: DuplexStream| field.clone().serve(Arc::clone(&world), Stream::Memory(stream))
        })
    }

    /// The same, of which the tool is told that its time is real.
    pub fn as_tcp(&self) -> Target {
        let field = self.clone();
        let fresh = move || {
            // On the runtime of the play.
            tokio::time::pause();
            let (field, world) = (field.clone(), Arc::new(World::default()));
            move |stream: DuplexStream| field.clone().serve(Arc::clone(&world), Stream::Memory(stream))
        };
        Target::in_process(fresh).real_time()
    }

    /// Plays a diagram against a fresh one.
    pub fn play(&self, net: Net, diagram: &str, binding: &str) -> Told {
        self.play_with(net, diagram, binding, |scenario| scenario)
    }

    /// The same with options. No text of a binding is the built-in one.
    pub fn play_with(&self, net: Net, diagram: &str, binding: &str, with: impl FnOnce(Scenario) -> Scenario) -> Told {
        let mut scenario = Scenario::parse("d.seq", diagram).unwrap_or_else(|why| panic!("{why}"));
        if !binding.is_empty() {
            scenario = scenario.binding_text("b.toml", binding).unwrap_or_else(|why| panic!("{why}"));
        }
        let (target, _listening) = match net {
            Net::Memory => (self.in_memory(), None),
            Net::AsTcp => (self.as_tcp(), None),
            Net::Tcp => {
                let listening = self.listen();
                (listening.target(), Some(listening))
            }
        };
        let verdict = with(scenario.target(target)).check().unwrap_or_else(|why| panic!("{why}"));
        Told::new(verdict)
    }
}

/// The built-in server, played as if it were behind TCP ([`Net::AsTcp`]).
pub fn builtin_as_tcp(options: ServerOptions) -> Target {
    let fresh = move || {
        tokio::time::pause();
        Host::new(&options)
    };
    Target::in_process(fresh).real_time()
}

/// A server that listens.
pub struct Listening {
    pub address: SocketAddr,
    _stop: oneshot::Sender<()>,
}

impl Listening {
    pub fn target(&self) -> Target {
        Target::url(&self.url()).expect("an address")
    }

    pub fn url(&self) -> String {
        format!("ws://{}", self.address)
    }
}
