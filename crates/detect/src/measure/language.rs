//! Whether a word looks like one that people made.

/// Letters, any digit, and the edge of a word or a hyphen.
const SYMBOLS: usize = 28;
const DIGIT: usize = 26;
const EDGE: usize = 27;
/// What is added to every count, so that nothing is impossible.
const SMOOTHING: f32 = 0.35;
/// Shortest word of which anything is said.
const SHORTEST: usize = 7;
/// Bits a letter, below which a word looks generated.
const GENERATED_BELOW: f32 = 0.0;
/// Most that one pair of letters can cost: where two words meet, pairs come that neither has.
const COSTLIEST: f32 = -2.0;

/// A first-order Markov model of letters (Shannon, "A Mathematical Theory of Communication", 1948), as used on domain
/// names by Yadav and others, "Detecting Algorithmically Generated Malicious Domain Names" (IMC 2010).
///
/// It is learned from a list of some thousand everyday words of English, French, Turkish and transliterated Arabic and
/// of parts that names are made of. A word is weighed by how many bits a letter the model saves against letters drawn
/// evenly. Of names drawn evenly one in twenty is taken for natural with 12 letters, one in six with 8; of natural ones
/// about one in fifty is taken for generated. Tests hold both, the latter on a short list. Generators that put
/// dictionary words or syllables together are not seen through.
pub(crate) struct Language {
    bits: [[f32; SYMBOLS]; SYMBOLS],
}

impl Language {
    /// Learns.
    pub(crate) fn new() -> Self {
        let mut counts = [[SMOOTHING; SYMBOLS]; SYMBOLS];
        for word in WORDS.iter().flat_map(|line| line.split_ascii_whitespace()) {
            transitions(word).for_each(|(from, to)| counts[from][to] += 1.0);
        }
        let mut bits = [[0.0; SYMBOLS]; SYMBOLS];
        for (row, counts) in bits.iter_mut().zip(counts) {
            // What letters drawn evenly would do: the edge is as likely as any letter.
            let sum: f32 = counts.iter().sum();
            for (cell, count) in row.iter_mut().zip(counts) {
                *cell = (count / sum * SYMBOLS as f32).log2();
            }
        }
        // The list has no digits: among letters they cost, and after each other they cost little.
        for (symbol, row) in bits.iter_mut().enumerate() {
            row[DIGIT] = if symbol == DIGIT { -0.4 } else { -1.2 };
        }
        bits[DIGIT] = [-0.8; SYMBOLS];
        (bits[DIGIT][DIGIT], bits[DIGIT][EDGE]) = (-0.4, 0.0);
        Self { bits }
    }

    /// Bits a letter that the model saves on a word; below 0 it is worse than letters drawn evenly.
    pub(crate) fn saved(&self, word: &str) -> f32 {
        let (mut sum, mut count) = (0.0, 0u16);
        for (from, to) in transitions(word) {
            sum += self.bits[from][to].max(COSTLIEST);
            count += 1;
        }
        sum / f32::from(count.max(1))
    }

    /// Whether a word looks generated. Short ones and those in other scripts (`xn--`) never do.
    pub(crate) fn is_generated(&self, word: &str) -> bool {
        word.len() >= SHORTEST && !word.starts_with("xn--") && self.saved(word) < GENERATED_BELOW + short(word.len())
    }
}

/// Short words vary more, so that they must look stranger.
fn short(length: usize) -> f32 {
    if length < 10 { -0.1 } else { 0.0 }
}

/// Neighbours in a word, its edges included.
fn transitions(word: &str) -> impl Iterator<Item = (usize, usize)> {
    let symbols = word.bytes().map(symbol).chain(std::iter::once(EDGE));
    symbols.scan(EDGE, |before, symbol| Some((std::mem::replace(before, symbol), symbol)))
}

fn symbol(byte: u8) -> usize {
    match byte.to_ascii_lowercase() {
        letter @ b'a'..=b'z' => usize::from(letter - b'a'),
        b'0'..=b'9' => DIGIT,
        _ => EDGE,
    }
}

