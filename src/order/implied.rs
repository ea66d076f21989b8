//! Connects that nobody draws: where a binding says `[connect] implicit = true`, the first message of a client dials.

use super::cast::Cast;
use super::{Role, Vocabulary, Word};
use crate::diagram::{Arrow, Diagram, Drawn, End, Item, ParticipantId, arrows, every};
use rustc_hash::FxHashSet;

/// The diagram with a connect above the first message of each client and server between whom none is drawn; none where
/// nothing is to be added.
///
/// The connect stands in front of the outermost fragment around that message: whichever operand is taken, and however often,
/// the client is connected once.
pub(super) fn connects(diagram: &Diagram, cast: &Cast, words: &dyn Vocabulary) -> Option<Diagram> {
    let label = words.implied_connect()?;
    let same = |id: &ParticipantId| cast.shares[id.0 as usize].unwrap_or(*id);
    let pair = |arrow: &Arrow| -> Option<(ParticipantId, ParticipantId)> {
        let (End::Participant(from), End::Participant(to)) = (&arrow.from, &arrow.to) else { return None };
        let role = |id: &ParticipantId| cast.roles[id.0 as usize];
        match (role(from), role(to)) {
            (Role::Simulated, Role::Tested) => Some((*from, same(to))),
            (Role::Tested, Role::Simulated) => Some((*to, same(from))),
            (Role::Simulated | Role::Silent, Role::Simulated | Role::Silent)
            | (Role::Tested, Role::Tested)
            | (Role::Silent, Role::Tested)
            | (Role::Tested, Role::Silent) => None,
        }
    };
    let drawn = arrows(&diagram.body).filter(|arrow| words.word(&arrow.label) == Word::Connect);
    let mut connected: FxHashSet<(ParticipantId, ParticipantId)> = drawn.filter_map(pair).collect();
    let mut body = Vec::with_capacity(diagram.body.len());
    let before = connected.len();
    for item in &diagram.body {
        for arrow in every(std::slice::from_ref(item)).filter_map(|item| match item {
            Item::Arrow(arrow) => Some(arrow),
            _ => None,
        }) {
            let message = matches!(words.word(&arrow.label), Word::Message);
            let Some((client, server)) = pair(arrow).filter(|pair| message && !connected.contains(pair)) else {
                continue;
            };
            connected.insert((client, server));
            body.push(Item::Arrow(Arrow {
                from: End::Participant(client),
                to: End::Participant(server),
                drawn: Drawn { implied: true, ..Drawn::default() },
                label: label.to_owned(),
                span: arrow.span,
                label_span: arrow.label_span,
            }));
        }
        body.push(item.clone());
    }
    (connected.len() > before).then(|| Diagram { body, ..diagram.clone() })
}
