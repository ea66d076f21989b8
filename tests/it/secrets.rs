//! Whatever takes its value from the environment is in no output: not as it is, not in the encodings of the wire.

use crate::field::{Field, server};
use crate::shell::seqcheck;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use seqcheck::cli::Exit;
use std::path::Path;

/// With letters that JSON, addresses and XML write in other ways.
const SECRET: &str = "s3cr\"et/ü&pass";

/// The secret in a header, in a frame as it is, in Base64 alone and of something longer, in a digest's key, in an address.
fn binding() -> String {
    r#"
extends = "chat"

[connect]
url     = "{target}/ws?name={self|url}&key={env.KEY|url}"
headers = { x-key = "{env.KEY|base64}" }

[[rule]]
label  = "tell"
client = { type = "message", text = { "$base64" = "ann:{env.KEY}" }, key = "{env.KEY}", alone = "{env.KEY|base64}", hex = "{env.KEY|hex}", mac = "{env.KEY|sha256}" }

[[rule]]
label  = "told by {from}"
server = { type = "message", from = "{from}", text = { "$base64" = "ann:{env.KEY}" } }

[[rule]]
label  = "say it"
client = { type = "message", text = "the key is {env.KEY}!" }

[[rule]]
label  = "said by {from}"
server = { type = "message", from = "{from}", text = "the key is {env.KEY}!" }
"#
    .to_owned()
}

const DIAGRAM: &str = "title A secret passes\n#@ binding ./secret.toml\n\nAnn->Server: WS connect\nServer->Ann: Connected\n\
                       Bob->Server: WS connect\nServer->Bob: Connected\nAnn->Server: tell\nServer->Bob: told by Ann\n\
                       Ann->Server: say it\nServer->Bob: said by Ann\nAnn->Server: message: ${key}\n\
                       Server->Bob: message from Ann: ${key}\nServer->Bob: error ${key}\n";

/// Every way in which it could show.
fn spellings() -> Vec<String> {
    let mut all =
        vec![SECRET.to_owned(), SECRET.replace('"', "\\\""), SECRET.replace('"', "&quot;").replace('&', "&amp;")];
    let url = |byte: u8| match byte {
        b'a'..=b'z' | b'0'..=b'9' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    all.push(SECRET.bytes().map(url).collect());
    all.push(SECRET.bytes().map(|byte| format!("{byte:02x}")).collect());
    for text in [SECRET.to_owned(), format!("ann:{SECRET}"), format!("the key is {SECRET}!")] {
        all.push(STANDARD.encode(&text).trim_end_matches('=').to_owned());
        all.push(URL_SAFE_NO_PAD.encode(&text));
    }
    // What a reader would need to guess the rest.
    all.push("s3cr".to_owned());
    all
}

pub(crate) fn everything_in(folder: &Path, found: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            everything_in(&path, found);
        } else {
            found.push((path.display().to_string(), std::fs::read(&path).expect("it can be read")));
        }
    }
}

#[test]
fn no_output_of_any_form_has_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("secret.toml"), binding()).expect("written");
    std::fs::write(at("secret.seq"), DIAGRAM).expect("written");
    std::fs::create_dir(at("told")).expect("made");
    let formats = ["text", "json", "jsonl", "junit", "tap", "github", "html", "svg", "png", "markdown"];
    for mutant in [None, Some("broadcast-twice"), Some("text-truncated")] {
        let mut args = vec!["secret.seq".to_owned(), "-v".to_owned(), "--var".to_owned(), "key=env:KEY".to_owned()];
        args.extend(["--out", "told/kept", "--trust", "."].map(str::to_owned));
        args.extend(formats.iter().flat_map(|form| ["--report".to_owned(), format!("{form}=told/report.{form}")]));
        args.extend(["--report".to_owned(), "text".to_owned()]);
        args.extend(mutant.iter().flat_map(|name| ["--mutant".to_owned(), (*name).to_owned()]));
        let output = seqcheck(args).at(folder.path()).var("KEY", SECRET).run();
        assert_eq!(output.exit, Exit::Fail, "{output}");
        assert!(output.out.contains("***"), "the secret was there to be hidden:\n{output}");
        let mut all =
            vec![("stdout".to_owned(), output.out.into_bytes()), ("stderr".to_owned(), output.err.into_bytes())];
        everything_in(&at("told"), &mut all);
        assert!(all.len() > formats.len() + 2, "a trace and a wire log are among them: {}", all.len());
        for (name, bytes) in &all {
            let text = String::from_utf8_lossy(bytes);
            for spelling in spellings() {
                assert!(!text.contains(&spelling), "{name} has `{spelling}`, mutant {mutant:?}:\n{text}");
            }
        }
    }
}

