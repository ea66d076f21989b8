//! Labels as a specification writes them: several spellings of a rule, and capital letters that do not matter.

use crate::bindings::parse;
use crate::shell::{Output, seqcheck};
use seqcheck::cli::Exit;
use seqcheck::wire::Sender;

const DRAWN: &str = "\
Alice->Server: ws CONNECT
Server-->Alice: connected
Bob->Server: Opens A Connection
Server-->Bob: Connected
Alice->Server: Message: Hi ALL, Öffnen
Server->Bob: Message from Alice: Hi ALL, Öffnen
";

const OWN: &str = "\
extends = \"chat\"
labels = \"ignore-case\"

[[rule]]
label = [\"opens a connection\", \"Dials the Server\"]
action = \"connect\"
";

fn told(binding: &str, drawn: &str, flags: &[&str]) -> Output {
    let folder = tempfile::tempdir().expect("a folder to write in");
    std::fs::write(folder.path().join("own.toml"), binding).expect("can be written");
    std::fs::write(folder.path().join("a.seq"), drawn).expect("can be written");
    seqcheck([&["a.seq", "--binding", "own.toml"], flags].concat()).at(folder.path()).run()
}

#[test]
fn capital_letters_matter_only_where_the_file_does_not_say_otherwise() {
    let fine = told(OWN, DRAWN, &[]);
    assert_eq!(fine.exit, Exit::Pass, "{fine}");
    let spelled = told(OWN, &DRAWN.replace("Opens A Connection", "DIALS the server"), &[]);
    assert_eq!(spelled.exit, Exit::Pass, "{spelled}");
    for exact in [OWN.replace("labels = \"ignore-case\"\n", ""), OWN.replace("ignore-case", "exact")] {
        let refused = told(&exact, DRAWN, &[]);
        assert_eq!(refused.exit, Exit::Usage, "{refused}");
        assert!(refused.err.contains("write opens a connection; or name"), "{refused}");
    }
}

#[test]
fn reports_show_labels_as_they_are_drawn_and_frames_have_what_they_say() {
    let faulty = told(OWN, DRAWN, &["--mutant", "broadcast-twice"]);
    assert_eq!(faulty.exit, Exit::Fail, "{faulty}");
    assert!(faulty.out.contains("6 │ Server->Bob: Message from Alice: Hi ALL, Öffnen"), "{faulty}");
    assert!(faulty.out.contains("\"text\":\"Hi ALL, Öffnen\""), "{faulty}");
    let linted = seqcheck(["lint", "-", "--dialect", "seq"]).input(DRAWN).run();
    assert_ne!(linted.exit, Exit::Pass, "the built-in binding compares letter by letter: {linted}");
}

#[test]
fn two_rules_that_differ_in_capital_letters_are_one_label() {
    let rules = "[[rule]]\nlabel = \"Ask {a}\"\nclient = { a = \"{a}\" }\n[[rule]]\nlabel = [\"x\", \"ask {a}\"]\nclient = { b = \"{a}\" }\n";
    parse("own.toml", rules).expect("two labels");
    let told = parse("own.toml", &format!("labels = \"ignore-case\"\n{rules}")).expect_err("one label");
    assert!(told.contains("own.toml:5:1: error[binding]: two rules have the label `ask {a}`"), "{told}");
    let told = parse("own.toml", &format!("labels = \"ignore-cases\"\n{rules}")).expect_err("no such word");
    assert!(
        told.contains("`ignore-cases` is not allowed here") && told.contains("did you mean `ignore-case`?"),
        "{told}"
    );
    let told = parse("own.toml", &format!("labels = true\n{rules}")).expect_err("no text");
    assert!(told.contains("own.toml:1:10"), "{told}");
}

#[test]
fn a_rule_takes_the_place_of_one_that_is_inherited_in_other_letters() {
    let own = "extends = \"chat\"\nlabels = \"ignore-case\"\n[[rule]]\nlabel = \"MESSAGE: {text}\"\nclient = { own = \"{text}\" }\n";
    let binding = parse("own.toml", own).expect("no two rules with one label");
    let (plain, _) = binding.rule("message: hi", Sender::Client).expect("a rule");
    assert_eq!(plain, "MESSAGE: {text}");
}

#[test]
fn a_binding_is_begun_without_a_rule_for_each_spelling() {
    let folder = tempfile::tempdir().expect("a folder to write in");
    let drawn = "A->S: WS connect\nS-->A: Connected\nA->S: Initialize Request\nS->A: done\nA->S: initialize request\nS->A: Done\n";
    std::fs::write(folder.path().join("a.seq"), drawn).expect("can be written");
    let made = seqcheck(["init", "binding", "a.seq", "-o", "mine.toml"]).at(folder.path()).run();
    let text = std::fs::read_to_string(folder.path().join("mine.toml")).unwrap_or_else(|_| made.out.clone());
    assert!(text.contains("labels = \"ignore-case\"\n"), "{made}\n{text}");
    assert_eq!(text.matches("[[rule]]").count(), 2, "{text}");
    parse("mine.toml", &text).expect("it reads");
}
