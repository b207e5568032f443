//! HTTP/1.1 as bytes: no I/O, no stack, no clock.
//!
//! Everything here is a plain function or a small state machine over slices that the caller owns,
//! so it can be tested, fuzzed and driven by any transport. Nothing here panics, recurses or
//! allocates, whatever the bytes say.
//!
//! | subject | types | RFC |
//! |---|---|---|
//! | URLs, references and their escapes | [`Url`], [`resolve`], [`Encoded`], [`Pairs`] | 3986, WHATWG URL |
//! | methods, status codes, versions | [`Method`], [`Status`], [`Version`] | 9110 |
//! | heads as they arrive | [`HeadReader`], [`RequestHead`], [`ResponseHead`], [`Headers`] | 9112 |
//! | who is asked for, and known again | [`Challenges`], `SetCookie` | 9110 section 11, 7616, 6265 |
//! | how a body is framed, and taken apart | [`Framing`], [`BodyReader`] | 9112 section 6, 7 |
//! | forms with files, as they arrive | [`MultipartReader`], [`Boundary`] | 7578, 2046 section 5.1 |
//! | which coding, which part | [`Coding`], [`ByteRange`] | 9110 section 12.5.3, 14 |
//! | whether it is whole | [`digest_sha256`], `Sha256` (feature `sha256`) | 9530 |
//! | frames of WebSockets (feature `websocket`) | `websocket::FrameReader` | 6455 section 5 |
//! | what is sent | [`Writer`], [`write_date`] | 9112, 9110 section 5.6.7 |

mod accept_encoding;
mod accept_language;
mod ascii;
mod authority;
mod base64;
mod body;
mod body_error;
mod bytes;
mod challenge;
mod chunk;
mod cookie;
mod date;
mod digest;
mod entity_tag;
mod fields;
mod form;
mod framing;
mod head;
mod head_error;
mod headers;
mod ip;
mod late_length;
mod method;
mod multipart;
mod parse_date;
mod percent;
mod quality;
mod range;
mod reference;
#[cfg(feature = "sha256")]
mod sha256;
mod start_line;
mod status;
mod url;
mod url_error;
#[cfg(feature = "websocket")]
pub mod websocket;
mod window;
mod writer;

pub use accept_encoding::Coding;
pub use accept_language::choose_language;
#[cfg(feature = "session")]
pub(crate) use base64::write_base64;
pub(crate) use base64::{Base64, Base64Writer};
pub use body::BodyReader;
pub use body_error::BodyError;
pub(crate) use bytes::{
    copy, find, move_down, move_up, split_bytes, split_first, split_once, text,
};
pub use challenge::{Challenge, Challenges};
pub(crate) use chunk::{CHUNK_BACK, CHUNK_FRONT, CHUNK_MAX, frame_chunk};
pub use cookie::SetCookie;
pub(crate) use cookie::{default_path, domain_covers, path_covers};
pub use date::write_date;
pub use digest::digest_sha256;
pub(crate) use entity_tag::{Comparison, is_entity_tag, lists_tag};
pub use fields::Fields;
pub use form::{Pairs, write_pairs};
pub use framing::Framing;
pub use head::{HeadReader, HeadRules, Needed, Progress};
pub use head_error::HeadError;
pub use headers::{Headers, RequestHead, ResponseHead};
pub(crate) use late_length::LateLength;
pub use method::{InvalidMethod, Method};
pub use multipart::{Boundary, FormEvent, FormText, MultipartError, MultipartReader, PartHead};
pub(crate) use parse_date::{is_http_date, parse_date};
pub use percent::{DecodeError, Encoded};
pub(crate) use percent::{escaped_len, unescape, write_escaped};
pub use range::ByteRange;
pub(crate) use reference::has_scheme;
pub use reference::resolve;
#[cfg(feature = "sha256")]
pub use sha256::Sha256;
pub use start_line::Version;
pub(crate) use start_line::check_status_line;
pub use status::Status;
pub use url::{Scheme, Url};
pub use url_error::UrlError;
pub use window::Window;
pub(crate) use writer::hex_digit;
pub use writer::{BufferTooSmall, InvalidHeader, Writer, measure};
