//! Commands to control systems from where no command should come, and questions that map such systems.

mod functions;

use std::time::Duration;

use blueline_terms::finding::{Effect, Measure, Reason, Sources, Spoofed};
use blueline_terms::{
    Address, Application, Change, Confidence, FlowId, Place, Saying, Side, Span, Speaker, Standing, Weight,
};

use super::{Description, Detector, Kind, Texts};
use crate::claim::{Claim, Claims, Subject};
use crate::measure::Bounded;
use crate::scene::Scene;
use crate::tuning::{Amount, Setting, Tuning};

use functions::{is_routine, name, port, protocol_at, tells_who_it_is};

const VECTORS: &[&str] = &["modbus", "s7comm", "dnp3", "iec104", "ethernet-ip", "bacnet"];

pub(crate) static DETECTOR: Description = Description {
    name: "control",
    kinds: &[
        Kind {
            name: "ics.command",
            vectors: VECTORS,
            class: "information-content-security/unauthorised-information-modification",
            effect: Effect::I.and(Effect::A),
        },
        Kind { name: "ics.scan", vectors: VECTORS, class: "information-gathering/scanner", effect: Effect::NONE },
    ],
    title: "Commands to control systems across a border or into a safe area, and questions that map such systems",
    method: "Each request is weighed by its function as the protocol's standard defines it: what changes outputs, set \
             points, programs, clocks or the running state of a device is a command (MITRE ATT&CK for ICS T0855, \
             T0831; the same line that Cheung and others draw in \"Using Model-Based Intrusion Detection for SCADA \
             Networks\", 2007). A command is told when its sender stands on another side than the device, or outside \
             the safe area that the device is in. A scan is told when one host from outside asks many devices what \
             they are, tries their ports and leaves (T0846, T0888), or goes through the functions of one device.",
    leaves_alone: "A plant's own operator, on the same side or in the same safe area; polling, however fast and from \
                   wherever, because reads are no commands and a host that comes back is no scanner; echoes and \
                   answers of devices; functions whose weight is not known are told with low confidence at most.",
    bounds: "The 4096 pairs of sender and device with most commands; 16384 pairs of asker and device.",
    settings: &[
        Setting {
            name: "silence",
            default: Amount::Time(Duration::from_secs(60)),
            range: (1.0, 86_400.0),
            meaning: "After this long without a command the event is over.",
        },
        Setting {
            name: "devices",
            default: Amount::Count(5),
            range: (2.0, 1e6),
            meaning: "Devices that one host must ask for a scan; four times as many for high confidence.",
        },
        Setting {
            name: "functions",
            default: Amount::Count(10),
            range: (4.0, 128.0),
            meaning: "Unusual functions that one host must try on one device for a scan.",
        },
        Setting {
            name: "window",
            default: Amount::Time(Duration::from_secs(3600)),
            range: (10.0, 604_800.0),
            meaning: "After this long without a new device or function a scan is over.",
        },
    ],
    texts: TEXTS,
    start: |tuning| Box::new(Control::new(tuning)),
};

