//! Where clients knock that are recorded on their way to a target.

use super::deck::Deck;
use super::{plain, relay};
use crate::listen::{CALLERS, Door};
use crate::net::{Route, Stream};
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
/// it. Where there is one caller alone, it ends with him. With `plain` everybody speaks over plain streams of bytes.
///
/// # Errors
/// What the system says where it lets nobody in.
pub async fn pass(mut door: Door, route: Route, base: Uri, plain: bool, deck: Deck) -> std::io::Result<()> {
    let alone = matches!(door, Door::Spoken(_));
    let callers = Rc::new(Cell::new(0_usize));
    let host = base.authority().map(|authority| authority.as_str().rsplit('@').next().unwrap_or_default().to_owned());
    while let Some(client) = poll_fn(|cx| door.poll(cx)).await? {
        let host = host.clone().filter(|_| !plain);
        if alone {
            one(client, &route, &base, (host.as_deref(), plain), &deck).await;
            return Ok(());
        }
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
            one(client, &route, &base, (host.as_deref(), plain), &deck).await;
            callers.set(callers.get() - 1);
        });
    }
    Ok(())
}

async fn one(mut client: Stream, route: &Route, base: &Uri, (host, plain): (Option<&str>, bool), deck: &Deck) {
    let told = match tokio::time::timeout(DIAL, route.dial(base)).await {
        Ok(Ok(server)) if plain => return plain::pass(client, server, deck).await,
        Ok(Ok(server)) => match relay::relay(client, server, host, deck).await {
            Ok(()) => return,
            Err(why) => why,
        },
        Ok(Err(error)) => {
            refuse(&mut client, plain).await;
            format!("the target could not be reached: {error}")
        }
        Err(_) => {
            refuse(&mut client, plain).await;
            format!("the target could not be reached within {} s", DIAL.as_secs())
        }
    };
    deck.tell(&told);
}

/// Sends a client away whose target cannot be reached.
async fn refuse(client: &mut Stream, plain: bool) {
    if !plain {
        let _ = client.write_all(GONE).await;
    }
    let _ = client.shutdown().await;
}
