//! Inputs that were seen in the field: what real servers, clients and people send. A file a subject; each test says who
//! sends such a thing.

mod early_answers;
mod encodings;
mod heads;
mod proxies;
mod redirects;
mod sessions;
mod sizes;
mod urls;
