//! Loops that kill, damage and fill: what the real service has acknowledged is there afterwards.
//!
//! Each loop prints its seed; `SILKWIRE_SEED` repeats it. `SILKWIRE_LONG` makes it long,
//! `SILKWIRE_ROUNDS` as long as that says.

#![expect(clippy::print_stdout, reason = "a loop says its seed and what it did")]

mod chance;
mod presses;
mod bureau;
mod ledger;
mod kill_rounds;
mod delivery_kills;
mod damage;
mod full_disk;
