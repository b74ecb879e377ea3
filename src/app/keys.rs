//! API keys in memory, so that a call costs no database read. Every change goes through here.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use data_encoding::{BASE32_NOPAD, BASE64URL_NOPAD};
use sha2::{Digest, Sha256};

use crate::model::ids::ProjectId;
use crate::model::key::{KeyKind, Scope};
use crate::model::time::Timestamp;
use crate::store::api_keys::{self, ApiKey};
use crate::store::{Error, Store};

/// All keys by their public part.
#[derive(Clone, Default)]
pub(crate) struct Keys(Arc<RwLock<HashMap<String, Arc<ApiKey>>>>);

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
        self.0.read().expect("no panic holds this lock").get(id).cloned()
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
        *self.0.write().expect("no panic holds this lock") = all;
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
        store.write(0, move |tx| api_keys::insert(tx, &stored)).await?;
        self.reload(store).await?;
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
        let found = store.write(0, move |tx| api_keys::revoke(tx, project, &id, now)).await?;
        self.reload(store).await?;
        Ok(found)
    }
}
