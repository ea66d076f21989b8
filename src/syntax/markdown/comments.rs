//! `<!-- seqcheck: … -->`, in MDX `{/* seqcheck: … */}`: a directive in a comment before a fence.

use super::Flavour;
use crate::diagram::Setting;
use crate::source::{Diagnostic, Span};
use crate::syntax::directives::{self, DIRECTIVE, Read};

/// What the comments in a piece of HTML say.
pub(super) fn html(html: &str) -> impl Iterator<Item = &str> {
    let mut rest = html;
    std::iter::from_fn(move || {
        let (_, behind) = rest.split_once("<!--")?;
        let (said, behind) = behind.split_once("-->")?;
        rest = behind;
        Some(said)
    })
}

/// What a comment says: directives that hold for the block below.
pub(super) fn read(
    said: &str,
    at: Span,
    flavour: Flavour,
    settings: &mut Vec<Setting>,
    problems: &mut Vec<Diagnostic>,
) {
    let Some((_, said)) = said.split_once(':').filter(|(word, _)| word.trim().eq_ignore_ascii_case("seqcheck")) else {
        return;
    };
    if said.trim().is_empty() {
        let error = Diagnostic::error(DIRECTIVE, "seqcheck does not know this comment").at(at, "");
        problems.push(error.with_help(flavour.comment("seqcheck: skip REASON")));
    }
    for said in said.split([';', '\n']).map(str::trim).filter(|said| !said.is_empty()) {
        match directives::read(&spelled_out(said), at) {
            Ok(Read::Setting(setting)) => settings.push(setting),
            Ok(Read::Body(_)) => problems.push(
                Diagnostic::error(
                    DIRECTIVE,
                    format!("`{said}` applies to a place in a diagram, not to a whole diagram"),
                )
                .at(at, "")
                .with_help("write it in the diagram, above the arrow to which it applies"),
            ),
            Err(problem) => problems.push(problem),
        }
    }
}

/// `binding=chat` as the directive `binding chat`; `var x = 1` and `tags a, b` are that already. Beside
/// a fence `skip` needs no reason: the page around it says what the diagram is for.
fn spelled_out(said: &str) -> String {
    if said.eq_ignore_ascii_case("skip") {
        return "skip as the page says".to_owned();
    }
    let end = said.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(said.len());
    match said[end..].trim_start().strip_prefix('=') {
        Some(value) if !said[..end].eq_ignore_ascii_case("var") => format!("{} {}", &said[..end], value.trim()),
        _ => said.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Flavour, html, read};
    use crate::diagram::Setting;
    use crate::source::Span;

    fn said(text: &str) -> (Vec<Setting>, Vec<String>) {
        let (mut settings, mut problems) = (Vec::new(), Vec::new());
        html(text).for_each(|said| read(said, Span::default(), Flavour::Markdown, &mut settings, &mut problems));
        (settings, problems.into_iter().map(|problem| problem.message).collect())
    }

    #[test]
    fn comments_are_directives_in_either_spelling() {
        let at = Span::default();
        let binding = || Setting::Binding("chat".to_owned(), at);
        for html in
            ["<!-- seqcheck: binding=chat -->", "<!--seqcheck:binding chat-->", "<!-- SeqCheck: binding = chat -->"]
        {
            assert_eq!(said(html), (vec![binding()], vec![]), "{html}");
        }
        let (settings, problems) = said("<!-- seqcheck: skip not yet; binding=chat\n tags=a,b --> <!-- other -->");
        assert_eq!(settings.len(), 3, "{settings:?}");
        assert_eq!(settings[0], Setting::Skip("not yet".to_owned(), at));
        assert!(problems.is_empty(), "{problems:?}");
        assert_eq!(said("<!-- nothing to see: here -->"), (vec![], vec![]));
    }

    #[test]
    fn what_is_no_setting_is_a_problem() {
        for html in ["<!-- seqcheck: -->", "<!-- seqcheck: never -->", "<!-- seqcheck: bindign=chat -->"] {
            let (settings, problems) = said(html);
            assert!(settings.is_empty() && problems.len() == 1, "{html}: {settings:?} {problems:?}");
        }
    }
}
