//! Domain names as a way to the outside: generated names, tunnels, and commands in text records.

mod domain;

use std::hash::BuildHasher;
use std::time::Duration;

use blueline_terms::finding::{Effect, Measure, Reason, Sources, Spoofed, Value};
use blueline_terms::{Address, Application, Change, Confidence, FlowId, Moment, Saying, Side, Span, Speaker};

use super::{Description, Detector, Kind, Texts};
use crate::claim::{Claim, Claims, Subject};
use crate::measure::{Bounded, Language, Regularity, Rhythm, Seed, share};
use crate::scene::Scene;
use crate::tuning::{Amount, Setting, Tuning};

use domain::Domain;

pub(crate) static DETECTOR: Description = Description {
    name: "names",
    kinds: &[Kind {
        name: "beacon.dns",
        vectors: &["dga", "tunnel", "txt"],
        class: "malicious-code/c2-server",
        effect: Effect::C.and(Effect::I),
    }],
    title: "Domain names as a way to the outside: generated names, tunnels in names, commands in text records",
    method: "Generated names: a host asks for many different registered domains that do not exist and whose labels a \
             model of letters finds no language in (Yadav and others, IMC 2010; Antonakakis and others, \"From \
             Throw-Away Traffic to Bots\", USENIX Security 2012). Tunnels: the bytes of different long names below \
             one domain are summed as a bound of what they carry out (Paxson and others, \"Practical Comprehensive \
             Bounds on Surreptitious Communication over DNS\", USENIX Security 2013), with their encoding and \
             answers. Text records: a host asks one domain for hardly anything else, with ever new names or by the \
             clock.",
    leaves_alone: "Typing errors, single labels (a browser's probes), search suffixes and names of home networks; \
                   reverse lookups; block lists and mail (numbers, DKIM, DMARC); multicast; a resolver, whose many \
                   questions have few such names among them. Low: long names with short answers of addresses, as \
                   antivirus and reputation services use.",
    bounds: "2048 hosts with the latest 256 absent domains each; 4096 pairs of host and domain with the latest 64 \
             names each; some 11 MB at the bound. Of several domains that one host abuses by one server, the one with \
             most questions is told.",
    settings: &[
        Setting {
            name: "generated",
            default: Amount::Count(10),
            range: (4.0, 1e6),
            meaning: "Generated domains that one host must ask for in vain; four times as many for high confidence.",
        },
        Setting {
            name: "tunnelled",
            default: Amount::Count(2000),
            range: (200.0, 1e9),
            meaning: "Bytes of different names below one domain for moderate confidence; four times as many for high.",
        },
        Setting {
            name: "texts",
            default: Amount::Count(16),
            range: (8.0, 1e6),
            meaning: "Questions for text records of one domain for moderate confidence; half where a clock asks.",
        },
        Setting {
            name: "silence",
            default: Amount::Time(Duration::from_secs(3600)),
            range: (10.0, 604_800.0),
            meaning: "After this long without such a question the event is over, and what was counted is forgotten.",
        },
    ],
    texts: TEXTS,
    start: |tuning| Box::new(Names::new(tuning)),
};

