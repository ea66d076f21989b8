//! `seqcheck explain CODE`

use crate::cli::args::Explain;
use crate::cli::pages;
use crate::cli::paths::nearest;
use crate::cli::{Exit, Refusal, World};
use crate::source::Diagnostic;

/// Prints one page, or the table of all.
pub fn run(args: &Explain, world: &mut World) -> Result<Exit, Refusal> {
    let pages = pages::all();
    let Some(code) = &args.code else {
        let width = pages.iter().map(|page| page.code.len()).max().unwrap_or(0);
        for page in &pages {
            world.out.line(&format!("{:width$}  {}", page.code, page.summary()));
        }
        return Ok(Exit::Pass);
    };
    let wanted = code.trim().to_lowercase().replace([' ', '_'], "-");
    match pages.iter().find(|page| page.code.to_lowercase() == wanted) {
        Some(page) => {
            world.out.write(page.text);
            if page.shows_directives() {
                world.out.line("");
                world.out.line(&pages::directives());
            }
            Ok(Exit::Pass)
        }
        None => {
            let problem = Diagnostic::error("usage", format!("there is no page about {code}"));
            Err(match nearest(&wanted, pages.iter().map(|page| page.code)) {
                Some(near) => problem.with_help(format!("did you mean {near}")).into(),
                None => problem.with_help("seqcheck explain lists all pages").into(),
            })
        }
    }
}
