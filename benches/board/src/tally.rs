//! What requests have cost the board: instructions, stack, frames.

use crate::cable::End;
use crate::probe::{Cost, print, print_number};

pub struct Tally {
    /// The board's end of the cable.
    end: End,
    spent: Cost,
}

impl Tally {
    pub const fn new(end: End) -> Self {
        Self { end, spent: Cost { instructions: 0, stack: 0 } }
    }

    /// Counts from 0 again.
    pub fn restart(&mut self) {
        *self = Self::new(self.end);
        self.end.incoming.restart();
        self.end.outgoing.restart();
    }

    pub fn add(&mut self, cost: Cost) {
        self.spent.instructions += cost.instructions;
        self.spent.stack = self.spent.stack.max(cost.stack);
    }

    /// Prints a line; without figures if it was not done.
    pub fn show(&self, name: &str, done: bool) {
        print(name);
        let frames = [self.end.incoming.count(), self.end.outgoing.count()];
        for number in [self.spent.instructions, self.spent.stack, frames[0], frames[1]] {
            print("    ");
            if done { print_number(number) } else { print("        -") }
        }
        print("\n");
    }
}
