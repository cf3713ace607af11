//! Killed without a warning, again and again, while people save: what was acknowledged is there.
use crate::{
    database::is_whole,
    support::{Program, form_of, free_port, is_soak, session_of, try_ask},
};
use std::{
    sync::atomic::{AtomicU32, Ordering::Relaxed},
    thread::{scope, sleep},
    time::Duration,
};

const PEOPLE: usize = 4;

/// Somebody signed in, and the last of their names that the app said it saved.
struct Writer {
    cookie: String,
    username: String,
    acknowledged: AtomicU32,
}

impl Writer {
    /// False once nobody answers.
    fn save(&self, host: &str) -> bool {
        let next = self.acknowledged.load(Relaxed) + 1;
        let body = format!("username={}&name=number+{next}", self.username);
        let saved = try_ask(host, "POST", "/account", &self.cookie, &body).is_some_and(|answer| answer.starts_with("HTTP/1.1 303"));
        if saved {
            self.acknowledged.store(next, Relaxed);
        }
        saved
    }

    /// The one that was under way may have been saved unsaid.
    fn finds_what_was_acknowledged(&self, host: &str) {
        let page = try_ask(host, "GET", "/account", &self.cookie, "").unwrap();
        let acknowledged = self.acknowledged.load(Relaxed);
        let found = (acknowledged..=acknowledged + 1).find(|number| page.contains(&format!("value=\"number {number}\"")));
        self.acknowledged.store(found.unwrap_or_else(|| panic!("number {acknowledged} is lost: {page}")), Relaxed);
    }
}

/// Registers one after the other, and answers those that the app said it took.
fn register(host: &str, round: u64) -> Vec<String> {
    let names = (0..).map(|n| format!("guest{round}x{n}"));
    names
        .take_while(|name| try_ask(host, "POST", "/register", "", &form_of(name)).is_some_and(|answer| answer.starts_with("HTTP/1.1 303")))
        .collect()
}

#[tokio::test]
async fn nothing_that_was_acknowledged_is_lost() {
    let (rounds, time, enough) = if is_soak() { (50, 1500, 5000) } else { (4, 300, 40) };
    let program = Program::new().await.with("PORT", free_port()).with("LIMIT_SCALE", 1000);
    let server = program.serve();
    let host = server.host().to_owned();
    let writers: Vec<Writer> = (0..PEOPLE)
        .map(|n| {
            let cookie = session_of(&server.ask("POST", "/register", "", &form_of(&format!("writer{n}"))));
            let writer = Writer { cookie, username: format!("writer{n}"), acknowledged: AtomicU32::new(0) };
            assert!(writer.save(&host));
            writer
        })
        .collect();
    drop(server);

    let mut registered = Vec::new();
    for round in 0..rounds {
        let server = program.serve();
        writers.iter().for_each(|writer| writer.finds_what_was_acknowledged(&host));
        scope(|scope| {
            for writer in &writers {
                scope.spawn(|| while writer.save(&host) {});
            }
            let registering = scope.spawn(|| register(&host, round));
            sleep(Duration::from_millis(time + round % 7 * 50));
            server.signal("KILL");
            registered.extend(registering.join().unwrap());
        });
    }

    let _server = program.serve();
    writers.iter().for_each(|writer| writer.finds_what_was_acknowledged(&host));
    let acknowledged: u32 = writers.iter().map(|writer| writer.acknowledged.load(Relaxed)).sum();
    assert!(acknowledged >= enough, "{acknowledged} are too few to tell");
    let people = program.run(&["user", "list"]).out;
    let lost: Vec<_> = registered.iter().filter(|name| !people.contains(&format!("\t{name}\t"))).collect();
    assert!(lost.is_empty() && !registered.is_empty(), "of {} are lost: {lost:?}", registered.len());
    is_whole(&program).await;
}
