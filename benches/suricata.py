#!/usr/bin/env python3
"""Blueline's findings beside what Suricata says without anybody's rules, of the same packets, in turn.

    benches/suricata.py [--scenarios 100] [--seed 1]
    benches/suricata.py --captures DIR --truth FILE.toml

Without --captures, plays that many scenarios of `blueline exercise campaign`, a fifth of them without any attack, and
holds both programs against the truth that comes with them. With it, watches the captures that FILE.toml lists:

    [[case]]
    file = "flood.pcap"              # below DIR
    group = "ddos"                   # the family, for the table
    must = ["ddos.flood/syn|worm"]   # findings that are required: KIND or KIND/VECTOR, alternatives divided by |
    target = "192.0.2.1"             # addresses one of which must be named; without them anything counts
    source = "198.51.100.7"
    safe = ["192.0.2.0/28"]          # addresses under protection

    [[case]]
    file = "calm.pcap"
    group = "benign"
    not = ["ddos", "scan"]           # without `must`: there is no such attack; "" is any

Suricata runs twice. "anomalies": no rules, the anomaly log of packets, streams and applications on, and its logs of
applications, without which it leaves their anomalies out. "own rules": the same events and more as alerts, by the
*-events.rules that come with it. It is set as it comes, with its parsers that are off by default turned on. An event of its
says that a packet or a stream is odd, not that there is an attack. So whatever names an address of the attack while that
goes on counts for it ("of it"); Blueline must tell the right kind as well, at moderate confidence or more.

Needs suricata 7 or later, GNU time and Python 3.11. BLUELINE and SURICATA are other programs than those in the PATH.
"""
import argparse, collections, datetime, ipaddress, json, os, pathlib, shutil, statistics, struct, subprocess, sys, tempfile
import tomllib
from collections import Counter

BLUELINE, SURICATA = os.environ.get("BLUELINE", "blueline"), os.environ.get("SURICATA", "suricata")
MODES = ("anomalies", "own rules")
ALL = ("Blueline", *MODES)
SLACK = 2.0  # seconds by which an event may miss an attack
# By the truth's kind: the kinds of finding that are right, and which of the attack's ends are to be named.
EXPECTED = {
    "flood": ("ddos.flood|ddos.any", ["targets"]),
    "reflection": ("ddos.reflection|ddos.any", ["targets"]),
    "scan": ("scan.horizontal|scan.vertical|scan.sweep|scan.any", ["sources"]),
    "backscatter": ("scan.backscatter", ["sources"]),
    "brute-force": ("intrusion.brute-force", ["sources", "targets"]),
    "worm": ("worm.spread", ["sources", "targets"]),
    "beacon": ("beacon.periodic|beacon.dns", ["sources"]),
    "dns-abuse": ("beacon.dns", ["sources"]),
    "control-write": ("ics.command", ["sources", "targets"]),
    "exfiltration": ("exfiltration.volume", ["sources"]),
}
OFF_BY_DEFAULT = ("modbus", "dnp3", "enip", "pgsql")
APPLICATIONS = """http http2 dns mdns tls ssh smtp ftp rdp nfs smb tftp ike dcerpc krb5 bittorrent-dht snmp rfb sip quic ldap
    pop3 dhcp mqtt websocket modbus dnp3 enip pgsql""".split()
ANOMALY = "anomaly: {enabled: yes, types: {decode: yes, stream: yes, applayer: yes}}"
EVE = "%YAML 1.1\n---\noutputs:\n  - eve-log: {enabled: yes, filetype: regular, filename: eve.json, types: [TYPES]}\n"
TYPES = {"anomalies": ["{" + ANOMALY + "}", *APPLICATIONS], "own rules": ["alert"]}


class Told:
    """A finding, or an event of Suricata's."""

    def __init__(self, kind, ends, start, end, vector="", sure=True, key=None):
        self.kind, self.start, self.end, self.vector, self.sure, self.key = kind, start, end, vector, sure, key
        self.ends = {ipaddress.ip_address(end) for end in ends if end}


