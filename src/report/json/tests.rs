use super::*;
use crate::oracle::{Class, Tie};
use crate::order::ArrowId;
use crate::report::WireDifference;
use crate::report::fixture::mixed;
use crate::trace::Server;
use serde_json::Value;

fn schema() -> Value {
    serde_json::from_str(include_str!("../../../docs/schema/report.json")).expect("the schema is JSON")
}

#[test]
fn a_report_is_what_its_schema_says() {
    let validator = jsonschema::validator_for(&schema()).expect("the schema is one");
    let mut run = mixed();
    let file = "wire/chat.seq.snap".to_owned();
    run.scenarios[0].wire = Some(WireDifference { file, diff: vec![('-', "a".to_owned()), ('+', "b".to_owned())] });
    let ended = Some("exit status: 3".to_owned());
    let server = Server {
        command: "./server".to_owned(),
        ended,
        before: false,
        client: false,
        spoken: false,
        output: "panic: x\n".to_owned(),
    };
    run.scenarios[0].servers = vec![Server { ended: None, ..server.clone() }, server];
    run.scenarios[1].outcome.findings[0].or = vec![Tie { class: Class::Late, arrow: ArrowId(0) }];
    let mut report: Value = serde_json::from_str(&render(&run)).expect("the report is JSON");
    assert_eq!(report["scenarios"][0]["servers"].as_array().map(Vec::len), Some(1), "who goes on is not told of");
    let other = &report["scenarios"][1]["findings"][0]["or"][0];
    assert_eq!((&other["class"], &other["number"]), (&"late".into(), &1.into()));
    let errors: Vec<String> = validator.iter_errors(&report).map(|error| error.to_string()).collect();
    assert_eq!(errors, Vec::<String>::new());
    report["scenarios"][0]["status"] = "maybe".into();
    assert!(!validator.is_valid(&report), "the schema refuses what is not a report");
}

#[test]
fn findings_and_counts_are_in_it() {
    let report: Value = serde_json::from_str(&render(&mixed())).expect("the report is JSON");
    assert_eq!(report["summary"]["total"], 6);
    assert_eq!(report["summary"]["failed"], 2);
    let finding = &report["scenarios"][1]["findings"][0];
    assert_eq!(finding["class"], "duplicate");
    assert_eq!(finding["arrow"]["line"], 14);
    assert_eq!(finding["related"]["label"], "message from Bob: Hello Alice!");
}

#[test]
fn every_line_of_json_lines_is_an_event() {
    let run = mixed();
    let text = lines::begin(6)
        + &lines::started("a", "b.seq")
        + &run.scenarios.iter().map(lines::scenario).collect::<String>()
        + &lines::end(&run);
    let events: Vec<String> = text
        .lines()
        .map(|line| {
            let value: Value = serde_json::from_str(line).expect("a line is JSON");
            value["event"].as_str().expect("a line is an event").to_owned()
        })
        .collect();
    let mut form = schema();
    form["$ref"] = "#/$defs/scenario".into();
    for word in ["type", "required", "additionalProperties", "properties"] {
        form.as_object_mut().expect("an object").remove(word);
    }
    let validator = jsonschema::validator_for(&form).expect("the schema is one");
    for line in text.lines().filter(|line| line.contains("\"event\":\"scenario\"")) {
        let mut scenario: Value = serde_json::from_str(line).expect("a line is JSON");
        scenario.as_object_mut().expect("an object").remove("event");
        let errors: Vec<String> = validator.iter_errors(&scenario).map(|error| error.to_string()).collect();
        assert_eq!(errors, Vec::<String>::new());
    }
    let mut wanted = vec!["begin", "started"];
    wanted.extend(["scenario"; 6]);
    wanted.push("end");
    assert_eq!(events, wanted);
}