const TEXTS: Texts = Texts {
    en: "\
kind-beacon-dns = A host speaks with somebody outside by means of domain names
names-generated = { $names } different domains that do not exist were asked for, { $share } of them with names that no language makes, such as { $example }
names-carry = { $names } different names below { $domain } can have carried out { $bytes }
names-encoded = { $share } of these names look encoded; on average they have { $length } characters
names-texts = { $questions } of { $all } questions about { $domain } ask for text records
names-new = { $share } of these names were new, so that no cache answered them
names-rhythm = the questions come like a clock, one every { $interval }
names-large-answers = the answers are large, { $bytes } on average
names-few = so far there were few: { $count } where { $wanted } are wanted
names-may-be-lookups = the answers are short: antivirus and reputation services ask like this
names-asks-for-many = the host asks { $questions } questions in all, probably for many others
names-from-outside = the host that asks belongs to no party
names-same-name = the same name is asked for again and again, as monitoring does
",
    ar: "\
kind-beacon-dns = مضيف يتواصل مع جهة خارجية عبر أسماء النطاقات
names-generated = سُئل عن { $names } نطاقًا مختلفًا غير موجود، ولأسماء { $share } منها شكل لا تنتجه أي لغة، مثل { $example }
names-carry = يمكن أن تكون { $names } أسماء مختلفة تحت { $domain } قد أخرجت { $bytes }
names-encoded = يبدو { $share } من هذه الأسماء مُرمَّزًا، ومتوسط طولها { $length } حرفًا
names-texts = { $questions } من أصل { $all } سؤالًا عن { $domain } تطلب سجلات نصية
names-new = كان { $share } من هذه الأسماء جديدًا فلم تُجب عنه أي ذاكرة مؤقتة
names-rhythm = تأتي الأسئلة بانتظام الساعة، واحد كل { $interval }
names-large-answers = الأجوبة كبيرة: { $bytes } في المتوسط
names-few = عددها قليل حتى الآن: { $count } والمطلوب { $wanted }
names-may-be-lookups = الأجوبة قصيرة: هكذا تسأل خدمات مكافحة الفيروسات والسمعة
names-asks-for-many = يطرح المضيف { $questions } سؤالًا في المجموع، ولعله يسأل نيابة عن كثيرين
names-from-outside = المضيف السائل لا يتبع أي طرف
names-same-name = يُسأل عن الاسم نفسه مرارًا، كما تفعل أنظمة المراقبة
",
    tr: "\
kind-beacon-dns = Bir bilgisayar alan adları yoluyla dışarıdan biriyle haberleşiyor
names-generated = var olmayan { $names } farklı alan adı soruldu; { $share } kadarının adını hiçbir dil üretmez, örneğin { $example }
names-carry = { $domain } altındaki { $names } farklı ad dışarıya { $bytes } taşımış olabilir
names-encoded = bu adların { $share } kadarı kodlanmış görünüyor; ortalama uzunlukları { $length } karakter
names-texts = { $domain } hakkındaki { $all } sorudan { $questions } tanesi metin kaydı istiyor
names-new = bu adların { $share } kadarı yeniydi, yani hiçbir önbellek yanıtlamadı
names-rhythm = sorular saat gibi geliyor, her { $interval } içinde bir
names-large-answers = yanıtlar büyük, ortalama { $bytes }
names-few = şimdiye kadar az: { $count }, istenen { $wanted }
names-may-be-lookups = yanıtlar kısa: virüs koruma ve itibar hizmetleri böyle sorar
names-asks-for-many = bilgisayar toplam { $questions } soru soruyor, büyük olasılıkla başkaları adına
names-from-outside = soran bilgisayar hiçbir tarafa ait değil
names-same-name = izleme sistemlerinde olduğu gibi hep aynı ad soruluyor
",
    fr: "\
kind-beacon-dns = Un hôte communique avec l’extérieur au moyen de noms de domaine
names-generated = { $names } domaines différents qui n’existent pas ont été demandés, dont { $share } avec un nom qu’aucune langue ne forme, comme { $example }
names-carry = { $names } noms différents sous { $domain } peuvent avoir emporté { $bytes }
names-encoded = { $share } de ces noms semblent codés ; ils ont en moyenne { $length } caractères
names-texts = { $questions } des { $all } questions sur { $domain } demandent des enregistrements de texte
names-new = { $share } de ces noms étaient nouveaux, si bien qu’aucun cache n’y a répondu
names-rhythm = les questions viennent comme une horloge, une toutes les { $interval }
names-large-answers = les réponses sont grandes, { $bytes } en moyenne
names-few = il y en a peu jusqu’ici : { $count }, et { $wanted } sont voulus
names-may-be-lookups = les réponses sont courtes : les antivirus et services de réputation interrogent ainsi
names-asks-for-many = l’hôte pose { $questions } questions en tout, sans doute pour beaucoup d’autres
names-from-outside = l’hôte qui interroge n’appartient à aucune partie
names-same-name = le même nom est demandé encore et encore, comme le fait une supervision
",
};

