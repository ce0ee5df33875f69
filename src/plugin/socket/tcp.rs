//! A port of this machine, in the range that the host allows.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;

use tokio::net::TcpListener;

use super::StartError;
use crate::world::World;

/// Listens on 127.0.0.1 on a port from PLUGIN_MIN_PORT to PLUGIN_MAX_PORT, or on any where the host does not say both.
///
/// # Errors
/// When a variable makes no sense, or no port is free.
pub(super) async fn bind(world: &World) -> Result<(TcpListener, SocketAddr), StartError> {
    let ports = allowed(world)?;
    let mut last = io::ErrorKind::AddrInUse.into();
    for port in from_anywhere_in(&ports, world.random()) {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let bound = TcpListener::bind(address).await.and_then(|listener| {
            let address = listener.local_addr()?;
            Ok((listener, address))
        });
        match bound {
            Ok(bound) => return Ok(bound),
            Err(error) => last = error,
        }
    }
    let address = format!("any port of 127.0.0.1 from {} to {}", ports.start(), ports.end());
    Err(StartError::Listen { address, reason: last })
}

/// Port 0 alone means any.
fn allowed(world: &World) -> Result<RangeInclusive<u16>, StartError> {
    let port = |variable| match world.variable(variable) {
        None => Ok(None),
        Some(value) => value.parse::<u16>().map(Some).map_err(|_| StartError::Port { variable, value }),
    };
    match (port("PLUGIN_MIN_PORT")?, port("PLUGIN_MAX_PORT")?) {
        (Some(lowest), Some(highest)) if lowest > highest => Err(StartError::PortRange { lowest, highest }),
        (Some(lowest), Some(highest)) => Ok(lowest..=highest),
        _ => Ok(0..=0),
    }
}

/// Every port of the range once, from a random one on: several plugins start at the same time, and would otherwise all
/// try the same ports.
fn from_anywhere_in(ports: &RangeInclusive<u16>, dice: u64) -> impl Iterator<Item = u16> {
    let (lowest, count) = (u64::from(*ports.start()), ports.len() as u64);
    (0..count).map(move |step| {
        let port = lowest + (dice % count + step) % count;
        u16::try_from(port).expect("a port between two ports is a port")
    })
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;

    use super::*;

    fn ports(environment: &[(&str, &str)]) -> Result<RangeInclusive<u16>, StartError> {
        allowed(&World::fixed(OffsetDateTime::UNIX_EPOCH, environment))
    }

    #[test]
    fn both_bounds_make_a_range_and_anything_less_means_any_port() {
        let range = ports(&[("PLUGIN_MIN_PORT", "10000"), ("PLUGIN_MAX_PORT", "25000")]);
        assert_eq!(range.expect("a range"), 10_000..=25_000);
        assert_eq!(ports(&[]).expect("any"), 0..=0);
        assert_eq!(ports(&[("PLUGIN_MIN_PORT", "10000")]).expect("any"), 0..=0);
    }

    #[test]
    fn a_port_that_is_none_is_refused_by_name() {
        for value in ["ten", "65536", "-1", " 80"] {
            let error = ports(&[("PLUGIN_MAX_PORT", value)]).expect_err(value).to_string();
            assert!(error.contains("PLUGIN_MAX_PORT") && error.contains(value), "{error}");
        }
    }

    #[test]
    fn an_empty_range_is_refused() {
        let error = ports(&[("PLUGIN_MIN_PORT", "9"), ("PLUGIN_MAX_PORT", "8")]).expect_err("9 is above 8");
        assert!(matches!(error, StartError::PortRange { lowest: 9, highest: 8 }), "{error}");
    }

    #[test]
    fn every_port_of_the_range_is_tried_once() {
        assert_eq!(from_anywhere_in(&(10..=13), 6).collect::<Vec<_>>(), [12, 13, 10, 11]);
        assert_eq!(from_anywhere_in(&(0..=u16::MAX), u64::MAX).count(), 65_536);
    }

    #[tokio::test]
    async fn a_taken_port_is_passed_over_and_a_full_range_is_an_error() {
        let taken = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let port = taken.local_addr().expect("it is bound").port().to_string();
        let environment = [("PLUGIN_MIN_PORT", port.as_str()), ("PLUGIN_MAX_PORT", port.as_str())];
        let error = bind(&World::fixed(OffsetDateTime::UNIX_EPOCH, &environment)).await.expect_err("it is taken");
        assert!(error.to_string().contains(&port), "{error}");
    }
}
