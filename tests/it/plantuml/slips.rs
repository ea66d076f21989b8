//! What is refused, and in which words.

use super::read;

/// Reads lines that are refused, and wants these words in what is said of them, one problem a word.
fn check(text: &str, words: &[&str]) {
    let problems = match read(&format!("@startuml\nA -> B : hi\n{text}\n@enduml\n")) {
        Ok(_) => panic!("{text} is read"),
        Err(problems) => problems,
    };
    assert_eq!(problems.len(), words.len(), "{text}: {problems:#?}");
    for (problem, word) in problems.iter().zip(words) {
        assert!(problem.contains(word), "{text}: `{word}` is missing in\n{problem}");
    }
}

#[test]
fn slips_are_named() {
    for (text, word) in [
        ("Some Name -> B : x", "participant \"Some Name\" as SomeName"),
        ("chat-server -> B : x", "participant \"chat-server\" as chatserver"),
        ("A -> Other Name : x", "participant \"Other Name\" as OtherName"),
        ("participant Some Name", "participant \"Some Name\" as SomeName"),
        ("participant chat-server", "in quotes"),
        ("participant Long Name as L", "participant \"Long Name\" as L"),
        ("participant \"L\" as a-b", "as ab"),
        ("participant C #red <<s>>", "write the stereotype before the colour"),
        ("A –> B : x", "en dash"),
        ("A → B : x", "A -> B : x"),
        ("A —> B", "em dash"),
        ("‘ a comment", "straight `'`"),
        ("# a comment", "' a comment"),
        ("// a comment", "' a comment"),
        ("#@ within 5s", "'@ within 5s"),
        ("@pause", "between `@pause` and `@unpause`"),
        ("autonumber inc", "no numbering to continue"),
        ("A -> B : text\nwraps on", "the rest of the text above"),
        ("note over A,B,C : x", "note over A, C"),
        ("note over Some Name : x", "\"Some Name\""),
        ("note : x", "has no place"),
        ("ref A : x", "ref over A"),
        ("A ->+ B : x", "A -> B ++"),
        ("A ->* B : x", "A -> B **"),
        ("A => B", "`=>`"),
        ("A .> B", "not an arrow"),
        ("A -- B", "not an arrow"),
        ("return : x : y\nA -> B ++++ : z", "not an arrow"),
        ("A -) B : x", "this is not an arrow"),
        ("A -->- B : x", "A --> B --"),
        ("A -[#red;bold]> B", "style"),
        ("autonumber off", "autonumber stop"),
        ("strict\nend", "group strict"),
        ("activate", "no statement"),
        ("note left #Lihgt : x", "PlantUML has no colour `#Lihgt`"),
        ("note left #LightGary : x", "did you mean `#lightgray`"),
        ("autonumber \"<b>REQ-#</b>\"", "exponent"),
        ("scale 0", "cannot be zero"),
        ("skinparam x", "name and a value"),
        ("end", "no block is open"),
        ("end box", "closes no box"),
        ("...\nactivate A", "directly after a delay"),
        ("== d ==\nreturn x", "nothing to return from"),
        ("create C\nA -> B : x", "was created above"),
        ("note left\ntext", "never closed"),
        ("note left\ntext\nend hnote", "part of the text"),
        ("/' open", "never closed"),
        ("'@ witihn 5s", "witihn"),
        ("loop 5..1\nend", "wrong order"),
    ] {
        let problems = read(&format!("@startuml\nA -> B : hi\n{text}\n@enduml\n")).map(|_| ()).expect_err(text);
        assert!(problems.iter().any(|problem| problem.contains(word)), "{text}: `{word}` is missing in {problems:#?}");
    }
}

#[test]
fn all_problems_are_told_together_in_the_order_of_the_text() {
    check(
        "alt x\nSome Name -> B : y\nendalt\npar\nand\nend\nend",
        &["\"Some Name\"", "a block is closed by `end`", "else"],
    );
}

#[test]
fn what_needs_the_preprocessor_says_so() {
    for text in [
        "!$x = $f(5)\nA -> B : $x",
        "!procedure $p()\nA -> B\n!endprocedure\n$p()",
        "!if ($f(1))\nalt x\n!endif",
        "$call(1)",
        "note left\n!include x\nend note",
        "!name = 5",
    ] {
        check(text, &["error[preprocessor]: this diagram needs the preprocessor of PlantUML"]);
    }
    assert!(read("@startuml\n!pragma teoz true\n!theme plain\nA -> B\n@enduml").is_ok());
}

#[test]
fn other_diagrams_are_told_what_they_are() {
    for (text, kind) in [
        ("@startuml\nclass A\nA --> B\n@enduml", "a class diagram"),
        ("@startuml\n[*] --> S1\nS1 --> [*]\n@enduml", "a state diagram"),
        ("@startuml\nstart\n:do;\nstop\n@enduml", "an activity diagram"),
        ("@startuml\nactor U\nusecase X\nU --> X\n@enduml", "a use case diagram"),
        ("@startuml\ncomponent C\nnode N\n@enduml", "a component diagram"),
        ("@startmindmap\n* x\n@endmindmap", "a mind map"),
        ("@startjson\n{}\n@endjson", "JSON"),
    ] {
        let problems = read(text).expect_err(text);
        assert_eq!(problems.len(), 1, "{text}: {problems:?}");
        assert!(problems[0].contains(kind) && problems[0].contains("not a sequence diagram"), "{problems:?}");
    }
    let problems = read("@startuml\n@enduml").unwrap_err();
    assert!(problems[0].contains("this diagram is empty"), "{problems:?}");
}

#[test]
fn what_plantuml_takes_silently_is_a_warning() {
    for (text, word) in [
        ("alt x\nA -> B : y", "this `alt` is never closed"),
        ("box x\nparticipant C", "this `box` is never closed"),
        ("participant C\nparticipant C", "declared twice"),
        ("participant A as C\nA -> B", "only the drawn name"),
        ("alt\nloop\nend alt\nend", "`end alt` closes the innermost block, a `loop`"),
        ("A -[hidden]> B", "hidden"),
        ("return : x", "no colon before it"),
    ] {
        let parsed = read(&format!("@startuml\nA -> B : hi\n{text}\n@enduml\n")).unwrap();
        assert!(parsed.warnings.iter().any(|warning| warning.message.contains(word)), "{text}: {:?}", parsed.warnings);
    }
    let parsed = read("@startuml\nA -> B : hi\n").unwrap();
    assert!(parsed.warnings[0].message.contains("`@enduml` is missing"));
}
