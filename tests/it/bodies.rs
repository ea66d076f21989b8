//! Answers over HTTP as servers send them, right and wrong in one way each, where they are drawn and where they are not.

use crate::field::{Call, LAB, Net, Told, server};
use seqcheck::oracle::{Class, Verdict};

const RULES: &str = r#"
[[rule]]
label  = "get"
on     = "http"
client = { path = "/x" }

[[rule]]
label  = "head"
on     = "http"
client = { method = "HEAD", path = "/x" }

[[rule]]
label  = "got {v:int}"
on     = "http"
server = { status = 200, json = { v = "{v}" } }
"#;

const DRAWN: &str = "Ann->S: get\nS->Ann: got 1\n";
const UNDRAWN: &str = "Ann->S: get\n";
const HEAD: &str = "Ann->S: head\nS->Ann: 200 OK\n";
const NONE: &str = "Ann->S: get\nS->Ann: 204 No Content\n";
const SAME: &str = "Ann->S: get\nS->Ann: 304 Not Modified\n";
const CHUNKED: &str = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
const SEVEN: &str = "HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\n";

/// How an answer begins and goes on, whether the server ends its connection, and what is drawn of it.
type Answer = (&'static str, &'static str, bool, &'static str);

fn played(net: Net, (head, body, ends, diagram): Answer) -> Told {
    let answering = server(move |call: Call| async move {
        let bytes = [head.as_bytes(), body.as_bytes()].concat();
        if ends { call.say_and_end(&bytes).await } else { call.say(&bytes).await }
    });
    answering.play(net, diagram, &format!("{LAB}{RULES}"))
}

#[test]
fn an_answer_may_have_each_form_of_http() {
    let right: [Answer; 12] = [
        (SEVEN, "{\"v\":1}", false, DRAWN),
        ("HTTP/1.1 200 OK\r\n\r\n", "{\"v\":1}", true, DRAWN),
        ("HTTP/1.0 200 OK\r\n\r\n", "{\"v\":1}", true, DRAWN),
        (CHUNKED, "7\r\n{\"v\":1}\r\n0\r\n\r\n", false, DRAWN),
        (CHUNKED, "3;x=1\r\n{\"v\r\n4\r\n\":1}\r\n0\r\nX: y\r\n\r\n", false, DRAWN),
        ("HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n{\"v\":1}", true, DRAWN),
        // Their length is that of what another request would get.
        ("HTTP/1.1 204 None\r\ncontent-length: 2\r\n\r\n", "", false, NONE),
        ("HTTP/1.1 304 Same\r\ncontent-length: 2\r\n\r\n", "", true, SAME),
        (SEVEN, "", false, HEAD),
        (CHUNKED, "", false, HEAD),
        // What nobody drew need only be no refusal.
        ("HTTP/1.1 204 None\r\n\r\n", "", false, UNDRAWN),
        ("HTTP/1.1 103 Early\r\n\r\n", "", false, UNDRAWN),
    ];
    for answer in right {
        for net in [Net::Memory, Net::AsTcp] {
            played(net, answer).passes();
        }
    }
}

#[test]
fn each_fault_of_an_answer_is_found_in_its_class_and_at_its_line() {
    let wrong: [(Answer, Class, u32, &str); 22] = [
        // Which end is meant by one that never comes?
        (
            ("HTTP/1.1 200 OK\r\n\r\n", "{\"v\":1}", false, DRAWN),
            Class::Missing,
            2,
            "a part of its body was received (7 bytes)",
        ),
        ((SEVEN, "{\"v\":", false, DRAWN), Class::Missing, 2, "a part of its body was received (5 of 7 bytes)"),
        (("HTTP/1.1 103 Early\r\n\r\n", "", false, DRAWN), Class::Missing, 2, "only interim answers"),
        (("HTTP/1.1 103 Early\r\n\r\n", "", true, DRAWN), Class::Closed, 1, "interim"),
        ((SEVEN, "{\"v\":", true, DRAWN), Class::Closed, 1, "5 of 7 bytes"),
        ((SEVEN, "{\"v\":", true, "Ann->S: get\nS->Ann: 200 OK\n"), Class::Closed, 1, "5 of 7 bytes"),
        ((CHUNKED, "7\r\n{\"v\":1}\r\n", true, DRAWN), Class::Closed, 1, "(7 bytes of its body)"),
        ((CHUNKED, "7\r\n{\"v\":1}\r\n", true, UNDRAWN), Class::Closed, 1, "(7 bytes of its body)"),
        ((CHUNKED, "7\r\n{\"v\":1}\r\n0\r\n", true, DRAWN), Class::Closed, 1, "(7 bytes of its body)"),
        ((CHUNKED, "zz\r\n{\"v\":1}\r\n", false, DRAWN), Class::Closed, 1, "chunk"),
        ((CHUNKED, "6\r\n{\"v\":1}\r\n0\r\n\r\n", false, DRAWN), Class::Closed, 1, "chunk"),
        (
            ("HTTP/1.1 200 OK\r\ncontent-length: 7\r\ncontent-length: 8\r\n\r\n", "{}", true, DRAWN),
            Class::Closed,
            1,
            "",
        ),
        (("HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n", "{\"v\":1}", true, DRAWN), Class::Closed, 1, ""),
        (
            (
                "HTTP/1.1 200 OK\r\ncontent-length: 7\r\ntransfer-encoding: chunked\r\n\r\n",
                "7\r\n{\"v\":1}\r\n0\r\n\r\n",
                false,
                DRAWN,
            ),
            Class::Closed,
            1,
            "both Content-Length and Transfer-Encoding",
        ),
        (("hello\r\n\r\n", "", true, DRAWN), Class::Closed, 1, "not HTTP"),
        (("HTTP/1.1 500 No\r\ncontent-length: 9\r\n\r\n", "no", true, UNDRAWN), Class::Closed, 1, "2 of 9"),
        (("HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n", "", false, UNDRAWN), Class::Unexpected, 1, "HTTP 500"),
        (("HTTP/1.1 204 None\r\ncontent-length: 2\r\n\r\n", "{}", false, NONE), Class::Unexpected, 1, "2 bytes after"),
        (("HTTP/1.1 304 Same\r\ncontent-length: 2\r\n\r\n", "{}", true, SAME), Class::Unexpected, 1, "2 bytes after"),
        ((SEVEN, "{\"v\":1}", false, HEAD), Class::Unexpected, 1, "7 bytes after"),
        // What is whole and says something else.
        ((SEVEN, "{\"v\":2}", false, DRAWN), Class::WrongPayload, 2, "v"),
        (("HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\n", "{\"v\":1", false, DRAWN), Class::WrongPayload, 2, ""),
    ];
    for (answer, class, line, words) in wrong {
        for net in [Net::Memory, Net::AsTcp] {
            let told = played(net, answer);
            assert_eq!((told.verdict, told.class, told.line), (Verdict::Fail, Some(class), line), "{answer:?}: {told}");
            told.says(words);
        }
    }
}
