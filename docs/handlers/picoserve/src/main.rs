//! The ten handlers of `docs/handlers.md`, for picoserve. `cargo run -- PORT`

use std::cell::Cell;
use std::net::Ipv4Addr;
use std::rc::Rc;
use std::time::Duration;

use heapless::{String, format};
use picoserve::extract::{Form, FromRequestParts, Json, State};
use picoserve::io::{Read, Write};
use picoserve::request::{Request, RequestParts};
use picoserve::response::chunked::{ChunkWriter, ChunkedResponse, Chunks, ChunksWritten};
use picoserve::response::sse::{EventSource, EventStream, EventWriter};
use picoserve::response::{IntoResponse, NoContent, ResponseWriter, StatusCode};
use picoserve::routing::{RequestHandlerService, get, post, post_service, put};
use picoserve::{Config, ResponseSent, Router, Server, Timeouts};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;
use tokio::sync::{Mutex, watch};
use tokio::task::{LocalSet, spawn_local};
use tokio::time::{interval, sleep, timeout};

#[derive(Clone)]
struct App {
    value: Rc<watch::Sender<u32>>,
    sensor: Rc<Mutex<Sensor>>,
    listeners: Rc<Cell<usize>>,
}

type Refusal = (StatusCode, &'static str);

struct Sensor;

struct NoAnswer;

impl Sensor {
    async fn measure(&mut self) -> Result<u32, NoAnswer> {
        sleep(Duration::from_millis(750)).await;
        Ok(421)
    }
}

// [hello]
async fn hello() -> &'static str {
    "Hello, world!\n"
}
// [/hello]

// [json]
#[derive(Deserialize)]
struct Light {
    level: u8,
}

#[derive(Serialize)]
struct Done {
    ok: bool,
    level: u8,
}

async fn json(Json(light): Json<Light>) -> Json<Done> {
    Json(Done { ok: true, level: light.level.saturating_add(1) })
}
// [/json]

// [form]
// `Form` says "Bad Form" and no field's name, so the fields are text here, and looked at by hand.
#[derive(Deserialize)]
struct Query {
    city: Option<String<32>>,
    unit: Option<String<16>>,
}

async fn form(Form(query): Form<Query>) -> Result<String<48>, Refusal> {
    let wrong = |why| Err((StatusCode::UNPROCESSABLE_ENTITY, why));
    let Some(city) = query.city else { return wrong("city is missing\n") };
    let degrees = match query.unit.as_deref() {
        Some("celsius") => "20 C",
        Some("fahrenheit") => "68 F",
        _ => return wrong("unit must be celsius or fahrenheit\n"),
    };
    Ok(format!(48; "{city}: {degrees}\n").unwrap_or_default())
}
// [/form]

// [auth]
struct Admin;

impl<'r, S> FromRequestParts<'r, S> for Admin {
    type Rejection = (StatusCode, (&'static str, &'static str), &'static str);

    async fn from_request_parts(
        _: &'r S,
        parts: &RequestParts<'r>,
    ) -> Result<Self, Self::Rejection> {
        match parts.headers().get("Authorization") {
            // admin:secret. `given == ".."` would not tell capitals from small letters.
            Some(given) if given.as_raw() == b"Basic YWRtaW46c2VjcmV0" => Ok(Self),
            _ => {
                let challenge = ("WWW-Authenticate", "Basic realm=\"device\"");
                Err((StatusCode::UNAUTHORIZED, challenge, "who are you?\n"))
            }
        }
    }
}

async fn private(_: Admin) -> &'static str {
    "welcome\n"
}
// [/auth]

// [csv]
struct Lines;

impl Chunks for Lines {
    fn content_type(&self) -> &'static str {
        "text/csv"
    }

    async fn write_chunks<W: Write>(
        self,
        mut writer: ChunkWriter<W>,
    ) -> Result<ChunksWritten, W::Error> {
        for n in 0..10_000 {
            writeln!(writer, "{n},{}", n * 7 % 100).await?;
        }
        writer.finalize().await
    }
}

async fn csv() -> ChunkedResponse<Lines> {
    ChunkedResponse::new(Lines)
}
// [/csv]

// [upload]
struct Upload;

