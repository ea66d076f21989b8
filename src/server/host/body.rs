use super::link::End;
use super::seat::Seat;
use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

/// The body of a response.
pub(super) enum ResponseBody {
    /// All of it.
    Whole(Bytes),
    /// What is said on an event stream, as it is said.
    Events(Seat),
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        match self.get_mut() {
            ResponseBody::Whole(bytes) => {
                let bytes = std::mem::take(bytes);
                Poll::Ready((!bytes.is_empty()).then(|| Ok(Frame::data(bytes))))
            }
            ResponseBody::Events(seat) => {
                let mut out = Vec::new();
                let turn = seat.shared.turn(seat.id, &mut out, 0, cx.waker());
                match turn.end {
                    Some(End::Cut) => Poll::Ready(Some(Err(io::ErrorKind::ConnectionAborted.into()))),
                    Some(End::Flushed) if out.is_empty() => Poll::Ready(None),
                    None if out.is_empty() => Poll::Pending,
                    Some(End::Flushed) | None => Poll::Ready(Some(Ok(Frame::data(out.into())))),
                }
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            ResponseBody::Whole(bytes) => bytes.is_empty(),
            ResponseBody::Events(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            ResponseBody::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            ResponseBody::Events(_) => SizeHint::default(),
        }
    }
}
