//! The side that listens: what pages are told, several services at once, and callers who behave badly.

use seqcheck::listen::Porch;
use seqcheck::run::CheckVerdict;
use seqcheck::{Mock, Scenario};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

const ASKS: &str = "[[rule]]\nlabel = \"ask\"\non = \"http\"\nclient = { method = \"POST\", path = \"/ask\" }\n\
                    [[rule]]\nlabel = \"told\"\non = \"http\"\nserver = { status = 200, headers = { x-more = \"1\" } }\n";

/// One request of a page, and the head of its answer in lower case.
async fn asked(porch: &Porch, request: &str) -> String {
    let mut stream = porch.dial();
    stream.write_all(request.as_bytes()).await.expect("room");
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer).await;
    answer.to_ascii_lowercase()
}

/// A page of this origin asks as browsers do: first whether it may, then what it wants.
fn page(accept: &str, origin: &str) -> (String, String, CheckVerdict) {
    let scenario = Scenario::parse("p.seq", "Page->Server: ask\nServer-->Page: told\n").expect("a diagram");
    let scenario = scenario.binding_text("p.toml", &format!("{ASKS}{accept}")).unwrap_or_else(|why| panic!("{why}"));
    let preflight = format!(
        "OPTIONS /ask HTTP/1.1\r\nHost: h\r\nOrigin: {origin}\r\nAccess-Control-Request-Method: POST\r\n\
         Access-Control-Request-Headers: x-mine\r\nAccess-Control-Request-Private-Network: true\r\n\r\n"
    );
    let request = format!("POST /ask HTTP/1.1\r\nHost: h\r\nOrigin: {origin}\r\nContent-Length: 0\r\n\r\n");
    let (told, heard) = std::sync::mpsc::channel();
    let verdict = Mock::new(scenario).expect("roles").with(|porch| async move {
        let may = asked(&porch, &preflight).await;
        let answer = asked(&porch, &request).await;
        let _ = told.send((may, answer));
    });
    let (may, answer) = heard.recv().expect("both answers");
    (may, answer, verdict.unwrap_or_else(|why| panic!("{why}")))
}

#[test]
fn pages_of_this_machine_may_ask_and_others_where_they_are_listed() {
    let listed = "[accept]\norigins = [\"HTTPS://App.example:443\", \"null\"]\n";
    let every = "[accept]\norigins = [\"*\"]\n";
    for (accept, origin, may) in [
        ("", "http://localhost:5173", true),
        ("", "http://127.0.0.1", true),
        ("", "https://app.example", false),
        ("", "null", false),
        (listed, "https://app.example", true),
        (listed, "null", true),
        (listed, "http://app.example", false),
        (listed, "http://localhost:5173", false),
        (every, "https://anywhere.example", true),
    ] {
        let (preflight, answer, verdict) = page(accept, origin);
        assert!(verdict.is_pass(), "{origin}: {verdict}");
        assert!(preflight.starts_with("http/1.1 204"), "{preflight}");
        let allowed = format!("access-control-allow-origin: {origin}\r\n");
        for head in [&preflight, &answer] {
            assert_eq!(head.contains(&allowed), may, "{accept} {origin}: {head}");
            assert_eq!(head.contains("access-control-allow-credentials: true"), may, "{head}");
        }
        for line in ["methods: post", "headers: x-mine", "private-network: true"] {
            assert_eq!(preflight.contains(&format!("access-control-allow-{line}\r\n")), may, "{line}: {preflight}");
        }
        assert_eq!(answer.contains("access-control-expose-headers: x-more\r\n"), may, "{answer}");
        let note = format!("pages of {origin} asked, and their browsers were not told that they may");
        assert_eq!(verdict.to_string().contains(&note), !may, "{verdict}");
    }
}

#[test]
fn what_is_no_origin_is_told_with_its_place() {
    for wrong in ["https://app.example/", "app.example", "https://ann@app.example", "https://", ""] {
        let binding = format!("{ASKS}[accept]\norigins = [\"{wrong}\"]\n");
        let scenario = Scenario::parse("p.seq", "Page->Server: ask\nServer-->Page: told\n").expect("a diagram");
        let why = scenario.binding_text("p.toml", &binding).expect_err(wrong).to_string();
        assert!(why.contains("is no origin of a page") && why.contains("p.toml:10:"), "{why}");
    }
}
