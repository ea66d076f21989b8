//! Who is simulated, who is tested.

use super::{Role, Vocabulary, Word};
use crate::diagram::{Diagram, End, ParticipantId, ParticipantKind, Setting, arrows};
use crate::source::{Diagnostic, Span};

/// The roles that a run asks for; `None` where it leaves them to the diagram.
#[derive(Clone, Debug, Default)]
pub struct Casting {
    /// `--simulate`: names of lifelines that the tool plays.
    pub simulate: Option<Vec<String>>,
    /// `--test`: names of lifelines under test.
    pub test: Option<Vec<String>>,
}

impl Casting {
    /// What the diagram's own directives ask for, where the run did not say otherwise.
    #[must_use]
    pub fn or_settings(mut self, diagram: &Diagram) -> Self {
        let said = diagram.said();
        self.simulate = self.simulate.or_else(|| said.simulate.map(<[String]>::to_vec));
        self.test = self.test.or_else(|| said.test.map(<[String]>::to_vec));
        self
    }
}

/// Every label between a client and a server, and whether the client says it. Clients are those who would be simulated;
/// where nobody dials, those who are drawn as actors; where there are none, whoever speaks first.
pub fn spoken<'d>(diagram: &'d Diagram, words: &dyn Vocabulary) -> Vec<(bool, &'d str)> {
    let casting = Casting::default().or_settings(diagram);
    let roles = roles(diagram, &casting, words, &mut Vec::new());
    let mut clients: Vec<bool> = roles.iter().map(|role| *role == Role::Simulated).collect();
    if !clients.contains(&true) {
        let drawn = diagram.participants.iter().map(|participant| participant.kind == ParticipantKind::Actor);
        clients = drawn.collect();
    }
    let mut labels = Vec::new();
    for arrow in arrows(&diagram.body) {
        let (from, to) = (ends(&arrow.from), ends(&arrow.to));
        if !clients.contains(&true)
            && let Some(first) = from.first()
        {
            clients[first.0 as usize] = true;
        }
        let any = |ids: &[ParticipantId]| ids.iter().any(|id| clients[id.0 as usize]);
        let everyone = matches!(arrow.to, End::Everyone { .. });
        if any(from) != (any(to) || everyone) {
            labels.push((any(from), arrow.label.as_str()));
        }
    }
    labels
}

/// The role of every participant.
///
/// Who dials (a connect word or an HTTP request) and is never dialled is simulated; all others are tested. Named roles
/// come first: with `simulate` alone exactly those are simulated, with `test` alone all others are.
pub(super) fn roles(
    diagram: &Diagram,
    casting: &Casting,
    words: &dyn Vocabulary,
    problems: &mut Vec<Diagnostic>,
) -> Vec<Role> {
    let count = diagram.participants.len();
    let mut dials = vec![false; count];
    let mut dialled = vec![false; count];
    for arrow in arrows(&diagram.body) {
        match words.word(&arrow.label) {
            Word::Connect | Word::Request => {
                ends(&arrow.from).iter().for_each(|id| dials[id.0 as usize] = true);
                ends(&arrow.to).iter().for_each(|id| dialled[id.0 as usize] = true);
            }
            Word::End | Word::Status | Word::Local | Word::Message => {}
        }
    }
    let by_dialling = |index: usize| dials[index] && !dialled[index];
    let named = |names: &Option<Vec<String>>, index: usize| {
        names.as_ref().is_some_and(|names| names.iter().any(|name| *name == diagram.participants[index].id))
    };
    check_names(diagram, casting, problems);
    let simulated = |index: usize| match (&casting.simulate, &casting.test) {
        (None, None) => by_dialling(index),
        (Some(_), None) => named(&casting.simulate, index),
        (None, Some(_)) => !named(&casting.test, index),
        (Some(_), Some(_)) => named(&casting.simulate, index) || (by_dialling(index) && !named(&casting.test, index)),
    };
    let roles: Vec<Role> =
        (0..count).map(|index| if simulated(index) { Role::Simulated } else { Role::Tested }).collect();
    if casting.simulate.is_none() && casting.test.is_none() && !roles.contains(&Role::Simulated) && count > 0 {
        problems.push(nobody_dials(diagram));
    }
    for (index, role) in roles.iter().enumerate() {
        if *role == Role::Simulated && dialled[index] && dials.iter().zip(&roles).any(|(d, r)| *d && *r == Role::Tested)
        {
            problems.push(
                Diagnostic::error(
                    "roles",
                    format!("{} is dialled and cannot be simulated", diagram.participants[index].id),
                )
                .at(diagram.participants[index].span, "others connect to this lifeline")
                .with_help("simulate the lifelines that connect; seqcheck plays clients, it does not listen"),
            );
        }
    }
    roles
}

fn nobody_dials(diagram: &Diagram) -> Diagnostic {
    // Who speaks first is the one to connect, most likely, and to whom.
    let speaking = arrows(&diagram.body).find_map(|arrow| {
        let (from, to) = (*ends(&arrow.from).first()?, *ends(&arrow.to).first()?);
        (from != to).then_some((from, to))
    });
    let name = |id: ParticipantId| diagram.participants[id.0 as usize].id.as_str();
    let (client, server) =
        speaking.map_or((diagram.participants[0].id.as_str(), "Server"), |(from, to)| (name(from), name(to)));
    Diagnostic::error("roles", "nobody connects, so there is no telling whom to play")
        .at(diagram.span, "no arrow here opens a connection")
        .with_help(format!("begin with the connection: {client}->{server}: WS connect"))
        .with_help(format!("or say whom to play: #@ simulate {client}"))
}

fn check_names(diagram: &Diagram, casting: &Casting, problems: &mut Vec<Diagnostic>) {
    let all = casting.simulate.iter().chain(&casting.test).flatten();
    for name in all.filter(|name| diagram.find(name).is_none()) {
        let nearest = diagram
            .participants
            .iter()
            .max_by(|a, b| strsim::jaro_winkler(&a.id, name).total_cmp(&strsim::jaro_winkler(&b.id, name)));
        let mut problem = Diagnostic::error("roles", format!("there is no participant named {name}"))
            .at(setting_span(diagram, name), "a role is given to it");
        if let Some(nearest) = nearest {
            problem = problem.with_help(format!("did you mean {}?", nearest.id));
        }
        problems.push(problem);
    }
}

fn setting_span(diagram: &Diagram, name: &str) -> Span {
    let named = |setting: &&Setting| matches!(setting, Setting::Simulate(names, _) | Setting::Test(names, _) if names.iter().any(|known| known == name));
    diagram.settings.iter().find(named).map_or(diagram.span, Setting::span)
}

fn ends(end: &End) -> &[ParticipantId] {
    match end {
        End::Participant(id) => std::slice::from_ref(id),
        End::Several(ids) => ids,
        End::Outside(_) | End::Everyone { .. } => &[],
    }
}
