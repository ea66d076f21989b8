use super::{Guard, Output, Program};
use std::io;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// How long a program has between the request to end and its end.
const GRACE: Duration = Duration::from_secs(2);
/// The same for one whose input has ended, which is all that it waits for.
const SPEAKER: Duration = Duration::from_millis(100);
/// How long a guard has for the rest. It needs a third of a second where something does not end by itself.
const GUARD: Duration = Duration::from_secs(12);
/// How often a process is looked at that says nothing by itself.
const LOOK: Duration = Duration::from_millis(10);
/// How long the last words of a program that has ended may take.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// What the shell runs where there is no guard process: a watcher, then the program. The watcher waits for the end of the
/// pipe that is its input and then ends the group, itself included.
#[cfg(unix)]
const SHELL: &str = r#"exec 3<&0 0</dev/null
{ trap '' TERM INT HUP; cat <&3; kill -TERM 0; sleep 2; kill -KILL 0; } >/dev/null 2>&1 &
exec 3<&-
exec "$@""#;

/// What a program that is spoken with reads. On Unix it is a socket, as it is for the children of many launchers (libuv):
/// its end can be told apart from its being shut down. What the program reads may end, so that it says its last words, while
/// the guard still sees that somebody is there.
#[cfg(unix)]
pub type Hearing = std::os::unix::net::UnixStream;
/// What a program that is spoken with reads.
#[cfg(not(unix))]
pub type Hearing = ChildStdin;

/// How a program ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// For people: `exit status: 3`.
    pub words: String,
    /// Whether it did what it should.
    pub success: bool,
}

impl From<ExitStatus> for Ended {
    fn from(status: ExitStatus) -> Ended {
        Ended { words: status.to_string(), success: status.success() }
    }
}

/// A program that was started. It ends when this is dropped, with all that it has started.
#[derive(Debug)]
pub struct Running {
    /// The guard; without one, the program.
    child: Child,
    /// Whether `child` is a guard process.
    guarded: bool,
    /// The program: the leader of its process group.
    #[cfg_attr(not(unix), expect(dead_code, reason = "a process group needs Unix"))]
    pid: u32,
    /// What tells the guard to end all, when it is closed.
    held: Option<ChildStdin>,
    /// The same of a program that is spoken with.
    hearing: Option<Hearing>,
    /// The other side of a conversation.
    speech: Option<ChildStdout>,
    output: Output,
}

