//! Beacons: a host contacts one destination again and again at intervals that a machine keeps.

use std::time::Duration;

use blueline_terms::finding::{Effect, Measure, Reason, Sources, Spoofed, Value};
use blueline_terms::{Address, Application, Change, Confidence, FlowId, Moment, Network, Side, Span, Standing};

use super::{Description, Detector, Kind, Texts};
use crate::claim::{Claim, Claims, Subject};
use crate::measure::{Bounded, Regularity, Rhythm};
use crate::scene::Scene;
use crate::tuning::{Amount, Setting, Tuning};

pub(crate) static DETECTOR: Description = Description {
    name: "beacon",
    kinds: &[Kind {
        name: "beacon.periodic",
        vectors: &["tls", "http", "tcp", "udp", "icmp"],
        class: "malicious-code/c2-server",
        effect: Effect::C.and(Effect::I),
    }],
    title: "Beacons: a host reports to one destination at intervals that a machine keeps",
    method: "For each source, destination and port the intervals between contacts are kept: flows that were answered, \
             and what is said in a long connection after 1.5 seconds of silence. Flows that open within half a second \
             are one contact. Intervals are compared with those of chance by Lilliefors' form of the \
             Kolmogorov-Smirnov test for exponential intervals (1969; scaled after Stephens, 1974; false positives \
             below 0.1 % a look), and described by median absolute deviation and Bowley skewness, as RITA does \
             (Active Countermeasures). Alike sizes and a destination on another side that hardly anybody else \
             contacts speak for a beacon (Hu and others, \"BAYWATCH: Robust Beaconing Detection\", DSN 2016).",
    leaves_alone: "Services that live on regular questions: names, time, management, telephony, control systems, \
                   logins (also in plain HTTP, where most are refused); pings of ordinary size; hosts that are some of many who ask one server fast and alike (a \
                   crowd, a flood); destinations inside a party that others use too, that several hosts ask in plain \
                   HTTP exactly by the clock (health checks), or that a host asks that watches several (monitoring). \
                   Low: such a check by one host, destinations on the host's own side, destinations that many use, \
                   heartbeats in one connection, mail and push services.",
    bounds: "8192 pairs with 64 intervals each, those with most contacts and of them the latest; 8192 destinations \
             with 8 clients each. Some 7 MB at the bound.",
    settings: &[
        Setting {
            name: "contacts",
            default: Amount::Count(8),
            range: (8.0, 60.0),
            meaning: "Intervals that must have been seen.",
        },
        Setting {
            name: "clients",
            default: Amount::Count(3),
            range: (0.0, 8.0),
            meaning: "Other clients, not regular themselves, up to which a destination counts as rare.",
        },
        Setting {
            name: "longest",
            default: Amount::Time(Duration::from_secs(12 * 3600)),
            range: (10.0, 604_800.0),
            meaning: "Longest interval between contacts; after a longer one counting begins anew.",
        },
    ],
    texts: TEXTS,
    start: |tuning| Box::new(Beacon::new(tuning)),
};

