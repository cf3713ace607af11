use app::{
    config::{SecretKeys, generate_key},
    seal::Sealer,
};

fn sealer(keys: &[&str]) -> Sealer {
    Sealer::new(&keys.join(",").parse::<SecretKeys>().unwrap())
}

#[test]
fn what_is_sealed_opens_where_it_belongs_and_nowhere_else() {
    let sealer = sealer(&[&generate_key()]);

    let sealed = sealer.seal("flash", b"hello");

    assert_eq!(sealer.open("flash", &sealed).unwrap(), b"hello");
    assert_eq!(sealer.open("token", &sealed), None);
    assert_ne!(sealer.seal("flash", b"hello"), sealed);
}

#[test]
fn any_change_closes_it_for_good() {
    let sealer = sealer(&[&generate_key()]);
    let sealed = sealer.seal("flash", b"hello");

    for position in 0..sealed.len() {
        let mut changed = sealed.clone().into_bytes();
        changed[position] = if changed[position] == b'A' { b'B' } else { b'A' };
        assert_eq!(sealer.open("flash", std::str::from_utf8(&changed).unwrap()), None, "{position}");
    }
    assert_eq!(sealer.open("flash", ""), None);
}

#[test]
fn the_first_key_seals_and_all_of_them_open() {
    let (old, new) = (generate_key(), generate_key());
    let sealed = sealer(&[&old]).seal("flash", b"hello");

    assert_eq!(sealer(&[&new, &old]).open("flash", &sealed).unwrap(), b"hello");
    assert_eq!(sealer(&[&new]).open("flash", &sealed), None);
    assert_eq!(sealer(&[&old]).open("flash", &sealer(&[&new, &old]).seal("flash", b"hello")), None);
}
