use super::body::ResponseBody;
use super::seat::Seat;
use super::state::Shared;
use super::{head, limit};
use crate::server::machine::{Answer, Id, Input, Page};
use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::header::{self, HeaderName, HeaderValue};
use hyper::{Request, Response, StatusCode};
use std::future::{Ready, ready};
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

/// A response, or the end of the connection without one.
type Responded = Result<Response<ResponseBody>, io::Error>;

/// What the requests of one transport connection leave for its task.
#[derive(Default)]
pub(super) struct Desk {
    /// The WebSocket that the connection has become.
    upgraded: Mutex<Option<Seat>>,
    /// The event stream that it carries now, as one more than its number; 0 for none.
    events: AtomicU64,
    /// Heads that have come.
    asked: AtomicU64,
    /// Requests that are being answered.
    busy: AtomicU64,
}

impl Desk {
    pub(super) fn take_upgraded(&self) -> Option<Seat> {
        self.upgraded.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// The event stream that is being written.
    pub(super) fn events(&self) -> Option<Id> {
        self.events.load(Ordering::Relaxed).checked_sub(1).map(Id)
    }

    /// How many heads have come, where the next one is awaited.
    pub(super) fn waiting(&self) -> Option<u64> {
        let idle = self.busy.load(Ordering::Relaxed) == 0 && self.events().is_none();
        idle.then(|| self.asked.load(Ordering::Relaxed))
    }
}

/// Answers the requests of one transport connection.
pub(super) struct Endpoint {
    pub shared: Arc<Shared>,
    pub desk: Arc<Desk>,
}

impl hyper::service::Service<Request<Incoming>> for Endpoint {
    type Response = Response<ResponseBody>;
    type Error = io::Error;
    type Future = futures_util::future::Either<Ready<Responded>, Pin<Box<dyn Future<Output = Responded> + Send>>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        self.desk.asked.fetch_add(1, Ordering::Relaxed);
        self.desk.events.store(0, Ordering::Relaxed);
        if let Some(page) = head::stranger(&request, &self.shared.guests) {
            return self.now(Ok(written(page)));
        }
        let on = self.shared.number();
        let head = head::read(&request);
        match self.shared.ask(&Input::Request { on, head: &head }) {
            Some((Answer::Upgrade, _)) => {
                let seat = Seat { shared: self.shared.clone(), id: on };
                *self.desk.upgraded.lock().unwrap_or_else(PoisonError::into_inner) = Some(seat);
                self.now(Ok(switching(&request)))
            }
            Some((Answer::Events, _)) => {
                self.desk.events.store(on.0 + 1, Ordering::Relaxed);
                self.now(Ok(events(Seat { shared: self.shared.clone(), id: on })))
            }
            Some((Answer::Page(page), after)) if after.is_zero() => self.now(Ok(written(page))),
            Some((Answer::Page(page), after)) => self.later(later(page, after)),
            Some((Answer::Body { limit }, _)) => self.later(publish(self.shared.clone(), on, request, limit)),
            None => self.now(Err(io::ErrorKind::ConnectionAborted.into())),
        }
    }
}

impl Endpoint {
    fn now(&self, mut responded: Responded) -> <Self as hyper::service::Service<Request<Incoming>>>::Future {
        if let (Ok(response), true) = (&mut responded, self.shared.style.extra_headers) {
            extra_headers(response);
        }
        futures_util::future::Either::Left(ready(responded))
    }

    fn later(
        &self,
        answering: impl Future<Output = Responded> + Send + 'static,
    ) -> <Self as hyper::service::Service<Request<Incoming>>>::Future {
        let desk = self.desk.clone();
        let extra = self.shared.style.extra_headers;
        desk.busy.fetch_add(1, Ordering::Relaxed);
        futures_util::future::Either::Right(Box::pin(async move {
            let mut responded = answering.await;
            desk.busy.fetch_sub(1, Ordering::Relaxed);
            if let (Ok(response), true) = (&mut responded, extra) {
                extra_headers(response);
            }
            responded
        }))
    }
}

async fn later(page: Page, after: Duration) -> Responded {
    sleep(after).await;
    Ok(written(page))
}

/// Reads the body of a request, asks the machine, and answers.
async fn publish(shared: Arc<Shared>, on: Id, request: Request<Incoming>, limit: usize) -> Responded {
    let collecting = async {
        // Never closed.
        let _turn = shared.bodies.acquire().await;
        Limited::new(request.into_body(), limit).collect().await
    };
    let body = match timeout(limit::BODY_DEADLINE, collecting).await {
        Ok(Ok(body)) => Some(body.to_bytes()),
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => None,
        Ok(Err(_)) => return Err(io::ErrorKind::UnexpectedEof.into()),
        Err(_) => return Err(io::ErrorKind::TimedOut.into()),
    };
    match shared.ask(&Input::Body { on, body: body.as_deref() }) {
        Some((Answer::Page(page), after)) => {
            sleep_unless_zero(after).await;
            let closes = page.status == 413;
            let mut response = written(page);
            if closes {
                // The rest of the body is not read: the connection cannot be used again.
                response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
            Ok(response)
        }
        Some((Answer::Upgrade | Answer::Events | Answer::Body { .. }, _)) | None => {
            Err(io::ErrorKind::ConnectionAborted.into())
        }
    }
}

async fn sleep_unless_zero(time: Duration) {
    if !time.is_zero() {
        sleep(time).await;
    }
}

fn switching(request: &Request<Incoming>) -> Response<ResponseBody> {
    let mut response = Response::new(ResponseBody::Whole(Bytes::new()));
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    let key = request.headers().get(header::SEC_WEBSOCKET_KEY).map_or(&b""[..], HeaderValue::as_bytes);
    if let Ok(accept) = HeaderValue::try_from(derive_accept_key(key)) {
        headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
    }
    response
}

fn events(seat: Seat) -> Response<ResponseBody> {
    let mut response = Response::new(ResponseBody::Events(seat));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // A stream that ends has nothing behind it.
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

fn written(page: Page) -> Response<ResponseBody> {
    let text = Bytes::from_static(page.text.as_bytes());
    let mut response = Response::new(ResponseBody::Whole(text));
    *response.status_mut() = StatusCode::from_u16(page.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    if let Some((name, value)) = page.header
        && let Ok(value) = HeaderValue::try_from(value)
    {
        headers.insert(HeaderName::from_static(name), value);
    }
    response
}

fn extra_headers(response: &mut Response<ResponseBody>) {
    let headers = response.headers_mut();
    headers.insert(HeaderName::from_static("x-served-by"), HeaderValue::from_static("node-7"));
    headers.append(header::SET_COOKIE, HeaderValue::from_static("visit=1; HttpOnly"));
    headers.append(header::SET_COOKIE, HeaderValue::from_static("lane=b"));
}