const TEXTS: Texts = Texts {
    en: "\
kind-ics-command = Commands to a control system from outside
kind-ics-scan = Somebody from outside maps control systems
ics-command-sent = the function “{ $function }” (code { $code }), which changes the device, was asked { $count } times
ics-into-safe-area = the device stands in a safe area, and the sender outside it
ics-across-border = the sender stands on another side of the border than the device
ics-device-answered = the device answered on the same connection
ics-not-answered = no answer of the device was seen, so that it is not sure that the command arrived
ics-refused = the device turned down { $count } requests
ics-function-unclear = it is not known whether these { $count } functions change anything
ics-routine = all of these functions also serve a master that starts up or sets the clock
ics-place-unsure = it is not sure on which side the two stand
ics-asked-identity = { $devices } devices were asked what they are
ics-left-again = { $devices } devices were asked briefly and left
ics-tried-ports = on { $devices } hosts the port of the protocol was tried in vain
ics-functions-tried = { $functions } unusual functions were tried on one device
ics-may-survey = brief questions may also be an inventory or a first poll
",
    ar: "\
kind-ics-command = أوامر إلى نظام تحكم صناعي من خارجه
kind-ics-scan = جهة من الخارج تستكشف أنظمة التحكم الصناعي
ics-command-sent = طُلبت الوظيفة «{ $function }» (الرمز { $code })، وهي تغيّر حالة الجهاز، { $count } مرة
ics-into-safe-area = الجهاز داخل منطقة آمنة والمُرسِل خارجها
ics-across-border = يقع المُرسِل على جانب من الحدود غير جانب الجهاز
ics-device-answered = أجاب الجهاز على الاتصال نفسه
ics-not-answered = لم يُرَ جواب من الجهاز، فلا يُجزم بوصول الأمر
ics-refused = رفض الجهاز { $count } طلبًا
ics-function-unclear = لا يُعرف هل تغيّر هذه الوظائف ({ $count }) شيئًا
ics-routine = جميع هذه الوظائف يستعملها أيضًا النظام الرئيسي عند بدء التشغيل أو ضبط الساعة
ics-place-unsure = ليس مؤكدًا على أي جانب يقع الطرفان
ics-asked-identity = سُئل { $devices } جهازًا عن هويته
ics-left-again = سُئل { $devices } جهازًا سؤالًا وجيزًا ثم تُرك
ics-tried-ports = جُرّب منفذ البروتوكول دون جدوى على { $devices } مضيفًا
ics-functions-tried = جُرّبت { $functions } وظيفة غير معتادة على جهاز واحد
ics-may-survey = قد تكون الأسئلة الوجيزة جردًا للأجهزة أو استقصاءً أول
",
    tr: "\
kind-ics-command = Bir kontrol sistemine dışarıdan gönderilen komutlar
kind-ics-scan = Dışarıdan biri kontrol sistemlerini araştırıyor
ics-command-sent = cihazı değiştiren “{ $function }” işlevi (kod { $code }) { $count } kez istendi
ics-into-safe-area = cihaz güvenli bir alanda, gönderen ise bu alanın dışında
ics-across-border = gönderen, sınırın cihazdan farklı bir tarafında
ics-device-answered = cihaz aynı bağlantıda yanıt verdi
ics-not-answered = cihazın yanıtı görülmedi; komutun ulaştığı kesin değil
ics-refused = cihaz { $count } isteği reddetti
ics-function-unclear = bu { $count } işlevin bir şeyi değiştirip değiştirmediği bilinmiyor
ics-routine = bu işlevlerin tümünü, başlarken veya saati ayarlarken ana istasyon da kullanır
ics-place-unsure = ikisinin hangi tarafta olduğu kesin değil
ics-asked-identity = { $devices } cihaza ne olduğu soruldu
ics-left-again = { $devices } cihaza kısa bir soru sorulup bırakıldı
ics-tried-ports = { $devices } bilgisayarda protokolün portu boş yere denendi
ics-functions-tried = tek bir cihazda { $functions } alışılmadık işlev denendi
ics-may-survey = kısa sorular bir envanter çalışması veya ilk yoklama da olabilir
",
    fr: "\
kind-ics-command = Commandes envoyées de l’extérieur à un système de contrôle
kind-ics-scan = Quelqu’un de l’extérieur recense des systèmes de contrôle
ics-command-sent = la fonction « { $function } » (code { $code }), qui modifie l’appareil, a été demandée { $count } fois
ics-into-safe-area = l’appareil se trouve dans une zone protégée et l’expéditeur en dehors
ics-across-border = l’expéditeur se trouve d’un autre côté de la frontière que l’appareil
ics-device-answered = l’appareil a répondu sur la même connexion
ics-not-answered = aucune réponse de l’appareil n’a été vue : il n’est pas sûr que la commande soit arrivée
ics-refused = l’appareil a rejeté { $count } requêtes
ics-function-unclear = on ignore si ces { $count } fonctions modifient quoi que ce soit
ics-routine = toutes ces fonctions servent aussi à un poste maître qui démarre ou règle l’heure
ics-place-unsure = il n’est pas sûr de quel côté se trouvent les deux hôtes
ics-asked-identity = on a demandé à { $devices } appareils ce qu’ils sont
ics-left-again = { $devices } appareils ont été interrogés brièvement puis quittés
ics-tried-ports = le port du protocole a été essayé en vain sur { $devices } hôtes
ics-functions-tried = { $functions } fonctions inhabituelles ont été essayées sur un même appareil
ics-may-survey = des questions brèves peuvent aussi être un inventaire ou une première interrogation
",
};

