//! Which lifelines of an architecture picture are the client, the server and neither: proposed from what they are called
//! and from what they say to each other.
//!
//! Every lifeline has a leaning by its name. An assignment of sides is worth what its lifelines lean to, and what its
//! arrows show: a message between a client and the server is on the wire, one from a silent lifeline to the server is
//! lost, a server dials nobody. The best assignments are found by changing one lifeline after the other.

use super::{Role, Vocabulary, Word, cast, leaning, prose};
use crate::diagram::{Diagram, End, Participant, ParticipantId, ParticipantKind, arrows};

/// At most so many proposals are made, the likeliest first.
const PROPOSALS: usize = 8;
/// What is worth so much less than the best is not proposed, even if it could be run: two strong names would be given up.
const BEHIND: i32 = 100;
/// What it takes from a client that it opens nothing where others do.
const OPENS_NOTHING: i32 = 6;
/// At most so many lifelines, and arrows, are weighed: a picture of an architecture is no larger.
const LIFELINES: usize = 24;
const ARROWS: usize = 500;

/// What directives would say of a picture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proposal {
    /// Who is played.
    pub clients: Vec<String>,
    /// The lifelines that are one server under test.
    pub server: Vec<String>,
    /// The lifelines of which nothing is on the wire.
    pub silent: Vec<String>,
}

impl Proposal {
    /// The directives that say it, as [`crate::syntax`] reads them.
    pub fn lines(&self) -> Vec<String> {
        let list = |names: &[String]| names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ");
        let mut lines = vec![format!("server = {}", list(&self.server))];
        if !self.silent.is_empty() {
            lines.push(format!("silent {}", list(&self.silent)));
        }
        lines
    }

    /// Who it takes for the client, in a sentence.
    pub fn reason(&self) -> String {
        let number = self.clients.len() + self.server.len() + self.silent.len();
        let who = match &self.clients[..] {
            [one] => format!("`{one}` is the only client"),
            several => format!("the clients are {}", several.join(", ")),
        };
        format!("there are {number} lifelines, and it seems that {who}")
    }
}

/// Whether a diagram needs to be told who is who: nobody says it, and nobody connects, or lifelines under test speak among
/// themselves.
pub fn is_wanted(diagram: &Diagram, words: &dyn Vocabulary) -> bool {
    let said = diagram.effective_settings();
    let told = said.simulate.is_some() || said.test.is_some() || !said.server.is_empty() || !said.silent.is_empty();
    if told || !words.server().is_empty() || !words.silent().is_empty() {
        return false;
    }
    let roles = cast::cast(diagram, &cast::Casting::default(), words, &mut Vec::new()).roles;
    let tested = |id: &ParticipantId| roles[id.0 as usize] == Role::Tested;
    let inside = |from: &ParticipantId, to: &ParticipantId| from != to && tested(from) && tested(to);
    let internal = arrows(&diagram.body).filter(|arrow| words.receivers(&arrow.label).is_none()).any(
        |arrow| matches!((&arrow.from, &arrow.to), (End::Participant(from), End::Participant(to)) if inside(from, to)),
    );
    // A person who speaks to a client is no server, although nobody else is told to be one.
    let to_client = |id: &ParticipantId| !tested(id);
    let person = |id: &ParticipantId| leaning::is_silent(&diagram.participants[id.0 as usize]);
    let persons = arrows(&diagram.body).any(
        |arrow| matches!((&arrow.from, &arrow.to), (End::Participant(from), End::Participant(to)) if tested(from) && person(from) && to_client(to)),
    );
    internal || persons || !roles.contains(&Role::Simulated)
}

/// Who may be who, the likeliest first; nothing where no client or no server can be told.
pub fn of(diagram: &Diagram, words: &dyn Vocabulary) -> Vec<Proposal> {
    let Some(picture) = Picture::of(diagram, words) else { return Vec::new() };
    let mut found: Vec<(i32, Vec<Side>)> = Vec::new();
    for wires in [Side::Server, Side::Client, Side::Silent] {
        for others in [None, Some(Side::Server), Some(Side::Silent)] {
            let sides = picture.climbed(picture.first_guess(wires, others));
            let worth = picture.worth(&sides);
            if !found.iter().any(|(_, known)| *known == sides) {
                found.push((worth, sides));
            }
        }
    }
    // What is one change away from the best may be what can be run.
    if let Some((_, best)) = found.iter().max_by_key(|(worth, _)| *worth).cloned() {
        for at in 0..best.len() {
            for side in [Side::Client, Side::Server, Side::Silent] {
                let mut sides = best.clone();
                sides[at] = side;
                if !found.iter().any(|(_, known)| *known == sides) {
                    found.push((picture.worth(&sides), sides));
                }
            }
        }
    }
    found.retain(|(_, sides)| sides.contains(&Side::Client) && sides.contains(&Side::Server));
    found.sort_by_key(|(worth, _)| -worth);
    // What is far behind the best speaks against what the lifelines are called.
    let best = found.first().map_or(0, |(worth, _)| *worth);
    found.retain(|(worth, _)| *worth + BEHIND >= best);
    found.truncate(PROPOSALS);
    found.iter().map(|(_, sides)| picture.proposal(sides)).collect()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Client,
    Server,
    Silent,
}

/// A message, as far as sides matter.
struct Spoken {
    from: usize,
    to: usize,
    opens: bool,
    ends: bool,
}

struct Picture<'d> {
    drawn: Vec<&'d Participant>,
    leanings: Vec<leaning::Leaning>,
    spoken: Vec<Spoken>,
}

