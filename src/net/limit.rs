//! Limits on what a peer may send. Each is generous for anything that a scenario is about, and small enough that no
//! server can exhaust the memory of the tool.

use std::time::Duration;

/// The largest WebSocket message that is read, in bytes. A larger one ends the connection, and that is a finding.
pub const MESSAGE: usize = 16 << 20;

/// How much may wait to be sent on one WebSocket, in bytes: what the client says, and the pongs that it owes.
pub const UNSENT: usize = 16 << 20;

/// What is to be said of whoever has left so much unread.
pub fn unread() -> String {
    format!("{} MiB are queued for it, which is the limit", UNSENT >> 20)
}

/// The largest head (status line and headers) of an HTTP response, in bytes.
pub const RESPONSE_HEAD: usize = 64 << 10;

/// How many interim answers (status 1xx) may come before the answer.
pub const INTERIM: usize = 64;

/// The largest body of an HTTP response, in bytes.
pub const RESPONSE_BODY: usize = 16 << 20;

/// The largest single Server-Sent Event, in bytes.
pub const EVENT: usize = 16 << 20;

/// How many header fields a response may have.
pub const HEADER_FIELDS: usize = 128;

/// How often a client follows a redirect before it takes it for the answer.
pub const REDIRECTS: u32 = 5;

/// How long the body of a refused handshake may take; then its status counts alone.
pub const REFUSAL: Duration = Duration::from_secs(1);

/// How long the body of an answer may take that should have been an event stream and is none; then its head counts alone.
pub const NO_STREAM: Duration = Duration::from_millis(100);
