//! The standard output of this process, to be spoken on and ended.

use std::io::{self, Write};

/// What was the standard output. Whoever reads it sees its end when this is dropped; what is written to the standard output by
/// anybody else goes to the standard error from now on.
///
/// # Errors
/// What the system says: there is none.
#[cfg(unix)]
pub fn own_output() -> io::Result<impl Write + Send + 'static> {
    // Programs that are started do not hold it.
    let own = rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stdout(), 3)?;
    rustix::stdio::dup2_stdout(rustix::stdio::stderr())?;
    Ok(io::PipeWriter::from(own))
}

/// Here nothing tells it apart.
///
/// # Errors
/// Always.
#[cfg(not(unix))]
pub fn own_output() -> io::Result<impl Write + Send + 'static> {
    Err::<io::Empty, _>(io::ErrorKind::Unsupported.into())
}
