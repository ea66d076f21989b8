//! TLS: who is trusted, and what is said where nobody is.

use crate::shell::seqcheck;
use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};
use seqcheck::cli::Exit;
use seqcheck::net::{Route, Tls, TlsOptions};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

/// A certificate for these names, signed by itself, and its PEM file.
fn certificate(names: &[&str], expired: bool) -> (TlsAcceptor, PathBuf, TempDir) {
    demanding(names, expired, None)
}

/// The same, for a server that wants a client's certificate signed by this authority.
fn demanding(names: &[&str], expired: bool, client: Option<&Path>) -> (TlsAcceptor, PathBuf, TempDir) {
    let mut params = CertificateParams::new(names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>()).unwrap();
    params.distinguished_name.push(rcgen::DnType::CommonName, names[0]);
    if expired {
        params.not_before = rcgen::date_time_ymd(2000, 1, 1);
        params.not_after = rcgen::date_time_ymd(2001, 1, 1);
    }
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ca.pem");
    std::fs::write(&path, certificate.pem()).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions().unwrap();
    let builder = match client {
        None => builder.with_no_client_auth(),
        Some(authority) => {
            let mut roots = RootCertStore::empty();
            roots.add(CertificateDer::from_pem_file(authority).unwrap()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
            builder.with_client_cert_verifier(verifier)
        }
    };
    let config = builder.with_single_cert(vec![certificate.der().clone()], key).unwrap();
    (TlsAcceptor::from(Arc::new(config)), path, folder)
}

/// Dials a server with this certificate, and sends a byte there and back.
fn dial(acceptor: TlsAcceptor, options: TlsOptions) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            if let Ok(mut stream) = acceptor.accept(stream).await {
                let Ok(byte) = stream.read_u8().await else { return };
                stream.write_u8(byte).await.unwrap();
                stream.shutdown().await.unwrap();
            }
        });
        let url = format!("wss://127.0.0.1:{port}/").parse().unwrap();
        let route = Route::Tcp(Tls::new(options));
        let dialled = route.dial(&url).await.map_err(|error| error.to_string().replace(&port.to_string(), "PORT"));
        let mut stream = dialled?;
        stream.write_u8(7).await.map_err(|error| error.to_string())?;
        stream.flush().await.map_err(|error| error.to_string())?;
        // A server may refuse a client's certificate only now (RFC 8446 §4.4.2.4).
        let byte = stream.read_u8().await.map_err(|error| error.to_string())?;
        assert_eq!(byte, 7);
        Ok(())
    })
}

fn trusting(path: &Path) -> TlsOptions {
    TlsOptions { authorities: vec![path.to_path_buf()], ..TlsOptions::default() }
}

#[test]
fn a_certificate_that_nobody_vouches_for_is_refused_with_the_reason() {
    let (acceptor, path, _folder) = certificate(&["127.0.0.1"], false);
    let (_, other, _other_folder) = certificate(&["chat.example"], false);
    let refused = "no TLS with 127.0.0.1:PORT: no trusted authority has signed the certificate";
    assert_eq!(dial(acceptor.clone(), trusting(&other)).unwrap_err(), refused);
    assert_eq!(dial(acceptor.clone(), trusting(&path)), Ok(()));
    assert_eq!(dial(acceptor, TlsOptions { insecure: true, ..TlsOptions::default() }), Ok(()));
}

/// A server with this certificate, signed by itself, and its PEM file.
fn own(change: impl Fn(&mut CertificateParams), names: &[&str]) -> (TlsAcceptor, PathBuf, TempDir) {
    let mut params = CertificateParams::new(names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>()).unwrap();
    change(&mut params);
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("own.pem");
    std::fs::write(&path, certificate.pem()).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    let config = builder.with_single_cert(vec![certificate.der().clone()], key).unwrap();
    (TlsAcceptor::from(Arc::new(config)), path, folder)
}

