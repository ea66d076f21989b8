//! `--target` and `--ready`: which server is tested.

use super::settings::{Net, Settings};
use super::world::World;
#[cfg(feature = "tcp")]
use crate::net::{Proxies, TlsOptions};
#[cfg(feature = "tcp")]
use crate::process::Listener;
use crate::run::Target;
use crate::run::launch::Speaks;
#[cfg(feature = "tcp")]
use crate::run::launch::{Launch, Readiness};
use crate::source::Diagnostic;

/// One `--target`.
#[derive(Clone, Debug)]
pub struct Named {
    /// The lifeline it is for; none is every dialled one.
    pub lifeline: Option<String>,
    /// The server.
    pub target: Target,
}

/// What a target begins with that is a command, and what its server speaks on its port.
const COMMANDS: [(&str, Speaks); 3] =
    [("cmd:", Speaks::WebSocket), ("cmd+tcp:", Speaks::Tcp), (OVER_HTTP, Speaks::Http)];
/// What may have a path in front of its colon: `cmd+http/mcp:`.
const OVER_HTTP: &str = "cmd+http:";
/// What a target begins with that is a command which is spoken with over its standard streams.
const STDIO: &str = "stdio:";

/// Whether a target is a program that is to be run.
pub(super) fn is_program(target: &str) -> bool {
    launched(target).is_some() || target.starts_with(STDIO)
}

/// A command that starts a server on a port: what it begins with, what the server speaks and at which path, and the rest.
fn launched(target: &str) -> Option<(&str, Speaks, &str, &str)> {
    let plain = COMMANDS.into_iter();
    let plain = plain.filter_map(|(word, speaks)| Some((word, speaks, "", target.strip_prefix(word)?.trim())));
    let (word, rest) = (OVER_HTTP.trim_end_matches(':'), target.split_once(':'));
    let with_path = rest.and_then(|(before, rest)| {
        let path = before.strip_prefix(word)?;
        let word = &target[..=before.len()];
        path.starts_with('/').then_some((word, Speaks::Http, path.trim_end_matches('/'), rest.trim()))
    });
    plain.chain(with_path).next()
}

/// The servers that the settings name; none is the built-in one.
pub fn named(settings: &Settings, world: &World) -> Result<Vec<Named>, Vec<Diagnostic>> {
    let mut problems = Vec::new();
    let mut targets = Vec::new();
    for text in &settings.target {
        let (lifeline, text) = split(text);
        match target(text, settings, world) {
            Ok(target) => {
                for secret in target.credentials() {
                    world.out.hide(secret);
                    world.err.hide(secret);
                }
                targets.push(Named { lifeline: lifeline.map(str::to_owned), target });
            }
            Err(problem) => problems.push(problem),
        }
    }
    if cfg!(not(feature = "tcp")) && settings.net == Some(Net::Tcp) {
        let problem = Diagnostic::error("usage", "this build has no TCP, so it cannot play over TCP");
        problems.push(problem.with_help("leave --net out to play in memory"));
    }
    let anonymous = targets.iter().filter(|target| target.lifeline.is_none()).count();
    if anonymous > 1 {
        problems.push(
            Diagnostic::error("target", format!("there are {anonymous} targets without the name of a lifeline"))
                .with_help("name the lifeline of each: --target Server=ws://…"),
        );
    }
    if settings.ready.is_some() && !settings.target.iter().any(|text| launched(split(text).1).is_some()) {
        problems.push(
            Diagnostic::error("target", "--ready is for a launched server, but no server is launched")
                .with_help("a launched server is --target 'cmd: COMMAND'"),
        );
    }
    if problems.is_empty() { Ok(targets) } else { Err(problems) }
}

#[cfg(feature = "tcp")]
fn target(text: &str, settings: &Settings, world: &World) -> Result<Target, Diagnostic> {
    let tls = tls(settings, world)?;
    let proxies = Proxies::from_environment(|name| world.vars.get(name).map(String::as_str)).map_err(|why| {
        Diagnostic::error("target", why).with_help("unset the variable, or name this host in no_proxy")
    })?;
    let target = address(text, settings, world)?.proxies(proxies);
    if tls == TlsOptions::default() { Ok(target) } else { target.tls(tls) }
}

/// Without TCP nothing is outside this process.
#[cfg(not(feature = "tcp"))]
fn target(text: &str, _: &Settings, _: &World) -> Result<Target, Diagnostic> {
    let problem = format!("this build has no TCP, so it cannot play against `{text}`");
    Err(Diagnostic::error("target", problem).with_help("leave --target out to play against the built-in server"))
}

/// Whom to trust, and who to be.
#[cfg(feature = "tcp")]
fn tls(settings: &Settings, world: &World) -> Result<TlsOptions, Diagnostic> {
    let at = |path: &str| world.locate(path.as_ref());
    Ok(TlsOptions {
        authorities: settings.cacert.iter().map(|path| world.locate(path)).collect(),
        client: settings.client_cert.as_deref().map(|files| match files.split_once(',') {
            Some((chain, key)) => (at(chain), at(key)),
            None => (at(files), at(files)),
        }),
        insecure: settings.insecure,
    })
}

