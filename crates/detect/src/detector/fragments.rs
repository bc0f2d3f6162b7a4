//! Fragments that no honest stack sends.

use std::time::Duration;

use blueline_terms::finding::{Effect, Measure, Reason, Sources, Spoofed};
use blueline_terms::{Address, Change, Confidence, FlowId, Span};

use super::{Description, Detector, Kind, Texts};
use crate::claim::{Claim, Claims, Subject};
use crate::measure::{Bounded, Distinct};
use crate::scene::Scene;
use crate::tuning::{Amount, Setting, Tuning};

pub(crate) static DETECTOR: Description = Description {
    name: "fragments",
    kinds: &[Kind {
        name: "anomaly.fragments",
        vectors: &["overlap", "incomplete", "tiny"],
        class: "other/undetermined",
        effect: Effect::A,
    }],
    title: "Fragments that overlap, lead nowhere, or are cut too small",
    method: "A sender cuts a packet into pieces that adjoin (RFC 791, 3.2); pieces that overlap are forbidden in \
             IPv6 (RFC 5722) and crash or deceive receivers elsewhere (CERT CA-1997-28, teardrop; Ptacek, Newsham, \
             \"Insertion, Evasion, and Denial of Service\", 1998). Pieces of packets whose other pieces never come \
             fill the receiver's memory (CVE-2018-5391, FragmentSmack); every piece but the last is as large as the \
             path allows, so small ones in numbers are cut on purpose (RFC 1858; RFC 8900).",
    leaves_alone: "Large answers of DNS, NFS and tunnels that arrive in pieces; a piece that was sent twice; \
                   reordering; a sensor that lost some pieces.",
    bounds: "The 2048 receivers with most of these fragments; their senders are counted exactly up to 8192, then \
             within 4 %.",
    settings: &[
        Setting {
            name: "overlaps",
            default: Amount::Count(10),
            range: (1.0, 1e6),
            meaning: "Overlapping fragments to one host for moderate confidence; ten times as many for high. One is \
                      told with low confidence.",
        },
        Setting {
            name: "lone",
            default: Amount::Count(200),
            range: (10.0, 1e9),
            meaning: "Packets of which one fragment came and no more, to one host within a minute, before that is \
                      told; five times as many for moderate confidence.",
        },
        Setting {
            name: "tiny",
            default: Amount::Count(50),
            range: (5.0, 1e9),
            meaning: "Fragments to one host in flows whose fragments are all smaller than the setting `size`, within \
                      a minute, before that is told; ten times as many for moderate confidence.",
        },
        Setting {
            name: "size",
            default: Amount::Count(128),
            range: (30.0, 1500.0),
            meaning: "Fragments are small below this many bytes of frame on average. The least that a path must \
                      carry is 576 (IPv4) and 1280 (IPv6).",
        },
        Setting {
            name: "silence",
            default: Amount::Time(Duration::from_secs(60)),
            range: (1.0, 86_400.0),
            meaning: "After this long without such a fragment the event is over.",
        },
    ],
    texts: Texts {
        en: "\
kind-anomaly-fragments = A host got fragments that an honest sender does not make
overlapping-fragments = { $fragments } fragments overlapped others of the same packet
lone-fragments = { $fragments } fragments came alone, without the rest of their packets
tiny-fragments = { $fragments } fragments of { $size } bytes on average; no path needs them so small
few-fragments = Only { $fragments }; { $wanted } are wanted to be surer
may-be-lost = A sensor that loses packets sees the same
",
        ar: "\
kind-anomaly-fragments = تلقّى مضيف شظايا رزم لا يصنعها مرسل سليم
overlapping-fragments = { $fragments } شظية تداخلت مع شظايا أخرى من الرزمة نفسها
lone-fragments = { $fragments } شظية جاءت وحدها دون بقية رزمها
tiny-fragments = { $fragments } شظية حجمها { $size } بايت في المتوسط؛ لا مسار يحتاجها بهذا الصغر
few-fragments = { $fragments } فقط؛ المطلوب { $wanted } لثقة أكبر
may-be-lost = المجس الذي يفقد رزمًا يرى الشيء نفسه
",
        tr: "\
kind-anomaly-fragments = Bir makineye düzgün bir göndericinin üretmeyeceği parçalar geldi
overlapping-fragments = { $fragments } parça, aynı paketin başka parçalarıyla çakıştı
lone-fragments = { $fragments } parça, paketlerinin geri kalanı olmadan tek başına geldi
tiny-fragments = Ortalama { $size } baytlık { $fragments } parça; hiçbir yol bu kadar küçüğünü gerektirmez
few-fragments = Yalnızca { $fragments }; daha emin olmak için { $wanted } gerekir
may-be-lost = Paket kaybeden bir algılayıcı da aynısını görür
",
        fr: "\
kind-anomaly-fragments = Un hôte a reçu des fragments qu’un émetteur honnête ne produit pas
overlapping-fragments = { $fragments } fragments en recouvraient d’autres du même paquet
lone-fragments = { $fragments } fragments sont venus seuls, sans le reste de leurs paquets
tiny-fragments = { $fragments } fragments de { $size } octets en moyenne ; aucun chemin ne les demande si petits
few-fragments = Seulement { $fragments } ; il en faut { $wanted } pour être plus sûr
may-be-lost = Un capteur qui perd des paquets voit la même chose
",
    },
    start: |tuning| Box::new(Fragments::new(tuning)),
};