const TEXTS: Texts = Texts {
    en: "\
kind-beacon-periodic = A host reports to one destination like a clock
beacon-rhythm = { $contacts } contacts, one every { $interval }, half of them within { $spread } of that
beacon-not-chance = contacts by chance would not come like this ({ $value }; chance stays below { $bound } in 999 of 1000 cases)
beacon-sizes-alike = the contacts have nearly the same size, { $bytes }
beacon-rare-destination = besides hosts with the same habit, { $clients } others contact the destination
beacon-destination-shared = { $clients } others contact the destination too, without any such rhythm
beacon-inside = the destination belongs to a party: monitoring and ordinary services look the same
beacon-check = much the same is asked in plain HTTP each time, exactly by the clock, as health checks do
beacon-from-outside = the host itself belongs to no party
beacon-monitor = the host keeps such a rhythm with { $destinations } destinations, as monitoring does
beacon-one-connection = most contacts are heartbeats within long connections, which many services have
beacon-new = so far there were few contacts
beacon-loose = the intervals vary much
beacon-sizes-differ = the contacts differ in size
beacon-usual-service = mail and push services are asked regularly
beacon-ping = large echo requests are also sent to test a line
beacon-refused = the destination mostly refuses what is asked, as it does when passwords are guessed
",
    ar: "\
kind-beacon-periodic = مضيف يتصل بوجهة واحدة بانتظام كالساعة
beacon-rhythm = { $contacts } اتصالًا، واحد كل { $interval }، ونصفها لا يحيد عن ذلك بأكثر من { $spread }
beacon-not-chance = لا تأتي الاتصالات العشوائية على هذا النحو ({ $value }؛ والعشوائية تبقى دون { $bound } في 999 حالة من 1000)
beacon-sizes-alike = حجم الاتصالات متقارب جدًا: { $bytes }
beacon-rare-destination = عدا المضيفات ذات العادة نفسها، يتصل بهذه الوجهة { $clients } غيرها
beacon-destination-shared = يتصل بهذه الوجهة { $clients } آخرون دون أي انتظام كهذا
beacon-inside = الوجهة تابعة لأحد الأطراف: المراقبة والخدمات العادية تبدو كذلك
beacon-check = يكاد يتكرر الطلب نفسه عبر HTTP غير مشفّر وبدقة الساعة، كما تفعل فحوص سلامة الخوادم
beacon-from-outside = المضيف نفسه لا يتبع أي طرف
beacon-monitor = يحافظ المضيف على هذا الانتظام مع { $destinations } وجهات، كما تفعل أنظمة المراقبة
beacon-one-connection = معظم الاتصالات نبضات داخل اتصالات طويلة، وهذا شائع في خدمات كثيرة
beacon-new = عدد الاتصالات قليل حتى الآن
beacon-loose = تتفاوت الفواصل الزمنية كثيرًا
beacon-sizes-differ = تختلف أحجام الاتصالات
beacon-usual-service = تُسأل خدمات البريد والإشعارات بانتظام عادةً
beacon-ping = تُرسل طلبات الصدى الكبيرة أيضًا لاختبار الخط
beacon-refused = ترفض الوجهة معظم ما يُطلب منها، كما يحدث عند تخمين كلمات المرور
",
    tr: "\
kind-beacon-periodic = Bir bilgisayar tek bir hedefe saat gibi düzenli bağlanıyor
beacon-rhythm = { $contacts } bağlantı, her { $interval } içinde bir; yarısı bundan en çok { $spread } sapıyor
beacon-not-chance = rastgele bağlantılar böyle gelmezdi ({ $value }; rastlantı 1000 durumun 999’unda { $bound } altında kalır)
beacon-sizes-alike = bağlantıların boyutu neredeyse aynı: { $bytes }
beacon-rare-destination = aynı alışkanlığı olanlar dışında hedefe { $clients } bilgisayar daha bağlanıyor
beacon-destination-shared = hedefe böyle bir düzeni olmayan { $clients } bilgisayar daha bağlanıyor
beacon-inside = hedef taraflardan birine ait: izleme sistemleri ve olağan hizmetler de böyle görünür
beacon-check = her seferinde şifresiz HTTP ile, tam saat gibi, hemen hemen aynı şey soruluyor; sunucu denetimleri de böyledir
beacon-from-outside = bilgisayarın kendisi hiçbir tarafa ait değil
beacon-monitor = bilgisayar bu düzeni izleme sistemleri gibi { $destinations } hedefle sürdürüyor
beacon-one-connection = temasların çoğu uzun bağlantılar içindeki yoklamalar; birçok hizmette böyledir
beacon-new = şimdiye kadar az bağlantı oldu
beacon-loose = aralıklar çok değişiyor
beacon-sizes-differ = bağlantıların boyutları farklı
beacon-usual-service = posta ve bildirim hizmetleri düzenli olarak sorgulanır
beacon-ping = büyük yankı istekleri hattı sınamak için de gönderilir
beacon-refused = hedef, parola denemelerinde olduğu gibi, istenenlerin çoğunu reddediyor
",
    fr: "\
kind-beacon-periodic = Un hôte contacte une destination avec la régularité d’une horloge
beacon-rhythm = { $contacts } contacts, un toutes les { $interval }, la moitié à moins de { $spread } de cette durée
beacon-not-chance = des contacts dus au hasard ne viendraient pas ainsi ({ $value } ; le hasard reste sous { $bound } dans 999 cas sur 1000)
beacon-sizes-alike = les contacts ont presque la même taille, { $bytes }
beacon-rare-destination = hormis les hôtes qui ont la même habitude, { $clients } autres contactent la destination
beacon-destination-shared = { $clients } autres hôtes contactent aussi la destination, sans un tel rythme
beacon-inside = la destination appartient à une partie : la supervision et les services ordinaires ont la même apparence
beacon-check = presque la même chose est demandée chaque fois en HTTP clair, réglée comme une horloge, comme le font les tests de bon fonctionnement
beacon-from-outside = l’hôte lui-même n’appartient à aucune partie
beacon-monitor = l’hôte garde ce rythme avec { $destinations } destinations, comme le fait une supervision
beacon-one-connection = la plupart des contacts sont des signes de vie dans de longues connexions, comme en ont bien des services
beacon-new = il y a eu peu de contacts jusqu’ici
beacon-loose = les intervalles varient beaucoup
beacon-sizes-differ = les contacts diffèrent en taille
beacon-usual-service = les services de courrier et de notification sont interrogés régulièrement
beacon-ping = de grandes demandes d’écho servent aussi à éprouver une ligne
beacon-refused = la destination refuse presque tout ce qui est demandé, comme lorsqu’on essaie des mots de passe
",
};

