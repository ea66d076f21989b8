//! Mistakes in what is typed: targets, flags, paths and verbs.

use super::Mistake;
use super::servers::Server;
use seqcheck::cli::Exit;

/// A diagram that is right.
const GREET: &str = "Ann->Server: WS connect\nServer-->Ann: Connected\n";

/// All of them.
#[rustfmt::skip]
pub const ALL: &[Mistake] = &[
    Mistake {
        what: "a port that is none: 99999", server: Server::Nobody, exit: Exit::Usage,
        files: &[("greet.seq", GREET)],
        args: &["greet.seq", "--target", "ws://localhost:99999"],
        place: "ws://localhost:99999", kind: "99999 is not a port", way_out: "a port is a number from 1 to 65535",
    },
    Mistake {
        what: "a port that is none: -1", server: Server::Nobody, exit: Exit::Usage,
        files: &[("greet.seq", GREET)],
        args: &["greet.seq", "--target", "ws://localhost:-1"],
        place: "ws://localhost:-1", kind: "is not a port", way_out: "a port is a number from 1 to 65535",
    },
    Mistake {
        what: "a port that is none: abc", server: Server::Nobody, exit: Exit::Usage,
        files: &[("greet.seq", GREET)],
        args: &["greet.seq", "--target", "ws://localhost:abc"],
        place: "ws://localhost:abc", kind: "is not a port", way_out: "a port is a number from 1 to 65535",
    },
    Mistake {
        what: "a port alone", server: Server::Nobody, exit: Exit::Usage,
        files: &[("greet.seq", GREET)],
        args: &["greet.seq", "--target", "8080"],
        place: "8080", kind: "does not begin with ws://", way_out: "did you mean ws://127.0.0.1:8080",
    },
    Mistake {
        what: "a host and a port", server: Server::Nobody, exit: Exit::Usage,
        files: &[("greet.seq", GREET)],
        args: &["greet.seq", "--target", "localhost:8080"],
        place: "localhost:8080", kind: "does not begin with ws://", way_out: "did you mean ws://localhost:8080",
    },
    Mistake {
        what: "a server that does not run", server: Server::Nobody, exit: Exit::Error,
        files: &[("greet.seq", GREET)],
        args: &["greet.seq", "--target", "ws://127.0.0.1:PORT"],
        place: "1 | Ann->Server: WS connect", kind: "no program listens there", way_out: "start the server",
    },
    Mistake {
        what: "ws:// to a server that speaks TLS", server: Server::OnlyTls, exit: Exit::Error,
        files: &[("greet.seq", GREET)],
        args: &["greet.seq", "--target", "ws://127.0.0.1:PORT"],
        place: "1 | Ann->Server: WS connect", kind: "uses TLS, but the address does not", way_out: "try wss://",
    },
    Mistake {
        what: "wss:// to a server without TLS", server: Server::Page, exit: Exit::Error,
        files: &[("greet.seq", GREET)],
        args: &["greet.seq", "--target", "wss://127.0.0.1:PORT"],
        place: "1 | Ann->Server: WS connect", kind: "does not use TLS", way_out: "try ws://",
    },
    Mistake {
        what: "a web page instead of a WebSocket", server: Server::Page, exit: Exit::Fail,
        files: &[("greet.seq", GREET)],
        args: &["greet.seq", "--target", "ws://127.0.0.1:PORT", "--timeout", "100ms"],
        place: "1 │ Ann->Server: WS connect", kind: "HTTP 200", way_out: "check the path of the WebSocket",
    },
    Mistake {
        what: "a path that is not there", server: Server::Status(404), exit: Exit::Fail,
        files: &[("greet.seq", GREET)],
        args: &["greet.seq", "--target", "ws://127.0.0.1:PORT/nope", "--timeout", "100ms"],
        place: "1 │ Ann->Server: WS connect", kind: "HTTP 404", way_out: "the path may be wrong: change",
    },
    Mistake {
        what: "a server that asks who connects", server: Server::Status(401), exit: Exit::Fail,
        files: &[("greet.seq", GREET)],
        args: &["greet.seq", "--target", "ws://127.0.0.1:PORT", "--timeout", "100ms"],
        place: "1 │ Ann->Server: WS connect", kind: "HTTP 401", way_out: "[connect] headers",
    },
    Mistake {
        what: "a proxy without its server", server: Server::Status(502), exit: Exit::Fail,
        files: &[("greet.seq", GREET)],
        args: &["greet.seq", "--target", "ws://127.0.0.1:PORT", "--timeout", "100ms"],
        place: "1 │ Ann->Server: WS connect", kind: "HTTP 502", way_out: "a proxy answers this",
    },
    Mistake {
        what: "a server that ends the handshake", server: Server::Shut, exit: Exit::Fail,
        files: &[("greet.seq", GREET)],
        args: &["greet.seq", "--target", "ws://127.0.0.1:PORT", "--timeout", "100ms"],
        place: "1 │ Ann->Server: WS connect", kind: "in the handshake", way_out: "try wss://",
    },
    Mistake {
        what: "a certificate that signs itself", server: Server::SelfSigned, exit: Exit::Error,
        files: &[("greet.seq", GREET)],
        args: &["greet.seq", "--target", "wss://localhost:PORT"],
        place: "1 | Ann->Server: WS connect", kind: "self-signed", way_out: "--cacert",
    },
    Mistake {
        what: "a certificate that is no file", server: Server::Nobody, exit: Exit::Usage,
        files: &[("greet.seq", GREET)],
        args: &["greet.seq", "--target", "wss://localhost:1", "--cacert", "nope.pem"],
        place: "nope.pem", kind: "no certificate can be read", way_out: "-----BEGIN CERTIFICATE-----",
    },
    Mistake {
        what: "a command without its port", server: Server::Nobody, exit: Exit::Usage,
        files: &[("greet.seq", GREET)],
        args: &["greet.seq", "--target", "cmd: sleep 60"],
        place: "sleep 60", kind: "has no {port}", way_out: "--port {port}",
    },
    Mistake {
        what: "a command that is not there", server: Server::Nobody, exit: Exit::Error,
        files: &[("greet.seq", GREET)],
        args: &["greet.seq", "--target", "cmd: no-such-program-here {port}"],
        place: "no-such-program-here", kind: "ended before it was ready", way_out: "run the command without seqcheck",
    },
    Mistake {
        what: "--ready without a command", server: Server::Nobody, exit: Exit::Usage,
        files: &[("greet.seq", GREET)],
        args: &["greet.seq", "--ready", "8080"],
        place: "--ready", kind: "no server is launched", way_out: "--target 'cmd: COMMAND'",
    },
    Mistake {
        what: "a mutant against a target", server: Server::Nobody, exit: Exit::Usage,
        files: &[("greet.seq", GREET)],
        args: &["greet.seq", "--target", "ws://127.0.0.1:1", "--mutant", "M08"],
        place: "--mutant", kind: "apply to the built-in server", way_out: "seqcheck serve --mutant",
    },
    Mistake {
        what: "two targets without names", server: Server::Nobody, exit: Exit::Usage,
        files: &[("greet.seq", GREET)],
        args: &["greet.seq", "--target", "ws://127.0.0.1:1", "--target", "ws://127.0.0.1:2"],
        place: "2 targets", kind: "without the name of a lifeline", way_out: "--target Server=ws://",
    },
    Mistake {
        what: "a mutant with a slip in its name", server: Server::Nobody, exit: Exit::Usage,
        files: &[("greet.seq", GREET)],
        args: &["greet.seq", "--mutant", "left-nver-sent"],
        place: "left-nver-sent", kind: "there is no mutant", way_out: "did you mean left-never-sent",
    },
    Mistake {
        what: "a participant that there is not", server: Server::Nobody, exit: Exit::Usage,
        files: &[("greet.seq", GREET)],
        args: &["greet.seq", "--simulate", "Zed"],
        place: "--simulate Zed", kind: "there is no participant named Zed", way_out: "the participants are Ann, Server",
    },
    Mistake {
        what: "a participant with a slip in its name", server: Server::Nobody, exit: Exit::Usage,
        files: &[("greet.seq", GREET)],
        args: &["greet.seq", "--test", "Sever"],
        place: "--test Sever", kind: "there is no participant", way_out: "did you mean Server?",
    },
    Mistake {
        what: "a choice where there is none", server: Server::Nobody, exit: Exit::Usage,
        files: &[("greet.seq", GREET)],
        args: &["greet.seq", "--choose", "3=9"],
        place: "--choose 3=9", kind: "there is no fragment at line 3", way_out: "nothing to choose",
    },
    Mistake {
        what: "a choice too high", server: Server::Nobody, exit: Exit::Usage,
        files: &[("a.seq", "Ann->Server: WS connect\nServer-->Ann: Connected\nalt one\nAnn->Server: join room:x\nelse two\nAnn->Server: join room:y\nend\n")],
        args: &["a.seq", "--choose", "3=9"],
        place: "--choose 3=9", kind: "the alt at line 3 has 2 operands", way_out: "the operand",
    },
    Mistake {
        what: "a flag with a slip in it", server: Server::Nobody, exit: Exit::Usage,
        files: &[("greet.seq", GREET)],
        args: &["greet.seq", "--timeot", "5s"],
        place: "--timeot", kind: "unexpected argument", way_out: "'--timeout'",
    },
    Mistake {
        what: "a time without its unit", server: Server::Nobody, exit: Exit::Usage,
        files: &[("greet.seq", GREET)],
        args: &["greet.seq", "--timeout", "5"],
        place: "--timeout", kind: "invalid value", way_out: "such as 500ms or 2s",
    },
    Mistake {
        what: "no jobs at all", server: Server::Nobody, exit: Exit::Usage,
        files: &[("greet.seq", GREET)],
        args: &["greet.seq", "-j", "0"],
        place: "--jobs", kind: "invalid value", way_out: "a number of at least 1",
    },
    Mistake {
        what: "a report format with a slip in it", server: Server::Nobody, exit: Exit::Usage,
        files: &[("greet.seq", GREET)],
        args: &["greet.seq", "--report", "junitt"],
        place: "junitt", kind: "there is no report format", way_out: "did you mean junit",
    },
    Mistake {
        what: "a tag that nothing has", server: Server::Nobody, exit: Exit::Usage,
        files: &[("a.seq", "#@ tags smoke\nAnn->Server: WS connect\nServer-->Ann: Connected\n")],
        args: &["a.seq", "--tag", "smok"],
        place: "smok", kind: "no scenario has the tag", way_out: "did you mean smoke",
    },
    Mistake {
        what: "a name that nothing has", server: Server::Nobody, exit: Exit::Usage,
        files: &[("greet.seq", GREET)],
        args: &["greet.seq", "--name", "login"],
        place: "login", kind: "no scenario has the name", way_out: "the scenarios are greet.seq",
    },
    Mistake {
        what: "a line outside of every diagram", server: Server::Nobody, exit: Exit::Usage,
        files: &[("greet.seq", GREET)],
        args: &["greet.seq:99"],
        place: "greet.seq:99", kind: "is not in a diagram", way_out: "at lines 1-2",
    },
    Mistake {
        what: "a lint that there is not", server: Server::Nobody, exit: Exit::Usage,
        files: &[("greet.seq", GREET)],
        args: &["greet.seq", "--deny", "SQ999"],
        place: "SQ999", kind: "there is no finding", way_out: "seqcheck list lints",
    },
    Mistake {
        what: "a variable without a value", server: Server::Nobody, exit: Exit::Usage,
        files: &[("greet.seq", GREET)],
        args: &["greet.seq", "--var", "room"],
        place: "--var", kind: "invalid value", way_out: "NAME=VALUE",
    },
    Mistake {
        what: "a variable of an environment that has it not", server: Server::Nobody, exit: Exit::Usage,
        files: &[("greet.seq", GREET)],
        args: &["greet.seq", "--var", "token=env:NOPE"],
        place: "--var token=env:NOPE", kind: "no such environment variable", way_out: "set it",
    },
    Mistake {
        what: "a file for --out", server: Server::Nobody, exit: Exit::Error,
        files: &[("greet.seq", GREET), ("taken", "x")],
        args: &["greet.seq", "--out", "taken"],
        place: "--out taken", kind: "taken is a file, not a folder", way_out: "name another folder",
    },
    Mistake {
        what: "a share that there is not", server: Server::Nobody, exit: Exit::Usage,
        files: &[("greet.seq", GREET)],
        args: &["greet.seq", "--shard", "3/2"],
        place: "--shard", kind: "invalid value", way_out: "such as 2/5",
    },
    Mistake {
        what: "a profile that there is not", server: Server::Nobody, exit: Exit::Usage,
        files: &[("greet.seq", GREET), ("seqcheck.toml", "[profile.staging]\ntimeout = \"9s\"\n")],
        args: &["greet.seq", "--profile", "stagin"],
        place: "--profile stagin", kind: "has no table", way_out: "did you mean staging",
    },
    Mistake {
        what: "a setting with a slip in its name", server: Server::Nobody, exit: Exit::Usage,
        files: &[("greet.seq", GREET), ("seqcheck.toml", "timeot = \"9s\"\n")],
        args: &["greet.seq"],
        place: "seqcheck.toml:1", kind: "there is no setting timeot", way_out: "did you mean timeout",
    },
    Mistake {
        what: "a line of a file of variables that is none", server: Server::Nobody, exit: Exit::Usage,
        files: &[("greet.seq", GREET), ("my.env", "room=x\nnonsense\n")],
        args: &["greet.seq", "--vars-file", "my.env"],
        place: "my.env:2", kind: "not a variable", way_out: "write NAME=VALUE",
    },
    Mistake {
        what: "a file with a slip in its name", server: Server::Nobody, exit: Exit::Usage,
        files: &[("greet.seq", GREET)],
        args: &["gret.seq"],
        place: "gret.seq", kind: "no such file or folder", way_out: "did you mean greet.seq",
    },
    Mistake {
        what: "a file without its extension", server: Server::Nobody, exit: Exit::Usage,
        files: &[("greet.seq", GREET)],
        args: &["greet"],
        place: "greet", kind: "no such file or folder", way_out: "did you mean greet.seq",
    },
    Mistake {
        what: "a verb with a slip in it", server: Server::Nobody, exit: Exit::Usage,
        files: &[("greet.seq", GREET)],
        args: &["chek", "greet.seq"],
        place: "chek", kind: "no such file or folder", way_out: "did you mean the verb?",
    },
    Mistake {
        what: "a folder without diagrams", server: Server::Nobody, exit: Exit::Usage,
        files: &[("notes/a.txt", "x")],
        args: &["notes"],
        place: "notes", kind: "no diagram in this folder", way_out: "diagrams are files that end in",
    },
    Mistake {
        what: "nothing at all", server: Server::Nobody, exit: Exit::Usage,
        files: &[],
        args: &[],
        place: "scenarios", kind: "there is no path", way_out: "seqcheck init",
    },
    Mistake {
        what: "a file that is no diagram", server: Server::Nobody, exit: Exit::Usage,
        files: &[("notes.txt", "x")],
        args: &["notes.txt"],
        place: "notes.txt", kind: "not known to be a diagram", way_out: "--dialect",
    },
    Mistake {
        what: "a diagram on standard input without its language", server: Server::Nobody, exit: Exit::Usage,
        files: &[],
        args: &["-"],
        place: "standard input", kind: "the language of standard input is not known", way_out: "--dialect seq",
    },
    Mistake {
        what: "a trace that is not there", server: Server::Nobody, exit: Exit::Usage,
        files: &[("greet.seq", GREET)],
        args: &["judge", "greet.seq", "trace.jsonl"],
        place: "trace.jsonl", kind: "cannot be read", way_out: "--out FOLDER",
    },
    Mistake {
        what: "a page that there is not", server: Server::Nobody, exit: Exit::Usage,
        files: &[],
        args: &["explain", "missng"],
        place: "missng", kind: "there is no page about", way_out: "did you mean missing",
    },
    Mistake {
        what: "a list that there is not", server: Server::Nobody, exit: Exit::Usage,
        files: &[],
        args: &["list", "bindngs"],
        place: "bindngs", kind: "there is no list of", way_out: "did you mean bindings",
    },
    Mistake {
        what: "a picture of a kind that there is not", server: Server::Nobody, exit: Exit::Usage,
        files: &[("greet.seq", GREET)],
        args: &["draw", "greet.seq", "--format", "jpg"],
        place: "--format", kind: "invalid value", way_out: "possible values",
    },
];
