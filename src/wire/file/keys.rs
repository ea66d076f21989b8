//! Every table of a binding file with its keys and what they are for: the one list behind reading, suggestions, the JSON
//! Schema and the reference in the documentation.

/// A table of the file.
#[derive(Debug)]
pub struct Table {
    /// How messages call it.
    pub name: &'static str,
    /// Its keys, each with a line of documentation.
    pub keys: &'static [(&'static str, &'static str)],
}

pub(super) static FILE: Table = Table {
    name: "a binding",
    keys: &[
        ("name", "what reports call it"),
        ("about", "what it is for, and the specification that it follows"),
        ("extends", "another binding, by name or path; what is said here wins"),
        ("codec", "how frames are read and written; json where nothing is said"),
        ("framing", "where a message ends on a plain stream of bytes: tcp://, tls:// and stdio: targets"),
        ("envelope", "how messages stand in frames that hold several, or all have the same around them"),
        ("provides", "what `#@ needs` may ask for"),
        ("closed", "objects of received frames may have no further members"),
        ("lasting", "holes whose value a client still knows after it has connected again"),
        (
            "secret",
            "holes whose values reach no output; those that a login or `setup` gives as token, password, secret or key, or under a name that ends so, never do",
        ),
        ("vars", "values for holes; a text may have holes itself"),
        ("let", "the same for values that are made of others: filters behind the text act on the whole"),
        (
            "participants",
            "values for holes, and its own `connect` and `echo`, for one participant each; `server` and `silent` are lists of names",
        ),
        ("connect", "what connecting is"),
        ("accept", "whom a server lets in that is played for clients under test"),
        ("auto", "received frames that are answered at once, and never an event"),
        ("every", "keep-alives that the client owes"),
        ("ignore", "received frames that are never an event"),
        ("follow", "what values do from one frame of a connection to the next: they rise, or add up to a text"),
        ("echo", "the frame that proves that everything before it was handled"),
        ("setup", "requests or commands before a run"),
        ("teardown", "requests or commands after a run"),
        ("rule", "what a label is on the wire"),
    ],
};

pub(super) static RULE: Table = Table {
    name: "a rule",
    keys: &[
        ("label", "the label, or a list of spellings"),
        ("name", "what another file calls it that extends this one; there: the name or label of what is changed"),
        ("remove", "`true`: the rule of this name, in what is extended, is none"),
        ("about", "a note for readers"),
        ("on", "`socket` (where nothing is said), `http` or `sse`"),
        ("client", "what a client sends"),
        ("server", "what a server sends"),
        ("steps", "several frames for one arrow of a client: `{ send = … }`, `{ receive = … }`"),
        ("reply", "the server's acknowledgement, where the diagram does not draw it"),
        ("opaque", "holes whose value the server chooses; in a diagram they are names"),
        ("repeat", "an HTTP request that is made again until its answer is what it waits for"),
        ("share", "holes whose value becomes known to all connections"),
        ("forget", "holes whose value is not remembered"),
        ("absent", "paths of members that must not be there"),
        ("closed", "objects of received frames may have no further members"),
        ("to", "`all` or `others`: whom this frame is for, where it is drawn to a group of receivers"),
        ("place", "`free`: the place of this frame on its connection is not judged"),
        ("action", "an action of the tool, or the end of a connection, instead of a frame"),
        ("code", "the code of `action = \"close\"`"),
        ("reason", "the reason of `action = \"close\"`"),
        ("as", "the name under which `action = \"connect\"` connects"),
        ("connect", "what `action = \"connect\"` does otherwise than `[connect]` says"),
    ],
};

pub(super) static CONNECT: Table = Table {
    name: "`connect`",
    keys: &[
        ("url", "the address, with `{target}` or `{target.http}`"),
        ("query", "what is added to the query of the address, by name"),
        ("headers", "headers of the handshake"),
        ("subprotocols", "WebSocket subprotocols, the preferred one first"),
        ("compress", "`true`: messages may be compressed (permessage-deflate), where the server agrees"),
        ("retry", "statuses on which a connect tries again until its deadline, unless the refusal is drawn"),
        ("before", "HTTP requests before the handshake"),
        ("after", "frames after the handshake, undrawn, again on every reconnection"),
        ("implicit", "the first message of a client connects it where no arrow does"),
        ("session", "whose cookies it has: clients with the same text here share them"),
    ],
};

pub(super) static ACCEPT: Table = Table {
    name: "`accept`",
    keys: &[(
        "origins",
        "the origins of pages whose browsers may read answers, such as `https://app.example`; `*` is every one; those of this machine where nothing is said",
    )],
};

pub(super) static HTTP_STEP: Table = Table {
    name: "an HTTP step",
    keys: &[
        ("http", "the request"),
        ("status", "the expected status; any 2xx or 3xx where nothing is said"),
        ("headers", "expected headers"),
        ("json", "the expected body as JSON"),
        ("body", "the expected body as text"),
        ("message", "the expected body as a message of the codec"),
        ("command", "a command to run instead of a request, as a list of words"),
    ],
};

