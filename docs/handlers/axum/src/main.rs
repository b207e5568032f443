//! The ten handlers of `docs/handlers.md`, for axum. `cargo run -- PORT`

use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Form, Json, State};
use axum::http::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::http::{HeaderName, StatusCode};
use axum::response::IntoResponse;
use axum::response::sse::{Event, Sse};
use axum::routing::{get, post, put};
use axum::{Router, serve};
use axum_extra::TypedHeader;
use axum_extra::headers::Authorization;
use axum_extra::headers::authorization::Basic;
use axum_extra::typed_header::TypedHeaderRejection;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;
use tokio::sync::{Mutex, watch};
use tokio::time::{interval, sleep, timeout};
use tokio_stream::wrappers::IntervalStream;
use tokio_stream::{Stream, StreamExt, iter};

#[derive(Clone)]
struct App {
    value: watch::Sender<u32>,
    sensor: Arc<Mutex<Sensor>>,
    listeners: Arc<AtomicUsize>,
}

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
#[derive(Deserialize)]
struct Query {
    city: String,
    unit: Unit,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Unit {
    Celsius,
    Fahrenheit,
}

async fn form(Form(query): Form<Query>) -> String {
    match query.unit {
        Unit::Celsius => format!("{}: 20 C\n", query.city),
        Unit::Fahrenheit => format!("{}: 68 F\n", query.city),
    }
}
// [/form]

// [auth]
type Unauthorized = (StatusCode, [(HeaderName, &'static str); 1]);

async fn private(
    credentials: Result<TypedHeader<Authorization<Basic>>, TypedHeaderRejection>,
) -> Result<&'static str, Unauthorized> {
    match credentials {
        Ok(given) if given.username() == "admin" && given.password() == "secret" => Ok("welcome\n"),
        _ => Err((StatusCode::UNAUTHORIZED, [(WWW_AUTHENTICATE, "Basic realm=\"device\"")])),
    }
}
// [/auth]

// [csv]
async fn csv() -> impl IntoResponse {
    let lines = iter(0..10_000).map(|n| Ok::<_, Infallible>(format!("{n},{}\n", n * 7 % 100)));
    ([(CONTENT_TYPE, "text/csv")], Body::from_stream(lines))
}
// [/csv]

// [upload]
async fn upload(body: Body) -> Result<String, StatusCode> {
    let (mut hash, mut pieces) = (Sha256::new(), body.into_data_stream());
    while let Some(piece) = pieces.next().await {
        hash.update(piece.map_err(|_| StatusCode::BAD_REQUEST)?);
    }
    Ok(format!("{:x}\n", hash.finalize()))
}
// [/upload]

// [echo]
async fn echo(body: Body) -> Body {
    body
}
// [/echo]

// [poll]
async fn poll(State(app): State<App>) -> Result<String, StatusCode> {
    let mut value = app.value.subscribe();
    match timeout(Duration::from_secs(25), value.changed()).await {
        Ok(_) => Ok(format!("{}\n", *value.borrow())),
        Err(_) => Err(StatusCode::NO_CONTENT),
    }
}
// [/poll]

// [events]
struct Listener(Arc<AtomicUsize>);

impl Drop for Listener {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

async fn events(State(app): State<App>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    app.listeners.fetch_add(1, Ordering::Relaxed);
    let (listener, mut count) = (Listener(app.listeners), 0);
    Sse::new(IntervalStream::new(interval(Duration::from_secs(1))).map(move |_| {
        let _held = &listener;
        count += 1;
        Ok(Event::default().data(count.to_string()))
    }))
}
// [/events]

// [sensor]
async fn sensor(State(app): State<App>) -> Result<String, (StatusCode, &'static str)> {
    let unavailable = |why| (StatusCode::SERVICE_UNAVAILABLE, why);
    let mut sensor = app.sensor.try_lock().map_err(|_| unavailable("busy\n"))?;
    let value = sensor.measure().await.map_err(|_| unavailable("no answer\n"))?;
    Ok(format!("{value}\n"))
}
// [/sensor]

async fn set_value(State(app): State<App>, value: String) -> StatusCode {
    match value.parse() {
        Ok(value) => {
            app.value.send_replace(value);
            StatusCode::NO_CONTENT
        }
        Err(_) => StatusCode::BAD_REQUEST,
    }
}

async fn listeners(State(app): State<App>) -> String {
    format!("{}\n", app.listeners.load(Ordering::Relaxed))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let port = std::env::args().nth(1).and_then(|port| port.parse().ok()).unwrap_or(8080);
    let app = App {
        value: watch::Sender::new(0),
        sensor: Arc::new(Mutex::new(Sensor)),
        listeners: Arc::default(),
    };
    let routes = Router::new()
        .route("/", get(hello))
        .route("/json", post(json))
        .route("/form", post(form))
        .route("/private", get(private))
        .route("/log.csv", get(csv))
        .route("/upload", post(upload))
        .route("/echo", post(echo))
        .route("/poll", get(poll))
        .route("/events", get(events))
        .route("/sensor", get(sensor))
        .route("/value", put(set_value))
        .route("/listeners", get(listeners));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    serve(listener, routes.with_state(app)).await
}
