//! The mistakes of a beginner, each with what is said of it: the place is the line of the slip, the kind is in the words of
//! the user, and the way out is something to do or to paste. One mistake is one message, and none ends in a green run.

mod flags;
mod servers;
mod texts;

use crate::shell::{Output, seqcheck};
use seqcheck::cli::Exit;
use servers::Server;
use std::path::Path;

/// One mistake.
pub struct Mistake {
    /// What was done.
    pub what: &'static str,
    /// The files that there are, by name and text.
    pub files: &'static [(&'static str, &'static str)],
    /// The command; `PORT` is the port of the server.
    pub args: &'static [&'static str],
    /// What listens there.
    pub server: Server,
    /// How it ends.
    pub exit: Exit,
    /// Where it is: `FILE:LINE`, or the flag.
    pub place: &'static str,
    /// What is wrong, in words that are printed.
    pub kind: &'static str,
    /// What to do.
    pub way_out: &'static str,
}

/// All mistakes.
fn all() -> Vec<&'static Mistake> {
    texts::ALL.iter().chain(flags::ALL).collect()
}

/// Words that no user has ever typed: how a value looks inside the program.
const INSIDE: [&str; 6] = ["Error(", "Other(", "Some(", "NonZero", "InvalidContentType", "panicked"];

fn run(mistake: &Mistake) -> Output {
    let folder = tempfile::tempdir().expect("a folder to write in");
    for (name, text) in mistake.files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("in a folder")).expect("can be made");
        std::fs::write(path, text).expect("can be written");
    }
    let port = mistake.server.start(folder.path()).to_string();
    let args = mistake.args.iter().map(|arg| arg.replace("PORT", &port));
    let output = seqcheck(args).at(folder.path()).run();
    Output { out: output.out.replace(&port, "PORT"), err: output.err.replace(&port, "PORT"), ..output }
}

#[test]
fn every_mistake_is_told_with_place_kind_and_way_out() {
    let mut wrong = Vec::new();
    let all = all();
    for mistake in &all {
        let output = run(mistake);
        let told = output.to_string();
        let flat = told.split_whitespace().collect::<Vec<_>>().join(" ");
        let has = |words: &str| flat.contains(words);
        let mut misses = Vec::new();
        if output.exit != mistake.exit {
            misses.push(format!("exit {} wanted", mistake.exit.code()));
        }
        for (part, words) in [("place", mistake.place), ("kind", mistake.kind), ("way out", mistake.way_out)] {
            if !has(words) {
                misses.push(format!("{part} {words:?} wanted"));
            }
        }
        misses.extend(
            INSIDE.iter().filter(|words| has(words)).map(|words| format!("{words:?} is none of the user's words")),
        );
        if told.matches("error[").count() > 1 {
            misses.push("one mistake is one message".to_owned());
        }
        if !misses.is_empty() {
            wrong.push(format!(
                "== {}: {}\n$ seqcheck {}\n{told}",
                mistake.what,
                misses.join("; "),
                mistake.args.join(" ")
            ));
        }
    }
    assert!(wrong.is_empty(), "{} of {} mistakes are not told well\n{}", wrong.len(), all.len(), wrong.join("\n\n"));
}

#[test]
fn there_are_sixty_of_them_and_each_once() {
    let mut names: Vec<&str> = all().iter().map(|mistake| mistake.what).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all().len());
    assert!(names.len() >= 60, "{}", names.len());
}

#[test]
fn what_stands_against_a_run_reaches_every_report() {
    let folder = tempfile::tempdir().expect("a folder to write in");
    std::fs::write(folder.path().join("broken.seq"), "Ann=>Server: x\n").expect("can be written");
    let told = |args: &[&str]| {
        let output = seqcheck(args).at(folder.path()).run();
        assert_eq!(output.exit, Exit::Usage, "{output}");
        output
    };
    let kept = |name: &str| std::fs::read_to_string(folder.path().join(name)).expect("it was written");
    let both = told(&["broken.seq", "--report", "json", "--report", "junit=j.xml"]);
    let json: serde_json::Value = serde_json::from_str(&both.out).expect("JSON");
    assert_eq!((&json["summary"]["errors"], &json["scenarios"][0]["status"]), (&1.into(), &"error".into()), "{both}");
    assert_eq!(json["scenarios"][0]["trouble"]["kind"], "syntax");
    assert!(both.err.contains("error[syntax]"), "people are told as well: {both}");
    assert!(kept("j.xml").contains("errors=\"1\"") && kept("j.xml").contains("`=&gt;` is not an arrow here"));
    let github = told(&["broken.seq", "--report", "github"]).out;
    assert!(github.starts_with("::error file=broken.seq,line=1,title="), "{github}");
    let tap = told(&["broken.seq", "--report", "tap"]).out;
    assert!(tap.contains("not ok 1 - broken.seq") && tap.ends_with("1..1\n"), "{tap}");
    told(&["broken.seq", "--report", "html=r.html", "--report", "markdown=r.md"]);
    assert!(kept("r.html").contains("not an arrow here") && kept("r.md").contains("not an arrow here"));
    // Flags that cannot be read, and a folder without a diagram.
    let flags = told(&["broken.seq", "--timeot", "5s", "--report=json"]);
    let json: serde_json::Value = serde_json::from_str(&flags.out).expect("JSON");
    assert!(
        json["scenarios"][0]["trouble"]["message"].as_str().is_some_and(|text| text.contains("--timeot")),
        "{json}"
    );
    let none = told(&["nowhere.seq", "--report", "json"]);
    assert!(none.out.contains("no such file or folder"), "{none}");
    // Nothing but the text that people read.
    assert_eq!(told(&["broken.seq"]).out, "");
    assert!(Path::new(folder.path()).join("j.xml").exists());
}
