//! Runs the command line inside the test process, in a world of its own.

use seqcheck::cli::{Exit, Screen, World, run};
use std::collections::BTreeMap;
use std::fmt;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// A command that is not yet run.
pub struct Shell {
    args: Vec<String>,
    vars: BTreeMap<String, String>,
    folder: PathBuf,
    input: Vec<u8>,
}

/// What a command came to.
pub struct Output {
    pub exit: Exit,
    pub out: String,
    pub err: String,
}

/// A command with these arguments, in the folder of the project, with an empty environment.
pub fn seqcheck<S: AsRef<str>>(args: impl IntoIterator<Item = S>) -> Shell {
    Shell {
        args: args.into_iter().map(|arg| arg.as_ref().to_owned()).collect(),
        vars: BTreeMap::new(),
        folder: PathBuf::from(env!("CARGO_MANIFEST_DIR")),
        input: Vec::new(),
    }
}

impl Shell {
    /// In another folder.
    pub fn at(mut self, folder: &Path) -> Shell {
        self.folder = folder.to_path_buf();
        self
    }

    /// With further arguments.
    pub fn and<S: AsRef<str>>(mut self, args: impl IntoIterator<Item = S>) -> Shell {
        self.args.extend(args.into_iter().map(|arg| arg.as_ref().to_owned()));
        self
    }

    /// With an environment variable.
    pub fn var(mut self, name: &str, value: &str) -> Shell {
        self.vars.insert(name.to_owned(), value.to_owned());
        self
    }

    /// With this on standard input.
    pub fn input(mut self, text: impl AsRef<[u8]>) -> Shell {
        self.input = text.as_ref().to_vec();
        self
    }

    /// Runs it to its end.
    pub fn run(self) -> Output {
        let (out, err) = (Pipe::default(), Pipe::default());
        let mut world = World {
            args: self.args.into_iter().map(Into::into).collect(),
            input: Box::new(std::io::Cursor::new(self.input)),
            out: Screen::new(out.clone(), false, &self.vars),
            err: Screen::new(err.clone(), false, &self.vars),
            vars: self.vars,
            ..World::empty(self.folder)
        };
        let exit = run(&mut world);
        Output { exit, out: out.text(), err: err.text() }
    }
}

impl fmt::Display for Output {
    /// All of it, as a snapshot shows it: what was printed, what went to standard error, how it ended.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.out)?;
        if !self.err.is_empty() {
            write!(f, "-- standard error\n{}", self.err)?;
        }
        write!(f, "-- exit {}", self.exit.code())
    }
}

#[derive(Clone, Default)]
struct Pipe(Arc<Mutex<Vec<u8>>>);

impl Pipe {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().expect("no writer panicked")).into_owned()
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no writer panicked").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