#[test]
fn no_error_has_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("secret.toml"), binding()).expect("written");
    std::fs::write(at("secret.seq"), DIAGRAM).expect("written");
    let args = [
        "secret.seq",
        "--var",
        "key=env:KEY",
        "--target",
        "ws://127.0.0.1:9",
        "--connect-timeout",
        "1s",
        "--trust",
        ".",
    ];
    let refused = seqcheck(args).at(folder.path()).var("KEY", SECRET).run();
    assert_eq!(refused.exit, Exit::Error, "{refused}");
    let unknown = DIAGRAM.to_owned() + "Ann->Server: no rule for ${key}\n";
    std::fs::write(at("secret.seq"), unknown).expect("written");
    let wrong =
        seqcheck(["secret.seq", "--var", "key=env:KEY", "--trust", "."]).at(folder.path()).var("KEY", SECRET).run();
    assert_eq!(wrong.exit, Exit::Usage, "{wrong}");
    for output in [refused, wrong] {
        for spelling in spellings() {
            assert!(!output.to_string().contains(&spelling), "`{spelling}` in\n{output}");
        }
    }
}

/// What a binding can do to a value on its way into a frame: filters alone, with a secret key, and one after the other.
const CHAINS: [&str; 42] = [
    "",
    "|lower",
    "|upper",
    "|base64",
    "|hex",
    "|url",
    "|json",
    "|sha256",
    "|md5",
    "|hmac-sha256:v",
    "|base64|url",
    "|url|base64",
    "|base64|base64",
    "|hex|upper",
    "|upper|hex",
    "|sha256|base64",
    "|md5|base64",
    "|sha256|upper",
    "|md5|upper",
    "|hmac-sha256:v|base64",
    "|hmac-sha256:v|upper",
    "|lower|sha256",
    "|upper|md5",
    "|json|base64",
    "|base64|lower",
    "|base64|hex",
    "|hex|base64",
    "|url|hex",
    "|url|upper",
    "|url|lower",
    "|json|url",
    "|sha256|url",
    "|lower|url",
    "|upper|base64",
    "|url|sha256",
    "|base64|sha256",
    "|base64|json",
    "|hex|url",
    "|url|url",
    "|upper|sha256|base64",
    "|lower|base64|url",
    "|base64|hex|upper",
];

/// Each chain is said and heard, one after the other; at the end comes what is not drawn, so that expected and found are told.
fn chained() -> (String, String) {
    let mut binding = "extends = \"chat\"\n".to_owned();
    let mut diagram =
        "title Every chain\n#@ binding ./chains.toml\nAnn->Server: WS connect\nServer->Ann: Connected\n".to_owned();
    for (number, chain) in CHAINS.iter().enumerate() {
        binding += &format!(
            "[[rule]]\nlabel = \"say {number}\"\nclient = {{ type = \"direct\", to = \"ann\", text = \"{{v{chain}}}\" }}\n\
             [[rule]]\nlabel = \"hear {number}\"\nserver = {{ type = \"direct\", id = \"{{_}}\", text = \"{{v{chain}}}\" }}\n\
             [[rule]]\nlabel = \"miss {number}\"\nserver = {{ type = \"direct\", id = \"{{_}}\", text = \"no {{v{chain}}}\" }}\n"
        );
        diagram += &format!("Ann->Server: say {number}\nServer->Ann: hear {number}\n");
    }
    // The server gives back what it gets, here in another case.
    diagram += &format!(
        "Ann->Server: direct to Ann: {}\nServer->Ann: direct from Ann: {}\nAnn->Server: say 7\nServer->Ann: miss 9\n",
        CANARY.to_uppercase(),
        CANARY.to_uppercase()
    );
    (binding, diagram)
}

const CANARY: &str = "Tulip-71/\u{fc}&+x";