/// Pairs of sender and device that are kept in mind.
const MOST: usize = 4096;
/// Pairs of asker and device.
const MOST_TOUCHES: usize = 16_384;
/// Askers.
const MOST_ASKERS: usize = 2048;
/// Functions that are told of one event.
const MOST_FUNCTIONS: usize = 16;
/// Requests in a conversation that is called brief: `nmap`'s scripts send one to three.
const BRIEF: u32 = 4;
/// Conversations with one device after which the host is no longer thought to be looking around.
const COMES_BACK: u16 = 3;

/// Share of TCP flows seen both ways, above which an answer would have been seen.
const BOTH_WAYS: f64 = 0.5;

type Pair = (Address, Address, Application);

struct Control {
    silence: Duration,
    window: Duration,
    devices: u64,
    functions: u32,
    commands: Bounded<Pair, Commands>,
    touches: Bounded<Pair, Touch>,
    askers: Bounded<(Address, Application), Asker>,
}

/// Why a command is told.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Crossing {
    IntoSafeArea,
    Border,
}

/// What one host commanded one device.
struct Commands {
    span: Span,
    crossing: Crossing,
    /// How sure that is.
    sure: Confidence,
    /// Code, weight and how often, in the order in which they came.
    functions: Vec<(u16, Weight, u64)>,
    requests: u64,
    refused: u64,
    answered: bool,
    tcp: bool,
    port: u16,
    flow_count: u64,
    packets: u64,
    bytes: u64,
    flows: Vec<FlowId>,
    changed: bool,
}

/// What one host did with one device, as far as that tells whether it looks around.
struct Touch {
    /// Whether the host stands outside.
    outside: bool,
    mark: Mark,
    conversations: u16,
    requests: u32,
    identified: bool,
    /// Codes of unusual functions, as bits.
    unusual: u128,
    last: Span,
}

/// How a device was touched, from least to most telling.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Mark {
    /// In an ordinary way.
    Plain,
    /// Its port was tried in vain.
    InVain,
    /// It was asked briefly and left.
    Brief,
    /// It was asked what it is.
    Identity,
}

/// A host that asks devices.
struct Asker {
    span: Span,
    /// Devices by [`Mark`].
    marks: [u64; 4],
    named: Vec<Address>,
    /// The most unusual functions that were tried on one device.
    unusual: u32,
    flow_count: u64,
    packets: u64,
    bytes: u64,
    flows: Vec<FlowId>,
    changed: bool,
}

/// Who asks and who is asked in a flow.
#[derive(Clone, Copy)]
struct Roles {
    client: Address,
    device: Address,
    /// Whether the client opened the flow.
    forward: bool,
    port: u16,
}

impl Control {
    fn new(tuning: &Tuning) -> Self {
        let seed = tuning.seed();
        Self {
            silence: tuning.time("silence"),
            window: tuning.time("window"),
            devices: tuning.count("devices"),
            functions: u32::try_from(tuning.count("functions")).unwrap_or(u32::MAX),
            commands: Bounded::new(MOST, seed),
            touches: Bounded::new(MOST_TOUCHES, seed),
            askers: Bounded::new(MOST_ASKERS, seed),
        }
    }

