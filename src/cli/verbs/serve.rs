//! `seqcheck serve`: the reference server on a real port.

use crate::cli::args::Serve;
use crate::cli::paths::why;
use crate::cli::scenarios::deviations;
use crate::cli::{Exit, Refusal, World};
use crate::server::{self, Auth, Guests, Host, Seen, ServerOptions};
use crate::source::Diagnostic;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use tokio::sync::mpsc;

/// Lines of the log that may wait to be printed; what comes then is counted and not shown.
const LOG_LINES: usize = 8_192;
/// So much of a frame is shown, in bytes: what waits to be printed is bounded.
const LOG_TEXT: usize = 4_096;

/// Serves until the process is asked to end; then everybody is sent away with Close 1001.
pub fn run(args: &Serve, world: &mut World) -> Result<Exit, Refusal> {
    let options = options(args)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| {
        Refusal::error(Diagnostic::error("serve", format!("the runtime cannot be started: {}", why(&error))))
    })?;
    let (log, lines) = mpsc::channel(LOG_LINES);
    let host = if args.verbose { Host::with_log(&options, logging(log)) } else { Host::new(&options) };
    let served = runtime.block_on(serve(args, &options, &host, lines, world));
    served.map(|()| Exit::Pass).map_err(|error| {
        let problem = format!("cannot listen on 127.0.0.1:{}: {}", args.port, why(&error));
        Refusal::error(Diagnostic::error("serve", problem).with_help("--port 0 uses a free port"))
    })
}

async fn serve(
    args: &Serve,
    options: &ServerOptions,
    host: &Host,
    mut lines: mpsc::Receiver<String>,
    world: &mut World,
) -> std::io::Result<()> {
    let (bound, address) = tokio::sync::oneshot::channel();
    let serving =
        server::serve((Ipv4Addr::LOCALHOST, args.port), host, |at| bound.send(at).unwrap_or(()), asked_to_end());
    let mut serving = std::pin::pin!(serving);
    let mut address = std::pin::pin!(address);
    let mut greeted = false;
    loop {
        tokio::select! {
            biased;
            ended = &mut serving => {
                // The last words are in the log, and nobody has read them yet.
                while let Ok(line) = lines.try_recv() {
                    world.out.line(&line);
                }
                world.out.flush();
                return ended;
            }
            Ok(at) = &mut address, if !greeted => {
                greeted = true;
                world.out.write(&greeting(at, options));
                world.out.flush();
            }
            Some(line) = lines.recv() => {
                world.out.line(&line);
                world.out.flush();
            }
        }
    }
}

/// Ctrl-C, or the signal with which a supervisor ends a process.
async fn asked_to_end() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                biased;
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}

fn greeting(at: SocketAddr, options: &ServerOptions) -> String {
    let mut text = format!(
        "listening on {at}\n  \
         ws://{at}/ws?name=NAME          the reference protocol, version 1\n  \
         http://{at}/events?topic=TOPIC  Server-Sent Events\n  \
         http://{at}/publish             POST\n"
    );
    if options.auth == Auth::Required {
        text.push_str(&format!("clients must authenticate; tokens: {}\n", options.tokens.join(", ")));
    }
    for deviation in options.mutants.iter().chain(&options.legal) {
        text.push_str(&format!("{} {}: {}\n", deviation.id, deviation.name, deviation.about));
    }
    text.push_str("press Ctrl-C to stop\n");
    text
}

fn logging(lines: mpsc::Sender<String>) -> server::Log {
    Arc::new(move |seen| {
        let cut = |text: &str| match text.char_indices().find(|(at, _)| *at >= LOG_TEXT) {
            Some((end, _)) => format!("{}… ({} bytes)", &text[..end], text.len()),
            None => text.to_owned(),
        };
        let line = match seen {
            Seen::Text { connection, from_client: true, text } => format!("{connection} -> {}", cut(text)),
            Seen::Text { connection, from_client: false, text } => format!("{connection} <- {}", cut(text)),
            Seen::Frame { connection, from_client: true, frame } => format!("{connection} -> {frame}"),
            Seen::Frame { connection, from_client: false, frame } => format!("{connection} <- {frame}"),
            Seen::Asked { connection, path, who } => format!("{connection} -> {} {}", cut(path), cut(who)),
            Seen::Answered { connection, status } => format!("{connection} <- HTTP {status}"),
            Seen::Closed { connection } => format!("{connection} ended"),
        };
        // A log that nobody reads fast enough must not hold up the server.
        let _ = lines.try_send(line);
    })
}

fn options(args: &Serve) -> Result<ServerOptions, Refusal> {
    let mut options = ServerOptions { heartbeat: args.heartbeat, seed: args.seed, ..ServerOptions::default() };
    options.guests = Guests::ThisMachineAnd(args.allow.clone());
    if args.auth.is_some() {
        options.auth = Auth::Required;
    }
    if !args.token.is_empty() {
        options.tokens.clone_from(&args.token);
    }
    options.mutants = deviations("mutant", &args.mutant, server::mutants::ALL).map_err(Refusal::usage)?;
    options.legal = deviations("legal variant", &args.legal, server::legal::ALL).map_err(Refusal::usage)?;
    Ok(options)
}
