//! The pages that `seqcheck explain` prints: one Markdown file each in `docs/explain`, compiled in.
//!
//! The sections of `docs/troubleshooting.md` are pages as well, one for each kind of error, and `docs/exit-codes.md` is the page of
//! statuses and codes. `docs/verdicts.md` is the table of the others, made from this one (the test below keeps it so).

use super::Exit;
use crate::oracle::{Class, Reason};
use crate::report::Status;
use crate::syntax::Dialect;

/// A page.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// What `seqcheck explain` is asked for.
    pub code: &'static str,
    /// Markdown; the first line is `# CODE: summary`.
    pub text: &'static str,
}

impl Page {
    /// What it is about, in a line.
    pub fn summary(&self) -> &'static str {
        let first = self.text.lines().next().unwrap_or_default();
        first.split_once(": ").map_or(first, |(_, summary)| summary)
    }

    /// Whether directives stand in it, which each language writes in its own way.
    pub fn shows_directives(&self) -> bool {
        self.text.contains(Dialect::Native.facts().directive)
    }
}

/// How directives are written: pages show them as seq writes them.
pub fn directives() -> String {
    let [ours, others @ ..] = Dialect::ALL;
    let others = others.map(|facts| format!("in {} with `{}`", facts.name, facts.directive)).join(" and ");
    format!("A directive begins with `{}` here, as in {}; {others}.", ours.directive, ours.name)
}

macro_rules! page {
    ($code:literal, $file:literal) => {
        Page { code: $code, text: include_str!(concat!("../../docs/explain/", $file, ".md")) }
    };
}

/// What a finding of this class means.
pub fn of_class(class: Class) -> Page {
    match class {
        Class::Missing => page!("missing", "missing"),
        Class::Late => page!("late", "late"),
        Class::Early => page!("early", "early"),
        Class::Reordered => page!("reordered", "reordered"),
        Class::WrongPayload => page!("wrong-payload", "wrong-payload"),
        Class::Misrouted => page!("misrouted", "misrouted"),
        Class::Duplicate => page!("duplicate", "duplicate"),
        Class::Unexpected => page!("unexpected", "unexpected"),
        Class::Closed => page!("closed", "closed"),
    }
}

/// What a doubt for this reason means.
pub fn of_reason(reason: Reason) -> Page {
    match reason {
        Reason::Unconfirmed => page!("I1", "i1"),
        Reason::UnknownBranch => page!("I2", "i2"),
        Reason::Collision => page!("I3", "i3"),
        Reason::Gaps => page!("I4", "i4"),
    }
}

const REASONS: [Reason; 4] = [Reason::Unconfirmed, Reason::UnknownBranch, Reason::Collision, Reason::Gaps];

/// What a finding of lint means; made from `lint` by a test.
const LINTS: [Page; 21] = [
    page!("SQ101", "sq101"),
    page!("SQ102", "sq102"),
    page!("SQ103", "sq103"),
    page!("SQ104", "sq104"),
    page!("SQ105", "sq105"),
    page!("SQ106", "sq106"),
    page!("SQ107", "sq107"),
    page!("SQ108", "sq108"),
    page!("SQ109", "sq109"),
    page!("SQ110", "sq110"),
    page!("SQ111", "sq111"),
    page!("SQ112", "sq112"),
    page!("SQ113", "sq113"),
    page!("SQ114", "sq114"),
    page!("SQ115", "sq115"),
    page!("SQ116", "sq116"),
    page!("SQ117", "sq117"),
    page!("SQ118", "sq118"),
    page!("SQ119", "sq119"),
    page!("SQ120", "sq120"),
    page!("SQ121", "sq121"),
];

/// Every page of `docs/explain`.
pub fn all() -> Vec<Page> {
    verdicts()
}

/// What to do about each kind of error, by the word that messages print.
pub fn troubles() -> Vec<Page> {
    let text: &'static str = include_str!("../../docs/troubleshooting.md");
    let sections = text.split("\n## ").skip(1);
    sections.filter_map(|section| Some(Page { code: section.split_once(": ")?.0, text: section })).collect()
}