    /// Takes note of a message that may change something, or refuses to.
    fn hear(&mut self, scene: &Scene<'_>, change: &Change, saying: &Saying<'_>) {
        let Some(roles) = roles(change, saying) else { return };
        let key = (roles.client, roles.device, saying.application);
        if saying.forward != roles.forward {
            if saying.refused
                && let Some(commands) = self.commands.get_mut(&key)
            {
                commands.refused += 1;
            }
            return;
        }
        let Some(code) = saying.code.filter(|_| saying.weight > Weight::Read) else { return };
        if saying.weight == Weight::Unknown
            && let Some(touch) = self.touches.get_mut(&key)
        {
            touch.unusual |= 1 << (code & 0x7f);
        }
        let Some((crossing, sure)) = crossing(scene, change, roles) else { return };
        let commands = self.commands.entry(key, || Commands {
            span: Span::at(saying.moment),
            crossing,
            sure,
            functions: Vec::new(),
            requests: 0,
            refused: 0,
            answered: false,
            tcp: change.protocol == 6,
            port: roles.port,
            flow_count: 0,
            packets: 0,
            bytes: 0,
            flows: Vec::new(),
            changed: false,
        });
        commands.note(change, saying, code);
    }

    /// Takes note of how a device was touched.
    fn touch(&mut self, scene: &Scene<'_>, change: &Change, application: Application) {
        let roles = by_port(change, application);
        let key = (roles.client, roles.device, application);
        if self.touches.get(&key).is_none() && !opens(change) && change.messages.requests == 0 {
            return;
        }
        let touch = self.touches.entry(key, || Touch {
            outside: crossing(scene, change, roles).is_some(),
            mark: Mark::Plain,
            conversations: 0,
            requests: 0,
            identified: false,
            unusual: 0,
            last: change.span,
        });
        touch.last = touch.last.join(change.span);
        touch.conversations = touch.conversations.saturating_add(u16::from(opens(change)));
        if !touch.outside {
            return;
        }
        let mark = touch.note(change, application);
        let unusual = touch.unusual.count_ones();
        if mark == touch.mark && (unusual < self.functions) {
            return;
        }
        let asker = self.askers.entry((roles.client, application), || Asker {
            span: change.span,
            marks: [0; 4],
            named: Vec::new(),
            unusual: 0,
            flow_count: 0,
            packets: 0,
            bytes: 0,
            flows: Vec::new(),
            changed: false,
        });
        asker.note(change, roles.device, (std::mem::replace(&mut touch.mark, mark), mark), unusual);
    }
}

impl Commands {
    fn note(&mut self, change: &Change, saying: &Saying<'_>, code: u16) {
        self.span = self.span.join(Span::at(saying.moment));
        self.requests += 1;
        match self.functions.iter_mut().find(|function| (function.0, function.1) == (code, saying.weight)) {
            Some(function) => function.2 += 1,
            None => self.functions.push((code, saying.weight, 1)),
        }
        self.functions.truncate(MOST_FUNCTIONS);
        self.packets += 1;
        self.bytes += u64::from(saying.size);
        if !self.flows.contains(&change.id) && self.flows.len() < 16 {
            self.flows.push(change.id);
            self.flow_count += 1;
        }
        self.changed = true;
    }

    /// How many requests certainly change something, and how many may.
    fn by_weight(&self, weight: Weight) -> u64 {
        self.functions.iter().filter(|function| function.1 == weight).map(|function| function.2).sum()
    }

    fn confidence(&self, application: Application, both_ways: bool) -> Confidence {
        let clear = self.by_weight(Weight::StateChanging);
        let routine = self.functions.iter().all(|&(code, _, _)| is_routine(application, code));
        let turned_down = self.refused >= self.requests;
        let own = match () {
            // Over TCP nothing is sent before an answer: what looks like a command is a piece of something else.
            () if clear == 0 || both_ways && self.tcp && !self.answered => Confidence::Low,
            () if self.answered && self.tcp && !routine && !turned_down => Confidence::High,
            () => Confidence::Moderate,
        };
        own.min(self.sure)
    }

