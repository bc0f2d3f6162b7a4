//! Guesses at passwords, by service.

use std::time::Duration;

use super::{Turn, ftp, rdp, smb, ssh, telnet, web};
use crate::random::Draw;
use crate::scenario::LoginService;

impl LoginService {
    /// The port that it usually listens at.
    pub(crate) const fn port(self) -> u16 {
        match self {
            Self::Ssh => 22,
            Self::Ftp => 21,
            Self::Rdp => 3389,
            Self::Smb => 445,
            Self::Telnet => 23,
            Self::Http => 80,
        }
    }
}

/// One guess, the so manieth, and its refusal.
pub(crate) fn refused(service: LoginService, number: u64, draw: &mut Draw) -> Vec<Turn> {
    match service {
        LoginService::Ssh => ssh::guess(draw),
        LoginService::Ftp => ftp::guess(number, draw),
        LoginService::Rdp => rdp::guess(draw),
        LoginService::Smb => smb::guess(draw),
        LoginService::Telnet => telnet::guesses(1, false, draw),
        LoginService::Http => web::guess(number, draw),
    }
}

/// Up to ten guesses at a device's password, the last of which is taken; fast, as a program makes them.
pub(crate) fn telnet_until_taken(draw: &mut Draw) -> Vec<Turn> {
    let guesses = draw.between(1, 10);
    let mut turns = telnet::guesses(guesses, true, draw);
    for turn in &mut turns {
        turn.wait = turn.wait.min(Duration::from_millis(25));
    }
    turns
}
