//! Limits, each with a name.

use super::read;

#[test]
fn limits_have_names() {
    let long = format!("@startuml\nA -> B : {}\n@enduml", "x".repeat(80_000));
    let deep = format!("@startuml\nA -> B\n{}", "alt x\n".repeat(70));
    for (text, word) in [(long, "the length of a line"), (deep, "nested blocks")] {
        let problems = read(&text).unwrap_err();
        assert_eq!(problems.iter().filter(|problem| problem.contains("error[limit]")).count(), 1, "{problems:?}");
        assert!(problems.iter().any(|problem| problem.contains(word)), "{problems:?}");
    }
}
