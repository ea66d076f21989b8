//! The software under test.

#[cfg(feature = "tcp")]
mod outside;

use super::addresses;
use super::heard::Unheard;
use super::launch::{Launch, LaunchError, Launched, Speaks};
use super::mock::Listens;
use super::rig::Rig;
use super::stop::Stop;
use crate::net::{Programs, Proxies, Route, Serve, Tls};
use crate::process::Program;
use crate::server::{Host, ServerOptions};
use crate::wire::userinfo;
use std::fmt;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The software under test: where it is, or how to make it.
///
/// A clone is the same target: a command is launched once for all of them, at its first play, and ends with the last.
#[derive(Clone)]
pub struct Target {
    kind: Kind,
    real_time: bool,
    /// Its address is one of HTTP: messages may be requests.
    http: bool,
    tls: Tls,
    proxies: Arc<Proxies>,
    /// What its address holds that must not be seen.
    credentials: Vec<String>,
    /// What nobody may hear of what it prints.
    unheard: Unheard,
}

type Factory = Arc<dyn Fn() -> Rc<dyn Serve> + Send + Sync>;

/// Those that need the operating system are made in [`outside`].
#[derive(Clone)]
#[cfg_attr(not(feature = "tcp"), expect(dead_code, reason = "what is outside this process needs TCP"))]
enum Kind {
    Builtin { options: Box<ServerOptions>, tcp: bool },
    Url { base: String, route: Place },
    InProcess(Factory),
    Command(Arc<Shared>),
    Spoken(Arc<Launch>),
}

/// What a route is made of; a route itself belongs to one thread.
#[derive(Clone)]
#[cfg_attr(not(feature = "tcp"), expect(dead_code, reason = "what is outside this process needs TCP"))]
enum Place {
    Tcp,
    Unix(PathBuf),
}

struct Shared {
    launch: Launch,
    running: Mutex<Option<Result<Arc<Launched>, LaunchError>>>,
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Target({})", self.name())
    }
}

/// What `{target}` stands for where there is no address.
const MEMORY: &str = "ws://localhost";
const SPOKEN: &str = "stdio://localhost";

/// An address as it was written: `{target}` is that of a WebSocket.
fn shown(base: &str, http: bool) -> String {
    base.strip_prefix("ws").filter(|_| http).map_or_else(|| base.to_owned(), |rest| format!("http{rest}"))
}

/// Whether an address is one of a plain stream of bytes.
fn is_plain(base: &str) -> bool {
    base.starts_with("tcp://") || base.starts_with("tls://")
}

impl Target {
    fn new(kind: Kind) -> Self {
        Target {
            kind,
            real_time: false,
            http: false,
            tls: Tls::default(),
            proxies: Arc::default(),
            credentials: Vec::new(),
            unheard: Unheard::default(),
        }
    }

    /// The reference server, a fresh one for each scenario, in memory and in virtual time.
    pub fn builtin(options: ServerOptions) -> Target {
        Target::new(Kind::Builtin { options: Box::new(options), tcp: false })
    }

    /// A server in this process: `factory` makes a fresh one for each scenario, on the thread that plays it.
    ///
    /// It is served over pipes in memory, in virtual time unless [`Target::real_time`] is asked for.
    pub fn in_process<S: Serve>(factory: impl Fn() -> S + Send + Sync + 'static) -> Target {
        Target::new(Kind::InProcess(Arc::new(move || Rc::new(factory()))))
    }

    /// Plays in real time although the server is in this process: for a service that does real I/O, such as a
    /// database, where a paused clock would make every timeout fire.
    #[must_use]
    pub fn real_time(mut self) -> Target {
        self.real_time = true;
        self
    }

    /// Speaks HTTP, as a server at an address with `http://` does: where the binding has `posts`, each message is a request.
    #[must_use]
    pub fn over_http(mut self) -> Target {
        self.http = true;
        self
    }

    /// Whether it speaks HTTP, so that messages may be requests.
    pub fn is_http(&self) -> bool {
        let launched = match &self.kind {
            Kind::Command(shared) => shared.launch.speaks == Speaks::Http,
            Kind::Url { .. } | Kind::Builtin { .. } | Kind::InProcess(_) | Kind::Spoken(_) => false,
        };
        self.http || launched
    }

