//! Keys and what is done with them: secrets at rest, digests of tokens and API
//! keys, and the signature of managed-user tokens.
//!
//! One key is configured; each purpose uses a key of its own derived from it
//! (HKDF-SHA-256, RFC 5869).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use rand::Rng as _;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::StoreError;

/// First byte of an encrypted value: how the rest is to be read.
const VERSION: u8 = 1;
const NONCE: usize = 24;
/// `{"alg":"HS256","typ":"JWT"}` (TK-1).
const JWT_HEADER: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";

/// The server's 32-byte key.
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

    fn derive(&self, purpose: &str) -> [u8; 32] {
        let mut key = [0; 32];
        hkdf::Hkdf::<Sha256>::new(None, &self.0)
            .expand(purpose.as_bytes(), &mut key)
            .expect("32 bytes are within HKDF's limit of 255 blocks");
        key
    }
}

/// The keys in use.
pub struct Keyring {
    cipher: XChaCha20Poly1305,
    signing: Hmac<Sha256>,
    third_party: Hmac<Sha256>,
}

impl Keyring {
    /// Derives the keys of all purposes.
    #[must_use]
    pub fn new(key: &ServerKey) -> Self {
        Self {
            cipher: XChaCha20Poly1305::new(&key.derive("slotd secrets at rest v1").into()),
            signing: Hmac::new_from_slice(&key.derive("slotd managed-user tokens v1"))
                .expect("HMAC takes keys of any length"),
            third_party: Hmac::new_from_slice(&key.derive("slotd third-party tokens v1"))
                .expect("HMAC takes keys of any length"),
        }
    }

    /// Encrypts `text`. `context` names the row that holds it: a value that is
    /// copied to another row does not open there.
    #[must_use]
    pub fn encrypt(&self, context: &str, text: &str) -> Vec<u8> {
        let mut nonce = [0; NONCE];
        rand::rng().fill_bytes(&mut nonce);
        let sealed = self
            .cipher
            .encrypt(
                &XNonce::from(nonce),
                Payload { msg: text.as_bytes(), aad: context.as_bytes() },
            )
            .expect("a secret is shorter than the cipher's limit of 256 GiB");
        [&[VERSION][..], &nonce, &sealed].concat()
    }

    /// Opens what [`Keyring::encrypt`] made for the same `context`.
    ///
    /// # Errors
    ///
    /// [`StoreError::Secret`] when the value was changed, belongs to another row
    /// or was encrypted under another key.
    pub fn decrypt(&self, context: &str, sealed: &[u8]) -> Result<String, StoreError> {
        let (&[VERSION, ref nonce @ ..], sealed) =
            sealed.split_first_chunk::<{ 1 + NONCE }>().ok_or(StoreError::Secret)?
        else {
            return Err(StoreError::Secret);
        };
        let nonce: &[u8; NONCE] = nonce;
        let opened = self
            .cipher
            .decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: context.as_bytes() })
            .map_err(|_| StoreError::Secret)?;
        String::from_utf8(opened).map_err(|_| StoreError::Secret)
    }

    /// Signs a payload as an HS256 JWT (RFC 7515). The same payload gives the same text.
    #[must_use]
    pub fn sign_token(&self, payload: &str) -> String {
        signed(self.signing.clone(), payload)
    }

    /// Whether this server signed the token. Looks at nothing else: whether a
    /// token is valid is decided by the database (TK-1).
    #[must_use]
    pub fn has_signed(&self, token: &str) -> bool {
        is_signed(self.signing.clone(), token)
    }

    /// Signs the claims of a third-party app's token (O2-7), under a key of its own:
    /// neither kind of token is ever taken for the other.
    #[must_use]
    pub fn sign_third_party(&self, claims: &Value) -> String {
        signed(self.third_party.clone(), &claims.to_string())
    }

    /// The claims of a third-party app's token, if this server signed them.
    #[must_use]
    pub fn third_party_claims(&self, token: &str) -> Option<Value> {
        if !is_signed(self.third_party.clone(), token) {
            return None;
        }
        let payload = token.split('.').nth(1)?;
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
    }
}

