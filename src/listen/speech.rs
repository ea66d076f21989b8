//! Streams that block, such as those of this process, carried by threads.

use std::io::{Read, Write};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio::sync::mpsc;

/// How much is read at once, in bytes.
const PART: usize = 16 << 10;
/// So many parts may wait for whoever does not read.
const PARTS: usize = 4;

/// Carries what is read into a pipe, and what comes out of it to where it is written. The thread that reads ends with what it
/// reads, or with this process; the one that writes when everything is written.
pub(super) fn carry(pipe: DuplexStream, mut reads: Box<dyn Read + Send>, mut writes: Box<dyn Write + Send>) {
    let (mut from, mut to) = tokio::io::split(pipe);
    let (read, mut said) = mpsc::channel::<Vec<u8>>(PARTS);
    std::thread::spawn(move || {
        let mut part = vec![0; PART];
        while let Ok(length @ 1..) = reads.read(&mut part) {
            if read.blocking_send(part[..length].to_vec()).is_err() {
                return;
            }
        }
    });
    tokio::spawn(async move {
        while let Some(part) = said.recv().await {
            if to.write_all(&part).await.is_err() {
                return;
            }
        }
        let _ = to.shutdown().await;
    });
    let (told, write) = std::sync::mpsc::channel::<Vec<u8>>();
    std::thread::spawn(move || {
        for part in write {
            if writes.write_all(&part).and_then(|()| writes.flush()).is_err() {
                return;
            }
        }
    });
    tokio::spawn(async move {
        let mut part = vec![0; PART];
        while let Ok(length @ 1..) = from.read(&mut part).await {
            if told.send(part[..length].to_vec()).is_err() {
                return;
            }
        }
    });
}