    /// Whether a play against it may run in virtual time: nothing leaves this process.
    pub fn is_virtual(&self) -> bool {
        match self.kind {
            Kind::Builtin { tcp, .. } => !tcp && !self.real_time,
            Kind::InProcess(_) => !self.real_time,
            Kind::Url { .. } | Kind::Command(_) | Kind::Spoken(_) => false,
        }
    }

    /// Whether every scenario has one of its own, on which nobody has played before.
    pub fn is_fresh(&self) -> bool {
        match self.kind {
            Kind::Builtin { .. } | Kind::InProcess(_) | Kind::Spoken(_) => true,
            Kind::Url { .. } | Kind::Command(_) => false,
        }
    }

    /// Whether both are the same command, so that one that is launched for a scenario serves both.
    pub(super) fn is_same_command(&self, other: &Target) -> bool {
        match (&self.kind, &other.kind) {
            (Kind::Command(own), Kind::Command(other)) => Arc::ptr_eq(own, other),
            (Kind::Builtin { .. } | Kind::Url { .. } | Kind::InProcess(_) | Kind::Command(_) | Kind::Spoken(_), _) => {
                false
            }
        }
    }

    /// What its address holds that must not be seen, or the one at which it is asked whether it is ready: a password, and the
    /// name with it.
    pub fn credentials(&self) -> &[String] {
        &self.credentials
    }

    /// What nobody may hear of what it prints, where it is launched.
    pub(super) fn unheard(&self) -> &Unheard {
        &self.unheard
    }

    /// Whoever is to hear what it prints hears no secrets. A page that is waited for is believed as the server is.
    fn heard(&self, launch: &Launch) -> Launch {
        let listener = launch.listener.clone().map(|listener| self.unheard.listener(listener));
        let tls = if self.tls.has_options() { self.tls.options().clone() } else { launch.tls.clone() };
        Launch { listener, tls, ..launch.clone() }
    }

    /// Whether it is a program that is launched.
    pub fn is_program(&self) -> bool {
        match self.kind {
            Kind::Command(_) | Kind::Spoken(_) => true,
            Kind::Builtin { .. } | Kind::Url { .. } | Kind::InProcess(_) => false,
        }
    }

    /// Whether it is the reference server.
    pub fn is_builtin(&self) -> bool {
        match self.kind {
            Kind::Builtin { .. } => true,
            Kind::Url { .. } | Kind::InProcess(_) | Kind::Command(_) | Kind::Spoken(_) => false,
        }
    }

    /// Whether it is spoken with over a plain stream of bytes, without HTTP and WebSocket.
    pub fn is_stream(&self) -> bool {
        match &self.kind {
            Kind::Spoken(_) => true,
            Kind::Url { base, route: Place::Tcp } => is_plain(base),
            Kind::Command(shared) => shared.launch.speaks == Speaks::Tcp,
            Kind::Url { route: Place::Unix(_), .. } | Kind::Builtin { .. } | Kind::InProcess(_) => false,
        }
    }

    /// What messages call it: `ws://127.0.0.1:8080`, `in process`, the command.
    pub fn name(&self) -> String {
        match &self.kind {
            Kind::Url { base, route: Place::Tcp } => shown(base, self.http),
            Kind::Url { route: Place::Unix(path), .. } => format!("unix:{}", path.display()),
            Kind::Builtin { tcp: false, .. } => "in memory".to_owned(),
            Kind::Builtin { tcp: true, .. } => "on 127.0.0.1".to_owned(),
            Kind::InProcess(_) => "in process".to_owned(),
            Kind::Command(shared) => shared.launch.command.clone(),
            Kind::Spoken(launch) => launch.command.clone(),
        }
    }

    /// Launches the command where it is one and does not run yet. Blocks, at most for the `total` deadline.
    ///
    /// # Errors
    /// Where it ends or is not ready in time; the same again for every later call.
    pub fn prepare(&self, total: Duration, stop: &Stop) -> Result<Option<Arc<Launched>>, LaunchError> {
        let Kind::Command(shared) = &self.kind else { return Ok(None) };
        let mut running = shared.running.lock().unwrap_or_else(PoisonError::into_inner);
        let start = || self.heard(&shared.launch).start_unless(total, &|| stop.why()).map(Arc::new);
        running.get_or_insert_with(start).clone().map(Some)
    }

