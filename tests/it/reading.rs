//! Texts of the three dialects that were refused, changed or lost without a word: what `fmt` and `convert` make of them.

use crate::shell::{Output, seqcheck};
use seqcheck::cli::Exit;

fn on(args: &[&str], name: &str, text: &str) -> Output {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join(name), text).expect("written");
    std::fs::write(folder.path().join("style.iuml"), "hide footbox\n").expect("written");
    seqcheck(args.iter().copied().chain([name])).at(folder.path()).run()
}

/// It is written, with all of these lines and none of those.
#[track_caller]
fn written(args: &[&str], name: &str, text: &str, has: &[&str], has_not: &[&str]) -> Output {
    let output = on(args, name, text);
    let fits =
        has.iter().all(|line| output.out.contains(line)) && !has_not.iter().any(|line| output.out.contains(line));
    assert!(output.exit == Exit::Pass && fits, "wanted: {has:?}, not wanted: {has_not:?}\n{output}");
    assert!(!output.err.contains("bug of seqcheck"), "{output}");
    output
}

/// The same, and these words are told.
#[track_caller]
fn told(args: &[&str], name: &str, text: &str, words: &[&str]) {
    let output = written(args, name, text, &[], &[]);
    assert!(words.iter().all(|words| output.err.contains(words)), "wanted: {words:?}\n{output}");
}

const FMT: &[&str] = &["fmt", "--stdout"];
const SEQ: &[&str] = &["convert", "--to", "seq"];
const MERMAID: &[&str] = &["convert", "--to", "mermaid"];
const PLANTUML: &[&str] = &["convert", "--to", "plantuml"];

#[test]
fn participants_that_are_listed_again_inside_a_box_belong_to_it() {
    let text = "@startuml\nactor \"Guest Zoe\" as ZOE\ncontrol \"Front desk\" as DESK\ndatabase \"Book\" as BOOK\n\
                box \"The house\" #LightBlue\nparticipant DESK\nparticipant BOOK\nend box\nZOE -> DESK : hail\n@enduml\n";
    let output = written(
        FMT,
        "d.puml",
        text,
        &["participant DESK\n  participant BOOK\nend box", "control \"Front desk\" as DESK"],
        &[],
    );
    assert!(output.err.is_empty(), "{output}");
    let again = on(FMT, "d.puml", &output.out);
    assert_eq!(again.out, output.out);
    assert!(on(MERMAID, "d.puml", text).out.contains("box"));
}

#[test]
fn plantuml_keeps_what_it_draws() {
    let alt = "@startuml\nalt #LightBlue yes\nzoe -> desk : hail\nelse #Olive no\nzoe -> desk : bye\nend\n@enduml\n";
    written(FMT, "d.puml", alt, &["else #Olive no"], &[]);
    told(SEQ, "d.puml", alt, &["the colour of this part"]);
    let note =
        "@startuml\nnote over zoe #line:green;back:lightblue;shadowing:false : text\nzoe -> desk : hail\n@enduml\n";
    written(FMT, "d.puml", note, &["shadowing:false"], &[]);
    let pages =
        "@startuml\nignorenewpage\nhide empty description\nzoe -> desk : hail\nnewpage\ndesk -> zoe : bye\n@enduml\n";
    written(FMT, "d.puml", pages, &["ignorenewpage", "hide empty description"], &[]);
    let glued = "@startuml\n!pragma teoz true\nzoe -> desk{s} : one\ndesk{e} -> zoe : two\n@enduml\n";
    told(FMT, "d.puml", glued, &["no space between an anchor and a name"]);
}

