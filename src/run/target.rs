use super::addresses;
use super::heard::Unheard;
use super::launch::{Launch, LaunchError, Launched, Speaks};
use super::mock::Listens;
use super::rig::Rig;
use super::stop::Stop;
use crate::net::{self, Programs, Proxies, Route, Serve, Tls, TlsOptions};
use crate::process::Program;
use crate::server::{self, Host, ServerOptions};
use crate::source::Diagnostic;
use crate::wire::userinfo;
use http::Uri;
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

#[derive(Clone)]
enum Kind {
    Builtin { options: Box<ServerOptions>, tcp: bool },
    Url { base: String, route: Place },
    InProcess(Factory),
    Command(Arc<Shared>),
    Spoken(Arc<Launch>),
}

/// What a route is made of; a route itself belongs to one thread.
#[derive(Clone)]
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

    /// The reference server, a fresh one for each scenario, on a port of 127.0.0.1 and in real time.
    pub fn builtin_on_tcp(options: ServerOptions) -> Target {
        Target::new(Kind::Builtin { options: Box::new(options), tcp: true })
    }

    /// A server that runs already, by its base address: `ws://HOST:PORT`, `http://…` or `unix:PATH`, of which paths
    /// come from the binding; or a plain stream of bytes, `tcp://HOST:PORT` or `tls://HOST:PORT`.
    ///
    /// # Errors
    /// An address that cannot be understood.
    pub fn url(address: &str) -> Result<Target, Diagnostic> {
        let (shown, credentials) = without_credentials(address);
        let problem = |why: &str| {
            let problem = Diagnostic::error("target", format!("the target `{shown}` {why}"));
            let problem = match meant(address) {
                Some(meant) => problem.with_help(format!("did you mean {meant}?")),
                None => problem,
            };
            problem.with_help("write ws://HOST:PORT, http://HOST:PORT, tcp://HOST:PORT or unix:PATH")
        };
        if let Some(path) = address.strip_prefix("unix:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            if path.is_empty() {
                return Err(problem("has no path"));
            }
            let route = Place::Unix(PathBuf::from(path));
            return Ok(Target::new(Kind::Url { base: "ws://localhost".to_owned(), route }));
        }
        let uri: Uri = address.parse().map_err(|why| problem(&format!("is not an address: {why}")))?;
        let scheme = match uri.scheme_str() {
            Some("ws" | "http") => "ws",
            Some("wss" | "https") => "wss",
            Some("tcp") => "tcp",
            Some("tls") => "tls",
            Some(_) | None => {
                return Err(problem("does not begin with ws://, wss://, http://, https://, tcp:// or tls://"));
            }
        };
        let authority = uri.authority().filter(|authority| !authority.host().is_empty());
        let authority = authority.ok_or_else(|| problem("has no host"))?;
        let port = net::port(&uri).map_err(|why| problem(&format!("has no valid port: {why}")))?;
        if matches!(scheme, "tcp" | "tls") {
            if port.is_none() {
                return Err(problem("has no port, and its scheme implies none"));
            }
            if !matches!(uri.path(), "" | "/") {
                return Err(problem("has a path, but a plain stream of bytes has no path"));
            }
        }
        // Whoever it names stays out of `{target}`, and so out of every frame and every output.
        let place = authority.as_str().rsplit('@').next().unwrap_or_default();
        let base = format!("{scheme}://{place}{}", uri.path().trim_end_matches('/'));
        let http = matches!(uri.scheme_str(), Some("http" | "https"));
        Ok(Target { credentials, http, ..Target::new(Kind::Url { base, route: Place::Tcp }) })
    }

    /// A server in this process: `factory` makes a fresh one for each scenario, on the thread that plays it.
    ///
    /// It is served over pipes in memory, in virtual time unless [`Target::real_time`] is asked for.
    pub fn in_process<S: Serve>(factory: impl Fn() -> S + Send + Sync + 'static) -> Target {
        Target::new(Kind::InProcess(Arc::new(move || Rc::new(factory()))))
    }

    /// A command for the shell that starts a server on a port of 127.0.0.1 that is chosen free and stands for
    /// `{port}`. It is ready when the port accepts connections.
    pub fn command(command: impl Into<String>) -> Target {
        Target::launched(Launch::new(command))
    }

    /// As [`Target::command`], with another readiness or deadline.
    pub fn launched(launch: Launch) -> Target {
        let credentials = launch.readiness.credentials();
        let kind = Kind::Command(Arc::new(Shared { launch, running: Mutex::new(None) }));
        Target { credentials, ..Target::new(kind) }
    }

    /// A command for the shell that is a server by itself, spoken with over its standard streams: it is started for every
    /// connection, and ends with it.
    pub fn stdio(command: impl Into<String>) -> Target {
        Target::spoken(Launch::new(command))
    }

    /// As [`Target::stdio`], in another folder or with a guard.
    pub fn spoken(launch: Launch) -> Target {
        Target::new(Kind::Spoken(Arc::new(launch)))
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

    /// With these certificates, where the address is `wss://` or `https://`.
    ///
    /// # Errors
    /// A file that cannot be read or holds no certificate or key.
    pub fn tls(mut self, options: TlsOptions) -> Result<Target, Diagnostic> {
        self.tls = Tls::new(options);
        self.tls.check().map_err(|why| {
            Diagnostic::error("tls", why).with_help("use files in PEM format: -----BEGIN CERTIFICATE-----")
        })?;
        Ok(self)
    }

    /// Through these proxies, where it is a server at an address.
    #[must_use]
    pub fn proxies(mut self, proxies: Proxies) -> Target {
        self.proxies = Arc::new(proxies);
        self
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
            Kind::Builtin { options, tcp } => {
                let host = Host::new(&set_up(options, needs));
                if *tcp {
                    let port = listen(host.clone()).await?;
                    let route = Route::Tcp(self.tls.clone());
                    Rig { own: Some(host), ..Rig::new(route, format!("ws://127.0.0.1:{port}")) }
                } else {
                    Rig::new(Route::Memory(Rc::new(host)), MEMORY)
                }
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

/// Serves on a free port until the runtime ends.
async fn listen(host: Host) -> Result<u16, LaunchError> {
    let (tell, told) = tokio::sync::oneshot::channel();
    let serving = tokio::spawn(async move {
        let bound = |address: std::net::SocketAddr| {
            let _ = tell.send(address.port());
        };
        server::serve((std::net::Ipv4Addr::LOCALHOST, 0), &host, bound, std::future::pending()).await
    });
    if let Ok(port) = told.await {
        return Ok(port);
    }
    let why = match serving.await {
        Ok(Err(error)) => crate::files::why(&error),
        Ok(Ok(())) => "it has ended".to_owned(),
        Err(error) => error.to_string(),
    };
    let message = format!("the built-in server cannot listen on 127.0.0.1: {why}");
    Err(LaunchError { message, output: String::new() })
}

/// The address that was most likely meant by a port alone, or by a host and a port.
fn meant(address: &str) -> Option<String> {
    let is_port = |text: &str| text.parse::<u16>().is_ok_and(|port| port > 0);
    if address.contains(' ') {
        let port = if address.contains("{port}") { "" } else { " … {port}" };
        return Some(format!("'cmd: {address}{port}'"));
    }
    if is_port(address) {
        return Some(format!("ws://127.0.0.1:{address}"));
    }
    let (host, port) = address.rsplit_once(':')?;
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
    (is_port(port) && !host.is_empty() && host.chars().all(plain)).then(|| format!("ws://{address}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_lose_their_slash_and_say_what_is_wrong() {
        let base = |address: &str| Target::url(address).map(|target| target.name()).map_err(|problem| problem.message);
        assert_eq!(base("ws://127.0.0.1:8080").unwrap(), "ws://127.0.0.1:8080");
        assert_eq!(base("http://[::1]:80/chat/").unwrap(), "http://[::1]:80/chat");
        assert_eq!(base("https://a.example").unwrap(), "https://a.example");
        assert_eq!(base("unix:/run/chat.sock").unwrap(), "unix:/run/chat.sock");
        assert_eq!(base("tls://[::1]:8883/").unwrap(), "tls://[::1]:8883");
        let streams = ["tcp://a:1", "tls://a:1", "ws://a:1", "unix:a"].map(|at| Target::url(at).unwrap().is_stream());
        assert_eq!(streams, [true, true, false, false]);
        for wrong in ["", "8080", "ftp://a", "ws://", "unix:", "ws://a b", "tcp://a", "tcp://a:1/b"] {
            let message = base(wrong).unwrap_err();
            assert!(message.starts_with(&format!("the target `{wrong}` ")), "{message}");
        }
    }
}
