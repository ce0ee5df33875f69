//! The private block of addresses of an instance.

use std::fmt;
use std::net::Ipv4Addr;

/// An IPv4 block such as `10.0.0.0/8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cidr {
    base: u32,
    prefix: u32,
}

impl Cidr {
    /// Reads `address/prefix`; the address is cut to the block's first.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = text.split_once('/')?;
        let prefix: u32 = prefix.parse().ok().filter(|prefix| *prefix <= 32)?;
        let address: Ipv4Addr = address.parse().ok()?;
        Some(Self { base: u32::from(address) & mask(prefix), prefix })
    }

    /// Whether the address lies in the block.
    pub fn contains(self, address: Ipv4Addr) -> bool {
        u32::from(address) & mask(self.prefix) == self.base
    }

    /// The n-th address behind the first, starting over at the end of the block.
    pub fn address(self, n: u32) -> Ipv4Addr {
        Ipv4Addr::from(self.base | (n & !mask(self.prefix)))
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", Ipv4Addr::from(self.base), self.prefix)
    }
}

fn mask(prefix: u32) -> u32 {
    u32::MAX.checked_shl(32 - prefix).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_contains_its_own_addresses_only() {
        let block = Cidr::parse("172.16.5.0/12").unwrap();
        assert_eq!(block.to_string(), "172.16.0.0/12");
        assert!(block.contains("172.31.255.255".parse().unwrap()));
        assert!(!block.contains("172.32.0.0".parse().unwrap()));
        assert!(Cidr::parse("0.0.0.0/0").unwrap().contains("8.8.8.8".parse().unwrap()));
        assert!(!Cidr::parse("10.0.0.1/32").unwrap().contains("10.0.0.2".parse().unwrap()));
    }

    #[test]
    fn addresses_start_over_at_the_end() {
        let block = Cidr::parse("10.0.0.0/30").unwrap();
        assert_eq!(block.address(3).to_string(), "10.0.0.3");
        assert_eq!(block.address(5).to_string(), "10.0.0.1");
    }

    #[test]
    fn what_is_no_block_is_refused() {
        for wrong in ["", "10.0.0.0", "10.0.0.0/33", "10.0.0/8", "::/8"] {
            assert_eq!(Cidr::parse(wrong), None, "{wrong}");
        }
    }
}
