//! Control systems: what a message asks for, and how much that can change.

use blueline_terms::{Application, Weight};
use blueline_wire::application::{Fact, Function, Inspection, inspect};

use crate::{TCP, UDP, hex, told};

fn modbus(digits: &str) -> String {
    told(TCP, (50000, 502), &hex(digits))
}

#[test]
fn modbus_reads_and_writes() {
    assert_eq!(
        modbus("0001 0000 0006 11 03 006b 0003"),
        "modbus request 0x0003 function=read holding registers size=12 read"
    );
    assert_eq!(
        modbus("0001 0000 0006 11 05 00ac ff00"),
        "modbus request 0x0005 function=write single coil size=12 state-changing"
    );
    assert_eq!(
        modbus("0001 0000 0006 11 08 0000 1234"),
        "modbus request 0x0008 function=diagnostics size=12 read",
        "echo"
    );
    assert_eq!(
        modbus("0001 0000 0006 11 08 0004 0000"),
        "modbus request 0x0008 function=diagnostics size=12 state-changing"
    );
    assert_eq!(modbus("0001 0000 0004 11 64 0000"), "modbus request 0x0064 size=10 unknown", "a function of no table");
    let refused = hex("0001 0000 0003 11 85 02");
    assert_eq!(
        told(TCP, (502, 50000), &refused),
        "modbus response 0x0005 function=write single coil size=9 state-changing"
    );
    let Inspection::Fact(Fact::Modbus(fact)) = inspect(TCP, 502, 50000, &refused) else { panic!() };
    assert_eq!((fact.unit, fact.exception), (0x11, Some(2)));
}

#[test]
fn devices_turn_requests_down() {
    let refuses = |port, bytes: &[u8]| match inspect(TCP, port, 50000, bytes) {
        Inspection::Fact(fact) => fact.summary().refused,
        other => panic!("{other:?}"),
    };
    assert!(refuses(502, &hex("0001 0000 0003 11 85 02")), "an exception");
    assert!(!refuses(502, &hex("0001 0000 0006 11 05 00ac ff00")), "an echo");
    assert!(refuses(2404, &hex("68 0e 0200 0200 2d 01 47 00 0100 010000 81")), "negative");
    assert!(!refuses(2404, &hex("68 0e 0200 0200 2d 01 07 00 0100 010000 81")));
    assert!(refuses(44818, &connected("90 00 0f 00")), "privilege violation");
    assert!(!refuses(44818, &connected("90 00 00 00")));
    assert!(!refuses(44818, &connected("cc 00 06 00")), "more is to come");
}

#[test]
fn modbus_tells_the_write_among_reads() {
    let segment = "0001 0000 0006 01 03 0000 0001  0002 0000 0006 01 06 0000 0001  0003 0000 0006 01 04 0000 0001";
    assert_eq!(modbus(segment), "modbus request 0x0006 function=write single register size=12 count=3 state-changing");
}

#[test]
fn modbus_elsewhere_only_if_unmistakable() {
    let elsewhere = |digits| told(TCP, (50000, 8502), &hex(digits));
    assert_eq!(
        elsewhere("0001 0000 0006 01 06 0000 0001"),
        "modbus unknown 0x0006 function=write single register size=12 state-changing"
    );
    assert_eq!(elsewhere("0001 0000 0006 01 03 0000 ffff"), "nothing", "more registers than a response holds");
    assert_eq!(elsewhere("0001 0000 0006 01 06 0000 0001 00"), "nothing", "a byte too many");
    assert_eq!(elsewhere("0400 0000 0006 00 00 0000 0001"), "nothing", "another protocol with such a length");
}

#[test]
fn modbus_oddities() {
    assert_eq!(modbus("0001 0000 8804 05 07"), "malformed modbus: the header states a length outside 2 to 254");
    assert_eq!(modbus("0200 0000 6f6d 00 00 00e5"), "nothing", "most likely the middle of a message");
    assert_eq!(modbus("0001 0000 0006 11"), "incomplete modbus: 12 bytes needed");
    assert_eq!(modbus("0001 0001 0006 11 03 0000 0001"), "nothing", "another protocol id");
}

fn s7(digits: &str) -> String {
    told(TCP, (50000, 102), &hex(digits))
}