/// Pairs that are kept in mind.
const MOST: usize = 8192;
/// Flows that open sooner after another are one contact with it.
const GAP: Duration = Duration::from_millis(500);
/// What is said sooner in a connection goes on: changes of one come a second apart, whatever its rhythm.
const REST: Duration = Duration::from_millis(1500);
/// Clients of a destination that are told apart.
const MOST_CLIENTS: usize = 8;
/// Destinations with which a host that keeps a rhythm is a monitor.
const WATCHES: u64 = 3;
/// The same, where the destination is a party's: nobody keeps several masters there.
const WATCHES_INSIDE: u64 = 2;
/// Intervals in seconds below which many hosts with one server are a flood or a crowd, rather than infected.
const FAST: f64 = 10.0;
/// Hosts that make a crowd: fast ones with a party's server, and any others.
const CROWD_INSIDE: u64 = 4;
const CROWD: u64 = 16;
/// Seconds by which the network alone makes intervals differ.
const TRANSIT: f64 = 0.05;
/// Spread up to which a rhythm is tight, and up to which it is not loose.
const TIGHT: f64 = 0.15;
const LOOSE: f64 = 0.35;

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Pair {
    source: Address,
    destination: Address,
    port: u16,
    protocol: u8,
}

impl Pair {
    fn of(change: &Change) -> Self {
        Self {
            source: change.source,
            destination: change.destination,
            port: if change.protocol == 6 || change.protocol == 17 { change.destination_port } else { 0 },
            protocol: change.protocol,
        }
    }
}

struct Beacon {
    contacts: usize,
    clients: u64,
    longest: Duration,
    pairs: Bounded<Pair, Contacts>,
    destinations: Bounded<(Address, u16), Clients>,
    /// With how many destinations a host keeps a rhythm.
    regular: Bounded<Address, u64>,
    /// Places of pairs that are to be looked at when the second is over.
    due: Vec<usize>,
    swept: Moment,
}

/// The contacts of a pair.
struct Contacts {
    first: Moment,
    /// When the latest contact began, and when anything was said last.
    last: Moment,
    count: u64,
    /// It turned out to be a login service, at whatever port.
    login: bool,
    more: Option<Box<More>>,
}

/// What is kept from the third contact on.
#[derive(Default)]
struct More {
    rhythm: Rhythm,
    sizes: Vec<u32>,
    next_size: usize,
    application: Application,
    /// Contacts within connections that were open already.
    within: u64,
    /// Answers that refuse.
    refused: u64,
    packets: u64,
    bytes: u64,
    flows: Vec<FlowId>,
    regular: bool,
    due: bool,
}

