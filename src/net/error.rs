use crate::source::elapsed_words;
use std::fmt;
#[cfg(feature = "tcp")]
use std::io;
use std::time::Duration;

/// Why nothing answered. All that did answer, however badly, is an observation instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DialError {
    /// The address cannot be understood, or is of a kind that this build cannot dial.
    Address {
        /// As written.
        address: String,
        /// What is wrong with it.
        why: String,
    },
    /// The name has no address.
    Dns {
        /// The name.
        host: String,
        /// What the resolver says.
        why: String,
    },
    /// Nobody listens there.
    Refused {
        /// Host and port, or a path.
        address: String,
    },
    /// The network says no in another way.
    Unreachable {
        /// Host and port, or a path.
        address: String,
        /// What the system says.
        why: String,
    },
    /// The certificate or the negotiation failed.
    Tls {
        /// Host and port.
        address: String,
        /// What the TLS library says.
        why: String,
        /// The way out.
        help: &'static str,
    },
    /// The server does not speak TLS, and the address asks for it.
    NoTls {
        /// Host and port.
        address: String,
    },
    /// The server speaks TLS, and the address does not ask for it.
    OnlyTls {
        /// Host and port.
        address: String,
    },
    /// The program that is to be spoken with cannot be started.
    Program {
        /// The command.
        command: String,
        /// What the system says.
        why: String,
    },
    /// What is to be sent has no place in the framing of the stream.
    Unframed {
        /// Why.
        why: String,
    },
    /// This process may have no more connections.
    Descriptors,
    /// No answer in time.
    Deadline {
        /// Host and port, or a path.
        address: String,
        /// The connect deadline.
        after: Duration,
    },
    /// What is sent is not taken.
    Stuck,
    /// The request itself cannot be written, such as a header value with a line break.
    Request {
        /// What is wrong with it.
        why: String,
    },
}

impl DialError {
    /// The stable word of the kind: `dns`, `refused`, ….
    pub fn kind(&self) -> &'static str {
        match self {
            DialError::Address { .. } => "address",
            DialError::Dns { .. } => "dns",
            DialError::Refused { .. } => "refused",
            DialError::Unreachable { .. } => "unreachable",
            DialError::Tls { .. } | DialError::NoTls { .. } | DialError::OnlyTls { .. } => "tls",
            DialError::Program { .. } => "launch",
            DialError::Unframed { .. } => "framing",
            DialError::Descriptors => "limit",
            DialError::Deadline { .. } => "deadline",
            DialError::Stuck => "limit",
            DialError::Request { .. } => "request",
        }
    }

    /// The way out.
    pub fn help(&self) -> &'static str {
        match self {
            DialError::Address { .. } => {
                "write ws://HOST:PORT, wss://…, http://…, https://…, tcp://…, tls://… or unix:PATH"
            }
            DialError::Dns { .. } => "check the name, or use an address such as 127.0.0.1:PORT",
            DialError::Refused { .. } => "start the server, or check the port",
            DialError::Unreachable { .. } => "check the address and the network",
            DialError::Tls { help, .. } => help,
            DialError::NoTls { .. } => "try ws:// in place of wss:// (http:// in place of https://), or another port",
            DialError::OnlyTls { .. } => "try wss:// in place of ws:// (https:// in place of http://), or another port",
            DialError::Program { .. } => "run the command without seqcheck, and read its output",
            DialError::Unframed { .. } => {
                "set the `framing` of the server in the binding, or remove the end of a message from the text of the \
                 message"
            }
            DialError::Descriptors => "raise the limit (ulimit -n), or run fewer scenarios in parallel: --jobs 1",
            DialError::Deadline { .. } => "check that the server answers at this address, or raise --connect-timeout",
            DialError::Stuck => {
                "find out why the server does not read, or let the diagram send less before the server answers"
            }
            DialError::Request { .. } => "check the headers and the URL in [connect] of the binding",
        }
    }

    /// Whether nobody answers there, or not as was asked; else it is the tool that cannot ask.
    pub fn is_absence(&self) -> bool {
        match self {
            DialError::Dns { .. } | DialError::Refused { .. } | DialError::Unreachable { .. } => true,
            DialError::Tls { .. } | DialError::NoTls { .. } | DialError::OnlyTls { .. } => true,
            DialError::Deadline { .. } => true,
            DialError::Address { .. } | DialError::Program { .. } | DialError::Unframed { .. } => false,
            DialError::Descriptors | DialError::Stuck | DialError::Request { .. } => false,
        }
    }

    /// From what the system says about connecting to an address.
    #[cfg(feature = "tcp")]
    pub(super) fn from_io(address: &str, error: &io::Error) -> Self {
        let address = address.to_owned();
        if is_out_of_descriptors(error) {
            return DialError::Descriptors;
        }
        match error.kind() {
            io::ErrorKind::ConnectionRefused | io::ErrorKind::NotFound => DialError::Refused { address },
            _ => DialError::Unreachable { address, why: error.to_string() },
        }
    }
}

/// Whether the system says that this process, or all of them, may open nothing more: EMFILE and ENFILE, the same numbers
/// on all systems that have them.
#[cfg(feature = "tcp")]
fn is_out_of_descriptors(error: &io::Error) -> bool {
    cfg!(unix) && matches!(error.raw_os_error(), Some(23 | 24))
}

impl fmt::Display for DialError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DialError::Address { address, why } => write!(f, "cannot connect to `{address}`: {why}"),
            DialError::Dns { host, why } => write!(f, "no address for `{host}`: {why}"),
            DialError::Refused { address } => write!(f, "connection refused by {address}: no program listens there"),
            DialError::Unreachable { address, why } => write!(f, "cannot reach {address}: {why}"),
            DialError::Tls { address, why, .. } => write!(f, "no TLS with {address}: {why}"),
            DialError::NoTls { address } => {
                write!(f, "no TLS with {address}: the program that answers there does not use TLS")
            }
            DialError::OnlyTls { address } => write!(f, "the server at {address} uses TLS, but the address does not"),
            DialError::Program { command, why } => write!(f, "the command `{command}` cannot be started: {why}"),
            DialError::Unframed { why } => f.write_str(why),
            DialError::Descriptors => f.write_str("this process has reached its limit of open files and connections"),
            DialError::Deadline { address, after } => {
                write!(f, "no answer from {address} within the connect deadline of {}", elapsed_words(*after))
            }
            DialError::Stuck => write!(f, "the server does not read: {}", super::limit::unread()),
            DialError::Request { why } => write!(f, "the request cannot be written: {why}"),
        }
    }
}

impl std::error::Error for DialError {}
