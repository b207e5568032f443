//! The calls of the wrapped stack, disturbed.

use core::fmt::Debug;
use core::net::{IpAddr, SocketAddr};

use embedded_nal::{AddrType, Dns, TcpClientStack, TcpFullStack};

use super::{Call, FaultError, FaultStack};

fn pass<T, E>(result: nb::Result<T, E>) -> nb::Result<T, FaultError<E>> {
    result.map_err(|error| error.map(FaultError::Stack))
}

impl<S: TcpClientStack> TcpClientStack for FaultStack<S> {
    type TcpSocket = S::TcpSocket;
    type Error = FaultError<S::Error>;

    fn socket(&mut self) -> Result<Self::TcpSocket, Self::Error> {
        self.disturb_now(Call::Socket)?;
        let socket = self.stack.socket().map_err(FaultError::Stack)?;
        self.opened += 1;
        Ok(socket)
    }

    fn connect(
        &mut self,
        socket: &mut Self::TcpSocket,
        remote: SocketAddr,
    ) -> nb::Result<(), Self::Error> {
        self.disturb(Call::Connect)?;
        pass(self.stack.connect(socket, remote))
    }

    fn send(
        &mut self,
        socket: &mut Self::TcpSocket,
        bytes: &[u8],
    ) -> nb::Result<usize, Self::Error> {
        let most = self.disturb(Call::Send)?;
        if most == 0 {
            return Ok(0);
        }
        let n = bytes.len().min(most);
        pass(self.stack.send(socket, &bytes[..n]))
    }

    fn receive(
        &mut self,
        socket: &mut Self::TcpSocket,
        buffer: &mut [u8],
    ) -> nb::Result<usize, Self::Error> {
        let most = self.disturb(Call::Receive)?;
        if most == 0 {
            return Ok(0);
        }
        let n = buffer.len().min(most);
        pass(self.stack.receive(socket, &mut buffer[..n]))
    }

    fn close(&mut self, socket: Self::TcpSocket) -> Result<(), Self::Error> {
        self.closed += 1;
        let disturbed = self.disturb_now(Call::Close);
        self.stack.close(socket).map_err(FaultError::Stack)?;
        disturbed
    }
}

impl<S: TcpFullStack> TcpFullStack for FaultStack<S> {
    fn bind(&mut self, socket: &mut Self::TcpSocket, port: u16) -> Result<(), Self::Error> {
        self.disturb_now(Call::Bind)?;
        self.stack.bind(socket, port).map_err(FaultError::Stack)
    }

    fn listen(&mut self, socket: &mut Self::TcpSocket) -> Result<(), Self::Error> {
        self.disturb_now(Call::Listen)?;
        self.stack.listen(socket).map_err(FaultError::Stack)
    }

    fn accept(
        &mut self,
        socket: &mut Self::TcpSocket,
    ) -> nb::Result<(Self::TcpSocket, SocketAddr), Self::Error> {
        self.disturb(Call::Accept)?;
        let accepted = pass(self.stack.accept(socket))?;
        self.opened += 1;
        Ok(accepted)
    }
}

impl<S: Dns> Dns for FaultStack<S>
where
    S::Error: Debug,
{
    type Error = FaultError<S::Error>;

    fn get_host_by_name(&mut self, name: &str, kind: AddrType) -> nb::Result<IpAddr, Self::Error> {
        self.disturb(Call::Resolve)?;
        pass(self.stack.get_host_by_name(name, kind))
    }

    fn get_host_by_address(
        &mut self,
        address: IpAddr,
        result: &mut [u8],
    ) -> nb::Result<usize, Self::Error> {
        pass(self.stack.get_host_by_address(address, result))
    }
}
