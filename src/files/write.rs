use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

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
    let (beside, mut file) = beside(path)?;
    let filled = fill(&mut file).and_then(|()| {
        if let Ok(old) = std::fs::symlink_metadata(path)
            && old.is_file()
        {
            like(&file, &old)?;
        }
        std::fs::rename(&beside, path)
    });
    if filled.is_err() {
        let _ = std::fs::remove_file(&beside);
    }
    filled
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