#[test]
fn the_plain_part_of_the_preprocessor_is_carried_out() {
    let define = "@startuml\n!define DESK desk\nzoe -> DESK : hail\n@enduml\n";
    written(FMT, "d.puml", define, &["zoe -> desk : hail"], &["!define"]);
    let chosen = "@startuml\n!$who = \"zoe\"\n!ifdef LONG\n$who -> desk : a long word\n!else\n$who -> desk : hail\n!endif\n@enduml\n";
    written(FMT, "d.puml", chosen, &["zoe -> desk : hail"], &["long"]);
    told(FMT, "d.puml", chosen, &["d.puml:2", "executes these lines"]);
    let in_place = on(&["fmt"], "d.puml", chosen);
    assert!(in_place.exit == Exit::Usage && in_place.err.contains("--stdout"), "the file keeps its lines: {in_place}");
    let asked = "@startuml\n!$n = 2\n!if ($n == 2)\nzoe -> desk : two\n!elseif ($n == 3)\nzoe -> desk : three\n!endif\n@enduml\n";
    written(FMT, "d.puml", asked, &["zoe -> desk : two"], &["three"]);
    for included in ["!include style.iuml", "!includeurl https://example.org/skin.ipml", "!include <c4/C4_Context>"] {
        let text = format!("@startuml\n{included}\nzoe -> desk : hail\n@enduml\n");
        let output = written(FMT, "d.puml", &text, &[included, "zoe -> desk : hail"], &[]);
        assert!(output.err.contains("is ignored"), "{output}");
        let by_itself = output.err.contains("the line stays as it is");
        assert_eq!(by_itself, included.ends_with(".iuml"), "no file is looked for by fmt: {output}");
    }
    let macros = "@startuml\n!procedure $x()\nzoe -> desk : hail\n!endprocedure\n$x()\n@enduml\n";
    assert_eq!(on(FMT, "d.puml", macros).exit, Exit::Usage);
}

#[test]
fn an_arrow_to_oneself_stays_at_its_side() {
    let text = "@startuml\nzoe <- zoe : look up\nzoe -> zoe : keep\nzoe <<-- zoe ++ : wait\n@enduml\n";
    written(FMT, "d.puml", text, &["zoe <- zoe : look up", "zoe -> zoe : keep", "zoe <<-- zoe ++ : wait"], &[]);
}

#[test]
fn forms_of_the_native_family_are_read() {
    written(FMT, "d.seq", "Zoe -> +Desk: hail\nDesk --> -Zoe: ok\n", &["Zoe->+Desk: hail", "Desk-->-Zoe: ok"], &[]);
    written(FMT, "d.seq", "Zoe->Desk: a\n==later==#red\nDesk->Zoe: b\n", &["== later =="], &[]);
    let output =
        written(FMT, "d.seq", "participant Deskmate as D\nZoe->Deskmate: hail\n", &["Zoe->Deskmate: hail"], &[]);
    assert!(output.err.contains("only the drawn name of `D`"), "{output}");
    written(
        FMT,
        "d.seq",
        "Zoe->ref over Desk: look up\n details\nend ref-->Zoe: done\n",
        &["ref over Desk", "Desk-->Zoe: done"],
        &[],
    );
}

#[test]
fn a_diagram_on_one_line_is_read_and_told() {
    let text = "title Say hello actor Zoe participant Desk Zoe->Desk: hail Desk-->Zoe: welcome back\n";
    let output = written(
        FMT,
        "d.seq",
        text,
        &["title Say hello\n", "actor Zoe\n", "Zoe->Desk: hail\nDesk-->Zoe: welcome back\n"],
        &[],
    );
    assert!(output.err.contains("is on one line") && output.err.contains("  Zoe->Desk: hail"), "{output}");
}

#[test]
fn names_that_mermaid_takes_stay_and_those_that_it_refuses_do_not() {
    written(
        FMT,
        "d.mmd",
        "sequenceDiagram\n  participant 1 as Zoe\n  1->>2: hail\n  2->>****: x\n",
        &["1->>2: hail", "2->>****: x"],
        &[],
    );
    let link = "sequenceDiagram\n  participant Link\n  participant Server\n  Link->>Server: WS connect\n  Server-->>Link: Connected\n";
    let said = on(&["lint"], "d.mmd", link);
    assert!(
        said.out.contains("d.mmd:2") && said.out.contains("does not accept a lifeline with the name `Link`"),
        "{said}"
    );
    let names = "Link->S: WS connect\ndetails->S: WS connect\nxZoe->+S: leave\nS->-xZoe: left\n";
    written(MERMAID, "d.seq", names, &["#76;ink->>S", "->>- xZoe"], &["\n    Link->>", "->>-xZoe"]);
}

