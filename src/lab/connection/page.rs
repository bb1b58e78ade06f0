//! The documents: a mailbox, its folders, lists of messages and one message (fact sheet §11).

use super::document::Element;
use super::mailbox::{Folder, Kept};
use super::settings::Settings;
use super::wav;

/// The mailbox of somebody, so many bytes full.
pub(super) fn mailbox(name: &str, size: usize, settings: &Settings) -> Element {
    let text = |name, value: &str| Element::text(name, value);
    Element::of(
        "Mailbox",
        vec![
            text("DisplayName", name),
            Element::text("CurrentSizeInBytes", size),
            text("IsPrimary", "true"),
            text("IsStoreMounted", "true"),
            text("IsStoreOverFlowed", "false"),
            text("IsMailboxMounted", "true"),
            text("IsWarningQuotaExceeded", "false"),
            text("IsReceiveQuotaExceeded", "false"),
            text("IsSendQuotaExceeded", "false"),
            text("WarningQuota", "12582912"),
            text("ReceiveQuota", "14680064"),
            text("SendQuota", "13631488"),
            Element::text("IsDeletedFolderEnabled", settings.keeps_deleted),
            text("FoldersURI", "/vmrest/mailbox/folders"),
        ],
    )
}

/// One folder.
pub(super) fn folder(name: &str, count: usize, usn: u64) -> Element {
    Element::of(
        "Folder",
        vec![
            Element::text("DisplayName", name),
            Element::text("MessageCount", count),
            Element::text("USN", usn),
            Element::text("UIDValidity", 1),
            Element::text("MessagesURI", format!("/vmrest/mailbox/folders/{name}/messages")),
        ],
    )
}

/// One message, as it stands in a list; with what else there is where it is asked for by itself.
pub(super) fn message(kept: &Kept, number: usize, domain: &str, settings: &Settings, alone: Option<&str>) -> Element {
    let id = format!("0:{}", kept.id);
    let uri = format!("/vmrest/messages/{id}");
    let address = |name: &str, number: &str| {
        vec![
            Element::text("DisplayName", name),
            Element::text("SmtpAddress", format!("{number}@{domain}")),
            Element::text("DtmfAccessId", number),
        ]
    };
    let mut elements = vec![
        Element::text("Subject", &kept.subject),
        Element::text("Read", kept.read),
        Element::text("Dispatch", "false"),
        Element::text("Secure", kept.secure),
        Element::text("Priority", if kept.urgent { "Urgent" } else { settings.priority.as_str() }),
        Element::text("Sensitivity", &settings.sensitivity),
        Element::text("SessionId", ""),
        Element::text("URI", &uri),
        Element::text("MsgId", &id),
        Element::of("From", address(&kept.name, &kept.caller)),
        Element::of("CallerId", vec![Element::text("CallerNumber", &kept.caller), Element::text("CallerName", &kept.name)]),
        Element::text("ArrivalTime", kept.arrived.micros().div_euclid(1000)),
        Element::text("Size", wav::file(&kept.sound).len()),
        Element::text("Duration", kept.sound.len() / 8),
        Element::text("IMAPUid", number),
        Element::text("FromSub", "true"),
        Element::text("MsgType", "Voice"),
    ];
    if let Some(owner) = alone {
        let attachment = Element::of(
            "Attachment",
            vec![
                Element::text("URI", format!("{uri}/attachments/0")),
                Element::text("contentType", "audio/wav; name=voicemessage.wav"),
                Element::text("contentTransferEncoding", ""),
                Element::text("contentDisposition", "inline; filename=VoiceMessage.wav; voice=Voice-Message"),
            ],
        );
        elements.push(Element::of("Attachments", vec![attachment]));
        let recipient =
            Element::of("Recipient", vec![Element::text("Type", "TO"), Element::of("Address", address(owner, owner))]);
        elements.push(Element::of("Recipients", vec![recipient]));
    }
    Element::of("Message", elements)
}

/// Why not.
pub(super) fn refusal(code: &str, why: Option<&str>) -> Element {
    let says = std::iter::once(Element::text("code", code)).chain(why.map(|why| Element::text("message", why)));
    Element::of("ErrorDetails", vec![Element::of("errors", says.collect())])
}

/// The name of a folder.
pub(super) fn folder_of(name: &str) -> Option<Option<Folder>> {
    match name {
        "inbox" => Some(Some(Folder::Inbox)),
        "deleted" => Some(Some(Folder::Deleted)),
        // Nobody of the lab sends messages by it.
        "sent" => Some(None),
        _ => None,
    }
}
