//! Limits and deadlines of the host. Each has a name, and reaching one ends a connection, never the server.

use std::time::Duration;

/// The largest WebSocket message from a client, in bytes.
pub const MESSAGE: usize = 64 << 10;

/// How much may wait for a client that does not read, in bytes; then its connection is cut.
pub const QUEUE: usize = 2 << 20;

/// How much may wait for all clients together, in bytes; then the one for whom most waits is cut.
pub const QUEUES: usize = 256 << 20;

/// How many bodies of requests are read at the same time; more wait for their turn, as long as a body may take.
pub const BODIES: usize = 64;

/// How long a client may take to send the head of a request, counted from its connection or from the last response.
pub const HEAD_DEADLINE: Duration = Duration::from_secs(10);

/// How long a client may take to send the body of a request.
pub const BODY_DEADLINE: Duration = Duration::from_secs(10);

/// How long a client may take, after a Close, to read what is queued for it and to end its side.
pub const CLOSE_DEADLINE: Duration = Duration::from_secs(5);

/// How many frames of one client are handled before others have their turn.
pub const TURN: usize = 64;

/// The largest head of a request, in bytes.
pub const HEAD: usize = 16 << 10;

/// How many connections a listener holds; more wait until one ends.
pub const CONNECTIONS: usize = 20_000;
