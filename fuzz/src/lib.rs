//! What the fuzz targets do with the bytes that they are given. See `README.md`.

mod bodies;

/// A text of a file with this ending, for every verb that reads such a file. Bytes that are no UTF-8 are told by all of
/// them alike, and are no news.
pub fn text(ending: &str, data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let place = bodies::Place::with(ending, text);
    // The verbs that take turns do so by the text, so that the same text is always the same.
    let number = data.iter().fold(0, |all: u64, byte| all.wrapping_mul(31).wrapping_add(u64::from(*byte)));
    for command in bodies::commands(ending, number) {
        let told = place.run(&command);
        if let Some(fault) = bodies::fault(&told) {
            panic!("{}: {fault}\n{told}", command.join(" "));
        }
    }
}

/// A frame: the first byte says under which codec, and whether it is text.
pub fn frame(data: &[u8]) {
    let Some((first, payload)) = data.split_first() else { return };
    let told = bodies::frame(usize::from(*first >> 1), *first & 1 == 1, payload);
    if let Some(fault) = bodies::fault(&told) {
        panic!("{fault}\n{told}");
    }
}