class Case:
    """An attack, with what is to be told of it, of which addresses and when; or, with `false`, that there is none."""

    def __init__(self, family, wanted="", ends=(), span=(0.0, float("inf")), false=None):
        self.family, self.wanted, self.span, self.false = family, wanted, span, false
        self.ends = {ipaddress.ip_address(end) for end in ends}

    def overlaps(self, told):
        return told.start <= self.span[1] + SLACK and told.end >= self.span[0] - SLACK

    def is_named_by(self, told):
        return self.overlaps(told) and (not self.ends or not self.ends.isdisjoint(told.ends))

    def is_found_by(self, told):
        kinds = [wanted.partition("/") for wanted in self.wanted.split("|")]
        right = any((told.kind + ".").startswith(kind + ".") and vector in ("", told.vector) for kind, _, vector in kinds)
        return right and self.is_named_by(told)


def moment(text):
    whole, _, fraction = text.removesuffix("Z").removesuffix("+0000").partition(".")
    return datetime.datetime.fromisoformat(whole + "+00:00").timestamp() + float("0." + (fraction or "0"))


def blueline(*arguments):
    return subprocess.run([BLUELINE, "--quiet", *arguments], check=True, stdout=subprocess.PIPE, text=True).stdout


def scenarios(count, seed, scratch):
    """Each scenario's captures, the arguments of its mission, and its cases."""
    for number in range(1, count + 1):
        place, text = scratch / "scenario", blueline("exercise", "campaign", "--seed", str(seed), "--show", str(number))
        (scratch / "scenario.toml").write_text(text)
        blueline("exercise", "generate", scratch / "scenario.toml", "--out", place)
        story, truth = tomllib.loads(text), json.loads((place / "truth.json").read_text())
        mission = [part for party in story["party"] for part in ("--party", f"{party['id']}={','.join(party['prefixes'])}")]
        for area in story.get("safe_area", []):
            if area["class"] != "other":
                mission += ["--safe-area", f"{area['id']}={area['class']}:{area['party']}:{','.join(area['addresses'])}"]
        cases = [case for attack in truth["attacks"] for case in seen(attack, truth["sensors"])]
        if not truth["attacks"]:
            cases = [Case("ordinary", false=[""])]
        # A sensor that saw nothing leaves an empty capture, which Suricata refuses.
        files = [next(place.glob(f"{sensor['id']}.pcap*")) for sensor in truth["sensors"] if sensor["packets"]]
        yield f"scenario {number}", files, mission, cases
        shutil.rmtree(place)


def seen(attack, sensors):
    """The attack as a case, if a sensor saw it. A worm has to be seen to spread."""
    views = [view for sensor in sensors for view in sensor["attacks"] if view["id"] == attack["id"]]
    if not views or attack["kind"] == "worm" and all((view.get("infections") or 0) < 2 for view in views):
        return
    wanted, sides = EXPECTED[attack["kind"]]
    ends = [end for side in sides for end in attack[side]["first"]]
    ends += [contact["host"] for contact in (attack.get("outbreak") or {}).get("contacts", [])]
    span = min(moment(view["first"]) for view in views), max(moment(view["last"]) for view in views)
    yield Case(attack["kind"], wanted, ends, span)


def captures(folder, truth):
    for case in tomllib.loads(pathlib.Path(truth).read_text())["case"]:
        mission = ["--party", "alpha=0.0.0.0/1,2001::/16", "--party", "beta=128.0.0.0/1,fe80::/10"]
        if safe := ",".join(case.get("safe", [])):
            mission = ["--party", f"alpha={safe}", "--party", "beta=0.0.0.0/0,::/0"]
            mission += ["--safe-area", f"site=power:alpha:{safe}"]
        ends = [case[end] for end in ("target", "source") if end in case]
        cases = [Case(case["group"], wanted, ends) for wanted in case.get("must", [])]
        yield case["file"], [pathlib.Path(folder, case["file"])], mission, cases or [Case(case["group"], false=case["not"])]


