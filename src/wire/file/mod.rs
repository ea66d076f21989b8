//! From the text of a binding file to its parts, every problem with its place and a way out.
//!
//! [`node`] is the door to TOML (and to JSON text inside it): a tree with places. [`reader`] walks a table by its known
//! keys. [`draft`] is the file as written, before it is put on top of what it extends; its parts are read one file each.

mod changes;
mod codec;
mod connect;
mod draft;
mod echo;
pub(super) mod evidence;
mod follow;
mod http;
mod keys;
pub(super) mod node;
mod over;
mod reader;
mod rule;
mod vars;

pub(super) use changes::apply;
pub(super) use connect::{ConnectDraft, Every, ExchangeStep, HttpAction, HttpStep, SendPattern};
pub(super) use draft::{AutoDraft, Draft, EchoDraft, IgnoreDraft, IgnoredEnd, read_draft};
pub(super) use follow::{Follow, How};
pub(super) use http::{Address, Body, HttpPattern};
pub use keys::{TABLES, Table};
pub(super) use reader::Reader;
pub(super) use rule::{Action, ClientDraft, On, RuleDraft, ServerDraft};
pub(super) use vars::filtered;