impl RequestHandlerService<App> for Upload {
    async fn call_request_handler_service<R: Read, W: ResponseWriter<Error = R::Error>>(
        &self,
        _: &App,
        (): (),
        mut request: Request<'_, R>,
        response: W,
    ) -> Result<ResponseSent, W::Error> {
        let body = request.body_connection.body();
        let mut left = body.content_length();
        let allowed = Duration::from_secs(3) + Duration::from_micros(left as u64);
        // tokio's timer needs a box; embassy's does not, with `with_different_timeout`.
        let mut reader = body.reader().with_different_timeout_signal(Box::pin(sleep(allowed)));
        let (mut hash, mut piece) = (Sha256::new(), [0; 1024]);
        while left > 0 {
            match reader.read(&mut piece).await? {
                0 => break,
                n => (hash.update(&piece[..n]), left -= n),
            };
        }
        let connection = request.body_connection.finalize().await?;
        if left > 0 {
            return (StatusCode::BAD_REQUEST, "the body ended too early\n")
                .write_to(connection, response)
                .await;
        }
        format_args!("{:x}\n", hash.finalize()).write_to(connection, response).await
    }
}
// [/upload]

// [echo]
// Only what fits into the buffer, and not while it arrives: a response can be written only after
// `finalize`, which reads the body to its end.
async fn echo(body: heapless::Vec<u8, 1024>) -> heapless::Vec<u8, 1024> {
    body
}
// [/echo]

// [poll]
async fn poll(State(app): State<App>) -> Result<String<16>, (StatusCode, NoContent)> {
    let mut value = app.value.subscribe();
    match timeout(Duration::from_secs(25), value.changed()).await {
        Ok(_) => Ok(format!(16; "{}\n", *value.borrow()).unwrap_or_default()),
        Err(_) => Err((StatusCode::NO_CONTENT, NoContent)),
    }
}
// [/poll]

// [events]
struct Seconds {
    listeners: Rc<Cell<usize>>,
}

impl Drop for Seconds {
    fn drop(&mut self) {
        self.listeners.update(|listeners| listeners - 1);
    }
}

impl EventSource for Seconds {
    async fn write_events<W: Write>(self, mut writer: EventWriter<'_, W>) -> Result<(), W::Error> {
        let mut seconds = interval(Duration::from_secs(1));
        for count in 1_u32.. {
            seconds.tick().await;
            writer.write_event("message", format_args!("{count}")).await?;
            writer.flush().await?;
        }
        Ok(())
    }
}

async fn events(State(app): State<App>) -> EventStream<Seconds> {
    app.listeners.update(|listeners| listeners + 1);
    EventStream(Seconds { listeners: app.listeners })
}
// [/events]

// [sensor]
async fn sensor(State(app): State<App>) -> Result<String<16>, Refusal> {
    let unavailable = |why| (StatusCode::SERVICE_UNAVAILABLE, why);
    let mut sensor = app.sensor.try_lock().map_err(|_| unavailable("busy\n"))?;
    let value = sensor.measure().await.map_err(|_| unavailable("no answer\n"))?;
    Ok(format!(16; "{value}\n").unwrap_or_default())
}
// [/sensor]

async fn set_value(State(app): State<App>, value: String<16>) -> impl IntoResponse {
    match value.parse() {
        Ok(value) => {
            app.value.send_replace(value);
            (StatusCode::NO_CONTENT, NoContent)
        }
        Err(_) => (StatusCode::BAD_REQUEST, NoContent),
    }
}

async fn listeners(State(app): State<App>) -> impl IntoResponse {
    format!(16; "{}\n", app.listeners.get()).unwrap_or_default()
}

static CONFIG: Config = Config::new(Timeouts::const_default()).keep_connection_alive();

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let port = std::env::args().nth(1).and_then(|port| port.parse().ok()).unwrap_or(8080);
    let app = App {
        value: Rc::new(watch::Sender::new(0)),
        sensor: Rc::new(Mutex::new(Sensor)),
        listeners: Rc::default(),
    };
    let routes = Router::new()
        .route("/", get(hello))
        .route("/json", post(json))
        .route("/form", post(form))
        .route("/private", get(private))
        .route("/log.csv", get(csv))
        .route("/upload", post_service(Upload))
        .route("/echo", post(echo))
        .route("/poll", get(poll))
        .route("/events", get(events))
        .route("/sensor", get(sensor))
        .route("/value", put(set_value))
        .route("/listeners", get(listeners));
    let routes = Rc::new(routes.with_state(app));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    let serve = async {
        loop {
            let (stream, _) = listener.accept().await?;
            let routes = Rc::clone(&routes);
            spawn_local(async move {
                let _ = Server::new_tokio(&routes, &CONFIG, &mut [0; 2048]).serve(stream).await;
            });
        }
    };
    LocalSet::new().run_until(serve).await
}
