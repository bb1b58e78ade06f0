//! Whole sign-ins in virtual time against scripted servers.

mod consent;
mod devices;
mod faults;
mod flow;
mod site;
mod user;
