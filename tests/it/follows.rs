//! What values do from one frame of a connection to the next.

use crate::bindings::parse;
use crate::field::{Call, Client, Field, Net, server, sockets};
use seqcheck::oracle::Class;
use serde_json::{Value, json};

const COUNTING: &str = r#"
[[follow]]
frame = { t = "tick", no = "{no:int}" }
rises = "no"

[[follow]]
frame = { t = "step", room = "{room}", no = "{no:int}" }
rises = "no"
by    = 1
per   = "room"

[[follow]]
frame = { t = "part", piece = "{piece...}" }
joins = "piece"
into  = { t = "done", whole = "{piece...}" }

[[rule]]
label  = "go"
client = { t = "go" }

[[rule]]
label  = ["tick", "tick {no}"]
server = { t = "tick", no = "{no:int}" }

[[rule]]
label  = "step of {room}"
server = { t = "step", room = "{room}" }

[[rule]]
label  = "part"
server = { t = "part" }

[[rule]]
label  = "done"
server = { t = "done" }
"#;

fn saying(list: Value) -> Field {
    sockets(move |mut client: Client| {
        let list = list.clone();
        async move {
            while client.hear().await.is_some() {
                list.as_array().expect("a list").iter().for_each(|said| client.send(said.clone()));
            }
        }
    })
}

fn told(list: Value, labels: &[&str]) -> crate::field::Told {
    let mut diagram = "Ann->S: WS connect\nAnn->S: go\n".to_owned();
    labels.iter().for_each(|label| diagram += &format!("S->Ann: {label}\n"));
    saying(list).play(Net::Memory, &diagram, COUNTING)
}

#[test]
fn numbers_only_rise_and_a_finding_names_both_frames() {
    let ticks = |list: &[i64]| list.iter().map(|no| json!({ "t": "tick", "no": no })).collect::<Value>();
    told(ticks(&[3, 4, 9]), &["tick"; 3]).passes();
    told(ticks(&[3, 4, 4]), &["tick"; 3]).fails(Class::WrongPayload, 5).says("must be more than 4").says("line 4");
    told(ticks(&[3, 2, 4]), &["tick"; 3]).fails(Class::WrongPayload, 4).says("must be more than 3");
    // Each connection counts for itself.
    let again = "Ann->S: WS connect\nAnn->S: go\nS->Ann: tick\nAnn->S: WS disconnect\nAnn->S: WS connect\nAnn->S: go\nS->Ann: tick\n";
    saying(ticks(&[3])).play(Net::Memory, again, COUNTING).passes();
}

#[test]
fn numbers_rise_by_so_much_for_each_of_what_they_are_of() {
    let step = |room: &str, no: i64| json!({ "t": "step", "room": room, "no": no });
    let labels = ["step of a", "step of b", "step of a", "step of b"];
    told(json!([step("a", 1), step("b", 7), step("a", 2), step("b", 8)]), &labels).passes();
    told(json!([step("a", 1), step("b", 7), step("a", 3), step("b", 8)]), &labels)
        .fails(Class::WrongPayload, 5)
        .says("must be 1 plus 1");
}

#[test]
fn pieces_add_up_to_the_whole() {
    let said = |pieces: &[&str], whole: &str| {
        let pieces = pieces.iter().map(|piece| json!({ "t": "part", "piece": piece }));
        pieces.chain([json!({ "t": "done", "whole": whole })]).collect::<Value>()
    };
    let labels = ["part", "part", "part", "done"];
    told(said(&["He", "llo", "!"], "Hello!"), &labels).passes();
    told(said(&["He", "lo", "!"], "Hello!"), &labels).fails(Class::WrongPayload, 6).says("Helo!").says("Hello!");
    // The next text begins anew.
    let mut twice = said(&["a"], "a");
    twice.as_array_mut().expect("a list").extend(said(&["b", "c"], "bc").as_array().cloned().unwrap_or_default());
    told(twice, &["part", "done", "part", "part", "done"]).passes();
}

#[test]
fn ids_of_events_rise_as_well() {
    let binding = r#"
[[follow]]
event = { id = "{id}", data = "{_}" }
rises = "id"

[[rule]]
label  = "listen"
on     = "sse"
client = { path = "/" }

[[rule]]
label  = "news {x}"
on     = "sse"
server = { data = "{x}" }
"#;
    let feed = |second: &'static str| {
        server(move |call: Call| async move {
            let Some(out) = call.events().await else { return };
            out.send("id: 9\ndata: a");
            out.send(second);
            std::future::pending::<()>().await;
        })
    };
    let diagram = "Ann->S: listen\nS->Ann: news a\nS->Ann: news b\n";
    feed("id: 10\ndata: b").play(Net::Memory, diagram, binding).passes();
    feed("id: 9\ndata: b")
        .play(Net::Memory, diagram, binding)
        .fails(Class::WrongPayload, 3)
        .says("must be more than 9");
}

#[test]
fn what_follows_nothing_is_refused_where_it_stands() {
    for (text, why) in [
        ("frame = { a = \"{n}\" }\n", "needs `rises = …`"),
        ("frame = { a = \"{n}\" }\nrises = \"m\"\n", "this frame has no hole `m`"),
        ("frame = { a = \"{n}\" }\njoins = \"n\"\n", "belong together"),
        ("frame = { a = \"{n}\" }\njoins = \"n\"\ninto = { b = 1 }\n", "`into` has no hole `n`"),
        ("frame = { a = \"{n}\" }\nrises = \"n\"\nby = \"1\"\n", "a whole number is expected"),
        ("rises = \"n\"\n", "exactly one of"),
    ] {
        let said = parse("mine.toml", &format!("[[follow]]\n{text}")).expect_err(why);
        assert!(said.contains(why) && said.contains("mine.toml:"), "{said}");
    }
}
