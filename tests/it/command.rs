//! The command line by itself: verbs that need no server, flags, streams.

use crate::shell::{Output, seqcheck};
use seqcheck::cli::{Exit, Screen, World, run};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

fn snapshot(name: &str, output: &Output) {
    insta::with_settings!({
        snapshot_path => "../../snapshots/command", prepend_module_to_snapshot => false, omit_expression => true
    }, { insta::assert_snapshot!(name, output.to_string()) });
}

#[test]
fn every_list_is_printed() {
    let lists = seqcheck(["list"]).run();
    snapshot("list", &lists);
    for line in lists.out.lines() {
        let kind = line.split_whitespace().next().expect("a name");
        let list = seqcheck(["list", kind]).run();
        assert_eq!(list.exit, Exit::Pass, "{list}");
        // Lists that grow with a family are held against the family, not against a copy.
        match kind {
            "mutants" => rows(&list, seqcheck::server::mutants::ALL),
            "legal-variants" => rows(&list, seqcheck::server::legal::ALL),
            _ => snapshot(&format!("list-{kind}"), &list),
        }
    }
    snapshot("list-unknown", &seqcheck(["list", "exitcodes"]).run());
}

fn rows(list: &Output, all: &[&seqcheck::server::Deviation]) {
    assert_eq!(list.out.lines().count(), all.len(), "{list}");
    for (line, row) in list.out.lines().zip(all) {
        assert!(line.starts_with(&format!("{} {} ", row.id, row.name)) && line.ends_with(row.about), "{line}");
    }
}

#[test]
fn every_page_is_printed() {
    let pages = seqcheck(["explain"]).run();
    snapshot("explain", &pages);
    for line in pages.out.lines().take_while(|line| !line.is_empty()) {
        let code = line.split_whitespace().next().expect("a code");
        let page = seqcheck(["explain", code]).run();
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("docs/explain/{}.md", code.to_lowercase()));
        if !file.exists() {
            // A section of the page on troubles; above it stands the term, where the word is one as well.
            let page_of = format!("# {code}: ");
            let begins = page.out.starts_with(&page_of) || page.out.starts_with(&format!("{code}: "));
            assert!(page.exit == Exit::Pass && begins && page.out.contains(&page_of), "{page}");
            continue;
        }
        let mut wanted = std::fs::read_to_string(file).expect("its page");
        if wanted.contains("#@") {
            wanted +=
                "\nA directive begins with `#@` here, as in seq; in mermaid with `%%@` and in plantuml with `'@`.\n";
        }
        // What is said to whoever plays the page.
        let wanted: String = wanted.split_inclusive('\n').filter(|line| !line.starts_with("<!-- seqcheck:")).collect();
        assert_eq!((page.exit, page.out), (Exit::Pass, wanted));
    }
    let terms = pages.out.lines().find_map(|line| line.strip_prefix("terms: ")).expect("the terms of the glossary");
    for term in terms.split(", ") {
        let told = seqcheck(["explain", term]).run();
        assert!(told.exit == Exit::Pass && !told.out.contains("\\u{"), "{told}");
    }
    assert_eq!(
        seqcheck(["explain", "hole"]).run().out,
        "# hole\n\n`{name}` in a pattern of a binding: it takes a value\n"
    );
    snapshot("explain-unknown", &seqcheck(["explain", "mising"]).run());
}

#[test]
fn a_binding_is_begun_with_a_rule_for_every_label() {
    let folder = tempfile::tempdir().expect("a folder to write in");
    let scenario = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/chat.seq");
    std::fs::copy(scenario, folder.path().join("chat.seq")).expect("copied");
    snapshot("init-binding", &seqcheck(["init", "binding", "chat.seq"]).at(folder.path()).run());
    let wrote = seqcheck(["init", "binding", "chat.seq", "-o", "mine.toml"]).at(folder.path()).run();
    assert_eq!((wrote.exit, &*wrote.out), (Exit::Pass, "wrote mine.toml\n"));
    // Every label has a rule, so that the diagram can be played, however little the server makes of it.
    let played = seqcheck(["--binding", "mine.toml", "chat.seq", "--total", "2s"]).at(folder.path()).run();
    assert!(played.exit != Exit::Usage && !played.err.contains("SQ118"), "{played}");
    let again = seqcheck(["init", "binding", "chat.seq", "-o", "mine.toml"]).at(folder.path()).run();
    assert!(again.exit != Exit::Pass && again.err.contains("already exists"), "{again}");
}

#[test]
fn every_scenario_can_begin_a_binding() {
    let all = seqcheck(["init", "binding", "scenarios"]).run();
    assert_eq!(all.exit, Exit::Pass, "{all}");
    let mut sources = seqcheck::source::Sources::new();
    let id = sources.add(seqcheck::source::Source::new("made", all.out.as_str()));
    let binding = seqcheck::wire::Binding::parse(&mut sources, id).expect("it reads");
    assert!(binding.labels().count() > 40, "{}", all.out);
}

