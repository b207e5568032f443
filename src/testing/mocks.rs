//! `mockall` mocks of what a board brings: its stack, clock, sensor and display.
#![allow(missing_docs, reason = "the macro makes public items that nothing can document")]

use core::fmt;
use core::net::{IpAddr, SocketAddr};

use embedded_nal::{AddrType, Dns, TcpClientStack, TcpError, TcpErrorKind, TcpFullStack};
use mockall::mock;

use crate::hal::{Clock, Display, LightSensor, display, sensor};

/// A socket of a [`MockStack`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MockSocket(pub u32);

/// An error of a [`MockStack`], of the kind that the test wants.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MockError(pub TcpErrorKind);

impl fmt::Display for MockError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            TcpErrorKind::PipeClosed => "the mock says that the peer has closed the connection",
            _ => "the mock says that the call fails",
        })
    }
}

impl core::error::Error for MockError {}

impl TcpError for MockError {
    fn kind(&self) -> TcpErrorKind {
        self.0
    }
}

mock! {
    /// A TCP stack with DNS whose every call is expected by the test: for which calls are made,
    /// how often, and in which order. Where that does not matter,
    /// [`ScriptStack`](crate::testing::ScriptStack) is shorter.
    ///
    /// ```
    /// use embedded_nal::TcpErrorKind;
    /// use embedded_nal::nb;
    /// use nal_http::client::{Client, Error};
    /// use nal_http::testing::{MockClock, MockError, MockSocket, MockStack};
    ///
    /// let refused = MockError(TcpErrorKind::Other);
    /// let mut stack = MockStack::new();
    /// stack.expect_socket().times(1).returning(|| Ok(MockSocket(7)));
    /// stack.expect_connect().times(1).returning(move |_, _| Err(nal_http::nb::Error::Other(refused)));
    /// stack.expect_close().times(1).withf(|socket| socket.0 == 7).returning(|_| Ok(()));
    ///
    /// let mut clock = MockClock::new();
    /// clock.expect_now_ms().return_const(0_u32);
    /// let mut buffer = [0; 256];
    /// let answer = Client::new(&mut stack, clock).get("http://192.168.0.9/").send(&mut buffer).err();
    /// assert_eq!(answer, Some(Error::Connect(refused)));
    /// ```
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
    ///
    /// ```
    /// use nal_http::hal::{Clock, Deadline};
    /// use nal_http::testing::MockClock;
    ///
    /// let mut clock = MockClock::new();
    /// let mut now = 0;
    /// clock.expect_now_ms().returning(move || {
    ///     now += 500;
    ///     now
    /// });
    /// let deadline = Deadline::after(clock.now_ms(), 600);
    /// assert!(!deadline.is_over(clock.now_ms()));
    /// assert!(deadline.is_over(clock.now_ms()));
    /// ```
    #[derive(Debug)]
    pub Clock {}

    impl Clock for Clock {
        fn now_ms(&mut self) -> u32;
    }
}

mock! {
    /// A light sensor whose levels and errors the test sets.
    ///
    /// ```
    /// use nal_http::hal::{LightSensor, sensor};
    /// use nal_http::server::{Answer, Reply, Request, Route};
    /// use nal_http::testing::{MockLightSensor, TestClient};
    /// use nal_http::wire::Status;
    ///
    /// type Sensor = MockLightSensor;
    ///
    /// fn light(sensor: &mut Sensor, _: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
    ///     match sensor.read() {
    ///         Ok(level) => reply.text(&level.to_string()),
    ///         Err(_) => reply.status(Status::SERVICE_UNAVAILABLE).text("the sensor is not connected"),
    ///     }
    /// }
    ///
    /// const ROUTES: &[Route<Sensor>] = &[Route::get("/light", light)];
    ///
    /// let mut sensor = MockLightSensor::new();
    /// sensor.expect_read().times(1).returning(|| Ok(301));
    /// sensor.expect_read().times(1).returning(|| Err(sensor::ErrorKind::Bus));
    ///
    /// let mut client = TestClient::new(ROUTES);
    /// assert_eq!(client.get(&mut sensor, "/light").text(), "301");
    /// assert_eq!(client.get(&mut sensor, "/light").status_code, 503);
    /// ```
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
    ///
    /// ```
    /// use nal_http::hal::Display;
    /// use nal_http::testing::MockDisplay;
    ///
    /// fn show_address<D: Display>(mut display: D, ip: &str) -> Result<(), D::Error> {
    ///     display.show(&["Connect your browser", &format!("http://{ip}")])
    /// }
    ///
    /// let mut display = MockDisplay::new();
    /// let expected = ["Connect your browser", "http://192.168.0.9"];
    /// display.expect_show().times(1).withf(move |lines| lines == expected).returning(|_| Ok(()));
    /// assert_eq!(show_address(display, "192.168.0.9"), Ok(()));
    /// ```
    #[derive(Debug)]
    pub Display {}

    impl display::ErrorType for Display {
        type Error = display::ErrorKind;
    }

    impl Display for Display {
        fn show<'a, 'b>(&mut self, lines: &'a [&'b str]) -> Result<(), display::ErrorKind>;
    }
}
