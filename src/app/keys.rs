//! API keys in memory, so that a call costs no database read. Every change goes through here.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use data_encoding::{BASE32_NOPAD, BASE64URL_NOPAD};
use sha2::{Digest, Sha256};

use crate::model::ids::ProjectId;
use crate::model::key::{KeyKind, Scope};
use crate::model::time::Timestamp;
use crate::store::api_keys::{self, ApiKey};
use crate::store::{Error, Store, Tx};

/// All keys by their public part.
#[derive(Clone, Default)]
pub(crate) struct Keys {
    by_id: Arc<RwLock<HashMap<String, Arc<ApiKey>>>>,
    /// Held from the write to the reload: no older list ever replaces a newer one.
    changing: Arc<tokio::sync::Mutex<()>>,
}

/// A key to be made.
#[derive(Debug)]
pub(crate) struct NewKey {
    /// The project it will belong to.
    pub(crate) project: ProjectId,
    /// Secret or publishable.
    pub(crate) kind: KeyKind,
    /// What a secret key may do.
    pub(crate) scopes: Vec<Scope>,
    /// Where a publishable key may be used.
    pub(crate) origins: Vec<String>,
    /// When it ends by itself.
    pub(crate) expires_at: Option<Timestamp>,
}

impl Keys {
    /// The key with that public part.
    pub(crate) fn get(&self, id: &str) -> Option<Arc<ApiKey>> {
        self.by_id.read().expect("no panic holds this lock").get(id).cloned()
    }

    /// Reads all keys from the store.
    pub(crate) async fn reload(&self, store: &Store) -> Result<(), Error> {
        let all = store
            .read(|db| {
                let mut all = HashMap::new();
                for project in crate::store::projects::all(db)? {
                    for key in api_keys::of_project(db, project.id)? {
                        all.insert(key.id.clone(), Arc::new(key));
                    }
                }
                Ok(all)
            })
            .await?;
        *self.by_id.write().expect("no panic holds this lock") = all;
        Ok(())
    }

    /// Makes a key. Returns its row and its text, which is kept nowhere.
    pub(crate) async fn create(
        &self,
        store: &Store,
        new: NewKey,
        now: Timestamp,
    ) -> Result<(ApiKey, String), Error> {
        let id = BASE32_NOPAD.encode(&super::random::<8>()).to_lowercase();
        let secret = BASE64URL_NOPAD.encode(&super::random::<32>());
        let text = format!("{}{id}_{secret}", new.kind.prefix());
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
        let stored = row.clone();
        self.change(store, move |tx| api_keys::insert(tx, &stored)).await?;
        Ok((row, text))
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
    async fn change<T: Send + 'static>(
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
