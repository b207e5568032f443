//! Sockets as this crate wants them: they never block, are not inherited by other programs, and
//! raise no signal. Apple's systems need more calls for that than others.

use std::net::SocketAddr;
use std::os::fd::OwnedFd;

use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketAddrAny, bind, sockopt};

pub(crate) use system::{SEND_FLAGS, accept};

/// A socket of the family of `address`.
pub(crate) fn socket(address: &SocketAddr) -> Result<OwnedFd, Errno> {
    system::socket(if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 })
}

/// A socket that can listen at `address`, also right after another that did.
pub(crate) fn bound(address: &SocketAddr) -> Result<OwnedFd, Errno> {
    let fd = socket(address)?;
    sockopt::set_socket_reuseaddr(&fd, true)?;
    if address.is_ipv6() {
        // The unspecified address takes IPv4 as well.
        sockopt::set_ipv6_v6only(&fd, !address.ip().is_unspecified())?;
    }
    bind(&fd, address)?;
    Ok(fd)
}

/// The address that the system gave; an IPv4 peer of an IPv6 socket is shown as what it is.
pub(crate) fn plain(address: SocketAddrAny) -> Result<SocketAddr, Errno> {
    let address = SocketAddr::try_from(address)?;
    Ok(SocketAddr::new(address.ip().to_canonical(), address.port()))
}

#[cfg(not(target_vendor = "apple"))]
mod system {
    use super::{AddressFamily, Errno, OwnedFd, SocketAddrAny};
    use rustix::net::{SendFlags, SocketFlags, SocketType, acceptfrom_with, socket_with};

    const FLAGS: SocketFlags = SocketFlags::NONBLOCK.union(SocketFlags::CLOEXEC);
    pub(crate) const SEND_FLAGS: SendFlags = SendFlags::NOSIGNAL;

    pub(crate) fn socket(family: AddressFamily) -> Result<OwnedFd, Errno> {
        socket_with(family, SocketType::STREAM, FLAGS, None)
    }

    pub(crate) fn accept(listener: &OwnedFd) -> Result<(OwnedFd, Option<SocketAddrAny>), Errno> {
        acceptfrom_with(listener, FLAGS)
    }
}

#[cfg(target_vendor = "apple")]
mod system {
    use super::{AddressFamily, Errno, OwnedFd, SocketAddrAny, sockopt};
    use rustix::io::{FdFlags, fcntl_setfd, ioctl_fionbio};
    use rustix::net::{SendFlags, SocketType, acceptfrom};

    pub(crate) const SEND_FLAGS: SendFlags = SendFlags::empty();

    pub(crate) fn socket(family: AddressFamily) -> Result<OwnedFd, Errno> {
        prepared(rustix::net::socket(family, SocketType::STREAM, None)?)
    }

    pub(crate) fn accept(listener: &OwnedFd) -> Result<(OwnedFd, Option<SocketAddrAny>), Errno> {
        let (fd, peer) = acceptfrom(listener)?;
        Ok((prepared(fd)?, peer))
    }

    fn prepared(fd: OwnedFd) -> Result<OwnedFd, Errno> {
        ioctl_fionbio(&fd, true)?;
        fcntl_setfd(&fd, FdFlags::CLOEXEC)?;
        sockopt::set_socket_nosigpipe(&fd, true)?;
        Ok(fd)
    }
}
