//! Verdicts that are right on servers which are right or wrong in one way: what no other subject has.

use crate::field::{Client, Field, LAB, Net, builtin_as_tcp, ms, sockets};
use seqcheck::diagram::OrderMode;
use seqcheck::oracle::{Class, Verdict};
use seqcheck::server::{ServerOptions, mutants};
use seqcheck::{Scenario, Target};
use serde_json::{Value, json};

const NETS: [Net; 2] = [Net::Memory, Net::AsTcp];

/// The built-in server with one fault.
fn faulty(net: Net, mutant: &str) -> Target {
    let mutants = vec![mutants::find(mutant).expect("a mutant")];
    let options = ServerOptions { mutants, ..ServerOptions::default() };
    if net == Net::Memory { Target::builtin(options) } else { builtin_as_tcp(options) }
}

/// Verdict, class and line.
fn told(scenario: Scenario) -> (Verdict, Option<Class>, u32) {
    let told = crate::field::Told::new(scenario.check().unwrap_or_else(|error| panic!("{error}")));
    (told.verdict, told.class, told.line)
}

fn parse(diagram: &str) -> Scenario {
    Scenario::parse("d.seq", diagram).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn a_close_instead_of_an_answer_that_is_ignored_is_found() {
    let diagram = "#@ ignore error {code}\nAlice->Server: WS connect\nServer->Alice: Connected\n\
                   Alice->Server: raw {\"type\":\"dance\"}\n";
    for net in NETS {
        let scenario = parse(diagram).target(faulty(net, "unknown-type-closes"));
        assert_eq!(told(scenario), (Verdict::Fail, Some(Class::Closed), 4));
    }
}

/// Twelve seconds are waited where twelve are asked for, with an echo and without; drawn as a wait they always were.
#[test]
fn a_duplicate_ten_seconds_later_is_found_where_twelve_are_listened() {
    let said = "Ann->Server: WS connect\nServer-->Ann: Connected\nBen->Server: WS connect\nServer-->Ben: Connected\n\
                Ann->Server: message: say it once\nServer->Ben: message from Ann: say it once\n";
    let settle = format!("#@ settle 12s\n{said}");
    let wait = format!("{said}...11s...\nBen->Server: direct to Ben: and now\nServer->Ben: direct from Ben: and now\n");
    let mute = "extends = \"chat\"\necho = false\n";
    for net in NETS {
        let target = || faulty(net, "duplicate-ten-seconds-later");
        let twice = |line| (Verdict::Fail, Some(Class::Duplicate), line);
        assert_eq!(told(parse(&settle).target(target())), twice(7));
        let without = parse(&settle).binding_text("mute.toml", mute).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(told(without.target(target())), twice(7));
        assert_eq!(told(parse(&wait).target(target())), twice(6));
        // Nobody listens for ten seconds where nobody asks for it.
        assert_eq!(told(parse(said).target(target())).0, Verdict::Pass);
    }
}

#[test]
fn a_publication_that_is_refused_is_found_although_its_answer_is_not_drawn() {
    let needs = [("auth".to_owned(), Some("required".to_owned()))];
    let options = ServerOptions::from_needs(&needs).expect("what the built-in server has");
    for target in [Target::builtin(options.clone()), builtin_as_tcp(options)] {
        let scenario = parse("Desk->Server: publish news item: 1\n").var("token", "wrong").target(target);
        assert_eq!(told(scenario), (Verdict::Fail, Some(Class::Unexpected), 1));
    }
}

#[test]
fn what_comes_during_a_drawn_wait_is_found_whoever_leaves_then() {
    let lab = sockets(|mut client: Client| async move {
        while client.hear().await.is_some() {
            client.send(json!({ "t": "a" }));
            client.after(ms(1_200), json!({ "t": "a" }));
        }
    });
    let said = "Ann->S: WS connect\nAnn->S: go\nS->Ann: a\n";
    for net in NETS {
        lab.play(net, &format!("#@ settle 2s\n{said}"), LAB).fails(Class::Duplicate, 4);
        lab.play(net, &format!("{said}...2s...\nAnn->S: WS disconnect\n"), LAB).fails(Class::Duplicate, 3);
    }
}

/// Both ask, then both are answered; with an echo and without.
#[test]
fn who_is_answered_at_once_is_never_answered_early() {
    let rules = r#"
[connect]
url = "{target}/?n={self}"
[[rule]]
label = "hello"
server = { t = "hello" }
[[rule]]
label = "ask {x}"
client = { t = "a", x = "{x}" }
[[rule]]
label = "answer {x}"
server = { t = "a", x = "{x}" }
"#;
    let echo = "[echo]\nclient = { t = \"echo\", n = \"{nonce}\" }\nserver = { t = \"echo\", n = \"{nonce}\" }\n";
    let lab = sockets(|mut client: Client| async move {
        client.send(json!({ "t": "hello" }));
        while let Some(said) = client.hear().await {
            client.send(said);
        }
    });
    let diagram = "Ann->S: WS connect\nS->Ann: hello\nBob->S: WS connect\nS->Bob: hello\n\
                   Ann->S: ask 1\nBob->S: ask 2\nS->Ann: answer 1\nS->Bob: answer 2\n";
    for binding in [rules.to_owned(), format!("{rules}\n{echo}")] {
        for (order, _) in OrderMode::ALL {
            for net in [Net::Memory, Net::AsTcp, Net::Tcp] {
                lab.play_with(net, diagram, &binding, |scenario| scenario.order(order)).passes();
            }
        }
    }
}

/// A hub of groups that says hello in a preamble, several messages to a frame, and acknowledges every call.
const HUB: &str = r#"
name = "hub"
codec = "text"

[envelope]
separator = "\u001e"
message = "{message|json}"
client = "{message|json}\u001e"

[connect]
url = "{target}/?n={self}"
after = [ { send = { protocol = "json" } }, { receive = {} } ]

[[rule]]
label = "join {group}"
client = { call = "join", id = "{seq}", of = ["{group}"] }
reply = { done = "{seq}" }

[[rule]]
label = "leave {group}"
client = { call = "leave", id = "{seq}", of = ["{group}"] }
reply = { done = "{seq}" }

[[rule]]
label = "send to {group}: {text}"
client = { call = "send", id = "{seq}", of = ["{group}", "{text}"] }
reply = { done = "{seq}" }

[[rule]]
label = "in {group}: {text}"
server = { said = ["{group}", "{text}"] }
"#;

/// `twice`: who joins twice is in the group twice. `slow`: who has joined is in it only a while after being told so.
fn hub(how: &'static str) -> Field {
    sockets(move |mut client: Client| async move {
        let mut greeted = false;
        while let Some(message) = client.hear_raw().await {
            let Ok(text) = message.to_text() else { continue };
            for part in text.split('\u{1e}').filter(|part| !part.is_empty()) {
                let said: Value = serde_json::from_str(part).expect("JSON");
                let answer = if greeted { json!({ "done": said["id"] }) } else { json!({}) };
                if std::mem::replace(&mut greeted, true) {
                    let (name, group) = (client.name.clone(), said["of"][0].as_str().expect("a group").to_owned());
                    match said["call"].as_str() {
                        Some("join") if how == "slow" => {
                            let out = client.out();
                            tokio::spawn(async move {
                                tokio::time::sleep(ms(60)).await;
                                out.notes(|notes| join(notes, &group, &name, false));
                            });
                        }
                        Some("join") => client.notes(|notes| join(notes, &group, &name, how == "twice")),
                        Some("leave") => client.notes(|notes| {
                            if let Some(members) = notes[&group].as_array_mut() {
                                members.retain(|member| *member != name);
                            }
                        }),
                        _ => {
                            let members = client.notes(|notes| notes[&group].as_array().cloned().unwrap_or_default());
                            for member in members {
                                let guest = client.guest(member.as_str().expect("a name")).expect("who has joined");
                                guest.send(format!("{}\u{1e}", json!({ "said": said["of"] })).as_str());
                            }
                        }
                    }
                }
                client.send(format!("{answer}\u{1e}").as_str());
            }
        }
    })
}

fn join(notes: &mut Value, group: &str, name: &str, again: bool) {
    if !notes[group].is_array() {
        notes[group] = json!([]);
    }
    let members = notes[group].as_array_mut().expect("just made");
    if again || members.iter().all(|member| member != name) {
        members.push(json!(name));
    }
}

#[test]
fn an_acknowledgement_of_a_reply_is_evidence_as_a_drawn_one_is() {
    let both = "Ann->Hub: WS connect\nBob->Hub: WS connect\n";
    let again =
        format!("{both}Ann->Hub: join g\nAnn->Hub: join g\nBob->Hub: send to g: hello\nHub->Ann: in g: hello\n");
    let moves = format!(
        "{both}Eve->Hub: WS connect\nAnn->Hub: join g\nBob->Hub: send to g: one\nHub->Ann: in g: one\n\
         Ann->Hub: leave g\nBob->Hub: send to g: two\nEve->Hub: join g\nBob->Hub: send to g: three\nHub->Eve: in g: three\n"
    );
    for net in NETS {
        hub("").play(net, &again, HUB).passes();
        hub("").play(net, &moves, HUB).passes();
        hub("twice").play(net, &again, HUB).fails(Class::Duplicate, 6);
        hub("slow").play(net, &moves, HUB).fails(Class::Missing, 6);
    }
}
