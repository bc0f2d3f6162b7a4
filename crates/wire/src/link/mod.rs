//! Link layers: from the first byte of a frame to an ethertype or an IP header.

pub(crate) mod cooked;
pub(crate) mod ethernet;
pub(crate) mod ethertype;
mod kind;
mod llc;
mod mpls;
mod nflog;
mod ppp;
mod wlan;

pub use kind::LinkType;

use blueline_terms::OddityKind;

use crate::packet::{Decoder, Fields, Outcome, Unread, View};

impl<'a> Decoder<'_, 'a> {
    /// Reads a frame of link type `link`.
    pub(crate) fn link(&mut self, link: LinkType, view: View<'a>) -> Outcome {
        match link {
            LinkType::ETHERNET => self.ethernet(view),
            LinkType::RAW | LinkType::RAW_BSD | LinkType::RAW_OPENBSD => self.ip(view),
            LinkType::IPV4 => self.ipv4(view),
            LinkType::IPV6 => self.ipv6(view),
            LinkType::NULL | LinkType::LOOP => self.loopback(view),
            LinkType::LINUX_SLL => self.linux_cooked(view),
            LinkType::LINUX_SLL2 => self.linux_cooked_v2(view),
            LinkType::PPP => self.ppp(view),
            LinkType::PPP_HDLC => self.ppp_hdlc(view),
            LinkType::PPP_ETHER => self.pppoe(view),
            LinkType::PPP_WITH_DIRECTION => self.ppp(view.skip(1)),
            LinkType::C_HDLC => self.cisco_hdlc(view),
            LinkType::FRELAY => self.frame_relay(view),
            LinkType::MPLS => self.mpls(view),
            LinkType::IEEE802_11 => self.wlan(view, false),
            LinkType::IEEE802_11_RADIOTAP => self.radiotap(view),
            LinkType::IEEE802_11_PRISM => self.prism(view),
            LinkType::IEEE802_11_AVS => self.avs(view),
            LinkType::FDDI => self.fddi(view),
            LinkType::ATM_RFC1483 => self.llc(view),
            LinkType::SLIP => self.ip(view.skip(16)),
            LinkType::NFLOG => self.nflog(view),
            LinkType::PFLOG => self.pflog(view),
            LinkType::PPI => self.ppi(view),
            LinkType::PKTAP => self.pktap(view),
            unknown => {
                self.note(OddityKind::LinkUnknown, 0, u32::from(unknown.0));
                Err(Unread::Other)
            }
        }
    }

    /// BSD loopback: an address family number, in the byte order of the machine that captured (NULL) or of the
    /// network (LOOP). Families fit in 16 bits, so the order shows.
    fn loopback(&mut self, view: View<'a>) -> Outcome {
        let head = self.head::<4>(view, OddityKind::LinkMalformed)?;
        // Some writers call Cisco HDLC by this link type; no family begins like it.
        if head.be16::<0>() == 0x0f00 {
            return self.cisco_hdlc(view);
        }
        let little = head.le32::<0>();
        let family = if little <= 0xffff { little } else { head.be32::<0>() };
        self.family(family, view, 4)
    }

    /// An IP header named by an address family, `skip` bytes behind the start of `view`. IPv6 has a number in each
    /// system: Linux 10, Windows 23, NetBSD and OpenBSD 24, Solaris 26, FreeBSD 28, Darwin 30.
    fn family(&mut self, family: u32, view: View<'a>, skip: u32) -> Outcome {
        match family {
            2 => self.ipv4(view.skip(skip)),
            10 | 23 | 24 | 26 | 28 | 30 => self.ipv6(view.skip(skip)),
            0..=0xffff => Err(Unread::Other),
            _ => Err(self.broken(view, OddityKind::LinkMalformed)),
        }
    }

    /// OpenBSD packet filter log: its own length, then the address family.
    fn pflog(&mut self, view: View<'a>) -> Outcome {
        let head = self.head::<2>(view, OddityKind::LinkMalformed)?;
        let length = u32::from(head[0]).next_multiple_of(4);
        if length < 4 {
            return Err(self.broken(view, OddityKind::LinkMalformed));
        }
        self.family(u32::from(head[1]), view, length)
    }

    /// Per-packet information: a length and the link type of what follows.
    fn ppi(&mut self, view: View<'a>) -> Outcome {
        self.turn(view)?;
        let head = self.head::<8>(view, OddityKind::LinkMalformed)?;
        let (length, link) = (u32::from(head.le16::<2>()), head.le32::<4>());
        self.nested(link, length, 8, view)
    }

    /// Darwin's packet tap: a length, a record kind, and the link type of what follows.
    fn pktap(&mut self, view: View<'a>) -> Outcome {
        self.turn(view)?;
        let head = self.head::<12>(view, OddityKind::LinkMalformed)?;
        let (length, link) = (head.le32::<0>(), head.le32::<8>());
        self.nested(link, length, 12, view)
    }

    fn nested(&mut self, link: u32, length: u32, least: u32, view: View<'a>) -> Outcome {
        let Ok(link) = u16::try_from(link) else {
            return Err(self.broken(view, OddityKind::LinkMalformed));
        };
        if length < least {
            return Err(self.broken(view, OddityKind::LinkMalformed));
        }
        let inner = self.behind(view, length, OddityKind::LinkMalformed)?;
        self.link(LinkType(link), inner)
    }
}
