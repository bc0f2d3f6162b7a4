//! Conversations, and how alike and how regular they are.

use blueline_terms::tcp::PSH;
use blueline_terms::{Address, Application, Change, FlowId, Moment, Span};

use super::event::Bar;
use crate::measure::Sliding;

/// A guess has no more bytes, packets and seconds than this, both ways together.
const MOST_BYTES: u64 = 24_000;
const MOST_PACKETS: u32 = 150;
const LONGEST: u64 = 180;
/// FTP shows each refusal. Who has had so many answers without one has logged in: greeting, name, password, and two
/// more; before TLS, which hides the rest, there are fewer (RFC 4217, section 12).
const LOGGED_IN: u32 = 5;

/// A conversation under way.
#[derive(Clone, Copy)]
pub(super) struct Talk {
    id: FlowId,
    client: Address,
    server: Address,
    port: u16,
    application: Application,
    pub(super) span: Span,
    packets: [u32; 2],
    bytes: [u64; 2],
    flags: [u8; 2],
    refusals: u32,
    responses: u32,
    /// Its end was seen, or it is too long.
    pub(super) over: bool,
}

impl Talk {
    pub(super) fn begun(change: &Change) -> Self {
        let mut talk = Self {
            id: change.id,
            client: change.source,
            server: change.destination,
            port: change.destination_port,
            application: change.application,
            span: change.span,
            packets: [0; 2],
            bytes: [0; 2],
            flags: [0; 2],
            refusals: 0,
            responses: 0,
            over: false,
        };
        talk.add(change);
        talk
    }

    pub(super) fn add(&mut self, change: &Change) {
        self.span = self.span.join(change.span);
        self.application = change.application;
        for (way, counts) in [change.forward, change.backward].iter().enumerate() {
            self.packets[way] = self.packets[way].saturating_add(counts.packets);
            self.bytes[way] = self.bytes[way].saturating_add(counts.bytes);
            self.flags[way] |= counts.tcp_flags;
        }
        self.refusals = self.refusals.saturating_add(u32::from(change.messages.refusals));
        self.responses = self.responses.saturating_add(u32::from(change.messages.responses));
    }

    pub(super) fn is_short(&self) -> bool {
        self.bytes[0].saturating_add(self.bytes[1]) <= MOST_BYTES
            && self.packets[0].saturating_add(self.packets[1]) <= MOST_PACKETS
            && self.span.duration().as_secs() <= LONGEST
    }

    /// As a session with a service that may ask who is there, if data went both ways.
    pub(super) fn session(&self) -> Option<Session> {
        let service = Service::of(self.application, self.port)?;
        // The link's own header is not known here, and captures of plain IP have none: it counts as data.
        let headers = if self.client.is_v4() { 40 } else { 60 };
        let data = |way: usize| self.bytes[way].saturating_sub(u64::from(self.packets[way]) * headers);
        let [asked, told] = [data(0), data(1)];
        // Whoever says something pushes it (RFC 9293, 3.9.1). Options, padding and frames of bare segments come to some
        // bytes too.
        let spoke = |way: usize, data: u64| data > 0 && self.flags[way] & PSH != 0;
        if !spoke(0, asked) || !spoke(1, told) {
            return None;
        }
        let refused = self.refusals > 0 && self.is_mostly_refused(service);
        Some(Session {
            id: self.id,
            client: self.client,
            server: self.server,
            port: self.port,
            service,
            span: self.span,
            asked,
            told,
            packets: u64::from(self.packets[0]) + u64::from(self.packets[1]),
            bytes: self.bytes[0].saturating_add(self.bytes[1]),
            guesses: 1,
            refusals: if refused { u64::from(self.refusals) } else { 0 },
            let_in: self.application == Application::Ftp && self.refusals == 0 && self.responses >= LOGGED_IN,
        })
    }