pub(super) static HTTP_REQUEST: Table = Table {
    name: "an HTTP request",
    keys: &[
        ("method", "GET where nothing is said"),
        ("path", "path and query, at the target's address"),
        ("url", "the whole address, instead of `path`"),
        ("headers", "headers of the request"),
        ("json", "the body as JSON"),
        ("form", "the body as a form"),
        ("body", "the body as text or bytes"),
        ("message", "the body as a message of the codec"),
    ],
};

pub(super) static HTTP_RESPONSE: Table = Table {
    name: "an HTTP response",
    keys: &[
        ("status", "the expected status"),
        ("headers", "expected headers"),
        ("json", "the expected body as JSON"),
        ("body", "the expected body as text"),
        ("message", "the expected body as a message of the codec"),
    ],
};

pub(super) static EVENT: Table = Table {
    name: "a Server-Sent Event",
    keys: &[
        ("event", "its type"),
        ("id", "its id"),
        ("data", "its data"),
        ("comment", "the text of a comment, instead of an event"),
        ("retry", "the milliseconds of a `retry`, instead of an event"),
    ],
};

pub(super) static REPEAT: Table = Table {
    name: "`repeat`",
    keys: &[
        ("every", "how often, as `1s`; it is asked again for as long as an answer may take (`--timeout`)"),
        ("until", "the answer that is waited for; the last one is judged"),
    ],
};

pub(super) static STEP: Table =
    Table { name: "a step", keys: &[("send", "a frame to send"), ("receive", "a frame that must come")] };

const NAME: &str = "what another file calls it that extends this one; there: the name of what is changed";
const REMOVE: &str = "`true`: what has this name in what is extended is none";

pub(super) static AUTO: Table = Table {
    name: "`auto`",
    keys: &[("name", NAME), ("remove", REMOVE), ("receive", "the frame that is answered"), ("send", "the answer")],
};

pub(super) static EVERY: Table = Table {
    name: "`every`",
    keys: &[("name", NAME), ("remove", REMOVE), ("interval", "how often, as `20s`"), ("send", "the frame")],
};

pub(super) static IGNORE: Table = Table {
    name: "`ignore`",
    keys: &[
        ("name", NAME),
        ("remove", REMOVE),
        ("frame", "the frame that is ignored"),
        ("event", "the Server-Sent Event that is ignored, as a table of `event`, `id` and `data`"),
        ("unless", "what is not ignored, although it fits: a frame or an event, as above"),
        (
            "close",
            "ends of connections that are ignored: codes of a Close, `none` (no code, or no Close at all), `any` (all of these), `stream` (an event stream ends)",
        ),
    ],
};

pub(super) static FOLLOW: Table = Table {
    name: "`follow`",
    keys: &[
        ("name", NAME),
        ("remove", REMOVE),
        ("frame", "the frames that are followed"),
        ("event", "the Server-Sent Events that are followed, as a table of `event`, `id` and `data`"),
        ("rises", "the hole whose number is larger in each of them than in the one before"),
        ("by", "by how much, exactly"),
        ("joins", "the hole whose texts add up to that of `into`"),
        ("into", "the frame that has the whole text, in a hole of the same name"),
        ("per", "a hole: frames with another value of it are followed by themselves"),
    ],
};

pub(super) static ECHO: Table = Table {
    name: "`echo`",
    keys: &[
        ("client", "what the client sends; `{nonce}` tells one echo from the next"),
        ("server", "what comes back, with the same `{nonce}` where it is sent"),
        ("http", "a request instead, which is answered when all before it is handled"),
        ("status", "the expected status; any 2xx or 3xx where nothing is said"),
        ("headers", "expected headers"),
        ("json", "the expected body as JSON"),
        ("body", "the expected body as text"),
    ],
};

pub(super) static ENVELOPE: Table = Table {
    name: "`envelope`",
    keys: &[
        ("frame", "a frame that holds messages, with `{messages}` in place of their list"),
        ("separator", "the letters that end each message of a text, instead of `frame`"),
        ("message", "how one of them stands there, with `{message}`; as it is where nothing is said"),
        ("client", "the frame of a client's message, with `{message}`; the message itself where nothing is said"),
    ],
};

/// All tables with the name under which the JSON Schema defines them.
pub static TABLES: [(&str, &Table); 16] = [
    ("binding", &FILE),
    ("rule", &RULE),
    ("connect", &CONNECT),
    ("accept", &ACCEPT),
    ("http_step", &HTTP_STEP),
    ("http_request", &HTTP_REQUEST),
    ("http_response", &HTTP_RESPONSE),
    ("repeat", &REPEAT),
    ("event", &EVENT),
    ("step", &STEP),
    ("auto", &AUTO),
    ("every", &EVERY),
    ("ignore", &IGNORE),
    ("follow", &FOLLOW),
    ("echo", &ECHO),
    ("envelope", &ENVELOPE),
];
