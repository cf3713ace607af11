//! The listener: accepts connections, limits slow heads, and finishes what is in flight before it stops.
mod unread;

use crate::config::{Bind, Build, Config};
use anyhow::{Context, Result};
use axum::{Router, body::Body, extract::ConnectInfo};
use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::{
    io::ErrorKind,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};
use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    sync::watch,
    task::JoinSet,
    time::{sleep, timeout},
};
use tokio_io_timeout::TimeoutStream;
use tower::ServiceExt;
use unread::Unread;

/// For a whole head, and for the pause after an answer: hyper has one timer for both.
const HEAD_LIMIT: Duration = Duration::from_secs(10);
/// For somebody to take the next piece of an answer.
const WRITE_LIMIT: Duration = Duration::from_secs(20);
/// Service managers and orchestrators kill after 30 s, of which the notice to the load balancer takes some.
const SHUTDOWN_LIMIT: Duration = Duration::from_secs(22);

/// Takes the address that `config` says, and tells it the port where that was left open. Nobody is let in before [`listen`]: a
/// connection to a process that does not serve yet would wait for it.
pub fn bind(config: &mut Config) -> Result<Vec<TcpSocket>> {
    let may_move = Build::CURRENT == Build::Debug && config.bind == Bind::NextFree && !config.base_url.is_given();
    let first = config.bind.port();
    let ports = if may_move { first..=first.saturating_add(20) } else { first..=first };
    for port in ports.clone() {
        match take(&config.bind, port) {
            Ok(sockets) => {
                config.learn_port(sockets[0].local_addr()?.port());
                return Ok(sockets);
            }
            Err(error) if error.kind() == ErrorKind::AddrInUse && port != *ports.end() => {}
            Err(error) => return Err(error).with_context(|| cure(&config.bind, port)),
        }
    }
    unreachable!("the last port is either taken or fails")
}

pub fn listen(sockets: Vec<TcpSocket>) -> Result<Vec<TcpListener>> {
    const BACKLOG: u32 = 1024;
    sockets.into_iter().map(|socket| socket.listen(BACKLOG).context("cannot listen: another program took the port just now")).collect()
}

fn cure(bind: &Bind, port: u16) -> String {
    format!("cannot listen on {}:{port}. If another program does, stop it, or set PORT or BIND to an address that is free", bind.ip())
}

/// A debug build answers on both loopbacks, since browsers take `localhost` for either.
fn take(bind: &Bind, port: u16) -> std::io::Result<Vec<TcpSocket>> {
    let mut sockets = vec![socket((bind.ip(), port).into())?];
    if Build::CURRENT == Build::Debug && !matches!(bind, Bind::Address(_)) {
        let port = sockets[0].local_addr()?.port();
        match socket((Ipv6Addr::LOCALHOST, port).into()) {
            Ok(socket) => sockets.push(socket),
            Err(error) if error.kind() == ErrorKind::AddrInUse => return Err(error),
            Err(_) => tracing::debug!("no IPv6 here: listening on {} only", Ipv4Addr::LOCALHOST),
        }
    }
    Ok(sockets)
}

fn socket(address: SocketAddr) -> std::io::Result<TcpSocket> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // Else a restart would wait until the last connections of the process before are forgotten.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

/// Serves until `stop` ends, then lets requests in flight finish, for [`SHUTDOWN_LIMIT`] at most.
pub async fn serve(listeners: Vec<TcpListener>, router: Router, stop: impl Future<Output = ()>) {
    let (stopping, watch) = watch::channel(false);
    let mut accepting = JoinSet::new();
    for listener in listeners {
        accepting.spawn(accept(listener, router.clone(), watch.clone()));
    }
    drop(watch);
    stop.await;
    stopping.send_replace(true);
    let drained = timeout(SHUTDOWN_LIMIT, async {
        accepting.join_all().await;
        stopping.closed().await;
    });
    if drained.await.is_err() {
        tracing::warn!("stopped with requests still in flight");
    }
}

async fn accept(listener: TcpListener, router: Router, mut stopping: watch::Receiver<bool>) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stopping.wait_for(|stop| *stop) => return,
        };
        match accepted {
            Ok((stream, peer)) => drop(tokio::spawn(connection(stream, peer, router.clone(), stopping.clone()))),
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

/// hyper's own limits stand wide, so that the ordinary cases get our pages from `web::edge`.
async fn connection(stream: TcpStream, peer: SocketAddr, router: Router, mut stopping: watch::Receiver<bool>) {
    stream.set_nodelay(true).ok();
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().oneshot(request.map(|body| Body::new(Unread::new(body))))
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_LIMIT).max_buf_size(64 * 1024).max_headers(128);
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(WRITE_LIMIT));
    let connection = http.serve_connection(TokioIo::new(Box::pin(stream)), service).with_upgrades();
    tokio::pin!(connection);
    let finished = tokio::select! {
        finished = &mut connection => finished,
        () = async { drop(stopping.wait_for(|stop| *stop).await) } => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = finished {
        tracing::debug!(%error, "a connection ended early");
    }
}
