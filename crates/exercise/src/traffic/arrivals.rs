//! Conversations that begin at random, more of them by day than by night.

use std::time::Duration;

use blueline_terms::{Address, Moment};

use super::Actor;
use super::flow::{Flow, Tunnel};
use super::stage::Stage;
use super::tcp::Tcp;
use super::udp::Udp;
use crate::application::{self, Carrier, Talk};
use crate::random::Draw;
use crate::scenario::{Family, Rhythm, Traffic, TrafficKind, Who};

/// Purposes of draws.
const ARRIVALS: u64 = 1;
const CONVERSATIONS: u64 = 2;

/// Begins the arrivals of every entry.
pub(super) fn enter(stage: &mut Stage) {
    let entries = stage.scenario.traffic.clone();
    for (entry, traffic) in entries.into_iter().enumerate() {
        if traffic.per_minute <= 0.0 {
            continue;
        }
        let peak = traffic.per_minute * stage.scenario.rhythm.peak();
        let mut arrivals = Arrivals {
            entry: entry as u64,
            mean_nanos: 60e9 / peak,
            draw: stage.draw(&[ARRIVALS, entry as u64]),
            begun: 0,
            traffic,
        };
        let first = arrivals.next(arrivals.traffic.window.0);
        stage.begin(first, arrivals);
    }
}

/// A Poisson process at the rate of the peak, thinned to the rate of the hour.
struct Arrivals {
    traffic: Traffic,
    entry: u64,
    mean_nanos: f64,
    draw: Draw,
    begun: u64,
}

impl Arrivals {
    fn next(&mut self, now: Moment) -> Moment {
        now.plus(Duration::from_nanos(self.draw.exponential(self.mean_nanos)))
    }
}

impl Actor for Arrivals {
    fn act(&mut self, now: Moment, stage: &mut Stage) -> Option<Moment> {
        if now >= self.traffic.window.1 {
            return None;
        }
        if self.draw.chance(stage.scenario.rhythm.share_of_peak(now)) {
            let draw = stage.draw(&[CONVERSATIONS, self.entry, self.begun]);
            self.begun += 1;
            converse(stage, &self.traffic, self.entry, now, draw);
        }
        Some(self.next(now))
    }
}

/// Begins one conversation.
fn converse(stage: &mut Stage, traffic: &Traffic, entry: u64, now: Moment, mut draw: Draw) {
    let family = if draw.chance(traffic.ipv6) { Family::V6 } else { Family::V4 };
    let client = match traffic.kind {
        // Peers on both sides open conversations.
        TrafficKind::PeerToPeer if draw.chance(0.5) => {
            let (peer, other) = (stage.any_client(traffic.to, &mut draw), stage.any_client(traffic.from, &mut draw));
            return open(stage, traffic, entry, now, family, [(traffic.to, peer), (traffic.from, other)], draw);
        }
        // Mail servers and resolvers ask on behalf of others.
        TrafficKind::Mail | TrafficKind::Dns | TrafficKind::Backup => stage.any_server(traffic.from, &mut draw),
        _ => stage.any_client(traffic.from, &mut draw),
    };
    let server = match traffic.kind {
        TrafficKind::VideoCall | TrafficKind::PeerToPeer => stage.any_client(traffic.to, &mut draw),
        _ => stage.any_server(traffic.to, &mut draw),
    };
    open(stage, traffic, entry, now, family, [(traffic.from, client), (traffic.to, server)], draw);
}

/// Opens a conversation of two hosts, each with its number: the opener, the answerer.
pub(super) fn open(
    stage: &mut Stage,
    traffic: &Traffic,
    entry: u64,
    now: Moment,
    family: Family,
    [(opener, client), (answerer, server)]: [(Who, u64); 2],
    mut draw: Draw,
) {
    let Some(from) = stage.host(opener, client, family) else { return };
    let Some(to) = stage.host(answerer, server, family) else { return };
    if from.address == to.address {
        // Within a side, a host may have drawn itself.
        return;
    }
    let side = stage.side(answerer);
    let domain = stage.scenario.group(side).domain.clone();
    let asker = stage.scenario.group(stage.side(opener)).domain.clone();
    let answer = stage.host(answerer, server, Family::V4).zip(stage.host(answerer, server, Family::V6));
    let talk = Talk {
        domain: &domain,
        client_domain: &asker,
        server,
        client,
        server_addresses: answer.map_or([to.address, to.address], |(v4, v6)| [v4.address, v6.address]),
        volume: traffic.volume,
    };
    let begun = application::begin(traffic.kind, &talk, &mut draw);
    let client_port = stage.next_port(from.address, &mut draw);
    let server_port = begun.port.unwrap_or_else(|| stage.next_port(to.address, &mut draw));
    let tunnel = traffic.tunnel.and_then(|wrapping| {
        let gateways = gateways(stage, opener, answerer)?;
        Some(Tunnel { wrapping, gateways, id: 4000 + entry as u32 })
    });
    let flow = Flow::new(stage, [from, to], [client_port, server_port], &mut draw).in_tunnel(tunnel);
    if !flow.is_seen() {
        return;
    }
    match begun.carrier {
        Carrier::Tcp => stage.begin(now, Tcp::new(flow, begun.dialogue, draw)),
        Carrier::Udp => stage.begin(now, Udp::new(flow, begun.dialogue, draw)),
    }
}

/// The ends of a tunnel: the last host of each side that serves, by IPv4 where both can.
fn gateways(stage: &Stage, from: Who, to: Who) -> Option<[Address; 2]> {
    let gateway = |who, family| {
        let side = Who::Side(stage.side(who));
        let last = stage.hosts(side).1.saturating_sub(1);
        stage.host(side, last, family).map(|host| host.address)
    };
    [Family::V4, Family::V6].into_iter().find_map(|family| Some([gateway(from, family)?, gateway(to, family)?]))
}

impl Rhythm {
    /// The peak's rate as a multiple of the mean.
    fn peak(&self) -> f64 {
        // The curve's mean is half way between night and noon.
        2.0 / (1.0 + self.night)
    }

    /// The rate of this moment as a share of the peak's.
    fn share_of_peak(&self, now: Moment) -> f64 {
        let day = self.day.as_nanos().clamp(1, i64::MAX as u128) as i64;
        let hour = now.nanos().rem_euclid(day) as f64 / day as f64;
        let height = 2.0 * hour.min(1.0 - hour);
        // A smooth step up to noon and down again; its mean is one half.
        let smooth = height * height * (3.0 - 2.0 * height);
        self.night + (1.0 - self.night) * smooth
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rhythm_keeps_the_mean() {
        let rhythm = Rhythm { day: Duration::from_secs(60), night: 0.2 };
        let moments = (0..60_000).map(|n| Moment::from_nanos(n * 1_000_000));
        let mean = moments.map(|now| rhythm.share_of_peak(now)).sum::<f64>() / 60_000.0 * rhythm.peak();
        assert!((mean - 1.0).abs() < 1e-3, "{mean}");
        assert!(rhythm.share_of_peak(Moment::from_seconds(30, 0)) > 0.99);
        assert!((rhythm.share_of_peak(Moment::from_seconds(60, 0)) - 0.2).abs() < 1e-9);
    }
}