/// Plays it: what was kept, reported and printed, by name. The value is a secret, or it is not.
fn outputs(binding: &str, diagram: &str, secret: bool) -> Vec<(String, Vec<u8>)> {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("chains.toml"), binding).expect("written");
    std::fs::write(at("chains.seq"), diagram).expect("written");
    let formats = ["json", "jsonl", "junit", "tap", "github", "html", "svg", "png", "markdown"];
    let value = if secret { "v=env:KEY".to_owned() } else { format!("v={CANARY}") };
    let mut args =
        ["chains.seq", "-v", "--var", &value, "--out", "told/kept", "--report", "text"].map(str::to_owned).to_vec();
    args.extend(["--snapshots", "told/wire"].map(str::to_owned));
    args.extend(formats.iter().flat_map(|form| ["--report".to_owned(), format!("{form}=told/report.{form}")]));
    let output = seqcheck(args).at(folder.path()).var("KEY", CANARY).run();
    assert_eq!(output.exit, Exit::Fail, "{output}");
    let mut all = vec![("stdout".to_owned(), output.out.into_bytes()), ("stderr".to_owned(), output.err.into_bytes())];
    everything_in(&at("told"), &mut all);
    all
}

#[test]
fn nothing_that_filters_make_of_a_secret_is_in_any_output() {
    let (binding, diagram) = chained();
    let open = outputs(&binding, &diagram, false);
    // What the chains make of the value stands in the trace, where it is no secret.
    let (_, trace) = open.iter().find(|(name, _)| name.ends_with("trace.jsonl")).expect("a trace is kept");
    let mut canaries: Vec<String> = Vec::new();
    for line in String::from_utf8_lossy(trace).lines() {
        let entry: serde_json::Value = serde_json::from_str(line).expect("JSON");
        let frame = entry["raw"][0]["text"].as_str().and_then(|frame| serde_json::from_str(frame).ok());
        let frame: serde_json::Value = frame.unwrap_or_default();
        canaries.extend(frame["text"].as_str().map(str::to_owned));
    }
    assert!(
        canaries.len() >= CHAINS.len(),
        "{} of {}: {}",
        canaries.len(),
        CHAINS.len(),
        String::from_utf8_lossy(trace)
    );
    let shows = |bytes: &[u8], canary: &str| {
        let text = String::from_utf8_lossy(bytes).to_lowercase();
        let plain = canary.to_lowercase();
        let json = serde_json::Value::from(plain.as_str()).to_string();
        let markup = plain.replace('&', "&amp;").replace('"', "&quot;");
        [&plain, json.trim_matches('"'), &markup].into_iter().any(|spelling| text.contains(spelling))
    };
    for canary in &canaries {
        assert!(open.iter().any(|(_, bytes)| shows(bytes, canary)), "`{canary}` would have been seen");
    }
    let hidden = outputs(&binding, &diagram, true);
    assert!(hidden.len() >= 14, "{:?}", hidden.iter().map(|(name, _)| name).collect::<Vec<_>>());
    let mut leaks = Vec::new();
    for (name, bytes) in &hidden {
        leaks.extend(canaries.iter().filter(|canary| shows(bytes, canary)).map(|canary| format!("{name}: {canary}")));
    }
    assert!(leaks.is_empty(), "{} leaks:\n{}", leaks.len(), leaks.join("\n"));
}

/// A login that gives a token and a cookie, and a server that then tells everything it was told.
fn tattler() -> Field {
    server(|call| async move {
        match &*call.path {
            "/login" => {
                let cookies = [("set-cookie", "sid=cookie-seventy-two; Path=/"), ("set-cookie", "theme=dark")];
                let body =
                    br#"{"token":"token-seventy-three","accessToken":"access-seventy-nine","pin":"7474","name":"ann","refreshToken":"refresh-seventy-ten"}"#;
                call.answer_with(200, &cookies, body).await;
            }
            "/who" => {
                let headers = [
                    ("content-type", "application/json"),
                    ("set-cookie", "seen=1; HttpOnly"),
                    ("x-token-seventy-three", "a name"),
                ];
                let said: Vec<&str> = call.headers.values().map(String::as_str).collect();
                let body = serde_json::json!({ "said": said }).to_string();
                call.answer_with(200, &headers, body.as_bytes()).await;
            }
            _ => {
                let said: Vec<String> = call.headers.values().cloned().collect();
                let Some(mut client) = call.accept().await else { return };
                client.send(serde_json::json!({ "t": "hi", "session": "session-seventy-eleven" }));
                while let Some(text) = client.hear().await {
                    client.send(serde_json::json!({ "t": "echo", "text": text, "said": said }));
                }
            }
        }
    })
}

