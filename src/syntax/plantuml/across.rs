//! Who stands where: `order 10`, and participants that are declared below their first arrow.

use crate::diagram::ParticipantId;

/// What declarations say of the places of participants.
#[derive(Debug, Default)]
pub(super) struct Across {
    /// Those who were in the diagram before their declaration, and how many were at that time.
    late: Vec<(ParticipantId, usize)>,
    /// The number behind `order`; without one it is 0.
    orders: Vec<(ParticipantId, i32)>,
}

impl Across {
    /// A participant was in the diagram already: with its declaration PlantUML puts it behind all others.
    pub fn declared_late(&mut self, who: ParticipantId, known: usize) {
        self.late.push((who, known));
    }

    /// `order 10`
    pub fn ordered(&mut self, who: ParticipantId, order: &str) {
        let number = order.split_whitespace().next_back().and_then(|number| number.parse().ok());
        self.orders.push((who, number.unwrap_or(0)));
    }

    /// So many participants from left to right; empty where that is the order of the text.
    pub fn lanes(&self, count: usize) -> Vec<ParticipantId> {
        let mut places: Vec<(i32, usize, usize)> = (0..count).map(|at| (0, at, 0)).collect();
        for (number, (who, known)) in self.late.iter().enumerate() {
            if let Some(place) = places.get_mut(who.0 as usize) {
                (place.1, place.2) = (known.saturating_sub(1), number + 1);
            }
        }
        for (who, order) in &self.orders {
            if let Some(place) = places.get_mut(who.0 as usize) {
                place.0 = *order;
            }
        }
        let mut lanes: Vec<ParticipantId> = (0..count as u32).map(ParticipantId).collect();
        lanes.sort_by_key(|id| places[id.0 as usize]);
        if lanes.is_sorted() { Vec::new() } else { lanes }
    }
}
