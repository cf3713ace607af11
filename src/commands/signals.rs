use anyhow::Result;

/// What asks the process to stop.
#[cfg(unix)]
pub struct Signals([tokio::signal::unix::Signal; 2]);

#[cfg(unix)]
impl Signals {
    pub fn new() -> Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self([signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?]))
    }

    /// SIGTERM or SIGINT; true for the latter.
    pub async fn next(&mut self) -> bool {
        let [terminate, interrupt] = &mut self.0;
        tokio::select! {
            _ = terminate.recv() => false,
            _ = interrupt.recv() => true,
        }
    }
}

#[cfg(not(unix))]
pub struct Signals;

#[cfg(not(unix))]
impl Signals {
    pub fn new() -> Result<Self> {
        Ok(Self)
    }

    pub async fn next(&mut self) -> bool {
        tokio::signal::ctrl_c().await.is_ok()
    }
}
