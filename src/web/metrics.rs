//! Numbers for Prometheus on an address of their own (`METRICS_BIND`), which no visitor should reach.
use super::AppState;
use crate::accounts::passwords;
use anyhow::Result;
use axum::{Router, http::Method, routing::get};
use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use std::{sync::Arc, time::Duration};

const REQUESTS: &str = "http_requests_total";
const SECONDS: &str = "http_request_duration_seconds";
const CONNECTIONS: &str = "database_connections";
const IDLE: &str = "database_connections_idle";
const WAITING: &str = "passwords_waiting";
const BUCKETS: [f64; 9] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5];

/// Begins to count.
pub fn router(app: AppState) -> Result<Router> {
    let recorder = PrometheusBuilder::new().set_buckets_for_metric(Matcher::Full(SECONDS.to_owned()), &BUCKETS)?.install_recorder()?;
    let recorder = Arc::new(recorder);
    describe_counter!(REQUESTS, "Requests by method, route and status");
    describe_histogram!(SECONDS, Unit::Seconds, "Time until an answer, by method and route");
    describe_gauge!(CONNECTIONS, "Connections to the database");
    describe_gauge!(IDLE, "Connections to the database that nobody uses");
    describe_gauge!(WAITING, "Passwords that wait to be hashed");
    tokio::spawn(keep_up(recorder.clone()));
    Ok(Router::new().route("/metrics", get(async move || show(&app, &recorder))))
}

/// Times are kept one by one until somebody adds them up: where nobody asks for them they would fill the memory.
async fn keep_up(recorder: Arc<PrometheusHandle>) {
    loop {
        tokio::time::sleep(Duration::from_secs(5)).await;
        recorder.run_upkeep();
    }
}

fn show(app: &AppState, recorder: &PrometheusHandle) -> String {
    let connections = app.db.connections();
    gauge!(CONNECTIONS).set(f64::from(connections.open));
    gauge!(IDLE).set(connections.idle as f64);
    gauge!(WAITING).set(passwords::waiting() as f64);
    recorder.run_upkeep();
    recorder.render()
}

/// `route` is the template, so that no path with a token in it becomes a series.
pub fn count(method: &Method, route: &str, status: u16, took: Duration) {
    let route = route.to_owned();
    let method = if KNOWN.contains(method) { method.as_str() } else { "other" }.to_owned();
    counter!(REQUESTS, "method" => method.clone(), "route" => route.clone(), "status" => status.to_string()).increment(1);
    histogram!(SECONDS, "method" => method, "route" => route).record(took);
}

/// Anybody can make up methods.
const KNOWN: [Method; 4] = [Method::GET, Method::HEAD, Method::POST, Method::OPTIONS];
