//! The reference server as clients meet it: real handshakes and frames, in memory under a paused clock, and over TCP.

mod chat;
mod client;
mod deviations;
mod events;
mod hostile;
mod script;
mod tcp;
