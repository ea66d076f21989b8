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
            Some((pid, parent(&files::text(&all.join(&name).join("stat"), &STAT).ok()?)?))
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
}
