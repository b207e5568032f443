use crate::server::{Reply, Request};

/// Which pages of other origins may read answers, and send what browsers ask about first (CORS, the Fetch standard's
/// section 3.2). What is not named here stays forbidden, as it is without any of this.
///
/// [`apply`](Self::apply) it in [`Site::map_response`](crate::server::Site::map_response): so all answers have it, also a
/// 404 and the server's own 204 to OPTIONS, which is what a preflight gets on a path that is known.
/// `"Origin"` and `"Access-Control-Request-Method"` have to be [wanted](crate::server::Site::want).
///
/// ```
/// use nal_http::server::{Route, Site, guards::Cors};
///
/// const CORS: Cors = Cors {
///     origins: &["https://dashboard.example"],
///     methods: "GET, PUT",
///     headers: "Content-Type",
///     max_age_s: 600,
///     with_credentials: false,
/// };
///
/// const SITE: Site<()> = Site::new(&[Route::get("/light", |_, _, reply| reply.text("301"))])
///     .want(&["Origin", "Access-Control-Request-Method"])
///     .map_response(|_, request, reply| CORS.apply(request, reply));
/// # let _ = SITE;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cors {
    /// The origins as browsers send them, such as `https://dashboard.example` or `http://localhost:3000`: scheme, host
    /// and port without a path. `*` is any, and never has credentials.
    pub origins: &'static [&'static str],
    /// The methods beside GET, HEAD and POST, as a list: `GET, PUT, DELETE`.
    pub methods: &'static str,
    /// The headers that pages may send, as a list: `Content-Type, Authorization`.
    pub headers: &'static str,
    /// For so many seconds a browser need not ask again; browsers have a limit of their own, of 10 min or 2 h.
    pub max_age_s: u32,
    /// Pages may send cookies and passwords that the browser keeps for the board.
    pub with_credentials: bool,
}

impl Cors {
    /// Puts into the reply what the origin of the request may.
    pub fn apply<T>(&self, request: &Request<'_, T>, reply: &mut Reply<'_>) {
        let is_open = self.origins.contains(&"*");
        let origin = request.header("Origin");
        if !is_open {
            // A cache must not give one origin what another one has got (RFC 9110 section 12.5.5).
            reply.header("Vary", "Origin");
        }
        let Some(origin) = origin.filter(|origin| is_open || self.origins.contains(origin)) else {
            return;
        };
        reply.header("Access-Control-Allow-Origin", if is_open { "*" } else { origin });
        if self.with_credentials && !is_open {
            reply.header("Access-Control-Allow-Credentials", "true");
        }
        if request.method() == "OPTIONS"
            && request.header("Access-Control-Request-Method").is_some()
        {
            reply.header("Access-Control-Allow-Methods", self.methods);
            reply.header("Access-Control-Allow-Headers", self.headers);
            reply.number_header("Access-Control-Max-Age: ", self.max_age_s);
        }
    }
}