#[test]
fn s7_jobs() {
    assert_eq!(
        s7("0300 001f 02f080 32 01 0000 0001 000e 0000 04 01 12 0a 10 02 0001 0001 84 000000"),
        "s7comm request 0x0004 function=read variable size=31 read"
    );
    assert_eq!(
        s7("0300 0021 02f080 32 01 0000 0002 0010 0000 29 0000000000 09 505f50524f4752414d"),
        "s7comm request 0x0029 function=plc stop size=33 state-changing"
    );
    assert_eq!(
        told(TCP, (102, 50000), &hex("0300 0014 02f080 32 03 0000 0002 0001 0000 00 00 29")),
        "s7comm response 0x0029 function=plc stop size=20 state-changing"
    );
}

#[test]
fn s7_user_data_and_plus() {
    assert_eq!(
        s7("0300 0021 02f080 32 07 0000 0001 0008 0008 000112 04 11 44 01 00 ff09 0004 0424 0000"),
        "s7comm request 0x8401 function=cpu: read system status list size=33 read"
    );
    // From a controller's variable table and from going online: tshark calls them "modify variable" and "read job list".
    let programmer =
        |sub: &str| s7(&format!("0300 001d 02f080 32 07 0000 0001 0008 0004 000112 04 11 41 {sub} 00 ff09 0000"));
    assert_eq!(programmer("08"), "s7comm request 0x8108 function=programmer: modify variable size=29 state-changing");
    assert_eq!(programmer("10"), "s7comm request 0x8110 function=programmer: read job list size=29 read");
    assert_eq!(
        s7("0300 001d 02f080 32 07 0000 0001 0008 0004 000112 04 11 47 02 00 ff09 0000"),
        "s7comm request 0x8702 function=time: set clock size=29 state-changing"
    );
    assert_eq!(
        s7("0300 0013 02f080 72 02 0008 31 0000 0542 0000 00"),
        "s7comm request 0x0542 function=plus: set several variables size=19 state-changing"
    );
    let digest = "20 0000000000000000000000000000000000000000000000000000000000000000";
    assert_eq!(
        s7(&format!("0300 0033 02f080 72 03 0028 {digest} 32 0000 054c 0000")),
        "s7comm response 0x054c function=plus: get several variables size=51 read"
    );
}

#[test]
fn s7_segments_and_oddities() {
    let read = "0300 0015 02f080 32 01 0000 0001 0004 0000 04 00 0000";
    let stop = "0300 0015 02f080 32 01 0000 0002 0004 0000 29 00 0000";
    assert_eq!(
        s7(&format!("{read} {stop} {read}")),
        "s7comm request 0x0029 function=plc stop size=21 count=3 state-changing"
    );
    assert_eq!(s7("0300 0016 11e0 00000001 00 c1020100 c2020102 c0010a"), "nothing", "a request for a connection");
    assert_eq!(s7("0300 0000 0300 0000"), "malformed s7comm: a packet states a length below its headers'");
    assert_eq!(
        s7("0300 0011 02f080 32 09 0000 0001 0000 0000"),
        "malformed s7comm: an S7 message is of a kind that does not exist"
    );
    assert_eq!(
        s7("0300 0013 02f080 32 01 0000 0001 0020 0000 04 01"),
        "malformed s7comm: the lengths in an S7 header do not add up to the packet's"
    );
    assert_eq!(s7("0300 001f 02f080 32 01 0000"), "incomplete s7comm: 31 bytes needed");
    // Read anywhere, for the headers leave no doubt.
    assert!(told(TCP, (50000, 10102), &hex(stop)).starts_with("s7comm request 0x0029"));
}

fn dnp3(digits: &str) -> String {
    told(TCP, (50000, 20000), &hex(digits))
}

#[test]
fn dnp3_functions() {
    assert_eq!(
        dnp3("0564 0b c4 0a00 0100 acd1 c1 c1 05 3c 02 06 1234"),
        "dnp3 request 0x0005 function=direct operate size=18 state-changing"
    );
    assert_eq!(dnp3("0564 08 c4 0a00 0100 fc42 c1 c1 01 1234"), "dnp3 request 0x0001 function=read size=15 read");
    let answer = hex("0564 0a 44 0100 0a00 6e25 c1 c1 81 0000 1234");
    assert_eq!(told(UDP, (20000, 20000), &answer), "dnp3 response 0x0081 function=response size=17 read");
    let Inspection::Fact(Fact::Dnp3(fact)) = inspect(TCP, 20000, 50000, &answer) else { panic!() };
    assert_eq!((fact.from_master, fact.destination, fact.source), (false, 1, 10));
    assert_eq!(
        dnp3("0564 08 c4 0a00 0100 fc42 01 c1 05 1234"),
        "dnp3 unknown size=15 read",
        "a later segment of a message"
    );
}

