use super::why;
use std::ffi::OsString;
use std::fmt;
use std::fs::{File, FileType, OpenOptions};
use std::io::{self, Read, Seek as _};
use std::path::Path;
use std::time::SystemTime;

/// A kind of file that is read: how much of it, and under which names.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// What it is, as messages say it: `a diagram`.
    pub name: &'static str,
    /// Bytes at most.
    pub most: u64,
    /// Whether a file of this name may be one. It is asked of the file itself where what was named is a link to it: a
    /// link `chat.seq` that leads to `/etc/passwd` is no diagram, and no line of it may stand in a message.
    pub named: fn(&Path) -> bool,
}

/// Why a file was not read.
#[derive(Debug)]
pub enum Unread {
    /// There is nothing of this name.
    Missing,
    /// It is no file: a folder, a pipe, a device, a socket.
    Irregular(&'static str),
    /// It is a link to a file whose own name is not one of its kind.
    Linked(&'static str),
    /// It is larger than so many bytes.
    Large(u64),
    /// It is no UTF-8 text; the first byte that is not.
    NoText(usize),
    /// The system says no.
    System(io::Error),
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unread::Missing => f.write_str("no such file or directory"),
            Unread::Irregular(what) => write!(f, "this is {what}; seqcheck reads only files"),
            Unread::Linked(kind) => write!(f, "a link to a file whose name is not a name of {kind}"),
            Unread::Large(most) => write!(f, "larger than {}, the limit on the size of a file", size(*most)),
            Unread::NoText(at) => write!(f, "not UTF-8 text at byte {at}"),
            Unread::System(error) => f.write_str(&why(error)),
        }
    }
}

impl From<io::Error> for Unread {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Unread::Missing,
            _ => Unread::System(error),
        }
    }
}

/// What can be told of a file that something is to be written over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Somebody may run it.
    pub runs: bool,
    /// How it begins.
    pub head: Vec<u8>,
    /// How it ends.
    pub tail: Vec<u8>,
}

/// How a file that is there begins and ends, so many bytes of each; none where there is nothing of this name.
///
/// # Errors
/// What is no regular file, and what the system says.
pub fn standing(path: &Path, bytes: u64) -> Result<Option<Standing>, Unread> {
    match std::fs::metadata(path) {
        Ok(meta) => regular(meta.file_type())?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    }
    let mut file = open(path)?;
    let meta = file.metadata()?;
    regular(meta.file_type())?;
    #[cfg(unix)]
    let runs = std::os::unix::fs::PermissionsExt::mode(&meta.permissions()) & 0o111 != 0;
    #[cfg(not(unix))]
    let runs = false;
    let (mut head, mut tail) = (Vec::new(), Vec::new());
    file.by_ref().take(bytes).read_to_end(&mut head)?;
    file.seek(io::SeekFrom::Start(meta.len().saturating_sub(bytes)))?;
    file.take(bytes).read_to_end(&mut tail)?;
    Ok(Some(Standing { runs, head, tail }))
}

/// When a file was last changed, where the system says so, and how long it is; none where there is none.
pub fn stamp(path: &Path) -> Option<(Option<SystemTime>, u64)> {
    let about = std::fs::metadata(path).ok()?;
    Some((about.modified().ok(), about.len()))
}

fn size(bytes: u64) -> String {
    match bytes {
        bytes if bytes >= 1 << 30 => format!("{} GiB", bytes >> 30),
        bytes if bytes >= 1 << 20 => format!("{} MiB", bytes >> 20),
        bytes => format!("{bytes} bytes"),
    }
}

/// The text of a file.
///
/// # Errors
/// What is no regular file of this kind, or no UTF-8.
pub fn text(path: &Path, kind: &Kind) -> Result<String, Unread> {
    utf8(bytes(path, kind)?)
}

/// The bytes of a file.
///
/// # Errors
/// What is no regular file of this kind.
pub fn bytes(path: &Path, kind: &Kind) -> Result<Vec<u8>, Unread> {
    let (file, length) = opened(path, kind)?;
    limited(file, kind, Vec::with_capacity(usize::try_from(length).unwrap_or(0)))
}

/// A file that is gone through without being held whole: for what may be larger than a run may take.
#[derive(Debug)]
pub struct Stream {
    file: File,
    most: u64,
    left: u64,
}

/// Opens a file to be gone through.
///
/// # Errors
/// What is no regular file of this kind.
pub fn stream(path: &Path, kind: &Kind) -> Result<Stream, Unread> {
    let (file, _) = opened(path, kind)?;
    Ok(Stream { file, most: kind.most, left: kind.most })
}

impl Stream {
    /// Goes back to the beginning.
    ///
    /// # Errors
    /// What the system says.
    pub fn again(&mut self) -> io::Result<()> {
        self.left = self.most;
        self.file.rewind()
    }
}

impl Read for Stream {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(into)?;
        // It may grow while it is read.
        self.left = self
            .left
            .checked_sub(read as u64)
            .ok_or_else(|| io::Error::new(io::ErrorKind::FileTooLarge, Unread::Large(self.most).to_string()))?;
        Ok(read)
    }
}

/// A regular file of this kind, and how long it is.
fn opened(path: &Path, kind: &Kind) -> Result<(File, u64), Unread> {
    regular(std::fs::metadata(path)?.file_type())?;
    if std::fs::symlink_metadata(path)?.is_symlink() && !(kind.named)(&path.canonicalize()?) {
        return Err(Unread::Linked(kind.name));
    }
    let file = open(path)?;
    // Once more: what it is may have changed.
    let meta = file.metadata()?;
    regular(meta.file_type())?;
    if meta.len() > kind.most {
        return Err(Unread::Large(kind.most));
    }
    Ok((file, meta.len()))
}

/// The text of a stream: standard input.
///
/// # Errors
/// More than a file of this kind may hold, or no UTF-8.
pub fn take(stream: impl Read, kind: &Kind) -> Result<String, Unread> {
    utf8(limited(stream, kind, Vec::new())?)
}

/// The names in a folder, sorted.
///
/// # Errors
/// What the system says.
pub fn names(folder: &Path) -> io::Result<Vec<OsString>> {
    let mut names: Vec<OsString> =
        std::fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name())).collect::<io::Result<_>>()?;
    names.sort();
    Ok(names)
}

fn utf8(bytes: Vec<u8>) -> Result<String, Unread> {
    String::from_utf8(bytes).map_err(|error| Unread::NoText(error.utf8_error().valid_up_to()))
}

fn limited(stream: impl Read, kind: &Kind, mut bytes: Vec<u8>) -> Result<Vec<u8>, Unread> {
    // One byte more than allowed is enough to know.
    stream.take(kind.most.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > kind.most { Err(Unread::Large(kind.most)) } else { Ok(bytes) }
}

/// Opens without waiting for whoever might be at the other end.
fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        use std::os::unix::fs::OpenOptionsExt as _;
        // Neither is ever the sign bit.
        options.custom_flags((OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed());
    }
    options.open(path)
}

/// Refuses what is no file.
fn regular(kind: FileType) -> Result<(), Unread> {
    if kind.is_file() { Ok(()) } else { Err(Unread::Irregular(irregular(kind))) }
}

fn irregular(kind: FileType) -> &'static str {
    if kind.is_dir() {
        return "a folder";
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        if kind.is_fifo() {
            return "a pipe";
        }
        if kind.is_char_device() || kind.is_block_device() {
            return "a device";
        }
        if kind.is_socket() {
            return "a socket";
        }
    }
    "not a regular file"
}