#[test]
fn a_certificate_that_signs_itself_is_trusted_where_it_is_given() {
    let authority = |params: &mut CertificateParams| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let called = |name: &'static str| {
        move |params: &mut CertificateParams| {
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            params.distinguished_name.push(rcgen::DnType::CommonName, name);
        }
    };
    let (_, other, _other_folder) = certificate(&["chat.example"], false);
    // As `openssl req -x509` makes them: with names, or with the common name alone.
    let (acceptor, path, _folder) = own(authority, &["127.0.0.1"]);
    assert_eq!(dial(acceptor.clone(), trusting(&path)), Ok(()));
    let refused = dial(acceptor, trusting(&other)).unwrap_err();
    assert!(refused.contains("self-signed; to trust it: --cacert"), "{refused}");
    let (acceptor, path, _folder) = own(called("127.0.0.1"), &[]);
    assert_eq!(dial(acceptor, trusting(&path)), Ok(()));
    for names in [&[][..], &["chat.example"]] {
        let (acceptor, path, _folder) = own(called("chat.example"), names);
        let refused = dial(acceptor, trusting(&path)).unwrap_err();
        assert!(refused.ends_with("the certificate is not for `127.0.0.1`"), "{refused}");
    }
    let old = |params: &mut CertificateParams| {
        authority(params);
        params.not_before = rcgen::date_time_ymd(2000, 1, 1);
        params.not_after = rcgen::date_time_ymd(2001, 1, 1);
    };
    let (acceptor, path, _folder) = own(old, &["127.0.0.1"]);
    assert!(dial(acceptor, trusting(&path)).unwrap_err().ends_with("the certificate has expired"));
}

#[test]
fn an_expired_certificate_and_one_for_another_host_are_refused() {
    let (acceptor, path, _folder) = certificate(&["127.0.0.1"], true);
    let refused = "no TLS with 127.0.0.1:PORT: the certificate has expired";
    assert_eq!(dial(acceptor, trusting(&path)).unwrap_err(), refused);
    let (acceptor, path, _folder) = certificate(&["chat.example"], false);
    let refused = "no TLS with 127.0.0.1:PORT: the certificate is not for `127.0.0.1`";
    assert_eq!(dial(acceptor, trusting(&path)).unwrap_err(), refused);
}

#[test]
fn a_server_that_wants_to_know_its_client_is_shown_a_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let key = KeyPair::generate().unwrap();
    let own = CertificateParams::new(vec!["ann.example".to_owned()]).unwrap().self_signed(&key).unwrap();
    let [chain, key_file, both] = ["ann.pem", "ann.key", "both.pem"].map(|name| folder.path().join(name));
    std::fs::write(&chain, own.pem()).unwrap();
    std::fs::write(&key_file, key.serialize_pem()).unwrap();
    std::fs::write(&both, own.pem() + &key.serialize_pem()).unwrap();
    let (acceptor, authority, _folder) = demanding(&["127.0.0.1"], false, Some(&chain));
    let known = |client| TlsOptions { client, ..trusting(&authority) };
    assert_eq!(dial(acceptor.clone(), known(Some((chain.clone(), key_file)))), Ok(()));
    assert_eq!(dial(acceptor.clone(), known(Some((both.clone(), both)))), Ok(()));
    let refused = dial(acceptor, known(None)).unwrap_err();
    // It comes when the connection is read: told as TLS by those who read.
    assert!(refused.contains("CertificateRequired"), "{refused}");
    let other = folder.path().join("other.key");
    std::fs::write(&other, KeyPair::generate().unwrap().serialize_pem()).unwrap();
    let why = Tls::new(known(Some((chain.clone(), other)))).check().unwrap_err();
    assert!(why.ends_with("ann.pem: the key belongs to a different certificate"), "{why}");
    let why = Tls::new(known(Some((chain.clone(), chain)))).check().unwrap_err();
    assert!(why.contains("ann.pem"), "{why}");
}

/// Lets everybody in as the acceptor does, on a thread of its own, and says this, whatever is asked; where that is.
fn answering(acceptor: TlsAcceptor, answer: &'static [u8]) -> std::net::SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    listener.set_nonblocking(true).unwrap();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            let serving = async {
                while let Ok((stream, _)) = listener.accept().await {
                    if let Ok(mut stream) = acceptor.accept(stream).await {
                        let _ = stream.write_all(answer).await;
                        let _ = stream.shutdown().await;
                    }
                }
            };
            tokio::time::timeout(std::time::Duration::from_secs(120), serving).await
        })
    });
    address
}