    /// Ready to be dialled. On the play's own thread, inside its runtime; the reference server is set up to what the
    /// scenario `needs`, and a command that asks for addresses at which lifelines `listen` is launched anew with these.
    ///
    /// # Errors
    /// Where the command is one and does not run.
    pub async fn rig(
        &self,
        needs: &[(String, Option<String>)],
        listens: &[Listens],
        total: Duration,
        stop: &Stop,
    ) -> Result<Rig, LaunchError> {
        Ok(match &self.kind {
            #[cfg(feature = "tcp")]
            Kind::Builtin { options, tcp: true } => {
                let host = Host::new(&set_up(options, needs));
                let port = outside::listen(host.clone()).await?;
                let route = Route::Tcp(self.tls.clone());
                Rig { own: Some(host), ..Rig::new(route, format!("ws://127.0.0.1:{port}")) }
            }
            Kind::Builtin { options, .. } => {
                Rig::new(Route::Memory(Rc::new(Host::new(&set_up(options, needs)))), MEMORY)
            }
            Kind::Url { base, route } => {
                let route = match route {
                    Place::Tcp if is_plain(base) => Route::Tcp(self.tls.clone()),
                    Place::Tcp => Route::Proxied(self.tls.clone(), self.proxies.clone()),
                    Place::Unix(path) => Route::Unix(path.clone()),
                };
                Rig::new(route, base)
            }
            Kind::InProcess(factory) => Rig::new(Route::Memory(factory()), MEMORY),
            Kind::Spoken(launch) => {
                let launch = between(&self.heard(launch), listens);
                let (folder, env) = (launch.folder.clone(), launch.env.clone());
                let program = Program { folder, env, ..Program::new(["sh", "-c", &launch.command]) };
                let (guard, listener) = (launch.guard.clone(), launch.listener.clone());
                let programs = Rc::new(Programs::new(&launch.command, program, guard, listener));
                Rig { programs: Some(programs.clone()), ..Rig::new(Route::Programs(programs), SPOKEN) }
            }
            Kind::Command(shared) => {
                let launched = if addresses::asks(&shared.launch.command) {
                    let launch = between(&self.heard(&shared.launch), listens);
                    Some(Arc::new(launch.start_unless(total, &|| stop.why())?))
                } else {
                    self.prepare(total, stop)?
                };
                let port = launched.as_ref().map_or(0, |launched| launched.port());
                let scheme = match shared.launch.speaks {
                    Speaks::WebSocket | Speaks::Http => "ws",
                    Speaks::Tcp => "tcp",
                };
                let base = format!("{scheme}://127.0.0.1:{port}{}", shared.launch.path);
                Rig { launched, ..Rig::new(Route::Tcp(self.tls.clone()), base) }
            }
        })
    }
}

/// A command with the addresses at which lifelines listen.
fn between(launch: &Launch, listens: &[Listens]) -> Launch {
    let command = addresses::filled(&launch.command, listens);
    Launch { command, env: addresses::environment(listens), ..launch.clone() }
}

/// An address as it may be shown, and what was taken out of it: name and password, together and each alone.
pub(in crate::run) fn without_credentials(address: &str) -> (String, Vec<String>) {
    let start = address.find("://").map_or(0, |at| at + 3);
    let end = address[start..].find(['/', '?', '#']).map_or(address.len(), |at| start + at);
    let Some((user, place)) = address[start..end].rsplit_once('@') else { return (address.to_owned(), Vec::new()) };
    let shown = format!("{}***@{place}{}", &address[..start], &address[end..]);
    (shown, userinfo(user))
}

/// The options of a reference server, with what a scenario needs laid over them.
fn set_up(options: &ServerOptions, needs: &[(String, Option<String>)]) -> ServerOptions {
    let mut options = options.clone();
    // Needs that no reference server meets were told before anything ran.
    if let Ok(needed) = ServerOptions::from_needs(needs) {
        let named = |key: &str| needs.iter().any(|(name, _)| name == key);
        if named("auth") {
            options.auth = needed.auth;
        }
        if named("token") {
            options.tokens = needed.tokens;
        }
        if named("heartbeat") {
            options.heartbeat = needed.heartbeat;
        }
    }
    options
}
