//! What descends from a process.

use crate::files::{self, Kind};
use rustix::process::Pid;
use std::path::Path;

/// What the system tells of a process, on one line.
const STAT: Kind = Kind { name: "what the system tells of a process", most: 4096, named: |_| true };

/// Every process that descends from this one, children before their children; nothing where the system does not tell
/// (only Linux does, in `/proc`).
pub(super) fn below(root: Pid) -> Vec<Pid> {
    let all = Path::new("/proc");
    let parents: Vec<(Pid, Pid)> = files::names(all)
        .unwrap_or_default()
        .into_iter()
        .filter_map(|name| {
            let pid = name.to_str()?.parse().ok().and_then(Pid::from_raw)?;
            // The name of a process is whatever bytes it likes.
            let stat = files::bytes(&all.join(&name).join("stat"), &STAT).ok()?;
            Some((pid, parent(&String::from_utf8_lossy(&stat))?))
        })
        .collect();
    let mut found = vec![root];
    let mut looked = 0;
    while let Some(&above) = found.get(looked) {
        looked += 1;
        found.extend(parents.iter().filter(|(_, parent)| *parent == above).map(|(pid, _)| *pid));
    }
    found.split_off(1)
}

/// The parent in a line of `/proc/PID/stat`: the second word behind the name, which stands in brackets and may hold any.
fn parent(stat: &str) -> Option<Pid> {
    let (_, behind) = stat.rsplit_once(')')?;
    behind.split_whitespace().nth(1)?.parse().ok().and_then(Pid::from_raw)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_and_blanks_is_no_obstacle() {
        let parent = |line: &str| parent(line).map(Pid::as_raw_nonzero).map(i32::from);
        assert_eq!(parent("12 (sh) S 7 12 12 0"), Some(7));
        assert_eq!(parent("12 (a) S 1 (b) R 9 12 12 0"), Some(9));
        assert_eq!(parent("12 (init) S 0 1"), None);
        assert_eq!(parent(""), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn children_and_their_children_are_found() {
        use std::io::{BufRead as _, BufReader};
        let mut child = std::process::Command::new("sh")
            .args(["-c", "sleep 1000 & echo $!; read nothing; kill $!"])
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .expect("a shell");
        let line = BufReader::new(child.stdout.take().expect("piped")).lines().next().expect("a line").expect("text");
        let pid = |number: u32| i32::try_from(number).ok().and_then(Pid::from_raw).expect("a process");
        let found = below(rustix::process::getpid());
        let place = |wanted: Pid| found.iter().position(|found| *found == wanted);
        assert!(place(pid(child.id())) < place(pid(line.parse().expect("a number"))), "{found:?}");
        drop(child.stdin.take());
        child.wait().expect("it ends");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_child_whose_name_is_no_text_is_found() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt as _;
        use std::os::unix::process::CommandExt as _;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(OsStr::from_bytes(b"\xff) S 1 \xc3"));
        std::os::unix::fs::symlink("/bin/sh", &path).expect("a link");
        let mut child = std::process::Command::new(&path)
            .arg0("sh")
            .args(["-c", "read nothing"])
            .stdin(std::process::Stdio::piped())
            .spawn()
            .expect("a shell");
        let wanted = i32::try_from(child.id()).ok().and_then(Pid::from_raw).expect("a process");
        assert!(below(rustix::process::getpid()).contains(&wanted));
        drop(child.stdin.take());
        child.wait().expect("it ends");
    }
}
