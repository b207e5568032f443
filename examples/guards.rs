//! Who may do what: hosts, pages of other origins, a password, a token, sessions, a rate limit.
//!
//! `cargo run --example guards -- PORT`, at 127.0.0.1.

mod pc;

use std::error::Error;
use std::net::Ipv4Addr;
use std::time::Instant;

use nal_http::server::guards::{self, Cors, RateLimit};
use nal_http::server::{Answer, Failure, Group, Reply, Request, Route, Server, Sessions, Site};
use nal_http::wire::Status;
use nal_std::Stack;

/// The application.
pub struct App {
    level: u8,
    /// Random, made anew at each start: so sessions end with it.
    key: [u8; 32],
    start: Instant,
    logins: RateLimit<8>,
}

impl App {
    /// With a key that nobody can guess; five passwords at once, and then one in a minute.
    #[must_use]
    pub fn new(key: [u8; 32]) -> Self {
        Self { level: 0, key, start: Instant::now(), logins: RateLimit::new(5, 60_000) }
    }

    fn sessions(&self) -> Sessions<'_> {
        Sessions::new("session", &self.key).lifetime(3600)
    }

    fn now_s(&self) -> u32 {
        u32::try_from(self.start.elapsed().as_secs()).unwrap_or(u32::MAX)
    }
}

/// By its address, and by names of which a test has the browser believe that they are here.
const HOSTS: &[&str] = &["127.0.0.1", "localhost", "board.school.example"];

/// The page that may read the level and set it. It is of the same site as the board, so the browser sends the session along.
const CORS: Cors = Cors {
    origins: &["http://dashboard.school.example"],
    methods: "PUT",
    headers: "Content-Type",
    max_age_s: 600,
    with_credentials: true,
};

const ADMIN: &Group<App> = &Group::new(&[Route::get("", |_, _, reply| reply.text("restart?\n"))])
    .guard(|_, request| guards::basic(request, "admin", "secret", "Basic realm=\"board\""));

const READINGS: &Group<App> = &Group::new(&[Route::get("", |_, _, reply| reply.text("301\n"))])
    .guard(|_, request| guards::bearer(request, "nWZ3yB0aHqC7vQe1", "Bearer realm=\"board\""));

const ACCOUNT: &Group<App> =
    &Group::new(&[Route::get("", account)]).guard(|app, request| {
        match app.sessions().find(request, app.now_s()) {
            Some(_) => Ok(()),
            None => Err(Failure::new(Status::SEE_OTHER, "").header("Location", "/login")),
        }
    });

const ALL: &Group<App> = &Group::new(&[
    Route::get("/level", level),
    Route::put("/level", set_level),
    Route::post("/level", set_level),
    Route::group("/admin", ADMIN),
    Route::group("/readings", READINGS),
    Route::group("/account", ACCOUNT),
    Route::get("/login", |_, _, reply| reply.html(FORM)),
    Route::post("/login", log_in),
    Route::post("/logout", log_out),
])
.guard(|_, request| guards::host(request, HOSTS));

/// All of it, and what it needs.
pub const SITE: Site<App> = Site::new(&[Route::group("/", ALL)])
    .want(&["Host", "Authorization", "Origin", "Access-Control-Request-Method"])
    .want_cookies(&["session"])
    .map_response(|_, request, reply| CORS.apply(request, reply));

const FORM: &str = "<form method=post><label>Password <input type=password name=password></label><button>Log in</button></form>";

fn level(app: &mut App, _: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
    reply.write("text/plain", |body| body.number(app.level.into()))
}

/// Takes `{"level":7}`, of nobody but who says that it is JSON.
fn set_level(app: &mut App, request: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
    app.level = request.json_as("level")?;
    reply.no_content()
}

fn account(app: &mut App, request: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
    let user = app.sessions().find(request, app.now_s()).unwrap_or_default();
    reply.no_store().text(&user)
}

fn log_in(app: &mut App, request: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
    app.logins.check(request)?;
    let password = request.form()?.get("password").unwrap_or_default();
    if !guards::is_secret(password, "correct horse") {
        return Err(Failure::new(Status::FORBIDDEN, "this is not the password"));
    }
    app.sessions().log_in(reply, "admin", app.now_s())?;
    reply.redirect(Status::SEE_OTHER, "/account")
}

fn log_out(app: &mut App, _: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
    app.sessions().log_out(reply);
    reply.redirect(Status::SEE_OTHER, "/login")
}

fn main() -> Result<(), Box<dyn Error>> {
    let port = std::env::args().nth(1).ok_or("usage: guards PORT")?.parse()?;
    let mut key = [0; 32];
    getrandom::fill(&mut key)?;
    let mut stack = Stack::bound_to(Ipv4Addr::LOCALHOST.into());
    let mut server: Box<Server<Stack, App, 8, 2048>> = Box::new(Server::new(SITE));
    server.listen(&mut stack, port)?;
    println!("http://{}/level", stack.local_addr(server.listener().ok_or("no listener")?)?);
    match server.serve(&mut stack, &mut App::new(key), &mut pc::PcClock::new(), pc::wait)? {}
}