/// In the whole command, and not where somebody dials alone.
#[test]
fn a_certificate_that_the_client_lacks_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let key = KeyPair::generate().unwrap();
    let own = CertificateParams::new(vec!["ann.example".to_owned()]).unwrap().self_signed(&key).unwrap();
    let chain = folder.path().join("ann.pem");
    std::fs::write(&chain, own.pem()).unwrap();
    let (acceptor, authority, _folder) = demanding(&["127.0.0.1"], false, Some(&chain));
    let target = format!("wss://{}", answering(acceptor, b""));
    let args = ["scenarios/chat.seq", "--target", &target, "--cacert", &authority.display().to_string()];
    let output = seqcheck(args).run();
    assert_eq!(output.exit, Exit::Error, "{output}");
    assert!(output.out.contains("certificate required") && output.out.contains("--client-cert FILE"), "{output}");
    assert!(!output.out.contains("--insecure"), "{output}");
}

/// A page that says when a launched server is ready is believed as the server is: by `--cacert`.
#[test]
fn a_page_that_is_waited_for_is_believed_by_the_certificate_that_was_given() {
    let (acceptor, authority, _folder) = demanding(&["127.0.0.1"], false, None);
    let ready = format!("https://{}/", answering(acceptor, b"HTTP/1.1 204 No Content\r\n\r\n"));
    // It serves nothing: that it was ready shows in that a client dials it.
    let play = |more: &[&str]| {
        let target = "cmd: echo {port}; sleep 60";
        let args = ["scenarios/chat.seq", "--target", target, "--ready", &ready];
        seqcheck(args.into_iter().chain(more.iter().copied())).run()
    };
    let believed = play(&["--cacert", &authority.display().to_string(), "--total", "60s", "--connect-timeout", "1s"]);
    assert!(believed.out.contains("no program listens there"), "{believed}");
    let refused = play(&["--total", "1s"]);
    assert!(refused.err.contains("does not answer at") || refused.out.contains("does not answer at"), "{refused}");
}

#[test]
fn files_that_hold_no_certificate_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("empty.pem");
    std::fs::write(&path, "hello\n").unwrap();
    let why = Tls::new(trusting(&path)).check().unwrap_err();
    assert_eq!(why, format!("no certificate can be read from {}: it contains none", path.display()));
    let missing = folder.path().join("missing.pem");
    let why = Tls::new(trusting(&missing)).check().unwrap_err();
    assert!(why.starts_with(&format!("no certificate can be read from {}: ", missing.display())), "{why}");
}

/// A server that speaks over a plain stream of bytes within TLS: `tls://`.
#[test]
fn a_stream_of_bytes_may_be_within_tls() {
    let (acceptor, path, folder) = certificate(&["127.0.0.1"], false);
    let (told, address) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            told.send(listener.local_addr().unwrap()).unwrap();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    let Ok(mut stream) = acceptor.accept(stream).await else { return };
                    let mut part = [0; 64];
                    while let Ok(length @ 1..) = stream.read(&mut part).await {
                        if stream.write_all(&part[..length]).await.is_err() || stream.flush().await.is_err() {
                            return;
                        }
                    }
                    let _ = stream.shutdown().await;
                });
            }
        });
    });
    let at = address.recv().unwrap();
    std::fs::write(folder.path().join("lab.toml"), crate::field::LAB).unwrap();
    let diagram = "Ann->S: WS connect\nAnn->S: say: caf\u{e9}\nS->Ann: say: caf\u{e9}\nAnn->S: WS disconnect\n";
    std::fs::write(folder.path().join("d.seq"), diagram).unwrap();
    let played = |target: &str, trusted: &[&str]| {
        let words = ["d.seq", "--binding", "./lab.toml", "--target", target, "--timeout", "20s"];
        seqcheck(words).and(trusted).at(folder.path()).run()
    };
    let authority = path.display().to_string();
    let passed = played(&format!("tls://{at}"), &["--cacert", &authority]);
    assert_eq!(passed.exit, Exit::Pass, "{passed}");
    let strange = played(&format!("tls://{at}"), &[]);
    assert_eq!(strange.exit, Exit::Error, "{strange}");
    assert!(strange.out.contains("no TLS with"), "{strange}");
    // Without TLS nothing is understood, and that is told.
    let bare = played(&format!("tcp://{at}"), &[]);
    assert_ne!(bare.exit, Exit::Pass, "{bare}");
}
