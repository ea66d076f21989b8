//! Texts made to be deep or wrong.

use super::read;

#[test]
fn limits_are_named() {
    let long = format!("sequenceDiagram\nA->>B: {}\n", "x".repeat(70_000));
    assert!(read(&long).1.contains("limit on the length of a label"), "{}", read(&long).1);
    let longer = format!("sequenceDiagram\nA->>B: {}\n", "x".repeat(80_000));
    assert!(read(&longer).1.contains("limit on the length of a line"), "{}", read(&longer).1);
    let deep = format!("sequenceDiagram\n{}A->>B: x\n{}", "opt x\n".repeat(65), "end\n".repeat(65));
    assert!(read(&deep).1.contains("limit on nested blocks"), "{}", read(&deep).1);
    let fits = format!("sequenceDiagram\n{}A->>B: x\n{}", "opt x\n".repeat(64), "end\n".repeat(64));
    assert!(read(&fits).0.is_some(), "{}", read(&fits).1);
}

#[test]
fn no_piece_of_a_diagram_breaks_the_reader() {
    let text = include_str!("../../cases/dialects/everything.mmd");
    let mut begin = 0;
    for line in text.split_inclusive('\n') {
        // Within a line only that line matters, before and behind it only whole lines do.
        for (at, _) in line.char_indices() {
            read(&format!("sequenceDiagram\n{}", &line[..at]));
            read(&format!("sequenceDiagram\n{}", &line[at..]));
        }
        read(&text[..begin]);
        read(&text[begin..]);
        read(&format!("sequenceDiagram\n{}", &text[begin..]));
        begin += line.len();
    }
}
