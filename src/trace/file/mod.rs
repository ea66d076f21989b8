//! The file form of a trace: JSON lines, the first of which is the header.
//!
//! ```text
//! {"format":"seqcheck trace","version":1,"scenario":"scenarios/chat.seq",…,"lifelines":["Alice","Bob","Server"]}
//! {"at":0,"event":"sent","from":"Alice","to":"Server","channel":"socket","arrow":0,"label":"WS connect"}
//! {"at":0,"event":"done","client":"Alice","arrow":0}
//! {"at":0,"event":"received","client":"Alice","from":"Server","channel":"socket","message":{"text":"{\"type\":…"}}
//! ```
//!
//! Lifelines are named, arrows are numbered as the order numbers them (from 0), times are nanoseconds since the start of
//! the play. What [`write()`] writes [`read`] reads back equal, bit for bit.

mod line;
mod reader;
#[cfg(test)]
mod tests;

use super::{Entry, Event, Moment, Stops};
use crate::source::visible_json;
use crate::wire::Raw;
use line::{Line, Written, WrittenRaw};
pub use reader::Reader;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

/// The version that is written, and the newest that is read.
pub const VERSION: u32 = 1;

const FORMAT: &str = "seqcheck trace";

/// So many lines that cannot be read are told.
pub const TOLD: usize = 20;

/// What a trace is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The diagram's file, as it was given.
    pub scenario: String,
    /// [`fingerprint`] of the diagram's text: tells whether it has changed since.
    pub fingerprint: String,
    /// The binding, by name.
    pub binding: String,
    /// The seed of the play.
    pub seed: u64,
    /// Which play of several this is, from 0.
    pub play: u32,
    /// The order mode, by its word.
    pub order: String,
    /// The deadline of an expected frame, in nanoseconds.
    pub timeout: u64,
    /// The window of silence at the end, in nanoseconds.
    pub settle: u64,
    /// Whether times are virtual.
    pub virtual_time: bool,
    /// The names of the lifelines, in the order of the diagram.
    pub lifelines: Vec<String>,
    /// The names of those that the tool played.
    pub simulated: Vec<String>,
    /// How many messages were sent, so that it shows where some are lost; none where nobody counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sends: Option<u32>,
    /// Those that were spoken with over a plain stream of bytes, where no Close has a code.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub streams: Vec<String>,
    /// How many entries hold messages that were too long to be searched for secrets, and are kept as they begin.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub shortened: u32,
    /// When the time of the play stood still.
    #[serde(default, skip_serializing_if = "Stops::is_empty")]
    pub stops: Stops,
    /// What the binding was waiting for when the play was over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub awaited: Vec<Awaited>,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // Serde hands it in like this.
fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// A step of the binding that no arrow draws, and that did not come as it should: of a login, a preamble, an
/// acknowledgement.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Awaited {
    /// The arrow that began it.
    pub arrow: u32,
    /// Who waited.
    pub client: String,
    /// Which step of the binding it is.
    pub step: String,
    /// What was to come.
    pub wants: String,
    /// What came instead, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub got: Option<String>,
}

/// A number that changes when a text does (64-bit FNV-1a), in hexadecimal.
pub fn fingerprint(text: &str) -> String {
    let hash = text
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    format!("{hash:016x}")
}

/// Why a trace cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub message: String,
    /// The way out.
    pub help: &'static str,
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {} ({})", self.line, self.message, self.help)
    }
}

impl std::error::Error for ReadError {}

#[derive(Serialize, Deserialize)]
struct Head {
    format: String,
    version: u32,
    #[serde(flatten)]
    header: Header,
}

/// Format and version alone: read first, so that a newer file is named as such whatever else it holds.
#[derive(Deserialize)]
struct Kind {
    format: String,
    version: u32,
}

/// The whole file.
pub fn write(header: &Header, entries: &[Entry]) -> String {
    let mut out = String::with_capacity(128 * (entries.len() + 2));
    let head = Head { format: FORMAT.to_owned(), version: VERSION, header: header.clone() };
    append(&mut out, &head);
    for entry in entries {
        append(&mut out, &Line { at: entry.at.0, event: written(header, &entry.event) });
    }
    out
}

// Writing plain data with string keys to memory cannot fail; were it to, the reader would name the line. Line by line: what
// is made visible is a copy.
fn append(out: &mut String, line: &impl Serialize) {
    out.push_str(&visible_json(serde_json::to_string(line).unwrap_or_default()));
    out.push('\n');
}

fn written(header: &Header, event: &Event) -> Written {
    let name = |lifeline: u32| {
        header.lifelines.get(lifeline as usize).cloned().unwrap_or_else(|| format!("lifeline {lifeline}"))
    };
    match event {
        Event::Sent { lifeline, to, channel, arrow, label, raw } => Written::Sent {
            from: name(*lifeline),
            to: name(*to),
            channel: *channel,
            arrow: *arrow,
            label: label.to_string(),
            raw: raw.iter().map(WrittenRaw::from).collect(),
        },
        Event::Received { lifeline, from, channel, observed } => Written::Received {
            client: name(*lifeline),
            from: name(*from),
            channel: *channel,
            observed: observed.into(),
        },
        Event::Done { lifeline, arrow } => Written::Done { client: name(*lifeline), arrow: *arrow },
        Event::Echoed { lifeline } => Written::Echoed { client: name(*lifeline) },
        Event::Quiet { evidence, listened, weaker } => Written::Quiet {
            evidence: *evidence,
            listened: u64::try_from(listened.as_nanos()).unwrap_or(u64::MAX),
            weaker: weaker.iter().map(|&(lifeline, evidence)| (name(lifeline), evidence)).collect(),
        },
        Event::Chose { fragment, turn, choice } => Written::Chose { fragment: *fragment, turn: *turn, choice: *choice },
        Event::Learned { lifeline, hole, value, reach } => Written::Learned {
            client: header.lifelines.get(*lifeline as usize).cloned(),
            hole: hole.to_string(),
            value: value.clone(),
            reach: *reach,
        },
        Event::Frozen => Written::Frozen,
    }
}

