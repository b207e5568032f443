//! Forms with files, taken by a handler in pieces.

use super::content::{no_content_type, unsupported};
use super::{Failure, Request};
use crate::wire::{Boundary, FormEvent, Headers, MultipartError, MultipartReader};

impl<'c, T> Request<'c, T> {
    /// What comes next of a body that is a form with files (`Content-Type: multipart/form-data`, RFC 7578), of any
    /// length; nothing until more of it arrives, for which a handler returns [`Flow::More`](super::Flow::More). It is
    /// [taken](Self::take) out of [`body`](Self::body).
    ///
    /// `reader` says where in [`state`](Self::state) it remembers how far it has come. The route is one
    /// [in pieces](super::Route::in_pieces) and [wants](super::Route::want) the header that it needs:
    ///
    /// ```
    /// use nal_http::server::{Answer, Flow, Reply, Request, Route, Site};
    /// use nal_http::wire::{FormEvent, MultipartReader};
    ///
    /// #[derive(Default)]
    /// struct Upload {
    ///     form: MultipartReader,
    ///     is_file: bool,
    ///     length: usize,
    /// }
    ///
    /// const SITE: Site<(), Upload> = Site::new(&[
    ///     Route::post("/upload", upload).in_pieces().want(MultipartReader::HEADERS),
    /// ]);
    ///
    /// fn upload(_: &mut (), request: &mut Request<'_, Upload>, reply: &mut Reply<'_>) -> Answer {
    ///     while let Some(event) = request.multipart(|state| &mut state.form)? {
    ///         match event {
    ///             FormEvent::Part(part) => request.state.is_file = part.name() == "file",
    ///             FormEvent::Data(bytes) if request.state.is_file => request.state.length += bytes.len(),
    ///             FormEvent::Data(_) | FormEvent::PartEnd => {}
    ///             FormEvent::End => {
    ///                 let length = request.state.length as u64;
    ///                 return reply.write("text/plain", |body| body.number(length));
    ///             }
    ///         }
    ///     }
    ///     Ok(Flow::More)
    /// }
    /// # let part = nal_http::client::Part::bytes("file", "a.bin", "application/octet-stream", &[0; 3000]);
    /// # let parts = [nal_http::client::Part::field("note", "hello"), part];
    /// # let form = nal_http::client::Multipart::new(&parts, [7; 16]);
    /// # let post = nal_http::client::Request::new(nal_http::wire::Method::POST, "http://test/upload").files(&form);
    /// # assert_eq!(nal_http::testing::TestClient::new(SITE).send(&mut (), &post).text(), "3000");
    /// ```
    ///
    /// Behind the [end](FormEvent::End) there is nothing more. The answer may begin before it: a client that is told no
    /// stops sending.
    ///
    /// # Errors
    /// A failure with status 415 if the body does not say that it is such a form; 431 if that header had no room; 400 if
    /// it is not one, or ends before its last boundary; 413 if it has more parts or longer heads of parts than
    /// the [`MultipartReader`] allows. Like any failure that a handler returns, this is its last call: what it holds, as a
    /// flash that it has begun to write, it releases before.
    pub fn multipart(
        &mut self,
        reader: impl FnOnce(&mut T) -> &mut MultipartReader,
    ) -> Result<Option<FormEvent<'c>>, Failure> {
        let boundary = boundary(&self.headers(), self.headers_dropped())?;
        let body = self.body();
        let is_complete = self.is_complete();
        let (taken, event) = reader(self.state).next(boundary, body, is_complete)?;
        self.take(taken);
        Ok(event)
    }
}

fn boundary<'c>(headers: &Headers<'c>, is_dropped: bool) -> Result<Boundary<'c>, Failure> {
    let Some(content_type) = headers.get_bytes("Content-Type") else {
        return Err(if is_dropped {
            no_content_type()
        } else {
            MultipartError::NotFormData.into()
        });
    };
    Ok(Boundary::of(content_type)?)
}

impl From<MultipartError> for Failure {
    fn from(error: MultipartError) -> Self {
        if error == MultipartError::NotFormData {
            return unsupported(error.as_str(), "multipart/form-data");
        }
        Self::new(error.status(), error.as_str())
    }
}