    /// Whether so much of what the server answered is refusal that nothing else can have been the purpose.
    fn is_mostly_refused(&self, service: Service) -> bool {
        let (refusals, responses) = (u64::from(self.refusals), u64::from(self.responses));
        match service {
            // A browser that logs in by NTLM is refused twice before it is let in (RFC 4559, section 5).
            Service::Http => refusals * 5 >= responses * 4,
            // Whoever is let in may still be denied a file; a login takes three answers (MS-SMB2 4.1).
            Service::Smb => refusals * 4 >= responses,
            _ => true,
        }
    }
}

/// A conversation that has ended.
#[derive(Clone, Copy)]
pub(super) struct Session {
    pub(super) id: FlowId,
    pub(super) client: Address,
    pub(super) server: Address,
    pub(super) port: u16,
    pub(super) service: Service,
    pub(super) span: Span,
    /// Bytes of data from the client.
    asked: u64,
    /// Bytes of data from the server.
    told: u64,
    packets: u64,
    bytes: u64,
    /// How many guesses it stands for.
    pub(super) guesses: u64,
    pub(super) refusals: u64,
    /// Whether it can be seen that the client was let in.
    let_in: bool,
}

/// In which role a host is counted.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Role {
    Server,
    Client,
}

impl Session {
    /// The same, as so many guesses, all of them refused.
    pub(super) fn made_of(self, guesses: u64) -> Self {
        Self { guesses, refusals: guesses, ..self }
    }

    /// Whether it is plainly no guess: nobody was refused where that would show.
    pub(super) fn is_ordinary(&self) -> bool {
        self.let_in || self.service.needs_refusal() && self.refusals == 0
    }

    pub(super) fn pair(&self) -> (Address, Address, u16) {
        (self.client, self.server, self.port)
    }

    /// Each end with the other one and its role.
    pub(super) fn ends(&self) -> [(Address, Address, Role); 2] {
        [(self.server, self.client, Role::Server), (self.client, self.server, Role::Client)]
    }
}

/// What somebody logs in to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Service {
    Ssh,
    Ftp,
    Rdp,
    Smb,
    Telnet,
    Http,
    Other,
}

/// Ports of what is no login, or is used by programs all day: mail between servers, names, the web, time, routing,
/// printers, directories, backups.
const NO_LOGIN: [u16; 18] = [25, 53, 80, 88, 102, 123, 135, 179, 389, 443, 515, 636, 853, 873, 3268, 8080, 8443, 9100];

/// Ports of logins in TLS: mail that is sent, FTP, Telnet, mail that is fetched, remote management of Windows (IANA).
const LOGIN_IN_TLS: [u16; 6] = [465, 990, 992, 993, 995, 5986];

impl Service {
    /// By what was said; where nothing that is known was said, by the port (IANA; 2323 is Telnet's second).
    fn of(application: Application, port: u16) -> Option<Self> {
        match (application, port) {
            (Application::Ssh, _) => Some(Self::Ssh),
            (Application::Smb, _) => Some(Self::Smb),
            (Application::Http, _) => Some(Self::Http),
            (Application::Ftp, _) => Some(Self::Ftp),
            (Application::Telnet, _) => Some(Self::Telnet),
            (Application::Rdp, _) => Some(Self::Rdp),
            (Application::Unrecognised | Application::Tls | Application::S7comm, 3389) => Some(Self::Rdp),
            (Application::Unrecognised, 22) => Some(Self::Ssh),
            (Application::Unrecognised, 21) => Some(Self::Ftp),
            (Application::Unrecognised, 23 | 2323) => Some(Self::Telnet),
            // All sorts of things go on in TLS; only where a port is for logins in it, they are likely.
            (Application::Tls, port) => LOGIN_IN_TLS.contains(&port).then_some(Self::Other),
            (Application::Unrecognised, port) => (!NO_LOGIN.contains(&port)).then_some(Self::Other),
            _ => None,
        }
    }

    /// The vector's word.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Ssh => "ssh",
            Self::Ftp => "ftp",
            Self::Rdp => "rdp",
            Self::Smb => "smb",
            Self::Telnet => "telnet",
            Self::Http => "http",
            Self::Other => "other",
        }
    }

    /// Whether it serves much that is no login, so that only refusals tell.
    pub(super) const fn needs_refusal(self) -> bool {
        matches!(self, Self::Http | Self::Smb)
    }
}

