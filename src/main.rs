//! The command line of seqcheck: all of it is [`seqcheck::cli`].

/// A play is many small texts and values; the allocator that comes with most systems takes about a sixth longer for it
/// (`docs/benchmarks/play.md`).
#[cfg(not(target_family = "wasm"))]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    seqcheck::cli::main()
}