impl Running {
    pub(super) fn start(program: &Program, guard: &Guard) -> io::Result<Running> {
        if program.words.is_empty() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "there is no command"));
        }
        match guard {
            Guard::Group => Running::in_group(program),
            Guard::Process(executable) => Running::guarded(program, executable),
        }
    }

    /// Without a guard process.
    fn in_group(program: &Program) -> io::Result<Running> {
        #[cfg(unix)]
        let watched = !program.speaks;
        #[cfg(not(unix))]
        let watched = false;
        let mut command = match watched {
            #[cfg(unix)]
            true => {
                let mut shell = Command::new("sh");
                shell.args(["-c", SHELL, "sh"]).args(&program.words);
                shell
            }
            _ => {
                let mut command = Command::new(&program.words[0]);
                command.args(&program.words[1..]);
                command
            }
        };
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let (mut child, held, hearing) = spawn(command, program)?;
        let output = Output::default();
        let mut speech = child.stdout.take();
        if !program.speaks {
            speech.take().into_iter().for_each(|stdout| output.follow(stdout));
        }
        child.stderr.take().into_iter().for_each(|stderr| output.follow(stderr));
        Ok(Running { pid: child.id(), child, guarded: false, held, hearing, speech, output })
    }

    /// Under a guard process, which says at once whether the program could be started.
    #[cfg(unix)]
    fn guarded(program: &Program, executable: &Path) -> io::Result<Running> {
        use super::guard;
        use std::io::{BufRead as _, BufReader};
        use std::os::unix::process::ExitStatusExt as _;
        let mut command = Command::new(executable);
        command.args([guard::WORD, if program.speaks { guard::SPEAKS } else { guard::QUIET }]).args(&program.words);
        // What is sent to the group of this process is not for the guard.
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let (mut child, held, hearing) = spawn(command, program)?;
        let lost = || io::Error::other("its guard process did not report anything");
        let mut told = BufReader::new(child.stderr.take().ok_or_else(lost)?);
        let mut first = String::new();
        told.read_line(&mut first)?;
        let pid = match first.trim_end().split_once(' ') {
            Some(("started", pid)) => pid.parse().map_err(|_| lost())?,
            Some(("failed", why)) => {
                let _ = child.wait();
                return Err(io::Error::other(why.to_owned()));
            }
            Some(_) | None => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(lost());
            }
        };
        let output = Output::default();
        let mut speech = child.stdout.take();
        if !program.speaks {
            speech.take().into_iter().for_each(|stdout| output.follow(stdout));
        }
        let telling = output.clone();
        std::thread::spawn(move || {
            for line in told.lines().map_while(Result::ok) {
                if let Some(raw) = line.strip_prefix("ended ").and_then(|raw| raw.parse().ok()) {
                    telling.end(ExitStatus::from_raw(raw).into());
                } else if let Some(said) = line.strip_prefix("said ") {
                    telling.push(said.to_owned());
                }
            }
            telling.unguard();
        });
        Ok(Running { child, guarded: true, pid, held, hearing, speech, output })
    }

    /// There is no guard process on this system.
    #[cfg(not(unix))]
    fn guarded(program: &Program, _: &Path) -> io::Result<Running> {
        Running::in_group(program)
    }

    /// The input and the output of a program that speaks, once. Where the input is closed, it is made to end.
    pub fn converse(&mut self) -> Option<(Hearing, ChildStdout)> {
        self.hearing.take().zip(self.speech.take())
    }

    /// What it has written.
    pub fn output(&self) -> &Output {
        &self.output
    }

    fn status(&mut self) -> Option<Ended> {
        match self.guarded {
            true => self.output.ended(),
            false => self.child.try_wait().ok().flatten().map(Ended::from),
        }
    }

    /// Whether it has ended; what it has started may live on, and what it wrote may be on its way.
    pub fn has_ended(&mut self) -> bool {
        self.status().is_some()
    }

    /// Whether it has ended and nothing lives on that it has started: of what has a guard process. Where there is none, or
    /// not Linux, what has left its process group counts as ended; without a guard process all of it does.
    pub fn is_gone(&mut self) -> bool {
        self.has_ended() && (!self.guarded || self.output.is_unguarded() && !self.has_group())
    }

    /// Waits until nothing of it is left, at most so long: whether that is so.
    pub fn wait_gone(&mut self, at_most: Duration) -> bool {
        let end = Instant::now() + at_most;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            if self.is_gone() || left.is_zero() {
                return self.is_gone();
            }
            self.output.wait(left.min(LOOK));
        }
    }

    /// How it ended, where it did; what it wrote is there then.
    pub fn ended(&mut self) -> Option<Ended> {
        let ended = self.status();
        if ended.is_some() {
            self.output.finish(LAST_WORDS);
        }
        ended
    }

    /// Waits until it has ended, at most so long.
    pub fn wait(&mut self, at_most: Duration) -> Option<Ended> {
        let end = Instant::now() + at_most;
        loop {
            let ended = self.ended();
            let left = end.saturating_duration_since(Instant::now());
            if ended.is_some() || left.is_zero() {
                return ended;
            }
            self.output.wait(left.min(LOOK));
        }
    }

    /// Asks it to end, and sees to it that it does.
    fn end(&mut self) {
        if self.ended().is_none() {
            if self.held.is_some() || self.hearing.is_some() {
                self.signal(false);
                self.wait(GRACE);
            } else {
                // The end of its input has asked it already, where it hears on it.
                self.wait(SPEAKER);
                self.signal(true);
            }
        }
        // The guard ends whatever is left.
        drop((self.held.take(), self.hearing.take()));
        if self.guarded && self.output.until_unguarded(GUARD) {
            // Where somebody has killed the guard, what it guarded is still there.
            if !self.child.wait().is_ok_and(|status| status.success()) {
                self.signal(true);
            }
            return;
        }
        // Also where the first process ended by itself: others of its group, the watcher at least, are still there.
        self.signal(true);
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    #[cfg(unix)]
    fn signal(&self, kill: bool) {
        use rustix::process::{Pid, Signal, kill_process_group};
        if let Some(group) = i32::try_from(self.pid).ok().and_then(Pid::from_raw) {
            let _ = kill_process_group(group, if kill { Signal::KILL } else { Signal::TERM });
        }
    }

    #[cfg(unix)]
    fn has_group(&self) -> bool {
        use rustix::process::{Pid, test_kill_process_group};
        let group = i32::try_from(self.pid).ok().and_then(Pid::from_raw);
        group.is_some_and(|group| test_kill_process_group(group).is_ok())
    }

    #[cfg(not(unix))]
    fn has_group(&self) -> bool {
        false
    }

    #[cfg(not(unix))]
    fn signal(&mut self, _: bool) {
        let _ = self.child.kill();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}

/// Starts a command for a program, and gives the other end of its input: the second of one that is spoken with.
fn spawn(mut command: Command, program: &Program) -> io::Result<(Child, Option<ChildStdin>, Option<Hearing>)> {
    if let Some(folder) = &program.folder {
        command.current_dir(folder);
    }
    command.envs(program.env.iter().cloned());
    #[cfg(unix)]
    if program.speaks {
        let (near, far) = Hearing::pair()?;
        let child = command.stdin(Stdio::from(std::os::fd::OwnedFd::from(far))).spawn()?;
        return Ok((child, None, Some(near)));
    }
    let mut child = command.stdin(Stdio::piped()).spawn()?;
    let held = child.stdin.take();
    #[cfg(not(unix))]
    if program.speaks {
        return Ok((child, None, held));
    }
    Ok((child, held, None))
}