#[test]
fn a_project_is_begun_once() {
    let folder = tempfile::tempdir().expect("a folder to write in");
    snapshot("init", &seqcheck(["init"]).at(folder.path()).run());
    let scenario = folder.path().join("scenarios/chat.seq");
    let first = std::fs::read_to_string(&scenario).expect("it was written");
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/chat.seq");
    assert_eq!(first, std::fs::read_to_string(ours).expect("it is there"));
    std::fs::write(&scenario, "mine").expect("can be written");
    snapshot("init-again", &seqcheck(["init"]).at(folder.path()).run());
    assert_eq!(std::fs::read_to_string(&scenario).expect("it is there"), "mine");
}

/// Which are all of `scenarios/agents`, as they lie there; what is there already is left as it is.
#[test]
fn diagrams_for_agents_are_written() {
    let folder = tempfile::tempdir().expect("a folder to write in");
    let mine = folder.path().join("agents/ping.seq");
    std::fs::create_dir(folder.path().join("agents")).expect("can be made");
    std::fs::write(&mine, "mine").expect("can be written");
    snapshot("init-agents", &seqcheck(["init", "agents"]).at(folder.path()).run());
    assert_eq!(std::fs::read_to_string(&mine).expect("it is there"), "mine");
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/agents");
    let mut all = 0;
    for entry in std::fs::read_dir(ours).expect("a folder").flatten() {
        let written = std::fs::read_to_string(folder.path().join("agents").join(entry.file_name()));
        let written =
            written.unwrap_or_else(|why| panic!("{:?} is not in the list of `init`: {why}", entry.file_name()));
        let kept = std::fs::read_to_string(entry.path()).expect("text");
        assert!(written == kept || written == "mine", "{:?}", entry.file_name());
        all += 1;
    }
    assert!(all > 10, "{all} diagrams");
    std::fs::remove_file(&mine).expect("it is there");
    let other = seqcheck(["init", "agents", "mcp"]).at(folder.path()).run();
    assert!(other.out.contains("wrote mcp/ping.seq") && other.out.contains("seqcheck mcp/tools.seq"), "{other}");
    // Each can be read, and each label has a rule.
    let linted = seqcheck(["lint", "mcp"]).at(folder.path()).run();
    assert_eq!(linted.exit, Exit::Pass, "{linted}");
    std::fs::write(folder.path().join("taken"), "").expect("can be written");
    let refused = seqcheck(["init", "agents", "taken"]).at(folder.path()).run();
    assert!(refused.exit != Exit::Pass && refused.err.contains("cannot be written"), "{refused}");
}

#[test]
fn the_flags_are_documented() {
    snapshot("help", &seqcheck(["-h"]).run());
    let man = seqcheck(["man"]).run();
    assert!(man.out.contains(".TH seqcheck 1"), "{man}");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = seqcheck(["completions", shell]).run();
        assert!(script.exit == Exit::Pass && script.out.contains("completions"), "{shell}");
    }
}

#[test]
fn colour_is_asked_for_or_not() {
    let colored = |args: [&str; 3]| seqcheck(args).run().err.contains('\u{1b}');
    assert!(!colored(["explain", "nothing", "--color=auto"]), "nobody looks at it");
    assert!(colored(["explain", "nothing", "--color=always"]));
    assert!(!colored(["explain", "nothing", "--color=never"]));
    let screen = |vars: &[(&str, &str)]| {
        let vars = vars.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
        Screen::new(io::sink(), true, &vars).color
    };
    assert!(screen(&[]));
    assert!(!screen(&[("NO_COLOR", "1")]));
    assert!(screen(&[("NO_COLOR", "")]), "an empty NO_COLOR is none");
    assert!(!screen(&[("TERM", "dumb")]));
}

struct Broken(io::ErrorKind);

impl io::Write for Broken {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(self.0.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_reader_who_went_away_is_no_error_and_a_full_disk_is_one() {
    let exit = |kind| {
        let vars = BTreeMap::new();
        let mut world = World {
            args: vec!["list".into()],
            out: Screen::new(Broken(kind), false, &vars),
            ..World::empty(PathBuf::from("."))
        };
        run(&mut world)
    };
    assert_eq!(exit(io::ErrorKind::BrokenPipe), Exit::Pass);
    assert_eq!(exit(io::ErrorKind::StorageFull), Exit::Error);
}

#[test]
fn a_diagram_is_drawn_in_characters() {
    snapshot("draw", &seqcheck(["draw", "scenarios/chat.seq"]).run());
    let ascii = seqcheck(["draw", "scenarios/chat.seq", "--ascii"]).run();
    assert!(ascii.exit == Exit::Pass && ascii.out.is_ascii(), "{ascii}");
    let page = "# Hello\n\n```seq\nA->B: one\n```\n\n```mermaid\nflowchart LR\n```\n";
    snapshot("draw-markdown", &seqcheck(["draw", "-", "--dialect", "markdown"]).input(page).run());
}
