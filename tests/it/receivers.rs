//! Arrows to a group of receivers, where a rule says whom they are for.

use crate::field::{Client, Field, Net, sockets};
use seqcheck::Scenario;
use seqcheck::oracle::Class;
use serde_json::json;

const BINDING: &str = r#"
[[rule]]
label  = "hail {text}"
client = { t = "hail", text = "{text}" }

[[rule]]
label  = "welcome"
server = { t = "welcome" }

[[rule]]
label  = "broadcast {text} to the others"
server = { t = "hailed", text = "{text}" }
to     = "others"

[[rule]]
label  = "hailed {text}"
server = { t = "hailed", text = "{text}" }
to     = "all"
"#;

/// Says what it is told to everyone, or to all but the sender.
fn hall(sender_too: bool) -> Field {
    sockets(move |mut client: Client| async move {
        client.send(json!({ "t": "welcome" }));
        while let Some(said) = client.hear().await {
            let own = sender_too.then(|| client.out());
            let all = client.out().others().into_iter().chain(own);
            all.for_each(|out| out.send(json!({ "t": "hailed", "text": said["text"] })));
        }
    })
}

const THREE: &str =
    "Ann->S: WS connect\nS->Ann: welcome\nBob->S: WS connect\nS->Bob: welcome\nCyd->S: WS connect\nS->Cyd: welcome\n";

#[test]
fn a_rule_says_whom_an_arrow_to_a_group_is_for() {
    let others = format!("{THREE}Bob->S: hail hi\nS->Clients: broadcast hi to the others\n");
    hall(false).play(Net::Memory, &others, BINDING).passes();
    // The sender got it, too.
    let told = hall(true).play(Net::Memory, &others, BINDING);
    assert!(matches!(told.class, Some(Class::Unexpected | Class::Misrouted | Class::Duplicate)), "{told}");
    let by_itself = others.replace("S->Clients", "S->S");
    hall(false).play(Net::Memory, &by_itself, BINDING).passes();
    let all = format!("{THREE}Bob->S: hail hi\nS->Clients: hailed hi\n");
    hall(true).play(Net::Memory, &all, BINDING).passes();
    hall(false).play(Net::Memory, &all, BINDING).fails(Class::Missing, 8).says("Bob");
}

#[test]
fn an_arrow_to_a_client_is_for_that_client() {
    let one = format!("{THREE}Bob->S: hail hi\nS->Ann: hailed hi\nS->Cyd: hailed hi\n");
    hall(false).play(Net::Memory, &one, BINDING).passes();
}

#[test]
fn a_group_of_nobody_is_refused() {
    let nobody = "Ann->S: WS connect\nS->Ann: welcome\nAnn->S: hail hi\nS->Clients: broadcast hi to the others\n";
    let scenario =
        Scenario::parse("d.seq", nobody).expect("a diagram").binding_text("b.toml", BINDING).expect("a binding");
    let why = scenario.check().expect_err("refused").to_string();
    assert!(why.contains("no client is connected at this point"), "{why}");
}