#[test]
fn what_proves_who_somebody_is_reaches_no_output() {
    let binding = r#"
secret = ["pin", "session"]

[connect]
url = "{target}/ws"
headers = { Authorization = "Bearer header-seventy-five", x-token = "{token|base64}" }
before = [{ http = { method = "POST", path = "/login", headers = { authorization = "{basic}" }, json = {} }, json = { token = "{token}", accessToken = "{access_token}", pin = "{pin}", name = "{name}", refreshToken = "{refresh_token}" } }]

[vars]
basic = "Basic YW5uOnBhc3N3b3JkLXNldmVudHktc2l4"

[[rule]]
label  = "tell"
client = { t = "x", token = "{token}", upper = "{token|upper}", sum = "{token|sha256}", access = "{access_token}", pin = "{pin}", name = "{name}" }

# What nothing else of the binding needs is a secret all the same, as the refresh token is.
[[rule]]
label  = "greeted"
server = { t = "hi", session = "{session}" }

[[rule]]
label  = "told"
server = { t = "echo", text = "nothing of it" }

[[rule]]
label  = "who am I"
on     = "http"
client = { path = "/who", headers = { authorization = "Bearer request-seventy-seven" } }

[[rule]]
label  = "you are"
on     = "http"
server = { status = 200, headers = { "set-cookie" = "seen=2" } }
"#;
    let diagram = "#@ binding ./b.toml\nAnn->S: WS connect\nS->Ann: greeted\nAnn->S: tell\nS->Ann: told\nAnn->S: who am I\nS-->Ann: you are\n";
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("b.toml"), binding).expect("written");
    std::fs::write(folder.path().join("a.seq"), diagram).expect("written");
    let listening = tattler().listen();
    let target = format!("ws://visitor:target-seventy-eight@{}", listening.address);
    let formats = ["json", "jsonl", "junit", "tap", "github", "html", "svg", "markdown"];
    let mut args =
        ["a.seq", "-v", "--timeout", "1s", "--settle", "100ms", "--target", &target].map(str::to_owned).to_vec();
    args.extend(["--out", "told/kept", "--snapshots", "told/wire", "--report", "text"].map(str::to_owned));
    args.extend(formats.iter().flat_map(|form| ["--report".to_owned(), format!("{form}=told/report.{form}")]));
    let output = seqcheck(args).at(folder.path()).run();
    assert_eq!(output.exit, Exit::Fail, "{output}");
    let mut all = vec![("stdout".to_owned(), output.out.into_bytes()), ("stderr".to_owned(), output.err.into_bytes())];
    everything_in(&folder.path().join("told"), &mut all);
    assert!(all.len() >= 12, "{}", all.len());
    let base64 = STANDARD.encode("token-seventy-three");
    let canaries = ["seventy", "SEVENTY", "7474", "visitor", "YW5uOnBhc3N3b3JkLXNldmVudHktc2l4", &base64, "seen=1"];
    for (name, bytes) in &all {
        let text = String::from_utf8_lossy(bytes);
        for canary in canaries {
            assert!(!text.contains(canary), "{name} has {canary}:\n{text}");
        }
    }
    let trace = all.iter().find(|(name, _)| name.ends_with("trace.jsonl")).expect("it is kept");
    let trace = String::from_utf8_lossy(&trace.1).into_owned();
    assert!(trace.contains("***") && trace.contains("\\\"name\\\":\\\"ann\\\""), "the rest is there: {trace}");
}

