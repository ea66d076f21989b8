//! The addresses at which lifelines listen, in the words of commands that dial them.

use super::mock::Listens;
use crate::source::{Diagnostic, nearest};

fn port_of(url: &str) -> &str {
    url.rsplit(':').next().unwrap_or_default()
}

fn http(url: &str) -> String {
    url.replacen("ws://", "http://", 1)
}

/// Whether a command asks for an address at which a lifeline listens.
pub(super) fn asks(command: &str) -> bool {
    ["{url}", "{url.", "{port."].iter().any(|hole| command.contains(hole))
}

/// What stands against a command that asks for an address that nobody has; `names` are those who listen.
pub(super) fn unknown(command: &str, names: &[&str]) -> Option<Diagnostic> {
    let holes = command.match_indices('{').filter_map(|(at, _)| command[at + 1..].split_once('}'));
    let asked = holes.filter_map(|(hole, _)| Some((hole, asked(hole)?)));
    let known = |hole: &str, name: &str| if is_first(hole) { !names.is_empty() } else { names.contains(&name) };
    let (hole, name) = asked.into_iter().find(|(hole, name)| !known(hole, name))?;
    let problem = Diagnostic::error("usage", format!("`{command}` needs {{{hole}}}, but no lifeline has this address"));
    if names.is_empty() {
        return Some(
            problem
                .with_help("no lifeline listens in this run: remove it, or let seqcheck play one with seqcheck mock"),
        );
    }
    let problem = match nearest(name, names.iter().copied()) {
        Some(near) => problem.with_help(format!("did you mean {{{}{near}}}?", &hole[..hole.len() - name.len()])),
        None => problem,
    };
    Some(problem.with_help(format!("these listen: {}", names.join(", "))))
}

/// Whether a hole of a command stands for the address of whoever is the first that listens.
fn is_first(hole: &str) -> bool {
    matches!(hole, "url" | "url.http")
}

/// Whose address a hole of a command stands for: a name, nothing for the first; none where it stands for no address.
fn asked(hole: &str) -> Option<&str> {
    let named = || ["url.http.", "url.", "port."].iter().find_map(|kind| hole.strip_prefix(kind));
    if is_first(hole) { Some("") } else { named() }
}

/// A command with these addresses. `{port}` is left: it is the own one of a command that listens itself.
pub(super) fn filled(command: &str, all: &[Listens]) -> String {
    let mut command = command.to_owned();
    for Listens { name, url } in all {
        command = command.replace(&format!("{{url.http.{name}}}"), &http(url));
        command = command.replace(&format!("{{url.{name}}}"), url);
        command = command.replace(&format!("{{port.{name}}}"), port_of(url));
    }
    match all.first() {
        Some(Listens { url, .. }) => command.replace("{url.http}", &http(url)).replace("{url}", url),
        None => command,
    }
}

/// The same of a command that only dials: `{port}` is that of the address.
pub(super) fn dialling(command: &str, all: &[Listens]) -> String {
    let command = filled(command, all);
    match all.first() {
        Some(Listens { url, .. }) => command.replace("{port}", port_of(url)),
        None => command,
    }
}

/// The same in the environment of a program.
pub(super) fn environment(all: &[Listens]) -> Vec<(String, String)> {
    let name = |name: &str| {
        let letters = name.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '_' });
        format!("SEQCHECK_URL_{}", letters.collect::<String>().to_ascii_uppercase())
    };
    let first = all.first().map(|first| ("SEQCHECK_URL".to_owned(), first.url.clone()));
    first.into_iter().chain(all.iter().map(|listens| (name(&listens.name), listens.url.clone()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(command: &str, names: &[&str]) -> String {
        unknown(command, names)
            .map_or_else(String::new, |problem| crate::source::render_plain(&problem, &crate::source::Sources::new()))
    }

    #[test]
    fn an_address_that_nobody_has_is_told_with_who_was_meant() {
        let names = ["Login", "Chat Room"];
        for fine in
            ["{url}", "{port}", "{url.http} {url.Login}", "{url.http.Chat Room}{port.Chat Room}", "{urls} {", "{url."]
        {
            assert_eq!(told(fine, &names), "", "{fine}");
        }
        for (wrong, near) in [
            ("x {url.Loign}", "did you mean {url.Login}?"),
            ("{url.http.login}", "did you mean {url.http.Login}?"),
            ("{port.ChatRoom}", "did you mean {port.Chat Room}?"),
            ("{url.Server}", "these listen: Login, Chat Room"),
            ("{port.}{url.}", "these listen"),
        ] {
            let told = told(wrong, &names);
            assert!(told.contains(near) && told.contains("these listen: Login, Chat Room"), "{wrong}: {told}");
        }
        assert!(told("cmd {url}", &[]).contains("no lifeline listens in this run"));
    }

    #[test]
    fn a_command_is_told_the_addresses() {
        let listens = |name: &str, url: &str| Listens { name: name.to_owned(), url: url.to_owned() };
        let all = [listens("A", "ws://h:1"), listens("B b", "ws://h:2")];
        assert_eq!(dialling("{url} {url.http} {port} {url.B b} {port.B b}", &all), "ws://h:1 http://h:1 1 ws://h:2 2");
        assert_eq!(filled("{port} {url.http.B b}", &all), "{port} http://h:2");
    }
}
