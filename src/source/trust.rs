//! Who may ask for more than being read: to run a program, to be told a secret, to reach another host.
//!
//! A file that was handed to the reader may have been written by anybody. What it asks for is an [`Ask`]; whether it gets
//! it, the user's [`Trust`] in that file decides.

use super::{Diagnostic, Sources, Span};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// Something that a file can ask for. `docs/security.md` has this list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Door {
    /// A program before the plays.
    SetupCommand,
    /// A program after the plays.
    TeardownCommand,
    /// A program that reads and writes frames.
    CodecProgram,
    /// A program that is the server under test.
    TargetProgram,
    /// The value of an environment variable, in a frame.
    Environment,
    /// The value of an environment variable, as a variable of diagrams.
    Variable,
    /// A request to somebody else than the target.
    Address,
    /// A target on another machine, or on a Unix domain socket.
    Target,
    /// The client's certificate and key, from another folder.
    Identity,
    /// Files that are written in another folder.
    Output,
    /// Files that are written at or below a name that begins with a dot.
    Hidden,
    /// A report over a file that is none, or under another ending than reports of its form have.
    Replace,
    /// A server that is believed whoever it is.
    Authority,
}

impl Door {
    /// All, each with where a file asks for it, and what it would do.
    pub const ALL: [(Door, &'static str, &'static str); 13] = [
        (Door::SetupCommand, "`command` in `[[setup]]` of a binding", "run a program before the plays"),
        (Door::TeardownCommand, "`command` in `[[teardown]]` of a binding", "run a program after the plays"),
        (Door::CodecProgram, "`codec = { command = […] }` of a binding", "run a program for every connection"),
        (
            Door::TargetProgram,
            "`target = \"cmd: …\"` or `\"stdio: …\"` of a `seqcheck.toml`",
            "run a program as the server under test",
        ),
        (Door::Environment, "`{env.NAME}` in a binding", "send the value of an environment variable"),
        (Door::Variable, "`env:NAME` under `[var]` of a `seqcheck.toml`", "send the value of an environment variable"),
        (Door::Address, "`url` in a binding that does not begin with `{target}`", "send requests to another server"),
        (
            Door::Target,
            "`target` or `ready` of a `seqcheck.toml`, at another machine or a Unix domain socket",
            "connect to a server that it names",
        ),
        (
            Door::Identity,
            "`client-cert` of a `seqcheck.toml`, outside its folder",
            "prove your identity to a server with your key",
        ),
        (
            Door::Output,
            "`out`, `snapshots` and `report` of a `seqcheck.toml`, outside its folder",
            "write files outside its folder",
        ),
        (
            Door::Hidden,
            "`out`, `snapshots` and `report` of a `seqcheck.toml`, at or below a name that begins with a dot",
            "write files in a folder from which programs read commands or settings, such as .git",
        ),
        (
            Door::Replace,
            "`report` of a `seqcheck.toml`, over a file that is not an earlier report of that form, or under another \
             ending",
            "replace a file that is not a report, or write a file that another program may read",
        ),
        (
            Door::Authority,
            "`insecure` and `cacert` of a `seqcheck.toml`",
            "accept a server without a check of its identity",
        ),
    ];

    /// What a file that asks for it would do.
    pub fn does(self) -> &'static str {
        Self::ALL.iter().find(|(door, ..)| *door == self).map_or("", |(_, _, does)| does)
    }
}

/// One thing that one file asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// What.
    pub door: Door,
    /// Exactly what: the command, the name of the variable, the address.
    pub what: String,
    /// The file that asks.
    pub file: Arc<str>,
    /// Where in it.
    pub span: Span,
    /// Whether what it says may be shown: of a file that nothing shows to be one of seqcheck's, which may be somebody else's,
    /// no line is.
    pub shown: bool,
}

/// The files and folders that the user trusts: what stands in them may open every [`Door`].
///
/// A path counts as it is on the disk, with its links followed: a link in a trusted folder that leads out of it is not
/// trusted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trust {
    /// Where relative names begin.
    folder: PathBuf,
    trusted: Vec<PathBuf>,
}

impl Trust {
    /// In nobody; relative names begin in this folder.
    pub fn nobody(folder: impl Into<PathBuf>) -> Trust {
        Trust { folder: folder.into(), trusted: Vec::new() }
    }

    /// Also in this file, or in all that lies in this folder.
    #[must_use]
    pub fn and(mut self, path: impl AsRef<Path>) -> Trust {
        let path = self.real(path.as_ref());
        if !self.trusted.contains(&path) {
            self.trusted.push(path);
        }
        self
    }

    /// Whether the file of this name is trusted.
    pub fn has(&self, name: impl AsRef<Path>) -> bool {
        if self.trusted.is_empty() {
            return false;
        }
        let path = self.real(name.as_ref());
        self.trusted.iter().any(|trusted| path.starts_with(trusted))
    }