/// What was counted of sessions.
#[derive(Clone, Copy)]
pub(super) struct Tally {
    pub(super) span: Span,
    recent: Sliding,
    pub(super) sessions: u64,
    pub(super) alike: u64,
    pub(super) refused: u64,
    pub(super) packets: u64,
    pub(super) bytes: u64,
}

impl Tally {
    pub(super) fn at(span: Span) -> Self {
        Self { span, recent: Sliding::default(), sessions: 0, alike: 0, refused: 0, packets: 0, bytes: 0 }
    }

    pub(super) fn note(&mut self, bar: &Bar, session: &Session, alike: bool) {
        self.span = self.span.join(session.span);
        self.recent.note(bar.window, session.span.end, session.guesses);
        // The first can be like no other; the second tells of both.
        let both = alike && self.sessions == 1 && self.alike == 0;
        self.alike += u64::from(alike) * session.guesses + u64::from(both);
        self.sessions += session.guesses;
        self.refused += session.refusals.min(session.guesses);
        self.packets += session.packets;
        self.bytes += session.bytes;
    }

    /// Adds another one's.
    pub(super) fn take(&mut self, bar: &Bar, other: &Self) {
        self.span = self.span.join(other.span);
        self.recent.note(bar.window, other.span.end, other.recent(bar, other.span.end));
        self.sessions += other.sessions;
        self.alike += other.alike;
        self.refused += other.refused;
        self.packets += other.packets;
        self.bytes += other.bytes;
    }

    /// Sessions in the window that ends now.
    pub(super) fn recent(&self, bar: &Bar, now: Moment) -> u64 {
        self.recent.total(bar.window, now)
    }

    /// The share of sessions that are like others.
    pub(super) fn alike(&self) -> f64 {
        self.alike as f64 / self.sessions.max(1) as f64
    }

    /// The share of sessions in which the server refused.
    pub(super) fn refused(&self) -> f64 {
        self.refused as f64 / self.sessions.max(1) as f64
    }
}

/// The sizes of the last four sessions.
#[derive(Default)]
pub(super) struct Sizes {
    last: [Option<(u32, u32)>; 4],
    next: u8,
}

impl Sizes {
    /// Whether a session is as large as one of those before it; then keeps its size. Names, passwords and
    /// retransmissions make some difference: a sixth, and 48 bytes.
    pub(super) fn note(&mut self, session: &Session) -> bool {
        let near = |a: u32, b: u32| a.abs_diff(b) <= 48 + a.min(b) / 6;
        let [asked, told] = [session.asked, session.told].map(|data| u32::try_from(data).unwrap_or(u32::MAX));
        let alike = self.last.iter().flatten().any(|last| near(last.0, asked) && near(last.1, told));
        self.last[usize::from(self.next) % self.last.len()] = Some((asked, told));
        self.next = self.next.wrapping_add(1);
        // Many guesses in one conversation are alike because the same answer came each time.
        alike || session.guesses > 1
    }
}

/// How regularly sessions come: mean and variance of the time between them (Welford, 1962).
#[derive(Clone, Copy, Default)]
pub(super) struct Intervals {
    last: Option<Moment>,
    count: u32,
    mean: f64,
    squares: f64,
}

impl Intervals {
    pub(super) fn note(&mut self, at: Moment) {
        if let Some(last) = self.last {
            let seconds = at.since(last).as_secs_f64();
            self.count = self.count.saturating_add(1);
            let off = seconds - self.mean;
            self.mean += off / f64::from(self.count);
            self.squares += off * (seconds - self.mean);
        }
        self.last = Some(self.last.map_or(at, |last| last.max(at)));
    }

    /// Mean seconds from one to the next.
    pub(super) fn mean(&self) -> f64 {
        self.mean
    }

    /// Whether a clock seems to start them: at least six times, five seconds or more apart, a fifth off at most.
    pub(super) fn are_regular(&self) -> bool {
        let variance = self.squares / f64::from(self.count.max(1));
        self.count >= 6 && self.mean >= 5.0 && variance.sqrt() <= self.mean / 5.0
    }
}