#[cfg(feature = "tcp")]
fn address(text: &str, settings: &Settings, world: &World) -> Result<Target, Diagnostic> {
    let launch = |command: &str| {
        // Whatever it prints is another program's: a mark in front says so.
        let listener = settings.no_capture.then(|| {
            let err = world.err.aside();
            Listener::new(move |line| err.line(&format!("server | {line}")))
        });
        let (folder, guard) = (settings.target_folder.clone(), world.guard.clone());
        Launch { folder, guard, listener, ..Launch::new(command) }
    };
    let nothing = |word: &str, example: &str| {
        Diagnostic::error("target", format!("the target `{word}` has no command"))
            .with_help(format!("write the command after it: --target '{word} {example}'"))
    };
    if let Some(command) = text.strip_prefix(STDIO).map(str::trim) {
        return match command {
            "" => Err(nothing(STDIO, "node server.js")),
            command => Ok(Target::spoken(launch(command))),
        };
    }
    match launched(text) {
        None => Target::url(text),
        Some((word, _, _, "")) => Err(nothing(word, "node server.js --port {port}")),
        Some((word, speaks, path, command)) => {
            let readiness = settings.ready.as_deref().map_or(Ok(Readiness::Port), Readiness::parse)?;
            // Nobody else knows the port: such a server would never be ready.
            if readiness == Readiness::Port && !command.contains("{port}") {
                let example = format!("--target '{word} {command} --port {{port}}'");
                let problem = format!("the command `{command}` has no {{port}}, so its server cannot be found");
                return Err(Diagnostic::error("target", problem)
                    .with_help(format!("pass the port to the command, in the way that it accepts: {example}"))
                    .with_help(format!("or as a variable: --target '{word} PORT={{port}} {command}'"))
                    .with_help(
                        "or, if the binding contains a fixed address, define when the server is ready: --ready 8080",
                    )
                    .with_help(format!("or, if the server uses its standard streams: --target '{STDIO} {command}'")));
            }
            let path = path.to_owned();
            Ok(Target::launched(Launch { readiness, speaks, path, ..launch(command) }))
        }
    }
}

/// `Server=ws://…`: a name and a target. An address or a command may hold an `=` too, but only behind a colon.
pub(super) fn split(text: &str) -> (Option<&str>, &str) {
    match text.split_once('=') {
        Some((name, rest)) if !name.contains(':') && !name.trim().is_empty() => (Some(name.trim()), rest.trim()),
        Some(_) | None => (None, text.trim()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(targets: &[&str], ready: Option<&str>) -> Result<Vec<(Option<String>, String)>, Vec<String>> {
        let settings = Settings {
            target: targets.iter().map(|&text| text.to_owned()).collect(),
            ready: ready.map(str::to_owned),
            ..Settings::default()
        };
        named(&settings, &World::empty(".".into()))
            .map(|all| all.into_iter().map(|each| (each.lifeline, each.target.name())).collect())
            .map_err(|problems| problems.into_iter().map(|problem| problem.message).collect())
    }

    #[test]
    fn a_target_is_an_address_or_a_command_and_may_have_a_name() {
        assert_eq!(names(&["ws://127.0.0.1:1/?a=b"], None).expect("fine")[0].0, None);
        let all = names(&["Chat Server=ws://127.0.0.1:1", "Push=cmd: A=1 serve --port={port}"], Some("8080"));
        let all = all.expect("fine");
        assert_eq!(all[0], (Some("Chat Server".to_owned()), "ws://127.0.0.1:1".to_owned()));
        assert_eq!(all[1].0.as_deref(), Some("Push"));
        assert!(all[1].1.contains("A=1 serve --port={port}"), "{all:?}");
    }

    /// Whose path stands in front of the colon: behind it is the shell's.
    #[test]
    fn a_command_may_speak_http_at_a_path() {
        for (text, path, command) in [
            ("cmd+http: serve {port}", "", "serve {port}"),
            ("cmd+http/mcp: serve {port}", "/mcp", "serve {port}"),
            ("cmd+http/a/b/: A=x:y serve", "/a/b", "A=x:y serve"),
        ] {
            let (_, speaks, at, rest) = launched(text).expect("a command");
            assert_eq!((speaks, at, rest), (Speaks::Http, path, command), "{text}");
        }
        assert!(launched("cmd+httpx: serve").is_none() && launched("cmd+http/mcp").is_none());
        let settings = |text: &str| Settings { target: vec![text.to_owned()], ..Settings::default() };
        let target = |text: &str| named(&settings(text), &World::empty(".".into())).map(|all| all[0].target.is_http());
        assert!(target("cmd+http/mcp: serve {port}").expect("fine"));
        assert!(!target("cmd: serve {port}").expect("fine"));
        let problems = target("cmd+http/mcp:").expect_err("no command");
        assert!(problems[0].message.contains("`cmd+http/mcp:` has no command"), "{problems:?}");
    }

    #[test]
    fn every_problem_is_told() {
        let problems = names(&["ftp://a", "cmd: ", "8080"], Some("80")).expect_err("wrong");
        assert_eq!(problems.len(), 3, "{problems:?}");
        let problems = names(&["ws://a", "ws://b"], Some("80")).expect_err("wrong");
        assert!(
            problems[0].contains("without the name of a lifeline") && problems[1].contains("no server is launched"),
            "{problems:?}"
        );
    }
}
