//! The layers below the flags: `SEQCHECK_*` variables and the nearest `seqcheck.toml`.
//!
//! A key is the long name of a flag of [`Layer`]. Its value is handed to clap as if it stood behind that flag, so
//! there is no second parser, and `docs/schema/config.json` and `docs/settings.md` are made from the flags too (`schema`).

use super::configured;
use super::settings::Layer;
use super::trust;
use super::world::World;
use crate::files::Kind;
use crate::source::{Diagnostic, Source, SourceId, Sources, Span, Trust, nearest};
use clap::{Arg, ArgAction, Args as _, Command, FromArgMatches as _};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use toml::de::{DeTable, DeValue};

/// The name of the file.
pub const FILE: &str = "seqcheck.toml";
/// What a variable begins with.
pub const PREFIX: &str = "SEQCHECK_";
/// Variables that say which file, and which part of it.
const BESIDE: [&str; 2] = ["SEQCHECK_CONFIG", "SEQCHECK_PROFILE"];
/// What is read as one.
const CONFIGURATION: Kind =
    Kind { name: "a configuration", most: 1 << 20, named: |path| path.file_name().is_some_and(|name| name == FILE) };
/// Keys whose value is a path, or may be one, which then is relative to the file that says it.
const PATHS: [&str; 7] = ["binding", "cacert", "client-cert", "out", "report", "snapshots", "vars-file"];
/// Keys that only the user can set.
pub(super) const NOT_IN_A_FILE: [&str; 1] = ["trust"];
/// The table of the profiles: each has settings that go before those outside of it.
pub(super) const PROFILES: &str = "profile";
/// What a folder holds that is the root of a repository: the file is not looked for above it.
const ROOTS: [&str; 4] = [".git", ".hg", ".jj", ".svn"];

/// One key that a layer sets: its values as they would stand behind the flag, and where it was read.
struct Entry {
    values: Vec<String>,
    place: Place,
}

enum Place {
    File(Span),
    Variable(String),
}

/// What the variables and the configuration file say, variables first.
pub fn below(world: &World, sources: &mut Sources) -> Result<Layer, Vec<Diagnostic>> {
    let mut problems = Vec::new();
    let mut entries = BTreeMap::new();
    let file = read_file(world, sources, &mut entries, &mut problems);
    read_variables(world, &mut entries, &mut problems);
    let mut layer = Layer::default();
    for (key, entry) in &entries {
        if let (Place::File(span), Some(file)) = (&entry.place, &file) {
            let shown = configured::is_certain(sources.get(span.source));
            let settings = &mut layer.settings;
            settings.permissions.extend(trust::permissions(
                key,
                &entry.values,
                (&file.name, *span, shown),
                &file.folder,
            ));
        }
        let words = entry.values.iter().map(|value| match flag(key).is_some_and(|arg| takes_value(&arg)) {
            true => format!("--{key}={value}"),
            false => format!("--{key}"),
        });
        let parsed = command().try_get_matches_from(words).and_then(|found| Layer::from_arg_matches(&found));
        match parsed {
            Ok(found) => layer = layer.over(found),
            Err(error) => problems.push(refused(key, entry, &error)),
        }
        if let (Place::File(_), Some(file)) = (&entry.place, &file) {
            match key.as_str() {
                "target" => layer.settings.target_folder = Some(file.folder.clone()),
                "insecure" if layer.settings.insecure => layer.settings.insecure_by = Some(file.name.clone()),
                // What the others say is the same whoever says it.
                _ => {}
            }
        }
    }
    problems.sort_by_key(|problem| problem.primary().map_or((1, 0), |span| (0, span.start)));
    if problems.is_empty() { Ok(layer) } else { Err(configured::unquoted(problems, sources)) }
}

pub(super) fn command() -> Command {
    Layer::augment_args(Command::new("seqcheck")).no_binary_name(true)
}

fn flag(key: &str) -> Option<Arg> {
    command().get_arguments().find(|arg| arg.get_long() == Some(key)).cloned()
}

pub(super) fn takes_value(arg: &Arg) -> bool {
    match arg.get_action() {
        ArgAction::Set | ArgAction::Append => true,
        // The actions of switches; clap may add more.
        _ => false,
    }
}

pub(super) fn keys() -> Vec<String> {
    command().get_arguments().filter_map(Arg::get_long).map(str::to_owned).collect()
}

/// Every key that a file can set, with what it is for.
#[cfg(feature = "lsp")]
pub(super) fn documented() -> Vec<(String, String)> {
    let about = |arg: &Arg| arg.get_help().map(ToString::to_string).unwrap_or_default();
    let all =
        command().get_arguments().filter_map(|arg| Some((arg.get_long()?.to_owned(), about(arg)))).collect::<Vec<_>>();
    all.into_iter().filter(|(key, _)| !NOT_IN_A_FILE.contains(&key.as_str())).collect()
}

