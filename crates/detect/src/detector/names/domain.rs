//! Parts of a domain name: what was registered, and what stands below it.

/// A name taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Domain<'a> {
    /// What stands below the registered domain, without the dot between; empty where nothing does.
    pub(super) below: &'a str,
    /// The registered domain.
    pub(super) registered: &'a str,
    /// Its first label.
    pub(super) label: &'a str,
    /// The top-level domain.
    pub(super) top: &'a str,
}

/// Second-level labels under which countries register names. The Public Suffix List knows more; these are the common
/// ones.
const SECOND_LEVEL: &[&str] = &[
    "com", "co", "net", "org", "gov", "gob", "gouv", "gen", "edu", "ac", "or", "ne", "go", "mil", "sch", "k12", "bel",
    "web",
];

impl<'a> Domain<'a> {
    /// Takes a name apart; `None` for a single label and for names that are no domain names.
    pub(super) fn of(name: &'a str) -> Option<Self> {
        let name = name.strip_suffix('.').unwrap_or(name);
        let (rest, top) = name.rsplit_once('.')?;
        let (before, second) = rest.rsplit_once('.').map_or(("", rest), |(before, second)| (before, second));
        let by_country = top.len() == 2 && SECOND_LEVEL.iter().any(|known| known.eq_ignore_ascii_case(second));
        let label = if by_country && !before.is_empty() { before.rsplit('.').next()? } else { second };
        // The registered domain begins where its first label does.
        let suffix = if by_country && !before.is_empty() { second.len() + 1 + top.len() } else { top.len() };
        let start = name.len().checked_sub(suffix + 1 + label.len())?;
        let below = name.get(..start.saturating_sub(1))?;
        let whole = Self { below, registered: name.get(start..)?, label, top };
        (!label.is_empty() && !top.is_empty()).then_some(whole)
    }

    /// Whether the name is of a kind that says nothing of the world's names: reverse lookups (RFC 1035, 3.5) and names
    /// of home and office networks (RFC 6762, RFC 8375, and what routers hand out), and what servers say of themselves
    /// (`version.bind`, `id.server`; RFC 4892), for which scanners ask.
    pub(super) fn is_local(&self) -> bool {
        const LOCAL: &[&str] = &[
            "arpa",
            "local",
            "localdomain",
            "localhost",
            "lan",
            "home",
            "internal",
            "intranet",
            "private",
            "corp",
            "workgroup",
            "domain",
            "box",
            "belkin",
            "router",
            "onion",
            "bind",
            "server",
        ];
        LOCAL.iter().any(|local| local.eq_ignore_ascii_case(self.top))
    }

    /// Whether what stands below is the kind of name that mail and block lists are asked with: numbers (an address), or
    /// a label with an underscore (RFC 8552), of which DKIM, DMARC and certificates make use.
    pub(super) fn is_lookup(&self) -> bool {
        let number =
            |label: &str| !label.is_empty() && label.len() <= 3 && label.bytes().all(|byte| byte.is_ascii_digit());
        let numbers = self.below.split('.').take(4).filter(|label| number(label)).count();
        numbers == 4 || self.below.split('.').any(|label| label.starts_with('_'))
    }

    /// The longest label below.
    pub(super) fn longest(&self) -> &'a str {
        self.below.split('.').fold("", |longest, label| if label.len() > longest.len() { label } else { longest })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_apart() {
        let parts = |name| Domain::of(name).map(|domain| (domain.below, domain.registered, domain.label));
        assert_eq!(parts("www.example.org."), Some(("www", "example.org", "example")));
        assert_eq!(parts("example.org"), Some(("", "example.org", "example")));
        assert_eq!(parts("a.b.bbc.co.uk"), Some(("a.b", "bbc.co.uk", "bbc")));
        assert_eq!(parts("haber.gov.tr"), Some(("", "haber.gov.tr", "haber")));
        assert_eq!(parts("co.uk"), Some(("", "co.uk", "co")));
        assert_eq!(parts("t.co"), Some(("", "t.co", "t")));
        for odd in ["", ".", "localhost", "..", "a.", ".a"] {
            assert_eq!(parts(odd), None, "{odd}");
        }
    }

    #[test]
    fn lookups_are_known() {
        let lookup = |name| Domain::of(name).unwrap().is_lookup();
        assert!(lookup("4.3.2.192.zen.blocklist.org") && lookup("s1._domainkey.example.org") && lookup("_dmarc.a.org"));
        assert!(!lookup("000001.get.example.org") && !lookup("a.b.c.d.example.org"));
        assert_eq!(Domain::of("abc.abcdef.a.example.org").unwrap().longest(), "abcdef");
        assert!(
            Domain::of("4.3.2.192.in-addr.arpa").unwrap().is_local() && Domain::of("printer.LAN").unwrap().is_local()
        );
    }
}
