//! The server's keys: the one it writes with, and others beside it while keys are
//! rotated.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::Rng as _;
use sha2::Sha256;

/// A 32-byte key.
#[derive(Clone, PartialEq, Eq)]
pub struct ServerKey([u8; 32]);

impl std::fmt::Debug for ServerKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ServerKey(..)")
    }
}

/// A text that is no key.
#[derive(Debug, thiserror::Error)]
#[error("a key is 32 bytes written as 43 characters of base64url")]
pub struct InvalidKey;

/// The name of a key, which says nothing about the key itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyId(pub(crate) [u8; 4]);

impl std::fmt::Display for KeyId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:08x}", u32::from_be_bytes(self.0))
    }
}

impl ServerKey {
    /// A new random key.
    #[must_use]
    pub fn generate() -> Self {
        let mut key = [0; 32];
        rand::rng().fill_bytes(&mut key);
        Self(key)
    }

    /// Reads a key in the form of [`ServerKey::to_text`]; white space around it is ignored.
    pub fn parse(text: &str) -> Result<Self, InvalidKey> {
        let bytes = URL_SAFE_NO_PAD.decode(text.trim()).map_err(|_| InvalidKey)?;
        Ok(Self(bytes.try_into().map_err(|_| InvalidKey)?))
    }

    /// The key as 43 characters of base64url.
    #[must_use]
    pub fn to_text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// The key's name.
    #[must_use]
    pub fn id(&self) -> KeyId {
        let [a, b, c, d, ..] = self.derive("slotd key id v1");
        KeyId([a, b, c, d])
    }

    pub(crate) fn derive(&self, purpose: &str) -> [u8; 32] {
        let mut key = [0; 32];
        hkdf::Hkdf::<Sha256>::new(None, &self.0)
            .expand(purpose.as_bytes(), &mut key)
            .expect("32 bytes are within HKDF's limit of 255 blocks");
        key
    }
}

/// The keys that a server knows: it writes with the current one and reads with all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerKeys {
    current: ServerKey,
    others: Vec<ServerKey>,
}

impl From<ServerKey> for ServerKeys {
    fn from(current: ServerKey) -> Self {
        Self { current, others: Vec::new() }
    }
}

impl ServerKeys {
    /// Reads keys that stand on lines of their own or behind commas, the current one first.
    pub fn parse(text: &str) -> Result<Self, InvalidKey> {
        let parts = text.split(|c: char| c == ',' || c.is_whitespace());
        let mut keys = parts.filter(|part| !part.is_empty()).map(ServerKey::parse);
        let mut read = Self::from(keys.next().ok_or(InvalidKey)??);
        for key in keys {
            read = read.with(key?);
        }
        Ok(read)
    }

    /// The keys, a line each.
    #[must_use]
    pub fn to_text(&self) -> String {
        self.all().map(|key| key.to_text() + "\n").collect()
    }

    /// The key to write with.
    #[must_use]
    pub fn current(&self) -> &ServerKey {
        &self.current
    }

    /// Keys to read with as well.
    #[must_use]
    pub fn others(&self) -> &[ServerKey] {
        &self.others
    }

    /// All keys, the current one first.
    pub fn all(&self) -> impl Iterator<Item = &ServerKey> {
        std::iter::once(&self.current).chain(&self.others)
    }

    /// The same keys and another one, which is the last.
    #[must_use]
    pub fn with(mut self, key: ServerKey) -> Self {
        if self.all().all(|known| *known != key) {
            self.others.push(key);
        }
        self
    }

    /// The same keys with the last one as the current one.
    #[must_use]
    pub fn with_last_first(mut self) -> Self {
        if let Some(last) = self.others.pop() {
            self.others.insert(0, std::mem::replace(&mut self.current, last));
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_survives_being_written_and_read() {
        let key = ServerKey::generate();
        assert_eq!(ServerKey::parse(&format!("{}\n", key.to_text())).unwrap(), key);
        assert!(ServerKey::parse("short").is_err());
        assert!(ServerKey::parse("").is_err());
        assert_eq!(format!("{key:?}"), "ServerKey(..)");
        assert_eq!(key.id().to_string().len(), 8);
        assert_ne!(key.id(), ServerKey::generate().id());
    }

    #[test]
    fn several_keys_stand_on_lines_or_behind_commas_and_the_first_is_the_current_one() {
        let [a, b] = [ServerKey::generate(), ServerKey::generate()];
        let both = ServerKeys::from(a.clone()).with(b.clone());
        assert_eq!(ServerKeys::parse(&both.to_text()).unwrap(), both);
        let texts = (a.to_text(), b.to_text());
        for text in
            [format!("{},{}", texts.0, texts.1), format!(" {} ,\r\n\n{}\n", texts.0, texts.1)]
        {
            assert_eq!(ServerKeys::parse(&text).unwrap(), both);
        }
        let twice = ServerKeys::parse(&format!("{} {} {}", texts.0, texts.1, texts.0)).unwrap();
        assert_eq!(twice, both, "a key that stands there twice counts once");
        assert!(ServerKeys::parse(" \n,").is_err());
        assert!(ServerKeys::parse(&format!("{} garbage", texts.0)).is_err());
        let turned = both.with_last_first();
        assert_eq!((turned.current(), turned.others()), (&b, &[a][..]));
    }
}
