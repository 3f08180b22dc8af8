//! Keys and what is done with them: secrets at rest, digests of tokens and API
//! keys, and the signature of managed-user tokens.
//!
//! Each purpose uses a key of its own, derived from the server's (HKDF-SHA-256,
//! RFC 5869). While keys are rotated there are several server keys.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use rand::Rng as _;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::StoreError;
use crate::keys::{KeyId, ServerKey, ServerKeys};

/// First byte of an encrypted value: four bytes name the key, then come nonce and text.
const VERSION: u8 = 2;
/// The same of values from before keys could be rotated, which name no key.
const WITHOUT_KEY_ID: u8 = 1;
const NONCE: usize = 24;
/// `{"alg":"HS256","typ":"JWT"}` (TK-1).
const JWT_HEADER: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";

/// The keys of one server key, one per purpose.
pub(crate) struct Derived {
    id: KeyId,
    cipher: XChaCha20Poly1305,
    signing: Hmac<Sha256>,
    third_party: Hmac<Sha256>,
}

impl Derived {
    fn new(key: &ServerKey) -> Self {
        Self {
            id: key.id(),
            cipher: XChaCha20Poly1305::new(&key.derive("slotd secrets at rest v1").into()),
            signing: Hmac::new_from_slice(&key.derive("slotd managed-user tokens v1"))
                .expect("HMAC takes keys of any length"),
            third_party: Hmac::new_from_slice(&key.derive("slotd third-party tokens v1"))
                .expect("HMAC takes keys of any length"),
        }
    }

    pub(crate) fn id(&self) -> KeyId {
        self.id
    }

    /// Signs a payload as an HS256 JWT (RFC 7515). The same payload gives the same text.
    pub(crate) fn sign(&self, payload: &str) -> String {
        signed(self.signing.clone(), payload)
    }

    fn open(&self, context: &str, nonce: &[u8], sealed: &[u8]) -> Option<String> {
        let nonce: [u8; NONCE] = nonce.try_into().ok()?;
        let payload = Payload { msg: sealed, aad: context.as_bytes() };
        // Which of the reasons it was is not told.
        let opened = self.cipher.decrypt(&XNonce::from(nonce), payload).ok()?;
        String::from_utf8(opened).ok()
    }
}

/// The keys in use: everything is written with the first and read with any.
pub struct Keyring {
    current: Derived,
    others: Vec<Derived>,
}

impl Keyring {
    /// Derives the keys of all purposes.
    #[must_use]
    pub fn new(keys: &ServerKeys) -> Self {
        Self {
            current: Derived::new(keys.current()),
            others: keys.others().iter().map(Derived::new).collect(),
        }
    }

