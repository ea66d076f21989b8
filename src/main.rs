//! The command line of seqcheck: all of it is [`seqcheck::cli`].

fn main() -> std::process::ExitCode {
    seqcheck::cli::main()
}