impl<'d> Picture<'d> {
    fn of(diagram: &'d Diagram, words: &dyn Vocabulary) -> Option<Picture<'d>> {
        let mut talks = vec![false; diagram.participants.len()];
        let mut pairs = Vec::new();
        for arrow in arrows(&diagram.body) {
            let (from, to) = (cast::ends(&arrow.from), cast::ends(&arrow.to));
            from.iter().chain(to).for_each(|id| talks[id.0 as usize] = true);
            let word = words.word(&arrow.label);
            let opens = matches!(word, Word::Connect | Word::Request) || prose::opens(&arrow.label);
            for (from, to) in from.iter().flat_map(|from| to.iter().map(move |to| (from, to))) {
                if from != to {
                    pairs.push((from.0 as usize, to.0 as usize, opens, word == Word::End));
                }
            }
        }
        let ids: Vec<usize> = (0..talks.len()).filter(|id| talks[*id]).collect();
        if ids.len() < 2 || ids.len() > LIFELINES || pairs.is_empty() || pairs.len() > ARROWS {
            return None;
        }
        let place = |id: usize| ids.binary_search(&id).unwrap_or_default();
        let drawn: Vec<&Participant> = ids.iter().map(|id| &diagram.participants[*id]).collect();
        let mut leanings: Vec<leaning::Leaning> = drawn.iter().map(|one| leaning::of(one)).collect();
        // Who speaks first is the client, where nothing else tells.
        leanings[place(pairs[0].0)].client += 8;
        let spoken =
            pairs.into_iter().map(|(from, to, opens, ends)| Spoken { from: place(from), to: place(to), opens, ends });
        Some(Picture { leanings, spoken: spoken.collect(), drawn })
    }

    /// Everybody on the side that its name leans to; `wires` are connections that are drawn as lifelines, `others` those
    /// whose name says nothing.
    fn first_guess(&self, wires: Side, others: Option<Side>) -> Vec<Side> {
        let guess = |lean: &leaning::Leaning| match others {
            _ if lean.wire => wires,
            Some(side) if lean.is_unknown() => side,
            Some(_) | None if lean.silent > lean.client.max(lean.server) => Side::Silent,
            Some(_) | None if lean.client > lean.server => Side::Client,
            Some(_) | None => Side::Server,
        };
        self.leanings.iter().map(guess).collect()
    }

    /// One lifeline after the other to its better side, until nothing gets better.
    fn climbed(&self, mut sides: Vec<Side>) -> Vec<Side> {
        let mut worth = self.worth(&sides);
        for _ in 0..self.drawn.len() {
            let before = worth;
            for at in 0..sides.len() {
                for side in [Side::Client, Side::Server, Side::Silent] {
                    let was = std::mem::replace(&mut sides[at], side);
                    let now = self.worth(&sides);
                    if now > worth { worth = now } else { sides[at] = was }
                }
            }
            if worth == before {
                break;
            }
        }
        sides
    }

    fn worth(&self, sides: &[Side]) -> i32 {
        let lean = |(side, lean): (&Side, &leaning::Leaning)| match side {
            Side::Client => lean.client,
            Side::Server => lean.server,
            Side::Silent => lean.silent,
        };
        let mut worth: i32 = sides.iter().zip(&self.leanings).map(lean).sum();
        let (mut sent, mut observed) = (0, 0);
        let mut open = vec![false; sides.len()];
        let mut used = vec![false; sides.len()];
        let mut opened = vec![false; sides.len()];
        for said in &self.spoken {
            let Spoken { from, to, opens, ends } = *said;
            worth += match (sides[from], sides[to]) {
                (Side::Client, Side::Server) => {
                    sent += 1;
                    // A connection that is open already, or none that could end.
                    let wrong = opens && used[from] && !open[from] || ends && !used[from];
                    open[from] = (open[from] || opens) && !ends;
                    opened[from] |= opens;
                    used[from] = true;
                    2 + if opens { 30 } else { 0 } - if wrong { 40 } else { 0 }
                }
                (Side::Server, Side::Client) => {
                    observed += 1;
                    used[to] = true;
                    if opens { -60 } else { 3 }
                }
                (Side::Server, Side::Server) => {
                    if opens {
                        -10
                    } else {
                        0
                    }
                }
                (Side::Silent, Side::Server) | (Side::Server, Side::Silent) => {
                    if opens {
                        -50
                    } else {
                        -20
                    }
                }
                (Side::Silent, Side::Client) | (Side::Client, Side::Silent) => 3,
                (Side::Client, Side::Client) => {
                    if opens {
                        -30
                    } else {
                        -8
                    }
                }
                (Side::Silent, Side::Silent) => 0,
            };
        }
        if opened.contains(&true) {
            let idle = sides.iter().zip(&opened).filter(|(side, opened)| **side == Side::Client && !**opened);
            worth -= OPENS_NOTHING * i32::try_from(idle.count()).unwrap_or_default();
        }
        let some = |side: Side| sides.contains(&side);
        if !some(Side::Client) || !some(Side::Server) || sent + observed == 0 {
            return -10_000;
        }
        // Without anything to be seen there is nothing to judge.
        if observed == 0 { worth - 40 } else { worth }
    }

    fn proposal(&self, sides: &[Side]) -> Proposal {
        let of = |side: Side| {
            let some = self.drawn.iter().zip(sides).filter(|(_, own)| **own == side);
            some.map(|(one, _)| one.id.clone()).collect()
        };
        Proposal { clients: of(Side::Client), server: of(Side::Server), silent: of(Side::Silent) }
    }
}

/// A name as a list of names in a directive has it.
fn quoted(name: &str) -> String {
    if name.contains([',', '"', ':', '=']) { format!("\"{}\"", name.replace('"', "\\\"")) } else { name.to_owned() }
}

/// Whether somebody is drawn as a person.
pub(super) fn is_person(participant: &Participant) -> bool {
    participant.kind == ParticipantKind::Actor
}
