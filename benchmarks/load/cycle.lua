-- Cycles through the lines of a file as JSON bodies; prints one line at the end, which wrk.py reads.
local requests, last = {}, 0

-- What Envoy and a tracing caller add: fifteen headers, of which five differ from request to request.
local function gateway_headers(number)
  local own = string.format("%08x-3f4c-4a6e-9d07-%012x", number * 2654435 % 4294967296, number)
  for name, value in pairs({
    ["Accept"] = "application/json", ["Accept-Encoding"] = "gzip, deflate", ["User-Agent"] = "shop/7.2",
    ["Authorization"] = "Bearer eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJzaG9wIn0.c2lnbmF0dXJl",
    ["X-Forwarded-For"] = string.format("10.0.%d.%d", number % 200, number % 250),
    ["X-Forwarded-Proto"] = "https", ["X-Forwarded-Host"] = "payments.example.com", ["X-Forwarded-Port"] = "443",
    ["X-Envoy-Internal"] = "true", ["X-Envoy-Expected-Rq-Timeout-Ms"] = "15000",
    ["X-Envoy-Attempt-Count"] = "1", ["X-Request-Id"] = own, ["X-Correlation-Id"] = own,
    ["Traceparent"] = string.format("00-0af7651916cd43dd%016x-%016x-00", number + 1, number + 1),
    ["Tracestate"] = string.format("shop=%d", number),
  }) do
    wrk.headers[name] = value
  end
end

function init(args)
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
  for line in io.lines(args[1]) do
    if args[2] == "gateway" then gateway_headers(#requests) end
    requests[#requests + 1] = wrk.format(nil, nil, nil, line)
  end
end

function request()
  last = last % #requests + 1
  return requests[last]
end

function done(summary, latency)
  local errors = summary.errors
  print(string.format("measured seconds=%.6f requests=%d failed=%d p50_ms=%.4f p99_ms=%.4f",
    summary.duration / 1e6, summary.requests,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
