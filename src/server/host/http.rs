use super::endpoint::{Desk, Endpoint};
use super::state::Shared;
use super::{limit, socket};
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::time::{Sleep, sleep, timeout};

/// Answers requests until the connection ends or becomes a WebSocket, and then serves that.
pub(super) async fn serve<S>(stream: S, shared: Arc<Shared>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let desk = Arc::new(Desk::default());
    let endpoint = Endpoint { shared: shared.clone(), desk: desk.clone() };
    let mut connection = http1::Builder::new()
        // Responses are the same at any time.
        .auto_date_header(false)
        .max_buf_size(limit::HEAD)
        .serve_connection(TokioIo::new(stream), endpoint);
    let mut patience = Patience::default();
    let served = poll_fn(|cx| match connection.poll_without_shutdown(cx) {
        Poll::Ready(Ok(())) => Poll::Ready(true),
        Poll::Ready(Err(_)) => Poll::Ready(false),
        Poll::Pending if is_cut(&shared, &desk, cx) || patience.ends(&desk, cx) => Poll::Ready(false),
        Poll::Pending => Poll::Pending,
    })
    .await;
    if let Some(seat) = desk.take_upgraded().filter(|_| served) {
        let parts = connection.into_parts();
        socket::serve(parts.io.into_inner(), parts.read_buf, seat).await;
    } else if served {
        finish(connection.into_parts().io.into_inner()).await;
    }
}

/// Ends a connection on which everything is written: what the client still sends is read and dropped, so that a reset
/// does not overtake the last response.
async fn finish<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S) {
    // A client that has gone already, or that never ends, does not matter.
    let _ = timeout(limit::CLOSE_DEADLINE, async {
        stream.shutdown().await?;
        tokio::io::copy(&mut stream, &mut tokio::io::sink()).await
    })
    .await;
}

/// Whether the event stream that is written here is to be cut: hyper does not ask for more of it while the client does
/// not read.
fn is_cut(shared: &Shared, desk: &Desk, cx: &mut Context<'_>) -> bool {
    desk.events().is_some_and(|id| shared.is_cut(id, cx.waker()))
}

/// The deadline for the head of the next request.
#[derive(Default)]
struct Patience {
    sleep: Option<Pin<Box<Sleep>>>,
    /// How many heads had come when it began.
    since: u64,
}

impl Patience {
    fn ends(&mut self, desk: &Desk, cx: &mut Context<'_>) -> bool {
        let Some(asked) = desk.waiting() else {
            self.sleep = None;
            return false;
        };
        if self.sleep.is_none() || self.since != asked {
            self.since = asked;
            self.sleep = Some(Box::pin(sleep(limit::HEAD_DEADLINE)));
        }
        self.sleep.as_mut().is_some_and(|sleep| sleep.as_mut().poll(cx).is_ready())
    }
}
