//! Signals that ask a run to end.
//!
//! The first one ends the plays: what was played is told, and every report is written. The second ends the process at once:
//! what it has started is ended by its guards, and no file is left half written.

#[cfg(feature = "tcp")]
use super::exit::Signal;
use crate::run::Stop;

/// From now on, `SIGINT` and `SIGTERM` ask for this. They are listened to before this returns.
#[cfg(feature = "tcp")]
pub fn listen(stop: &Stop) {
    let stop = stop.clone();
    let (ready, is_ready) = std::sync::mpsc::channel::<()>();
    std::thread::spawn(move || {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_io().build() else { return };
        runtime.block_on(async {
            let Ok(mut signals) = Signals::new() else { return };
            drop(ready);
            stop.ask(signals.next().await.name());
            let second = signals.next().await;
            // What is half written goes, and nothing more is begun. Whatever still runs is in the way.
            let _nothing_more = crate::files::abandon();
            #[expect(clippy::exit, reason = "this is the command line, and somebody has asked twice")]
            std::process::exit(second.code().into());
        });
    });
    // The other end is dropped when the signals are heard, or cannot be.
    let _ = is_ready.recv();
}

#[cfg(all(unix, feature = "tcp"))]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(all(unix, feature = "tcp"))]
impl Signals {
    fn new() -> std::io::Result<Signals> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Signals { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) -> Signal {
        tokio::select! {
            biased;
            _ = self.interrupt.recv() => Signal::Interrupt,
            _ = self.terminate.recv() => Signal::Terminate,
        }
    }
}

#[cfg(all(not(unix), feature = "tcp"))]
struct Signals;

#[cfg(all(not(unix), feature = "tcp"))]
impl Signals {
    fn new() -> std::io::Result<Signals> {
        Ok(Signals)
    }

    async fn next(&mut self) -> Signal {
        let _ = tokio::signal::ctrl_c().await;
        Signal::Interrupt
    }
}

/// Nobody sends signals where nothing is outside this process.
#[cfg(not(feature = "tcp"))]
pub fn listen(_: &Stop) {}