/// Receivers that are kept in mind, each with what is wrong.
const MOST: usize = 2048;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Oddity {
    Overlap,
    Lone,
    Tiny,
}

struct Fragments {
    tuning: Tuning,
    silence: Duration,
    size: u64,
    odd: Bounded<(Address, Oddity), Odd>,
}

struct Odd {
    span: Span,
    fragments: u64,
    packets: u64,
    bytes: u64,
    flow_count: u64,
    sources: Distinct,
    ports: Vec<u16>,
    flows: Vec<FlowId>,
    changed: bool,
}

impl Fragments {
    fn new(tuning: &Tuning) -> Self {
        Self {
            silence: tuning.time("silence"),
            size: tuning.count("size"),
            odd: Bounded::new(MOST, tuning.seed()),
            tuning: tuning.clone(),
        }
    }

    fn note(&mut self, change: &Change) {
        let (forward, backward) = (change.forward, change.backward);
        let one_way = forward.packets == 0 || backward.packets == 0;
        let packets = u64::from(forward.packets) + u64::from(backward.packets);
        let bytes = forward.bytes + backward.bytes;
        let fragments = u64::from(change.fragments);
        let all = fragments == packets && one_way;
        let small = all && bytes / packets.max(1) < self.size;
        let oddity = match () {
            () if change.overlaps > 0 => (Oddity::Overlap, u64::from(change.overlaps)),
            // A piece that is alone in its flow, and a flow for each.
            () if all && fragments == 1 && !small => (Oddity::Lone, 1),
            () if small => (Oddity::Tiny, fragments),
            () => return,
        };
        // The opener is blamed where both speak: it is the one that began.
        let (from, to, port) = if forward.packets > 0 {
            (change.source, change.destination, change.destination_port)
        } else {
            (change.destination, change.source, change.source_port)
        };
        let seed = self.tuning.seed();
        let odd = self.odd.entry((to, oddity.0), || Odd {
            span: change.span,
            fragments: 0,
            packets: 0,
            bytes: 0,
            flow_count: 0,
            sources: Distinct::new(seed),
            ports: Vec::new(),
            flows: Vec::new(),
            changed: false,
        });
        odd.add(change, oddity.1, (packets, bytes));
        odd.sources.note(from);
        if port != 0 && odd.ports.len() < 8 && !odd.ports.contains(&port) {
            odd.ports.push(port);
        }
    }

    fn claim(&self, host: Address, oddity: Oddity, odd: &Odd) -> Option<Claim> {
        let (setting, least, sure, surest) = match oddity {
            Oddity::Overlap => ("overlaps", 1, 1, 10),
            // Told from the setting on: fewer happen wherever packets are lost.
            Oddity::Lone => ("lone", self.tuning.count("lone"), 5, u64::MAX),
            Oddity::Tiny => ("tiny", self.tuning.count("tiny"), 10, u64::MAX),
        };
        let (wanted, count) = (self.tuning.count(setting), odd.fragments);
        if count < least {
            return None;
        }
        let confidence = match () {
            () if count >= wanted.saturating_mul(surest) => Confidence::High,
            () if count >= wanted.saturating_mul(sure) => Confidence::Moderate,
            () => Confidence::Low,
        };
        let (senders, estimated) = odd.sources.count();
        let (vector, ground) = match oddity {
            Oddity::Overlap => ("overlap", Reason::new("overlapping-fragments").with("fragments", count)),
            Oddity::Lone => ("incomplete", Reason::new("lone-fragments").with("fragments", count)),
            Oddity::Tiny => {
                let size = odd.bytes / odd.packets.max(1);
                ("tiny", Reason::new("tiny-fragments").with("fragments", count).with("size", size))
            }
        };
        let few = Reason::new("few-fragments").with("fragments", count).with("wanted", wanted.saturating_mul(sure));
        let lost = (oddity == Oddity::Lone).then(|| Reason::new("may-be-lost"));
        Some(Claim {
            targets: vec![host],
            target_count: 1,
            // Fragments need no answer, so anybody may have sent them under any address.
            sources: Sources {
                count: senders,
                estimated,
                sample: odd.sources.first().to_vec(),
                spoofed: if senders > 100 { Spoofed::Likely } else { Spoofed::Unknown },
            },
            ports: odd.ports.clone(),
            flow_count: odd.flow_count,
            packets: odd.packets,
            bytes: odd.bytes,
            measure: Some(Measure {
                what: "fragments".into(),
                value: count as f64,
                baseline: None,
                threshold: wanted as f64,
            }),
            confidence,
            grounds: vec![ground],
            against: (confidence == Confidence::Low).then_some(few).into_iter().chain(lost).collect(),
            flows: odd.flows.clone(),
            linger: self.silence,
            ..Claim::new("anomaly.fragments", vector, Subject::host(host), odd.span)
        })
    }
}

