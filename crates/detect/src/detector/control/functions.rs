//! Functions of control-system protocols, as far as the detector names them or treats them apart.

use blueline_terms::Application;

/// The protocols and the port on which each is expected (IANA; S7 communication: RFC 1006).
const PORTS: &[(Application, u16)] = &[
    (Application::Modbus, 502),
    (Application::S7comm, 102),
    (Application::Dnp3, 20_000),
    (Application::Iec104, 2404),
    (Application::EthernetIp, 44_818),
    (Application::Bacnet, 47_808),
];

/// The port of a control-system protocol; `None` for other applications.
pub(super) fn port(application: Application) -> Option<u16> {
    PORTS.iter().find(|(known, _)| *known == application).map(|&(_, port)| port)
}

/// The control-system protocol that is expected on a TCP port.
pub(super) fn protocol_at(port: u16) -> Option<Application> {
    PORTS.iter().find(|&&(_, known)| known == port).map(|&(application, _)| application)
}

/// Whether a function asks a device what it is, or what it holds: vendor, model, version, modules.
pub(super) fn tells_who_it_is(application: Application, code: u16) -> bool {
    match application {
        // Report server id; encapsulated transport, of which device identification is the common use.
        Application::Modbus => matches!(code, 17 | 43),
        // System status lists hold module and component identification; exploration of S7comm-plus.
        Application::S7comm => matches!(code, 0x8401 | 0x04bb),
        // List services, identity, interfaces; all attributes, which of the identity object name the device.
        Application::EthernetIp => matches!(code, 0x8004 | 0x8063 | 0x8064 | 0x01),
        // Who is, who has.
        Application::Bacnet => matches!(code, 0x0107 | 0x0108),
        _ => false,
    }
}

/// Whether a function, though it changes something, belongs to the start of every session of a master: events switched
/// on and off and assigned (DNP3, 4.4), clocks set (IEC 60870-5-101, 7.4.6).
pub(super) fn is_routine(application: Application, code: u16) -> bool {
    match application {
        Application::Dnp3 => matches!(code, 20..=22),
        Application::Iec104 => code == 103,
        Application::S7comm => matches!(code, 0x8702 | 0x8704),
        Application::Bacnet => matches!(code, 0x0106 | 0x0109),
        _ => false,
    }
}

/// The standard's name for a function that changes a device.
pub(super) fn name(application: Application, code: u16) -> Option<&'static str> {
    let table = match application {
        Application::Modbus => MODBUS,
        Application::S7comm => S7COMM,
        Application::Dnp3 => DNP3,
        Application::Iec104 => IEC104,
        Application::EthernetIp => ETHERNET_IP,
        Application::Bacnet => BACNET,
        _ => return None,
    };
    table.iter().find(|(known, _)| *known == code).map(|&(_, name)| name)
}

type Names = &'static [(u16, &'static str)];

const MODBUS: Names = &[
    (5, "write single coil"),
    (6, "write single register"),
    (8, "diagnostics: restart, listen only or clear counters"),
    (15, "write multiple coils"),
    (16, "write multiple registers"),
    (21, "write file record"),
    (22, "mask write register"),
    (23, "read and write multiple registers"),
];

const S7COMM: Names = &[
    (0x05, "write variable"),
    (0x1a, "request download"),
    (0x1b, "download block"),
    (0x1c, "download ended"),
    (0x28, "plc control"),
    (0x29, "plc stop"),
    (0x04f2, "plus: set variable"),
    (0x0542, "plus: set several variables"),
    (0x056b, "plus: invoke"),
    (0x057c, "plus: set part of variable"),
    (0x8108, "programmer: modify variable"),
    (0x8109, "programmer: force"),
    (0x810a, "programmer: breakpoint"),
    (0x810b, "programmer: leave hold"),
    (0x810c, "programmer: memory reset"),
    (0x8702, "time: set clock"),
    (0x8704, "time: set clock following"),
];

const DNP3: Names = &[
    (2, "write"),
    (3, "select"),
    (4, "operate"),
    (5, "direct operate"),
    (6, "direct operate, no response"),
    (7, "immediate freeze"),
    (8, "immediate freeze, no response"),
    (9, "freeze and clear"),
    (10, "freeze and clear, no response"),
    (11, "freeze at time"),
    (12, "freeze at time, no response"),
    (13, "cold restart"),
    (14, "warm restart"),
    (15, "initialise data"),
    (16, "initialise application"),
    (17, "start application"),
    (18, "stop application"),
    (19, "save configuration"),
    (20, "enable unsolicited responses"),
    (21, "disable unsolicited responses"),
    (22, "assign class"),
    (27, "delete file"),
    (31, "activate configuration"),
];

const IEC104: Names = &[
    (45, "single command"),
    (46, "double command"),
    (47, "regulating step command"),
    (48, "set point, normalised"),
    (49, "set point, scaled"),
    (50, "set point, floating point"),
    (51, "bit string command"),
    (58, "single command with time"),
    (59, "double command with time"),
    (60, "regulating step command with time"),
    (61, "set point, normalised, with time"),
    (62, "set point, scaled, with time"),
    (63, "set point, floating point, with time"),
    (64, "bit string command with time"),
    (103, "clock synchronisation command"),
    (105, "reset process command"),
    (110, "parameter, normalised"),
    (111, "parameter, scaled"),
    (112, "parameter, floating point"),
    (113, "parameter activation"),
];

/// Services from 0x4b on have these names where they change something.
const ETHERNET_IP: Names = &[
    (0x02, "set all attributes"),
    (0x04, "set attribute list"),
    (0x05, "reset"),
    (0x06, "start"),
    (0x07, "stop"),
    (0x08, "create"),
    (0x09, "delete"),
    (0x0d, "apply attributes"),
    (0x10, "set single attribute"),
    (0x15, "restore"),
    (0x16, "save"),
    (0x19, "set member"),
    (0x1a, "insert member"),
    (0x1b, "remove member"),
    (0x4c, "initiate download"),
    (0x4d, "write tag"),
    (0x4e, "modify tag or write part of file"),
    (0x50, "download"),
    (0x51, "clear file"),
    (0x53, "write part of tag"),
];

const BACNET: Names = &[
    (7, "atomic write file"),
    (8, "add list element"),
    (9, "remove list element"),
    (10, "create object"),
    (11, "delete object"),
    (15, "write property"),
    (16, "write several properties"),
    (17, "device communication control"),
    (20, "reinitialise device"),
    (0x0106, "time synchronisation"),
    (0x0109, "utc time synchronisation"),
    (0x010a, "write group"),
];
