use super::{Password, machine};
use crate::entity::user;
use argon2::{
    Algorithm, Argon2, Block, Params, Version,
    password_hash::phc::{Output, ParamsString, PasswordHash, Salt},
};
use std::sync::{LazyLock, OnceLock};

/// OWASP's second choice for argon2id; half a second of a laptop would buy little more.
static PARAMS: LazyLock<Params> = LazyLock::new(|| Params::new(19456, 2, 1, Some(32)).expect("valid parameters"));

/// What people without a usable hash are compared with, so that nobody learns who they are from the time it takes.
static DECOY: OnceLock<PasswordHash> = OnceLock::new();

fn decoy(memory: &mut Vec<Block>) -> (Params, Salt, Output) {
    let decoy = DECOY.get_or_init(|| phc(&Password::attempt(&crate::config::generate_key()).expect("short enough"), memory));
    (PARAMS.clone(), decoy.salt.expect("a decoy has salt"), decoy.hash.expect("a decoy has a hash"))
}

/// Makes what the first sign-in would otherwise wait for.
pub async fn warm_up() {
    let warm = super::queue::QUEUE.run(|memory| {
        decoy(memory);
        zxcvbn::zxcvbn("correct horse battery staple", &[]);
    });
    warm.await.ok();
}

pub fn hash(password: &Password, memory: &mut Vec<Block>) -> user::PasswordHash {
    user::PasswordHash(phc(password, memory).to_string())
}

fn phc(password: &Password, memory: &mut Vec<Block>) -> PasswordHash {
    let mut salt = [0; 16];
    getrandom::fill(&mut salt).expect("the system has randomness");
    let salt = Salt::new(&salt).expect("16 bytes are a salt");
    PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(&*PARAMS).expect("valid parameters"),
        hash: compute(password, &PARAMS, &salt, memory),
        salt: Some(salt),
    }
}

pub fn verify(password: &Password, stored: Option<&user::PasswordHash>, memory: &mut Vec<Block>) -> bool {
    let stored = stored.and_then(parse);
    let exists = stored.is_some();
    let (params, salt, expected) = stored.unwrap_or_else(|| decoy(memory));
    let computed = compute(password, &params, &salt, memory);
    if let Some(missing) = missing_work(&params) {
        compute(password, &missing, &salt, memory);
    }
    exists && computed == Some(expected)
}

/// False: to be replaced at the next sign-in, which has the password at hand.
pub fn is_current(hash: &user::PasswordHash) -> bool {
    parse(hash).is_some_and(|(params, ..)| missing_work(&params).is_none() && params.p_cost() == PARAMS.p_cost())
}

/// None for anything but a whole argon2id hash, and for one that would hold up everybody else.
fn parse(hash: &user::PasswordHash) -> Option<(Params, Salt, Output)> {
    let phc = PasswordHash::new(&hash.0).ok()?;
    let params = Params::try_from(&phc).ok().filter(|params| work(params) <= 4 * work(&PARAMS))?;
    (phc.algorithm == Algorithm::Argon2id.ident() && phc.version == Some(Version::V0x13.into())).then_some(())?;
    Some((params, phc.salt?, phc.hash?))
}

/// A weaker hash answers sooner and would give its owner away: this much is computed on top, in as many passes as today's,
/// since the first is cheaper than those after it.
fn missing_work(params: &Params) -> Option<Params> {
    let missing = u32::try_from(work(&PARAMS).checked_sub(work(params))?).ok().filter(|missing| *missing >= Params::MIN_M_COST)?;
    Params::new((missing / PARAMS.t_cost()).max(Params::MIN_M_COST), PARAMS.t_cost(), 1, Some(32)).ok()
}

/// Blocks of 1 KiB written.
fn work(params: &Params) -> u64 {
    u64::from(params.m_cost()) * u64::from(params.t_cost())
}

fn compute(password: &Password, params: &Params, salt: &Salt, memory: &mut Vec<Block>) -> Option<Output> {
    let blocks = params.block_count();
    if memory.len() < blocks {
        *memory = Vec::with_capacity(blocks);
        machine::ask_for_huge_pages(memory);
        memory.resize(blocks, Block::default());
    }
    let mut out = vec![0; params.output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN)];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
    argon2.hash_password_into_with_memory(password.expose().as_bytes(), salt, &mut out, &mut memory[..blocks]).ok()?;
    Output::new(&out).ok()
}