impl Odd {
    fn add(&mut self, change: &Change, fragments: u64, (packets, bytes): (u64, u64)) {
        self.span = self.span.join(change.span);
        self.fragments = self.fragments.saturating_add(fragments);
        self.packets = self.packets.saturating_add(packets);
        self.bytes = self.bytes.saturating_add(bytes);
        self.flow_count += 1;
        self.changed = true;
        if self.flows.len() < 16 && self.flows.last() != Some(&change.id) {
            self.flows.push(change.id);
        }
    }
}

impl Detector for Fragments {
    fn look(&mut self, scene: &Scene<'_>, claims: &mut Claims) {
        for change in scene.changes {
            if change.fragments > 0 {
                self.note(change);
            }
        }
        if !scene.second_over && !scene.last {
            return;
        }
        for (&(host, oddity), odd) in self.odd.iter() {
            if odd.changed {
                self.claim(host, oddity, odd).into_iter().for_each(|claim| claims.claim(claim));
            }
        }
        self.odd.iter_mut().for_each(|(_, odd)| odd.changed = false);
        // What is too little to be told is counted by the minute.
        self.odd.retain(|&(_, oddity), odd| {
            let since = if oddity == Oddity::Overlap { odd.span.end } else { odd.span.start };
            let told = match oddity {
                Oddity::Overlap => false,
                Oddity::Lone => odd.fragments >= self.tuning.count("lone"),
                Oddity::Tiny => odd.fragments >= self.tuning.count("tiny"),
            };
            scene.now.since(if told { odd.span.end } else { since }) <= self.silence
        });
        self.odd.prune(|odd| odd.fragments);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stage::{Draft, Stage, host, udp};

    fn pieces(draft: Draft, packets: u32, size: u64, overlaps: u16) -> Draft {
        draft.sends(packets, size * u64::from(packets)).with(|change| {
            change.fragments = packets as u16;
            change.overlaps = overlaps;
        })
    }

    #[test]
    fn one_overlap_is_told_and_many_are_believed() {
        for (packets, expected) in [(1, Confidence::Low), (10, Confidence::Moderate), (100, Confidence::High)] {
            let mut stage = Stage::of(&DETECTOR);
            for n in 0..packets {
                stage.add(pieces(udp(host(0x0a00_0001), host(0xc000_0201), 2000 + n, 137), 2, 60, 1));
                stage.wait(500);
            }
            let last = stage.finish().pop().unwrap();
            assert_eq!((&*last.vector, last.confidence), ("overlap", expected));
            assert!(last.actors.is_empty() && last.targets[0].address == host(0xc000_0201));
        }
    }

    #[test]
    fn pieces_that_stay_alone_and_tiny_ones_are_told() {
        for (size, vector) in [(1000, "incomplete"), (60, "tiny")] {
            let mut stage = Stage::of(&DETECTOR);
            for n in 0..2000u32 {
                stage.add(pieces(udp(host(0x0a00_0000 + n), host(0xc000_0201), 2000, 80), 1, size, 0));
                stage.wait(5);
            }
            let last = stage.finish().pop().unwrap();
            assert_eq!((&*last.vector, last.confidence), (vector, Confidence::Moderate));
            assert_eq!(last.sources.count, 2000);
        }
    }

    #[test]
    fn large_answers_in_pieces_are_left_alone() {
        let mut stage = Stage::of(&DETECTOR);
        for n in 0..2000u16 {
            // A name server's answer to a question, and a file server's packets, whole.
            let question = udp(host(0x0a00_0001), host(0xc000_0201), 2000 + n, 53);
            stage.add(question.answered(3, 4000, 0).with(|change| change.fragments = 3));
            stage.add(pieces(udp(host(0x0a00_0002), host(0xc000_0202), 800, 2049), 6, 1400, 0));
            stage.wait(5);
        }
        assert_eq!(stage.finish(), []);
    }

    #[test]
    fn a_few_lost_pieces_are_left_alone() {
        let mut stage = Stage::of(&DETECTOR);
        for n in 0..600u16 {
            stage.add(pieces(udp(host(0x0a00_0001), host(0xc000_0201), 2000 + n, 53), 1, 1000, 0));
            stage.wait(1000);
        }
        assert_eq!(stage.finish(), []);
    }
}
