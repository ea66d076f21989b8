//! `seqcheck explain WORD`

use crate::cli::args::Explain;
use crate::cli::pages;
use crate::cli::{Exit, Refusal, World};
use crate::source::{Diagnostic, nearest};

/// Prints one page, or the list of all.
pub fn run(args: &Explain, world: &mut World) -> Result<Exit, Refusal> {
    let (pages, troubles) = (pages::all(), pages::troubles());
    if args.code.is_empty() {
        let width = pages.iter().chain(&troubles).map(|page| page.code.len()).max().unwrap_or(0);
        for page in pages.iter().chain(&troubles) {
            world.out.line(&format!("{:width$}  {}", page.code, page.summary()));
        }
        world.out.line("");
        world.out.line(&format!("terms: {}", pages::terms().map(|(term, _)| term).collect::<Vec<_>>().join(", ")));
        return Ok(Exit::Pass);
    }
    let word = args.code.join(" ");
    match pages::of_word(&word) {
        Some(page) => {
            // The kind of an error and a term may be one word: `binding`.
            if let Some((term, meaning)) = pages::of_term(&word) {
                world.out.write(&format!("{term}: {meaning}\n\n"));
            }
            // The section of a page begins without the mark of its heading.
            let mark = if page.text.starts_with('#') { "" } else { "# " };
            // What is said to whoever plays the page is no news to who reads it.
            let lines = page.text.trim_end().lines().filter(|line| !line.starts_with("<!-- seqcheck:"));
            world.out.write(&format!("{mark}{}\n", lines.collect::<Vec<_>>().join("\n")));
            if page.shows_directives() {
                world.out.line("");
                world.out.line(&pages::directives());
            }
            Ok(Exit::Pass)
        }
        None if pages::of_term(&word).is_some() => {
            let (term, meaning) = pages::of_term(&word).unwrap_or_default();
            world.out.write(&format!("# {term}\n\n{meaning}\n"));
            Ok(Exit::Pass)
        }
        None => {
            let problem = Diagnostic::error("usage", format!("there is no page about {word}"));
            let wanted = word.to_lowercase().replace([' ', '_'], "-");
            let codes = pages.iter().chain(&troubles).map(|page| page.code);
            Err(match nearest(&wanted, codes) {
                Some(near) => problem.with_help(format!("did you mean {near}?")).into(),
                None => problem.with_help("seqcheck explain lists all pages and terms").into(),
            })
        }
    }
}