/// Who contacts a destination.
struct Clients {
    /// Of whom `count` are set.
    known: [Address; MOST_CLIENTS],
    count: u8,
    beyond: bool,
    /// Of them those who keep a rhythm.
    regular: u64,
    last: Moment,
}

/// What a flow's change is for a pair.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Touch {
    /// A flow is answered for the first time.
    Opening,
    /// Something is said in a flow that was there.
    Within,
}

impl Beacon {
    fn new(tuning: &Tuning) -> Self {
        let seed = tuning.seed();
        Self {
            contacts: tuning.count("contacts") as usize,
            clients: tuning.count("clients"),
            longest: tuning.time("longest"),
            pairs: Bounded::new(MOST, seed),
            destinations: Bounded::new(MOST, seed),
            regular: Bounded::new(MOST, seed),
            due: Vec::new(),
            swept: Moment::default(),
        }
    }

    fn note(&mut self, change: &Change, one_way: bool) {
        if is_login(change.application)
            && let Some(contacts) = self.pairs.get_mut(&Pair::of(change))
        {
            // It had not said what it is when it was opened.
            contacts.login = true;
        }
        let Some(touch) = touch(change, one_way) else { return };
        let pair = Pair::of(change);
        let at = change.span.start;
        // A flow that was there before its pair was is not followed.
        if touch == Touch::Within && change.protocol != 1 && change.protocol != 58 && self.pairs.get(&pair).is_none() {
            return;
        }
        let (place, contacts) =
            self.pairs.place(pair, || Contacts { first: at, last: at, count: 0, login: false, more: None });
        if contacts.count == 0 {
            contacts.count = 1;
            let clients = self.destinations.entry((pair.destination, pair.port), Clients::default);
            clients.note(pair.source, at);
        } else if contacts.note(change, touch, self.longest) {
            self.due.push(place);
        }
    }
}

/// Whether a change is a contact, or says something at all. Most are passed over here.
#[inline]
fn touch(change: &Change, one_way: bool) -> Option<Touch> {
    let (standing, forward) = (change.standing, change.forward);
    let first_answer = standing.has(Standing::ANSWERED) && !standing.has(Standing::WAS_ANSWERED);
    let touch = match change.protocol {
        6 | 17 if first_answer && forward.packets > 0 => Touch::Opening,
        // Where the answers pass elsewhere, more than a handshake's packets are as good as an answer.
        6 if one_way && standing.has(Standing::OPENING) && forward.packets >= 4 && standing.has(Standing::SYN) => {
            Touch::Opening
        }
        // Little, but more than acknowledgements and keep-alives, whose frames have 66 bytes at most.
        6 | 17 if standing.has(Standing::WAS_ANSWERED) && (1..=32).contains(&forward.packets) => {
            (forward.bytes > 66 * u64::from(forward.packets) + 16).then_some(Touch::Within)?
        }
        // Echo requests that carry more than a ping's usual 64 bytes.
        1 | 58 if matches!(change.source_port, 8 | 128) && forward.packets > 0 => {
            (forward.bytes > 128 * u64::from(forward.packets)).then_some(Touch::Within)?
        }
        _ => return None,
    };
    let known = matches!(change.network, Network::Ipv4 | Network::Ipv6) && !lives_on_questions(change);
    (known && !change.destination.is_group()).then_some(touch)
}

/// Services that ask who is there: repeated logins are for others to judge.
fn is_login(application: Application) -> bool {
    use Application as A;
    matches!(application, A::Ssh | A::Ftp | A::Telnet | A::Rdp | A::Smb)
}

