# What every finding is explained with. Officers act on these words: nobody is accused, and no more is said than was seen.
#
# Values come ready to be shown (`{ $share }` is `37.5%`); counts can be selected on. The messages that only one detector
# needs stand with it. `.instead` says what else it could be, where a reason speaks for that.

## Sentences that an explanation is made of

kind-of = { $kind } ({ $vector })
with-target = { $head }. Against: { $target }.
with-target-and-source = { $head }. Against: { $target }. From: { $source }.
with-source = { $head }. From: { $source }.
with-nothing = { $head }.

label-state = State
label-who = Who
label-whom = Against whom
label-sources = Sources
label-when = When
label-amount = How much
label-ports = Ports
label-measure = Measure
label-grounds = What speaks for it
label-against = What speaks against it
label-confidence = How sure
label-instead = What it could be instead
label-contacts = Who reached whom
label-sensors = Seen by
label-class = Class
label-flows = Rests on

state-opened = opened: it may go on
state-changed = changed: it goes on, with new figures
state-ended = ended
state-word-opened = opened
state-word-changed = changed
state-word-ended = ended

target-high = { $address }, inside the networks of { $side }
target-moderate = { $address }, inside the networks of { $side } (moderate confidence in the side)
target-low = { $address }, perhaps inside the networks of { $side } (only low confidence in the side)
target-world = { $address }, a public address that no party claims
target-unknown = { $address }, an address whose side is unknown
source-high = { $address }, a source inside the networks of { $side }
source-moderate = { $address }, a source inside the networks of { $side } (moderate confidence in the side)
source-low = { $address }, a source that is perhaps inside the networks of { $side } (only low confidence in the side)
source-world = { $address }, a source at a public address that no party claims
source-unknown = { $address }, a source whose side is unknown
in-safe-area = { $host }; protected as safe area { $area } ({ $class })
area-hospital = hospital
area-water = water
area-power = power
area-election = election
area-emergency = emergency
area-csirt = CSIRT
area-mission = mission
area-other = other
and-more = { $first }, and { $more ->
    [one] one more
   *[other] { $more } more
}
more = { $more ->
    [one] and one more
   *[other] and { $more } more
}
network-not-person = an address says whose network it is in; it does not say who acted
world = the world
unknown = unknown

nobody-forged = nobody can be named: the source addresses are likely forged
nobody-ddos-reflection = nobody can be named: the servers only answered and are abused; whoever forged the questions is not to be seen here
nobody-scan-backscatter = nobody can be named: the answering host is the target; whoever sent it the forged packets is not to be seen here
nobody = nobody is named: what was seen does not single out those who acted
nobody-hit = no single target is named
brief-forged = { $count ->
    [one] one source, likely forged
   *[other] { $count } sources, likely forged
}
brief-ddos-reflection = { $count ->
    [one] one abused server
   *[other] { $count } abused servers
}
brief-sources = { $count ->
    [one] one source
   *[other] { $count } sources
}
brief-nobody = nobody named

sources-counted = { $count ->
    [one] one address
   *[other] { $count } addresses
}
sources-estimated = about { $count } addresses (an estimate, within 4% in 19 of 20 cases)
sources-first = the first of them: { $addresses }
spoofed-likely = the addresses are likely forged: their owners need not have anything to do with it
spoofed-unlikely = the addresses are unlikely to be forged
spoofed-unknown = it is not known whether the addresses are forged
spoofed-word-likely = likely forged
spoofed-word-unlikely = unlikely forged
spoofed-word-unknown = unknown

from-to = from { $start } to { $end } ({ $duration })
amount-packets = { $count ->
    [one] one packet
   *[other] { $count } packets
}
amount-flows = { $count ->
    [one] one flow
   *[other] { $count } flows
}
amount = { $packets }, { $bytes }, { $flows }
amount-of-one = these are the figures of the sensor that saw most; they are not added up

