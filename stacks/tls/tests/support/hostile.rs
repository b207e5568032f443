//! A TLS 1.3 server that does what its script says, right or wrong.
//!
//! It speaks `TLS_AES_128_GCM_SHA256` with P-256, as RFC 8446 has it, and no more than the client
//! under test needs. Never use it for anything else.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes128Gcm, Nonce};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{DerSignature, SigningKey};
use p256::elliptic_curve::sec1::ToEncodedPoint;
use p256::pkcs8::DecodePrivateKey;
use p256::{PublicKey, SecretKey};
use sha2::{Digest, Sha256};

pub const ENCRYPTED_EXTENSIONS: [u8; 6] = [8, 0, 0, 2, 0, 0];
pub const P256_SHA256: u16 = 0x0403;

/// The keys of one direction.
struct Side {
    secret: [u8; 32],
    count: u64,
}

impl Side {
    fn new(secret: [u8; 32]) -> Self {
        Self { secret, count: 0 }
    }

    /// The keys after these.
    fn next(&self) -> Self {
        Self::new(expand(&self.secret, "traffic upd", &[]))
    }

    /// The cipher, and the number that it uses once.
    fn turn(&mut self) -> (Aes128Gcm, [u8; 12]) {
        let mut nonce = expand::<12>(&self.secret, "iv", &[]);
        nonce[4..].iter_mut().zip(self.count.to_be_bytes()).for_each(|(n, c)| *n ^= c);
        self.count += 1;
        (Aes128Gcm::new(&expand::<16>(&self.secret, "key", &[]).into()), nonce)
    }
}

/// One connection, after the hellos.
pub struct Hostile {
    socket: TcpStream,
    transcript: Vec<u8>,
    handshake_secret: [u8; 32],
    server: Side,
    client: Side,
    /// The client's, behind its `Finished`.
    next_client: Option<Side>,
    /// Messages that wait until all are there, to be sent in pieces of these lengths.
    held: Option<(Vec<u8>, Vec<usize>)>,
}

/// Serves one connection with this script; returns where.
pub fn serve(script: impl FnOnce(&mut Hostile) + Send + 'static) -> SocketAddr {
    serve_in_pieces(usize::MAX, script)
}

/// The same, with a hello in records of so many bytes.
pub fn serve_in_pieces(
    piece: usize,
    script: impl FnOnce(&mut Hostile) + Send + 'static,
) -> SocketAddr {
    serve_raw(move |socket| {
        let mut hostile = Hostile::meet(socket.try_clone().unwrap(), piece);
        script(&mut hostile);
    })
}

/// Serves one connection with what does not even say hello, or in another way.
pub fn serve_raw(script: impl FnOnce(&mut TcpStream) + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        script(&mut socket);
        // The client is to end it.
        let mut rest = Vec::new();
        let _ = socket.shutdown(std::net::Shutdown::Write);
        let _ = socket.read_to_end(&mut rest);
    });
    address
}

impl Hostile {
    fn meet(mut socket: TcpStream, piece: usize) -> Self {
        let mut transcript = read_record(&mut socket);
        let point = key_share(&transcript).unwrap_or_else(|| {
            // It has sent a share of another group first.
            let again = hello_retry(&[0, 51, 0, 2, 0, 23]);
            transcript = [message(254, &hash(&transcript)), again.clone()].concat();
            again.chunks(piece).for_each(|part| write_record(&mut socket, 22, part));
            let hello = read_record(&mut socket);
            transcript.extend(&hello);
            key_share(&hello).unwrap()
        });
        let secret = SecretKey::from_slice(&[7; 32]).unwrap();
        let public = secret.public_key().to_encoded_point(false);
        let client = PublicKey::from_sec1_bytes(&point).unwrap();
        let shared = p256::ecdh::diffie_hellman(secret.to_nonzero_scalar(), client.as_affine());

        let mut share = vec![0, 51, 0, 69, 0, 23, 0, 65];
        share.extend(public.as_bytes());
        let hello_back = server_hello([9; 32], &share);
        transcript.extend(&hello_back);
        let early = extract(&[0; 32], &[0; 32]);
        let handshake_secret =
            extract(&expand::<32>(&early, "derived", &hash(&[])), shared.raw_secret_bytes());
        let side = |label| Side::new(expand(&handshake_secret, label, &hash(&transcript)));
        let (server, client) = (side("s hs traffic"), side("c hs traffic"));
        hello_back.chunks(piece).for_each(|part| write_record(&mut socket, 22, part));
        let (next_client, held) = (None, None);
        Self { socket, transcript, handshake_secret, server, client, next_client, held }
    }

