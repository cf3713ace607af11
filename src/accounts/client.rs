use crate::entity::audit::COMMAND_LINE;
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, Ipv6Addr};

/// Where a request came from.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Client {
    pub ip: IpAddr,
    pub user_agent: String,
    pub request_id: String,
}

impl Client {
    /// What throttles count: an IPv4 address or an IPv6 /64, which is what one household or server gets.
    pub fn network(&self) -> IpAddr {
        match self.ip.to_canonical() {
            IpAddr::V6(ip) => Ipv6Addr::from_bits(ip.to_bits() & !u128::from(u64::MAX)).into(),
            v4 => v4,
        }
    }

    /// The command line: no address, no request.
    pub fn command_line() -> Self {
        Self { ip: Ipv6Addr::UNSPECIFIED.into(), user_agent: String::new(), request_id: COMMAND_LINE.to_owned() }
    }
}