fn signed(mut key: Hmac<Sha256>, payload: &str) -> String {
    let mut token = format!("{JWT_HEADER}.{}", URL_SAFE_NO_PAD.encode(payload));
    key.update(token.as_bytes());
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(key.finalize().into_bytes(), &mut token);
    token
}

fn is_signed(mut key: Hmac<Sha256>, token: &str) -> bool {
    let Some((signed, signature)) = token.rsplit_once('.') else { return false };
    let Ok(signature) = URL_SAFE_NO_PAD.decode(signature) else { return false };
    key.update(signed.as_bytes());
    key.verify_slice(&signature).is_ok()
}

/// SHA-256, under which tokens and API keys are stored (TK-5, AK-5).
#[must_use]
pub fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

/// Whether two secrets are equal, in time that depends on their lengths only (QI-26).
#[must_use]
pub fn same_secret(a: &str, b: &str) -> bool {
    subtle::ConstantTimeEq::ct_eq(a.as_bytes(), b.as_bytes()).into()
}

/// A new OAuth client id: `c` and 24 lower-case letters and digits (TY-2).
#[must_use]
pub fn new_oauth_client_id() -> slotd_domain::OAuthClientId {
    slotd_domain::OAuthClientId::new(new_authorization_code())
}

/// A new code of a platform OAuth client, in the form of an id: `c` and 24
/// lower-case letters and digits, 124 bits of randomness (OF-4).
#[must_use]
pub fn new_authorization_code() -> String {
    const ALPHABET: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let mut rng = rand::rng();
    let tail = (0..24).map(|_| char::from(ALPHABET[rand::RngExt::random_range(&mut rng, 0..36)]));
    std::iter::once('c').chain(tail).collect()
}

/// A new id of a third-party app: 64 lower-case hexadecimal digits (TY-3).
#[must_use]
pub fn new_oauth2_client_id() -> slotd_domain::OAuth2ClientId {
    slotd_domain::OAuth2ClientId::new(format!("{}{}", new_api_key(), new_api_key()))
}

/// A new code of a third-party app: 40 random bytes in base64url (O2-4).
#[must_use]
pub fn new_one_time_code() -> String {
    let mut code = [0; 40];
    rand::rng().fill_bytes(&mut code);
    URL_SAFE_NO_PAD.encode(code)
}

/// A new OAuth client secret: 32 random bytes in base64url (OC-8).
#[must_use]
pub fn new_client_secret() -> String {
    ServerKey::generate().to_text()
}

