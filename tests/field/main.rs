//! Inputs that were seen in the field: what real servers, clients and people send. A file a subject; each test says who
//! sends such a thing.

mod chunks;
mod cookies;
mod crowd;
mod dates;
mod downloads;
#[path = "../drivers/mod.rs"]
mod drivers;
mod early_answers;
mod encodings;
mod events;
mod expect;
mod framing;
mod giving_way;
mod half_closed;
mod heads;
mod json;
mod pressure;
mod proxies;
mod readiness;
mod redirects;
mod replies;
mod routes;
mod sessions;
mod shutdown;
mod site;
mod sizes;
mod targets;
mod uploads;
mod urls;
