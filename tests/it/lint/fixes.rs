//! Every fix that is offered is made: what passed passes still, or what was found is found no more.

use super::{diagrams, lint, root, survey};
use crate::shell::seqcheck;
use seqcheck::lint::{Hand, apply};
use seqcheck::run::Survey;
use seqcheck::source::Fix;
use seqcheck::source::{Severity, SourceId};

/// The text with a fix made; a diagram of one file alone.
fn mended(survey: &Survey, fix: &Fix) -> String {
    let (mut texts, made) = apply([fix], |id| survey.sources.get(id).text().to_owned());
    assert_eq!(made, 1);
    texts.remove(&SourceId(0)).expect("of this file")
}

fn passes(name: &str, text: &str) -> bool {
    seqcheck::Scenario::parse(name, text)
        .ok()
        .and_then(|scenario| scenario.check().ok())
        .is_some_and(|verdict| verdict.is_pass())
}

/// Makes every fix of a diagram; how many, and what went wrong.
fn make_all(name: &str, text: &str, hand: Hand, wrong: &mut Vec<String>) -> usize {
    let Some(before) = survey(name, text) else { return 0 };
    let findings = lint(&before, hand, true);
    let refused = findings.iter().any(|finding| finding.diagnostic.severity == Severity::Error);
    let passed = !refused && passes(name, text);
    let mut made = 0;
    for finding in findings {
        assert!(finding.diagnostic.fixes.len() <= 3, "{name}: {}", finding.lint.code);
        for fix in &finding.diagnostic.fixes {
            made += 1;
            let text = mended(&before, fix);
            let code = finding.lint.code;
            let Some(after) = survey(name, &text) else {
                wrong.push(format!("{name}: {code}, {}: cannot be read\n{text}", fix.title));
                continue;
            };
            // What the reference server does not do as drawn can only be silenced, and only in the example of the code.
            let own = name.ends_with(&format!("/{}.seq", code.to_lowercase()));
            if !passed && !own {
                made -= 1;
                continue;
            }
            let count =
                |survey: &Survey| lint(survey, hand, true).iter().filter(|other| other.lint.code == code).count();
            let silenced = count(&after) < count(&before);
            // Where the reference server passed it, it passes it still; a text that it could not pass is mended.
            if passed && !passes(name, &text) || !passed && !silenced {
                wrong.push(format!("{name}: {code}, {}: passed {passed}, silenced {silenced}\n{text}", fix.title));
            }
        }
    }
    made
}

#[test]
fn every_fix_that_is_offered_mends() {
    let mut wrong = Vec::new();
    let mut made = 0;
    for folder in ["scenarios", "tests/cases/lint"] {
        for path in diagrams(folder) {
            let name = path.strip_prefix(root()).expect("in the project").display().to_string();
            let text = std::fs::read_to_string(&path).expect("it is there");
            made += make_all(&name, &text, Hand::Native, &mut wrong);
        }
    }
    assert!(wrong.is_empty(), "{} of {made}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(made > 100, "only {made} fixes were made");
}

#[test]
fn fixes_are_written_in_the_dialect_of_the_diagram() {
    let mermaid = "sequenceDiagram\n  Alice->>Server: WS connect\n  Server->>Alice: Connected\n  Bob->>Server: WS connect\n  \
                   Server->>Bob: Connected\n  Alice->>Server: join room:general\n  Server->>Bob: user:alice joined\n";
    let plantuml = "@startuml\nAlice -> Server : WS connect\nServer -> Alice : Connected\nBob -> Server : WS connect\n\
                    Server -> Bob : Connected\nAlice -> Server : join room:general\nServer -> Bob : user:alice joined\n@enduml\n";
    let mut wrong = Vec::new();
    let made = [("a.mmd", mermaid, Hand::Mermaid), ("a.puml", plantuml, Hand::PlantUml)]
        .map(|(name, text, hand)| make_all(name, text, hand, &mut wrong));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(made, [3, 3]);
}

#[test]
fn the_command_makes_the_safe_ones_alone() {
    let folder = tempfile::tempdir().expect("a folder to write in");
    let path = folder.path().join("a.seq");
    let text = "participant Server\r\nAlice->Server: WS connect\r\nServer->Alice: connected\r\nAlice->Sevrer: Join room: general\r\n";
    std::fs::write(&path, text).expect("can be written");
    let output = seqcheck(["lint", "--fix", "a.seq"]).at(folder.path()).run();
    let now = std::fs::read_to_string(&path).expect("it is there");
    assert_eq!(
        now,
        "participant Server\r\nAlice->Server: WS connect\r\nServer->Alice: Connected\r\nAlice->Server: join room:general\r\n",
        "{output}"
    );
    assert!(output.err.contains("corrected 3 findings") && output.exit.code() == 0, "{output}");
    let again = seqcheck(["lint", "--fix", "a.seq"]).at(folder.path()).run();
    assert_eq!(std::fs::read_to_string(&path).expect("it is there"), now);
    assert!(again.err.is_empty(), "{again}");
    let nowhere = seqcheck(["lint", "--fix", "-"]).input("A->S: WS connect\nS->A: connected\n").run();
    assert_eq!(nowhere.exit.code(), 2, "{nowhere}");
}
