//! `mockall` mocks of what a board brings.
#![allow(missing_docs, reason = "the macro makes public items that nothing can document")]

use core::net::{IpAddr, SocketAddr};

use embedded_nal::{AddrType, Dns, TcpClientStack, TcpError, TcpErrorKind, TcpFullStack};
use mockall::mock;

use crate::hal::{Clock, Display, LightSensor, display, sensor};

/// A socket of a [`MockStack`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MockSocket(pub u32);

/// An error of a [`MockStack`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MockError(pub TcpErrorKind);

impl TcpError for MockError {
    fn kind(&self) -> TcpErrorKind {
        self.0
    }
}

mock! {
    /// A TCP stack with DNS whose every call is expected by the test.
    #[derive(Debug)]
    pub Stack {}

    impl TcpClientStack for Stack {
        type TcpSocket = MockSocket;
        type Error = MockError;

        fn socket(&mut self) -> Result<MockSocket, MockError>;
        fn connect(
            &mut self,
            socket: &mut MockSocket,
            remote: SocketAddr,
        ) -> nb::Result<(), MockError>;
        fn send(&mut self, socket: &mut MockSocket, buffer: &[u8]) -> nb::Result<usize, MockError>;
        fn receive(
            &mut self,
            socket: &mut MockSocket,
            buffer: &mut [u8],
        ) -> nb::Result<usize, MockError>;
        fn close(&mut self, socket: MockSocket) -> Result<(), MockError>;
    }

    impl TcpFullStack for Stack {
        fn bind(&mut self, socket: &mut MockSocket, local_port: u16) -> Result<(), MockError>;
        fn listen(&mut self, socket: &mut MockSocket) -> Result<(), MockError>;
        fn accept(
            &mut self,
            socket: &mut MockSocket,
        ) -> nb::Result<(MockSocket, SocketAddr), MockError>;
    }

    impl Dns for Stack {
        type Error = MockError;

        fn get_host_by_name(
            &mut self,
            hostname: &str,
            addr_type: AddrType,
        ) -> nb::Result<IpAddr, MockError>;
        fn get_host_by_address(
            &mut self,
            addr: IpAddr,
            result: &mut [u8],
        ) -> nb::Result<usize, MockError>;
    }
}

mock! {
    /// A clock whose time the test sets.
    #[derive(Debug)]
    pub Clock {}

    impl Clock for Clock {
        fn now_ms(&mut self) -> u32;
    }
}

mock! {
    /// A light sensor whose levels and errors the test sets.
    #[derive(Debug)]
    pub LightSensor {}

    impl sensor::ErrorType for LightSensor {
        type Error = sensor::ErrorKind;
    }

    impl LightSensor for LightSensor {
        fn read(&mut self) -> Result<u16, sensor::ErrorKind>;
    }
}

mock! {
    /// A display that hands to the test what it is to show.
    #[derive(Debug)]
    pub Display {}

    impl display::ErrorType for Display {
        type Error = display::ErrorKind;
    }

    impl Display for Display {
        fn show<'a, 'b>(&mut self, lines: &'a [&'b str]) -> Result<(), display::ErrorKind>;
    }
}