/// Hosts whose absent names are kept.
const MOST_HOSTS: usize = 2048;
/// Pairs of host and domain.
const MOST_PAIRS: usize = 4096;
/// Absent domains of a host that are told apart, the latest.
const MOST_ABSENT: usize = 256;
/// Names of a pair that are told apart, the latest.
const MOST_NAMES: usize = 64;
/// Length below a domain from which on a name may carry something.
const LONG: usize = 20;
/// Average length of a tunnel's names, low and moderate.
const TUNNEL_LENGTHS: (f64, f64) = (30.0, 45.0);
/// Record types (IANA): NULL and TXT carry what one likes.
const TEXTS_TYPES: [u16; 2] = [10, 16];
/// Types whose answers are short.
const ADDRESS_TYPES: [u16; 2] = [1, 28];
/// Questions of a host for one absent name, above which it asks for many others.
const ASKS_FOR_MANY: u64 = 50;

struct Names {
    generated: u64,
    tunnelled: u64,
    texts: u64,
    silence: Duration,
    seed: Seed,
    language: Language,
    hosts: Bounded<Address, Absent>,
    pairs: Bounded<(Address, u64), Below>,
    /// Places of hosts and pairs that are to be looked at when the second is over.
    due_hosts: Vec<usize>,
    due_pairs: Vec<usize>,
    swept: Moment,
}

/// What every event rests on.
#[derive(Default)]
struct Seen {
    span: Option<Span>,
    server: Address,
    port: u16,
    questions: u64,
    packets: u64,
    bytes: u64,
    flow_count: u64,
    flows: Vec<FlowId>,
    latest: Option<FlowId>,
    changed: bool,
}

/// The domains that one host asked for in vain.
#[derive(Default)]
struct Absent {
    seen: Seen,
    latest: Latest<MOST_ABSENT>,
    /// Different ones, and of them those that look generated.
    different: u64,
    generated: u64,
    example: String,
}

/// The questions of one host about one domain.
#[derive(Default)]
struct Below {
    seen: Seen,
    domain: String,
    latest: Latest<MOST_NAMES>,
    /// Different names, their bytes below the domain, and those that look encoded.
    different: u64,
    carried: u64,
    encoded: u64,
    texts: u64,
    addresses: u64,
    answers: u64,
    answered: u64,
    rhythm: Rhythm,
    last: Option<Moment>,
}

/// Which names came lately, by hash.
#[derive(Default)]
struct Latest<const MOST: usize> {
    names: Vec<u64>,
    next: usize,
}

impl<const MOST: usize> Latest<MOST> {
    /// Whether a name is not among the latest; it is from now on.
    fn is_new(&mut self, name: u64) -> bool {
        if self.names.contains(&name) {
            return false;
        }
        match self.names.get_mut(self.next) {
            Some(oldest) => *oldest = name,
            None => self.names.push(name),
        }
        self.next = (self.next + 1) % MOST;
        true
    }
}

impl Seen {
    /// Whether this is the first since the second began.
    fn note(&mut self, change: &Change, saying: &Saying<'_>, server: Address) -> bool {
        let at = Span::at(saying.moment);
        self.span = Some(self.span.map_or(at, |span| span.join(at)));
        (self.server, self.port) = (server, change.destination_port);
        self.questions += 1;
        let first = !std::mem::replace(&mut self.changed, true);
        if self.latest == Some(change.id) {
            return first;
        }
        self.latest = Some(change.id);
        self.flow_count += 1;
        self.packets += u64::from(change.forward.packets) + u64::from(change.backward.packets);
        self.bytes += change.forward.bytes + change.backward.bytes;
        if self.flows.len() < 16 {
            self.flows.push(change.id);
        }
        first
    }

    fn end(&self) -> Moment {
        self.span.map_or_else(Moment::default, |span| span.end)
    }
}

impl Names {
    fn new(tuning: &Tuning) -> Self {
        let seed = tuning.seed();
        Self {
            generated: tuning.count("generated"),
            tunnelled: tuning.count("tunnelled"),
            texts: tuning.count("texts"),
            silence: tuning.time("silence"),
            seed,
            language: Language::new(),
            hosts: Bounded::new(MOST_HOSTS, seed),
            pairs: Bounded::new(MOST_PAIRS, seed),
            due_hosts: Vec::new(),
            due_pairs: Vec::new(),
            swept: Moment::default(),
        }
    }