    fn reasons(&self, application: Application) -> (Vec<Reason>, Vec<Reason>) {
        let crossing = match self.crossing {
            Crossing::IntoSafeArea => "ics-into-safe-area",
            Crossing::Border => "ics-across-border",
        };
        let mut grounds = vec![Reason::new(crossing)];
        for &(code, _, count) in self.functions.iter().filter(|function| function.1 == Weight::StateChanging).take(4) {
            let function = name(application, code).unwrap_or("?");
            let sent = Reason::new("ics-command-sent").with("function", function);
            grounds.push(sent.with("code", u64::from(code)).with("count", count));
        }
        let mut against = Vec::new();
        if self.answered {
            grounds.push(Reason::new("ics-device-answered"));
        } else {
            against.push(Reason::new("ics-not-answered"));
        }
        let (clear, unclear) = (self.by_weight(Weight::StateChanging), self.by_weight(Weight::Unknown));
        if clear == 0 {
            against.push(Reason::new("ics-function-unclear").with("count", unclear));
        } else if self.functions.iter().all(|&(code, _, _)| is_routine(application, code)) {
            against.push(Reason::new("ics-routine"));
        }
        if self.refused > 0 {
            against.push(Reason::new("ics-refused").with("count", self.refused));
        }
        if self.sure < Confidence::High {
            against.push(Reason::new("ics-place-unsure"));
        }
        (grounds, against)
    }

    fn claim(&self, &(client, device, application): &Pair, silence: Duration, both_ways: bool) -> Claim {
        let (grounds, against) = self.reasons(application);
        let spoofed = if self.answered && self.tcp { Spoofed::Unlikely } else { Spoofed::Unknown };
        Claim {
            actors: vec![client],
            targets: vec![device],
            target_count: 1,
            sources: Sources { count: 1, estimated: false, sample: vec![client], spoofed },
            ports: vec![self.port],
            flow_count: self.flow_count,
            packets: self.packets,
            bytes: self.bytes,
            measure: Some(Measure {
                what: "commands".into(),
                value: self.by_weight(Weight::StateChanging) as f64,
                baseline: None,
                threshold: 1.0,
            }),
            confidence: self.confidence(application, both_ways),
            grounds,
            against,
            flows: self.flows.clone(),
            linger: silence,
            ..Claim::new(
                "ics.command",
                application.word(),
                Subject { host: client, other: device, port: self.port },
                self.span,
            )
        }
    }
}

impl Touch {
    /// What the touch amounts to with this change.
    fn note(&mut self, change: &Change, application: Application) -> Mark {
        let messages = change.messages;
        self.requests = self.requests.saturating_add(u32::from(messages.requests));
        self.identified |= messages.requests > 0 && tells_who_it_is(application, messages.code);
        let answered = change.standing.has(Standing::ANSWERED);
        let over = change.standing.has(Standing::CLOSED);
        match () {
            () if self.conversations > COMES_BACK || self.requests > 16 * BRIEF => Mark::Plain,
            () if self.identified => Mark::Identity,
            () if over && self.requests > 0 && self.requests <= BRIEF * u32::from(self.conversations) => Mark::Brief,
            () if change.protocol == 6 && !answered && self.requests == 0 => Mark::InVain,
            () if self.mark == Mark::Brief => Mark::Brief,
            () => Mark::Plain,
        }
    }
}

