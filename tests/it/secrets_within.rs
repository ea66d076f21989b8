//! Secrets inside the Base64 of something longer, however a server writes it: nothing of them is in any output.

use crate::field::server;
use crate::secrets::everything_in;
use crate::shell::seqcheck;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use seqcheck::cli::Exit;

/// Of both alphabets, with what JSON writes in other ways, and with letters that have a case outside of ASCII.
const SECRET: &str = "Tulip/71>Ghi~7?Jkl&T\u{f6}k6Mno\u{3a9}Pqr4";

/// What stands before Base64 and is made of its letters, or of letters that a text writes in place of a break.
const GLUED: [&str; 14] =
    ["", "Authorization:\n", "a\t", "a\r\n", "/x/", "/xy/", "user_", "a-", "+", "abc", "abcd", "v1.", "\u{e9}", "%0A"];

/// The secret in something longer that begins so, in another phase each.
const BEFORE: [&str; 3] = ["bob:", "bo:", "b:"];

/// The texts that the server says, each a frame.
fn said() -> Vec<String> {
    let mut all = Vec::new();
    let go = SECRET.replace('>', "\\u003e").replace('&', "\\u0026");
    for before in BEFORE {
        let longer = format!("{before}{SECRET}");
        let plain = STANDARD.encode(&longer);
        for glued in GLUED {
            all.push(format!("{glued}{plain}"));
            all.push(format!("{glued}{}", URL_SAFE_NO_PAD.encode(&longer)));
            all.push(format!("{glued}{}/tail", plain.trim_end_matches('=')));
        }
        // As a mail breaks its lines: the secret crosses an end.
        let mail = STANDARD.encode(format!("a header that a mail has, and more, {longer} and more than that of it"));
        for between in ["\n", "\r\n"] {
            let (line, rest) = mail.split_at(76);
            all.push(format!("{line}{between}{rest}{between}"));
        }
        for json in [&go, &SECRET.replace('/', "\\/")] {
            all.push(STANDARD.encode(format!("{{\"t\":\"{before}{json}\"}}")));
        }
    }
    all.push("tULIP/71>gHI~7?jKL&t\u{d6}K6mNO\u{3c9}pQR4".to_owned());
    all
}

/// What would be seen of it: so many letters of the secret itself, and of its Base64 in each phase that lines do not cut.
fn canaries() -> Vec<String> {
    let mut all = vec!["ulip/71".to_owned(), "7?jkl&".to_owned(), "6mno".to_owned(), "pqr4".to_owned()];
    for phase in 0..3 {
        let letters = STANDARD.encode(format!("{}{SECRET}", &"<<"[..phase])).replace('+', "-").replace('/', "_");
        let letters = letters.trim_end_matches('=').to_lowercase();
        all.extend((4..letters.len() - 8).map(|at| letters[at..at + 8].to_owned()));
    }
    all
}

#[test]
fn nothing_of_a_secret_is_seen_within_base64_of_something_longer() {
    let talks = server(|call| async move {
        let Some(mut client) = call.accept().await else { return };
        while let Some(asked) = client.hear().await {
            let at = asked["n"].as_str().and_then(|n| n.parse::<usize>().ok()).expect("a number");
            client.send(serde_json::json!({ "t": "said", "text": said()[at] }));
        }
    });
    let count = said().len();
    let mut diagram = "#@ binding ./b.toml\nAnn->S: WS connect\nS->Ann: Connected\n".to_owned();
    // What is drawn holds of all but the last, so that both what is expected and what is not are shown.
    (0..count).for_each(|n| diagram += &format!("Ann->S: tell {n}\nS->Ann: told\n"));
    diagram += "Ann->S: tell 0\nS->Ann: another\n";
    let binding = "[connect]\nurl = \"{target}/ws\"\nheaders = { x-key = \"{env.KEY|base64}\" }\n\
                   [[rule]]\nlabel = \"tell {n}\"\nclient = { t = \"tell\", n = \"{n}\" }\n\
                   [[rule]]\nlabel = \"told\"\nserver = { t = \"said\", text = \"{_}\" }\n\
                   [[rule]]\nlabel = \"another\"\nserver = { t = \"said\", text = \"no\" }\n";
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("b.toml"), binding).expect("written");
    std::fs::write(folder.path().join("a.seq"), diagram).expect("written");
    let listening = talks.listen();
    let target = format!("ws://{}", listening.address);
    let formats = ["json", "jsonl", "junit", "tap", "github", "html", "svg", "markdown"];
    let mut args = ["a.seq", "-v", "--trust", ".", "--target", &target].map(str::to_owned).to_vec();
    args.extend(["--out", "told/kept", "--snapshots", "told/wire", "--report", "text"].map(str::to_owned));
    args.extend(formats.iter().flat_map(|form| ["--report".to_owned(), format!("{form}=told/report.{form}")]));
    let output = seqcheck(args).at(folder.path()).var("KEY", SECRET).run();
    assert_eq!(output.exit, Exit::Fail, "{output}");
    let mut all = vec![("stdout".to_owned(), output.out.into_bytes()), ("stderr".to_owned(), output.err.into_bytes())];
    everything_in(&folder.path().join("told"), &mut all);
    assert!(all.len() >= 12, "{}", all.len());
    let trace = all.iter().find(|(name, _)| name.ends_with("trace.jsonl")).expect("it is kept");
    let hidden = String::from_utf8_lossy(&trace.1).matches("***").count();
    assert!(hidden >= count, "all {count} were there to be hidden: {hidden}");
    let mut leaks = Vec::new();
    for (name, bytes) in &all {
        let text = String::from_utf8_lossy(bytes).to_lowercase();
        // Whatever breaks stand between, and in whichever alphabet.
        let joined = text.replace("\\\\", "\\").replace("\\r", "").replace("\\n", "").replace(['\r', '\n'], "");
        let joined = joined.replace('+', "-").replace('/', "_");
        let seen = |canary: &&String| text.contains(canary.as_str()) || joined.contains(canary.as_str());
        leaks.extend(canaries().iter().filter(seen).map(|canary| format!("{name}: {canary}")));
    }
    assert!(leaks.is_empty(), "{} leaks:\n{}", leaks.len(), leaks.join("\n"));
}