#[test]
fn a_conversion_says_the_same_or_names_what_it_loses() {
    written(PLANTUML, "d.seq", "# @startuml greeting\nZoe->Desk: hail\n", &["Zoe -> Desk : hail"], &[]);
    for to in [SEQ, PLANTUML] {
        written(
            to,
            "d.mmd",
            "sequenceDiagram\n  activate Desk\n  Zoe->>Hall: hail\n  Desk->>Book: keep\n",
            &["keep"],
            &[],
        );
        written(to, "d.mmd", "sequenceDiagram\n  participant R as [Price<br/>desk]\n  Zoe->>R: ask\n", &["ask"], &[]);
        written(to, "d.mmd", "sequenceDiagram\n  actor Zoe as Z\n  Desk-->>Z: hail\n", &["hail"], &[]);
    }
    let turns = "sequenceDiagram\n  loop 1,500 readings\n    Desk-->>Zoe: tick\n  end\n";
    written(SEQ, "d.mmd", turns, &["loop 1500 readings"], &["1..500"]);
    let ended = "@startuml\nactivate Desk\nDesk -> Zoe ++: hail\ndeactivate Desk\ndestroy Desk\n@enduml\n";
    written(MERMAID, "d.puml", ended, &["hail"], &[]);
    let word = "@startuml\nparticipant skinparam\nskinparam --> Desk : done\nnote over Desk : x\n@enduml\n";
    written(SEQ, "d.puml", word, &["done"], &[]);
}

#[test]
fn what_is_lost_is_told() {
    let text = "@startuml\nzoe -> desk ++ #005500 : a\ndesk -> ray !! : b\nzoe x-> desk : c\nzoe ->o desk : d\n[->o zoe : e\n\
                zoe -> desk [[http://x.example{tip}]] : f\npar2 g\nzoe -> desk : h\nelse\ndesk -> zoe : i\nend\n@enduml\n";
    let words = [
        "a cross at the sender",
        "a circle at an end",
        "#005500",
        "[[http://x.example{tip}]]",
        "a variant of this block",
    ];
    told(SEQ, "d.puml", text, &words);
    assert!(!on(SEQ, "d.puml", text).out.contains("par#par2"));
}

#[test]
fn a_file_beside_a_plantuml_text_is_read_and_no_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("written");
    std::fs::create_dir(folder.path().join("in")).expect("a folder");
    write("outside.iuml", "participant Stranger\n");
    write("in/people.iuml", "@startuml\nactor Nina\n!include hub.iuml\n@enduml\n");
    write("in/hub.iuml", "!$hub = \"Hub\"\n");
    let text =
        "@startuml\n!include people.iuml\n!include ../outside.iuml\n!include <C4/C4>\nNina -> $hub : hail\n@enduml\n";
    write("in/d.puml", text);
    let told = seqcheck(["convert", "--to", "seq", "d.puml"]).at(&folder.path().join("in")).run();
    assert_eq!(told.exit, Exit::Pass, "{told}");
    assert!(told.out.contains("actor Nina") && told.out.contains("Nina->Hub: hail"), "{told}");
    assert!(!told.out.contains("Stranger") && told.err.contains("../outside.iuml` is ignored"), "{told}");
    assert!(told.err.contains("<C4/C4>` is ignored"), "{told}");
    // `fmt` leaves the lines as they are.
    write("in/d.puml", "@startuml\n!include people.iuml\nNina -> Hub : hail\n@enduml\n");
    let kept = seqcheck(["fmt", "--stdout", "d.puml"]).at(&folder.path().join("in")).run();
    assert!(kept.out.contains("!include people.iuml") && !kept.out.contains("actor Nina"), "{kept}");
}
