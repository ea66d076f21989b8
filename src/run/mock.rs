//! The tool as the server of clients under test.

use super::addresses;
use super::company::Company;
use super::error::Error;
use super::launch::Speaks;
use super::played::CheckVerdict;
use super::prepared::Prepared;
use super::scenario::Scenario;
use super::target::Target;
use crate::listen::{Door, Porch};
use crate::order::{Order, Role};
use crate::process::{Guard, Program};
use std::fmt;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The address at which a lifeline listens, told when everything listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listens {
    /// The lifeline.
    pub name: String,
    /// `ws://HOST:PORT`
    pub url: String,
}

/// Who is told when everything listens.
pub type Tell = Arc<dyn Fn(&[Listens]) + Send + Sync>;

/// How the lifelines listen that the tool serves.
#[derive(Clone)]
pub struct Listening {
    /// Where the first of them listens; port 0 is one that is free. All others listen at the same host, on free ports.
    pub address: SocketAddr,
    /// How long the first caller is waited for.
    pub wait: Duration,
    /// A program and its arguments that is started for each play when everything listens, and that dials. `{url}`,
    /// `{url.http}` and `{port}` in them are the address; `{url.NAME}` and so on where several listen.
    pub command: Vec<String>,
    /// Who is told.
    pub told: Option<Tell>,
    /// How clients speak.
    pub speaks: Speaks,
    /// This process is the server: its one client speaks with it over these streams.
    pub speech: Option<Speech>,
}

/// The streams of a process that is spoken with, to be taken once.
#[derive(Clone)]
pub struct Speech(Arc<Mutex<Option<Streams>>>);

type Streams = (Box<dyn Read + Send>, Box<dyn Write + Send>);

impl Speech {
    /// What the client says, and where it is told.
    pub fn new(reads: impl Read + Send + 'static, writes: impl Write + Send + 'static) -> Speech {
        Speech(Arc::new(Mutex::new(Some((Box::new(reads), Box::new(writes))))))
    }

    /// The first who asks gets them.
    pub(super) fn take(&self) -> Option<Streams> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Listening {
    /// Whether clients speak over plain streams of bytes, or as if they did: their messages are requests.
    pub(super) fn is_plain(&self) -> bool {
        self.speaks != Speaks::WebSocket || self.speech.is_some()
    }
}

impl Default for Listening {
    fn default() -> Self {
        Listening {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            wait: Duration::from_secs(30),
            command: Vec::new(),
            told: None,
            speaks: Speaks::default(),
            speech: None,
        }
    }
}

impl fmt::Debug for Listening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listening")
            .field("address", &self.address)
            .field("command", &self.command)
            .finish_non_exhaustive()
    }
}

impl Listening {
    /// Starts the command, where there is one.
    ///
    /// # Errors
    /// What the system says where it cannot be started.
    pub(super) fn start(&self, all: &[Listens], guard: &Guard) -> std::io::Result<Option<Company>> {
        if self.command.is_empty() {
            return Ok(None);
        }
        let words: Vec<String> = self.command.iter().map(|word| addresses::dialling(word, all)).collect();
        let mut program = Program::new(words.clone());
        program.env = addresses::environment(all);
        let running = program.start(guard)?;
        Ok(Some(Company::new(words.join(" "), running)))
    }
}

/// A scenario whose servers the tool plays, for clients under test.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use seqcheck::{Mock, Scenario};
///
/// let scenario = Scenario::parse("hello.seq", "Alice->Server: WS connect\nServer-->Alice: Connected\n")?;
/// let (client, server) = Mock::new(scenario.clone())?.duet(&scenario)?;
/// assert!(client.is_pass() && server.is_pass(), "{client}\n{server}");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Mock {
    scenario: Scenario,
}

impl Mock {
    /// The tool plays whoever is dialled and dials nobody; where the diagram or the options say who is simulated, those.
    ///
    /// # Errors
    /// What leaves no order to speak of.
    pub fn new(scenario: Scenario) -> Result<Mock, Error> {
        let said = scenario.diagram.effective_settings();
        let casting = &scenario.options.casting;
        if casting.simulate.is_some() || casting.test.is_some() || said.simulate.is_some() || said.test.is_some() {
            return Ok(Mock { scenario });
        }
        let survey = scenario.survey()?;
        let names = dialled(survey.plan.order());
        Ok(Mock { scenario }.playing(names))
    }

    /// With the roles that the scenario has.
    pub fn of(scenario: Scenario) -> Mock {
        Mock { scenario }
    }

    /// The scenario in these roles.
    pub fn scenario(self) -> Scenario {
        self.scenario
    }

    /// The tool plays these, and nobody else.
    #[must_use]
    pub fn playing(mut self, names: Vec<String>) -> Mock {
        self.scenario.options.casting.simulate = Some(names);
        self
    }

    /// Ready to listen on a port: [`Prepared::play`] waits for clients there.
    ///
    /// # Errors
    /// As [`Scenario::prepare`].
    pub fn prepare(mut self, listening: Listening) -> Result<Prepared, Error> {
        self.scenario.options.listen = Some(listening);
        self.scenario.prepare()
    }

    /// Plays it for a client in this process, in virtual time: whatever the future does that `client` makes of the porch,
    /// on which it may dial as often as it likes. What came of the client, judged.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use seqcheck::{Mock, Scenario};
    /// use tokio_tungstenite::client_async;
    ///
    /// let scenario = Scenario::parse("hello.seq", "Alice->Server: WS connect\nServer-->Alice: Connected\n")?;
    /// let verdict = Mock::new(scenario)?.with(|porch| async move {
    ///     let (mut socket, _) = client_async("ws://localhost/ws?name=Alice", porch.dial()).await.expect("a handshake");
    ///     let _connected = futures_util::StreamExt::next(&mut socket).await;
    /// })?;
    /// assert!(verdict.is_pass(), "{verdict}");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Scenario::prepare`].
    pub fn with<C, F>(self, client: C) -> Result<CheckVerdict, Error>
    where
        C: FnOnce(Porch) -> F + Send,
        F: Future<Output = ()>,
    {
        let server = self.prepare(Listening::default())?;
        let (door, porch) = Door::in_memory();
        Ok(super::duet::beside(|| client(porch), &server, door))
    }

    /// Plays it against clients in this process, in virtual time: `clients` is given the target that they dial, and says
    /// how they are played. What came of the clients, and of the server.
    ///
    /// # Errors
    /// As [`Scenario::prepare`], of either.
    pub fn duet(self, clients: &Scenario) -> Result<(CheckVerdict, CheckVerdict), Error> {
        let server = self.prepare(Listening::default())?;
        let (door, porch) = Door::in_memory();
        let clients = clients.clone().target(Target::in_process(move || Porch::clone(&porch))).prepare()?;
        Ok(super::duet::play(&clients, &server, door))
    }
}

/// Whoever is dialled by somebody and dials nobody.
fn dialled(order: &Order) -> Vec<String> {
    let ids = (0_u32..).map(crate::order::LifelineId);
    let all = order.lifelines.iter().zip(ids).filter(|(lifeline, _)| lifeline.role == Role::Tested);
    let served = all.filter(|(_, id)| {
        order.dials.iter().any(|(_, to)| to == id) && !order.dials.iter().any(|(from, _)| from == id)
    });
    served.map(|(lifeline, _)| lifeline.name.to_string()).collect()
}