    /// All keys, the current one first.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Derived> {
        std::iter::once(&self.current).chain(&self.others)
    }

    /// Whether there are other keys beside the current one.
    #[must_use]
    pub fn has_others(&self) -> bool {
        !self.others.is_empty()
    }

    /// The key that is written with.
    pub(crate) fn current(&self) -> &Derived {
        &self.current
    }

    /// The name of the key that is written with.
    #[must_use]
    pub fn current_id(&self) -> KeyId {
        self.current.id
    }

    /// Encrypts `text` under the current key. `context` names the row that holds
    /// it: a value that is copied to another row does not open there.
    #[must_use]
    pub fn encrypt(&self, context: &str, text: &str) -> Vec<u8> {
        let mut nonce = [0; NONCE];
        rand::rng().fill_bytes(&mut nonce);
        let Derived { id, cipher, .. } = &self.current;
        let sealed = cipher
            .encrypt(
                &XNonce::from(nonce),
                Payload { msg: text.as_bytes(), aad: context.as_bytes() },
            )
            .expect("a secret is shorter than the cipher's limit of 256 GiB");
        [&[VERSION][..], &id.0, &nonce, &sealed].concat()
    }

    /// Opens what [`Keyring::encrypt`] made for the same `context`, under whichever known key.
    ///
    /// # Errors
    ///
    /// [`StoreError::Secret`] when the value was changed, belongs to another row
    /// or was encrypted under another key.
    pub fn decrypt(&self, context: &str, sealed: &[u8]) -> Result<String, StoreError> {
        self.open(context, sealed).map(|(text, _)| text)
    }

    /// The same, and under which key the value was.
    pub(crate) fn open(&self, context: &str, sealed: &[u8]) -> Result<(String, KeyId), StoreError> {
        let (id, rest) = match sealed {
            [VERSION, a, b, c, d, rest @ ..] => (Some(KeyId([*a, *b, *c, *d])), rest),
            [WITHOUT_KEY_ID, rest @ ..] => (None, rest),
            _ => return Err(StoreError::Secret),
        };
        let (nonce, text) = rest.split_at_checked(NONCE).ok_or(StoreError::Secret)?;
        self.all()
            .filter(|key| id.is_none_or(|id| id == key.id))
            .find_map(|key| Some((key.open(context, nonce, text)?, key.id)))
            .ok_or(StoreError::Secret)
    }

    /// Whether a value says that it is under the current key.
    #[must_use]
    pub(crate) fn is_current(&self, sealed: &[u8]) -> bool {
        matches!(sealed, [VERSION, rest @ ..] if rest.starts_with(&self.current.id.0))
    }

    /// Signs a payload as an HS256 JWT (RFC 7515) with the current key. The same
    /// payload gives the same text.
    #[must_use]
    pub fn sign_token(&self, payload: &str) -> String {
        self.current.sign(payload)
    }

    /// Whether this server signed the token, with a key that it still knows. Looks
    /// at nothing else: whether a token is valid is decided by the database (TK-1).
    #[must_use]
    pub fn has_signed(&self, token: &str) -> bool {
        self.all().any(|key| is_signed(key.signing.clone(), token))
    }

    /// Signs the claims of a third-party app's token (O2-7), under a key of its own:
    /// neither kind of token is ever taken for the other.
    #[must_use]
    pub fn sign_third_party(&self, claims: &Value) -> String {
        signed(self.current.third_party.clone(), &claims.to_string())
    }

    /// The claims of a third-party app's token, if this server signed them, with a key
    /// that it still knows.
    #[must_use]
    pub fn third_party_claims(&self, token: &str) -> Option<Value> {
        if !self.all().any(|key| is_signed(key.third_party.clone(), token)) {
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

/// Whether two secrets, or their digests, are equal, in time that depends on their lengths only (QI-26).
#[must_use]
pub fn same_secret(a: impl AsRef<[u8]>, b: impl AsRef<[u8]>) -> bool {
    subtle::ConstantTimeEq::ct_eq(a.as_ref(), b.as_ref()).into()
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

/// A new id of a private link: 32 lower-case hexadecimal digits, 122 bits of randomness.
#[must_use]
pub fn new_private_link_id() -> slotd_domain::PrivateLinkId {
    slotd_domain::PrivateLinkId::new(new_api_key())
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

/// 128 bits that nobody can guess.
#[must_use]
pub fn random_bits() -> u128 {
    let mut bytes = [0; 16];
    rand::rng().fill_bytes(&mut bytes);
    u128::from_be_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keyring() -> Keyring {
        Keyring::new(&ServerKey::generate().into())
    }

    /// RFC 7515, appendix A.1, with its key and its payload.
    #[test]
    fn the_signature_is_hs256_of_rfc_7515() {
        let key = URL_SAFE_NO_PAD
            .decode("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow")
            .unwrap();
        let signed = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
        let mut ring = keyring();
        ring.current.signing = Hmac::new_from_slice(&key).unwrap();
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
    fn what_an_old_key_made_stays_good_while_it_is_known() {
        let [old, new] = [ServerKey::generate(), ServerKey::generate()];
        let before = Keyring::new(&old.clone().into());
        let (sealed, token) = (before.encrypt("row", "geheim"), before.sign_token("{}"));

        let both = Keyring::new(&ServerKeys::from(new.clone()).with(old));
        assert_eq!(both.decrypt("row", &sealed).unwrap(), "geheim");
        assert!(both.has_signed(&token));
        assert!(before.is_current(&sealed) && !both.is_current(&sealed));

        let after = Keyring::new(&new.into());
        assert!(after.decrypt("row", &sealed).is_err() && !after.has_signed(&token));
        assert_eq!(
            after.decrypt("row", &both.encrypt("row", "x")).unwrap(),
            "x",
            "written with the first"
        );
        assert!(after.has_signed(&both.sign_token("{}")));
    }

    /// What databases made before keys had names hold.
    #[test]
    fn a_value_that_names_no_key_is_opened_with_each() {
        let [old, new] = [ServerKey::generate(), ServerKey::generate()];
        let ring = Keyring::new(&old.clone().into());
        let sealed = ring.encrypt("row", "geheim");
        let nameless = [&[WITHOUT_KEY_ID][..], &sealed[5..]].concat();
        let both = Keyring::new(&ServerKeys::from(new.clone()).with(old.clone()));
        assert_eq!(both.open("row", &nameless).unwrap(), ("geheim".to_owned(), old.id()));
        assert!(!ring.is_current(&nameless), "it has to be written again before its key can go");
        assert!(both.decrypt("another row", &nameless).is_err());
        assert!(Keyring::new(&new.into()).decrypt("row", &nameless).is_err());
        for cut in 0..nameless.len() {
            assert!(ring.decrypt("row", &nameless[..cut]).is_err());
        }
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
