//! What passes between clients and servers, label by label, and on which way: for a binding that is begun from a drawing.

use super::cast::{self, Casting, Roles, ends};
use super::{Role, Vocabulary, Word, prose};
use crate::diagram::{Diagram, End, ParticipantId, ParticipantKind, arrows};
use rustc_hash::{FxHashMap, FxHashSet};

/// On which way a label goes, as far as the arrows around it tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Way {
    /// A message of the socket; or something that every binding knows.
    #[default]
    Socket,
    /// It opens the socket, in prose.
    Connect,
    /// It opens an event stream, in prose.
    Stream,
    /// An HTTP request of a client.
    Request,
    /// The answer to one.
    Answer,
    /// An event of a stream.
    Event,
    /// The end of an event stream, on either side.
    StreamEnd,
}

/// A label between a client and a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpokenLabel<'d> {
    /// Whether the client says it.
    pub client: bool,
    /// The label.
    pub label: &'d str,
    /// On which way.
    pub way: Way,
}

/// What passes between clients and servers.
#[derive(Clone, Debug, Default)]
pub struct Spoken<'d> {
    /// Every label, in the order of the text.
    pub labels: Vec<SpokenLabel<'d>>,
    /// Some client uses its socket before an arrow opens it.
    pub implicit: bool,
    /// How many clients there are.
    pub clients: usize,
}

/// What two have opened so far.
#[derive(Default)]
struct Pair {
    socket: bool,
    stream: bool,
    /// So many connects are drawn below.
    connects: usize,
    /// The client's last word is a request that is not answered.
    asked: bool,
}

/// Every label between a client and a server. Clients are those who would be simulated; where nobody dials, those who are
/// drawn as actors; where there are none, whoever speaks first.
pub fn spoken<'d>(diagram: &'d Diagram, words: &dyn Vocabulary) -> Spoken<'d> {
    let casting = Casting::default().or_settings(diagram);
    let Roles { roles, shares } = cast::cast(diagram, &casting, words, &mut Vec::new());
    let silent = |id: &ParticipantId| roles[id.0 as usize] == Role::Silent;
    let mut clients: Vec<bool> = roles.iter().map(|role| *role == Role::Simulated).collect();
    if !clients.contains(&true) {
        let drawn = diagram.participants.iter().map(|participant| participant.kind == ParticipantKind::Actor);
        clients = drawn.collect();
    }
    let names = || diagram.participants.iter().map(|participant| participant.drawn());
    let labels = || arrows(&diagram.body).map(|arrow| arrow.label.as_str());
    let sockets = names().chain(labels()).any(prose::says_socket);
    let streams = names().chain(labels()).any(prose::says_stream) && !sockets || labels().any(prose::says_event);
    let mut pairs: FxHashMap<(u32, u32), Pair> = FxHashMap::default();
    for arrow in arrows(&diagram.body) {
        let opens = words.word(&arrow.label) == Word::Connect || prose::connects(&arrow.label);
        if let (true, Some(from), Some(to)) = (opens, ends(&arrow.from).first(), ends(&arrow.to).first()) {
            let to = shares[to.0 as usize].unwrap_or(*to);
            pairs.entry((from.0, to.0)).or_default().connects += 1;
        }
    }
    let streaming = streaming(diagram, &clients);
    let mut all = Spoken::default();
    let mut met: Vec<u32> = Vec::new();
    for (index, arrow) in arrows(&diagram.body).enumerate() {
        let (from, to) = (ends(&arrow.from), ends(&arrow.to));
        if !clients.contains(&true)
            && let Some(first) = from.first()
        {
            clients[first.0 as usize] = true;
        }
        let any = |ids: &[ParticipantId]| ids.iter().any(|id| clients[id.0 as usize]);
        let everyone = matches!(arrow.to, End::Everyone { .. });
        let unseen = from.iter().chain(to).any(silent);
        if unseen || any(from) == (any(to) || everyone) {
            continue;
        }
        let client = any(from);
        let (one, other) = if client { (from, to) } else { (to, from) };
        let (Some(one), Some(other)) = (one.first(), other.first()) else {
            all.labels.push(SpokenLabel { client, label: &arrow.label, way: Way::Socket });
            continue;
        };
        let other = shares[other.0 as usize].unwrap_or(*other);
        met.push(one.0);
        let pair = pairs.entry((one.0, other.0)).or_default();
        let word = words.word(&arrow.label);
        let way = if client {
            pair.asks(&arrow.label, word, streams, streaming.contains(&index))
        } else {
            pair.answers(&arrow.label, word)
        };
        let uses = way == Way::Socket && (word == Word::Message || !client && word == Word::End);
        if uses && !pair.socket {
            pair.socket = true;
            all.implicit = true;
        }
        all.labels.push(SpokenLabel { client, label: &arrow.label, way });
    }
    met.sort_unstable();
    met.dedup();
    all.clients = met.len();
    all
}

