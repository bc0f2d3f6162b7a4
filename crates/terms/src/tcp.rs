//! TCP's flags as they stand on the wire (RFC 9293, 3.1), the two of congestion notification among them (RFC 3168, 6.1).

/// The sender has no more to send.
pub const FIN: u8 = 0x01;
/// Opens a connection.
pub const SYN: u8 = 0x02;
/// Ends a connection at once, or turns one down.
pub const RST: u8 = 0x04;
/// What was sent is to be handed over without waiting for more.
pub const PSH: u8 = 0x08;
/// The acknowledgement number counts.
pub const ACK: u8 = 0x10;
/// The urgent pointer counts.
pub const URG: u8 = 0x20;
/// Both of explicit congestion notification, ECE and CWR.
pub const ECN: u8 = 0xc0;
