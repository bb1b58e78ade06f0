//! Sign-in by address, from the user's wish to chat and phone that connect: the engine beside the lab's services, over values
//! and in virtual time. Each site that comes along is a story, and so is each service that fails.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod again;
mod bad_input;
mod failures;
mod presence;
mod sites;
mod town;
mod voice;
mod warm;
mod warm_elsewhere;