/// Which arrows, by their place in the text, ask for an event stream: what is answered says that it is an event.
fn streaming(diagram: &Diagram, clients: &[bool]) -> FxHashSet<usize> {
    let client = |id: &ParticipantId| clients[id.0 as usize];
    let mut asked: FxHashMap<u32, usize> = FxHashMap::default();
    let mut found = FxHashSet::default();
    for (index, arrow) in arrows(&diagram.body).enumerate() {
        let (Some(from), Some(to)) = (ends(&arrow.from).first(), ends(&arrow.to).first()) else { continue };
        if client(from) && !client(to) {
            asked.insert(from.0, index);
        } else if client(to) && !client(from) && prose::says_event(&arrow.label) {
            found.extend(asked.remove(&to.0));
        }
    }
    found
}

impl Pair {
    /// A label of the client; `streaming` where an event is the next that comes.
    fn asks(&mut self, label: &str, word: Word, streams: bool, streaming: bool) -> Way {
        self.asked = false;
        // Of what only a stream is open, a stream ends.
        if self.stream && !self.socket && (word == Word::End || prose::leaves_stream(label)) {
            self.stream = false;
            return Way::StreamEnd;
        }
        if word == Word::Connect || prose::connects(label) {
            self.connects = self.connects.saturating_sub(1);
        }
        let way = match word {
            Word::Connect => {
                self.socket = true;
                return Way::Socket;
            }
            Word::End => {
                self.socket = false;
                return Way::Socket;
            }
            Word::Local => return Way::Socket,
            Word::Request if prose::upgrades(label) => Way::Connect,
            Word::Request if prose::listens(label) || streaming || streams && is_stream(label) => Way::Stream,
            Word::Request => Way::Request,
            Word::Message | Word::Status => {
                if prose::upgrades(label) {
                    Way::Connect
                } else if prose::listens(label) || streaming && prose::requests(label) {
                    Way::Stream
                } else if prose::requests(label) {
                    Way::Request
                } else if prose::connects(label) && !self.socket {
                    Way::Connect
                } else if (streams || self.stream || self.connects > 0) && !self.socket {
                    // What is said before there is a socket, is not said on it.
                    Way::Request
                } else {
                    Way::Socket
                }
            }
        };
        match way {
            Way::Stream => self.stream = true,
            Way::Request => self.asked = true,
            Way::Connect => self.socket = true,
            Way::Socket | Way::Answer | Way::Event | Way::StreamEnd => {}
        }
        way
    }

    /// A label of the server.
    fn answers(&mut self, label: &str, word: Word) -> Way {
        let asked = std::mem::take(&mut self.asked);
        match word {
            Word::End if self.stream && !self.socket => Way::StreamEnd,
            Word::Status | Word::End => Way::Socket,
            _ if prose::says_event(label) => Way::Event,
            Word::Message | Word::Local | Word::Request | Word::Connect if asked => Way::Answer,
            Word::Message | Word::Local | Word::Request | Word::Connect if self.stream && !self.socket => Way::Event,
            Word::Message | Word::Local | Word::Request | Word::Connect => Way::Socket,
        }
    }
}

/// Whether a path says that an event stream comes from it.
fn is_stream(label: &str) -> bool {
    let label = label.to_lowercase();
    label.contains("get ")
        && ["event", "stream", "sse", "subscribe", "notification", "live", "update"]
            .iter()
            .any(|word| label.contains(word))
}