/// Reads a whole file.
///
/// # Errors
/// Every line that cannot be read, the first [`TOLD`] of them; where the header cannot, that alone.
pub fn read(text: &str) -> Result<(Header, Vec<Entry>), Vec<ReadError>> {
    let mut reader = Reader::new(text.as_bytes()).map_err(|error| vec![error])?;
    let mut entries = Vec::new();
    let mut errors = Vec::new();
    for entry in &mut reader {
        match entry {
            Ok(entry) => entries.push(entry),
            Err(error) => errors.push(error),
        }
        if errors.len() == TOLD {
            break;
        }
    }
    if errors.is_empty() { Ok((reader.header, entries)) } else { Err(errors) }
}

fn header(line: &str) -> Result<Header, ReadError> {
    let error = |message: String, help| ReadError { line: 1, message, help };
    let help = "use a trace file that `--out` wrote";
    // Nothing of what is no trace is shown: whose file it is nobody knows.
    let kind: Kind = serde_json::from_str(line).map_err(|why| {
        let why = if why.is_data() { "it has no `format` and `version`".to_owned() } else { why.to_string() };
        error(format!("this is not a trace of seqcheck: {why}"), help)
    })?;
    if kind.format != FORMAT {
        return Err(error(format!("this is not a trace of seqcheck: its `format` is not `{FORMAT}`"), help));
    }
    if kind.version == 0 || kind.version > VERSION {
        return Err(error(
            format!("the trace has version {}, but this seqcheck reads only versions up to {VERSION}", kind.version),
            "use the version of seqcheck that wrote it, or record it again",
        ));
    }
    let head: Head = serde_json::from_str(line).map_err(|why| error(format!("the header is broken: {why}"), help))?;
    Ok(head.header)
}

/// How deep lists and objects may stand in one another in a line: an element of XML takes two levels of it, and as many of
/// those as a frame may hold are written as well as read.
const DEPTH: usize = 300;

fn parse(line: &str) -> Result<Line, String> {
    let (mut depth, mut inside, mut escaped) = (0_usize, false, false);
    for byte in line.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if inside => escaped = true,
            b'"' => inside = !inside,
            b'[' | b'{' if !inside => depth += 1,
            b']' | b'}' if !inside => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEPTH {
            return Err(format!("more than {DEPTH} nested lists and objects"));
        }
    }
    let mut reader = serde_json::Deserializer::from_str(line);
    reader.disable_recursion_limit();
    let read = Line::deserialize(&mut reader).and_then(|line| reader.end().map(|()| line));
    read.map_err(|why| why.to_string())
}

/// The lifelines of a header by name: of two of one name it is the first.
type Names = FxHashMap<String, u32>;

fn names(header: &Header) -> Names {
    let mut names = Names::default();
    for (index, name) in (0..).zip(&header.lifelines) {
        names.entry(name.clone()).or_insert(index);
    }
    names
}

fn entry(names: &Names, line: &str) -> Result<Entry, String> {
    let line = parse(line).map_err(|why| format!("this is not an entry of a trace: {why}"))?;
    let find = |name: &str| -> Result<u32, String> {
        names.get(name).copied().ok_or_else(|| format!("the header has no lifeline `{name}`"))
    };
    let event = match line.event {
        Written::Sent { from, to, channel, arrow, label, raw } => Event::Sent {
            lifeline: find(&from)?,
            to: find(&to)?,
            channel,
            arrow,
            label: label.into(),
            raw: raw.into_iter().map(Raw::try_from).collect::<Result<_, _>>()?,
        },
        Written::Received { client, from, channel, observed } => {
            Event::Received { lifeline: find(&client)?, from: find(&from)?, channel, observed: observed.try_into()? }
        }
        Written::Done { client, arrow } => Event::Done { lifeline: find(&client)?, arrow },
        Written::Echoed { client } => Event::Echoed { lifeline: find(&client)? },
        Written::Quiet { evidence, listened, weaker } => Event::Quiet {
            evidence,
            listened: Duration::from_nanos(listened),
            weaker: weaker
                .into_iter()
                .map(|(name, evidence)| Ok((find(&name)?, evidence)))
                .collect::<Result<_, String>>()?,
        },
        Written::Chose { fragment, turn, choice } => Event::Chose { fragment, turn, choice },
        Written::Learned { client, hole, value, reach } => {
            Event::Learned { lifeline: client.as_deref().map_or(Ok(u32::MAX), find)?, hole: hole.into(), value, reach }
        }
        Written::Frozen => Event::Frozen,
    };
    Ok(Entry { at: Moment(line.at), event })
}
