//! The handshake of TLS 1.3, from the client's side (RFC 8446 sections 2 and 4).
//!
//! ```text
//! ClientHello      ->
//!                  <-  HelloRetryRequest, once, after which all begins again
//!                  <-  ServerHello; what follows is encrypted
//!                  <-  EncryptedExtensions, perhaps CertificateRequest, Certificate, CertificateVerify, Finished
//! Finished         ->
//! ```

use sha2::{Digest, Sha256};

use super::alert::Alert;
use super::codec::Writer;
use super::flight::{Certificates, Proof, check_extensions, check_request};
use super::hello::{ClientHello, ServerHello};
use super::incoming::{Incoming, Message};
use super::keys::Keys;
use super::outgoing::Outgoing;
use super::schedule::{Hash, Schedule, finished};
use super::share::Secret;
use super::verifier::Verifier;
use super::{CertificateError, Platform, TlsError};

const SERVER_HELLO: u8 = 2;
const ENCRYPTED_EXTENSIONS: u8 = 8;
const CERTIFICATE: u8 = 11;
const CERTIFICATE_REQUEST: u8 = 13;
const CERTIFICATE_VERIFY: u8 = 15;
const FINISHED: u8 = 20;
const MESSAGE_HASH: u8 = 254;

/// The certificate of a client that has none.
const NO_CERTIFICATE: [u8; 8] = [CERTIFICATE, 0, 0, 4, 0, 0, 0, 0];

/// Both directions of a connection.
pub(super) struct Handshake<'c, 'm, 'l, const N: usize> {
    pub(super) incoming: &'c mut Incoming<'m, 'l, N>,
    pub(super) outgoing: &'c mut Outgoing<'m, 'l, N>,
    /// All messages up to now.
    transcript: Sha256,
}

impl<'c, 'm, 'l, const N: usize> Handshake<'c, 'm, 'l, N> {
    pub(super) fn new(
        incoming: &'c mut Incoming<'m, 'l, N>,
        outgoing: &'c mut Outgoing<'m, 'l, N>,
    ) -> Self {
        Self { incoming, outgoing, transcript: Sha256::new() }
    }

    /// Makes the handshake: then both sides have their keys, and the server is the one that was meant.
    pub(super) async fn run(
        mut self,
        hello: &ClientHello<'_>,
        verifier: &Verifier<'_, '_>,
        platform: &mut impl Platform,
    ) -> Result<(), TlsError> {
        let shared = self.agree(hello, platform).await.map_err(|error| match error {
            TlsError::Truncated => TlsError::ClosedInHandshake,
            error => error,
        })?;
        let schedule = Schedule::of_handshake(&shared);
        let (client, server) = self.keys(&schedule, b"c hs traffic", b"s hs traffic");
        let (client_secret, server_secret) = (*client.secret(), *server.secret());
        self.incoming.change_keys(server)?;
        self.outgoing.change_keys(client);

        self.message(ENCRYPTED_EXTENSIONS, |body| check_extensions(body, hello)).await?;
        let is_asked = self.verify(verifier).await?;
        self.confirm(&server_secret).await?;

        let application = schedule.of_application();
        let (client, server) = self.keys(&application, b"c ap traffic", b"s ap traffic");
        self.incoming.change_keys(server)?;
        self.incoming.open();
        self.finish(&client_secret, is_asked).await?;
        self.outgoing.change_keys(client);
        Ok(())
    }

