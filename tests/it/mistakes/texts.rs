//! Mistakes in what is written: diagrams and bindings.

use super::Mistake;
use super::servers::Server;
use seqcheck::cli::Exit;

/// A diagram that is right.
const GREET: &str = "Ann->Server: WS connect\nServer-->Ann: Connected\n";

/// All of them.
#[rustfmt::skip]
pub const ALL: &[Mistake] = &[
    Mistake {
        what: "a lifeline with a slip in its name", server: Server::Nobody, exit: Exit::Usage,
        files: &[("a.seq", "actor Ann\nactor Bob\nparticipant Server\nAnn->Server: WS connect\nServer-->Ann: Connected\nBob->Server: WS connect\nServer-->Bob: Connected\nAn->Server: message: hi\nServer->Bob: message from Ann: hi\n")],
        args: &["a.seq"],
        place: "a.seq:8", kind: "`An` is not declared", way_out: "write `Ann`",
    },
    Mistake {
        what: "no colon before a label", server: Server::Nobody, exit: Exit::Usage,
        files: &[("a.seq", "actor Ann\nactor Bob\nparticipant Server\nAnn->Server: WS connect\nServer-->Ann: Connected\nAnn->Server: join room:x\nServer->Ann direct from Ann x\n")],
        args: &["a.seq"],
        place: "a.seq:7", kind: "a colon is missing after `Ann`", way_out: "write the label after a colon",
    },
    Mistake {
        what: "no colon before a label, against a faulty server", server: Server::Nobody, exit: Exit::Usage,
        files: &[("a.seq", "actor Ann\nparticipant Server\nAnn->Server: WS connect\nServer-->Ann: Connected\nAnn->Server: WS disconnect\nServer->Ann user alice left\n")],
        args: &["a.seq", "--mutant", "left-never-sent"],
        place: "a.seq:6", kind: "a colon is missing after `Ann`", way_out: "write the label after a colon",
    },
    Mistake {
        what: "an arrow without a label", server: Server::Nobody, exit: Exit::Usage,
        files: &[("a.seq", "Ann->Server: WS connect\nServer-->Ann: Connected\nAnn->Server\n")],
        args: &["a.seq"],
        place: "a.seq:3", kind: "this arrow has no label", way_out: "write it after a colon",
    },
    Mistake {
        what: "a diagram pasted as one line", server: Server::Nobody, exit: Exit::Pass,
        files: &[("a.seq", "title Chat actor Ann participant Server Ann->Server: WS connect Server-->Ann: Connected\n")],
        args: &["a.seq"],
        place: "a.seq:1", kind: "the whole diagram is on one line", way_out: "write each statement on a separate line",
    },
    Mistake {
        what: "an arrow of another language", server: Server::Nobody, exit: Exit::Usage,
        files: &[("a.seq", "Ann=>Server: x\n")],
        args: &["a.seq"],
        place: "a.seq:1", kind: "`=>` is not an arrow here", way_out: "write: Ann->Server: x",
    },
    Mistake {
        what: "a dash from a word processor", server: Server::Nobody, exit: Exit::Usage,
        files: &[("a.seq", "Ann->Server: WS connect\nServer–>Ann: Connected\n")],
        args: &["a.seq"],
        place: "a.seq:2", kind: "is an en dash, not an arrow", way_out: "write: Server->Ann: Connected",
    },
    Mistake {
        what: "an empty file", server: Server::Nobody, exit: Exit::Usage,
        files: &[("a.seq", "")],
        args: &["a.seq"],
        place: "a.seq:1", kind: "there is no diagram here", way_out: "write an arrow",
    },
    Mistake {
        what: "a fragment that does not end", server: Server::Nobody, exit: Exit::Usage,
        files: &[("a.seq", "Ann->Server: WS connect\nalt yes\nServer-->Ann: Connected\n")],
        args: &["a.seq"],
        place: "a.seq:2", kind: "alt", way_out: "end",
    },
    Mistake {
        what: "an end too many", server: Server::Nobody, exit: Exit::Usage,
        files: &[("a.seq", "Ann->Server: WS connect\nServer-->Ann: Connected\nend\n")],
        args: &["a.seq"],
        place: "a.seq:3", kind: "`end`", way_out: "help",
    },
    Mistake {
        what: "else without alt", server: Server::Nobody, exit: Exit::Usage,
        files: &[("a.seq", "Ann->Server: WS connect\nServer-->Ann: Connected\nelse no\n")],
        args: &["a.seq"],
        place: "a.seq:3", kind: "else", way_out: "help",
    },
    Mistake {
        what: "a directive with a slip in it", server: Server::Nobody, exit: Exit::Usage,
        files: &[("a.seq", "#@ timout 5s\nAnn->Server: WS connect\nServer-->Ann: Connected\n")],
        args: &["a.seq"],
        place: "a.seq:1", kind: "timout", way_out: "timeout",
    },
    Mistake {
        what: "a directive without its time", server: Server::Nobody, exit: Exit::Usage,
        files: &[("a.seq", "#@ timeout soon\nAnn->Server: WS connect\nServer-->Ann: Connected\n")],
        args: &["a.seq"],
        place: "a.seq:1", kind: "soon", way_out: "such as",
    },
    Mistake {
        what: "no participant connects", server: Server::Nobody, exit: Exit::Usage,
        files: &[("a.seq", "Ann->Server: join room:x\nServer->Ann: user:Ann joined\n")],
        args: &["a.seq"],
        place: "a.seq:1", kind: "no participant connects", way_out: "Ann->Server: WS connect",
    },
    Mistake {
        what: "a connect with a slip in it", server: Server::Nobody, exit: Exit::Usage,
        files: &[("a.seq", "Ann->Server: WS conect\nServer-->Ann: Connected\n")],
        args: &["a.seq"],
        place: "a.seq:1", kind: "WS conect", way_out: "WS connect",
    },
    Mistake {
        what: "an arrow the wrong direction", server: Server::Nobody, exit: Exit::Usage,
        files: &[("a.seq", "Ann->Server: WS connect\nServer-->Ann: Connected\nServer->Ann: join room:x\n")],
        args: &["a.seq"],
        place: "a.seq:3", kind: "join room:x", way_out: "the wrong direction",
    },
    Mistake {
        what: "a label with a slip in it", server: Server::Nobody, exit: Exit::Usage,
        files: &[("a.seq", "Ann->Server: WS connect\nServer-->Ann: Connected\nAnn->Server: jion room:x\n")],
        args: &["a.seq"],
        place: "a.seq:3", kind: "no rule for `jion room:x`", way_out: "`join room:{room}`",
    },
    Mistake {
        what: "a variable that nobody has set", server: Server::Nobody, exit: Exit::Usage,
        files: &[("a.seq", "Ann->Server: WS connect\nServer-->Ann: Connected\nAnn->Server: join room:${room}\n")],
        args: &["a.seq"],
        place: "a.seq:3", kind: "room", way_out: "--var",
    },
    Mistake {
        what: "a binding that was forgotten", server: Server::Nobody, exit: Exit::Usage,
        files: &[("a.seq", "Ann->Server: WS connect\nServer-->Ann: Connected\nAnn->Server: login 1\nServer->Ann: welcome\nAnn->Server: subscribe news\nServer->Ann: subscribed\nAnn->Server: publish one\nServer->Ann: published one\n")],
        args: &["a.seq"],
        place: "a.seq:3", kind: "no rule for 6 of the 8 arrows", way_out: "--binding FILE",
    },
    Mistake {
        what: "a picture that was never meant to run", server: Server::Nobody, exit: Exit::Usage,
        files: &[("a.seq", "User->Browser: clicks\nBrowser->API: asks\nAPI->Browser: answers\n")],
        args: &["a.seq"],
        place: "a.seq:1", kind: "it can be drawn, but not run", way_out: "seqcheck init binding FILE",
    },
    Mistake {
        what: "the name of a file that refers to nothing", server: Server::Nobody, exit: Exit::Usage,
        files: &[("a.seq", "Ann->Server: WS connect\nServer-->Ann: Connected\nref over Ann, Server: login\n")],
        args: &["a.seq"],
        place: "a.seq:3", kind: "login", way_out: "help",
    },
    Mistake {
        what: "JSON pasted into a binding", server: Server::Nobody, exit: Exit::Usage,
        files: &[("greet.seq", GREET), ("b.toml", "[[rule]]\nlabel = \"auth\"\nclient = { \"op\": \"auth\" }\n")],
        args: &["greet.seq", "--binding", "b.toml"],
        place: "b.toml:3", kind: "it looks like JSON", way_out: "write op = …",
    },
    Mistake {
        what: "a binding that is a JSON file", server: Server::Nobody, exit: Exit::Usage,
        files: &[("greet.seq", GREET), ("b.toml", "{ \"rule\": [ { \"label\": \"auth\" } ] }\n")],
        args: &["greet.seq", "--binding", "b.toml"],
        place: "b.toml", kind: "this is not a binding", way_out: "[[rule]]",
    },
    Mistake {
        what: "a key of a binding with a slip in it", server: Server::Nobody, exit: Exit::Usage,
        files: &[("greet.seq", GREET), ("b.toml", "[[rule]]\nlabel = \"auth\"\ncleint = { op = \"auth\" }\nserver = { op = \"auth\" }\n")],
        args: &["greet.seq", "--binding", "b.toml"],
        place: "b.toml:3", kind: "cleint", way_out: "client",
    },
    Mistake {
        what: "a table of a binding with a slip in it", server: Server::Nobody, exit: Exit::Usage,
        files: &[("greet.seq", GREET), ("b.toml", "[[rules]]\nlabel = \"auth\"\nclient = { op = \"auth\" }\n\n[connect]\nurl = \"{target}/ws\"\n")],
        args: &["greet.seq", "--binding", "b.toml"],
        place: "b.toml:1", kind: "rules", way_out: "rule",
    },
    Mistake {
        what: "a hole that nothing gives a value", server: Server::Nobody, exit: Exit::Usage,
        files: &[("a.seq", "Ann->Server: WS connect\nAnn->Server: auth\n"), ("b.toml", "[[rule]]\nlabel = \"auth\"\nclient = { op = \"{what}\" }\n")],
        args: &["a.seq", "--binding", "b.toml"],
        place: "a.seq:2", kind: "`{what}` has no value", way_out: "--var what=…",
    },
    Mistake {
        what: "a kind of hole with a slip in it", server: Server::Nobody, exit: Exit::Usage,
        files: &[("greet.seq", GREET), ("b.toml", "[[rule]]\nlabel = \"auth {id}\"\nclient = { op = \"{id:uid}\" }\n")],
        args: &["greet.seq", "--binding", "b.toml"],
        place: "b.toml:3", kind: "uid", way_out: "uuid",
    },
    Mistake {
        what: "a rule without a side", server: Server::Nobody, exit: Exit::Usage,
        files: &[("greet.seq", GREET), ("b.toml", "[[rule]]\nlabel = \"auth\"\n")],
        args: &["greet.seq", "--binding", "b.toml"],
        place: "b.toml:1", kind: "has no message", way_out: "add `client = …`",
    },
    Mistake {
        what: "a codec with a slip in it", server: Server::Nobody, exit: Exit::Usage,
        files: &[("greet.seq", GREET), ("b.toml", "codec = \"jsn\"\n[[rule]]\nlabel = \"auth\"\nclient = { op = \"auth\" }\n")],
        args: &["greet.seq", "--binding", "b.toml"],
        place: "b.toml:1", kind: "jsn", way_out: "json",
    },
    Mistake {
        what: "a binding file that is not there", server: Server::Nobody, exit: Exit::Usage,
        files: &[("greet.seq", GREET)],
        args: &["greet.seq", "--binding", "mine.toml"],
        place: "mine.toml", kind: "no such file", way_out: "a binding is a TOML file",
    },
    Mistake {
        what: "a built-in binding with a slip in its name", server: Server::Nobody, exit: Exit::Usage,
        files: &[("greet.seq", GREET)],
        args: &["greet.seq", "--binding", "irrc"],
        place: "irrc", kind: "there is no binding", way_out: "did you mean irc",
    },
    Mistake {
        what: "a string without its end", server: Server::Nobody, exit: Exit::Usage,
        files: &[("greet.seq", GREET), ("b.toml", "[[rule]]\nlabel = \"auth\nclient = { op = \"auth\" }\n")],
        args: &["greet.seq", "--binding", "b.toml"],
        place: "b.toml:2", kind: "not TOML", way_out: "error[binding]",
    },
];
