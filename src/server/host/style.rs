/// How the host writes what the machine says. The default is the plain way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// Text messages are cut into frames of at most this many bytes, also in the middle of a character.
    pub fragment: Option<usize>,
    /// A ping stands between the fragments of a message.
    pub ping_inside: bool,
    /// Of several pings that were read at once only the newest is answered.
    pub newest_pong_only: bool,
    /// Responses have headers that nobody asked for.
    pub extra_headers: bool,
}