impl Asker {
    fn note(&mut self, change: &Change, device: Address, (before, after): (Mark, Mark), unusual: u32) {
        // The plain are not counted: they are only where the others come from and go to.
        if before != after {
            self.marks[before as usize] = self.marks[before as usize].saturating_sub(1);
            self.marks[after as usize] += 1;
        }
        self.unusual = self.unusual.max(unusual);
        self.span = self.span.join(change.span);
        if self.named.len() < 32 && !self.named.contains(&device) {
            self.named.push(device);
        }
        if self.flows.len() < 16 && !self.flows.contains(&change.id) {
            self.flows.push(change.id);
        }
        self.flow_count += u64::from(opens(change));
        self.packets += u64::from(change.forward.packets) + u64::from(change.backward.packets);
        self.bytes += change.forward.bytes + change.backward.bytes;
        self.changed = true;
    }

    fn count(&self, mark: Mark) -> u64 {
        self.marks[mark as usize]
    }

    /// How many devices were looked at; 0 where none of them spoke the protocol, which is for a detector of port scans.
    fn devices(&self) -> u64 {
        let spoken = self.count(Mark::Identity) + self.count(Mark::Brief);
        if spoken >= 2 { spoken + self.count(Mark::InVain) } else { 0 }
    }

    fn confidence(&self, devices: u64, functions: u32) -> Option<Confidence> {
        let identity = self.count(Mark::Identity);
        match () {
            () if identity >= devices.saturating_mul(4) => Some(Confidence::High),
            () if identity >= devices || self.unusual >= functions => Some(Confidence::Moderate),
            () if self.devices() >= devices => Some(Confidence::Low),
            () => None,
        }
    }

    fn claim(
        &self,
        &(client, application): &(Address, Application),
        confidence: Confidence,
        (devices, functions, window): (u64, u32, Duration),
    ) -> Claim {
        let of = |word: &'static str, mark| (word, self.count(mark));
        let counted = [
            of("ics-asked-identity", Mark::Identity),
            of("ics-left-again", Mark::Brief),
            of("ics-tried-ports", Mark::InVain),
        ];
        let mut grounds: Vec<Reason> = counted
            .into_iter()
            .filter(|&(_, count)| count > 0)
            .map(|(word, count)| Reason::new(word).with("devices", count))
            .collect();
        let one_device = self.unusual >= functions;
        if one_device {
            grounds.push(Reason::new("ics-functions-tried").with("functions", u64::from(self.unusual)));
        }
        let (value, threshold) = if one_device {
            (f64::from(self.unusual), f64::from(functions))
        } else {
            (self.devices() as f64, devices as f64)
        };
        let what = if one_device { "functions" } else { "devices" };
        Claim {
            actors: vec![client],
            targets: self.named.clone(),
            target_count: self.devices().max(self.named.len() as u64),
            sources: Sources { count: 1, estimated: false, sample: vec![client], spoofed: Spoofed::Unlikely },
            ports: port(application).into_iter().collect(),
            flow_count: self.flow_count,
            packets: self.packets,
            bytes: self.bytes,
            measure: Some(Measure { what: what.into(), value, baseline: None, threshold }),
            confidence,
            grounds,
            against: if confidence == Confidence::Low { vec![Reason::new("ics-may-survey")] } else { Vec::new() },
            flows: self.flows.clone(),
            linger: window,
            ..Claim::new("ics.scan", application.word(), Subject::host(client), self.span)
        }
    }
}

fn is_control(application: Application) -> bool {
    port(application).is_some()
}

fn opens(change: &Change) -> bool {
    change.standing.has(Standing::OPENING)
}

/// Who is the device: the end with the protocol's port; where both or none have it, the one that was addressed.
fn by_port(change: &Change, application: Application) -> Roles {
    let port = port(application);
    let turned = Some(change.source_port) == port && Some(change.destination_port) != port;
    if turned {
        Roles { client: change.destination, device: change.source, forward: false, port: change.source_port }
    } else {
        Roles { client: change.source, device: change.destination, forward: true, port: change.destination_port }
    }
}

