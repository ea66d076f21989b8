//! Binding files: what is wrong with one is said with place and way out; the schema and the manual keep up with the code.

use seqcheck::source::{Source, Sources, render_plain};
use seqcheck::wire::{Binding, Party, Sender, TABLES, builtin_names};
use serde_json::Value;
use std::fmt::Write as _;
use std::path::Path;

pub fn parse(name: &str, text: &str) -> Result<Binding, String> {
    let mut sources = Sources::new();
    let id = sources.add(Source::new(name.to_owned(), text.to_owned()));
    Binding::parse(&mut sources, id).map_err(|problems| {
        problems.iter().fold(String::new(), |mut out, problem| {
            let _ = writeln!(out, "{}", render_plain(problem, &sources));
            out
        })
    })
}

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect(path)
}

#[test]
fn every_builtin_binding_reads() {
    for name in builtin_names() {
        let binding = Binding::builtin(name).expect(name);
        assert!(binding.labels().count() > 10, "{name}");
        assert!(!binding.about().is_empty(), "{name} says nothing about itself");
    }
    assert!(Binding::builtin("nonsense").is_none());
}

#[test]
fn what_is_wrong_with_a_file_is_said_all_at_once() {
    let text = r#"name = 7
codec = "jsn"
extend = "chat"

[connect]
url = "{target"
retry = [99]
before = [{ status = 200 }]

[echo]
client = { type = "ping" }
server = { type = "pong" }

[[auto]]
receive = "2"
send = "3{n}"

[[every]]
interval = "often"
send = "PING"

[[rule]]
client = { type = "join" }

[[rule]]
label = "join {room"
server = { room = "{room:integer}" }

[[rule]]
label = "nothing"

[[rule]]
label = "send anything"
client = { x = "{_}", y = "{y|rot13}" }

[[rule]]
label = "two {a}"
server = { a = "{a}" }
opaque = ["b"]

[[rule]]
label = "two {a}"
server = { b = "{a}" }

[[rule]]
label = "close it"
action = "close"
as = "x"

[[rule]]
label = "ask"
on = "http"
client = { method = "POST", json = {}, form = {} }
"#;
    let problems = parse("bad.toml", text).expect_err("a bad binding");
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../snapshots/wire");
    settings.set_prepend_module_to_snapshot(false);
    settings.bind(|| insta::assert_snapshot!("bad_binding", problems));
}

#[test]
fn what_is_no_toml_is_said_too() {
    let problems = parse("bad.toml", "name = \n[connect\nextends = 1").expect_err("no TOML");
    assert!(problems.contains("bad.toml:1:") && problems.contains("bad.toml:2:"), "{problems}");
    let problems = parse("bad.toml", "extends = \"chatt\"").expect_err("no such binding");
    assert!(
        problems.contains("there is no built-in binding `chatt`") && problems.contains("./chatt.toml"),
        "{problems}"
    );
    let problems = parse("bad.toml", "extends = \"./nowhere.toml\"").expect_err("no such file");
    assert!(problems.contains("nowhere.toml cannot be read"), "{problems}");
}

#[test]
fn a_binding_that_extends_itself_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("loop.toml");
    std::fs::write(&path, "extends = \"./loop.toml\"").expect("written");
    let problems = Binding::load(&path, &mut Sources::new()).expect_err("an endless chain");
    assert!(problems[0].message.contains("extend one another"), "{problems:?}");
}

#[test]
fn what_extends_wins_over_what_it_extends() {
    let text = "extends = \"chat\"\n[vars]\ntoken = \"t\"\n[[rule]]\nlabel = \"Connected\"\nserver = { type = \"hello\" }\n\
                [[rule]]\nlabel = \"dial\"\naction = \"connect\"\n";
    let binding = parse("mine.toml", text).expect("a good binding");
    let (ann, server) = (Party::new("Ann"), Party::new("Server"));
    let connected = binding.resolve("Connected", Sender::Server, &server, &ann).expect("a rule");
    assert!(format!("{connected:?}").contains("hello"), "{connected:?}");
    assert!(binding.resolve("dial", Sender::Client, &ann, &server).is_ok());
    assert!(binding.resolve("join room:r", Sender::Client, &ann, &server).is_ok());
    assert!(binding.has_echo());
}

#[test]
fn two_rules_that_fit_equally_well_are_an_error() {
    let text = "[[rule]]\nlabel = \"a {x} c\"\nclient = { x = \"{x}\" }\n[[rule]]\nlabel = \"a b {x}\"\nclient = { y = \"{x}\" }\n";
    let binding = parse("tie.toml", text).expect("a good binding");
    let (ann, server) = (Party::new("Ann"), Party::new("Server"));
    let error = binding.resolve("a b c", Sender::Client, &ann, &server).expect_err("a tie").to_string();
    assert!(error.contains("a {x} c") && error.contains("a b {x}"), "{error}");
}

#[test]
fn a_hole_without_a_value_is_found_before_the_run() {
    let text = "[[rule]]\nlabel = \"post\"\nclient = { topic = \"{topic}\" }\n";
    let binding = parse("hole.toml", text).expect("a good binding");
    let (ann, server) = (Party::new("Ann"), Party::new("Server"));
    let error = binding.resolve("post", Sender::Client, &ann, &server).expect_err("no value").to_string();
    assert!(error.contains("`{topic}` of `post` has no value"), "{error}");
    let binding = binding.with_vars([("topic", "news", false)]);
    assert!(binding.resolve("post", Sender::Client, &ann, &server).is_ok());
}