/// Services of which regular questions or repeated logins are the very use.
fn lives_on_questions(change: &Change) -> bool {
    use Application as A;
    let by_application = is_login(change.application)
        || matches!(
            change.application,
            A::Dns | A::Ntp | A::Snmp | A::Ssdp | A::Dhcp | A::Sip | A::Ike | A::NetbiosNs | A::Rip | A::Slp
        )
        || matches!(
            change.application,
            A::Modbus
                | A::S7comm
                | A::Dnp3
                | A::Iec104
                | A::EthernetIp
                | A::Bacnet
                | A::WsDiscovery
                | A::Cldap
                | A::Portmap
        );
    // Where nothing was recognised, by the port (IANA).
    let by_port = match change.protocol {
        6 => matches!(change.destination_port, 21..=23 | 25 | 53 | 102 | 139 | 179 | 445 | 465 | 502 | 587),
        _ => matches!(
            change.destination_port,
            53 | 67 | 68 | 123 | 137 | 138 | 161 | 162 | 500 | 514 | 520 | 4500 | 5353
        ),
    };
    let by_high_port = match change.protocol {
        6 => matches!(change.destination_port, 2404 | 3389 | 5900 | 20_000 | 44_818),
        _ => matches!(change.destination_port, 546 | 547 | 1900 | 3478 | 3702 | 5355 | 47_808),
    };
    by_application || by_port || by_high_port
}

/// Services that are asked regularly by many kinds of programs: mail boxes, push and messages (IANA).
fn is_usual_service(port: u16) -> bool {
    matches!(port, 110 | 143 | 993 | 995 | 1883 | 5222 | 5223 | 5228..=5230 | 8883)
}

impl Contacts {
    /// Whether the pair has become due for a look.
    fn note(&mut self, change: &Change, touch: Touch, longest: Duration) -> bool {
        let at = change.span.start;
        let (since, end) = (at.since(self.last), change.span.end);
        if at < self.last.plus(if touch == Touch::Opening { GAP } else { REST }) {
            // What goes on within a contact is part of it; a connection that never rests has no rhythm.
            if touch == Touch::Within {
                self.last = self.last.max(end);
            }
            if let Some(more) = &mut self.more {
                more.refused += u64::from(change.messages.refusals > 0);
            }
            return false;
        }
        if since > longest {
            let regular = self.more.as_ref().is_some_and(|more| more.regular);
            let more = regular.then(|| Box::new(More { regular, ..More::default() }));
            *self = Self { first: at, last: at, count: 1, login: self.login, more };
            return false;
        }
        self.last = at;
        self.count += 1;
        let more = self.more.get_or_insert_default();
        more.rhythm.note(since.as_secs_f64());
        more.size(change.forward.bytes);
        if change.application != Application::Unrecognised {
            more.application = change.application;
        }
        // A flow without SYN is one that was there before, and was forgotten meanwhile.
        let open_before = touch == Touch::Within || change.protocol == 6 && !change.standing.has(Standing::SYN);
        more.within += u64::from(open_before);
        more.refused += u64::from(change.messages.refusals > 0);
        more.packets += u64::from(change.forward.packets) + u64::from(change.backward.packets);
        more.bytes += change.forward.bytes + change.backward.bytes;
        if more.flows.len() < 16 && more.flows.last() != Some(&change.id) {
            more.flows.push(change.id);
        }
        // Later on one more interval changes little.
        let wanted = more.rhythm.len() >= 8 && (self.count < 24 || self.count.is_multiple_of(4));
        wanted && !std::mem::replace(&mut more.due, true)
    }
}

impl More {
    fn size(&mut self, bytes: u64) {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        match self.sizes.get_mut(self.next_size) {
            Some(oldest) => *oldest = bytes,
            None => self.sizes.push(bytes),
        }
        self.next_size = (self.next_size + 1) % 16;
    }

    /// The median size, and whether most sizes are near it.
    fn sizes(&self) -> (u64, bool) {
        let mut sorted = self.sizes.clone();
        sorted.sort_unstable();
        let Some(&median) = sorted.get(sorted.len() / 2) else { return (0, false) };
        let mut deviations: Vec<u32> = sorted.iter().map(|size| size.abs_diff(median)).collect();
        deviations.sort_unstable();
        let deviation = deviations[deviations.len() / 2];
        (u64::from(median), f64::from(deviation) <= 0.25 * f64::from(median))
    }

