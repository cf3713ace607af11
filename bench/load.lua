-- For wrk: posts what FORM holds, if set, in one of EVERY so many requests, and ends with a line for load.py.
local form = os.getenv("FORM")
local every = tonumber(os.getenv("EVERY") or 1)
local count = 0

if form then
    wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
    wrk.headers["Sec-Fetch-Site"] = "same-origin"
end
if form and every == 1 then
    wrk.method = "POST"
    wrk.body = form
elseif form then
    -- Only where it must: wrk takes much longer to ask a script for each request.
    function request()
        count = count + 1
        if count % every == 0 then
            return wrk.format("POST", nil, nil, form)
        end
        return wrk.format("GET")
    end
end

function done(summary, latency)
    local errors = summary.errors
    local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
    print(string.format("result %d %f %f %d", summary.requests, summary.duration / 1e6, latency:percentile(99) / 1e3, failed))
end
