use super::{Call, open, receive};
use crate::client::{Error, ErrorOf};
use crate::net::{Received, Transport};

impl<K> Call<'_, '_, K> {
    pub(super) fn send<S>(&mut self, stack: &mut S) -> nb::Result<(), ErrorOf<S>>
    where
        S: Transport<Socket = K>,
    {
        let socket = open(&mut self.socket)?;
        let output = self.exchange.output().map_err(Error::from)?;
        if output.is_empty() {
            return Ok(());
        }
        match stack.send(socket, output) {
            Ok(Some(0)) => return self.hear(stack),
            Ok(Some(n)) => {
                self.exchange.sent(n);
                self.deadline = None;
            }
            // A server that does not want the rest has answered, more often than not.
            Ok(None) => {
                self.exchange.stop_sending();
                self.deadline = None;
            }
            // So has one whose connection breaks, and what has arrived is there.
            Err(error) => {
                self.exchange.stop_sending();
                while !self.exchange.is_answered() {
                    if self.receive_head(stack).is_err() {
                        return Err(nb::Error::Other(Error::of(error, Error::Send)));
                    }
                }
            }
        }
        Ok(())
    }

    /// Listens while there is no room to send: the server may have answered already.
    fn hear<S>(&mut self, stack: &mut S) -> nb::Result<(), ErrorOf<S>>
    where
        S: Transport<Socket = K>,
    {
        let room = self.exchange.early_room();
        if room.is_empty() {
            return Err(nb::Error::WouldBlock);
        }
        let socket = open(&mut self.socket)?;
        match receive(stack, socket, room)? {
            Received::Data(n) => Ok(self.exchange.received(n).map_err(Error::from)?),
            Received::Idle => Err(nb::Error::WouldBlock),
            Received::End => {
                // Nothing else will come.
                self.exchange.stop_sending();
                Ok(())
            }
        }
    }
}
