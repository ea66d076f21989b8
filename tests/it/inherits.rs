//! What a binding says of single entries of the one that it extends.

use crate::bindings::parse;
use crate::field::{Client, Net, ms, sockets};
use seqcheck::Scenario;
use seqcheck::oracle::{Class, Verdict};
use serde_json::json;
use std::path::PathBuf;

const BASE: &str = r#"
name = "base"

[[rule]]
label  = ["say {text}", "{text} is said"]
client = { t = "say", x = "{text}" }
reply  = { t = "ack" }

[[rule]]
name   = "told"
label  = "told {text}"
server = { t = "told", x = "{text}" }

[[every]]
name     = "alive"
interval = "20ms"
send     = { t = "alive" }

[[auto]]
name    = "heartbeat"
receive = { t = "beat" }
send    = { t = "beaten" }

[[ignore]]
name  = "ticks"
frame = { t = "tick" }
"#;

/// The folder with both files.
fn written(own: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("base.toml"), BASE).expect("written");
    let path = folder.path().join("own.toml");
    std::fs::write(&path, format!("extends = \"./base.toml\"\n{own}")).expect("written");
    (folder, path)
}

fn played(own: &str, diagram: &str) -> crate::field::Told {
    let (_folder, path) = written(own);
    let lab = sockets(|mut client: Client| async move {
        client.send(json!({ "t": "beat" }));
        client.after(ms(5), json!({ "t": "tick" }));
        while let Some(said) = client.hear().await {
            match said["t"].as_str() {
                Some("say") => client.send(json!({ "t": "told", "x": said["x"], "by": said["by"] })),
                Some(other) => client.send(json!({ "t": "heard", "x": other })),
                None => {}
            }
        }
    });
    lab.play_with(Net::Memory, diagram, "", |scenario: Scenario| {
        scenario.binding_file(&path).unwrap_or_else(|why| panic!("{why}"))
    })
}

#[test]
fn parts_of_an_inherited_entry_are_changed_or_removed_by_its_name() {
    let own = r#"
[[rule]]
name   = "say {text}"
client = { t = "say", x = "{text}", by = "{self}" }
reply  = false

[[rule]]
name   = "told"
server = { t = "told", x = "{text}", by = "{peer_name:/[A-Z][a-z]+/}" }

[[rule]]
label  = "beats are {what}"
server = { t = "heard", x = "{what}" }

[[every]]
name   = "alive"
remove = true

[[ignore]]
name  = "ticks"
frame = { t = "tick", x = "never" }

[[rule]]
label  = "tick"
server = { t = "tick" }
"#;
    let diagram =
        "Ann->S: WS connect\nS->Ann: beats are beaten\nS->Ann: tick\nAnn->S: hello is said\nS->Ann: told hello\n";
    played(own, diagram).passes();
    // The keep-alive is there where it is not removed, and the frame is noise where that is not changed.
    let kept = own.replace("remove = true", "interval = \"30ms\"");
    let told = played(&kept, diagram);
    assert_eq!((told.verdict, told.class), (Verdict::Fail, Some(Class::Unexpected)), "{told}");
    told.says("beats are alive");
}

#[test]
fn what_is_not_inherited_is_refused_where_it_stands() {
    for (own, why) in [
        ("[[rule]]\nname = \"tolt\"\nserver = 1\n", "did you mean `told`?"),
        ("[[every]]\nname = \"ticks\"\nremove = true\n", "no inherited `[[every]]` has the name `ticks`"),
        ("[[every]]\nremove = true\n", "add `name"),
        ("[[rule]]\nname = \"told\"\nremove = true\nserver = 1\n", "has no other keys"),
    ] {
        let (_folder, path) = written(own);
        let mut sources = seqcheck::source::Sources::new();
        let problems = seqcheck::wire::Binding::load(&path, &mut sources).expect_err(why);
        let said: String = problems.iter().map(|each| seqcheck::source::render_plain(each, &sources)).collect();
        assert!(said.contains(why) && said.contains("own.toml:"), "{said}");
    }
    parse("mine.toml", "[[every]]\nname = \"own\"\ninterval = \"1s\"\nsend = 1\n").expect("a name of its own");
}
