//! Who is at the other end of the line: the address that limits count and the audit keeps.
use super::{App, AppState, log::RequestId};
use crate::{accounts::Client, config::TrustedProxies};
use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{Extensions, HeaderMap, header::USER_AGENT, request::Parts},
};
use std::{
    convert::Infallible,
    net::{IpAddr, Ipv6Addr, SocketAddr},
};

impl FromRequestParts<AppState> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Infallible> {
        Ok(of(app, &parts.headers, &parts.extensions))
    }
}

pub fn of(app: &App, headers: &HeaderMap, extensions: &Extensions) -> Client {
    let user_agent = headers.get(USER_AGENT).map(|value| String::from_utf8_lossy(value.as_bytes())).unwrap_or_default();
    Client {
        ip: address(headers, extensions, &app.config.trusted_proxies),
        user_agent: user_agent.chars().filter(|c| !c.is_control()).take(255).collect(),
        request_id: extensions.get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default(),
    }
}

pub fn peer(extensions: &Extensions) -> IpAddr {
    extensions.get::<ConnectInfo<SocketAddr>>().map_or(Ipv6Addr::UNSPECIFIED.into(), |ConnectInfo(peer)| peer.ip().to_canonical())
}

/// The rightmost forwarded address that is no trusted proxy's: whatever stands left of it, anyone could have written.
fn address(headers: &HeaderMap, extensions: &Extensions, trusted: &TrustedProxies) -> IpAddr {
    let mut address = peer(extensions);
    let lines = headers.get_all("x-forwarded-for").iter();
    let forwarded: Vec<&[u8]> = lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b',')).collect();
    for hop in forwarded.into_iter().rev() {
        if !trusted.contains(address) {
            break;
        }
        match parse_hop(hop) {
            Some(ip) => address = ip.to_canonical(),
            None => break,
        }
    }
    address
}

/// Some proxies append the port.
fn parse_hop(hop: &[u8]) -> Option<IpAddr> {
    let hop = std::str::from_utf8(hop).ok()?.trim();
    hop.parse().ok().or_else(|| hop.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn what_is_no_text_hides_nobody() {
        let trusted = "127.0.0.1".parse().unwrap();
        let mut extensions = Extensions::new();
        extensions.insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 5000))));
        let from = |value: &[u8]| {
            let mut headers = HeaderMap::new();
            headers.insert("x-forwarded-for", HeaderValue::from_bytes(value).unwrap());
            address(&headers, &extensions, &trusted).to_string()
        };

        assert_eq!(from(b"\xff, 203.0.113.5"), "203.0.113.5");
        assert_eq!(from(b"203.0.113.5, \xff"), "127.0.0.1");
    }
}
