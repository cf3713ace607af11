//! Whether a request comes from this machine, and from nobody else by way of it.
use super::client;
use axum::{extract::Request, http::header::HOST};

/// By one of its own names, and with no proxy between.
pub fn is_from_here(request: &Request) -> bool {
    let headers = request.headers();
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit())).map_or(host, |(name, _)| name);
    client::peer(request.extensions()).is_loopback()
        && ["localhost", "127.0.0.1", "[::1]"].contains(&name)
        && !headers.keys().any(|name| is_of_a_proxy(name.as_str()))
}

fn is_of_a_proxy(header: &str) -> bool {
    ["x-forwarded-", "x-original-", "x-envoy-", "cf-", "tailscale-"].iter().any(|start| header.starts_with(start))
        || ["forwarded", "via", "x-real-ip", "x-forwarded", "x-originating-ip", "x-remote-ip", "x-remote-addr"].contains(&header)
        || header.ends_with("-client-ip")
}
