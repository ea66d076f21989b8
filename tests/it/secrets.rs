//! Whatever takes its value from the environment is in no output: not as it is, not in the encodings of the wire.

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

fn everything_in(folder: &Path, found: &mut Vec<(String, Vec<u8>)>) {
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
        args.extend(["--out".to_owned(), "told/kept".to_owned()]);
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
    let args = ["secret.seq", "--var", "key=env:KEY", "--target", "ws://127.0.0.1:9", "--connect-timeout", "1s"];
    let refused = seqcheck(args).at(folder.path()).var("KEY", SECRET).run();
    assert_eq!(refused.exit, Exit::Error, "{refused}");
    let unknown = DIAGRAM.to_owned() + "Ann->Server: no rule for ${key}\n";
    std::fs::write(at("secret.seq"), unknown).expect("written");
    let wrong = seqcheck(["secret.seq", "--var", "key=env:KEY"]).at(folder.path()).var("KEY", SECRET).run();
    assert_eq!(wrong.exit, Exit::Usage, "{wrong}");
    for output in [refused, wrong] {
        for spelling in spellings() {
            assert!(!output.to_string().contains(&spelling), "`{spelling}` in\n{output}");
        }
    }
}
