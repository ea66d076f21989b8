use super::Reader;
use super::node::Node;
use crate::wire::codec::{Codec, NamedCodec};

impl Reader {
    /// `codec = "json"`
    pub fn codec(&mut self, node: &Node) -> Option<Codec> {
        self.word(node, &NamedCodec::ALL.map(|(codec, word, _)| (word, codec))).map(Codec::Named)
    }
}
