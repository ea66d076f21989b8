use crate::source::{Diagnostic, Span};
use std::fmt;

/// Why a label cannot be resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unresolved {
    /// No rule has this label.
    NoRule {
        /// The label.
        label: String,
        /// The nearest labels of this side, nearest first.
        nearest: Vec<String>,
        /// The label that the other side has for it.
        other_side: Option<String>,
        /// Whether a client says it.
        client: bool,
    },
    /// Two rules fit equally well.
    Tie {
        /// The label.
        label: String,
        /// Their labels.
        rules: [String; 2],
    },
    /// A hole of what is sent cannot get a value.
    NoValue {
        /// The label.
        label: String,
        /// The rule's label.
        rule: String,
        /// The hole.
        hole: String,
    },
    /// What a server is to say is nothing that is ever judged: an `[[ignore]]` takes it.
    Ignored {
        /// The label.
        label: String,
        /// The rule's label.
        rule: String,
    },
}

impl Unresolved {
    /// As a diagnostic at the label.
    pub fn diagnostic(&self, at: Span, binding: &str) -> Diagnostic {
        match self {
            Unresolved::NoRule { label, .. } if label.is_empty() => {
                Diagnostic::error("SQ118", "this arrow has no label, so its message is not known")
                    .at(at, "a label is missing")
                    .with_help("write it after a colon: A->B: label")
                    .with_help(format!("`seqcheck list bindings {binding}` shows the labels of its binding"))
            }
            Unresolved::NoRule { label, nearest, other_side, client } => {
                let side = if *client { "a client" } else { "a server" };
                let message = format!("the binding `{binding}` has no rule for `{label}` from {side}");
                let mut problem = Diagnostic::error("SQ118", message).at(at, "this label");
                if let Some(other) = other_side {
                    let other_word = if *client { "a server" } else { "a client" };
                    problem = problem
                        .with_help(format!("{other_word} sends `{other}`: does the arrow have the wrong direction?"));
                }
                if !nearest.is_empty() {
                    let list: Vec<String> = nearest.iter().map(|label| format!("`{label}`")).collect();
                    problem = problem.with_help(format!("the nearest are {}", list.join(", ")));
                }
                problem
            }
            Unresolved::Tie { label, rules: [first, second] } => {
                Diagnostic::error("SQ118", format!("two rules of the binding `{binding}` fit `{label}` equally well"))
                    .at(at, "this label")
                    .with_note(format!("they are `{first}` and `{second}`"))
                    .with_help(
                        "make one of their labels more literal in the binding, or narrow a hole (`{name:/[^ ]+/}`)",
                    )
            }
            Unresolved::NoValue { label, rule, hole } => {
                let problem =
                    Diagnostic::error("SQ118", format!("`{label}` cannot be sent: `{{{hole}}}` has no value"))
                        .at(at, "this label");
                // A value on the command line is no secret, as those of the environment are.
                if let Some(variable) = hole.strip_prefix("env.") {
                    return problem.with_note(format!("its rule is `{rule}` of the binding `{binding}`")).with_help(
                        format!("set `{variable}` in the environment of seqcheck, where it stays a secret"),
                    );
                }
                problem
                    .with_note(format!(
                        "its rule is `{rule}` of the binding `{binding}`, and no received frame has `{{{hole}}}`"
                    ))
                    .with_help(format!(
                        "set it: `--var {hole}=…`, `#@ var {hole} = …`, or `[vars]` in the binding; or, if the \
                         server sends it, name it in the rule of a frame that the client receives earlier"
                    ))
            }
            Unresolved::Ignored { label, rule } => {
                Diagnostic::error("SQ118", format!("the binding `{binding}` ignores every `{label}`"))
                    .at(at, "so this message could never be received")
                    .with_note(format!("its rule is `{rule}`, and an `[[ignore]]` matches every frame of this rule"))
                    .with_help("make the `[[ignore]]` more specific, so that it matches only the frames to ignore")
            }
        }
    }
}

impl fmt::Display for Unresolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unresolved::NoRule { label, nearest, .. } => {
                write!(f, "no rule for `{label}`")?;
                match nearest.first() {
                    Some(nearest) => write!(f, "; the nearest is `{nearest}`"),
                    None => Ok(()),
                }
            }
            Unresolved::Tie { label, rules: [first, second] } => {
                write!(f, "`{label}` fits both `{first}` and `{second}`")
            }
            Unresolved::Ignored { label, .. } => write!(f, "the binding ignores every `{label}`"),
            Unresolved::NoValue { hole, rule, .. } => write!(f, "`{{{hole}}}` of `{rule}` has no value"),
        }
    }
}

impl std::error::Error for Unresolved {}
