-- For wrk: posts what FORM holds, if set, and ends with a line for measure.py.
wrk.body = os.getenv("FORM")
if wrk.body then
    wrk.method = "POST"
    wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
    wrk.headers["Sec-Fetch-Site"] = "same-origin"
end

function done(summary, latency)
    local errors = summary.errors
    local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
    print(string.format("result %d %f %f %d", summary.requests, summary.duration / 1e6, latency:percentile(99) / 1e3, failed))
end