/// A new API key without its prefix: 32 lower-case hexadecimal digits (TY-3).
#[must_use]
pub fn new_api_key() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keyring() -> Keyring {
        Keyring::new(&ServerKey::generate())
    }

    /// RFC 7515, appendix A.1, with its key and its payload.
    #[test]
    fn the_signature_is_hs256_of_rfc_7515() {
        let key = URL_SAFE_NO_PAD
            .decode("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow")
            .unwrap();
        let signed = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
        let ring = Keyring { signing: Hmac::new_from_slice(&key).unwrap(), ..keyring() };
        assert!(ring.has_signed(&format!("{signed}.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")));
        assert!(!ring.has_signed(&format!("{signed}.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXl")));
    }

    /// TK-1
    #[test]
    fn a_token_is_a_jwt_that_only_its_own_server_accepts() {
        let ring = keyring();
        let token = ring.sign_token("{\"ownerId\":1}");
        assert_eq!(
            token,
            ring.sign_token("{\"ownerId\":1}"),
            "the same payload gives the same text"
        );
        let segments: Vec<_> = token.split('.').collect();
        assert_eq!(
            String::from_utf8(URL_SAFE_NO_PAD.decode(segments[0]).unwrap()).unwrap(),
            "{\"alg\":\"HS256\",\"typ\":\"JWT\"}"
        );
        assert_eq!(URL_SAFE_NO_PAD.decode(segments[1]).unwrap(), b"{\"ownerId\":1}");
        assert!(ring.has_signed(&token));
        assert!(!keyring().has_signed(&token));
        for forged in
            ["", ".", "..", "a.b", "a.b.c", "ä.ö.ü", &token[1..], &token[..token.len() - 1]]
        {
            assert!(!ring.has_signed(forged), "{forged}");
        }
    }

    /// O2-7
    #[test]
    fn a_third_party_token_is_no_managed_users_token_and_the_reverse() {
        let ring = keyring();
        let claims = serde_json::json!({ "userId": 1, "token_type": "Access Token" });
        let token = ring.sign_third_party(&claims);
        assert_eq!(ring.third_party_claims(&token), Some(claims));
        assert!(!ring.has_signed(&token));
        assert_eq!(ring.third_party_claims(&ring.sign_token("{}")), None);
        assert_eq!(keyring().third_party_claims(&token), None);
        for forged in ["", "..", "a.b.c", &token[1..], &token[..token.len() - 1]] {
            assert_eq!(ring.third_party_claims(forged), None, "{forged}");
        }
    }

    #[test]
    fn a_secret_opens_only_in_its_row_and_under_its_key() {
        let ring = keyring();
        let sealed = ring.encrypt("oauth_client a", "geheim");
        assert_eq!(ring.decrypt("oauth_client a", &sealed).unwrap(), "geheim");
        assert!(matches!(ring.decrypt("oauth_client b", &sealed), Err(StoreError::Secret)));
        assert!(matches!(keyring().decrypt("oauth_client a", &sealed), Err(StoreError::Secret)));
        for cut in 0..sealed.len() {
            assert!(ring.decrypt("oauth_client a", &sealed[..cut]).is_err());
        }
        assert!(!sealed.windows(6).any(|window| window == b"geheim"));
        assert_ne!(
            sealed,
            ring.encrypt("oauth_client a", "geheim"),
            "every encryption has its own nonce"
        );
    }

    #[test]
    fn a_key_survives_being_written_and_read() {
        let key = ServerKey::generate();
        assert_eq!(ServerKey::parse(&format!("{}\n", key.to_text())).unwrap(), key);
        assert!(ServerKey::parse("short").is_err());
        assert!(ServerKey::parse("").is_err());
        assert_eq!(format!("{key:?}"), "ServerKey(..)");
    }

    /// TY-2, TY-3, OC-8, OF-4, O2-4
    #[test]
    fn new_ids_and_secrets_have_the_form_that_clients_expect() {
        let id = new_oauth_client_id();
        assert_eq!(id.as_str().len(), 25);
        assert!(id.as_str().starts_with('c'));
        assert!(id.as_str().chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()));
        let id = new_oauth2_client_id();
        assert_eq!(id.as_str().len(), 64);
        assert!(id.as_str().chars().all(|c| c.is_ascii_hexdigit() && !c.is_ascii_uppercase()));
        assert_eq!(new_authorization_code().len(), 25);
        assert_eq!(new_one_time_code().len(), 54);
        assert_ne!(new_one_time_code(), new_one_time_code());
        assert_eq!(new_client_secret().len(), 43);
        assert_ne!(new_client_secret(), new_client_secret());
        let key = new_api_key();
        assert_eq!(key.len(), 32);
        assert!(key.chars().all(|c| c.is_ascii_hexdigit() && !c.is_ascii_uppercase()));
    }

    /// QI-26, AK-5
    #[test]
    fn secrets_compare_and_digest_as_expected() {
        assert!(same_secret("abc", "abc"));
        assert!(!same_secret("abc", "abd"));
        assert!(!same_secret("abc", "abcd"));
        // FIPS 180-2, appendix B.1.
        assert_eq!(digest("abc")[..8], [0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea],);
    }
}
