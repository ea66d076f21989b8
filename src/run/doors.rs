//! The doors of the lifelines that the tool serves, and the command that is to knock at them.

use super::launch::Speaks;
use super::mock::Listens;
use super::play::{OwnDoor, Watch};
use super::script::Script;
use crate::framing::Framing;
use crate::listen::{Door, at, posted_at};
use crate::net::Frames;
use crate::oracle::Trouble;
use crate::order::LifelineId;
use std::cell::RefCell;
use std::rc::Rc;

impl Script {
    /// The doors of the lifelines that listen, on ports of this machine.
    pub(super) async fn doors(&self, watch: Option<&Watch>) -> Result<Vec<OwnDoor>, Trouble> {
        let mut doors: Vec<OwnDoor> = Vec::new();
        for server in &self.served {
            let mut address = self.listening.address;
            if !doors.is_empty() {
                address.set_port(0);
            }
            let own = |door: Door, base: String| OwnDoor {
                server: *server,
                door: Rc::new(RefCell::new(door)),
                base,
                frames: self.served_frames(),
                attended: false,
            };
            if let Some(speech) = &self.listening.speech {
                let (reads, writes) = speech.take().ok_or_else(spoken_once)?;
                doors.push(own(Door::spoken(reads, writes), "stdio://localhost".to_owned()));
                continue;
            }
            let failed = |why| not_bound(address, &why);
            let (door, base) = match (self.listening.speaks, self.binding_posts()) {
                (Speaks::Http, Some(header)) => {
                    let (door, address) = posted_at(address, header).await.map_err(failed)?;
                    (door, format!("http://{address}"))
                }
                (speaks, _) => {
                    let (door, address) = at(address).await.map_err(failed)?;
                    let scheme = if speaks == Speaks::Tcp { "tcp" } else { "ws" };
                    (door, format!("{scheme}://{address}"))
                }
            };
            doors.push(own(door, base));
        }
        let listens = self.listens(&doors);
        if let Some(told) = self.listening.told.as_ref().filter(|_| !doors.is_empty()) {
            told(&listens);
        }
        if let Some(watch) = watch.filter(|_| !doors.is_empty()) {
            watch.listens(listens);
        }
        Ok(doors)
    }

    /// The only lifeline that listens, at a door in memory.
    pub(super) fn in_memory(&self, door: Door) -> Vec<OwnDoor> {
        let door = Rc::new(RefCell::new(door));
        let base = "ws://localhost".to_owned();
        let frames = self.served_frames();
        let own = |server: &LifelineId| OwnDoor { server: *server, door, base, frames, attended: false };
        self.served.first().map(own).into_iter().collect()
    }

    /// How messages are framed where the doors are for plain streams of bytes.
    fn served_frames(&self) -> Option<Frames> {
        let frames = self.frames.filter(|_| self.listening.is_plain())?;
        // Bodies of requests come with their length in front, whatever they hold.
        let framing = if self.listening.speaks == Speaks::Http { Framing::U32 } else { frames.framing };
        Some(Frames { framing, ..frames })
    }

    /// The header in which the binding has a session named.
    fn binding_posts(&self) -> Option<&str> {
        self.words.binding().posts()
    }

    pub(super) fn listens(&self, doors: &[OwnDoor]) -> Vec<Listens> {
        let name = |id: LifelineId| self.plan.order().lifeline(id).name.to_string();
        doors.iter().map(|door| Listens { name: name(door.server), url: door.base.clone() }).collect()
    }
}

/// Streams can be spoken on once.
fn spoken_once() -> Trouble {
    Trouble {
        kind: "listen",
        message: "the standard streams are one connection, and it is already used".to_owned(),
        help: vec!["let only one lifeline listen, in one play: --play NAME, without --repeat".to_owned()],
        spans: Vec::new(),
    }
}

fn not_bound(address: std::net::SocketAddr, why: &std::io::Error) -> Trouble {
    Trouble {
        kind: "listen",
        message: format!("seqcheck cannot listen at {address}: {why}"),
        help: vec!["choose another address: --listen 127.0.0.1:0 uses a free port".to_owned()],
        spans: Vec::new(),
    }
}

pub(super) fn not_started(command: &str, why: &std::io::Error) -> Trouble {
    Trouble {
        kind: "launch",
        message: format!("the command `{command}` cannot be started: {why}"),
        help: vec!["run it without seqcheck, with an address in place of {url}, and read its output".to_owned()],
        spans: Vec::new(),
    }
}