    /// Sends the hello, again if it is asked to; returns what both sides then know.
    async fn agree(
        &mut self,
        hello: &ClientHello<'_>,
        platform: &mut impl Platform,
    ) -> Result<Hash, TlsError> {
        let mut secret = Secret::first(platform)?;
        let Self { incoming, outgoing, transcript } = self;
        let write = |writer: &mut Writer<'_>| hello.write(writer, &secret, None);
        outgoing.messages(write, |bytes| transcript.update(bytes)).await?;
        let mut is_again = false;
        loop {
            let message = expect(SERVER_HELLO, incoming.message().await)?;
            match ServerHello::read(message.body())? {
                ServerHello::Share { group, share } if group == secret.group() => {
                    transcript.update(message.bytes);
                    return secret.agree(share);
                }
                ServerHello::Share { .. } => return Err(Alert::ILLEGAL_PARAMETER.into()),
                ServerHello::Retry { .. } if is_again => {
                    return Err(Alert::UNEXPECTED_MESSAGE.into());
                }
                // Nothing would be different.
                ServerHello::Retry { group: None, cookie: None } => {
                    return Err(Alert::ILLEGAL_PARAMETER.into());
                }
                ServerHello::Retry { group, cookie } => {
                    if let Some(group) = group {
                        secret = secret.other(group, platform)?;
                    }
                    // A server that has kept nothing can go on from this hash.
                    let first = transcript.finalize_reset();
                    transcript.update([MESSAGE_HASH, 0, 0, 32]);
                    transcript.update(first);
                    transcript.update(message.bytes);
                    let write = |writer: &mut Writer<'_>| hello.write(writer, &secret, cookie);
                    outgoing.messages(write, |bytes| transcript.update(bytes)).await?;
                    is_again = true;
                }
            }
        }
    }

    /// Reads who the server is, and its proof; says whether it wants to know who the client is.
    async fn verify(&mut self, verifier: &Verifier<'_, '_>) -> Result<bool, TlsError> {
        let mut message = self.incoming.message().await?;
        let is_asked = message.kind() == CERTIFICATE_REQUEST;
        if is_asked {
            check_request(message.body())?;
            self.transcript.update(message.bytes);
            message = self.incoming.message().await?;
        }
        if message.kind() == FINISHED {
            return Err(CertificateError::Missing.into());
        }
        let message = expect(CERTIFICATE, Ok(message))?;
        self.transcript.update(message.bytes);
        let key = verifier.certified(&Certificates::read(message.body())?)?;

        let hash = self.hash();
        let message = self.incoming.message().await?;
        if message.kind() == FINISHED {
            return Err(CertificateError::NoProof.into());
        }
        let message = expect(CERTIFICATE_VERIFY, Ok(message))?;
        self.transcript.update(message.bytes);
        verifier.proven(&key, &hash, &Proof::read(message.body())?)?;
        Ok(is_asked)
    }

    /// Reads the server's proof that nobody has changed anything.
    async fn confirm(&mut self, secret: &Hash) -> Result<(), TlsError> {
        let expected = finished(secret, &self.hash());
        self.message(FINISHED, |mut body| {
            let theirs = body.array::<{ size_of::<Hash>() }>()?;
            body.end()?;
            // It takes the same time wherever they differ.
            let difference = theirs.iter().zip(expected).fold(0, |all, (a, b)| all | (a ^ b));
            if difference == 0 { Ok(()) } else { Err(Alert::DECRYPT_ERROR.into()) }
        })
        .await
    }

    /// Sends the client's proof, behind its certificate if one was wanted.
    async fn finish(&mut self, secret: &Hash, is_asked: bool) -> Result<(), TlsError> {
        if is_asked {
            self.transcript.update(NO_CERTIFICATE);
        }
        let proof = finished(secret, &self.hash());
        let write = |writer: &mut Writer<'_>| {
            if is_asked {
                writer.put(&NO_CERTIFICATE);
            }
            writer.put(&[FINISHED]);
            writer.list::<3>(|writer| writer.put(&proof));
        };
        self.outgoing.messages(write, |_| {}).await
    }

    /// Reads a message that has to be the next.
    async fn message(
        &mut self,
        kind: u8,
        read: impl FnOnce(super::codec::Reader<'_>) -> Result<(), TlsError>,
    ) -> Result<(), TlsError> {
        let message = expect(kind, self.incoming.message().await)?;
        self.transcript.update(message.bytes);
        read(message.body())
    }

    fn hash(&self) -> Hash {
        self.transcript.clone().finalize().into()
    }

    fn keys(&self, schedule: &Schedule, client: &[u8], server: &[u8]) -> (Keys, Keys) {
        let hash = self.hash();
        let keys = |label| Keys::new(schedule.traffic(label, &hash));
        (keys(client), keys(server))
    }
}

fn expect(kind: u8, message: Result<Message<'_>, TlsError>) -> Result<Message<'_>, TlsError> {
    match message {
        Ok(message) if message.kind() != kind => Err(Alert::UNEXPECTED_MESSAGE.into()),
        message => message,
    }
}
