//! What a report says beside the finding: how a launched server ended, that a server hangs, which step of the binding
//! failed, what a codec has made of a frame and which rule would name it, and where else a run is explained as well.

use crate::field::{Act, Call, Client, Field, LAB, Net, Told, ms, server, sockets};
use crate::shell::seqcheck;
use seqcheck::cli::Exit;
use seqcheck::oracle::Class;
use seqcheck::trace::file;
use seqcheck::{CheckVerdict, Scenario};
use serde_json::{Value, json};
use std::path::Path;

/// A server that dies of one message, with words and a status of its own.
#[cfg(unix)]
fn mortal(folder: &Path) -> String {
    let pid = folder.join("pid").display().to_string();
    let binary = env!("CARGO_BIN_EXE_seqcheck");
    format!(
        "cmd: sh -c 'echo $$ > {pid}; exec {binary} serve --port {{port}} -v' | while read -r line; do \
         case \"$line\" in *boom*) echo 'panic: nobody handles boom' >&2; kill -9 $(cat {pid}); exit 3;; esac; done"
    )
}

/// Its message is not answered, so that the play goes on until it dies.
#[cfg(unix)]
const BOOM: &str = "title Boom\nAlice->Server: WS connect\nServer-->Alice: Connected\nAlice->Server: join room:general\n\
                    Alice->Server: message: boom\nServer->Alice: message from Bob: never\n";

#[cfg(unix)]
#[test]
fn a_launched_server_that_ends_says_how_and_with_which_words() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("a.seq"), BOOM).expect("written");
    std::fs::write(folder.path().join("b.seq"), BOOM).expect("written");
    let target = mortal(folder.path());
    let told = seqcheck(["a.seq", "b.seq", "--target", &target, "--out", "kept"]).at(folder.path()).run();
    assert_eq!(told.exit, Exit::Error, "the second finds no server\n{told}");
    assert!(told.out.contains("ended during this play: exit status: 3"), "{told}");
    assert!(told.out.contains("had ended before this play: exit status: 3"), "{told}");
    assert_eq!(told.out.matches("\n    |   panic: nobody handles boom\n").count(), 2, "{told}");
    assert!(!told.out.contains("to allow it"), "nobody allows a server to die\n{told}");
    let log = std::fs::read_to_string(folder.path().join("kept/a.seq/server.log")).expect("it is kept");
    assert!(
        log.starts_with("# the launched server `") && log.contains("ended during this play: exit status: 3"),
        "{log}"
    );
    assert!(log.contains("\npanic: nobody handles boom\n"), "{log}");
    for form in ["json", "junit", "tap", "github", "markdown", "html"] {
        let told = seqcheck(["a.seq", "--target", &target, "--report", form]).at(folder.path()).run();
        assert_eq!(told.exit, Exit::Fail, "{told}");
        if form != "json" {
            assert!(told.out.contains("exit status: 3") || told.out.contains("exit status%3A 3"), "{form}: {told}");
            continue;
        }
        let report: Value = serde_json::from_str(&told.out).expect("JSON");
        let server = &report["scenarios"][0]["servers"][0];
        assert_eq!((&server["ended"], &server["before"]), (&json!("exit status: 3"), &json!(false)), "{told}");
        assert!(server["output"].as_str().is_some_and(|said| said.contains("panic: nobody handles boom")), "{told}");
        assert_eq!(report["scenarios"][0]["findings"][0]["class"], "closed", "{told}");
    }
}

/// As above under a guard process, which is what a person has.
#[cfg(unix)]
#[test]
fn a_guarded_server_that_ends_says_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("a.seq"), BOOM).expect("written");
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_seqcheck"))
        .args(["a.seq", "--target", &mortal(folder.path())])
        .current_dir(folder.path())
        .output()
        .expect("it runs");
    let told = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("exit status: 3") && told.contains("panic: nobody handles boom"), "{told}");
}

/// Nothing is said of a server that goes on.
#[test]
fn a_launched_server_that_goes_on_is_not_told_of() {
    let target = format!("cmd: '{}' serve --port {{port}}", env!("CARGO_BIN_EXE_seqcheck"));
    let folder = tempfile::tempdir().expect("a folder");
    let name = folder.path().display().to_string();
    let told = seqcheck(["scenarios/chat.seq", "--target", &target, "--out", &name]).run();
    assert_eq!(told.exit, Exit::Pass, "{told}");
    assert!(!told.out.contains("launched server"), "{told}");
    let log = std::fs::read_to_string(folder.path().join("scenarios/chat.seq/server.log")).expect("it is kept");
    assert!(log.contains("is still running") && log.contains("listening on"), "{log}");
}

