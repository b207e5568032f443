//! Which sockets something has happened to: from `epoll` where there is one, else from `poll(2)`.

#[cfg(all(any(target_os = "linux", target_os = "android"), not(nal_std_poll)))]
mod epoll;
#[cfg(all(any(target_os = "linux", target_os = "android"), not(nal_std_poll)))]
pub(crate) use epoll::Selector;

#[cfg(any(not(any(target_os = "linux", target_os = "android")), nal_std_poll))]
mod poll;
#[cfg(any(not(any(target_os = "linux", target_os = "android")), nal_std_poll))]
pub(crate) use poll::Selector;