    /// A hash of a name that does not care for case, which resolvers mix on purpose.
    fn hash(&self, name: &str) -> u64 {
        let mut lower = [0; 256];
        let length = name.len().min(lower.len());
        lower[..length].copy_from_slice(&name.as_bytes()[..length]);
        lower[..length].make_ascii_lowercase();
        self.seed.state().hash_one(&lower[..length])
    }

    fn note(&mut self, change: &Change, saying: &Saying<'_>) {
        let Some(domain) = Domain::of(saying.name).filter(|domain| !domain.is_local()) else { return };
        match saying.speaker {
            Speaker::Request => {
                let (client, server) = ends(change, saying.forward);
                if let Some(absent) = self.hosts.get_mut(&client) {
                    absent.seen.questions += 1;
                }
                self.ask(change, saying, domain, (client, server));
            }
            // Who is told that a name does not exist has asked for it.
            Speaker::Response if saying.refused => {
                let (server, client) = ends(change, saying.forward);
                self.miss(change, saying, domain, (client, server));
            }
            _ => {}
        }
    }

    fn miss(&mut self, change: &Change, saying: &Saying<'_>, domain: Domain<'_>, (client, server): (Address, Address)) {
        if !matches!(domain.below, "" | "www") {
            return;
        }
        let name = self.hash(domain.registered);
        let generated = self.language.is_generated(domain.label);
        let (place, absent) = self.hosts.place(client, Absent::default);
        if absent.latest.is_new(name) {
            absent.different += 1;
            absent.generated += u64::from(generated);
            if generated && absent.example.is_empty() {
                absent.example.push_str(domain.registered);
            }
        }
        let questions = absent.seen.questions;
        if absent.seen.note(change, saying, server) {
            self.due_hosts.push(place);
        }
        // Questions are counted where they are asked; one whose question was not seen counts too.
        absent.seen.questions = questions.max(absent.different);
    }

    fn ask(&mut self, change: &Change, saying: &Saying<'_>, domain: Domain<'_>, (client, server): (Address, Address)) {
        let code = saying.code.unwrap_or(0);
        let text = TEXTS_TYPES.contains(&code);
        let key = (client, self.hash(domain.registered));
        if domain.is_lookup() || self.pairs.get(&key).is_none() && !text && domain.below.len() < LONG {
            return;
        }
        let name = self.hash(saying.name);
        let encoded = self.language.is_generated(domain.longest());
        let (place, below) = self.pairs.place(key, Below::default);
        if below.latest.is_new(name) {
            below.different += 1;
            below.carried += domain.below.len() as u64;
            below.encoded += u64::from(encoded);
        }
        below.texts += u64::from(text);
        below.addresses += u64::from(ADDRESS_TYPES.contains(&code));
        if change.backward.packets > 0 && below.seen.latest != Some(change.id) {
            below.answered += u64::from(change.backward.packets);
            below.answers += change.backward.bytes;
        }
        if below.seen.note(change, saying, server) {
            self.due_pairs.push(place);
        }
        if let Some(last) = below.last.replace(saying.moment)
            && saying.moment >= last.plus(Duration::from_millis(1500))
        {
            below.rhythm.note(saying.moment.since(last).as_secs_f64());
        }
        // Most pairs end before they need a name.
        if below.domain.is_empty() && below.seen.questions >= 4 {
            below.domain.push_str(domain.registered);
        }
    }
}

/// Who said something in a flow, and to whom.
fn ends(change: &Change, forward: bool) -> (Address, Address) {
    if forward { (change.source, change.destination) } else { (change.destination, change.source) }
}

/// What there is to say of an event: its vector, measure, confidence and reasons.
struct Verdict {
    vector: &'static str,
    measure: Measure,
    confidence: Confidence,
    grounds: Vec<Reason>,
    against: Vec<Reason>,
}

fn measure(what: &'static str, value: u64, threshold: u64) -> Measure {
    Measure { what: what.into(), value: value as f64, baseline: None, threshold: threshold as f64 }
}

