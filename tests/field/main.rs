//! Inputs that were seen in the field: what real servers, clients and people send. A file a subject; each test says who
//! sends such a thing.

mod cookies;
mod downloads;
mod early_answers;
mod encodings;
mod events;
mod heads;
mod json;
mod redirects;
mod sizes;
mod urls;
