//! Registration in virtual time, over the real transaction layer, against registrars of every mood.

mod address;
mod faults;
mod keep_alive;
mod refresh;
mod town;
