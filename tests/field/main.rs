//! What servers, clients and people in the field really send, a file for each subject.

mod proxies;
mod sessions;