#[cfg(unix)]
#[test]
fn a_program_that_fails_does_not_tell_its_environment() {
    let folder = tempfile::tempdir().expect("a folder");
    let small = "Alice->Server: WS connect\nServer-->Alice: Connected\n";
    std::fs::write(folder.path().join("a.seq"), format!("#@ binding ./b.toml\n{small}")).expect("written");
    std::fs::write(folder.path().join("plain.seq"), small).expect("written");
    // The environment of the test process is that of the commands; whoever runs it knows the same.
    let listing = "env; echo path is $PATH; exit 3";
    let binding = format!("extends = \"chat\"\n[[setup]]\ncommand = [\"sh\", \"-c\", \"{listing}\"]\n");
    std::fs::write(folder.path().join("b.toml"), binding).expect("written");
    let known: Vec<(String, String)> = std::env::vars().filter(|(_, value)| !value.contains('\n')).collect();
    let run = |args: &[&str]| {
        let shell = seqcheck(args.iter()).at(folder.path());
        known.iter().fold(shell, |shell, (name, value)| shell.var(name, value)).run()
    };
    let target = format!("cmd: {listing}; : {{port}}");
    for output in [run(&["a.seq", "--trust", "."]), run(&["plain.seq", "--target", &target])] {
        assert_eq!(output.exit, Exit::Error, "{output}");
        assert!(output.out.contains("path is ") && output.out.contains("***"), "{output}");
        for (name, value) in known.iter().filter(|(_, value)| !value.is_empty()) {
            // The shell sets these itself.
            if !["_", "PWD", "OLDPWD", "SHLVL"].contains(&name.as_str()) {
                assert!(!output.out.contains(&format!("{name}={value}")), "{name}: {output}");
            }
        }
    }
}

#[test]
fn a_password_in_an_address_is_in_no_message() {
    let run = |target: &str| seqcheck(["scenarios/chat.seq", "--target", target, "--connect-timeout", "1s"]).run();
    for target in [
        "ws://visitor:tulip-71@127.0.0.1:9",
        "http://visitor:tulip-71@127.0.0.1:99999",
        "ftp://visitor:tulip-71@x",
        "ws://visitor:tulip-71@",
        "Server=ws://visitor:tulip-71@127.0.0.1:9",
        "Nobody=ws://visitor:tulip-71@127.0.0.1:9",
    ] {
        let output = run(target);
        assert!(output.exit == Exit::Error || output.exit == Exit::Usage, "{output}");
        assert!(!output.to_string().contains("tulip") && !output.to_string().contains("visitor"), "{target}: {output}");
    }
}

#[test]
fn the_output_of_a_server_is_passed_on_without_them() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("secret.toml"), binding()).expect("written");
    let diagram = "#@ binding ./secret.toml\nAnn->Server: WS connect\nServer->Ann: Connected\n";
    std::fs::write(folder.path().join("secret.seq"), diagram).expect("written");
    let said = ["a tulip-seventy-one", "dHVsaXAtc2V2ZW50eS1vbmU=", "of the%20canary", "first line", "second line"];
    let said = said.map(|line| format!("echo '{line}'; ")).concat();
    let target = format!("cmd: {said}exec '{}' serve --port {{port}}", env!("CARGO_BIN_EXE_seqcheck"));
    let key = "tulip-seventy-one";
    let run = seqcheck(["secret.seq", "--trust", ".", "--no-capture", "--target", &target]).at(folder.path());
    // What the binding does not name stands in the environment of the program, and so may be printed as well.
    let output = run.var("KEY", key).var("OTHER", "of the canary").var("PEM", "first line\nsecond line").run();
    assert!(
        output.err.contains("server | a ***\nserver | ***\nserver | ***\nserver | ***\nserver | ***\n"),
        "{output}"
    );
}

#[test]
fn a_password_in_the_address_of_a_page_that_is_waited_for_is_in_no_output() {
    let target =
        format!("cmd: exec '{}' serve --mutant text-truncated --port {{port}}", env!("CARGO_BIN_EXE_seqcheck"));
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().display().to_string();
    for (ready, exit) in [
        ("http://visitor:tulip-71@127.0.0.1:{port}/", Exit::Fail),
        ("http://visitor:tulip-71@127.0.0.1:99999/", Exit::Usage),
        ("ftp://visitor:tulip-71@127.0.0.1/", Exit::Usage),
        ("http://visitor:tulip-71@127.0.0.1:9/", Exit::Error),
    ] {
        let args = ["scenarios/chat.seq", "--target", &target, "--ready", ready, "--out", &out, "--total", "5s"];
        let output = seqcheck(args).run();
        assert_eq!(output.exit, exit, "{ready}: {output}");
        let mut all = vec![("printed".to_owned(), output.to_string().into_bytes())];
        everything_in(folder.path(), &mut all);
        for (name, bytes) in &all {
            let text = String::from_utf8_lossy(bytes);
            assert!(!text.contains("tulip") && !text.contains("visitor"), "{ready}: {name}: {text}");
        }
        assert!(exit != Exit::Fail || output.out.contains("= again:"), "{output}");
    }
}
