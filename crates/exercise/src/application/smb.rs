//! Windows file sharing (MS-SMB2): negotiation and the two steps of a session's setup.

use std::time::Duration;

use super::Turn;
use crate::payload::Payload;
use crate::random::Draw;

const NEGOTIATE: u16 = 0;
const SESSION_SETUP: u16 = 1;
const WRITE: u16 = 9;

const SUCCESS: u32 = 0;
const MORE_PROCESSING_REQUIRED: u32 = 0xc000_0016;
const LOGON_FAILURE: u32 = 0xc000_006d;

/// One guess at a password.
pub(super) fn guess(draw: &mut Draw) -> Vec<Turn> {
    setup(LOGON_FAILURE, draw)
}

/// A session without a name, which a server takes.
pub(crate) fn anonymous(draw: &mut Draw) -> Vec<Turn> {
    setup(SUCCESS, draw)
}

fn setup(outcome: u32, draw: &mut Draw) -> Vec<Turn> {
    let session = draw.bits();
    // Dialects 2.0.2 and 2.1 (2.2.3), without anything else.
    let mut negotiate = vec![36, 0, 2, 0, 1, 0, 0, 0, 0, 0, 0, 0];
    negotiate.extend_from_slice(&draw.bytes::<16>());
    negotiate.extend_from_slice(&[0; 8]);
    negotiate.extend_from_slice(&[2, 2, 0x10, 2]);
    // Its answer (2.2.4): dialect 2.1, sizes of a megabyte, no token.
    let mut negotiated = vec![65, 0, 1, 0, 0x10, 2, 0, 0];
    negotiated.extend_from_slice(&draw.bytes::<16>());
    negotiated.extend_from_slice(&[1, 0, 0, 0]);
    negotiated.extend_from_slice(&[[0, 0, 16, 0], [0, 0, 16, 0], [0, 0, 16, 0]].concat());
    negotiated.extend_from_slice(&[0; 16]);
    negotiated.extend_from_slice(&[128, 0, 0, 0, 0, 0, 0, 0]);
    vec![
        Turn::ask(Duration::ZERO, Payload::plain(message(NEGOTIATE, 0, None, 0, &negotiate))),
        Turn::answer(draw.millis(1, 20), Payload::plain(message(NEGOTIATE, 0, Some(SUCCESS), 0, &negotiated))),
        Turn::ask(draw.millis(1, 10), Payload::plain(message(SESSION_SETUP, 1, None, 0, &asked(1, draw)))),
        Turn::answer(
            draw.millis(1, 20),
            Payload::plain(message(SESSION_SETUP, 1, Some(MORE_PROCESSING_REQUIRED), session, &told(Some(2), draw))),
        ),
        Turn::ask(draw.millis(1, 10), Payload::plain(message(SESSION_SETUP, 2, None, session, &asked(3, draw)))),
        Turn::answer(
            draw.millis(1, 40),
            Payload::plain(message(SESSION_SETUP, 2, Some(outcome), session, &told(None, draw))),
        ),
    ]
}

/// The head of a write of so many bytes to an open file (2.2.21), and those bytes' number.
pub(crate) fn write(length: u32, draw: &mut Draw) -> (Vec<u8>, usize) {
    let mut body = vec![49, 0, 112, 0];
    body.extend_from_slice(&length.to_le_bytes());
    body.extend_from_slice(&[0; 8]);
    body.extend_from_slice(&draw.bytes::<16>());
    body.extend_from_slice(&[0; 16]);
    let mut out = message(WRITE, 3, None, 1, &body);
    lengthen(&mut out, length as usize);
    (out, length as usize)
}

/// That it was written (2.2.22).
pub(crate) fn written(_: &mut Draw) -> Vec<u8> {
    message(WRITE, 3, Some(SUCCESS), 1, &[17, 0, 0, 0, 0xb4, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
}

/// A session setup request (2.2.5) with a message of NTLM (MS-NLMP 2.2.1) of this kind.
fn asked(kind: u8, draw: &mut Draw) -> Vec<u8> {
    let token = token(kind, draw);
    let mut body = vec![25, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 88, 0];
    body.extend_from_slice(&(token.len() as u16).to_le_bytes());
    body.extend_from_slice(&[0; 8]);
    body.extend_from_slice(&token);
    body
}

/// Its answer (2.2.6), with a challenge or an end.
fn told(kind: Option<u8>, draw: &mut Draw) -> Vec<u8> {
    let token = kind.map_or(Vec::new(), |kind| token(kind, draw));
    let mut body = vec![9, 0, 0, 0, 72, 0];
    body.extend_from_slice(&(token.len() as u16).to_le_bytes());
    body.extend_from_slice(&token);
    body
}

/// A message of NTLM: negotiate, challenge, or authenticate with empty fields.
fn token(kind: u8, draw: &mut Draw) -> Vec<u8> {
    let mut out = b"NTLMSSP\0".to_vec();
    out.extend_from_slice(&[kind, 0, 0, 0]);
    match kind {
        // Flags, then no domain and no workstation.
        1 => {
            out.extend_from_slice(&[0x07, 0x82, 0x08, 0xa2]);
            out.extend_from_slice(&[0; 16]);
        }
        // No target name, flags, the challenge, reserved, no target information.
        2 => {
            out.extend_from_slice(&[0, 0, 0, 0, 48, 0, 0, 0, 0x05, 0x82, 0x89, 0xa2]);
            out.extend_from_slice(&draw.bytes::<8>());
            out.extend_from_slice(&[0; 8]);
            out.extend_from_slice(&[0, 0, 0, 0, 48, 0, 0, 0]);
        }
        // Two responses, domain, user, workstation and key: all empty, at the end of the message; flags.
        _ => {
            for _ in 0..6 {
                out.extend_from_slice(&[0, 0, 0, 0, 64, 0, 0, 0]);
            }
            out.extend_from_slice(&[0x05, 0x82, 0x88, 0xa2]);
        }
    }
    out
}

/// A message behind the session header (RFC 1002, section 4.3.2): header of 64 bytes (2.2.1.2), body.
fn message(command: u16, id: u64, status: Option<u32>, session: u64, body: &[u8]) -> Vec<u8> {
    let mut out = vec![0, 0, 0, 0, 0xfe, b'S', b'M', b'B', 64, 0, 1, 0];
    out.extend_from_slice(&status.unwrap_or(0).to_le_bytes());
    out.extend_from_slice(&command.to_le_bytes());
    out.extend_from_slice(&[1, 0]);
    out.extend_from_slice(&[u8::from(status.is_some()), 0, 0, 0, 0, 0, 0, 0]);
    out.extend_from_slice(&id.to_le_bytes());
    out.extend_from_slice(&[0xff, 0xfe, 0, 0, 0, 0, 0, 0]);
    out.extend_from_slice(&session.to_le_bytes());
    out.extend_from_slice(&[0; 16]);
    out.extend_from_slice(body);
    lengthen(&mut out, 0);
    out
}

/// States the message's length in the session header, with so many bytes more than are there.
fn lengthen(out: &mut [u8], more: usize) {
    let length = (out.len() - 4 + more) as u32;
    out[1..4].copy_from_slice(&length.to_be_bytes()[1..]);
}
