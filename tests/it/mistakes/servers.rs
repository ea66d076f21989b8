//! What a beginner's address leads to.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;

/// What listens at a port. All of them live as long as the process of the tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Server {
    /// Nothing.
    Nobody,
    /// A TLS server, to whoever asks without it: an alert.
    OnlyTls,
    /// A web page, whatever is asked.
    Page,
    /// This status, and nothing else.
    Status(u16),
    /// One that ends every connection at once.
    Shut,
    /// TLS with a certificate that signs itself, which is kept as `self.pem`.
    SelfSigned,
}

impl Server {
    /// Starts it; its port.
    pub fn start(self, folder: &Path) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("its address").port();
        match self {
            Server::Nobody => {}
            Server::SelfSigned => self_signed(listener, folder),
            Server::OnlyTls | Server::Page | Server::Status(_) | Server::Shut => {
                std::thread::spawn(move || listener.incoming().flatten().for_each(|stream| self.answer(stream)));
            }
        }
        port
    }

    fn answer(self, mut stream: TcpStream) {
        if self == Server::Shut {
            return;
        }
        let mut lines = BufReader::new(stream.try_clone().expect("the same stream")).lines();
        while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
        let page = "<p>Welcome to the shop.</p>".repeat(40);
        let answer = match self {
            Server::OnlyTls => vec![0x15, 3, 3, 0, 2, 2, 22],
            Server::Page => {
                let length = page.len();
                let head = format!("HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {length}\r\n\r\n");
                (head + &page).into_bytes()
            }
            Server::Status(code) => {
                format!("HTTP/1.1 {code} No\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n").into_bytes()
            }
            Server::Nobody | Server::Shut | Server::SelfSigned => Vec::new(),
        };
        let _ = stream.write_all(&answer);
    }
}

/// Answers the handshake of TLS, and nothing behind it.
fn self_signed(listener: TcpListener, folder: &Path) {
    use tokio_rustls::{TlsAcceptor, rustls};
    let key = rcgen::KeyPair::generate().expect("a key");
    let mut params = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).expect("parameters");
    // As `openssl req -x509` makes them.
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let certificate = params.self_signed(&key).expect("a certificate");
    std::fs::write(folder.join("self.pem"), certificate.pem()).expect("can be written");
    let key = rustls::pki_types::PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
    let config =
        rustls::ServerConfig::builder_with_provider(std::sync::Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .expect("a configuration");
    listener.set_nonblocking(true).expect("can be");
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
            let acceptor = TlsAcceptor::from(std::sync::Arc::new(config));
            while let Ok((stream, _)) = listener.accept().await {
                let _ = acceptor.accept(stream).await;
            }
        });
    });
}