    /// Sends a record that is not encrypted.
    pub fn plain(&mut self, kind: u8, content: &[u8]) {
        write_record(&mut self.socket, kind, content);
    }

    /// Sends an encrypted record with exactly this inside, the type included.
    pub fn sealed(&mut self, inner: &[u8]) {
        let mut record = vec![23, 3, 3];
        record.extend(u16_of(inner.len() + 16));
        let (cipher, nonce) = self.server.turn();
        let sealed = cipher
            .encrypt(Nonce::from_slice(&nonce), Payload { msg: inner, aad: &record })
            .unwrap();
        record.extend(sealed);
        let _ = self.socket.write_all(&record);
    }

    pub fn encrypted(&mut self, kind: u8, content: &[u8]) {
        self.sealed(&[content, &[kind]].concat());
    }

    /// Holds messages back until `Finished`, then sends all in records of these lengths, over and over.
    pub fn hold(&mut self, pieces: &[usize]) {
        self.held = Some((Vec::new(), pieces.to_vec()));
    }

    /// Sends a handshake message that counts.
    pub fn say(&mut self, message: &[u8]) {
        self.transcript.extend(message);
        match &mut self.held {
            Some((held, _)) => held.extend(message),
            None => self.encrypted(22, message),
        }
    }

    /// The certificate message for this chain.
    pub fn certificate(&mut self, chain: &[Vec<u8>]) {
        self.say(&certificate(chain));
    }

    /// The signature over the handshake up to here.
    pub fn proof(&mut self, pkcs8: &[u8], scheme: u16) {
        let mut content = vec![b' '; 64];
        content.extend(b"TLS 1.3, server CertificateVerify\0");
        content.extend(hash(&self.transcript));
        self.proof_over(pkcs8, scheme, &content);
    }

    pub fn proof_over(&mut self, pkcs8: &[u8], scheme: u16, content: &[u8]) {
        let signature: DerSignature = SigningKey::from_pkcs8_der(pkcs8).unwrap().sign(content);
        let signature = signature.as_bytes();
        let mut body = scheme.to_be_bytes().to_vec();
        body.extend(u16_of(signature.len()));
        body.extend(signature);
        self.say(&message(15, &body));
    }

    pub fn finished(&mut self) {
        self.finished_and(&[]);
    }

    /// The same, with something behind it that has the same keys still.
    pub fn finished_and(&mut self, behind: &[u8]) {
        let key = expand::<32>(&self.server.secret, "finished", &[]);
        let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(&key).unwrap();
        mac.update(&hash(&self.transcript));
        let verify: [u8; 32] = mac.finalize().into_bytes().into();
        self.say(&message(20, &verify));
        if let Some((held, pieces)) = self.held.take() {
            self.in_pieces(&[&held, behind].concat(), &pieces);
        }
        // What follows is encrypted with the keys of the application.
        let derived = expand::<32>(&self.handshake_secret, "derived", &hash(&[]));
        let master = extract(&derived, &[0; 32]);
        let side = |label| Side::new(expand(&master, label, &hash(&self.transcript)));
        self.next_client = Some(side("c ap traffic"));
        self.server = side("s ap traffic");
    }

    /// Sends messages of the handshake in records of these lengths, over and over.
    pub fn in_pieces(&mut self, messages: &[u8], pieces: &[usize]) {
        let mut rest = messages;
        for piece in pieces.iter().cycle() {
            let (part, behind) = rest.split_at((*piece).min(rest.len()));
            self.encrypted(22, part);
            rest = behind;
            if rest.is_empty() {
                break;
            }
        }
    }

    /// All that follows has the next keys.
    pub fn update_keys(&mut self) {
        self.server = self.server.next();
    }

    /// Waits for the client's `Finished` and one record more.
    pub fn listen(&mut self) {
        self.hear();
        self.hear();
    }

