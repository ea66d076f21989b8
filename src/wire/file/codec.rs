use super::Reader;
use super::node::{Node, Shape};
use crate::framing::Framing;
use crate::wire::codec::{Codec, NamedCodec};

impl Reader {
    /// `framing = "lines"`
    pub fn framing(&mut self, node: &Node) -> Option<Framing> {
        self.word(node, &Framing::ALL.map(|(framing, word, _)| (word, framing)))
    }

    /// `codec = "json"` or `codec = { command = ["python3", "codec.py"] }`
    pub fn codec(&mut self, node: &Node) -> Option<Codec> {
        let Shape::Table(entries) = &node.shape else {
            return self.word(node, &NamedCodec::ALL.map(|(codec, word, _)| (word, codec))).map(Codec::Named);
        };
        match &entries[..] {
            [entry] if entry.key == "command" => {
                let words: Vec<String> = self.strings(&entry.value).into_iter().map(|(word, _)| word).collect();
                if words.is_empty() {
                    self.wrong(entry.value.span, "`command` needs the words of a command, as a list");
                    return None;
                }
                Some(Codec::Command(words.into()))
            }
            _ => {
                self.wrong(node.span, "a codec is a name, or `{ command = [\"…\"] }`");
                None
            }
        }
    }
}
