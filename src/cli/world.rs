//! Everything from outside: arguments, environment, streams.

use super::settings::When;
use crate::files::{self, Kind, Unread};
use crate::process::Guard;
use crate::run::Stop;
use crate::source::{unforged, visible, visible_lines};
use crate::wire::Secrets;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{IsTerminal as _, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// All that the command line takes from outside, so that a test can hand in a world of its own.
pub struct World {
    /// The arguments, without the program's name.
    pub args: Vec<OsString>,
    /// The environment; variables that are not Unicode are left out.
    pub vars: BTreeMap<String, String>,
    /// Where relative paths begin.
    pub folder: PathBuf,
    /// Standard input.
    pub input: Box<dyn Read + Send>,
    /// Standard output.
    pub out: Screen,
    /// Standard error.
    pub err: Screen,
    /// What ends the programs that are started, however this process ends.
    pub guard: Guard,
    /// What ends plays before they are through.
    pub stop: Stop,
    /// Whether signals ask for that.
    pub signals: bool,
    /// `--config`, where it is given.
    pub config: Option<PathBuf>,
    /// `--profile`, where it is given.
    pub profile: Option<String>,
    /// Texts that stand for files: what an editor shows and has not saved.
    pub unsaved: BTreeMap<PathBuf, Arc<str>>,
}

impl World {
    /// The world of this process.
    pub fn of_process() -> World {
        let vars: BTreeMap<String, String> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        let mut out = Screen::new(std::io::stdout(), std::io::stdout().is_terminal(), &vars);
        let mut err = Screen::new(std::io::stderr(), std::io::stderr().is_terminal(), &vars);
        if let Some((columns, _)) = terminal_size::terminal_size().filter(|_| out.terminal || err.terminal) {
            let width = usize::from(columns.0).max(Screen::NARROWEST);
            (out.width, err.width) = (width, width);
        }
        World {
            args: std::env::args_os().skip(1).collect(),
            folder: std::env::current_dir().unwrap_or_else(|_| PathBuf::from(".")),
            input: Box::new(std::io::stdin()),
            out,
            err,
            vars,
            guard: Guard::Process(own_executable()),
            stop: Stop::default(),
            signals: true,
            config: None,
            profile: None,
            unsaved: BTreeMap::new(),
        }
    }

    /// A world in which nobody says or hears anything, in a folder.
    pub fn empty(folder: PathBuf) -> World {
        let vars = BTreeMap::new();
        World {
            args: Vec::new(),
            folder,
            input: Box::new(std::io::empty()),
            out: Screen::new(std::io::sink(), false, &vars),
            err: Screen::new(std::io::sink(), false, &vars),
            vars,
            guard: Guard::default(),
            stop: Stop::default(),
            signals: false,
            config: None,
            profile: None,
            unsaved: BTreeMap::new(),
        }
    }

    /// Colours both streams as asked.
    pub fn paint(&mut self, when: When) {
        for screen in [&mut self.out, &mut self.err] {
            screen.color = match when {
                When::Auto => screen.color,
                When::Always => true,
                When::Never => false,
            };
        }
    }

    /// The text of a file; the one that is not saved, where there is one.
    ///
    /// # Errors
    /// As [`files::text`].
    pub fn text(&self, path: &Path, kind: &Kind) -> Result<String, Unread> {
        self.unsaved.get(path).map_or_else(|| files::text(path, kind), |text| Ok(text.to_string()))
    }

    /// A path as the user wrote it, for opening.
    pub fn locate(&self, path: &Path) -> PathBuf {
        self.folder.join(path)
    }
}

/// This executable, also where it has been moved or replaced since it was started.
fn own_executable() -> PathBuf {
    let running = Path::new("/proc/self/exe");
    if running.exists() { running.to_path_buf() } else { std::env::current_exe().unwrap_or_else(|_| "seqcheck".into()) }
}

/// One stream to print on.
pub struct Screen {
    writer: Writer,
    /// Whether a person looks at it.
    pub terminal: bool,
    /// Whether colour is wanted.
    pub color: bool,
    /// Columns.
    pub width: usize,
    /// The first thing that went wrong; nothing is written behind it.
    failed: Option<std::io::Error>,
    /// What must not be seen on it.
    hidden: Arc<Mutex<Secrets>>,
}

/// A stream that several threads may write on, a line at a time.
type Writer = Arc<Mutex<Box<dyn Write + Send>>>;

/// The same stream, for lines that somebody else writes while the run goes on.
pub struct Aside {
    writer: Writer,
    hidden: Arc<Mutex<Secrets>>,
}

impl Aside {
    /// Writes a line for people, at once, without secrets. What cannot be written is lost: it is said by the way.
    pub fn line(&self, text: &str) {
        let hidden = self.hidden.lock().unwrap_or_else(PoisonError::into_inner);
        let shown = hidden.redact(text);
        let shown = visible(&shown);
        let shown = unforged(&shown).unwrap_or_else(|| shown.into_owned());
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = writer.write_all(format!("{shown}\n").as_bytes()).and_then(|()| writer.flush());
    }
}

impl Screen {
    /// Columns that are assumed at least.
    const NARROWEST: usize = 40;
    /// Columns where nobody says how many there are.
    const USUAL: usize = 100;

    /// A stream; colour where a terminal shows it and nobody minds.
    pub fn new(writer: impl Write + Send + 'static, terminal: bool, vars: &BTreeMap<String, String>) -> Screen {
        let set = |name: &str| vars.get(name).is_some_and(|value| !value.is_empty());
        let dumb = vars.get("TERM").is_some_and(|term| term == "dumb");
        // Somebody wants it wherever it goes, or the log of a job shows it.
        let forced = ["FORCE_COLOR", "CLICOLOR_FORCE", "GITHUB_ACTIONS"]
            .iter()
            .any(|name| vars.get(*name).is_some_and(|value| !matches!(value.as_str(), "" | "0" | "false")));
        let width =
            vars.get("COLUMNS").and_then(|columns| columns.parse().ok()).filter(|&width| width >= Self::NARROWEST);
        Screen {
            writer: Arc::new(Mutex::new(Box::new(writer))),
            terminal,
            color: !set("NO_COLOR") && (forced || terminal && !dumb),
            width: width.unwrap_or(Self::USUAL),
            failed: None,
            hidden: Arc::default(),
        }
    }

    /// From now on this value is not shown, whatever is written: messages about labels and addresses too may hold it.
    pub fn hide(&self, secret: &str) {
        self.hidden.lock().unwrap_or_else(PoisonError::into_inner).add(secret);
    }

    /// What is not shown on it, as far as that is known.
    pub fn hidden(&self) -> Secrets {
        self.hidden.lock().unwrap_or_else(PoisonError::into_inner).apart()
    }

    /// Writes a text. What cannot be written is remembered, not raised: see [`Screen::finish`].
    pub fn write(&mut self, text: &str) {
        let text = self.hidden.lock().unwrap_or_else(PoisonError::into_inner).redact(text).into_owned();
        self.write_bytes(text.as_bytes());
    }

    /// Writes a file that was asked for: as it is for a file and for another program; a terminal would carry out what cannot
    /// be seen in it, so that it is spelled out there.
    pub fn file(&mut self, text: &str) {
        if self.terminal {
            let lines = text.replace("\r\n", "\n");
            self.write(&visible_lines(&lines));
        } else {
            self.write(text);
        }
    }

    /// The same stream, for another thread.
    pub fn aside(&self) -> Aside {
        Aside { writer: self.writer.clone(), hidden: self.hidden.clone() }
    }

    /// Writes bytes as they are: a picture.
    pub fn write_bytes(&mut self, bytes: &[u8]) {
        if self.failed.is_none() {
            self.failed = self.writer.lock().unwrap_or_else(PoisonError::into_inner).write_all(bytes).err();
        }
    }

    /// Writes a line for people: what cannot be seen in it is spelled out, and it is no command of a CI system.
    pub fn line(&mut self, text: &str) {
        let shown = visible(text);
        let shown = unforged(&shown).map_or(shown, Cow::Owned);
        self.write(&shown);
        self.write("\n");
    }

    /// Writes several lines for people.
    pub fn lines(&mut self, text: &str) {
        text.lines().for_each(|line| self.line(line));
    }

    /// Hands on what is written so far: somebody waits for it.
    pub fn flush(&mut self) {
        if self.failed.is_none() {
            self.failed = self.writer.lock().unwrap_or_else(PoisonError::into_inner).flush().err();
        }
    }

    /// Flushes. An error that is not just a reader who went away (`seqcheck … | head`) is told.
    pub fn finish(&mut self) -> Result<(), std::io::Error> {
        self.flush();
        match self.failed.take() {
            Some(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error),
            Some(_) | None => Ok(()),
        }
    }
}
