//! What the documentation says of a lint, made from the very table that the code uses.

use super::Lint;

/// The head of `docs/lints.md`.
pub const LINTS_HEAD: &str = "# Lints: checks before a run\n\n\
    `seqcheck lint FILE…` reads a diagram as a run would play it. It finds promises that no server or client can keep, and \
    parts that cannot be played as drawn. `seqcheck check` shows the errors among these findings before it plays, and the \
    warnings that concern a finding.\n\n\
    `--deny CODE` makes a finding an error (`--deny warnings` all warnings), `--allow CODE` hides it. Both may be set in \
    `seqcheck.toml` (`deny = [\"SQ101\"]`). `#@ allow SQ104 REASON` above an arrow or fragment accepts the findings there. \
    `--fix` corrects everything that can be corrected without a change of what a run checks. Errors end the command with 1.\n\n\
    A test lints every example below. This page is generated from the code.\n\n";

/// An example and what is printed about it.
#[derive(Clone, Debug)]
pub struct Samples {
    /// A diagram that has the finding.
    pub has: String,
    /// The same as text pictures.
    pub picture: String,
    /// What lint prints.
    pub output: String,
    /// Whether it passes when it is played: what does not is left out where the page is played.
    pub plays: bool,
    /// A near twin that has not.
    pub twin: String,
}

/// The row of a lint in the table.
pub fn row(lint: &Lint) -> String {
    let page = lint.code.to_lowercase();
    format!("| [{}](explain/{page}.md) | {} | {} | {} |\n", lint.code, lint.name, lint.severity.word(), lint.about)
}

/// The page of a lint.
pub fn page(lint: &Lint, samples: &Samples) -> String {
    let block = |kind: &str, text: &str| format!("```{kind}\n{}\n```\n", text.trim_end());
    let skip = format!("<!-- seqcheck: skip it shows what {} finds -->\n", lint.code);
    let skip = if samples.plays { "" } else { &*skip };
    format!(
        "# {}: {}\n\n{} ({}): {}.\n\n{}\n\n## Example\n\n{skip}{}\n{}\n{}\n## The same without it\n\n{}\n## In theory\n\n{}\n",
        lint.code,
        lint.about,
        lint.name,
        lint.severity.word(),
        lint.about,
        lint.why,
        block("seq", &samples.has),
        block("text", &samples.picture),
        block("text", &samples.output),
        block("seq", &samples.twin),
        lint.theory,
    )
}
