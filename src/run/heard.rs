//! Who hears what a program prints, as it prints it, hears no secret of the plays that it runs for.

use crate::process::Listener;
use crate::wire::Secrets;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What must not be heard. A clone is the same: a program may run for several scenarios.
#[derive(Clone, Default)]
pub(super) struct Unheard {
    /// What was known before a play, or became known in one that is over.
    known: Secrets,
    /// Those of the plays that run now: more may become known at any time.
    playing: Arc<Mutex<Vec<Secrets>>>,
}

/// For as long as a play runs.
pub(super) struct Playing {
    unheard: Unheard,
    secrets: Secrets,
}

impl Unheard {
    /// Nothing of these is heard from now on; what is printed comes line by line, and so do they.
    pub(super) fn add(&self, secrets: &Secrets) {
        self.known.merge(secrets);
        self.known.merge_lines(secrets);
    }

    /// Nor what becomes known of them during a play.
    pub(super) fn playing(&self, secrets: &Secrets) -> Playing {
        self.add(secrets);
        self.list().push(secrets.clone());
        Playing { unheard: self.clone(), secrets: secrets.clone() }
    }

    /// One who hears the lines without them.
    pub(super) fn listener(&self, listener: Listener) -> Listener {
        let unheard = self.clone();
        Listener::new(move |line| {
            let mut line = unheard.known.redact(line).into_owned();
            for secrets in unheard.list().iter() {
                line = secrets.redact(&line).into_owned();
            }
            listener.hear(&line);
        })
    }

    fn list(&self) -> MutexGuard<'_, Vec<Secrets>> {
        self.playing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Playing {
    fn drop(&mut self) {
        self.unheard.add(&self.secrets);
        let mut list = self.unheard.list();
        if let Some(at) = list.iter().position(|secrets| secrets.is_same(&self.secrets)) {
            list.swap_remove(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_becomes_known_in_a_play_is_not_heard_in_it_and_behind_it() {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let hears = heard.clone();
        let unheard = Unheard::default();
        let listener = unheard.listener(Listener::new(move |line| hears.lock().expect("whole").push(line.to_owned())));
        let secrets = Secrets::default();
        secrets.add("first line\nsecond line");
        let playing = unheard.playing(&secrets);
        secrets.add("tulip-71");
        ["a tulip-71", "a first line", "second line"].iter().for_each(|line| listener.hear(line));
        drop(playing);
        listener.hear("b tulip-71");
        assert!(unheard.list().is_empty());
        assert_eq!(*heard.lock().expect("whole"), ["a ***", "a ***", "***", "b ***"]);
    }
}