/// Words written down for this purpose.
const WORDS: &[&str] = &[
    // English, and parts of names in it
    "the and that have with this from they will would there their what about which when make like time just know",
    "take people into year your good some could them other than then look only come over think also back after work",
    "first well even want because these give most world house water school market money travel health family garden",
    "kitchen street bridge river mountain forest island harbour castle village station airport hotel restaurant",
    "coffee bakery butcher music video photo picture camera radio television movie theatre dance sport football",
    "tennis soccer running bicycle engine motor electric energy power light solar wind machine factory steel timber",
    "paper plastic chemical medicine doctor hospital dental nursing insurance banking credit finance capital invest",
    "trading exchange account payment wallet coin secure security protect guard safe trust privacy identity",
    "password login member client service support helpdesk ticket cloud server hosting network internet online",
    "digital software system data storage backup mobile phone wireless tablet computer laptop keyboard screen",
    "printer download upload update install browser search google facebook twitter youtube amazon microsoft apple",
    "windows linux android adobe oracle cisco akamai fastly yahoo reddit netflix spotify linkedin github gitlab",
    "stack overflow wikipedia wordpress blogger tumblr pinterest instagram snapchat whatsapp telegram skype shop",
    "store outlet discount fashion clothing shoes jewelry beauty perfume watch gift flower pet animal horse kitten",
    "puppy news times daily weekly journal magazine press post tribune herald guardian telegraph review report",
    "bulletin gazette city county state national global international american british european african asian",
    "western eastern northern southern university college academy student teacher learning training course lesson",
    "library book reading writing language government ministry council parliament justice police court public",
    "office agency department administration embassy express logistics shipping transport delivery freight cargo",
    "airline flight cruise train railway taxi rental parking design studio creative graphic media marketing agency",
    "brand advert analytics tracking metrics insight content static image assets script style fonts cache edge node",
    "proxy gateway router switch mirror archive public private internal mail webmail smtp message chat forum",
    "community group social friend love dating wedding baby mother father children green blue black white silver",
    "golden bright smart quick fast strong little great super mega ultra prime premium royal king queen prince",
    "knight dragon tiger lion eagle falcon wolf bear phoenix thunder storm shadow ghost magic wizard hero game",
    "games gaming player arcade puzzle quest battle legend empire kingdom galaxy planet rocket space orbit star",
    "moon sun apple orange lemon cherry banana tomato potato pepper chicken cheese bread butter sugar honey",
    "chocolate vanilla pizza farm agriculture fishing hunting nature climate weather ocean coast beach lake valley",
    "hill rock stone sand cloudy rain consult partner solution project manage business company enterprise industry",
    "trade commerce export import supply vendor legal lawyer estate property housing builder construct architect",
    "plumbing roofing painting cleaning repair maintenance bank chase wells fargo citizens mutual federal reserve",
    "heritage liberty freedom victory union alliance pacific atlantic tech technology science research laboratory",
    "medical clinical pharma biotech genetic robot quantum nano micro macro cyber",
    // French
    "le la les des une dans pour avec sur pas plus tout mais comme nous vous leur cette sont fait bien sans aussi",
    "entre notre maison jardin cuisine voiture voyage sante ecole lycee universite travail emploi societe",
    "entreprise banque assurance mairie ville village commune region departement prefecture gouvernement ministere",
    "justice republique france francais journal monde figaro humanite presse nouvelles actualite meteo cinema",
    "theatre musique chanson peinture photographie boulangerie fromage boucherie epicerie marche magasin boutique",
    "vetements chaussures bijoux parfum cadeau fleur oiseau cheval chien chat poisson montagne riviere plage soleil",
    "lumiere etoile nuage pluie hiver printemps automne bonjour merci toujours jamais beaucoup quelque chose",
    "personne enfant famille mere pere frere soeur amour amitie mariage naissance ordinateur logiciel reseau",
    "telephone courrier message recherche connexion securite compte client commande livraison beaute bien etre",
    "sportif equipe ligue joueur guide conseil annuaire immobilier location vente achat prix gratuit",
    // Turkish
    "bir bu ve icin ile cok daha var ne kadar gibi sonra olan her yeni turk turkiye istanbul ankara izmir bursa",
    "antalya adana haber gazete hurriyet milliyet sabah sozcu cumhuriyet belediye bakanlik meclis hukumet okul",
    "universite ogrenci ogretmen saglik hastane doktor eczane sigorta banka kredi para piyasa borsa ticaret sanayi",
    "fabrika insaat emlak kiralik satilik araba otomobil kamyon ucak bilet tatil otel deniz gunes kumsal dag orman",
    "nehir koy sehir sokak cadde meydan kopru carsi yemek tarif ekmek peynir zeytin cay kahve seker tatli kebap",
    "lokanta mutfak bahce cicek ev anne baba cocuk kardes dugun oyun spor futbol takim galatasaray fenerbahce",
    "besiktas muzik sarki film dizi izle indir ucretsiz guzel buyuk kucuk iyi guvenlik bilgisayar yazilim telefon",
    "internet hizmet musteri destek kargo alisveris indirim urun fiyat siparis odeme",
    // Arabic in Latin letters
    "al salam marhaba shukran ahlan habibi yalla inshallah alhamdulillah masjid quran islam ramadan jumah zakat",
    "hajj umrah bayt madina qarya jabal bahr nahr wadi sahra shams qamar najm samaa ard hawa nar maa khubz laban",
    "tamr zaytun qahwa shai kitab maktab maktaba madrasa jamia talib muallim tabib mustashfa dawaa sihha sayyara",
    "tayyara qitar safar funduq suq tijara bank masrif dinar dirham riyal sharika muassasa wizara hukuma dawla",
    "malik amir sheikh sultan wazir rais majlis barlaman akhbar jarida sahafa ahram jazeera arabiya khaleej sharq",
    "gharb shamal janub misr masr qahira iskandariya dimashq halab beirut lubnan suriya iraq baghdad basra mosul",
    "urdun amman filistin quds ghazza riyadh jeddah makkah dubai abudhabi sharjah kuwait bahrain qatar doha oman",
    "masqat yaman sanaa aden sudan khartum libya tarabulus tunis jazair maghrib rabat marrakech muhammad ahmad",
    "mahmud ali hassan hussein omar othman khalid walid yusuf ibrahim ismail mustafa abdullah abdulrahman fatima",
    "aisha khadija zainab maryam layla nour huda salma amal jamil karim rahim salih nasir mansur tariq samir farid",
    "rashid",
    // Other names that are met everywhere
    "deutsch berlin hamburg munchen zeitung spiegel strasse haus garten schule arbeit versicherung gesundheit reise",
    "wetter espana madrid barcelona noticias mercado tienda ciudad universidad gobierno salud trabajo casa coche",
    "viaje tiempo mundo italia roma milano notizie repubblica corriere scuola lavoro salute viaggio casa moda",
    "cucina calcio meteo gioco mondo brasil noticias globo folha saude escola trabalho viagem futebol loja cidade",
    "governo mundo tempo jogo casa carro moskva novosti rossiya pravda kultura shkola rabota zdorovye pogoda",
    "magazin gorod kniga russkiy ukraina kyiv odessa nippon tokyo osaka kyoto sakura yamaha toyota honda suzuki",
    "nintendo samsung hyundai daewoo huawei xiaomi lenovo alibaba tencent baidu taobao weibo sina beijing shanghai",
    "hongkong taiwan singapore bangkok jakarta mumbai delhi karachi lahore",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::Chance;

    fn drawn(chance: &mut Chance, length: usize, letters: &str) -> String {
        let letters = letters.as_bytes();
        (0..length).map(|_| char::from(letters[(chance.draw() * letters.len() as f64) as usize])).collect()
    }

    const LETTERS: &str = "abcdefghijklmnopqrstuvwxyz";

    #[test]
    fn names_drawn_evenly_look_generated() {
        let (language, mut chance) = (Language::new(), Chance(5));
        for (length, letters, least) in [
            (8, LETTERS, 75),
            (12, LETTERS, 92),
            (20, LETTERS, 97),
            (16, "0123456789abcdef", 95),
            (14, "abcdefghijklmnopqrstuvwxyz0123456789", 95),
        ] {
            let found = (0..2000).filter(|_| language.is_generated(&drawn(&mut chance, length, letters))).count();
            assert!(found >= 20 * least, "{found} of 2000 with {length} of {letters}");
        }
    }

    #[test]
    fn names_that_people_made_do_not() {
        let language = Language::new();
        // None of them is in the list as it stands.
        let natural = [
            "stackexchange",
            "cloudfront",
            "googleusercontent",
            "doubleclick",
            "lemonde-diplomatique",
            "sahibinden",
            "hepsiburada",
            "trendyol",
            "aljazeera",
            "alarabiya",
            "asharqalawsat",
            "elwatannews",
            "youm7news",
            "turkishairlines",
            "airfrance",
            "leboncoin",
            "cdiscount",
            "laredoute",
            "wikimedia",
            "windowsupdate",
            "thunderbird",
            "duckduckgo",
            "bloomberg",
            "nytimes",
            "washingtonpost",
            "bbciplayer",
            "deutschebahn",
            "mercadolibre",
            "corrieredellasera",
            "yenisafak",
            "gittigidiyor",
            "masrawy",
            "almasryalyoum",
            "kooora-online",
            "souqalarab",
            "francetvinfo",
            "ouestfrance",
            "service-public",
            "impots-gouv",
            "goggle-search",
            "facebok-login",
            "wikipeda",
            "amazom",
            "mircosoft",
            "yuotube-video",
            "instgram",
            "office365online",
            "akamaiedge",
            "symantecliveupdate",
            "kasperskylabs",
            "mcafeesecure",
            "debianpackages",
            "ubuntuarchive",
            "crowdstrike",
            "salesforce",
            "squarespace",
            "cloudflare",
            "digitalocean",
            "hetzneronline",
            "bitdefender",
        ];
        let wrong: Vec<_> = natural.iter().filter(|name| language.is_generated(name)).collect();
        assert!(wrong.len() <= 2, "{wrong:?}");
    }

    #[test]
    fn short_and_foreign_names_are_not_judged() {
        let language = Language::new();
        assert!(["xkq", "qzx", "", "xn--fiqs8s", "bbc"].iter().all(|name| !language.is_generated(name)));
    }
}