#[test]
fn an_extending_binding_may_do_without_the_echo() {
    let own = |text: &str| parse("mine.toml", &format!("extends = \"chat\"\n{text}"));
    assert!(own("").expect("fine").has_echo());
    assert!(!own("echo = false\n").expect("fine").has_echo());
    let problem = own("echo = true\n").map(|_| ()).expect_err("no such echo");
    assert!(problem.contains("`echo` is a table, not a boolean"), "{problem}");
    let schema: Value = serde_json::from_str(&read("docs/schema/binding.json")).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    assert!(validator.is_valid(&serde_json::json!({ "echo": false })));
    assert!(!validator.is_valid(&serde_json::json!({ "echo": true })));
}

#[test]
fn a_body_that_is_neither_text_nor_bytes_is_refused_where_it_stands() {
    let problems = |body: &str| {
        let text = format!("[[rule]]\nlabel = \"put\"\non = \"http\"\nclient = {{ path = \"/\", body = {body} }}\n");
        parse("mine.toml", &text).map(|_| ()).expect_err(body)
    };
    for (body, why) in [
        ("{ a = 1 }", "the `body` of a request is text or bytes, not a table"),
        ("[1]", "the `body` of a request is text or bytes, not an array"),
        (r#"{ "$jsn" = 1 }"#, "`$json`, `$base64` or `$hex`"),
        (r#"{ "$text" = "x" }"#, "`$text` is a whole message"),
        (r#"{ "$hex" = "0" }"#, "hexadecimal"),
        (r#"{ "$before" = "4" }"#, "`$before` belongs to `$json`"),
    ] {
        let said = problems(body);
        assert!(said.contains(why) && said.contains("mine.toml:4:"), "{body}: {said}");
        assert_eq!(said.matches("error").count(), 1, "{body}: {said}");
    }
}

/// The schema is kept by hand; its tables and keys are those of the code, word for word.
#[test]
fn the_schema_keeps_up() {
    let schema: Value = serde_json::from_str(&read("docs/schema/binding.json")).expect("JSON");
    for (name, table) in TABLES {
        let properties = schema["$defs"][name]["properties"].as_object().unwrap_or_else(|| panic!("no table {name}"));
        let known: Vec<(&str, &str)> = properties
            .iter()
            .map(|(key, property)| (key.as_str(), property["description"].as_str().unwrap_or_default()))
            .collect();
        assert_eq!(known, table.keys, "{name}");
    }
    let codecs: Vec<&str> = seqcheck::wire::codec::NamedCodec::ALL.iter().map(|(_, word, _)| *word).collect();
    let known: Vec<&str> = schema["$defs"]["codec"]["oneOf"][0]["enum"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    assert_eq!(known, codecs);
    let framings: Vec<&str> = seqcheck::framing::Framing::ALL.iter().map(|(_, word, _)| *word).collect();
    let known = schema["$defs"]["binding"]["properties"]["framing"]["enum"].as_array();
    let known = known.or_else(|| schema["properties"]["framing"]["enum"].as_array()).expect("a list");
    assert_eq!(known.iter().filter_map(Value::as_str).collect::<Vec<_>>(), framings);
    // What an action may be is told to whoever writes another.
    let actions = schema["$defs"]["rule"]["properties"]["action"]["enum"].as_array().expect("a list");
    let actions: Vec<String> = actions.iter().map(|word| format!("`{}`", word.as_str().expect("a word"))).collect();
    let problems = parse("action.toml", "[[rule]]\nlabel = \"x\"\naction = \"none\"\n").expect_err("no such action");
    assert!(problems.contains(&format!("write {}", actions.join(" or "))), "{problems}");
    let manual = read("docs/bindings.md");
    assert!(actions.iter().all(|word| manual.contains(word)), "{actions:?}");
}

/// Every TOML block of the manual is a binding (or a part of one that can stand alone), and every codec is in it.
#[test]
fn the_manual_keeps_up() {
    let manual = read("docs/bindings.md");
    let mut blocks = 0;
    for block in manual.split("```toml\n").skip(1) {
        let text = block.split("```").next().unwrap_or_default();
        // One line of a rule by itself belongs to the rule above it.
        if text.starts_with("server = ") {
            continue;
        }
        blocks += 1;
        if let Err(problems) = parse("docs/bindings.md", text) {
            panic!("{text}\n{problems}");
        }
    }
    assert!(blocks > 8, "{blocks} blocks");
    for (_, codec, _) in seqcheck::wire::codec::NamedCodec::ALL {
        assert!(manual.contains(&format!("`{codec}`")), "{codec} is not in the manual");
    }
    for (name, table) in TABLES {
        for (key, _) in table.keys {
            assert!(manual.contains(key), "{key} of {name} is not in the manual");
        }
    }
}

/// What editors say of a built-in binding is what the reader says: nothing.
#[test]
fn the_builtin_bindings_fit_the_schema() {
    let schema: Value = serde_json::from_str(&read("docs/schema/binding.json")).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    for name in builtin_names() {
        let binding: Value = toml::from_str(Binding::builtin_text(name).expect(name)).expect("TOML");
        let problems: Vec<String> = validator.iter_errors(&binding).map(|problem| problem.to_string()).collect();
        assert_eq!(problems, Vec::<String>::new(), "{name}");
    }
}