/// Says `say` to the others and `go` to the one who said it; `hang` is the last that it hears of anybody.
fn hanging() -> Field {
    sockets(|mut client: Client| async move {
        while let Some(said) = client.hear_all().await {
            let hangs = client.notes(|notes| {
                *notes = json!(*notes == json!(true) || said["t"] == "hang");
                *notes == json!(true)
            });
            if hangs {
                continue;
            }
            match said["t"].as_str() {
                Some("say") => client.others().iter().for_each(|other| other.send(said.clone())),
                Some("note") => {}
                _ => client.send(said),
            }
        }
    })
}

const HELP: &str = "`[echo]` in the binding";

#[test]
fn a_server_that_hangs_is_told_as_that() {
    let two = "Ann->S: WS connect\nBob->S: WS connect\n";
    let drawn = format!("{two}Ann->S: say: one\nS->Bob: say: one\nBob->S: hang\nS->Ann: said\n");
    let told = hanging().play_with(Net::Tcp, &drawn, LAB, |scenario| scenario.timeout(ms(400)));
    told.fails(Class::Missing, 6).says("after line 5 the server did not answer any client, and no echo either");
    told.does_not_say(HELP);
    // An echo that the order of the sends needs, after others that were answered.
    let order = format!("{two}Ann->S: note\nBob->S: go\nS->Bob: go\nAnn->S: hang\nBob->S: go\nS->Bob: go\n");
    for net in [Net::Tcp, Net::Memory] {
        let told = hanging().play_with(net, &order, LAB, |scenario| scenario.timeout(ms(400)));
        told.fails(Class::Missing, 6).says("does not answer the echo of Ann");
        told.says("after line 6 the server did not answer any client, and no echo either").does_not_say(HELP);
    }
    // A record says the same.
    let prepared = Scenario::parse("d.seq", &order)
        .and_then(|scenario| scenario.binding_text("b.toml", LAB))
        .and_then(|scenario| scenario.target(hanging().in_memory()).prepare())
        .unwrap_or_else(|why| panic!("{why}"));
    let play = prepared.play().plays.remove(0);
    let judged = prepared.judge(&play.header, &play.trace).unwrap_or_else(|why| panic!("{why}")).to_string();
    assert!(judged.contains("after line 6 the server did not answer any client") && !judged.contains(HELP), "{judged}");
}

/// A server that goes on, and has never answered an echo: that may well be the binding's.
#[test]
fn a_server_that_is_silent_to_echoes_alone_does_not_hang() {
    let deaf = sockets(|mut client: Client| async move {
        while let Some(said) = client.hear_all().await {
            if said["t"] == "go" {
                client.send(said);
            }
        }
    });
    let diagram = "Ann->S: WS connect\nAnn->S: go\nS->Ann: go\n";
    let told = deaf.play_with(Net::Tcp, diagram, LAB, |scenario| scenario.timeout(ms(300)));
    told.passes().says(HELP).does_not_say("did not answer any client");
}

/// A login that is answered so, or with status 0 never, and a socket on which this is said at once, and after each message.
fn stepping(login: (u16, Value), first: Value, then: Value) -> Field {
    server(move |call: Call| {
        let (login, first, then) = (login.clone(), first.clone(), then.clone());
        async move {
            if call.method == "POST" {
                if login.0 == 0 {
                    std::future::pending::<()>().await;
                }
                call.answer(login.0, login.1).await;
                return;
            }
            let Some(mut client) = call.accept().await else { return };
            if !first.is_null() {
                client.send(first);
            }
            while client.hear().await.is_some() {
                if !then.is_null() {
                    client.send(then.clone());
                }
            }
        }
    })
}

const STEPS: &str = r#"
[connect]
before = [{ http = { method = "POST", path = "/login" }STATUS, json = { token = "{token}" } }]
after  = [{ receive = { t = "hello" } }]

[[rule]]
label  = "ask {x}"
client = { t = "ask", x = "{x}" }
reply  = { t = "ack", x = "{x}" }
"#;

