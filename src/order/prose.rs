//! Labels that say in prose what a connection is: told by their words, where no rule knows them.

/// Words that begin something.
const BEGINS: [&str; 17] = [
    "connect",
    "connects",
    "connecting",
    "open",
    "opens",
    "establish",
    "establishes",
    "handshake",
    "upgrade",
    "create",
    "creates",
    "initiate",
    "initialize",
    "start",
    "new",
    "dial",
    "reconnect",
];

/// Words that say that it is over, or was there before.
const OVER: [&str; 9] =
    ["established", "closed", "close", "disconnect", "lost", "opened", "connected", "message", "unsubscribe"];

/// Words that ask for an event stream.
const LISTENS: [&str; 5] = ["get", "subscribe", "request", "listen", "stream"];

/// Methods of HTTP as labels write them: in capitals, before a path or the name of a thing.
const METHODS: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

fn words(label: &str) -> Vec<String> {
    let plain = label.to_lowercase().replace("web socket", "websocket").replace("event source", "eventsource");
    plain.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn any(words: &[String], list: &[&str]) -> bool {
    words.iter().any(|word| list.contains(&word.as_str()))
}

/// Whether a text speaks of WebSocket.
pub(super) fn says_socket(text: &str) -> bool {
    let words = words(text);
    words
        .iter()
        .any(|word| word.starts_with("websocket") || word == "ws" || word == "wss" || word.ends_with("websocket"))
}

/// Whether a text speaks of Server-Sent Events.
pub(super) fn says_stream(text: &str) -> bool {
    let words = words(text);
    let pair = words.windows(2).any(|two| two[0] == "event" && two[1] == "stream");
    pair || words.iter().any(|word| word == "sse" || word.starts_with("eventsource"))
        || text.to_lowercase().contains("server-sent")
}

/// What passes on a connection that is there.
const PASSES: [&str; 10] =
    ["frame", "event", "data", "ping", "pong", "send", "sends", "notification", "update", "response"];

/// `Create new websocket channel`, `WebSocket /chat + token`
pub(super) fn connects(label: &str) -> bool {
    let words = words(label);
    let first = words.first().is_some_and(|word| says_socket(word)) && !any(&words, &PASSES);
    says_socket(label) && (first || any(&words, &BEGINS)) && !any(&words, &OVER)
}

/// `Subscribe to the SSE stream`
pub(super) fn listens(label: &str) -> bool {
    let words = words(label);
    says_stream(label) && (any(&words, &BEGINS) || any(&words, &LISTENS)) && !any(&words, &OVER)
}

/// `event: hello`, `data: 42`, `SSE: {result}`, `: keep-alive`, and the lines of an event below its `id: 7`.
pub(super) fn says_event(label: &str) -> bool {
    let mut lines = label.split("\\n").flat_map(str::lines).map(str::trim);
    let first = lines.next().unwrap_or_default();
    let field = |line: &str, names: &[&str]| {
        let word = line.split_once(':').map(|(word, rest)| (word.trim().to_ascii_lowercase(), rest.trim()));
        word.is_some_and(|(word, rest)| names.contains(&word.as_str()) && !rest.is_empty())
    };
    let marked = field(first, &["event", "data", "sse", "retry"]) || first.starts_with(':') && first.len() > 1;
    marked || field(first, &["id"]) && lines.any(|line| field(line, &["event", "data"]))
}

/// `GET /chat (Upgrade: websocket)`, whatever else it says.
pub(super) fn upgrades(label: &str) -> bool {
    says_socket(label)
        && any(&words(label), &["upgrade"])
        && label.split_whitespace().any(|word| METHODS.contains(&word))
}

/// `close EventSource`, `unsubscribe from SSE`
pub(super) fn leaves_stream(label: &str) -> bool {
    says_stream(label) && any(&words(label), &["close", "closes", "disconnect", "abort", "stop", "unsubscribe"])
}

/// `POST enqueue`, `GET /status`
pub(super) fn requests(label: &str) -> bool {
    let mut words = label.split_whitespace();
    let method = words.next().map(|word| word.trim_matches(['[', ']'])).is_some_and(|word| METHODS.contains(&word));
    method && words.next().is_some()
}

/// Whether a label opens something, a socket or a stream or with a request.
pub(super) fn opens(label: &str) -> bool {
    connects(label) || upgrades(label) || listens(label) || requests(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_is_told_by_its_words() {
        for label in [
            "Create new websocket channel",
            "WebSocket connect (session-123)",
            "Open a WebSocket to the hub",
            "new WebSocketClient(config)",
        ] {
            assert!(connects(label), "{label}");
        }
        for label in [
            "WebSocket connection established",
            "Close WebSocket",
            "connect the dots",
            "WebSocket Message",
            "Content via WebSocket",
        ] {
            assert!(!connects(label), "{label}");
        }
        for label in ["Subscribe to SSE", "Establish EventSource connection", "GET /events (SSE)"] {
            assert!(listens(label), "{label}");
        }
        assert!(!listens("Send SSE message") && !listens("event: hello"));
        for label in
            ["event: hello", "id: 7\\nevent: tick\\ndata: a", ": keep-alive", "data: {\"a\": 1}", "retry: 3000"]
        {
            assert!(says_event(label), "{label}");
        }
        assert!(!says_event("id: 7") && !says_event("hello: there") && !says_event(":"));
        assert!(upgrades("HTTP GET /chat (Upgrade: websocket)") && !upgrades("Upgrade the websocket library"));
        assert!(leaves_stream("close EventSource") && !leaves_stream("open EventSource"));
        assert!(requests("POST enqueue") && requests("[GET] /pets") && !requests("Post it") && !requests("GET"));
    }
}
