//! A proxy in front of the database that can do what networks do.
use crate::support::create_migrated;
use std::net::SocketAddr;
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
};
use url::Url;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Path {
    Open,
    /// Connections end, and new ones are closed at once.
    Cut,
    /// Nothing passes, and nobody is told.
    Blackhole,
}

pub struct Proxy {
    address: SocketAddr,
    path: watch::Sender<Path>,
}

impl Proxy {
    async fn to(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (path, state) = watch::channel(Path::Open);
        tokio::spawn(accept(listener, server, state));
        Self { address, path }
    }

    /// A migrated database, and the address by which it is reached through this.
    pub async fn to_database() -> (String, Self) {
        let mut url = Url::parse(&create_migrated().await).unwrap();
        let proxy = Self::to(format!("{}:{}", url.host_str().unwrap(), url.port().unwrap())).await;
        url.set_port(Some(proxy.address.port())).unwrap();
        (url.into(), proxy)
    }

    pub fn set(&self, path: Path) {
        self.path.send_replace(path);
    }
}

async fn accept(listener: TcpListener, server: String, state: watch::Receiver<Path>) {
    let mut connections = JoinSet::new();
    loop {
        let (client, _) = listener.accept().await.unwrap();
        connections.spawn(connection(client, server.clone(), state.clone()));
    }
}

/// A connection that was blackholed stays so: what was lost does not come back.
async fn connection(mut client: TcpStream, server: String, mut state: watch::Receiver<Path>) {
    let path = *state.borrow_and_update();
    if path == Path::Open {
        let mut server = TcpStream::connect(server).await.unwrap();
        tokio::select! {
            _ = copy_bidirectional(&mut client, &mut server) => return,
            _ = state.wait_for(|path| *path != Path::Open) => {}
        }
        if *state.borrow() == Path::Cut {
            return;
        }
        return hold(client, Some(server)).await;
    }
    if path == Path::Blackhole {
        hold(client, None).await;
    }
}

async fn hold(_client: TcpStream, _server: Option<TcpStream>) {
    std::future::pending().await
}