impl Absent {
    fn verdict(&self, wanted: u64) -> Option<Verdict> {
        let part = share(self.generated, self.different);
        if self.generated < wanted || part < 0.5 {
            return None;
        }
        let for_many = self.seen.questions > ASKS_FOR_MANY.saturating_mul(self.generated);
        let confidence = match () {
            () if for_many => Confidence::Low,
            () if self.generated >= wanted.saturating_mul(4) && part >= 0.7 => Confidence::High,
            () => Confidence::Moderate,
        };
        let grounds = Reason::new("names-generated")
            .with("names", self.different)
            .with("share", Value::Share(part))
            .with("example", &*self.example);
        let many = Reason::new("names-asks-for-many").with("questions", self.seen.questions);
        Some(Verdict {
            vector: "dga",
            measure: measure("generated-names", self.generated, wanted),
            confidence,
            grounds: vec![grounds],
            against: if for_many { vec![many] } else { Vec::new() },
        })
    }
}

impl Below {
    /// Mean bytes of what a name carries.
    fn length(&self) -> f64 {
        self.carried as f64 / self.different.max(1) as f64
    }

    /// Mean bytes of an answer.
    fn answer(&self) -> f64 {
        self.answers as f64 / self.answered.max(1) as f64
    }

    fn verdict(&self, tunnelled: u64, texts: u64) -> Option<Verdict> {
        if self.length() >= TUNNEL_LENGTHS.0 { self.tunnel(tunnelled) } else { self.text(texts) }
    }

    /// Long names, hardly one of them twice, that look encoded.
    fn tunnel(&self, wanted: u64) -> Option<Verdict> {
        let (encoded, new) = (share(self.encoded, self.different), share(self.different, self.seen.questions));
        if self.different < 10 || self.carried < wanted / 4 || encoded < 0.6 || new < 0.5 {
            return None;
        }
        let lookups = self.addresses * 10 > self.seen.questions * 9 && self.answer() < 250.0 && self.length() < 100.0;
        let confidence = match () {
            () if lookups || self.length() < TUNNEL_LENGTHS.1 || self.carried < wanted => Confidence::Low,
            () if self.carried >= wanted.saturating_mul(4) => Confidence::High,
            () => Confidence::Moderate,
        };
        let carry = Reason::new("names-carry")
            .with("names", self.different)
            .with("domain", &*self.domain)
            .with("bytes", Value::Bytes(self.carried));
        let looks = Reason::new("names-encoded")
            .with("share", Value::Share(encoded))
            .with("length", Value::Count(self.length().round() as u64));
        let few = Reason::new("names-few").with("count", self.carried).with("wanted", wanted);
        let mut against = Vec::new();
        if self.carried < wanted {
            against.push(few);
        }
        if lookups {
            against.push(Reason::new("names-may-be-lookups"));
        }
        let measure = measure("bytes-in-names", self.carried, wanted);
        Some(Verdict { vector: "tunnel", measure, confidence, grounds: self.with_answers(vec![carry, looks]), against })
    }

    /// Hardly anything but text records, with new names each time or by the clock.
    fn text(&self, wanted: u64) -> Option<Verdict> {
        let (part, new) = (share(self.texts, self.seen.questions), share(self.different, self.seen.questions));
        let rhythm = self.rhythm.regularity(1.5).filter(Regularity::is_machine);
        let ever_new = new >= 0.5;
        if self.texts < wanted / 2 || part < 0.8 || !(ever_new || rhythm.is_some()) {
            return None;
        }
        let large = self.answer() >= 300.0;
        let enough = self.texts >= wanted || rhythm.is_some();
        let confidence = match () {
            () if !ever_new || !enough => Confidence::Low,
            () if self.texts >= wanted.saturating_mul(4) && (large || rhythm.is_some()) => Confidence::High,
            () => Confidence::Moderate,
        };
        let asked = Reason::new("names-texts")
            .with("questions", self.texts)
            .with("all", self.seen.questions)
            .with("domain", &*self.domain);
        let mut grounds = vec![asked];
        if ever_new {
            grounds.push(Reason::new("names-new").with("share", Value::Share(new)));
        }
        if let Some(rhythm) = rhythm {
            grounds.push(Reason::new("names-rhythm").with("interval", Value::Seconds(rhythm.median)));
        }
        let mut against = Vec::new();
        if !enough {
            against.push(Reason::new("names-few").with("count", self.texts).with("wanted", wanted));
        }
        if !ever_new {
            against.push(Reason::new("names-same-name"));
        }
        let measure = measure("text-questions", self.texts, wanted);
        Some(Verdict { vector: "txt", measure, confidence, grounds: self.with_answers(grounds), against })
    }