#[test]
fn dnp3_checks_the_header() {
    assert_eq!(
        dnp3("0564 08 c4 0a00 0100 fc43 c1 c1 01 1234"),
        "malformed dnp3: the checksum of a link header is wrong"
    );
    assert_eq!(told(TCP, (50000, 9999), &hex("0564 08 c4 0a00 0100 fc43 c1 c1 01")), "nothing");
    assert!(told(TCP, (50000, 9999), &hex("0564 08 c4 0a00 0100 fc42 c1 c1 01 1234")).starts_with("dnp3 request"));
    assert_eq!(dnp3("0564 08 c4 0a00"), "incomplete dnp3: 10 bytes needed");
    assert_eq!(dnp3("0564 08 c4 0a00 0100 fc42 c1"), "incomplete dnp3: 13 bytes needed");
    let read_then_operate = "0564 08 c4 0a00 0100 fc42 c1 c1 01 1234  0564 0b c4 0a00 0100 acd1 c1 c1 05 3c 02 06 1234";
    assert_eq!(dnp3(read_then_operate), "dnp3 request 0x0005 function=direct operate size=18 count=2 state-changing");
}

fn iec104(digits: &str) -> String {
    told(TCP, (50000, 2404), &hex(digits))
}

#[test]
fn iec104_frames() {
    assert_eq!(iec104("68 04 07 00 00 00"), "iec104 request 0x0107 function=start data transfer size=6 read");
    assert_eq!(iec104("68 04 01 00 0400"), "iec104 request size=6 read", "acknowledges only");
    let command = "68 0e 0200 0200 2d 01 06 00 0100 010000 81";
    assert_eq!(iec104(command), "iec104 request 0x002d function=single command size=16 state-changing");
    let value = "68 12 0200 0200 0d 01 03 00 0100 010000 0000803f 00";
    assert_eq!(
        told(TCP, (2404, 50000), &hex(value)),
        "iec104 response 0x000d function=measured value, floating point size=20 read"
    );
    let refused = hex("68 0e 0200 0200 2d 01 47 00 0100 010000 81");
    let Inspection::Fact(Fact::Iec104(fact)) = inspect(TCP, 2404, 50000, &refused) else { panic!() };
    assert_eq!((fact.cause, fact.negative, fact.test), (Some(7), true, false));
    assert_eq!(
        iec104(&format!("68 04 43 00 00 00 {value} {command} 68 04 01 00 0400")),
        "iec104 request 0x002d function=single command size=16 count=4 state-changing",
        "the command among four frames"
    );
}

#[test]
fn iec104_is_strict() {
    assert_eq!(iec104("68 03 07 00 00"), "malformed iec104: a frame states a length outside 4 to 253");
    assert_eq!(
        iec104("68 04 0f 00 00 00"),
        "malformed iec104: a frame's control field or data header is not one of the standard's"
    );
    assert_eq!(iec104("68 0e 0200 02"), "incomplete iec104: 16 bytes needed");
    let elsewhere = |digits| told(TCP, (50000, 2405), &hex(digits));
    assert!(elsewhere("68 0e 0200 0200 2d 01 06 00 0100 010000 81").starts_with("iec104 request 0x002d"));
    assert_eq!(elsewhere("68 0e 0200 0200 2d 01 06 00 0100 010000 81 00"), "nothing", "a byte too many");
    assert_eq!(elsewhere("68 0e 0200 0200 ff 01 06 00 0100 010000 81"), "nothing", "no such type");
    assert_eq!(elsewhere("68 0e 0200 0200 2d 07 06 00 0100 010000 81"), "nothing", "a command has one object");
    assert_eq!(elsewhere("68 11 0200 0200 6f 01 06 00 0100 010000 81 000000"), "nothing", "of another size");
    assert!(elsewhere("68 10 0200 0200 6f 01 06 00 0100 010000 0100 01").starts_with("iec104 request 0x006f"));
}

/// An encapsulated message with these data.
fn encapsulated(command: &str, data: &str) -> Vec<u8> {
    let data = hex(data);
    let length = (data.len() as u16).to_le_bytes();
    [&hex(command)[..], &length, &hex("01000000 00000000 0000000000000000 00000000"), &data].concat()
}

/// A CIP message sent over a connection.
fn connected(cip: &str) -> Vec<u8> {
    let length = format!("{:02x}00", hex(cip).len() + 2);
    encapsulated("7000", &format!("00000000 0000 0200 a100 0400 01020304 b100 {length} 0500 {cip}"))
}

