//! A row of what is printed.

use crate::probe::{Cost, print, print_number};

/// Prints a row. So much of the stack is the caller's buffers.
pub fn show(name: &str, cost: Cost, buffers: usize, counts: &[u32]) {
    print(name);
    for _ in name.len()..16 {
        print(" ");
    }
    for number in [cost.instructions, cost.stack, cost.stack - buffers] {
        print("    ");
        print_number(number);
    }
    for count in counts {
        print("    ");
        print_number(*count as usize);
    }
    print("\n");
}
