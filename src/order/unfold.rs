//! Participants as lifelines: `#@ clients` unfolded, names that stand for one of many.

use super::cast::Roles;
use super::compile::Compiler;
use super::model::{Lifeline, LifelineId};
use crate::diagram::{self, ParticipantId, Setting};
use crate::source::Diagnostic;

/// At most so many lifelines.
const LIFELINES: usize = 100_000;

impl Compiler<'_> {
    pub(super) fn lifelines(&mut self, cast: &Roles) {
        let diagram = self.diagram;
        let clients: Vec<&diagram::Clients> = diagram
            .settings
            .iter()
            .filter_map(|setting| if let Setting::Clients(clients) = setting { Some(clients) } else { None })
            .collect();
        for clients in &clients {
            if diagram.find(&clients.name).is_none() {
                self.problems.push(
                    Diagnostic::error("clients", format!("there is no participant named {}", clients.name))
                        .at(clients.span, "this directive multiplies it")
                        .with_help(format!("declare it: participant {}", clients.name)),
                );
            }
        }
        // `Watcher7` in an arrow is the seventh of the unfolded ones, not a participant of its own.
        let stands_for = |id: &str| {
            clients.iter().find_map(|clients| {
                let number: u32 = id.strip_prefix(clients.name.as_str())?.parse().ok()?;
                (1..=clients.count).contains(&number).then_some((clients.name.as_str(), number))
            })
        };
        self.unfolded = vec![Vec::new(); diagram.participants.len()];
        for (index, participant) in diagram.participants.iter().enumerate() {
            let shared = cast.shares[index].is_some_and(|first| first.0 as usize != index);
            if shared || stands_for(&participant.id).is_some() {
                continue;
            }
            let count =
                clients.iter().rev().find(|clients| clients.name == participant.id).map(|clients| clients.count);
            for turn in 1..=count.unwrap_or(1) {
                let suffix = count.map_or(String::new(), |_| turn.to_string());
                if self.order.lifelines.len() >= LIFELINES {
                    self.problems.push(
                        Diagnostic::error("limit", format!("more than {LIFELINES} lifelines"))
                            .at(participant.span, "multiplied here")
                            .with_help("lower the number in #@ clients"),
                    );
                    return;
                }
                self.unfolded[index].push(LifelineId(self.order.lifelines.len() as u32));
                self.order.lifelines.push(Lifeline {
                    name: format!("{}{suffix}", participant.id).into(),
                    label: format!("{}{suffix}", participant.drawn()).into(),
                    participant: ParticipantId(index as u32),
                    role: cast.roles[index],
                });
            }
        }
        for (index, participant) in diagram.participants.iter().enumerate() {
            if let Some(first) = cast.shares[index] {
                self.unfolded[index] = self.unfolded[first.0 as usize].clone();
            }
            if let Some((name, number)) = stands_for(&participant.id) {
                let all = diagram.find(name).map(|id| self.unfolded[id.0 as usize].clone()).unwrap_or_default();
                self.unfolded[index] = all.get(number as usize - 1).copied().into_iter().collect();
            }
        }
        self.connected = vec![false; self.order.lifelines.len()];
    }
}
