use core::net::{IpAddr, SocketAddr};

use embedded_nal::{AddrType, Dns, TcpClientStack, TcpFullStack};

/// Wraps a stack whose `receive` answers `Ok(0)` when nothing has arrived yet.
///
/// `smoltcp-nal` 0.7 and `w5500` 0.6 are such; they tell the end by an error of kind `PipeClosed`.
/// Do not wrap a stack whose `Ok(0)` is the end: its connections would never be seen to close
/// before a time-out.
///
/// ```
/// # fn demo<S: embedded_nal::TcpClientStack + embedded_nal::Dns>(smoltcp_nal: &mut S) {
/// use nal_http::net::ZeroIsIdle;
///
/// let mut stack = ZeroIsIdle(smoltcp_nal); // then use `stack` as any other
/// # }
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct ZeroIsIdle<S>(pub S);

impl<S: TcpClientStack> TcpClientStack for ZeroIsIdle<S> {
    type TcpSocket = S::TcpSocket;
    type Error = S::Error;

    fn socket(&mut self) -> Result<Self::TcpSocket, Self::Error> {
        self.0.socket()
    }

    fn connect(
        &mut self,
        socket: &mut Self::TcpSocket,
        remote: SocketAddr,
    ) -> nb::Result<(), Self::Error> {
        self.0.connect(socket, remote)
    }

    fn send(
        &mut self,
        socket: &mut Self::TcpSocket,
        bytes: &[u8],
    ) -> nb::Result<usize, Self::Error> {
        self.0.send(socket, bytes)
    }

    fn receive(
        &mut self,
        socket: &mut Self::TcpSocket,
        buffer: &mut [u8],
    ) -> nb::Result<usize, Self::Error> {
        match self.0.receive(socket, buffer) {
            Ok(0) => Err(nb::Error::WouldBlock),
            other => other,
        }
    }

    fn close(&mut self, socket: Self::TcpSocket) -> Result<(), Self::Error> {
        self.0.close(socket)
    }
}

impl<S: TcpFullStack> TcpFullStack for ZeroIsIdle<S> {
    fn bind(&mut self, socket: &mut Self::TcpSocket, port: u16) -> Result<(), Self::Error> {
        self.0.bind(socket, port)
    }

    fn listen(&mut self, socket: &mut Self::TcpSocket) -> Result<(), Self::Error> {
        self.0.listen(socket)
    }

    fn accept(
        &mut self,
        socket: &mut Self::TcpSocket,
    ) -> nb::Result<(Self::TcpSocket, SocketAddr), Self::Error> {
        self.0.accept(socket)
    }
}

impl<S: Dns> Dns for ZeroIsIdle<S> {
    type Error = S::Error;

    fn get_host_by_name(&mut self, name: &str, kind: AddrType) -> nb::Result<IpAddr, Self::Error> {
        self.0.get_host_by_name(name, kind)
    }

    fn get_host_by_address(
        &mut self,
        address: IpAddr,
        result: &mut [u8],
    ) -> nb::Result<usize, Self::Error> {
        self.0.get_host_by_address(address, result)
    }
}