measure = { $what }: { $value } at its highest; the bound is { $threshold }
measure-with-baseline = { $what }: { $value } at its highest; the bound is { $threshold }; usual before was { $baseline }
what-packets-per-second = packets a second
what-bytes-per-second = bytes a second
what-receivers = hosts that got answers
what-hosts = hosts
what-ports = ports
what-commands = commands
what-attempts = attempts
what-bytes = bytes
what-packets = packets
what-flows = flows
what-names = names

confidence-high = high: strong, direct grounds
confidence-moderate = moderate: credible grounds, with room for another reading
confidence-low = low: weak or indirect grounds; look before you act
confidence-word-high = high
confidence-word-moderate = moderate
confidence-word-low = low
nothing-for = no grounds are given
nothing-against = nothing that was looked at speaks against it
nothing-instead = nothing that was measured speaks for another reading; that leaves what the sensors cannot see

contact = { $from } reached { $to } first at { $first }
sensor = sensor { $sensor }
sensor-undeclared = a source that is bound to no declared sensor: nobody can say what else it could have seen
sensor-unknown = no sensor is named
flow = packet { $ordinal } (from 0) of the batch with seal { $seal }
flow-unsealed = packet { $ordinal } (from 0) of batch { $batch }, which is not sealed yet
no-flows = no flow is named
class = { $title } (RSIT: { $class })
effect = can harm { $effects }
effect-C = confidentiality
effect-I = integrity
effect-A = availability
effect-none = harms nothing by itself
and = { $first }, { $second }

## Kinds

title-ddos-flood = Flood
title-ddos-reflection = Flood by reflection
title-scan-horizontal = Scan of many hosts
title-scan-vertical = Scan of one host
title-scan-sweep = Sweep for hosts that are up
title-scan-backscatter = Backscatter of a flood elsewhere
title-intrusion-brute-force = Guessing of passwords
title-worm-spread = Spread of a worm
title-beacon-periodic = Regular calls to one host
title-beacon-dns = Signals hidden in DNS
title-ics-command = Command to a control system
title-ics-scan = Scan of control systems
title-exfiltration-volume = Unusual outflow of data
title-anomaly-fragments = Odd fragments
title-anomaly-protocol = Odd use of a protocol

## Vectors; where a word means something else for one kind, that kind's own comes first

vector-syn = TCP SYN
vector-ack = TCP ACK
vector-tcp-other = other TCP segments
vector-ip-other = other IP protocols
vector-fragment = IP fragments
vector-ipv6-extension = IPv6 extension headers
vector-tcp = TCP
vector-udp = UDP
vector-icmp = ICMP
vector-arp = ARP
vector-http = HTTP
vector-dns = DNS
vector-dhcp = DHCP
vector-ntp = NTP
vector-snmp = SNMP
vector-ssdp = SSDP
vector-cldap = CLDAP
vector-memcached = memcached
vector-chargen = chargen
vector-bacnet = BACnet
vector-dvr = video recorders
vector-ike = IKE
vector-synack = TCP SYN with ACK
vector-other = other service
vector-ssh = SSH
vector-ftp = FTP
vector-rdp = RDP
vector-smb = SMB
vector-telnet = Telnet
vector-dga = generated names
vector-tunnel = tunnel
vector-txt = TXT records
vector-modbus = Modbus
vector-s7comm = S7comm
vector-dnp3 = DNP3
vector-iec104 = IEC 60870-5-104
vector-ethernet-ip = EtherNet/IP

## Classes and types of the Reference Incident Taxonomy

class-availability-dos = Availability: denial of service
class-availability-ddos = Availability: distributed denial of service
class-availability-sabotage = Availability: sabotage
class-availability-outage = Availability: outage
class-availability-misconfiguration = Availability: misconfiguration
class-information-gathering-scanner = Information gathering: scanning
class-information-gathering-sniffing = Information gathering: sniffing
class-intrusion-attempts-ids-alert = Intrusion attempt: exploitation of a known vulnerability
class-intrusion-attempts-brute-force = Intrusion attempt: login attempts
class-intrusion-attempts-exploit = Intrusion attempt: new attack signature
class-intrusions-system-compromise = Intrusion: system compromise
class-intrusions-application-compromise = Intrusion: application compromise
class-malicious-code-infected-system = Malicious code: infected system
class-malicious-code-c2-server = Malicious code: command and control server
class-malicious-code-malware-distribution = Malicious code: distribution
class-information-content-security-unauthorised-information-access = Information content security: unauthorised access to information
class-information-content-security-unauthorised-information-modification = Information content security: unauthorised modification of information
class-information-content-security-data-loss = Information content security: loss of data
class-information-content-security-data-leak = Information content security: leak of confidential information
class-other-other = Other
class-other-undetermined = Other: undetermined

