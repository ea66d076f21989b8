//! `seqcheck list [KIND]`: what there is, from the very tables that the code uses.

use crate::cli::args::List;
use crate::cli::{Exit, Language, Refusal, World};
use crate::diagram::OrderMode;
use crate::oracle::Class;
use crate::report::Format;
use crate::server::{self, Deviation};
use crate::source::{Diagnostic, nearest};
use crate::wire::{Binding, builtin_names};

/// One list.
struct Kind {
    name: &'static str,
    about: &'static str,
    /// Its members: name and what is to be said of it, which may be nothing.
    rows: fn() -> Vec<(String, String)>,
}

const KINDS: [Kind; 10] = [
    Kind { name: "bindings", about: "built-in bindings; with a name, its file", rows: bindings },
    Kind { name: "classes", about: "the classes of findings", rows: classes },
    Kind { name: "dialects", about: "languages of diagrams, by file extension", rows: dialects },
    Kind { name: "exit-codes", about: "exit codes of the command", rows: exit_codes },
    Kind { name: "formats", about: "forms of a report: --report FORMAT", rows: formats },
    Kind {
        name: "legal-variants",
        about: "unusual but allowed behaviour of the built-in server: --legal NAME",
        rows: legal,
    },
    Kind { name: "lints", about: "checks before a run: --deny CODE, --allow CODE", rows: lints },
    Kind { name: "mutants", about: "faults of the built-in server: --mutant NAME", rows: mutants },
    Kind { name: "orders", about: "when the simulated clients send: --order NAME", rows: orders },
    Kind { name: "schemas", about: "JSON Schemas of files, for editors; with a name, the schema", rows: schemas },
];

/// The schemas: what each is of, and its text.
const SCHEMAS: [(&str, &str, &str); 3] = [
    ("binding", "a binding", include_str!("../../../docs/schema/binding.json")),
    ("config", "seqcheck.toml", include_str!("../../../docs/schema/config.json")),
    ("report", "a report as JSON", include_str!("../../../docs/schema/report.json")),
];

/// Prints a list, or the list of lists.
pub fn run(args: &List, world: &mut World) -> Result<Exit, Refusal> {
    let rows = match &args.kind {
        None => KINDS.iter().map(|kind| (kind.name.to_owned(), kind.about.to_owned())).collect(),
        Some(word) => {
            let kind = find(word)?;
            if let Some(name) = &args.name {
                return member(kind, name, world);
            }
            (kind.rows)()
        }
    };
    let width = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    for (name, about) in rows {
        world.out.line(format!("{name:width$}  {about}").trim_end());
    }
    Ok(Exit::Pass)
}

/// One member in full: the text of a binding or of a schema, the line of anything else.
fn member(kind: &Kind, name: &str, world: &mut World) -> Result<Exit, Refusal> {
    if let Some(text) = Binding::builtin_text(name).filter(|_| kind.name == "bindings") {
        world.out.write(text);
        return Ok(Exit::Pass);
    }
    let schema = SCHEMAS.iter().find(|(known, ..)| *known == name && kind.name == "schemas");
    if let Some((_, _, text)) = schema {
        world.out.write(text);
        return Ok(Exit::Pass);
    }
    let rows = (kind.rows)();
    let is_meant = |known: &str| known.split_whitespace().any(|word| word.eq_ignore_ascii_case(name)) || known == name;
    match rows.iter().find(|(known, _)| is_meant(known)) {
        Some((known, about)) => {
            world.out.line(&format!("{known}  {about}"));
            Ok(Exit::Pass)
        }
        None => Err(Diagnostic::error("usage", format!("{name} is not one of the {}", kind.name))
            .with_help(format!("seqcheck list {} shows them all", kind.name))
            .into()),
    }
}

fn find(word: &str) -> Result<&'static Kind, Refusal> {
    let wanted = word.to_lowercase();
    KINDS.iter().find(|kind| kind.name == wanted || kind.name.strip_suffix('s') == Some(&wanted)).ok_or_else(|| {
        let problem = Diagnostic::error("usage", format!("there is no list of {word}"));
        let names = KINDS.map(|kind| kind.name);
        match nearest(&wanted, names.into_iter()) {
            Some(near) => problem.with_help(format!("did you mean {near}?")),
            None => problem.with_help(format!("the lists are {}", names.join(", "))),
        }
        .into()
    })
}

fn classes() -> Vec<(String, String)> {
    Class::ALL.map(|(class, word)| (word.to_owned(), crate::cli::pages::of_class(class).summary().to_owned())).to_vec()
}

fn dialects() -> Vec<(String, String)> {
    let dotted = |extensions: Vec<&str>| extensions.iter().map(|each| format!(".{each}")).collect::<Vec<_>>().join(" ");
    Language::table().into_iter().map(|(name, extensions)| (name.to_owned(), dotted(extensions))).collect()
}

fn exit_codes() -> Vec<(String, String)> {
    Exit::ALL.map(|(exit, name, meaning)| (exit.code().to_string(), format!("{name}: {meaning}"))).to_vec()
}

fn bindings() -> Vec<(String, String)> {
    let about = |name| Binding::builtin(name).map(|binding| binding.about().to_owned()).unwrap_or_default();
    builtin_names().map(|name| (name.to_owned(), about(name))).collect()
}

fn formats() -> Vec<(String, String)> {
    Format::ALL.iter().map(|(_, name, about)| ((*name).to_owned(), (*about).to_owned())).collect()
}

fn schemas() -> Vec<(String, String)> {
    SCHEMAS.map(|(name, about, _)| (name.to_owned(), about.to_owned())).to_vec()
}

fn legal() -> Vec<(String, String)> {
    deviations(server::legal::ALL)
}

fn lints() -> Vec<(String, String)> {
    let about = |lint: &crate::lint::Lint| format!("{:7}  {}: {}", lint.severity.word(), lint.name, lint.about);
    crate::lint::ALL.map(|lint| (lint.code.to_owned(), about(lint))).to_vec()
}

fn mutants() -> Vec<(String, String)> {
    deviations(server::mutants::ALL)
}

fn deviations(all: &[&Deviation]) -> Vec<(String, String)> {
    let width = all.iter().map(|row| row.name.len()).max().unwrap_or(0);
    all.iter().map(|row| (format!("{} {:width$}", row.id, row.name), row.about.to_owned())).collect()
}

fn orders() -> Vec<(String, String)> {
    let about = |mode| match mode {
        OrderMode::Diagram => "when everything that is drawn above on the tested lifeline has happened",
        OrderMode::Local => "when the own events of the client above have happened",
        OrderMode::Burst => "as fast as the connection allows",
    };
    OrderMode::ALL.map(|(mode, word)| (word.to_owned(), about(mode).to_owned())).to_vec()
}
