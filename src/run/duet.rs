//! Both sides of a diagram in one process: the tool as clients and as the server that they dial, in virtual time.

use super::played::CheckVerdict;
use super::prepared::Prepared;
use super::script::Script;
use crate::listen::Door;
use std::sync::Arc;

/// Plays clients against a server, to the end of both.
pub(super) fn play(clients: &Prepared, server: &Prepared, door: Door) -> (CheckVerdict, CheckVerdict) {
    let (Ok(dialling), Ok(serving)) = (&clients.ready, &server.ready) else {
        return (clients.verdict(Vec::new()), server.verdict(Vec::new()));
    };
    // On a thread of its own: the caller may be inside a runtime.
    let both = std::thread::scope(|scope| {
        let (dialling, serving) = (dialling.clone(), serving.clone());
        scope.spawn(move || on_this_thread(&dialling, &serving, door)).join()
    });
    match both {
        Ok((dialled, served)) => (clients.verdict(dialled), server.verdict(served)),
        Err(_) => {
            let lost = |script: &Arc<Script>| vec![script.lost(std::sync::mpsc::RecvTimeoutError::Disconnected)];
            (clients.verdict(lost(dialling)), server.verdict(lost(serving)))
        }
    }
}

/// Plays a server for whatever a future does, to the end of both.
pub(super) fn beside<F: Future<Output = ()>>(
    client: impl FnOnce() -> F + Send,
    server: &Prepared,
    door: Door,
) -> CheckVerdict {
    let Ok(serving) = &server.ready else { return server.verdict(Vec::new()) };
    let served = std::thread::scope(|scope| {
        let played = scope.spawn(move || {
            let runtime = match tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build() {
                Ok(runtime) => runtime,
                Err(why) => return vec![serving.no_runtime(&why)],
            };
            let mut doors = serving.in_memory(door);
            doors.iter_mut().for_each(|door| door.attended = true);
            runtime.block_on(async {
                let leash = serving.leash();
                let playing = serving.all(doors, true, None, &leash);
                futures_util::future::join(playing, client()).await.0
            })
        });
        played.join()
    });
    match served {
        Ok(served) => server.verdict(served),
        Err(_) => server.verdict(vec![serving.lost(std::sync::mpsc::RecvTimeoutError::Disconnected)]),
    }
}

fn on_this_thread(
    dialling: &Arc<Script>,
    serving: &Arc<Script>,
    door: Door,
) -> (Vec<super::played::Played>, Vec<super::played::Played>) {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build() {
        Ok(runtime) => runtime,
        Err(why) => return (vec![dialling.no_runtime(&why)], vec![serving.no_runtime(&why)]),
    };
    let doors = serving.in_memory(door);
    runtime.block_on(async {
        let (dialled, served) = (dialling.leash(), serving.leash());
        futures_util::future::join(
            dialling.all(Vec::new(), true, None, &dialled),
            serving.all(doors, true, None, &served),
        )
        .await
    })
}
