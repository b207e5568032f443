use core::fmt;

use heapless::string::String;

use super::guards::is_equal;
use super::{Cookie, Failure, Reply, Request, SameSite};
use crate::wire::{Base64, Sha256, Writer, write_base64};

/// What a session remembers, such as the name of who has logged in: up to 64 bytes.
pub type Content = String<64, u8>;

/// Sessions in a signed cookie: the board remembers nothing, and so forgets nobody and has no limit of sessions. Needs the
/// feature `session`.
///
/// The cookie holds when the session ends and a [`Content`], which its owner can read, and a seal over both and the cookie's name
/// (HMAC-SHA256, RFC 2104), which nobody can make without the key. One that is malformed, altered, of another key or
/// over is no session.
///
/// ```
/// use nal_http::server::{Answer, Failure, Group, Reply, Request, Route, Sessions, Site, guards};
/// use nal_http::wire::Status;
///
/// struct App {
///     /// Random, made anew at each start: so sessions end with it.
///     key: [u8; 32],
///     seconds: u32,
/// }
///
/// impl App {
///     fn sessions(&self) -> Sessions<'_> {
///         Sessions::new("session", &self.key).lifetime(3600)
///     }
/// }
///
/// fn log_in(app: &mut App, request: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
///     let password = request.form()?.get("password").unwrap_or_default();
///     if !guards::is_secret(password, "correct horse") {
///         return Err(Failure::new(Status::FORBIDDEN, "this is not the password"));
///     }
///     app.sessions().log_in(reply, "admin", app.seconds)?;
///     reply.redirect(Status::SEE_OTHER, "/admin/")
/// }
///
/// fn log_out(app: &mut App, _: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
///     app.sessions().log_out(reply);
///     reply.redirect(Status::SEE_OTHER, "/")
/// }
///
/// const ADMIN: &Group<App> = &Group::new(&[Route::get("/", |_, _, reply| reply.html("<h1>Settings"))])
///     .guard(|app, request| match app.sessions().find(request, app.seconds) {
///         Some(_) => Ok(()),
///         None => Err(Failure::new(Status::SEE_OTHER, "").header("Location", "/login")),
///     });
///
/// const SITE: Site<App> = Site::new(&[
///     Route::post("/login", log_in),
///     Route::post("/logout", log_out),
///     Route::group("/admin", ADMIN),
/// ])
/// .want_cookies(&["session"]);
/// # let _ = SITE;
/// ```
///
/// # What it keeps out, and what not
/// - Nobody makes or alters a session. That costs 2^128 tries at least, however fast the board is.
/// - Pages of other sites cannot have a browser POST with it (`SameSite=Lax`), so what changes something has to be a POST, PUT or
///   DELETE; scripts cannot read it (`HttpOnly`).
/// - Whoever reads it has it. On http that is everybody on the way: only https keeps it secret
///   ([`secure`](Self::secure)).
/// - [`log_out`](Self::log_out) has one browser forget it. A copy is good until its end, since the board remembers
///   nothing. To end all: another key. To end those of one user: a number in the content that the board has, too, and counts up.
///
/// # The clock
/// `now_s` is in seconds since any instant: of the start, if the board knows no better. If it begins anew with each start, so has
/// the key to; else what was over is good again. A session that would last for longer than the lifetime
/// from now on is none, either: the clock was set back.
#[derive(Clone, Copy)]
pub struct Sessions<'k> {
    name: &'k str,
    key: &'k [u8; 32],
    old_key: Option<&'k [u8; 32]>,
    lifetime_s: u32,
    same_site: SameSite,
    is_secure: bool,
}

/// When it ends.
const END: usize = 4;
const SEAL: usize = 32;
const MOST: usize = END + 64 + SEAL;
const MOST_DIGITS: usize = MOST.div_ceil(3) * 4;

impl<'k> Sessions<'k> {
    /// Sessions in the cookie `name`, that last for 12 hours. It has to be [wanted](super::Site::want_cookies).
    ///
    /// The key is 32 bytes from a generator of random numbers that is fit for it, known to the board alone.
    #[must_use]
    pub const fn new(name: &'k str, key: &'k [u8; 32]) -> Self {
        Self {
            name,
            key,
            old_key: None,
            lifetime_s: 12 * 3600,
            same_site: SameSite::Lax,
            is_secure: false,
        }
    }

    /// They last for so many seconds from the login on.
    #[must_use]
    pub const fn lifetime(mut self, seconds: u32) -> Self {
        self.lifetime_s = seconds;
        self
    }

    /// Those of another key are good, too: of the last one, for as long as they last, when a new key takes its place.
    #[must_use]
    pub const fn old_key(mut self, key: &'k [u8; 32]) -> Self {
        self.old_key = Some(key);
        self
    }

