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
        ("extends", "another binding, by name or path; this file overrides it"),
        ("codec", "how frames are read and written; default: json"),
        ("framing", "how the end of a message is found in a plain stream of bytes: tcp://, tls:// and stdio: targets"),
        (
            "envelope",
            "how messages are put into frames, if a frame contains several messages, or if all messages have the same \
             frame around them",
        ),
        (
            "labels",
            "`exact` (default), or `ignore-case`: labels of a diagram may have other capital letters than those of the rules",
        ),
        ("provides", "the features that `#@ needs` may require"),
        ("closed", "objects of received frames may have no other members"),
        ("lasting", "holes whose value a client still knows after it has reconnected"),
        (
            "secret",
            "holes whose values are never shown; values that a login or `setup` receives as token, password, secret \
             or key, or under a name that ends with such a word, are never shown either",
        ),
        ("vars", "values for holes; a text may itself contain holes"),
        ("let", "the same for values that use other values: filters after the text apply to the whole text"),
        (
            "participants",
            "values for holes, `connect` and `echo` of one participant each; `server` and `silent` are lists of names",
        ),
        ("connect", "how a client connects"),
        ("accept", "which clients a server accepts, if seqcheck plays the server"),
        ("auto", "received frames that are answered at once and are never an event"),
        ("every", "keep-alives that the client has to send"),
        ("ignore", "received frames that are never an event"),
        ("follow", "how values change from one frame of a connection to the next: they rise, or they add up to a text"),
        ("echo", "a frame whose answer proves that everything before it was handled"),
        ("setup", "requests or commands before a run"),
        ("teardown", "requests or commands after a run"),
        ("rule", "the message of a label"),
    ],
};

pub(super) static RULE: Table = Table {
    name: "a rule",
    keys: &[
        ("label", "the label, or a list of spellings"),
        (
            "name",
            "a name, so that a file that extends this one can change the rule; in that file: the name or label of the \
             rule to change",
        ),
        ("remove", "`true`: removes the inherited rule of this name"),
        ("about", "a note for readers"),
        ("on", "`socket` (default), `http` or `sse`"),
        ("client", "what a client sends"),
        ("server", "what a server sends"),
        ("steps", "several frames for one arrow of a client: `{ send = … }`, `{ receive = … }`"),
        ("reply", "the acknowledgement of the server, if the diagram does not draw it"),
        ("opaque", "holes whose value the server chooses; in a diagram they are names"),
        ("repeat", "repeats an HTTP request until the expected answer comes"),
        ("share", "holes whose value becomes known to all connections"),
        ("forget", "holes whose value is not remembered"),
        ("absent", "paths of members that must not be there"),
        ("closed", "objects of received frames may have no other members"),
        ("to", "`all` or `others`: the receivers of this frame, if it is drawn to a group of receivers"),
        ("place", "`free`: the place of this frame in the order of its connection is not checked"),
        ("action", "an action of seqcheck, or the end of a connection, instead of a frame"),
        ("code", "the code of `action = \"close\"`"),
        ("reason", "the reason of `action = \"close\"`"),
        ("as", "the name under which `action = \"connect\"` connects"),
        ("connect", "how `action = \"connect\"` differs from `[connect]`"),
    ],
};

pub(super) static CONNECT: Table = Table {
    name: "`connect`",
    keys: &[
        ("url", "the address, with `{target}` or `{target.http}`"),
        ("query", "parameters that are added to the query of the address"),
        ("headers", "headers of the handshake"),
        ("subprotocols", "WebSocket subprotocols, the preferred one first"),
        ("posts", "the header in which a server names the session, for targets with `http://`: each message is a POST"),
        ("compress", "`true`: messages may be compressed (permessage-deflate), if the server agrees"),
        ("retry", "statuses after which a connect is repeated until its deadline, unless the refusal is drawn"),
        ("before", "HTTP requests before the handshake"),
        ("after", "frames after the handshake that are not drawn, also on every reconnection"),
        ("unless", "labels of clients: a participant for whom the diagram draws one of them says nothing of `after`"),
        ("implicit", "the first message of a client connects it, if no arrow does"),
        ("session", "clients with the same text here share their cookies"),
    ],
};

pub(super) static ACCEPT: Table = Table {
    name: "`accept`",
    keys: &[(
        "origins",
        "the origins of pages whose browsers may read answers, such as `https://app.example`; `*` is every origin; \
         default: the origins of this machine",
    )],
};

pub(super) static HTTP_STEP: Table = Table {
    name: "an HTTP step",
    keys: &[
        ("http", "the request"),
        ("status", "the expected status; default: any 2xx or 3xx"),
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
        ("method", "default: GET"),
        ("path", "path and query, at the address of the target"),
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
        ("every", "the interval, such as `1s`; the request is repeated until the deadline of an answer (`--timeout`)"),
        ("until", "the expected answer; only the last answer is checked"),
    ],
};

pub(super) static STEP: Table =
    Table { name: "a step", keys: &[("send", "a frame to send"), ("receive", "a frame that must come")] };

const NAME: &str = "a name, so that a file that extends this one can change the entry; in that file: the name of the \
                    entry to change";
const REMOVE: &str = "`true`: removes the inherited entry of this name";

const UNDRAWN: &str = "`true`: only in diagrams that draw no such frame";

pub(super) static AUTO: Table = Table {
    name: "`auto`",
    keys: &[
        ("name", NAME),
        ("remove", REMOVE),
        ("receive", "the frame that is answered"),
        ("send", "the answer"),
        ("undrawn", UNDRAWN),
    ],
};

pub(super) static EVERY: Table = Table {
    name: "`every`",
    keys: &[("name", NAME), ("remove", REMOVE), ("interval", "the interval, such as `20s`"), ("send", "the frame")],
};

pub(super) static IGNORE: Table = Table {
    name: "`ignore`",
    keys: &[
        ("name", NAME),
        ("remove", REMOVE),
        ("frame", "the frame that is ignored"),
        ("event", "the Server-Sent Event that is ignored, as a table of `event`, `id` and `data`"),
        ("unless", "a frame or an event that fits, but is not ignored"),
        ("undrawn", UNDRAWN),
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
        ("by", "the exact difference"),
        ("joins", "the hole whose texts add up to the text of `into`"),
        ("into", "the frame that contains the whole text, in a hole of the same name"),
        ("per", "a hole: frames with different values of it are followed separately"),
    ],
};

pub(super) static ECHO: Table = Table {
    name: "`echo`",
    keys: &[
        ("client", "the frame that the client sends; `{nonce}` distinguishes one echo from the next"),
        ("server", "the answer, with the same `{nonce}` if it is sent"),
        ("http", "a request instead, whose answer proves that everything before it was handled"),
        ("status", "the expected status; default: any 2xx or 3xx"),
        ("headers", "expected headers"),
        ("json", "the expected body as JSON"),
        ("body", "the expected body as text"),
    ],
};

pub(super) static ENVELOPE: Table = Table {
    name: "`envelope`",
    keys: &[
        ("frame", "a frame that contains messages, with `{messages}` in place of their list"),
        ("separator", "the characters that end each message of a text, instead of `frame`"),
        ("message", "the form of one message in it, with `{message}`; default: the message itself"),
        ("client", "the frame of a message of a client, with `{message}`; default: the message itself"),
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
