use super::Moment;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// When the time of a play stood still, and for how long: while a program of a codec worked, which is no time of the server.
///
/// What came meanwhile was not read before the program had answered. So a server is not *late* by it, and a lower bound counts it
/// as gone by: nobody knows when in it a message came (docs/semantics.md, "Time").
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Stops(Vec<Stop>);

/// One of them, with those that followed it closely.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Stop {
    /// The first and the last moment of the play at which its time stood still.
    since: u64,
    at: u64,
    /// For how long, with all stops before it, in nanoseconds.
    total: u64,
}

/// Stops so close to each other are kept as one, as if all were at its end: a program works for every frame.
const TOGETHER: Duration = Duration::from_millis(1);

impl Stops {
    /// Whether there was none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// At this moment, none before the last one that was added, and for so long.
    pub fn add(&mut self, at: Moment, long: Duration) {
        let before = self.total();
        let total = Moment::after(before + long).0;
        match self.0.last_mut() {
            Some(last) if at.since(Moment(last.since)) <= TOGETHER => {
                *last = Stop { since: last.since, at: at.0, total }
            }
            _ => self.0.push(Stop { since: at.0, at: at.0, total }),
        }
    }

    /// For how long in all.
    pub fn total(&self) -> Duration {
        self.0.last().map_or(Duration::ZERO, |last| Duration::from_nanos(last.total))
    }

    /// For how long at most the time stood still behind one moment and until another.
    pub fn between(&self, from: Moment, to: Moment) -> Duration {
        let total = |count: usize| count.checked_sub(1).map_or(0, |last| self.0[last].total);
        let from = self.0.partition_point(|stop| stop.at <= from.0);
        let to = self.0.partition_point(|stop| stop.since <= to.0);
        Duration::from_nanos(total(to).saturating_sub(total(from)))
    }

    /// The moment of the play at one of its clock, which goes on where the time stands still.
    pub fn moment(&self, clock: Moment) -> Moment {
        for (index, stop) in self.0.iter().enumerate().rev() {
            let before = index.checked_sub(1).map_or(0, |before| self.0[before].total);
            if clock.0 > stop.at.saturating_add(before) {
                return Moment(clock.0.saturating_sub(stop.total).max(stop.at));
            }
        }
        clock
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: u64 = 1_000_000;

    fn ms(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    #[test]
    fn what_stood_still_counts_behind_a_moment_and_until_another() {
        let mut stops = Stops::default();
        stops.add(Moment(100 * MS), ms(50));
        stops.add(Moment(300 * MS), ms(20));
        let between = |from: u64, to: u64| stops.between(Moment(from * MS), Moment(to * MS));
        assert_eq!(
            [between(0, 99), between(0, 100), between(100, 299), between(100, 300), between(0, 400)],
            [ms(0), ms(50), ms(0), ms(20), ms(70)]
        );
        assert_eq!(stops.total(), ms(70));
    }

    #[test]
    fn the_clock_goes_on_where_the_time_stands_still() {
        let mut stops = Stops::default();
        stops.add(Moment(100 * MS), ms(50));
        stops.add(Moment(300 * MS), ms(20));
        let moment = |clock: u64| stops.moment(Moment(clock * MS)).0 / MS;
        assert_eq!(
            [99, 100, 120, 150, 200, 350, 360, 370, 380].map(moment),
            [99, 100, 100, 100, 150, 300, 300, 300, 310]
        );
    }

    #[test]
    fn a_stop_for_every_frame_makes_no_list_of_all_frames() {
        let mut stops = Stops::default();
        for frame in 0..10_000 {
            stops.add(Moment(frame * MS / 10), ms(1));
        }
        assert!(stops.0.len() <= 1_000, "{}", stops.0.len());
        assert_eq!(stops.between(Moment(0), Moment(1_000 * MS)), stops.total());
        assert_eq!(stops.total(), ms(10_000));
    }
}
