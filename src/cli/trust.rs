//! Whom the user trusts, and what a `seqcheck.toml` asks for.
//!
//! Trust comes from the user alone: `--trust`, `SEQCHECK_TRUST`, and the user's own configuration file. A file that lies
//! beside the diagrams can give none, since whoever wrote the diagrams may have written it.

use super::config::{self, FILE};
use super::settings::Settings;
use super::targets;
use super::world::World;
use crate::files::{self, Kind};
use crate::net::is_this_machine;
use crate::report::Format;
use crate::source::{Ask, Diagnostic, Door, Source, Sources, Span, Trust};
use http::Uri;
use std::path::{Path, PathBuf};
use toml::de::{DeTable, DeValue};

/// What is read as the user's own configuration.
const OWN: Kind = Kind {
    name: "a configuration",
    most: 1 << 20,
    named: |path| path.file_name().is_some_and(|name| name == "config.toml"),
};

/// What becomes of what is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// It is played.
    Play,
    /// A trace is judged: no program is run, and nobody is told anything.
    Judge,
    /// It is looked at.
    Look,
}

impl Purpose {
    /// Whether a door would be opened.
    pub fn opens(self, door: Door) -> bool {
        match (self, door) {
            (Purpose::Play, _) => true,
            (Purpose::Judge, Door::Environment | Door::Variable) => true,
            (Purpose::Judge, Door::Output | Door::Hidden | Door::Replace) => true,
            (Purpose::Judge, _) | (Purpose::Look, _) => false,
        }
    }
}

/// A permission that a key of a `seqcheck.toml` asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permission {
    /// The key.
    pub key: &'static str,
    /// What.
    pub ask: Ask,
}

/// What the value of a key asks for, one for each of its values. `folder` is that of the file.
pub fn permissions(
    key: &str,
    values: &[String],
    (file, span, shown): (&str, Span, bool),
    folder: &Path,
) -> Vec<Permission> {
    let inside = Trust::nobody(folder).and(folder);
    let outside = |path: &str| !path.is_empty() && !inside.has(path);
    let asked = |value: &String| -> Option<(&'static str, Door)> {
        match key {
            "target" => {
                let (_, target) = targets::split(value);
                if targets::is_program(target) {
                    return Some(("target", Door::TargetProgram));
                }
                (target.starts_with("unix:") || elsewhere(target)).then_some(("target", Door::Target))
            }
            "ready" => elsewhere(&value.replace("{port}", "1")).then_some(("ready", Door::Target)),
            "var" => value
                .split_once('=')
                .filter(|(_, value)| value.starts_with(super::bindings::FROM_ENVIRONMENT))
                .map(|_| ("var", Door::Variable)),
            "client-cert" => value.split(',').any(outside).then_some(("client-cert", Door::Identity)),
            "insecure" => Some(("insecure", Door::Authority)),
            "cacert" => Some(("cacert", Door::Authority)),
            "out" => written(value, folder).map(|door| ("out", door)),
            "snapshots" => written(value, folder).map(|door| ("snapshots", door)),
            "report" => {
                let (format, path) = value.split_once('=')?;
                let door = written(path, folder).or_else(|| replaced(Format::from_name(format)?, path, folder));
                door.map(|door| ("report", door))
            }
            // The other keys are read, and nothing else comes of them.
            _ => None,
        }
    };
    let permission = |value: &String| {
        let (key, door) = asked(value)?;
        let what = if value.is_empty() { key.to_owned() } else { value.clone() };
        Some(Permission { key, ask: Ask { door, what, file: file.into(), span, shown } })
    };
    values.iter().filter_map(permission).collect()
}

/// The door of something to be written that a file in this folder names, unless it lies in the folder, and nothing that
/// a dot hides is on the way from the root of the repository: what stands in `.git`, `.github` or `.vscode` is run and
/// obeyed by others.
fn written(path: &str, folder: &Path) -> Option<Door> {
    if path.is_empty() {
        return None;
    }
    let inside = Trust::nobody(folder).and(folder);
    if !inside.has(path) {
        return Some(Door::Output);
    }
    let root = inside.real(config::root(folder).unwrap_or(folder));
    let real = inside.real(Path::new(path));
    let below = real.strip_prefix(&root).unwrap_or(&real);
    let hidden = below.components().any(|part| part.as_os_str().to_string_lossy().starts_with('.'));
    hidden.then_some(Door::Hidden)
}

