-- wrk sends one event a request, each of a second and a place of its own.
-- Environment: METHOD (POST, or GET with the event in the query, the token in the path); TOKEN; ENDPOINT; BODY (with SECOND and PLACE where these go); START (Unix seconds of the first event).
local counter = tonumber(os.getenv("START"))
local body = string.gsub(string.gsub(os.getenv("BODY"), "%%", "%%%%"), "SECOND", "%%d")
local places = select(2, string.gsub(body, "PLACE", "PLACE"))
body = string.gsub(body, "PLACE", "%%04d")
assert(places == 1, "BODY names one PLACE, after its SECOND")

local token, is_query = os.getenv("TOKEN"), os.getenv("METHOD") == "GET"
local query_head, query_end = "GET " .. os.getenv("ENDPOINT") .. "/" .. token .. "?", " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
local head = "POST " .. os.getenv("ENDPOINT") .. " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
  .. "X-API-Key: " .. token .. "\r\nContent-Length: " .. #string.format(body, counter, 0) .. "\r\n\r\n"

-- Every number keeps its width, so one Content-Length is right for all.
function request()
  counter = counter + 1
  if is_query then
    return query_head .. string.format(body, counter, counter % 10000) .. query_end
  end
  return head .. string.format(body, counter, counter % 10000)
end

function done(summary, latency)
  local errors = summary.errors
  print(string.format('{"answers":%d,"refused":%d,"broken":%d,"microseconds":%d,"p50":%d}', summary.requests,
    errors.status, errors.connect + errors.read + errors.write + errors.timeout, summary.duration, latency:percentile(50)))
end
