use super::rules::{binding, build, only, parties};
use crate::wire::*;
use serde_json::{Value, json};

/// What is sent for a label; none where no rule has it.
fn sent(binding: &Binding, label: &str) -> Option<Value> {
    let (ann, server) = parties();
    binding.resolve(label, Sender::Client, &ann, &server).ok()?;
    let built = build(binding, label, &Memory::default(), &mut 0).unwrap_or_else(|problem| panic!("{problem:?}"));
    Some(only(&built).clone())
}

#[test]
fn where_capital_letters_do_not_matter_a_hole_takes_what_is_written() {
    let binding = binding(
        r#"
        labels = "ignore-case"
        [[rule]]
        label = ["Öffne {what} BY {id:/[A-Z]+/}", "{what} opened by {id:/[A-Z]+/}"]
        client = { a = "{what}", b = "{id}" }
        [[rule]]
        label = "say {text...}"
        client = { c = "{text}" }
        [[rule]]
        label = "SAY it"
        client = { d = true }
        "#,
    );
    for (label, wanted) in [
        ("ÖFFNE Das Tor by XY", Some(json!({ "a": "Das Tor", "b": "XY" }))),
        ("Das Tor Opened By XY", Some(json!({ "a": "Das Tor", "b": "XY" }))),
        // The pattern of the hole is held against what is written.
        ("öffne Das Tor by xy", None),
        ("Say It", Some(json!({ "d": true }))),
        ("SAY Hello", Some(json!({ "c": "Hello" }))),
        // Letters whose other case has another length stay what they are.
        ("SAY \u{1e9e}\u{130}\u{212a}k", Some(json!({ "c": "\u{1e9e}\u{130}\u{212a}k" }))),
        ("sa\u{130}", None),
    ] {
        assert_eq!(sent(&binding, label), wanted, "{label}");
    }
}

#[test]
fn a_label_of_the_other_side_is_known_in_any_letters() {
    let binding = binding("labels = \"ignore-case\"\n[[rule]]\nlabel = \"Done\"\nserver = { done = true }\n");
    let (ann, server) = parties();
    let Err(Unresolved::NoRule { other_side, .. }) = binding.resolve("DONE", Sender::Client, &ann, &server) else {
        panic!("no client says that")
    };
    assert_eq!(other_side.as_deref(), Some("Done"));
}

#[test]
fn a_variable_of_a_hole_with_a_type_is_of_that_type() {
    let text = r#"
        [vars]
        n = "3"
        more = "{{}}"
        plain = "7"
        [[rule]]
        label = ["ask", "ask {n:int}"]
        client = { n = "{n:int}", more = "{more:json}", plain = "{plain}" }
        server = { n = "{n:int}", more = "{more:json}", plain = "{plain}" }
    "#;
    let binding = binding(text);
    assert_eq!(sent(&binding, "ask"), Some(json!({ "n": 3, "more": {}, "plain": "7" })));
    assert_eq!(sent(&binding, "ask 4"), Some(json!({ "n": 4, "more": {}, "plain": "7" })));
    let given = binding.with_vars([("more", r#"{"a": [1]}"#, false), ("n", "x", false)]);
    // What is not of the type is the text that it is.
    assert_eq!(sent(&given, "ask"), Some(json!({ "n": "x", "more": { "a": [1] }, "plain": "7" })));
    let (ann, server) = parties();
    let fits = |binding: &Binding, value: Value| {
        let Ok(Resolved::Expect(wanted)) = binding.resolve("ask", Sender::Server, &server, &ann) else { panic!() };
        let observed = Observed::Message(Message { raw: Raw::Text(value.to_string().into()), value: value.into() });
        let viewer = Viewer { lifeline: 0, scopes: &[], arrow: 0 };
        matches!(wanted.matches(&observed, &Memory::default(), viewer), Matched::Yes(_))
    };
    assert!(fits(&binding, json!({ "n": 3, "more": { "any": 1 }, "plain": "7" })));
    assert!(!fits(&binding, json!({ "n": "3", "more": {}, "plain": "7" })));
    assert!(fits(
        &binding.with_vars([("more", r#"{"a": 1}"#, false)]),
        json!({ "n": 3, "more": { "a": 1, "b": 2 }, "plain": "7" })
    ));
    assert!(!fits(
        &binding.with_vars([("more", r#"{"a": 1}"#, false)]),
        json!({ "n": 3, "more": { "b": 2 }, "plain": "7" })
    ));
}