    /// A path as it is on the disk; of one that is not there, the part that is, and the rest as it is written.
    pub fn real(&self, path: &Path) -> PathBuf {
        let mut real = PathBuf::new();
        let whole = self.folder.join(path);
        let whole = std::path::absolute(&whole).unwrap_or(whole);
        for part in whole.components() {
            match part {
                Component::CurDir => {}
                Component::ParentDir => drop(real.pop()),
                Component::Prefix(_) | Component::RootDir => real.push(part),
                Component::Normal(_) => {
                    real.push(part);
                    real = real.canonicalize().unwrap_or(real);
                }
            }
        }
        real
    }

    /// Those of some asks that come from files that are not trusted, as errors: one for each file and door.
    pub fn refusals(&self, asks: &[Ask], sources: &Sources) -> Vec<Diagnostic> {
        let mut refused: Vec<(&Ask, Diagnostic)> = Vec::new();
        for ask in asks.iter().filter(|ask| !self.has(&*ask.file)) {
            let first = refused.iter().position(|(first, _)| first.door == ask.door && first.file == ask.file);
            let (_, told) = match first {
                Some(at) => refused.remove(at),
                None => (ask, refusal(ask)),
            };
            // A binding may have been read with other sources than these.
            let shown = sources.iter().any(|(id, source)| id == ask.span.source && *source.name() == *ask.file);
            let told = match (ask.shown, shown) {
                (true, true) => told.at(ask.span, &*ask.what),
                (true, false) => told.with_note(&*ask.what),
                (false, true) => {
                    let line = sources.position(ask.span).line;
                    told.with_note(format!("line {line}, which is not shown: this may not be a file for seqcheck"))
                }
                (false, false) => told.with_note("no line is shown: this may not be a file for seqcheck"),
            };
            refused.push((ask, told));
        }
        refused.into_iter().map(|(_, told)| told).collect()
    }
}

fn refusal(ask: &Ask) -> Diagnostic {
    let name = &ask.file;
    let told = Diagnostic::error("trust", format!("{name} would {}, but it is not trusted", ask.door.does()))
        .with_help(format!("read it, and then trust it: --trust {name}, or --trust and its folder"))
        .with_help(
            "only you can give trust: with a flag, SEQCHECK_TRUST, or `trust` in your own config.toml \
             (docs/security.md)",
        );
    match ask.door {
        Door::Output | Door::Hidden | Door::Replace | Door::Authority | Door::Identity => {
            told.with_help("or set it with a flag: flags on the command line are always allowed")
        }
        Door::SetupCommand | Door::TeardownCommand | Door::CodecProgram | Door::TargetProgram => told,
        Door::Environment | Door::Variable | Door::Address | Door::Target => told,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;

    #[test]
    fn a_folder_is_trusted_with_all_in_it_and_a_link_only_where_it_leads() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir(at("mine")).expect("made");
        for file in ["mine/a.toml", "b.toml"] {
            std::fs::write(at(file), "").expect("written");
        }
        let nobody = Trust::nobody(folder.path());
        assert!(!nobody.has("mine/a.toml") && !nobody.has(at("b.toml")));
        let mine = nobody.clone().and("mine");
        assert!(mine.has("mine/a.toml") && mine.has("./mine/../mine/a.toml") && mine.has(at("mine/a.toml")));
        assert!(!mine.has("b.toml") && !mine.has("mine/../b.toml") && !mine.has("mine2/a.toml") && !mine.has("<x>"));
        // What is not there yet is where it would be.
        assert!(mine.has("mine/later.toml") && !mine.has("mine/../later.toml"));
        assert!(nobody.and("b.toml").has("mine/../b.toml"));
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(at("b.toml"), at("mine/link.toml")).expect("linked");
            assert!(!mine.has("mine/link.toml"), "a link out of a trusted folder");
        }
    }

    #[test]
    fn what_one_file_asks_for_is_told_once_a_door_with_all_places() {
        let mut sources = Sources::new();
        let id = sources.add(Source::new("x/a.toml", "one two three"));
        let ask = |door, what: &str, start| Ask {
            door,
            what: what.to_owned(),
            file: "x/a.toml".into(),
            span: Span::new(id, start, start + 3),
            shown: true,
        };
        let asks = [
            ask(Door::SetupCommand, "runs sh", 0),
            ask(Door::Environment, "HOME", 4),
            ask(Door::SetupCommand, "runs rm", 8),
        ];
        let told = Trust::nobody("").refusals(&asks, &sources);
        assert_eq!(told.iter().map(|told| told.labels.len()).collect::<Vec<_>>(), [1, 2]);
        assert!(told[1].message.contains("x/a.toml") && told[1].help[0].contains("--trust x/a.toml"), "{told:?}");
        assert!(Trust::nobody("").and("x").refusals(&asks, &sources).is_empty());
        let foreign = asks.map(|ask| Ask { shown: false, ..ask });
        let told = format!("{:?}", Trust::nobody("").refusals(&foreign, &sources));
        assert!(told.contains("line 1") && !told.contains("runs rm") && !told.contains("HOME"), "{told}");
    }
}
