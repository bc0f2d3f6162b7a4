//! What a detector should say of an attack, and what it may say beside it.

use blueline_exercise::truth::AttackTruth;

/// What is expected to be told of an attack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expected {
    /// The kind of finding that is right.
    pub kind: &'static str,
    /// Kinds that count as found and are right as well.
    pub right: &'static [&'static str],
    /// Kinds that count as found and are not named right.
    pub also: &'static [&'static str],
    /// Vectors that are right.
    pub vectors: &'static [&'static str],
}

/// The kinds of finding that attacks of the truth lead to.
pub const KINDS: [&str; 12] = [
    "ddos.flood",
    "ddos.reflection",
    "scan.horizontal",
    "scan.vertical",
    "scan.sweep",
    "scan.backscatter",
    "intrusion.brute-force",
    "worm.spread",
    "beacon.periodic",
    "beacon.dns",
    "ics.command",
    "exfiltration.volume",
];

/// Says what should be told; `None` of an attack that nothing is known of here.
pub fn expected(attack: &AttackTruth) -> Option<Expected> {
    let vector = attack.vector.as_str();
    let mut right: &[&str] = &[];
    let (kind, also, vectors): (_, &[&str], &[&str]) = match attack.kind.as_str() {
        "flood" => ("ddos.flood", &["ddos.any"], own(vector)),
        "reflection" => ("ddos.reflection", &["ddos.any"], own(vector)),
        "scan" => {
            const SCANS: &[&str] = &["scan.horizontal", "scan.vertical", "scan.sweep", "scan.any"];
            let kind = match vector {
                "horizontal" => "scan.horizontal",
                "vertical" => "scan.vertical",
                _ => "scan.sweep",
            };
            let by: &[&str] = match (vector, attack.protocol.as_deref()) {
                (_, Some("udp")) => &["udp"],
                // In IPv6 neighbours are asked for by ICMP.
                (_, Some("neighbour")) => &["arp", "icmp"],
                (_, Some("icmp")) => &["icmp"],
                _ => &["tcp"],
            };
            (kind, SCANS, by)
        }
        "backscatter" => {
            let by: &[&str] = match vector {
                "syn-ack" | "reset" => &["tcp"],
                "unreachable" => &["udp", "icmp"],
                _ => &["icmp"],
            };
            ("scan.backscatter", &[], by)
        }
        // A guess on an odd port may be called `other`.
        "brute-force" => ("intrusion.brute-force", &[], own(vector)),
        "worm" => ("worm.spread", &[], &[]),
        "beacon" => {
            // Reports in names are both.
            if vector == "dns" {
                right = &["beacon.dns"];
            }
            ("beacon.periodic", &[], &[])
        }
        "dns-abuse" => ("beacon.dns", &[], own(vector)),
        "control-write" => ("ics.command", &[], protocol(vector)),
        "exfiltration" => ("exfiltration.volume", &[], &[]),
        _ => return None,
    };
    Some(Expected { kind, right, also, vectors })
}

/// The truth's words for vectors are the finding's.
fn own(vector: &str) -> &'static [&'static str] {
    const WORDS: [[&str; 1]; 29] = [
        ["syn"],
        ["ack"],
        ["udp"],
        ["icmp"],
        ["tcp-other"],
        ["fragment"],
        ["ipv6-extension"],
        ["http"],
        ["dns"],
        ["dhcp"],
        ["ntp"],
        ["snmp"],
        ["ssdp"],
        ["cldap"],
        ["memcached"],
        ["chargen"],
        ["bacnet"],
        ["dvr"],
        ["ike"],
        ["synack"],
        ["ssh"],
        ["ftp"],
        ["rdp"],
        ["smb"],
        ["telnet"],
        ["dga"],
        ["tunnel"],
        ["txt"],
        ["upload"],
    ];
    WORDS.iter().find(|word| word[0] == vector).map_or(&[], |word| word.as_slice())
}