    /// With which requests of pages of other sites the cookie is sent; see [`SameSite`].
    #[must_use]
    pub const fn same_site(mut self, same_site: SameSite) -> Self {
        self.same_site = same_site;
        self
    }

    /// The cookie is sent over https alone. Then its name should begin with `__Host-`, so that nobody else can set it.
    #[must_use]
    pub const fn secure(mut self) -> Self {
        self.is_secure = true;
        self
    }

    /// Has the reply begin a session.
    ///
    /// # Errors
    /// A failure with status 500 if the content is longer than 64 bytes.
    pub fn log_in(&self, reply: &mut Reply<'_>, content: &str, now_s: u32) -> Result<(), Failure> {
        let mut digits = [0; MOST_DIGITS];
        let mut writer = Writer::new(&mut digits);
        self.seal(&mut writer, content, now_s.saturating_add(self.lifetime_s))
            .ok_or(Failure::internal("what a session remembers has 64 bytes at most"))?;
        let value = core::str::from_utf8(writer.written()).unwrap_or_default();
        reply.cookie(self.cookie(value).max_age(self.lifetime_s));
        Ok(())
    }

    /// Has the browser forget its session.
    pub fn log_out(&self, reply: &mut Reply<'_>) {
        reply.cookie(self.cookie("").max_age(0));
    }

    /// What the session of a request remembers; `None` if it has none.
    #[must_use]
    pub fn find<T>(&self, request: &Request<'_, T>, now_s: u32) -> Option<Content> {
        self.open(request.cookie(self.name)?, now_s)
    }

    /// The same of a cookie's value, as it was sent.
    #[must_use]
    pub fn open(&self, value: &str, now_s: u32) -> Option<Content> {
        let (mut bytes, mut length) = ([0; MOST], 0);
        for byte in Base64::new(value.as_bytes()) {
            *bytes.get_mut(length)? = byte?;
            length += 1;
        }
        let (end, rest) = bytes.get(..length)?.split_first_chunk::<END>()?;
        let (content, seal) = rest.split_last_chunk::<SEAL>()?;
        let end_s = u32::from_be_bytes(*end);
        let mut keys = [Some(self.key), self.old_key].into_iter().flatten();
        keys.find(|key| is_equal(seal, &self.mac(key, end_s, content)))?;
        let left_s = end_s.checked_sub(now_s)?;
        if left_s == 0 || left_s > self.lifetime_s {
            return None;
        }
        Content::try_from(core::str::from_utf8(content).ok()?).ok()
    }

    fn cookie<'c>(&self, value: &'c str) -> Cookie<'c>
    where
        'k: 'c,
    {
        let cookie = Cookie::new(self.name, value).path("/").same_site(self.same_site).http_only();
        if self.is_secure { cookie.secure() } else { cookie }
    }

    fn seal(&self, writer: &mut Writer<'_>, content: &str, end_s: u32) -> Option<()> {
        let mut bytes = [0; MOST];
        let mut plain = Writer::new(bytes.get_mut(..MOST - SEAL)?);
        plain.bytes(&end_s.to_be_bytes());
        plain.str(content);
        if plain.overflowed() {
            return None;
        }
        let length = plain.len();
        let seal = self.mac(self.key, end_s, content.as_bytes());
        *bytes.get_mut(length..)?.first_chunk_mut::<SEAL>()? = seal;
        write_base64(writer, bytes.get(..length + SEAL)?);
        Some(())
    }

    /// The seal, of this cookie alone: HMAC-SHA256.
    fn mac(&self, key: &[u8; 32], end_s: u32, content: &[u8]) -> [u8; SEAL] {
        let padded = |pad: u8| {
            let mut block = [pad; 64];
            block.iter_mut().zip(key).for_each(|(byte, key)| *byte ^= key);
            block
        };
        let hash = |texts: &[&[u8]]| {
            let mut hash = Sha256::new();
            for text in texts {
                hash.update(text);
            }
            hash.finish()
        };
        let inner =
            hash(&[&padded(0x36), self.name.as_bytes(), &[0], &end_s.to_be_bytes(), content]);
        hash(&[&padded(0x5c), &inner])
    }
}

impl fmt::Debug for Sessions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the keys.
        f.debug_struct("Sessions").field("name", &self.name).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use hmac::{Hmac, Mac};
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_seal_is_hmac(key: [u8; 32], name in "[a-z]{0,80}", end_s: u32, content: Vec<u8>) {
            let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&key).unwrap();
            mac.update(name.as_bytes());
            mac.update(&[0]);
            mac.update(&end_s.to_be_bytes());
            mac.update(&content);
            let expected: [u8; 32] = mac.finalize().into_bytes().into();
            prop_assert_eq!(Sessions::new(&name, &key).mac(&key, end_s, &content), expected);
        }
    }
}