fn refused(key: &str, entry: &Entry, error: &clap::Error) -> Diagnostic {
    let text = error.to_string();
    let reason = text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned();
    let problem = match &entry.place {
        Place::File(span) => Diagnostic::error("config", reason).at(*span, ""),
        Place::Variable(name) => Diagnostic::error("config", format!("{name}: {reason}")),
    };
    match flag(key).and_then(|arg| arg.get_help().map(ToString::to_string)) {
        Some(help) => problem.with_help(format!("{key}: {help}")),
        None => problem,
    }
}

fn read_variables(world: &World, entries: &mut BTreeMap<String, Entry>, problems: &mut Vec<Diagnostic>) {
    let keys = keys();
    for (name, value) in &world.vars {
        let Some(word) = name.strip_prefix(PREFIX) else { continue };
        let key = word.to_ascii_lowercase().replace('_', "-");
        if keys.contains(&key) {
            let values = match flag(&key).map(|arg| (takes_value(&arg), matches!(arg.get_action(), ArgAction::Append)))
            {
                Some((true, true)) => value.split(',').map(|one| one.trim().to_owned()).collect(),
                Some((true, false)) => vec![value.clone()],
                Some((false, _)) | None if matches!(value.as_str(), "" | "0" | "false") => Vec::new(),
                Some((false, _)) | None => vec![String::new()],
            };
            entries.insert(key, Entry { values, place: Place::Variable(name.clone()) });
        } else if BESIDE.contains(&name.as_str()) {
            // Read where the file is looked for.
        } else if let Some(near) = nearest(&key, keys.iter().map(String::as_str)) {
            // Other variables may well begin like ours; only what looks like a slip is one.
            let near = near.to_ascii_uppercase().replace('-', "_");
            problems.push(
                Diagnostic::error("config", format!("{name}: there is no such option"))
                    .with_help(format!("did you mean {PREFIX}{near}?")),
            );
        }
    }
}

/// The configuration file of a repository.
struct ConfigFile {
    /// As messages show it.
    name: String,
    /// Where it lies: paths in it begin here, and so do its commands.
    folder: PathBuf,
}

/// The nearest file, in this folder and those above it, up to the root of the repository.
fn nearest_file(folder: &Path) -> Option<PathBuf> {
    for folder in folder.ancestors() {
        let path = folder.join(FILE);
        if path.is_file() {
            return Some(path);
        }
        if ROOTS.iter().any(|root| folder.join(root).exists()) {
            return None;
        }
    }
    None
}

/// The root of the repository that a folder is in.
pub(super) fn root(folder: &Path) -> Option<&Path> {
    folder.ancestors().find(|folder| ROOTS.iter().any(|root| folder.join(root).exists()))
}

/// The text of a configuration file.
pub(super) fn text(path: &Path, name: &str, kind: &Kind, world: &World) -> Result<String, Diagnostic> {
    world.text(path, kind).map_err(|why| Diagnostic::error("config", format!("{name}: {why}")))
}

fn read_file(
    world: &World,
    sources: &mut Sources,
    entries: &mut BTreeMap<String, Entry>,
    problems: &mut Vec<Diagnostic>,
) -> Option<ConfigFile> {
    let asked = world.config.clone().or_else(|| world.vars.get("SEQCHECK_CONFIG").map(PathBuf::from));
    let profile = world.profile.clone().or_else(|| world.vars.get("SEQCHECK_PROFILE").cloned());
    let kind = if asked.is_some() { Kind { named: |_| true, ..CONFIGURATION } } else { CONFIGURATION };
    let Some(path) = asked.map(|path| world.locate(&path)).or_else(|| nearest_file(&world.folder)) else {
        problems.extend(profile.map(|name| {
            Diagnostic::error(
                "config",
                format!("--profile {name}: there is no {FILE} in this folder or in a folder above it"),
            )
            .with_help(format!("create one with a table [{PROFILES}.{name}], or name one: --config FILE"))
        }));
        return None;
    };
    let name = path.strip_prefix(&world.folder).unwrap_or(&path).display().to_string();
    let text = text(&path, &name, &kind, world).map_err(|problem| problems.push(problem)).ok()?;
    let id = sources.add(Source::new(name.as_str(), text.as_str()));
    let (table, errors) = DeTable::parse_recoverable(&text);
    let readable = errors.is_empty();
    let own = path.file_name().is_some_and(|name| name == FILE);
    if !own && !looks_like_one(&text) {
        let problem = Diagnostic::error("config", format!("{name}: this is not a configuration: it has no settings"));
        problems.push(problem.with_help(format!("a configuration is a TOML file with settings, such as {FILE}")));
        return None;
    }
    for error in errors {
        let span = error.span().unwrap_or(0..0);
        problems.push(
            Diagnostic::error("config", format!("not TOML: {}", error.message()))
                .at(Span::new(id, span.start, span.end), ""),
        );
    }
    let folder = path.parent().unwrap_or(&world.folder).to_path_buf();
    if readable {
        let above = Some(folder.as_path()).filter(|folder| *folder != world.folder);
        read_table(table.get_ref(), id, above, entries, problems);
        if let Some(profile) = profile {
            match profiles(table.get_ref()).find(|(name, _)| *name == profile) {
                Some((_, settings)) => read_table(settings, id, above, entries, problems),
                None => problems.push(no_profile(&profile, &name, table.get_ref())),
            }
        }
        outside(&folder, entries, problems);
    }
    Some(ConfigFile { name, folder })
}

