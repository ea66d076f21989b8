use super::Binding;
use super::load::Origin;
use crate::source::{Source, Sources, render_plain};
use std::sync::{Arc, LazyLock};

/// A binding that is compiled in: name, text, and the binding once it has been asked for.
struct Builtin {
    name: &'static str,
    text: &'static str,
    binding: LazyLock<Arc<Binding>>,
}

macro_rules! builtin {
    ($($name:literal),* $(,)?) => {
        [$(Builtin {
            name: $name,
            text: include_str!(concat!("../../../bindings/", $name, ".toml")),
            binding: LazyLock::new(|| read($name, include_str!(concat!("../../../bindings/", $name, ".toml")))),
        }),*]
    };
}

/// All of them, in alphabetical order.
static BUILTIN: [Builtin; 14] = builtin![
    "acp",
    "chat",
    "graphql-ws",
    "irc",
    "mcp",
    "mqtt",
    "nats",
    "nchan",
    "redis",
    "sharedb",
    "socketio",
    "stomp",
    "tomcat-chat",
    "xmpp"
];

/// The names of the bindings that are compiled in, in alphabetical order.
pub fn builtin_names() -> impl Iterator<Item = &'static str> {
    BUILTIN.iter().map(|builtin| builtin.name)
}

impl Binding {
    /// A binding that is compiled in; none where there is none of this name.
    pub fn builtin(name: &str) -> Option<Arc<Binding>> {
        let builtin = BUILTIN.iter().find(|builtin| builtin.name == name)?;
        Some(builtin.binding.clone())
    }

    /// The text of a binding that is compiled in.
    pub fn builtin_text(name: &str) -> Option<&'static str> {
        BUILTIN.iter().find(|builtin| builtin.name == name).map(|builtin| builtin.text)
    }
}

pub(super) fn read(name: &str, text: &str) -> Arc<Binding> {
    let mut sources = Sources::new();
    let id = sources.add(Source::new(format!("<built-in {name}>"), text));
    match Binding::parse_of(&mut sources, id, Origin::BuiltIn) {
        Ok(binding) => Arc::new(binding),
        // These files are part of the program, and a test reads each: a problem in one is a bug, not an input.
        Err(problems) => {
            let lines: Vec<String> = problems.iter().map(|problem| render_plain(problem, &sources)).collect();
            unreachable!("the built-in binding {name} is broken:\n{}", lines.join("\n"))
        }
    }
}