def timed(command, scratch, out=os.devnull):
    """Runs it; wall seconds, CPU seconds, peak in MiB."""
    with open(out, "wb") as stdout, open(scratch / "log", "wb") as log:
        command = ["time", "-q", "-f", "%e %U %S %M", "-o", scratch / "time", *command]
        code = subprocess.run(command, stdout=stdout, stderr=log).returncode
    if code:
        sys.exit(f"benches/suricata.py: {' '.join(map(str, command))}: {(scratch / 'log').read_text()[-500:]}")
    wall, user, system, peak = map(float, (scratch / "time").read_text().split())
    return wall, user + system, peak / 1024


def watch(files, mission, scratch):
    shutil.rmtree(scratch / "mission", ignore_errors=True)
    blueline("init", scratch / "mission", *mission)
    command = [BLUELINE, "--quiet", "watch", "--mission", scratch / "mission", "--threads", "1", "--format", "json", *files]
    return timed(command, scratch, scratch / "lines")


def findings(scratch):
    for one in map(json.loads, open(scratch / "lines")):
        if one["type"] == "finding":
            ends = one["targets"] + one["actors"] + one["sources"]["sample"]
            sure = one["confidence"] != "low"
            yield Told(one["kind"], ends, moment(one["start"]), moment(one["end"]), one["vector"], sure, one["id"])


def inspect(mode, files, scratch):
    """One file at a time: of a packet that two sensors saw, Suricata would call the second one odd."""
    shutil.rmtree(scratch / mode, ignore_errors=True)
    (scratch / "eve.yaml").write_text(EVE.replace("TYPES", ", ".join(TYPES[mode])))
    command = [SURICATA, "--runmode", "single", "--include", scratch / "eve.yaml", "-S", scratch / f"{mode}.rules"]
    command += [part for name in OFF_BY_DEFAULT for part in ("--set", f"app-layer.protocols.{name}.enabled=yes")]
    runs = []
    for file in files:
        (scratch / mode / file.name).mkdir(parents=True)
        runs.append(timed([*command, "-l", scratch / mode / file.name, "-r", file], scratch))
    walls, cpus, peaks = zip(*runs)
    return sum(walls), sum(cpus), max(peaks)


def events(mode, scratch):
    for eve in sorted((scratch / mode).glob("*/eve.json")):
        for one in map(json.loads, open(eve)):
            if one["event_type"] in ("anomaly", "alert"):
                what = one.get("alert") or one["anomaly"]
                kind = what.get("signature") or what.get("event") or f"{what['type']} {what.get('code', '')}"
                at = moment(one["timestamp"])
                yield Told(kind, (one.get("src_ip"), one.get("dest_ip")), at, at)


def judge(name, case, scratch, tally, names):
    marks, told = tally[case.false is not None, case.family], list(findings(scratch))
    marks["cases"] += 1
    if case.false is None:
        marks["any confidence"] += any(map(case.is_found_by, told))
        marks["Blueline"] += any(one.sure and case.is_found_by(one) for one in told)
    else:
        false = {one.key for one in told if one.sure and one.kind.startswith(tuple(case.false))}
        marks["Blueline"] += bool(false)
        marks["Blueline told"] += len(false)
    for mode in MODES:
        during, naming = 0, Counter()
        for event in events(mode, scratch):
            during += case.overlaps(event)
            naming[event.kind] += case.is_named_by(event)
        naming = +naming
        marks[mode] += bool(during)
        marks[mode + " of it"] += bool(naming)
        marks[mode + " told"] += during
        names[mode, case.false is None].update(naming.keys())
        print(f"{name}: {case.family}, {mode}: {during} events, of it {dict(naming.most_common(4))}", file=sys.stderr)


