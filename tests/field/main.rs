//! Inputs that were seen in the field: what real servers, clients and people send. A file a subject; each test says who
//! sends such a thing.

mod chunks;
mod crowd;
mod dates;
mod expect;
mod framing;
mod half_closed;
mod pressure;
mod proxies;
mod replies;
mod routes;
mod sessions;
mod site;
mod targets;
mod uploads;
