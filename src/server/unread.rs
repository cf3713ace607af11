use axum::body::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{runtime::Handle, time::timeout};

/// What a proxy lets through by itself (nginx: 1 MiB), for no longer than a short answer needs to arrive, and only while more comes.
const MOST: usize = 1024 * 1024;
const LONGEST: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(500);

/// The body of a request. Who is answered before the app has read it all is listened to a little longer: a connection closed
/// with something unread in it is reset, which may destroy the answer on its way, and to a proxy looks like a broken instance.
pub struct Unread(Option<Incoming>);

impl Unread {
    pub fn new(body: Incoming) -> Self {
        Self(Some(body))
    }
}

impl Drop for Unread {
    fn drop(&mut self) {
        let Some(body) = self.0.take().filter(|body| !body.is_end_stream()) else { return };
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(timeout(LONGEST, discard(body)));
        }
    }
}

async fn discard(mut body: Incoming) {
    let mut read = 0;
    while let Ok(Some(Ok(frame))) = timeout(PAUSE, body.frame()).await
        && read <= MOST
    {
        read += frame.data_ref().map_or(0, Bytes::len);
    }
}

impl Body for Unread {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        match &mut self.0 {
            Some(body) => Pin::new(body).poll_frame(context),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.0.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.0.as_ref().map_or_else(SizeHint::default, Body::size_hint)
    }
}