def report(tally, names, runs, rounds):
    def table(title, rows, columns):
        print(f"\n{title:<14}", *(f"{column:>{len(column) + 1}}" for column in columns))
        for family, marks in rows:
            print(f"{family:<14}", *(f"{marks[column]:>{len(column) + 1}}" for column in columns))

    attacks, calm = ([(family, marks) for (no, family), marks in sorted(tally.items()) if no == is_calm] for is_calm in (0, 1))
    attacks.append(("all", sum((marks for _, marks in attacks), Counter())))
    of_it = [column for mode in MODES for column in (mode, mode + " of it")]
    table("attacks", attacks, ["cases", "Blueline", "any confidence", *of_it])
    table("no attack", calm, ["cases", *(column for who in ALL for column in (who, who + " told"))])
    for (mode, attack), kinds in sorted(names.items()):
        print(f"\n{mode}, cases {'with' if attack else 'without'} an attack by event:", dict(kinds.most_common(6)))
    for title, measured in runs.items():
        print(f"\n{title:<14}{'wall s':>9}{'CPU s':>9}{'peak MiB':>10}{'wall, times':>13}{'CPU, times':>12}{'peak, times':>13}")
        walls, cpus, peaks = (list(zip(*column)) for column in zip(*(zip(*turn) for turn in measured)))
        totals = [[fold(one) for one in column] for fold, column in ((sum, walls), (sum, cpus), (max, peaks))]
        for who, *figures in zip(ALL, *totals):
            ratios = [one / max(first, 0.01) for one, (first, *_) in zip(figures, totals)]
            print("{:<14}{:>9.2f}{:>9.2f}{:>10.0f}{:>13.2f}{:>12.2f}{:>13.2f}".format(who, *figures, *ratios))
    suricata = subprocess.run([SURICATA, "-V"], capture_output=True, text=True).stdout.strip()
    load = " ".join(f"{one:.2f}" for one in os.getloadavg())
    print(f"\n{blueline('--version').strip()}; {suricata}; {rounds} rounds; {os.cpu_count()} cores; load {load}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--captures", help="folder of captures")
    parser.add_argument("--truth", help="what is in them")
    parser.add_argument("--scenarios", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=3, help="how often each is timed; the median counts")
    parser.add_argument("--rules", type=pathlib.Path, help="folder of the *-events.rules that come with Suricata")
    given = parser.parse_args()
    program = pathlib.Path(shutil.which(SURICATA) or sys.exit(f"benches/suricata.py: no {SURICATA} here")).resolve()
    places = [given.rules or program.parent.parent / "share/suricata/rules", pathlib.Path("/etc/suricata/rules")]
    rules = next(filter(None, (sorted(place.glob("*-events.rules")) for place in places)), None)
    os.environ["TZ"] = "UTC"
    with tempfile.TemporaryDirectory() as folder:
        scratch = pathlib.Path(folder)
        (scratch / "anomalies.rules").write_text("")
        (scratch / "own rules.rules").write_text("".join(file.read_text() for file in rules or sys.exit("needs --rules")))

        def measure(files, mission):
            turn = lambda: [watch(files, mission, scratch), *(inspect(mode, files, scratch) for mode in MODES)]
            return [tuple(map(statistics.median, zip(*runs))) for runs in zip(*(turn() for _ in range(given.rounds)))]

        tally, names, measured = collections.defaultdict(Counter), collections.defaultdict(Counter), []
        listed = captures(given.captures, given.truth) if given.captures else scenarios(given.scenarios, given.seed, scratch)
        for name, files, mission, cases in listed:
            measured.append(measure(files, mission))
            for case in cases:
                judge(name, case, scratch, tally, names)
        # What starting costs: a capture of one packet of a protocol that nobody knows.
        head = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1) + struct.pack("<IIII", 0, 0, 60, 60)
        (scratch / "single.pcap").write_bytes(head + b"\2" * 12 + b"\x88\xb5" + bytes(46))
        single = measure([scratch / "single.pcap"], ["--party", "alpha=10.0.0.0/9", "--party", "beta=10.128.0.0/9"])
        report(tally, names, {"all": measured, "one packet": [single]}, given.rounds)


main()
