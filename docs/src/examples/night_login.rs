//! Logins by Telnet or FTP, whose passwords everybody on the way can read, across a border at night.

use std::time::Duration;

use blueline_terms::finding::{Effect, Reason, Sources, Spoofed};
use blueline_terms::{Confidence, Standing};

use super::{Description, Detector, Kind, Texts};
use crate::{Amount, Claim, Claims, Scene, Setting, Subject, Tuning};

pub(crate) static DETECTOR: Description = Description {
    name: "night-login",
    kinds: &[Kind {
        name: "policy.night-login",
        vectors: &["telnet", "ftp"],
        class: "vulnerable/weak-crypto",
        effect: Effect::C,
    }],
    title: "Logins in clear text across a border at night",
    method: "A conversation with Telnet or FTP that was answered, whose ends stand on different sides, in the hours that are set.",
    leaves_alone: "Conversations within one side, by day, and those that nobody answers.",
    bounds: "Keeps nothing in mind.",
    settings: &[Setting {
        name: "from-hour",
        default: Amount::Count(22),
        range: (0.0, 23.0),
        meaning: "The hour (UTC) at which the night begins; it ends at 5.",
    }],
    texts: Texts {
        en: "login-at-night = a login in clear text at { $hour } o'clock (UTC)\nkind-policy-night-login = somebody logged in in clear text at night",
        ..Texts::NONE
    },
    start: |tuning: &Tuning| Box::new(NightLogin { from: tuning.count("from-hour") }),
};

struct NightLogin {
    from: u64,
}

impl Detector for NightLogin {
    fn look(&mut self, scene: &Scene<'_>, claims: &mut Claims) {
        let hour = (scene.now.seconds().rem_euclid(86_400) / 3600) as u64;
        if (5..self.from).contains(&hour) {
            return;
        }
        for change in scene.changes {
            let vector = match (change.protocol, change.destination_port) {
                (6, 23) => "telnet",
                (6, 21) => "ftp",
                _ => continue,
            };
            let news = change.standing.has(Standing::ANSWERED) && !change.standing.has(Standing::WAS_ANSWERED);
            let (source, destination) = scene.places(change);
            if !news || source.side == destination.side {
                continue;
            }
            let subject = Subject { host: change.source, other: change.destination, port: change.destination_port };
            claims.claim(Claim {
                actors: vec![change.source],
                targets: vec![change.destination],
                sources: Sources {
                    count: 1,
                    estimated: false,
                    sample: vec![change.source],
                    spoofed: Spoofed::Unlikely,
                },
                ports: vec![change.destination_port],
                flow_count: 1,
                packets: u64::from(change.forward.packets + change.backward.packets),
                bytes: change.forward.bytes + change.backward.bytes,
                confidence: Confidence::Moderate,
                grounds: vec![Reason::new("login-at-night").with("hour", hour)],
                flows: vec![change.id],
                linger: Duration::from_secs(60),
                ..Claim::new("policy.night-login", vector, subject, change.span)
            });
        }
    }
}
