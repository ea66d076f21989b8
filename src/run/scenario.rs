use super::error::Error;
use super::library::{DIAGRAM, Neighbours};
use super::options::{Options, Settled};
use super::played::CheckVerdict;
use super::prepare::{LaidOut, lay_out};
use super::prepared::Prepared;
use super::target::Target;
use crate::diagram::{Diagram, OrderMode};
use crate::files;
use crate::oracle::Plan;
use crate::order::{Library, NoLibrary};
use crate::server::ServerOptions;
use crate::source::{Diagnostic, Source, Sources};
use crate::syntax::{self, Dialect};
use crate::wire::Binding;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// One diagram, and how it is to be played.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let text = "Alice->Server: WS connect\nServer-->Alice: Connected\n";
/// let verdict = seqcheck::Scenario::parse("hello.seq", text)?.check()?;
/// assert!(verdict.is_pass(), "{verdict}");
/// # Ok(())
/// # }
/// ```
///
/// Without a [`Scenario::target`] it is played against the built-in reference server; without a [`Scenario::binding`]
/// labels mean what the built-in `chat` binding says.
#[derive(Clone)]
pub struct Scenario {
    pub(super) name: String,
    pub(super) path: String,
    pub(super) sources: Arc<Sources>,
    pub(super) diagram: Arc<Diagram>,
    pub(super) dialect: Dialect,
    pub(super) library: Arc<dyn Library + Send + Sync>,
    pub(super) binding: Option<Binding>,
    pub(super) target: Target,
    pub(super) targets: Vec<(String, Target)>,
    pub(super) provides: Vec<String>,
    pub(super) options: Options,
}

/// A scenario as far as it can be laid out without a run.
#[derive(Clone, Debug)]
pub struct Survey {
    /// What the author drew.
    pub diagram: Arc<Diagram>,
    /// The texts that places point into.
    pub sources: Arc<Sources>,
    /// The order with every arrow resolved, as far as it can be.
    pub plan: Arc<Plan>,
    /// What stands against a run.
    pub problems: Vec<Diagnostic>,
    /// What labels are on the wire.
    pub binding: Binding,
    /// How it would be played.
    pub settled: Settled,
}

impl fmt::Debug for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scenario").field("name", &self.name).field("target", &self.target).finish_non_exhaustive()
    }
}

impl Scenario {
    /// Reads a diagram from a file, and those beside it that it refers to. The dialect is told by the extension, or by
    /// the first line.
    ///
    /// # Errors
    /// A file that cannot be read, and every problem of its text.
    pub fn load(path: impl AsRef<Path>) -> Result<Scenario, Error> {
        let path = path.as_ref();
        let name = path.display().to_string();
        let text = files::text(path, &DIAGRAM).map_err(|why| {
            Diagnostic::error("file", format!("{name} cannot be read: {why}")).with_help("give the path of a diagram")
        })?;
        let scenario = Self::read(name, text, path.extension().and_then(|extension| extension.to_str()))?;
        scenario.with_neighbours(path.parent().unwrap_or(Path::new("")))
    }

    /// With the diagrams that it refers to, from this folder.
    fn with_neighbours(mut self, folder: &Path) -> Result<Scenario, Error> {
        let mut sources = Sources::clone(&self.sources);
        match Neighbours::of(&self.diagram, [], folder, &mut sources) {
            Ok(neighbours) => {
                self.sources = Arc::new(sources);
                Ok(self.library(Arc::new(neighbours)))
            }
            Err(diagnostics) => Err(Error { diagnostics, sources: Arc::new(sources) }),
        }
    }

    /// Reads a diagram from a text, under the name that messages show. The dialect is told by the name's extension, or
    /// by the first line.
    ///
    /// # Errors
    /// Every problem of the text.
    pub fn parse(name: &str, text: &str) -> Result<Scenario, Error> {
        let extension = Path::new(name).extension().and_then(|extension| extension.to_str());
        Self::read(name.to_owned(), text.to_owned(), extension)
    }

    fn read(name: String, text: String, extension: Option<&str>) -> Result<Scenario, Error> {
        let dialect = Dialect::of_file(extension, &text);
        let mut sources = Sources::new();
        let length = text.len();
        let id = sources.add(Source::new(name.as_str(), text));
        match syntax::parse(&sources, id, 0..length, dialect) {
            Ok(parsed) => Ok(Self::new(name, Arc::new(sources), Arc::new(parsed.diagram)).dialect(dialect)),
            Err(diagnostics) => Err(Error { diagnostics, sources: Arc::new(sources) }),
        }
    }

    /// Of a diagram that was read already; its places point into `sources`.
    pub fn new(path: String, sources: Arc<Sources>, diagram: Arc<Diagram>) -> Scenario {
        Scenario {
            name: diagram.title.clone().unwrap_or_else(|| path.clone()),
            path,
            sources,
            diagram,
            dialect: Dialect::default(),
            library: Arc::new(NoLibrary),
            binding: None,
            target: Target::builtin(ServerOptions::default()),
            targets: Vec::new(),
            provides: Vec::new(),
            options: Options::default(),
        }
    }