/// Who commands whom. The header knows better than the port, except that a controller which takes a program asks for
/// each of its blocks (S7 function 0x1b).
fn roles(change: &Change, saying: &Saying<'_>) -> Option<Roles> {
    let by_port = by_port(change, saying.application);
    if saying.application == Application::S7comm || saying.speaker == Speaker::Unknown {
        return Some(by_port);
    }
    let client_speaks = saying.speaker == Speaker::Request;
    if client_speaks == (saying.forward == by_port.forward) {
        return Some(by_port);
    }
    let Roles { client, device, forward, .. } = by_port;
    let port = if forward { change.source_port } else { change.destination_port };
    Some(Roles { client: device, device: client, forward: !forward, port })
}

/// Whether the client reaches the device from outside, and how sure that is.
fn crossing(scene: &Scene<'_>, change: &Change, roles: Roles) -> Option<(Crossing, Confidence)> {
    let (source, destination) = scene.places(change);
    let (client, device): (&Place, &Place) = if roles.forward { (source, destination) } else { (destination, source) };
    if device.safe_area.is_some() {
        return (client.safe_area != device.safe_area).then_some((Crossing::IntoSafeArea, device.confidence));
    }
    if client.side == device.side {
        return None;
    }
    let nameless = client.side == Side::Unknown || device.side == Side::Unknown;
    let sure = if nameless { Confidence::Low } else { client.confidence.min(device.confidence) };
    Some((Crossing::Border, sure))
}

impl Detector for Control {
    fn look(&mut self, scene: &Scene<'_>, claims: &mut Claims) {
        for change in scene.changes {
            if is_control(change.application) {
                self.touch(scene, change, change.application);
            } else if opens(change)
                && change.protocol == 6
                && change.application == Application::Unrecognised
                && let Some(application) = protocol_at(change.destination_port)
            {
                self.touch(scene, change, application);
            }
        }
        for (place, saying) in scene.sayings {
            if is_control(saying.application)
                && let Some(change) = scene.changes.get(*place)
            {
                self.hear(scene, change, saying);
            }
        }
        self.see_answers(scene);
        for (pair, commands) in self.commands.iter_mut() {
            if std::mem::take(&mut commands.changed) {
                claims.claim(commands.claim(pair, self.silence, scene.two_way > BOTH_WAYS));
            }
        }
        if scene.second_over {
            self.tell_scans(claims);
            self.forget(scene);
        }
    }
}

impl Control {
    /// Whether devices answered: in the same beat or later.
    fn see_answers(&mut self, scene: &Scene<'_>) {
        if self.commands.len() == 0 {
            return;
        }
        for change in scene.changes.iter().filter(|change| is_control(change.application)) {
            let both = change.forward.packets > 0 && change.backward.packets > 0;
            if !both && !change.standing.has(Standing::ANSWERED) {
                continue;
            }
            for (client, device) in [(change.source, change.destination), (change.destination, change.source)] {
                if let Some(commands) = self.commands.get_mut(&(client, device, change.application))
                    && !commands.answered
                    && commands.flows.contains(&change.id)
                {
                    (commands.answered, commands.changed) = (true, true);
                }
            }
        }
    }

    fn tell_scans(&mut self, claims: &mut Claims) {
        let wanted = (self.devices, self.functions, self.window);
        for (key, asker) in self.askers.iter_mut() {
            if std::mem::take(&mut asker.changed)
                && let Some(confidence) = asker.confidence(self.devices, self.functions)
            {
                claims.claim(asker.claim(key, confidence, wanted));
            }
        }
    }

    fn forget(&mut self, scene: &Scene<'_>) {
        let Self { silence, window, commands, touches, askers, .. } = self;
        commands.retain(|_, commands| scene.now.since(commands.span.end) <= *silence);
        commands.prune(|commands| commands.by_weight(Weight::StateChanging));
        askers.retain(|_, asker| scene.now.since(asker.span.end) <= *window);
        askers.prune(Asker::devices);
        touches.retain(|_, touch| scene.now.since(touch.last.end) <= *window);
        touches.prune(|touch| (touch.mark, touch.last.end));
    }
}

#[cfg(test)]
mod tests;
