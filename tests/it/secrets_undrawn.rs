//! Secrets in what was not expected: a login that is answered otherwise, a frame that nobody drew, one that is wrong in another
//! member. All of these are shown, and the secrets in them are not.

use crate::field::server;
use crate::secrets::everything_in;
use crate::shell::{Output, seqcheck};
use seqcheck::cli::Exit;

const BINDING: &str = r#"
secret = ["session", "pin"]

[connect]
url    = "{target}/ws"
before = [{ http = { method = "POST", path = "/login", json = {} }, status = 200, json = { ok = true, token = "{my_token}" } }]

[[rule]]
label  = "your session"
server = { t = "hi", user = { session = "{session}", n = 1 } }

[[rule]]
label  = "pins"
server = { t = "pins", all = { "$each" = { pin = "{pin}" } }, first = "pin {pin} of {_}", json = { "$json" = [1, "{pin}"] } }

[[rule]]
label  = "hello"
server = { t = "hello", session = "{_}" }

[[rule]]
label  = "ask"
on     = "http"
client = { path = "/ask" }

[[rule]]
label  = "asked"
on     = "http"
server = { status = 200, json = { session = "{session}" } }
"#;

const GOOD: &str = r#"{"ok":true,"token":"token-seventy-one","refreshToken":"refresh-seventy-two"}"#;

/// Every play is told in all forms, with the wire log.
fn told(status: u16, login: &'static str, says: &'static [&'static str], drawn: &str) -> (Output, String) {
    let talks = server(move |call| async move {
        match &*call.path {
            "/login" => call.answer_with(status, &[("content-type", "application/json")], login.as_bytes()).await,
            "/ask" => {
                let body = br#"{"session":"session-seventy-three"}"#;
                call.answer_with(203, &[("content-type", "application/json")], body).await;
            }
            _ => {
                let Some(mut client) = call.accept().await else { return };
                for said in says {
                    let json: serde_json::Value = serde_json::from_str(said).expect("what the test says is JSON");
                    client.send(json);
                }
                while client.hear().await.is_some() {}
            }
        }
    });
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("b.toml"), BINDING).expect("written");
    let diagram = format!("#@ binding ./b.toml\nAnn->S: WS connect\n{drawn}");
    std::fs::write(folder.path().join("a.seq"), diagram).expect("written");
    let listening = talks.listen();
    let target = format!("ws://{}", listening.address);
    let mut args: Vec<String> = ["a.seq", "-v", "--target", &target, "--timeout", "1s", "--settle", "100ms"]
        .into_iter()
        .chain(["--out", "told/kept", "--report", "text"])
        .map(str::to_owned)
        .collect();
    let formats = ["json", "jsonl", "junit", "tap", "github", "html", "svg", "markdown"];
    args.extend(formats.iter().flat_map(|form| ["--report".to_owned(), format!("{form}=told/report.{form}")]));
    let output = seqcheck(args).at(folder.path()).run();
    let mut files = Vec::new();
    everything_in(&folder.path().join("told"), &mut files);
    let mut all = output.to_string();
    files.iter().for_each(|(name, bytes)| all += &format!("\n== {name}\n{}", String::from_utf8_lossy(bytes)));
    (output, all)
}

#[test]
fn what_was_not_expected_is_shown_without_the_secrets_in_it() {
    let connected = "S->Ann: hello\n";
    let cases: [(u16, &str, &[&str], &str, &str); 12] = [
        // The login.
        (201, GOOD, &[], connected, "status"),
        (200, r#"{"ok":false,"token":"token-seventy-one"}"#, &[], connected, "body.ok"),
        (200, r#"{"ok":1,"token":["token-seventy-one"],"list":[{"apiKey":"key-seventy-five"}]}"#, &[], "", "apiKey"),
        (200, r#"{"ok":true,"accessToken":"token-seventy-one"}"#, &[], connected, "accessToken"),
        (401, r#"{"wrong":{"password":"password-seventy"}}"#, &[], connected, "wrong"),
        // Nobody drew it.
        (200, GOOD, &[r#"{"t":"hi","user":{"session":"session-seventy-three","n":1}}"#], connected, "your session"),
        (200, GOOD, &[r#"{"t":"hi","user":{"session":"session-seventy-three","n":2}}"#], connected, "\"t\":\"hi\""),
        (
            200,
            GOOD,
            &[
                r#"{"t":"pins","all":[{"pin":"pin-seventy-six"},{"pin":"pin-seventy-seven"}],"first":"pin pin-seventy-eight of 9","json":"[2,\"pin-seventy-nine\"]"}"#,
            ],
            connected,
            "pins",
        ),
        // It is wrong in another member, or there once more.
        (
            200,
            GOOD,
            &[r#"{"t":"hi","user":{"session":"session-seventy-three","n":2}}"#],
            "S->Ann: your session\n",
            "user.n",
        ),
        (
            200,
            GOOD,
            &[r#"{"t":"hi","user":{"session":["session-seventy-three"]}}"#],
            "S->Ann: your session\n",
            "user.n",
        ),
        (
            200,
            GOOD,
            &[
                r#"{"t":"hi","user":{"session":"session-seventy-three","n":1}}"#,
                r#"{"t":"hi","user":{"session":"session-seventy-four","n":1}}"#,
            ],
            "S->Ann: your session\n",
            "your session",
        ),
        (200, GOOD, &[], "Ann->S: ask\nS-->Ann: asked\n", "203"),
    ];
    for (status, login, says, drawn, shown) in cases {
        let (output, all) = told(status, login, says, drawn);
        assert_eq!(output.exit, Exit::Fail, "{output}");
        assert!(all.contains(shown) && all.contains("***"), "it is told: {shown}\n{output}");
        assert!(!all.contains("seventy"), "{login} {says:?}:\n{all}");
    }
    // What is called the same in a message of another type is something else.
    let (output, all) = told(200, GOOD, &[r#"{"t":"hello","session":"of the choir"}"#, r#"{"t":"extra"}"#], connected);
    assert_eq!(output.exit, Exit::Fail, "{output}");
    assert!(all.contains("of the choir") && !all.contains("seventy"), "{all}");
}
