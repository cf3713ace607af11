//! The listener, as those meet it who speak HTTP badly, slowly or not at all.
#[path = "../support/mod.rs"]
mod support;

#[cfg(feature = "slow-tests")]
mod attack;
#[cfg(feature = "slow-tests")]
mod behind;
#[cfg(feature = "slow-tests")]
mod slow;
#[cfg(feature = "slow-tests")]
mod smuggling;
#[cfg(feature = "slow-tests")]
mod through;
mod wire;

use app::web::routes::Routes;
use std::{net::SocketAddr, time::Duration};
use support::{App, bind, serve};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// The app behind its real listener.
struct Site {
    _app: App,
    address: SocketAddr,
}

impl Site {
    async fn new() -> Self {
        Self::with_routes(|routes| routes).await
    }

    async fn with_routes(more: impl FnOnce(Routes) -> Routes) -> Self {
        let (listener, port) = bind().await;
        let app = App::build(&[("BASE_URL", &format!("http://localhost:{port}"))], more).await;
        serve(listener, app.router.clone());
        Self { _app: app, address: ([127, 0, 0, 1], port).into() }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    fn host(&self) -> String {
        format!("Host: localhost:{}\r\n", self.address.port())
    }

    /// What comes back until the server closes the connection.
    async fn send(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect().await;
        stream.write_all(bytes).await.unwrap();
        rest(&mut stream).await
    }
}

async fn rest(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    timeout(Duration::from_secs(60), stream.read_to_end(&mut answer)).await.expect("the connection stays open").ok();
    String::from_utf8_lossy(&answer).into_owned()
}