/// So much of a file tells whether it is a report.
const EDGE: u64 = 4096;

/// The door of a report that would be written over something that is none, or that would not be named as one.
fn replaced(format: Format, path: &str, folder: &Path) -> Option<Door> {
    if path.is_empty() {
        return None;
    }
    let path = Trust::nobody(folder).real(Path::new(path));
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default();
    let free = match files::standing(&path, EDGE) {
        Ok(None) => true,
        Ok(Some(there)) => !there.runs && format.knows(&there.head, &there.tail),
        Err(_) => false,
    };
    (!free || !format.endings().contains(&&*ending)).then_some(Door::Replace)
}

/// Whether it is an address on another machine.
fn elsewhere(address: &str) -> bool {
    let uri = address.parse::<Uri>().ok().filter(|uri| uri.scheme().is_some());
    uri.is_some_and(|uri| !uri.host().is_some_and(is_this_machine))
}

/// Whom the user trusts: what the flags and `SEQCHECK_TRUST` say, and the user's own configuration.
///
/// # Errors
/// Paths that are not there, and what is wrong with the configuration.
pub fn of(settings: &Settings, world: &World, sources: &mut Sources) -> Result<Trust, Vec<Diagnostic>> {
    let mut trust = Trust::nobody(&world.folder);
    let mut problems = Vec::new();
    for path in &settings.trust {
        if world.locate(path).exists() {
            trust = trust.and(path);
        } else {
            let problem = format!("--trust {}: no such file or folder", path.display());
            problems
                .push(Diagnostic::error("usage", problem).with_help("name a file, or a folder for all files in it"));
        }
    }
    match own(world, sources) {
        Ok(paths) => trust = paths.into_iter().fold(trust, Trust::and),
        Err(wrong) => problems.extend(wrong),
    }
    if problems.is_empty() { Ok(trust) } else { Err(problems) }
}

/// The user's own configuration file, where its place is known: `$XDG_CONFIG_HOME/seqcheck/config.toml`, else below
/// `~/.config`; on Windows below `%APPDATA%`.
fn own_file(world: &World) -> Option<PathBuf> {
    let at = |name: &str| world.vars.get(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let folder = at("XDG_CONFIG_HOME").or_else(|| at("HOME").map(|home| home.join(".config")));
    folder.or_else(|| at("APPDATA")).map(|folder| folder.join("seqcheck").join("config.toml"))
}

/// The paths that the user's own configuration trusts.
fn own(world: &World, sources: &mut Sources) -> Result<Vec<PathBuf>, Vec<Diagnostic>> {
    let Some(path) = own_file(world).filter(|path| path.is_file()) else { return Ok(Vec::new()) };
    let name = path.display().to_string();
    let text = config::text(&path, &name, &OWN, world).map_err(|problem| vec![problem])?;
    let id = sources.add(Source::new(name, text.as_str()));
    let (table, errors) = DeTable::parse_recoverable(&text);
    let place = |span: std::ops::Range<usize>| Span::new(id, span.start, span.end);
    let mut problems: Vec<Diagnostic> = Vec::new();
    for error in errors {
        let at = place(error.span().unwrap_or(0..0));
        problems.push(Diagnostic::error("config", format!("not TOML: {}", error.message())).at(at, ""));
    }
    let mut paths = Vec::new();
    let home = world.vars.get("HOME").map(PathBuf::from);
    for (key, value) in table.get_ref().iter() {
        if key.get_ref() != "trust" {
            let problem = format!("there is no setting {} here", key.get_ref());
            let help =
                format!("this file can only contain `trust = [\"/A/FOLDER\"]`; other settings belong in a {FILE}");
            problems.push(Diagnostic::error("config", problem).at(place(key.span()), "").with_help(help));
            continue;
        }
        let values = match value.get_ref() {
            DeValue::Array(list) => list.iter().collect(),
            _ => vec![value],
        };
        for value in values {
            let text = value.get_ref().as_str().unwrap_or_default();
            let path = match (text.strip_prefix("~/"), &home) {
                (Some(rest), Some(home)) => home.join(rest),
                _ => PathBuf::from(text),
            };
            if path.is_absolute() {
                paths.push(path);
            } else {
                let problem = Diagnostic::error("config", "a trusted path must be absolute or begin with ~/");
                problems.push(problem.at(place(value.span()), ""));
            }
        }
    }
    if problems.is_empty() { Ok(paths) } else { Err(problems) }
}
