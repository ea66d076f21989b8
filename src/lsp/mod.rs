//! The language server: what an editor asks of a text that is being written.
//!
//! [`serve`] is a loop over the messages of one [`Connection`]. It keeps the texts as the editor shows them
//! (`documents`); what is known of one is a [`Look`], which a [`Host`] works out (the command line is one, so that an
//! editor says what the command says), and every answer is a function of a look and a place. Nothing here reads a file,
//! and nothing runs but what the host runs.
//!
//! | part | what it is |
//! | --- | --- |
//! | [`Host`], [`Look`], [`Piece`] | who knows, and what is known of a text |
//! | `server` | the loop: messages in, answers and diagnostics out |
//! | `documents`, `lines`, `uri` | open texts, places in them as editors count, and their names |
//! | `protocol` | the pieces of the protocol that are used |
//! | `sheet` | an open text with what is known of it, of which every answer is made |
//! | `diagnostics`, `actions` | what is wrong, and ways to mend it |
//! | `outline`, `tokens`, `lenses` | symbols and folds, highlighting, what is clicked on above a diagram |
//! | `names`, `links`, `hover` | participants and their other names, from a place to another, what something is |
//! | `completion`, `words`, `tables` | what can be written, the words of the languages, tables of a binding |

mod actions;
mod completion;
mod diagnostics;
mod documents;
mod host;
mod hover;
mod lenses;
mod lines;
mod links;
mod names;
mod outline;
mod protocol;
mod server;
mod sheet;
mod tables;
mod tokens;
mod uri;
mod words;

pub use host::{Host, Kind, Look, Piece, Played};
pub use lsp_server::{Connection, Message, Notification, Request, RequestId, Response};
pub use server::{folder_of, serve};