    /// What the intervals look like. To take off more than the gap is the careful side, where most are long.
    fn regularity(&self) -> Option<Regularity> {
        let fast = self.rhythm.regularity(GAP.as_secs_f64())?;
        let rest = REST.as_secs_f64();
        if self.within == 0 && fast.median < 2.0 * rest { Some(fast) } else { self.rhythm.regularity(rest) }
    }
}

impl Default for Clients {
    fn default() -> Self {
        let known = [Address::default(); MOST_CLIENTS];
        Self { known, count: 0, beyond: false, regular: 0, last: Moment::default() }
    }
}

impl Clients {
    fn note(&mut self, client: Address, at: Moment) {
        self.last = self.last.max(at);
        let count = usize::from(self.count);
        if self.known[..count].contains(&client) {
            return;
        }
        match self.known.get_mut(count) {
            Some(free) => {
                *free = client;
                self.count += 1;
            }
            None => self.beyond = true,
        }
    }

    /// Clients that keep no rhythm; more than eight clients count as nine.
    fn others(&self) -> u64 {
        (u64::from(self.count) + u64::from(self.beyond)).saturating_sub(self.regular.max(1))
    }
}

/// What is known of a pair besides its rhythm.
struct Around {
    /// The source stands in the world: whatever it does, it does not report out from a party.
    from_world: bool,
    to_world: bool,
    /// From one party to another.
    across: bool,
    /// Clients of the destination that keep no rhythm, and those that do.
    others: u64,
    alike: u64,
    /// Destinations with which the source keeps one.
    watches: u64,
    /// Others up to which a destination is rare.
    rare: u64,
    /// Intervals from which on a rhythm is told.
    wanted: usize,
}

impl Around {
    /// Whether the source is one of many who ask the same server with such a rhythm, as bots of a flood and programs of
    /// a crowd do. Infected hosts that report to the world keep their findings unless they are many and fast.
    fn is_crowd(&self, regularity: &Regularity) -> bool {
        let fast = regularity.median < FAST;
        if self.to_world { fast && self.alike >= CROWD } else { self.alike >= if fast { CROWD_INSIDE } else { CROWD } }
    }
}

fn vector(protocol: u8, application: Application) -> &'static str {
    match (protocol, application) {
        (_, Application::Tls) => "tls",
        (_, Application::Http) => "http",
        (6, _) => "tcp",
        (17, _) => "udp",
        _ => "icmp",
    }
}

impl Detector for Beacon {
    fn look(&mut self, scene: &Scene<'_>, claims: &mut Claims) {
        let one_way = scene.two_way < 0.2;
        scene.changes.iter().for_each(|change| self.note(change, one_way));
        if !scene.second_over {
            return;
        }
        self.judge(scene, claims);
        // Going through everything each second would cost more than it frees.
        if scene.now.since(self.swept) >= Duration::from_secs(60) {
            self.swept = scene.now;
            self.sweep(scene.now);
        }
        let Self { pairs, destinations, regular, .. } = self;
        pairs.prune(|contacts| (contacts.count.min(4), contacts.last));
        destinations.prune(|clients| (clients.regular > 0, clients.count, clients.last));
        regular.prune(|&count| count);
    }
}

impl Beacon {
    fn sweep(&mut self, now: Moment) {
        let Self { pairs, destinations, regular, longest, .. } = self;
        pairs.retain(|pair, contacts| {
            let stays = now.since(contacts.last) <= *longest;
            if !stays && contacts.more.as_ref().is_some_and(|more| more.regular) {
                count_regular(destinations, regular, pair, false);
            }
            stays
        });
        destinations.retain(|_, clients| now.since(clients.last) <= *longest || clients.regular > 0);
        regular.retain(|_, count| *count > 0);
    }
}

