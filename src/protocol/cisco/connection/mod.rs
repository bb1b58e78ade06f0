//! Unity Connection's REST interface for one's own mailbox (CUMI), `https://HOST/vmrest`: JSON and XML (fact sheet §11).

pub mod address;
pub mod document;
pub mod folder;
pub mod mailbox;
pub mod message;
pub mod refusal;

pub use address::{Listing, Resource};
pub use document::Format;
pub use folder::{Folder, Folders};
pub use mailbox::Mailbox;
pub use message::{Attachment, Messages, Recipient, VoiceMessage};
pub use refusal::Refusal;