fn protocol(function: &str) -> &'static [&'static str] {
    let known: [(&str, &[&str]); 4] =
        [("s7-", &["s7comm"]), ("dnp3-", &["dnp3"]), ("iec104-", &["iec104"]), ("ethernet-ip-", &["ethernet-ip"])];
    known.iter().find(|(start, _)| function.starts_with(start)).map_or(&["modbus"], |(_, protocol)| protocol)
}

/// Whose part a finding must be about to be a side effect of an attack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// It was done to the attack's target, and blames nobody for it.
    Target,
    /// It was done by one of the attack's sources, or by a host that a worm infected.
    Source,
    /// It was done to one of the attack's sources, whose address was abused, and blames nobody.
    Abused,
}

/// What is true and is not the attack itself: an honest consequence of it, neither right nor a false alarm.
#[derive(Clone, Copy, Debug)]
pub struct SideEffect {
    /// The attack's kind in the truth.
    pub attack: &'static str,
    /// What the finding's kind begins with.
    pub finding: &'static str,
    /// Whose part it is about.
    pub part: Part,
    /// Why it is none of both.
    pub why: &'static str,
}

/// All side effects. What is not here is a false alarm.
pub const SIDE_EFFECTS: &[SideEffect] = &[
    SideEffect {
        attack: "flood",
        finding: "scan.backscatter",
        part: Part::Target,
        why: "the flooded host answers those whose addresses were forged",
    },
    SideEffect {
        attack: "flood",
        finding: "anomaly.",
        part: Part::Target,
        why: "the flood is made of pieces or of odd packets",
    },
    SideEffect {
        attack: "reflection",
        finding: "ddos.flood",
        part: Part::Target,
        why: "what reflectors send is a flood to the victim as well",
    },
    SideEffect {
        attack: "reflection",
        finding: "ddos.flood",
        part: Part::Abused,
        why: "a reflector is hit by the forged requests",
    },
    SideEffect { attack: "reflection", finding: "anomaly.", part: Part::Target, why: "large answers come in pieces" },
    SideEffect { attack: "scan", finding: "anomaly.", part: Part::Source, why: "probes are odd packets" },
    SideEffect {
        attack: "scan",
        finding: "ics.scan",
        part: Part::Source,
        why: "the probed ports are control systems'",
    },
    SideEffect { attack: "worm", finding: "scan.", part: Part::Source, why: "an infected host scans" },
    SideEffect { attack: "worm", finding: "intrusion.", part: Part::Source, why: "Mirai guesses at passwords" },
    SideEffect { attack: "worm", finding: "anomaly.", part: Part::Source, why: "probes are odd packets" },
    SideEffect {
        attack: "dns-abuse",
        finding: "beacon.periodic",
        part: Part::Source,
        why: "the questions are about as regular as a beacon",
    },
    SideEffect { attack: "dns-abuse", finding: "exfiltration.", part: Part::Source, why: "a tunnel carries data out" },
    SideEffect {
        attack: "control-write",
        finding: "ics.scan",
        part: Part::Source,
        why: "a look around comes before the commands",
    },
    SideEffect {
        attack: "exfiltration",
        finding: "beacon.periodic",
        part: Part::Source,
        why: "upload follows upload at an interval",
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use blueline_exercise::attack::CATALOGUE;
    use blueline_exercise::truth::Listed;

    #[test]
    fn something_is_expected_of_every_vector() {
        for about in CATALOGUE {
            for (vector, _) in (about.vectors)() {
                let attack = AttackTruth {
                    id: "a".to_owned(),
                    kind: about.kind.to_owned(),
                    vector: vector.to_owned(),
                    start: None,
                    end: None,
                    actor_side: String::new(),
                    target_side: String::new(),
                    safe_area: None,
                    sources_misleading: false,
                    sources: Listed::default(),
                    targets: Listed::default(),
                    ports: Listed::default(),
                    packets: 0,
                    packets_back: 0,
                    flows: 0,
                    protocol: None,
                    outbreak: None,
                };
                let expected = expected(&attack).unwrap();
                assert!(KINDS.contains(&expected.kind));
                let any = ["worm", "beacon", "exfiltration"].contains(&about.kind);
                assert_eq!(expected.vectors.is_empty(), any, "{} {vector}", about.kind);
            }
        }
    }
}
