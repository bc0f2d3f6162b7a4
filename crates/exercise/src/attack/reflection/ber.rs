//! Basic encoding rules (ITU-T X.690), as far as two protocols need them.

/// An element: tag, definite length, content.
pub(super) fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    match content.len() {
        short @ 0..128 => out.push(short as u8),
        length @ 128..256 => out.extend_from_slice(&[0x81, length as u8]),
        // Contents here come from datagrams, so their length fits in two bytes.
        length => {
            out.push(0x82);
            out.extend_from_slice(&(length as u16).to_be_bytes());
        }
    }
    out.extend_from_slice(content);
    out
}

/// Elements one behind the other within another.
pub(super) fn nest(tag: u8, parts: &[Vec<u8>]) -> Vec<u8> {
    element(tag, &parts.concat())
}

/// A small integer, tag 2 or another that is coded alike.
pub(super) fn integer(tag: u8, value: u32) -> Vec<u8> {
    let bytes = value.to_be_bytes();
    let zeros = bytes.iter().take(3).take_while(|&&byte| byte == 0).count();
    let mut content = bytes[zeros..].to_vec();
    if content[0] >= 0x80 {
        content.insert(0, 0);
    }
    element(tag, &content)
}

/// A string of bytes, tag 4.
pub(super) fn text(value: &str) -> Vec<u8> {
    element(4, value.as_bytes())
}