/// Whether a line sets one of the settings, or begins a profile: also of a text that is not quite TOML. Of any other file
/// that was named no line is shown.
fn looks_like_one(text: &str) -> bool {
    let keys = keys();
    text.lines().any(|line| {
        let word = line.trim().trim_start_matches('[');
        let end = word.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(word.len());
        let (key, rest) = word.split_at(end);
        let sets = rest.trim_start().starts_with('=') && keys.iter().any(|known| known == key);
        sets || line.trim().starts_with('[') && (key == PROFILES || keys.iter().any(|known| known == key))
    })
}

/// The profiles of a configuration.
fn profiles<'a>(table: &'a DeTable<'_>) -> impl Iterator<Item = (&'a str, &'a DeTable<'a>)> {
    let all = table.iter().find(|(key, _)| key.get_ref() == PROFILES).and_then(|(_, value)| value.get_ref().as_table());
    let each = all.into_iter().flat_map(|all| all.iter());
    each.filter_map(|(name, value)| Some((name.get_ref().as_ref(), value.get_ref().as_table()?)))
}

fn no_profile(profile: &str, file: &str, table: &DeTable<'_>) -> Diagnostic {
    let problem =
        Diagnostic::error("config", format!("--profile {profile}: {file} has no table [{PROFILES}.{profile}]"));
    let names: Vec<&str> = profiles(table).map(|(name, _)| name).collect();
    match nearest(profile, names.iter().copied()) {
        Some(near) => problem.with_help(format!("did you mean {near}?")),
        None if names.is_empty() => problem.with_help(format!("add a table [{PROFILES}.{profile}] with its settings")),
        None => problem.with_help(format!("the profiles are {}", names.join(", "))),
    }
}

/// A file of variables outside the folder of a configuration: what is in it would be sent to a server, and whoever wrote
/// the configuration may not be the one who owns that file.
fn outside(folder: &Path, entries: &mut BTreeMap<String, Entry>, problems: &mut Vec<Diagnostic>) {
    let inside = Trust::nobody(folder).and(folder);
    let Some(entry) = entries.get("vars-file") else { return };
    let Place::File(span) = entry.place else { return };
    for value in entry.values.iter().filter(|value| !inside.has(value.as_str())) {
        problems.push(
            Diagnostic::error("config", format!("vars-file: {value} is outside the folder of this file"))
                .at(span, "")
                .with_help("move it into this folder, or name it with a flag: --vars-file FILE"),
        );
    }
}

fn read_table(
    table: &DeTable<'_>,
    id: SourceId,
    folder: Option<&Path>,
    entries: &mut BTreeMap<String, Entry>,
    problems: &mut Vec<Diagnostic>,
) {
    let mut keys = keys();
    keys.retain(|key| !NOT_IN_A_FILE.contains(&key.as_str()));
    for (key, value) in table.iter() {
        let place = Span::new(id, key.span().start, value.span().end);
        let name = key.get_ref().as_ref();
        if name == PROFILES && value.get_ref().is_table() {
            continue;
        }
        if NOT_IN_A_FILE.contains(&name) {
            problems.push(
                Diagnostic::error("config", format!("a {FILE} cannot set {name}: it would trust itself"))
                    .at(place, "")
                    .with_help(
                        "--trust PATH, SEQCHECK_TRUST=PATH, or `trust` in your own config.toml (docs/security.md)",
                    ),
            );
            continue;
        }
        if !keys.iter().any(|known| known == name) {
            let at = Span::new(id, key.span().start, key.span().end);
            let problem = Diagnostic::error("config", format!("there is no setting {name}")).at(at, "");
            problems.push(match nearest(name, keys.iter().map(String::as_str)) {
                Some(near) => problem.with_help(format!("did you mean {near}?")).with_edit(at, near),
                None => problem.with_help(format!("the settings are {}", keys.join(", "))),
            });
            continue;
        }
        match words(value.get_ref()) {
            Some(mut values) => {
                if let Some(folder) = folder.filter(|_| PATHS.contains(&name)) {
                    values.iter_mut().for_each(|value| *value = from_there(folder, name, value));
                }
                entries.insert(name.to_owned(), Entry { values, place: Place::File(place) });
            }
            None => problems.push(
                Diagnostic::error("config", format!("{name} cannot be a {}", value.get_ref().type_str()))
                    .at(place, "")
                    .with_help("a setting is a text, a number, true or false, a list of these, or a table of names"),
            ),
        }
    }
}

