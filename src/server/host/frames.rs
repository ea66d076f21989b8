use super::Style;
use tokio_tungstenite::tungstenite::protocol::frame::FrameHeader;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Control, Data, OpCode};

/// Appends one unmasked frame.
fn frame(out: &mut Vec<u8>, opcode: OpCode, is_final: bool, payload: &[u8]) {
    let header = FrameHeader { is_final, opcode, ..FrameHeader::default() };
    // Writing to a vector does not fail.
    let _ = header.format(payload.len() as u64, out);
    out.extend_from_slice(payload);
}

/// Appends a text message.
pub(super) fn text(out: &mut Vec<u8>, payload: &[u8], style: &Style) {
    let Some(size) = style.fragment else {
        return frame(out, OpCode::Data(Data::Text), true, payload);
    };
    let mut pieces = payload.chunks(size.max(1)).peekable();
    let mut opcode = OpCode::Data(Data::Text);
    if pieces.peek().is_none() {
        frame(out, opcode, true, payload);
    }
    while let Some(piece) = pieces.next() {
        frame(out, opcode, pieces.peek().is_none(), piece);
        opcode = OpCode::Data(Data::Continue);
        if style.ping_inside && pieces.peek().is_some() {
            ping(out);
        }
    }
}

/// Appends a binary message.
pub(super) fn binary(out: &mut Vec<u8>, payload: &[u8]) {
    frame(out, OpCode::Data(Data::Binary), true, payload);
}

/// Appends a ping.
pub(super) fn ping(out: &mut Vec<u8>) {
    frame(out, OpCode::Control(Control::Ping), true, b"");
}

/// Appends a pong.
pub(super) fn pong(out: &mut Vec<u8>, payload: &[u8]) {
    frame(out, OpCode::Control(Control::Pong), true, payload);
}

/// Appends a Close.
pub(super) fn close(out: &mut Vec<u8>, code: Option<u16>) {
    match code {
        Some(code) => frame(out, OpCode::Control(Control::Close), true, &code.to_be_bytes()),
        None => frame(out, OpCode::Control(Control::Close), true, b""),
    }
}
