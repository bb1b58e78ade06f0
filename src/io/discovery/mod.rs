//! What is kept of discovery in the configuration folder: how many launches there were, what they have found, the bootstrap
//! file, and the settings made by hand. Plain private files, replaced whole.

pub mod bootstrap;
pub mod files;
pub mod found;
pub mod known;
mod services;
pub mod settings;
pub mod shown;

pub use files::DiscoveryFiles;
pub use settings::{Provisioned, Settings};