/// Counts a pair that has taken up a rhythm, or has lost it.
fn count_regular(
    destinations: &mut Bounded<(Address, u16), Clients>,
    regular: &mut Bounded<Address, u64>,
    pair: &Pair,
    taken_up: bool,
) {
    let step = |count: u64| if taken_up { count + 1 } else { count.saturating_sub(1) };
    if let Some(clients) = destinations.get_mut(&(pair.destination, pair.port)) {
        clients.regular = step(clients.regular);
    }
    let watches = regular.entry(pair.source, || 0);
    *watches = step(*watches);
}

impl Beacon {
    fn judge(&mut self, scene: &Scene<'_>, claims: &mut Claims) {
        let Self { pairs, destinations, regular, due, contacts: wanted, clients: rare, .. } = self;
        let mut found = Vec::new();
        for place in due.drain(..) {
            let Some((pair, contacts)) = pairs.at(place) else { continue };
            let login = contacts.login;
            let Some(more) = contacts.more.as_mut() else { continue };
            more.due = false;
            if more.rhythm.len() < *wanted || login {
                continue;
            }
            let seen = more.regularity().filter(Regularity::is_machine);
            if more.regular != seen.is_some() {
                more.regular = seen.is_some();
                count_regular(destinations, regular, pair, more.regular);
            }
            found.extend(seen.map(|regularity| (place, regularity)));
        }
        // How many keep a rhythm with a destination is known only now.
        for (place, regularity) in found {
            let Some((pair, contacts)) = pairs.at(place) else { continue };
            let (from, to) = (scene.place(pair.source).side, scene.place(pair.destination).side);
            let clients = destinations.get(&(pair.destination, pair.port));
            let around = Around {
                from_world: from == Side::World,
                to_world: to == Side::World,
                across: from != to && [from, to].iter().all(|side| matches!(side, Side::Party(_))),
                others: clients.map_or(0, Clients::others),
                alike: clients.map_or(0, |clients| clients.regular),
                watches: regular.get(&pair.source).copied().unwrap_or(0),
                rare: *rare,
                wanted: *wanted,
            };
            if let Some(claim) = contacts.claim(pair, &regularity, &around) {
                claims.claim(claim);
            }
        }
    }
}

impl Contacts {
    fn claim(&self, pair: &Pair, regularity: &Regularity, around: &Around) -> Option<Claim> {
        let more = self.more.as_ref()?;
        let confidence = more.confidence(pair, regularity, around)?;
        let (grounds, against) = more.reasons(pair, regularity, around, self.count);
        let span = Span { start: self.first, end: self.last };
        Some(Claim {
            actors: vec![pair.source],
            targets: vec![pair.destination],
            target_count: 1,
            sources: Sources {
                count: 1,
                estimated: false,
                sample: vec![pair.source],
                spoofed: if pair.protocol == 6 { Spoofed::Unlikely } else { Spoofed::Unknown },
            },
            ports: if pair.port == 0 { Vec::new() } else { vec![pair.port] },
            flow_count: self.count - more.within.min(self.count),
            packets: more.packets,
            bytes: more.bytes,
            measure: Some(Measure {
                what: "distance-from-chance".into(),
                value: regularity.distance,
                baseline: None,
                threshold: Regularity::BOUND,
            }),
            confidence,
            grounds,
            against,
            flows: more.flows.clone(),
            linger: silence(regularity),
            ..Claim::new(
                "beacon.periodic",
                vector(pair.protocol, more.application),
                Subject { host: pair.source, other: pair.destination, port: pair.port },
                span,
            )
        })
    }
}

/// After how many intervals without contact a beacon is over.
fn silence(regularity: &Regularity) -> Duration {
    Duration::try_from_secs_f64(6.0 * regularity.median).unwrap_or_default().max(Duration::from_secs(60))
}

impl More {
    fn is_heartbeat(&self) -> bool {
        self.within * 2 > self.rhythm.len() as u64
    }

    /// Whether what is asked for is mostly refused: somebody guesses, or knocks at a closed door.
    fn is_refused(&self) -> bool {
        self.refused * 2 > self.rhythm.len() as u64
    }

