//! A private folder that goes when the lab ends.

use crate::engine::event::Problem;
use crate::io::private::said;
use std::fs::DirBuilder;
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;

/// It, and all that is in it.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// A new one, in the user's runtime folder where there is one.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn new() -> Result<Folder, Problem> {
        let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|path| path.is_dir());
        let parent = runtime.unwrap_or_else(std::env::temp_dir);
        let mut number = 0_u32;
        loop {
            let path = parent.join(format!("offhook-lab-{}-{number}", std::process::id()));
            match DirBuilder::new().mode(0o700).create(&path) {
                Ok(()) => return Ok(Folder(path)),
                // Somebody else's, or of a process that had our number and was killed.
                Err(why) if why.kind() == ErrorKind::AlreadyExists && number < 1000 => number += 1,
                Err(why) => {
                    let shown = path.display();
                    let next = "Set TMPDIR to a folder that you may write to.";
                    return Err(Problem::local(format!("{shown} cannot be made: {}.", said(&why)), next));
                }
            }
        }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &std::path::Path {
        &self.0
    }

    /// The path of a file in it.
    #[must_use]
    pub fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Nothing is left to be done about a folder that cannot be removed; what is in it is no secret.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
