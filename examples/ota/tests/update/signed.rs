//! Images that are signed by whoever makes them: the last 64 bytes are an ed25519 signature of the SHA-256 of all before.

use embedded_storage::nor_flash::NorFlash;
use nal_http::server::{Route, Site};
use nal_http::testing::TestClient;
use ota::{Boot, Update, Upload};
use salty::{Keypair, PublicKey, Signature};
use sha2::{Digest, Sha256};

use super::mock::{App, Bootloader, SLOT, started};
use super::{board, hex, image, raw};

const SITE: Site<App<Signed>, Upload> = Site::new(&[Route::put("/update", ota::put).in_pieces()]);

/// A bootloader that is told of images of one maker only.
struct Signed {
    maker: PublicKey,
    bootloader: Bootloader,
}

#[derive(Debug)]
struct NotSigned;

impl Boot for Signed {
    type Error = NotSigned;

    fn start_next<F: NorFlash>(&mut self, flash: &mut F, length: u32) -> Result<(), NotSigned> {
        let end = length.checked_sub(64).ok_or(NotSigned)?;
        let (mut hash, mut at, mut piece) = (Sha256::new(), 0, [0; 256]);
        while at < end {
            let n = (end - at).min(256);
            let piece = &mut piece[..n as usize];
            flash.read(at, piece).map_err(|_| NotSigned)?;
            hash.update(piece);
            at += n;
        }
        let mut signature = [0; 64];
        flash.read(end, &mut signature).map_err(|_| NotSigned)?;
        let digest: [u8; 32] = hash.finalize().into();
        self.maker.verify(&digest, &Signature::from(&signature)).map_err(|_| NotSigned)?;
        self.bootloader.start_next(flash, end).map_err(|_| NotSigned)
    }
}

#[test]
fn only_what_its_maker_has_signed_is_started() {
    let (maker, another) = (Keypair::from(&[1; 32]), Keypair::from(&[2; 32]));
    let new = image(9001);
    let sign = |image: &[u8], by: &Keypair| {
        let digest: [u8; 32] = Sha256::digest(image).into();
        [image, &by.sign(&digest).to_bytes()].concat()
    };
    let good = sign(&new, &maker);
    let mut changed = good.clone();
    changed[5000] ^= 1;
    for (sent, is_started) in [
        (good, true),
        (changed, false),
        (sign(&new, &another), false),
        (new.clone(), false),
        (vec![0; 63], false),
    ] {
        let (chip, old) = board();
        let boot = Signed { maker: maker.public.clone(), bootloader: Bootloader::new(&chip, 1) };
        let mut app = App { update: Update::new(chip.part(SLOT, SLOT), boot) };
        let answer = TestClient::new(SITE).send_bytes(&mut app, &raw(&sent, &hex(&sent)));
        let status: &[u8] = if is_started { b"HTTP/1.1 200 " } else { b"HTTP/1.1 422 " };
        assert!(answer.starts_with(status), "{}", answer.escape_ascii());
        assert!(started(&chip) == if is_started { &new[..] } else { &old[..] });
    }
}