#[test]
fn a_step_of_the_binding_that_fails_is_named_with_what_it_wants_and_what_came() {
    let fine = || (200, json!({ "token": "x" }));
    let hello = || json!({ "t": "hello" });
    let play = |login, first, then, status: &str| {
        let diagram = "Ann->S: WS connect\nAnn->S: ask one\n";
        let binding = STEPS.replace("STATUS", status);
        stepping(login, first, then).play_with(Net::Memory, diagram, &binding, |scenario| scenario.timeout(ms(500)))
    };
    let ok = ", status = 200";
    play(fine(), hello(), json!({ "t": "ack", "x": "one" }), ok).passes();
    let refused = play((403, json!({ "error": "no" })), hello(), Value::Null, ok);
    refused.fails(Class::Unexpected, 1).says("the server answered Ann with HTTP 403");
    refused.says("the binding waits here for HTTP 200 (request 1 of `before` in [connect]: POST /login)");
    refused.says(r#"and the received message is HTTP 403 {"error":"no"}"#);
    // Where a WebSocket is to be found is not what it asked.
    refused.does_not_say("`[connect] headers` of the binding");
    let other = play((200, json!({ "key": "x" })), hello(), Value::Null, ok);
    other.says(r#"and the received message is HTTP 200 {"key":"x"}"#).says("token: expected").says("got nothing");
    play((500, json!(null)), hello(), Value::Null, "").says("waits here for HTTP 2xx or 3xx (request 1 of `before`");
    let preamble = "the binding waits here for {\"t\":\"hello\"} (step 1 of `after` in [connect]), and ";
    let wrong = play(fine(), json!({ "t": "sorry" }), Value::Null, ok);
    wrong.fails(Class::Unexpected, 1).says(preamble).says(r#"and the received message is {"t":"sorry"}"#);
    play(fine(), Value::Null, Value::Null, ok)
        .fails(Class::Missing, 1)
        .says(&format!("{preamble}nothing was received"));
    let reply = "the binding waits here for {\"t\":\"ack\",\"x\":\"one\"} (`reply` of its rule), and ";
    let wrong = play(fine(), hello(), json!({ "t": "ack", "x": "two" }), ok);
    wrong.fails(Class::Unexpected, 2).says(reply).says(r#"and the received message is {"t":"ack","x":"two"}"#);
    play(fine(), hello(), Value::Null, ok).fails(Class::Missing, 2).says(&format!("{reply}nothing was received"));
}

/// The arrow at which such a step shows may be the drawn answer to the handshake.
#[test]
fn a_step_of_the_binding_that_fails_is_named_where_the_acceptance_is_drawn() {
    let fine = || (200, json!({ "token": "x" }));
    let hello = || json!({ "t": "hello" });
    let binding = STEPS.replace("STATUS", ", status = 200");
    let play = |login, first| {
        let diagram = "Ann->S: WS connect\nS-->Ann: Connected\nAnn->S: ask one\n";
        let ack = json!({ "t": "ack", "x": "one" });
        stepping(login, first, ack).play_with(Net::Memory, diagram, &binding, |scenario| scenario.timeout(ms(500)))
    };
    play(fine(), hello()).passes();
    let login = "the binding waits at line 1 for HTTP 200 (request 1 of `before` in [connect]: POST /login), and ";
    for (code, body, came) in [
        (200, json!({ "key": "x" }), r#"the received message is HTTP 200 {"key":"x"}; body.token: expected"#),
        (401, json!({ "error": "no" }), r#"the received message is HTTP 401 {"error":"no"}"#),
        (500, json!(null), "the received message is HTTP 500"),
        (204, json!(null), "the received message is HTTP 204"),
    ] {
        let told = play((code, body), hello());
        told.fails(Class::WrongPayload, 2).says(&format!("{login}{came}"));
        // The headline names the step, and not that its answer is none to the handshake.
        told.says("Ann could not log in: request 1 of `before` in [connect]: POST /login failed");
        told.does_not_say("different content").does_not_say("expected 101");
        judged_alike(&told, "Ann->S: WS connect\nS-->Ann: Connected\nAnn->S: ask one\n", &binding);
    }
    play((0, json!(null)), hello()).fails(Class::Missing, 2).says(&format!("{login}nothing was received"));
    // What comes behind the acceptance stands at the connect.
    let preamble = "the binding waits here for {\"t\":\"hello\"} (step 1 of `after` in [connect]), and ";
    let wrong = play(fine(), json!({ "t": "sorry" }));
    wrong.fails(Class::Unexpected, 1).says(&format!(r#"{preamble}the received message is {{"t":"sorry"}}"#));
    play(fine(), Value::Null).fails(Class::Missing, 1).says(&format!("{preamble}nothing was received"));
    // The acceptance is at fault itself, and no step of the binding.
    let other = "Ann->S: WS connect\nS-->Ann: HTTP 403\n";
    let told = stepping(fine(), hello(), Value::Null).play_with(Net::Memory, other, &binding, |scenario| scenario);
    told.fails(Class::WrongPayload, 2).does_not_say("the binding waits");
}

/// The record says what the binding waited for: judged again, the same is told of it.
fn judged_alike(told: &Told, text: &str, binding: &str) {
    let play = &told.all.plays[0];
    let (header, entries) = file::read(&file::write(&play.header, &play.trace)).expect("a record");
    let scenario = Scenario::parse("d.seq", text).and_then(|it| it.binding_text("b.toml", binding));
    let judged = scenario.and_then(|it| it.prepare()).and_then(|it| it.judge(&header, &entries));
    let judged = judged.unwrap_or_else(|why| panic!("{why}"));
    let said = |verdict: &CheckVerdict| -> Vec<(String, Vec<String>)> {
        let findings = &verdict.plays[0].outcome.findings;
        findings.iter().map(|finding| (finding.what.clone(), finding.help.clone())).collect()
    };
    assert_eq!(said(&judged), said(&told.all));
}

/// `{"type":"presence","user":"bob"}` in MessagePack.
const PRESENCE: &[u8] = b"\x82\xa4type\xa8presence\xa4user\xa3bob";

/// Sends this to whoever connects.
fn greeting(act: Act) -> Field {
    sockets(move |mut client: Client| {
        client.send(act.clone());
        async move { while client.hear_raw().await.is_some() {} }
    })
}

#[test]
fn a_binary_frame_is_told_decoded_and_with_the_rule_that_would_name_it() {
    let told =
        greeting(Act::Binary(PRESENCE.to_vec())).play(Net::Memory, "Ann->S: WS connect\n", "codec = \"msgpack\"\n");
    told.fails(Class::Unexpected, 1).says("frame: 0x82a4").says(r#"decoded: {"type":"presence","user":"bob"}"#);
    told.says("a draft of a rule for it:").says("        [[rule]]\n        label  = \"presence {user}\"");
    told.says("        server = { type = \"presence\", user = \"{user}\" }");
    // With that rule it has a name, and needs no other.
    let rule = "codec = \"msgpack\"\n[[rule]]\nlabel  = \"presence {user}\"\n\
                server = { type = \"presence\", user = \"{user}\" }\n";
    let drawn = "Ann->S: WS connect\nS->Ann: presence bob\n";
    greeting(Act::Binary(PRESENCE.to_vec())).play(Net::Memory, drawn, rule).passes();
    let named = greeting(Act::Binary(PRESENCE.to_vec())).play(Net::Memory, "Ann->S: WS connect\n", rule);
    named.says("decoded: ").does_not_say("a draft of a rule for it");
    // What is text already is not shown twice.
    let text =
        greeting(Act::from(json!({ "type": "presence" }))).play(Net::Memory, "Ann->S: WS connect\n", "name = \"x\"\n");
    text.does_not_say("decoded: ").says("a draft of a rule for it");
}

#[cfg(unix)]
#[test]
fn a_frame_of_a_program_codec_is_told_decoded() {
    let folder = tempfile::tempdir().expect("a folder");
    let codec = "#!/bin/sh\nwhile read -r line; do echo '{\"messages\":[{\"kind\":\"presence\",\"n\":3}]}'; done\n";
    std::fs::write(folder.path().join("codec.sh"), codec).expect("written");
    let script = folder.path().join("codec.sh").display().to_string();
    let binding = folder.path().join("b.toml");
    std::fs::write(&binding, format!("codec = {{ command = [\"sh\", \"{script}\"] }}\n")).expect("written");
    let verdict = Scenario::parse("d.seq", "Ann->S: WS connect\n")
        .and_then(|scenario| scenario.binding_file(&binding))
        .and_then(|scenario| {
            scenario.target(greeting(Act::from("P|3")).in_memory().real_time()).trust(folder.path()).check()
        })
        .unwrap_or_else(|why| panic!("{why}"));
    let told = Told::new(verdict);
    told.fails(Class::Unexpected, 1).says("frame: P|3").says(r#"decoded: {"kind":"presence","n":3}"#);
    told.says("server = { kind = \"presence\", n = \"{n:int}\" }");
}

/// Two frames that changed places: either may be the one that came too early or too late.
#[test]
fn a_report_for_programs_names_the_other_lines_that_explain_as_well() {
    let swapped = sockets(|mut client: Client| async move {
        while client.hear().await.is_some() {
            client.send(json!({ "t": "b" }));
            client.send(json!({ "t": "a" }));
        }
    });
    let folder = tempfile::tempdir().expect("a folder");
    let diagram = "#@ binding ./lab.toml\nAnn->S: WS connect\nAnn->S: go\nS->Ann: a\nS->Ann: b\n";
    std::fs::write(folder.path().join("d.seq"), diagram).expect("written");
    std::fs::write(folder.path().join("lab.toml"), LAB).expect("written");
    let listening = swapped.listen();
    let told = seqcheck(["d.seq", "--target", &listening.url(), "--report", "json"]).at(folder.path()).run();
    assert_eq!(told.exit, Exit::Fail, "{told}");
    let report: Value = serde_json::from_str(&told.out).expect("JSON");
    let finding = &report["scenarios"][0]["findings"][0];
    assert_eq!(finding["class"], "reordered", "{told}");
    let line = |arrow: &Value| arrow["line"].as_u64();
    let lines = (line(&finding["arrow"]), line(&finding["or"][0]));
    assert!(lines == (Some(4), Some(5)) || lines == (Some(5), Some(4)), "{told}");
    assert_eq!(finding["or"][0]["from"], "S", "{told}");
    let text = seqcheck(["d.seq", "--target", &swapped.listen().url()]).at(folder.path()).run();
    assert!(text.out.contains("= or: line "), "{text}");
    // Where one place alone explains, there is no other.
    let plain = seqcheck(["scenarios/chat.seq", "--mutant", "broadcast-twice", "--report", "json"]).run();
    let report: Value = serde_json::from_str(&plain.out).expect("JSON");
    assert_eq!(report["scenarios"][0]["findings"][0].get("or"), None, "{plain}");
}

/// The edit that a finding proposes, done.
fn redrawn(diagram: &str, help: &str) -> String {
    let (_, edit) = help.split_once("draw line ").unwrap_or_else(|| panic!("an edit: {help}"));
    let number = |text: &str| -> usize {
        text.chars().take_while(char::is_ascii_digit).collect::<String>().parse().expect("a line")
    };
    let (from, below) = (number(edit), number(edit.split_once("below line ").expect("below which").1));
    let mut lines: Vec<&str> = diagram.lines().collect();
    lines.insert(below, lines[from - 1]);
    lines.remove(if below < from { from } else { from - 1 });
    lines.join("\n") + "\n"
}

/// *early* and *reordered* propose to draw what came where it came, and it is so: the same server passes then. To leave
/// the frame out is not proposed.
#[test]
fn what_came_at_another_place_is_to_be_drawn_there() {
    // `b` comes with `a`, and is drawn below something else that is sent later.
    let soon = sockets(|mut client: Client| async move {
        while let Some(said) = client.hear().await {
            if said["t"] == "go" {
                client.send(json!({ "t": "a" }));
                client.send(json!({ "t": "b" }));
            }
        }
    });
    let early = "Ann->S: WS connect\nAnn->S: go\nS->Ann: a\n...200ms...\n#@ quote \"more asks for b\" RFC 5\nAnn->S: more\n\
                 #@ quote \"b comes when asked\" RFC 6\nS->Ann: b\n";
    let plain: String = early.lines().filter(|line| !line.starts_with("#@")).map(|line| format!("{line}\n")).collect();
    let reordered = "Ann->S: WS connect\nAnn->S: go\nS->Ann: b\nS->Ann: a\n";
    for (class, diagram) in [(Class::Early, plain.as_str()), (Class::Reordered, reordered)] {
        let told = soon.play(Net::Memory, diagram, LAB);
        let finding = &told.all.plays[0].outcome.findings[0];
        assert_eq!((finding.class, finding.allow.as_deref()), (class, None), "{told}");
        told.does_not_say("#@ ignore").says("draw line ");
        let help = finding.help.iter().find(|help| help.contains("draw line ")).expect("it is proposed");
        soon.play(Net::Memory, &redrawn(diagram, help), LAB).passes();
    }
    // What both arrows test is quoted, and every time has one form.
    let told = soon.play(Net::Memory, early, LAB);
    told.fails(Class::Early, 8).says("specified: \"b comes when asked\" RFC 6");
    told.says("specified at line 6: \"more asks for b\" RFC 5");
}
