use super::read::{self, Kind, Unread};
use super::write::replace;
use std::io::{self, Write as _};
use std::path::{Component, Path, PathBuf};

/// A folder that is filled with files whose names follow from what others named: `--out`, `--snapshots`.
///
/// Where the folder itself lies a person said. What is inside it may have come along with a stranger's files, so that
/// nothing in it is followed if it is a link.
#[derive(Debug)]
pub struct Shelf {
    root: PathBuf,
}

impl Shelf {
    /// In this folder, which is made where it is not there.
    pub fn new(root: PathBuf) -> Shelf {
        Shelf { root }
    }

    /// Makes the folder, where it is not there.
    ///
    /// # Errors
    /// What the system says: a file of its name, a folder that may not be written in.
    pub fn make(&self) -> io::Result<()> {
        std::fs::create_dir_all(&self.root)
    }

    /// Writes a file in it and makes the folders above, beside the old one first.
    ///
    /// # Errors
    /// A link on the way, and what the system says; the file is as it was.
    pub fn write(&self, inside: &Path, bytes: &[u8]) -> io::Result<()> {
        std::fs::create_dir_all(&self.root)?;
        let path = self.locate(inside, |folder| match std::fs::create_dir(folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
            Ok(()) | Err(_) => Ok(()),
        })?;
        replace(&path, |file| file.write_all(bytes))
    }

    /// Reads a file in it; none where there is none.
    ///
    /// # Errors
    /// A link on the way, and as [`super::text`].
    pub fn text(&self, inside: &Path, kind: &Kind) -> Result<Option<String>, Unread> {
        let path = self.locate(inside, |_| Ok(()))?;
        match read::text(&path, kind) {
            Ok(text) => Ok(Some(text)),
            Err(Unread::Missing) => Ok(None),
            Err(other) => Err(other),
        }
    }

    /// Removes a file in it, where there is one.
    ///
    /// # Errors
    /// A link on the way, and what the system says.
    pub fn remove(&self, inside: &Path) -> io::Result<()> {
        match std::fs::remove_file(self.locate(inside, |_| Ok(()))?) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// The place of a file, once each folder on the way was `entered` and none is a link, and the file is none.
    fn locate(&self, inside: &Path, enter: impl Fn(&Path) -> io::Result<()>) -> io::Result<PathBuf> {
        let mut at = self.root.clone();
        let mut parts = inside.components().peekable();
        while let Some(part) = parts.next() {
            let Component::Normal(name) = part else {
                return Err(io::Error::new(io::ErrorKind::InvalidInput, "the name leads outside the folder"));
            };
            at.push(name);
            if parts.peek().is_some() {
                enter(&at)?;
            }
            if std::fs::symlink_metadata(&at).is_ok_and(|meta| meta.is_symlink()) {
                let what = format!("{name} is a link, and seqcheck follows no links here", name = name.display());
                return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
            }
        }
        Ok(at)
    }
}