    fn with_answers(&self, mut grounds: Vec<Reason>) -> Vec<Reason> {
        let answer = self.answer();
        if answer >= 300.0 {
            grounds.push(Reason::new("names-large-answers").with("bytes", Value::Bytes(answer as u64)));
        }
        grounds
    }
}

fn claim(scene: &Scene<'_>, client: Address, seen: &Seen, verdict: Verdict, silence: Duration) -> Option<Claim> {
    let Verdict { vector, measure, mut confidence, grounds, mut against } = verdict;
    // Who asks from the world asks for others, and of names in here.
    if scene.place(client).side == Side::World {
        confidence = Confidence::Low;
        against.push(Reason::new("names-from-outside"));
    }
    let subject = Subject { host: client, other: seen.server, port: seen.port };
    Some(Claim {
        actors: vec![client],
        // Who was asked: often a resolver, that passes on what it does not understand.
        targets: vec![seen.server],
        target_count: 1,
        sources: Sources { count: 1, estimated: false, sample: vec![client], spoofed: Spoofed::Unknown },
        ports: vec![seen.port],
        flow_count: seen.flow_count,
        packets: seen.packets,
        bytes: seen.bytes,
        measure: Some(measure),
        confidence,
        grounds,
        against,
        flows: seen.flows.clone(),
        linger: silence,
        ..Claim::new("beacon.dns", vector, subject, seen.span?)
    })
}

impl Detector for Names {
    fn look(&mut self, scene: &Scene<'_>, claims: &mut Claims) {
        for (place, saying) in scene.sayings {
            if saying.application == Application::Dns
                && let Some(change) = scene.changes.get(*place)
                // Multicast and link-local names (RFC 6762, RFC 4795) go nowhere.
                && !matches!(change.destination_port, 5353 | 5355)
            {
                self.note(change, saying);
            }
        }
        if scene.second_over {
            self.tell(scene, claims);
            self.forget(scene.now);
        }
    }
}

impl Names {
    fn tell(&mut self, scene: &Scene<'_>, claims: &mut Claims) {
        let Self { generated, tunnelled, texts, silence, hosts, pairs, due_hosts, due_pairs, .. } = self;
        for place in due_hosts.drain(..) {
            if let Some((&client, absent)) = hosts.at(place)
                && std::mem::take(&mut absent.seen.changed)
                && let Some(verdict) = absent.verdict(*generated)
                && let Some(claim) = claim(scene, client, &absent.seen, verdict, *silence)
            {
                claims.claim(claim);
            }
        }
        let mut found: Vec<Claim> = Vec::new();
        for place in due_pairs.drain(..) {
            if let Some((&(client, _), below)) = pairs.at(place)
                && std::mem::take(&mut below.seen.changed)
                && let Some(verdict) = below.verdict(*tunnelled, *texts)
                && let Some(new) = claim(scene, client, &below.seen, verdict, *silence)
            {
                match found.iter_mut().find(|old| (&old.vector, old.subject) == (&new.vector, new.subject)) {
                    Some(old) if (old.confidence, old.packets) < (new.confidence, new.packets) => *old = new,
                    Some(_) => {}
                    None => found.push(new),
                }
            }
        }
        found.into_iter().for_each(|claim| claims.claim(claim));
    }

    fn forget(&mut self, now: Moment) {
        let Self { silence, hosts, pairs, .. } = self;
        // Going through everything each second would cost more than it frees.
        if now.since(self.swept) >= Duration::from_secs(60) {
            self.swept = now;
            hosts.retain(|_, absent| now.since(absent.seen.end()) <= *silence);
            pairs.retain(|_, below| now.since(below.seen.end()) <= *silence);
        }
        hosts.prune(|absent| (absent.generated, absent.seen.end()));
        pairs.prune(|below| (below.different.min(8), below.seen.end()));
    }
}

#[cfg(test)]
mod tests;
