//! Where a request comes from, also behind a proxy.

use std::net::{IpAddr, SocketAddr};

use axum::http::{Extensions, HeaderMap};
use ipnet::IpNet;

use crate::App;

/// The other end of the connection; put into each request by the connection loop.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub SocketAddr);

/// The address of a request's client.
pub(crate) fn of_request(app: &App, extensions: &Extensions, headers: &HeaderMap) -> IpAddr {
    let Peer(peer) = extensions.get().copied().expect("the connection loop names the peer");
    client_address(peer.ip(), headers, &app.settings.trusted_proxies)
}

/// The address of the client.
///
/// That is the peer, unless the peer is a trusted proxy: then it is the last
/// address of `X-Forwarded-For` that is none of a trusted proxy, for each proxy
/// appends the address it was called from. What stands further to the left was
/// sent by the client and may say anything.
fn client_address(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(&address));
    let mut client = peer.to_canonical();
    let lists = headers.get_all("x-forwarded-for").iter().rev();
    let entries = lists.flat_map(|list| list.to_str().unwrap_or_default().rsplit(','));
    for entry in entries {
        if !is_trusted(client) {
            break;
        }
        // An entry that is no address was written by nobody we trust.
        let Some(address) = parse(entry.trim()) else { break };
        client = address;
    }
    client
}

/// An address with or without a port.
fn parse(entry: &str) -> Option<IpAddr> {
    let address = entry.parse().ok();
    let with_port = || entry.parse::<SocketAddr>().ok().map(|address| address.ip());
    let bracketed =
        || entry.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'))?.parse().ok();
    address.or_else(with_port).or_else(bracketed).map(|address: IpAddr| address.to_canonical())
}

/// What one household or machine has: an IPv4 address, or an IPv6 network of 64 bits.
pub(crate) fn network(address: IpAddr) -> IpNet {
    let length = if address.is_ipv4() { 32 } else { 64 };
    IpNet::new(address, length).expect("both lengths exist").trunc()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn seen(peer: &str, forwarded: &[&str]) -> String {
        let trusted = ["127.0.0.0/8", "::1/128", "10.0.0.0/8"].map(|net| net.parse().unwrap());
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append("x-forwarded-for", HeaderValue::from_str(value).unwrap());
        }
        client_address(peer.parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        assert_eq!(seen("198.51.100.7", &[]), "198.51.100.7");
        assert_eq!(seen("198.51.100.7", &["203.0.113.9"]), "198.51.100.7");
        assert_eq!(seen("127.0.0.1", &[]), "127.0.0.1");
        assert_eq!(seen("127.0.0.1", &["203.0.113.9"]), "203.0.113.9");
        assert_eq!(seen("::ffff:127.0.0.1", &["203.0.113.9:4711"]), "203.0.113.9");
        assert_eq!(seen("::1", &["[2001:db8::1]"]), "2001:db8::1");
        assert_eq!(seen("::1", &["[2001:db8::1]:443"]), "2001:db8::1");
    }

    #[test]
    fn what_a_client_claims_stands_to_the_left_and_does_not_count() {
        assert_eq!(seen("127.0.0.1", &["1.1.1.1, 203.0.113.9"]), "203.0.113.9");
        assert_eq!(seen("127.0.0.1", &["1.1.1.1", "203.0.113.9, 10.1.2.3"]), "203.0.113.9");
        assert_eq!(seen("127.0.0.1", &["1.1.1.1, nonsense"]), "127.0.0.1");
        assert_eq!(seen("127.0.0.1", &["127.0.0.1, nonsense, 10.1.2.3"]), "10.1.2.3");
    }

    #[test]
    fn an_ipv6_caller_is_its_network() {
        assert_eq!(
            network("2001:db8:1:2:3:4:5:6".parse().unwrap()).to_string(),
            "2001:db8:1:2::/64"
        );
        assert_eq!(network("203.0.113.9".parse().unwrap()).to_string(), "203.0.113.9/32");
    }
}
