//! Calls with sipp: a far end that does, message by message, what its scenario says, and fails where offhook does not.

pub mod answering;
pub mod calling;
pub mod digest;
pub mod early_media;
pub mod forks;
pub mod load;
pub mod messages;
pub mod offers;
pub mod peer;
pub mod scenario;
pub mod strangers;
pub mod told;

use crate::Case;

pub const CASES: [&[Case]; 9] = [
    answering::CASES,
    calling::CASES,
    digest::CASES,
    early_media::CASES,
    forks::CASES,
    load::CASES,
    messages::CASES,
    offers::CASES,
    strangers::CASES,
];
