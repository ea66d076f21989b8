use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The files that are being written and have not taken their names yet, so that whoever ends the process can remove them.
#[derive(Debug, Default)]
pub(super) struct Unfinished(Mutex<Vec<PathBuf>>);

/// Those of this process.
static UNFINISHED: Unfinished = Unfinished(Mutex::new(Vec::new()));

/// What was being written is gone, and nothing new is begun or takes its name while this is held.
#[derive(Debug)]
#[must_use = "writing goes on once it is dropped"]
pub struct Abandoned<'u> {
    _held: MutexGuard<'u, Vec<PathBuf>>,
}

/// Removes what is being written: for whoever ends the process at once.
pub fn abandon() -> Abandoned<'static> {
    UNFINISHED.abandon()
}

impl Unfinished {
    pub(super) fn abandon(&self) -> Abandoned<'_> {
        let mut held = self.held();
        for path in held.drain(..) {
            let _ = std::fs::remove_file(path);
        }
        Abandoned { _held: held }
    }

    fn held(&self) -> MutexGuard<'_, Vec<PathBuf>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes a file that a person named, and makes the folders above it. A link is followed: the file that it leads to is
/// written. The new text is written beside the old and takes its name, so that the file is as it was, or whole and new.
///
/// # Errors
/// What the system says; the file is as it was.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let path = match path.canonicalize() {
        Ok(path) => path,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder)?;
            }
            path.to_path_buf()
        }
        Err(error) => return Err(error),
    };
    match std::fs::metadata(&path) {
        // A terminal, a pipe to another program: there is nothing to lose.
        Ok(meta) if !meta.is_file() && !meta.is_dir() => straight(&path)?.write_all(bytes),
        Ok(_) | Err(_) => replace(&path, |file| {
            file.write_all(bytes)?;
            file.sync_all()
        }),
    }
}

/// Writes a file that is not there yet, and makes the folders above it. Whether it is new: one that is there is never
/// touched.
///
/// # Errors
/// What the system says; there is no file then.
pub fn create(path: &Path, bytes: &[u8]) -> io::Result<bool> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut file = match File::create_new(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(false),
        Err(error) => return Err(error),
    };
    match file.write_all(bytes) {
        Ok(()) => Ok(true),
        Err(error) => {
            let _ = std::fs::remove_file(path);
            Err(error)
        }
    }
}

/// A new file in the folder of another takes its place once it is whole. It has the permissions of the old one.
pub(super) fn replace(path: &Path, fill: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
    replace_among(&UNFINISHED, path, fill)
}

pub(super) fn replace_among(
    unfinished: &Unfinished,
    path: &Path,
    fill: impl FnOnce(&mut File) -> io::Result<()>,
) -> io::Result<()> {
    let (beside, mut file) = {
        let mut held = unfinished.held();
        let (beside, file) = beside(path)?;
        held.push(beside.clone());
        (beside, file)
    };
    let filled = fill(&mut file).and_then(|()| match std::fs::symlink_metadata(path) {
        Ok(old) if old.is_file() => like(&file, &old),
        Ok(_) | Err(_) => Ok(()),
    });
    let mut held = unfinished.held();
    held.retain(|one| *one != beside);
    let done = filled.and_then(|()| std::fs::rename(&beside, path));
    if done.is_err() {
        let _ = std::fs::remove_file(&beside);
    }
    done
}

/// An empty file that nobody else has, in the same folder.
fn beside(path: &Path) -> io::Result<(PathBuf, File)> {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    loop {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let beside = path.with_file_name(format!(".seqcheck-{}-{number}.tmp", std::process::id()));
        match File::create_new(&beside) {
            Ok(file) => return Ok((beside, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
}

/// Gives a file the permissions of another, and its owner where that is allowed.
fn like(file: &File, old: &std::fs::Metadata) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let new = file.metadata()?;
        if (new.uid(), new.gid()) != (old.uid(), old.gid()) {
            let _ = std::os::unix::fs::fchown(file, Some(old.uid()), Some(old.gid()));
        }
    }
    file.set_permissions(old.permissions())
}

/// Opens what is no regular file; a pipe that nobody reads is an error, and not a wait.
fn straight(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        use std::os::unix::fs::OpenOptionsExt as _;
        options.custom_flags((OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed());
        let file = options.open(path)?;
        let flags = rustix::fs::fcntl_getfl(&file)?;
        rustix::fs::fcntl_setfl(&file, flags - OFlags::NONBLOCK)?;
        Ok(file)
    }
    #[cfg(not(unix))]
    options.open(path)
}