/// The path, or paths, in a value of a configuration file in a folder above.
fn from_there(folder: &Path, key: &str, value: &str) -> String {
    let whole = |path: &str| folder.join(path).display().to_string();
    match key {
        // A name without a slash or an extension is a built-in one.
        "binding" if Path::new(value).extension().is_none() && Path::new(value).components().count() == 1 => {
            value.to_owned()
        }
        "client-cert" => value.split(',').map(whole).collect::<Vec<_>>().join(","),
        "report" => match value.split_once('=') {
            Some((format, path)) => format!("{format}={}", whole(path)),
            None => value.to_owned(),
        },
        _ => whole(value),
    }
}

/// A value as it would stand behind its flag, once for each member of a list or table.
fn words(value: &DeValue<'_>) -> Option<Vec<String>> {
    match value {
        DeValue::Boolean(true) => Some(vec![String::new()]),
        DeValue::Boolean(false) => Some(Vec::new()),
        DeValue::Array(list) => list.iter().map(|value| word(value.get_ref())).collect(),
        DeValue::Table(table) => {
            table.iter().map(|(name, value)| Some(format!("{}={}", name.get_ref(), word(value.get_ref())?))).collect()
        }
        DeValue::String(_) | DeValue::Integer(_) | DeValue::Float(_) | DeValue::Datetime(_) => {
            word(value).map(|word| vec![word])
        }
    }
}

fn word(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => Some(number.as_str().to_owned()),
        DeValue::Float(number) => Some(number.as_str().to_owned()),
        DeValue::Boolean(_) | DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn read(file: &str, vars: &[(&str, &str)]) -> Result<super::super::settings::Settings, Vec<String>> {
        let folder = tempfile::tempdir().expect("a folder to write in");
        std::fs::write(folder.path().join(FILE), file).expect("can be written");
        let inner = folder.path().join("inner");
        std::fs::create_dir(&inner).expect("can be made");
        let vars = vars.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
        let world = World { vars, ..World::empty(inner) };
        let mut sources = Sources::new();
        below(&world, &mut sources).map(|layer| layer.settings).map_err(|problems| {
            problems
                .iter()
                .map(|problem| {
                    let line = problem.primary().map(|span| sources.position(span).line);
                    let line = line.map_or_else(String::new, |line| format!("line {line}: "));
                    format!("{line}{} ({})", problem.message, problem.help.join("; "))
                })
                .collect()
        })
    }

    #[test]
    fn the_nearest_file_above_is_read_and_variables_go_before_it() {
        let file = "timeout = '2s'\nseed = 7\nfail-fast = true\nquiet = true\n[var]\nroom = 'general'\n";
        let settings = read(file, &[("SEQCHECK_SEED", "8"), ("SEQCHECK_FAIL_FAST", "false"), ("SEQCHECKER", "x")]);
        let settings = settings.expect("all is well");
        assert_eq!(settings.timeout, Some(Duration::from_secs(2)));
        assert_eq!(settings.seed, Some(8));
        assert!(!settings.fail_fast && settings.quiet);
        assert_eq!(settings.var, [("room".to_owned(), "general".to_owned())]);
    }

    #[test]
    fn a_path_is_relative_to_the_file_that_says_it() {
        let settings = read("binding = 'wire/mine.toml'\nout = 'out'\n", &[]).expect("all is well");
        let binding = settings.binding.expect("set");
        assert!(Path::new(&binding).is_absolute() && binding.ends_with("wire/mine.toml"), "{binding}");
        assert_eq!(read("binding = 'chat'\n", &[]).expect("all is well").binding.as_deref(), Some("chat"));
    }

    #[test]
    fn every_problem_is_told_with_its_line_and_the_way_out() {
        let file = "timeot = '2s'\nsettle = 'soon'\nreport = 1979-05-27\nnet = 'udp'\n";
        let problems = read(file, &[("SEQCHECK_JOBS", "none"), ("SEQCHECK_TIMEOT", "3s")]).expect_err("wrong");
        insta::with_settings!({ snapshot_path => "../../snapshots/cli", prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(problems.join("\n"));
        });
    }

    #[test]
    fn what_is_not_toml_is_told_with_its_line() {
        let problems = read("seed = 1\ntimeout = = 2\n", &[]).expect_err("wrong");
        insta::with_settings!({ snapshot_path => "../../snapshots/cli", prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(problems.join("\n"));
        });
    }
}