    /// Whether a party's server is asked much the same in plain HTTP by the clock: to the hundredth of the interval, or as
    /// exactly as the network lets it be seen.
    fn is_check(&self, regularity: &Regularity, around: &Around) -> bool {
        let by_the_clock = regularity.deviation <= (0.01 * regularity.median).max(TRANSIT);
        !around.to_world && self.application == Application::Http && by_the_clock && self.sizes().1
    }

    /// How sure; `None` where a rhythm says nothing.
    fn confidence(&self, pair: &Pair, regularity: &Regularity, around: &Around) -> Option<Confidence> {
        let tight = regularity.spread <= TIGHT && regularity.intervals >= 16;
        let popular = around.others > around.rare;
        let monitors = around.watches >= WATCHES;
        // A monitor's other destinations show within two more contacts.
        let early = regularity.intervals < around.wanted + 2;
        let (alike, checks) = (self.sizes().1, self.is_check(regularity, around));
        if around.is_crowd(regularity) || self.is_heartbeat() && (!tight || popular || around.from_world) {
            return None;
        }
        if !around.to_world {
            let watched = around.watches >= WATCHES_INSIDE || checks && around.alike + around.others > 1;
            if around.from_world || popular || watched || early || self.is_refused() {
                return None;
            }
        }
        let usual = matches!(pair.protocol, 1 | 58) || is_usual_service(pair.port);
        let at_home = !around.to_world && !around.across;
        if at_home
            || around.from_world
            || self.is_heartbeat()
            || early
            || usual
            || monitors
            || checks
            || self.is_refused()
        {
            return Some(Confidence::Low);
        }
        let points = match () {
            () if tight && alike => 2,
            () if tight || regularity.spread <= LOOSE && alike => 1,
            () => 0,
        };
        Some(match (points, popular) {
            // Parties have more to do with each other than with the world at large.
            (2, false) if around.to_world => Confidence::High,
            (2, false) => Confidence::Moderate,
            (2, true) | (1, false) => Confidence::Moderate,
            _ => Confidence::Low,
        })
    }

    fn reasons(&self, pair: &Pair, regularity: &Regularity, around: &Around, count: u64) -> (Vec<Reason>, Vec<Reason>) {
        let (bytes, alike) = self.sizes();
        let popular = around.others > around.rare;
        let rhythm = Reason::new("beacon-rhythm")
            .with("contacts", count)
            .with("interval", Value::Seconds(regularity.median))
            .with("spread", Value::Seconds(regularity.deviation));
        let chance = Reason::new("beacon-not-chance")
            .with("value", Value::Number(regularity.distance))
            .with("bound", Value::Number(Regularity::BOUND));
        let sizes = Reason::new("beacon-sizes-alike").with("bytes", Value::Bytes(bytes));
        let rare = Reason::new("beacon-rare-destination").with("clients", around.others);
        let shared = Reason::new("beacon-destination-shared").with("clients", around.others);
        let monitor = Reason::new("beacon-monitor").with("destinations", around.watches);
        let ping = matches!(pair.protocol, 1 | 58);
        let grounds = [(true, rhythm), (true, chance), (alike, sizes), (!popular, rare)];
        let against = [
            (!around.to_world, Reason::new("beacon-inside")),
            (self.is_check(regularity, around), Reason::new("beacon-check")),
            (around.from_world, Reason::new("beacon-from-outside")),
            (popular, shared),
            (around.watches >= WATCHES, monitor),
            (self.is_heartbeat() && !ping, Reason::new("beacon-one-connection")),
            (regularity.intervals < around.wanted + 2, Reason::new("beacon-new")),
            (regularity.spread > LOOSE, Reason::new("beacon-loose")),
            (!alike, Reason::new("beacon-sizes-differ")),
            (is_usual_service(pair.port), Reason::new("beacon-usual-service")),
            (ping, Reason::new("beacon-ping")),
            (self.is_refused(), Reason::new("beacon-refused")),
        ];
        (chosen(grounds), chosen(against))
    }
}

fn chosen<const N: usize>(reasons: [(bool, Reason); N]) -> Vec<Reason> {
    reasons.into_iter().filter(|(holds, _)| *holds).map(|(_, reason)| reason).collect()
}

#[cfg(test)]
mod tests;
