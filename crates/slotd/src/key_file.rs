//! The file with the server's keys: private, and never half written.

use std::io::Write as _;
use std::path::Path;

use slotd_store::{ServerKey, ServerKeys};

use crate::settings::{create_private_folder, new_private_file};

/// Makes a file with a new key; fails where there is one.
pub(crate) fn create(path: &Path) -> std::io::Result<ServerKeys> {
    if let Some(folder) = path.parent() {
        create_private_folder(folder)?;
    }
    let keys = ServerKeys::from(ServerKey::generate());
    // Linked into place: two processes that start together agree on one key.
    with_draft(path, &keys, |draft| std::fs::hard_link(draft, path))?;
    Ok(keys)
}

/// Puts other keys into a file that is there, which keeps its owner and its mode.
pub(crate) fn replace(path: &Path, keys: &ServerKeys) -> std::io::Result<()> {
    // Where it is a link, the file behind it is the one to replace.
    let path = path.canonicalize()?;
    let before = std::fs::metadata(&path)?;
    with_draft(&path, keys, |draft| {
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt as _;
            let now = std::fs::metadata(draft)?;
            if (now.uid(), now.gid()) != (before.uid(), before.gid()) {
                std::os::unix::fs::chown(draft, Some(before.uid()), Some(before.gid()))?;
            }
        }
        std::fs::set_permissions(draft, before.permissions())?;
        std::fs::rename(draft, &path)
    })
}

/// Writes the keys to a file beside `path`, has it put into place and sees to it
/// that it stays there after a power cut.
fn with_draft(
    path: &Path,
    keys: &ServerKeys,
    put: impl FnOnce(&Path) -> std::io::Result<()>,
) -> std::io::Result<()> {
    // In containers processes have the same id, so the draft's name is random.
    let draft = path.with_extension(format!("{}.draft", slotd_store::new_api_key()));
    let mut file = new_private_file(&draft)?;
    let placed = file
        .write_all(keys.to_text().as_bytes())
        .and_then(|()| file.sync_all())
        .and_then(|()| put(&draft));
    match std::fs::remove_file(&draft) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => placed?,
    }
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        std::fs::File::open(folder)?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_replaced_file_keeps_its_mode_and_a_link_to_it_stays_one() {
        use std::os::unix::fs::PermissionsExt as _;

        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("real.key"), folder.path().join("secret.key"));
        let keys = create(&file).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        let keys = keys.with(ServerKey::generate());
        replace(&link, &keys).unwrap();
        assert!(link.is_symlink());
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
        assert_eq!(ServerKeys::parse(&std::fs::read_to_string(&file).unwrap()).unwrap(), keys);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "no draft is left");
        assert!(replace(&folder.path().join("missing.key"), &keys).is_err());
    }
}