#[test]
fn cip_services() {
    let told = |cip| told(TCP, (50000, 44818), &connected(cip));
    assert_eq!(told("0e 02 2001 2401"), "ethernet-ip request 0x000e function=get single attribute size=52 read");
    assert_eq!(told("07 02 208e 2401"), "ethernet-ip request 0x0007 function=stop size=52 state-changing");
    assert_eq!(told("87 00 00 00"), "ethernet-ip response 0x0007 function=stop size=50 state-changing");
    assert_eq!(
        told("4d 03 9104 74616731 c300 0100 0500"),
        "ethernet-ip request 0x004d function=write tag size=60 state-changing",
        "a tag named by a symbol"
    );
    assert_eq!(
        told("4d 02 2037 2401"),
        "ethernet-ip request 0x004d function=initiate partial read size=52 read",
        "of a file"
    );
    assert_eq!(told("4b 02 20ac 2401"), "ethernet-ip request 0x004b size=52 unknown", "of a class of the maker's");
}

#[test]
fn cip_services_in_services() {
    let several = "0a 02 2002 2401 0200 0600 0c00 03 02 2001 2401 04 02 208b 2401";
    assert_eq!(
        told(TCP, (50000, 44818), &connected(several)),
        "ethernet-ip request 0x0004 function=set attribute list size=70 state-changing"
    );
    let sent_on = "52 02 2006 2401 0a0e 0600 10 02 2004 2401 0100 0100";
    let length = format!("{:02x}00", hex(sent_on).len());
    let payload = encapsulated("6f00", &format!("00000000 0000 0200 0000 0000 b200 {length} {sent_on}"));
    assert_eq!(
        told(TCP, (50000, 44818), &payload),
        "ethernet-ip request 0x0010 function=set single attribute size=60 state-changing"
    );
}

#[test]
fn encapsulation() {
    let register = encapsulated("6500", "0100 0000");
    assert_eq!(
        told(TCP, (50000, 44818), &register),
        "ethernet-ip request 0x8065 function=register session size=28 read"
    );
    assert_eq!(
        told(TCP, (50000, 9000), &register),
        "ethernet-ip unknown 0x8065 function=register session size=28 read"
    );
    assert_eq!(told(TCP, (50000, 9000), &register[..27]), "nothing");
    assert_eq!(
        told(UDP, (50000, 44818), &encapsulated("6300", "")),
        "ethernet-ip request 0x8063 function=list identity size=24 read"
    );
    let both = [register, connected("07 02 208e 2401")].concat();
    assert_eq!(
        told(TCP, (50000, 44818), &both),
        "ethernet-ip request 0x0007 function=stop size=52 count=2 state-changing"
    );
    assert_eq!(told(TCP, (50000, 44818), &hex("6f00 1600 0100")), "incomplete ethernet-ip: 24 bytes needed");
}

#[test]
fn bacnet_services() {
    let told = |digits| told(UDP, (50000, 47808), &hex(digits));
    assert_eq!(told("81 0b 000c 01 20 ffff 00 ff 10 08"), "bacnet request 0x0108 function=who is size=12 read");
    assert_eq!(
        told("81 0a 0011 01 04 00 05 01 0f 0c 0000000a 1955"),
        "bacnet request 0x000f function=write property size=17 state-changing"
    );
    assert_eq!(
        told("81 0a 0009 01 00 20 01 0f"),
        "bacnet response 0x000f function=write property size=9 state-changing"
    );
    assert_eq!(told("81 0a 0004 01 00"), "malformed bacnet: the link header states less than the datagram has");
    assert_eq!(told("81 0a 0006 02 00"), "malformed bacnet: the network header is cut short or of another version");
}

#[test]
fn a_code_alone_leads_to_the_same_function() {
    let of = |application, code| Function::of(application, code).map(|function| (function.name, function.weight));
    assert_eq!(of(Application::Iec104, 45), Some(("single command", Weight::StateChanging)));
    assert_eq!(of(Application::S7comm, 0x29), Some(("plc stop", Weight::StateChanging)));
    assert_eq!(of(Application::Dnp3, 13), Some(("cold restart", Weight::StateChanging)));
    assert_eq!(of(Application::EthernetIp, 0x8063), Some(("list identity", Weight::Read)));
    assert_eq!(of(Application::Modbus, 99), None);
    assert!(Weight::Read < Weight::Unknown && Weight::Unknown < Weight::StateChanging);
}
