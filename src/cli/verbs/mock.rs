//! `seqcheck mock`: check with lifelines that listen.

use crate::cli::Screen;
use crate::cli::args::{Check, Mock};
use crate::cli::scenarios::Layers;
use crate::cli::settings::Look;
use crate::cli::verbs::check;
use crate::cli::{Exit, Refusal, World};
use crate::process::own_output;
use crate::run::launch::Speaks;
use crate::run::{Listening, Speech};
use crate::source::Sources;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::num::NonZeroUsize;

/// Plays the servers of diagrams for clients under test.
pub fn run(args: Mock, look: Look, world: &mut World, sources: &mut Sources) -> Result<Exit, Refusal> {
    let Mock { paths, play, listen: (speaks, address), stdio, wait, mut settings, command, again } = args;
    // A client dials one diagram at a time, unless it is asked for otherwise.
    settings.jobs.get_or_insert(NonZeroUsize::MIN);
    let speech = stdio.then(|| {
        // What the program has to say itself is not for the client.
        world.out = Screen::new(std::io::stderr(), false, &world.vars);
        let input = std::mem::replace(&mut world.input, Box::new(std::io::empty()));
        match own_output() {
            Ok(output) => Speech::new(input, output),
            Err(_) => Speech::new(input, std::io::stdout()),
        }
    });
    let listening = Listening { address, wait, command, told: None, speaks, speech };
    let check = Check { paths, settings, again, ..Check::default() };
    let listening_layers = |layers: Layers| layers.listening(listening.clone(), play.clone());
    check::once_as((check, look), &listening_layers, world, sources, &mut BTreeSet::new())
}

/// `HOST:PORT`, with `tcp://` before it where clients speak over plain streams of bytes, and `http://` where their messages are
/// requests.
pub fn parse_listen(text: &str) -> Result<(Speaks, SocketAddr), String> {
    let schemes = [("tcp://", Speaks::Tcp), ("http://", Speaks::Http), ("ws://", Speaks::WebSocket)];
    let said = schemes.into_iter().find_map(|(scheme, speaks)| Some((speaks, text.strip_prefix(scheme)?)));
    let (speaks, address) = said.unwrap_or((Speaks::WebSocket, text));
    let address = address.trim_end_matches('/');
    let address = address
        .parse()
        .map_err(|_| format!("`{address}` is not an address: write 127.0.0.1:0, or tcp://127.0.0.1:0"))?;
    Ok((speaks, address))
}
