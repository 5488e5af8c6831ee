-- wrk sends one first-beta event a request, each of a second and a place of its own.
-- Environment: TOKEN; DEVICE; START (Unix seconds of the first event).
local counter = tonumber(os.getenv("START"))

local body = '{"device_id":' .. os.getenv("DEVICE") .. ',"device_timestamp":%d,"properties":{"battery":{'
  .. '"voltage_V":3.859,"technology":"Li-ion","capacity_mAh":4905,"temperature_C":28.7,"remaining_percent":51,'
  .. '"remaining_charge_mAh":2590,"remaining_energy_mWh":null,"usage_current_mA":519,'
  .. '"usage_current_average_mA":0.253},"location":{"bearing":239.2,"latitude":52.23%04d,"longitude":21.01%04d,'
  .. '"altitude_m":240,"fix_provider":"gps","fix_speed_ms":0.74,"fix_timestamp":%d.05,"fix_accuracy_m":14}}}'

local head = "POST " .. "/mobile_location" .. " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
  .. "X-API-Key: " .. os.getenv("TOKEN") .. "\r\nContent-Length: "
  .. #string.format(body, counter, 0, 0, counter) .. "\r\n\r\n"

-- Every number keeps its width, so one Content-Length is right for all.
function request()
  counter = counter + 1
  return head .. string.format(body, counter, counter % 10000, counter % 9973, counter - 5)
end

function done(summary, latency)
  local errors = summary.errors
  print(string.format('{"answers":%d,"refused":%d,"broken":%d,"microseconds":%d,"p50":%d}', summary.requests,
    errors.status, errors.connect + errors.read + errors.write + errors.timeout, summary.duration, latency:percentile(50)))
end
