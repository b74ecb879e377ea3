//! API keys in memory, so that a call costs no database read. Every change goes through here, and
//! so does every change of what a project takes.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, RwLock, RwLockReadGuard};

use data_encoding::{BASE32_NOPAD, BASE64URL_NOPAD};
use sha2::{Digest, Sha256};

use crate::model::ids::ProjectId;
use crate::model::key::{KeyKind, Scope};
use crate::model::time::Timestamp;
use crate::privacy::pepper::Pepper;
use crate::privacy::token::{Signer, signing_secret};
use crate::store::api_keys::{self, ApiKey};
use crate::store::projects;
use crate::store::{Db, Error, Store, Tx};

/// All keys.
#[derive(Clone)]
pub(crate) struct Keys {
    pepper: Pepper,
    ring: Arc<RwLock<Ring>>,
    /// Held from the write to the reload: no older list ever replaces a newer one.
    changing: Arc<tokio::sync::Mutex<()>>,
}

/// What is known of all keys and of the projects that they open.
#[derive(Default)]
struct Ring {
    by_id: HashMap<String, Arc<ApiKey>>,
    /// Of the signing keys that were not revoked.
    signers: HashMap<String, Arc<Signer>>,
    /// The newest signing key of each project, of those that never end.
    current: HashMap<ProjectId, Arc<Signer>>,
    /// Projects that refuse publishable keys.
    strict: HashSet<ProjectId>,
}

/// A key to be made.
#[derive(Debug)]
pub(crate) struct NewKey {
    /// The project it will belong to.
    pub(crate) project: ProjectId,
    /// What it is for.
    pub(crate) kind: KeyKind,
    /// What a secret key may do.
    pub(crate) scopes: Vec<Scope>,
    /// Where a publishable key may be used.
    pub(crate) origins: Vec<String>,
    /// When it ends by itself.
    pub(crate) expires_at: Option<Timestamp>,
}

impl Keys {
    /// No keys yet.
    pub(crate) fn new(pepper: Pepper) -> Self {
        Self { pepper, ring: Arc::default(), changing: Arc::default() }
    }

    /// The key with that public part.
    pub(crate) fn get(&self, id: &str) -> Option<Arc<ApiKey>> {
        self.ring().by_id.get(id).cloned()
    }

    /// The signer of a signing key that is in force at `now`, and its project.
    pub(crate) fn signer(&self, id: &str, now: Timestamp) -> Option<(ProjectId, Arc<Signer>)> {
        let ring = self.ring();
        let key = ring.by_id.get(id).filter(|key| key.expires_at.is_none_or(|end| now < end))?;
        Some((key.project, Arc::clone(ring.signers.get(id)?)))
    }

    /// The signer of this project's newest signing key; makes one where there is none.
    pub(crate) async fn current_signer(
        &self,
        store: &Store,
        project: ProjectId,
        now: Timestamp,
    ) -> Result<Arc<Signer>, Error> {
        let current = |keys: &Self| keys.ring().current.get(&project).cloned();
        if let Some(signer) = current(self) {
            return Ok(signer);
        }
        let (kind, expires_at) = (KeyKind::Signing, None);
        let (scopes, origins) = Default::default();
        let (row, _) = self.draw(NewKey { project, kind, scopes, origins, expires_at }, now);
        // Looked for once more where nobody else writes: the first answers may come together.
        let insert = move |tx: &Tx<'_>| {
            let all = api_keys::of_project(tx, project)?;
            if all.iter().any(signs_for_ever) { Ok(()) } else { api_keys::insert(tx, &row) }
        };
        self.change(store, insert).await?;
        // Gone at once only if somebody revoked it in this very moment.
        current(self).ok_or(Error::Busy)
    }

    /// Whether a project refuses publishable keys.
    pub(crate) fn signatures_required(&self, project: ProjectId) -> bool {
        self.ring().strict.contains(&project)
    }

    fn ring(&self) -> RwLockReadGuard<'_, Ring> {
        self.ring.read().expect("no panic holds this lock")
    }

    /// Reads everything from the store.
    pub(crate) async fn reload(&self, store: &Store) -> Result<(), Error> {
        let pepper = self.pepper.clone();
        let read = move |db: &Db| {
            let mut ring = Ring::default();
            for project in projects::all(db)? {
                if project.signatures_required {
                    ring.strict.insert(project.id);
                }
                for key in api_keys::of_project(db, project.id)? {
                    ring.put(key, &pepper);
                }
            }
            Ok(ring)
        };
        let ring = store.read(read).await?;
        *self.ring.write().expect("no panic holds this lock") = ring;
        Ok(())
    }

    /// Makes a key. Returns its row and its text, which is kept nowhere.
    pub(crate) async fn create(
        &self,
        store: &Store,
        new: NewKey,
        now: Timestamp,
    ) -> Result<(ApiKey, String), Error> {
        let (row, text) = self.draw(new, now);
        let stored = row.clone();
        self.change(store, move |tx| api_keys::insert(tx, &stored)).await?;
        Ok((row, text))
    }

    /// The row and the text of a new key.
    fn draw(&self, new: NewKey, now: Timestamp) -> (ApiKey, String) {
        let id = BASE32_NOPAD.encode(&super::random::<8>()).to_lowercase();
        let text = match new.kind {
            KeyKind::Signing => signing_secret(&self.pepper, new.project, &id),
            KeyKind::Secret | KeyKind::Publishable => {
                let secret = BASE64URL_NOPAD.encode(&super::random::<32>());
                format!("{}{id}_{secret}", new.kind.prefix())
            }
        };
        let row = ApiKey {
            id,
            project: new.project,
            kind: new.kind,
            hash: Sha256::digest(text.as_bytes()).into(),
            last4: text[text.len() - 4..].to_owned(),
            scopes: new.scopes,
            origins: new.origins,
            created_at: now,
            revoked_at: None,
            expires_at: new.expires_at,
        };
        (row, text)
    }

    /// Refuses a key from now on. Returns whether there was such a key.
    pub(crate) async fn revoke(
        &self,
        store: &Store,
        project: ProjectId,
        id: String,
        now: Timestamp,
    ) -> Result<bool, Error> {
        self.change(store, move |tx| api_keys::revoke(tx, project, &id, now)).await
    }

    /// Changes the store and then the list, in a task of its own: a caller that hangs up in
    /// between must not leave a revoked key in the list.
    pub(crate) async fn change<T: Send + 'static>(
        &self,
        store: &Store,
        write: impl FnOnce(&Tx<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (keys, store) = (self.clone(), store.clone());
        let change = tokio::spawn(async move {
            let _one_at_a_time = keys.changing.lock().await;
            let done = store.write(0, write).await?;
            keys.reload(&store).await?;
            Ok(done)
        });
        change.await.unwrap_or(Err(Error::Stopping))
    }
}

/// Whether the server may sign with this key.
fn signs_for_ever(key: &ApiKey) -> bool {
    key.kind == KeyKind::Signing && key.revoked_at.is_none() && key.expires_at.is_none()
}

impl Ring {
    /// Keys come oldest first.
    fn put(&mut self, key: ApiKey, pepper: &Pepper) {
        let key = Arc::new(key);
        if key.kind == KeyKind::Signing && key.revoked_at.is_none() {
            let secret = signing_secret(pepper, key.project, &key.id);
            let signer = Arc::new(Signer::new(&key.id, &secret));
            if signs_for_ever(&key) {
                self.current.insert(key.project, Arc::clone(&signer));
            }
            self.signers.insert(key.id.clone(), signer);
        }
        self.by_id.insert(key.id.clone(), key);
    }
}
