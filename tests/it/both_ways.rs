//! What the tool writes by a rule is what it reads by that rule: for every form of value in every place, whichever side it plays.

use proptest::prelude::*;
use proptest::test_runner::Config;
use seqcheck::{Mock, Scenario};
use serde_json::{Value, json};

/// A place for a value: the rules, with `VALUE` for it, and a diagram on which it passes once.
type Place = (&'static str, &'static str, &'static str);

const SAYS: &str = "Ann->S: WS connect\nAnn->S: says\n";
const TELLS: &str = "Ann->S: WS connect\nS->Ann: told\n";
const ASKS: &str = "Ann->S: asks\nS-->Ann: told\n";
const LISTENS: &str = "Ann->S: listens\nS->Ann: told\n";

const PLACES: [Place; 12] = [
    ("a frame of a client", SAYS, "label = \"says\"\nclient = VALUE"),
    ("within a frame of a client", SAYS, "label = \"says\"\nclient = { v = VALUE }"),
    ("a frame of a server", TELLS, "label = \"told\"\nserver = VALUE"),
    ("within a frame of a server", TELLS, "label = \"told\"\nserver = { v = VALUE }"),
    ("the data of an event", LISTENS, "label = \"told\"\non = \"sse\"\nserver = { data = VALUE }"),
    ("the id of an event", LISTENS, "label = \"told\"\non = \"sse\"\nserver = { id = VALUE, data = \"d\" }"),
    ("the JSON of an answer", ASKS, "label = \"told\"\non = \"http\"\nserver = { status = 200, json = VALUE }"),
    ("the body of an answer", ASKS, "label = \"told\"\non = \"http\"\nserver = { status = 200, body = VALUE }"),
    (
        "a header of an answer",
        ASKS,
        "label = \"told\"\non = \"http\"\nserver = { status = 200, headers = { x-v = VALUE } }",
    ),
    (
        "the JSON of a request",
        "Ann->S: sent\n",
        "label = \"sent\"\non = \"http\"\nclient = { method = \"POST\", path = \"/\", json = VALUE }",
    ),
    (
        "the body of a request",
        "Ann->S: sent\n",
        "label = \"sent\"\non = \"http\"\nclient = { method = \"POST\", path = \"/\", body = VALUE }",
    ),
    (
        "a header of a request",
        "Ann->S: sent\n",
        "label = \"sent\"\non = \"http\"\nclient = { path = \"/\", headers = { x-v = VALUE } }",
    ),
];

/// The rules that are beside the one in question.
const BESIDE: &str = "echo = false\n[connect]\nurl = \"{target}/?n={self}\"\n\
                      [[rule]]\nlabel = \"asks\"\non = \"http\"\nclient = { path = \"/\" }\n\
                      [[rule]]\nlabel = \"listens\"\non = \"sse\"\nclient = { path = \"/\" }\n";

/// As TOML has it.
fn toml(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("[{}]", items.iter().map(toml).collect::<Vec<_>>().join(", ")),
        Value::Object(members) => {
            let member = |(name, value): (&String, &Value)| format!("{} = {}", json!(name), toml(value));
            format!("{{ {} }}", members.iter().map(member).collect::<Vec<_>>().join(", "))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.to_string(),
    }
}

/// Neither a header nor the id of an event can hold the end of a line.
fn is_possible(place: &str, value: &Value) -> bool {
    let one_line = place.contains("header") || place.contains("id");
    !one_line || value.as_str().is_none_or(|text| !text.contains('\n'))
}

/// What stands against the law: nothing where both sides pass, or where the binding is refused with its place.
fn against((place, diagram, rule): &Place, value: &Value) -> Option<String> {
    let binding = format!("{BESIDE}[[rule]]\n{}\n", rule.replace("VALUE", &toml(value)));
    let said = |what: String| Some(format!("{place}: {}: {what}", toml(value)));
    let scenario = Scenario::parse("d.seq", diagram).expect("a diagram");
    let scenario = match scenario.binding_text("b.toml", &binding) {
        Ok(scenario) => scenario,
        Err(why) if why.to_string().contains("b.toml:") => return None,
        Err(why) => return said(why.to_string()),
    };
    let played = Mock::new(scenario.clone()).and_then(|mock| mock.duet(&scenario));
    match played {
        Ok((clients, server)) if clients.is_pass() && server.is_pass() => None,
        Ok((clients, server)) => said(format!("{clients}\n{server}")),
        Err(why) => said(why.to_string()),
    }
}

fn lawful(values: impl IntoIterator<Item = Value>) -> Result<(), String> {
    let values: Vec<Value> = values.into_iter().collect();
    let broken = PLACES.iter().flat_map(|place| {
        values.iter().filter(|value| is_possible(place.0, value)).filter_map(|value| against(place, value))
    });
    let broken: Vec<String> = broken.collect();
    if broken.is_empty() { Ok(()) } else { Err(broken.join("\n\n")) }
}

/// Texts that look like something else among them.
fn texts() -> Vec<Value> {
    ["tea", "two words", "", "5", "0.50", "1e3", "-0", "true", "null", "[1]", "\"quoted\"", "ünïcode", "a,b", "a=b"]
        .map(Value::from)
        .to_vec()
}

#[test]
fn every_form_of_value_is_read_as_it_is_written() {
    let forms = [
        json!(5),
        json!(-7),
        json!(1.5),
        json!(true),
        json!({}),
        json!([]),
        json!({ "item": "tea" }),
        json!({ "item": "5", "n": 5, "deep": { "list": [1, "two", { "x": false }] } }),
        json!([1, 2, 3]),
        json!(["a", { "b": 1 }]),
        json!("two\nlines"),
    ];
    lawful(forms.into_iter().chain(texts())).unwrap_or_else(|broken| panic!("{broken}"));
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::from),
        (-1_000_000_i64..1_000_000).prop_map(Value::from),
        (-1000_i32..1000).prop_map(|halves| Value::from(f64::from(halves) / 4.0)),
        "[a-z0-9]([a-z0-9 .,:;=+-]{0,8}[a-z0-9])?".prop_map(Value::from),
        proptest::sample::select(texts()),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            proptest::collection::btree_map("[a-z]{1,4}", inner, 0..3)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(Config::with_cases(24))]
    #[test]
    fn whatever_is_written_by_a_rule_is_read_by_it(value in value()) {
        if let Err(broken) = lawful([value]) {
            prop_assert!(false, "{broken}");
        }
    }
}
