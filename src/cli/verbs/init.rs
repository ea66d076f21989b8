//! `seqcheck init`

use crate::cli::args::Init;
use crate::cli::paths::why;
use crate::cli::{Exit, Refusal, World};
use crate::source::Diagnostic;
use std::path::Path;

/// What is written: a path below the folder, and its text.
const FILES: [(&str, &str); 2] = [
    ("scenarios/chat.seq", include_str!("init/chat.seq")),
    (".github/workflows/seqcheck.yml", include_str!("init/workflow.yml")),
];

/// Writes a first scenario and a CI workflow; what is there already is left as it is.
pub fn run(args: &Init, world: &mut World) -> Result<Exit, Refusal> {
    let folder = world.locate(&args.folder);
    for (name, text) in FILES {
        let path = folder.join(name);
        let shown = args.folder.join(name).display().to_string();
        let shown = shown.strip_prefix("./").unwrap_or(&shown);
        if write_new(&path, text).map_err(|error| refused(shown, &error))? {
            world.out.line(&format!("wrote {shown}"));
        } else {
            world.out.line(&format!("left  {shown} as it is"));
        }
    }
    world.out.line("");
    world.out.line("Run it:  seqcheck");
    world.out.line("Against your own server:  seqcheck --target ws://127.0.0.1:8080");
    Ok(Exit::Pass)
}

/// Whether the file is new; one that exists is never touched.
fn write_new(path: &Path, text: &str) -> std::io::Result<bool> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    match std::fs::File::create_new(path) {
        Ok(mut file) => std::io::Write::write_all(&mut file, text.as_bytes()).map(|()| true),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}

fn refused(shown: &str, error: &std::io::Error) -> Refusal {
    let problem = Diagnostic::error("path", format!("{shown}: cannot be written: {}", why(error)));
    Refusal::error(problem)
}
