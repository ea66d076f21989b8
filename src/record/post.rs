//! Where clients knock that are recorded on their way to a target.

use super::deck::Deck;
use super::relay;
use crate::listen::{CALLERS, Door};
use crate::net::Route;
use http::Uri;
use std::cell::Cell;
use std::future::poll_fn;
use std::rc::Rc;
use std::time::Duration;
use tokio::io::AsyncWriteExt as _;

/// How long the target may take to be reached.
const DIAL: Duration = Duration::from_secs(5);
/// What a client is told whose target cannot be reached.
const GONE: &[u8] = b"HTTP/1.1 502 Bad Gateway\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";

/// Passes everybody who knocks on to the target until the door is gone; inside a `LocalSet`. What does not end is dropped with
/// it.
///
/// # Errors
/// What the system says where it lets nobody in.
pub async fn pass(mut door: Door, route: Route, base: Uri, deck: Deck) -> std::io::Result<()> {
    let callers = Rc::new(Cell::new(0_usize));
    let host = base.authority().map(|authority| authority.as_str().rsplit('@').next().unwrap_or_default().to_owned());
    while let Some(client) = poll_fn(|cx| door.poll(cx)).await? {
        if callers.get() >= CALLERS {
            deck.tell(&format!(
                "more than {CALLERS} clients knocked at the same time: the last of them were turned away"
            ));
            continue;
        }
        callers.set(callers.get() + 1);
        let (route, base, deck, host, callers) =
            (route.clone(), base.clone(), deck.clone(), host.clone(), Rc::clone(&callers));
        tokio::task::spawn_local(async move {
            one(client, &route, &base, host.as_deref(), &deck).await;
            callers.set(callers.get() - 1);
        });
    }
    Ok(())
}

async fn one(mut client: crate::net::Stream, route: &Route, base: &Uri, host: Option<&str>, deck: &Deck) {
    let told = match tokio::time::timeout(DIAL, route.dial(base)).await {
        Ok(Ok(server)) => match relay::relay(client, server, host, deck).await {
            Ok(()) => return,
            Err(why) => why,
        },
        Ok(Err(error)) => {
            let _ = client.write_all(GONE).await;
            let _ = client.shutdown().await;
            format!("the target could not be reached: {error}")
        }
        Err(_) => {
            let _ = client.write_all(GONE).await;
            let _ = client.shutdown().await;
            format!("the target could not be reached within {} s", DIAL.as_secs())
        }
    };
    deck.tell(&told);
}