## Reasons that more than one detector gives, or the runner

announced = a party announced this activity beforehand, for this time and these sources
    .instead = activity that was announced, such as a test
seen-by-several = { $sensors ->
    [one] one sensor saw it; the figures are its own
   *[other] { $sensors } sensors saw it; the figures are those of the one that saw most, for the others may have seen the same packets
}

## Reasons of floods

rate-over-bound = { $rate ->
    [one] one packet came in the fullest second
   *[other] { $rate } packets came in the fullest second
}; from { $bound } a second on it is too many
usual-rate = usual for this receiver { $rate ->
    [one] is one packet a second
   *[other] are { $rate } packets a second
}
many-senders = { $senders ->
    [one] one address sent to it at the same time
   *[other] { $senders } addresses sent to it at the same time
}
handshakes-complete = the senders complete their handshakes, as clients do
    .instead = a crowd of real clients
questions-refused = { $share } of the questions were turned down, as happens with names that do not exist
may-be-a-stream = { $senders ->
    [one] only one address sends
   *[other] only { $senders } addresses send
}, and what they send may be wanted
    .instead = a stream that the receiver wants, such as video, a backup or a tunnel
handshakes-not-completed = { $flows ->
    [one] one handshake was begun and not completed
   *[other] { $flows } handshakes were begun, of which most were not completed
}
one-way-sensor = the sensor sees hardly any answers, so answers may have gone by another way
    .instead = ordinary traffic whose answers go by another way
impossible-senders = { $share } of the packets come from addresses that nobody can send from
senders-spread-evenly = nearly every packet comes from an address of its own (spread { $spread } of what is possible), as forged ones do
one-distance = { $share } of the packets have travelled equally far, though their addresses lie all over the world
requests-alike = the requests are alike (their sizes differ by { $variation }), and each sender makes { $each } a second

## Reasons of reflections

answers-not-asked = { $answers ->
    [one] one answer
   *[other] { $answers } answers
} of { $servers ->
    [one] one server
   *[other] { $servers } servers
} came for which no question was seen
servers-are-abused = the servers answer to questions that somebody forged; they are not the attackers
few-servers = { $servers ->
    [one] only one server answers
   *[other] only { $servers } servers answer
}
    .instead = a server whose answers the receiver asked for where no sensor saw it
asked-to-amplify = { $share } of the answers are to questions that are chosen to make answers large
short-answers = the answers are short ({ $bytes ->
    [one] one byte
   *[other] { $bytes } bytes
} on average), as a resolver gets them all day
    .instead = a busy resolver whose questions the sensor does not see
asked-in-its-name = { $flows ->
    [one] for one flow a question in the receiver's name was seen; it may have asked itself
   *[other] for { $flows } flows questions in the receiver's name were seen; it may have asked itself
}
    .instead = a client that asks much
spread-over-prefix = it is spread over { $hosts } hosts of one prefix, none of which gets most of it
large-answers = the answers are large: { $bytes ->
    [one] one byte
   *[other] { $bytes } bytes
} on average

## Reasons of backscatter

answers-unasked = { $hosts ->
    [one] one host
   *[other] { $hosts } hosts
} got { $packets ->
    [one] an answer
   *[other] { $packets } answers
} to what they had not been seen to send
sender-is-target = the answering host is the one that is flooded, under addresses that are not its senders'; it does nothing wrong
few-receivers = { $hosts ->
    [one] only one host
   *[other] only { $hosts } hosts
} got such answers; { $wanted } are wanted for more confidence
    .instead = a server whose clients asked where no sensor saw it