/// How the command ends: the page for `FAIL`, for `passed` and for `3`.
const EXITS: Page = Page { code: "exit-codes", text: include_str!("../../docs/exit-codes.md") };

/// The page of a word, as it is printed: a class, a reason, a lint, a kind of error, a status, an exit code.
pub fn of_word(word: &str) -> Option<Page> {
    // `error[binding]: …` and `FAIL  name` are pasted as they stand.
    let inside = word.split_once('[').and_then(|(_, rest)| rest.split_once(']')).map(|(inside, _)| inside);
    let word = inside.unwrap_or(word).trim().trim_end_matches(':').trim_start_matches(|c: char| !c.is_alphanumeric());
    let wanted = word.to_lowercase().replace([' ', '_'], "-");
    let named = |page: &Page| page.code.to_lowercase() == wanted;
    let is_exit = wanted == EXITS.code
        || Exit::ALL.iter().any(|(exit, name, _)| wanted == *name || wanted == exit.code().to_string())
        || Status::ALL.iter().any(|status| wanted == status.key() || wanted == status.word().to_lowercase())
        || Status::ALL.iter().any(|status| wanted == status.counted(2));
    let page = all().into_iter().chain(troubles()).find(named);
    page.or_else(|| is_exit.then_some(EXITS))
}

/// The terms of the glossary, each with its meaning.
pub fn terms() -> impl Iterator<Item = (&'static str, &'static str)> {
    let text: &'static str = include_str!("../../docs/glossary.md");
    let rows = text.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |")?.split_once(" | "));
    // The head of the table and the line below it are none.
    rows.filter(|(term, _)| !term.starts_with('-') && *term != "word")
}

/// A term of the glossary, and its meaning.
pub fn of_term(word: &str) -> Option<(&'static str, &'static str)> {
    let wanted = word.trim().to_lowercase();
    terms().find(|(term, _)| *term == wanted)
}

/// The pages of what a run can come to.
fn verdicts() -> Vec<Page> {
    let classes = Class::ALL.into_iter().map(|(class, _)| of_class(class));
    classes.chain(REASONS.into_iter().map(of_reason)).chain(LINTS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn table() -> String {
        let rows = |pages: Vec<Page>| -> String {
            let file = |page: &Page| page.code.to_lowercase();
            pages
                .iter()
                .map(|page| format!("| [{}](explain/{}.md) | {} |\n", page.code, file(page), page.summary()))
                .collect()
        };
        format!(
            "# Verdicts\n\n{}\n## What a server can be found to do wrong\n\n| class | meaning |\n| --- | --- |\n{}\n\
             ## Why a run can be inconclusive\n\n| reason | meaning |\n| --- | --- |\n{}\n## The pages\n{}",
            format_args!(
                "`seqcheck explain CODE` prints the page of a code. This page is made from those. {}\n",
                directives()
            ),
            rows(Class::ALL.map(|(class, _)| of_class(class)).to_vec()),
            rows(REASONS.map(of_reason).to_vec()),
            verdicts().iter().map(|page| format!("\n##{}", page.text)).collect::<String>(),
        )
    }

    #[test]
    fn every_page_begins_with_its_code() {
        for page in all() {
            assert!(page.text.starts_with(&format!("# {}: ", page.code)), "{} begins otherwise", page.code);
        }
        for (class, word) in Class::ALL {
            assert_eq!(Class::from_word(of_class(class).code), Some(class), "{word}");
        }
        for reason in REASONS {
            assert_eq!(of_reason(reason).code, reason.code());
        }
    }

    #[test]
    fn every_lint_has_a_page() {
        assert_eq!(LINTS.map(|page| page.code), crate::lint::ALL.map(|lint| lint.code));
        assert_eq!(LINTS.map(|page| page.summary()), crate::lint::ALL.map(|lint| lint.about));
    }

    #[test]
    fn the_table_in_docs_is_made_from_the_pages() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/verdicts.md");
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(&path, table()).expect("can be written");
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(kept == table(), "docs/verdicts.md is not current: run the tests with UPDATE_DOCS=1");
    }
}
