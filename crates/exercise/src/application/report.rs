//! Reports of infected hosts to their master, by what carries them.

use std::time::Duration;

use super::{Carrier, Turn, dns, tls, web};
use crate::payload::Payload;
use crate::random::Draw;
use crate::scenario::BeaconCarrier;

/// The transport of this carrier.
pub(crate) const fn carrier(carrier: BeaconCarrier) -> Carrier {
    match carrier {
        BeaconCarrier::Tls | BeaconCarrier::Http => Carrier::Tcp,
        BeaconCarrier::Dns => Carrier::Udp,
    }
}

/// One report of this host, of nearly the same size each time.
pub(crate) fn report(carrier: BeaconCarrier, name: &str, host: u64, draw: &mut Draw) -> Vec<Turn> {
    match carrier {
        BeaconCarrier::Tls => tls::short(name, 180, 110, draw),
        BeaconCarrier::Http => web::report(name, host, draw),
        BeaconCarrier::Dns => {
            let asked = dns::asking(&format!("{host:04x}{:08x}.{name}", draw.bits() as u32), dns::TXT, draw);
            let told = dns::answering(&asked, dns::TXT, Some(&dns::text(b"ok")));
            vec![
                Turn::ask(Duration::ZERO, Payload::plain(asked)),
                Turn::answer(draw.millis(5, 60), Payload::plain(told)),
            ]
        }
    }
}