    /// Waits for a record of the client: the type of what is inside, and what that is. `None` if the client has
    /// gone, or has other keys.
    pub fn hear(&mut self) -> Option<(u8, Vec<u8>)> {
        let record = self.record();
        let (header, sealed) = record.split_at(5);
        let (cipher, nonce) = self.client.turn();
        let payload = Payload { msg: sealed, aad: header };
        let mut inside = cipher.decrypt(Nonce::from_slice(&nonce), payload).ok()?;
        let kind = inside.pop()?;
        match (kind, inside.first()) {
            (22, Some(20)) => self.client = self.next_client.take()?,
            (22, Some(24)) => self.client = self.client.next(),
            _ => {}
        }
        Some((kind, inside))
    }

    /// Waits for a record of the client, of which nothing may come if it has gone.
    pub fn record(&mut self) -> Vec<u8> {
        let mut record = vec![0; 5];
        if self.socket.read_exact(&mut record).is_ok() {
            record.resize(5 + usize::from(u16::from_be_bytes([record[3], record[4]])), 0);
            let _ = self.socket.read_exact(&mut record[5..]);
        }
        record
    }
}

pub fn certificate(chain: &[Vec<u8>]) -> Vec<u8> {
    let mut entries = Vec::new();
    for der in chain {
        entries.extend(u24_of(der.len()));
        entries.extend(der);
        entries.extend([0, 0]);
    }
    message(11, &[&[0][..], &u24_of(entries.len()), &entries].concat())
}

pub fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut message = vec![kind];
    message.extend(u24_of(body.len()));
    message.extend(body);
    message
}

/// A hello with these extensions behind the version.
pub fn server_hello(random: [u8; 32], extensions: &[u8]) -> Vec<u8> {
    let mut body = vec![3, 3];
    body.extend(random);
    body.extend([0, 0x13, 0x01, 0]);
    body.extend(u16_of(6 + extensions.len()));
    body.extend([0, 43, 0, 2, 3, 4]);
    body.extend(extensions);
    message(2, &body)
}

/// A hello that asks for another one.
pub fn hello_retry(extensions: &[u8]) -> Vec<u8> {
    server_hello(hash(b"HelloRetryRequest"), extensions)
}

pub fn write_record(socket: &mut TcpStream, kind: u8, content: &[u8]) {
    let mut record = vec![kind, 3, 3];
    record.extend(u16_of(content.len()));
    record.extend(content);
    let _ = socket.write_all(&record);
}

pub fn read_record(socket: &mut TcpStream) -> Vec<u8> {
    let mut header = [0; 5];
    socket.read_exact(&mut header).unwrap();
    let mut body = vec![0; usize::from(u16::from_be_bytes([header[3], header[4]]))];
    socket.read_exact(&mut body).unwrap();
    body
}

/// The client's share for P-256 (group 23), if its hello has one.
fn key_share(hello: &[u8]) -> Option<Vec<u8>> {
    let at = hello.windows(4).position(|four| four == [0, 23, 0, 65])?;
    Some(hello[at + 4..at + 69].to_vec())
}

fn hash(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

fn extract(salt: &[u8], secret: &[u8]) -> [u8; 32] {
    Hkdf::<Sha256>::extract(Some(salt), secret).0.into()
}

fn expand<const N: usize>(secret: &[u8; 32], label: &str, context: &[u8]) -> [u8; N] {
    let mut info = u16_of(N).to_vec();
    info.push(u16_of(6 + label.len())[1]);
    info.extend(b"tls13 ");
    info.extend(label.as_bytes());
    info.push(u16_of(context.len())[1]);
    info.extend(context);
    let mut out = [0; N];
    Hkdf::<Sha256>::from_prk(secret).unwrap().expand(&info, &mut out).unwrap();
    out
}

fn u16_of(length: usize) -> [u8; 2] {
    u16::try_from(length).unwrap().to_be_bytes()
}

fn u24_of(length: usize) -> [u8; 3] {
    let [0, high, middle, low] = u32::try_from(length).unwrap().to_be_bytes() else {
        panic!("{length} is too long");
    };
    [high, middle, low]
}
