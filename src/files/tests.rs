use super::*;
use std::io::{self, Write as _};
use std::path::Path;

const SMALL: Kind = Kind { name: "a small text", most: 8, named: |path| path.extension().is_some_and(|e| e == "txt") };

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder to write in")
}

fn told(path: &Path) -> String {
    text(path, &SMALL).map_or_else(|why| why.to_string(), |text| format!("read {text}"))
}

fn held(path: &Path) -> String {
    std::fs::read_to_string(path).expect("it is there")
}

#[test]
fn a_file_is_read_up_to_its_limit() {
    let folder = folder();
    let path = folder.path().join("a.txt");
    for (content, wanted) in [
        ("", "read "),
        ("12345678", "read 12345678"),
        ("123456789", "larger than 8 bytes, the limit on the size of a file"),
    ] {
        std::fs::write(&path, content).expect("can be written");
        assert_eq!(told(&path), wanted);
    }
    std::fs::write(&path, b"ab\xff").expect("can be written");
    assert_eq!(told(&path), "not UTF-8 text at byte 2");
    assert_eq!(told(&folder.path().join("b.txt")), "no such file or directory");
    assert_eq!(told(folder.path()), "this is a folder; seqcheck reads only files");
    assert!(matches!(take(io::repeat(b'x'), &SMALL), Err(Unread::Large(8))));
}

#[cfg(unix)]
#[test]
fn what_never_ends_is_not_read() {
    let folder = folder();
    let pipe = folder.path().join("pipe.txt");
    let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
    rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, mode).expect("a pipe");
    assert_eq!(told(&pipe), "this is a pipe; seqcheck reads only files");
    for device in ["/dev/zero", "/dev/full", "/dev/tty"] {
        if Path::new(device).exists() {
            assert_eq!(told(device.as_ref()), "this is a device; seqcheck reads only files");
        }
    }
    let socket = folder.path().join("socket.txt");
    let _listening = std::os::unix::net::UnixListener::bind(&socket).expect("a socket");
    assert_eq!(told(&socket), "this is a socket; seqcheck reads only files");
    // Writing there waits for nobody either.
    assert!(write(&pipe, b"x").is_err());
}

#[cfg(unix)]
#[test]
fn a_link_is_read_where_it_leads_to_a_file_of_its_kind() {
    use std::os::unix::fs::symlink;
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("real.txt"), "real").expect("can be written");
    std::fs::write(at("secret"), "secret").expect("can be written");
    symlink("real.txt", at("good.txt")).expect("a link");
    symlink("secret", at("bad.txt")).expect("a link");
    symlink("loop.txt", at("loop.txt")).expect("a link");
    assert_eq!(told(&at("good.txt")), "read real");
    assert_eq!(told(&at("bad.txt")), "a link to a file whose name is not a name of a small text");
    assert!(text(&at("loop.txt"), &SMALL).is_err());
}

#[test]
fn what_cannot_be_written_whole_is_left_as_it_was() {
    let folder = folder();
    let path = folder.path().join("a.seq");
    std::fs::write(&path, "old").expect("can be written");
    let full = write::replace(&path, |file| {
        file.write_all(b"half of the ne")?;
        Err(io::ErrorKind::StorageFull.into())
    });
    assert_eq!(full.map_err(|error| error.kind()), Err(io::ErrorKind::StorageFull));
    assert_eq!(held(&path), "old");
    assert_eq!(names(folder.path()).expect("a folder"), ["a.seq"], "nothing is left beside it");
    write(&path, b"new").expect("can be written");
    assert_eq!(held(&path), "new");
    assert_eq!(names(folder.path()).expect("a folder"), ["a.seq"]);
    assert!(!create(&path, b"newer").expect("it is there"));
    assert!(create(&folder.path().join("in/b"), b"b").expect("it is made"));
    assert_eq!((held(&path), held(&folder.path().join("in/b"))), ("new".to_owned(), "b".to_owned()));
}

#[cfg(unix)]
#[test]
fn a_file_keeps_its_permissions_and_a_link_stays_one() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let folder = folder();
    let (path, link) = (folder.path().join("a.seq"), folder.path().join("link.seq"));
    std::fs::write(&path, "old").expect("can be written");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).expect("can be set");
    symlink("a.seq", &link).expect("a link");
    write(&link, b"new").expect("can be written");
    assert!(link.is_symlink());
    assert_eq!(held(&path), "new");
    assert_eq!(path.metadata().expect("it is there").permissions().mode() & 0o777, 0o640);
}

#[cfg(unix)]
#[test]
fn nothing_is_followed_inside_a_shelf() {
    use std::os::unix::fs::symlink;
    let (folder, outside) = (folder(), folder());
    let secret = outside.path().join("secret");
    std::fs::write(&secret, "secret").expect("can be written");
    symlink(outside.path(), folder.path().join("out")).expect("a link");
    symlink(&secret, folder.path().join("file")).expect("a link");
    symlink(outside.path().join("nothing"), folder.path().join("dangling")).expect("a link");
    let shelf = Shelf::new(folder.path().to_path_buf());
    for inside in ["out/secret", "out/new", "file", "dangling", "../up", "/etc/x"] {
        assert!(shelf.write(inside.as_ref(), b"x").is_err(), "{inside}");
        assert!(shelf.text(inside.as_ref(), &SMALL).is_err(), "{inside}");
        assert!(shelf.remove(inside.as_ref()).is_err(), "{inside}");
    }
    assert_eq!(held(&secret), "secret");
    assert_eq!(names(outside.path()).expect("a folder"), ["secret"]);
    shelf.write("a/b/c.txt".as_ref(), b"1").expect("can be written");
    assert_eq!(shelf.text("a/b/c.txt".as_ref(), &SMALL).expect("can be read").as_deref(), Some("1"));
    shelf.remove("a/b/c.txt".as_ref()).expect("can be removed");
    shelf.remove("a/b/c.txt".as_ref()).expect("there is nothing to remove");
    assert!(shelf.text("a/b/c.txt".as_ref(), &SMALL).expect("can be read").is_none());
    // The shelf itself may be a link: a person said where it is.
    Shelf::new(folder.path().join("out")).write("new".as_ref(), b"x").expect("can be written");
}

#[test]
fn nothing_half_written_is_left_by_whoever_ends_the_process() {
    let folder = folder();
    let path = folder.path().join("a.txt");
    std::fs::write(&path, "old").expect("written");
    let unfinished = write::Unfinished::default();
    let left = || names(folder.path()).expect("a folder");
    let written = write::replace_among(&unfinished, &path, |file| {
        file.write_all(b"half")?;
        assert_eq!(left().len(), 2);
        let held = unfinished.abandon();
        assert_eq!(left(), ["a.txt"]);
        drop(held);
        Ok(())
    });
    assert!(written.is_err());
    assert_eq!((left(), std::fs::read_to_string(&path).expect("read")), (vec!["a.txt".into()], "old".to_owned()));
}
