//! Time as a process or a thread has it: how long it ran, and how long it waited for something else than the processor. How
//! long it waited for the processor, since others had it, is not in it: a busy machine changes nothing.

pub use crate::shapes::processor_time;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How often it is looked what somebody is at.
pub const LOOK: Duration = Duration::from_millis(10);

/// Who is looked at now and then.
pub struct Watched {
    /// Where the system tells of it.
    place: PathBuf,
    /// The processor time that it had in the beginning and at the last look.
    ran: Option<(Duration, Duration)>,
    /// How often it was found waiting.
    idle: u32,
    began: Instant,
}

impl Watched {
    /// A process with all its threads.
    pub fn process(id: u32) -> Watched {
        Watched::at(Path::new("/proc").join(id.to_string()))
    }

    /// The thread that asks.
    pub fn this_thread() -> Watched {
        let own = std::fs::read_link("/proc/thread-self").unwrap_or_default();
        Watched::at(Path::new("/proc").join(own))
    }

    fn at(place: PathBuf) -> Watched {
        let ran = stat(&place).map(|(_, ran)| (ran, ran));
        Watched { place, ran, idle: 0, began: Instant::now() }
    }

    /// Looks at it, a [`LOOK`] after the last time. A look that comes late, since the machine is busy, counts once.
    pub fn look(&mut self) {
        let Some((state, ran)) = stat(&self.place) else { return };
        let Some((_, last)) = &mut self.ran else { return };
        *last = ran;
        let threads = std::fs::read_dir(self.place.join("task")).into_iter().flatten().flatten();
        let mut states = threads.filter_map(|thread| stat(&thread.path())).map(|(state, _)| state).chain([state]);
        self.idle += u32::from(states.all(|state| !matches!(state, 'R' | 'D')));
    }

    /// How long it has run and waited, as far as was seen; where the system does not tell, what the clock says.
    pub fn own_time(&self) -> Duration {
        self.ran.map_or_else(|| self.began.elapsed(), |(first, last)| last - first + LOOK * self.idle)
    }

    /// How long it has run, as far as was seen; where the system does not tell, what the clock says.
    pub fn ran(&self) -> Duration {
        self.ran.map_or_else(|| self.began.elapsed(), |(first, last)| last - first)
    }
}

/// What a process or thread is at, and its processor time (`man 5 proc_pid_stat`).
fn stat(place: &Path) -> Option<(char, Duration)> {
    /// So many ticks has a second on every system that Linux runs on (`USER_HZ`).
    const TICKS: u64 = 100;
    let text = std::fs::read_to_string(place.join("stat")).ok()?;
    // The name may hold anything, spaces and brackets too.
    let (_, rest) = text.rsplit_once(") ")?;
    let fields: Vec<&str> = rest.split(' ').collect();
    let ticks = |at: usize| fields.get(at)?.parse::<u64>().ok();
    let (in_user, in_kernel) = (ticks(11)?, ticks(12)?);
    Some((fields.first()?.chars().next()?, Duration::from_millis((in_user + in_kernel) * 1_000 / TICKS)))
}

#[test]
fn who_waits_and_who_runs_is_told_apart() {
    let mut own = Watched::this_thread();
    let (first, mut looks) = (processor_time(), 0);
    // A few ticks.
    while processor_time() - first < LOOK * 5 {
        own.look();
        looks += 1;
    }
    assert!(own.idle == 0 && looks > 1, "{} of {looks}", own.idle);
    if own.ran.is_some() {
        assert!(own.own_time() >= LOOK * 3 && own.own_time() <= LOOK * 7, "{:?}", own.own_time());
        // One that only waits: as long as it was seen waiting.
        let mut asleep = std::process::Command::new("sleep").arg("600").spawn().expect("it is there");
        let mut watched = Watched::process(asleep.id());
        let end = processor_time() + LOOK * 500;
        while watched.idle < 3 && processor_time() < end {
            watched.look();
        }
        asleep.kill().expect("it can be ended");
        asleep.wait().expect("it has ended");
        assert!(watched.own_time() >= LOOK * 3, "{:?}", watched.own_time());
    }
}
