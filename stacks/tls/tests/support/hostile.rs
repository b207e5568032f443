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

/// One connection, after the hellos.
pub struct Hostile {
    socket: TcpStream,
    transcript: Vec<u8>,
    handshake_secret: [u8; 32],
    server_secret: [u8; 32],
    key: [u8; 16],
    iv: [u8; 12],
    count: u64,
}

/// Serves one connection with this script; returns where.
pub fn serve(script: impl FnOnce(&mut Hostile) + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let (socket, _) = listener.accept().unwrap();
        let mut hostile = Hostile::meet(socket);
        script(&mut hostile);
        // The client is to end it.
        let mut rest = Vec::new();
        let _ = hostile.socket.shutdown(std::net::Shutdown::Write);
        let _ = hostile.socket.read_to_end(&mut rest);
    });
    address
}

impl Hostile {
    fn meet(mut socket: TcpStream) -> Self {
        let hello = read_record(&mut socket);
        let point = key_share(&hello);
        let secret = SecretKey::from_slice(&[7; 32]).unwrap();
        let public = secret.public_key().to_encoded_point(false);
        let client = PublicKey::from_sec1_bytes(&point).unwrap();
        let shared = p256::ecdh::diffie_hellman(secret.to_nonzero_scalar(), client.as_affine());

        let mut body = vec![3, 3];
        body.extend([9; 32]);
        body.extend([0, 0x13, 0x01, 0]);
        let mut extensions = vec![0, 43, 0, 2, 3, 4];
        extensions.extend([0, 51, 0, 69, 0, 23, 0, 65]);
        extensions.extend(public.as_bytes());
        body.extend(u16_of(extensions.len()));
        body.extend(extensions);
        let hello_back = message(2, &body);

        let mut transcript = hello;
        transcript.extend(&hello_back);
        let early = extract(&[0; 32], &[0; 32]);
        let handshake_secret =
            extract(&expand::<32>(&early, "derived", &hash(&[])), shared.raw_secret_bytes());
        let server_secret = expand::<32>(&handshake_secret, "s hs traffic", &hash(&transcript));
        let mut hostile = Self {
            socket,
            transcript,
            handshake_secret,
            server_secret,
            key: expand(&server_secret, "key", &[]),
            iv: expand(&server_secret, "iv", &[]),
            count: 0,
        };
        hostile.plain(22, &hello_back);
        hostile
    }

    /// Sends a record that is not encrypted.
    pub fn plain(&mut self, kind: u8, content: &[u8]) {
        let mut record = vec![kind, 3, 3];
        record.extend(u16_of(content.len()));
        record.extend(content);
        let _ = self.socket.write_all(&record);
    }

    /// Sends an encrypted record with exactly this inside, the type included.
    pub fn sealed(&mut self, inner: &[u8]) {
        let mut nonce = self.iv;
        nonce[4..].iter_mut().zip(self.count.to_be_bytes()).for_each(|(n, c)| *n ^= c);
        self.count += 1;
        let mut record = vec![23, 3, 3];
        record.extend(u16_of(inner.len() + 16));
        let cipher = Aes128Gcm::new(&self.key.into());
        let sealed = cipher
            .encrypt(Nonce::from_slice(&nonce), Payload { msg: inner, aad: &record })
            .unwrap();
        record.extend(sealed);
        let _ = self.socket.write_all(&record);
    }

    pub fn encrypted(&mut self, kind: u8, content: &[u8]) {
        self.sealed(&[content, &[kind]].concat());
    }

    /// Sends a handshake message that counts.
    pub fn say(&mut self, message: &[u8]) {
        self.transcript.extend(message);
        self.encrypted(22, message);
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
        let key = expand::<32>(&self.server_secret, "finished", &[]);
        let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(&key).unwrap();
        mac.update(&hash(&self.transcript));
        let verify: [u8; 32] = mac.finalize().into_bytes().into();
        self.say(&message(20, &verify));
        // What follows is encrypted with the keys of the application.
        let derived = expand::<32>(&self.handshake_secret, "derived", &hash(&[]));
        let secret =
            expand::<32>(&extract(&derived, &[0; 32]), "s ap traffic", &hash(&self.transcript));
        (self.key, self.iv, self.count) =
            (expand(&secret, "key", &[]), expand(&secret, "iv", &[]), 0);
    }

    /// Waits for the client's `Finished` and one record more.
    pub fn listen(&mut self) {
        for _ in 0..2 {
            self.record();
        }
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

fn read_record(socket: &mut TcpStream) -> Vec<u8> {
    let mut header = [0; 5];
    socket.read_exact(&mut header).unwrap();
    let mut body = vec![0; usize::from(u16::from_be_bytes([header[3], header[4]]))];
    socket.read_exact(&mut body).unwrap();
    body
}

/// The client's share: its hello has one, for P-256 (group 23).
fn key_share(hello: &[u8]) -> Vec<u8> {
    let at = hello.windows(4).position(|four| four == [0, 23, 0, 65]).unwrap();
    hello[at + 4..at + 69].to_vec()
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
