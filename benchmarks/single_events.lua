-- wrk sends one first-beta event a request, each of a second of its own.
-- Environment: TOKEN; DEVICE; START (Unix seconds of the first event).
local token = os.getenv("TOKEN")
local device = os.getenv("DEVICE")
local start = tonumber(os.getenv("START"))
local counter = 0
local thread_number = 0

function setup(thread)
  thread:set("offset", thread_number * 100000000)
  thread_number = thread_number + 1
end

local before = '{"device_id":' .. device .. ',"device_timestamp":'
local after = ',"properties":{"battery":{"voltage_V":3.859,"technology":"Li-ion","capacity_mAh":4905,"temperature_C":28.7,'
  .. '"remaining_percent":51,"remaining_charge_mAh":2590,"remaining_energy_mWh":null,"usage_current_mA":519,'
  .. '"usage_current_average_mA":0.253},"location":{"bearing":239.2,"latitude":52.23,"longitude":21.01,"altitude_m":240,'
  .. '"fix_provider":"gps","fix_speed_ms":0.74,"fix_timestamp":1754412995.05,"fix_accuracy_m":14}}}'

local headers = { ["Content-Type"] = "application/json", ["X-API-Key"] = token }

function request()
  counter = counter + 1
  return wrk.format("POST", nil, headers, before .. string.format("%d", start + offset + counter) .. after)
end

function response(status)
  if status ~= 200 then failed = (failed or 0) + 1 end
end