    /// Under another name than its title.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Scenario {
        self.name = name.into();
        self
    }

    /// The language that its diagram is written in, where that was read elsewhere: messages show directives in it.
    #[must_use]
    pub fn dialect(mut self, dialect: Dialect) -> Scenario {
        self.dialect = dialect;
        self
    }

    /// What it is played against.
    #[must_use]
    pub fn target(mut self, target: Target) -> Scenario {
        self.target = target;
        self
    }

    /// What stands for one of several lifelines that are dialled.
    #[must_use]
    pub fn target_for(mut self, lifeline: impl Into<String>, target: Target) -> Scenario {
        self.targets.push((lifeline.into(), target));
        self
    }

    /// What its labels are on the wire; goes before `#@ binding`.
    #[must_use]
    pub fn binding(mut self, binding: Binding) -> Scenario {
        self.binding = Some(binding);
        self
    }

    /// What its labels are on the wire, from a binding file.
    ///
    /// # Errors
    /// A file that cannot be read, and every problem of its text.
    pub fn binding_file(mut self, path: impl AsRef<Path>) -> Result<Scenario, Error> {
        let mut sources = Sources::clone(&self.sources);
        match Binding::load(path, &mut sources) {
            Ok(binding) => {
                self.sources = Arc::new(sources);
                Ok(self.binding(binding))
            }
            Err(diagnostics) => Err(Error { diagnostics, sources: Arc::new(sources) }),
        }
    }

    /// What its labels are on the wire, from the text of a binding file under the name that messages show.
    ///
    /// # Errors
    /// Every problem of the text.
    pub fn binding_text(mut self, name: &str, text: &str) -> Result<Scenario, Error> {
        let mut sources = Sources::clone(&self.sources);
        let id = sources.add(Source::new(name, text));
        match Binding::parse(&mut sources, id) {
            Ok(binding) => {
                self.sources = Arc::new(sources);
                Ok(self.binding(binding))
            }
            Err(diagnostics) => Err(Error { diagnostics, sources: Arc::new(sources) }),
        }
    }

    /// What a target offers to scenarios with `#@ needs`: `KEY` or `KEY=VALUE`.
    #[must_use]
    pub fn provides(mut self, offers: impl IntoIterator<Item = String>) -> Scenario {
        self.provides.extend(offers);
        self
    }

    /// Where references to other diagrams are looked up.
    #[must_use]
    pub fn library(mut self, library: Arc<dyn Library + Send + Sync>) -> Scenario {
        self.library = library;
        self
    }

    /// All options at once.
    #[must_use]
    pub fn options(mut self, options: Options) -> Scenario {
        self.options = options;
        self
    }

    /// How long an expected frame may take from its cause.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Scenario {
        self.options.timeout = Some(timeout);
        self
    }

    /// The window of silence at the end.
    #[must_use]
    pub fn settle(mut self, settle: Duration) -> Scenario {
        self.options.settle = Some(settle);
        self
    }

    /// When simulated clients send.
    #[must_use]
    pub fn order(mut self, order: OrderMode) -> Scenario {
        self.options.order = Some(order);
        self
    }

    /// What everything random follows.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Scenario {
        self.options.seed = Some(seed);
        self
    }

    /// How many plays, against one instance of the server.
    #[must_use]
    pub fn repeat(mut self, plays: u32) -> Scenario {
        self.options.repeat = plays;
        self
    }

    /// A value for `${name}`.
    #[must_use]
    pub fn var(mut self, name: impl Into<String>, value: impl Into<String>) -> Scenario {
        self.options.vars.insert(name.into(), value.into());
        self
    }

    /// Its binding, and what lies in this folder, may run programs, take values from the environment, and send requests to
    /// others than the target ([`Door`](crate::source::Door)). A relative path begins in the current folder.
    #[must_use]
    pub fn trust(mut self, path: impl AsRef<Path>) -> Scenario {
        self.options.trust = self.options.trust.and(path);
        self
    }

    /// What can be said of it without a run, also where it could not be run.
    ///
    /// # Errors
    /// What leaves no order to speak of.
    pub fn survey(&self) -> Result<Survey, Error> {
        let mut sources = self.sources.clone();
        match lay_out(self, &mut sources) {
            Ok(LaidOut { words, settled, plan, problems }) => {
                let (binding, diagram) = (words.binding().clone(), self.diagram.clone());
                let problems = problems.into_iter().map(|problem| self.dialect.spelled(problem)).collect();
                Ok(Survey { diagram, sources, plan, problems, binding, settled })
            }
            Err(problems) => {
                let diagnostics = problems.into_iter().map(|problem| self.dialect.spelled(problem)).collect();
                Err(Error { diagnostics, sources })
            }
        }
    }

    /// Resolves everything, so that nothing but the server can go wrong in a play.
    ///
    /// # Errors
    /// Every problem of roles, labels, names, the binding and the options.
    pub fn prepare(&self) -> Result<Prepared, Error> {
        Prepared::new(self)
    }

    /// Plays it, on a thread of its own: may be called from anywhere, also from inside a runtime (which it blocks).
    ///
    /// # Errors
    /// As [`Scenario::prepare`]. What the server does, or that it does not answer, is a verdict.
    pub fn check(&self) -> Result<CheckVerdict, Error> {
        Ok(self.prepare()?.play())
    }

    /// As [`Scenario::check`], without blocking.
    ///
    /// # Errors
    /// As [`Scenario::prepare`].
    pub async fn check_async(&self) -> Result<CheckVerdict, Error> {
        Ok(self.prepare()?.play_async().await)
    }
}
