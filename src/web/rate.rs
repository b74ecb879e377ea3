//! How often pages may call: with a publishable key, which everyone who sees the page has, and with
//! feedback tokens, which their user has.

use std::net::IpAddr;
use std::num::NonZeroU32;

use governor::{DefaultKeyedRateLimiter, Quota};

use super::code::Code;
use super::error::Error;

/// Calls a second that one key takes in all, and how many at once.
const PER_KEY: (u32, u32) = (200, 400);
/// Calls a second that one address may make with one key, and how many at once.
const PER_ADDRESS: (u32, u32) = (10, 50);
/// Calls a second that one user may make with feedback tokens, and how many at once.
const PER_HOLDER: (u32, u32) = (2, 100);
/// The same for all users of one address: many may sit behind it.
const TOKENS_PER_ADDRESS: (u32, u32) = (100, 1_000);
/// Addresses, or holders, that are remembered before those at rest are forgotten.
const REMEMBERED_MAX: usize = 100_000;

/// The counters. Token buckets (the generic cell rate algorithm).
pub(crate) struct Rates {
    keys: DefaultKeyedRateLimiter<String>,
    addresses: DefaultKeyedRateLimiter<(String, IpAddr)>,
    holders: DefaultKeyedRateLimiter<String>,
    token_addresses: DefaultKeyedRateLimiter<IpAddr>,
}

impl Default for Rates {
    fn default() -> Self {
        Self {
            keys: DefaultKeyedRateLimiter::keyed(quota(PER_KEY)),
            addresses: DefaultKeyedRateLimiter::keyed(quota(PER_ADDRESS)),
            holders: DefaultKeyedRateLimiter::keyed(quota(PER_HOLDER)),
            token_addresses: DefaultKeyedRateLimiter::keyed(quota(TOKENS_PER_ADDRESS)),
        }
    }
}

fn quota((per_second, burst): (u32, u32)) -> Quota {
    let positive = |n| NonZeroU32::new(n).expect("the limits above are positive");
    Quota::per_second(positive(per_second)).allow_burst(positive(burst))
}

/// # Errors
/// 429 when the key, or this address with it, called too often.
pub(crate) fn check(rates: &Rates, key_id: &str, peer: Option<IpAddr>) -> Result<(), Error> {
    if rates.addresses.len() > REMEMBERED_MAX {
        rates.addresses.retain_recent();
    }
    let by_address = |peer| rates.addresses.check_key(&(key_id.to_owned(), block(peer))).is_ok();
    // The address first: one that calls too often must not use up what the others may.
    if peer.is_none_or(by_address) && rates.keys.check_key(&key_id.to_owned()).is_ok() {
        return Ok(());
    }
    Err(too_many())
}

/// # Errors
/// 429 when the holder of feedback tokens, or this address with tokens of all kinds, called too
/// often.
pub(crate) fn check_holder(rates: &Rates, holder: &str, peer: Option<IpAddr>) -> Result<(), Error> {
    if rates.holders.len() > REMEMBERED_MAX {
        rates.holders.retain_recent();
    }
    if rates.token_addresses.len() > REMEMBERED_MAX {
        rates.token_addresses.retain_recent();
    }
    // The holder first: one that calls too often must not use up what its neighbours may.
    let by_address = |peer| rates.token_addresses.check_key(&block(peer)).is_ok();
    if rates.holders.check_key(&holder.to_owned()).is_ok() && peer.is_none_or(by_address) {
        return Ok(());
    }
    Err(too_many())
}

fn too_many() -> Error {
    Error::refused(Code::RateLimited, "too many calls; wait a second and try again")
}

/// The block of addresses that one subscriber has: a single IPv4 address, an IPv6 /64.
pub(crate) fn block(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => {
            let mut segments = v6.segments();
            segments[4..].fill(0);
            IpAddr::from(segments)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_let_through_and_then_held() {
        let rates = Rates::default();
        let peer: IpAddr = "192.0.2.1".parse().expect("valid");
        let passed = (0..1_000).filter(|_| check(&rates, "k", Some(peer)).is_ok()).count();
        assert!((50..100).contains(&passed), "{passed}");
        let other = "192.0.2.2".parse().expect("valid");
        assert!(check(&rates, "k", Some(other)).is_ok(), "another address is not held");
    }

    #[test]
    fn one_address_with_many_tokens_is_held_and_one_holder_holds_nobody_else() {
        let rates = Rates::default();
        let peer = "192.0.2.1".parse().ok();
        let passed = (0..1_000).filter(|_| check_holder(&rates, "ana", peer).is_ok()).count();
        assert!((100..110).contains(&passed), "{passed}");
        let other = |n: usize| check_holder(&rates, &n.to_string(), peer).is_ok();
        let passed = (0..5_000).filter(|n| other(*n)).count();
        assert!((800..2_000).contains(&passed), "{passed}");
    }

    #[test]
    fn neighbours_in_one_ipv6_subnet_count_as_one() {
        let block_of = |text: &str| block(text.parse().expect("valid"));
        assert_eq!(block_of("2001:db8::1"), block_of("2001:db8::ffff:1"));
        assert_ne!(block_of("2001:db8:0:1::1"), block_of("2001:db8:0:2::1"));
    }
}
