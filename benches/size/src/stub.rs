//! A TCP stack as small as one can be: a device with a few registers, which moves bytes from and to
//! wherever its registers say. All that it answers is read at run time, so the compiler can leave
//! nothing out of what is built upon it.

use core::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV4};
use core::ptr::{copy_nonoverlapping, with_exposed_provenance, with_exposed_provenance_mut};

use embedded_nal::{AddrType, Dns, TcpClientStack, TcpError, TcpErrorKind, TcpFullStack, nb};
use nal_http::hal::Clock;

/// A register of the device. Its memory lies behind that of the image, so costs it no RAM.
#[derive(Clone, Copy)]
#[repr(usize)]
pub enum Register {
    /// Where the bytes are that are still to be received, and how many.
    ReceiveFrom,
    ReceiveLeft,
    /// Nothing comes after them.
    ReceiveEnds,
    /// Where to send to.
    SendTo,
    /// So many clients connect.
    Incoming,
    /// The address that every name has.
    Address,
    TimeMs,
    /// A light sensor, for handlers with something to show.
    Light,
    /// Where programs leave what they found out.
    Result,
}

const BASE: usize = 0x8020_0000;

impl Register {
    #[must_use]
    pub fn get(self) -> usize {
        // SAFETY: memory that the linker gives to nobody, and that is there on the machine.
        unsafe { with_exposed_provenance::<usize>(BASE + self as usize * 4).read_volatile() }
    }

    pub fn set(self, value: usize) {
        // SAFETY: as above.
        unsafe {
            with_exposed_provenance_mut::<usize>(BASE + self as usize * 4).write_volatile(value);
        }
    }
}

/// Where the stub sends to: memory behind its registers.
const SENT: usize = 0x8021_0000;

/// Puts bytes where they are received from; nothing is answered yet.
pub fn arrives(bytes: &str) {
    // SAFETY: memory that the linker gives to nobody.
    unsafe { with_exposed_provenance_mut::<u32>(SENT).write_volatile(0) };
    Register::ReceiveFrom.set(bytes.as_ptr().expose_provenance());
    Register::ReceiveLeft.set(bytes.len());
    Register::ReceiveEnds.set(0);
    Register::SendTo.set(SENT);
}

/// Whether what was sent is a response with status 200.
pub fn was_answered() -> bool {
    // SAFETY: the stub has written there.
    let answer = unsafe { core::slice::from_raw_parts(SENT as *const u8, 12) };
    answer == b"HTTP/1.1 200"
}

/// The stack; it counts its calls.
#[derive(Default)]
pub struct Stub {
    pub sends: u32,
    pub receives: u32,
}

pub struct Socket;

#[derive(Debug)]
pub struct Broken;

impl TcpError for Broken {
    fn kind(&self) -> TcpErrorKind {
        TcpErrorKind::Other
    }
}

impl TcpClientStack for Stub {
    type TcpSocket = Socket;
    type Error = Broken;

    fn socket(&mut self) -> Result<Socket, Broken> {
        Ok(Socket)
    }

    fn connect(&mut self, _: &mut Socket, remote: SocketAddr) -> nb::Result<(), Broken> {
        Register::Result.set(remote.port().into());
        Ok(())
    }

    fn send(&mut self, _: &mut Socket, bytes: &[u8]) -> nb::Result<usize, Broken> {
        self.sends += 1;
        let to = Register::SendTo.get();
        if to == 0 {
            return Err(nb::Error::Other(Broken));
        }
        // SAFETY: whoever set the register has so much memory there.
        unsafe {
            copy_nonoverlapping(bytes.as_ptr(), with_exposed_provenance_mut(to), bytes.len());
        }
        Register::SendTo.set(to + bytes.len());
        Ok(bytes.len())
    }

    fn receive(&mut self, _: &mut Socket, buffer: &mut [u8]) -> nb::Result<usize, Broken> {
        self.receives += 1;
        let left = Register::ReceiveLeft.get();
        if left == 0 && Register::ReceiveEnds.get() == 0 {
            return Err(nb::Error::WouldBlock);
        }
        let n = left.min(buffer.len());
        let from = Register::ReceiveFrom.get();
        // SAFETY: whoever set the registers put so many bytes there.
        unsafe { copy_nonoverlapping(with_exposed_provenance(from), buffer.as_mut_ptr(), n) };
        Register::ReceiveFrom.set(from + n);
        Register::ReceiveLeft.set(left - n);
        Ok(n)
    }

    fn close(&mut self, _: Socket) -> Result<(), Broken> {
        Register::Result.set(0);
        Ok(())
    }
}

impl TcpFullStack for Stub {
    fn bind(&mut self, _: &mut Socket, port: u16) -> Result<(), Broken> {
        Register::Result.set(port.into());
        Ok(())
    }

    fn listen(&mut self, _: &mut Socket) -> Result<(), Broken> {
        Ok(())
    }

    fn accept(&mut self, _: &mut Socket) -> nb::Result<(Socket, SocketAddr), Broken> {
        match Register::Incoming.get() {
            0 => Err(nb::Error::WouldBlock),
            incoming => {
                Register::Incoming.set(incoming - 1);
                Ok((Socket, SocketAddr::V4(SocketAddrV4::new(address(), 50_000))))
            }
        }
    }
}

impl Dns for Stub {
    type Error = Broken;

    fn get_host_by_name(&mut self, _: &str, _: AddrType) -> nb::Result<IpAddr, Broken> {
        Ok(IpAddr::V4(address()))
    }

    fn get_host_by_address(&mut self, _: IpAddr, _: &mut [u8]) -> nb::Result<usize, Broken> {
        Err(nb::Error::Other(Broken))
    }
}

#[expect(clippy::cast_possible_truncation, reason = "registers have 32 bits here")]
fn address() -> Ipv4Addr {
    Ipv4Addr::from_bits(Register::Address.get() as u32)
}

/// A clock that the device keeps.
pub struct DeviceClock;

impl Clock for DeviceClock {
    #[expect(clippy::cast_possible_truncation, reason = "registers have 32 bits here")]
    fn now_ms(&mut self) -> u32 {
        Register::TimeMs.get() as u32
    }
}
